"""Moves and removes aliases, takes notes, deletes versions."""

from django.db import transaction

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.registry import bundles, generation, selectors, statements
from platform_core.registry.errors import (
    AliasInvalidError,
    AliasNotFoundError,
    ApprovalNeededError,
    FactsInvalidError,
    ModelNotFoundError,
    RollbackImpossibleError,
    VersionDeletedError,
    VersionInUseError,
    VersionNotFoundError,
)
from platform_core.registry.models import (
    ALIASES,
    MAX_ALIASES,
    Alias,
    AliasChange,
    Model,
    ModelVersion,
    PromotionRule,
    is_alias_name,
)
from platform_core.vault import api as vault

_MAX_REASON_CHARS = 500
_MAX_NOTES_CHARS = 20_000


@transaction.atomic
def set_alias(
    *, actor: Actor, model: Model, alias: str, version: ModelVersion, reason: str = ""
) -> Alias:
    """Point an alias at a version; pointing it where it already points changes nothing.

    Args:
        actor: who; needs `model.promote`.
        model: whose alias.
        alias: a name of ALIAS_GRAMMAR.
        version: a ready version of the model.
        reason: shown in the history.

    Raises:
        AliasInvalidError: malformed, or one too many.
        ApprovalNeededError: the organisation asks for a second person; see `approvals`.
        VersionNotFoundError: the version is not the model's.
        VersionDeletedError: its files are gone.
        BundleInvalidError: its signature does not hold.
    """
    actor.require("model.promote")
    check_alias(alias)
    locked = lock(actor, model)
    if approvals_needed(locked, alias, version):
        raise ApprovalNeededError(
            f"{model.name} has a {alias}, and your organisation asks a second person before it changes.",
            remedy="Ask for the promotion on the model's page; somebody else approves it there.",
        )
    return move_to(actor, locked, alias, version, reason=reason)


def approvals_needed(model: Model, alias: str, version: ModelVersion) -> bool:
    """Say whether moving an alias takes a second person: a champion that changes, where the rule says so."""
    if alias != ALIASES[0]:
        return False
    now = Alias.objects.filter(model=model, name=alias).exclude(version=version)
    return now.exists() and _has_rule(model)


def move_to(actor: Actor, model: Model, alias: str, version: ModelVersion, *, reason: str) -> Alias:
    """Point an alias of a locked model at one of its versions, whoever had to agree.

    Raises:
        VersionNotFoundError, VersionDeletedError, BundleInvalidError: see `set_alias`.
    """
    target = ModelVersion.objects.select_related("model").filter(pk=version.pk, model=model).first()
    if target is None:
        raise VersionNotFoundError(f"{version} is not a version of {model.name}.")
    if not target.is_ready:
        raise VersionDeletedError(f"{version} was deleted.", remedy="Choose another version.")
    statements.check(target)
    return _move(actor, model, alias, target, reason=reason)


@transaction.atomic
def remove_alias(*, actor: Actor, model: Model, alias: str, reason: str = "") -> None:
    """Take an alias away; its history stays. What an endpoint asks by it answers 503 afterwards.

    Raises:
        AliasNotFoundError: the model has no such alias.
        ApprovalNeededError: it is the champion, and the organisation asks a second person for changes.
    """
    actor.require("model.promote")
    locked = lock(actor, model)
    row = Alias.objects.select_related("version").filter(model=locked, name=alias).first()
    if row is None:
        raise AliasNotFoundError(f"{model.name} has no {alias[:40]!r}.")
    if alias == ALIASES[0] and _has_rule(locked):
        raise ApprovalNeededError(
            "Your organisation asks a second person before a champion changes.",
            remedy="Promote another version instead, with an approval.",
        )
    _record_move(actor, locked, row, AliasChange.Kind.REMOVED, row.version, reason)
    row.delete()


@transaction.atomic
def write_notes(*, actor: Actor, version: ModelVersion, notes: str) -> None:
    """Replace what people say of a version; the audit log keeps who and when.

    Raises:
        FactsInvalidError: too long.
    """
    actor.require("model.register")
    if len(notes) > _MAX_NOTES_CHARS:
        raise FactsInvalidError(
            f"The notes take {len(notes):,} characters; {_MAX_NOTES_CHARS:,} are allowed.",
            remedy="Shorten them, or link to a document.",
            field="notes",
        )
    ModelVersion.objects.filter(pk=version.pk, organisation=actor.organisation).update(notes=notes)
    audit.record(
        actor=actor,
        action="model.version.describe",
        target=f"modelversion:{version.pk}",
        details={"model": version.model.name, "number": version.number, "characters": len(notes)},
    )


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
    check_alias(alias)
    locked = lock(actor, model)
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
    model = lock(actor, version.model)
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


def check_alias(alias: str) -> None:
    """Refuse a name no alias can have.

    Raises:
        AliasInvalidError: malformed.
    """
    if not is_alias_name(alias):
        raise AliasInvalidError(
            f"{alias[:40]!r} is not an alias.",
            remedy="Use champion, challenger or a name of up to 20 lower-case letters, digits, _ and -, "
            "beginning with a letter.",
            field="alias",
        )


def _has_rule(model: Model) -> bool:
    rules = PromotionRule.objects.filter(organisation_id=model.organisation_id)
    return rules.filter(second_person=True).exists()


def lock(actor: Actor, model: Model) -> Model:
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
    if row is None and Alias.objects.filter(model=model).count() >= MAX_ALIASES:
        raise AliasInvalidError(
            f"{model.name} has {MAX_ALIASES} aliases already.", remedy="Remove one.", field="alias"
        )
    row = row or Alias(organisation=actor.organisation, model=model, name=alias)
    row.version = target
    row.save()
    _record_move(actor, model, row, kind, previous, reason)
    return row


def _record_move(
    actor: Actor,
    model: Model,
    row: Alias,
    kind: AliasChange.Kind,
    previous: ModelVersion | None,
    reason: str,
) -> None:
    """Write a move into the history and the journal, and tell the runtimes."""
    AliasChange.objects.create(
        organisation=actor.organisation,
        model=model,
        alias=row.name,
        kind=kind,
        previous=previous,
        version=row.version,
        reason=" ".join(reason.split())[:_MAX_REASON_CHARS],
        changed_by=actor.user,
        changed_by_label=actor.label,
    )
    generation.bump()
    audit.record(
        actor=actor,
        action=f"model.alias.{kind.value}",
        target=f"model:{model.pk}",
        details={"model": model.name, "alias": row.name, "number": row.version.number},
    )
