"""
The sweep: every address × every role × inside and outside the granted subtree. Nobody reads or does anything the table does not allow.

`ADDRESSES` names every address pattern of the product with who may; a pattern it does not name fails the test. A private request and a
resident's telephone number carry words that no answer to anybody else may contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from linli.kernel.access import table
from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.access.roles import ROLES
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account, Grant
from linli.kernel.matters.models import Category, Matter, PromiseRule
from linli.kernel.matters.queries import matter_for
from linli.kernel.notices.actions import publish_notice
from linli.kernel.people.actions import own, register_person, set_home
from linli.kernel.reading.models import Learning
from linli.kernel.rolls.actions.draft import draw_up
from linli.kernel.rolls.actions.freezing import freeze
from linli.kernel.rolls.models import Roll
from linli.loops.council.ballots.actions import setting_up
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.draws.actions import planning as drawing_up
from linli.loops.council.draws.actions.planning import Kind
from linli.loops.council.draws.actions.planning import Plan as DrawPlan
from linli.loops.council.draws.models import Draw
from linli.loops.council.elections.actions import planning as electing
from linli.loops.council.elections.actions.planning import Plan as ElectionPlan
from linli.loops.council.elections.models import Election
from linli.loops.council.meetings.actions import noticing, planning, registering, slots
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.council.meetings.actions.registering import Expected
from linli.loops.council.meetings.models import Meeting, SlotPoll
from linli.loops.council.meetings.reading import may_read
from linli.loops.council.motions.actions import raising
from linli.loops.council.motions.actions.raising import draft_motion
from linli.loops.council.motions.models import Decision, Motion
from linli.loops.council.motions.reference import load_reference as load_motions
from linli.loops.council.plans.actions import drafting, schemes
from linli.loops.council.plans.models import Plan as CostPlan
from linli.loops.council.plans.models import Scheme
from linli.loops.council.talks.actions import opening
from linli.loops.council.talks.models import Talk
from linli.loops.hands.models import Question
from linli.loops.requests.actions import handling
from linli.loops.requests.hot.models import Change, Figure, PublicFigure, Trace
from linli.loops.requests.hot.models import Topic as HotTopic
from linli.loops.venues.actions import keeping
from linli.loops.venues.actions.keeping import Given
from linli.measure.asked.actions import ask_preview
from linli.measure.asked.models import Asked
from linli.measure.suspicions.models import Suspicion
from linli.ports.open311.models import ServiceAttribute
from linli.web import pdf
from tests.factories import DAY, HOUSE, NOW, Cast, actor_with_all, build_cast, dispatched, raised

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _no_typesetting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may have a PDF is asked here, not how it looks; setting one takes longer than fifty other answers."""
    monkeypatch.setattr(pdf, "made", lambda *_template: b"%PDF-1.7")


MEETING = "机密碰头会"
PLAN = "机密分摊案"
SECRET, NOTE, PHONE, IDENTITY = "机密电表箱", "内部只说一次", "13800138001", "510107195203040022"

# Who may: "public" anybody; "signed_in" any account; else permission verbs, of which one must be held ("?": somewhere, "!": at the place
# of the subject). The subject is what the address is about: the private request here, a resident here, a place here.
PUBLIC_ADDRESSES = """
 | preferences/ | styleguide/ | offline/ | manifest.webmanifest | robots.txt | sw.js | sign-in/ | sign-out/ | sign-in/code/ | accounts/login/
accounts/inactive/ | accounts/2fa/authenticate/ | accounts/2fa/webauthn/login/ | accounts/3rdparty/login/cancelled/ | accounts/3rdparty/login/error/
accounts/oidc/^(?P<provider_id>[^/]+)/login/ | accounts/oidc/^(?P<provider_id>[^/]+)/login/callback/ | accounts/second-factor/
ballots/ | ballots/<int:ballot_id>/ | ballots/<int:ballot_id>/check/ | ballots/<int:ballot_id>/bundle.json | ballots/<int:ballot_id>/verify.py
api/v1/ballots | api/v1/ballots/<ballot_id> | api/v1/ballots/<ballot_id>/turnout | api/v1/ballots/<ballot_id>/receipts/<code> | api/v1/ballots/<ballot_id>/bundle
api/v1/ballots/<ballot_id>/mine
plans/ | api/v1/plans
rolls/ | rolls/<int:roll_id>/ | rolls/<int:roll_id>/buildings/<int:building_id>/ | api/v1/rolls | api/v1/rolls/<roll_id> | api/v1/rolls/<roll_id>/mine
api/v1/rolls/<roll_id>/objections
notices/ | notices/screen/ | notices/<int:notice_id>/ | notices/<int:notice_id>/print/ | notices/<int:notice_id>/notice.pdf
talks/ | api/v1/talks
meetings/ | meetings/<int:meeting_id>/live/<slug:level>/<str:key>/<slug:language>/ | api/v1/meetings | api/v1/meeting-slots
draws/ | elections/ | api/v1/draws | api/v1/elections
topics/ | topics/<int:topic_id>/ | api/v1/topics | api/v1/topics/<topic_id>
wall/ | wall/screen/<slug:board>/ | api/v1/indicators | api/v1/indicators/<code> | api/v1/indicator-figures
requests/ | requests/map/ | requests/new/ | requests/advice/ | requests/feed.atom
motions/ | motions/new/ | motions/board/ | motions/cases/ | motions/cases/<int:case_id>/ | motions/feed.atom
venues/ | venues/map/ | venues/<int:venue_id>/ | venues/<int:venue_id>/sheet/ | venues/<int:venue_id>/photo/ | api/v1/venues | api/v1/venues/<venue_id>
api/v1/venue-standards | api/v1/venue-items
files/<int:file_id>/ | files/<int:file_id>/small/ | kept/<str:token>/
api/v1/motion-roads | api/v1/motion-cases
api/v1/openapi.json | api/v1/docs | api/v1/requests | api/v1/motions | api/v1/requests/similar | api/v1/categories | api/v1/places | api/v1/places/at-point
api/v1/places/<place_id> | api/v1/places/<place_id>/children | api/v1/units | api/v1/notices | api/v1/promises | api/v1/work-calendar
api/v1/files/<file_id> | api/v1/^.*$
open311/^(?:v2/)?discovery\\.(?P<form>[A-Za-z0-9]{1,8})$ | open311/^v2/services\\.(?P<form>[A-Za-z0-9]{1,8})$
open311/^v2/services/(?P<service_code>[^/]+)\\.(?P<form>[A-Za-z0-9]{1,8})$ | open311/^v2/requests\\.(?P<form>[A-Za-z0-9]{1,8})$
open311/^v2/tokens/(?P<token>[^/]+)\\.(?P<form>[A-Za-z0-9]{1,8})$ | open311/^v2/servicerequestupdates\\.(?P<form>[A-Za-z0-9]{1,8})$
"""
SIGNED_IN_ADDRESSES = """
accounts/reauthenticate/ | accounts/password/change/ | accounts/password/set/ | accounts/2fa/ | accounts/2fa/reauthenticate/ | accounts/2fa/totp/activate/
accounts/2fa/totp/deactivate/ | accounts/2fa/recovery-codes/ | accounts/2fa/recovery-codes/generate/ | accounts/2fa/recovery-codes/download/
accounts/2fa/webauthn/ | accounts/2fa/webauthn/add/ | accounts/2fa/webauthn/reauthenticate/ | accounts/2fa/webauthn/keys/<int:pk>/remove/
accounts/2fa/webauthn/keys/<int:pk>/edit/ | accounts/sessions/ | me/security/ | me/security/sessions/<int:session_id>/end/ | me/security/sessions/end-others/
me/security/tokens/<int:token_id>/revoke/ | me/data/ | me/data/export/ | me/contact/ | me/helpers/ | me/helpers/<int:tie_id>/end/ | me/consents/
me/consents/give/ | me/consents/take-back/ | me/erase/ | me/messages/ | me/messages/read/ | me/ | me/requests/ | desk/permissions/
sign-in/again/ | ballots/<int:ballot_id>/vote/ | ballots/<int:ballot_id>/vote/<int:seq>/ | ballots/<int:ballot_id>/receipt/<int:seq>/ | api/v1/ballots/<ballot_id>/votes
api/v1/me | api/v1/me/messages | api/v1/me/messages/read | api/v1/me/muted | api/v1/me/mute | api/v1/me/hear-again | api/v1/files | api/v1/requests/on-behalf
api/v1/webhooks | rolls/<int:roll_id>/proof/<int:seq>/ | api/v1/rolls/<roll_id>/mine/<seq>/proof
rolls/<int:roll_id>/object/ | meetings/slots/<int:poll_id>/ | venues/<int:venue_id>/rate/ | api/v1/venues/<venue_id>/rating
"""
WORK = "request.read? request.raise_for? person.read? account.read? log.read? setting.edit? permission.read?"
ADDRESSES = f"""
desk/ > {WORK}
desk/accounts/ > account.read? account.open? account.grant?
desk/accounts/new/ > account.open?
desk/accounts/first-passwords/ > account.open?
desk/accounts/<int:account_id>/ > account.read? account.open? account.grant?
desk/accounts/<int:account_id>/grant/ > account.grant?
desk/accounts/<int:account_id>/grants/<int:grant_id>/end/ > account.grant!
desk/accounts/<int:account_id>/close/ > account.open?
desk/accounts/<int:account_id>/reopen/ > account.open?
desk/accounts/<int:account_id>/password/ > account.open?
desk/accounts/<int:account_id>/factor/ > account.open?
desk/accounts/<int:account_id>/tokens/<int:token_id>/revoke/ > token.manage?
desk/units/ > unit.edit? account.read?
desk/units/<int:unit_id>/ > unit.edit!
desk/log/ > log.read?
desk/log/export/ > log.read?
desk/settings/ > permission.read?
desk/settings/promises/ > promise.edit?
desk/settings/promises/<int:rule_id>/end/ > promise.edit?
desk/settings/categories/ > category.edit?
desk/settings/categories/new/ > category.edit?
desk/settings/categories/<int:category_id>/ > category.edit?
desk/settings/calendar/ > {WORK}
desk/settings/calendar/<int:year>/ > {WORK}
desk/settings/calendar/remove/ > calendar.edit?
desk/settings/calendar/declare/ > calendar.edit?
desk/settings/services/ > category.edit?
desk/settings/services/<int:category_id>/ > category.edit?
desk/settings/services/<int:category_id>/<int:attribute_id>/ > category.edit?
desk/settings/services/<int:category_id>/<int:attribute_id>/move/ > category.edit?
desk/settings/services/<int:category_id>/<int:attribute_id>/retire/ > category.edit?
desk/settings/services/<int:category_id>/<int:attribute_id>/restore/ > category.edit?
desk/settings/judgement/ > judgement.edit?
desk/settings/judgement/turn/ > judgement.edit?
desk/settings/gateways/ > setting.edit?
desk/settings/gateways/<str:channel>/test/ > setting.edit?
desk/people/ > person.read?
desk/people/new/ > person.edit?
desk/people/<int:person_id>/ > person.read!
desk/people/<int:person_id>/edit/ > person.edit!
desk/people/<int:person_id>/reveal/ > person.reveal!
desk/people/<int:person_id>/groups/ > person.edit!
desk/people/<int:person_id>/groups/<int:fact_id>/end/ > person.edit!
desk/people/<int:person_id>/helpers/ > person.helper!
desk/people/<int:person_id>/helpers/<int:tie_id>/end/ > person.helper!
desk/people/<int:person_id>/consents/ > person.consent!
desk/people/<int:person_id>/consents/<int:consent_id>/end/ > person.consent!
desk/people/<int:person_id>/export/ > person.export!
desk/people/<int:person_id>/erase/ > person.erase!
desk/homes/ > person.read?
desk/homes/<int:place_id>/ > person.read!
desk/homes/<int:place_id>/owners/ > person.edit!
desk/homes/<int:place_id>/owners/<int:share_id>/end/ > person.edit!
desk/homes/<int:place_id>/residents/ > person.edit!
desk/homes/<int:place_id>/residents/<int:stay_id>/end/ > person.edit!
^desk/motions/(?P<ref>[Mm]\\d{{1,18}})/ballot/$ > ballot.set_up!
desk/ballots/ > ballot.read?
desk/ballots/paper/ > ballot.record?
desk/ballots/paper/<slug:code>/ > ballot.record!
desk/ballots/readings/<int:reading_id>/settle/ > ballot.record!
desk/ballots/readings/<int:reading_id>/drop/ > ballot.record!
desk/ballots/<int:ballot_id>/ > ballot.read!
desk/ballots/<int:ballot_id>/survey/ > ballot.set_up!
desk/ballots/<int:ballot_id>/motion/ > ballot.set_up!
desk/ballots/<int:ballot_id>/open/ > ballot.open!
desk/ballots/<int:ballot_id>/count/ > ballot.count!
desk/ballots/<int:ballot_id>/abandon/ > ballot.open!
desk/ballots/<int:ballot_id>/official/ > ballot.count!
desk/ballots/<int:ballot_id>/package/ > ballot.package!
desk/ballots/<int:ballot_id>/openings/ > ballot.count!
desk/ballots/<int:ballot_id>/openings/erase/ > ballot.count!
desk/ballots/<int:ballot_id>/bundle/again/ > ballot.count!
desk/ballots/<int:ballot_id>/files/<int:file_id>/ > ballot.record!
desk/ballots/<int:ballot_id>/print/<slug:what>/ > ballot.read!
desk/ballots/<int:ballot_id>/delivery/ > ballot.read!
desk/ballots/<int:ballot_id>/delivery/record/ > ballot.deliver!
desk/ballots/<int:ballot_id>/delivery/announce/ > ballot.deliver!
desk/ballots/<int:ballot_id>/delivery/remind/ > ballot.deliver!
desk/ballots/<int:ballot_id>/delivery/print/ > ballot.read!
desk/ballots/<int:ballot_id>/delivery/unreached/ > ballot.read!
desk/ballots/<int:ballot_id>/delivery/table/ > ballot.read!
desk/ballots/<int:ballot_id>/paper/ > ballot.record!
desk/ballots/<int:ballot_id>/paper/make/ > ballot.record!
desk/ballots/<int:ballot_id>/paper/sheets/ > ballot.record!
desk/ballots/<int:ballot_id>/phone/ > ballot.record!
desk/ballots/<int:ballot_id>/phone/<int:hearing_id>/confirm/ > ballot.record!
desk/ballots/<int:ballot_id>/phone/<int:hearing_id>/drop/ > ballot.record!
desk/ballots/<int:ballot_id>/proxies/ > ballot.record!
desk/ballots/<int:ballot_id>/proxies/<int:proxy_id>/end/ > ballot.record!
desk/ballots/<int:ballot_id>/proxies/<int:proxy_id>/cast/ > ballot.record!
desk/ballots/<int:ballot_id>/conflicts/ > ballot.read!
api/v1/motions/<ref>/ballot > read
api/v1/ballots/<ballot_id>/survey > ballot.set_up!
api/v1/ballots/<ballot_id>/motion > ballot.set_up!
api/v1/ballots/<ballot_id>/open > ballot.open!
api/v1/ballots/<ballot_id>/abandon > ballot.open!
api/v1/ballots/<ballot_id>/count > ballot.count!
api/v1/ballots/<ballot_id>/official > ballot.count!
api/v1/ballots/<ballot_id>/bundle/again > ballot.count!
api/v1/ballots/<ballot_id>/deliveries > ballot.deliver! ballot.read!
api/v1/ballots/<ballot_id>/deliveries/announce > ballot.deliver!
api/v1/ballots/<ballot_id>/remind > ballot.deliver!
api/v1/ballots/<ballot_id>/sheets > ballot.record!
api/v1/ballot-sheets/<code>/readings > ballot.record!
api/v1/ballot-readings/<reading_id>/settle > ballot.record!
api/v1/ballot-readings/<reading_id>/drop > ballot.record!
api/v1/ballots/<ballot_id>/hearings > ballot.record!
api/v1/ballots/<ballot_id>/hearings/<hearing_id>/confirm > ballot.record!
api/v1/ballots/<ballot_id>/hearings/<hearing_id>/drop > ballot.record!
api/v1/ballots/<ballot_id>/proxies > ballot.record!
api/v1/ballots/<ballot_id>/proxies/<proxy_id>/end > ballot.record!
api/v1/ballots/<ballot_id>/proxies/<proxy_id>/cast > ballot.record!
api/v1/ballots/<ballot_id>/conflicts/settle > ballot.settle!
api/v1/ballots/<ballot_id>/conflicts > ballot.read!
api/v1/ballots/<ballot_id>/readings > ballot.record!
api/v1/ballots/<ballot_id>/openings > ballot.count!
api/v1/ballots/<ballot_id>/openings/erase > ballot.count!
api/v1/ballots/<ballot_id>/package > ballot.package!
plans/<int:plan_id>/ > plan.read!
desk/plans/ > plan.read?
desk/plans/new/<slug:planned>/ > plan.edit?
desk/plans/schemes/ > plan.scheme?
desk/plans/schemes/<int:scheme_id>/end/ > plan.scheme!
desk/plans/<int:plan_id>/ > plan.read!
desk/plans/<int:plan_id>/terms/ > plan.edit!
desk/plans/<int:plan_id>/homes/ > plan.edit!
desk/plans/<int:plan_id>/ways/ > plan.edit!
desk/plans/<int:plan_id>/ways/<int:number>/ > plan.edit!
desk/plans/<int:plan_id>/print/ > plan.export!
desk/plans/<int:plan_id>/table/ > plan.export!
desk/plans/<int:plan_id>/sheet/ > plan.edit!
desk/plans/<int:plan_id>/do/<slug:step>/ > plan.edit! plan.show!
api/v1/plans/<plan_id> > plan.read!
api/v1/plans/<plan_id>/mine > plan.read!
api/v1/plans/<plan_id>/shares > plan.export!
api/v1/plans/<plan_id>/homes > plan.edit!
api/v1/plans/<plan_id>/ways > plan.edit!
api/v1/plans/<plan_id>/show > plan.show!
api/v1/plans/<plan_id>/adopt > plan.adopt!
api/v1/plans/<plan_id>/redraw > plan.edit!
api/v1/plans/<plan_id>/ways/<number> > plan.edit!
api/v1/plans/<plan_id>/ways/<number>/lead > plan.edit!
api/v1/plans/<plan_id>/ways/<number>/remove > plan.edit!
api/v1/plans/<plan_id>/copy > plan.edit!
api/v1/plans/<plan_id>/take-back > plan.show!
api/v1/plans/<plan_id>/drop > plan.show!
api/v1/plan-schemes > plan.scheme?
api/v1/plan-schemes/<scheme_id>/end > plan.scheme!
desk/rolls/ > roll.read?
desk/rolls/new/ > roll.draw?
desk/rolls/objections/ > roll.answer?
desk/rolls/<int:roll_id>/ > roll.read!
desk/rolls/<int:roll_id>/terms/ > roll.draw!
desk/rolls/<int:roll_id>/redraw/ > roll.draw!
desk/rolls/<int:roll_id>/discard/ > roll.draw!
desk/rolls/<int:roll_id>/freeze/ > roll.freeze!
desk/rolls/<int:roll_id>/mended/ > roll.draw!
desk/rolls/<int:roll_id>/findings/<slug:code>/ > roll.read!
desk/rolls/<int:roll_id>/findings/<slug:code>/all/ > roll.draw!
desk/rolls/<int:roll_id>/mend/<slug:way>/ > roll.draw!
desk/rolls/<int:roll_id>/decisions/ > roll.read!
desk/rolls/<int:roll_id>/decisions/<int:decision_id>/take-back/ > roll.draw!
desk/rolls/<int:roll_id>/entries/ > roll.draw!
desk/rolls/<int:roll_id>/sheet/ > roll.draw!
desk/rolls/<int:roll_id>/voters/ > roll.read!
desk/rolls/<int:roll_id>/voters/<int:seq>/ > roll.read!
desk/rolls/<int:roll_id>/voters/<int:seq>/reveal/ > roll.reveal!
desk/rolls/<int:roll_id>/voters/<int:seq>/receipt/ > roll.export!
desk/rolls/<int:roll_id>/print/ > roll.export!
desk/rolls/<int:roll_id>/table > roll.export!
desk/rolls/<int:roll_id>/objections/ > roll.read!
desk/rolls/<int:roll_id>/objections/<int:objection_id>/answer/ > roll.answer!
rolls/<int:roll_id>/objections/<int:objection_id>/withdraw/ > roll.object?
api/v1/rolls/<roll_id>/voters > roll.read!
api/v1/rolls/<roll_id>/discard > roll.draw!
api/v1/rolls/<roll_id>/freeze > roll.freeze!
api/v1/rolls/<roll_id>/mended > roll.draw!
api/v1/rolls/<roll_id>/findings > roll.read!
api/v1/rolls/<roll_id>/mend > roll.draw!
api/v1/rolls/<roll_id>/mend-all > roll.draw!
api/v1/rolls/<roll_id>/decisions > roll.read!
api/v1/rolls/<roll_id>/decisions/<decision_id>/take-back > roll.draw!
api/v1/rolls/<roll_id>/entries > roll.draw!
api/v1/roll-objections > roll.answer?
api/v1/roll-objections/<objection_id>/answer > roll.answer?
api/v1/roll-objections/<objection_id>/withdraw > roll.object?
desk/places/ > place.edit?
desk/places/at/ > place.edit?
desk/places/new/ > place.edit*
desk/places/<int:place_id>/ > place.edit!
desk/places/<int:place_id>/add/ > place.edit!
desk/places/<int:place_id>/rename/ > place.edit!
desk/places/<int:place_id>/describe/ > place.edit!
desk/places/<int:place_id>/names/ > place.edit!
desk/places/<int:place_id>/outline/ > place.edit!
desk/places/<int:place_id>/move/ > place.edit!
desk/places/<int:place_id>/merge/ > place.edit!
desk/places/<int:place_id>/split/ > place.edit!
requests/<str:ref>/ > read
requests/<str:ref>/notice/ > read
requests/<str:ref>/me-too/ > read
requests/<str:ref>/me-too/end/ > read
matters/<str:ref>/mute/ > read
matters/<str:ref>/hear-again/ > read
requests/<str:ref>/add/ > read
requests/<str:ref>/rate/ > read
requests/<str:ref>/withdraw/ > read
api/v1/motions/<ref> > read
api/v1/motions/<ref>/submit > read
api/v1/motions/<ref>/second > read
api/v1/motions/<ref>/unsecond > read
api/v1/motions/<ref>/object > read
api/v1/motions/<ref>/rate > read
api/v1/motions/<ref>/opinion > read
motions/<str:ref>/ > read
motions/<str:ref>/texts/ > read
motions/<str:ref>/notice/ > read
motions/<str:ref>/amend/ > read
motions/<str:ref>/submit/ > read
motions/<str:ref>/second/ > read
motions/<str:ref>/unsecond/ > read
motions/<str:ref>/object/ > read
motions/<str:ref>/opinion/ > read
motions/<str:ref>/rate/ > read
motions/<str:ref>/withdraw/ > read
desk/requests/ > {WORK}
desk/requests/batch/ > {WORK}
desk/requests/new/ > request.raise_for?
desk/requests/new/<slug:part>/ > request.raise_for?
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/$ > read
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/receipt/$ > read
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/similar/$ > read
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/same/$ > request.merge!
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/not-repeat/$ > request.refute_repeat!
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/longer/$ > request.note!
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/hints/$ > request.note!
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/reveal/$ > person.reveal!
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/photos/(?P<attachment_id>\\d{{1,18}})/$ > read
^desk/requests/(?P<ref>[Rr]\\d{{1,18}})/(?P<verb>[a-z_]{{2,24}})/$ > request.note!
desk/motions/ > {WORK}
desk/motions/export/ > motion.export?
desk/motions/new/ > motion.raise_for?
^desk/motions/(?P<ref>[Mm]\\d{{1,18}})/$ > motion.read!
^desk/motions/(?P<ref>[Mm]\\d{{1,18}})/reveal/$ > person.reveal!
^desk/motions/(?P<ref>[Mm]\\d{{1,18}})/evidence/(?P<decision_id>\\d{{1,18}})/$ > motion.evidence!
^desk/motions/(?P<ref>[Mm]\\d{{1,18}})/(?P<verb>[a-z_]{{2,24}})/$ > motion.note!
^desk/matters/(?P<ref>[A-Za-z]\\d{{1,18}})/open/(?P<kind>[a-z_]{{2,16}})/$ > motion.raise_for?
desk/settings/roads/ > road.edit?
desk/settings/roads/copy/<slug:code>/ > road.edit?
desk/settings/roads/<int:template_id>/ > road.edit?
desk/settings/roads/<int:template_id>/end/ > road.edit?
desk/settings/seconding/ > road.edit?
desk/settings/seconding/<int:rule_id>/end/ > road.edit?
api/v1/motion-roads/<template_id>/end > road.edit?
api/v1/seconding-rules > road.edit?
api/v1/seconding-rules/<rule_id>/end > road.edit?
api/v1/motions/<ref>/evidence/<decision_id> > motion.evidence!
desk/patrol/ > request.raise_for?
desk/patrol/send/ > request.raise_for?
desk/calls/ > call.record?
desk/calls/reveal/ > call.record?
desk/calls/<int:delivery_id>/ > call.record?
desk/figures/ > figures.read?
desk/figures/answers/ > figures.read?
desk/hot/ > hot.read?
desk/hot/<int:topic_id>/ > hot.read!
desk/hot/<int:topic_id>/rename/ > hot.edit!
desk/hot/<int:topic_id>/dismiss/ > hot.edit!
desk/hot/<int:topic_id>/restore/ > hot.edit!
desk/hot/<int:topic_id>/join/ > hot.edit!
desk/hot/<int:topic_id>/lead/ > hot.edit!
desk/hot/<int:topic_id>/take-out/ > hot.edit!
desk/hot/<int:topic_id>/put-in/ > hot.edit!
desk/hot/<int:topic_id>/changes/<int:change_id>/undo/ > hot.edit!
api/v1/hot-topics > hot.read?
api/v1/hot-topics/<topic_id> > hot.read!
api/v1/hot-topics/<topic_id>/rename > hot.edit!
api/v1/hot-topics/<topic_id>/dismiss > hot.edit!
api/v1/hot-topics/<topic_id>/restore > hot.edit!
api/v1/hot-topics/<topic_id>/join > hot.edit!
api/v1/hot-topics/<topic_id>/take-out > hot.edit!
api/v1/hot-topics/<topic_id>/put-in > hot.edit!
api/v1/hot-topics/<topic_id>/changes/<change_id>/undo > hot.edit!
desk/indicators/ > indicator.read?
desk/indicators/publish/ > indicator.publish?
desk/indicators/asked/<int:asked_id>/ > indicator.read!
desk/indicators/asked/<int:asked_id>/keep/ > indicator.edit!
desk/indicators/of/<slug:code>/ > indicator.read?
desk/indicators/of/<slug:code>/behind/ > indicator.read?
desk/indicators/of/<slug:code>/edit/ > indicator.edit?
desk/indicators/of/<slug:code>/enter/ > indicator.enter?
desk/figures/book/ > reading.read?
desk/readers/ > reading.read?
desk/readers/<int:learning_id>/ > reading.read?
api/v1/figures > figures.read?
api/v1/figures/<code>/requests > figures.read?
api/v1/requests/<ref> > read
api/v1/people > person.read?
api/v1/people/<person_id> > person.read!
api/v1/people/<person_id>/reveal > person.reveal!
api/v1/webhooks/<subscription_id>/end > webhook.own?
open311/v2/requests/replay.json > request.replay?
open311/^v2/requests/(?P<request_id>[^/]+)\\.(?P<form>[A-Za-z0-9]{{1,8}})$ > read
desk/settings/webhooks/ > webhook.own?
desk/settings/webhooks/<int:subscription_id>/end/ > webhook.own?
desk/meetings/ > meeting.read? meeting.plan?
desk/meetings/new/ > meeting.plan?
desk/meetings/participation/ > meeting.participation?
desk/meetings/participation/visits/ > meeting.participation?
desk/meetings/slots/new/ > meeting.plan?
desk/meetings/slots/<int:poll_id>/ > meeting.answer_for!
desk/meetings/<int:meeting_id>/ > meeting.read!
desk/meetings/<int:meeting_id>/edit/ > meeting.plan!
desk/meetings/<int:meeting_id>/papers/ > meeting.plan! meeting.minutes! meeting.read!
desk/meetings/<int:meeting_id>/papers/<int:paper_id>/ > meeting.read!
desk/meetings/<int:meeting_id>/register/ > meeting.plan!
desk/meetings/<int:meeting_id>/attendance/ > meeting.read!
desk/meetings/<int:meeting_id>/run/ > meeting.tick!
desk/meetings/<int:meeting_id>/board/ > meeting.tick!
desk/meetings/<int:meeting_id>/code/ > meeting.tick!
desk/meetings/<int:meeting_id>/code-sheet/ > meeting.tick!
desk/meetings/<int:meeting_id>/minutes/ > meeting.read!
desk/meetings/<int:meeting_id>/minutes/print/ > meeting.read!
^desk/meetings/(?P<meeting_id>\\d{{1,18}})/minutes\\.(?P<form>docx|pdf)$ > meeting.read!
desk/meetings/<int:meeting_id>/<slug:verb>/ > meeting.run! meeting.tick! meeting.read!
meetings/<int:meeting_id>/ > meets
meetings/<int:meeting_id>/sign-in/ > meets
meetings/<int:meeting_id>/do/<slug:deed>/ > meets
meetings/<int:meeting_id>/papers/<int:paper_id>/ > meets
meetings/<int:meeting_id>/notice/ > meets
meetings/<int:meeting_id>/minutes/ > meets
meetings/<int:meeting_id>/minutes/print/ > meets
^meetings/(?P<meeting_id>\\d{{1,18}})/minutes\\.(?P<form>docx|pdf)$ > meets
api/v1/meetings/<meeting_id> > meets
api/v1/meetings/<meeting_id>/minutes > meets
api/v1/meeting-slots/<poll_id>/answer > signed_in
api/v1/meeting-slots/<poll_id>/choose > meeting.plan!
api/v1/meeting-participation > meeting.participation?
desk/hands/ > hands.read?
desk/hands/ask/ > hands.ask?
desk/hands/<int:question_id>/ > hands.read!
desk/suspicions/ > suspicion.read?
desk/suspicions/<int:suspicion_id>/ > suspicion.read!
desk/suspicions/<int:suspicion_id>/answer/ > suspicion.answer!
desk/venues/ > venue.read?
desk/venues/new/ > venue.edit?
desk/venues/<int:venue_id>/ > venue.read!
desk/venues/<int:venue_id>/edit/ > venue.edit!
desk/venues/<int:venue_id>/photo/ > venue.edit!
desk/venues/<int:venue_id>/close/ > venue.edit!
desk/venues/<int:venue_id>/hours/ > venue.hours!
desk/venues/<int:venue_id>/days/ > venue.hours!
desk/venues/<int:venue_id>/days/drop/ > venue.hours!
desk/venues/<int:venue_id>/opened/ > venue.log!
desk/venues/<int:venue_id>/shut/ > venue.log!
desk/venues/<int:venue_id>/log/ > venue.log!
desk/venues/<int:venue_id>/log/<int:opening_id>/strike/ > venue.log!
desk/venues/<int:venue_id>/forms/ > venue.rate_for!
desk/venues/<int:venue_id>/forms/<int:rating_id>/strike/ > venue.rate_for!
desk/settings/venue-standards/ > venue.set_standard?
desk/settings/venue-standards/new/ > venue.set_standard?
desk/settings/venue-standards/change/<slug:code>/ > venue.set_standard?
desk/settings/venue-standards/off/<slug:code>/ > venue.set_standard?
desk/settings/venue-standards/<int:standard_id>/end/ > venue.set_standard?
api/v1/venues/<venue_id>/close > venue.edit!
api/v1/venues/<venue_id>/hours > venue.hours!
api/v1/venues/<venue_id>/days > venue.hours!
api/v1/venues/<venue_id>/days/drop > venue.hours!
api/v1/venues/<venue_id>/openings > venue.read!
api/v1/venues/<venue_id>/opened > venue.log!
api/v1/venues/<venue_id>/shut > venue.log!
api/v1/venues/<venue_id>/log > venue.log!
api/v1/venues/<venue_id>/log/<opening_id>/strike > venue.log!
api/v1/venues/<venue_id>/forms > venue.rate_for!
api/v1/venues/<venue_id>/forms/<rating_id>/strike > venue.rate_for!
api/v1/venues/<venue_id>/photo > venue.edit!
api/v1/venue-standards/<standard_id>/end > venue.set_standard?
desk/import/ > person.import? request.import? place.edit? account.open? venue.edit? venue.export?
desk/import/template/<slug:kind>.xlsx > person.import? request.import? place.edit? account.open? venue.edit? venue.export?
desk/talks/ > talk.read?
desk/talks/new/ > talk.open?
desk/settings/talk-names/ > talk.set_names?
desk/talks/<int:talk_id>/ > talk.read!
desk/talks/<int:talk_id>/words/ > talk.read!
desk/talks/<int:talk_id>/behalf/ > talk.say_for!
desk/talks/<int:talk_id>/sheet/ > talk.read!
desk/talks/<int:talk_id>/participation/ > talk.participation!
desk/talks/<int:talk_id>/visits/ > talk.visit!
desk/talks/<int:talk_id>/table/<slug:what>/ > talk.export!
desk/talks/<int:talk_id>/<slug:verb>/ > talk.read!
talks/<int:talk_id>/ > read
talks/<int:talk_id>/map/ > read
talks/<int:talk_id>/arguments/ > read
talks/<int:talk_id>/questions/ > read
talks/<int:talk_id>/rulings/ > read
talks/<int:talk_id>/mine/ > read
talks/<int:talk_id>/do/<slug:deed>/ > read
api/v1/talks/<talk_id> > read
api/v1/talks/<talk_id>/extend > talk.manage!
api/v1/talks/<talk_id>/end > talk.manage!
api/v1/talks/<talk_id>/experts > read
api/v1/talks/<talk_id>/next > read
api/v1/talks/<talk_id>/statements > read
api/v1/talks/<talk_id>/arguments > read
api/v1/talks/<talk_id>/questions > read
api/v1/talks/<talk_id>/map > read
api/v1/talks/<talk_id>/rulings > read
api/v1/talks/<talk_id>/contributions > read
api/v1/talks/<talk_id>/contributions/<contribution_id>/mark > read
api/v1/talks/<talk_id>/contributions/<contribution_id>/answer > read
api/v1/talks/<talk_id>/contributions/<contribution_id>/report > read
api/v1/talks/<talk_id>/contributions/<contribution_id>/hide > talk.moderate!
api/v1/talks/<talk_id>/rulings/<ruling_id>/appeal > read
api/v1/talks/<talk_id>/rulings/<ruling_id>/decide > talk.decide_appeal!
api/v1/talks/<talk_id>/marks > read
api/v1/talks/<talk_id>/contributions/<contribution_id>/keep > talk.moderate!
api/v1/talks/<talk_id>/experts/<expert_id>/end > talk.manage!
api/v1/talk-names > talk.set_names?
draws/<int:draw_id>/ > draw
draws/<int:draw_id>/apply/ > draw
draws/<int:draw_id>/do/<slug:deed>/ > draw
draws/<int:draw_id>/list/ > draw
draws/<int:draw_id>/print/<slug:sheet>/ > draw
draws/<int:draw_id>/proof/ > draw
draws/<int:draw_id>/draw.json > draw
draws/<int:draw_id>/verify.py > draw
draws/<int:draw_id>/receipt/<int:application_id>.json > nobody
desk/draws/ > draw.read?
desk/draws/new/ > draw.plan?
desk/draws/<int:draw_id>/ > draw.read!
desk/draws/<int:draw_id>/edit/ > draw.plan!
desk/draws/<int:draw_id>/applications/ > draw.read!
desk/draws/<int:draw_id>/apply/ > draw.apply_for!
desk/draws/<int:draw_id>/applications/<int:application_id>/paper/ > draw.check!
desk/draws/<int:draw_id>/<slug:verb>/ > draw.read!
api/v1/draws/<draw_id> > draw
api/v1/draws/<draw_id>/bundle > draw
api/v1/draws/<draw_id>/applications > draw.read!
elections/<int:election_id>/ > election
elections/<int:election_id>/nominate/ > election
elections/<int:election_id>/do/<slug:deed>/ > election
elections/<int:election_id>/print/<slug:sheet>/ > election
desk/elections/ > election.read?
desk/elections/new/<slug:body>/ > election.plan?
desk/elections/<int:election_id>/ > election.read!
desk/elections/<int:election_id>/edit/ > election.plan!
desk/elections/<int:election_id>/candidates/ > election.read!
desk/elections/<int:election_id>/nominate/ > election.nominate_for!
desk/elections/<int:election_id>/proof/<int:task_id>/ > election.read!
desk/elections/<int:election_id>/<slug:verb>/ > election.read!
api/v1/elections/<election_id> > election
desk/import/new/<slug:kind>/ > request.import?
desk/import/<int:job_id>/ > nobody
desk/import/<int:job_id>/columns/ > nobody
desk/import/<int:job_id>/sheet/ > nobody
desk/import/<int:job_id>/go/ > nobody
desk/import/<int:job_id>/drop/ > nobody
desk/import/<int:job_id>/first-passwords/ > nobody
desk/import/<int:job_id>/marked.xlsx > nobody
desk/export/<slug:kind> > request.export?
"""
# Lists that leave as a file from their own address: what the file tells is swept as what the page tells.
FILES = frozenset(
    """
topics/ | requests/ | me/requests/ | me/messages/ | notices/ | motions/ | motions/cases/ | rolls/ | rolls/<int:roll_id>/buildings/<int:building_id>/ | ballots/ | meetings/
desk/ | desk/calls/ | desk/accounts/ | desk/units/ | desk/permissions/ | desk/places/ | desk/places/<int:place_id>/ | desk/import/
desk/rolls/ | desk/rolls/objections/ | desk/rolls/<int:roll_id>/objections/ | desk/rolls/<int:roll_id>/decisions/
desk/rolls/<int:roll_id>/findings/<slug:code>/ | desk/ballots/ | desk/ballots/<int:ballot_id>/proxies/ | desk/ballots/<int:ballot_id>/conflicts/
desk/meetings/ | desk/meetings/participation/ | desk/meetings/<int:meeting_id>/attendance/ | desk/settings/promises/ | desk/settings/categories/
desk/settings/calendar/ | desk/settings/services/ | desk/settings/webhooks/ | desk/settings/roads/ | desk/settings/seconding/
""".replace("\n", " | ").split(" | ")
) - {""}
# In the API each verb of a request is an address of its own.
DRAW_VERB = re.compile(r"api/v1/(draw|election)s/<\w+_id>/[a-z-]+$")
MEETING_VERB = re.compile(r"api/v1/meetings/<meeting_id>/[a-z-]+$")
API_VERB = re.compile(r"api/v1/requests/<ref>/([a-z-]+)$")
# Whoever may read the motion is told what else they may; each act asks the table for its own verb (tests/council/motions/test_api.py).
MOTION_VERB = re.compile(r"api/v1/motions/<ref>/[a-z-]+$")


@cache
def declared() -> dict[str, str]:
    rows = {route: "public" for line in PUBLIC_ADDRESSES.strip("\n").splitlines() for route in (r.strip() for r in line.split(" | "))}
    rows |= {route.strip(): "signed_in" for line in SIGNED_IN_ADDRESSES.strip().splitlines() for route in line.split(" | ")}
    for line in ADDRESSES.strip().splitlines():
        route, _arrow, who = line.partition(" > ")
        rows[route.strip()] = who.strip()
    return rows


def patterns() -> Iterator[str]:
    def walk(resolver: Any, before: str) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            route = before + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern, route)
            else:
                yield route

    return walk(get_resolver(), "")


def who_may(route: str) -> str | None:
    verb = API_VERB.match(route)
    if MEETING_VERB.match(route) and route not in declared():
        return "meets"
    if (found := DRAW_VERB.match(route)) and route not in declared():
        return found[1]
    if MOTION_VERB.match(route) and route not in declared():
        return "read"
    if verb and route not in declared():
        return f"request.{verb[1].replace('-', '_')}!"
    return declared().get(route)


def test_every_address_is_declared() -> None:
    unknown = sorted({route for route in patterns() if who_may(route) is None})

    assert unknown == [], "say in ADDRESSES who may use these"


def test_nothing_is_declared_that_does_not_exist() -> None:
    assert sorted({*declared(), *FILES} - set(patterns())) == []


# --- the town in which the sweep is made ------------------------------------------------------------------------------------------------------
@dataclass
class Town:
    cast: Cast
    matter: Matter
    meeting: Meeting
    samples: dict[str, str]


@pytest.fixture
def town(db: None, settings: Any) -> Iterator[Town]:
    settings.STAFF_SECOND_FACTOR = "optional"
    with time_machine.travel(NOW, tick=False):
        cast = build_cast()
        matter = dispatched(cast, title=f"{SECRET}漏电", body=f"{SECRET}，请打 {PHONE}", visibility="private")
        handling.note(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text=NOTE)
        raised(cast, title="路灯不亮")
        notice = publish_notice(actor=HOUSE, place=cast.here.community, title="停水", body="明天停水", now=NOW)
        roll = frozen_roll(cast)
        ballot = set_up_ballot(cast, roll)
        about = Account.objects.get(username="grid_worker.here")
        grant, rule, leaf = Grant.objects.filter(account=about).first(), PromiseRule.objects.first(), Category.objects.first()
        assert grant
        assert rule
        assert leaf
        question = ServiceAttribute.objects.create(category=leaf, code="POLE", description="灯杆编号")
        meeting, asked = meetings_of(cast)
        venue = keeping.add_venue(actor=HOUSE, given=Given(place=cast.here.compound, name="议事厅"), now=NOW)
        plan, scheme = plan_of(cast)
        draw, election = drafts_of(cast)
        motion = draft_motion(actor=cast.community_worker, title="换路灯", place=cast.here.compound, road="four_steps", now=NOW)
        Matter.objects.filter(pk=motion.pk).update(visibility="private")
        samples = {
            "motion": motion.ref, "ref": matter.ref, "request_id": matter.ref, "person_id": str(cast.person.pk), "place_id": str(cast.here.homes[0].pk), "account_id": str(about.pk),
            "grant_id": str(grant.pk), "unit_id": str(cast.here.units["housing"].pk), "rule_id": str(rule.pk), "category_id": str(leaf.pk), "attribute_id": str(question.pk), "year": "2027", "notice_id": str(notice.pk),
            "ballot_id": str(ballot.pk), "decision_id": str(decided(ballot).pk), "motion_ref": ballot.motion.matter.ref, "what": "specimen",
            "roll_id": str(roll.pk), "seq": "1", "building_id": str(cast.here.buildings[0].pk), "code": "no_owner", "way": "area", "kind": "requests", "channel": "sms", "part": "people", "verb": "note", "board": "today", "form": "json", "service_code": leaf.code, "provider_id": "none", "token": "none",
            "meeting_id": str(meeting.pk), "poll_id": str(asked.pk), "deed": "ask", "level": "public", "language": "zh-hans", "key": "none",
            "venue_id": str(venue.pk), **topic_of(cast, matter), "question_id": str(Question.objects.create(unit=cast.here.units["housing"], scope=[cast.here.community.path], asked_at=NOW).pk), "learning_id": str(Learning.objects.create(decided_at=NOW, judged_from=NOW, learned_until=NOW, decision="kept").pk),
            "talk_id": str(talk_of(cast, matter).pk),
            "suspicion_id": str(Suspicion.objects.create(detector="bursts", place=cast.here.community, period="2026-06", test="count", looked=1, says_zh="问一问。", says_en="Ask.", found_at=NOW, seen_at=NOW).pk),
            "asked_id": str(preview_of(cast).pk),
            "plan_id": str(plan.pk), "scheme_id": str(scheme.pk), "planned": "lift", "step": "redraw", "number": "1",
            "draw_id": str(draw.pk), "election_id": str(election.pk), "sheet": "call", "body": "owners_committee",
        }  # fmt: skip
        yield Town(cast, matter, meeting, samples)


def meetings_of(cast: Cast) -> tuple[Meeting, SlotPoll]:
    """A meeting that only its members read, with the raiser on its register, and a poll about when to meet."""
    starts, worker = NOW + 8 * DAY, cast.community_worker
    plan = Plan(
        place=cast.here.compound, body="owners_committee", title=MEETING, starts_at=starts, venue="议事厅", chair_name="王", recorder_name="李",
        openness="members", topics=(Topic(MEETING),),
    )  # fmt: skip
    meeting = planning.plan_meeting(actor=worker, plan=plan, now=NOW)
    registering.register(actor=worker, meeting_id=meeting.pk, expected=[Expected("林素珍", person=cast.person)], now=NOW)
    noticing.give_notice(actor=worker, meeting_id=meeting.pk, now=NOW)
    offered = [(starts + n * DAY, starts + n * DAY + timedelta(hours=1)) for n in range(3, 7)]
    where = {"place": cast.here.compound, "body": "compound", "title": "选时间"}
    return Meeting.objects.get(pk=meeting.pk), slots.open_poll(actor=worker, slots=offered, closes_at=starts, now=NOW, **where)


def topic_of(cast: Cast, matter: Matter) -> dict[str, str]:
    """A hot topic of the community here, out of which the private request was taken; what strangers read of it is of other requests."""
    topic = HotTopic.objects.create(root=cast.here.street, line_what=f"{SECRET}漏电", began_at=NOW)
    for place in (cast.here.street, cast.here.community):
        told = {"first_on": NOW.date(), "last_on": NOW.date(), "likes": 0, "heat": 3.0, "direction": "new", "counts": [0, 3]}
        Figure.objects.create(topic=topic, place=place, messages=3, people=3, **told)
        PublicFigure.objects.create(topic=topic, place=place, line="路灯不亮", messages=5, people=5, **told)
    Trace.objects.create(matter=matter, root=cast.here.street, pieces=b"", topic=topic, made_at=NOW)
    change = Change.objects.create(topic=topic, verb=Change.Verb.PUT_IN, matter=matter, at=NOW)
    return {"topic_id": str(topic.pk), "change_id": str(change.pk)}


def preview_of(cast: Cast) -> Asked:
    """A change of an indicator that was tried for the community here."""
    data = {"fewest": 12}
    where = {"place": cast.here.community, "code": "resident_request_response_rate"}
    return ask_preview(actor=cast.inside["street_officer"], data=data, reason="试一试", now=NOW, **where)


def talk_of(cast: Cast, matter: Matter) -> Talk:
    """A talk about the private request: who may not read the one must not learn of the other."""
    ends = NOW + 9 * DAY
    return opening.open_talk(actor=cast.community_worker, matter_id=matter.pk, question=f"{SECRET}怎么修", closes_at=ends, now=NOW)


def plan_of(cast: Cast) -> tuple[CostPlan, Scheme]:
    """A plan still being drafted, and a key by floor, of the first building."""
    place, worker = cast.here.buildings[0], cast.community_worker
    plan = drafting.start(actor=worker, kind="lift", place=place, terms=drafting.Terms(PLAN, 52_000_000), now=NOW)
    data = {"by": "home", "base": "1", "step": "0", "source_zh": "会议"}
    return plan, schemes.enter_scheme(actor=cast.community_head, name="商定", data=data, place=place, now=NOW)


def drafts_of(cast: Cast) -> tuple[Draw, Election]:
    """A draw and an election still being prepared, in the compound: what is theirs alone to know who work there."""
    here, worker = cast.here.compound, cast.community_worker
    draw = drawing_up.plan_draw(
        actor=worker,
        plan=DrawPlan(
            place=here, title=MEETING, categories=(Kind("普通", ("A1",)),), applies_from=NOW, applies_until=NOW + 5 * DAY,
            source="双色球 2026150 期", source_at=NOW + 20 * DAY, source_where="https://www.example.cn",
        ),
        now=NOW,
    )  # fmt: skip
    sources = dict.fromkeys(("seats", "term_months"), "本地规定")
    election = electing.plan_election(
        actor=worker,
        plan=ElectionPlan(
            place=here, body="owners_committee", title=MEETING, seats=5, term_months=36, nominate_from=NOW, nominate_until=NOW + 5 * DAY,
            sources=sources,
        ),
        now=NOW,
    )  # fmt: skip
    return draw, election


def frozen_roll(cast: Cast) -> Roll:
    """A roll of the one owner in the first building, who is nobody of the cast."""
    owner, _new = register_person(actor=HOUSE, name="赵三", now=NOW)
    home = set_home(actor=HOUSE, place=cast.here.homes[0], now=NOW, exclusive_area=8937)
    own(actor=HOUSE, person=owner, home=home, share=Fraction(1), since_on=date(2020, 1, 1), now=NOW)
    roll = draw_up(actor=HOUSE, place=cast.here.buildings[0], kind="owners", record_date=NOW.date(), now=NOW)
    return freeze(actor=HOUSE, roll_id=roll.pk, now=NOW)


def set_up_ballot(cast: Cast, roll: Roll) -> Ballot:
    """A ballot still being prepared, of a motion at the community's own place."""
    load_motions(NOW)
    head = cast.inside["community_head"]
    matter = raising.draft_motion(
        actor=head, title="装路灯", body="晚上太黑", place=cast.here.community, road="owners_assembly_written", now=NOW
    )
    return setting_up.set_up(
        actor=HOUSE, motion=Motion.objects.get(pk=matter.pk), roll=roll, opens_at=NOW + timedelta(days=20), closes_at=NOW + timedelta(days=30),
        now=NOW, profile="owners.civil_code.ordinary",
    )  # fmt: skip


def decided(ballot: Ballot) -> Decision:
    """A decision of the ballot's motion, whose evidence somebody may ask for."""
    return Decision.objects.create(
        motion=ballot.motion, step=ballot.step, body="owners", how="ballot", passed=True, text="通过", decided_at=NOW, posted_at=NOW, holds_from=NOW
    )  # fmt: skip


def address(route: str, samples: dict[str, str]) -> str:
    """The route with samples for its parts; numbers nobody has where none is given."""
    if "draws/" in route or "elections/" in route:
        samples = {**samples, "verb": "cancel", "deed": "object"}
    if "indicators/" in route:
        samples = {**samples, "code": "public_security_case_change" if "/enter/" in route else "resident_request_response_rate"}
    if "desk/figures/" in route or "v1/figures/" in route:
        samples = {**samples, "code": "raised"}
    if "[Mm]" in route:
        samples = {**samples, "ref": samples["motion_ref"]}
    elif of_motion(route):
        samples = {**samples, "ref": samples["motion"]}
    filled = re.sub(
        r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)",
        lambda m: samples.get("motion" if "[Mm]" in m[0] else m[1], "987654"),
        route.replace("(?:v2/)?", "v2/").replace("^.*$", "nowhere"),
    )
    filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: samples.get(m[1], "987654"), filled)
    return "/" + filled.replace("^", "").replace("$", "").replace("\\", "")


def is_denied(answer: HttpResponse) -> bool:
    if answer.status_code in (301, 302, 303):
        return answer["Location"].startswith(("/sign-in/", "/accounts/"))
    return answer.status_code in (401, 403, 404)


def allowed(town: Town, actor: Actor, who: str, route: str) -> bool:
    if who == "public":
        return True
    if actor.is_anonymous or who == "nobody":
        return False
    if who == "signed_in":
        return True
    if route.startswith(("desk/", "^desk/")) and not actor.is_staff:
        return False
    if who == "read":
        return reads(town, actor, route)
    if who == "meets":
        return may_read(actor, town.meeting)
    if who in ("draw", "election"):
        return table.may(actor, f"{who}.read", town.meeting.place_path)  # both are drafts: nobody else knows of them
    if "person_id" in route and "desk" not in route and is_own(town, actor):
        return True
    units = frozenset({town.cast.here.units["housing"].pk})
    for word in who.split():
        verb, where = word[:-1], word[-1]
        if where == "?" and table.holds(actor, verb):
            return True
        if where == "*" and table.may(actor, verb, ""):
            return True
        if where == "!" and table.may(actor, verb, subject_path(town, route), unit_ids=units, own=is_own(town, actor)):
            return True
    return False


def subject_path(town: Town, route: str) -> str:
    here = town.cast.here
    if any(word in route for word in ("meeting", "venue", "draw_id", "election_id")):
        return here.compound.path
    if "topic_id" in route or "asked_id" in route:
        return here.community.path
    if "plan_id" in route or "scheme_id" in route:
        return here.buildings[0].path
    if "unit_id" in route or "grant_id" in route:
        return here.street.path if "unit_id" in route else here.grid.path
    return here.homes[0].path if ("person_id" in route or "place_id" in route) else town.matter.place_path


def is_own(town: Town, actor: Actor) -> bool:
    return actor.account_id == town.cast.raiser.account_id


def of_motion(route: str) -> bool:
    return route.startswith(("motions/", "api/v1/motions/"))


def reads(town: Town, actor: Actor, route: str = "") -> bool:
    about = int(town.samples["motion"][1:]) if of_motion(route) else town.matter.pk
    try:
        return bool(matter_for(actor, about))
    except Exception:
        return False


def everybody() -> list[str]:
    return ["anonymous", "raiser", *(f"{side}.{role}" for side in ("inside", "outside") for role in ROLES)]


def find(cast: Cast, name: str) -> Actor:
    if name == TOGETHER:
        return actor_with_all("together.there", sorted(ALL_BUT_TWO), cast.there)
    side, _dot, role = name.partition(".")
    return getattr(cast, side)[role] if role else cast.raiser if name == "raiser" else ANONYMOUS


def sign_in(actor: Actor) -> tuple[Client, dict[str, str]]:
    """A browser of the actor's, and the header with which a machine of theirs would come."""
    client = Client()
    if actor.is_anonymous:
        return client, {}
    account = Account.objects.get(pk=actor.account_id)
    client.force_login(account)
    return client, {"authorization": f"Bearer {make_token(actor=HOUSE, account=account, name='sweep', scopes=['*'], now=NOW)[1]}"}


# Outside, everybody but two is swept as one person who holds all their roles there: what that one may not read or do here, none of them may, for a
# grant only ever adds. The other two administrators may not be the same person as the first. Inside, where each may something else, they are swept one
# by one.
TOGETHER = "outside.together"
TWO_MORE = frozenset({"security_admin", "audit_admin"})
ALL_BUT_TWO = frozenset(ROLES) - TWO_MORE


def swept() -> list[str]:
    """Everybody; on PostgreSQL who reads what is public, what is their own, and what a unit at a place has: the table is the same in any database."""
    some = ["anonymous", "raiser", "inside.department_handler"]
    outside = {f"outside.{role}" for role in ALL_BUT_TWO}
    return [*(name for name in everybody() if name not in outside), TOGETHER] if settings.TEST_DATABASE == "sqlite" else some


@pytest.mark.parametrize("name", swept())
def test_nobody_reads_or_does_what_the_table_does_not_allow(town: Town, name: str) -> None:
    actor = find(town.cast, name)
    client, headers = sign_in(actor)
    sees, wrong = reads(town, actor), []
    for route in dict.fromkeys(patterns()):
        who = who_may(route) or "nobody"
        may, page = allowed(town, actor, who, route), address(route, town.samples)
        asked = [("get", page), ("post", page), *([("get", f"{page}?format=csv")] if route in FILES else [])]
        for method, path in asked:
            with transaction.atomic():
                sent = {"headers": headers} if path.startswith(("/api/", "/open311/")) else {}
                answer = getattr(client, method)(path, **sent)
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                transaction.set_rollback(True)
            if may and got_through(answer):
                WORKED.add(route)
            if answer.status_code >= 500:
                wrong.append(f"{method} {path}: {answer.status_code}")
            if not may and not is_denied(answer) and answer.status_code < 400:
                wrong.append(f"{method} {path}: {answer.status_code}, and {name} may not ({who})")
            text = body.decode(errors="replace")
            if MEETING in text and not (may_read(actor, town.meeting) or table.may(actor, "draw.read", town.meeting.place_path)):
                wrong.append(f"{method} {path}: tells {name} {MEETING}")
            if PLAN in text and not table.may(actor, "plan.read", town.cast.here.buildings[0].path):
                wrong.append(f"{method} {path}: tells {name} {PLAN}")
            wrong += [
                f"{method} {path}: tells {name} {word}"
                for word in told_wrongly(text, path, sees=sees, staff=actor.is_staff, own=is_own(town, actor))
            ]
    assert "\n".join(wrong) == ""


# Addresses that somebody whom the table allows was seen to use.
WORKED: set[str] = set()


def got_through(answer: HttpResponse) -> bool:
    return not is_denied(answer) and answer.status_code not in (405, 500)


def told_wrongly(text: str, path: str, *, sees: bool, staff: bool, own: bool) -> list[str]:
    """The words in an answer that this reader may not have."""
    words = []
    if SECRET in text and not sees:
        words.append(SECRET)
    if NOTE in text and not (sees and staff):
        words.append(NOTE)
    if IDENTITY in text and not own:
        words.append(IDENTITY)
    # Staff who read the request read what the raiser wrote in it; the roster never shows the number by itself.
    if PHONE in text and not own and not (sees and "requests" in path):
        words.append(PHONE)
    return words


# What names nothing in this town: among it a ballot that is announced, a case that is told.
NAMES_NOTHING = re.compile(
    "|".join(
        (
            r"^ballots/<int:ballot_id>/",
            r"ballots/<ballot_id>",
            r"motions/cases/<int:case_id>",
            r"objection_id",
            r"decision_id",
            r"/proof",
            r"session_id",
            r"token_id",
            r"tie_id",
            r"consent_id",
            r"file_id",
            r"fact_id",
            r"share_id",
            r"stay_id",
            r"delivery_id",
            r"subscription_id",
            r"attachment_id",
            r"job_id",
            r"<int:pk>",
            r"token>",
            r"oidc",
            r"calendar/remove",
            r"channel>/test",
            r"v1/\^",
            r"places/new/",
            r"paper_id",
            r"language>",
            r"/minutes",
            r"/reveal/\$",
            r"/not-repeat/\$",
            r"/hints/\$",
            r"/longer/\$",
            r"seconding.*rule_id",
            r"expert_id",
            r"/open/",
            r"roads/copy",
            r"template_id",
            r"reading_id",
            r"opening_id",
            r"rating_id",
            r"standard_id",
            r"days/drop",
            r"/shut$",
            r"venue-standards/(change|off)",
            r"/photo/$",
            r"hearing_id",
            r"proxy_id",
            r"ballots/paper/<slug",
            r"ballot-sheets",
            r"ballot_id>/delivery/(record|announce|remind)",
            r"ballot_id>/paper/make",
            r"ballot_id>/(survey|open|count|official|package)/",
            r"contribution_id",
            r"ruling_id",
            r"^talks/<int:talk_id>/do/",
            r"talk_id>/(table/)?<slug",
            r"^draws/.*/(list|proof|draw\.json)",
            r"draws/.*(bundle|/paper/|/receipt/)",
            r"elections/.*/proof/",
        )
    )
)


@pytest.mark.any_database
def test_each_address_works_for_somebody_whom_the_table_allows(town: Town) -> None:
    """Otherwise the sweep would only prove that nothing works. (Pages of signing in redirect among themselves; they have tests of their own.)"""
    dead = []
    for route in dict.fromkeys(patterns()):
        who = who_may(route) or "nobody"
        if (
            not route.startswith(("accounts/", "sign-"))
            and not NAMES_NOTHING.search(route)
            and route not in WORKED
            and not any(gets_through(town, name, route) for name in everybody() if allowed(town, find(town.cast, name), who, route))
        ):
            dead.append(route)
    assert "\n".join(dead) == ""


def gets_through(town: Town, name: str, route: str) -> bool:
    actor, path = find(town.cast, name), address(route, town.samples)
    client, headers = sign_in(actor)
    for method in ("get", "post"):
        with transaction.atomic():
            answer = getattr(client, method)(path, **({"headers": headers} if path.startswith(("/api/", "/open311/")) else {}))
            b"".join(answer.streaming_content if answer.streaming else ())  # read to the end, so that its file is closed
            transaction.set_rollback(True)
        if got_through(answer):
            return True
    return False
