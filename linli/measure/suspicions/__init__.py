"""Suspicions: detectors run over the records, their questions go to people, and what people say of them is kept."""
