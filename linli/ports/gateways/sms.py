"""
SMS over HTTP: one POST of JSON to the operator's service.

`LINLI_SMS_TEMPLATE` is the JSON sent, in which `{to}`, `{text}`, `{title}`, `{body}` and `{key}` stand for the message; the token goes into
the header `Authorization: Bearer`, the key also into `Idempotency-Key`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from linli.ports.gateways.wire import NotSent, call

DEFAULT: Final = '{"to": "{to}", "text": "{text}", "key": "{key}"}'
LONGEST: Final = 300


@dataclass(frozen=True)
class Sms:
    url: str
    token: str
    template: str = DEFAULT

    def __call__(self, *, to: str, title: str, body: str, key: str) -> None:
        if not to:
            raise NotSent("SMS: the message has no number")
        text = (f"{title}：{body}" if body else title)[:LONGEST]
        values = {"to": to, "text": text, "title": title, "body": body, "key": key}
        headers = {"Idempotency-Key": key} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        said = call("SMS", self.url, json=filled(json.loads(self.template), values), headers=headers)
        # Many services answer 200 and say in the body that nothing was sent.
        if said.get("success") is False or said.get("ok") is False:
            raise NotSent(f"SMS: refused, {str(said.get('code', said.get('message', '')))[:80]}")


def filled(shape: Any, values: dict[str, str]) -> Any:
    """The template with its names filled, inside text only: a message cannot change the shape."""
    if isinstance(shape, dict):
        return {name: filled(value, values) for name, value in shape.items()}
    if isinstance(shape, list):
        return [filled(value, values) for value in shape]
    if isinstance(shape, str):
        parts = shape.split("{")
        return parts[0] + "".join(_filled_part(part, values) for part in parts[1:])
    return shape


def _filled_part(part: str, values: dict[str, str]) -> str:
    name, brace, rest = part.partition("}")
    return values[name] + rest if brace and name in values else "{" + part
