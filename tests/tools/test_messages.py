"""The catalogues of all apps are read as one: what two of them say differently is found before a reader meets it."""

import pytest
from babel.messages.catalog import Catalog, Message

from tools import messages


def catalogue(*sentences: tuple[str, str, str | None]) -> Catalog:
    made = messages.fresh_catalogue()
    for chinese, english, context in sentences:
        made.add(chinese, english, context=context)
    return made


def test_a_sentence_with_two_translations_is_named_with_both_and_where_they_stand() -> None:
    found = messages.disagreements(
        {
            "linli/web": catalogue(("查找", "Search", None)),
            "linli/ports": catalogue(("查找", "Find", None)),
            "linli/kernel/people": catalogue(("查找", "Search", None)),
        }
    )

    assert found == ["'查找' has more than one English: 'Search' in linli/web, linli/kernel/people; 'Find' in linli/ports"]


@pytest.mark.parametrize(
    "other",
    [("查找", "Search", None), ("查找", "Find", "noun"), ("寻找", "Find", None)],
    ids=["the same English", "another context", "another sentence"],
)
def test_what_is_no_contradiction_is_left_alone(other: tuple[str, str, str | None]) -> None:
    assert messages.disagreements({"linli/web": catalogue(("查找", "Search", None)), "linli/ports": catalogue(other)}) == []


@pytest.mark.parametrize(
    ("english", "complaint"),
    [
        ("Say which of the two stands, and why it does. ", []),
        ("Say which of the two stands, and why it does. " * 2, ["English that says itself again"]),
        ("Say which of the two stands, and why it does. " * 3, ["English that says itself again"]),
        ("so so ", []),
    ],
)
def test_a_translation_that_was_joined_to_itself_is_found(english: str, complaint: list[str]) -> None:
    message = Message("写明哪一票算数。", english)

    assert list(messages.complaints(message, message)) == complaint
