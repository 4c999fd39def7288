"""A text cut into sentences that keep their place in it, and its words."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from linli.lib.cutting import words

LONGEST: Final = 20_000  # characters read of a text


class Piece(NamedTuple):
    """A stretch of a text: characters from `start` up to `end`, and what stands there."""

    start: int
    end: int
    text: str


_SENTENCE: Final = re.compile(r"[^。！？!?；;\n\r]+[。！？!?；;]*[”’」』）)]*")
_RUN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[A-Za-z0-9]+")
_NUMBERING: Final = re.compile(
    r"^\s*(?:[一二三四五六七八九十]{1,2}[、.．]|[（(][一二三四五六七八九十0-9]{1,2}[）)]|[0-9]{1,2}[、．.](?![0-9]))\s*"
)

_GREETING: Final = re.compile(
    r"\s*(?:尊敬的|敬爱的)[^，。！!:：,]{1,24}[，,：:！!\s]+(?:(?:您|你|你们|大家)好[！!，,。:：\s]*)?|\s*(?:各位)?(?:领导|书记|市长|县长|区长|局长)?(?:您|你|你们)好[！!，,。:：\s]+"
)


def sentences(text: str) -> list[Piece]:
    """The sentences in order, without white space at their ends and without their numbering; nothing for a text without words."""
    found = []
    for m in _SENTENCE.finditer(text[:LONGEST]):
        said = m.group()
        lead = _NUMBERING.match(said)
        start = m.start() + (lead.end() if lead else len(said) - len(said.lstrip()))
        greeting = _GREETING.match(text, start, m.end())
        start = greeting.end() if greeting else start
        end = m.start() + len(said.rstrip())
        if end > start and _RUN.search(text, start, end):
            found.append(Piece(start, end, text[start:end]))
    return found


# Words that say nothing of what a text is about.
STOP: Final = frozenset(
    [
        "的",
        "了",
        "是",
        "在",
        "和",
        "与",
        "及",
        "或",
        "也",
        "都",
        "就",
        "还",
        "又",
        "很",
        "把",
        "被",
        "对",
        "向",
        "从",
        "到",
        "为",
        "以",
        "于",
        "之",
        "其",
        "这",
        "那",
        "我",
        "你",
        "您",
        "他",
        "她",
        "它",
        "们",
        "我们",
        "你们",
        "他们",
        "这个",
        "那个",
        "这样",
        "这些",
        "那些",
        "一个",
        "没有",
        "不",
        "有",
        "要",
        "会",
        "能",
        "可以",
        "可",
        "请",
        "上",
        "下",
        "中",
        "里",
        "个",
        "等",
        "问题",
        "情况",
        "领导",
        "尊敬",
        "您好",
        "你好",
        "谢谢",
        "感谢",
        "希望",
        "现在",
        "目前",
        "已经",
        "但是",
        "因为",
        "所以",
        "如果",
        "而且",
        "以及",
        "自己",
        "什么",
        "怎么",
        "为什么",
        "进行",
        "部门",
        "有关",
        "相关",
        "反映",
        "本人",
        "由于",
        "一直",
        "就是",
        "还是",
        "不是",
        "还有",
        "多次",
        "政府",
        "书记",
        "市长",
    ]
)


def words_of(text: str) -> list[str]:
    """The words of a text that carry something, in order, as often as they stand there."""
    found: list[str] = []
    for run in _RUN.findall(text):
        found += words().cut(run) if run[0] > "z" else [run.lower()]
    return [word for word in found if len(word) > 1 and word not in STOP]
