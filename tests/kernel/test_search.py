"""Words are found in a matter's public text: of two characters, of more wherever their parts stand, a single character as the beginning."""

from __future__ import annotations

import pytest

from linli.kernel.matters.search import matching_ids
from tests.factories import Cast, raised


def test_words_are_found_in_the_database(cast: Cast) -> None:
    lift = raised(cast, title="维修了三次，电梯还是坏", body="停水了没人管")
    lamp = raised(cast, title="路灯不亮", body="水管旁边的WiFi也断了")

    def found(text: str) -> set[int]:
        return set(matching_ids(text, before=None, limit=10))

    assert found("电梯") == {lift.pk}
    assert found("电梯维修") == {lift.pk}
    assert found("wifi 路灯") == {lamp.pk}
    assert found("水") == {lift.pk, lamp.pk}
    assert found("管 坏") == {lift.pk}
    assert found("暖气") == found("") == found("'") == set()
    assert matching_ids("水", before=lamp.pk, limit=10) == [lift.pk]


@pytest.mark.parametrize("text", ['"', "'", "\\", "*", "'水':*", "水* OR 电", "NEAR(水 电)", "水:*", "𠮷"])
def test_what_means_something_to_a_database_is_only_text(cast: Cast, text: str) -> None:
    raised(cast, title="路灯不亮")

    assert matching_ids(text, before=None, limit=10) == []
