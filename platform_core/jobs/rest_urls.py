"""REST routes of the jobs part, mounted under /api/v1/."""

from django.urls import path

from platform_core.jobs import rest

urlpatterns = [
    path("jobs/", rest.JobList.as_view(), name="api-jobs"),
    path("jobs/<str:job_id>/", rest.JobDetail.as_view(), name="api-job"),
    path("jobs/<str:job_id>/cancel/", rest.JobCancellation.as_view(), name="api-job-cancel"),
    path("jobs/<str:job_id>/retry/", rest.JobRetry.as_view(), name="api-job-retry"),
    path("jobs/<str:job_id>/priority/", rest.JobPriority.as_view(), name="api-job-priority"),
    path("jobs/<str:job_id>/log/", rest.JobLog.as_view(), name="api-job-log"),
    path("jobs/<str:job_id>/metrics/", rest.JobMetrics.as_view(), name="api-job-metrics"),
]
