"""Pages of the serving part."""

from django.urls import URLPattern, URLResolver, path

from platform_core.serving import views

app_name = "serving"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.EndpointListPage.as_view(), name="list"),
    path("<str:name>/", views.EndpointPage.as_view(), name="detail"),
    path("<str:name>/state/", views.StateFragment.as_view(), name="state"),
    path("<str:name>/try/", views.PlaygroundFragment.as_view(), name="try"),
    path("<str:name>/delete/", views.DeletionPage.as_view(), name="delete"),
]
