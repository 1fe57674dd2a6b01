"""Entry point of the web process: Django's WSGI application behind the front."""

import os

from django.core.wsgi import get_wsgi_application

from platform_core.web.front.application import Front
from platform_core.web.front.limits import Limits


def build(threads: int) -> Front:
    """Return the application; called once in each web process.

    A process whose master was killed ends too: it would hold the port that the next master needs.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "platform_core.config.settings")
    application = get_wsgi_application()
    from platform_core.jobs.api import die_with_parent  # noqa: PLC0415  (models are loaded only now)

    die_with_parent()
    return Front(application, Limits(threads=threads))
