"""Counting: decisions of owners, residents and villagers, elections, budgets and draws, on plain data and exact numbers."""
