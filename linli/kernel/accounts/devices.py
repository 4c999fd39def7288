"""What a browser says of itself, in a few words a person recognises."""

from __future__ import annotations

from django.utils.translation import gettext as _

_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS = (("MicroMessenger", "微信"), ("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


def device_words(agent: str) -> str:
    """`Windows · Edge`; what cannot be told is said so."""
    system = next((word for sign, word in _SYSTEMS if sign in agent), "")
    browser = next((word for sign, word in _BROWSERS if sign in agent), "")
    if browser == "微信":
        browser = _("微信")
    return " · ".join(filter(None, (system, browser))) or _("认不出的设备")
