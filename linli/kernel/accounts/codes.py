"""How a sign-in code reaches a phone: through a message gateway when one is configured, else onto the server's log."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from linli.kernel.access.refusals import Refused
from linli.lib.masking import mask_phone

log = logging.getLogger("linli.sign_in")
# Sends `text` to a mobile number; returns False when no gateway is configured, raises when the gateway failed.
Sender = Callable[[str, str], bool]
_senders: list[Sender] = []


def send_codes_through(sender: Sender) -> None:
    """Said once, by whoever knows the message gateways."""
    _senders[:] = [sender]


def send_code(number: str, code: str) -> bool:
    """
    Send a code; returns whether a gateway took it. Without a gateway it is printed on the server's log.

    Raises Refused when the gateway failed.
    """
    text = _("验证码 %(code)s，5 分钟内有效。请不要告诉别人。") % {"code": code}
    try:
        taken = any(sender(number, text) for sender in _senders)
    except Exception as error:  # whatever a gateway does wrong, the reader must learn that no message comes
        log.warning("the code for %s could not be sent: %s", mask_phone(number), error)
        raise Refused("sms_failed", _("短信没有发出去，请过几分钟再试，或请社区工作人员帮忙。")) from error
    if not taken:
        log.warning("sign-in code for %s: %s", mask_phone(number), code)
    return taken


def code_on_page(code: str) -> str:
    """The code itself where the site is a demonstration, else nothing."""
    return code if settings.DEMO else ""
