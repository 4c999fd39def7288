"""Draws: scarce places given out by lot that anybody can repeat, with categories, waiting lists and offers."""
