"""Every address of the web process."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from platform_core.config import health

handler400 = "platform_core.web.refusals.bad_request"
handler403 = "platform_core.web.refusals.forbidden"
handler404 = "platform_core.web.refusals.not_found"
handler500 = "platform_core.web.refusals.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path(
        "api/schema/",
        SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="schema",
    ),
    path(
        "api/docs/",
        SpectacularSwaggerView.as_view(
            url_name="schema", authentication_classes=[], permission_classes=[]
        ),
        name="docs",
    ),
    path("", include("platform_core.web.urls")),
    path("accounts/", include("platform_core.accounts.signin_urls")),
    path("account/", include("platform_core.accounts.urls")),
    path("data/", include("platform_core.datasets.urls")),
    path("jobs/", include("platform_core.jobs.urls")),
    path("models/compression/", include("platform_core.compression.urls")),
    path("models/", include("platform_core.registry.urls")),
    path("trainings/", include("platform_core.training.urls")),
    path("studies/", include("platform_core.tuning.urls")),
    path("", include("platform_core.monitoring.urls")),
    path("endpoints/", include("platform_core.serving.urls")),
    path("recommendation/", include("apps.recommendation.urls")),
    path("fraud/", include("apps.fraud.urls")),
    path("console/", admin.site.urls),
    path(
        "api/v1/",
        include(
            [
                path("", include("platform_core.accounts.rest_urls")),
                path("", include("platform_core.audit.rest_urls")),
                path("", include("platform_core.datasets.rest_urls")),
                path("", include("platform_core.jobs.rest_urls")),
                path("", include("platform_core.registry.rest_urls")),
                path("", include("platform_core.serving.rest_urls")),
                path("", include("platform_core.compression.rest_urls")),
                path("", include("platform_core.monitoring.rest_urls")),
                path("", include("platform_core.training.rest_urls")),
                path("", include("platform_core.tuning.rest_urls")),
                path("recommendation/", include("apps.recommendation.rest")),
                path("fraud/", include("apps.fraud.rest")),
            ]
        ),
    ),
]
