"""Text to tokens: numbers, strings, names and signs, each with its column."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ml.fraud.rules.errors import RuleSyntaxError, RuleTooLargeError
from ml.fraud.rules.limits import MAX_CHARACTERS, MAX_NAME, MAX_STRING

WORDS = frozenset({"and", "or", "not", "in", "between", "is", "null", "true", "false"})
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>(?:[0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[^\W\d]\w*(?:\.\w+)*)
      | (?P<quoted>`[^`\n]+`)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<sign>==|!=|<=|>=|[-+*/%<>=(),\[\]])""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_REMEDIES = {
    "&": "`and`",
    "|": "`or`",
    "!": "`not`, or `!=`",
    "{": "a list in square brackets",
    '"': "a closing quotation mark on the same line",
    "'": "a closing quotation mark on the same line",
    "`": "a field's name between two backticks",
}


class Sort(StrEnum):
    """What a token is."""

    NUMBER = "number"
    STRING = "string"
    NAME = "name"
    WORD = "word"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True)
class Token:
    """One token; `text` is a string's content, a name without backticks, a word in lower case."""

    sort: Sort
    text: str
    at: int

    def shown(self) -> str:
        """Return the token as it begins a message."""
        return "The end of the rule" if self.sort is Sort.END else f"“{self.text[:40]}”"


def tokens(text: str) -> list[Token]:
    """Cut a rule's text into tokens, the last being the end.

    Raises:
        RuleTooLargeError: the text is too long.
        RuleSyntaxError: something in it is no token.
    """
    if len(text) > MAX_CHARACTERS:
        raise RuleTooLargeError(
            f"The rule has {len(text):,} characters; at most {MAX_CHARACTERS:,} can be used. "
            "Split it into several rules, or use a list."
        )
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _unreadable(text, place)
        if match.lastgroup != "space":
            found.append(_token(str(match.lastgroup), match.group(), place + 1))
        place = match.end()
    return [*found, Token(Sort.END, "", len(text) + 1)]


def _unreadable(text: str, place: int) -> RuleSyntaxError:
    sign = text[place]
    return RuleSyntaxError(
        f"“{sign}” has no meaning here.", column=place + 1, expected=_REMEDIES.get(sign, "")
    )


def _token(group: str, text: str, at: int) -> Token:
    if group == "string":
        return Token(Sort.STRING, _content(text, at), at)
    if group == "quoted":
        return Token(Sort.NAME, _name(text[1:-1], at), at)
    if group == "name":
        word = text.lower()
        return (
            Token(Sort.WORD, word, at) if word in WORDS else Token(Sort.NAME, _name(text, at), at)
        )
    if group == "sign":
        return Token(Sort.SIGN, "==" if text == "=" else text, at)
    return Token(Sort.NUMBER, text.replace("_", ""), at)


def _name(name: str, at: int) -> str:
    if len(name) > MAX_NAME:
        raise RuleTooLargeError(f"A field's name has at most {MAX_NAME} characters.", column=at)
    return name


def _content(text: str, at: int) -> str:
    pieces = re.split(r"(\\.)", text[1:-1])
    for number, piece in enumerate(pieces):
        if number % 2:
            if piece[1] not in _ESCAPES:
                raise RuleSyntaxError(
                    f"“{piece}” is not known in a string.",
                    column=at,
                    expected=r"\\ for a backslash, or one of \n \t \r \" \'",
                )
            pieces[number] = _ESCAPES[piece[1]]
    content = "".join(pieces)
    if len(content) > MAX_STRING:
        raise RuleTooLargeError(
            f"A string in a rule has at most {MAX_STRING} characters.", column=at
        )
    if not content.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in content):
        raise RuleSyntaxError("The string holds half a character.", column=at)
    return content
