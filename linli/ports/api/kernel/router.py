"""What the kernel's addresses share: their router, a number in an address, whose account calls."""

from __future__ import annotations

from django.utils.translation import gettext as _
from ninja import Path, Router

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.web.jsonapi import Id

router = Router()
Number = Path[Id]


def own_account(actor: Actor) -> int:
    """The account behind the call. Raises Refused for nobody in particular."""
    if actor.account_id is None:
        raise Refused("sign_in", _("请先登录或带上令牌。"), would_signing_in_help=True)
    return actor.account_id
