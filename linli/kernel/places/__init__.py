"""Places: the administrative tree down to the home, with its history."""
