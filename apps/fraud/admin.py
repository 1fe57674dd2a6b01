"""The console's tables of the fraud application: read-only, one organisation's rows."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.fraud.models import Decision, Detector
from platform_core.console.api import ConsoleAdmin


@admin.register(Detector)
class DetectorAdmin(ConsoleAdmin):
    """Detectors; their versions and trainings are under Models and Jobs."""

    concealed = ConsoleAdmin.concealed | {"features", "normals", "data_key"}
    list_display = ("name", "shown_model", "dataset_id", "job_id", "created_at")
    search_fields = ("name",)

    @admin.display(description=_("model"))
    def shown_model(self, detector: Detector) -> str:
        """Return the kind of model in words."""
        return str(detector.model_label)


@admin.register(Decision)
class DecisionAdmin(ConsoleAdmin):
    """Decisions; what is personal in them is sealed and shown on their own pages."""

    concealed = ConsoleAdmin.concealed | {"body", "customer", "entities"}
    list_display = ("event_id", "detector", "outcome", "score", "model_version", "decided_at")
    list_filter = ("detector", "outcome")
    list_select_related = ("detector",)
    show_full_result_count = False
