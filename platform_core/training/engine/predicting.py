"""The job `training.predict`: the answers of a version to rows of a data set. Imported in workers only."""

import uuid
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop

from ml.common.bundle import Bundle
from ml.runtime.keras_predictor import MODEL_FILE
from ml.runtime.loading import load
from ml.training import compiling, inputs, scoring, tables
from ml.training.errors import TrainingError
from platform_core.accounts.api import platform_actor
from platform_core.jobs.api import JobContext
from platform_core.registry import api as registry
from platform_core.training import sources
from platform_core.training.engine import reading
from platform_core.training.engine.checking import refused
from platform_core.training.models import RowPrediction
from platform_core.vault import api as vault


def predict(context: JobContext) -> dict[str, Any]:
    """Carry a prediction out.

    Args:
        context: params are {prediction: uuid}.

    Returns:
        {shape, metrics}.

    Raises:
        TrainingInputError: the rows do not fit the model.
        TrainingStoppedError: the job was cancelled or preempted.
    """
    found = RowPrediction.objects.owned_by(context.organisation)
    row = found.select_related("training", "data_key").get(pk=context.params["prediction"])
    try:
        _carry_out(context, row)
    except TrainingError as error:
        raise refused(error) from error
    return {"shape": row.shape, "metrics": row.figures}


def _carry_out(context: JobContext, row: RowPrediction) -> None:
    training, actor = row.training, platform_actor(context.organisation)
    context.update(0.0, gettext_noop("Reading the data"))
    assert training.version is not None  # noqa: S101  (see services.asking)
    version = registry.get_version(actor=actor, model_name=training.name, number=training.version)
    bundle = registry.open_bundle(version=version)
    taken = inputs.from_json(bundle.manifest.attributes["columns"])
    target = training.asked["target"] if row.asked["measure"] else None
    rows = sources.fixed(actor=actor, asked=row.asked["source"])
    names = [*tables.names_of(taken), *([target] if target else [])]
    table = tables.arrange(reading.columns(rows, names), taken, target)
    answers = scoring.predict(load(bundle, {}), taken, table, context)
    if target:
        row.figures = _measured(bundle, training.asked["compile"], table)
        for name, value in row.figures.items():
            context.metric(name, value)
    path = f"{row.folder}/{uuid.uuid4().hex}"
    with vault.open_writer(data_key=row.data_key, path=path, context=row.context) as writer:
        writer.write(np.ascontiguousarray(answers, "<f4").tobytes())
    row.path, row.shape = path, list(answers.shape)
    with context.fenced():
        row.save(update_fields=["path", "shape", "figures"])


def _measured(bundle: Bundle, compiled: dict[str, Any], table: tables.Table) -> dict[str, float]:
    from ml.training.keras import scoring as keras_scoring  # noqa: PLC0415  (Keras: only to measure)

    content = bundle.files[MODEL_FILE]
    return keras_scoring.evaluate(content, compiling.checked(compiled), table)
