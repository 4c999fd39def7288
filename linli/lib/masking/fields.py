"""A known field, shortened: names, telephone and identity numbers, addresses, e-mail."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from linli.lib.masking.surnames import COMPOUND

_BUILDING: Final = re.compile(r"(?:[0-9]+|[A-Za-z]|[一二三四五六七八九十百]+)\s*(?:号楼|號樓|栋|棟|幢|座|#楼|#)")
_ROAD_NUMBER: Final = re.compile(r"[0-9]+(?:-[0-9]+)?(?:号院?|號院?|弄)")
_TRIPLE: Final = re.compile(r"([0-9]+)\s*[-—–－]\s*[0-9]+\s*[-—–－]\s*[0-9]+")
_INNER: Final = re.compile(r"[0-9A-Za-z一二三四五六七八九十]+\s*(?:单元|單元|门|楼|层|室|户|房)|[0-9]+")
_HIDDEN: Final = "****"


def mask_name(name: str) -> str:
    """王小明 → 王**, 欧阳小明 → 欧阳**; in other scripts each word keeps its first letter (John Smith → J*** S****)."""
    name = name.strip()
    if not name:
        return ""
    if not _is_han(name[0]):
        return " ".join(word[0] + "*" * (len(word) - 1) if len(word) > 1 else "*" for word in name.split())
    shown = 2 if name[:2] in COMPOUND and len(name) > 2 else 1
    return name[:shown] + "*" * (len(name) - shown) if len(name) > 1 else "*"


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678; of a landline the area code and the last four digits stay (02885551234 → 028****1234)."""
    phone = phone.strip()
    if len(phone) < 9:
        return "*" * len(phone) if len(phone) < 5 else "*" * (len(phone) - 2) + phone[-2:]
    return f"{phone[:3]}{_HIDDEN}{phone[-4:]}"


def mask_rin(rin: str) -> str:
    """11010519491231002X → 110*************2X: neither birth date nor full region, enough to tell two cards apart."""
    rin = rin.strip()
    return rin[:3] + "*" * (len(rin) - 5) + rin[-2:] if len(rin) > 7 else "*" * len(rin)


def mask_address(address: str) -> str:
    """
    Keep compound and building, hide entrance, floor and room: 芳草苑3栋2单元501室 → 芳草苑3栋****.

    Without a building the road number or compound name stays; a short form such as 3-2-501 keeps its building.
    """
    address = unicodedata.normalize("NFKC", address).strip()
    if address.endswith(_HIDDEN):
        return address
    triple = _TRIPLE.search(address)
    building = _BUILDING.search(address)
    if triple and not (building and building.start() < triple.start()):
        return address[: triple.end(1)] + _HIDDEN
    kept = building or _ROAD_NUMBER.search(address)
    end = kept.end() if kept else 0
    if not kept:
        inner = _INNER.search(address)
        return address[: inner.start()] + _HIDDEN if inner else address
    return address[:end] + _HIDDEN if address[end:].strip() else address


def mask_email(email: str) -> str:
    """wang@example.com → w***@example.com."""
    name, at, host = email.strip().rpartition("@")
    return f"{name[:1]}***@{host}" if at and name else "***"


def _is_han(char: str) -> bool:
    return "㐀" <= char <= "鿿" or char >= "\U00020000"
