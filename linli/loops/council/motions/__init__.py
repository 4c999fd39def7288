"""The motion's road: from a resident's idea over seconders, screening, deliberation and decision to accepted work."""
