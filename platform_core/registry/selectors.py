"""Reads of the registry, never outside one organisation."""

from django.db.models import Max, QuerySet

from platform_core.accounts.api import Actor, Organisation
from platform_core.registry.errors import (
    AliasNotFoundError,
    ModelNotFoundError,
    VersionDeletedError,
    VersionNotFoundError,
)
from platform_core.registry.models import Alias, AliasChange, Model, ModelVersion

_MAX_NUMBER_DIGITS = 9
_LONG_TEXTS = ("statement", "card")
"""Up to megabytes a version; lists show neither."""


def models(*, actor: Actor) -> QuerySet[Model]:
    """Return the organisation's models, by name."""
    actor.require("model.view")
    return Model.objects.owned_by(actor.organisation)


def models_with_aliases(*, actor: Actor) -> QuerySet[Model]:
    """Return the models with their aliases at hand; `latest` is the highest version number."""
    rows = models(actor=actor).annotate(
        latest=Max("versions__number"), newest_at=Max("versions__created_at")
    )
    return rows.order_by("name").prefetch_related("aliases__version")


def get_model(*, actor: Actor, name: str) -> Model:
    """Return one model.

    Raises:
        ModelNotFoundError: not in this organisation.
    """
    found = models(actor=actor).filter(name=name).first()
    if found is None:
        raise ModelNotFoundError(f"There is no model {name[:70]!r}.")
    return found


def versions(*, actor: Actor, model: Model) -> QuerySet[ModelVersion]:
    """Return a model's versions with their aliases, newest first; long texts are read when asked for."""
    actor.require("model.view")
    rows = ModelVersion.objects.owned_by(actor.organisation).filter(model=model)
    return (
        rows.select_related("model", "registered_by")
        .prefetch_related("aliases")
        .defer(*_LONG_TEXTS)
    )


def get_version(*, actor: Actor, model_name: str, number: int) -> ModelVersion:
    """Return one version, also a deleted one.

    Raises:
        ModelNotFoundError: not in this organisation.
        VersionNotFoundError: the model has no such version.
    """
    model = get_model(actor=actor, name=model_name)
    in_range = 0 < number < 10**_MAX_NUMBER_DIGITS
    rows = versions(actor=actor, model=model).defer(None)
    found = rows.filter(number=number).first() if in_range else None
    if found is None:
        raise VersionNotFoundError(f"{model.name} has no version {number}.")
    return found


def aliases(*, actor: Actor, model: Model) -> dict[str, ModelVersion]:
    """Return alias -> version."""
    actor.require("model.view")
    rows = Alias.objects.owned_by(actor.organisation).filter(model=model)
    return {row.name: row.version for row in rows.select_related("version__model")}


def alias_history(*, actor: Actor, model: Model) -> QuerySet[AliasChange]:
    """Return the moves of the model's aliases, newest first."""
    actor.require("model.view")
    rows = AliasChange.objects.owned_by(actor.organisation).filter(model=model)
    return rows.select_related("version", "previous").defer(*_long_texts("version", "previous"))


def resolve(*, organisation: Organisation, name: str, reference: str = "champion") -> ModelVersion:
    """Return the version a reference names.

    Args:
        organisation: whose model.
        name: of the model.
        reference: an alias, or a version number.

    Raises:
        ModelNotFoundError, AliasNotFoundError, VersionNotFoundError: nothing has that name.
        VersionDeletedError: the version's files are gone.
    """
    rows = ModelVersion.objects.owned_by(organisation).filter(model__name=name)
    rows = rows.select_related("model", "organisation", "data_key")
    numbered = reference.isdecimal() and len(reference) <= _MAX_NUMBER_DIGITS
    chosen = (
        rows.filter(number=int(reference)) if numbered else rows.filter(aliases__name=reference)
    )
    version = chosen.first()
    if version is None:
        raise _nothing_found(organisation, name, reference, numbered=numbered)
    if not version.is_ready:
        raise VersionDeletedError(f"{version} was deleted.", remedy="Choose another version.")
    return version


def alias_targets(
    organisation: Organisation | None = None, model_name: str = ""
) -> dict[tuple[str, str, str], ModelVersion]:
    """Return (organisation id, model name, alias) -> version in one query, long texts left out.

    Args:
        organisation: only its models; None means all, for processes that serve everybody.
        model_name: only this model of it.
    """
    rows = Alias.objects.select_related("version__model").defer(*_long_texts("version"))
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    if model_name:
        rows = rows.filter(model__name=model_name)
    return {
        (str(row.organisation_id), row.version.model.name, row.name): row.version for row in rows
    }


def _nothing_found(
    organisation: Organisation, name: str, reference: str, *, numbered: bool
) -> ModelNotFoundError | VersionNotFoundError | AliasNotFoundError:
    if not Model.objects.owned_by(organisation).filter(name=name).exists():
        return ModelNotFoundError(f"There is no model {name[:70]!r}.")
    if numbered:
        return VersionNotFoundError(f"{name} has no version {reference}.")
    return AliasNotFoundError(
        f"{name} has no {reference[:40]!r} yet.", remedy="Promote one of its versions."
    )


def previous_target(*, model: Model, alias: str) -> ModelVersion | None:
    """Return the version a roll-back of `alias` would return to, or None.

    Promotions are a stack: a roll-back takes off the latest one, so rolling back twice goes back two
    promotions. Deleted versions are passed over.
    """
    stack: list[ModelVersion] = []
    moves = AliasChange.objects.filter(model=model, alias=alias).select_related("version")
    for move in moves.defer(*_long_texts("version")).order_by("id"):
        if move.kind == AliasChange.Kind.REMOVED:
            stack.clear()
        elif move.kind == AliasChange.Kind.ROLLED_BACK:
            while stack and stack[-1].pk != move.version_id:
                stack.pop()
        else:
            stack.append(move.version)
    return next((one for one in reversed(stack[:-1]) if one.is_ready), None)


def _long_texts(*relations: str) -> list[str]:
    return [f"{relation}__{name}" for relation in relations for name in _LONG_TEXTS]
