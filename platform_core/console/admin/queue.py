"""The queue: jobs, attempts with their leases, workers, devices."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from platform_core.console.owned import ConsoleAdmin
from platform_core.console.site import actor_of
from platform_core.jobs import api as jobs
from platform_core.sentences import spoken

_LABELS = {
    "queued": "info",
    "leased": "info",
    "running": "info",
    "succeeded": "success",
    "failed": "danger",
    "cancelled": "warning",
    "preempted": "warning",
}


class AttemptInline(TabularInline):
    """The tries of a job, each with the lease it held."""

    model = jobs.Attempt
    fields = readonly_fields = (
        "number", "token", "node_name", "pid", "lease_expires_at", "started_at", "ended_at",
        "outcome", "reason",
    )  # fmt: skip
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Follow the job."""
        return actor_of(request).can("job.view")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a worker makes one."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a worker changes one."""
        return False


@admin.register(jobs.Job)
class JobAdmin(ConsoleAdmin):
    """Live state; cancel, retry and priority."""

    view_permission = "job.view"
    change_permission = "job.manage"
    editable = ("priority",)
    list_display = (
        "shown_kind",
        "subject",
        "shown_state",
        "shown_progress",
        "priority",
        "created_at",
        "shown_message",
    )
    list_filter = ("state", "kind")
    search_fields = ("id", "subject", "kind")
    inlines = (AttemptInline,)
    actions = ("cancel", "retry")

    @display(description=_("kind"), ordering="kind")
    def shown_kind(self, job: jobs.Job) -> str:
        """Return what it does in words."""
        return jobs.kind_title(job.kind)

    @display(description=_("state"), label=_LABELS, ordering="state")
    def shown_state(self, job: jobs.Job) -> tuple[str, str]:
        """Return the state as a coloured word."""
        return job.state, job.get_state_display()

    @display(description=_("progress"))
    def shown_progress(self, job: jobs.Job) -> str:
        """Return the progress in per cent."""
        return f"{job.progress:.0%}"

    @display(description=_("message"))
    def shown_message(self, job: jobs.Job) -> str:
        """Return what it said last."""
        return spoken(job.message)

    def save_model(self, request: HttpRequest, obj: jobs.Job, form: Any, change: bool) -> None:
        """Change the priority through its service."""
        jobs.set_priority(
            actor=actor_of(request), job_id=obj.pk, priority=form.cleaned_data["priority"]
        )

    @admin.action(description=_("Cancel the selected jobs"), permissions=["change"])
    def cancel(self, request: HttpRequest, rows: QuerySet[jobs.Job]) -> None:
        """Cancel each."""
        self.carry_out(
            request,
            rows,
            lambda actor, job: jobs.cancel_job(actor=actor, job_id=job.pk),
            _("cancelled"),
        )

    @admin.action(description=_("Retry the selected jobs"), permissions=["change"])
    def retry(self, request: HttpRequest, rows: QuerySet[jobs.Job]) -> None:
        """Queue each again."""
        self.carry_out(
            request,
            rows,
            lambda actor, job: jobs.retry_job(actor=actor, job_id=job.pk),
            _("queued again"),
        )


@admin.register(jobs.Attempt)
class LeaseAdmin(ConsoleAdmin):
    """Who works on what, and until when the claim holds."""

    view_permission = "job.view"
    organisation_path = "job__organisation"
    list_display = ("job", "number", "token", "node_name", "lease_expires_at", "outcome")
    list_filter = ("outcome",)


@admin.register(jobs.Node)
class NodeAdmin(ConsoleAdmin):
    """The workers; shared by all organisations."""

    organisation_path = ""
    list_display = ("name", "is_live", "pid", "slots", "busy", "stopping", "started_at", "seen_at")

    @display(description=_("live"), boolean=True)
    def is_live(self, node: jobs.Node) -> bool:
        """Say whether it was heard of within a lease."""
        return jobs.live_nodes().filter(pk=node.pk).exists()


@admin.register(jobs.Device)
class DeviceAdmin(ConsoleAdmin):
    """The accelerators; shared by all organisations."""

    organisation_path = ""
    list_display = ("host", "index", "name", "memory_bytes", "is_held", "seen_at")

    @display(description=_("held"), boolean=True)
    def is_held(self, device: jobs.Device) -> bool:
        """Say whether an attempt holds the device, without naming another company's job."""
        return device.attempt_id is not None

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Hide whose attempt holds it."""
        return ["uid", "host", "index", "name", "memory_bytes", "seen_at"]
