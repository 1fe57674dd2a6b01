"""REST routes of the recommendation application, under /api/v1/recommendation/."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from apps.recommendation.rest import predictions, recommenders


class IdConverter(StringConverter):
    """Any id a customer may use: slashes, line breaks and all."""

    regex = r"[\s\S]+"


register_converter(IdConverter, "id")

_ONE = "recommenders/<str:name>"
urlpatterns = [
    path("recommenders/", recommenders.Collection.as_view(), name="recommenders"),
    path(f"{_ONE}/", recommenders.Detail.as_view(), name="recommender"),
    path(f"{_ONE}/retrain/", recommenders.Retrain.as_view(), name="retrain"),
    path(f"{_ONE}/events", predictions.Events.as_view(), name="events"),
    path(f"{_ONE}/score", predictions.Score.as_view(), name="score"),
    path(f"{_ONE}/recommendations:batch", predictions.Batch.as_view(), name="batch"),
    path(f"{_ONE}/users/<id:user>/recommendations", predictions.OfUser.as_view(), name="of-user"),
    path(f"{_ONE}/items/<id:item>/similar", predictions.Similar.as_view(), name="similar"),
]
