"""REST routes of the tuning part."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.training.api import TrainingSpec
from platform_core.tuning import answers, selectors, services
from platform_core.tuning.models import Study, Trial
from platform_core.tuning.params import StudySpec
from platform_core.web.api import ApiView, body_of, page, query_of

_AS_ASKED = ("metric", "direction", "trials", "budget_s", "pruner", "sampler", "seed")


class StudyList(ApiView):
    """`/api/v1/studies/`."""

    required_permission = {"GET": "model.view", "POST": "model.train"}

    @extend_schema(parameters=[answers.StudyFilter], responses={200: answers.StudyPage})
    def get(self, request: Request) -> Response:
        """List the organisation's studies, newest first; `?name=` those of one model."""
        wanted = query_of(request, answers.StudyFilter)
        rows = selectors.studies(actor=self.actor).filter(**wanted)
        return page(self, request, rows, rendered)

    @extend_schema(request=answers.StudyRequest, responses={202: answers.StudyAnswer})
    def post(self, request: Request) -> Response:
        """Queue a study; the best trial's settings are trained and registered when it has ended."""
        wanted = body_of(request, answers.StudyRequest)
        body = {**wanted.pop("training"), "name": wanted.pop("name")}
        spec = StudySpec(training=TrainingSpec.of(body), **wanted)
        return Response(rendered(services.request_study(actor=self.actor, spec=spec)), status=202)


class StudyDetail(ApiView):
    """`/api/v1/studies/{id}/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.StudyAnswer})
    def get(self, request: Request, study_id: UUID) -> Response:
        """Show a study, how far it is, its best trial and which parameters matter."""
        return Response(rendered(selectors.get_study(actor=self.actor, study_id=study_id)))


class StudyTrials(ApiView):
    """`/api/v1/studies/{id}/trials/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.TrialPage})
    def get(self, request: Request, study_id: UUID) -> Response:
        """List the trials that have ended, newest first."""
        study = selectors.get_study(actor=self.actor, study_id=study_id)
        return page(self, request, selectors.trials_of(study), rendered_trial)


def rendered(row: Study) -> dict[str, Any]:
    """Return a study (of `selectors.studies`) as REST shows it."""
    asked, job = row.asked, selectors.job_of(row)
    held = asked["training"]["validation"]
    return {
        "id": str(row.pk),
        "name": row.name,
        "job": str(row.job_id) if row.job_id else None,
        "state": job.state if job else "",
        "progress": job.progress if job else 1.0,
        "message": job.message if job else "",
        "error": job.error if job else None,
        "notes": row.notes,
        "dataset": asked["training"]["dataset"]["words"],
        "validation": held["words"] if held else None,
        "space": row.space,
        **{name: asked[name] for name in _AS_ASKED},
        **selectors.counts(row),
        "best": row.best or None,
        "importance": row.importance,
        "training": str(row.training_id) if row.training_id else None,
        "version": row.training.version if row.training else None,
        "created_at": row.created_at.isoformat(),
    }


def rendered_trial(row: Trial) -> dict[str, Any]:
    """Return a trial as REST shows it."""
    names = ("number", "state", "reason", "value", "parameters", "curve", "seconds")
    return {name: getattr(row, name) for name in names} | {"created_at": row.created_at.isoformat()}
