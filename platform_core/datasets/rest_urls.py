"""REST routes of the datasets part, mounted under /api/v1/."""

from django.urls import path

from platform_core.datasets.rest import uploads
from platform_core.datasets.rest.views import ROUTES

urlpatterns = [
    path("uploads/", uploads.UploadList.as_view(), name="api-uploads"),
    path("uploads/<str:upload_id>/", uploads.UploadDetail.as_view(), name="api-upload"),
    path(
        "uploads/<str:upload_id>/parts/<int:number>/",
        uploads.UploadPart.as_view(),
        name="api-upload-part",
    ),
    *(path(f"datasets/{route}", view.as_view(), name=name) for route, view, name in ROUTES),
]
