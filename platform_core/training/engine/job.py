"""The job `training.keras`: read, build, fit, register, serve. Imported in workers only."""

from typing import Any

import numpy as np
from django.utils.translation import gettext_noop

from ml.common.bundle import Bundle
from ml.training import compiling, inputs, settings, tables
from ml.training.errors import TrainingError
from ml.training.keras import building, exporting, fitting
from platform_core.accounts.api import Actor, platform_actor
from platform_core.jobs.api import JobContext
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.training import sources
from platform_core.training.engine import reading
from platform_core.training.engine.checking import refused
from platform_core.training.models import Training
from platform_core.training.params import APPLICATION, TASK

CHAMPION, CHALLENGER = "champion", "challenger"
CODE_VERSION = "training-keras-1"  # of the procedure; raise it when results change
PROBE_ROWS = 64
_PARAMETERS = ("compile", "fit", "columns", "inputs", "target", "model")


def train(context: JobContext) -> dict[str, Any]:
    """Carry a training out.

    Args:
        context: params are {training: uuid}.

    Returns:
        {model, version, metrics}.

    Raises:
        TrainingInputError: model, data or settings do not fit together.
        TrainingStoppedError: the job was cancelled or preempted.
    """
    rows = Training.objects.owned_by(context.organisation)
    row = rows.select_related("organisation").get(pk=context.params["training"])
    if row.version is None:  # else an attempt that was killed had already registered it
        try:
            _carry_out(context, row)
        except TrainingError as error:
            raise refused(error) from error
    return {"model": row.name, "version": row.version, "metrics": row.figures}


def _carry_out(context: JobContext, row: Training) -> None:
    asked, actor = row.asked, platform_actor(context.organisation)
    context.update(0.0, gettext_noop("Reading the data"))
    for note in row.notes:
        context.log(note)
    learned = sources.fixed(actor=actor, asked=asked["dataset"])
    held = asked["validation"] and sources.fixed(actor=actor, asked=asked["validation"])
    fit = settings.checked(asked["fit"])
    built = building.build(asked["model"], asked["columns"], asked["inputs"], fit.seed)
    table = _table(learned, built, asked["target"], "dataset")
    beside = _table(held, built, asked["target"], "validation") if held else None
    context.log(f"{len(table):,} rows to learn from, batches of {fit.batch_for(len(table)):,}.")
    fitting.compile_model(built.model, compiling.checked(asked["compile"]))
    state = fitting.fit(built.model, table, beside, fit, context)
    context.update(0.92, gettext_noop("Registering the version"))
    probe = [each[:PROBE_ROWS] for each in table.inputs]
    facts = {"columns": inputs.as_json(built.inputs), "target": asked["target"]}
    bundle = exporting.pack(built, probe, facts, context)
    row.history = state.history
    row.figures = _figures(state, fit)
    used = [learned.version.pk, *([held.version.pk] if held else [])]
    _register(context, row, bundle, list(dict.fromkeys(used)))


def _table(found: sources.Found, built: building.Built, target: str, field: str) -> tables.Table:
    names = [*tables.names_of(built.inputs), target]
    return tables.arrange(reading.columns(found, names), built.inputs, target, field)


def _figures(state: fitting.State, fit: settings.Fit) -> dict[str, float]:
    """Return the figures of the weights that are kept: the last epoch's, or the best's."""
    chosen = state.best[0] - 1 if fit.patience is not None and state.best else -1
    figures = {name: values[chosen] for name, values in state.history.items()}
    return {name: value for name, value in figures.items() if np.isfinite(value)} | {
        "epochs": float(state.epoch)
    }


def _register(context: JobContext, row: Training, bundle: Bundle, used: list[Any]) -> None:
    """Register the version, point an alias at it and deploy it, all or nothing."""
    actor = _registrar(context)
    for name, value in row.figures.items():
        context.metric(name, value)
    with context.fenced():
        version = registry.register_version(
            actor=actor,
            model=registry.ModelSpec(row.name, APPLICATION, TASK),
            bundle=bundle,
            metrics=row.figures,
            parameters={
                name: row.asked[name]
                for name in (*_PARAMETERS, *(["origin"] if "origin" in row.asked else []))
            },
            lineage=registry.Lineage(
                dataset_versions=tuple(used),
                code_version=CODE_VERSION,
                seed=row.asked["fit"]["seed"],
                job_id=context.job_id,
            ),
        )
        _point_alias(actor, version)
        if row.asked["deploy"]:
            serving.ensure_endpoint(actor=actor, name=row.name, model_name=row.name, alias=CHAMPION)
        row.version = version.number
        row.save(update_fields=["version", "history", "figures"])


def _point_alias(actor: Actor, version: registry.ModelVersion) -> None:
    """Make the first version champion; a person promotes later ones."""
    taken = CHAMPION in registry.aliases(actor=actor, model=version.model)
    registry.set_alias(
        actor=actor,
        model=version.model,
        alias=CHALLENGER if taken else CHAMPION,
        version=version,
        reason="Trained by job",
    )


def _registrar(context: JobContext) -> Actor:
    """Return who writes the version: an analyst may train, but only the platform may register for them."""
    needed = ("model.register", "model.promote", "endpoint.manage", "model.view")
    if all(context.actor.can(action) for action in needed):
        return context.actor
    return platform_actor(context.organisation)
