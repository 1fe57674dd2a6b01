"""REST routes of the monitoring part, mounted under /api/v1/."""

from django.urls import path

from platform_core.monitoring.rest import alerts, watching

urlpatterns = [
    path("endpoints/<str:name>/log/", watching.EndpointLog.as_view()),
    path("endpoints/<str:name>/log/dataset/", watching.EndpointLogDataset.as_view()),
    path("endpoints/<str:name>/labels/", watching.EndpointLabels.as_view()),
    path("endpoints/<str:name>/drift/", watching.EndpointDrift.as_view()),
    path("endpoints/<str:name>/quality/", watching.EndpointQuality.as_view()),
    path("alerts/", alerts.AlertList.as_view()),
    path("alerts/<uuid:alert_id>/", alerts.AlertDetail.as_view()),
    path("alerts/<uuid:alert_id>/silence/", alerts.AlertSilence.as_view()),
    path("alerts/<uuid:alert_id>/history/", alerts.AlertHistory.as_view()),
]
