"""REST routes of the registry part, mounted under /api/v1/."""

from django.urls import path

from platform_core.registry import rest

urlpatterns = [
    path("models/", rest.ModelList.as_view(), name="api-models"),
    path("models/<str:name>/", rest.ModelDetail.as_view(), name="api-model"),
    path("models/<str:name>/versions/", rest.VersionList.as_view(), name="api-model-versions"),
    path(
        "models/<str:name>/versions/<int:number>/",
        rest.VersionDetail.as_view(),
        name="api-model-version",
    ),
    path(
        "models/<str:name>/versions/<int:number>/bundle/",
        rest.VersionBundle.as_view(),
        name="api-model-bundle",
    ),
    path(
        "models/<str:name>/versions/<int:number>/notes/",
        rest.VersionNotes.as_view(),
        name="api-model-notes",
    ),
    path(
        "models/<str:name>/promotions/",
        rest.PromotionRequests.as_view(),
        name="api-model-promotions",
    ),
    path(
        "models/<str:name>/promotions/<uuid:request_id>/",
        rest.PromotionDecision.as_view(),
        name="api-model-promotion",
    ),
    path("promotion-rule/", rest.PromotionRuleView.as_view(), name="api-promotion-rule"),
    path("models/<str:name>/history/", rest.History.as_view(), name="api-model-history"),
    path(
        "models/<str:name>/aliases/<str:alias>/", rest.AliasTarget.as_view(), name="api-model-alias"
    ),
    path(
        "models/<str:name>/aliases/<str:alias>/rollback/",
        rest.AliasRollBack.as_view(),
        name="api-model-rollback",
    ),
]
