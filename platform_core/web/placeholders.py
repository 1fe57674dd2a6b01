"""The five applications of the platform before they are built: each replaces its entry when it registers."""

from django.utils.translation import gettext_lazy as _

from platform_core.web.navigation import Application

PLANNED = (
    Application(
        key="recommendation",
        title=_("Recommendation"),
        summary=_("Learn from what people chose, and rank what to offer them next."),
    ),
    Application(
        key="driving",
        title=_("Driving perception"),
        summary=_("Find vehicles, people and lanes in camera and lidar recordings."),
    ),
    Application(
        key="chatbot",
        title=_("Customer service"),
        summary=_("Answer customers from your own documents, and hand over when unsure."),
    ),
    Application(
        key="imaging",
        title=_("Medical imaging"),
        summary=_("Mark findings in scans for a reader to confirm, with their uncertainty."),
    ),
    Application(
        key="fraud",
        title=_("Fraud risk"),
        summary=_("Score payments as they happen, and explain every score to an analyst."),
    ),
)
"""In the order of the rail; an entry without an address is shown as being built."""
