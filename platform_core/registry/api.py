"""Public door of registry: signed model versions with lineage, metrics, cards and aliases."""

from platform_core.registry.approvals import is_guarded, promote
from platform_core.registry.background import use_background
from platform_core.registry.bundles import open_bundle
from platform_core.registry.errors import (
    AliasInvalidError,
    AliasNotFoundError,
    ApprovalNeededError,
    BundleInvalidError,
    FactsInvalidError,
    ModelFileError,
    ModelNameInvalidError,
    ModelNotFoundError,
    RegistryError,
    RollbackImpossibleError,
    VersionDeletedError,
    VersionInUseError,
    VersionNotFoundError,
)
from platform_core.registry.facts import Lineage, ModelSpec
from platform_core.registry.figures import tensors
from platform_core.registry.generation import alias_generation
from platform_core.registry.importing import ImportSpec, import_model
from platform_core.registry.models import (
    ALIASES,
    NAME_GRAMMAR,
    Alias,
    AliasChange,
    Model,
    ModelVersion,
    PromotionRequest,
    is_alias_name,
    is_model_name,
)
from platform_core.registry.registration import register_version
from platform_core.registry.selectors import (
    alias_history,
    alias_targets,
    aliases,
    get_model,
    get_version,
    models,
    previous_target,
    resolve,
    versions,
)
from platform_core.registry.services import (
    delete_version,
    remove_alias,
    roll_back_alias,
    set_alias,
)

__all__ = [
    "ALIASES",
    "NAME_GRAMMAR",
    "Alias",
    "AliasChange",
    "AliasInvalidError",
    "AliasNotFoundError",
    "ApprovalNeededError",
    "BundleInvalidError",
    "FactsInvalidError",
    "ImportSpec",
    "Lineage",
    "Model",
    "ModelFileError",
    "ModelNameInvalidError",
    "ModelNotFoundError",
    "ModelSpec",
    "ModelVersion",
    "PromotionRequest",
    "RegistryError",
    "RollbackImpossibleError",
    "VersionDeletedError",
    "VersionInUseError",
    "VersionNotFoundError",
    "alias_generation",
    "alias_history",
    "alias_targets",
    "aliases",
    "delete_version",
    "get_model",
    "get_version",
    "import_model",
    "is_alias_name",
    "is_guarded",
    "is_model_name",
    "models",
    "open_bundle",
    "previous_target",
    "promote",
    "register_version",
    "remove_alias",
    "resolve",
    "roll_back_alias",
    "set_alias",
    "tensors",
    "use_background",
    "versions",
]
