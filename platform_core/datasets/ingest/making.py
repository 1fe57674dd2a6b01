"""Makes one version: opens its sources, finds types, cleans, profiles and writes shards in two passes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from platform_core.datasets.ingest import cleaning, issues, opening, parquet, table
from platform_core.datasets.ingest.delimited import DelimitedSource
from platform_core.datasets.ingest.earlier import VersionSource
from platform_core.datasets.ingest.encoding import detect
from platform_core.datasets.ingest.firstrows import FirstRows
from platform_core.datasets.ingest.jsonlines import JsonLinesSource, refuse_json_document
from platform_core.datasets.ingest.opening import Member, Tick
from platform_core.datasets.ingest.profile import Profiler
from platform_core.datasets.ingest.shards import ShardWriter
from platform_core.datasets.ingest.source import Source
from platform_core.datasets.models import DatasetVersion, Shard
from platform_core.datasets.params import Reading, rules_from_json
from platform_core.vault import api as vault


@dataclass(frozen=True)
class Made:
    """What a version's row and shards are made of."""

    shards: list[Shard]
    rows: int
    columns: list[dict[str, Any]]
    sealed_findings: bytes


def make(*, version: DatasetVersion, folder: str, tick: Tick) -> Made:
    """Read the version's base and files, write its shards below `folder`.

    Args:
        version: in preparation.
        folder: of this attempt alone.
        tick: told how many stored bytes were read; may raise to stop.

    Raises:
        FileRejectedError: a file is refused.
        CleaningRuleError: a rule does not fit.
    """
    with _sources(version, folder, tick) as sources:
        raw, notes = table.assemble(sources, tick)
        cleaned, steps = cleaning.clean(raw, rules_from_json(version.rules))
        profiler, first_rows = Profiler(cleaned.types), FirstRows()
        with ShardWriter(version=version, folder=folder, schema=cleaned.schema) as writer:
            for batch in cleaned.batches():
                first_rows.add(batch)
                profiler.add(batch)
                writer.write(batch)
            cleaning.require_rows(profiler.rows)
    profile = profiler.result()
    findings = {
        "profile": profile,
        "issues": issues.find(profile, notes),
        "cleaning": [step.report() for step in steps],
        "preview": first_rows.rows,
    }
    return Made(writer.shards, profiler.rows, _columns(profile), _sealed(version, findings))


def _columns(profile: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {key: column[key] for key in ("name", "type", "missing")} for column in profile["columns"]
    ]


def _sealed(version: DatasetVersion, findings: dict[str, Any]) -> bytes:
    return vault.seal(
        data_key=version.data_key,
        plaintext=json.dumps(findings, allow_nan=False).encode(),
        context=version.context | {"what": "findings"},
    )


@contextmanager
def _sources(version: DatasetVersion, folder: str, tick: Tick) -> Iterator[list[Source]]:
    """Open everything the version is made of; spooled copies are gone at the end."""
    sources: list[Source] = [VersionSource(version.base, tick)] if version.base else []
    spool = _Spool(version, folder)
    try:
        for file in version.source_files.select_related("data_key"):
            sources += [
                _source(member, Reading.from_json(version.reading), spool)
                for member in opening.open_members(file, tick)
            ]
        yield sources
    finally:
        spool.clear()


def _source(member: Member, reading: Reading, spool: "_Spool") -> Source:
    """Choose the reader by what the file holds; names are not trusted."""
    if member.head.startswith(parquet.MAGIC):
        return parquet.ParquetSource(member if member.seekable else spool.copy(member))
    text = detect(member)
    with text.open() as stream:
        start = stream.read(4096).lstrip()
    refuse_json_document(start, member.name)
    if start.startswith(b"{") and not reading.separator:
        return JsonLinesSource(text)
    return DelimitedSource(text, reading)


class _Spool:
    """Encrypted copies of members that must seek but cannot: Parquet inside gzip or zip."""

    def __init__(self, version: DatasetVersion, folder: str) -> None:
        self._version, self._folder = version, folder
        self._paths: list[str] = []

    def copy(self, member: Member) -> Member:
        key, number = self._version.data_key, len(self._paths)
        path, context = (
            f"{self._folder}/spool-{number}",
            self._version.context | {"spool": str(number)},
        )
        with (
            member.open() as stream,
            vault.open_writer(data_key=key, path=path, context=context) as out,
        ):
            while piece := stream.read(2**20):
                out.write(piece)
        self._paths.append(path)

        def reopen() -> BinaryIO:
            return cast("BinaryIO", vault.open_reader(data_key=key, path=path, context=context))

        return Member(member.name, reopen, seekable=True, head=member.head)

    def clear(self) -> None:
        for path in self._paths:
            vault.delete_object(path)
