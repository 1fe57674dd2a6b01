"""What a recommender learns from, as a list of words and values."""

from django.utils.translation import gettext as _

from apps.recommendation.models import Recommender
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets


def of(actor: Actor, recommender: Recommender) -> list[tuple[str, str]]:
    """Return data, columns and the parameters that were set."""
    columns = recommender.columns
    words = {
        "user": _("User column"),
        "item": _("Item column"),
        "rating": _("Rating column"),
        "time": _("Time column"),
    }
    shown = [(_("Data set"), _dataset(actor, str(recommender.dataset_version_id)))]
    shown += [(words[role], columns[role]) for role in words if columns.get(role)]
    for label, table in (
        (_("Item table"), recommender.items),
        (_("User table"), recommender.users),
    ):
        if table:
            shown.append((label, _dataset(actor, table["dataset_version"])))
    shown.append((_("Model"), recommender.model_label))
    shown.append((_("Seed"), str(recommender.params.get("seed", 0))))
    return shown


def _dataset(actor: Actor, version_id: str) -> str:
    try:
        version = datasets.get_version(actor=actor, version_id=version_id)
    except datasets.DatasetNotFoundError:
        return _("deleted")
    return _("%(name)s, version %(number)d, %(rows)s rows") % {
        "name": version.dataset.name,
        "number": version.number,
        "rows": f"{version.rows:,}",
    }
