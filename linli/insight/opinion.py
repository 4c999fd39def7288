"""
What people agree on: opinion groups and shared statements, from votes of agree, disagree and pass.

The method begins with that of Polis: C. Small, M. Bjorkegren, T. Erkkilä, L. Shaw, C. Megill, "Polis: Scaling deliberation by mapping high
dimensional opinion spaces", Recerca 26(2), 2021. A matrix of people × statements is brought to two dimensions by principal components and
people are grouped by k-means; statements that speak for a group are found by tests of one and of two proportions, and what all groups
share is the product of their smoothed shares of agreement. How far those who saw few statements are moved out, and how many groups there
are, is decided by the mean silhouette (P. Rousseeuw 1987), the fewest groups within two standard errors of the best.

Needs numpy and scipy. Deterministic: the same votes give the same answer in whatever order people come. A map holds no person: `analyse`
gives the groups of the rows beside it, for whoever owns the votes. Groups smaller than `LEAST_GROUP` are never shown, as they point at
people. Many who vote exactly alike pull the picture as the root of their number, so that a copied ballot does not turn it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Final

import numpy as np

from linli.insight.groups.clusters import RESTARTS, Grouping, grouping_of, rand_index
from linli.insight.groups.space import moved_out, space_of, stand
from linli.insight.groups.speaking import columns_of, groups_of, shared_of, tally_of
from linli.insight.groups.told import (
    AGREE,
    DISAGREE,
    LEAST_GROUP,
    LEAST_PEOPLE,
    LEAST_STATEMENTS,
    LEAST_VOTES,
    MISSING,
    PASS,
    Counts,
    Group,
    OpinionMap,
    Representative,
    Shared,
    Space,
    Steadiness,
    place_of,
)
from linli.insight.groups.votes import Array, Votes, dense, votes_from, votes_of

__all__ = [
    "AGREE",
    "DISAGREE",
    "LEAST_GROUP",
    "LEAST_PEOPLE",
    "LEAST_STATEMENTS",
    "LEAST_VOTES",
    "MISSING",
    "PASS",
    "Counts",
    "Group",
    "OpinionMap",
    "Representative",
    "Shared",
    "Space",
    "Votes",
    "analyse",
    "dense",
    "place_of",
    "steadiness_of",
    "votes_from",
    "votes_of",
]

EXPONENTS: Final = (0.25, 0.5)
RESAMPLES: Final = 10
REMOVED: Final = 0.1
MOST_RESAMPLED: Final = 10_000


def analyse(
    votes: Votes,
    *,
    least_people: int = LEAST_PEOPLE,
    least_group: int = LEAST_GROUP,
    seed: int = 0,
    restarts: int = RESTARTS,
    resamples: int = RESAMPLES,
) -> tuple[OpinionMap, dict[Hashable, int]]:
    """
    The map of `votes`, and the number of the group each counted person is in. People with fewer than seven votes (or than there are
    statements, if there are fewer) are not counted. `resamples`: how often it is tried again without a tenth of the people, to tell how
    steady the groups are; 0 leaves that out.
    """
    needed = min(LEAST_VOTES, len(votes.statements))
    often = np.flatnonzero(votes.seen >= max(1, needed))
    base = OpinionMap(len(votes.people), len(often), votes.statements, len(votes.how), needed)
    why = _why_none(base, least_people)
    if why:
        return replace(base, why_none=why), {}
    # In an order of its own, so that the answer does not hang on who came first.
    prints = votes.prints()
    used = votes.rows(often[np.argsort(prints[often], kind="stable")])
    weights, base = _copies(np.sort(prints[often]), base)
    space, points, found = _grouped(used, weights, least_group, seed, restarts)
    if found is None:
        return replace(base, why_none="no_split"), {}
    if resamples:
        steady = steadiness_of(used, found.labels, space, weights=weights, least_group=least_group, seed=seed, resamples=resamples)
        found = replace(found, chosen=replace(found.chosen, steadiness=steady))
    tally = tally_of(used, found.labels, len(found.centres))
    told = replace(
        base,
        silhouette=found.silhouette,
        groups=groups_of(tally, votes.statements, np.bincount(found.labels).tolist(), found.centres, columns_of(used)),
        shared=shared_of(tally, votes.statements),
        space=space,
        extent=float(max(np.abs(points).max(), 1e-6)),
        chosen=found.chosen,
    )
    return told, dict(zip(used.people, found.labels.tolist(), strict=True))


def _why_none(base: OpinionMap, least_people: int) -> str:
    if base.people < least_people:
        return "few_people"
    if len(base.statements) < LEAST_STATEMENTS:
        return "few_statements"
    return "few_votes" if base.counted < least_people else ""


def _copies(prints: Array, base: OpinionMap) -> tuple[Array | None, OpinionMap]:
    """Weights of people whose `prints` come in order: n who voted exactly alike count as √n together; None where nobody did."""
    _each, where, often = np.unique(prints, return_inverse=True, return_counts=True)
    if len(often) == len(prints):
        return None, base
    told = replace(base, copies=int(often[often > 1].sum()), most_copies=int(often.max()))
    return 1 / np.sqrt(often[where]), told


def _grouped(
    votes: Votes, weights: Array | None, least: int, seed: int, restarts: int, near: Space | None = None
) -> tuple[Space, Array, Grouping | None]:
    """The space (`near` one of nearly the same votes, if there is), where people stand in it, and their groups."""
    space = space_of(votes, weights, near)
    middle = stand(votes, space)
    pictures = [moved_out(middle, votes.seen, len(votes.statements), exponent) for exponent in EXPONENTS]
    found = grouping_of(pictures, weights=weights, least=least, seed=seed, restarts=restarts)
    if found is None:
        return space, middle, None
    return replace(space, exponent=EXPONENTS[found.picture]), pictures[found.picture], found


def steadiness_of(
    votes: Votes,
    labels: Array,
    space: Space | None = None,
    *,
    weights: Array | None = None,
    least_group: int = LEAST_GROUP,
    seed: int = 0,
    resamples: int = RESAMPLES,
    removed: float = REMOVED,
) -> Steadiness:
    """
    How the groups `labels` (people,) stand when a share `removed` of the people is left out at random and everything (means, axes, how
    many groups, which) is computed anew from the rest (after U. von Luxburg, Clustering stability, 2010). Of very many people at most
    `MOST_RESAMPLED` are kept, which is a harder trial; `removed` of the answer says what was left out.
    `space` of all is where each trial begins to look for its axes.
    """
    random = np.random.default_rng([seed, 1])
    keep = min(MOST_RESAMPLED, max(1, round(len(votes.people) * (1 - removed))))
    scores: list[float] = []
    same = 0
    for _n in range(resamples):
        rows = np.sort(random.permutation(len(votes.people))[:keep])
        part = None if weights is None else weights[rows]
        found = _grouped(votes.rows(rows), part, least_group, seed, RESTARTS, space)[2]
        scores.append(rand_index(labels[rows], found.labels) if found else 0.0)
        same += int(found is not None and len(found.centres) == int(labels.max()) + 1)
    return Steadiness(resamples, 1 - keep / len(votes.people), float(np.mean(scores)), min(scores), same)
