"""Gateways against real servers on the loopback: what they send, what they make of refusals, and that the outbox keeps its promise."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from linli.kernel.notices.models import Channel, Delivery, Message
from linli.kernel.notices.outbox import deliver_due
from linli.ports.gateways.mail import Mail
from linli.ports.gateways.robots import DingTalk, WeCom
from linli.ports.gateways.sms import Sms
from linli.ports.gateways.wire import NotSent
from tests.ports.receiver import Receiver
from tests.ports.village import LONG_AGO, Village

WORDS = {"title": "已受理", "body": "电梯“夜间”异响 {to}", "key": "linli-7"}


def test_sms_fills_the_operators_template_inside_text_only() -> None:
    with Receiver() as server:
        template = '{"mobiles": ["{to}"], "content": "【邻里】{text}", "n": 1, "ref": "{key}"}'

        Sms(server.url + "/send", "secret", template)(to="13812345678", **WORDS)

    sent = server.got[0]
    assert json.loads(sent.body) == {"mobiles": ["13812345678"], "content": "【邻里】已受理：电梯“夜间”异响 {to}", "n": 1, "ref": "linli-7"}
    assert sent.headers["authorization"] == "Bearer secret" and sent.headers["idempotency-key"] == "linli-7"


@pytest.mark.parametrize("answer", [(500, b""), (302, b""), (200, b'{"success": false, "code": "BLOCKED"}')])
def test_a_refusing_sms_service_is_an_error_without_the_number(answer: tuple[int, bytes]) -> None:
    with Receiver(answers=lambda _n, _got: answer) as server, pytest.raises(NotSent) as refused:
        Sms(server.url, "")(to="13812345678", **WORDS)

    assert "13812345678" not in str(refused.value)
    assert len(server.got) == 1, "redirects are not followed"


def test_a_service_that_is_not_there_is_an_error() -> None:
    with Receiver() as server:
        url = server.url
    with pytest.raises(NotSent, match="SMS"):
        Sms(url, "")(to="13812345678", **WORDS)


def test_dingtalk_calls_are_signed_as_its_documentation_says() -> None:
    with Receiver(answers=lambda _n, _got: (200, b'{"errcode": 0}')) as server:
        DingTalk(server.url + "/robot/send?access_token=t", "SEC1", clock=lambda: 1_700_000_000.5)(to="", **WORDS)

    asked = parse_qs(urlsplit(server.got[0].path).query)
    expected = base64.b64encode(hmac.new(b"SEC1", b"1700000000500\nSEC1", hashlib.sha256).digest()).decode()
    assert asked == {"access_token": ["t"], "timestamp": ["1700000000500"], "sign": [expected]}
    assert json.loads(server.got[0].body)["markdown"]["title"] == "已受理"


@pytest.mark.parametrize("robot", [DingTalk, WeCom])
def test_a_robot_that_says_no_is_an_error(robot: Any) -> None:
    with (
        Receiver(answers=lambda _n, _got: (200, b'{"errcode": 45009, "errmsg": "too fast"}')) as server,
        pytest.raises(NotSent, match="45009"),
    ):
        robot(server.url)(to="", **WORDS)


def test_wecom_gets_markdown() -> None:
    with Receiver(answers=lambda _n, _got: (200, b'{"errcode": 0}')) as server:
        WeCom(server.url)(to="", **WORDS)

    assert json.loads(server.got[0].body)["msgtype"] == "markdown"


class Post(socketserver.StreamRequestHandler):
    """Enough of SMTP to take a letter."""

    letters: list[str] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for raw in self.rfile:
            word = raw.strip().upper()
            if word.startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                letter = []
                for line in self.rfile:
                    if line.strip() == b".":
                        break
                    letter.append(line.decode())
                self.letters.append("".join(letter))
            self.wfile.write(b"250 fine\r\n" if not word.startswith(b"QUIT") else b"221 bye\r\n")
            if word.startswith(b"QUIT"):
                return


@pytest.fixture
def post_office() -> Iterator[int]:
    Post.letters.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Post) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(5)


def test_mail_goes_through_smtp_with_the_key_as_its_id(post_office: int, settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        post_office,
    )

    Mail("邻里 <no-reply@example.org>")(to="li@example.org", **WORDS)

    assert "Message-ID: <linli-7@example.org>" in Post.letters[0] and "To: li@example.org" in Post.letters[0]


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nBcc: c@d"])
def test_mail_without_a_usable_address_is_an_error(address: str) -> None:
    with pytest.raises(NotSent):
        Mail("a@b")(to=address, **WORDS)


# --- through the outbox --------------------------------------------------------------------------
def wait(count: int, channel: str = Channel.SMS) -> None:
    for n in range(count):
        message = Message.objects.create(key=f"m{channel}{n}", title=f"第 {n} 条", created_at=LONG_AGO)
        Delivery.objects.create(message=message, channel=channel, to="13812345678", next_try_at=LONG_AGO)


def test_each_message_leaves_once(village: Village, settings: Any) -> None:
    wait(20)
    with Receiver() as server:
        settings.SMS_URL = server.url
        assert deliver_due(LONG_AGO) == 20
        assert deliver_due(LONG_AGO) == 0

    assert len({g.headers["idempotency-key"] for g in server.got}) == len(server.got) == 20


def test_what_failed_is_tried_again_later_under_the_same_key(village: Village, settings: Any) -> None:
    wait(1)
    with Receiver(answers=lambda number, _got: (503 if number < 3 else 200, b"{}")) as server:
        settings.SMS_URL = server.url
        for minutes in (0, 0, 2, 20):
            deliver_due(LONG_AGO + timedelta(minutes=minutes))

    assert len(server.got) == 3 and len({g.headers["idempotency-key"] for g in server.got}) == 1
    assert Delivery.objects.get().state == Delivery.State.SENT


def test_robots_go_where_the_settings_say(village: Village, settings: Any) -> None:
    wait(1, Channel.ROBOT)
    with Receiver(answers=lambda _n, _got: (200, b'{"errcode": 0}')) as server:
        settings.WECOM_URL = server.url
        deliver_due(LONG_AGO)

    assert len(server.got) == 1


def test_without_any_gateway_a_message_stays_in_the_application(village: Village, settings: Any) -> None:
    wait(1)
    deliver_due(LONG_AGO)

    assert Delivery.objects.get().state == Delivery.State.DROPPED
