"""
An answer cut into sentences, and which of them are mere courtesy: greeting, receipt, handing over, thanks, contact, date.

What is left is what the answer says of the matter. Rules and word lists alone; they were written on the first part of a labelled sample
(docs/methods/replies.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a sentence is there for. SAYS is everything that is no stock phrase."""

    GREETING = "greeting"
    RECEIPT = "receipt"
    HANDED_ON = "handed_on"
    ELSEWHERE = "elsewhere"
    VAGUE = "vague"
    THANKS = "thanks"
    CONTACT = "contact"
    SIGNED = "signed"
    SAYS = "says"


@dataclass(frozen=True)
class Sentence:
    """A piece of the text from `start` up to `end` (characters), without the white space around it."""

    start: int
    end: int
    text: str
    kind: Kind = Kind.SAYS


_DATE: Final = r"(?:[12][09〇零一二三四五六七八九][0-9〇零一二三四五六七八九]{2}年\s*[0-9一二三四五六七八九十]{1,2}\s*月\s*[0-9一二三四五六七八九十]{1,3}\s*[日号]?)"
_STOP: Final = re.compile(r"[。！？!?…\n\r]+[”’」』）)]*")
_SIGNED_END: Final = re.compile(rf"\s*{_DATE}\s*$")
_SIGNED_INSIDE: Final = re.compile(
    rf"(?<![于在至到自从、，])\s*{_DATE}(?=\s*(?:(?:尊敬的|亲爱的)?(?:网友|市民)|[“\"][^”\"]{{1,20}}[”\"]\s*[:：]?\s*(?:您|你)?好?|您好|你好|您的|目前|现|我院|现全))"
)
_GREETING: Final = re.compile(
    r"^(?:(?:尊敬的)?[\u4e00-\u9fff]{1,4}(?:先生|女士|同志|老师|业主|居民|村民)|(?:尊敬的|亲爱的|来信)?(?:网友|市民|来信人|同志|基层干部|家长|先生|女士|朋友|居民|业主|发帖人|用户|群众)[^，。]{0,24}|[“\"']?\s*[A-Za-z0-9_\-]{3,20}[”\"']?\s*(?:网友)?|[“\"].{1,16}[”\"](?:网友)?)?\s*[，,:：、]?\s*(?:您|你|大家)?\s*好?\s*[！!，,:：。]?$"
)
_RECEIPT: Final = re.compile(
    r"(?:留言|来信|来邮|帖文|网帖|来帖|问题|情况|信件|函件|投诉|反映|诉求|问政|帖子|此帖|来函|建议|平台)[^。，]{0,22}(?:已|均已|现已)?(?:收悉|收到|知悉|获悉|已阅|阅办|受理|关注)"
    r"|(?:收悉|收到|接到)(?:您|你|网友|该|此|后|市民|群众)|现(?:将|就|根据|做|作)?[^。]{0,40}(?:回复|答复|反馈|说明|汇报)[^。]{0,6}如下|(?:回复|答复|反馈|汇报|说明)(?:情况)?如下|特此(?:回复|答复|说明|函复)|以上是我单位"
)
_HANDED_ON: Final = re.compile(
    r"(?:已|现已|将|我们已|并|均)?[^。，]{0,24}(?:转至|转交|转给|移交|转办|交办|交由|批转|转送|转有关|转相关|转市|转县|转区|转[A-Z][0-9]*[市县区]|函告|分办|转[^，。]{2,20}(?:调查|核实|核查|核处|办理|办复|处理|办|答复|局|校|院|办事处|政府|部门|单位|中心|公司))"
)
_HANDED_ON_SURE: Final = re.compile(
    r"(?:将|把)?(?:您|你|网友|上述|此|该|所)?[^。]{0,24}(?:已|并)[^。，]{0,10}(?:转|交)[^。]{0,26}(?:核处|办复|核实|核查|处理|办理|调查|答复|反馈|单位|部门|教育局|网宣办|职院|公司|政府|局|办事处)"
)
_ELSEWHERE: Final = re.compile(
    r"(?:请|建议)(?:您|你)?(?:直接|再|具体|向|到|致电|拨打|联系|咨询|电话|与)[^。]{0,60}(?:反映|咨询|联系|拨打|查询|核实|电话|热线|投诉|说明)|详情请(?:询|咨询|见)|不在我[^。]{0,6}管辖|无法进行调查|链接如下|联系[0-9]{5,}"
)
_VAGUE: Final = re.compile(
    r"(?:高度重视|认真(?:研究|办理|处理|对待|考虑)|及时(?:将|向您)?[^。]{0,10}(?:反馈|回复)|将及时反馈|敬请(?:留意|关注|期待)|第一时间[^。]{0,8}回复|稍后[^。]{0,14}回复|尽快(?:给您)?(?:回复|答复|处理|办理|落实)|依法(?:依规)?处理|如有(?:相关)?情况|一如既往|为便于|为方便查处|请提供)"
)
_THANKS: Final = re.compile(
    r"^(?:最后|首先|再次|在此|衷心|同时|也|非常|十分|，|,|\s)*(?:感谢|谢谢|祝|欢迎|敬请谅解|请(?:您|你)?(?:予以)?(?:理解|谅解)|给(?:您|你|市民)[^。]{0,20}(?:谅解|理解)|很高兴|期待)"
)
_CONTACT: Final = re.compile(
    r"(?:联系|咨询|投诉|举报|热线|服务|办公)?电话[:：（(]?|致电|来电|拨打|如(?:果)?(?:您|你|有|还|对|仍)[^。]{0,40}(?:疑问|意见|建议|异议|需要|咨询|问题|了解)[^。]{0,60}(?:联系|咨询|致电|来电|电话|反映)"
)
_SIGNED: Final = re.compile(
    rf"^(?:[\u4e00-\u9fffA-Z0-9]{{2,30}})?\s*{_DATE}\s*$|^[\u4e00-\u9fffA-Z0-9]{{2,22}}(?:局|办|委|政府|街道|办事处|中心|公司|大队|支队|部|处|院|校|站)$"
)
_NUMBER_ONLY: Final = re.compile(r"^[\s\d一二三四五六七八九十、.．（）()\-—：:,，;；“”\"']*$")


def sentences(text: str) -> list[Sentence]:
    """The sentences of an answer in order, each with what it is there for; nothing for an empty text."""
    return [_sorted(piece) for piece in _pieces(text)]


def _pieces(text: str) -> Iterator[Sentence]:
    at = 0
    ends = sorted(
        {m.end() for m in _STOP.finditer(text)}
        | {m.start() for m in _SIGNED_INSIDE.finditer(text)}
        | {m.end() for m in _SIGNED_INSIDE.finditer(text)}
        | {len(text)}
    )
    for end in ends:
        piece = text[at:end]
        signed = _SIGNED_END.search(piece)
        if signed and signed.start() > 0 and end == len(text):
            yield from _one(text, at, at + signed.start())
            at += signed.start()
        yield from _one(text, at, end)
        at = end


def _one(text: str, start: int, end: int) -> Iterator[Sentence]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield Sentence(start, end, text[start:end])


def _sorted(piece: Sentence) -> Sentence:
    return Sentence(piece.start, piece.end, piece.text, kind_of(piece.text))


def kind_of(said: str) -> Kind:
    """What one sentence is there for. A stock phrase with more than a few words beside it counts as saying something."""
    bare = said.strip(" \t　。！？!?，,")
    if not bare or _NUMBER_ONLY.match(bare):
        return Kind.SIGNED
    if _SIGNED.match(bare):
        return Kind.SIGNED
    if len(bare) <= 40 and _GREETING.match(bare):
        return Kind.GREETING
    if _THANKS.match(bare) and len(bare) < 90:
        return Kind.THANKS
    rest = _beyond(bare)
    if rest >= 14:
        return Kind.SAYS
    for kind, sign in (
        (Kind.HANDED_ON, _HANDED_ON_SURE),
        (Kind.RECEIPT, _RECEIPT),
        (Kind.HANDED_ON, _HANDED_ON),
        (Kind.ELSEWHERE, _ELSEWHERE),
        (Kind.CONTACT, _CONTACT),
        (Kind.VAGUE, _VAGUE),
    ):
        if sign.search(bare):
            return kind
    return Kind.SAYS


_CLAUSE: Final = re.compile(r"[，,；;：:]")


def _beyond(bare: str) -> int:
    """How many characters stand in clauses that are no stock phrase."""
    stock = (_HANDED_ON_SURE, _HANDED_ON, _RECEIPT, _ELSEWHERE, _CONTACT, _VAGUE, _THANKS)
    quoted = re.sub(r"[“\"《][^”\"》]{0,80}[”\"》]", "", bare)
    whole = next((sign for sign in (_HANDED_ON_SURE, _RECEIPT) if sign.search(quoted) and len(quoted) < 60), None)
    if whole:
        rest = whole.sub("", quoted)
        clauses = _CLAUSE.split(rest)
    else:
        clauses = _CLAUSE.split(quoted)
    return sum(
        len(c)
        for c in clauses
        if len(c) > 3 and not any(sign.search(c) for sign in stock) and not _GREETING.match(c) and not _EMPTY.search(c)
    )


_EMPTY: Final = re.compile(
    r"^(?:您|你)?(?:好|您好|你好)|^关于(?:您|你)?(?:所)?反映|^(?:您|你|网友)?(?:于|在|通过|对于)[^，]{0,40}(?:平台|问政|留言|栏目|发帖|来信|反映)|^(?:我|本)(?:局|办|镇|单位|街道|县|区|市|院|校|支队|大队|中心)[^，]{0,10}(?:高度)?重视|^针对|^您?所?反映的?|^立即|^对此|^经(?:研究|办理)|^同时也"
)
