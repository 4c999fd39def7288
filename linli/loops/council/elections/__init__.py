"""Elections of committees: candidates and their checks, the ballot, seats and alternates, handing over, the term."""
