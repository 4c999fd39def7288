"""Is it the same matter: near duplicates and same events over text, place and time. It suggests with reasons; a person decides."""
