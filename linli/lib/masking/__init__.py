"""
The one place that decides how a personal value looks to somebody who may not see it whole.

`mask_…` shorten a known field; `scrub` finds personal details inside free text before strangers read it, and `details` says where they stand.
All are idempotent: masking what is masked changes nothing.
"""

from linli.lib.masking.doors import hide_any_door
from linli.lib.masking.fields import mask_address, mask_email, mask_name, mask_phone, mask_rin
from linli.lib.masking.scrubbing import Detail, Scrubbed, details, scrub

__all__ = ["Detail", "Scrubbed", "details", "hide_any_door", "mask_address", "mask_email", "mask_name", "mask_phone", "mask_rin", "scrub"]
