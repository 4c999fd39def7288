"""What an answer says is shown by its own sentences, and what it leaves out is named; nothing breaks on what people paste."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.insight.replies.measures import cohen_kappa
from linli.insight.replies.points import Name, review
from linli.insight.replies.sent import Sent
from linli.insight.replies.sentences import Kind, sentences
from linli.insight.replies.tables import LABELLED, labels_in
from linli.lib.problems import InputProblem

ASKED = "芳草苑3栋电梯坏了\n电梯停了三天，老人下不了楼，请尽快修。"
GOOD = (
    "王先生您好！您反映的芳草苑3栋电梯停用问题，社区和物业公司6月3日上午到现场查看，是控制板损坏。\n"
    "维保单位已订购配件，将于6月8日前更换并恢复运行。\n根据《特种设备安全法》的规定，更换后由检验所复检。感谢您的反映。"
)
LABELS = Path(__file__).parents[3] / "bench" / "data" / "replies_labels.csv"
anything = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="您好已转交处理。！《》“”\n\t 0123月日年内\x00\u200b😀<b>&", max_size=200),
    st.sampled_from(["", "。", "\n\n", "好" * 100_000, "转" * 5_000, "<script>alert(1)</script>", "《" * 300, "0" * 400, "1月" * 400]),
)


def test_a_good_answer_holds_every_point_with_the_sentence_that_shows_it() -> None:
    seen = review(
        ASKED,
        GOOD,
        asked_at=datetime(2026, 6, 2, tzinfo=UTC),
        answered_at=datetime(2026, 6, 3, tzinfo=UTC),
        due_at=datetime(2026, 6, 5, tzinfo=UTC),
    )

    assert {p.name: p.holds for p in seen.points} == dict.fromkeys(Name, True)
    shown = {p.name: GOOD[p.start : p.end] for p in seen.points}
    assert "现场查看" in shown[Name.ACT]
    assert "社区和物业公司" in shown[Name.WHO]
    assert "6月3日" in shown[Name.WHEN]
    assert "《特种设备安全法》" in shown[Name.BASIS]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("您好！您的留言已收悉。", "receipt"),
        ("网友：您好，您反映的问题已转交有关部门核实处理，感谢您的留言。2026年6月3日", "handed_on"),
        ("您好，我们高度重视，将认真研究。", "vague"),
        ("请您拨打热线12345咨询。", "elsewhere"),
        ("", "missing"),
    ],
)
def test_stock_phrases_do_not_meet_the_matter_and_say_which_kind_they_are(answer: str, why: str) -> None:
    seen = review(ASKED, answer)

    assert (seen[Name.MATTER].holds, seen[Name.MATTER].why) == (False, why)
    assert not seen[Name.ACT].holds and not seen[Name.WHEN].holds and not seen[Name.OWN_WORDS].holds
    assert bool(answer[seen[Name.MATTER].start : seen[Name.MATTER].end]) is bool(answer)


def test_a_permit_is_no_basis_and_the_day_of_the_message_is_not_when_it_was_done() -> None:
    seen = review(ASKED, "您于2026年6月1日的留言已收悉。我局向物业公司下达了《责令改正通知书》，要求抓紧修好电梯。")

    assert seen[Name.ACT].holds
    assert not seen[Name.BASIS].holds
    assert not seen[Name.WHEN].holds


def test_late_rude_and_unreadable_answers_are_told_with_their_place() -> None:
    rude = "电梯已经修好。这是道听途说，不要再反映了。"
    long = "您好，电梯维修" + "需要协调各方以及配件供应商" * 16 + "。"
    when = datetime(2026, 6, 3, tzinfo=UTC)

    assert review(ASKED, GOOD, answered_at=when, due_at=when - timedelta(hours=1))[Name.IN_TIME].why == "late"
    assert review(ASKED, GOOD)[Name.IN_TIME].holds is None
    polite = review(ASKED, rude)[Name.POLITE]
    assert (polite.why, rude[polite.start : polite.end]) == ("rude", "这是道听途说，不要再反映了。")
    assert review(ASKED, long)[Name.READABLE].why == "long_sentence"


def test_the_same_text_sent_to_others_is_found_through_names_numbers_and_greetings() -> None:
    sent = Sent(["网友“UU12”您好！您反映的问题，我局已安排执法人员到现场核实并责令商户整改，今后将加强巡查。2026年5月1日", GOOD])
    again = "李女士您好：您反映的问题，我局已安排执法人员到现场核实并责令商户整改，今后将加强巡查。感谢您的监督！"

    assert sent.times(again) == 1
    assert sent.times("您好，路灯线路6月5日已由市政所更换，现已亮灯。") == 0
    assert review(ASKED, again, same_as=sent.times(again))[Name.OWN_WORDS].why == "same_text"


@pytest.mark.parametrize(
    ("answer", "act", "when"),
    [
        ("更换灯具 6 盏，现场试过正常。", True, False),
        ("换了轴承，电梯恢复运行。", True, False),
        ("师傅明天上午来修。", True, True),
        ("物业周三前换好门禁。", True, True),
        ("已请运营商来测试。", True, False),
        ("漏点找到了，在二楼横管，正在换管。", True, False),
        ("会尽快处理。", False, False),
        ("这件事要等业主大会同意才能办。", False, False),
        ("需要提供房产证。", False, False),
        ("没有修好，也没有来看过。", False, False),
        ("昨天收到您的反映。", False, False),
    ],
)
def test_a_line_in_a_neighbours_words_says_what_and_when_as_a_letter_does(answer: str, act: bool, when: bool) -> None:
    seen = review("", answer, signed=True)

    assert (seen[Name.ACT].holds, seen[Name.WHEN].holds) == (act, when)
    assert seen[Name.WHO].holds == (act or "物业" in answer), "what is done without another's name, the unit that signs does"


def test_an_act_of_somebody_unnamed_is_nobodys_even_under_a_name() -> None:
    assert not review("", "已联系有关部门维修。", signed=True)[Name.WHO].holds


@settings(max_examples=60)
@given(anything, anything)
def test_whatever_is_pasted_gets_every_point_once_inside_the_answer(message: str, answer: str) -> None:
    seen = review(message, answer)

    assert [p.name for p in seen.points] == list(Name)
    assert all(0 <= p.start <= p.end <= len(answer) for p in seen.points)
    said = sentences(answer[:2_000])
    assert all(s.text == answer[s.start : s.end] for s in said)
    assert [s.start for s in said] == sorted(s.start for s in said)


def test_the_sentences_of_an_answer_are_told_apart_by_what_they_are_there_for() -> None:
    kinds = [s.kind for s in sentences("网友：您好！您的留言已收悉。物业6月3日更换了控制板。感谢您的监督！2026年6月4日")]

    assert kinds == [Kind.GREETING, Kind.RECEIPT, Kind.SAYS, Kind.THANKS, Kind.SIGNED]


def test_kappa_is_the_textbooks() -> None:
    # 50 proposals read by two: both yes 20, both no 15, 5 and 10 apart (kappa 0.4).
    a = [True] * 25 + [False] * 25
    b = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    found = cohen_kappa(a, b)

    assert found.kappa == pytest.approx(0.4)
    assert (found.pairs, found.agreed) == (50, 0.7)
    assert cohen_kappa([True, True], [True, True]).kappa is None
    with pytest.raises(ValueError, match="same length"):
        cohen_kappa([True], [])


def test_the_labels_in_the_repository_are_numbers_and_points_alone() -> None:
    labels = labels_in(LABELS.read_bytes())

    assert len(labels) >= 200
    assert sum(label.part == "held" for label in labels) >= 80
    assert all(set(label.holds) == set(LABELLED) for label in labels)
    with LABELS.open(encoding="utf-8", newline="") as file:
        assert all(cell.isascii() for row in csv.reader(file) for cell in row)
    with pytest.raises(InputProblem, match="0"):
        labels_in(LABELS.read_bytes().replace(b",1,1,1,1,0,1,1,0", b",1,1,1,1,2,1,1,0", 1))
