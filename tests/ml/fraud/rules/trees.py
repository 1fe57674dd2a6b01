"""Random trees of the rule language, each of a right kind, and random events for them."""

from hypothesis import strategies as st

from ml.fraud.rules import functions
from ml.fraud.rules.tree import (
    Among,
    Between,
    Call,
    Compare,
    Either,
    Every,
    Field,
    Kind,
    Negative,
    Not,
    Sum,
    Unknown,
    Value,
)

FIELDS = {
    "amount": Kind.NUMBER,
    "mean.7d": Kind.NUMBER,
    "country": Kind.STRING,
    "weird name": Kind.STRING,
    "time": Kind.TIME,
    "known": Kind.BOOLEAN,
}
NUMBERS = st.one_of(
    st.integers(-5, 5).map(float),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
TEXTS = st.one_of(st.sampled_from(["", "a", "A", "DE", "ß", "İ", "aΣ"]), st.text(max_size=12))
TIMES = st.integers(0, 32_503_679_999).map(float)
VALUES = {
    Kind.NUMBER: NUMBERS,
    Kind.STRING: TEXTS,
    Kind.TIME: TIMES,
    Kind.BOOLEAN: st.booleans(),
}


def signed(part):
    """The parser folds the sign of a written number into it."""
    if isinstance(part, Value) and part.kind is Kind.NUMBER:
        return Value(0.0 - part.value, Kind.NUMBER)
    return Negative(part)


def leaves(kind: Kind):
    value = VALUES[kind].map(lambda v: Value(v + 0.0 if kind is Kind.NUMBER else v, kind))
    fields = st.sampled_from([Field(name) for name, of in FIELDS.items() if of is kind])
    return st.one_of(fields, value)


def trees(kind: Kind, depth: int = 3):
    if depth == 0:
        return leaves(kind)
    return st.one_of(leaves(kind), *MAKERS[kind](depth - 1))


def _calls(kind: Kind, depth: int):
    for name, function in functions.FUNCTIONS.items():
        if function.gives is kind:
            taken = st.tuples(*(st.deferred(lambda k=k: trees(k, depth)) for k in function.takes))
            yield st.builds(Call, st.just(name), taken)
    pair = st.tuples(*[st.deferred(lambda: trees(kind, depth))] * 2)
    yield st.builds(Call, st.just(functions.DEFAULT), pair)


def numbers(depth: int):
    number = st.deferred(lambda: trees(Kind.NUMBER, depth))
    moment = st.deferred(lambda: trees(Kind.TIME, depth))
    return [
        st.builds(Sum, st.sampled_from(Sum.OPERATORS), number, number),
        st.builds(Sum, st.just("-"), moment, moment),
        number.map(signed),
        *_calls(Kind.NUMBER, depth),
    ]


def moments(depth: int):
    number = st.deferred(lambda: trees(Kind.NUMBER, depth))
    moment = st.deferred(lambda: trees(Kind.TIME, depth))
    shifted = st.builds(Sum, st.sampled_from("+-"), moment, number)
    return [shifted, *_calls(Kind.TIME, depth)]


def _compared(kind: Kind, operators, depth: int):
    part = st.deferred(lambda: trees(kind, depth))
    return st.builds(Compare, st.sampled_from(operators), part, part)


def _among(kind: Kind, depth: int):
    part = st.deferred(lambda: trees(kind, depth))
    values = st.lists(VALUES[kind], min_size=1, max_size=4)
    items = values.map(
        lambda vs: tuple(Value(v + 0.0 if kind is Kind.NUMBER else v, kind) for v in vs)
    )
    return st.builds(Among, part, items)


def conditions(depth: int):
    condition = st.deferred(lambda: trees(Kind.BOOLEAN, depth))
    number = st.deferred(lambda: trees(Kind.NUMBER, depth))
    group = st.lists(condition, min_size=2, max_size=4).map(tuple)
    return [
        *(_compared(kind, Compare.OPERATORS, depth) for kind in (Kind.NUMBER, Kind.TIME)),
        *(_compared(kind, ("==", "!="), depth) for kind in (Kind.STRING, Kind.BOOLEAN)),
        *(_among(kind, depth) for kind in Kind),
        st.builds(Between, number, number, number),
        *(st.builds(Unknown, st.deferred(lambda k=k: trees(k, depth))) for k in Kind),
        st.builds(Not, condition),
        st.builds(Every, group),
        st.builds(Either, group),
        *_calls(Kind.BOOLEAN, depth),
    ]


MAKERS = {
    Kind.NUMBER: numbers,
    Kind.TIME: moments,
    Kind.STRING: lambda depth: list(_calls(Kind.STRING, depth)),
    Kind.BOOLEAN: conditions,
}
CONDITIONS = trees(Kind.BOOLEAN)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "amount": st.one_of(st.none(), NUMBERS, st.just(float("nan")), st.just(float("inf"))),
        "mean.7d": st.one_of(st.none(), NUMBERS),
        "country": st.one_of(st.none(), TEXTS, st.just("x" * 600)),
        "weird name": st.one_of(st.none(), TEXTS),
        "time": st.one_of(st.none(), st.floats(-1e13, 1e13), TIMES),
        "known": st.one_of(st.none(), st.booleans()),
    },
)
