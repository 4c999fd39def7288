"""A published bundle recomputes; whatever is removed, added or changed shows; a receipt proves inclusion; a secret vote stays unlinked."""

import ast
import copy
import json
import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.insight.choice import bundle as bundles
from linli.insight.choice import verify_bundle as plain
from linli.insight.choice.bundle import NamedVote, NotSecret, Row, SecretVote
from linli.insight.choice.seals import Opening, new_opening, prove, seal
from linli.insight.choice.tally import CHOICES, collect, tally
from linli.insight.choice.units import Unit, make_roll
from linli.law import voting
from linli.law.voting import RuleRefused

PROFILE = voting.profile("owners.civil_code.ordinary")
BALLOT = {"id": "ballot-2026-7", "title": "加装电梯"}
TYPES = [6520, 8937, 11205]
Bundle = dict[str, Any]


def roll(homes: int = 40, seed: int = 1) -> list[Row]:
    chance = random.Random(seed)
    return [Row(number, chance.choice(TYPES), f"3-1-{number}", f"{chance.getrandbits(256):064x}") for number in range(1, homes + 1)]


def rule(profile: str = "owners.civil_code.ordinary", **policies: str) -> dict[str, Any]:
    return bundles.rule_snapshot(voting.profile(profile), {"silent": "strict", "invalid_ballot": "participates_not_consent", **policies})


def named(votes: list[tuple[int, str]], homes: int = 40, **policies: str) -> Bundle:
    chance = random.Random(7)
    cast = [NamedVote(owner, choice, "online", f"{chance.getrandbits(256):064x}") for owner, choice in votes]
    return bundles.named_bundle(BALLOT, rule(**policies), roll(homes), cast, delivered=range(1, homes + 1))


MIXED = [(owner, random.Random(owner).choice(["agree", "agree", "against", "abstain", "invalid"])) for owner in range(1, 33)]


@cache
def _secret() -> tuple[str, tuple[SecretVote, ...]]:
    chance = random.Random(5)
    rows = roll()
    votes = tuple(
        SecretVote(
            bundles.make_tag(f"{chance.getrandbits(256):x}", "theirs"), choice, new_opening(rows[owner - 1].area, chance.getrandbits)
        )
        for owner, choice in MIXED
    )
    bundle = bundles.secret_bundle(BALLOT, rule(), rows, [owner for owner, _choice in MIXED], votes, bits=chance.getrandbits)
    return json.dumps(bundle), votes


def secret() -> Bundle:
    content: Bundle = json.loads(_secret()[0])
    return content


def reforged(bundle: Bundle) -> Bundle:
    """What a forger does who rebuilds every hash after a change."""
    for vote in bundle["votes"]:
        vote["leaf"] = plain.leaf_of(vote).hex()
    leaves = [bytes.fromhex(vote["leaf"]) for vote in bundle["votes"]]
    bundle["tree"] = {"size": len(leaves), "root": plain.root_of(leaves)}
    bundle["fingerprint"] = plain.fingerprint_of(bundle)
    return bundle


def places(problems: list[plain.Problem]) -> set[str]:
    assert all(chinese and english for _where, chinese, english in problems)
    return {where for where, _chinese, _english in problems}


# --- named ---------------------------------------------------------------------------------------


def test_a_named_bundle_holds_and_counts_as_the_tally_does() -> None:
    votes = [*MIXED, (1, "agree"), (2, "agree"), (2, "against")]
    bundle = named(votes)
    counted = make_roll([Unit(row.unit, row.area, str(row.owner)) for row in roll()])
    cast = collect(counted, [(str(owner), CHOICES[choice]) for owner, choice in votes])
    result = tally(PROFILE, counted, cast, invalid_ballot="participates_not_consent")

    assert plain.verify(bundle) == []
    assert bundle["result"]["passed"] is result.verdict.passed
    for name in ("total", "participating", "agree", "against"):
        assert bundle["result"][name] == plain.shown(dict(getattr(result.counts, name)))


VOTES = st.lists(st.tuples(st.integers(1, 12), st.sampled_from(plain.CHOICES)), max_size=30)
PROFILES = ["owners.civil_code.ordinary", "owners.civil_code.major", "owners.before_2021.major"]


@given(
    VOTES,
    st.sampled_from(sorted(voting.policies()["silent"].values)),
    st.sampled_from(sorted(voting.policies()["invalid_ballot"].values)),
    st.sampled_from(PROFILES),
)
def test_the_script_and_the_tally_agree_on_every_bundle(votes, silent, invalid, profile) -> None:
    """Two ways to count, written apart: thresholds, joint owners, silence and invalid papers must come out the same."""
    rows = roll(12)
    cast = [NamedVote(owner, choice, "paper", f"{at:064x}") for at, (owner, choice) in enumerate(votes)]
    reached = [1, 2, 3, 4, 5, 6, 7]
    bundle = bundles.named_bundle(BALLOT, rule(profile, silent=silent, invalid_ballot=invalid), rows, cast, reached)
    counted = make_roll([Unit(row.unit, row.area, str(row.owner)) for row in rows])
    papers = collect(counted, [(str(owner), CHOICES[choice]) for owner, choice in votes])
    result = tally(voting.profile(profile), counted, papers, silent=silent, delivered=map(str, reached), invalid_ballot=invalid)

    assert plain.verify(bundle) == []
    assert (bundle["result"]["quorum"], bundle["result"]["passed"]) == (result.verdict.quorum, result.verdict.passed)
    assert bundle["result"]["participating"] == plain.shown(dict(result.counts.participating))
    assert bundle["result"]["agree"] == plain.shown(dict(result.counts.agree))


def remove(bundle: Bundle) -> None:
    del bundle["votes"][7]


def add(bundle: Bundle) -> None:
    bundle["votes"].append({**bundle["votes"][3], "n": len(bundle["votes"]) + 1})


def change(bundle: Bundle) -> None:
    bundle["votes"][7]["choice"] = "agree" if bundle["votes"][7]["choice"] != "agree" else "against"


def swap(bundle: Bundle) -> None:
    bundle["votes"][3], bundle["votes"][4] = bundle["votes"][4], bundle["votes"][3]


def grow(bundle: Bundle) -> None:
    bundle["roll"][0]["area"] = "999.99"


def lower(bundle: Bundle) -> None:
    bundle["rule"]["agree"]["area"] = [">", "1/100"]


def lie(bundle: Bundle) -> None:
    bundle["result"]["passed"] = not bundle["result"]["passed"]


def retitle(bundle: Bundle) -> None:
    bundle["ballot"]["title"] = "涨物业费"


TAMPERING: list[Callable[[Bundle], None]] = [remove, add, change, swap, grow, lower, lie, retitle]


@pytest.mark.parametrize("tamper", TAMPERING)
@pytest.mark.parametrize("make", [lambda: named(MIXED), secret], ids=["named", "secret"])
def test_a_tampered_copy_is_refused(make: Callable[[], Bundle], tamper: Callable[[Bundle], None]) -> None:
    bundle = make()
    assert plain.verify(bundle, quick=True) == []

    tamper(bundle)

    assert plain.verify(bundle, quick=True) != []


def test_a_changed_vote_is_pointed_at() -> None:
    bundle = named(MIXED)

    change(bundle)

    assert {"votes[7]", "tree.root"} <= places(plain.verify(bundle))


def test_a_removed_vote_is_counted() -> None:
    bundle = named(MIXED)

    remove(bundle)

    assert ("votes", "少了 1 张票", "1 votes are missing") in plain.verify(bundle)


def leaves_of(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to every plain value of a bundle."""
    if isinstance(node, dict):
        return [found for key, value in node.items() for found in leaves_of(value, (*path, key))]
    if isinstance(node, list):
        return [found for at, value in enumerate(node) for found in leaves_of(value, (*path, at))]
    return [path]


@settings(max_examples=150)
@given(st.data(), st.booleans())
def test_no_single_value_can_be_changed_unnoticed(data: st.DataObject, hidden: bool) -> None:
    bundle = secret() if hidden else named(MIXED[:20], homes=20)
    path = data.draw(st.sampled_from(leaves_of(bundle)))
    node: Any = bundle
    for key in path[:-1]:
        node = node[key]
    old = node[path[-1]]
    node[path[-1]] = data.draw(st.sampled_from([None, -1, "", "agree", "0" * 64, {}, True]).filter(lambda new: new != old))

    assert plain.verify(bundle, quick=True) != []


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_rubbish_is_answered_not_crashed_on(rubbish: Any) -> None:
    bundle = {**named(MIXED[:3], homes=3), "votes": rubbish}

    assert plain.verify(bundle) != [] or rubbish == named(MIXED[:3], homes=3)["votes"]
    assert plain.verify({"format": rubbish}) != []


def test_a_rebuilt_forgery_has_another_fingerprint_and_breaks_receipts() -> None:
    """Whoever rebuilds all hashes passes the arithmetic; the notice board and the voters' receipts still tell."""
    bundle = named(MIXED)
    mine = bundles.receipt(bundle, bundle["votes"][7]["leaf"])
    forged = copy.deepcopy(bundle)
    change(forged)
    participating, agree, against = plain.count_named(forged, bundles.owners_of(roll()))
    forged["result"] |= {"participating": plain.shown(participating), "agree": plain.shown(agree), "against": plain.shown(against)}
    areas = bundles.owners_of(roll())
    total = {"area": sum(areas.values()), "owners": len(areas)}
    forged["result"]["quorum"], forged["result"]["passed"] = plain.judge(forged["rule"], total, participating, agree, against)
    reforged(forged)

    assert plain.verify(forged) == []
    assert forged["fingerprint"] != bundle["fingerprint"]
    assert places(plain.verify_receipt(forged, mine)) == {"receipt", "receipt.path"}


def test_every_receipt_proves_inclusion() -> None:
    for bundle in (named(MIXED), named(MIXED[:1]), named(MIXED[:31])):
        for vote in bundle["votes"]:
            assert plain.verify_receipt(bundle, bundles.receipt(bundle, vote["leaf"])) == []


def test_a_receipt_of_another_ballot_or_of_nothing_is_refused() -> None:
    bundle = named(MIXED)
    receipt = bundles.receipt(bundle, bundle["votes"][0]["leaf"])

    assert places(plain.verify_receipt(bundle, {**receipt, "ballot": "other"})) == {"receipt"}
    assert places(plain.verify_receipt(bundle, {})) == {"receipt"}
    assert places(plain.verify_receipt(bundle, {**receipt, "index": 99})) == {"receipt.path"}
    assert places(plain.verify_receipt(bundle, {**receipt, "path": ["zz"]})) == {"receipt"}


def test_papers_that_do_not_count_are_published_and_not_counted() -> None:
    rows = roll(20)
    late = NamedVote(1, "agree", "paper", "00", not_counted="late")
    bundle = bundles.named_bundle(BALLOT, rule(), rows, [late, NamedVote(2, "agree", "paper", "01")])

    assert plain.verify(bundle) == []
    assert bundle["result"]["agree"]["owners"] == 1


def test_the_roll_does_not_tell_which_home_a_row_is_but_its_owner_can() -> None:
    row = roll()[4]
    published = row.published()

    assert row.unit not in json.dumps(published)
    assert published["unit"] == bundles.hide_unit(row.unit, row.nonce)
    assert bundles.hide_unit(row.unit, "other nonce") != published["unit"]


def test_a_rule_nobody_has_verified_has_no_snapshot() -> None:
    with pytest.raises(RuleRefused):
        bundles.rule_snapshot(voting.profile("residents_meeting.from_2026"), {})


# --- secret --------------------------------------------------------------------------------------


def test_a_secret_bundle_holds_with_its_proof() -> None:
    bundle = secret()

    assert "proof" in bundle
    assert plain.verify(bundle) == []
    assert bundle["result"]["agree"]["owners"] == sum(choice == "agree" for _owner, choice in MIXED)
    areas = bundles.owners_of(roll())
    assert bundle["sums"]["agree"]["area"] == plain.metres(sum(areas[owner] for owner, choice in MIXED if choice == "agree"))


def test_nothing_beside_a_secret_choice_links_it() -> None:
    """No area, no owner, no channel, no time; and the order is that of random tags, not of casting."""
    bundle = secret()

    assert all(vote.keys() == {"tag", "choice", "seal", "leaf"} for vote in bundle["votes"])
    assert [vote["tag"] for vote in bundle["votes"]] == sorted(vote.tag for vote in _secret()[1])
    assert bundle["took_part"] == sorted(bundle["took_part"])
    cast = [vote.tag for vote in _secret()[1]]
    assert [vote["tag"] for vote in bundle["votes"]] != cast


def test_a_time_or_channel_smuggled_beside_a_secret_choice_is_refused() -> None:
    bundle = secret()
    bundle["votes"][0]["at"] = "2026-03-01T09:00:00Z"

    assert "votes[0]" in places(plain.verify(reforged(bundle), quick=True))


def test_votes_in_casting_order_are_refused() -> None:
    bundle = secret()
    bundle["votes"].reverse()

    assert "votes" in places(plain.verify(reforged(bundle), quick=True))


def test_equal_areas_have_seals_that_do_not_show_it() -> None:
    one, two = new_opening(8937), new_opening(8937)

    assert seal("b", one) != seal("b", two)


def test_a_voter_opens_the_seal_of_the_own_area() -> None:
    bundle = secret()
    for vote in _secret()[1][:5]:
        leaf = next(entry["leaf"] for entry in bundle["votes"] if entry["tag"] == vote.tag)
        receipt = bundles.receipt(bundle, leaf, vote.opening)
        assert plain.verify_receipt(bundle, receipt) == []
        wrong = plain.metres(vote.opening.area + 1)
        assert places(plain.verify_receipt(bundle, {**receipt, "area": wrong})) == {"receipt.area"}


def shifted(openings: list[Opening], choices: list[str], by: int) -> list[Opening]:
    """The operator's attack: move area from a vote against to a vote in favour; the total stays."""
    moved = list(openings)
    take, give = choices.index("against"), choices.index("agree")
    moved[take] = Opening(moved[take].area - by, moved[take].blinding)
    moved[give] = Opening(moved[give].area + by, moved[give].blinding)
    return moved


@pytest.mark.parametrize("by", [1, 500, 50_000_00])
def test_area_moved_between_votes_is_found_by_the_proof_alone(by: int) -> None:
    """All sums fit and every hash is rebuilt: only the proof that the sealed areas are those of the roll refuses it."""
    bundle, votes = secret(), sorted(_secret()[1], key=lambda vote: vote.tag)
    choices = [vote.choice for vote in votes]
    openings = shifted([vote.opening for vote in votes], choices, by)
    for entry, opening in zip(bundle["votes"], openings, strict=True):
        entry["seal"] = (
            f"{pow(plain.G, opening.area % plain.Q, plain.P) * pow(plain.second_base(BALLOT['id']), opening.blinding, plain.P) % plain.P:x}"
        )
    for side, mine in (("agree", "agree"), ("others", None)):
        chosen = [opening for opening, choice in zip(openings, choices, strict=True) if (choice == "agree") == (mine == "agree")]
        area = sum(opening.area for opening in chosen)
        bundle["sums"][side] = {"area": plain.metres(max(area, 0)), "blinding": f"{sum(opening.blinding for opening in chosen):x}"}
    try:
        bundle["proof"] = prove(BALLOT["id"], openings, [entry["seal"] for entry in bundle["votes"]])
    except ValueError:
        bundle["proof"] = {"challenge": "0", "steps": [], "answers": [], "last": "0"}
    bundle["result"]["agree"]["area"] = bundle["sums"]["agree"]["area"]

    found = places(plain.verify(reforged(bundle)))

    assert "proof" in found


def test_a_proof_does_not_fit_another_ballot_or_order() -> None:
    bundle = secret()
    h = plain.second_base(BALLOT["id"])
    areas = [bundles.owners_of(roll())[owner] for owner in bundle["took_part"]]
    assert plain.check_multiset(bundle, areas, h)

    other = {**bundle, "ballot": {"id": "another"}}
    assert not plain.check_multiset(other, areas, plain.second_base("another"))
    turned = {**bundle, "votes": [*bundle["votes"][1:], bundle["votes"][0]]}
    assert not plain.check_multiset(turned, areas, h)
    assert not plain.check_multiset(bundle, [areas[0] + 1, areas[1] - 1, *areas[2:]], h)
    assert not plain.check_multiset(bundle, areas[1:], h)


@pytest.mark.parametrize("part", ["challenge", "steps", "answers", "last"])
def test_a_proof_changed_anywhere_is_refused(part: str) -> None:
    bundle = secret()
    proof = bundle["proof"]
    if part == "steps":
        proof["steps"][0] = f"{int(proof['steps'][0], 16) + 1:x}"
    elif part == "answers":
        proof["answers"][0][0] = f"{int(proof['answers'][0][0], 16) + 1:x}"
    else:
        proof[part] = f"{int(proof[part], 16) + 1:x}"

    assert "proof" in places(plain.verify(reforged(bundle)))


def test_a_vote_added_to_a_secret_ballot_needs_somebody_who_took_part() -> None:
    bundle = secret()
    extra = {"tag": "f" * 64, "choice": "agree", "seal": seal(BALLOT["id"], new_opening(8937))}
    bundle["votes"].append({**extra, "leaf": plain.leaf_of(extra).hex()})

    assert "votes" in places(plain.verify(reforged(bundle), quick=True))


def test_two_voters_cannot_be_given_the_same_tag() -> None:
    """The clash attack: one tag shown to two voters with the same choice and area frees a vote. The voter's own nonce prevents it."""
    assert bundles.make_tag("ours", "first voter") != bundles.make_tag("ours", "second voter")


def test_sums_that_would_show_a_choice_are_withheld_and_the_rest_recomputes() -> None:
    chance = random.Random(9)
    rows = roll(60)
    votes = [
        SecretVote(
            f"{chance.getrandbits(256):064x}", "against" if owner == 1 else "agree", new_opening(rows[owner - 1].area, chance.getrandbits)
        )
        for owner in range(1, 51)
    ]
    bundle = bundles.secret_bundle(BALLOT, rule(), rows, range(1, 51), votes)

    assert "sums" not in bundle
    assert bundle["withheld"]["code"] == "sums_identify"
    assert bundle["result"]["agree"] == {"owners": 49}
    assert plain.verify(bundle) == []
    assert plain.verify_openings(bundle, bundles.openings_file(BALLOT["id"], votes)) == []
    change(bundle)
    assert plain.verify(bundle) != []


def test_a_withheld_result_cannot_pass_against_the_number_of_owners() -> None:
    chance = random.Random(9)
    rows = roll(60)
    votes = [
        SecretVote(
            f"{chance.getrandbits(256):064x}", "agree" if owner == 1 else "against", new_opening(rows[owner - 1].area, chance.getrandbits)
        )
        for owner in range(1, 51)
    ]
    bundle = bundles.secret_bundle(BALLOT, rule(), rows, range(1, 51), votes)
    bundle["result"]["passed"] = True

    assert "result.passed" in places(plain.verify(reforged(bundle)))


def test_a_ballot_that_cannot_be_secret_is_refused_with_reasons() -> None:
    with pytest.raises(NotSecret) as caught:
        bundles.secret_bundle(BALLOT, rule(), roll(10), [], [])
    assert "secret_too_few" in [reason.code for reason in caught.value.reasons]


def test_votes_that_do_not_fit_those_who_took_part_are_refused() -> None:
    rows = roll(60)

    with pytest.raises(ValueError, match="not the areas of those who took part"):
        bundles.secret_bundle(BALLOT, rule(), rows, [1], [SecretVote("00", "agree", new_opening(rows[0].area + 1))])


def test_a_secret_ballot_nobody_took_part_in_holds() -> None:
    bundle = bundles.secret_bundle(BALLOT, rule(), roll(60), [], [])

    assert plain.verify(bundle) == []
    assert bundle["result"]["quorum"] is False


def test_the_prime_is_a_safe_prime() -> None:
    def probably_prime(number: int) -> bool:
        odd, twos = number - 1, 0
        while odd % 2 == 0:
            odd, twos = odd // 2, twos + 1
        for base in (2, 3, 5, 7, 11, 13):
            x = pow(base, odd, number)
            if x not in (1, number - 1) and not any((x := x * x % number) == number - 1 for _round in range(twos - 1)):
                return False
        return True

    assert plain.P.bit_length() == 2048
    assert probably_prime(plain.P)
    assert probably_prime(plain.Q)
    assert pow(plain.G, plain.Q, plain.P) == 1


def test_quick_powers_are_powers() -> None:
    powers = plain.Powers(3, 64)

    for exponent in (0, 1, 255, 256, 2**64 - 1, 2**70, -5, plain.Q + 2):
        assert plain.plain(powers.power(exponent)) == plain.plain(pow(3, exponent % plain.Q, plain.P))


def test_witnesses_recompute_the_result_from_what_they_keep() -> None:
    bundle, votes = secret(), _secret()[1]
    kept = bundles.openings_file(BALLOT["id"], votes)
    assert plain.verify_openings(bundle, json.loads(json.dumps(kept))) == []

    first = votes[0].tag
    wrong = copy.deepcopy(kept)
    wrong["openings"][first]["area"] = plain.metres(votes[0].opening.area + 100)
    assert {"openings"} < places(plain.verify_openings(bundle, wrong))
    assert places(plain.verify_openings({**bundle, "result": {**bundle["result"], "passed": not bundle["result"]["passed"]}}, kept)) == {
        "result"
    }
    assert places(plain.verify_openings(bundle, {})) == {"openings"}


# --- the script ----------------------------------------------------------------------------------


def test_the_script_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(bundles.SCRIPT.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.split(".")[0] for name in imported} <= set(sys.stdlib_module_names) | {"__future__"}


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The published copy of the script, alone in a folder, without this repository on its path."""
    script = folder / "verify_bundle.py"
    script.write_bytes(bundles.SCRIPT.read_bytes())
    return subprocess.run(
        [sys.executable, "-I", str(script), *words], cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONUTF8": "1"}
    )


def test_the_script_alone_verifies_and_refuses(tmp_path: Path) -> None:
    bundle = secret()
    vote = _secret()[1][0]
    leaf = next(entry["leaf"] for entry in bundle["votes"] if entry["tag"] == vote.tag)
    (tmp_path / "bundle.json").write_text(json.dumps(bundle), encoding="utf-8")
    (tmp_path / "mine.json").write_text(json.dumps(bundles.receipt(bundle, leaf, vote.opening)), encoding="utf-8")

    good = run(tmp_path, "bundle.json", "--receipt", "mine.json", "--fingerprint", bundle["fingerprint"])
    other = run(tmp_path, "bundle.json", "--fingerprint", "sha256:00")
    change(bundle)
    (tmp_path / "bundle.json").write_text(json.dumps(bundle), encoding="utf-8")
    bad = run(tmp_path, "bundle.json")

    assert (good.returncode, good.stdout.splitlines()[0]) == (0, "✓ 32 张票，结果重算一致 / 32 votes; the result recomputes")
    assert other.returncode == 1
    assert bad.returncode == 1
    assert "votes[7]" in bad.stdout


@pytest.mark.parametrize("words", [(), ("none.json",), ("bundle.json", "--receipt")])
def test_the_script_used_wrongly_shows_how_to(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(tmp_path, *words)

    assert done.returncode == 2
    assert "python3 verify_bundle.py bundle.json" in done.stderr
