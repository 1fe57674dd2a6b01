"""The model card: what a version is, in Markdown made of recorded facts only."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from platform_core.registry import lineage
from platform_core.registry.models import ModelVersion

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&])")
"""What means something inside a line; cells and headings never begin one, so # - + 1. need no escape."""
_MAX_VALUE_CHARS = 300


def write(version: ModelVersion) -> str:
    """Return the card of a version whose facts are complete."""
    parts = [
        [f"# {escape(version.model.name)}, version {version.number}"],
        _table("", _summary(version)),
        _table("Trained on", _sources(version)),
        _table("Metrics", version.metrics.items()),
        _table("Parameters", version.parameters.items()),
        ["## Inputs and outputs", *(_tensor(one) for one in _tensors(version))],
        _table("Files (SHA-256)", version.manifest["files"].items()),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def escape(text: object) -> str:
    """Return text that Markdown shows as it is: no markup, no HTML, one line."""
    line = " ".join(str(text).split())
    short = line if len(line) <= _MAX_VALUE_CHARS else line[: _MAX_VALUE_CHARS - 1] + "…"
    return _SPECIAL.sub(r"\\\1", short)


def _summary(version: ModelVersion) -> list[tuple[str, object]]:
    author = version.registered_by.email if version.registered_by else "the platform"
    return [
        ("Purpose", version.model.description or "not described"),
        ("Application", version.model.application),
        ("Task", version.model.task),
        ("Flavour", version.flavour),
        ("Size", f"{version.size_bytes:,} bytes"),
        ("Registered", timezone.localtime(version.created_at).strftime("%Y-%m-%d %H:%M %Z")),
        ("Registered by", author),
        ("Code version", version.code_version or "not recorded"),
        ("Random seed", "none" if version.seed is None else version.seed),
        ("Job", version.job_id or "none"),
    ]


def _sources(version: ModelVersion) -> list[tuple[str, object]]:
    return [
        (str(one), f"{one.rows:,} rows, version id {one.id}" if one.dataset else "")
        for one in lineage.sources(version)
    ]


def _table(title: str, pairs: Iterable[tuple[str, object]]) -> list[str]:
    rows = [f"| {escape(name)} | {escape(_worded(value))} |" for name, value in pairs]
    heading = [f"## {title}", ""] if title else []
    return [*heading, "| | |", "|---|---|", *rows] if rows else []


def _worded(value: object) -> object:
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _tensors(version: ModelVersion) -> Sequence[tuple[str, dict[str, Any]]]:
    manifest = version.manifest
    return [(side, one) for side in ("inputs", "outputs") for one in manifest[side]]


def _tensor(one: tuple[str, dict[str, Any]]) -> str:
    side, spec = one
    shape = escape(json.dumps(spec["shape"]))
    optional = ", optional" if spec["optional"] else ""
    return f"- {side[:-1]} {escape(spec['name'])}: {escape(spec['datatype'])} {shape}{optional}"
