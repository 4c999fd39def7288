"""Events pushed to other systems: signed, retried, never doubled."""
