"""What happened last, for the front page of the console."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry

SHOWN = 6


@dataclass(frozen=True)
class RecentTable:
    """A few newest rows with where all of them are.

    Attributes:
        title: what the rows are.
        href: page with all of them.
        table: {"headers", "rows"} as unfold's table component takes it.
    """

    title: str
    href: str
    table: dict[str, Any]


def tables(actor: Actor) -> list[RecentTable]:
    """Return the newest jobs and promotions, and audit entries for those who may read them."""
    found = [_jobs(actor), _promotions(actor)]
    if actor.can("audit.view"):
        found.append(_entries(actor))
    return found


def _jobs(actor: Actor) -> RecentTable:
    rows = [
        [
            _link(job, jobs.kind_title(job.kind)),
            job.subject or "—",
            f"{job.get_state_display()} · {job.progress:.0%}",
            _ago(job.created_at),
        ]
        for job in jobs.jobs(actor=actor)[:SHOWN]
    ]
    heads = [_("Job"), _("Subject"), _("State"), _("Queued")]
    return RecentTable(
        _("Newest jobs"), reverse("admin:jobs_job_changelist"), {"headers": heads, "rows": rows}
    )


def _promotions(actor: Actor) -> RecentTable:
    changes = registry.AliasChange.objects.owned_by(actor.organisation)
    rows = [
        [
            _link(change, change.model.name),
            change.alias,
            f"{change.previous.number if change.previous else '—'} → {change.version.number}",
            change.changed_by_label,
            _ago(change.created_at),
        ]
        for change in changes.select_related("model", "previous", "version")[:SHOWN]
    ]
    heads = [_("Model"), _("Alias"), _("Version"), _("By"), _("When")]
    return RecentTable(
        _("Newest promotions"),
        reverse("admin:registry_aliaschange_changelist"),
        {"headers": heads, "rows": rows},
    )


def _entries(actor: Actor) -> RecentTable:
    rows = [
        [_link(entry, entry.action), entry.target, _ago(entry.created_at)]
        for entry in audit.entries(actor=actor).order_by("-sequence")[:SHOWN]
    ]
    heads = [_("Action"), _("Target"), _("When")]
    return RecentTable(
        _("Newest audit entries"),
        reverse("admin:audit_entry_changelist"),
        {"headers": heads, "rows": rows},
    )


def _link(row: Model, words: str) -> str:
    href = reverse(
        f"admin:{row._meta.app_label}_{row._meta.model_name}_change",  # noqa: SLF001  (documented API)
        args=[row.pk],
    )
    return format_html('<a href="{}" class="text-link">{}</a>', href, words)


def _ago(moment: Any) -> str:
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}
