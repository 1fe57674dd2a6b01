"""What rules say: known answers, and refusals that name the column and the remedy."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from ml.fraud.rules.errors import RuleError, RuleFormError
from ml.fraud.rules.expression import parse, parse_form

FIELDS = {
    "amount": "number",
    "mean": "number",
    "country": "string",
    "time": "time",
    "known": "boolean",
}
MONDAY_9 = datetime(2026, 11, 23, 9, 30, tzinfo=UTC).timestamp()
EVENT = {"amount": 120, "mean": 30.0, "country": "DE", "time": MONDAY_9, "known": False}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("amount > 100", True),
        ("amount > 4 * mean", False),
        ("amount >= 2 * 2 * mean", True),
        ("amount - 20 - 40 == 60", True),
        ("amount = 120 AND NOT known", True),
        ("amount between 120 and 130 and country == 'DE'", True),
        ("amount not between 1 and 130", False),
        ('country in ["FR", "DE"]', True),
        ('country not in ["FR", "DE"]', False),
        ('lower(country) == "de" and starts_with(country, "D")', True),
        ("known or amount % 7 == 1", True),
        ("not known and hour(time) == 9 and weekday(time) == 1", True),
        ("hour(time + 3600 * 2) == 11", True),
        ('time > date("2026-11-23T09:00") and time - date("2026-11-23") == 34200', True),
        ('time < date("2026-11-23T09:00+02:00")', False),
        ("max(amount, mean, 500) == 500 and min(amount, mean) == mean", True),
        ("-amount < 0 and abs(-amount) == 120 and len(country) == 2", True),
        ("2 + 3 * 4 == 14 and (2 + 3) * 4 == 20 and 1_000 == 1e3", True),
        ("true or 1 / 0 > 1", True),
    ],
)
def test_known_answers(text, holds):
    rule = parse(text, FIELDS)
    assert rule.matches(EVENT) is holds
    assert rule.over(pl.DataFrame([EVENT])).tolist() == [holds]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("amount > 1", False),
        ("not amount > 1", False),
        ("amount == amount", False),
        ("amount != 5", False),
        ("amount in [1]", False),
        ("amount not in [1]", False),
        ("amount is null", True),
        ("amount + 1 is null", True),
        ("amount is not null", False),
        ("amount > 1 or country == 'DE'", True),
        ("amount > 1 and country == 'FR'", False),
        ("not (amount > 1 and country == 'FR')", True),
        ("default(amount, 7) == 7", True),
        ("max(amount, 1) >= 1", False),
    ],
)
@pytest.mark.parametrize("missing", [{}, {"amount": None}, {"amount": float("nan")}])
def test_what_is_not_known_never_fires_a_rule(text, holds, missing):
    rule = parse(text, FIELDS)
    assert rule.matches({"country": "DE", **missing}) is holds


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("amuont > 3", 1, "Did you mean amount?"),
        ("1 < 2 and amount > 'x'", 20, "Expected a number."),
        ("amount == null", 11, "is null"),
        ("1 < amount < 5", 12, "between"),
        ("country < 'a'", 1, "== and !="),
        ("lowr(country) == 'a'", 1, "Did you mean lower?"),
        ("amount && known", 8, "Expected `and`."),
        ("hour(amount) > 1", 6, "Expected a time."),
        ("(amount > 1", 12, "closing bracket"),
        ("amount", 1, "Expected a condition"),
        ("amount in []", 13, "at least one value"),
        ("amount in [1, 'a']", 15, "Expected a number."),
        ("amount in mean", 11, "square brackets"),
        ("country == 'DE", 12, "closing quotation mark"),
        ("time > date('soon')", 13, "date("),
        ("min(amount) > 1", 1, "2 to 10 values"),
        ("default(amount, 'x') > 1", 17, "Expected a number."),
        ("", 1, "a field, a value"),
    ],
)
def test_a_refusal_names_the_column_and_the_remedy(text, column, words):
    with pytest.raises(RuleError) as refusal:
        parse(text, FIELDS)
    assert refusal.value.column == column
    assert words in str(refusal.value)
    assert str(refusal.value).startswith(f"Column {column}: ")


@pytest.mark.parametrize(
    "text",
    [
        "amount > 1" + " or amount > 1" * 200,
        "(" * 40 + "known" + ")" * 40,
        "not " * 40 + "known",
        "amount" + " + 1" * 40 + " > 1",
        f"amount in [{','.join(['1'] * 501)}]",
        "amount > 1 or" + " " * 4_000 + "known",
        f"country == '{'x' * 201}'",
        "amount > 1e999",
    ],
)
def test_a_rule_is_bounded(text):
    with pytest.raises(RuleError, match=r"(?i)at most|more than|too large"):
        parse(text, FIELDS)


@pytest.mark.parametrize(
    "text",
    [
        "known.__class__",
        "__import__('os')",
        "open('x') == 'y'",
        "[x for x in y]",
        "lambda: 1",
        "known; 1",
    ],
)
def test_there_is_nothing_but_fields_values_and_listed_functions(text):
    with pytest.raises(RuleError):
        parse(text, FIELDS)


def test_a_rule_is_written_as_the_language_writes_it():
    rule = parse("NOT(known)  and ((amount+1)*2>3 or country IN ['a'])", FIELDS)
    assert rule.text == 'not known and ((amount + 1) * 2 > 3 or country in ["a"])'
    assert rule.reads == {"known", "amount", "country"}


def test_a_form_is_the_same_rule():
    form = {
        "all": [
            {"left": {"field": "amount"}, "op": ">", "right": {"value": 100}},
            {"left": {"field": "country"}, "op": "not in", "right": ["DE"]},
            {"any": [{"holds": {"field": "known"}}, {"left": {"field": "mean"}, "op": "is null"}]},
        ]
    }
    rule = parse_form(form, FIELDS)
    assert rule.text == 'amount > 100 and country not in ["DE"] and (known or mean is null)'
    assert rule.form() == form


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ([], "The form"),
        ({"all": []}, "all"),
        ({"all": [{"left": {"field": "amount"}, "op": "~"}]}, "all.0.op"),
        ({"left": {"field": 3}, "op": "is null"}, "left.field"),
        ({"left": {"field": "a`b"}, "op": "is null"}, "left.field"),
        ({"left": {"field": "amount"}, "op": "<", "right": {"value": None}}, "right.value"),
        ({"left": {"field": "amount"}, "op": "between", "right": [{"value": 1}]}, "right"),
        ({"left": {"call": "eval", "with": []}, "op": "is null"}, "left"),
    ],
)
def test_a_malformed_form_is_refused_with_its_place(form, path):
    with pytest.raises(RuleFormError, match=f"^{path}: "):
        parse_form(form, FIELDS)


def test_columns_of_any_array_kind_are_read():
    rule = parse("amount > 2 and country == '7' and known and time < date('2026-01-02')", FIELDS)
    columns = {
        "amount": np.array([1, 3, 4], dtype=np.int32),
        "country": pl.Series([7, 7, 8]),
        "known": np.array([1.0, 1.0, 0.0]),
        "time": pl.Series([datetime(2026, 1, 1)] * 3),  # noqa: DTZ001 - as files have it: UTC
    }
    assert rule.over(columns).tolist() == [False, True, False]
    rows = pl.DataFrame(columns).to_dicts()
    assert [rule.matches(row) for row in rows] == [False, True, False]


def test_a_column_that_is_absent_or_of_another_kind_is_not_known():
    rule = parse("amount > 2 or country == 'a'", FIELDS)
    assert rule.over({"amount": ["3", "4"], "country": [1.5, 2.5]}).tolist() == [False, False]
    assert rule.over({"country": ["a", "b"]}).tolist() == [True, False]
