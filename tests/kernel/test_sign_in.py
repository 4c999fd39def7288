"""Signing in: codes, passwords, lock-out, the first password, second factors, sessions, single sign-on."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.test import Client, override_settings
from django.utils import timezone

from linli.kernel.access.actor import system
from linli.kernel.accounts import codes
from linli.kernel.accounts.actions import grant_role, open_account
from linli.kernel.accounts.models import Account, Event, SignInCode

pytestmark = pytest.mark.django_db
HOUSE = system("tests", channel="cli")
PASSWORD = "a-good-long-pass"
PHONE = "13800138000"


def staff(username: str = "zhang.min", role: str = "security_admin", **more: Any) -> Account:
    now = timezone.now() - timedelta(minutes=1)
    own = {name: more.pop(name) for name in ("must_change_password",) if name in more}
    account = open_account(actor=HOUSE, username=username, name="张敏", now=now, password=PASSWORD, **more)
    grant_role(actor=HOUSE, account=account, role=role, place=None, now=now)
    if own:
        Account.objects.filter(pk=account.pk).update(**own)
    account.refresh_from_db()
    return account


def sign_in(client: Client, username: str = "zhang.min", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in/", {"login": username, "password": password, **more})


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """What would have gone out by SMS."""
    messages: list[tuple[str, str]] = []

    def take(number: str, text: str) -> bool:
        messages.append((number, text))
        return True

    monkeypatch.setattr(codes, "_senders", [take])
    yield messages


def digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())[:6]


# --- residents -----------------------------------------------------------------------------------
def test_a_resident_signs_in_with_the_code_sent_to_the_phone(client: Client, sent: list[tuple[str, str]]) -> None:
    assert client.post("/sign-in/", {"phone": "138 0013 8000", "next": "/requests/"}).headers["Location"] == "/sign-in/code/"
    number, text = sent[0]

    answer = client.post("/sign-in/code/", {"code": digits(text)})

    assert number == PHONE
    assert answer.headers["Location"] == "/requests/"
    assert Account.objects.get().pk == int(client.session["_auth_user_id"])
    assert kinds() == ["code_sent", "signed_in"]


def test_without_a_gateway_the_code_is_on_the_log_and_not_on_the_page(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "_senders", [])
    monkeypatch.setattr(logging.getLogger("linli"), "propagate", True)

    client.post("/sign-in/", {"phone": PHONE})
    page = client.get("/sign-in/code/").content.decode()

    code = caplog.records[-1].args[1]  # type: ignore[index]  # the logger was given two values
    assert len(str(code)) == 6 and str(code) not in page
    assert PHONE not in caplog.text and "还没有接通短信" in page


@override_settings(DEMO=True)
def test_a_demonstration_shows_the_code(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "_senders", [])
    client.post("/sign-in/", {"phone": PHONE})

    assert "这是演示站" in client.get("/sign-in/code/").content.decode()


def test_a_wrong_code_is_refused_and_logged_and_only_five_tries_are_given(client: Client, sent: list[tuple[str, str]]) -> None:
    client.post("/sign-in/", {"phone": PHONE})
    right = digits(sent[0][1])
    wrong = "000000" if right != "000000" else "111111"

    answers = [client.post("/sign-in/code/", {"code": wrong}) for _try in range(5)]
    last = client.post("/sign-in/code/", {"code": right})

    assert {a.status_code for a in answers} == {422}
    assert last.status_code == 422 and "过期或用过" in last.content.decode()
    assert kinds().count("sign_in_failed") == 6
    assert "_auth_user_id" not in client.session


def test_a_code_works_once(client: Client, sent: list[tuple[str, str]]) -> None:
    client.post("/sign-in/", {"phone": PHONE})
    code = digits(sent[0][1])
    client.post("/sign-in/code/", {"code": code})
    client.post("/sign-out/")
    other = Client()
    session = other.session
    session["sign_in_phone"] = PHONE
    session.save()

    assert other.post("/sign-in/code/", {"code": code}).status_code == 422


def test_a_sixth_code_in_an_hour_is_refused_in_words(client: Client, sent: list[tuple[str, str]]) -> None:
    for _time in range(5):
        client.post("/sign-in/", {"phone": PHONE})

    answer = client.post("/sign-in/", {"phone": PHONE})

    assert answer.status_code == 429
    assert "一小时内最多发送 5 次" in answer.content.decode() and PHONE in answer.content.decode()
    assert SignInCode.objects.count() == 5


def test_one_address_cannot_ask_for_codes_of_many_phones(client: Client, sent: list[tuple[str, str]]) -> None:
    answers = [client.post("/sign-in/", {"phone": f"138001380{n:02d}"}).status_code for n in range(21)]

    assert answers == [302] * 20 + [429]


def test_a_bad_number_comes_back_with_what_was_typed(client: Client) -> None:
    answer = client.post("/sign-in/", {"phone": "1380013"})

    assert answer.status_code == 422
    assert 'value="1380013"' in answer.content.decode() and "手机号应为 11 位" in answer.content.decode()


def test_a_known_number_and_an_unknown_one_get_the_same_answer(client: Client, sent: list[tuple[str, str]]) -> None:
    staff(phone="13900139000")

    known, unknown = Client().post("/sign-in/", {"phone": "13900139000"}), Client().post("/sign-in/", {"phone": PHONE})

    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])


def test_a_message_that_cannot_be_sent_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(number: str, text: str) -> bool:
        raise OSError("no line")

    monkeypatch.setattr(codes, "_senders", [broken])

    assert "短信没有发出去" in client.post("/sign-in/", {"phone": PHONE}).content.decode()


# --- staff ---------------------------------------------------------------------------------------
def test_staff_sign_in_by_password_and_go_to_the_desk(client: Client) -> None:
    staff()

    answer = sign_in(client)

    assert answer.headers["Location"] == "/desk/"
    assert kinds()[-1] == "signed_in"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(client: Client, target: str) -> None:
    staff()

    assert sign_in(client, next=target).headers["Location"] == "/desk/"


def test_a_wrong_password_and_an_unknown_name_read_the_same(client: Client) -> None:
    staff()

    wrong, unknown = sign_in(Client(), password="not-the-password").content.decode(), sign_in(Client(), "nobody").content.decode()

    for page in (wrong, unknown):
        assert "用户名或密码不对" in page
    assert 'value="zhang.min"' in wrong


def test_five_wrong_passwords_lock_the_name_out_in_words(client: Client) -> None:
    staff()

    answers = [sign_in(client, password=f"wrong-password-{n}") for n in range(5)]
    right = sign_in(client)

    assert [a.status_code for a in answers] == [200, 200, 200, 200, 429]
    assert right.status_code == 429 and "暂时锁定" in right.content.decode() and right.headers["Retry-After"] == "3600"
    assert kinds().count("sign_in_failed") >= 5 and "locked_out" in kinds()


def test_a_closed_account_is_told_so_only_with_its_right_password(client: Client) -> None:
    account = staff()
    Account.objects.filter(pk=account.pk).update(is_active=False)

    assert "_auth_user_id" not in client.session
    assert sign_in(client).status_code in (200, 302)
    assert "_auth_user_id" not in client.session


def test_a_one_time_password_opens_only_the_page_where_it_is_changed(client: Client) -> None:
    account = staff(must_change_password=True)
    sign_in(client)

    assert client.get("/desk/accounts/").headers["Location"] == "/accounts/password/change/"
    assert client.get("/me/security/").headers["Location"] == "/accounts/password/change/"
    changed = client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "my-own-new-pass", "password2": "my-own-new-pass"}
    )

    account.refresh_from_db()
    assert changed.status_code == 302 and not account.must_change_password
    assert client.get("/me/security/").status_code == 200
    assert "password_changed" in kinds()


def test_a_weak_new_password_is_refused_with_its_reason(client: Client) -> None:
    account = staff(must_change_password=True)
    sign_in(client)

    answer = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "12345", "password2": "12345"})

    account.refresh_from_db()
    assert answer.status_code == 200 and account.must_change_password
    assert "field-error" in answer.content.decode()


def test_signing_out_takes_a_post(client: Client) -> None:
    staff()
    sign_in(client)

    assert "要退出登录吗" in client.get("/sign-out/").content.decode() and "_auth_user_id" in client.session
    client.post("/sign-out/")

    assert "_auth_user_id" not in client.session and kinds()[-1] == "signed_out"


# --- the second factor ---------------------------------------------------------------------------
def totp_now(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_staff_without_a_second_factor_are_led_to_set_one_up(client: Client) -> None:
    staff()
    sign_in(client)

    led = client.get("/desk/accounts/")
    page = client.get(led.headers["Location"])

    assert led.headers["Location"] == "/accounts/second-factor/?next=%2Fdesk%2Faccounts%2F"
    assert "先设置第二步验证" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_authenticator_is_set_up_and_then_asked_for(client: Client) -> None:
    staff()
    sign_in(client)
    assert client.get("/accounts/2fa/totp/activate/").headers["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/totp/activate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = page.split('<code class="said">')[1].split("</code>")[0]

    done = client.post("/accounts/2fa/totp/activate/", {"code": totp_now(secret)})

    assert done.headers["Location"] == "/accounts/2fa/recovery-codes/"
    assert client.get("/desk/accounts/").status_code == 200, "whoever set it up has just shown it"
    assert client.get("/accounts/2fa/recovery-codes/").status_code == 200
    assert "second_factor_added" in kinds()


def test_a_password_alone_is_not_enough_once_a_second_factor_is_set(client: Client) -> None:
    account = staff()
    secret = generate_totp_secret()
    TOTP.activate(account, secret)

    assert sign_in(client, next="/desk/accounts/").headers["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    right = client.post("/accounts/2fa/authenticate/", {"code": totp_now(secret)})

    assert "验证码不对" in wrong.content.decode()
    assert right.headers["Location"] == "/desk/accounts/"
    assert client.get("/desk/accounts/").status_code == 200


def test_a_code_by_phone_does_not_go_around_the_second_factor(client: Client, sent: list[tuple[str, str]]) -> None:
    account = staff(phone=PHONE)
    TOTP.activate(account, generate_totp_secret())
    client.post("/sign-in/", {"phone": PHONE})

    answer = client.post("/sign-in/code/", {"code": digits(sent[0][1])})

    assert answer.headers["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session


def test_staff_cannot_turn_off_their_last_second_factor(client: Client) -> None:
    account = staff()
    secret = generate_totp_secret()
    TOTP.activate(account, secret)
    sign_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": totp_now(secret)})
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/totp/deactivate/", {"password": PASSWORD})

    answer = client.post("/accounts/2fa/totp/deactivate/")

    assert Authenticator.objects.filter(user=account, type="totp").exists()
    assert "工作人员必须保留一种" in answer.content.decode()


# --- sessions and tokens -------------------------------------------------------------------------
def test_ending_a_session_signs_that_device_out_and_no_other(client: Client) -> None:
    staff()
    other = Client()
    sign_in(client)
    sign_in(other)
    client.get("/me/security/")
    other.get("/me/security/")
    from allauth.usersessions.models import UserSession

    theirs = UserSession.objects.get(session_key=other.session.session_key)
    client.post(f"/me/security/sessions/{theirs.pk}/end/")

    assert other.get("/me/security/").status_code == 302
    assert client.get("/me/security/").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(client: Client) -> None:
    staff()
    staff("li.lei", "system_admin")
    other = Client()
    sign_in(other, "li.lei")
    other.get("/me/security/")
    sign_in(client)
    from allauth.usersessions.models import UserSession

    theirs = UserSession.objects.get(session_key=other.session.session_key)

    assert client.post(f"/me/security/sessions/{theirs.pk}/end/").status_code == 404
    assert other.get("/me/security/").status_code == 200


def test_a_token_is_made_after_the_password_again_and_shown_once(client: Client) -> None:
    staff("li.lei", "system_admin")
    sign_in(client, "li.lei")
    wanted = {"name": "数据平台", "scopes": ["read"], "days": "90"}

    asked = client.post("/me/security/", wanted)
    client.post("/accounts/reauthenticate/?next=/me/security/", {"password": PASSWORD})
    made = client.post("/me/security/", wanted).content.decode()

    assert asked.status_code == 302 and asked.headers["Location"].startswith("/accounts/reauthenticate/")
    assert "linli_" in made
    assert "linli_" not in client.get("/me/security/").content.decode()


def test_what_was_refused_is_in_the_log(client: Client) -> None:
    staff("li.lei", "system_admin")
    with override_settings(STAFF_SECOND_FACTOR="optional"):
        sign_in(client, "li.lei")
        answer = client.get("/desk/log/")

    refused = Event.objects.get(kind="refused")
    assert answer.status_code == 403
    assert (refused.about, refused.outcome, refused.details["path"]) == ("log.read", "refused", "/desk/log/")


# --- single sign-on ------------------------------------------------------------------------------
class Provider(HTTPServer):
    """A small OpenID provider: says what `claims` says of whoever comes."""

    claims: dict[str, Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def _say(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        url = self.server.url
        if self.path.startswith("/.well-known/"):
            self._say(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "userinfo_endpoint": f"{url}/userinfo",
                    "jwks_uri": f"{url}/jwks",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        else:
            self._say(self.server.claims)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say({"access_token": "at", "token_type": "Bearer", "expires_in": 60})

    def log_message(self, *args: Any) -> None:
        """Tests are quiet."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    app = {"provider_id": "government", "name": "政务统一身份", "client_id": "linli", "secret": "s", "settings": {"server_url": server.url}}
    with override_settings(OIDC_NAME="政务统一身份", SOCIALACCOUNT_PROVIDERS={"openid_connect": {"APPS": [app]}}):
        yield server
    server.shutdown()
    server.server_close()


def come_from(provider: Provider, client: Client, **claims: Any) -> Any:
    provider.claims = {"sub": "u-1", **claims}
    out = client.post("/accounts/oidc/government/login/?next=/desk/accounts/")
    state = parse_qs(urlparse(out.headers["Location"]).query)["state"][0]
    return client.get("/accounts/oidc/government/login/callback/", {"code": "c", "state": state})


def test_single_sign_on_links_to_the_account_staff_prepared(client: Client, provider: Provider) -> None:
    account = staff()
    assert "政务统一身份" in client.get("/sign-in/").content.decode()

    answer = come_from(provider, client, preferred_username="Zhang.Min")

    assert answer.headers["Location"] == "/desk/accounts/"
    assert int(client.session["_auth_user_id"]) == account.pk
    assert client.get("/desk/accounts/").status_code == 200, "the provider brings its own second factor"
    assert "single_sign_on_linked" in kinds()


def test_single_sign_on_links_by_a_verified_phone_and_by_no_other(client: Client, provider: Provider) -> None:
    staff(phone=PHONE)

    unverified = come_from(provider, Client(), preferred_username="somebody", phone_number=f"+86{PHONE}", phone_number_verified=False)
    verified = come_from(provider, client, preferred_username="somebody", phone_number=f"+86{PHONE}", phone_number_verified=True)

    assert unverified.status_code == 403
    assert verified.headers["Location"] == "/desk/accounts/"


def test_single_sign_on_opens_no_account_and_grants_nothing(client: Client, provider: Provider) -> None:
    answer = come_from(provider, client, preferred_username="stranger", role="security_admin")

    assert answer.status_code == 403 and "还没有您的账号" in answer.content.decode()
    assert Account.objects.count() == 0
    assert kinds() == ["single_sign_on_unknown"]
