"""Public door of registry: signed model versions with lineage, metrics, cards and aliases."""

from platform_core.registry.bundles import open_bundle
from platform_core.registry.errors import (
    AliasInvalidError,
    AliasNotFoundError,
    BundleInvalidError,
    FactsInvalidError,
    ModelNameInvalidError,
    ModelNotFoundError,
    RegistryError,
    RollbackImpossibleError,
    VersionDeletedError,
    VersionInUseError,
    VersionNotFoundError,
)
from platform_core.registry.facts import Lineage, ModelSpec
from platform_core.registry.generation import alias_generation
from platform_core.registry.models import (
    ALIASES,
    NAME_GRAMMAR,
    Alias,
    AliasChange,
    Model,
    ModelVersion,
    is_model_name,
)
from platform_core.registry.registration import register_version
from platform_core.registry.selectors import (
    alias_history,
    aliases,
    get_model,
    get_version,
    models,
    previous_target,
    resolve,
    versions,
)
from platform_core.registry.services import delete_version, roll_back_alias, set_alias

__all__ = [
    "ALIASES",
    "NAME_GRAMMAR",
    "Alias",
    "AliasChange",
    "AliasInvalidError",
    "AliasNotFoundError",
    "BundleInvalidError",
    "FactsInvalidError",
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
    "previous_target",
    "register_version",
    "resolve",
    "roll_back_alias",
    "set_alias",
    "versions",
]
