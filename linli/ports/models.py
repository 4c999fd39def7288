"""Tables of the ports, each described in its part."""

from linli.ports.api.models import KeptAnswer, UsedUp
# (lead: the open311 line is out until linli/ports/open311/models.py exists, so that everybody can run; put it back then)
from linli.ports.webhooks.models import Happening, Parcel, Subscription

__all__ = ["Happening", "KeptAnswer", "Parcel", "Subscription", "UsedUp"]
