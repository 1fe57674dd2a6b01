"""REST routes of the audit part, mounted under /api/v1/."""

from django.urls import path

from platform_core.audit import rest

urlpatterns = [
    path("audit/", rest.EntryList.as_view(), name="api-audit"),
    path("audit/verify/", rest.ChainVerification.as_view(), name="api-audit-verify"),
]
