"""What half the compound writes about at once, so that the page of hot topics has something to tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from linli.demo.town import Town
from linli.kernel.matters.actions import add_me_too
from linli.kernel.matters.models import Category
from linli.loops.requests.actions import dispatch, intake
from linli.loops.requests.hot.rounds import able, gather_one, root_of

# Days ago, title, words.
SAID: Final = (
    (6.4, "旁边工地夜里十二点还在打桩", "昨晚又响到一点多，孩子睡不着，第二天还要上学。"),
    (5.6, "工地夜间施工噪音太大，睡不着", "围挡里面的工地天天施工到半夜，打了电话也没人管。"),
    (4.5, "隔壁工地半夜施工，吵得睡不着", "老人心脏不好，被打桩的声音惊醒好几次。"),
    (3.3, "夜间施工扰民，工地几点能停", "有没有夜间施工许可？请贴出来让大家看看。"),
    (2.4, "工地夜里施工，灯光也照进卧室", "施工噪音大，探照灯还对着窗户，拉了窗帘都亮。"),
    (1.2, "工地夜间施工噪音扰民", "晚上十点以后应该停工的，请管一管。"),
)


def build(town: Town, now: datetime) -> int:
    """Six neighbours about one building site; returns how many. Their topic is gathered where the libraries are, else by the worker later."""
    compound = town.compounds[0]
    category = Category.objects.get(code="noise_construction")
    people = town.residents[-len(SAID) :]
    for (days, title, body), resident in zip(SAID, people, strict=True):
        at = now - timedelta(days=days)
        made = intake.raise_request(actor=resident, title=title, body=body, place=compound, now=at, category=category)
        for neighbour in people[: int(days) % 4]:
            if neighbour != resident:
                add_me_too(actor=neighbour, matter_id=made.pk, now=at + timedelta(hours=1))
        dispatch.accept(actor=town.actors["wang.fang"], matter_id=made.pk, now=at + timedelta(hours=2), category=category)
    if able():
        gather_one(root_of(compound), now)
    return len(SAID)
