"""Telephone, identity, bank-card, document and plate numbers, e-mail addresses and names of accounts inside free text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from linli.lib.masking.detail import Detail

_MAIL_HOST: Final = re.compile(r"\s?@\s?[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_MAIL_NAME: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-")
_PLATE: Final = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼滬雲遼魯蘇贛陝閩貴寧瓊]\s?[A-Za-z])([\s·•・.\-]{0,2})"
    r"(?=[A-Za-z]{0,5}[0-9])([A-Za-z0-9]{4,6}[学警挂领港澳學領掛]|[A-Za-z0-9]{5,6})(?![A-Za-z0-9])"
)
_DOCUMENT: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:[EGDSPHMKeghdspmk][0-9]{8,10}|[Ee][A-Za-z][0-9]{7}|[A-Za-z]{1,2}[0-9]{6}\([0-9Aa]\))(?![A-Za-z0-9])"
)
_LOCAL_PHONE: Final = re.compile(
    r"((?:电话|電話|座机|座機|致电|致電|联系|聯繫|联系人|固话|[Tt][Ee][Ll])[^0-9\n]{0,6})([0-9]{3,4}[\s-]?[0-9]{4})(?![0-9*])"
)
_CHAIN: Final = re.compile(r"[0-9](?:[\s()\-‐‑‒–—―−_.·•~/*]{0,3}[0-9])*[Xx]?")
_HAN_DIGITS: Final = str.maketrans("〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "00123456789" + "1" + "123456789")
_HAN_RUN: Final = re.compile(
    r"[0-9〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖](?:[\s\-—.·]{0,2}[0-9〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖])*"
)
_FARTHEST: Final = 40  # digits looked at from where a number begins
_HAN_ENOUGH: Final = 11
_SERVICE_PLATE: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:WJ\s?[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]?\s?[0-9]{4,5}[A-Z]?|使\s?[0-9]{6}|[0-9]{6}\s?使)(?![A-Za-z0-9])"
)
_ACCOUNT: Final = re.compile(
    r"(?:微信|薇信|WeChat|wechat|VX|vx|Vx|wx|QQ|qq|Qq|扣扣|抖音|支付宝)(?:号码|账号|帐号|号|群)?[\s:：是为（(]{0,3}([A-Za-z0-9][A-Za-z0-9_\-]{4,19})(?![A-Za-z0-9@])"
)


def numbers(view: str) -> Iterator[Detail]:
    """The numbers, addresses of mail and accounts in a text (its `digit_view`), in no order."""
    view = _han_digits_read(view)
    for m in _MAIL_HOST.finditer(view):
        start = m.start()
        while start and view[start - 1] in _MAIL_NAME:
            start -= 1
        if start < m.start():
            yield Detail(start, m.end(), "email", "***@***")
    for sign, group, kind in (
        (_PLATE, 3, "plate"),
        (_SERVICE_PLATE, 0, "plate"),
        (_DOCUMENT, 0, "id_number"),
        (_LOCAL_PHONE, 2, "phone"),
        (_ACCOUNT, 1, "account"),
    ):
        for m in sign.finditer(view):
            yield _starred(view, *m.span(group), kind)
    for m in _CHAIN.finditer(view):
        for start, end, kind in _numbers(view, m.start(), m.end()):
            yield _starred(view, start, end, kind)


def _starred(view: str, start: int, end: int, kind: str) -> Detail:
    return Detail(start, end, kind, "*" * max(4, sum(char.isalnum() for char in view[start:end])))


def _han_digits_read(view: str) -> str:
    """Digits written as Chinese numerals, where enough of them stand in a row to be a telephone or identity number, as figures."""

    def read(run: re.Match[str]) -> str:
        digits = sum(char.isalnum() for char in run.group())
        return run.group().translate(_HAN_DIGITS) if digits >= _HAN_ENOUGH else run.group()

    return _HAN_RUN.sub(read, view)


def _numbers(view: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """The personal numbers inside one chain of digits, left to right; a number starts and ends where a run of digits does."""
    at = [place for place in range(start, end) if view[place].isalnum()]
    chars = "".join(view[place] for place in at)
    found, first = [], 0
    while first < len(at):
        length, kind = _number_at(chars, at, first)
        if length:
            found.append((at[first], at[first + length - 1] + 1, kind))
        first += length or 1
    return found


def _number_at(chars: str, at: list[int], first: int) -> tuple[int, str]:
    """Length in digits and kind of the number that starts at the `first` digit of a chain; 0 when none does."""
    if first and at[first] == at[first - 1] + 1:
        return 0, ""
    last = min(len(at), first + _FARTHEST)
    ends = {place - first for place in range(first + 1, last + 1) if place == len(at) or at[place] != at[place - 1] + 1}
    rest = chars[first:last]
    if not ends:  # one run longer than any number
        end = last
        while end < len(at) and at[end] == at[end - 1] + 1:
            end += 1
        return end - first, "id_number"
    if 18 in ends and _looks_like_rin(rest[:18]):
        return 18, "rin"
    if 15 in ends and _looks_like_old_rin(rest[:15]):
        return 15, "rin"
    if rest.endswith(("X", "x")):
        ends.add(len(rest) - 1)
    for prefix in ("", "0", "86", "0086"):
        whole = len(prefix) + 11
        if whole in ends and re.match(prefix + r"1[3-9][0-9]{9}", rest):
            return whole, "phone"
    in_fours = {4, 8, 12} <= ends and rest[0] != "0"
    for length in (19, 18, 17, 16):
        if length in ends and rest[:length].isdecimal() and (_luhn(rest[:length]) or in_fours):
            return length, "bank_card"
    for length in (12, 11, 10):
        if length in ends and re.fullmatch(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}", rest[:length]):
            return length, "phone"
    run = min(ends)
    if run >= 11 and rest[:run].isalnum():
        return run, "id_number"
    return 0, ""


def _looks_like_rin(chars: str) -> bool:
    """Region, century, month and day are possible; the check digit is not asked, for a mistyped number tells as much."""
    return (
        chars[:17].isdecimal()
        and "1" <= chars[0] <= "9"
        and chars[6:8] in ("18", "19", "20")
        and "01" <= chars[10:12] <= "12"
        and "01" <= chars[12:14] <= "31"
    )


def _looks_like_old_rin(chars: str) -> bool:
    """The number of fifteen digits cards had until 2013: region, two digits of the year, month and day are possible."""
    return chars.isdecimal() and "1" <= chars[0] <= "8" and "01" <= chars[8:10] <= "12" and "01" <= chars[10:12] <= "31"


def _luhn(digits: str) -> bool:
    total = sum(int(digit) if place % 2 == 0 else sum(divmod(int(digit) * 2, 10)) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0
