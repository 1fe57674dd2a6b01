"""Business rules: which items are lifted, lowered, placed, spread out or hidden in an answer.

    {"action": "boost", "filter": {"brand": "own"}, "strength": 1.5}
    {"action": "bury", "filter": {"stock": {"lte": 0}}}
    {"action": "pin", "items": ["i7", "i9"], "position": 1}
    {"action": "cap", "attribute": "genres", "limit": 2}
    {"action": "hide", "items": ["i3"]}

Boost adds `strength` standard deviations of that person's scores over all items, so one strength means the
same whatever the model's scale. Buried items come after all others. Pins take their positions in
the order of the rules (a taken one yields the next free). A cap lets every value of an attribute occur
`limit` times; it yields where otherwise fewer items than asked for could be answered, unless it is strict.
No rule brings back an item that the filter, the lists or the person's own history have taken out.

Shapes: I items.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ml.recommendation import filters
from ml.recommendation.attributes import Mask, Texts
from ml.recommendation.data import Floats
from ml.recommendation.errors import RuleError

ACTIONS = ("boost", "bury", "pin", "cap", "hide")
MAX_RULES = 100
MAX_ITEMS = 1_000
MAX_STRENGTH = 10.0
MAX_POSITION = 1_000
_COMMON = frozenset({"action", "name"})
_ABOUT = frozenset({"items", "filter"})
_FIELDS = {
    "boost": _ABOUT | {"strength"},
    "bury": _ABOUT,
    "pin": {"items", "position"},
    "cap": {"attribute", "limit", "strict"},
    "hide": _ABOUT,
}


@dataclass(frozen=True)
class Rule:
    """One rule as told; fields that its action does not have keep their defaults."""

    action: str
    name: str = ""
    items: Sequence[str] = ()
    filter: filters.Filter | None = None
    strength: float = 1.0
    position: int = 1
    attribute: str = ""
    limit: int = 1
    strict: bool = False


@dataclass(frozen=True)
class Cap:
    """At most `limit` items of every value of one attribute."""

    column: Texts
    limit: int
    strict: bool = False


@dataclass(frozen=True)
class Plan:
    """Rules in the numbers of one catalogue; what is None changes nothing.

    Attributes:
        hidden: bool (I,).
        boost: float32 (I,), in standard deviations of a person's scores.
        buried: bool (I,).
        pins: (position from 0, item), in the order of the rules.
        caps: one for each rule of that kind.
    """

    hidden: Mask | None = None
    boost: Floats | None = None
    buried: Mask | None = None
    pins: Sequence[tuple[int, int]] = ()
    caps: Sequence[Cap] = ()

    @property
    def reorders(self) -> bool:
        """True when the answer is more than the best scores."""
        return bool(self.pins or self.caps or self.boost is not None or self.buried is not None)


NO_RULES = Plan()


@dataclass(frozen=True)
class Catalogue:
    """What rules are about.

    Attributes:
        n: number of items I.
        number: item id -> number, None for one that is not known.
        mask: filter -> bool (I,).
        texts: name of an attribute -> its values; raises FilterError when there is none.
    """

    n: int
    number: Callable[[str], int | None]
    mask: Callable[[filters.Filter], Mask]
    texts: Callable[[str], Texts]


def parse(raw: object) -> Rule:
    """Read a rule.

    Raises:
        RuleError, FilterError: what is wrong, in words.
    """
    if not isinstance(raw, Mapping) or raw.get("action") not in ACTIONS:
        raise RuleError(f'A rule is an object with an "action": {", ".join(ACTIONS)}.')
    action = str(raw["action"])
    allowed = _FIELDS[action] | _COMMON
    if unknown := sorted(str(name) for name in set(raw) - allowed):
        raise RuleError(
            f"A rule that {action}s has no {unknown[0][:40]!r}; it has {', '.join(sorted(allowed))}."
        )
    rule = Rule(
        action=action,
        name=str(raw.get("name", ""))[:80],
        items=_items(raw.get("items")),
        filter=None if raw.get("filter") is None else filters.parse(raw["filter"]),
        strength=_between(raw, "strength", 1.0, 0.0, MAX_STRENGTH),
        position=int(_between(raw, "position", 1, 1, MAX_POSITION)),
        attribute=str(raw.get("attribute", "")),
        limit=int(_between(raw, "limit", 1, 1, MAX_ITEMS)),
        strict=raw.get("strict", False) is True,
    )
    _check_subject(rule)
    return rule


def compile_rules(rules: Sequence[Rule], catalogue: Catalogue) -> Plan:
    """Return the rules in numbers.

    Raises:
        FilterError: a rule names an attribute that does not exist.
    """
    builder = _Builder(catalogue)
    for rule in rules:
        builder.add(rule)
    return Plan(builder.hidden, builder.boost, builder.buried, builder.pins, builder.caps)


@dataclass
class _Builder:
    catalogue: Catalogue
    hidden: Mask | None = None
    boost: Floats | None = None
    buried: Mask | None = None
    pins: list[tuple[int, int]] = field(default_factory=list)
    caps: list[Cap] = field(default_factory=list)

    def add(self, rule: Rule) -> None:
        if rule.action == "cap":
            column = self.catalogue.texts(rule.attribute)
            self.caps.append(Cap(column, rule.limit, rule.strict))
        elif rule.action == "pin":
            numbers = [self.catalogue.number(item) for item in rule.items]
            known = [number for number in numbers if number is not None]
            self.pins += [(rule.position - 1 + step, item) for step, item in enumerate(known)]
        else:
            getattr(self, f"_{rule.action}")(self._about(rule), rule)

    def _about(self, rule: Rule) -> Mask:
        """Return the items a rule is about: those listed, and those its filter finds."""
        found = np.zeros(self.catalogue.n, dtype=bool)
        numbers = (self.catalogue.number(item) for item in rule.items)
        found[[number for number in numbers if number is not None]] = True
        return found if rule.filter is None else found | self.catalogue.mask(rule.filter)

    def _boost(self, about: Mask, rule: Rule) -> None:
        added = about.astype(np.float32) * np.float32(rule.strength)
        self.boost = added if self.boost is None else self.boost + added

    def _bury(self, about: Mask, rule: Rule) -> None:
        self.buried = about if self.buried is None else self.buried | about

    def _hide(self, about: Mask, rule: Rule) -> None:
        self.hidden = about if self.hidden is None else self.hidden | about


def _items(raw: object) -> list[str]:
    if raw is None:
        return []
    if not isinstance(raw, list) or len(raw) > MAX_ITEMS:
        raise RuleError(f'"items" takes a list of at most {MAX_ITEMS} item ids.')
    return [str(each) for each in raw]


def _between(raw: Mapping[str, Any], name: str, default: float, least: float, most: float) -> float:
    value = raw.get(name, default)
    whole = isinstance(default, int) and not isinstance(value, int)
    if isinstance(value, bool) or not isinstance(value, int | float) or whole:
        raise RuleError(f'"{name}" takes a {"whole " * whole}number, not {str(value)[:40]!r}.')
    if not least <= value <= most:  # false for NaN too
        raise RuleError(f'"{name}" is {value}; {least:g} to {most:g} is allowed.')
    return value


def _check_subject(rule: Rule) -> None:
    if rule.action == "cap":
        if not rule.attribute:
            raise RuleError('A cap needs an "attribute" whose values it counts.')
    elif not rule.items and rule.filter is None:
        needed = '"items"' if rule.action == "pin" else '"items" or a "filter"'
        raise RuleError(f"A rule that {rule.action}s needs {needed} to say what it is about.")
