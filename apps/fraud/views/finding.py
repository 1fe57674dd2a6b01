"""What the search field of every page finds of this application."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.fraud import selectors
from platform_core.accounts.api import Actor
from platform_core.web.api import Hit

MAX_HITS = 20


def detectors(actor: Actor, query: str) -> list[Hit]:
    """Return the detectors whose name contains what was typed."""
    if not actor.can("model.view"):
        return []
    found = selectors.detectors(actor=actor).filter(name__icontains=query)[:MAX_HITS]
    return [
        Hit(
            title=each.name,
            kind=_("Detector"),
            href=f"{reverse('fraud:models')}?{urlencode({'detector': each.name})}",
            text=str(each.state.label),
            icon="fraud",
        )
        for each in found
    ]
