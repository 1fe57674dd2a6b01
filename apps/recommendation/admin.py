"""The console's tables of the recommendation application: read-only, one organisation's rows."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.recommendation.models import Evaluation, Event, Experiment, Recommender
from platform_core.console.api import ConsoleAdmin


@admin.register(Recommender)
class RecommenderAdmin(ConsoleAdmin):
    """Recommenders; their versions and trainings are under Models and Jobs."""

    list_display = ("name", "shown_model", "dataset_id", "job_id", "created_at")
    search_fields = ("name",)

    @admin.display(description=_("model"))
    def shown_model(self, recommender: Recommender) -> str:
        """Return the kind of model in words."""
        return str(recommender.model_label)


@admin.register(Event)
class EventAdmin(ConsoleAdmin):
    """Events as they came."""

    list_display = ("recommender", "user_id", "kind", "item_id", "occurred_at", "received_at")
    list_filter = ("recommender", "kind")
    list_select_related = ("recommender",)
    show_full_result_count = False


@admin.register(Evaluation)
class EvaluationAdmin(ConsoleAdmin):
    """Evaluations; what was found is sealed and shown on its own page."""

    concealed = ConsoleAdmin.concealed | {"result"}
    list_display = ("recommender", "versions", "dataset_version_id", "job_id", "created_at")
    list_select_related = ("recommender",)


@admin.register(Experiment)
class ExperimentAdmin(ConsoleAdmin):
    """Experiments; what they showed and what followed is counted on their own page."""

    concealed = ConsoleAdmin.concealed | {"salt"}
    list_display = ("name", "recommender", "state", "version_a", "version_b", "started_at")
    list_filter = ("state",)
    list_select_related = ("recommender",)
