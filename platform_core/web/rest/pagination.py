"""Cursor pages: `{results: [...], next: url|null, previous: url|null}`, newest first."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class NewestFirst(CursorPagination):
    """Stable under inserts; `?page_size=` up to 200."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = ("-created_at", "-id")


def page(
    view: APIView, request: Request, rows: QuerySet[Any], render: Callable[[Any], dict[str, Any]]
) -> Response:
    """Answer one page of `rows`, each rendered to a dictionary by `render`."""
    paginator = NewestFirst()
    chosen = paginator.paginate_queryset(rows, request, view=view) or []
    return paginator.get_paginated_response([render(row) for row in chosen])
