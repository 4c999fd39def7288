"""Accounts, the units they act for, what they were granted where, tokens and sign-in codes."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.roles import ROLES
from linli.kernel.access.sealed import BlindField, SealedField
from linli.kernel.places.models import Place


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(username=username)


class Account(AbstractBaseUser):
    """One person's way in. Staff have a password and a second factor; residents sign in by a code sent to their phone."""

    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=60)
    phone = SealedField(context="accounts.account.phone")
    phone_blind = BlindField(unique=True)
    language = models.CharField(max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = AccountManager()

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    # The permission table decides what an account may do; Django's own permissions are not used.
    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class UnitKind(models.TextChoices):
    COMMUNITY = "community", _("社区居委会")
    STREET = "street", _("街道办事处")
    DEPARTMENT = "department", _("部门")
    PROPERTY = "property", _("物业服务企业")
    GRID = "grid", _("网格")
    MEDIATION = "mediation", _("调解委员会")
    COMMITTEE = "committee", _("业主委员会")


class Unit(models.Model):
    """Whoever can hold a matter: an office, a department, a property company, a grid team. `place` is where it serves."""

    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=12, choices=UnitKind.choices)
    code = models.CharField(max_length=40, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="units")
    superior = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="juniors")
    phone = models.CharField(max_length=20, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "kind", "name"], name="unit_name_once_at_place")]
        indexes = [models.Index(fields=["kind", "place"])]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role on a place's subtree, from a date until a date (open end: null), for a unit where the role belongs to one."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=[(k, v) for k, v in ROLES.items()])
    place = models.ForeignKey(Place, models.PROTECT, related_name="grants", null=True, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="grants")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="grant_ends_after_start")]
        indexes = [models.Index(fields=["account", "starts_at"])]

    def __str__(self) -> str:
        return f"{self.account_id} {self.role}"


class SignInCode(models.Model):
    """A code sent to a phone: kept hashed, valid for minutes, with few tries."""

    phone_blind = BlindField()
    code_hash = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=5)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"code sent {self.sent_at:%H:%M}"


class ApiToken(models.Model):
    """A key for machines. Only its hash is kept; `scopes` are verbs or `kind.*`, `read` for everything readable."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """
    The security log: sign-ins, refusals, grants, settings, exports. Append-only.

    Fields follow level-3 audit (GB/T 22239 8.1.4.3; law.yaml SEC-006): time, user, event type, result.
    """

    at = models.DateTimeField(db_index=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    who = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=32, db_index=True)
    outcome = models.CharField(max_length=12, default="done")
    about = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind}"
