"""Pages of the compression part."""

from django.urls import path

from platform_core.compression import views

app_name = "compression"
urlpatterns = [
    path("", views.CompressionListPage.as_view(), name="list"),
    path("new/", views.NewCompression.as_view(), name="new"),
    path("<uuid:compression_id>/", views.CompressionPage.as_view(), name="report"),
]
