"""Checks a request to train, writes it down and queues it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from platform_core.training import params, selectors, sources
from platform_core.training.engine import checking
from platform_core.training.errors import TrainingBusyError, TrainingInputError
from platform_core.training.models import Training
from platform_core.training.params import APPLICATION, TASK, TRAIN_KIND, TrainingSpec


def request_training(*, actor: Actor, spec: TrainingSpec) -> Training:
    """Queue the training of a model.

    Args:
        actor: needs `model.train`.
        spec: what to train, on what.

    Raises:
        TrainingInputError: name, model, settings or columns do not fit.
        DatasetNotFoundError, DatasetNotReadyError, SplitError: no rows to learn from.
        TrainingBusyError: a training of this name is under way.
    """
    asked, notes = examine(actor=actor, spec=spec)
    return _queue(actor, spec.name, asked, notes)


def request_examined(
    *, actor: Actor, name: str, asked: Mapping[str, Any], notes: Sequence[str] = ()
) -> Training:
    """Queue what `examine` returned, with other settings perhaps; they are checked once more.

    Args:
        actor: needs `model.train`.
        name: of the model.
        asked: see `examine`; `origin` says what it came from and stands with the version.
        notes: for the person.

    Raises:
        TrainingInputError: name, model or settings do not fit.
        TrainingBusyError: a training of this name is under way.
    """
    actor.require("model.train")
    _check_name(actor, name)
    found = checking.checked(asked["model"], asked["compile"], asked["fit"])
    settings = {"model": found.model, "compile": found.compile, "fit": found.fit}
    return _queue(actor, name, {**asked, **settings}, list(notes))


def examine(*, actor: Actor, spec: TrainingSpec) -> tuple[dict[str, Any], list[str]]:
    """Return what a request asks for, checked, its rows fixed; and what was decided for the person.

    Raises:
        TrainingInputError: name, model, settings or columns do not fit.
        DatasetNotFoundError, DatasetNotReadyError, SplitError: no rows to learn from.
    """
    actor.require("model.train")
    _check_name(actor, spec.name)
    found = checking.checked(spec.model, spec.compile, spec.fit)
    rows = sources.find(actor=actor, source=spec.dataset, field="dataset")
    target, notes = _target(spec, rows)
    wanted = _inputs(spec, rows, target)
    sources.check_columns(rows, [*wanted, target], "inputs")
    held = None
    if spec.validation is not None:
        held = sources.find(actor=actor, source=spec.validation, field="validation")
        sources.check_columns(held, [*wanted, target], "validation")
    asked = {
        "model": found.model,
        "compile": found.compile,
        "fit": found.fit,
        "inputs": {name: list(each) for name, each in spec.inputs.items()},
        "columns": wanted,
        "target": target,
        "dataset": rows.as_json(),
        "validation": held.as_json() if held else None,
        "deploy": spec.deploy,
    }
    return asked, notes


@transaction.atomic
def _queue(actor: Actor, name: str, asked: dict[str, Any], notes: list[str]) -> Training:
    mark = params.fingerprint(asked)
    _check_idle(actor, name, mark)
    row = Training.objects.create(
        organisation=actor.organisation,
        name=name,
        asked=asked,
        fingerprint=mark,
        notes=notes,
        requested_by=actor.user,
    )
    job = jobs.submit(actor=actor, kind=TRAIN_KIND, params={"training": str(row.pk)}, subject=name)
    row.job_id = job.pk
    row.save(update_fields=["job_id"])
    audit.record(
        actor=actor,
        action="training.created",
        target=f"training:{row.pk}",
        details={"name": name, "job": str(job.pk)},
    )
    return row


def _check_idle(actor: Actor, name: str, mark: str) -> None:
    """Refuse a second training of one name beside the first."""
    latest = selectors.trainings(actor=actor).select_for_update(of=("self",)).filter(name=name)
    for row in latest[:1]:
        job = selectors.job_of(row)
        if job is not None and not job.is_ended:
            raise TrainingBusyError(
                f"“{name}” is being trained now.",
                remedy="Wait for that training, follow it, or cancel its job.",
                training=str(row.pk),
                job=str(row.job_id),
                same=row.fingerprint == mark,
            )


def _check_name(actor: Actor, name: str) -> None:
    if not registry.is_model_name(name):
        raise TrainingInputError(
            f"“{name[:80]}” is not a name a model can have.",
            remedy="Use 1 to 63 lower-case letters, digits, dots, - and _; begin with a letter or digit.",
            field="name",
        )
    taken = registry.models(actor=actor).filter(name=name).first()
    if taken is not None and (taken.application, taken.task) != (APPLICATION, TASK):
        raise TrainingInputError(
            f"The name “{name}” is taken by a model that was not trained this way.",
            remedy="Choose another name.",
            field="name",
        )


def _target(spec: TrainingSpec, rows: sources.Found) -> tuple[str, list[str]]:
    if spec.target:
        return spec.target, []
    last = list(rows.columns)[-1]
    return last, [f"The target is “{last}”, the last column; name `target` to learn another."]


def _inputs(spec: TrainingSpec, rows: sources.Found, target: str) -> list[str]:
    """Return the columns that inputs are made of."""
    if not spec.inputs:
        return [name for name in rows.columns if name != target]
    named = list(dict.fromkeys(name for each in spec.inputs.values() for name in each))
    if target in named:
        raise TrainingInputError(
            f"“{target}” is the target and one of the inputs.",
            remedy="Take it out of the inputs, or name another target.",
            field="inputs",
        )
    return named
