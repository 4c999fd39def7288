"""
What somebody asks for, as the one sentence of theirs that says it.

Each sentence is weighed by the words people ask with, by what it would have done, and by where it stands (the ask comes near the end, or in the
title); courtesies and sentences without an object count less. Rules alone, so that why a sentence was taken can be said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from linli.insight.brief.pieces import Piece, sentences, words_of

MOST: Final = 80  # characters of the sentence shown

_STRONG: Final = re.compile(
    r"请求|恳请|恳求|强烈要求|要求|希望|盼望?|期望|望(?!着|见|远|去|而|城|江|湖|月|岳)|建议|呼吁|请(?:有关|相关|贵|领导|政府|街道|社区|物业|部门|尽快|及时|帮|协调|解决|处理|督促|责令|予以|给予|各|您|你们|求)|申请|能不能|能否|可否|可不可以|是否可以|可以不可以|麻烦|帮忙|帮我"
)
_QUESTION: Final = re.compile(
    r"请问|想(?:咨询|请问|问|了解|知道)|咨询(?:一下)?|什么时候|何时|怎么办理?|如何|为什么|为何|凭什么|是不是|有没有|是否|多少|哪[里个些]|谁(?:来|管|负责)|怎样|吗[？?]?$|呢[？?]?$|[？?]"
)
_DO: Final = re.compile(
    r"解决|处理|维修|修[复好理缮建一]?|整治|整改|查处|核实|调查|拆除|清理|清运|安装|加装|增设|增加|开通|恢复|规划|更换|疏通|制止|取缔|退还|赔偿|补偿|办理|答复|回复|公开|公示|协调|督促|管理|监管|落实|建设|设置|关闭|取消|调整|改善|发放|给个|给予|说法|停止|搬迁|禁止"
)
_COURTESY: Final = re.compile(
    r"^(?:尊敬的|您好|你好|各位|领导|谢谢|感谢|此致|敬礼|万分感谢|祝|盼复|望回复|请回复|辛苦)|(?:高度|引起)?重视[！!。]*$|^(?:希望|望|请)(?:领导|政府|有关部门)?(?:尽快|早日|予以|给予|能)?(?:回复|答复|重视|关注)[！!。谢]*$"
)
# An ask without its object: it says that something be done about "it".
_BARE: Final = re.compile(
    r"(?:解决|处理|重视|关注|核实|调查|查处|答复|回复|管管|管一管|过问|督促|协调)(?:一下|此事|这件事|这个问题|这些问题|以上问题|该问题|问题|我们的问题)*[，,]?(?:谢谢|感谢|为感|为盼)?[！!。？?；;，,]*$|公道|说法|交代|做主|作主|还(?:我们?|百姓|老百姓)|永远|邪恶"
)
_CLAUSE: Final = re.compile(r"[^，,、：:]+[，,、：:]?")
_LEAD: Final = re.compile(r"^(?:因此|所以|为此|综上(?:所述)?|现在?|在此|最后|另外|故|特此?|于是|我们|本人|同时|，|,|\s)+")


def the_ask(text: str, title: str = "") -> Piece | None:
    """
    The sentence of `text` that says what is wanted, cut at a comma where it is longer than `MOST` characters; None where nobody asks for anything.
    `title` only helps to weigh: what it names is likelier meant.
    """
    said = sentences(text)
    if not said:
        return None
    named = set(words_of(title))
    best = max(range(len(said)), key=lambda n: (_weight(said[n].text, n, len(said), named), -n))
    return _cut(said[best]) if _asks(said[best].text) else None


def _asks(said: str) -> bool:
    return bool(_STRONG.search(said) or _QUESTION.search(said))


_GENERAL: Final = frozenset(
    [
        "解决",
        "处理",
        "重视",
        "尽快",
        "上级",
        "领导",
        "部门",
        "请求",
        "要求",
        "老百姓",
        "百姓",
        "群众",
        "我们",
        "请问",
        "关注",
        "及时",
        "早日",
        "相关",
        "恳请",
        "希望",
        "能够",
        "给予",
        "予以",
    ]
)


def _weight(said: str, at: int, count: int, named: set[str]) -> float:
    weight = 0.0
    if _STRONG.search(said):
        weight += 3.0 + (2.0 if _DO.search(said) else 0.0)
    if _QUESTION.search(said):
        weight += 2.2
    if _BARE.search(said) and len(said) < 40:
        weight -= 1.6
    elif weight > 0:
        weight += 0.12 * min(8, len(set(words_of(said)) - _GENERAL))
    if _COURTESY.search(said.strip()):
        weight -= 3.0
    length = len(said)
    weight -= 1.5 if length < 8 else 0.5 if length > 120 else 0.0
    weight += 0.6 * at / max(1, count - 1) if weight > 2 else 0.4 if at == 0 else 0.0
    return weight + (0.35 * min(4, len(named & set(words_of(said)))) if named else 0.0)


def _cut(piece: Piece) -> Piece:
    """At most `MOST` characters: the clauses around the word that asks."""
    lead = _LEAD.match(piece.text)
    start = piece.start + (lead.end() if lead and lead.end() < len(piece.text) - 6 else 0)
    text = piece.text[start - piece.start :]
    if len(text) <= MOST:
        return Piece(start, piece.end, text)
    clauses = [m.span() for m in _CLAUSE.finditer(text)]
    asked = _STRONG.search(text) or _QUESTION.search(text)
    first = next((n for n, (_a, b) in enumerate(clauses) if asked and asked.start() < b), 0)
    a, b = clauses[first]
    for _x, end in clauses[first + 1 :]:
        if end - a > MOST:
            break
        b = end
    return _grown(text, start, clauses, first, a, min(b, a + MOST))


def _grown(text: str, start: int, clauses: Sequence[tuple[int, int]], first: int, a: int, b: int) -> Piece:
    """With the clause before, where there is room: it mostly says what the ask is about."""
    while first > 0 and b - clauses[first - 1][0] <= MOST and b - a < MOST // 2:
        first -= 1
        a = clauses[first][0]
    shown = text[a:b].rstrip("，,、：: ")
    return Piece(start + a, start + a + len(shown), shown)
