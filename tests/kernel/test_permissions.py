"""The permission table: each verb × role × inside or outside the granted subtree × unit at work or not × own or not."""

from __future__ import annotations

from itertools import product

import pytest

from linli.kernel.access import table
from linli.kernel.access.actor import ANONYMOUS, Actor, Standing, system
from linli.kernel.access.refusals import NotAllowed
from linli.kernel.access.roles import ROLES, SEPARATED, STAFF, UNIT_ROLES

ROOT = "000001000002000003"
INSIDE, OUTSIDE = ROOT + "000004", "000001000002000009"
UNIT, OTHER_UNIT = 7, 8


def verbs() -> list[str]:
    return [row.verb for row in table.rows()]


def holder_of(role: str, *, scopes: frozenset[str] | None = None) -> Actor:
    unit = UNIT if role in UNIT_ROLES else None
    return Actor(account_id=1, standings=(Standing(role, ROOT, unit),), scopes=scopes)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_verb_is_decided_by_its_row_alone(role: str) -> None:
    actor = holder_of(role)
    for verb, path, units, own in product(
        verbs(), (INSIDE, ROOT, OUTSIDE, ""), ((), (UNIT,), (OTHER_UNIT,), (UNIT, OTHER_UNIT)), (False, True)
    ):
        row = table.row(verb).reach_by_role
        reach, anybody = row.get(role), row.get(table.SIGNED_IN)
        inside = path.startswith(ROOT)
        expected = (
            (anybody is not None and (anybody != "own" or own))
            or (reach == "own" and own)
            or (reach == "area" and inside)
            or (reach == "unit" and inside and role in UNIT_ROLES and UNIT in units)
        )

        decision = table.decide(actor, verb, path, unit_ids=frozenset(units), own=own)

        assert decision.allowed is expected, (verb, path, units, own)
        assert not decision.allowed or decision.role in (role, table.SIGNED_IN)


def test_nobody_in_particular_may_do_nothing_of_the_table() -> None:
    for verb, path, own in product(verbs(), ("", INSIDE), (False, True)):
        assert not table.may(ANONYMOUS, verb, path, own=own), verb


def test_an_account_without_any_grant_may_do_only_what_signing_in_allows() -> None:
    nobody = Actor(account_id=1)
    for verb in verbs():
        assert table.may(nobody, verb, INSIDE, own=True) is (table.SIGNED_IN in table.row(verb).reach_by_role), verb


def test_auditors_read_and_never_write() -> None:
    for row in table.rows():
        if "auditor" in row.reach_by_role:
            assert row.reads_only, row.verb


# A connection outwards belongs to the system, what leaves by it to security: either may end it, neither may make one of their own.
SHARED = {"webhook.manage"}


def test_the_three_administrators_do_not_do_each_others_work() -> None:
    for row in table.rows():
        writers = SEPARATED & set(row.reach_by_role)
        if not row.reads_only and row.verb not in SHARED:
            assert len(writers) <= 1, row.verb


def test_administrators_have_no_part_in_the_work_of_the_community() -> None:
    work = {"accept", "decline", "dispatch", "resolve", "rate", "record_rating", "close", "reopen", "exclude", "retell", "merge"}
    for row in table.rows():
        if row.verb.startswith("request.") and row.verb.partition(".")[2] in work:
            assert not SEPARATED & set(row.reach_by_role), row.verb


def test_no_resident_role_opens_anybody_elses_papers() -> None:
    for row in table.rows():
        assert row.reach_by_role.get("resident", "own") == "own", row.verb


def test_only_roles_with_a_unit_have_the_reach_of_a_unit() -> None:
    for row in table.rows():
        for role, reach in row.reach_by_role.items():
            assert reach != "unit" or role in UNIT_ROLES, (row.verb, role)


def test_every_row_names_known_roles_and_has_words() -> None:
    assert table.rows()
    for row in table.rows():
        assert str(row.label)
        assert set(row.reach_by_role) <= set(ROLES) | {table.SIGNED_IN}
    assert set(ROLES) - {"resident"} == STAFF


def test_every_kind_of_verb_has_a_word_of_its_room(settings: object) -> None:
    words = {row.verb.partition(".")[0]: table.kind_words(row.verb) for row in table.rows()}

    assert "其他" not in words.values()
    assert (words["motion"], words["ballot"], words["meeting"], words["venue"]) == ("议题", "表决", "会议", "议事场地")


def test_what_anybody_may_do_to_their_own_lets_them_into_nobody_elses() -> None:
    neighbour = Actor(account_id=1, name="邻居")
    worker = Actor(account_id=2, name="社区工作者", standings=(Standing("community_worker", "000001", 1),))
    reader = Actor(account_id=2, name="社区工作者", standings=worker.standings, scopes=frozenset({"request.read"}))

    assert [table.holds(who, "person.reveal") for who in (ANONYMOUS, neighbour, worker, reader)] == [False, False, True, False]
    assert [table.holds(who, "person.reveal", own=True) for who in (ANONYMOUS, neighbour, worker)] == [False, True, True]


@pytest.mark.parametrize("wrong", [{"nobody": "area"}, {"resident": "everywhere"}])
def test_a_row_with_an_unknown_role_or_reach_cannot_be_added(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="permission row"):
        table.add("tests.made_up", "x", **wrong)


def test_a_verb_is_stated_once() -> None:
    row = table.row("request.accept")
    table.add(row.verb, row.label, **row.reach_by_role)  # the same again changes nothing

    with pytest.raises(ValueError, match="stated twice"):
        table.add("request.accept", row.label, resident="area")
    assert "resident" not in table.row("request.accept").reach_by_role


def test_a_refusal_names_the_verb_who_may_and_whether_signing_in_would_help() -> None:
    with pytest.raises(NotAllowed) as anonymous:
        table.require(ANONYMOUS, "request.accept", INSIDE)
    with pytest.raises(NotAllowed) as resident:
        table.require(holder_of("resident"), "request.accept", INSIDE)

    assert "受理" in str(anonymous.value)
    assert str(ROLES["community_worker"]) in str(anonymous.value)
    assert anonymous.value.details["would_signing_in_help"] is True
    assert resident.value.details["would_signing_in_help"] is False


def test_the_house_itself_may_and_says_so() -> None:
    assert table.decide(system("clock"), "request.accept", INSIDE).role == "system"


# --- tokens -----------------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scopes", [{"read"}, {"request.read"}, {"request.*"}, {"*"}, {"request.accept"}, set(), {"person.read"}])
@pytest.mark.parametrize("role", ["community_worker", "street_officer", "auditor", "department_handler", "resident"])
def test_a_token_never_allows_more_than_its_account(role: str, scopes: set[str]) -> None:
    account, token = holder_of(role), holder_of(role, scopes=frozenset(scopes))
    for verb, path, own in product(verbs(), (INSIDE, OUTSIDE), (False, True)):
        allowed = table.may(token, verb, path, unit_ids=frozenset({UNIT}), own=own)
        assert not allowed or table.may(account, verb, path, unit_ids=frozenset({UNIT}), own=own), verb
        kind = verb.partition(".")[0]
        covered = bool(scopes & {verb, f"{kind}.*", "*"}) or (table.row(verb).reads_only and bool(scopes & {f"{kind}.read", "read"}))
        assert not allowed or covered, verb
        if not covered:
            assert not table.reach_of(token, verb), verb


def test_a_token_to_read_writes_nothing() -> None:
    token = holder_of("street_officer", scopes=frozenset({"read"}))

    for row in table.rows():
        assert row.reads_only or not table.may(token, row.verb, INSIDE, own=True), row.verb
