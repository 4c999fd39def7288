"""Excel and CSV, in and out: places, homes, residents, staff, requests."""
