"""What the registry puts on the home page and into search."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platform_core.accounts.api import Actor
from platform_core.registry import selectors
from platform_core.registry.models import AliasChange, ModelVersion
from platform_core.sentences import spoken
from platform_core.web.api import (
    Activity,
    Figure,
    Hit,
    register_activity,
    register_figure,
    register_search,
)

_LIMIT = 12


def register() -> None:
    """Tell the home page and search what to ask."""
    register_figure(figure)
    register_activity(activity)
    register_search(search)


def figure(actor: Actor) -> Figure:
    """Return how many models there are."""
    models = selectors.models(actor=actor).count()
    versions = ModelVersion.objects.owned_by(actor.organisation).count()
    words = ngettext("%d version", "%d versions", versions) % versions
    return Figure("models", _("Models"), models, words, reverse("registry:list"))


def activity(actor: Actor) -> list[Activity]:
    """Return the latest moves of aliases."""
    if not actor.can("model.view"):
        return []
    rows = AliasChange.objects.owned_by(actor.organisation).select_related("model", "version")
    return [
        Activity(
            when=row.created_at,
            title=_("%(model)s: version %(number)d")
            % {"model": row.model.name, "number": row.version.number},
            text=spoken(row.reason) or row.get_kind_display(),
            icon="rollback" if row.kind == AliasChange.Kind.ROLLED_BACK else "promote",
            href=reverse("registry:model", args=[row.model.name]),
            state=row.alias,
        )
        for row in rows[:_LIMIT]
    ]


def search(actor: Actor, query: str) -> list[Hit]:
    """Return the models whose name or description holds the words."""
    if not actor.can("model.view"):
        return []
    rows = selectors.models(actor=actor)
    found = rows.filter(name__icontains=query) | rows.filter(description__icontains=query)
    return [
        Hit(
            row.name,
            _("Model"),
            reverse("registry:model", args=[row.name]),
            spoken(row.task),
            "models",
        )
        for row in found[:_LIMIT]
    ]
