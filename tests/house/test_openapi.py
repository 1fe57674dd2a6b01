"""The published description of the REST interface is complete and unambiguous."""

from pathlib import Path

from django.core.management import call_command


def test_the_description_is_valid_and_generated_without_a_warning(tmp_path: Path):
    target = tmp_path / "schema.yaml"
    call_command("spectacular", file=str(target), validate=True, fail_on_warn=True)
    assert "/api/v1/recommendation/recommenders/" in target.read_text()
