"""The job `registry.import`: a received file becomes a registered version. Runs in workers only."""

import uuid
from contextlib import AbstractContextManager
from typing import Any, Protocol

from django.utils.translation import gettext_noop

from platform_core.accounts.api import Actor, Organisation
from platform_core.datasets import api as datasets
from platform_core.registry import importing
from platform_core.registry.engine import files
from platform_core.registry.facts import Lineage, ModelSpec
from platform_core.registry.registration import register_version

CODE_VERSION = "import-1"  # of the readers; raise it when they read a file differently


class ImportContext(Protocol):
    """What of a job's context the import uses."""

    job_id: uuid.UUID
    organisation: Organisation
    actor: Actor
    params: dict[str, Any]

    def update(self, fraction: float, message: str = "") -> None:
        """Report progress."""

    def fenced(self) -> AbstractContextManager[None]:
        """Run a transaction that counts only while this attempt holds the job."""


def import_file(context: ImportContext) -> dict[str, Any]:
    """Read, try and register a model file; then the file is shredded.

    Args:
        context: params are {upload, filename} and the fields of an ImportSpec.

    Returns:
        {model, version}.

    Raises:
        ModelFileError: the file is not a model that can be served.
        UploadMissingError: the file is gone.
    """
    asked, upload_id = context.params, uuid.UUID(context.params["upload"])
    context.update(0.1, gettext_noop("Reading the model file"))
    content = datasets.read_upload(
        organisation=context.organisation, upload_id=upload_id, at_most=importing.MAX_BYTES
    )
    bundle = files.read(
        asked["filename"], content, activation=asked["activation"], output=asked["output"]
    )
    context.update(0.8, gettext_noop("Registering the version"))
    with context.fenced():
        version = register_version(
            actor=context.actor,
            model=ModelSpec(
                asked["name"], importing.APPLICATION, asked["task"], asked["description"]
            ),
            bundle=bundle,
            metrics={},
            parameters={"imported_from": asked["filename"]},
            lineage=Lineage(code_version=CODE_VERSION, job_id=context.job_id),
        )
    datasets.remove_upload(organisation=context.organisation, upload_id=upload_id)
    return {"model": asked["name"], "version": version.number}
