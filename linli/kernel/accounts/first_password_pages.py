"""Who has not come in yet, and the slips with their first passwords: on paper or as a sheet, shown this once."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.kernel.access import table
from linli.kernel.access.asking import actor_and_now
from linli.kernel.accounts import first_passwords
from linli.web.sheets import as_file


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def first_sign_ins(request: HttpRequest) -> HttpResponseBase:
    """Staff nobody has seen yet; POST gives the chosen ones their first passwords."""
    actor, now = actor_and_now(request)
    if not table.holds(actor, "account.open"):
        raise table.refusal(actor, "account.open")
    waiting = first_passwords.staff_never_in(actor)
    status = 200
    if request.method == "POST":
        ids = [int(pk) for pk in request.POST.getlist("account") if pk.isascii() and pk.isdigit() and len(pk) < 19]
        chosen = list(waiting.filter(pk__in=ids[: first_passwords.MOST_AT_ONCE]))
        handed = first_passwords.hand_out(actor=actor, accounts=chosen, now=now)
        if handed:
            return slips_answer(request, handed, back="/desk/accounts/first-passwords/")
        messages.error(request, _("请先勾选要发放的人。"))
        status = 422
    shown = list(waiting[: first_passwords.MOST_AT_ONCE])
    work = first_passwords.work_of(shown)
    rows = [{"account": account, "work": work.get(account.pk, "")} for account in shown]
    return render(request, "accounts/desk/first_passwords.html", {"rows": rows, "all": waiting.count()}, status=status)


def slips_answer(request: HttpRequest, handed: Sequence[first_passwords.Handed], *, back: str) -> HttpResponseBase:
    """The slips as the form asks: a sheet to print and cut, or xlsx or csv. Nothing of it is kept, on this side or by the browser."""
    ready, form = first_passwords.slips(handed), request.POST.get("format", "paper")
    if form in ("xlsx", "csv"):
        answer = as_file(first_passwords.as_listing(ready), form)
        answer["Cache-Control"] = "no-store"
        return answer
    page: HttpResponse = render(request, "accounts/desk/slips.html", {"slips": ready, "back_href": back})
    return page
