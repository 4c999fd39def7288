"""The web application, as a WSGI server finds it."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import get_resolver

from linli.kernel.access.sealed import keys_in_use
from linli.lib.presence import stay
from linli.lib.texts import query_tokens

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")
gc.disable()  # until all is loaded
application = get_wsgi_application()


# A process that keeps running remembers the keys it began with: while it lives, they are not changed.
stay(keys_in_use())


def warm_up() -> None:
    """Load what the first reader would otherwise wait for: every page's module, the word list, the layout."""
    get_resolver().url_patterns  # noqa: B018 - reading it imports the pages
    query_tokens("邻里")
    get_template("web/square.html")
    # What is loaded now stays for good: nothing of it need be looked at again by each collection.
    gc.collect()
    gc.freeze()
    gc.enable()


warm_up()
