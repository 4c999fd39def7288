"""Plans at the Desk: drawing one up, homes, alternatives, printing, taking it into a motion."""
