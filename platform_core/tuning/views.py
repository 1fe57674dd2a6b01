"""Pages of the tuning part: the list, and one study with what it found."""

from typing import Any
from uuid import UUID

from django.core.paginator import Page as Rows
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from platform_core.tuning import pictures, selectors
from platform_core.web.api import Page

_PER_PAGE = 25


class StudyListPage(Page):
    """`/studies/`."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the organisation's studies."""
        page = Paginator(selectors.studies(actor=self.actor), _PER_PAGE).get_page(
            request.GET.get("page")
        )
        known = selectors.jobs_of(list(page))
        rows = [(row, known.get(row.job_id) if row.job_id else None) for row in page]
        return render(request, "tuning/list.html", {"page": page, "rows": rows, **_around(page)})


class StudyPage(Page):
    """`/studies/<id>/?page=`."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, study_id: UUID) -> HttpResponse:
        """Show the job, then pictures of the search, then its trials."""
        row = selectors.get_study(actor=self.actor, study_id=study_id)
        trials = list(selectors.trials_of(row))
        page = Paginator(trials, _PER_PAGE).get_page(request.GET.get("page"))
        context = {
            "study": row,
            "job": selectors.job_of(row),
            "charts": pictures.charts(row, trials),
            "facts": pictures.facts(row),
            "counts": selectors.counts(row),
            "trials": [(each, pictures.values(each)) for each in page],
            **_around(page),
        }
        return render(request, "tuning/detail.html", context)


def _around(page: "Rows[Any]") -> dict[str, str]:
    """Return the addresses of the pages before and after."""
    return {
        "previous": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
