"""Cleaning rules: each does what it says, counts it, and makes a new version."""

from collections.abc import Callable
from typing import Any

import pytest

from platform_core.accounts.api import Actor
from platform_core.datasets import api
from platform_core.datasets.params import rule_from_json, rules_from_json

Ingest = Callable[..., api.Dataset]
Rows = Callable[[api.Dataset], list[dict[str, Any]]]
CSV = b"""id,name,amount,day
1, Ann ,10,01.02.2024
2,BOB,,03.02.2024
2,BOB,,03.02.2024
3,unknown,12,soon
4,eve,11,05.02.2024
5,dan,9999,06.02.2024
"""

CASES: list[tuple[dict[str, Any], str, list[Any], int]] = [
    ({"rule": "drop_duplicate_rows"}, "id", [1, 2, 3, 4, 5], 1),
    ({"rule": "drop_duplicate_rows", "columns": ["amount"]}, "id", [1, 2, 3, 4, 5], 1),
    ({"rule": "drop_missing_rows", "columns": ["amount"]}, "id", [1, 3, 4, 5], 2),
    ({"rule": "fill_missing", "column": "amount", "value": 7}, "amount", [10, 7, 7, 12, 11, 9999], 2),
    ({"rule": "fill_missing", "column": "amount", "using": "median"}, "amount",
     [10, 12, 12, 12, 11, 9999], 2),
    ({"rule": "fill_missing", "column": "name", "value": "x"}, "id", [1, 2, 2, 3, 4, 5], 0),
    ({"rule": "trim_text"}, "name", ["Ann", "BOB", "BOB", "unknown", "eve", "dan"], 1),
    ({"rule": "lower_case", "column": "name"}, "name",
     [" ann ", "bob", "bob", "unknown", "eve", "dan"], 3),
    ({"rule": "treat_as_missing", "column": "name", "values": ["unknown"]}, "name",
     [" Ann ", "BOB", "BOB", None, "eve", "dan"], 1),
    ({"rule": "clip_outliers", "column": "amount", "upper": 100}, "amount",
     [10, None, None, 12, 11, 100], 1),
    ({"rule": "clip_outliers", "column": "amount"}, "amount", [10, None, None, 12, 11, 6255], 1),
    ({"rule": "cast_column", "column": "name", "to": "int64"}, "name", [None] * 6, 6),
    ({"rule": "cast_column", "column": "id", "to": "string"}, "id", ["1", "2", "2", "3", "4", "5"], 0),
    ({"rule": "rename_column", "column": "id", "to": "key"}, "key", [1, 2, 2, 3, 4, 5], 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "column", "values", "changed"), CASES, ids=[str(case[0]) for case in CASES]
)
def test_a_rule_makes_a_new_version_and_counts_its_effect(
    ingest: Ingest, rule: dict[str, Any], column: str, values: list[Any], changed: int
) -> None:
    dataset = ingest({"a.csv": CSV}, cleaning=[rule])
    assert dataset.rejection is None
    first, second = api.versions(dataset=dataset).order_by("number")
    assert api.read_table(version=second, columns=[column])[column].to_pylist() == values
    assert second.cleaning[0]["changed"] == changed
    assert second.base == first
    assert first.rows == 6
    assert api.read_table(version=first)["id"].to_pylist() == [1, 2, 2, 3, 4, 5]


def test_dates_are_read_by_their_format_and_misfits_counted(ingest: Ingest, rows_of: Rows) -> None:
    rules = [
        {"rule": "parse_dates", "column": "day", "format": "%d.%m.%Y"},
        {"rule": "drop_column", "column": "name"},
    ]
    dataset = ingest({"a.csv": CSV}, cleaning=rules)
    days = [str(row["day"]) for row in rows_of(dataset)]
    assert days[0] == "2024-02-01"
    assert days[3] == "None"
    version = api.current_version(dataset=dataset)
    assert version.cleaning[0]["changed"] == 1
    assert [c["name"] for c in version.columns] == ["id", "amount", "day"]


def test_fitted_values_are_kept_with_the_version(ingest: Ingest) -> None:
    dataset = ingest({"a.csv": CSV}, cleaning=[{"rule": "clip_outliers", "column": "amount"}])
    done = api.current_version(dataset=dataset).cleaning[0]
    assert (done["lower"], done["upper"]) == (-3736.25, 6255.75)


def test_rules_are_applied_in_order(ingest: Ingest, rows_of: Rows) -> None:
    rules = [
        {"rule": "rename_column", "column": "amount", "to": "sum"},
        {"rule": "fill_missing", "column": "sum", "using": "mean"},
        {"rule": "drop_duplicate_rows", "columns": ["id"]},
    ]
    assert [row["sum"] for row in rows_of(ingest({"a.csv": CSV}, cleaning=rules))] == [
        10, 2508, 12, 11, 9999,
    ]  # fmt: skip


def test_issues_suggest_rules_that_can_be_applied(
    ingest: Ingest, actor: Actor, run_jobs: Any
) -> None:
    dataset = ingest({"a.csv": CSV})
    version = api.current_version(dataset=dataset)
    rules = [issue["suggestion"] for issue in version.issues if issue["suggestion"]]
    assert {rule["rule"] for rule in rules} >= {
        "drop_duplicate_rows", "fill_missing", "clip_outliers", "trim_text",
    }  # fmt: skip
    api.create_version(actor=actor, dataset=dataset, cleaning=rules)
    run_jobs()
    dataset.refresh_from_db()
    assert dataset.state == "ready"


@pytest.mark.parametrize(
    "rule",
    [
        "x",
        {},
        {"rule": "nope"},
        {"rule": "drop_column"},
        {"rule": "drop_column", "column": 1},
        {"rule": "drop_column", "column": "a", "more": 1},
        {"rule": "fill_missing", "column": "a"},
        {"rule": "fill_missing", "column": "a", "value": 1, "using": "mean"},
        {"rule": "fill_missing", "column": "a", "using": "magic"},
        {"rule": "cast_column", "column": "a", "to": "int128"},
        {"rule": "clip_outliers", "column": "a", "lower": 2, "upper": 1},
        {"rule": "parse_dates", "column": "a", "format": "%Q %"},
        {"rule": "rename_column", "column": "a", "to": " "},
        {"rule": {"a": 1}},
        {"rule": "lower_case", "column": "a\0"},
        {"rule": "fill_missing", "column": "a", "value": "\ud800"},
        {"rule": "clip_outliers", "column": "a", "upper": 10**400},
        {"rule": "clip_outliers", "column": "a", "upper": float("inf")},
    ],
)
def test_a_malformed_rule_is_refused(rule: Any) -> None:
    with pytest.raises(api.CleaningRuleError):
        rule_from_json(rule)


def test_rules_survive_json() -> None:
    for raw, *_ in CASES:
        rule = rule_from_json(raw)
        assert rule_from_json(rule.as_json()) == rule
    with pytest.raises(api.CleaningRuleError):
        rules_from_json({"rule": "trim_text"})
    with pytest.raises(api.CleaningRuleError):
        rules_from_json([{"rule": "trim_text"}] * 101)


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ({"rule": "fill_missing", "column": "amount", "value": "x"}, "no int64"),
        ({"rule": "lower_case", "column": "amount"}, "takes string"),
        ({"rule": "clip_outliers", "column": "name"}, "takes float64, int64"),
        ({"rule": "rename_column", "column": "id", "to": "name"}, "already"),
        ({"rule": "treat_as_missing", "column": "gone", "values": ["x"]}, "“gone”"),
        ({"rule": "drop_missing_rows", "columns": ["amount", "void"]}, "“void”"),
    ],
)
def test_a_rule_that_does_not_fit_the_table_is_named(
    ingest: Ingest, rule: dict[str, Any], word: str
) -> None:
    dataset = ingest({"a.csv": CSV}, cleaning=[rule])
    assert dataset.state == "rejected"
    assert word in dataset.rejection["reason"]


def test_rules_that_leave_nothing_are_refused(ingest: Ingest) -> None:
    dataset = ingest(
        {"a.csv": b"a,b\n1,\n2,\n"}, cleaning=[{"rule": "drop_missing_rows", "columns": ["b"]}]
    )
    assert "not a single row" in dataset.rejection["reason"]
