# made of pentaquark/aio by sdk/generate.py: change that
"""Data sets: upload, look, clean, split, take home."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from pentaquark.core.errors import DatasetRejectedError, PentaquarkError
from pentaquark.core.objects import Record, columns_html
from pentaquark.core.progress import Progress
from pentaquark.sync.frames import Rows
from pentaquark.sync.jobs import Job
from pentaquark.sync.uploads import Uploads

if TYPE_CHECKING:
    from pentaquark.sync.client import Client

PathLike = str | os.PathLike[str]


class DatasetPart(Rows):
    """One part of a split: the rows of `name`, fixed by the platform; no data is copied.

    Attributes:
        dataset: whose rows.
        split: the whole split, as the platform says it.
        name: of the part.
    """

    def __init__(self, dataset: "Dataset", split: Mapping[str, Any], name: str) -> None:
        self._client = dataset._client  # noqa: SLF001  (the same library)
        self.dataset, self.split, self.name = dataset, dict(split), name

    @property
    def rows(self) -> int:
        """How many rows the part has."""
        return int(self.split["counts"].get(self.name, 0))

    @property
    def columns(self) -> list[dict[str, Any]]:
        """The columns of the data set."""
        return self.dataset.columns

    @property
    def target(self) -> str:
        """The column to be predicted."""
        return self.dataset.target

    def reference(self) -> dict[str, Any]:
        """Return what names these rows to a job: data set, version, split and part."""
        version = self.split["version"]
        return {
            "dataset": self.dataset.id, "version": version, "split": self.split["id"], "part": self.name,
        }  # fmt: skip

    def __repr__(self) -> str:
        return f"<DatasetPart {self.dataset.name!r} {self.name!r}: {self.rows:,} rows>"


class Dataset(Record, Rows):
    """A table of the organisation, encrypted on the platform, in versions.

    Attributes:
        target: the column to be predicted; "" means that the last one is taken, and said.
    """

    id: str
    name: str
    description: str
    state: str
    job: str | None
    rejection: dict[str, Any] | None
    created_at: str
    version: int | None
    version_id: str | None
    rows: int | None
    size_bytes: int | None
    columns: list[dict[str, Any]]
    issues: list[dict[str, Any]] | None
    profile: dict[str, Any] | None
    cleaning: list[dict[str, Any]] | None
    _shown = ("name", "state", "rows", "version", "size_bytes")

    def __init__(self, client: "Client", raw: dict[str, Any], *, target: str = "") -> None:
        self._client = client
        self.target = target
        super().__init__(raw)

    @property
    def path(self) -> str:
        """The data set's address."""
        return f"/api/v1/datasets/{self.id}/"

    def reference(self) -> dict[str, Any]:
        """Return what names these rows to a job: data set and version."""
        return {"dataset": self.id, "version": self.version}

    def refresh(self) -> Self:
        """Ask how the data set stands."""
        return self._take(self._client.request("GET", self.path))

    def wait(self, *, timeout_s: float | None = None, progress: bool | None = None) -> Self:
        """Wait until the files are read.

        Raises:
            DatasetRejectedError: a file is no table, or a rule does not fit; it says where and what to do.
        """
        self.refresh()
        if self.state == "ingesting" and self.job:
            job = self._client.jobs.get(self.job)
            for _ in _watched(job, timeout_s, progress=progress):
                pass
            self.refresh()
            while self.state == "ingesting":  # the job has ended, its outcome is being written
                time.sleep(0.2)
                self.refresh()
        if self.state == "rejected":
            said = self.rejection or {}
            raise DatasetRejectedError(
                f"“{self.name}” was rejected: {_place(said)}{said.get('reason', '')}",
                remedy=str(said.get("remedy") or ""),
            )
        return self

    def preview(self, rows: int = 20, *, version: int | None = None) -> dict[str, Any]:
        """Return the first rows; the platform's audit log notes who looked."""
        wanted = {"rows": rows, "version": version}
        return dict(self._client.request("GET", f"{self.path}preview/", params=wanted))

    def versions(self) -> Iterator[dict[str, Any]]:
        """Yield the versions, newest first."""
        for row in self._client.pages(f"{self.path}versions/"):
            yield row

    def clean(
        self, *rules: Mapping[str, Any], wait: bool = True, progress: bool | None = None
    ) -> Self:
        """Make a cleaned version: `dataset.clean({"rule": "drop_duplicate_rows"})`; the former stays."""
        body = {"cleaning": [dict(rule) for rule in rules]}
        made = self._client.request("POST", f"{self.path}versions/", body=body)
        return self._made(made, wait=wait, progress=progress)

    def extend(
        self, files: Sequence[PathLike], *, wait: bool = True, progress: bool | None = None
    ) -> Self:
        """Make a version with further rows."""
        uploads = self._client.datasets.uploads.send_all(files, progress=progress)
        made = self._client.request("POST", f"{self.path}versions/", body={"uploads": uploads})
        self._client.datasets.uploads.forget(files)
        return self._made(made, wait=wait, progress=progress)

    def _made(self, made: Mapping[str, Any], *, wait: bool, progress: bool | None) -> Self:
        self.refresh()
        if not wait:
            return self
        if made.get("job"):
            (self._client.jobs.get(made["job"])).wait(progress=progress)
        return self.wait(progress=progress)

    def split(
        self,
        *,
        train_size: float | None = None,
        parts: Mapping[str, float] | None = None,
        by: str = "",
        kind: str = "",
        seed: int = 0,
    ) -> tuple[DatasetPart, ...]:
        """Divide the rows; returns one object per part, in order.

        Args:
            train_size: share of the rows in "train"; the others are "test".
            parts: shares by name instead, as in {"train": 0.8, "valid": 0.1, "test": 0.1}.
            by: a column, by whose groups (`kind` "group") or whose time (`kind` "time") rows are divided.
            kind: random, group or time; left out: random, or group when `by` is given.
            seed: another seed divides otherwise.
        """
        shares = dict(parts or {"train": train_size or 0.8, "test": 1 - (train_size or 0.8)})
        kind = kind or ("group" if by else "random")
        body = {"kind": kind, "parts": shares, "seed": seed, "column": by, "version": self.version}
        made = self._client.request("POST", f"{self.path}splits/", body=body)
        while made["state"] == "preparing":
            time.sleep(0.2)
            made = self._client.request("GET", f"{self.path}splits/{made['id']}/")
        if made["state"] != "ready":
            said = made.get("rejection") or {}
            raise DatasetRejectedError(
                f"“{self.name}” cannot be split: {said.get('reason', '')}",
                remedy=str(said.get("remedy") or ""),
            )
        return tuple(DatasetPart(self, made, name) for name in shares)

    def delete(self) -> None:
        """Destroy the keys of the data set, then everything else of it."""
        self._client.request("DELETE", self.path)

    def _repr_html_(self) -> str:
        kept = self.columns or []
        rows = [[c.get("name"), c.get("type"), c.get("missing")] for c in kept[:50]]
        found = (
            f"{self.rows:,} rows, version {self.version}" if self.rows is not None else self.state
        )
        return columns_html(f"{self.name}: {found}", ["column", "type", "missing"], rows)


class Datasets:
    """The organisation's data sets.

    Attributes:
        uploads: files on their way in; they go on where a killed program left them.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client
        self.uploads = Uploads(client)

    def create(
        self,
        name: str,
        files: Sequence[PathLike] | PathLike,
        *,
        target: str = "",
        wait: bool = True,
        progress: bool | None = None,
        **options: Any,
    ) -> Dataset:
        """Upload files of one schema as a new data set, and wait until they are read.

        Args:
            name: unique in the organisation.
            files: CSV, TSV, Parquet, JSON Lines, or gzip or zip of them. Interrupted, the same call goes on.
            target: the column to be predicted.
            wait: False returns as soon as the files are sent.
            progress: show bars; None: where somebody looks on.
            options: `cleaning`, a list of rules (version 1 is as uploaded, version 2 cleaned);
                `reading`, as {"header": "auto|yes|no", "separator": ";", "quotes": true};
                `description`, for people.
        """
        listed = [files] if isinstance(files, str | os.PathLike) else list(files)
        for each in listed:
            if not Path(each).is_file():
                raise PentaquarkError(f"There is no file {each}.", remedy="Check the path.")
        body: dict[str, Any] = {"name": name, **options}
        body["uploads"] = self.uploads.send_all(listed, progress=progress)
        made = self._client.request("POST", "/api/v1/datasets/", body=body)
        self.uploads.forget(listed)
        dataset = Dataset(self._client, made, target=target)
        return dataset.wait(progress=progress) if wait else dataset

    def get(self, key: str, *, target: str = "", version: int | None = None) -> Dataset:
        """Return a data set by its name or id."""
        params = {"version": version}
        raw = self._client.request("GET", f"/api/v1/datasets/{_quoted(key)}/", params=params)
        return Dataset(self._client, raw, target=target)

    def list(self) -> Iterator[Dataset]:
        """Yield the data sets, newest first; rows and columns come with `refresh()`."""
        for row in self._client.pages("/api/v1/datasets/"):
            yield Dataset(self._client, row)


def _watched(job: Job, timeout_s: float | None, *, progress: bool | None) -> Iterator[Job]:
    """Watch a job whose failure the data set itself explains better."""
    with Progress(job.title or job.kind, is_shown=progress) as bar:
        for each in job.watch(timeout_s=timeout_s):
            bar.to(each.progress, f"{each.state} {each.message}")
            yield each


def _place(said: Mapping[str, Any]) -> str:
    named = [
        str(said[n]) if n == "file" else f"{n} {said[n]}"
        for n in ("file", "line", "column")
        if said.get(n)
    ]
    return ", ".join(named) + ": " if named else ""


def _quoted(key: str) -> str:
    return quote(key, safe="")
