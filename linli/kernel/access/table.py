"""
The permission table: verb × role → reach. It is data, a page shows it, and a test sweeps it over every address.

Reach: `area` anywhere in the granted subtree; `unit` only matters for which the role's unit holds a work order, inside the
subtree; `own` only what the actor is a party to. What no row allows is not allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from linli.kernel.access.actor import Actor, Standing
from linli.kernel.access.paths import within
from linli.kernel.access.refusals import NotAllowed
from linli.kernel.access.roles import ROLES

REACHES: Final = ("area", "unit", "own")
SIGNED_IN: Final = "signed_in"  # a row for anybody with an account, whatever was granted


@dataclass(frozen=True)
class Row:
    verb: str
    label: Any
    reach_by_role: Mapping[str, str]
    reads_only: bool = False


@dataclass(frozen=True)
class Decision:
    """Why something was allowed or not: the verb, the role and reach that decided, in a form a page can show."""

    allowed: bool
    verb: str
    role: str = ""
    reach: str = ""


_rows: dict[str, Row] = {}
_kinds: dict[str, Any] = {}


def add(verb: str, label: Any, *shared: Mapping[str, str], reads_only: bool = False, **own: str) -> None:
    """Add a row: role (or `signed_in`) → reach, from mappings `shared` by several rows and of its `own`. A verb is stated once."""
    reach_by_role = {role: reach for mapping in (*shared, own) for role, reach in mapping.items()}
    unknown = [r for r in reach_by_role if r not in ROLES and r != SIGNED_IN] + [r for r in reach_by_role.values() if r not in REACHES]
    if unknown or (verb in _rows and dict(_rows[verb].reach_by_role) != reach_by_role):
        raise ValueError(f"permission row {verb}: {unknown or 'stated twice with different roles'}")
    _rows[verb] = Row(verb, label, MappingProxyType(reach_by_role), reads_only)


def name_kind(kind: str, label: Any) -> None:
    """Say what the verbs ``<kind>.…`` are about, in lazy words. Each room names its own."""
    _kinds[kind] = label


def kind_words(verb: str) -> str:
    """What a verb is about, as its room named it."""
    from django.utils.translation import gettext as _

    return str(_kinds.get(verb.partition(".")[0]) or _("其他"))


def rows() -> list[Row]:
    return [_rows[verb] for verb in sorted(_rows)]


def row(verb: str) -> Row:
    return _rows[verb]


def decide(actor: Actor, verb: str, path: str = "", *, unit_ids: frozenset[int] = frozenset(), own: bool = False) -> Decision:
    """
    May `actor` do `verb` to a thing at `path`, for which the units `unit_ids` hold work orders?

    `own` says whether the actor is a party to it. The house itself may do everything its callers let it; a token may do
    no more than its scopes.
    """
    reaches = _rows[verb].reach_by_role
    if actor.is_system:
        return Decision(True, verb, "system", "area")
    if actor.scopes is not None and not _scope_allows(actor.scopes, verb, reads_only=_rows[verb].reads_only):
        return Decision(False, verb)
    if actor.account_id is not None and SIGNED_IN in reaches and (reaches[SIGNED_IN] != "own" or own):
        return Decision(True, verb, SIGNED_IN, reaches[SIGNED_IN])
    for standing in actor.standings:
        reach = reaches.get(standing.role)
        if reach and _reaches(reach, standing, path, unit_ids, own):
            return Decision(True, verb, standing.role, reach)
    return Decision(False, verb)


def _reaches(reach: str, standing: Standing, path: str, unit_ids: frozenset[int], own: bool) -> bool:
    if reach == "own":
        return own
    if not within(path, standing.path):
        return False
    return reach == "area" or (standing.unit_id is not None and standing.unit_id in unit_ids)


def in_scope(actor: Actor, verb: str) -> bool:
    """Does the token the actor came with, if any, reach as far as `verb`?"""
    return actor.scopes is None or _scope_allows(actor.scopes, verb, reads_only=_rows[verb].reads_only)


def _scope_allows(scopes: frozenset[str], verb: str, *, reads_only: bool) -> bool:
    kind = verb.partition(".")[0]
    return bool(scopes & {verb, f"{kind}.*", "*"}) or (reads_only and bool(scopes & {f"{kind}.read", "read"}))


def may(actor: Actor, verb: str, path: str = "", *, unit_ids: frozenset[int] = frozenset(), own: bool = False) -> bool:
    return decide(actor, verb, path, unit_ids=unit_ids, own=own).allowed


def require(actor: Actor, verb: str, path: str = "", *, unit_ids: frozenset[int] = frozenset(), own: bool = False) -> Decision:
    """
    The one way to ask "may I" before a write or an unpublic read.

    Raises NotAllowed naming the verb and who may, and whether signing in would help.
    """
    decision = decide(actor, verb, path, unit_ids=unit_ids, own=own)
    if not decision.allowed:
        raise refusal(actor, verb)
    return decision


def refusal(actor: Actor, verb: str) -> NotAllowed:
    """The explained "no" for `verb`: which roles may, and whether signing in would help."""
    from django.utils.translation import gettext as _

    found = _rows[verb]
    who = _("、").join(str(ROLES[r]) for r in found.reach_by_role if r in ROLES) or _("登录后的用户")
    return NotAllowed(
        "not_allowed",
        _("您的账号不能在这里“%(verb)s”。可以这样做的是：%(who)s。") % {"verb": found.label, "who": who},
        rule=_("权限表：%(verb)s") % {"verb": found.label},
        would_signing_in_help=actor.is_anonymous,
        verb=verb,
    )


def holds(actor: Actor, verb: str, *, own: bool = False) -> bool:
    """
    Does any grant of the actor allow `verb` somewhere? For menus and pages, not for writes. What everybody may do to what is their own, as
    reading their own telephone number, counts only where `own` asks for it: it lets nobody into other people's.
    """
    if actor.is_system:
        return True
    reaches = _rows[verb].reach_by_role
    held = [reaches[role] for role in actor.roles if role in reaches]
    held += [reaches[SIGNED_IN]] if actor.account_id is not None and SIGNED_IN in reaches else []
    return in_scope(actor, verb) and any(own or reach != "own" for reach in held)


def reach_of(actor: Actor, verb: str) -> list[tuple[str, Standing]]:
    """The (reach, standing) pairs through which the actor may do `verb`: queries turn them into one scoped filter."""
    reaches = _rows[verb].reach_by_role
    if actor.is_system:
        return [("area", Standing("system", ""))]
    if actor.scopes is not None and not _scope_allows(actor.scopes, verb, reads_only=_rows[verb].reads_only):
        return []
    return [(reaches[s.role], s) for s in actor.standings if s.role in reaches]
