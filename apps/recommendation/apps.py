"""Registers the recommendation application with the core."""

from django.apps import AppConfig


class RecommendationConfig(AppConfig):
    """Recommendation."""

    name = "apps.recommendation"
    label = "recommendation"
