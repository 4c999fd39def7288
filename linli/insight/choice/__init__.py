"""Choosing together: ballots, budgets, elections, draws and shares, computed exactly on plain data."""
