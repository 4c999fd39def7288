"""
Voting rules as data: thresholds, counting policies, and what each place sets, every one with its article.

Facts live in `packs/voting/`; this module reads and checks them. A figure nobody has verified is kept as such and refused until a person
enters it (`Profile.with_thresholds`). Shares are Fractions, counts are integers (area in 0.01 m²).
"""

from linli.law.voting.decisions import AREA, BASES, Base, Policy, Profile, RuleRefused, Threshold, policies, profile, profiles
from linli.law.voting.facts import CONFIDENCES, Place, Rule, Setting, Source, place, place_of_division, place_within, places, rules, sources
from linli.law.voting.files import FILES, FOLDER, OPS, Language, Op, read

__all__ = [
    "AREA",
    "BASES",
    "CONFIDENCES",
    "FILES",
    "FOLDER",
    "OPS",
    "Base",
    "Language",
    "Op",
    "Place",
    "Policy",
    "Profile",
    "Rule",
    "RuleRefused",
    "Setting",
    "Source",
    "Threshold",
    "place",
    "place_of_division",
    "place_within",
    "places",
    "policies",
    "profile",
    "profiles",
    "read",
    "rules",
    "sources",
]
