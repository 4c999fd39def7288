"""Draws at the Desk."""
