"""Group robots of DingTalk and WeCom: one POST to the group's own webhook address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote_plus

from linli.ports.gateways.wire import NotSent, call


@dataclass(frozen=True)
class DingTalk:
    """A custom robot; with a `secret` each call is signed (timestamp in milliseconds and HMAC-SHA256 in the address)."""

    url: str
    secret: str = ""
    clock: Callable[[], float] = time.time

    def __call__(self, *, to: str, title: str, body: str, key: str) -> None:
        message = {"msgtype": "markdown", "markdown": {"title": title[:60], "text": f"### {title}\n\n{body}"}, "msgUuid": key}
        said = call("DingTalk", self.address(), json=message, headers={"Idempotency-Key": key})
        if said.get("errcode", 0) != 0:
            raise NotSent(f"DingTalk: errcode {said.get('errcode')} {str(said.get('errmsg', ''))[:80]}")

    def address(self) -> str:
        if not self.secret:
            return self.url
        stamp = str(round(self.clock() * 1000))
        digest = hmac.new(self.secret.encode(), f"{stamp}\n{self.secret}".encode(), hashlib.sha256).digest()
        joint = "&" if "?" in self.url else "?"
        return f"{self.url}{joint}timestamp={stamp}&sign={quote_plus(base64.b64encode(digest))}"


@dataclass(frozen=True)
class WeCom:
    """A group robot of WeCom: the key in its address is the only credential."""

    url: str

    def __call__(self, *, to: str, title: str, body: str, key: str) -> None:
        content = f"**{title}**\n{body}".encode()[:4096].decode("utf-8", "ignore")
        said = call("WeCom", self.url, json={"msgtype": "markdown", "markdown": {"content": content}}, headers={"Idempotency-Key": key})
        if said.get("errcode", 0) != 0:
            raise NotSent(f"WeCom: errcode {said.get('errcode')} {str(said.get('errmsg', ''))[:80]}")
