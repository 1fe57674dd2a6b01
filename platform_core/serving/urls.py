"""Pages of the serving part."""

from django.urls import URLPattern, URLResolver

app_name = "serving"
urlpatterns: list[URLPattern | URLResolver] = []
