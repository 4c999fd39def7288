"""The verbs of talks, one function each."""
