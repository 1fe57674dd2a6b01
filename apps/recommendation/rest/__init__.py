"""REST routes of the recommendation application, under /api/v1/recommendation/."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from apps.recommendation.rest import (
    evaluations,
    experiments,
    live,
    predictions,
    recommenders,
    rules,
)


class IdConverter(StringConverter):
    """Any id a customer may use: slashes, line breaks and all."""

    regex = r"[\s\S]+"


register_converter(IdConverter, "id")

_ONE = "recommenders/<str:name>"
urlpatterns = [
    path("recommenders/", recommenders.Collection.as_view(), name="recommenders"),
    path(f"{_ONE}/", recommenders.Detail.as_view(), name="recommender"),
    path(f"{_ONE}/retrain/", recommenders.Retrain.as_view(), name="retrain"),
    path(f"{_ONE}/evaluations/", evaluations.Collection.as_view(), name="evaluations"),
    path(
        f"{_ONE}/evaluations/<str:evaluation_id>/",
        evaluations.Detail.as_view(),
        name="evaluation",
    ),
    path(f"{_ONE}/experiments/", experiments.Collection.as_view(), name="experiments"),
    path(
        f"{_ONE}/experiments/<str:experiment_id>/", experiments.Detail.as_view(), name="experiment"
    ),
    path(
        f"{_ONE}/experiments/<str:experiment_id>/start/",
        experiments.Start.as_view(),
        name="experiment-start",
    ),
    path(
        f"{_ONE}/experiments/<str:experiment_id>/end/",
        experiments.End.as_view(),
        name="experiment-end",
    ),
    path(f"{_ONE}/outcomes", experiments.Outcomes.as_view(), name="outcomes"),
    path(f"{_ONE}/events", predictions.Events.as_view(), name="events"),
    path(f"{_ONE}/score", predictions.Score.as_view(), name="score"),
    path(f"{_ONE}/recommendations:batch", predictions.Batch.as_view(), name="batch"),
    path(f"{_ONE}/users/<id:user>/recommendations", predictions.OfUser.as_view(), name="of-user"),
    path(f"{_ONE}/items/<id:item>/similar", predictions.Similar.as_view(), name="similar"),
    path(f"{_ONE}/rules/", rules.Collection.as_view(), name="rules"),
    path(f"{_ONE}/rules/<str:rule_id>/", rules.Detail.as_view(), name="rule"),
    path(f"{_ONE}/attributes", live.Attributes.as_view(), name="attributes"),
    # after the routes above: an id that ends in /similar or /recommendations cannot be told
    path(f"{_ONE}/items/<id:item>", live.Item.as_view(), name="live-item"),
    path(f"{_ONE}/users/<id:user>", live.User.as_view(), name="live-user"),
]
