"""Pages of the compression part: what was made smaller, the form, the report."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from platform_core.compression import report, selectors, services
from platform_core.compression.forms import CompressionForm
from platform_core.errors import PlatformError
from platform_core.sentences import spoken
from platform_core.web.api import Page

_PER_PAGE = 25


class CompressionListPage(Page):
    """`/models/compression/`."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the organisation's compressions."""
        pages = Paginator(selectors.compressions(actor=self.actor), _PER_PAGE)
        page = pages.get_page(request.GET.get("page"))
        context = {
            "page": page,
            "rows": [(row, _registered(row.results)) for row in page],
            "previous": f"?page={page.previous_page_number()}" if page.has_previous() else "",
            "next": f"?page={page.next_page_number()}" if page.has_next() else "",
            "can_compress": self.actor.can("model.register"),
        }
        return render(request, "compression/list.html", context)


class NewCompression(Page):
    """`/models/compression/new/?model=&version=`."""

    required_permission = {"GET": "model.register", "POST": "model.register"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, filled with what the address names."""
        asked = {name: request.GET[name] for name in ("model", "version") if name in request.GET}
        return self._show(request, CompressionForm(self.actor, initial=asked))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Queue the compression, or show the form with what was wrong."""
        form = CompressionForm(self.actor, request.POST)
        if not form.is_valid():
            return self._show(request, form, status=400)
        try:
            row = services.request_compression(actor=self.actor, spec=form.spec())
        except PlatformError as error:
            field = str(error.extra.get("field", ""))
            words = f"{spoken(error.detail)} {spoken(error.remedy)}".strip()
            form.add_error(field if field in form.fields else None, words)
            return self._show(request, form, status=error.status)
        return redirect("compression:report", row.pk)

    def _show(self, request: HttpRequest, form: CompressionForm, status: int = 200) -> HttpResponse:
        return render(request, "compression/new.html", {"form": form}, status=status)


class CompressionPage(Page):
    """`/models/compression/<id>/`."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, compression_id: UUID) -> HttpResponse:
        """Show the job, then the report."""
        row = selectors.get_compression(actor=self.actor, compression_id=compression_id)
        context = {
            "compression": row,
            "model": row.version.model,
            "job": selectors.job_of(row),
            "rows": report.rows(row),
            "chart": report.trade_off(row),
            "has_labels": "quality" in row.parent,
        }
        return render(request, "compression/report.html", context)


def _registered(results: list[dict[str, Any]]) -> int:
    return sum(1 for each in results if each.get("version"))
