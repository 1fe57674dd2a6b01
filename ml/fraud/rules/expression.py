"""A rule's condition: text or form in, one event or whole columns through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ml.fraud.rules import form, printing
from ml.fraud.rules.check import check
from ml.fraud.rules.parser import read
from ml.fraud.rules.scalar import Event, Run, compiled
from ml.fraud.rules.tree import Kind, Node, fields_of

if TYPE_CHECKING:
    from ml.fraud.rules.columns import Columns, Mask


@dataclass(frozen=True)
class Expression:
    """A checked condition; equal to any other of the same tree. It holds where it is true.

    Attributes:
        tree: What it says.
        kinds: The kinds of the fields it reads.
    """

    tree: Node
    kinds: Mapping[str, Kind] = field(compare=False)

    @property
    def text(self) -> str:
        """The condition as text, as the language itself writes it."""
        return printing.written(self.tree)

    @property
    def reads(self) -> frozenset[str]:
        """The names of the fields it reads; nothing else of an event is ever looked at."""
        return frozenset(self.kinds)

    @cached_property
    def _run(self) -> Run:
        return compiled(self.tree, self.kinds)

    def matches(self, event: Event) -> bool:
        """Tell whether the condition is true of one event (its fields and features by name)."""
        return self._run(event) is True

    def over(self, table: "Columns") -> "Mask":
        """Return of which events of a table the condition is true, bool (N,).

        Args:
            table: A polars.DataFrame, or arrays of one length by name (N,). A column that is absent
                or of another kind is not known for any event.
        """
        from ml.fraud.rules import columns  # noqa: PLC0415 - what matches one event needs no Polars

        return columns.over(self.tree, self.kinds, table)

    def form(self) -> dict[str, Any]:
        """Return the condition as the JSON that a form edits; `parse_form` reads it."""
        return form.shown(self.tree)


def parse(text: str, fields: Mapping[str, str]) -> Expression:
    """Read a condition.

    Args:
        text: Such as `amount > 3 * customer_mean_30d and country not in ["DE", "FR"]`.
        fields: What an event holds: names with `number`, `string`, `boolean` or `time`.

    Raises:
        RuleError: it cannot be used; the message has the column, what was expected, a near name.
    """
    return checked(read(text), fields)


def parse_form(value: Mapping[str, Any], fields: Mapping[str, str]) -> Expression:
    """Read the JSON of a form as the condition it stands for.

    Raises:
        RuleFormError: the JSON has not the shape of a condition.
        RuleError: as `parse`, with columns in the text of the condition.
    """
    return parse(printing.written(form.read(value)), fields)


def checked(tree: Node, fields: Mapping[str, str]) -> Expression:
    """Return the condition of a tree, whose kinds are checked.

    Raises:
        RuleNameError, RuleTypeError: as `parse`.
    """
    kinds = {name: Kind(kind) for name, kind in fields.items()}
    check(tree, kinds)
    return Expression(tree, {name: kinds[name] for name in sorted(fields_of(tree))})
