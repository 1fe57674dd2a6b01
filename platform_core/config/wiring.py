"""What the parts cannot know of each other, said once."""

from django.conf import settings

from platform_core.jobs import api as jobs
from platform_core.web import logs


def connect() -> None:
    """Connect the parts; called once per process after all models are loaded."""
    logs.configure(level=settings.LOG_LEVEL, style=settings.LOG_FORMAT)
    jobs.use_queue_app("platform_core.config.celery.app")
