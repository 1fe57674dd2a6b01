"""Pages of the recommendation application."""

from django.urls import path

from apps.recommendation.views import data, evaluate, models, overview, samples, train, try_it

app_name = "recommendation"
urlpatterns = [
    path("", overview.Overview.as_view(), name="overview"),
    path("data/", data.Data.as_view(), name="data"),
    path("train/", train.Train.as_view(), name="train"),
    path("train/columns/", train.Columns.as_view(), name="columns"),
    path("train/<str:name>/", train.Training.as_view(), name="training"),
    path("models/", models.Models.as_view(), name="models"),
    path("models/<str:name>/promote/", models.Promote.as_view(), name="promote"),
    path("models/<str:name>/roll-back/", models.RollBack.as_view(), name="roll-back"),
    path("models/<str:name>/retrain/", models.Retrain.as_view(), name="retrain"),
    path("models/<str:name>/delete/", models.Delete.as_view(), name="delete"),
    path("try/", try_it.TryIt.as_view(), name="try"),
    path("try/search/", try_it.Search.as_view(), name="search"),
    path("evaluate/", evaluate.Evaluate.as_view(), name="evaluate"),
    path("api/", samples.Api.as_view(), name="api"),
]
