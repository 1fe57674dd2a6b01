"""REST routes of the datasets part, mounted under /api/v1/."""

from django.urls import path

from platform_core.datasets.rest.views import ROUTES

urlpatterns = [path(f"datasets/{route}", view.as_view(), name=name) for route, view, name in ROUTES]
