"""The signed statement of a version: one canonical text saying whose it is and what it consists of."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from platform_core.registry.errors import BundleInvalidError, FactsInvalidError
from platform_core.registry.models import ModelVersion
from platform_core.vault import api as vault

PURPOSE = b"pentaquark model version v1\n"
"""Starts every signed payload, so that a signature made for something else proves nothing here."""
_MAX_CHARS = 8_000_000


def write(version: ModelVersion, *, manifest: Mapping[str, Any], lineage: Mapping[str, Any]) -> str:
    """Return the statement of a version about to be saved.

    Raises:
        FactsInvalidError: it is unreasonably long.
    """
    text = json.dumps(
        {
            **identity(version),
            "application": version.model.application,
            "task": version.model.task,
            "manifest": manifest,
            "metrics": version.metrics,
            "parameters": version.parameters,
            "lineage": lineage,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    if len(text) > _MAX_CHARS:
        raise FactsInvalidError(
            f"Manifest, metrics and parameters take {len(text):,} characters, more than {_MAX_CHARS:,}.",
            remedy="Put long lists into a file of the bundle.",
        )
    return text


def identity(version: ModelVersion) -> dict[str, Any]:
    """Return what a statement must say to belong to `version`."""
    return {
        "organisation": str(version.organisation_id),
        "model": version.model.name,
        "number": version.number,
        "version": str(version.pk),
    }


def sign(statement: str) -> dict[str, str]:
    """Return the signature of a statement, as stored."""
    made = vault.sign(PURPOSE + statement.encode())
    return {"key_id": made.key_id, "value": base64.b64encode(made.value).decode()}


def check(version: ModelVersion) -> dict[str, Any]:
    """Verify the signature, then parse the statement, then see that it is this version's.

    Raises:
        BundleInvalidError: altered, unsigned, or another version's.
    """
    try:
        value = base64.b64decode(str(version.signature.get("value", "")), validate=True)
        signature = vault.Signature(str(version.signature.get("key_id", "")), value)
        vault.verify_signature(PURPOSE + version.statement.encode(), signature)
    except (vault.SignatureInvalidError, binascii.Error, AttributeError) as error:
        raise BundleInvalidError(
            f"The signature of {version} does not fit its manifest.",
            remedy="Roll back to another version, and look into the audit log.",
        ) from error
    statement: dict[str, Any] = json.loads(version.statement)
    if any(statement.get(key) != value for key, value in identity(version).items()):
        raise BundleInvalidError(
            f"The signed manifest of {version} belongs to another version.",
            remedy="Roll back to another version, and look into the audit log.",
        )
    return statement
