"""Template tags and components."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template
from django.test import RequestFactory

from platform_core.accounts.api import Actor, Role
from platform_core.errors import ConflictError
from platform_core.web import icons, navigation
from platform_core.web.navigation import Application, Tab

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"


def show(text: str, actor: Actor | None = None, **context: object) -> str:
    request = RequestFactory().get("/")
    request.request_id = "request-41"
    request.actor = actor
    return engines["django"].from_string(text).render(context, request)


def test_icon_is_hidden_from_readers_unless_it_has_a_title() -> None:
    assert 'aria-hidden="true"' in show('{% icon "check" %}')
    assert 'role="img" aria-label="done"' in show('{% icon "check" "done" %}')


def test_unknown_icon_is_a_mistake_of_the_template() -> None:
    with pytest.raises(KeyError):
        show('{% icon "no-such-icon" %}')


def test_title_of_an_icon_is_escaped() -> None:
    assert "<b>" not in icons.svg("check", '"><b>')


def test_time_shows_the_exact_moment_on_hover() -> None:
    shown = show("{{ at|relative_time }}", at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert 'datetime="2020-01-02T03:04:05+00:00"' in shown
    assert 'title="2020-01-02 03:04:05 UTC"' in shown
    assert show("{{ at|relative_time }}", at=None) == "–"


def test_words_are_rendered_once_and_used_often() -> None:
    assert (
        show("{% keep as t %}{% block title %} A & B {% endblock %}{% endkeep %}{{ t }}|{{ t }}")
        == "A & B|A & B"
    )


def test_token_and_request_id_reach_isolated_components() -> None:
    shown = show(
        '{% include "components/error.html" with error=error only %}', error=ConflictError("Busy.")
    )
    assert "request-41" in shown
    shown = show(
        '{% include "components/dialog.html" with id="d" title="t" action="/x/" confirm_label="Go" only %}'
    )
    assert "csrfmiddlewaretoken" in shown


def test_dialog_takes_a_body_and_escapes_its_title() -> None:
    shown = show(
        '{% dialog id="d" title=title %}<p>{{ words }}</p>{% enddialog %}', title="<b>", words="<i>"
    )
    assert "&lt;b&gt;" in shown
    assert "<p>&lt;i&gt;</p>" in shown


def test_chip_says_its_state_in_words_and_icon() -> None:
    shown = show('{% include "components/chip.html" with state="failed" only %}')
    assert "Failed" in shown
    assert "<svg" in shown


def test_compared_values_that_differ_are_marked_in_words() -> None:
    rows = [{"label": "a", "values": [1, 2]}, {"label": "b", "values": [1, 1]}]
    shown = show(
        '{% include "components/compare.html" with rows=rows columns=columns only %}',
        rows=rows,
        columns=["x", "y"],
    )
    assert shown.count('class="differs"') == 2
    assert shown.count("(differs)") == 1


def test_tabs_leave_out_what_is_not_built_and_what_the_role_may_not_open(
    monkeypatch: pytest.MonkeyPatch, member: object
) -> None:
    application = Application(
        key="example",
        title="Example",
        summary="",
        url_name="web:home",
        tabs=(
            Tab("Overview", "web:home"),
            Tab("Search", "web:search", "audit.view"),
            Tab("Train", "example:train"),
        ),
    )
    monkeypatch.setitem(navigation._APPLICATIONS, "example", application)
    shown = show('{% app_tabs "example" "Overview" %}', actor=member(Role.VIEWER))
    assert shown.count('class="tab"') == 1
    assert 'aria-current="page">Overview' in shown


COMPONENTS = sorted(f"components/{path.name}" for path in TEMPLATES.glob("components/*.html"))


@pytest.mark.parametrize("path", COMPONENTS)
def test_component_is_short_and_named_in_the_readme(path: str) -> None:
    get_template(path)
    name = Path(path).stem
    assert len((TEMPLATES / path).read_text().splitlines()) <= 80
    readme = (TEMPLATES / "components/README.md").read_text()
    assert f"`{name}`" in readme or name == "head"


def test_no_template_holds_inline_script_or_style() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert "<style" not in text, path
        assert " onclick=" not in text, path
        assert "<script>" not in text, path
