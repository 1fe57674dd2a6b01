"""What the page of a training shows: its curves with a finding each, and its facts."""

from typing import Any

from django.utils.translation import gettext as _

from platform_core.training.models import Training
from platform_core.web.api import Axis, Chart, Trace, number


def charts(row: Training) -> list[Chart]:
    """Return a chart for the loss and each metric, on rows learned from and on rows held out."""
    names = [name for name in row.history if not name.startswith("val_")]
    return [_chart(row, name) for name in names if len(row.history[name]) > 1]


def _chart(row: Training, name: str) -> Chart:
    curves = {_("Learned from"): row.history[name]}
    if f"val_{name}" in row.history:
        curves[_("Held out")] = row.history[f"val_{name}"]
    values = list(curves.values())[-1]
    title = _("%(name)s went from %(first)s to %(last)s") % {
        "name": name,
        "first": number(values[0]),
        "last": number(values[-1]),
    }
    epochs = list(range(1, len(values) + 1))
    return Chart(
        key=f"curve-{name}",
        title=title,
        traces=[Trace(words, epochs, each) for words, each in curves.items()],
        x=Axis(_("Epoch")),
        y=Axis(name),
    )


def facts(row: Training, layers: list[str]) -> list[tuple[str, Any]]:
    """Return what was asked for, for a list of keys and values."""
    asked = row.asked
    held = asked["validation"]
    return [
        (_("Learns from"), asked["dataset"]["words"]),
        (_("Held out"), held["words"] if held else "–"),
        (_("Inputs"), ", ".join(asked["columns"][:20])),
        (_("Target"), asked["target"]),
        (_("Layers"), " → ".join(layers[:30])),
        (_("Optimizer"), asked["compile"]["optimizer"]["class_name"]),
        (_("Loss"), asked["compile"]["loss"]["class_name"]),
        (_("Epochs"), asked["fit"]["epochs"]),
    ]
