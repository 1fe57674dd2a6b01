"""Takes models trained elsewhere: the file is received encrypted, a job reads and registers it."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.datasets import api as datasets
from platform_core.registry import background, registration
from platform_core.registry.errors import ModelFileError
from platform_core.registry.facts import ModelSpec

APPLICATION = "imported"
ENDINGS = (".onnx", ".ubj", ".json", ".keras", ".safetensors")
MAX_BYTES = 512 * 2**20


@dataclass(frozen=True)
class ImportSpec:
    """What a model file is to become.

    Attributes:
        name: of the model; a new one, or one that was imported before, which gets its next version.
        task: what it does, in a word.
        description: used when the model is new.
        activation, output: of a safetensors file; see ml.importing.
    """

    name: str
    task: str = "prediction"
    description: str = ""
    activation: str = "relu"
    output: str = "none"


def import_model(*, actor: Actor, spec: ImportSpec, upload: datasets.Upload) -> Any:
    """Queue the import of a received file; return the job.

    Raises:
        ModelNameInvalidError: malformed, or the name of an application's model.
        ModelFileError: an ending no reader is for, or too large.
    """
    actor.require("model.register")
    registration.check_name(actor.organisation, ModelSpec(spec.name, APPLICATION, spec.task))
    if not upload.filename.lower().endswith(ENDINGS):
        raise ModelFileError(
            f"“{upload.filename[-60:]}” is not read as a model.",
            remedy=f"Send a file that ends in {', '.join(ENDINGS)}. Pickles and .pt files can run code and "
            "are never read: export to ONNX or safetensors.",
            field="files",
        )
    if upload.size_bytes > MAX_BYTES:
        raise ModelFileError(
            f"“{upload.filename[-60:]}” is larger than {MAX_BYTES // 2**20} MiB.",
            remedy="Compress the model, or store its weights in half precision.",
            field="files",
        )
    params = {"upload": str(upload.id), "filename": upload.filename, **asdict(spec)}
    with transaction.atomic():
        job = background.submit(
            actor=actor, kind=background.IMPORT_KIND, params=params, subject=spec.name
        )
        audit.record(
            actor=actor,
            action="model.import",
            target=f"job:{job.pk}",
            details={"model": spec.name, "filename": upload.filename},
        )
    return job
