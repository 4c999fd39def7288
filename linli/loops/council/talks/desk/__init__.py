"""Talks at the Desk."""
