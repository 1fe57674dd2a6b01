"""Refusals of the fraud application."""

from typing import ClassVar

from platform_core.errors import NotFoundError, PlatformError


class FraudError(PlatformError):
    """Base of every refusal of this application."""


class FraudDataError(FraudError):
    """The data set cannot be learned from: no frauds in it, times that are no times."""

    title = "The data cannot be learned from"


class ColumnUnknownError(FraudError):
    """A column named in the request is not in the data set; `field` in extra names it."""

    title = "Unknown column"


class EventInvalidError(FraudError):
    """An event lacks what the detector needs, or a value cannot be read; `field` names it."""

    title = "The event cannot be scored"


class DetectorExistsError(FraudError):
    """The name is taken."""

    status: ClassVar[int] = 409
    title = "The name is taken"


class DetectorNotFoundError(NotFoundError, FraudError):
    """No detector of this name in the organisation."""


class DetectorNotReadyError(FraudError):
    """The detector has no trained version yet."""

    status: ClassVar[int] = 409
    title = "The detector is not ready"
    permanent = False


class DetectorBusyError(FraudError):
    """A training of this detector is under way."""

    status: ClassVar[int] = 409
    title = "The detector is being trained"


class TrainingFailedError(FraudError):
    """The only training failed, so nothing can answer; the detail repeats the job's words."""

    status: ClassVar[int] = 409
    title = "The training failed"


class DecisionNotFoundError(NotFoundError, FraudError):
    """No such decision in the organisation."""


class BatchNotFoundError(NotFoundError, FraudError):
    """The detector has no such scoring of a data set."""


class StateConflictError(FraudError):
    """Too many events of the same customer at once; nothing was stored."""

    status: ClassVar[int] = 503
    title = "Too many events of one customer at once"
    permanent = False


class DemoFailedError(FraudError):
    """A step of the demo ended badly."""

    title = "The demo could not be prepared"


class RuleNotFoundError(NotFoundError, FraudError):
    """The detector has no such rule, version or test."""


class RuleExistsError(FraudError):
    """The detector has a rule or test of this name."""

    status: ClassVar[int] = 409
    title = "The name is taken"


class RuleInvalidError(FraudError):
    """The rule cannot be read; `column`, `expected` and `suggestion` in extra say where and why."""

    title = "The rule cannot be used"


class RuleTestFailedError(FraudError):
    """A version does not answer its tests as it must; `tests` in extra names them."""

    status: ClassVar[int] = 409
    title = "The rule fails its tests"


class TooManyError(FraudError):
    """A bound on how many there may be was reached."""

    status: ClassVar[int] = 409
    title = "Too many"


class BackTestNotFoundError(NotFoundError, FraudError):
    """The detector has no such back-test."""


class EntryNotFoundError(NotFoundError, FraudError):
    """The detector has no such list entry."""


class PolicyNotFoundError(NotFoundError, FraudError):
    """The detector has no such version of its policy."""


class ChangeNotFoundError(NotFoundError, FraudError):
    """The detector has no such change waiting or decided."""


class ChangeDecidedError(FraudError):
    """The change was decided already, or by the person who asked for it."""

    status: ClassVar[int] = 409
    title = "The change cannot be decided"


class CaseNotFoundError(NotFoundError, FraudError):
    """No such case, note or attachment in the organisation."""


class CaseStateError(FraudError):
    """The case is not in a state for this."""

    status: ClassVar[int] = 409
    title = "The case is not in that state"
