"""The console's tables of the recommendation application: read-only, one organisation's rows."""

from django.contrib import admin

from apps.recommendation.models import Event, Recommender
from platform_core.console.api import ConsoleAdmin


@admin.register(Recommender)
class RecommenderAdmin(ConsoleAdmin):
    """Recommenders; their versions and trainings are under Models and Jobs."""

    list_display = ("name", "model_label", "dataset_id", "job_id", "created_at")
    search_fields = ("name",)


@admin.register(Event)
class EventAdmin(ConsoleAdmin):
    """Events as they came."""

    list_display = ("recommender", "user_id", "kind", "item_id", "occurred_at", "received_at")
    list_filter = ("recommender", "kind")
    list_select_related = ("recommender",)
    show_full_result_count = False
