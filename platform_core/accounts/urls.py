"""Pages of the accounts part, mounted under /account/."""

from django.urls import path

from platform_core.accounts.views import keys, members, profile

app_name = "accounts"
urlpatterns = [
    path("", profile.ProfilePage.as_view(), name="profile"),
    path("preferences/", profile.Preferences.as_view(), name="preferences"),
    path("keys/", keys.KeysPage.as_view(), name="api-keys"),
    path("keys/<str:key_id>/revoke/", keys.KeyRevocationPage.as_view(), name="revoke-api-key"),
    path("members/", members.MembersPage.as_view(), name="members"),
    path("members/<str:member_id>/role/", members.RolePage.as_view(), name="change-role"),
    path(
        "members/<str:member_id>/password/", members.PasswordPage.as_view(), name="reset-password"
    ),
    path("members/<str:member_id>/remove/", members.RemovalPage.as_view(), name="remove-member"),
    path("organisation/", members.SwitchPage.as_view(), name="switch-organisation"),
    path("organisation/new/", members.NewOrganisationPage.as_view(), name="new-organisation"),
]
