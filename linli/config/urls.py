"""Which address belongs to whom: each application brings its own addresses, listed here once."""

from django.urls import include, path

ROOMS = [
    "linli.ports.urls",  # machines ask most often; behind everybody's pages each of their calls would try four hundred patterns first
    "linli.web.urls",
    "linli.kernel.accounts.urls",
    "linli.kernel.matters.settings_urls",
    "linli.kernel.judgement.urls",
    "linli.kernel.people.desk_urls",
    "linli.kernel.places.urls",
    "linli.kernel.people.urls",
    "linli.kernel.files.urls",
    "linli.kernel.notices.urls",
    "linli.kernel.rolls.urls",
    "linli.kernel.rolls.desk_urls",
    "linli.kernel.matters.urls",
    "linli.kernel.matters.own_urls",
    "linli.loops.requests.urls",
    "linli.loops.requests.desk_urls",
    "linli.loops.requests.hot.urls",
    "linli.loops.requests.hot.desk_urls",
    "linli.loops.council.meetings.urls",
    "linli.loops.council.meetings.desk_urls",
    "linli.loops.council.talks.urls",
    "linli.loops.council.talks.desk_urls",
    "linli.loops.council.plans.urls",
    "linli.loops.council.plans.desk_urls",
    "linli.loops.council.draws.urls",
    "linli.loops.council.draws.desk_urls",
    "linli.loops.council.elections.urls",
    "linli.loops.council.elections.desk_urls",
    "linli.loops.council.motions.urls",
    "linli.loops.council.ballots.desk_urls",  # a motion's ballot, before the motion's own acts take every word after it
    "linli.loops.council.motions.desk_urls",
    "linli.loops.council.ballots.urls",
    "linli.loops.venues.urls",
    "linli.loops.venues.desk_urls",
    "linli.loops.hands.desk_urls",
    "linli.measure.suspicions.desk_urls",
    "linli.measure.urls",
    "linli.measure.wall.urls",
    "linli.ports.tables.urls",
]

urlpatterns = [path("", include(room)) for room in ROOMS]

handler400 = "linli.web.pages.bad_request"
handler403 = "linli.web.pages.permission_denied"
handler404 = "linli.web.pages.not_found"
handler500 = "linli.web.pages.server_error"
