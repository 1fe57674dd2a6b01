"""Where canaries learn how good answers turned out: whoever collects late labels registers itself here."""

from collections.abc import Callable, Sequence
from datetime import datetime

from platform_core.serving.judging import Quality
from platform_core.serving.models import Endpoint

QualitySource = Callable[[Endpoint, Sequence[int], datetime], dict[int, Quality]]
"""`source(endpoint, version numbers, since)` -> number -> quality of the answers given since then.

Called in a runtime's database thread, once a second at most, with a small read; versions without labels are
left out. Higher is better."""
_sources: list[QualitySource] = []


def register_quality(source: QualitySource) -> None:
    """Let canaries ask `source`; the first one that knows a version is believed."""
    if source not in _sources:
        _sources.append(source)


def quality_of(endpoint: Endpoint, versions: Sequence[int], since: datetime) -> dict[int, Quality]:
    """Return what is known of the versions."""
    found: dict[int, Quality] = {}
    for source in _sources:
        found = source(endpoint, versions, since) | found
    return found
