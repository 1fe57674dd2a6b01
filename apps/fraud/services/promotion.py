"""Chooses which version of a detector answers."""

from apps.fraud import selectors
from platform_core.accounts.api import Actor
from platform_core.registry import api as registry

CHAMPION = "champion"


def promote(*, actor: Actor, name: str, number: int) -> None:
    """Let version `number` answer from now on.

    Raises:
        DetectorNotFoundError, VersionNotFoundError, VersionDeletedError.
    """
    selectors.get_detector(actor=actor, name=name)
    version = registry.get_version(actor=actor, model_name=name, number=number)
    registry.set_alias(actor=actor, model=version.model, alias=CHAMPION, version=version)


def roll_back(*, actor: Actor, name: str) -> int:
    """Let the version before the last promotion answer again, and return its number.

    Raises:
        DetectorNotFoundError, RollbackImpossibleError.
    """
    selectors.get_detector(actor=actor, name=name)
    model = registry.get_model(actor=actor, name=name)
    alias = registry.roll_back_alias(actor=actor, model=model, alias=CHAMPION)
    return alias.version.number
