"""Pages of the serving part."""

from django.urls import URLPattern, URLResolver, path

from platform_core.serving.views import endpoints, memory, moves

app_name = "serving"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", endpoints.EndpointListPage.as_view(), name="list"),
    path("<str:name>/", endpoints.EndpointPage.as_view(), name="detail"),
    path("<str:name>/state/", endpoints.StateFragment.as_view(), name="state"),
    path("<str:name>/try/", endpoints.PlaygroundFragment.as_view(), name="try"),
    path("-/memory/", memory.MemoryPage.as_view(), name="memory"),
    path("<str:name>/traffic/", moves.TrafficPage.as_view(), name="traffic"),
    path("<str:name>/canary/", moves.CanaryPage.as_view(), name="canary"),
    path("<str:name>/rollback/", moves.RollbackPage.as_view(), name="rollback"),
    path("<str:name>/shadow/", moves.ShadowPage.as_view(), name="shadow"),
    path("<str:name>/delete/", endpoints.DeletionPage.as_view(), name="delete"),
]
