"""Splits are disjoint, complete, reproducible, keep groups together and time in order."""

import itertools
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.accounts.api import Actor
from platform_core.datasets import api, fitting, services
from platform_core.datasets.api import SplitSpec
from tests.platform_core.datasets.conftest import InPlaceContext

Ingest = Callable[..., api.Dataset]
PARTS = {"train": 0.7, "valid": 0.1, "test": 0.2}


@pytest.fixture
def version(ingest: Ingest) -> api.DatasetVersion:
    lines = ["row,who,when,score"]
    lines += [
        f"{i},{'' if i % 50 == 0 else f'user {i * 7919 % 97}'},"
        f"2024-01-{1 + i * 31 % 28:02} 10:00:00,{i * 37 % 1000 / 8}"
        for i in range(3000)
    ]
    return api.current_version(dataset=ingest({"a.csv": "\n".join(lines).encode()}))


Parts = Callable[..., dict[str, list[Any]]]


@pytest.fixture
def made(
    actor: Actor, version: api.DatasetVersion, run_jobs: Callable[[], None]
) -> Callable[..., api.Split]:
    """Make a split, its job included."""

    def make(**spec: Any) -> api.Split:
        spec = {"parts": PARTS} | spec
        split = api.create_split(actor=actor, version=version, spec=SplitSpec(**spec))
        run_jobs()
        return api.get_split(actor=actor, split_id=split.pk)

    return make


@pytest.fixture
def parts(version: api.DatasetVersion, made: Callable[..., api.Split]) -> Parts:
    """Read the parts of a split made for it."""
    return lambda read="row", **spec: rows_of(made(**spec), version, read)


def rows_of(split: api.Split, version: api.DatasetVersion, read: str) -> dict[str, list[Any]]:
    found = {
        name: api.read_table(
            version=version, columns=[read], split=api.split_part(split=split, name=name)
        )[read].to_pylist()
        for name in PARTS
    }
    assert {name: len(rows) for name, rows in found.items()} == split.counts
    return found


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "random"},
        {"kind": "time", "column": "when"},
        {"kind": "time", "column": "score"},
        {"kind": "group", "column": "who"},
    ],
    ids=str,
)
def test_parts_are_disjoint_complete_and_reproducible(parts: Parts, spec: dict[str, Any]) -> None:
    first = parts(seed=5, **spec)
    assert sorted(itertools.chain(*first.values())) == list(range(3000))
    assert parts(seed=5, **spec) == first
    if spec["kind"] != "time":
        assert parts(seed=6, **spec) != first


def test_random_parts_have_exactly_their_share(parts: Parts) -> None:
    found = parts(kind="random")
    assert [len(rows) for rows in found.values()] == [2100, 300, 600]
    assert abs(sum(found["train"]) / 2100 - 1500) < 60


def test_group_parts_share_no_group(parts: Parts) -> None:
    found = parts("who", kind="group", column="who")
    groups = [set(rows) for rows in found.values()]
    assert not groups[0] & groups[1] | groups[1] & groups[2] | groups[0] & groups[2]
    assert abs(len(found["train"]) / 3000 - 0.7) < 0.05


def test_time_parts_are_in_order(parts: Parts) -> None:
    found = parts("when", kind="time", column="when")
    assert max(found["train"]) < min(found["valid"])
    assert max(found["valid"]) < min(found["test"])


def test_a_split_belongs_to_its_version(
    actor: Actor,
    version: api.DatasetVersion,
    made: Callable[..., api.Split],
    run_jobs: Callable[[], None],
) -> None:
    split = made(kind="random")
    rules = [{"rule": "drop_column", "column": "score"}]
    api.create_version(actor=actor, dataset=version.dataset, cleaning=rules)
    run_jobs()
    newer = api.current_version(dataset=version.dataset)
    with pytest.raises(Exception, match="another version"):
        api.read_table(version=newer, split=api.split_part(split=split, name="train"))
    with pytest.raises(api.SplitError):
        api.split_part(split=split, name="nope")
    assert api.get_split(actor=actor, split_id=split.pk) == split


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"kind": "time", "column": "who"}, "needed"),
        ({"kind": "time", "column": "nope"}, "no column"),
        ({"kind": "time"}, "column"),
        ({"kind": "random", "column": "who"}, "column"),
        ({"kind": "magic"}, "kind"),
        ({"kind": "random", "parts": {"a": 0.5, "b": 0.6}}, "add up"),
        ({"kind": "random", "parts": {"a": 1.0}}, "2 to 20"),
        ({"kind": "random", "parts": {"a": 0.5, "B!": 0.5}}, "lower case"),
        ({"kind": "random", "parts": {"a": 0.0, "b": 1.0}}, "between"),
        ({"kind": "random", "seed": -1}, "seed"),
    ],
)
def test_an_impossible_split_is_refused(
    actor: Actor, version: api.DatasetVersion, spec: dict[str, Any], word: str
) -> None:
    with pytest.raises(api.SplitError, match=word):
        api.create_split(actor=actor, version=version, spec=SplitSpec(**{"parts": PARTS, **spec}))


def test_a_split_with_an_empty_part_is_rejected_by_its_job(made: Callable[..., api.Split]) -> None:
    split = made(kind="time", column="when", parts={"a": 1e-6, "b": 1e-6, "c": 1 - 2e-6})
    assert split.state == "rejected"
    assert "empty" in split.rejection["reason"]
    with pytest.raises(api.DatasetNotReadyError, match="rejected"):
        api.split_part(split=split, name="a")


def test_a_split_is_waited_for_and_a_cancelled_job_says_so(
    actor: Actor, version: api.DatasetVersion, queued: list[InPlaceContext]
) -> None:
    split = api.create_split(actor=actor, version=version, spec=SplitSpec("random", PARTS))
    with pytest.raises(api.DatasetNotReadyError, match="being prepared"):
        api.split_part(split=split, name="train")
    services.split_unfinished(job_id=queued[-1].job_id)
    split.refresh_from_db()
    assert (split.state, bool(split.rejection["remedy"])) == ("rejected", True)


@settings(max_examples=200, deadline=None)
@given(
    places=st.lists(st.integers(0, 30), min_size=2, max_size=300).map(sorted),
    shares=st.lists(st.integers(1, 9), min_size=2, max_size=4),
)
def test_cuts_never_fall_inside_equal_places(places: list[int], shares: list[int]) -> None:
    array = pa.array(places).to_numpy()
    limits = fitting._limits(array, [share / sum(shares) for share in shares])
    assert limits == sorted(limits)
    assert all(limit in places for limit in limits)
