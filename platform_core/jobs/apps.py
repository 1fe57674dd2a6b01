"""Django registration of the jobs part."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The queue: jobs, attempts, leases, worker, scheduler, progress and logs."""

    name = "platform_core.jobs"
    label = "jobs"
