"""For development: messages are written to the log of the worker."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


def console(*, to: str, title: str, body: str, key: str) -> None:
    log.info("message %s to %s: %s %s", key, to or "the group", title, body)
