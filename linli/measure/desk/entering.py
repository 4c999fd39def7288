"""Entering a figure that only an outside document gives, with the document and its day."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.kernel.access.asking import answer_to
from linli.kernel.access.refusals import Refused
from linli.kernel.matters.desk import at_desk
from linli.measure import wording
from linli.measure.desk.one import known
from linli.measure.desk.shared import address, chosen, period_options, place_options


@never_cache
@require_http_methods(["GET", "POST"])
@at_desk
def enter(request: HttpRequest, code: str) -> HttpResponseBase:
    """The form; sent, one dated entry more. Earlier entries of the same period stay."""
    from linli.measure.actions import enter_figure
    from linli.measure.desk.forms import EnterForm  # large, and rarely met

    one, _version = known(code)
    here = chosen(request, "indicator.enter")
    if one.state == "computed":
        raise Refused(
            "computed",
            _("“%(name)s”由办理记录自动计算，不能填数。") % {"name": one.name(wording.language())},
            turn_to=_("数字不对的，请更正背后的办理记录。"),
        )
    form = EnterForm(request.POST or None)
    if request.method == "POST":
        done = answer_to(
            request,
            form,
            lambda: enter_figure(
                actor=here.actor,
                code=code,
                place=here.here,
                span=str(here.span),
                value=form.cleaned_data["value"],
                document=form.cleaned_data["document"],
                dated=form.cleaned_data["dated"],
                now=here.now,
                survey=form.cleaned_data["kind"] == "survey",
            ),
            _("登记好了。以前登记的也都留着。"),
            address(code, **here.kept()),
        )
        if done is not None:
            return done
    context = {
        "one": one,
        "name": one.name(wording.language()),
        "form": form,
        "places": place_options(here.places),
        "periods": period_options(here),
        "place": here.here,
        "period": str(here.span),
        "unit": wording.value_words(1, one.unit),
        "back": address(code, **here.kept()),
        "list_href": address(**here.kept()),
    }
    return render(request, "measure/desk/enter.html", context, status=422 if form.errors else 200)
