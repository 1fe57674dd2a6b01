"""Endpoints as documents: what is written is what will be, applied twice is applied once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from platform_core.accounts.api import Actor
from platform_core.serving import selectors, services, traffic
from platform_core.serving.errors import EndpointInvalidError, EndpointNotFoundError
from platform_core.serving.models import Canary, Endpoint, TrafficChange
from platform_core.serving.traffic import Plan

VERSION, KIND = "pentaquark/v1", "Endpoint"
MAX_CHARS = 64_000
OPTIONS: Mapping[str, Any] = {
    "idle_unload_s": {
        "type": "integer",
        "minimum": 0,
        "maximum": 30 * 86_400,
        "description": "Unload the versions after so many seconds without a request, load them at the "
        "next one; 0 keeps them.",
    },
    "pinned": {
        "type": "boolean",
        "description": "Keep the versions in memory, as far as the organisation's share of half the memory "
        "goes.",
    },
    "response_cache_bytes": {
        "type": "integer",
        "minimum": 0,
        "maximum": 64 * 2**20,
        "description": "Keep answers, in each runtime, for requests that are equal to the last bit; only for "
        "models whose answer depends on nothing but the request. 0 keeps none.",
    },
    "max_rows": {
        "type": "integer",
        "minimum": 0,
        "maximum": 4096,
        "description": "Rows joined into one run of the model; 1 joins never, 0 is the model's own.",
    },
    "latency_ms": {
        "type": "number",
        "minimum": 0,
        "maximum": 10_000,
        "description": "How long a joined run may take; 0 is the model's own.",
    },
    "log_rate": {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "description": "Part of the requests kept, encrypted, in the request log; drift and quality are "
        "measured there. 0 keeps none.",
    },
    "log_max_rows": {
        "type": "integer",
        "minimum": 0,
        "maximum": 10_000_000,
        "description": "Rows logged a day at most; 0 is 100,000.",
    },
    "log_days": {
        "type": "integer",
        "minimum": 0,
        "maximum": 3650,
        "description": "Days after which logged requests are destroyed; 0 is 30.",
    },
    "watch": {
        "type": "boolean",
        "description": "Count errors and latencies of every request, for alerts; endpoints that divide "
        "their traffic are counted anyway.",
    },
}
"""Option -> its JSON schema; runtimes read them."""
_NAME = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9._-]{0,62}$"}
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Endpoint of Pentaquark",
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": VERSION},
        "kind": {"const": KIND},
        "metadata": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {"name": _NAME},
        },
        "spec": {
            "type": "object",
            "required": ["model"],
            "additionalProperties": False,
            "properties": {
                "model": {**_NAME, "description": "A registered model."},
                "alias": {
                    **_NAME,
                    "default": "champion",
                    "description": "Takes what the weights leave.",
                },
                "weights": {
                    "type": "object",
                    "maxProperties": traffic.MAX_ALIASES - 1,
                    "propertyNames": _NAME,
                    "additionalProperties": {"type": "number", "minimum": 0, "maximum": 100},
                    "description": "Further alias to percent of the requests.",
                },
                "shadow": {
                    "type": "object",
                    "required": ["alias"],
                    "additionalProperties": False,
                    "properties": {
                        "alias": _NAME,
                        "fraction": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                    },
                },
                "options": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": dict(OPTIONS),
                },
            },
        },
    },
}
"""JSON schema of the document, published at /api/v1/endpoint-schema/."""


@dataclass(frozen=True)
class Applied:
    """What applying a document changed, or would.

    Attributes:
        action: create, change or nothing.
        differences: path in the document -> (now, wanted); absent values are None.
    """

    action: str
    differences: Mapping[str, tuple[Any, Any]]


def document_of(endpoint: Endpoint) -> dict[str, Any]:
    """Return the document that describes an endpoint as it is now, everything written out."""
    spec: dict[str, Any] = {
        "model": endpoint.model_name,
        "alias": endpoint.alias,
        "weights": endpoint.weights,
        "options": endpoint.options,
    }
    if endpoint.shadow_alias:
        spec["shadow"] = {"alias": endpoint.shadow_alias, "fraction": endpoint.shadow_fraction}
    return {
        "apiVersion": VERSION,
        "kind": KIND,
        "metadata": {"name": endpoint.name},
        "spec": spec,
    }


def parse(text: str) -> dict[str, Any]:
    """Read YAML or JSON (which is YAML) and check it against the schema.

    Raises:
        EndpointInvalidError: names the place and what belongs there.
    """
    import jsonschema  # noqa: PLC0415  (only who applies a document pays for it)
    import yaml  # noqa: PLC0415

    if len(text) > MAX_CHARS:
        raise EndpointInvalidError(f"An endpoint's document has at most {MAX_CHARS:,} characters.")
    if "&" in text or "*" in text:  # aliases of YAML: a few lines could unfold to gigabytes
        raise EndpointInvalidError("The document holds & or *, which endpoints do not need.")
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise EndpointInvalidError(
            f"The document is neither YAML nor JSON: {' '.join(str(error).split())[:300]}"
        ) from error
    validator = jsonschema.Draft202012Validator(SCHEMA)
    worst = jsonschema.exceptions.best_match(validator.iter_errors(found))
    if worst is not None:
        place = ".".join(str(part) for part in worst.absolute_path) or "the document"
        raise EndpointInvalidError(f"{place[:200]}: {worst.message[:300]}")
    return dict(found)


def check_options(options: Mapping[str, Any]) -> None:
    """Refuse options that cannot be.

    Raises:
        EndpointInvalidError: names the option and what belongs there.
    """
    import jsonschema  # noqa: PLC0415  (only who sets options pays for it)

    schema = {"type": "object", "additionalProperties": False, "properties": dict(OPTIONS)}
    worst = jsonschema.exceptions.best_match(
        jsonschema.Draft202012Validator(schema).iter_errors(dict(options))
    )
    if worst is not None:
        place = str(next(iter(worst.absolute_path), "options"))
        raise EndpointInvalidError(f"{place[:63]}: {worst.message[:300]}", field=place[:63])


def apply(
    *, actor: Actor, name: str, document: Mapping[str, Any], dry_run: bool = False
) -> Applied:
    """Make the endpoint what the document says; what it leaves out is the default.

    Args:
        actor: needs `endpoint.manage`.
        name: of the endpoint; the document's must be the same.
        document: as `parse` returns it.
        dry_run: only say what would change; everything is checked all the same.

    Raises:
        EndpointInvalidError, TrafficInvalidError: a name, model, alias or weight that cannot be.
    """
    actor.require("endpoint.manage")
    if document["metadata"]["name"] != name:
        raise EndpointInvalidError(
            f"The document describes “{document['metadata']['name']}”, the address “{name[:63]}”.",
            field="metadata.name",
        )
    spec, plan = document["spec"], _plan(document["spec"])
    services.check(actor=actor, name=name, model_name=spec["model"], alias=plan.alias)
    traffic.check(actor=actor, model_name=spec["model"], plan=plan)
    with transaction.atomic():
        endpoint = _locked(actor, name)
        wanted = _wanted(name, spec, plan)
        now = {} if endpoint is None else _flat(document_of(endpoint))
        differences = {
            key: (now.get(key), wanted.get(key))
            for key in sorted({*now, *wanted})
            if now.get(key) != wanted.get(key)
        }
        if not differences:
            return Applied("nothing", {})
        if not dry_run:
            _write(actor, endpoint, name, spec, plan)
    return Applied("change" if endpoint is not None else "create", differences)


def _plan(spec: Mapping[str, Any]) -> Plan:
    shadow = spec.get("shadow") or {}
    return traffic.tidy(
        Plan(
            spec.get("alias", "champion"),
            spec.get("weights") or {},
            shadow.get("alias", ""),
            shadow.get("fraction", 1.0),
        )
    )


def _locked(actor: Actor, name: str) -> Endpoint | None:
    try:
        return traffic.lock(selectors.get_endpoint(actor=actor, name=name))
    except EndpointNotFoundError:
        return None


def _wanted(name: str, spec: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    made = Endpoint(
        name=name,
        model_name=spec["model"],
        alias=plan.alias,
        weights=plan.weights,
        shadow_alias=plan.shadow_alias,
        shadow_fraction=plan.shadow_fraction,
        options=_options(spec),
    )
    return _flat(document_of(made))


def _options(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (spec.get("options") or {}).items() if value}


def _write(
    actor: Actor, endpoint: Endpoint | None, name: str, spec: Mapping[str, Any], plan: Plan
) -> None:
    if endpoint is None:
        services.create_endpoint(actor=actor, name=name, model_name=spec["model"], alias=plan.alias)
        endpoint = traffic.lock(selectors.get_endpoint(actor=actor, name=name))
    traffic.stop_canaries(endpoint, "The endpoint's document was applied.", Canary.State.STOPPED)
    endpoint.model_name, endpoint.options = spec["model"], _options(spec)
    traffic.move(
        endpoint, plan, actor=actor, kind=TrafficChange.Kind.SET, reason="Document applied"
    )


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return path -> plain value."""
    found: dict[str, Any] = {}
    for key, inner in value.items():
        path = f"{prefix}{key}"
        if isinstance(inner, Mapping):
            found |= _flat(inner, f"{path}.")
        else:
            found[path] = inner
    return found
