"""What a detector learns from, as a list of words and values."""

from django.utils.translation import gettext as _

from apps.fraud.models import Detector
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.web.api import number


def of(actor: Actor, detector: Detector) -> list[tuple[str, str]]:
    """Return data, columns and how it is trained."""
    words = {
        "time": _("Time column"),
        "amount": _("Amount column"),
        "label": _("Fraud column"),
        "id": _("Id column"),
    }
    shown = [(_("Data set"), _dataset(actor, str(detector.dataset_version_id)))]
    shown += [(words[role], detector.columns[role]) for role in words if detector.columns.get(role)]
    shown.append((_("Entities"), ", ".join(detector.entities)))
    delay = {"days": number(detector.label_delay_days)}
    shown.append((_("Frauds are known after"), _("%(days)s days") % delay))
    if detector.features:
        shown.append((_("Features"), number(len(detector.features["features"]))))
    shown.append((_("Model"), detector.model_label))
    return shown


def _dataset(actor: Actor, version_id: str) -> str:
    try:
        version = datasets.get_version(actor=actor, version_id=version_id)
    except datasets.DatasetNotFoundError:
        return _("deleted")
    return _("%(name)s, version %(number)d, %(rows)s rows") % {
        "name": version.dataset.name,
        "number": version.number,
        "rows": number(version.rows),
    }
