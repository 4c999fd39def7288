"""At the Desk: who may act for somebody, and what somebody agreed to, recorded for those who say so at the counter or on the phone."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.kernel.access.asking import actor_and_now, answer_to, told
from linli.kernel.access.refusals import NotFound
from linli.kernel.people import actions
from linli.kernel.people.desk_forms import ConsentForm, HelperForm
from linli.kernel.people.desk_people import page_of, person_page
from linli.kernel.people.models import Consent, HelperLink
from linli.kernel.people.own_queries import consents_of, helper_ties_of
from linli.kernel.people.purposes import HOWS
from linli.kernel.people.queries import person_in_reach


@login_required
@require_POST
def add_helper(request: HttpRequest, person_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    form = HelperForm(request.POST, actor=actor)

    def add() -> HelperLink:
        chosen = form.cleaned_data
        return actions.link_helper(
            actor=actor, person=found, helper=chosen["person"], kind=chosen["kind"], since_on=chosen["since_on"], now=now
        )

    added = answer_to(request, form, add, _("已登记帮办人。"), page_of(found))
    return added or person_page(request, found, status=422, helper_form=form)


@login_required
@require_POST
def end_helper(request: HttpRequest, person_id: int, tie_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    helped_by, _helps = helper_ties_of(found)
    tie = next((t for t in helped_by if t.pk == tie_id), None)
    if tie is None:
        raise NotFound("no_helper", _("没有找到这位帮办人。"))
    actions.end_helper(actor=actor, tie=tie, now=now)
    return told(request, _("从现在起，这个人不能再代办。"), page_of(found))


@login_required
@require_POST
def give_consent(request: HttpRequest, person_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    form = ConsentForm(request.POST, given=[c.purpose for c in consents_of(found) if c.withdrawn_at is None])

    def give() -> Consent:
        purpose, how = form.cleaned_data["purpose"], HOWS[form.cleaned_data["how"]]
        return actions.give_consent(actor=actor, person=found, purpose=purpose, basis="consent", how=how, now=now)

    given = answer_to(request, form, give, _("已登记。本人随时可以收回。"), page_of(found))
    return given or person_page(request, found, status=422, consent_form=form)


@login_required
@require_POST
def end_consent(request: HttpRequest, person_id: int, consent_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    consent = next((c for c in consents_of(found) if c.pk == consent_id), None)
    if consent is None:
        raise NotFound("no_consent", _("没有找到这条记录。"))
    actions.withdraw_consent(actor=actor, consent=consent, now=now)
    return told(request, _("已登记撤回，从现在起不再这样做。"), page_of(found))
