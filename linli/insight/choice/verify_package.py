"""
Check the package of a ballot for the government's voting system: every file against the manifest, and the roll against its published hash.

The roll is computed again from nothing but the package: each voter's leaf from the names, the salt and the units, the tree over the leaves, and
the hash that binds it to the roll's terms. The list handed over (roll.csv) must be that roll, row by row. Pure: bytes in, problems out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from linli.lib.chain import canonical, entry_hash, merkle_root, text_digest
from linli.lib.crypto import CryptoError, digest
from linli.lib.units import format_area

FORMAT: Final = "linli.official.package/1"
MANIFEST, SUMS, ROLL, LIST = "manifest.json", "SHA256SUMS", "roll.json", "roll.csv"
# As large as a package of some hundred thousand voters; more is no package of ours.
_MOST: Final = 512 * 1024 * 1024

# (where, in Chinese, in English)
Problem = tuple[str, str, str]


def verify(content: bytes) -> list[Problem]:
    """Everything that is wrong with a package; empty for an honest one."""
    try:
        files = _files(content)
        manifest = json.loads(files[MANIFEST])
        if manifest["format"] != FORMAT:
            return [(MANIFEST, "不是这种资料包，或者版本不认识", "not a package of this kind, or of a version unknown here")]
        return [*_listed(files, manifest), *_summed(files), *_terms(manifest), *_roll(files, manifest)]
    except KeyError as missing:
        return [(str(missing).strip("'"), "缺少这一项", "is missing")]
    except (ValueError, TypeError, AttributeError, zipfile.BadZipFile, zlib.error, OSError, RuntimeError, CryptoError, EOFError):
        return [("package", "文件已损坏，或者不是资料包", "the file is damaged, or is no package")]


def manifest_of(content: bytes) -> dict[str, Any]:
    """What a package that was verified says of itself."""
    found: dict[str, Any] = json.loads(_files(content)[MANIFEST])
    return found


def _files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if sum(one.file_size for one in entries) > _MOST or len({one.filename for one in entries}) != len(entries):
            raise ValueError("too large, or a name stands twice")
        return {one.filename: archive.read(one) for one in entries}


def _listed(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[Problem]:
    told = {row["name"]: row for row in manifest["files"]}
    for name, row in told.items():
        if name not in files:
            yield name, "清单里有，包里没有", "is in the manifest and not in the package"
        elif len(files[name]) != row["size"] or hashlib.sha256(files[name]).hexdigest() != row["sha256"]:
            yield name, "内容和清单里的校验值不一致，被改动过", "differs from its hash in the manifest: it was changed"
    for name in sorted(files.keys() - told.keys() - {MANIFEST, SUMS}):
        yield name, "包里有，清单里没有，是后来加进去的", "is in the package and not in the manifest: it was added"


def _summed(files: Mapping[str, bytes]) -> Iterator[Problem]:
    rows = {name: told for told, _blanks, name in (line.partition("  ") for line in files[SUMS].decode().splitlines())}
    for name in sorted((files.keys() | rows.keys()) - {SUMS}):
        if rows.get(name) != hashlib.sha256(files.get(name, b"")).hexdigest():
            yield name, "和 SHA256SUMS 里的校验值不一致", "differs from its hash in SHA256SUMS"


def _terms(manifest: Mapping[str, Any]) -> Iterator[Problem]:
    told = manifest["terms_hash"]
    if digest(canonical(manifest["terms"]), told.partition(":")[0]) != told:
        yield MANIFEST, "规则和它的指纹不一致，被改动过", "the terms differ from their hash: they were changed"


def _roll(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[Problem]:
    roll = json.loads(files[ROLL])
    terms, voters = roll["terms"], roll["voters"]
    suite = terms["root"].partition(":")[0]
    for voter in voters:
        who = text_digest(voter["who"], bytes.fromhex(voter["salt"]), suite) if voter["salt"] else voter["digest"]
        leaf = entry_hash("", {"roll": terms["roll"], "seq": voter["seq"], "who": who, "units": voter["units"]}, suite)
        if leaf != voter["leaf"] or who != voter["digest"]:
            yield f"{ROLL} #{voter['seq']}", "这一号的姓名或房屋被改动过", "the names or homes of this number were changed"
    units = [unit for voter in voters for unit in voter["units"]]
    if [v["seq"] for v in voters] != list(range(1, terms["voters"] + 1)) or len(units) != terms["units"]:
        yield ROLL, "人数或房屋数和冻结时不符", "voters or units are not as many as were frozen"
    if sum(unit[1] for unit in units) != terms["area"]:
        yield ROLL, "面积合计和冻结时不符", "the areas do not add up to what was frozen"
    if merkle_root([voter["leaf"] for voter in voters], suite) != terms["root"]:
        yield (
            ROLL,
            "名单和冻结时的存证不符：有人被加入、移出或调换",
            "the list is not the one that was frozen: somebody was added, removed or exchanged",
        )
    if entry_hash(roll["previous"], terms, suite) != roll["hash"] or roll["hash"] != manifest["roll"]["hash"]:
        yield ROLL, "名册指纹和公告的不一致", "the roll's hash is not the one that was announced"
    if _rows(files[LIST]) != Counter((v["seq"], format_area(u[1])) for v in voters for u in v["units"] or [[0, 0]]):
        yield LIST, "表格里的序号或面积和名册不一致", "numbers or areas in the list differ from the roll"


def _rows(content: bytes) -> Counter[tuple[int, str]]:
    """(number, area) of every row of the list; a voter without units stands there once, without area."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    next(rows)
    return Counter((int(row[0]), row[AREA_COLUMN] or format_area(0)) for row in rows)


# Where the area stands in a row of roll.csv.
AREA_COLUMN: Final = 9
