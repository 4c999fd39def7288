"""Residents, households, homes, who owns or rents what, dated facts, consents, and the log of who read personal fields."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.sealed import BlindField, SealedField
from linli.kernel.places.models import Place


class ContactBy(models.TextChoices):
    APP = "app", _("应用内消息")
    SMS = "sms", _("短信")
    PHONE = "phone", _("打电话")
    NONE = "none", _("不联系")


class Person(models.Model):
    """A resident (or another person the community deals with). Identity number, phone and address are sealed."""

    name = models.CharField(max_length=60, db_index=True)
    account = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="person")
    sex = models.CharField(max_length=1, blank=True, choices=[("f", _("女")), ("m", _("男"))])
    born_on = models.DateField(null=True, blank=True)
    identity = SealedField(context="people.person.identity")
    identity_blind = BlindField(unique=True)
    phone = SealedField(context="people.person.phone")
    phone_blind = BlindField()
    address = SealedField(context="people.person.address")
    address_blind = BlindField()
    home_place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="people")
    home_path = models.CharField(max_length=72, blank=True, db_index=True)
    contact_by = models.CharField(max_length=8, choices=ContactBy.choices, default=ContactBy.APP)
    language = models.CharField(max_length=10, blank=True)
    large_type = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class HomeUse(models.TextChoices):
    DWELLING = "dwelling", _("住宅")
    SHOP = "shop", _("商铺")
    PARKING = "parking", _("车位")
    OTHER = "other", _("其他")


class Home(models.Model):
    """What the property register says of a home. `exclusive_area` is in 0.01 m²; null when not known."""

    place = models.OneToOneField(Place, models.PROTECT, related_name="home")
    exclusive_area = models.PositiveIntegerField(null=True, blank=True)
    use = models.CharField(max_length=10, choices=HomeUse.choices, default=HomeUse.DWELLING)
    register_code = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return str(self.place)


class Household(models.Model):
    """The people living in one home together."""

    home = models.ForeignKey(Home, models.PROTECT, related_name="households")
    head = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"household at {self.home_id}"


class Relation(models.TextChoices):
    OWNER = "owner", _("业主自住")
    FAMILY = "family", _("家属")
    TENANT = "tenant", _("租户")
    OTHER = "other", _("其他")


class Residence(models.Model):
    """Someone lives somewhere, from a day until a day (open end: null). Tenancy is a residence of relation tenant."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="residences")
    household = models.ForeignKey(Household, models.PROTECT, related_name="residences")
    relation = models.CharField(max_length=8, choices=Relation.choices)
    since_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_on=None) | Q(until_on__gte=F("since_on")), name="residence_ends_after_start"),
            models.UniqueConstraint(fields=["person", "household"], condition=Q(until_on=None), name="residence_once_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.household_id}"


class Ownership(models.Model):
    """A share of a home: a person, or an organisation by name and credit code. The share is an exact fraction."""

    home = models.ForeignKey(Home, models.PROTECT, related_name="ownerships")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="ownerships")
    organisation = models.CharField(max_length=80, blank=True)
    organisation_code = models.CharField(max_length=18, blank=True)
    share_numerator = models.PositiveIntegerField(default=1)
    share_denominator = models.PositiveIntegerField(default=1)
    since_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(share_numerator__gte=1) & Q(share_denominator__gte=F("share_numerator")), name="ownership_share_up_to_whole"
            ),
            models.CheckConstraint(condition=Q(person__isnull=False) ^ ~Q(organisation=""), name="ownership_person_or_organisation"),
            models.UniqueConstraint(fields=["home", "person"], condition=Q(until_on=None), name="ownership_once_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.share_numerator}/{self.share_denominator} of {self.home_id}"


class GroupFact(models.Model):
    """A person belongs to a population group, as a dated fact with its source. `group` is a code of the reference list."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="group_facts")
    group = models.CharField(max_length=32)
    since_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [models.Index(fields=["group", "person"])]
        constraints = [models.UniqueConstraint(fields=["person", "group"], condition=Q(until_on=None), name="group_fact_once_at_a_time")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.group}"


class HelperLink(models.Model):
    """`helper` may act for `person`: a guardian, or someone the person asked to help."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="helpers")
    helper = models.ForeignKey(Person, models.PROTECT, related_name="helps")
    kind = models.CharField(max_length=10, choices=[("guardian", _("监护人")), ("helper", _("帮办人"))])
    since_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.helper_id} for {self.person_id}"


class Consent(models.Model):
    """A consent, separate for each purpose (PIPL 13-16, 23-29; law.yaml PI-001, PI-005). Withdrawing it is as easy."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=32)
    basis = models.CharField(max_length=24)
    given_at = models.DateTimeField()
    how = models.CharField(max_length=80)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person_id} {self.purpose}"


class FieldReading(models.Model):
    """Somebody opened a sealed field: who, which, why, when. The person it is about can see it."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="readings")
    field = models.CharField(max_length=16)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reader_name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["person", "-at"])]

    def __str__(self) -> str:
        return f"{self.field} of {self.person_id}"
