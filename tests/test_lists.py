"""
Every list somebody sees is theirs to take away: each page that draws a table or a list of rows offers it as xlsx and as csv, or is named here
with the reason why not.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from html import unescape

import openpyxl
import pytest
from django.test import Client

from linli.kernel.notices.actions import publish_notice
from tests.factories import HOUSE, NOW, raised
from tests.test_sweep import Town, address, allowed, find, patterns, sign_in, town, who_may  # noqa: F401 - `town` is a fixture

pytestmark = pytest.mark.slow

# Pages with rows that are no list of their own, by what they are.
NO_LIST = {
    "": "the first page: the beginnings of lists that have pages of their own",
    "styleguide/": "samples",
    "me/": "the beginnings of one's own lists",
    "me/security/": "one's own sessions and tokens, of which a file would be one more thing to lose",
    "me/data/": "one's own data has its export there",
    "accounts/sessions/": "the same sessions as on one's own page",
    "requests/map/": "places with a link each to their list",
    "rolls/<int:roll_id>/": "sums of a roll by building; each building is a list",
    "ballots/<int:ballot_id>/": "the result and its published bundle",
    "desk/accounts/<int:account_id>/": "one account",
    "desk/accounts/first-passwords/": "passwords leave as a file when they are made, by POST",
    "desk/units/<int:unit_id>/": "one unit",
    "desk/people/<int:person_id>/": "one person, with an export of their own",
    "desk/homes/<int:place_id>/": "one home",
    "desk/settings/": "a menu",
    "desk/settings/judgement/": "switches; who turned them stands in the log, which has its file",
    "desk/settings/services/<int:category_id>/": "one category's questions, set in order",
    "desk/settings/calendar/<int:year>/": "the form that enters a year; the calendar itself has its file",
    "desk/import/new/<slug:kind>/": "what a sheet may hold, which its template says",
    "desk/import/": "each kind has its file; one's own imports too, once there are any",
    "desk/ballots/<int:ballot_id>/": "one ballot in figures",
    "desk/ballots/<int:ballot_id>/paper/": "what waits at this moment for a second pair of eyes",
    "desk/ballots/<int:ballot_id>/delivery/print/": "paper; the ledger has its file",
    "desk/ballots/<int:ballot_id>/delivery/unreached/": "paper; the ledger has its file",
    "desk/ballots/<int:ballot_id>/print/<slug:what>/": "paper",
    "desk/meetings/participation/visits/": "paper to take along; who takes part has its file",
    "desk/rolls/<int:roll_id>/print/": "paper; the roll has its file",
    "desk/rolls/<int:roll_id>/freeze/": "what is published with one step",
    "desk/rolls/<int:roll_id>/voters/<int:seq>/": "one voter",
    "desk/rolls/<int:roll_id>/voters/<int:seq>/receipt/": "paper",
    "desk/meetings/<int:meeting_id>/": "one meeting",
    "desk/meetings/<int:meeting_id>/run/": "a meeting as it runs; its attendance has a file",
    "desk/meetings/<int:meeting_id>/minutes/": "minutes leave as docx and pdf",
    "desk/meetings/slots/<int:poll_id>/": "a question with a handful of times to choose from",
    "meetings/<int:meeting_id>/": "one meeting",
    "desk/talks/<int:talk_id>/sheet/": "paper; the statements have a file on the talk's page",
    "plans/<int:plan_id>/": "one plan; what every home pays is a file at the Desk",
    "desk/plans/<int:plan_id>/print/": "paper; the plan has its table",
    "draws/<int:draw_id>/": "one draw; the posted list has its file, the result its bundle",
    "elections/<int:election_id>/": "one election",
    "desk/venues/<int:venue_id>/": "one venue; its log has a file, once there is a log",
    "requests/<str:ref>/": "one request; the venues near it are a list with its file",
    "^desk/requests/(?P<ref>[Rr]\\d{1,18})/$": "one request; the venues near it are a list with its file",
    "wall/": "counts; each opens its list",
    "wall/screen/<slug:board>/": "counts in large type; each opens its list",
    "desk/indicators/asked/<int:asked_id>/": "one preview of twelve months",
    "desk/indicators/of/<slug:code>/edit/": "a form, with the columns it may name",
    "venues/map/": "the plan of a place; the same venues are a list with its file",
}
ROWS = re.compile(r'<table class="table|<ul class="rows|<ol class="rows|class="message-list|class="mt-homes')
LINK = re.compile(r'<a href="([^"]*format=(xlsx|csv))" download>')


# Among them somebody may do everything there is; who may do most comes first.
READERS = [
    "inside.community_head",
    "inside.community_worker",
    "inside.street_officer",
    "raiser",
    "anonymous",
    "inside.system_admin",
    "inside.security_admin",
    "inside.audit_admin",
    "inside.auditor",
    "inside.department_handler",
]


@dataclass
class Readers:
    """The cast at their screens, each signed in once."""

    town: Town
    clients: dict[str, Client] = field(default_factory=dict)

    def page(self, route: str) -> tuple[Client, str, str]:
        """A page as the first of them sees it who may, with its address; an empty text where nobody gets one."""
        who, path = who_may(route) or "nobody", address(route, self.town.samples)
        for name in READERS:
            if not allowed(self.town, find(self.town.cast, name), who, route):
                continue
            if name not in self.clients:
                self.clients[name] = sign_in(find(self.town.cast, name))[0]
            answer = self.clients[name].get(path)
            b"".join(answer.streaming_content if answer.streaming else ())  # read to the end, so that its file is closed
            if answer.status_code == 200 and "html" in answer["Content-Type"]:
                return self.clients[name], path, answer.content.decode()
            if answer.status_code == 200:
                break
        return Client(), "", ""


def test_every_page_with_a_list_offers_both_files_and_both_say_the_same(town: Town) -> None:  # noqa: F811 - as above
    publish_notice(actor=HOUSE, place=town.cast.here.community, title="=1+1 停电", body="一小时", now=NOW)
    raised(town.cast, title="=cmd|' /C calc'!A0 楼道灯")
    wrong, offered, readers = [], 0, Readers(town)
    for route in dict.fromkeys(patterns()):
        if route.startswith(("api/", "open311/")):
            continue
        client, path, page = readers.page(route)
        links = [(unescape(href), form) for href, form in LINK.findall(page)]
        if ROWS.search(page) and not links and route not in NO_LIST:
            wrong.append(f"{route}: shows rows and offers no file")
        if links and len(links) % 2:
            wrong.append(f"{route}: one form is missing")
        offered += bool(links)
        wrong += [f"{route}: {what}" for what in told_twice(client, path, [href for href, _form in links])]
    assert "\n".join(wrong) == ""
    assert offered > 30


def told_twice(client: Client, path: str, links: list[str]) -> list[str]:
    """What is wrong with the files of a page: both open, say the same, and no cell is a formula."""
    found = []
    for xlsx, plain in zip(links[::2], links[1::2], strict=False):
        answers = [client.get(href if href.startswith("/") else path.partition("?")[0] + href) for href in (xlsx, plain)]
        bodies = [b"".join(a.streaming_content) if a.streaming else b"" for a in answers]
        if [a.status_code for a in answers] != [200, 200]:
            found.append(f"{xlsx}: {[a.status_code for a in answers]}")
            continue
        sheet = list(openpyxl.load_workbook(io.BytesIO(bodies[0])).active.iter_rows())
        lines = list(csv.reader(io.StringIO(bodies[1].decode("utf-8-sig"))))
        if not bodies[1].startswith(b"\xef\xbb\xbf"):
            found.append(f"{plain}: no mark at its beginning")
        heads = [str(cell.value) for cell in sheet[0] if cell.value is not None]
        # That the log was taken away stands in the log.
        if heads != lines[0] or len(sheet) != len(lines) - ("/desk/log/" in xlsx):
            found.append(f"{xlsx}: {len(sheet)} rows, and {len(lines)} as csv")
        if any(cell.data_type == "f" for row in sheet for cell in row):
            found.append(f"{xlsx}: a formula")
        if any(cell.startswith(("=", "+", "@")) for line in lines for cell in line):
            found.append(f"{plain}: a cell begins like a formula")
    return found
