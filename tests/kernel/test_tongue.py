"""What the house keeps is in the place's own language, and a message in its receiver's, whoever presses the button."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

import linli
from linli.kernel.access.tongue import as_read, in_place_language, spoken
from linli.kernel.accounts.models import Account
from linli.kernel.notices.actions import Addressee, send
from linli.kernel.notices.models import Message
from linli.kernel.people.models import Person
from tests.factories import NOW, build_cast

SOURCES = Path(linli.__file__).parent
GETTEXT = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
PUBLISHERS = {"post_notice", "publish_notice", "put_up"}
TELLERS = {"send", "tell", "tell_parties", "tell_followers", "_tell", "_tell_register", "_send"}


@in_place_language()
def _words() -> str:
    return gettext("已保存。")


def test_words_are_made_in_the_language_they_are_needed_in() -> None:
    with translation.override("en"):
        assert (_words(), gettext("已保存。")) == ("已保存。", "Saved.")
        assert spoken(lambda: gettext("已保存。")) == spoken(lambda: gettext("已保存。"), "fr") == "已保存。"
        assert spoken(lambda: gettext("已保存。"), "en") == as_read("已保存。") == "Saved."
        assert (spoken("3 栋漏水", "en"), as_read("3 栋漏水"), as_read("")) == ("3 栋漏水", "3 栋漏水", "")
    assert as_read("已保存。") == "已保存。"


def test_two_at_once_do_not_change_each_others_language() -> None:
    """The decorator keeps nothing between calls: a worker serves several readers in threads."""
    seen: list[str] = []

    def reader(language: str) -> None:
        with translation.override(language):
            for _again in range(200):
                _words()
            seen.append(f"{language} {translation.get_language()}")

    threads = [Thread(target=reader, args=(language,)) for language in ("en", "zh-hans")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(seen) == ["en en", "zh-hans zh-hans"]


@pytest.mark.django_db
def test_each_receiver_is_told_in_the_language_they_want_to_be_contacted_in() -> None:
    cast = build_cast()
    english = Person.objects.create(name="英语邻居", created_at=NOW, language="en")
    to = [Addressee(person=english), Addressee(person=cast.person), Addressee(unit_id=cast.here.units["housing"].pk)]
    with translation.override("en"):
        made = send(
            to,
            key="told",
            title=lambda: gettext("已保存。"),
            body="3 栋漏水",
            address="/",
            about="R1",
            place_path=cast.here.community.path,
            now=NOW,
        )

    rows = {m.person_id or 0: (m.title, m.body) for m in Message.objects.filter(key__startswith="told:")}
    assert made == 3
    assert rows == {english.pk: ("Saved.", "3 栋漏水"), cast.person.pk: ("已保存。", "3 栋漏水"), 0: ("已保存。", "3 栋漏水")}


def calls(names: set[str]) -> Iterator[tuple[str, ast.Call, list[ast.AST]]]:
    """Every call of one of these functions in the product: where, the call, and what it stands in."""
    for path in sorted(SOURCES.rglob("*.py")):
        if "demo" in path.parts or "notices" in path.parts:  # the demo writes what people would; notices are what is called
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        within: dict[ast.AST, ast.AST] = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and name in names:
                above, at = [], within.get(node)
                while at is not None:
                    above.append(at)
                    at = within.get(at)
                yield f"{path.relative_to(SOURCES)}:{node.lineno}", node, above


def in_place(node: ast.AST) -> bool:
    if isinstance(node, ast.With):
        return any("in_place_language" in ast.dump(item.context_expr) for item in node.items)
    return isinstance(node, ast.FunctionDef) and any("in_place_language" in ast.dump(one) for one in node.decorator_list)


def test_whoever_puts_up_a_notice_speaks_the_language_of_the_place() -> None:
    found = list(calls(PUBLISHERS))

    assert len(found) > 12
    assert [where for where, _call, above in found if not any(map(in_place, above))] == []


def eager(node: ast.AST) -> bool:
    """Does it make a sentence now, in the language of whoever acts?"""
    if isinstance(node, ast.Lambda):
        return False
    return (isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT) or any(map(eager, ast.iter_child_nodes(node)))


def test_whoever_tells_somebody_leaves_the_language_to_the_receiver() -> None:
    found = list(calls(TELLERS))

    assert len(found) > 40
    assert [where for where, call, _above in found if any(eager(arg) for arg in [*call.args, *(k.value for k in call.keywords)])] == []


@pytest.mark.django_db
def test_the_language_switch_of_somebody_signed_in_is_the_language_they_are_written_to_in() -> None:
    cast = build_cast()
    resident, worker = cast.person.account, Account.objects.get(pk=cast.community_worker.account_id)
    assert resident is not None

    def switch(account: Account | None, language: str) -> None:
        client = Client()
        if account is not None:
            client.force_login(account)
        assert client.post("/preferences/", {"language": language}).cookies[settings.LANGUAGE_COOKIE_NAME].value == language

    def told(key: str) -> set[str]:
        to = [Addressee(person=Person.objects.get(pk=cast.person.pk)), Addressee(account_id=worker.pk)]
        place = cast.here.community.path
        send(to, key=key, title=lambda: gettext("已保存。"), body="-", address="/", about="R1", place_path=place, now=NOW)
        return set(Message.objects.filter(key__startswith=f"{key}:").values_list("title", flat=True))

    switch(None, "en")
    assert told("nobody") == {"已保存。"}
    switch(resident, "en")
    switch(worker, "en")
    assert told("both") == {"Saved."}
    assert Account.objects.get(pk=resident.pk).language == "en"
    switch(resident, "zh-hans")
    assert Person.objects.get(pk=cast.person.pk).language == "zh-hans"
    # Who named another language for messages than that of the pages keeps it.
    Person.objects.filter(pk=cast.person.pk).update(language="en")
    switch(resident, "zh-hans")
    switch(worker, "zh-hans")
    assert told("named") == {"Saved.", "已保存。"}
