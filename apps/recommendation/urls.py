"""Pages of the recommendation application."""

from django.urls import path

from apps.recommendation.views import (
    catalogue,
    data,
    evaluate,
    evaluations,
    experiments,
    models,
    overview,
    rules,
    samples,
    train,
    try_it,
)
from platform_core.web.api import version_routes

app_name = "recommendation"
urlpatterns = [
    path("", overview.Overview.as_view(), name="overview"),
    path("data/", data.Data.as_view(), name="data"),
    path("train/", train.Train.as_view(), name="train"),
    path("train/columns/", train.Columns.as_view(), name="columns"),
    path("train/<str:name>/", train.Training.as_view(), name="training"),
    path("models/", models.Models.as_view(), name="models"),
    *version_routes(models.DOORS),
    path("try/", try_it.TryIt.as_view(), name="try"),
    path("try/search/", try_it.Search.as_view(), name="search"),
    path("catalogue/", catalogue.Catalogue.as_view(), name="catalogue"),
    path("catalogue/<str:name>/item/", catalogue.ItemSheet.as_view(), name="item"),
    path("rules/", rules.Rules.as_view(), name="rules"),
    path("rules/<str:name>/", rules.New.as_view(), name="rule-new"),
    path("rules/<str:name>/<str:rule_id>/delete/", rules.Delete.as_view(), name="rule-delete"),
    path("evaluate/", evaluate.Evaluate.as_view(), name="evaluate"),
    path("evaluate/<str:name>/", evaluations.New.as_view(), name="evaluation-new"),
    path(
        "evaluate/<str:name>/<str:evaluation_id>/",
        evaluations.Detail.as_view(),
        name="evaluation",
    ),
    path("segments/", evaluations.Segments.as_view(), name="segments"),
    path("experiments/", experiments.Experiments.as_view(), name="experiments"),
    path("experiments/<str:name>/", experiments.New.as_view(), name="experiment-new"),
    path(
        "experiments/<str:name>/<str:experiment_id>/",
        experiments.Detail.as_view(),
        name="experiment",
    ),
    path(
        "experiments/<str:name>/<str:experiment_id>/start/",
        experiments.Start.as_view(),
        name="experiment-start",
    ),
    path(
        "experiments/<str:name>/<str:experiment_id>/end/",
        experiments.End.as_view(),
        name="experiment-end",
    ),
    path("api/", samples.Api.as_view(), name="api"),
]
