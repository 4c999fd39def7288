"""A language model is asked by a press alone, gets no personal detail, has a deadline, and what it writes is marked and kept nowhere."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from typing import Any

import pytest
from django.test import Client

from linli.kernel.access.refusals import Refused
from linli.kernel.accounts.models import Account, Event
from linli.kernel.judgement.switches import forget
from linli.kernel.judgement.writing import NotWritten, longer_summary, writer
from linli.kernel.matters.models import Entry
from linli.ports.gateways.language_model import LanguageModel
from tests.factories import NOW, build_cast, in_progress
from tests.ports.receiver import Got, Receiver

LONG = "芳草苑3栋2单元501室的王小明先生（电话13812345678，车牌川A12345）反映，楼上装修从三月初开始，每天早上六点就打墙，孩子睡不好。" * 7


def said(content: Any) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}).encode()


def test_it_speaks_the_chat_completions_form_to_the_configured_address() -> None:
    with Receiver(answers=lambda _n, _got: (200, said("楼上装修扰民。"))) as server:
        model = LanguageModel(server.url + "/v1", "local-7b", "secret")
        assert model("装修扰民") == "楼上装修扰民。"
        assert LanguageModel(server.url + "/v1/chat/completions", "m")("x") == "楼上装修扰民。"

    sent = server.got[0]
    body = json.loads(sent.body)
    assert (sent.path, sent.headers["authorization"]) == ("/v1/chat/completions", "Bearer secret")
    assert (body["model"], body["stream"], body["messages"][1]) == ("local-7b", False, {"role": "user", "content": "装修扰民"})
    assert server.got[1].path == "/v1/chat/completions" and "authorization" not in server.got[1].headers
    assert model.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, b"oh"), "HTTP 500"),
        ((302, b""), "HTTP 302"),
        ((200, b"<html>"), "no JSON"),
        ((200, b"[" * 100_000), "no JSON"),
        ((200, b"{}"), "no text"),
        ((200, b'{"choices": []}'), "no text"),
        ((200, said("  ")), "no text"),
        ((200, said(7)), "no text"),
        ((200, b" " * 300_000), "too long"),
    ],
)
def test_what_is_no_answer_is_one_calm_error(answer: tuple[int, bytes], why: str) -> None:
    with Receiver(answers=lambda _n, _got: answer) as server, pytest.raises(NotWritten, match=why):
        LanguageModel(server.url, "m")("x")


def test_a_server_that_drips_or_is_gone_ends_at_the_deadline() -> None:
    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65_536)
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
            try:
                for _n in range(100):
                    self.request.sendall(b" " * 1024)
                    time.sleep(0.05)
            except OSError:
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(NotWritten, match=r"in time|Chunked|Protocol|Connection"):
            LanguageModel(f"http://127.0.0.1:{server.server_address[1]}", "m", seconds=0.2)("x")
        assert time.monotonic() - began < 3
        server.shutdown()
    with pytest.raises(NotWritten):
        LanguageModel("http://127.0.0.1:9", "m", seconds=1)("x")
    with pytest.raises(NotWritten):
        LanguageModel("not an address", "m")("x")


@pytest.mark.django_db
def test_pressed_at_the_desk_it_is_given_masked_words_and_marked(settings: Any) -> None:
    forget()
    settings.STAFF_SECOND_FACTOR = "optional"
    cast = build_cast()
    matter = in_progress(cast, title="楼上装修", body=LONG)
    client = Client()
    client.force_login(
        Account.objects.get(pk=cast.department_handler.account_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    page = f"/desk/requests/{matter.ref}/"

    assert writer() is None and "请大模型写一段大意" not in client.get(page).content.decode(), "off by default"
    assert "没有接通大模型" in client.post(page + "longer/").content.decode()
    before = Entry.objects.count()

    def answers(number: int, _got: Got) -> tuple[int, bytes]:
        return (200, said("有人反映装修太早。<script>x</script>请打13900139000。")) if number == 1 else (503, b"")

    with Receiver(answers=answers) as server:
        settings.MODEL_URL, settings.MODEL_NAME = server.url + "/v1", "local-7b"
        shown = client.get(page).content.decode()
        assert "请大模型写一段大意" in shown and "会把遮住个人信息后的文字发给 127.0.0.1 上的 local-7b" in shown and not server.got
        made = client.post(page + "longer/").content.decode()
        failed = client.post(page + "longer/").content.decode()

    given = json.loads(server.got[0].body)["messages"][1]["content"]
    assert all(secret not in given for secret in ("王小明", "13812345678", "A12345", "501"))
    assert "机器写的，可能有错" in made and "有人反映装修太早。" in made and "没有保存" in made
    assert "<script>x" not in made and "13900139000" not in made
    assert "这次没有写出大意，不影响办理" in failed
    assert Entry.objects.count() == before, "nothing of it is kept with the matter"
    events = list(Event.objects.filter(kind="model_asked").order_by("id").values_list("outcome", "about"))
    assert events == [("done", matter.ref), ("failed", matter.ref)]
    assert all("王小明" not in json.dumps(e.details) for e in Event.objects.filter(kind="model_asked"))
    with pytest.raises(Refused):
        longer_summary(actor=cast.department_handler, text="x", about="R1", now=NOW)
