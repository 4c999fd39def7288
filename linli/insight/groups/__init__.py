"""Rooms of `linli.insight.opinion`: votes, the space they span, groups in it, what speaks for a group, what to ask next, growing."""
