"""In brief: the ask in one sentence, what a text says at its shortest in its own words, places, times, amounts and personal details in it."""
