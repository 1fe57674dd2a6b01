"""Django registration of the jobs part."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The queue: jobs, attempts, leases, worker, scheduler, progress and logs."""

    name = "platform_core.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Put jobs on the home page and into search."""
        from platform_core.jobs import home  # noqa: PLC0415  (models are loaded only now)
        from platform_core.web import api as web  # noqa: PLC0415

        web.register_figure(home.figure)
        web.register_activity(home.activity)
        web.register_search(home.search)
