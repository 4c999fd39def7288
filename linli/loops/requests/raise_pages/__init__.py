"""
Raising a request in short steps: what, where, who may see it, check and send. In elder mode one question a screen.

Works without script; what was written stays in the session, also across signing in.
"""

from linli.loops.requests.raise_pages.door import raise_steps
from linli.loops.requests.raise_pages.steps import ELDER_STEPS, NAMES, STEPS, address, steps_for
from linli.loops.requests.raise_pages.what import advice, advise

__all__ = [
    "ELDER_STEPS",
    "NAMES",
    "STEPS",
    "address",
    "advice",
    "advise",
    "raise_steps",
    "steps_for",
]
