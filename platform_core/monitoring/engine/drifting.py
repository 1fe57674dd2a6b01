"""Drift of what was logged of an endpoint, version by version."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.utils import timezone

from ml.monitoring import drift
from ml.monitoring.features import columns_of
from ml.monitoring.summary import Summary
from platform_core.accounts.api import platform_actor
from platform_core.errors import PlatformError
from platform_core.monitoring.models import DriftReference, DriftReport
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.vault import api as vault

_log = structlog.get_logger(__name__)
WINDOW = timedelta(days=1)
MIN_ROWS = 200
"""Fewer rows have a noise of PSI (10 bins) beyond the bound of 0.2."""
MAX_ROWS = 200_000
MAX_REPORTED = 300
"""Columns of a report; those that moved furthest stay."""
_SIDES = ("inputs", "outputs")
Content = dict[str, dict[str, Summary]]


def measure(endpoint: serving.Endpoint) -> int:
    """Compare the rows of the last day with the reference of their version; return the reports made."""
    until = timezone.now()
    since = until - WINDOW
    found: dict[int, list[Any]] = defaultdict(list)
    rows: dict[int, int] = defaultdict(int)
    try:
        for record in serving.request_log.records(endpoint=endpoint, since=since, until=until):
            if rows[record.version] < MAX_ROWS:
                found[record.version].append(record)
                rows[record.version] += record.rows
    except vault.VaultError:  # forgotten while it was read
        _log.info("drift_log_gone", endpoint=str(endpoint.pk))
        return 0
    return sum(
        _measure(endpoint, version, own, rows[version]) for version, own in sorted(found.items())
    )


def _measure(endpoint: serving.Endpoint, version: int, records: list[Any], rows: int) -> bool:
    if rows < MIN_ROWS:
        return False
    names = _names(endpoint, version)
    reference = _reference(endpoint, version, names)
    if reference is None:
        _keep_first(endpoint, version, records, names)
        return False
    content = _content(reference.content)
    later = [each for each in records if each.at > reference.created_at.timestamp()]
    if reference.source == DriftReference.Source.LOG:
        records, rows = later, sum(each.rows for each in later)
    if rows < MIN_ROWS:
        return False
    columns: list[dict[str, Any]] = []
    for side in _SIDES:
        now = columns_of((getattr(each, side) for each in records), names)
        compared = drift.compare(content.get(side, {}), now)
        columns += [{**each.as_json(), "side": side} for each in compared]
    if columns:
        _write(reference, records, rows, columns)
    return bool(columns)


def _write(
    reference: DriftReference, records: list[Any], rows: int, columns: list[dict[str, Any]]
) -> None:
    columns.sort(key=lambda each: (-each["drifted"], -each["psi"]))
    times = [each.at for each in records]
    DriftReport.objects.create(
        organisation=reference.organisation,
        endpoint=reference.endpoint,
        version=reference.version,
        since=datetime.fromtimestamp(min(times), UTC),
        until=datetime.fromtimestamp(max(times), UTC),
        rows=rows,
        reference_rows=reference.rows,
        source=reference.source,
        columns=columns[:MAX_REPORTED],
        psi=max(each["psi"] for each in columns),
        missing=max(0.0, *(each["missing"] - each["missing_before"] for each in columns)),
        out_of_range=max(each["out_of_range"] for each in columns),
        drifted=sum(each["drifted"] for each in columns),
    )


def _reference(
    endpoint: serving.Endpoint, version: int, names: Mapping[str, Sequence[str]]
) -> DriftReference | None:
    """Return what the version is compared with: its own, or the summary its bundle brought."""
    known = DriftReference.objects.filter(endpoint=endpoint, version=version).first()
    if known is not None:
        return known
    brought = _attributes(endpoint, version).get("reference")
    if not isinstance(brought, Mapping):
        return None
    rows = max((one["rows"] for side in brought.values() for one in side.values()), default=0)
    return DriftReference.objects.create(
        organisation=endpoint.organisation,
        endpoint=endpoint,
        version=version,
        source=DriftReference.Source.MODEL,
        rows=rows,
        content=dict(brought),
    )


def _keep_first(
    endpoint: serving.Endpoint,
    version: int,
    records: list[Any],
    names: Mapping[str, Sequence[str]],
) -> None:
    content = {
        side: drift.reference_of(columns_of((getattr(each, side) for each in records), names))
        for side in _SIDES
    }
    DriftReference.objects.create(
        organisation=endpoint.organisation,
        endpoint=endpoint,
        version=version,
        source=DriftReference.Source.LOG,
        rows=sum(each.rows for each in records),
        content={
            side: {name: one.as_json() for name, one in columns.items()}
            for side, columns in content.items()
        },
    )


def _content(raw: Mapping[str, Any]) -> Content:
    return {
        side: {name: Summary.from_json(one) for name, one in columns.items()}
        for side, columns in raw.items()
    }


def _names(endpoint: serving.Endpoint, version: int) -> dict[str, Sequence[str]]:
    """Return tensor -> names of its columns, where the bundle says them."""
    said = _attributes(endpoint, version)
    names = said.get("columns") or said.get("feature_names") or said.get("features")
    first = next(iter(said.get("inputs") or ["x"]))
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return {str(first): names}
    return dict(names) if isinstance(names, Mapping) else {}


def _attributes(endpoint: serving.Endpoint, version: int) -> dict[str, Any]:
    """Return the attributes of a version's bundle, and the names of its inputs as `inputs`."""
    try:
        row = registry.get_version(
            actor=platform_actor(endpoint.organisation),
            model_name=endpoint.model_name,
            number=version,
        )
    except PlatformError:
        return {}
    manifest = row.manifest
    inputs = [spec["name"] for spec in manifest.get("inputs", [])]
    return {**manifest.get("attributes", {}), "inputs": inputs}
