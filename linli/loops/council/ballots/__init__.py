"""The ballot as an event: who was reached how, every vote on every channel once, the count, its bundle, and what anyone can recompute."""
