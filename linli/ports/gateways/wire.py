"""One HTTP call to a message service, with a time limit and one line for everything that can go wrong."""

from __future__ import annotations

from typing import Any

CONNECT, READ = 4.0, 10.0


class NotSent(Exception):
    """The service did not take the message; the text says why, without the message or its receiver."""


def call(service: str, url: str, *, json: Any, headers: dict[str, str]) -> dict[str, Any]:
    """POST JSON and return the JSON answered (empty when it answered something else). Raises NotSent unless it answered 2xx."""
    import requests  # here: the website never sends and does well without its memory

    try:
        answer = requests.post(url, json=json, headers=headers, timeout=(CONNECT, READ), allow_redirects=False)
    except requests.Timeout:
        raise NotSent(f"{service}: no answer in time") from None
    except requests.RequestException as error:
        raise NotSent(f"{service}: {type(error).__name__}") from None
    if not 200 <= answer.status_code < 300:
        raise NotSent(f"{service}: HTTP {answer.status_code}")
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
