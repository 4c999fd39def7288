"""Believable neighbourhoods at three scales, from an empty database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.demo import asked, ballots, draws, elections, meetings, plans, reads, talked, talks, venues, village, villagers, years
from linli.demo import motions as council_motions
from linli.demo import town as towns
from linli.demo.crowd import crowd
from linli.demo.life import live
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.kernel.access.roles import ROLES
from linli.kernel.accounts.models import Account
from linli.kernel.notices.actions import mark_read
from linli.kernel.notices.models import Message
from linli.kernel.places.models import Place
from linli.lib.progress import track

# Scale → (further communities, residents, requests) beside the one community that is told in full.
SCALES = {"hamlet": (0, 0, 0), "street": (7, 15_000, 50_000), "city": (79, 150_000, 1_000_000)}

# What the council's rooms hold, in the order in which one may know of another.
ROOMS: tuple[Callable[[towns.Town, datetime], object], ...] = (
    council_motions.build,
    ballots.build,
    talks.build,
    plans.build,
    draws.build,
    elections.build,
)


def build(
    scale: str = "hamlet",
    now: datetime | None = None,
    seed: int = 2026,
    *,
    quiet: bool = True,
) -> dict[str, int]:
    """
    Fill an empty database; returns counts. The same seed and time give the same neighbourhood. Unless `quiet`, it shows how far it is.

    Raises Refused when there are places already, ValueError for an unknown scale.
    """
    if Place.objects.exists():
        raise Refused("not_empty", _("数据库里已经有地点，演示数据只装进空的数据库。请换一个数据文件夹。"))
    communities, residents, requests = SCALES[scale]
    now, random = now or timezone.now(), Random(seed)
    with transaction.atomic(), track(len(ROOMS) + 6, _("讲述一个社区"), quiet=quiet) as advance:
        town = towns.build_town(now, random)
        years.enter_missing(town.actors["sys.admin"], now)
        advance(1)
        made = live(town, now, random)
        advance(1)
        halls = venues.build(town, now)
        meetings.build(town, now, hall=f"{halls[0].name} {halls[0].ref}")
        advance(1)
        for room in ROOMS:
            room(town, now)
            advance(1)
        made += talked.build(town, now)
        advance(1)
        rural = village.build(town, now)
        advance(1)
        _read_what_is_old([*town.actors.values(), *town.residents, *rural.staff, *rural.villagers], now)
        advance(1)
    lived = len(town.residents) + len(town.callers) + sum(map(len, rural.families))
    counts = {"requests": made + village.REQUESTS, "residents": lived}
    if requests:
        more = crowd(
            town,
            now,
            random,
            communities=communities,
            residents=residents - counts["residents"],
            requests=requests - counts["requests"],
            quiet=quiet,
        )
        counts = {name: counts[name] + more[name] for name in counts}
        asked.build(town, now)
        reads.learn(now, quiet=quiet)
    return counts


def _read_what_is_old(everybody: Iterable[Actor], now: datetime) -> None:
    """Whoever lives or works here has opened their messages up to three days ago."""
    old = Message.objects.filter(created_at__lt=now - timedelta(days=3), read_at=None)
    for actor in everybody:
        ids = old.filter(account_id=actor.own_id).values_list("pk", flat=True)
        mark_read(actor=actor, message_ids=list(ids), now=now - timedelta(days=2))


def sign_ins() -> list[tuple[str, str, str]]:
    """(role, sign-in name, password) for each demo account there is; residents sign in by phone, and the code shows on the page."""
    staff = [(str(ROLES[role]), username) for username, _name, role, _unit in towns.STAFF]
    staff += [(f"{ROLES[role]}（{villagers.NAME}）", username) for username, _name, role in villagers.STAFF]
    by_code = _("验证码会显示在登录页上")
    rows = [(str(ROLES["resident"]), "13900000001", by_code), (f"{ROLES['resident']}（{villagers.NAME}）", villagers.VILLAGER, by_code)]
    known = set(
        Account.objects.values_list("username", flat=True).filter(username__in=[*(u for _r, u in staff), *(f"r{p}" for _r, p, _c in rows)])
    )
    return [r for r in rows if f"r{r[1]}" in known] + [(role, username, towns.PASSWORD) for role, username in staff if username in known]
