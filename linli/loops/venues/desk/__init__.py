"""Venues at the Desk."""
