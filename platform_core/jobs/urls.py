"""Pages of the jobs part."""

from django.urls import path

from platform_core.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.JobListPage.as_view(), name="list"),
    path("<uuid:job_id>/", views.JobPage.as_view(), name="detail"),
    path("<uuid:job_id>/status/", views.JobStatus.as_view(), name="status"),
    path("<uuid:job_id>/card/", views.JobFragment.as_view(), name="fragment"),
    path("<uuid:job_id>/log/", views.JobLogTail.as_view(), name="log"),
    path("<uuid:job_id>/curves/", views.JobCurves.as_view(), name="curves"),
    path("<uuid:job_id>/cancel/", views.JobCancelling.as_view(), name="cancel"),
    path("<uuid:job_id>/retry/", views.JobRetrying.as_view(), name="retry"),
]
