"""The job `tuning.study`: trial after trial, each kept; then the best settings are trained and registered.

Imported in workers only.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_noop

from ml.tuning import paths, searching
from ml.tuning import space as spaces
from ml.tuning.errors import TuningError
from ml.tuning.searching import Outcome, Settings, Watch
from platform_core.accounts.api import platform_actor
from platform_core.jobs.api import JobContext, QueueFullError
from platform_core.training import api as training
from platform_core.tuning.engine.checking import refused
from platform_core.tuning.engine.trying import Columns, TrialProgress, Trials
from platform_core.tuning.errors import StudyInputError
from platform_core.tuning.models import Study, Trial

_KEPT = ("number", "parameters", "state", "value", "curve", "seconds", "reason")


def tune(context: JobContext) -> dict[str, Any]:
    """Carry a study out.

    Args:
        context: params are {study: uuid}.

    Returns:
        {study, best, training}.

    Raises:
        StudyInputError: no trial came to a value, or there is no such metric.
        TrainingStoppedError: the job was cancelled or preempted; the trials so far stay.
    """
    rows = Study.objects.owned_by(context.organisation)
    row = rows.select_related("organisation").get(pk=context.params["study"])
    if row.training_id is None:  # else an attempt that was killed had already asked for it
        try:
            _Running(context, row).carry_out()
        except TuningError as error:
            raise refused(error) from error
    made = str(row.training_id) if row.training_id else None
    return {"study": str(row.pk), "best": row.best, "training": made}


class _Running:
    """A study under way in this process."""

    def __init__(self, context: JobContext, row: Study) -> None:
        self.context, self.row, self.asked = context, row, row.asked
        self.space = spaces.checked(self.asked["space"])
        names = ("direction", "trials", "budget_s", "sampler", "pruner", "seed")
        self.settings = Settings(
            **{name: self.asked[name] for name in names},
            epochs=paths.most_epochs(self.asked["training"], self.space),
        )
        self.done: list[Outcome] = []

    def carry_out(self) -> None:
        """Search, then have the best settings trained.

        Raises:
            StudyInputError: no trial came to a value.
        """
        self.context.update(0.0, gettext_noop("Reading the data"))
        asked = self.asked["training"]
        held = self._columns(asked["validation"]) if asked["validation"] else None
        trials = Trials(self.asked, self._columns(asked["dataset"]), held)
        kept = self.row.trials.values(*_KEPT).order_by("number")
        self.done = [Outcome(**each) for each in kept]
        if self.done:
            self.context.log(f"Goes on after {len(self.done)} trials.")

        def objective(parameters: Mapping[str, Any], watch: Watch) -> float:
            return trials.value(parameters, self._progress(watch))

        searching.search(self.space, self.settings, objective, self._keep, tuple(self.done))
        best = searching.best(self.done, self.settings.direction)
        if best is None:
            reasons = [each.reason for each in self.done if each.reason]
            raise StudyInputError(
                f"None of {len(self.done)} trials came to a value: {(reasons or ['no time'])[0]}",
                remedy="Narrow the space, or train once to see whether the model learns.",
                field="space",
            )
        self._train(best)

    def _columns(self, rows: Mapping[str, Any]) -> Columns:
        asked = self.asked["training"]
        names = [*asked["columns"], asked["target"]]
        actor = platform_actor(self.context.organisation)
        return training.read_columns(actor=actor, rows=rows, names=names)

    def _progress(self, watch: Watch) -> TrialProgress:
        number, trials = watch.number, self.settings.trials

        def told(fraction: float, message: str) -> None:
            del message
            done = (number + fraction) / trials
            self.context.update(0.95 * min(1.0, done), f"Trial {number + 1} of {trials}")

        told(0.0, "")
        return TrialProgress(self.context, watch, str(self.asked["metric"]), told)

    def _keep(self, outcome: Outcome) -> None:
        """Write a trial down before the next is drawn; only the attempt that holds the job may."""
        row, self.done = self.row, [*self.done, outcome]
        best = searching.best(self.done, self.settings.direction)
        row.best = (
            {"number": best.number, "value": best.value, "parameters": best.parameters}
            if best
            else {}
        )
        row.importance = searching.importance(self.space, self.settings, self.done)
        fields = asdict(outcome) | {"reason": outcome.reason[:500]}
        with self.context.fenced():
            Trial.objects.create(study=row, organisation=row.organisation, **fields)
            row.save(update_fields=["best", "importance"])
        if outcome.value is not None and outcome.state == searching.COMPLETE:
            self.context.metric("value", outcome.value, outcome.number + 1)
        if best is not None and best.value is not None:
            self.context.metric("best", best.value, outcome.number + 1)
        self.context.log(self._line(outcome))

    def _line(self, outcome: Outcome) -> str:
        value = "" if outcome.value is None else f" {self.asked['metric']} {outcome.value:.6g}"
        values = ", ".join(f"{name}={each}" for name, each in outcome.parameters.items())
        reason = f" ({outcome.reason})" if outcome.reason else ""
        trials = self.settings.trials
        return f"Trial {outcome.number + 1} of {trials}: {outcome.state}{value}{reason}; {values}"

    def _train(self, best: Outcome) -> None:
        """Ask the training part for the best settings, once: it registers the version."""
        context, row = self.context, self.row
        context.update(0.97, gettext_noop("Queueing the training of the best trial"))
        asked = {
            **self.asked["training"],
            **paths.applied(self.asked["training"], best.parameters),
            "origin": {"study": str(row.pk), "trial": best.number},
        }
        try:
            with context.fenced():
                row.training = training.request_examined(
                    actor=context.actor,
                    name=row.name,
                    asked=asked,
                    notes=[f"The settings are those of trial {best.number + 1} of a study."],
                )
                row.save(update_fields=["training"])
        except (training.TrainingInputError, training.TrainingBusyError, QueueFullError) as error:
            row.training = None
            row.notes = [*row.notes, f"The best trial was not trained: {error.detail}"]
            with context.fenced():
                row.save(update_fields=["notes"])
        context.log(f"Best: {self._line(best)}")
