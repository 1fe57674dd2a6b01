"""Reads what the console's own pages show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from platform_core.accounts.api import Actor
from platform_core.errors import UnavailableError
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from platform_core.sentences import spoken
from platform_core.serving import api as serving
from platform_core.web import words


@dataclass(frozen=True)
class Tile:
    """One figure of the front page with where it leads."""

    label: str
    value: str
    note: str
    href: str


def tiles(actor: Actor) -> list[Tile]:
    """Return the front page's figures for the actor's organisation."""
    counts = dict(
        jobs.jobs(actor=actor).order_by().values_list("state").annotate(number=Count("id"))
    )
    held = runtime(actor)
    queue = reverse("admin:jobs_job_changelist")
    return [
        Tile(_("Jobs running"), str(counts.get("running", 0)), _("on the queue now"), queue),
        Tile(_("Jobs waiting"), str(counts.get("queued", 0)), _("oldest first by priority"), queue),
        Tile(
            _("Workers"),
            str(jobs.live_nodes().filter(stopping=False).count()),
            _("alive and taking jobs"),
            reverse("admin:jobs_node_changelist"),
        ),
        Tile(
            _("Models"),
            str(registry.models(actor=actor).count()),
            _("in the registry"),
            reverse("admin:registry_modelversion_changelist"),
        ),
        Tile(
            _("Models in memory"),
            "—" if held["down"] else str(len(held["models"])),
            _("runtime does not answer") if held["down"] else _("warm in the runtime"),
            reverse("admin:runtime"),
        ),
    ]


def runtime(actor: Actor) -> dict[str, Any]:
    """Return {"models": what the runtime holds for the organisation, "down": why not, or ""}."""
    try:
        held = serving.runtime_state(organisation=actor.organisation)
    except UnavailableError as error:
        return {"models": [], "down": error.detail}
    return {"models": held, "down": ""}


def runtime_table(held: Sequence[serving.LoadedModel]) -> dict[str, Any]:
    """Return {"headers", "rows"}: the model cache as words."""
    heads = [
        _("Model"), _("Version"), _("State"), _("Endpoints"), _("Memory"), _("Answered"),
        _("Refused"), _("p50 / p95"), _("Load + warm-up"), _("Last used"),
    ]  # fmt: skip
    return {"headers": heads, "rows": [_row(model) for model in held]}


def _state(model: serving.LoadedModel) -> str:
    return str(words.state(model.state).words)


def _row(model: serving.LoadedModel) -> list[str]:
    latency = "—"
    if model.p50_ms is not None and model.p95_ms is not None:
        latency = f"{model.p50_ms:.1f} / {model.p95_ms:.1f} ms"
    last_used = "—"
    if model.last_used_at:
        last_used = f"{datetime.fromtimestamp(model.last_used_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return [
        model.model_name,
        model.version,
        f"{_state(model)}: {spoken(model.error)}" if model.error else _state(model),
        ", ".join(model.endpoints) or "—",
        filesizeformat(model.size_bytes),
        str(model.hits),
        str(model.failures),
        latency,
        f"{model.load_s:.2f} + {model.warm_up_s:.2f} s",
        last_used,
    ]
