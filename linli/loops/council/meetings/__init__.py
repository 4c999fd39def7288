"""Hybrid council meetings: agenda, sign-in, quorum, speaking queue, hands, decisions, minutes, and when to meet."""
