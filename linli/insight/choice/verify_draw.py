#!/usr/bin/env python3
"""
Check a published draw on your own computer: only Python 3.11 or newer is needed, nothing to install, no network.

    python3 verify_draw.py draw.json                         hold the draw again and compare
    python3 verify_draw.py draw.json --receipt mine.json     and look for my own entry
    python3 verify_draw.py draw.json --fingerprint sha256:…  and compare with the fingerprint on the notice board
    python3 verify_draw.py draw.json --commitment …          and with the value posted before the draw

核对公布的抽签包：只需要 Python 3.11 以上，不用安装任何东西，也不用联网。

What it does, in order:
1. the list is hashed again: an entrant added, removed or changed after the freezing shows;
2. everything announced beforehand (list, source, categories, lots) is hashed again: it must be the value posted before the draw;
3. the seed is made again from the announced source and its published text; look that text up yourself where the bundle says;
4. every ticket is hashed again, the whole draw is held again, and each place and each turn on the waiting list is compared.

A forger who rebuilds the whole bundle gets another commitment: compare it with the notice that was posted before the draw.
"""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
from pathlib import Path

FORMAT, RECEIPT = "linli.draw.bundle/1", "linli.draw.receipt/1"

Problem = tuple[str, str, str]  # where, what is wrong in Chinese, what is wrong in English


def canonical(value: object) -> bytes:
    """The one spelling of plain data: compact JSON, keys sorted, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def clean(text: str) -> str:
    """Unicode NFC, runs of white space as one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def who_of(nonce: str, household: str) -> str:
    """What binds a number to a household: only who has the nonce recognises it."""
    return sha(f"linli draw who 1\n{nonce}\n{clean(household)}")


def line_of(entrant: dict) -> str:
    """An entrant in the list's digest."""
    columns = [entrant["id"], ",".join(sorted(entrant["categories"]))]
    if entrant["carried"] or entrant["who"]:
        columns += [str(entrant["carried"]), entrant["who"]]
    return "\t".join(columns) + "\n"


def digest_of(bundle: dict) -> str:
    return sha("".join(line_of(entrant) for entrant in sorted(bundle["entrants"], key=lambda one: one["id"])))


def commitment_of(bundle: dict, digest: str) -> str:
    rows = [f"{c['id']}\t{c['places']}\t{int(c['passes_on'])}\t{','.join(c['lots'])}" for c in bundle["categories"]]
    return sha("\n".join(["linli-draw-commitment-1", clean(bundle["title"]), clean(bundle["source"]), *rows, digest]))


def seed_of(bundle: dict, digest: str) -> str:
    return sha("\n".join(["linli-draw-1", clean(bundle["title"]), digest, clean(bundle["source"]), clean(bundle["text"])]))


def draw_again(bundle: dict, seed: str) -> tuple[list[dict], list[dict]]:
    """Places and waiting list as they follow from the list, the categories and the seed."""
    tickets = {entrant["id"]: sha(f"{seed}\n{entrant['id']}") for entrant in bundle["entrants"]}
    having = {entrant["id"]: entrant["categories"] for entrant in bundle["entrants"]}
    carried = sorted((entrant for entrant in bundle["entrants"] if entrant["carried"]), key=lambda one: one["carried"])
    fresh = sorted((entrant["id"] for entrant in bundle["entrants"] if not entrant["carried"]), key=lambda one: (tickets[one], one))
    queue = [entrant["id"] for entrant in carried] + fresh
    drawn: list[dict] = []
    places, lots = 0, list[str]()
    for category in bundle["categories"]:
        places, lots = places + category["places"], lots + category["lots"]
        winners = [one for one in queue if category["id"] in having[one]][:places]
        for turn, one in enumerate(winners, start=1):
            lot = lots[turn - 1] if turn <= len(lots) else ""
            drawn.append({"id": one, "ticket": tickets[one], "category": category["id"], "turn": turn, "lot": lot})
        taken = set(winners)
        queue = [one for one in queue if one not in taken]
        places, lots = (places - len(winners), lots[len(winners) :]) if category["passes_on"] else (0, [])
    waiting = [{"id": one, "ticket": tickets[one], "turn": turn} for turn, one in enumerate(queue, start=1)]
    return drawn, waiting


def fingerprint_of(bundle: dict) -> str:
    """The hash of everything in the bundle but the fingerprint itself."""
    rest = {key: value for key, value in bundle.items() if key != "fingerprint"}
    return "sha256:" + hashlib.sha256(canonical(rest)).hexdigest()


def verify(bundle: dict) -> list[Problem]:
    """Everything wrong with a bundle; an honest one gives nothing. Never raises for what a file may hold."""
    try:
        return _verify(bundle)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        return [("bundle", f"抽签包的内容不完整或者看不懂：{error!r}", f"the bundle is incomplete or cannot be read: {error!r}")]


def _verify(bundle: dict) -> list[Problem]:
    if bundle.get("format") != FORMAT:
        return [("format", "这不是邻里的抽签包", "this is not a bundle of a draw")]
    found: list[Problem] = []
    ids = [entrant["id"] for entrant in bundle["entrants"]]
    if len(set(ids)) < len(ids):
        found.append(("entrants", "同一编号出现了两次", "an id appears twice"))
    places = [entrant["carried"] for entrant in bundle["entrants"] if entrant["carried"]]
    if len(set(places)) < len(places):
        found.append(("entrants", "候补位置重复", "two entrants have the same earlier place"))
    digest = digest_of(bundle)
    if digest != bundle["digest"]:
        found.append(
            (
                "digest",
                "名单和它的校验值不符：有人被加入、移出或改动",
                "the list is not the one hashed: somebody was added, removed or changed",
            )
        )
    commitment = commitment_of(bundle, digest)
    if commitment != bundle["commitment"]:
        found.append(
            (
                "commitment",
                "名单、来源、类别或名额和抽签前公布的不符",
                "list, source, categories or lots are not those announced before the draw",
            )
        )
    if not clean(bundle["text"]):
        found.append(("text", "没有随机数来源的内容", "the text of the source is missing"))
    seed = seed_of(bundle, digest)
    if seed != bundle["seed"]:
        found.append(("seed", "种子不是由名单和公布的内容得出的", "the seed does not follow from the list and the published text"))
    found += _compared(bundle, seed)
    if fingerprint_of(bundle) != bundle.get("fingerprint"):
        found.append(("fingerprint", "内容和指纹不符", "the content does not match its fingerprint"))
    return found


def _compared(bundle: dict, seed: str) -> list[Problem]:
    drawn, waiting = draw_again(bundle, seed)
    found: list[Problem] = []
    for where, right, said in (("drawn", drawn, bundle["drawn"]), ("waiting", waiting, bundle["waiting"])):
        true = {row["id"]: row for row in right}
        told = {row["id"]: row for row in said}
        if len(told) < len(said):
            found.append((where, "同一编号有两个结果", "an id has two results"))
        wrong = sorted(one for one in true.keys() | told.keys() if true.get(one) != told.get(one))
        found += [(f"{where} {one}", "结果不是重新抽签得出的", "not what holding the draw again gives") for one in wrong]
    return found


def verify_receipt(bundle: dict, receipt: dict) -> list[Problem]:
    """Is the entry of this receipt in the bundle, for this household? Never raises for what a file may hold."""
    try:
        if receipt.get("format") != RECEIPT:
            return [("receipt", "这不是报名回执", "this is not a receipt of an application")]
        entrant = next((one for one in bundle["entrants"] if one["id"] == receipt["number"]), None)
        if entrant is None:
            return [("receipt", "名单里没有回执上的编号", "the number of the receipt is not on the list")]
        if entrant["who"] != who_of(receipt["nonce"], receipt["household"]):
            return [("receipt", "编号在名单里，但已经换成了别的人家", "the number is on the list, but for another household")]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return [("receipt", f"回执看不懂：{error!r}", f"the receipt cannot be read: {error!r}")]
    return []


def result_for(bundle: dict, number: str) -> tuple[str, str]:
    """What a number got, in Chinese and English."""
    names = {c["id"]: c["name"] for c in bundle["categories"]}
    for row in bundle["drawn"]:
        if row["id"] == number:
            category = names[row["category"]]
            return f"{number}：抽中，{category} {row['lot']}", f"{number}: drawn, {category} {row['lot']}"
    for row in bundle["waiting"]:
        if row["id"] == number:
            return f"{number}：候补第 {row['turn']} 位", f"{number}: number {row['turn']} on the waiting list"
    return f"{number}：不在名单里", f"{number}: not on the list"


def main(arguments: list[str]) -> int:
    """The command line; 0 when all is right, 1 when something is wrong, 2 for wrong use."""
    files = [word for word in arguments if not word.startswith("--")]
    if not files or any(word in ("-h", "--help") for word in arguments):
        print(__doc__)
        return 2
    options: dict[str, str] = {}
    for name in ("--receipt", "--fingerprint", "--commitment"):
        if name in arguments[:-1]:
            options[name] = arguments[arguments.index(name) + 1]
    bundle_path = next(word for word in files if word not in options.values())
    bundle = json.loads(Path(bundle_path).read_bytes())
    problems = verify(bundle)
    if "--receipt" in options:
        receipt = json.loads(Path(options["--receipt"]).read_bytes())
        problems += verify_receipt(bundle, receipt)
        print(*result_for(bundle, str(receipt.get("number", ""))), sep="\n")
    for name in ("fingerprint", "commitment"):
        if options.get(f"--{name}", bundle.get(name)) != bundle.get(name):
            problems.append((name, "与另外公布的值不同", "differs from the value published elsewhere"))
    for where, text_zh, text_en in problems:
        print(f"✗ {where}  {text_zh} / {text_en}")
    if problems:
        return 1
    print(f"✓ {bundle['title']}: {len(bundle['entrants'])} entrants, {len(bundle['drawn'])} drawn. 抽签重做一遍，结果一致。")
    print(
        f"  source 来源: {bundle['source']}\n  text 内容: {bundle['text']}\n  commitment: {bundle['commitment']}\n  {bundle['fingerprint']}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
