"""What was decided on a roll, taken back; representatives, members and lists entered."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.asking import actor_and_now, put_on, query
from linli.kernel.access.refusals import Invalid
from linli.kernel.rolls import queries
from linli.kernel.rolls.actions import draft, mending
from linli.kernel.rolls.desk_door import LARGEST, number, of_roll, to_roll
from linli.kernel.rolls.desk_rows import decision_row
from linli.kernel.rolls.entering import read_lines
from linli.kernel.rolls.forms import EnterForm
from linli.kernel.rolls.models import Roll
from linli.kernel.rolls.wording import title_of
from linli.web.downloads import STEP, as_download, asked_as, downloads, every


@of_roll
@require_safe
def decisions(request: HttpRequest, roll: Roll) -> HttpResponseBase:
    actor, _now = actor_and_now(request)
    if asked_as(request):
        return _decisions_file(request, roll)
    rows, more = queries.decisions(roll, after=number(request.GET.get("after", "")))
    context = {
        "roll": roll,
        "title": title_of(roll),
        "rows": [decision_row(one) for one in rows],
        "next": query(request, after=str(more)) if more else "",
        "may_draw": roll.is_draft and table.may(actor, "roll.draw", roll.place_path),
        "exports": downloads(request),
    }
    return render(request, "rolls/desk/decisions.html", context)


def _decisions_file(request: HttpRequest, roll: Roll) -> HttpResponseBase:
    """Names masked as on the page. One query for each five hundred."""
    found = every(lambda after: queries.decisions(roll, after=after or 0, limit=STEP))
    shown = (decision_row(one) for one in found)
    rows = ([row["what"], row["about"], row["details"], row["reason"], row["by"], row["at"]] for row in shown)
    header = (_("处理"), _("谁"), _("情况"), _("依据"), _("谁做的"), _("时间"))
    return as_download(request, f"{title_of(roll)} {_('已经做的处理')}", header, rows, (24, 32, 32, 40, 16, 18))


@of_roll
@require_POST
def take_back(request: HttpRequest, roll: Roll, decision_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    mending.take_back(actor=actor, roll_id=roll.pk, decision_id=min(decision_id, LARGEST), now=now)
    messages.success(request, _("已撤回，名册已重新核对。"))
    return HttpResponseRedirect(reverse("rolls_desk:decisions", args=[roll.pk]))


@of_roll
@require_http_methods(["GET", "HEAD", "POST"])
def entries(request: HttpRequest, roll: Roll) -> HttpResponse:
    """Enter representatives, members or a list: one of the register, or a line each."""
    actor, now = actor_and_now(request)
    table.require(actor, "roll.draw", roll.place_path)
    draft.refuse_frozen(roll)
    form, status = EnterForm(request.POST or None, actor=actor), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            bodies = [given["body"]] if given["body"] else []
            rows = read_lines(actor, given["lines"], bodies)
            if given["person"]:
                rows.insert(0, {"person": given["person"], "bodies": bodies})
            try:
                mending.enter_many(actor=actor, roll_id=roll.pk, now=now, entries=rows)
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, _("已录入 %(n)s 行。") % {"n": len(rows)})
                return to_roll(roll)
    return render(request, "rolls/desk/entries.html", {"form": form, "roll": roll, "title": title_of(roll)}, status=status)
