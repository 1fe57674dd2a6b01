"""REST routes of the tuning part, mounted under /api/v1/."""

from django.urls import path

from platform_core.tuning import rest

_ONE = "studies/<uuid:study_id>/"

urlpatterns = [
    path("studies/", rest.StudyList.as_view(), name="api-studies"),
    path(_ONE, rest.StudyDetail.as_view(), name="api-study"),
    path(f"{_ONE}trials/", rest.StudyTrials.as_view(), name="api-study-trials"),
]
