"""
A roster by the hundred thousand: who lives where, who owns what, by the same rules as the one-person actions, in few statements.

`Roster.plan` decides everything in memory and names each row it cannot take; `Roster.write` puts the rest down. Planning twice what
is written already plans nothing.
"""

from linli.kernel.people.bulk.drafts import Counts, Draft, Problem
from linli.kernel.people.bulk.planning import Advance
from linli.kernel.people.bulk.writing import Roster

__all__ = ["Advance", "Counts", "Draft", "Problem", "Roster"]
