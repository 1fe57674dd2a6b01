"""Signed heads: the signer is handed in by config, because the vault stands above this part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from platform_core.accounts.api import Organisation
from platform_core.audit import chain
from platform_core.audit.models import ChainHead, SignedHead


class Signature(Protocol):
    """What the signer returns."""

    @property
    def key_id(self) -> str:
        """Id of the key that signed."""

    @property
    def value(self) -> bytes:
        """The signature."""


Sign = Callable[[bytes], Signature]
Check = Callable[[bytes, str, bytes], bool]
"""(payload, key id, signature) -> is it genuine."""


@dataclass
class _Signer:
    sign: Sign | None = None
    check: Check | None = None


_SIGNER = _Signer()


def use_signer(sign: Sign | None, check: Check | None = None) -> None:
    """Let heads be signed by `sign` from now on, and checked by `check`; None turns it off."""
    _SIGNER.sign, _SIGNER.check = sign, check


def present() -> tuple[Sign | None, Check | None]:
    """Return the signer and checker in use."""
    return _SIGNER.sign, _SIGNER.check


def sign_head(*, organisation: Organisation) -> SignedHead | None:
    """Sign the present head, once; None without a signer or without entries."""
    head = ChainHead.objects.filter(organisation=organisation).first()
    if _SIGNER.sign is None or head is None or head.sequence == 0:
        return None
    payload = chain.head_payload(organisation.pk, head.sequence, head.hash)
    signature = _SIGNER.sign(payload)
    signed, _ = SignedHead.objects.get_or_create(
        organisation=organisation,
        sequence=head.sequence,
        defaults={"hash": head.hash, "key_id": signature.key_id, "signature": signature.value},
    )
    return signed


def is_genuine(signed: SignedHead) -> bool:
    """Say whether a signed head's signature holds; True when nobody can check it."""
    if _SIGNER.check is None:
        return True
    payload = chain.head_payload(signed.organisation_id, signed.sequence, signed.hash)
    return _SIGNER.check(payload, signed.key_id, bytes(signed.signature))
