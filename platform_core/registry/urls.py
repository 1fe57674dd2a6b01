"""Pages of the registry part."""

from django.urls import path

from platform_core.registry import views

app_name = "registry"
urlpatterns = [
    path("", views.ModelListPage.as_view(), name="list"),
    path("rule/", views.PromotionRulePage.as_view(), name="rule"),
    path("import/", views.ImportPage.as_view(), name="import"),
    path("<str:name>/", views.ModelPage.as_view(), name="model"),
    path("<str:name>/compare/", views.ComparisonPage.as_view(), name="compare"),
    path("<str:name>/versions/<int:number>/", views.VersionPage.as_view(), name="version"),
    path("<str:name>/versions/<int:number>/promote/", views.Promotion.as_view(), name="promote"),
    path(
        "<str:name>/promotions/<uuid:request_id>/",
        views.PromotionDecision.as_view(),
        name="promotion",
    ),
    path("<str:name>/versions/<int:number>/notes/", views.Notes.as_view(), name="notes"),
    path("<str:name>/aliases/<str:alias>/rollback/", views.RollBack.as_view(), name="rollback"),
]
