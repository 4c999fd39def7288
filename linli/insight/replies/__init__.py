"""Did we answer: what an answer says and leaves out, each point with the sentence that shows it (guide: docs/methods/replies.md)."""
