"""Open311 GeoReport v2, with the extensions FixMyStreet speaks."""
