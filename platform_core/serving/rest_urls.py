"""REST routes of the serving part, mounted under /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from platform_core.serving import rest

urlpatterns: list[URLPattern | URLResolver] = [
    path("endpoints/", rest.EndpointList.as_view()),
    path("endpoints/<str:name>/", rest.EndpointDetail.as_view()),
    path("endpoints/<str:name>/predict/", rest.EndpointPrediction.as_view()),
]
