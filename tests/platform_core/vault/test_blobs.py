import pytest

from platform_core.vault import api
from tests import factories


@pytest.mark.parametrize("plaintext", [b"", b"x", bytes(100_000)])
def test_a_blob_opens_with_its_key_and_context_in_any_order(data_key, plaintext):
    sealed = api.seal(data_key=data_key, plaintext=plaintext, context={"a": "1", "b": "2"})
    assert api.unseal(data_key=data_key, sealed=sealed, context={"b": "2", "a": "1"}) == plaintext


def test_another_context_key_or_any_changed_byte_is_refused(data_key, organisation):
    sealed = api.seal(data_key=data_key, plaintext=b"secret", context={"a": "1"})
    other = api.create_data_key(organisation=organisation, purpose="other")
    theirs = api.create_data_key(organisation=factories.organisation(), purpose="theirs")
    wrong = [
        (data_key, sealed, {"a": "2"}),
        (other, sealed, {"a": "1"}),
        (theirs, sealed, {"a": "1"}),
    ]
    for index in range(len(sealed)):
        altered = sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :]
        wrong.append((data_key, altered, {"a": "1"}))
    for key, blob, context in wrong:
        with pytest.raises(api.DecryptionError):
            api.unseal(data_key=key, sealed=blob, context=context)
