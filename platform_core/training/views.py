"""Pages of the training part: the list, and one training with its curves."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from platform_core.training import curves, selectors
from platform_core.training.engine import checking
from platform_core.web.api import Page

_PER_PAGE = 25


class TrainingListPage(Page):
    """`/trainings/`."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the organisation's trainings."""
        pages = Paginator(selectors.trainings(actor=self.actor), _PER_PAGE)
        page = pages.get_page(request.GET.get("page"))
        known = selectors.jobs_of(list(page))
        context = {
            "page": page,
            "rows": [(row, known.get(row.job_id) if row.job_id else None) for row in page],
            "previous": f"?page={page.previous_page_number()}" if page.has_previous() else "",
            "next": f"?page={page.next_page_number()}" if page.has_next() else "",
        }
        return render(request, "training/list.html", context)


class TrainingPage(Page):
    """`/trainings/<id>/`."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, training_id: UUID) -> HttpResponse:
        """Show the job, then curves and figures."""
        row = selectors.get_training(actor=self.actor, training_id=training_id)
        layers = checking.layers_of(row.asked["model"])
        context = {
            "training": row,
            "job": selectors.job_of(row),
            "charts": curves.charts(row),
            "facts": curves.facts(row, layers),
        }
        return render(request, "training/detail.html", context)
