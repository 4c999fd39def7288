"""The Wall: how a community, a street or a district runs today. Whoever works there sees all counts, anybody else what is public."""
