"""A `.pb` file is read as its authors meant it, or refused with the line and how to mend it."""

from collections import Counter

import pytest

from linli.insight.choice.pabulib import PbError, parse_pb

GOOD = """META
key;value
description;"Bench; and tree"
budget;100,50
vote_type;approval
num_projects;3
num_votes;4
PROJECTS
project_id;cost;name;selected
b;40.25;"A ""fine"" bench";1
a;30;Tree;0
10;20;None;1
VOTES
voter_id;vote;age
1;a,b;30
2;b;
3;;41
4; b , a ;x
"""


def pb(text: str, **replaced: str) -> bytes:
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text.encode()


def test_projects_come_in_the_order_of_ids_with_exact_costs() -> None:
    election = parse_pb(GOOD.encode())

    assert [(project.id, project.cost, project.name, project.selected) for project in election.projects] == [
        ("10", 2000, "", True),
        ("a", 3000, "Tree", False),
        ("b", 4025, 'A "fine" bench', True),
    ]
    assert (election.budget, election.scale, election.vote_type, election.voters) == (10050, 100, "approval", 4)
    assert election.meta["description"] == "Bench; and tree"


def test_equal_ballots_are_one_and_an_empty_one_still_counts() -> None:
    election = parse_pb(GOOD.encode())

    assert election.ballots == Counter({((1, 1), (2, 1)): 2, ((2, 1),): 1, (): 1})
    assert election.warnings == ()


def test_a_mark_at_the_start_and_windows_line_ends_are_fine() -> None:
    assert parse_pb(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()).ballots == parse_pb(GOOD.encode()).ballots


def test_points_and_ranks_keep_what_the_voter_said() -> None:
    cumulative = GOOD.replace("approval", "cumulative").replace("voter_id;vote;age", "voter_id;vote;points")
    cumulative = cumulative.replace("1;a,b;30", "1;a,b;1,2.5").replace("2;b;", "2;b;3").replace("3;;41", "3;;").replace(" b , a ;x", "a;0")
    ordinal = GOOD.replace("approval", "ordinal").replace("1;a,b;30", "1;b,a;30")

    assert parse_pb(cumulative.encode()).ballots == Counter({((1, 10), (2, 25)): 1, ((2, 30),): 1, (): 1, ((1, 0),): 1})
    assert parse_pb(cumulative.encode()).point_scale == 10
    assert parse_pb(ordinal.encode()).ballots[(2, 1), (1, 1)] == 2


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("META\n", "", 1, "no_section"),
        ("PROJECTS\nproject_id;cost;name;selected\n", "", 10, None),
        ("VOTES\nvoter_id;vote;age\n", "", 15, None),
        ("VOTES\nvoter_id;vote;age\n1;a,b;30\n2;b;\n3;;41\n4; b , a ;x\n", "", 0, "section_missing"),
        ("budget;100,50\n", "", 0, "meta_missing"),
        ("budget;100,50", "budget;lots", 4, "not_a_number"),
        ("budget;100,50", "budget;-5", 4, "not_a_number"),
        ("budget;100,50", "budget", 4, "no_value"),
        ("vote_type;approval", "vote_type;shouting", 5, "vote_type_unknown"),
        ("project_id;cost;", "project_id;price;", 9, "column_missing"),
        ("voter_id;vote;", "voter_id;choice;", 14, "column_missing"),
        ("a;30;Tree;0", "a;;Tree;0", 11, "not_a_number"),
        ("a;30;Tree;0", "a;3e9;Tree;0", 11, "not_a_number"),
        ("a;30;Tree;0", "b;30;Tree;0", 11, "project_twice"),
        ("a;30;Tree;0", ";30;Tree;0", 11, "project_id_bad"),
        ("a;30;Tree;0", "a;30;Tree;0;1", 11, "too_many_fields"),
        ("2;b;", "2;c;", 16, "project_unknown"),
        ("2;b;", "2", 16, "vote_missing"),
        ("VOTES\n", "META\nkey;value\nVOTES\n", 13, "section_twice"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, code: str | None) -> None:
    with pytest.raises(PbError) as refused:
        parse_pb(GOOD.replace(old, new, 1).encode())

    assert code is None or (refused.value.line, refused.value.code) == (line, code)
    if line and code:
        assert refused.value.text("zh-hans").startswith(f"第 {line} 行：")
        assert refused.value.text("en").startswith(f"Line {line}: ")


@pytest.mark.parametrize(
    ("vote_type", "vote", "code"),
    [
        ("cumulative", "1;a,b;1", "points_do_not_match"),
        ("cumulative", "1;a;x", "not_a_number"),
        ("cumulative", "1;a;-1", "not_a_number"),
        ("cumulative", "1;a,a;1,1", "named_twice"),
        ("ordinal", "1;a,b,a;", "named_twice"),
        ("choose-1", "1;a,b;", "more_than_one"),
    ],
)
def test_a_ballot_that_does_not_fit_its_type_is_refused(vote_type: str, vote: str, code: str) -> None:
    head = GOOD[: GOOD.index("voter_id")].replace("approval", vote_type)

    with pytest.raises(PbError) as refused:
        parse_pb(f"{head}voter_id;vote;points\n{vote}\n".encode())

    assert (refused.value.line, refused.value.code) == (15, code)


def test_what_is_odd_but_clear_is_counted_with_a_warning() -> None:
    text = GOOD.replace("num_votes;4", "num_votes;9").replace("2;b;", "1;b,b;")

    election = parse_pb(text.encode())

    assert [warning.code for warning in election.warnings] == ["named_twice", "count_differs", "voter_twice"]
    assert election.ballots[((2, 1),)] == 1


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(PbError) as latin:
        parse_pb(GOOD.encode() + b"5;\xff;\n")
    with pytest.raises(PbError) as binary:
        parse_pb(GOOD.encode() + b"5;\0;\n")

    assert (latin.value.code, latin.value.line) == ("not_utf8", 19)
    assert (binary.value.code, binary.value.line) == ("binary", 19)


def test_an_open_quote_is_refused_rather_than_swallowing_the_votes() -> None:
    with pytest.raises(PbError):
        parse_pb(GOOD.replace("a;30;Tree;0", 'a;30;"Tree;0').encode())
