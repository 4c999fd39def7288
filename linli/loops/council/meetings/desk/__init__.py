"""The Desk's pages of meetings: planning, running, minutes, slots, who takes part."""
