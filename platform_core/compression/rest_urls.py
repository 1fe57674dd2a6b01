"""REST routes of the compression part, mounted under /api/v1/."""

from django.urls import path

from platform_core.compression import rest

urlpatterns = [
    path("compressions/", rest.CompressionList.as_view(), name="api-compressions"),
    path(
        "compressions/<uuid:compression_id>/",
        rest.CompressionDetail.as_view(),
        name="api-compression",
    ),
]
