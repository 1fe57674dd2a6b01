"""Rows of the registry as REST shows them."""

from typing import Any

from platform_core.registry.models import AliasChange, Model, ModelVersion, PromotionRequest
from platform_core.vault import api as vault


def model(row: Model) -> dict[str, Any]:
    """Return a model; expects `aliases__version` prefetched and `latest` annotated."""
    return {
        "name": row.name,
        "application": row.application,
        "task": row.task,
        "description": row.description,
        "created_at": row.created_at.isoformat(),
        "aliases": {alias.name: alias.version.number for alias in row.aliases.all()},
        "latest_version": getattr(row, "latest", None),
    }


def version(row: ModelVersion) -> dict[str, Any]:
    """Return a version as lists show it."""
    return {
        "model": row.model.name,
        "number": row.number,
        "state": row.state,
        "flavour": row.flavour,
        "size_bytes": row.size_bytes,
        "metrics": row.metrics,
        "aliases": sorted(alias.name for alias in row.aliases.all()),
        "created_at": row.created_at.isoformat(),
        "registered_by": row.registered_by.email if row.registered_by else None,
    }


def version_detail(row: ModelVersion) -> dict[str, Any]:
    """Return everything about a version; `statement` is the exact text `signature` covers."""
    manifest = row.manifest
    return version(row) | {
        "parameters": row.parameters,
        "inputs": manifest["inputs"],
        "outputs": manifest["outputs"],
        "files": manifest["files"],
        "lineage": {
            "dataset_versions": row.dataset_versions,
            "code_version": row.code_version,
            "seed": row.seed,
            "job_id": str(row.job_id) if row.job_id else None,
        },
        "statement": row.statement,
        "signature": signature(row),
        "card": row.card,
        "notes": row.notes,
    }


def change(row: AliasChange) -> dict[str, Any]:
    """Return one move of an alias."""
    return {
        "alias": row.alias,
        "kind": row.kind,
        "from_version": row.previous.number if row.previous else None,
        "to_version": row.version.number,
        "reason": row.reason,
        "changed_by": row.changed_by_label,
        "created_at": row.created_at.isoformat(),
    }


def promotion_request(row: PromotionRequest) -> dict[str, Any]:
    """Return a request for a promotion."""
    return {
        "id": str(row.pk),
        "model": row.version.model.name,
        "alias": row.alias,
        "version": row.version.number,
        "state": row.state,
        "reason": row.reason,
        "asked_by": row.asked_by.email if row.asked_by else None,
        "decided_by": row.decided_by.email if row.decided_by else None,
        "created_at": row.created_at.isoformat(),
    }


def signature(row: ModelVersion) -> dict[str, Any]:
    """Return a version's signature with the key that checks it."""
    return {**row.signature, "public_key": _public_key(row.signature)}


def _public_key(signature: dict[str, str]) -> str | None:
    found = vault.public_keys().get(signature.get("key_id", ""))
    return found.hex() if found else None
