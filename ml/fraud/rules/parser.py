"""Tokens to tree by operator precedence (Pratt 1973), bounded in depth and size.

Strength, weakest first: or; and; not; comparisons (which do not chain); + -; * / %; the sign.
"""

import math
from datetime import UTC, datetime

from ml.fraud.rules import functions
from ml.fraud.rules.errors import RuleSyntaxError, RuleTooLargeError
from ml.fraud.rules.lexer import Sort, Token, tokens
from ml.fraud.rules.limits import MAX_DEPTH, MAX_LIST, MAX_PARTS
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
    Node,
    Not,
    Sum,
    Unknown,
    Value,
    depth,
)

_OR, _AND, _NOT, _COMPARE, _ADD, _TIMES, _SIGN = range(1, 8)
_STRENGTH = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys((*Compare.OPERATORS, "in", "between", "is", "not"), _COMPARE),
    "+": _ADD,
    "-": _ADD,
    **dict.fromkeys(("*", "/", "%"), _TIMES),
}
_YEAR_3000_S = 32_503_680_000
_VALUE = "a field, a value, a function or an opening bracket"


def read(text: str) -> Node:
    """Read a rule's text as a tree; kinds are not yet checked.

    Raises:
        RuleSyntaxError: the text is not a sentence of the language.
        RuleTooLargeError: it is too long, too deep, or has too many parts.
    """
    parser = _Parser(tokens(text))
    tree = parser.expression(0)
    parser.end()
    if depth(tree) > MAX_DEPTH:
        raise RuleTooLargeError(
            f"More than {MAX_DEPTH} operations hang on each other. Write it flatter."
        )
    return tree


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._place = 0
        self._depth = 0
        self._parts = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        self._place += token.sort is not Sort.END
        return token

    def _is(self, text: str) -> bool:
        return self._next.sort in {Sort.SIGN, Sort.WORD} and self._next.text == text

    def _expect(self, text: str, expected: str = "") -> Token:
        if not self._is(text):
            raise self._wrong(expected or f"“{text}”")
        return self._take()

    def _wrong(self, expected: str) -> RuleSyntaxError:
        return RuleSyntaxError(
            f"{self._next.shown()} cannot stand here.",
            column=self._next.at,
            expected=expected,
        )

    def _count(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise RuleTooLargeError(
                f"The rule has more than {MAX_PARTS} parts. Split it into several rules.",
                column=self._next.at,
            )

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self._next.sort is not Sort.END:
            raise self._wrong("`and`, `or`, a comparison, or the end of the rule")

    def expression(self, strength: int) -> Node:
        """Read as far as operators bind more than `strength`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RuleTooLargeError(
                f"Brackets, calls and signs are more than {MAX_DEPTH} deep. Write it flatter.",
                column=self._next.at,
            )
        left = self._first()
        while (bound := self._strength()) > strength:
            left = self._joined(left, bound)
        self._depth -= 1
        return left

    def _strength(self) -> int:
        known = self._next.sort in {Sort.SIGN, Sort.WORD}
        return _STRENGTH.get(self._next.text, 0) if known else 0

    def _first(self) -> Node:
        self._count()
        token = self._take()
        if token.sort is Sort.NUMBER:
            return _number(token)
        if token.sort is Sort.STRING:
            return Value(token.text, Kind.STRING, token.at)
        if token.sort is Sort.NAME:
            return self._call(token) if self._is("(") else Field(token.text, token.at)
        return self._opening(token)

    def _opening(self, token: Token) -> Node:
        if token.sort is Sort.WORD and token.text in {"true", "false"}:
            return Value(token.text == "true", Kind.BOOLEAN, token.at)
        if token.text == "not" and token.sort is Sort.WORD:
            return Not(self.expression(_NOT), token.at)
        if token.text == "-" and token.sort is Sort.SIGN:
            return _signed(self.expression(_SIGN), token.at)
        if token.text == "(" and token.sort is Sort.SIGN:
            inside = self.expression(0)
            self._expect(")", "a closing bracket")
            return inside
        self._place -= token.sort is not Sort.END
        if token.sort is Sort.WORD and token.text == "null":
            raise RuleSyntaxError(
                "Nothing equals null.", column=token.at, expected="`field is null`"
            )
        if token.text == "[" and token.sort is Sort.SIGN:
            raise self._wrong("a list only after `in`; elsewhere " + _VALUE)
        raise self._wrong(_VALUE)

    def _call(self, token: Token) -> Node:
        self._expect("(")
        arguments: list[Node] = []
        while not self._is(")"):
            if arguments:
                self._expect(",", "a comma or a closing bracket")
            arguments.append(self.expression(0))
        self._expect(")")
        if token.text == functions.DATE:
            return _moment(token, arguments)
        return Call(token.text, tuple(arguments), token.at)

    def _joined(self, left: Node, strength: int) -> Node:
        self._count()
        token = self._take()
        if token.text in {"and", "or"}:
            return self._group(token.text, left, strength)
        if strength > _COMPARE:
            return Sum(token.text, left, self.expression(strength), left.at)
        node = self._compared(left, token)
        if self._strength() == _COMPARE:
            raise RuleSyntaxError(
                "A comparison cannot be compared again.",
                column=self._next.at,
                expected="`and`, or `between … and …`",
            )
        return node

    def _group(self, word: str, left: Node, strength: int) -> Node:
        parts = [left, self.expression(strength)]
        while self._is(word):
            self._count()
            self._take()
            parts.append(self.expression(strength))
        return (Every if word == "and" else Either)(tuple(parts), left.at)

    def _compared(self, left: Node, token: Token) -> Node:
        if token.text in Compare.OPERATORS:
            return Compare(token.text, left, self.expression(_COMPARE), left.at)
        if token.text == "is":
            return self._known(left)
        if token.text == "not":
            return Not(self._placed(left, self._take()), left.at)
        return self._placed(left, token)

    def _known(self, left: Node) -> Node:
        turned = self._is("not")
        if turned:
            self._take()
        self._expect("null", "`is null` or `is not null`")
        node = Unknown(left, left.at)
        return Not(node, left.at) if turned else node

    def _placed(self, left: Node, token: Token) -> Node:
        if token.sort is Sort.WORD and token.text == "in":
            return Among(left, self._list(), left.at)
        if token.sort is Sort.WORD and token.text == "between":
            low = self.expression(_COMPARE)
            self._expect("and", "`and` and the upper bound, as in `between 1 and 9`")
            return Between(left, low, self.expression(_COMPARE), left.at)
        self._place -= token.sort is not Sort.END
        raise self._wrong("`in` or `between` after `not`")

    def _list(self) -> tuple[Value, ...]:
        self._expect("[", "a list in square brackets, as in `in [1, 2]`")
        values: list[Value] = []
        while not self._is("]"):
            if values:
                self._expect(",", "a comma or a closing square bracket")
            values.append(self._item())
            if len(values) > MAX_LIST:
                raise RuleTooLargeError(
                    f"A list in a rule has at most {MAX_LIST} values. "
                    "Keep more of them as a block or watch list.",
                    column=self._next.at,
                )
        self._expect("]")
        if not values:
            raise RuleSyntaxError(
                "The list is empty.", column=self._next.at, expected="at least one value"
            )
        return tuple(values)

    def _item(self) -> Value:
        start, parts = self._next, self._parts
        node = self.expression(_COMPARE)
        self._parts = parts  # values are bounded by the length of the list
        if not isinstance(node, Value):
            raise RuleSyntaxError(
                "A list holds values only.", column=start.at, expected="a number or a string"
            )
        return node


def _number(token: Token) -> Value:
    value = float(token.text)
    if not math.isfinite(value):
        raise RuleTooLargeError("The number is too large.", column=token.at)
    return Value(value, Kind.NUMBER, token.at)


def _signed(part: Node, at: int) -> Node:
    if isinstance(part, Value) and part.kind is Kind.NUMBER:
        return Value(0.0 - float(part.value), Kind.NUMBER, at)
    return Negative(part, at)


def _moment(token: Token, arguments: list[Node]) -> Value:
    expected = 'a date such as date("2026-11-23") or date("2026-11-23T08:00")'
    if len(arguments) != 1 or not isinstance(arguments[0], Value):
        raise RuleSyntaxError("`date` takes one string.", column=token.at, expected=expected)
    text = str(arguments[0].value)
    try:
        return Value(seconds_of(text), Kind.TIME, token.at)
    except ValueError:
        raise RuleSyntaxError(
            f"“{text}” is not a date from 1970 to 2999.", column=arguments[0].at, expected=expected
        ) from None


def seconds_of(text: str) -> float:
    """Return whole seconds since 1970 UTC of a date in ISO 8601; without a zone it is UTC.

    Raises:
        ValueError: it is no date from 1970 to 2999.
    """
    moment = datetime.fromisoformat(text).replace(microsecond=0)
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not 0 <= seconds < _YEAR_3000_S:
        raise ValueError(text)
    return seconds
