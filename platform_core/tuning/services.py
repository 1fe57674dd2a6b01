"""Checks a request to search, writes it down and queues it."""

from typing import Any

from django.db import transaction

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.jobs import api as jobs
from platform_core.training import api as training
from platform_core.tuning import params, selectors
from platform_core.tuning.engine import checking
from platform_core.tuning.errors import StudyBusyError, StudyInputError
from platform_core.tuning.models import Study
from platform_core.tuning.params import STUDY_KIND, StudySpec


def request_study(*, actor: Actor, spec: StudySpec) -> Study:
    """Queue a study.

    Args:
        actor: needs `model.train`.
        spec: what to search.

    Raises:
        StudyInputError: space, metric or limits do not fit.
        TrainingInputError: the training itself does not fit.
        DatasetNotFoundError, DatasetNotReadyError, SplitError: no rows to learn from.
        StudyBusyError: a study of this name is under way.
    """
    asked, notes = training.examine(actor=actor, spec=spec.training)
    _check_limits(spec)
    space, epochs = checking.checked(asked, spec.space)
    if spec.trials * epochs > params.MAX_EPOCHS:
        raise StudyInputError(
            f"{spec.trials} trials of {epochs:,} epochs are more than {params.MAX_EPOCHS:,} epochs.",
            remedy="Ask for fewer trials or epochs.",
            field="trials",
        )
    held = asked["validation"] is not None
    metric = spec.metric or ("val_loss" if held else "loss")
    if metric.startswith("val_") and not held:
        raise StudyInputError(
            f"“{metric[:60]}” is measured on rows held out, and the training holds none out.",
            remedy="Name `validation` in the training, or another metric.",
            field="metric",
        )
    if not held:
        notes = [*notes, "Nothing is held out, so trials are judged by the rows they learn from."]
    names = ("direction", "trials", "budget_s", "pruner", "sampler", "seed")
    wanted = {"training": asked, "space": space, "metric": metric}
    return _queue(actor, spec, wanted | {name: getattr(spec, name) for name in names}, notes)


@transaction.atomic
def _queue(actor: Actor, spec: StudySpec, asked: dict[str, Any], notes: list[str]) -> Study:
    name = spec.training.name
    _check_idle(actor, name)
    row = Study.objects.create(
        organisation=actor.organisation,
        name=name,
        asked=asked,
        notes=notes,
        requested_by=actor.user,
    )
    job = jobs.submit(actor=actor, kind=STUDY_KIND, params={"study": str(row.pk)}, subject=name)
    row.job_id = job.pk
    row.save(update_fields=["job_id"])
    audit.record(
        actor=actor,
        action="study.created",
        target=f"study:{row.pk}",
        details={"name": name, "job": str(job.pk)},
    )
    return selectors.get_study(actor=actor, study_id=row.pk)


def _check_idle(actor: Actor, name: str) -> None:
    rows = Study.objects.owned_by(actor.organisation).select_for_update(of=("self",))
    for row in rows.filter(name=name)[:1]:
        job = selectors.job_of(row)
        if job is not None and not job.is_ended:
            raise StudyBusyError(
                f"A study of “{name}” is under way.",
                remedy="Wait for it, follow it, or cancel its job.",
                study=str(row.pk),
                job=str(row.job_id),
            )


def _check_limits(spec: StudySpec) -> None:
    for name, value, most in (
        ("trials", spec.trials, params.MAX_TRIALS),
        ("budget_s", spec.budget_s, params.MAX_BUDGET_S),
    ):
        if not 1 <= value <= most:
            raise StudyInputError(f"`{name}` is {value}.", remedy=f"Use 1 to {most:,}.", field=name)
    for name, chosen, known in (
        ("direction", spec.direction, params.DIRECTIONS),
        ("pruner", spec.pruner, params.PRUNERS),
        ("sampler", spec.sampler, params.SAMPLERS),
    ):
        if chosen not in known:
            raise StudyInputError(
                f"`{name}` is {chosen[:40]!r}.", remedy=f"Use {', '.join(known)}.", field=name
            )
