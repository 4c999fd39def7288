"""Which kind is it: a reader that learns from labelled texts, says how sure it is and which words spoke for what."""
