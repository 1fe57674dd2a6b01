"""Public door of registry; bodies follow shortly, the signatures are final."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import QuerySet

from platform_core.accounts.api import Actor, Organisation
from platform_core.registry.errors import (
    AliasNotFoundError,
    BundleInvalidError,
    ModelNameInvalidError,
    ModelNotFoundError,
    RegistryError,
    RollbackImpossibleError,
    VersionDeletedError,
    VersionInUseError,
    VersionNotFoundError,
)
from platform_core.registry.models import (
    ALIASES,
    NAME_GRAMMAR,
    Alias,
    AliasChange,
    Model,
    ModelVersion,
    is_model_name,
)

if TYPE_CHECKING:
    from ml.common.bundle import Bundle

__all__ = [
    "ALIASES",
    "NAME_GRAMMAR",
    "Alias",
    "AliasChange",
    "AliasNotFoundError",
    "BundleInvalidError",
    "Lineage",
    "Model",
    "ModelNameInvalidError",
    "ModelNotFoundError",
    "ModelSpec",
    "ModelVersion",
    "RegistryError",
    "RollbackImpossibleError",
    "VersionDeletedError",
    "VersionInUseError",
    "VersionNotFoundError",
    "alias_generation",
    "alias_history",
    "aliases",
    "delete_version",
    "get_model",
    "get_version",
    "is_model_name",
    "models",
    "open_bundle",
    "register_version",
    "resolve",
    "roll_back_alias",
    "set_alias",
    "versions",
]


@dataclass(frozen=True)
class ModelSpec:
    """The model a version is registered under; created with the first version.

    Attributes:
        name: follows NAME_GRAMMAR, unique in the organisation.
        application, task: must stay the same for every version of the name.
        description: one or two sentences; only used when the model is created.
    """

    name: str
    application: str
    task: str
    description: str = ""


@dataclass(frozen=True)
class Lineage:
    """What a version was made of.

    Attributes:
        dataset_versions: ids of `datasets.DatasetVersion` rows.
        code_version: commit or release of the training code.
        seed: of every random number generator; None if there is none.
        job_id: the job that trained it.
    """

    dataset_versions: tuple[UUID, ...] = ()
    code_version: str = ""
    seed: int | None = None
    job_id: UUID | None = None


def register_version(
    *,
    actor: Actor,
    model: ModelSpec,
    bundle: "Bundle",
    metrics: Mapping[str, Any],
    parameters: Mapping[str, Any],
    lineage: Lineage,
) -> ModelVersion:
    """Encrypt, sign and record a new version."""
    raise NotImplementedError


def open_bundle(*, version: ModelVersion) -> "Bundle":
    """Decrypt a bundle into memory, after checking signature and checksums."""
    raise NotImplementedError


def set_alias(
    *, actor: Actor, model: Model, alias: str, version: ModelVersion, reason: str = ""
) -> Alias:
    """Point an alias at a version."""
    raise NotImplementedError


def roll_back_alias(*, actor: Actor, model: Model, alias: str, reason: str = "") -> Alias:
    """Point an alias back at its previous target."""
    raise NotImplementedError


def delete_version(*, actor: Actor, version: ModelVersion) -> None:
    """Destroy a version's key and files; refused while an alias points at it."""
    raise NotImplementedError


def resolve(*, organisation: Organisation, name: str, reference: str = "champion") -> ModelVersion:
    """Return the ready version a reference names: an alias or a number."""
    raise NotImplementedError


def models(*, actor: Actor) -> QuerySet[Model]:
    """Return the organisation's models."""
    raise NotImplementedError


def get_model(*, actor: Actor, name: str) -> Model:
    """Return one model."""
    raise NotImplementedError


def versions(*, actor: Actor, model: Model) -> QuerySet[ModelVersion]:
    """Return a model's versions, newest first."""
    raise NotImplementedError


def get_version(*, actor: Actor, model_name: str, number: int) -> ModelVersion:
    """Return one version."""
    raise NotImplementedError


def aliases(*, actor: Actor, model: Model) -> dict[str, ModelVersion]:
    """Return alias -> version."""
    raise NotImplementedError


def alias_history(*, actor: Actor, model: Model) -> QuerySet[AliasChange]:
    """Return the moves of the model's aliases, newest first."""
    raise NotImplementedError


def alias_generation() -> int:
    """Return a counter that grows with every change of a version or alias anywhere."""
    raise NotImplementedError
