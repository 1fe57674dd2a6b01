"""Pages of the monitoring part; they stand beside the endpoints' own addresses."""

from django.urls import path

from platform_core.monitoring.views import alerts, watching

app_name = "monitoring"
urlpatterns = [
    path("alerts/", alerts.InboxPage.as_view(), name="alerts"),
    path("alerts/new/", alerts.NewAlertPage.as_view(), name="new"),
    path("alerts/<uuid:alert_id>/", alerts.AlertPage.as_view(), name="alert"),
    path("alerts/<uuid:alert_id>/silence/", alerts.SilencePage.as_view(), name="silence"),
    path("alerts/<uuid:alert_id>/delete/", alerts.AlertDeletionPage.as_view(), name="delete"),
    path("endpoints/<str:name>/watch/", watching.WatchPage.as_view(), name="watch"),
    path("endpoints/<str:name>/watch/summary/", watching.SummaryFragment.as_view(), name="summary"),
    path("endpoints/<str:name>/watch/log/", watching.LoggingPage.as_view(), name="logging"),
    path("endpoints/<str:name>/watch/dataset/", watching.LogDatasetPage.as_view(), name="dataset"),
    path("endpoints/<str:name>/watch/measure/", watching.MeasuringPage.as_view(), name="measure"),
    path("endpoints/<str:name>/watch/forget/", watching.ForgettingPage.as_view(), name="forget"),
]
