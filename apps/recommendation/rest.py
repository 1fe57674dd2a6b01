"""REST routes of the recommendation application, under /api/v1/recommendation/."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
