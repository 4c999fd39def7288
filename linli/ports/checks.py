"""Data consistency of the ports, for `linli check`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from linli.ports.gateways.sms import DEFAULT
from linli.web.checks import Problem, consistency


@consistency("the SMS template can carry a message")
def sms_template() -> Iterator[Problem]:
    """A template that is no JSON, or has no place for the number, would lose every message."""
    template = settings.SMS_TEMPLATE or DEFAULT
    try:
        usable = isinstance(json.loads(template), dict) and "{to}" in template
    except ValueError:
        usable = False
    if not usable:
        yield Problem(_("LINLI_SMS_TEMPLATE 要写成 JSON 对象，并且含有 {to}。"))
