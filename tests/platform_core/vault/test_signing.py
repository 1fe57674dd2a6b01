import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from platform_core.vault import api
from platform_core.vault.models import SigningKey

pytestmark = pytest.mark.django_db


def test_a_signature_fits_its_payload_only():
    signature = api.sign(b"payload")
    api.verify_signature(b"payload", signature)
    flipped = bytes([signature.value[0] ^ 1]) + signature.value[1:]
    wrong = [
        (b"payload!", signature),
        (b"payload", api.Signature(signature.key_id, flipped)),
        (b"payload", api.Signature(signature.key_id, b"")),
        (b"payload", api.Signature("unknown", signature.value)),
    ]
    for payload, claimed in wrong:
        with pytest.raises(api.SignatureInvalidError):
            api.verify_signature(payload, claimed)


def test_anybody_can_check_a_signature_with_the_published_key():
    signature = api.sign(b"payload")
    public = api.public_keys()[signature.key_id]
    Ed25519PublicKey.from_public_bytes(public).verify(signature.value, b"payload")


def test_old_signatures_stay_valid_after_the_signing_key_changed():
    old = api.sign(b"old")
    new_id = api.rotate_signing_key()
    new = api.sign(b"new")
    assert new.key_id == new_id != old.key_id
    api.verify_signature(b"old", old)
    api.verify_signature(b"new", new)
    assert set(api.public_keys()) == {old.key_id, new_id}
    assert SigningKey.objects.filter(is_active=True).count() == 1


def test_a_key_slipped_into_the_table_signs_nothing():
    genuine = SigningKey.objects.get(pk=api.sign(b"x").key_id)
    forger = Ed25519PrivateKey.generate()
    SigningKey.objects.create(
        pk="forged",
        public_key=forger.public_key().public_bytes_raw(),
        wrapped=genuine.wrapped,
        master_key_id=genuine.master_key_id,
        is_active=False,
    )
    with pytest.raises(api.SignatureInvalidError):
        api.verify_signature(b"x", api.Signature("forged", forger.sign(b"x")))


def test_a_retired_key_declared_active_again_does_not_sign():
    old = api.sign(b"x").key_id
    api.rotate_signing_key()
    SigningKey.objects.exclude(pk=old).delete()
    SigningKey.objects.filter(pk=old).update(is_active=True)
    with pytest.raises(api.MasterKeyError, match="retired"):
        api.sign(b"x")
