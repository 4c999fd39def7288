#!/usr/bin/env python3
"""
Check a published ballot bundle on your own computer: only Python 3.11 or newer is needed, nothing to install, no network.

    python3 verify_bundle.py bundle.json                         recompute everything
    python3 verify_bundle.py bundle.json --receipt mine.json     and look for my own vote
    python3 verify_bundle.py bundle.json --fingerprint sha256:…  and compare with the fingerprint on the notice board
    python3 verify_bundle.py bundle.json --openings kept.json    for counting witnesses: and with what they keep sealed

核对公布的表决包：只需要 Python 3.11 以上，不用安装任何东西，也不用联网。

What it does, in order:
1. every vote's leaf is hashed again and the tree over all leaves is built again: a changed, added or removed vote shows;
2. the roll is hashed again; areas and owners are added up;
3. the result is computed again from the rule in the bundle, with exact fractions;
4. where there were several options, the votes for each are counted again, and the test of the law for the one that came first;
5. for an election: the test of the law for every candidate (of a secret one by owners; areas are in the witnesses' openings), and the seats with
   the quotas of the rule;
6. for a secret ballot: votes carry sealed areas (Pedersen commitments). The seals of all votes in favour, multiplied, must open to the
   area in favour; and a proof shows that the sealed areas are exactly the areas of those who took part, in an unknown order.

A forger who rebuilds the whole bundle gets a different fingerprint and root: compare them with the notice board and with your receipt.
"""

from __future__ import annotations

import hashlib
import json
import sys
from fractions import Fraction

FORMAT, RECEIPT, OPENINGS = "linli.ballot.bundle/1", "linli.ballot.receipt/1", "linli.ballot.openings/1"
CHOICES = ("agree", "against", "abstain", "invalid")
NAMED_KEYS = {"n", "owner", "choice", "channel", "nonce", "leaf", "not_counted", "said"}
SECRET_KEYS = {"tag", "choice", "seal", "leaf", "said"}

# The 2048-bit prime of RFC 3526 (group 14). Numbers count up to their sign, which leaves a group of the prime order Q.
P = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D"
    "6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A"
    "69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2"
    "EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
Q = (P - 1) // 2
G = 2
SMALL = 128  # bits of a challenge

Problem = tuple[str, str, str]  # where, what is wrong in Chinese, what is wrong in English


# --- hashing -------------------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    """The one spelling of plain data: compact JSON, keys sorted, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_of(entry: dict) -> bytes:
    """The leaf of a vote or a row of the roll: everything in it but the leaf itself."""
    return sha(b"\x00", canonical({key: value for key, value in entry.items() if key != "leaf"}))


def root_of(leaves: list[bytes]) -> str:
    """The RFC 6962 tree over leaves: pairs are joined level by level, an odd last one rises."""
    nodes = list(leaves)
    if not nodes:
        return "sha256:" + sha().hex()
    while len(nodes) > 1:
        joined = [sha(b"\x01", nodes[at], nodes[at + 1]) for at in range(0, len(nodes) - 1, 2)]
        nodes = joined + nodes[len(joined) * 2 :]
    return "sha256:" + nodes[0].hex()


def root_from_path(leaf: bytes, index: int, size: int, path: list[str]) -> str:
    """The root that a leaf at `index` of `size` leads to by its path; empty when the path does not fit."""
    if not 0 <= index < size:
        return ""
    node, at, last = leaf, index, size - 1
    for step in path:
        sibling = bytes.fromhex(step)
        if last == 0:
            return ""
        if at & 1 or at == last:
            node = sha(b"\x01", sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = sha(b"\x01", node, sibling)
        at, last = at >> 1, last >> 1
    return "sha256:" + node.hex() if last == 0 else ""


def fingerprint_of(bundle: dict) -> str:
    return "sha256:" + sha(canonical({key: value for key, value in bundle.items() if key != "fingerprint"})).hex()


def hundredths(text: str) -> int:
    """ "89.37" (square metres) as 8937."""
    whole, _point, rest = text.partition(".")
    if not (whole.isdigit() and len(rest) == 2 and rest.isdigit() and text.isascii()):
        raise ValueError(f"no area: {text!r}")
    return int(whole) * 100 + int(rest)


def metres(number: int) -> str:
    return f"{number // 100}.{number % 100:02d}"


# --- the count -----------------------------------------------------------------------------------


def count_named(bundle: dict, areas: dict[int, int]) -> tuple[dict, dict, dict]:
    """Participating, agree and against, each {area, owners}. An owner counts once; papers that disagree hold each other."""
    chosen: dict[int, set[str]] = {}
    for vote in bundle["votes"]:
        if not vote.get("not_counted"):
            chosen.setdefault(vote["owner"], set()).add(vote["choice"])
    one = {owner: next(iter(choices)) for owner, choices in chosen.items() if len(choices) == 1}
    taking_part = ["agree", "against", "abstain"]
    if bundle["rule"]["policies"]["invalid_ballot"] == "participates_not_consent":
        taking_part.append("invalid")
    by_choice = {choice: [owner for owner in one if one[owner] == choice] for choice in CHOICES}
    silent = [owner for owner in set(bundle.get("delivered", [])) if owner in areas and owner not in chosen]

    def total(owners: list[int]) -> dict:
        return {"area": sum(areas[owner] for owner in owners), "owners": len(owners)}

    groups = {choice: total(owners) for choice, owners in by_choice.items()}
    participating = total([owner for choice in taking_part for owner in by_choice[choice]])
    agree, against = groups["agree"], groups["against"]
    policy = bundle["rule"]["policies"]["silent"]
    if policy != "strict":
        extra = total(silent)
        leads = {first_of(groups, name) for name in ("area", "owners")}
        follows = leads.pop() if len(leads) == 1 and policy == "follow_majority" else None
        participating = add(participating, extra)
        agree = add(agree, extra) if follows == "agree" else agree
        against = add(against, extra) if follows == "against" else against
    return participating, agree, against


def first_of(groups: dict, name: str) -> str | None:
    """The choice with more than any other, or None."""
    amounts = {choice: groups[choice][name] for choice in ("agree", "against", "abstain")}
    most = max(amounts.values())
    first = [choice for choice, amount in amounts.items() if amount == most]
    return first[0] if most and len(first) == 1 else None


def add(one: dict, two: dict) -> dict:
    return {name: one[name] + two[name] for name in one}


def meets(part: int, whole: int, test: list[str]) -> bool:
    """Exactly: part of whole against [">=", "2/3"]. Of nothing, no least share is reached."""
    op, share = test[0], Fraction(test[1])
    if whole == 0:
        return op in ("<", "<=")
    left, right = part * share.denominator, share.numerator * whole
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[op]


def judge(rule: dict, total: dict, participating: dict, agree: dict, against: dict) -> tuple[bool, bool]:
    """(quorum, passed) by the thresholds in the bundle."""
    tests = {
        kind: {name: test for name, test in (rule.get(kind) or {}).items() if name != "base"}
        for kind in ("take_part", "agree", "object_max")
    }
    base = total if (rule.get("agree") or {}).get("base") == "all" else participating
    quorum = all(meets(participating[name], total[name], test) for name, test in tests["take_part"].items())
    consent = all(meets(agree[name], base[name], test) for name, test in tests["agree"].items())
    calm = all(meets(against[name], total[name], test) for name, test in tests["object_max"].items())
    return quorum, quorum and consent and calm


# --- the seats of an election ----------------------------------------------------------------------


def carried_of(bundle: dict, areas: dict[int, int], total: dict) -> list[str]:
    """The candidates of a named ballot who pass the test of the law."""
    return [
        code
        for code in bundle["ballot"]["options"]
        if judge(bundle["rule"], total, *count_named({**bundle, "votes": _as_said(bundle["votes"], code)}, areas))[1]
    ]


def _as_said(votes: list[dict], code: str) -> list[dict]:
    return [{**vote, "choice": supports(vote["said"], code)} for vote in votes]


def seats_of(ballot: dict, votes: dict[str, int], carried: list[str]) -> dict:
    """
    Who gets the seats. The most votes first, among those who passed; then, quota by quota, the next of the group instead of the last whom no quota
    needs. Whoever is equal in votes to somebody who could have the seat just as well does not have it yet.
    """
    codes, groups, quotas = ballot["options"], ballot.get("groups", {}), {q["code"]: q["least"] for q in ballot.get("quotas", [])}
    queue = sorted((code for code in codes if code in carried and votes[code]), key=lambda code: (-votes[code], codes.index(code)))

    def members(quota: str, people: list[str]) -> int:
        return sum(quota in groups.get(code, []) for code in people)

    def may_swap(people: list[str], goes: str, comes: str, held: dict[str, int]) -> bool:
        lost = [q for q in held if q in groups.get(goes, []) and q not in groups.get(comes, [])]
        return all(members(q, people) > held[q] for q in lost)

    def equals(people: list[str], held: dict[str, int]) -> list[str]:
        outside = [code for code in queue if code not in people]
        pairs = [(a, b) for a in people for b in outside if votes[a] == votes[b] and may_swap(people, a, b, held)]
        return [code for code in queue if any(code in pair for pair in pairs)]

    first = queue[: ballot["seats"]]
    seated, short = list(first), []
    for quota, least in quotas.items():
        while members(quota, seated) < least:
            swaps = [
                (comes, goes)
                for comes in queue
                if comes not in seated and quota in groups.get(comes, [])
                for goes in reversed(seated)
                if quota not in groups.get(goes, []) and may_swap(seated, goes, comes, quotas)
            ]
            if not swaps:
                short.append(quota)
                break
            seated = [code for code in queue if code == swaps[0][0] or (code in seated and code != swaps[0][1])]
    tied, by_votes_alone = equals(seated, quotas), [code for code in first if code not in equals(first, {})]
    elected = [code for code in seated if code not in tied]
    rest = [code for code in queue if code not in seated and code not in tied]
    stand_by = [] if tied else rest[: ballot["alternates"]]
    level = {votes[code] for code in stand_by} & {votes[code] for code in rest[len(stand_by) :]}
    return {
        "elected": elected,
        "alternates": [code for code in stand_by if votes[code] not in level],
        "tied": tied,
        "by_quota": [code for code in elected if code not in by_votes_alone],
        "short_of": short,
        "vacant": ballot["seats"] - len(elected),
    }


def elected_words(bundle: dict) -> list[tuple[str, str]]:
    """Who has a seat, by the code on the ballot, and whom only a quota gave it; empty for what is no election."""
    seats = bundle["result"].get("seats", {"elected": []})
    return [
        (f"{code} 按名额要求当选", f"{code} elected by a quota") if code in seats["by_quota"] else (f"{code} 当选", f"{code} elected")
        for code in seats["elected"]
    ]


def _check_seats(bundle: dict, areas: dict[int, int], total: dict, participating: dict) -> list[Problem]:
    """For an election: who passed the law's test, and who has the seats. Of a secret ballot the test is computed by owners alone."""
    ballot, said = bundle["ballot"], bundle["result"]
    if "seats" not in ballot:
        return []
    found, carried = heads_of(bundle["votes"], ballot["options"]), said["carried"]
    problems: list[Problem] = []
    if bundle["secrecy"] == "secret":
        able = carried_by_heads(bundle, total, participating, found)
        wrong = set(carried) != set(able) if ballot.get("counts") == "heads" else not set(carried) <= set(able)
    else:
        able = carried_of(bundle, areas, total)
        wrong = carried != able
    if wrong:
        problems.append(("result.carried", f"重算达到标准的是 {able}，公布的是 {carried}", f"recomputed {able} pass, published {carried}"))
    seats = seats_of(ballot, found, carried)
    problems += [
        (
            f"result.seats.{name}",
            f"席位重算得到 {value}，公布的是 {said['seats'].get(name)}",
            f"seats recomputed {value}, published {said['seats'].get(name)}",
        )
        for name, value in seats.items()
        if said["seats"].get(name) != value
    ]
    return problems


def carried_by_heads(bundle: dict, total: dict, participating: dict, votes: dict[str, int]) -> list[str]:
    """The candidates of a secret ballot who pass by the number of owners."""
    consent = {name: test for name, test in (bundle["rule"].get("agree") or {}).items() if name != "area"}
    rule = {"take_part": bundle["rule"]["take_part"], "agree": consent}
    return [code for code, owners in votes.items() if judge(rule, total, participating, {"owners": owners}, {})[1]]


# --- sealed areas of a secret ballot -------------------------------------------------------------


def second_base(ballot: str) -> int:
    """A number whose power of 2 nobody knows: it comes out of a hash of the ballot's id."""
    stream = b"".join(sha(b"linli second base 1\n", ballot.encode(), bytes([at])) for at in range(68))
    return pow(int.from_bytes(stream) % P, 2, P)


def plain(number: int) -> int:
    """One of a number and its negative: the smaller."""
    return min(number, P - number)


class Powers:
    """Powers of one number, quick after some preparation: a table for every eight bits of the exponent."""

    def __init__(self, base: int, bits: int) -> None:
        self.base, self.tables = base, []
        for _at in range((bits + 7) // 8):
            row = [1]
            for _entry in range(255):
                row.append(row[-1] * base % P)
            self.tables.append(row)
            base = row[-1] * base % P

    def power(self, exponent: int) -> int:
        if exponent < 0 or exponent >> (8 * len(self.tables)):
            return pow(self.base, exponent % Q, P)
        found = 1
        for table in self.tables:
            if not exponent:
                break
            found = found * table[exponent & 255] % P
            exponent >>= 8
        return found


def challenge(*parts: object) -> int:
    """A number of SMALL bits that nobody can choose: a hash of everything it depends on."""
    return int.from_bytes(sha(b"linli challenge 1\n", canonical(parts))[: SMALL // 8])


def point_of(ballot: str, seals: list[str], areas: list[int]) -> int:
    """Where the two products of the proof are compared; its top bit is set, so that it is larger than any area."""
    return challenge("point", ballot, seals, areas) | 1 << (SMALL - 1)


def check_seals(bundle: dict, areas: list[int], quick: bool) -> list[Problem]:
    """Whether the seals of votes in favour open to the published area, those of all others to the rest, and all to the areas of those taking part."""
    votes, sums = bundle["votes"], bundle.get("sums")
    if sums is None:
        return []
    h, products, problems = second_base(bundle["ballot"]["id"]), {"agree": 1, "others": 1}, []
    for vote in votes:
        side = "agree" if vote["choice"] == "agree" else "others"
        products[side] = products[side] * int(vote["seal"], 16) % P
    for side, product in products.items():
        opened = pow(G, hundredths(sums[side]["area"]), P) * pow(h, int(sums[side]["blinding"], 16), P) % P
        if plain(opened) != plain(product):
            problems.append((f"sums.{side}", "封存面积的合计与公布的面积不符", "the sealed areas do not add up to the published area"))
    if hundredths(sums["agree"]["area"]) + hundredths(sums["others"]["area"]) != sum(areas):
        problems.append(("sums", "两项面积合计不等于参与者的面积", "both areas together are not the area of those who took part"))
    if "proof" in bundle and not quick and not check_multiset(bundle, areas, h):
        problems.append(("proof", "封存的面积不是参与者的面积", "the sealed areas are not the areas of those who took part"))
    return problems


def check_multiset(bundle: dict, areas: list[int], h: int) -> bool:
    """
    That the sealed areas are `areas` in some order: the product of (x - area) is the same for both at a point x nobody could choose. The
    running products are sealed too (steps); for each, answers show that it is the one before times (x - sealed area), without opening it.
    """
    proof, seals = bundle["proof"], [vote["seal"] for vote in bundle["votes"]]
    x = point_of(bundle["ballot"]["id"], seals, sorted(areas))
    steps, answers = [int(step, 16) for step in proof["steps"]], proof["answers"]
    if not seals or len(seals) != len(areas) or not len(steps) == len(answers) == len(seals) - 1:
        return False
    bits = 4 * SMALL
    powers_g, powers_h = Powers(G, bits), Powers(h, bits)
    factors = [powers_g.power(x) * pow(int(seal, 16), -1, P) % P for seal in seals]
    c, before, firsts = int(proof["challenge"], 16), factors[0], []
    for factor, step, answer in zip(factors[1:], steps, answers, strict=True):
        u, v, w = (int(number, 16) for number in answer)
        first = powers_g.power(u) * powers_h.power(v) * pow(factor, -c, P) % P
        second = pow(before, u, P) * powers_h.power(w) * pow(step, -c, P) % P
        firsts.append([f"{plain(first):x}", f"{plain(second):x}"])
        before = step
    if c != challenge("answers", x, proof["steps"], firsts):
        return False
    product = 1
    for area in areas:
        product = product * (x - area) % Q
    return plain(pow(G, product, P) * pow(h, int(proof["last"], 16), P) % P) == plain(before)


# --- the whole bundle ----------------------------------------------------------------------------


def verify(bundle: dict, quick: bool = False) -> list[Problem]:
    """Everything that is wrong, in words; empty: it holds. `quick` leaves out the proof of a secret ballot (seconds for a thousand votes)."""
    try:
        if bundle.get("format") != FORMAT:
            return [("format", f"不是 {FORMAT} 格式的表决包", f"this is no bundle of the format {FORMAT}")]
        return list(_verify(bundle, quick))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ZeroDivisionError) as fault:
        return [("bundle", f"缺少或者写错了内容：{fault!r}", f"something is missing or misspelt: {fault!r}")]


def _verify(bundle: dict, quick: bool) -> list[Problem]:
    problems: list[Problem] = []
    secret = bundle["secrecy"] == "secret"
    problems += _check_roll(bundle)
    areas: dict[int, int] = {}
    for row in bundle["roll"]:
        areas[row["owner"]] = areas.get(row["owner"], 0) + hundredths(row["area"])
    problems += _check_votes(bundle, secret, areas)
    problems += _check_said(bundle)
    total = {"area": sum(areas.values()), "owners": len(areas)}
    if secret:
        took_part = bundle["took_part"]
        if sorted(set(took_part)) != took_part or not set(took_part) <= areas.keys():
            problems.append(
                (
                    "took_part",
                    "参与名单有重复、次序不对或者不在名册上的人",
                    "the list of those who took part has repeats, is unsorted or names strangers",
                )
            )
        if len(took_part) != len(bundle["votes"]):
            problems.append(
                (
                    "votes",
                    f"票数 {len(bundle['votes'])} 与参与人数 {len(took_part)} 不符",
                    f"{len(bundle['votes'])} votes, but {len(took_part)} owners took part",
                )
            )
        mine = [areas[owner] for owner in took_part if owner in areas]
        participating = {"area": sum(mine), "owners": len(took_part)}
        problems += check_seals(bundle, mine, quick)
        if bundle["rule"]["policies"]["silent"] == "delivered_participates":
            silent = [owner for owner in set(bundle.get("delivered", [])) if owner in areas and owner not in took_part]
            participating = add(participating, {"area": sum(areas[owner] for owner in silent), "owners": len(silent)})
        problems += _check_seats(bundle, areas, total, participating)
        if bundle.get("sums") is None:
            return problems + _check_withheld(bundle, total, participating) + _check_fingerprint(bundle)
        agree = {"area": hundredths(bundle["sums"]["agree"]["area"]), "owners": sum(vote["choice"] == "agree" for vote in bundle["votes"])}
        against = {"area": 0, "owners": 0}
    else:
        participating, agree, against = count_named(bundle, areas)
        problems += _check_seats(bundle, areas, total, participating)
    return problems + _check_result(bundle, total, participating, agree, against) + _check_fingerprint(bundle)


def _check_roll(bundle: dict) -> list[Problem]:
    if root_of([leaf_of(row) for row in bundle["roll"]]) != bundle["roll_root"]:
        return [("roll", "名册被改动：与公布的名册指纹不符", "the roll was changed: it does not match its root")]
    return []


def _check_votes(bundle: dict, secret: bool, areas: dict[int, int]) -> list[Problem]:
    problems: list[Problem] = []
    votes, size = bundle["votes"], bundle["tree"]["size"]
    allowed = SECRET_KEYS if secret else NAMED_KEYS
    leaves = []
    for at, vote in enumerate(votes):
        leaf = leaf_of(vote)
        leaves.append(leaf)
        where = f"votes[{at}]"
        if leaf.hex() != vote["leaf"]:
            problems.append((where, "这张票被改动过", "this vote was changed"))
        if vote["choice"] not in CHOICES or not vote.keys() <= allowed:
            problems.append((where, "这张票的内容不合格式", "this vote has something it should not have"))
        if not secret and (vote["owner"] not in areas or vote["n"] != at + 1):
            problems.append((where, "这张票的业主不在名册上，或者编号不连续", "the owner is not on the roll, or the numbers have a gap"))
    if secret:
        tags = [vote["tag"] for vote in votes]
        if tags != sorted(set(tags)):
            problems.append(("votes", "票的标签有重复或者没有按次序排列", "tags occur twice or are not in order"))
    if len(votes) != size:
        what = (f"少了 {size - len(votes)} 张票", f"{size - len(votes)} votes are missing") if len(votes) < size else ()
        problems.append(("votes", *(what or (f"多了 {len(votes) - size} 张票", f"{len(votes) - size} votes too many"))))
    if root_of(leaves) != bundle["tree"]["root"]:
        problems.append(
            ("tree.root", "票的总指纹不符：有票被改动、删除、添加或者调换", "the root differs: a vote was changed, removed, added or moved")
        )
    return problems


def supports(said: dict | str, option: str | None) -> str:
    """What a vote among several options says to one of them: agree when it names it (to any, where none is asked about)."""
    if isinstance(said, str):
        return said
    named = next(iter(said.values()))  # {"approve": [codes]}, {"rank": [codes]} or {"points": {code: n}}
    return "agree" if (option in named if option else named) else "against"


def heads_of(votes: list[dict], codes: list[str]) -> dict[str, int]:
    """How many votes that count name each option."""
    return {
        code: sum(
            not vote.get("not_counted") and isinstance(vote["said"], dict) and supports(vote["said"], code) == "agree" for vote in votes
        )
        for code in codes
    }


def _check_said(bundle: dict) -> list[Problem]:
    """Where there were several options: each vote's choice is what it says of the option the law's test is about, and the numbers hold."""
    options = bundle["ballot"].get("options")
    if options is None:
        if any("said" in vote for vote in bundle["votes"]):
            return [("votes", "这次表决没有方案可选，票里却写了方案", "there were no options, yet votes name some")]
        return []
    problems: list[Problem] = []
    about = bundle["ballot"]["option"]
    for at, vote in enumerate(bundle["votes"]):
        said = vote["said"]
        named = [] if isinstance(said, str) else list(next(iter(said.values())))
        if not set(named) <= set(options) or vote["choice"] != supports(said, about):
            problems.append(
                (f"votes[{at}]", "这张票选的方案与它的表态不符", "what this vote says of the options is not what it is counted as")
            )
    found = heads_of(bundle["votes"], options)
    if found != bundle["result"].get("heads"):
        problems.append(("result.heads", f"各方案的票数重算得到 {found}", f"votes for each option recomputed: {found}"))
    return problems


def _check_result(bundle: dict, total: dict, participating: dict, agree: dict, against: dict) -> list[Problem]:
    said, (quorum, passed) = bundle["result"], judge(bundle["rule"], total, participating, agree, against)
    found = {
        "quorum": quorum, "passed": passed, "total": shown(total), "participating": shown(participating), "agree": shown(agree),
    }  # fmt: skip
    return [
        (f"result.{name}", f"重算得到 {value}，公布的是 {said.get(name)}", f"recomputed {value}, published {said.get(name)}")
        for name, value in found.items()
        if said.get(name) != value
    ]


def _check_withheld(bundle: dict, total: dict, participating: dict) -> list[Problem]:
    """Areas by choice are withheld: what can be recomputed is the number of owners, and who took part."""
    said = bundle["result"]
    owners = sum(vote["choice"] == "agree" for vote in bundle["votes"])
    heads = {kind: {name: test for name, test in (bundle["rule"].get(kind) or {}).items() if name != "area"} for kind in ("agree",)}
    _quorum, by_heads = judge(heads, total, participating, {"owners": owners}, {})
    quorum, _passed = judge({"take_part": bundle["rule"]["take_part"]}, total, participating, {}, {})
    found = {"total": shown(total), "participating": shown(participating), "agree": {"owners": owners}, "quorum": quorum}
    if said.get("passed") is not False and not (said.get("passed") is True and quorum and by_heads):
        return [("result.passed", "按人数没有通过，公布的却是通过", "it does not pass by the number of owners, yet is published as passed")]
    if not isinstance(bundle.get("withheld"), dict):
        return [("withheld", "没有公布面积，也没有说明理由", "areas are not published, and no reason is given")]
    return [
        (f"result.{name}", f"重算得到 {value}，公布的是 {said.get(name)}", f"recomputed {value}, published {said.get(name)}")
        for name, value in found.items()
        if said.get(name) != value
    ]


def _check_fingerprint(bundle: dict) -> list[Problem]:
    if fingerprint_of(bundle) != bundle["fingerprint"]:
        return [("fingerprint", "表决包的指纹不符：内容被改动过", "the fingerprint differs: something in the bundle was changed")]
    return []


def shown(amounts: dict) -> dict:
    return {"area": metres(amounts["area"]), "owners": amounts["owners"]}


def verify_receipt(bundle: dict, receipt: dict) -> list[Problem]:
    """Whether the vote of this receipt is in the bundle as it was cast; for a secret ballot also whether its seal holds the voter's own area."""
    try:
        if receipt.get("format") != RECEIPT or receipt["ballot"] != bundle["ballot"]["id"]:
            return [("receipt", "这不是这次表决的回执", "this is no receipt of this ballot")]
        vote = receipt["vote"]
        leaf = leaf_of(vote)
        problems: list[Problem] = []
        if leaf.hex() not in {other["leaf"] for other in bundle["votes"]} or leaf.hex() not in {
            leaf_of(other).hex() for other in bundle["votes"]
        }:
            problems.append(
                ("receipt", "回执上的票不在表决包里：被删除或者改动了", "the vote of this receipt is not in the bundle: removed or changed")
            )
        if "path" in receipt and root_from_path(leaf, receipt["index"], receipt["size"], receipt["path"]) != bundle["tree"]["root"]:
            problems.append(("receipt.path", "回执的路径到不了公布的总指纹", "the path of the receipt does not lead to the published root"))
        if "blinding" in receipt:
            h = second_base(bundle["ballot"]["id"])
            opened = pow(G, hundredths(receipt["area"]), P) * pow(h, int(receipt["blinding"], 16), P) % P
            if plain(opened) != plain(int(vote["seal"], 16)):
                problems.append(("receipt.area", "封存的面积不是回执上的面积", "the sealed area is not the area on the receipt"))
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        return [("receipt", f"回执缺少或者写错了内容：{fault!r}", f"something is missing or misspelt in the receipt: {fault!r}")]
    return problems


def verify_openings(bundle: dict, kept: dict) -> list[Problem]:
    """For the counting witnesses: whether the openings they keep are those of this bundle, and give its result; also where areas are withheld."""
    try:
        if kept.get("format") != OPENINGS or kept["ballot"] != bundle["ballot"]["id"]:
            return [("openings", "这不是这次表决的封存内容", "these are no openings of this ballot")]
        problems: list[Problem] = []
        if "sha256:" + sha(canonical(kept)).hex() != bundle["openings"]:
            problems.append(("openings", "封存内容与表决包里的指纹不符", "the openings do not match their fingerprint in the bundle"))
        h, found, agree = Powers(second_base(bundle["ballot"]["id"]), 2 * SMALL), [], {"area": 0, "owners": 0}
        codes = bundle["ballot"]["options"] if "seats" in bundle["ballot"] else []
        for_each = {code: {"area": 0, "owners": 0} for code in codes}
        for at, vote in enumerate(bundle["votes"]):
            opening = kept["openings"][vote["tag"]]
            area = hundredths(opening["area"])
            if plain(pow(G, area, P) * h.power(int(opening["blinding"], 16)) % P) != plain(int(vote["seal"], 16)):
                problems.append((f"votes[{at}]", "封存的面积与保管的内容不符", "the sealed area is not the one kept"))
            found.append(area)
            if vote["choice"] == "agree":
                agree = add(agree, {"area": area, "owners": 1})
            for code in codes:
                if supports(vote["said"], code) == "agree":
                    for_each[code] = add(for_each[code], {"area": area, "owners": 1})
        areas: dict[int, int] = {}
        for row in bundle["roll"]:
            areas[row["owner"]] = areas.get(row["owner"], 0) + hundredths(row["area"])
        if sorted(found) != sorted(areas[owner] for owner in bundle["took_part"]):
            problems.append(("openings", "保管的面积不是参与者的面积", "the areas kept are not those of the owners who took part"))
        said = bundle["result"]
        total, participating = ({**said[name], "area": hundredths(said[name]["area"])} for name in ("total", "participating"))
        if judge(bundle["rule"], total, participating, agree, {"area": 0, "owners": 0}) != (said["quorum"], said["passed"]):
            problems.append(("result", "按保管的内容重算，结果不同", "the result recomputed from what is kept is another"))
        nobody = {"area": 0, "owners": 0}
        carried = [code for code in codes if judge(bundle["rule"], total, participating, for_each[code], nobody)[1]]
        if codes and set(carried) != set(said["carried"]):
            problems.append(("result.carried", f"按保管的内容，达到标准的是 {carried}", f"by what is kept, those who pass are {carried}"))
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        return [("openings", f"缺少或者写错了内容：{fault!r}", f"something is missing or misspelt: {fault!r}")]
    return problems


def main(words: list[str]) -> int:
    try:
        options = dict(zip(words[1::2], words[2::2], strict=True))
        with open(words[0], encoding="utf-8") as file:  # noqa: PTH123 - a script for anybody, plain on purpose
            bundle = json.load(file)
        beside = {}
        for option in ("--receipt", "--openings"):
            if option in options:
                with open(options[option], encoding="utf-8") as file:  # noqa: PTH123
                    beside[option] = json.load(file)
    except (IndexError, ValueError, OSError) as fault:
        print(f"{fault}\n{__doc__}", file=sys.stderr)
        return 2
    problems = verify(bundle)
    if "--receipt" in beside:
        problems += verify_receipt(bundle, beside["--receipt"])
    if "--openings" in beside:
        problems += verify_openings(bundle, beside["--openings"])
    if "--fingerprint" in options and options["--fingerprint"] != bundle.get("fingerprint"):
        problems.append(("fingerprint", "与公告栏上的指纹不同", "differs from the fingerprint on the notice board"))
    for where, chinese, english in problems:
        print(f"✗ {where}: {chinese} / {english}")
    if not problems:
        print(f"✓ {len(bundle['votes'])} 张票，结果重算一致 / {len(bundle['votes'])} votes; the result recomputes")
        for chinese, english in elected_words(bundle):
            print(f"  {chinese} / {english}")
        if bundle.get("withheld"):
            print("! 按选择的面积没有公布 / areas by choice are withheld:", bundle["withheld"].get("zh"), "/", bundle["withheld"].get("en"))
        elif bundle["secrecy"] == "secret" and "proof" not in bundle:
            print("! 没有附封存面积的证明 / the proof of the sealed areas is not included")
    print(bundle.get("fingerprint", ""))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
