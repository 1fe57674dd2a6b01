"""REST routes of the training part, mounted under /api/v1/."""

from django.urls import path

from platform_core.training import rest

_ONE = "trainings/<uuid:training_id>/"
_ASKED = f"{_ONE}predictions/<uuid:prediction_id>/"

urlpatterns = [
    path("trainings/", rest.TrainingList.as_view(), name="api-trainings"),
    path(_ONE, rest.TrainingDetail.as_view(), name="api-training"),
    path(f"{_ONE}predictions/", rest.RowPredictionList.as_view(), name="api-training-predictions"),
    path(_ASKED, rest.RowPredictionDetail.as_view(), name="api-training-prediction"),
    path(f"{_ASKED}values/", rest.RowPredictionValues.as_view(), name="api-training-values"),
]
