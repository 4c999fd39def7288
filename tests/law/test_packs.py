"""The shipped packs are whole and agree with each other; a broken pack says where and how to mend it."""

from fractions import Fraction
from pathlib import Path

import pytest

from linli.law import packs
from linli.law.packs import FOLDER
from linli.law.reading import PackError, content_of


@pytest.mark.parametrize("name", packs.PACKS)
def test_every_pack_loads_and_names_everything_in_both_languages(name: str) -> None:
    pack = packs.load(name)
    assert len(pack) > 4
    for entry in pack:
        assert any("一" <= char <= "鿿" for char in entry.name_zh) or entry.code == "open311"
        assert entry.name_en.isascii() or "'" in entry.name_en
        assert entry.name("zh-hans") == entry.name_zh
        assert entry.name("en") == entry.name_en
        assert pack[entry.code] is entry


def test_every_pack_file_has_a_loader() -> None:
    # Roads have steps within steps, venue standards a list of things beside them, keys for lifts their tables: each has a loader of its own.
    elsewhere = ["roads", "venue_standards", "lift_schemes"]
    assert sorted(path.stem for path in packs.FOLDER.glob("*.yaml")) == sorted([*packs.PACKS, *elsewhere])


def test_a_pack_is_read_once() -> None:
    assert packs.load("exclusions") is packs.exclusions()


def test_the_promises_of_the_plans_are_there() -> None:
    levels = packs.service_levels()
    told = {
        code: (levels[code].amount, levels[code].unit)
        for code in ("service_response_24h", "need_complex_plan", "fast_lane_cycle", "emergency_response", "dispute_cycle")
    }
    assert told == {
        "service_response_24h": (Fraction(24), "hours"),
        "need_complex_plan": (Fraction(3), "working_days"),
        "fast_lane_cycle": (Fraction(7, 2), "days"),
        "emergency_response": (Fraction(8), "minutes"),
        "dispute_cycle": (Fraction(7), "days"),
    }
    dispatch = {level.code: int(level.amount) for level in packs.levels_of("beijing") if level.promise == "dispatch"}
    assert dispatch == {"bj_dispatch_emergency": 1, "bj_dispatch_utilities": 2, "bj_dispatch_ordinary": 24}


def test_promises_speak_of_categories_that_exist() -> None:
    assert {code for level in packs.service_levels() for code in level.categories} <= set(packs.categories().by_code)


def test_the_six_exclusions_each_have_a_reply_and_a_way_on() -> None:
    assert [entry.code for entry in packs.exclusions()] == [
        "emergency", "statutory_channel", "repeat_without_new_fact", "secret_or_privacy", "outside_duty", "unlawful_or_improper",
    ]  # fmt: skip
    assert all(entry.reply_zh and entry.turn_to_zh and entry.reply_en and entry.turn_to_en for entry in packs.exclusions())


def test_the_five_kinds_of_requests_are_those_of_the_regulation() -> None:
    assert [kind.name_zh for kind in packs.request_kinds()] == ["咨询", "求助", "投诉", "举报", "建议"]


def test_the_category_tree_has_two_floors_and_known_departments() -> None:
    tree, departments = packs.categories(), packs.departments()
    tops = {category.code for category in tree if category.parent is None}
    leaves = [category for category in tree if category.parent]
    assert len(tops) >= 15
    assert len(leaves) >= 80
    assert {leaf.parent for leaf in leaves} == tops
    assert {category.department for category in tree} <= set(departments.by_code)
    assert [category.code for category in tree if not category.keywords] == ["other"]


def test_only_the_two_kinds_named_are_in_the_fast_lane_and_the_rest_is_open() -> None:
    tree = packs.categories()
    lane = {category.parent if category.parent == "parking" else category.code for category in tree if category.fast_lane}
    assert lane == {"parking", "waste_sorting"}
    assert (tree.stated_count, tree.complete) == (18, False)


def test_leaves_inherit_from_their_top_what_they_leave_out() -> None:
    tree = packs.categories()
    assert tree["power_cut"].urgency == "urgent"
    assert tree["utility_bill"].urgency == "ordinary"
    assert tree["waste_collection"].department == "sanitation"


GOOD = "title_zh: 表\ntitle_en: List\nentries:\n- {code: a, name_zh: 甲, name_en: A, cites: [own], longest_days: 7}\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("longest_days: 7", "longest_days: 7, colour: red", "broken.yaml: a: colour: is not a key here"),
        (", longest_days: 7", "", "broken.yaml: a: longest_days: is missing"),
        ("longest_days: 7", "longest_days: many", "broken.yaml: a: longest_days: 'many' is not int"),
        ("longest_days: 7", "longest_days: true", "longest_days: True is not int"),
        ("name_zh: 甲", "name_zh: ''", "name_zh: '' is not text"),
        ("[own]", "[]", "cites: name at least one source"),
        ("[own]", "[law]", "cites: 'law' is no source"),
        ("code: a", "code: A b", "use lower-case letters"),
        ("title_en: List\n", "", "broken.yaml: top level: title_en"),
        ("entries:", "items:", "needs title_zh, title_en and a list of entries"),
        ("title_zh", "title_zh: [", "not readable as UTF-8 YAML"),
        ("- {code: a", "- just text\n- {code: a", "broken.yaml: entry 1: must be a mapping"),
    ],
)
def test_a_broken_pack_says_where_and_how_to_mend_it(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        packs.read_pack(path, "suspend_reasons")
    assert message in str(caught.value)


@pytest.mark.parametrize("amount", ["0", "-1", "soon", "1/0", "true"])
def test_a_promise_needs_a_positive_amount(tmp_path: Path, amount: str) -> None:
    path = tmp_path / "broken.yaml"
    promised = f"profile: p, promise: plan, starts: raised, amount: {amount}, unit: hours, status: rule"
    row = f"{{code: a, name_zh: 甲, name_en: A, cites: [own], {promised}}}"
    path.write_text(f"title_zh: 表\ntitle_en: List\nentries:\n- {row}\n", encoding="utf-8")
    with pytest.raises(PackError, match="positive number"):
        packs.read_pack(path, "service_levels")


def test_a_code_may_stand_once_and_an_unknown_unit_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(GOOD + GOOD.splitlines()[-1] + "\n", encoding="utf-8")
    with pytest.raises(PackError, match="a: code: occurs twice"):
        packs.read_pack(path, "suspend_reasons")


def test_a_missing_file_and_an_unknown_pack_are_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"gone\.yaml: the file is missing"):
        packs.read_pack(tmp_path / "gone.yaml", "exclusions")
    with pytest.raises(PackError, match="'weather'"):
        packs.load("weather")


def test_a_text_cut_at_a_comma_is_refused_and_every_pack_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "cut.yaml"
    path.write_text("entries:\n- {id: a, note: adopted 2017-09-29, before the Civil Code, parent: null, places: []}\n", encoding="utf-8")
    with pytest.raises(PackError, match=r"cut\.yaml: line 2: 'before the Civil Code' has no value: put quotes"):
        content_of(path)

    found = sorted(FOLDER.rglob("*.yaml"))
    assert len(found) >= 20
    assert all(content_of(one) for one in found)
