"""Sign-in at /sign-in/, allauth's own steps under /accounts/, one's own account under /me/security/, administration under /desk/."""

from __future__ import annotations

from allauth.account import views as account_views
from allauth.socialaccount import views as social_views
from allauth.usersessions import views as session_views
from django.apps import apps
from django.urls import include, path

from linli.kernel.accounts import again_pages, desk_accounts, desk_log, desk_permissions, desk_units, first_password_pages, pages

own = [
    path("sign-in/code/", pages.enter_code, name="code"),
    path("sign-in/again/", again_pages.again, name="again"),
    path("accounts/second-factor/", pages.second_factor, name="second_factor"),
    path("me/security/", pages.security, name="security"),
    path("me/security/sessions/<int:session_id>/end/", pages.end_one_session, name="end_session"),
    path("me/security/sessions/end-others/", pages.end_others, name="end_others"),
    path("me/security/tokens/<int:token_id>/revoke/", pages.revoke_own_token, name="revoke_token"),
    path("desk/accounts/", desk_accounts.accounts, name="accounts"),
    path("desk/accounts/new/", desk_accounts.new_account, name="new_account"),
    path("desk/accounts/first-passwords/", first_password_pages.first_sign_ins, name="first_passwords"),
    path("desk/accounts/<int:account_id>/", desk_accounts.account, name="account"),
    path("desk/accounts/<int:account_id>/grant/", desk_accounts.grant, name="grant"),
    path("desk/accounts/<int:account_id>/grants/<int:grant_id>/end/", desk_accounts.end_one_grant, name="end_grant"),
    path("desk/accounts/<int:account_id>/close/", desk_accounts.close, name="close"),
    path("desk/accounts/<int:account_id>/reopen/", desk_accounts.reopen, name="reopen"),
    path("desk/accounts/<int:account_id>/password/", desk_accounts.password, name="reset_password"),
    path("desk/accounts/<int:account_id>/factor/", desk_accounts.factor, name="reset_factor"),
    path("desk/accounts/<int:account_id>/tokens/<int:token_id>/revoke/", desk_accounts.revoke_one_token, name="revoke_any_token"),
    path("desk/units/", desk_units.units, name="units"),
    path("desk/units/<int:unit_id>/", desk_units.unit, name="unit"),
    path("desk/log/", desk_log.log, name="log"),
    path("desk/log/export/", desk_log.log_export, name="log_export"),
    path("desk/permissions/", desk_permissions.permissions, name="permissions"),
]

# Only the steps that are used: no sign-up, no e-mail addresses, no password by mail.
urlpatterns = [
    path("sign-in/", pages.sign_in, name="account_login"),
    path("sign-out/", account_views.logout, name="account_logout"),
    path("accounts/login/", pages.to_sign_in),
    path("accounts/inactive/", account_views.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account_views.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account_views.password_change, name="account_change_password"),
    path("accounts/password/set/", pages.no_password_here, name="account_set_password"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", session_views.list_usersessions, name="usersessions_list"),
    path("accounts/3rdparty/login/cancelled/", social_views.login_cancelled, name="socialaccount_login_cancelled"),
    path("accounts/3rdparty/login/error/", social_views.login_error, name="socialaccount_login_error"),
    path("", include((own, "accounts"))),
]
if apps.is_installed("allauth.socialaccount.providers.openid_connect"):  # where single sign-on is set up
    urlpatterns.append(path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")))
