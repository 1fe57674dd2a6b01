"""Public door of audit: append-only, hash-chained log of who did what to which object."""

from platform_core.audit.chain import JSON
from platform_core.audit.models import Entry
from platform_core.audit.selectors import entries
from platform_core.audit.services import record, verify_and_sign
from platform_core.audit.signing import Signature, use_signer
from platform_core.audit.verification import Verification, verify

__all__ = [
    "JSON",
    "Entry",
    "Signature",
    "Verification",
    "entries",
    "record",
    "use_signer",
    "verify",
    "verify_and_sign",
]
