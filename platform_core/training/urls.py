"""Pages of the training part."""

from django.urls import path

from platform_core.training import views

app_name = "training"
urlpatterns = [
    path("", views.TrainingListPage.as_view(), name="list"),
    path("<uuid:training_id>/", views.TrainingPage.as_view(), name="detail"),
]
