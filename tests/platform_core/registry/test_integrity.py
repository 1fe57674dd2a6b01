"""Whatever is altered between registration and loading is refused, before anything parses it."""

import json

import pytest

from platform_core.registry import api
from platform_core.registry.models import ModelVersion
from platform_core.vault import api as vault
from platform_core.vault import store
from tests.platform_core.registry.bundles import register


def stored_path(version, name="weights.safetensors"):
    return f"{version.organisation_id}/models/{version.pk}/{name}"


def change(version, **fields):
    ModelVersion.objects.filter(pk=version.pk).update(**fields)


def refusal(version):
    with pytest.raises(api.BundleInvalidError) as refused:
        api.open_bundle(version=version)
    return refused.value


def test_an_altered_object_is_named(version):
    path = stored_path(version)
    content = bytearray(store.read_piece(path, 0, 10_000).data)
    content[-1] ^= 1
    sink = store.Sink(path)
    sink.write(bytes(content))
    sink.close()
    assert "weights.safetensors" in refusal(version).detail


def test_a_missing_object_is_named(version):
    vault.delete_object(stored_path(version))
    assert "weights.safetensors" in refusal(version).detail


def test_a_file_encrypted_properly_but_not_the_registered_one_fails_its_checksum(version):
    context = {"model_version": str(version.pk), "file": "ids.json"}
    with vault.open_writer(
        data_key=version.data_key, path=stored_path(version, "ids.json"), context=context
    ) as writer:
        writer.write(b'["other"]')
    assert "checksum" in refusal(version).detail


def test_an_altered_manifest_breaks_the_signature(version):
    change(version, statement=version.statement.replace('"factors":8', '"factors":9'))
    assert "signature" in refusal(version).detail


def test_a_statement_that_is_no_json_is_refused_before_it_is_parsed(version):
    change(version, statement="{" * 100_000)
    assert "signature" in refusal(version).detail


@pytest.mark.parametrize(
    "signature", [{}, [], {"key_id": "x", "value": "AAAA"}, {"key_id": 1, "value": "not base64"}]
)
def test_a_malformed_signature_is_refused(version, signature):
    change(version, signature=signature)
    refusal(version)


def test_a_signed_manifest_of_another_version_is_refused(actor, version):
    other = register(actor, content=b"other weights")
    change(version, statement=other.statement, signature=other.signature)
    assert "another version" in refusal(version).detail


def test_a_version_moved_to_another_organisation_is_refused(version, stranger):
    foreign = register(stranger)
    change(foreign, statement=version.statement, signature=version.signature)
    assert "another version" in refusal(foreign).detail
    change(version, organisation=stranger.organisation)
    with pytest.raises(api.VersionDeletedError):
        api.open_bundle(version=version)
    assert "another version" in refusal(ModelVersion.objects.get(pk=version.pk)).detail


def test_a_deleted_version_cannot_be_opened_by_a_stale_row(actor, version):
    stale = ModelVersion.objects.get(pk=version.pk)
    api.delete_version(actor=actor, version=version)
    with pytest.raises(api.VersionDeletedError):
        api.open_bundle(version=stale)


def test_a_version_whose_key_was_shredded_says_so(version):
    vault.shred(data_key=version.data_key)
    with pytest.raises(api.VersionDeletedError):
        api.open_bundle(version=version)


def test_old_versions_open_after_the_signing_and_master_keys_changed(version, settings, tmp_path):
    vault.rotate_signing_key()
    assert api.open_bundle(version=version).files["weights.safetensors"] == b"weights"
    assert json.loads(version.statement)["model"] == "films"


def test_a_version_whose_signature_does_not_hold_is_not_promoted(actor, version):
    change(version, statement=version.statement.replace("abc123", "forged"))
    with pytest.raises(api.BundleInvalidError):
        api.set_alias(actor=actor, model=version.model, alias="champion", version=version)


def test_a_version_whose_signature_does_not_hold_is_not_returned_to(actor, version):
    model = version.model
    api.set_alias(actor=actor, model=model, alias="champion", version=version)
    newer = register(actor)
    api.set_alias(actor=actor, model=model, alias="champion", version=newer)
    change(version, statement=version.statement.replace("abc123", "forged"))
    with pytest.raises(api.BundleInvalidError):
        api.roll_back_alias(actor=actor, model=model, alias="champion")
    assert api.aliases(actor=actor, model=model)["champion"] == newer
