"""REST routes of the accounts part, mounted under /api/v1/."""

from django.urls import path

from platform_core.accounts.rest import keys, me, members

urlpatterns = [
    path("me/", me.Me.as_view(), name="api-me"),
    path("members/", members.MemberList.as_view(), name="api-members"),
    path("members/<str:member_id>/", members.MemberDetail.as_view(), name="api-member"),
    path(
        "members/<str:member_id>/reset-password/",
        members.PasswordReset.as_view(),
        name="api-member-password",
    ),
    path("api-keys/", keys.KeyList.as_view(), name="api-keys"),
    path("api-keys/<str:key_id>/", keys.KeyDetail.as_view(), name="api-key"),
    path("api-keys/<str:key_id>/revoke/", keys.KeyRevocation.as_view(), name="api-key-revoke"),
]
