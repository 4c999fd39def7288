"""The voting packs say what the facts say, every figure has its article, and what is not verified is refused until a person enters it."""

import ast
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from linli.law import voting
from linli.law.reading import PackError
from linli.law.reasons import Reason, dimensions, fraction_word, percent, say, threshold_words
from linli.law.voting import Threshold, decisions

FACTS = yaml.safe_load((Path(__file__).parent / "facts.yaml").read_text(encoding="utf-8"))


def thresholds(given: dict[str, list[str]] | None) -> list[tuple[str, str, Fraction]]:
    return [(name, value[0], Fraction(value[1])) for name, value in (given or {}).items() if name not in ("base", "and")]


def told(tests: tuple[Threshold, ...]) -> list[tuple[str, str, Fraction]]:
    return [(test.dimension, test.op, test.share) for test in tests]


@pytest.mark.parametrize("code", FACTS["decision_profiles"])
def test_every_profile_is_the_one_of_the_facts(code: str) -> None:
    fact, profile = FACTS["decision_profiles"][code], voting.profile(code)

    assert told(profile.take_part) == thresholds(fact.get("take_part"))
    assert told(profile.agree) == thresholds(fact.get("agree"))
    assert told(profile.object_max) == thresholds(fact.get("object_max"))
    assert profile.base == (fact.get("agree") or fact.get("object_max") or {}).get("base", "participating")
    assert profile.plurality == ((fact.get("agree") or {}).get("and") == "plurality")
    assert list(profile.rules) == fact["rules"]
    assert (profile.starts, profile.until) == tuple(date.fromisoformat(fact[key]) if key in fact else None for key in ("from", "until"))
    assert profile.jurisdiction == fact.get("jurisdiction", "")


def test_there_are_no_other_profiles_or_policies_than_those_of_the_facts() -> None:
    assert list(voting.profiles()) == list(FACTS["decision_profiles"])
    assert set(voting.policies()) == {*FACTS["counting_policies"], "late_ballot"}


@pytest.mark.parametrize("name", [name for name, fact in FACTS["counting_policies"].items() if "values" in fact])
def test_every_counting_policy_has_the_values_and_default_of_the_facts(name: str) -> None:
    fact, policy = FACTS["counting_policies"][name], voting.policies()[name]

    assert list(policy.values) == fact["values"]
    assert policy.default == fact["default"]
    assert list(policy.rules) == fact.get("rules", [])
    assert list(policy.needs) == fact.get("needs", [])


def test_every_rule_names_its_article_source_and_confidence_in_both_languages() -> None:
    for rule in voting.rules().values():
        assert rule.source in voting.sources()
        assert all(key in voting.sources() for key in rule.also)
        assert rule.article
        assert rule.text("zh-hans") != rule.text("en")
        assert any("一" <= char <= "鿿" for char in rule.rule_zh)
        assert rule.verified is (rule.confidence != "from_memory" and all(item["value"] is not None for item in rule.parameters))


def test_only_the_residents_meeting_of_2025_is_unverified() -> None:
    assert [rule.id for rule in voting.rules().values() if not rule.verified] == ["RES-003"]
    assert [profile.id for profile in voting.profiles().values() if not profile.verified] == ["residents_meeting.from_2026"]


def test_every_profile_and_policy_cites_rules_that_are_there() -> None:
    cited = {rule for item in (*voting.profiles().values(), *voting.policies().values()) for rule in item.rules}
    assert cited <= voting.rules().keys()


def _settings_read() -> set[str]:
    """
    Names of settings that some code asks a place for: `setting("…")`, `days("…")`, `is_set("…")`, `stated("…")`, also `setting(TABLE[…])` with a table
    of the module; and those the law's own modules name.
    """
    found: set[str] = set()
    law = Path(voting.__file__).parent.parent
    for path in law.parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if path.is_relative_to(law):
            found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
            name, first = getattr(call.func, "attr", ""), call.args[0]
            if name in ("setting", "days", "is_set", "stated"):
                found |= _words(first, tree)
    return found


def _words(argument: ast.expr, module: ast.Module) -> set[str]:
    """What the argument may say: itself, or the values of the module's table it is looked up in."""
    if isinstance(argument, ast.Constant):
        return {str(argument.value)}
    if not (isinstance(argument, ast.Subscript) and isinstance(argument.value, ast.Name)):
        return set()
    tables = (node for node in module.body if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict))
    return {
        str(value.value)
        for table in tables
        if isinstance(table.target, ast.Name) and table.target.id == argument.value.id and isinstance(table.value, ast.Dict)
        for value in table.value.values
        if isinstance(value, ast.Constant)
    }


def test_every_setting_of_a_place_is_read_by_some_code() -> None:
    """What is set and never asked for would look like a rule that holds."""
    stated = {setting.name for place in voting.places().values() for setting in place.settings}

    assert stated - _settings_read() == set()


@pytest.mark.parametrize(("make", "key"), [(voting.profiles, "quorum"), (voting.policies, "persons")])
def test_a_key_of_a_profile_or_policy_that_nobody_reads_is_refused(
    make: Callable[[], object], key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = decisions.rows_of
    monkeypatch.setattr(decisions, "rows_of", lambda name: ({**row, key: 1} for row in rows(name)))

    with pytest.raises(PackError, match=f"{key}: is not a key here"):
        make.__wrapped__()  # type: ignore[attr-defined]  # without its memory


@pytest.mark.parametrize(
    ("code", "name", "cited"),
    [
        ("CN-41-ZZ", "candidate_posting_days", "《郑州市物业管理条例》第19条"),
        ("CN-33-NB", "candidate_posting_days", "《宁波市住宅小区物业管理条例》第31条"),
        ("CN-SH", "committee_term_years_min", "《上海市住宅物业管理规定》第20条"),
        ("CN-BJ", "committee_filing_days", "《物业管理条例》第16条"),
    ],
)
def test_what_a_place_sets_is_cited_by_its_own_text(code: str, name: str, cited: str) -> None:
    setting = voting.place(code).setting(name)

    assert setting is not None
    assert setting.source.cited_for(setting.place) == cited


def test_a_citation_reads_as_a_chinese_reader_expects_it() -> None:
    assert voting.rules()["OWN-002"].citation == "《中华人民共和国民法典》第278条第2款"
    cited = {rule.article: rule.citation.rpartition("》")[2] for rule in voting.rules().values()}
    assert (cited["18-23"], cited["200, 201, 203"], cited["280; interpretation 16"]) == (
        "第18条至第23条",
        "第200条、第201条、第203条",
        "第280条",
    )


def test_every_place_has_parents_and_rules_that_are_there() -> None:
    for place in voting.places().values():
        assert place.chain[-1] == "CN"
        for setting in place.settings:
            assert setting.rule in voting.rules()
            assert setting.place == place.id


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("CN", "notice_days", 15),
        ("CN", "annulment_years", 1),
        ("CN-BJ", "publish_decision_days", 3),
        ("CN-BJ", "official_platform_required", True),
        ("CN-SH", "proxy_instructions_per_topic", True),
        ("CN-SH", "committee_profile", "committee.beijing_shanghai"),
        ("CN-33-HZ", "ballot_open_days_min", 5),
        ("CN-33-HZ", "ballot_open_days_max", 60),
        ("CN-33-NB", "parking", "exclude_area"),
        ("CN-33-NB", "candidate_posting_days", 10),
        ("CN-33-ZS", "substitute_announcement_days", 7),
        ("CN-33-ZS", "proxy_property_staff", False),
        ("CN-37", "counting_method_may_be_agreed", True),
        ("CN-37-WF", "proxy_principals_max", 3),
        ("CN-37-WF", "notice_days", 15),
        ("CN-44-QY", "result_posting_days", 15),
        ("CN-51", "notice_days", 15),
    ],
)
def test_a_place_sets_what_its_regulation_says(code: str, name: str, value: object) -> None:
    setting = voting.place(code).setting(name)

    assert setting is not None
    assert setting.value == value
    assert setting.source.article


def test_a_shorter_local_notice_is_kept_but_does_not_undercut_the_national_one() -> None:
    hangzhou = voting.place("CN-33-HZ")

    assert [item.value for item in hangzhou.stated("notice_days_extraordinary")] == [7]
    assert hangzhou.notice_days(extraordinary=True) == 15


def test_a_rule_of_an_older_text_is_shown_but_does_not_hold_by_itself() -> None:
    zhejiang = voting.place("CN-33")

    assert zhejiang.stated("silent_majority_floor_area")
    assert zhejiang.setting("silent_majority_floor_area") is None


def test_a_place_below_a_known_one_has_its_rules() -> None:
    assert voting.place("CN-37-XX").is_set("counting_method_may_be_agreed")


@pytest.mark.parametrize("code", ["", "DE", "cn", "CN-", "CN-33-HZ-1-2", "CN BJ", "CN-BJ\n"])
def test_what_is_no_place_is_refused_naming_some(code: str) -> None:
    with pytest.raises(PackError, match="write CN"):
        voting.place(code)


def test_an_unverified_quorum_is_refused_until_the_operator_enters_it() -> None:
    profile = voting.profile("residents_meeting.from_2026")

    refusal = profile.why_not()
    assert refusal is not None
    assert (refusal.code, refusal.rule, refusal.profile) == ("thresholds_unverified", "RES-003", "residents_meeting.from_2026")
    entered = profile.with_thresholds({"entitled": [">", "1/2"]}, {"entitled": [">", "1/2"]}, source="居民委员会组织法第十条")
    assert entered.why_not() is None
    assert told(entered.take_part) == [("entitled", ">", Fraction(1, 2))]


@pytest.mark.parametrize(
    ("take_part", "agree", "source"),
    [
        ({"entitled": [">", "1/2"]}, {"entitled": [">", "1/2"]}, " "),
        ({"entitled": [">", "3/2"]}, {"entitled": [">", "1/2"]}, "x"),
        ({"entitled": ["=>", "1/2"]}, {"entitled": [">", "1/2"]}, "x"),
        ({"entitled": [">", 0.5]}, {"entitled": [">", "1/2"]}, "x"),
        ({"entitled": "1/2"}, {"entitled": [">", "1/2"]}, "x"),
        ({"heads": [">", "1/2"]}, {"entitled": [">", "1/2"]}, "x"),
        ({"entitled": [">", "1/2"]}, {}, "x"),
        ({"entitled": [">", "1/2"]}, {"entitled": [">", "1/2"], "base": "everybody"}, "x"),
    ],
)
def test_what_is_entered_must_be_thresholds_with_a_source(take_part: dict[str, object], agree: dict[str, object], source: str) -> None:
    with pytest.raises(PackError):
        voting.profile("residents_meeting.from_2026").with_thresholds(take_part, agree, source=source)


@pytest.mark.parametrize(
    ("code", "on", "code_of_refusal"),
    [
        ("owners.civil_code.ordinary", date(2020, 12, 31), "profile_not_in_force"),
        ("owners.civil_code.ordinary", date(2021, 1, 1), None),
        ("owners.before_2021.major", date(2020, 12, 31), None),
        ("owners.before_2021.major", date(2021, 1, 1), "profile_not_in_force"),
        ("residents_meeting.until_2025", date(2026, 1, 1), "profile_not_in_force"),
    ],
)
def test_a_rule_holds_only_in_its_time(code: str, on: date, code_of_refusal: str | None) -> None:
    refusal = voting.profile(code).why_not(on)

    assert (refusal and refusal.code) == code_of_refusal


def test_a_local_rule_is_refused_elsewhere() -> None:
    profile = voting.profile("owners.henan_fund_objection")

    assert profile.why_not(place="CN-41-ZZ") is None
    refusal = profile.why_not(place="CN-BJ")
    assert refusal is not None
    assert refusal.text("zh") == "这项规则只适用于河南。"


OPS = st.sampled_from(voting.OPS)
SHARES = st.fractions(min_value=Fraction(1, 100), max_value=1, max_denominator=100)


@given(OPS, SHARES, st.integers(1, 10**7), st.data())
def test_a_threshold_compares_exactly_and_knows_what_is_missing(op: voting.Op, share: Fraction, whole: int, data: st.DataObject) -> None:
    threshold = Threshold("owners", op, share)
    part = data.draw(st.integers(0, whole))
    exact = Fraction(part, whole)

    assert threshold.met(part, whole) == {">": exact > share, ">=": exact >= share, "<": exact < share, "<=": exact <= share}[op]
    missing = threshold.missing(part, whole)
    assert (missing == 0) == threshold.met(part, whole)
    if missing and op in (">", ">="):
        assert threshold.met(part + missing, whole)
        assert not threshold.met(part + missing - 1, whole)
    elif missing and (op == "<=" or part - missing >= 0):
        assert threshold.met(part - missing, whole)
        assert not threshold.met(part - missing + 1, whole)


@pytest.mark.parametrize("op", [">", ">="])
def test_nobody_reaches_no_threshold(op: voting.Op) -> None:
    assert not Threshold("owners", op, Fraction(2, 3)).met(0, 0)
    assert Threshold("owners", op, Fraction(2, 3)).missing(0, 0) == 1


def test_every_reason_is_worded_in_both_languages_with_the_same_placeholders() -> None:
    import string

    for row in voting.read("reasons")["entries"]:
        zh, en = ({name for _text, name, _spec, _conversion in string.Formatter().parse(row[tongue]) if name} for tongue in ("zh", "en"))
        assert zh == en, row["code"]
        assert row["zh"].endswith("。")
        assert row["en"].endswith(".")
    assert all(word["name_zh"] and word["name_en"] for word in dimensions().values())


def test_thresholds_are_worded_as_the_law_words_them() -> None:
    assert threshold_words(">=", Fraction(2, 3)) == {"zh": "三分之二以上", "en": "at least 2/3"}
    assert threshold_words(">", Fraction(1, 2))["zh"] == "过半数"
    assert threshold_words(">=", Fraction(1)) == {"zh": "全部", "en": "all"}
    assert threshold_words("<=", Fraction(1, 3))["zh"] == "三分之一以下"
    assert (fraction_word(Fraction(3, 4)), fraction_word(Fraction(5, 8))) == ("three_quarters", "5_8")


def test_shares_are_shown_rounded_down() -> None:
    assert percent(599_999, 900_000) == "66.66%"
    assert (percent(0, 0), percent(1, 1), percent(1, 3)) == ("-", "100.00%", "33.33%")


def test_a_reason_fills_its_sentence() -> None:
    reason = Reason("co_owners_conflict_not_participating", {"owners": 2, "area": "189.00"})

    assert "2名业主（面积189.00平方米）" in say(reason, "zh-hans")
    assert "For 2 owners (189.00 m²)" in say(reason, "en")
