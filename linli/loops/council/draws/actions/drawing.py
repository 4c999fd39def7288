"""The draw itself: the source's text entered with its proof, keyed again by a second person, and the result that follows from it."""

from __future__ import annotations

import json
from datetime import datetime

from django.utils.translation import gettext as _

from linli.insight.choice import draw_bundle, verify_draw
from linli.insight.choice.lottery import DrawProblem
from linli.insight.choice.lottery import clean as as_seed
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, Refused, said
from linli.kernel.files.actions import Readable, store_paper
from linli.kernel.matters.promises import calendar
from linli.lib.texts import clean
from linli.lib.units import SHANGHAI
from linli.loops.council.draws import rules
from linli.loops.council.draws.actions.acting import Acting, acting
from linli.loops.council.draws.actions.listing import announcement_of
from linli.loops.council.draws.models import Application, Draw, Offer, Published, State
from linli.loops.council.draws.wording import PATTERN, notice_of_result
from linli.web.words import date_long, until


def enter_text(
    *,
    actor: Actor,
    draw_id: int,
    text: str,
    now: datetime,
    link: str = "",
    upload: Readable | None = None,
    name: str = "",
    once: str = "",
) -> Draw:
    """
    Enter what the named source published, with a picture or a link that proves it. Raises Refused before the source's hour, Invalid without
    text or proof. Entering it again replaces it as long as nothing was drawn, and the record keeps both.
    """
    with acting(actor, draw_id, "enter_text", now, permission="draw.hold", once=once) as act:
        draw = act.draw
        if act.repeated:
            return draw
        if now < draw.source_at:
            raise Refused(
                "not_published",
                _("来源要到%(when)s才公布，现在还不能填。") % {"when": date_long(draw.source_at)},
            )
        told, link = as_seed(clean(text, 300)), clean(link, 300)
        wrong = {}
        if not told:
            wrong["text"] = [_("请照公布的样子填写随机数，例如“2026150 期 07 11 19 23 28 30 + 05”。")]
        if upload is None and not link:
            wrong["upload"] = [_("请上传公布结果的照片或文件，或者写出能看到它的网址。")]
        if wrong:
            raise Invalid("no_text", _("要有公布的内容，也要有证明。"), fields=wrong)
        draw.text, draw.text_at, draw.proof_link = told, now, link
        draw.text_by_id, draw.text_by_name = actor.account_id, actor.name[:60]
        draw.proof = store_paper(actor=actor, upload=upload, name=name, now=now) if upload else None
        act.record("enter_text", text=told, link=link, picture=draw.proof is not None)
    return draw


def hold(*, actor: Actor, draw_id: int, text: str, now: datetime, once: str = "") -> Draw:
    """
    Hold the draw: a second person reads the published text and keys it again; when both agree, the result follows, is checked, posted, and
    places are offered. Raises Refused for the same person, Conflict for another text, and when the list is no longer the frozen one.
    """
    with acting(actor, draw_id, "hold", now, permission="draw.hold", once=once) as act:
        draw = act.draw
        if act.repeated:
            return draw
        if not draw.text:
            raise Refused("no_text", _("还没有填写来源公布的内容。"))
        if actor.account_id is not None and actor.account_id == draw.text_by_id:
            raise Refused("same_person", _("随机数由%(name)s填写，要由另一位工作人员核对后再抽签。") % {"name": draw.text_by_name})
        if as_seed(text) != draw.text:
            raise Conflict("differs", _("您填的和第一次填的不一样。请两个人一起对照公布的原文，错的一方重填。"))
        _draw(act)
    return draw


def _draw(act: Acting) -> None:
    draw = act.draw
    announced = announcement_of(draw)
    if announced.commitment() != draw.commitment:
        raise Refused("list_changed", _("名单和冻结时的校验值对不上，不能抽签。请核查记录。"))
    about = {
        "draw": draw.pk,
        "place": draw.place.name,
        "frozen_at": draw.frozen_at.astimezone(SHANGHAI).isoformat() if draw.frozen_at else "",
        "drawn_at": act.now.astimezone(SHANGHAI).isoformat(),
        "source": draw.source,
        "source_at": draw.source_at.astimezone(SHANGHAI).isoformat(),
        "source_where": draw.source_where,
        "proof_link": draw.proof_link,
        "entered_by": draw.text_by_name,
        "held_by": act.actor.name,
    }
    try:
        bundle = draw_bundle.build(announced, draw.text, about=about, names={c["code"]: c["name"] for c in draw.categories})
    except DrawProblem as problem:
        raise Refused(problem.code, said(problem)) from None
    if problems := verify_draw.verify(bundle):  # what is published has passed the script that is published with it
        raise RuntimeError(f"draw {draw.pk}: {problems[0]}")
    draw.state, draw.drawn_at = State.DRAWN, act.now
    Published.objects.create(
        draw=draw, content=json.dumps(bundle, ensure_ascii=False, indent=1), fingerprint=bundle["fingerprint"], at=act.now
    )
    by_number = {a.number: a for a in Application.objects.filter(draw=draw, state="accepted").select_related("person")}
    own = {lot: c["code"] for c in draw.categories for lot in c["lots"]}
    due = rules.end_of(act.now, draw.accept_days, calendar())
    offers = []
    for row in bundle["drawn"]:
        entry = by_number[row["id"]]
        entry.category, entry.turn = row["category"], row["turn"]
        offers.append(
            Offer(
                draw=draw,
                application=entry,
                lot=row["lot"],
                category=row["category"],
                own=own[row["lot"]],
                offered_at=act.now,
                due_at=due,
            )
        )
    for row in bundle["waiting"]:
        by_number[row["id"]].turn = row["turn"]
    Application.objects.bulk_update(by_number.values(), ["category", "turn"], batch_size=500)
    Offer.objects.bulk_create(offers, batch_size=500)
    notice = act.publish(
        lambda: notice_of_result(draw, bundle, due),
        lambda: PATTERN.of(draw, "result"),
        fingerprint=bundle["fingerprint"],
        commitment=draw.commitment,
    )
    act.record("hold", notice=notice.pk, drawn=len(offers), waiting=len(bundle["waiting"]), fingerprint=bundle["fingerprint"])
    _tell(act, offers, [by_number[row["id"]] for row in bundle["waiting"]], due)


def _tell(act: Acting, offers: list[Offer], waiting: list[Application], due: datetime) -> None:
    for offer in offers:
        tell_offer(act, offer, due)
    for entry in waiting:
        _tell_waiting(act, entry)
    left = [o for o in offers if o.application.left]
    if left:
        from linli.loops.council.draws.actions.offering import end_offer

        for offer in left:  # who withdrew after the freezing was in the draw, and gives the place to the next
            end_offer(act, offer, Offer.State.DECLINED)


def _tell_waiting(act: Acting, entry: Application) -> None:
    act.tell(
        [entry],
        f"waiting:{entry.pk}",
        lambda: _("抽签结果：%(title)s") % {"title": act.draw.title},
        lambda: _("这次没有抽中，您在候补名单第 %(turn)s 位。有人放弃时按顺序递补。") % {"turn": entry.turn},
    )


def tell_offer(act: Acting, offer: Offer, due: datetime) -> None:
    act.tell(
        [offer.application],
        f"offer:{offer.application_id}:{offer.lot}",
        lambda: (_("递补到您了：%(title)s") if offer.moved_up else _("抽中了：%(title)s")) % {"title": act.draw.title},
        lambda: _("您家的名额是 %(lot)s。请在%(when)s以前认领或者放弃，逾期由下一位递补。") % {"lot": offer.lot, "when": until(due)},
    )
