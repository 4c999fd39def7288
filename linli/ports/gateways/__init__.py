"""
Ways out: for messages SMS over HTTP, DingTalk and WeCom robots, e-mail, the console for development; for longer summaries a language model.

Each is a `Gateway` of the kernel's outbox; which are there follows from the settings. A gateway raises when a message did not go,
with one line that says why; the outbox tries again under the same key.
"""
