"""Addresses of ballots at the Desk."""

from __future__ import annotations

from django.urls import path, re_path

from linli.loops.council.ballots.desk import conflicts, keying, ledger, package, phone, prints, proxies, running, sealed, setup, sheets

app_name = "ballots_desk"
ONE = "desk/ballots/<int:ballot_id>/"
urlpatterns = [
    re_path(r"^desk/motions/(?P<ref>[Mm]\d{1,18})/ballot/$", setup.set_up, name="set_up"),
    path("desk/ballots/", running.ballots, name="list"),
    path("desk/ballots/paper/", keying.find, name="key"),
    path("desk/ballots/paper/<slug:code>/", keying.sheet, name="key_sheet"),
    path("desk/ballots/readings/<int:reading_id>/settle/", keying.settle, name="settle_reading"),
    path("desk/ballots/readings/<int:reading_id>/drop/", keying.drop, name="drop_reading"),
    path(ONE, running.one, name="one"),
    path(f"{ONE}survey/", running.survey, name="survey"),
    path(f"{ONE}motion/", running.to_motion, name="to_motion"),
    path(f"{ONE}open/", running.open_it, name="open"),
    path(f"{ONE}count/", running.count, name="count"),
    path(f"{ONE}abandon/", running.abandon, name="abandon"),
    path(f"{ONE}official/", running.official, name="official"),
    path(f"{ONE}package/", package.take, name="package"),
    path(f"{ONE}openings/", sealed.take, name="openings"),
    path(f"{ONE}openings/erase/", sealed.erase, name="erase_openings"),
    path(f"{ONE}bundle/again/", sealed.again, name="build_again"),
    path(f"{ONE}files/<int:file_id>/", prints.picture, name="file"),
    path(f"{ONE}print/<slug:what>/", prints.printed, name="print"),
    path(f"{ONE}delivery/", ledger.ledger, name="delivery"),
    path(f"{ONE}delivery/record/", ledger.record, name="record"),
    path(f"{ONE}delivery/announce/", ledger.announce, name="announce"),
    path(f"{ONE}delivery/remind/", ledger.remind, name="remind"),
    path(f"{ONE}delivery/print/", ledger.printed, name="print_delivery"),
    path(f"{ONE}delivery/unreached/", ledger.unreached, name="unreached"),
    path(f"{ONE}delivery/table/", ledger.table, name="delivery_table"),
    path(f"{ONE}paper/", sheets.paper, name="paper"),
    path(f"{ONE}paper/make/", sheets.make, name="make"),
    path(f"{ONE}paper/sheets/", sheets.printed, name="sheets"),
    path(f"{ONE}phone/", phone.phone, name="phone"),
    path(f"{ONE}phone/<int:hearing_id>/confirm/", phone.confirm, name="confirm_hearing"),
    path(f"{ONE}phone/<int:hearing_id>/drop/", phone.drop, name="drop_hearing"),
    path(f"{ONE}proxies/", proxies.proxies, name="proxies"),
    path(f"{ONE}proxies/<int:proxy_id>/end/", proxies.end, name="end_proxy"),
    path(f"{ONE}proxies/<int:proxy_id>/cast/", proxies.cast, name="cast_proxy"),
    path(f"{ONE}conflicts/", conflicts.conflicts, name="conflicts"),
]
