"""Planners residents ask for first: what a lift or a levy costs each home, and how a chosen plan becomes the text that is voted on."""
