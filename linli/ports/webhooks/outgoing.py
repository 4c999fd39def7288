"""
One POST to an address somebody else chose. The name is looked up once and that very number is called, so that an address cannot
turn inwards between the check and the call; redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

TIMEOUT = 10.0
_KEPT = 300  # bytes of the answer that are looked at


class Unreachable(Exception):
    """The call could not be made; the text says why."""


class Forbidden(Unreachable):
    """The address lies inside: private, loopback, link-local or otherwise not for the outside."""


def check_url(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, path with query) of a usable address. Raises Unreachable otherwise."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Unreachable(_("地址写得不对。")) from None
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
        or parts.password
        or not url.isascii()
        or any(c.isspace() for c in url)
    ):
        raise Unreachable(_("地址要以 https:// 或 http:// 开头，不带用户名和空格。"))
    return parts.scheme, parts.hostname, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def outside_numbers(host: str, port: int) -> list[str]:
    """The numbers of a host, all of them outside. Raises Forbidden when one is inside, Unreachable when there is none."""
    try:
        found = sorted({str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError):
        raise Unreachable(_("找不到这个主机。")) from None
    if not settings.WEBHOOK_PRIVATE:
        for number in found:
            address = ipaddress.ip_address(number.partition("%")[0])
            mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
            if not address.is_global or address.is_multicast or (mapped is not None and not mapped.is_global):
                raise Forbidden(_("这个地址在内部网络，不能使用。"))
    return found


def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Send `body`; returns the status and the beginning of the answer. Raises Unreachable when nobody answered."""
    scheme, host, port, path = check_url(url)
    number = outside_numbers(host, port)[0]
    try:
        raw = socket.create_connection((number, port), timeout=TIMEOUT)
        with raw:
            stream = ssl.create_default_context().wrap_socket(raw, server_hostname=host) if scheme == "https" else raw
            call = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
            call.sock = stream
            call.request("POST", path, body=body, headers=dict(headers))
            answer = call.getresponse()
            said = answer.read(_KEPT).decode("utf-8", "replace")
            call.close()
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{type(error).__name__}: {error}"[:200]) from None
    return answer.status, said
