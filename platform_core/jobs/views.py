"""Pages of the queue."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from platform_core.errors import InvalidInputError
from platform_core.jobs import cards, selectors, services
from platform_core.jobs.cards import JobCard
from platform_core.jobs.kinds import kind_names, kind_title
from platform_core.jobs.models import Job
from platform_core.jobs.states import HELD, JobState
from platform_core.web.api import Page

_PER_PAGE = 50


class JobListPage(Page):
    """`/jobs/`: all jobs of the organisation, by state and kind, refreshed while something runs."""

    required_permission = {"GET": "job.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the list, or only its live part to htmx."""
        template = "jobs/list_live.html" if request.headers.get("HX-Request") else "jobs/list.html"
        return render(request, template, self._context(request))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        state = request.GET.get("state", "")
        kind = request.GET.get("kind", "")
        number = _page_number(request)
        rows = selectors.jobs(actor=self.actor)
        if state in JobState.values:
            rows = rows.filter(state__in=HELD if state == JobState.RUNNING else [state])
        if kind:
            rows = rows.filter(kind=kind)
        counts = selectors.state_counts(actor=self.actor)
        begin = (number - 1) * _PER_PAGE
        found = list(rows[begin : begin + _PER_PAGE + 1])
        return {
            "cards": cards.cards_of(found[:_PER_PAGE]),
            "counts": _tabs(counts, state, kind),
            "figures": _figures(counts),
            "kinds": [(name, kind_title(name)) for name in kind_names()],
            "kind": kind,
            "state": state,
            "previous": _address(state, kind, number - 1) if number > 1 else "",
            "next": _address(state, kind, number + 1) if len(found) > _PER_PAGE else "",
            "here": _address(state, kind, number),
        }


class JobPage(Page):
    """`/jobs/<id>/`: one job, live."""

    required_permission = {"GET": "job.view"}

    def get(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Show progress, log, curves, parameters and attempts."""
        job = selectors.get_job(actor=self.actor, job_id=job_id)
        lines = selectors.job_log_tail(job)
        context = _job_context(job) | {
            "lines": lines,
            "after": lines[-1].pk if lines else 0,
            "may_change": _may_change(self, job),
            "parameters": cards.parameter_pairs(job),
        }
        return render(request, "jobs/detail.html", context)


class JobStatus(Page):
    """`/jobs/<id>/status/?was=`: the part of the job's page that changes."""

    required_permission = {"GET": "job.view"}

    def get(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Show state, error, figures and attempts; after a change of state the actions too."""
        job = selectors.get_job(actor=self.actor, job_id=job_id)
        changed = request.GET.get("was") != job.state
        context = _job_context(job) | {"may_change": _may_change(self, job), "changed": changed}
        return render(request, "jobs/detail_live.html", context)


class JobFragment(Page):
    """`/jobs/<id>/card/`: the card applications include; asks again until the job has ended."""

    required_permission = {"GET": "job.view"}

    def get(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Show the card; that of a job that has ended triggers `job-ended` in the page."""
        job = selectors.get_job(actor=self.actor, job_id=job_id)
        response = render(request, "jobs/progress_card.html", {"job": job})
        if job.is_ended:
            response["HX-Trigger"] = "job-ended"
        return response


class JobLogTail(Page):
    """`/jobs/<id>/log/?after=`: new log lines, and the element that asks for the next ones."""

    required_permission = {"GET": "job.view"}

    def get(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Show the lines after the cursor."""
        job = selectors.get_job(actor=self.actor, job_id=job_id)
        after = _natural(request.GET.get("after", "0"))
        is_live = JobCard(job).is_live  # before the lines are read, so that none is missed
        lines = selectors.job_log(job, after)
        context = {"job": job, "lines": lines, "after": lines[-1].pk if lines else after}
        return render(request, "jobs/log_lines.html", context | {"is_live": is_live or lines})


class JobCurves(Page):
    """`/jobs/<id>/curves/`: the charts, drawn anew every few seconds."""

    required_permission = {"GET": "job.view"}

    def get(self, request: HttpRequest, job_id: str) -> HttpResponse:
        """Show the charts."""
        job = selectors.get_job(actor=self.actor, job_id=job_id)
        return render(request, "jobs/curves.html", _curves(job))


class JobCancelling(Page):
    """`POST /jobs/<id>/cancel/`."""

    required_permission = {"POST": "job.submit"}

    def post(self, _request: HttpRequest, job_id: str) -> HttpResponseBase:
        """Cancel and go back to the job."""
        services.cancel_job(actor=self.actor, job_id=job_id)
        return redirect("jobs:detail", job_id)


class JobRetrying(Page):
    """`POST /jobs/<id>/retry/`."""

    required_permission = {"POST": "job.submit"}

    def post(self, _request: HttpRequest, job_id: str) -> HttpResponseBase:
        """Queue the job again and go back to it."""
        services.retry_job(actor=self.actor, job_id=job_id)
        return redirect("jobs:detail", job_id)


def _job_context(job: Job) -> dict[str, Any]:
    kept = _("The last checkpoint is kept: a retry goes on from it.") if job.checkpoint_path else ""
    return {
        "job": job,
        "card": JobCard(job),
        "kept": kept,
        "attempts": list(job.attempts.all()),
        "metrics": cards.metric_pairs(job),
    } | _curves(job)


def _curves(job: Job) -> dict[str, Any]:
    return {"job": job, "charts": cards.charts(job), "is_live": JobCard(job).is_live}


def _may_change(page: Page, job: Job) -> bool:
    own = page.actor.user is not None and job.submitted_by_id == page.actor.user.pk
    return page.actor.can("job.submit" if own else "job.manage")


def _tabs(counts: dict[str, int], state: str, kind: str) -> list[dict[str, Any]]:
    running = sum(counts.get(held, 0) for held in HELD)
    shown = [
        ("", _("All"), sum(counts.values())),
        (JobState.RUNNING, _("Running"), running),
        (JobState.QUEUED, _("Queued"), counts.get(JobState.QUEUED, 0)),
        (JobState.SUCCEEDED, _("Succeeded"), counts.get(JobState.SUCCEEDED, 0)),
        (JobState.FAILED, _("Failed"), counts.get(JobState.FAILED, 0)),
        (JobState.CANCELLED, _("Cancelled"), counts.get(JobState.CANCELLED, 0)),
    ]
    return [
        {
            "title": f"{title} {count}" if count else title,
            "href": _address(name, kind, 1),
            "active": name == state,
        }
        for name, title, count in shown
    ]


def _figures(counts: dict[str, int]) -> list[dict[str, Any]]:
    workers = list(selectors.live_nodes())
    slots = sum(worker.slots for worker in workers)
    busy = sum(worker.busy for worker in workers)
    gpus, gpus_busy = selectors.device_counts()
    return [
        {
            "label": _("Running"),
            "value": sum(counts.get(held, 0) for held in HELD),
            "compare": _("%(n)d waiting") % {"n": counts.get(JobState.QUEUED, 0)},
        },
        {
            "label": _("Workers"),
            "value": len(workers),
            "compare": _("none is running: jobs wait") if not workers else "",
            "tone": "" if workers else "warn",
        },
        {
            "label": _("Slots in use"),
            "value": f"{busy} / {slots}",
            "compare": _("of all organisations"),
        },
        {"label": _("GPUs in use"), "value": f"{gpus_busy} / {gpus}", "compare": ""},
    ]


def _page_number(request: HttpRequest) -> int:
    return min(max(_natural(request.GET.get("page", "1")), 1), 10_000)


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise InvalidInputError(f"{text[:40]!r} is not a whole number.")
    return int(text)


def _address(state: str, kind: str, number: int) -> str:
    query = {"state": state, "kind": kind, "page": str(number) if number > 1 else ""}
    return "?" + urlencode({name: value for name, value in query.items() if value})
