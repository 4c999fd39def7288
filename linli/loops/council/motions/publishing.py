"""
Every notice a motion puts up, in the official pattern: draft, ballot, result, correction, resolution, progress, outcome, suspension, annulment.

Each is written in the transaction of the act it tells of; who may do the act may put up its notice. Its words are in the place's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.access.tongue import in_place_language
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import counted
from linli.kernel.matters.saying import unit_name
from linli.kernel.matters.turn import Turn
from linli.kernel.notices.actions import post_notice
from linli.kernel.notices.models import Notice
from linli.kernel.notices.official import Official, full_date
from linli.law.periods import Period
from linli.lib.masking import scrub
from linli.loops.council.motions.models import Decision, Motion, Suspension
from linli.loops.council.motions.roads import road_of
from linli.loops.council.motions.rules import BODIES
from linli.loops.council.motions.tell import page_of

# What tells how far it is, or that it is over, stays on the board so long.
PROGRESS_STANDS: Final = timedelta(days=14)

_TO: Final = {
    "owners": lambda: _("全体业主"),
    "building_council": lambda: _("本楼栋各住户"),
    "party_members": lambda: _("全体党员"),
    "villagers_assembly": lambda: _("全体村民"),
    "parties": lambda: _("相关各方"),
}


def addressee(body: str) -> str:
    """To whom a notice of what `body` decides is addressed."""
    return _TO[body]() if body in _TO else _("全体居民")


@in_place_language()
def put_up(
    t: Turn,
    form: str,
    *,
    title: str,
    heading: str,
    lines: Iterable[str],
    body: str = "",
    facts: Sequence[tuple[str, str]] = (),
    days: Period | None = None,
    until_at: datetime | None = None,
    object_to: str = "",
    number: str = "",
    about: dict[str, object] | None = None,
) -> Notice:
    """
    Put a notice about the motion of turn `t` on its place's board. `body` is who decides or decided (whom it is addressed to); `about` what
    programs read beside the motion's reference.
    """
    words = "\n\n".join(line for line in lines if line)
    return post_notice(
        actor=t.actor,
        place=t.matter.place,
        title=title,
        body=words,
        now=t.now,
        until_at=until_at,
        kind="matter",
        facts={"ref": t.matter.ref, **(about or {})},
        official=Official(
            form=form,
            heading=heading,
            to=addressee(body),
            facts=facts,
            days=days,
            object_to=object_to,
            issuer=signed_by(t),
            number=number,
            link=page_of(t.matter.ref),
        ),
    )


def signed_by(t: Turn) -> str:
    """Who signs: the unit the actor speaks for here; for what follows by rule, whoever holds the motion. Empty: the place."""
    return t._public_name() or unit_name(t.matter.holder)


def where_to_object(t: Turn, days: Period | None, what: str) -> str:
    """The sentence that says until when, with whom and how one objects to `what`."""
    who = signed_by(t) or t.matter.place.name
    if days is None:
        return _("对%(what)s有意见的，请向%(who)s提出，也可以扫码在网上提出。") % {"what": what, "who": who}
    words = {"what": what, "who": who, "last": full_date(days.last_day)}
    return _("对%(what)s有异议的，请在%(last)s24时以前向%(who)s提出，也可以扫码在网上提出。每一件都会答复。") % words


def where_to_comment(t: Turn, days: Period) -> str:
    words = {"last": full_date(days.last_day), "who": signed_by(t) or t.matter.place.name}
    return _("有意见和建议的，请在%(last)s24时以前向%(who)s提出，当面、电话、书面都可以，也可以扫码查看全文。") % words


@in_place_language()
def withdrawn(t: Turn, why: str, notice_ids: Sequence[int]) -> Notice:
    """These notices no longer hold: they leave boards and screens, and one says so in their stead."""
    matter = t.matter
    Notice.objects.filter(pk__in=notice_ids, until_at__gt=t.now).update(until_at=t.now)
    return put_up(
        t,
        "withdrawal",
        title=_("收回公告：%(title)s") % {"title": matter.public_title},
        heading=_("关于收回“%(title)s”公告的公告") % {"title": matter.public_title},
        lines=[
            _("此前发布的“%(title)s”公告现予收回，不再作为表决的依据。") % {"title": matter.public_title},
            _("原因：%(why)s") % {"why": scrub(why, named=True).text} if why else "",
            _("需要继续的，将按新的文本重新公告，天数从头计算。"),
        ],
        facts=[(_("议题编号"), matter.ref)],
        until_at=t.now + PROGRESS_STANDS,
        about={"withdrawn": True},
    )


def posted_days(since: datetime, days: int) -> Period | None:
    """The period of a posting; None for one that holds at once."""
    return counted(since, days) if days else None


def asks_for(motion: Motion, publication: str) -> bool:
    """Does the road the motion started with ask for this publication?"""
    return any(publication in step.publications for step in road_of(motion).steps)


# --- what follows a decision ---------------------------------------------------------------------------------
@in_place_language()
def resolution(t: Turn, *, body: str, text: str, number: str, decided_at: datetime) -> Notice:
    """The result holds: what was resolved, under which number, to be carried out by whom."""
    matter = t.matter
    return put_up(
        t,
        "resolution",
        title=_("决议公告：%(title)s") % {"title": matter.public_title},
        heading=_("关于“%(title)s”的决议公告") % {"title": matter.public_title},
        body=body,
        lines=[
            _("“%(title)s”由%(body)s表决通过，公示期已满，异议都已答复，决议自今日起生效，对全体有约束力。")
            % {"title": matter.public_title, "body": BODIES[body]},
            scrub(text, named=True).text,
            _("落实的任务、负责单位、期限和经费会逐项公布，完成以后由居民监督员验收。"),
            _("认为决议侵害自己合法权益的，可以自知道或者应当知道之日起一年内请求人民法院撤销（民法典第二百八十条）。"),
        ],
        facts=[
            (_("决议编号"), number),
            (_("议题编号"), matter.ref),
            (_("作出决定"), full_date(_day(decided_at))),
            (_("生效"), full_date(_day(t.now))),
        ],
        until_at=t.now + timedelta(days=30),
        number=_("决议 %(number)s 号") % {"number": number},
        about={"resolution": number},
    )


@in_place_language()
def progress(t: Turn, *, text: str, task: str = "") -> Notice:
    """How far the work is."""
    matter = t.matter
    return put_up(
        t,
        "progress",
        title=_("进展：%(title)s") % {"title": matter.public_title},
        heading=_("关于“%(title)s”落实进展的公告") % {"title": matter.public_title},
        lines=[_("现将“%(title)s”的落实进展公布如下。") % {"title": matter.public_title}, scrub(text, named=True).text],
        facts=[(_("议题编号"), matter.ref), (_("任务"), task)],
        until_at=t.now + PROGRESS_STANDS,
        object_to=where_to_object(t, None, _("进展")),
        about={"progress": True},
    )


@in_place_language()
def outcome(t: Turn, *, tasks: Sequence[str], asked: int, satisfied: int) -> Notice:
    """The second of the two publications (DEL-001): what was done, for how much, and how it was judged."""
    matter = t.matter
    return put_up(
        t,
        "outcome",
        title=_("实施结果公开：%(title)s") % {"title": matter.public_title},
        heading=_("关于“%(title)s”实施结果的公告") % {"title": matter.public_title},
        lines=[_("“%(title)s”已经落实。") % {"title": matter.public_title}, *tasks],
        facts=[
            (_("议题编号"), matter.ref),
            (
                _("评价"),
                ngettext("%(n)s 人评价，%(yes)s 人满意", "%(n)s 人评价，%(yes)s 人满意", asked) % {"n": asked, "yes": satisfied}
                if asked
                else "",
            ),
        ],
        until_at=t.now + timedelta(days=30),
        object_to=where_to_object(t, None, _("实施结果")),
        about={"outcome": True},
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


# --- after the result --------------------------------------------------------------------------------------------
@in_place_language()
def suspended(t: Turn, decision: Decision, made: Suspension) -> Notice:
    """A decision is not carried out for a while."""
    matter = t.matter
    return put_up(
        t,
        "suspension",
        title=_("暂缓执行：%(title)s") % {"title": matter.public_title},
        heading=_("关于“%(title)s”暂缓执行的公告") % {"title": matter.public_title},
        body=decision.body,
        lines=[
            _("“%(title)s”的决定自今日起暂缓执行，期间不再按它施工、收费或者签约。") % {"title": matter.public_title},
            scrub(made.text, named=True).text,
        ],
        facts=[
            (_("议题编号"), matter.ref),
            (_("决议编号"), decision.resolution_number),
            (_("原因"), made.get_ground_display()),
            (_("依据"), made.rule),
            (_("复核日期"), full_date(made.review_on)),
        ],
        until_at=datetime.combine(made.review_on + timedelta(days=1), time(), tzinfo=ZONE),
        object_to=where_to_object(t, None, _("暂缓执行")),
        about={"suspension": made.pk},
    )


@in_place_language()
def resumed(t: Turn, decision: Decision, text: str) -> Notice:
    matter = t.matter
    Notice.objects.filter(form="suspension", facts__ref=matter.ref, until_at__gt=t.now).update(until_at=t.now)
    return put_up(
        t,
        "resumption",
        title=_("恢复执行：%(title)s") % {"title": matter.public_title},
        heading=_("关于“%(title)s”恢复执行的公告") % {"title": matter.public_title},
        body=decision.body,
        lines=[_("“%(title)s”的决定自今日起恢复执行。") % {"title": matter.public_title}, scrub(text, named=True).text],
        facts=[(_("议题编号"), matter.ref), (_("决议编号"), decision.resolution_number)],
        until_at=t.now + PROGRESS_STANDS,
        about={"resumed": True},
    )


@in_place_language()
def annulled(t: Turn, decision: Decision, text: str, rule: str) -> Notice:
    """A decision no longer holds, by whose decision and which rule."""
    matter = t.matter
    Notice.objects.filter(form__in=("result", "correction", "resolution", "suspension"), facts__ref=matter.ref, until_at__gt=t.now).update(
        until_at=t.now
    )
    return put_up(
        t,
        "annulment",
        title=_("撤销公告：%(title)s") % {"title": matter.public_title},
        heading=_("关于“%(title)s”决定被撤销的公告") % {"title": matter.public_title},
        body=decision.body,
        lines=[
            _("“%(title)s”的决定已被依法撤销，自始没有约束力；按它正在做的事停止，已经收取的款项依法处理。")
            % {"title": matter.public_title},
            scrub(text, named=True).text,
        ],
        facts=[
            (_("议题编号"), matter.ref),
            (_("决议编号"), decision.resolution_number),
            (_("谁撤销的、依据"), rule),
            (_("原决定"), full_date(_day(decision.decided_at))),
        ],
        until_at=t.now + timedelta(days=30),
        about={"annulled": decision.pk},
    )
