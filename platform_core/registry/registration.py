"""Registers a version: files first, rows last, in one transaction."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max

from platform_core.accounts.api import Actor, Organisation
from platform_core.audit import api as audit
from platform_core.registry import bundles, card, engine, generation, statements
from platform_core.registry.errors import ModelNameInvalidError
from platform_core.registry.facts import Lineage, ModelSpec, plain
from platform_core.registry.models import Model, ModelVersion, is_model_name
from platform_core.vault import api as vault

if TYPE_CHECKING:
    from ml.common.bundle import Bundle


RESERVED = frozenset({"compression", "import", "rule"})
"""Names that are addresses of pages."""


@dataclass(frozen=True)
class _Draft:
    """A version that has its files but not its number yet."""

    version: ModelVersion
    spec: ModelSpec
    manifest: Mapping[str, Any]
    lineage: Lineage


def register_version(
    *,
    actor: Actor,
    model: ModelSpec,
    bundle: "Bundle",
    metrics: Mapping[str, Any],
    parameters: Mapping[str, Any],
    lineage: Lineage,
) -> ModelVersion:
    """Encrypt, sign and record a new version; its number is the model's next.

    Args:
        actor: who; needs `model.train` or `model.register`.
        model: the model, created when the name is new.
        bundle: manifest and files.
        metrics: final figures; NaN and infinities are recorded as null.
        parameters: what the training was told.
        lineage: what it was made of.

    Raises:
        ModelNameInvalidError: malformed, or the name of another application's model.
        BundleInvalidError: a file does not match the manifest.
        FactsInvalidError: a metric or parameter cannot be recorded.
    """
    if not actor.can("model.train"):
        actor.require("model.register")
    check_name(actor.organisation, model)
    manifest = engine.describe(bundle)
    version = ModelVersion(
        id=uuid.uuid4(),
        organisation=actor.organisation,
        flavour=manifest["flavour"],
        metrics=plain(metrics, place="metrics"),
        parameters=plain(parameters, place="parameters"),
        dataset_versions=lineage.as_json()["dataset_versions"],
        code_version=lineage.code_version[:80],
        seed=lineage.seed,
        job_id=lineage.job_id,
        size_bytes=bundle.size_bytes,
        registered_by=actor.user,
    )
    purpose = f"model {model.name}"
    version.data_key = vault.create_data_key(organisation=actor.organisation, purpose=purpose)
    bundles.write_files(version, bundle)
    try:
        return _record(actor, _Draft(version, model, manifest, lineage))
    except BaseException:
        bundles.delete_files(version, list(bundle.files))
        raise


def check_name(organisation: Organisation, spec: ModelSpec) -> None:
    """Refuse a name that no version could be registered under.

    Raises:
        ModelNameInvalidError: malformed, or the name of another application's model.
    """
    if not is_model_name(spec.name) or spec.name in RESERVED:
        raise ModelNameInvalidError(
            f"{spec.name[:70]!r} is not a model name.",
            remedy="Use up to 63 lower-case letters, digits and . _ - and begin with a letter or digit.",
            field="name",
        )
    taken = Model.objects.owned_by(organisation).filter(name=spec.name).first()
    if taken is not None and (taken.application, taken.task) != (spec.application, spec.task):
        raise ModelNameInvalidError(
            f"{spec.name} is a model of {taken.application} for {taken.task}.",
            remedy="Choose another name.",
            field="name",
        )


@transaction.atomic
def _record(actor: Actor, draft: _Draft) -> ModelVersion:
    version = draft.version
    version.model = _locked_model(actor.organisation, draft.spec)
    last = version.model.versions.aggregate(last=Max("number"))["last"]
    version.number = (last or 0) + 1
    version.statement = statements.write(
        version, manifest=draft.manifest, lineage=draft.lineage.as_json()
    )
    version.signature = statements.sign(version.statement)
    version.card = card.write(version)
    version.full_clean(exclude=["data_key", "organisation", "model", "registered_by"])
    version.save(force_insert=True)
    generation.bump()
    audit.record(
        actor=actor,
        action="model.version.register",
        target=f"modelversion:{version.pk}",
        details={"model": version.model.name, "number": version.number},
    )
    return version


def _locked_model(organisation: Organisation, spec: ModelSpec) -> Model:
    """Return the model's row, locked: numbers are given out one at a time."""
    fields = {
        "application": spec.application,
        "task": spec.task,
        "description": spec.description[:2000],
    }
    Model.objects.get_or_create(organisation=organisation, name=spec.name, defaults=fields)
    check_name(organisation, spec)
    return Model.objects.select_for_update().get(organisation=organisation, name=spec.name)
