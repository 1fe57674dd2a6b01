"""What a rule can be wrong in; every message says where, what was expected and what to do."""


class RuleError(ValueError):
    """Base: the rule cannot be used.

    Attributes:
        column: Where in the text, from 1; None when no text was given.
        expected: What could stand there instead, in words; empty when nothing can be said.
        suggestion: A known name that is near to an unknown one; empty when there is none.
    """

    def __init__(
        self, message: str, *, column: int | None = None, expected: str = "", suggestion: str = ""
    ) -> None:
        place = f"Column {column}: " if column is not None else ""
        wanted = f" Expected {expected}." if expected else ""
        near = f" Did you mean {suggestion}?" if suggestion else ""
        super().__init__(f"{place}{message}{wanted}{near}")
        self.message = message
        self.column = column
        self.expected = expected
        self.suggestion = suggestion


class RuleSyntaxError(RuleError):
    """The text is not a sentence of the language."""


class RuleNameError(RuleError):
    """A field or function that does not exist."""


class RuleTypeError(RuleError):
    """A value of one kind stands where another kind is needed."""


class RuleTooLargeError(RuleError):
    """The rule is longer, deeper or larger than a rule may be."""


class RuleFormError(RuleError):
    """The JSON of a form is not one of a rule; `path` says where.

    Attributes:
        path: Where in the JSON, such as `all.1.value`.
    """

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(f"{path or 'The form'}: {message}")
        self.path = path
