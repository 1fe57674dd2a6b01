"""Pages of the tuning part."""

from django.urls import path

from platform_core.tuning import views

app_name = "tuning"
urlpatterns = [
    path("", views.StudyListPage.as_view(), name="list"),
    path("<uuid:study_id>/", views.StudyPage.as_view(), name="detail"),
]
