"""Who acts: an account with what it was granted where, a machine with a token, or nobody in particular."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from linli.kernel.access.paths import within


@dataclass(frozen=True)
class Standing:
    """One grant in force: `role` on the subtree under `path`, speaking for `unit_id` when the role belongs to one."""

    role: str
    path: str
    unit_id: int | None = None


@dataclass(frozen=True)
class Actor:
    """
    The one who acts. `channel` says through which door (web, desk, api, open311, import, cli, clock).

    `scopes` limits a token to some verbs (None: no limit). `person_id` is the resident behind the account, if any.
    """

    account_id: int | None = None
    person_id: int | None = None
    name: str = ""
    standings: tuple[Standing, ...] = ()
    channel: str = "web"
    scopes: frozenset[str] | None = None
    is_system: bool = False
    unit_names: dict[int, str] = field(default_factory=dict, hash=False, compare=False)

    @property
    def is_anonymous(self) -> bool:
        return self.account_id is None and not self.is_system

    @property
    def own_id(self) -> int:
        """The account's id for looking up one's own things; 0 for nobody, whom no row belongs to (None would match unowned rows)."""
        return self.account_id or 0

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(s.role for s in self.standings)

    @property
    def unit_ids(self) -> tuple[int, ...]:
        return tuple(sorted({s.unit_id for s in self.standings if s.unit_id}))

    @property
    def is_staff(self) -> bool:
        return bool(self.roles - {"resident"})

    def standings_at(self, path: str) -> tuple[Standing, ...]:
        """The grants that reach the place at `path`."""
        return tuple(s for s in self.standings if within(path, s.path))

    def through(self, channel: str) -> Actor:
        return replace(self, channel=channel)


ANONYMOUS = Actor()


def system(name: str, channel: str = "clock") -> Actor:
    """The house itself, acting by rule: the clock, an authorised import, the set-up."""
    return Actor(name=name, channel=channel, is_system=True)
