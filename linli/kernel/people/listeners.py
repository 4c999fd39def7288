"""
What people do when somebody signs in (the person on the roster with that phone number becomes the account's), chooses a language, and when places move.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from linli.kernel.access.asking import actor_and_now
from linli.kernel.access.paths import WIDTH, subtree
from linli.kernel.accounts.actions import phone_index, signed_in_by_phone
from linli.kernel.accounts.models import Account, Grant
from linli.kernel.people.models import Person
from linli.kernel.places.actions import place_moved
from linli.web.pages import language_chosen


@receiver(place_moved, dispatch_uid="people.follow_places")
def follow(sender: Any, old: str, new: str, **_kwargs: Any) -> None:
    """The roster follows the tree: people live where their home is now, within the reach of whoever serves it."""
    Person.objects.filter(home_path=old).update(home_place_id=int(new[-WIDTH:], 36))
    moving = Person.objects.filter(**subtree("home_path", old))
    moving.update(home_path=Concat(Value(new), Substr(F("home_path"), len(old) + 1)))


@receiver(signed_in_by_phone, dispatch_uid="people.link_account")
def link_account(sender: Any, account: Account, phone: str, created: bool, **_kwargs: Any) -> None:
    """
    Link the one registered person with this phone (none or several: a new, unverified person) and grant residence there.

    A number shared by several people on the roster is not guessed; staff link it.
    """
    if Person.objects.filter(account=account).exists():
        return
    now = timezone.now()
    known = list(Person.objects.filter(phone_blind=phone_index(phone), account=None, erased_at=None).select_related("home_place")[:2])
    if len(known) == 1:
        person = known[0]
        person.account, person.verified_at = account, now
        person.save(update_fields=["account", "verified_at"])
        account.name = person.name
        account.save(update_fields=["name"])
        if person.home_place is not None:
            Grant.objects.get_or_create(
                account=account, role="resident", place=person.home_place, ends_at=None, defaults={"starts_at": now}
            )
        return
    person = Person(name=account.name, account=account, created_at=now)
    person.phone, person.phone_blind = phone, phone_index(phone)
    person.save()


@receiver(language_chosen, dispatch_uid="people.keep_language")
@transaction.atomic
def keep_language(sender: Any, request: HttpRequest, language: str, **_kwargs: Any) -> None:
    """
    Whoever is signed in and switches the pages' language is sent messages in it too, unless they named another one on the page of how they want to be
    contacted.
    """
    account_id = actor_and_now(request)[0].account_id
    if account_id is None:
        return
    before = Account.objects.filter(pk=account_id).exclude(language=language).values_list("language", flat=True).first()
    if before is None:
        return
    Account.objects.filter(pk=account_id).update(language=language)
    Person.objects.filter(account_id=account_id, language__in={"", before}).update(language=language)
