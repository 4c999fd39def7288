"""
Official codes: resident identity number, unified social credit code, division code, telephone numbers.

Each `check_…` returns the canonical form or raises CodeError, whose texts say how to mend the input. Input may hold
full-width characters, spaces and hyphens: people paste what they have.
Sources: GB 11643 (COD-001), GB 32100 (COD-002), statistical division codes (COD-003), telephone practice (COD-007).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final, Literal

from linli.lib.problems import InputProblem

DivisionLevel = Literal["province", "city", "district", "street", "community"]

PROVINCES: Final = frozenset(
    f"{number}"
    for number in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)
)
"""The first two digits of a region code. 83 occurs only in residence permits of people from Taiwan."""

_RIN_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RIN_CHECKS: Final = "10X98765432"
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_JOINTS: Final = re.compile(r"[\s\-‐‑‒–—―−()\u200b\ufeff]+")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(r"0[0-9]{2,3}[0-9]{7,8}")
_SERVICE: Final = re.compile(r"[48]00[0-9]{7}|9[56][0-9]{3,6}")


class CodeError(InputProblem):
    """A code that cannot be right; `.code` is one of length, characters, region, birth_date, check_digit."""


def check_rin(text: str) -> str:
    """
    The resident identity number in canonical form: 18 characters, X in upper case (GB 11643, COD-001).

    Residence permits of people from Hong Kong, Macao and Taiwan (81, 82, 83) and the 18-character permanent residence card
    of foreigners (9, then the province) share the form and are accepted.
    """
    rin = _squeeze(text).upper()
    if len(rin) == 15 and rin.isdecimal():
        raise CodeError(
            "length",
            "这是 15 位的旧身份证号，请填写现在的 18 位号码。",
            "This is an old 15-digit identity number; enter the present one with 18 characters.",
        )
    if len(rin) != 18:
        raise CodeError(
            "length",
            f"身份证号应为 18 位，现在是 {len(rin)} 位，请核对是否少填或多填。",
            f"An identity number has 18 characters, this one has {len(rin)}; check for missing or extra digits.",
        )
    if not re.fullmatch(r"[0-9]{17}[0-9X]", rin):
        raise CodeError(
            "characters",
            "身份证号前 17 位只能是数字，末位是数字或 X，请改正其他字符。",
            "The first 17 characters are digits and the last is a digit or X; correct any other character.",
        )
    province = rin[1:3] if rin[0] == "9" else rin[:2]
    if province not in PROVINCES:
        raise CodeError(
            "region",
            "身份证号开头的地区码不存在，请核对前 6 位。",
            "The region at the start does not exist; check the first 6 digits.",
        )
    _birth_date(rin)
    if rin[17] != _rin_check(rin):
        raise CodeError(
            "check_digit",
            "身份证号校验位不符，说明其中有数字填错，请对照证件逐位核对。",
            "The check digit does not fit, so some digit is wrong; compare with the card digit by digit.",
        )
    return rin


def rin_birth_date(text: str) -> date:
    """The birth date inside a valid identity number."""
    return _birth_date(check_rin(text))


def rin_sex(text: str) -> Literal["male", "female"]:
    """The sex inside a valid identity number: the order number is odd for male and even for female."""
    return "male" if int(check_rin(text)[16]) % 2 else "female"


def check_uscc(text: str) -> str:
    """The unified social credit code in canonical form: 18 characters, upper case (GB 32100, COD-002)."""
    uscc = _squeeze(text).upper()
    if len(uscc) != 18:
        raise CodeError(
            "length",
            f"统一社会信用代码应为 18 位，现在是 {len(uscc)} 位，请核对。",
            f"A unified social credit code has 18 characters, this one has {len(uscc)}; check it.",
        )
    if any(char not in _USCC_ALPHABET for char in uscc) or not uscc[2:8].isdecimal():
        raise CodeError(
            "characters",
            "统一社会信用代码由数字和大写字母组成，不用 I、O、S、V、Z，第 3 至 8 位是数字，请核对（O 常误作 0，I 常误作 1）。",
            "The code holds digits and capitals without I, O, S, V and Z, with digits from the 3rd to the 8th place; "
            "check it (0 is often read as O, 1 as I).",
        )
    if uscc[2:4] not in PROVINCES and uscc[2:4] != "10":
        raise CodeError(
            "region",
            "统一社会信用代码第 3、4 位的地区码不存在，请核对。",
            "The region in the 3rd and 4th place does not exist; check it.",
        )
    total = sum(_USCC_ALPHABET.index(char) * weight for char, weight in zip(uscc, _USCC_WEIGHTS, strict=False))
    if uscc[17] != _USCC_ALPHABET[-total % 31]:
        raise CodeError(
            "check_digit",
            "统一社会信用代码校验位不符，说明其中有字符填错，请对照执照逐位核对。",
            "The check character does not fit, so some character is wrong; compare with the licence.",
        )
    return uscc


def check_division_code(text: str) -> str:
    """The 12-digit statistical division code (COD-003); shorter codes must be filled with zeros by who knows their level."""
    code = _squeeze(text)
    if len(code) != 12:
        raise CodeError(
            "length",
            f"统计用区划代码应为 12 位，现在是 {len(code)} 位；不足时在后面补 0（如 110101 补为 110101000000）。",
            f"A division code has 12 digits, this one has {len(code)}; fill up with zeros (110101 becomes 110101000000).",
        )
    if not code.isdecimal():
        raise CodeError("characters", "统计用区划代码只能是数字，请改正其他字符。", "A division code holds digits only; correct the rest.")
    gap = (code[2:4] == "00" and code[4:].strip("0")) or (code[6:9] == "000" and code[9:] != "000")
    if code[:2] not in PROVINCES or gap:
        raise CodeError(
            "region",
            "统计用区划代码不存在：前 2 位是省，3—4 位市，5—6 位区县，7—9 位街道，10—12 位社区；上级为 0 时下级也应为 0。",
            "There is no such division: 2 digits province, 2 city, 2 district, 3 street, 3 community; "
            "below a level of zeros all must be zeros.",
        )
    return code


def division_level(code: str) -> DivisionLevel:
    """
    The level of a division code, by its trailing zeros.

    A street directly under a city (Dongguan, Zhongshan …) has zeros for the district and is a street all the same.
    """
    code = check_division_code(code)
    if code[9:] != "000":
        return "community"
    if code[6:9] != "000":
        return "street"
    if code[4:6] != "00":
        return "district"
    return "city" if code[2:4] != "00" else "province"


def parent_division(code: str) -> str | None:
    """The code of the next division that exists above; None for a province. A street without district hangs on its city."""
    code = check_division_code(code)
    ends: dict[DivisionLevel, int] = {"community": 9, "street": 6, "district": 4, "city": 2}
    end = ends.get(division_level(code))
    return None if end is None else code[:end].ljust(12, "0")


def check_mobile(text: str) -> str:
    """A mainland mobile number as 11 digits (COD-007); a leading +86, 0086 or 86 is dropped."""
    digits = _domestic(text)
    if len(digits) == 12 and digits[0] == "0":  # 0 before a mobile number: the old long-distance habit
        digits = digits[1:]
    if len(digits) != 11:
        raise CodeError(
            "length",
            f"手机号应为 11 位，现在是 {len(digits)} 位，请核对。",
            f"A mobile number has 11 digits, this one has {len(digits)}; check it.",
        )
    if not _MOBILE.fullmatch(digits):
        raise CodeError(
            "region",
            "手机号应以 13 至 19 开头；固定电话请填在“电话”一栏并带区号。",
            "A mobile number starts with 13 to 19; enter a landline as a telephone with its area code.",
        )
    return digits


def check_phone(text: str) -> str:
    """A telephone number as digits: mobile, landline with its area code, 400/800 or 95/96 service number (COD-007)."""
    digits = _domestic(text)
    if digits.startswith(("01", "1")) and _MOBILE.fullmatch(digits.removeprefix("0")):
        return digits.removeprefix("0")
    if _LANDLINE.fullmatch(digits) or _SERVICE.fullmatch(digits):
        return digits
    if len(digits) in (7, 8):
        raise CodeError("region", "固定电话请带区号，如 028-85551234。", "Give a landline with its area code, such as 028-85551234.")
    if len(digits) == 11 and digits[0] == "1":
        raise CodeError("region", "手机号应以 13 至 19 开头，请核对。", "A mobile number starts with 13 to 19; check it.")
    raise CodeError(
        "length",
        "电话号码位数不对：手机 11 位，固定电话为区号加 7 或 8 位号码。",
        "The number of digits is wrong: 11 for a mobile, area code plus 7 or 8 for a landline.",
    )


def _squeeze(text: str) -> str:
    """Full-width to half-width, without the spaces, hyphens and brackets that people put in."""
    return _JOINTS.sub("", unicodedata.normalize("NFKC", text))


def _domestic(text: str) -> str:
    """Digits of a mainland number without the international prefix; an area code gets back the 0 it loses after +86."""
    digits = _squeeze(text)
    foreign = re.match(r"\+(?!86)|00(?!86)", digits)
    bare = re.sub(r"^(?:\+86|0086|86(?=1[3-9][0-9]{9}$))", "", digits)
    if foreign or not bare.isdecimal() or not bare.isascii():
        raise CodeError(
            "characters",
            "请填写中国内地的电话号码，只用数字（可带 +86、空格和短横线）。",
            "Give a mainland number in digits only (+86, spaces and hyphens are fine).",
        )
    if bare != digits and not re.match(r"0|1[3-9]|[48]00|9[56]", bare):
        bare = "0" + bare
    return bare


def _birth_date(rin: str) -> date:
    try:
        born = date(int(rin[6:10]), int(rin[10:12]), int(rin[12:14]))
    except ValueError:
        born = date.min
    if not 1850 <= born.year <= 2199:
        raise CodeError(
            "birth_date",
            "身份证号第 7 至 14 位不是一个存在的出生日期，请核对。",
            "Digits 7 to 14 are no existing birth date; check them.",
        )
    return born


def _rin_check(rin: str) -> str:
    return _RIN_CHECKS[sum(int(digit) * weight for digit, weight in zip(rin, _RIN_WEIGHTS, strict=False)) % 11]
