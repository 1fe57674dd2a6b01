"""The job `compression.compress`: try, measure, keep what holds. Imported in workers only."""

from typing import Any

from django.utils.translation import gettext_noop

from platform_core.accounts.api import platform_actor
from platform_core.compression.engine import keeping, rows, trying
from platform_core.compression.models import Compression
from platform_core.compression.params import CompressionSpec
from platform_core.jobs.api import JobContext
from platform_core.registry import api as registry


def compress(context: JobContext) -> dict[str, Any]:
    """Carry a compression out.

    Args:
        context: params are {compression: uuid, dataset_version: uuid or null}.

    Returns:
        {model, versions}: numbers of the new versions.

    Raises:
        CompressionInputError: the data does not fit the model.
        TrainingStoppedError: the job was cancelled or preempted.
    """
    found = Compression.objects.owned_by(context.organisation)
    row = found.select_related("version__model").get(pk=context.params["compression"])
    spec = CompressionSpec.from_json(row.asked)
    context.update(0.0, gettext_noop("Reading the data"))
    bundle = registry.open_bundle(version=row.version)
    actor = platform_actor(context.organisation)
    data = rows.collect(actor, bundle, spec, context.params.get("dataset_version"))
    tries = trying.try_all(bundle, data, spec, context)
    numbers = keeping.keep(context, row, tries)
    return {"model": row.version.model.name, "versions": numbers}
