"""
The official pattern of a public notice: title, addressee, body, facts, days with the first and the last, where to object, signature, date.

Pure but for the language. What a notice holds of it is stored as plain data beside its words, so that page, paper, PDF and screen say the same.
Days are counted by whoever publishes (Civil Code 200-204, `linli.law.periods`); here they are only said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linli.law.periods import Period
from linli.lib.masking import hide_any_door, scrub
from linli.web.words import date_long, in_english

FORMS: Final = {
    "notice": gettext_lazy("公示"),
    "meeting": gettext_lazy("会议通知"),
    "minutes": gettext_lazy("会议纪要公告"),
    "roll": gettext_lazy("名册公示"),
    "draft": gettext_lazy("征求意见公告"),
    "ballot": gettext_lazy("表决公告"),
    "decision": gettext_lazy("协商公告"),
    "survey": gettext_lazy("征求意见"),
    "delivery": gettext_lazy("公告送达"),
    "result": gettext_lazy("结果公示"),
    "correction": gettext_lazy("更正公告"),
    "resolution": gettext_lazy("决议公告"),
    "progress": gettext_lazy("进展公告"),
    "outcome": gettext_lazy("实施结果公开"),
    "suspension": gettext_lazy("暂缓执行公告"),
    "resumption": gettext_lazy("恢复执行公告"),
    "annulment": gettext_lazy("撤销公告"),
    "withdrawal": gettext_lazy("收回公告"),
    "draw": gettext_lazy("抽签公告"),
    "election": gettext_lazy("选举公告"),
}
# So many characters of free words stand on a screen that turns its pages by itself.
SCREEN_CHARACTERS: Final = 140
GREETING: Final = 20  # characters: a longer line that ends in a colon begins a list


@dataclass(frozen=True)
class Official:
    """
    What a notice says beside its title and body. Empty parts are left out or take what every notice has: addressed to all residents, signed
    by whoever publishes. `heading` is the title in the official pattern; `facts` are short pairs; `days` the period with its first and last
    day; `until` a last day that is no period (a meeting's hour is a fact, not this); `object_to` the sentence that says where to object;
    `link` the page its code opens; `screen` what a screen in the lobby may show of the body: never a name, never a door.
    """

    form: str = "notice"
    heading: str = ""
    to: str = ""
    facts: Sequence[tuple[str, str]] = ()
    days: Period | None = None
    object_to: str = ""
    issuer: str = ""
    number: str = ""
    link: str = ""
    screen: str | None = None

    def data(self, *, title: str, body: str, issuer: str) -> dict[str, Any]:
        """As it is stored; `issuer` signs where nobody else does, and a notice without words for the screen shows the first of its own."""
        shown = self.screen if self.screen is not None else first_words(body)
        return {
            "heading": self.heading or title,
            "to": self.to,
            "facts": [[str(label), str(value)] for label, value in self.facts if value],
            "days": _stored(self.days),
            "object_to": self.object_to,
            "issuer": (self.issuer or issuer)[:80],
            "number": self.number,
            "link": self.link,
            "screen": shown,
        }


def _stored(days: Period | None) -> dict[str, str] | None:
    if days is None:
        return None
    names = ("trigger", "first_day", "last_day_plain", "last_day")
    return {name: getattr(days, name).isoformat() for name in names}


def first_words(body: str, most: int = SCREEN_CHARACTERS) -> str:
    """The beginning of a text without telephone numbers and doors, cut at a sentence where one ends in time."""
    text = hide_any_door(scrub(" ".join(body.split()), named=True).text)
    if len(text) <= most:
        return text
    cut = text[:most]
    end = max(cut.rfind(mark) for mark in "。；！？.")
    return cut[: end + 1] if end > most // 3 else f"{cut.rstrip('，、 ')}……"


def body_lines(body: str) -> list[str]:
    """The lines of a body, without a greeting on a line of its own: the pattern addresses its readers already."""
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    greets = len(lines) > 1 and len(lines[0]) <= GREETING and lines[0].endswith(("：", ":"))
    return lines[1:] if greets else lines


@dataclass(frozen=True)
class Paper:
    """A notice ready to be drawn, every part in words and in the reader's language where it is the house's own sentence."""

    form: str
    heading: str
    to: str
    facts: list[dict[str, str]]
    days: str
    until: str
    object_to: str
    issuer: str
    number: str
    signed_on: str
    link: str
    screen: str
    last_day: date | None
    lines: list[str]


def paper_of(
    form: str, stored: Mapping[str, Any], *, title: str, body: str, published_at: datetime, until_at: datetime | None = None
) -> Paper:
    """The parts of a notice from what is stored; one published before there was a pattern has title, addressee and date alone."""
    period = stored.get("days")
    return Paper(
        form=str(FORMS.get(form, FORMS["notice"])),
        heading=stored.get("heading") or title,
        to=stored.get("to") or _("全体居民"),
        facts=[{"label": str(label), "value": str(value)} for label, value in stored.get("facts", ())],
        days=days_words(period) if period else "",
        until="" if period else until_words(until_at),
        object_to=stored.get("object_to", ""),
        issuer=stored.get("issuer", ""),
        number=stored.get("number", ""),
        signed_on=full_date(timezone.localtime(published_at).date()),
        link=stored.get("link", ""),
        screen=stored.get("screen", ""),
        last_day=date.fromisoformat(period["last_day"]) if period else None,
        lines=body_lines(body),
    )


def paper_of_notice(notice: Any) -> Paper:
    """The parts of a notice on the board."""
    stored = notice.paper
    return paper_of(notice.form, stored, title=notice.title, body=notice.body, published_at=notice.published_at, until_at=notice.until_at)


def draft_paper(official: Official, title: str, body: str, issuer: str, now: datetime) -> Paper:
    """The parts of a notice that has not gone out, as it would look today; it bears no date."""
    made = paper_of(official.form, official.data(title=title, body=body, issuer=issuer), title=title, body=body, published_at=now)
    return replace(made, signed_on="")


def days_words(period: Mapping[str, str]) -> str:
    """The period as the law counts it: how many days, the first, the last, and why the last moved."""
    first, plain, last = (date.fromisoformat(period[name]) for name in ("first_day", "last_day_plain", "last_day"))
    n = (plain - first).days + 1
    words = {"n": n, "first": full_date(first), "last": full_date(last), "plain": full_date(plain)}
    if plain != last:
        return (
            ngettext(
                "期限 %(n)s 天，自公布的次日起算：从%(first)s起，最后一日%(plain)s是休息日，依法顺延到%(last)s24时止。",
                "期限 %(n)s 天，自公布的次日起算：从%(first)s起，最后一日%(plain)s是休息日，依法顺延到%(last)s24时止。",
                n,
            )
            % words
        )
    return (
        ngettext(
            "期限 %(n)s 天，自公布的次日起算：从%(first)s起，到%(last)s24时止。",
            "期限 %(n)s 天，自公布的次日起算：从%(first)s起，到%(last)s24时止。",
            n,
        )
        % words
    )


def until_words(until: datetime | None) -> str:
    """Until when a notice without counted days stands; a midnight is the end of the day before. Empty for none."""
    if until is None:
        return ""
    local = timezone.localtime(until)
    if local.time() == time():
        return _("公示到%(day)s24时。") % {"day": full_date(local.date() - timedelta(days=1))}
    return _("公示到 %(when)s。") % {"when": date_long(until)}


def full_date(day: date) -> str:
    """A date as papers are dated, always with its year: ``2026年11月25日``, ``25 November 2026``."""
    if in_english():
        return f"{day.day} {day:%B} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"
