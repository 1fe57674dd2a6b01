"""REST routes of the serving part, mounted under /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from platform_core.serving.rest import endpoints, spec, traffic

urlpatterns: list[URLPattern | URLResolver] = [
    path("endpoints/", endpoints.EndpointList.as_view()),
    path("endpoints/<str:name>/", endpoints.EndpointDetail.as_view()),
    path("endpoints/<str:name>/predict/", endpoints.EndpointPrediction.as_view()),
    path("endpoints/<str:name>/traffic/", traffic.EndpointTraffic.as_view()),
    path("endpoints/<str:name>/canary/", traffic.EndpointCanary.as_view()),
    path("endpoints/<str:name>/rollback/", traffic.EndpointRollback.as_view()),
    path("endpoints/<str:name>/history/", traffic.EndpointHistory.as_view()),
    path("endpoint-schema/", spec.EndpointSchema.as_view()),
    path("endpoints/<str:name>/spec/", spec.EndpointSpec.as_view()),
    path("endpoints/<str:name>/shadow/", traffic.EndpointShadow.as_view()),
]
