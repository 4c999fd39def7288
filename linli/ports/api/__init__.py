"""The REST API at /api/v1/: one door for machines, thin over actions and queries."""
