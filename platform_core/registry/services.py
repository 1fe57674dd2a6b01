"""Moves aliases and deletes versions."""

from django.db import transaction

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.registry import bundles, generation, selectors, statements
from platform_core.registry.errors import (
    AliasInvalidError,
    AliasNotFoundError,
    ModelNotFoundError,
    RollbackImpossibleError,
    VersionDeletedError,
    VersionInUseError,
    VersionNotFoundError,
)
from platform_core.registry.models import ALIASES, Alias, AliasChange, Model, ModelVersion
from platform_core.vault import api as vault

_MAX_REASON_CHARS = 500


@transaction.atomic
def set_alias(
    *, actor: Actor, model: Model, alias: str, version: ModelVersion, reason: str = ""
) -> Alias:
    """Point an alias at a version; pointing it where it already points changes nothing.

    Args:
        actor: who; needs `model.promote`.
        model: whose alias.
        alias: one of ALIASES.
        version: a ready version of the model.
        reason: shown in the history.

    Raises:
        AliasInvalidError: no such alias.
        VersionNotFoundError: the version is not the model's.
        VersionDeletedError: its files are gone.
        BundleInvalidError: its signature does not hold.
    """
    actor.require("model.promote")
    _check_alias(alias)
    locked = _lock(actor, model)
    target = (
        ModelVersion.objects.select_related("model").filter(pk=version.pk, model=locked).first()
    )
    if target is None:
        raise VersionNotFoundError(f"{version} is not a version of {model.name}.")
    if not target.is_ready:
        raise VersionDeletedError(f"{version} was deleted.", remedy="Choose another version.")
    statements.check(target)
    return _move(actor, locked, alias, target, reason=reason)


@transaction.atomic
def roll_back_alias(*, actor: Actor, model: Model, alias: str, reason: str = "") -> Alias:
    """Point an alias back at the version it was promoted to before.

    Raises:
        AliasInvalidError: no such alias.
        AliasNotFoundError: the alias points nowhere yet.
        RollbackImpossibleError: there is no earlier target.
        BundleInvalidError: the earlier target's signature does not hold.
    """
    actor.require("model.promote")
    _check_alias(alias)
    locked = _lock(actor, model)
    if not Alias.objects.filter(model=locked, name=alias).exists():
        raise AliasNotFoundError(f"{model.name} has no {alias} yet.")
    target = selectors.previous_target(model=locked, alias=alias)
    if target is None:
        raise RollbackImpossibleError(
            f"The {alias} of {model.name} has no earlier version to return to.",
            remedy="Promote the version you want instead.",
        )
    statements.check(target)
    kind = AliasChange.Kind.ROLLED_BACK
    return _move(actor, locked, alias, target, reason=reason, kind=kind)


@transaction.atomic
def delete_version(*, actor: Actor, version: ModelVersion) -> None:
    """Destroy a version's key and files; the row stays as a record, and its number is never given again.

    Raises:
        VersionInUseError: an alias points at it.
    """
    actor.require("model.delete")
    model = _lock(actor, version.model)
    row = ModelVersion.objects.select_related("data_key").get(pk=version.pk, model=model)
    if used := [alias.name for alias in row.aliases.all()]:
        raise VersionInUseError(
            f"{version} is the {' and '.join(used)}.", remedy="Promote another version first."
        )
    row.state = version.state = ModelVersion.State.DELETED
    row.save(update_fields=["state"])
    vault.shred(data_key=row.data_key, actor=actor)
    generation.bump()
    audit.record(
        actor=actor,
        action="model.version.delete",
        target=f"modelversion:{row.pk}",
        details={"model": model.name, "number": row.number},
    )
    files = list(row.manifest["files"])
    transaction.on_commit(lambda: bundles.delete_files(row, files))


def _check_alias(alias: str) -> None:
    if alias not in ALIASES:
        raise AliasInvalidError(
            f"{alias[:40]!r} is not an alias.", remedy=f"Use {' or '.join(ALIASES)}.", field="alias"
        )


def _lock(actor: Actor, model: Model) -> Model:
    """Return the model's row, locked, so that moves of its aliases come one after another."""
    rows = Model.objects.select_for_update().filter(organisation=actor.organisation)
    locked = rows.filter(pk=model.pk).first()
    if locked is None:
        raise ModelNotFoundError(f"There is no model {model.name!r}.")
    return locked


def _move(
    actor: Actor,
    model: Model,
    alias: str,
    target: ModelVersion,
    *,
    reason: str,
    kind: AliasChange.Kind = AliasChange.Kind.SET,
) -> Alias:
    row = Alias.objects.select_related("version").filter(model=model, name=alias).first()
    previous = row.version if row else None
    if row and previous == target:
        return row
    row = row or Alias(organisation=actor.organisation, model=model, name=alias)
    row.version = target
    row.save()
    AliasChange.objects.create(
        organisation=actor.organisation,
        model=model,
        alias=alias,
        kind=kind,
        previous=previous,
        version=target,
        reason=" ".join(reason.split())[:_MAX_REASON_CHARS],
        changed_by=actor.user,
        changed_by_label=actor.label,
    )
    generation.bump()
    audit.record(
        actor=actor,
        action=f"model.alias.{kind.value}",
        target=f"model:{model.pk}",
        details={"model": model.name, "alias": alias, "number": target.number},
    )
    return row
