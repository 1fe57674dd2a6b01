"""Rules asked about single events: their tests, and an event somebody tries."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from apps.fraud.errors import RuleTestFailedError
from apps.fraud.models import Change, Rule, RuleVersion
from apps.fraud.selectors import rules as reads
from apps.fraud.services import rules as services
from ml.fraud.rules.expression import Expression, parse
from ml.fraud.rules.tree import Kind
from platform_core.accounts.api import Actor


def set_mode(*, actor: Actor, rule: Rule, number: int, mode: str, reason: str = "") -> Change:
    """Give a version a mode, once it answers all tests as it must; see services.rules.set_mode.

    Raises:
        RuleNotFoundError: no such version.
        RuleTestFailedError: it fails tests; `tests` names them.
    """
    version = reads.get_version(rule=rule, number=number)
    failed = [each["name"] for each in try_tests(version=version) if not each["passed"]]
    if failed and mode != Rule.Mode.OFF:
        raise RuleTestFailedError(
            f"Version {number} of “{rule.name}” fails {len(failed)} of its tests: "
            f"{', '.join(failed[:5])}.",
            remedy="Mend the rule or the tests.",
            tests=failed,
        )
    return services.set_mode(actor=actor, rule=rule, number=number, mode=mode, reason=reason)


def try_tests(*, version: RuleVersion) -> list[dict[str, Any]]:
    """Return what a version says of each test's event: `id`, `name`, `holds` as wanted, `found`, `passed`."""
    expression = parse(version.text, version.kinds)
    told = []
    for test in version.rule.tests.all():
        found = check(expression, test.event)
        told.append(
            {
                "id": str(test.pk),
                "name": test.name,
                "holds": test.holds,
                "found": found,
                "passed": found is test.holds,
            }
        )
    return told


def check(expression: Expression, event: Mapping[str, Any]) -> bool:
    """Tell whether a condition is true of an event as JSON, whose times may be written in ISO 8601."""
    times = {name for name, kind in expression.kinds.items() if kind is Kind.TIME}
    read = {name: _moment(value) if name in times else value for name, value in event.items()}
    return expression.matches(read)


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
