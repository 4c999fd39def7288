"""Tables of the ports, each described in its part."""

from linli.ports.api.models import KeptAnswer, UsedUp
from linli.ports.open311.models import ReceivedUpdate, Report, ServiceAttribute
from linli.ports.tables.models import ImportJob
from linli.ports.webhooks.models import Happening, Parcel, Subscription

__all__ = ["Happening", "ImportJob", "KeptAnswer", "Parcel", "ReceivedUpdate", "Report", "ServiceAttribute", "Subscription", "UsedUp"]
