"""Pages of the datasets part."""

from django.urls import path

from platform_core.datasets.pages import views

app_name = "datasets"
urlpatterns = [
    path("", views.DatasetListPage.as_view(), name="list"),
    path("upload/", views.UploadPage.as_view(), name="upload"),
    path("<uuid:dataset_id>/", views.DatasetPage.as_view(), name="detail"),
    path("<uuid:dataset_id>/preview/", views.PreviewPage.as_view(), name="preview"),
    path("<uuid:dataset_id>/issues/", views.IssuesPage.as_view(), name="issues"),
    path("<uuid:dataset_id>/versions/", views.VersionsPage.as_view(), name="versions"),
    path("<uuid:dataset_id>/splits/", views.SplitsPage.as_view(), name="splits"),
    path("<uuid:dataset_id>/live/", views.LiveState.as_view(), name="live"),
    path("<uuid:dataset_id>/delete/", views.DeletePage.as_view(), name="delete"),
]
