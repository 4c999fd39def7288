"""
Settings of the tests: those of the product, with a throw-away data folder, a fast password hash and a database of their own.

`LINLI_TEST_DATABASE=sqlite|postgres` chooses the database (SQLite when unset).
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from jinja2 import FileSystemBytecodeCache

# Whatever the shell has set for a running installation must not reach the tests.
for _name in [name for name in os.environ if name.startswith("LINLI_") and not name.startswith("LINLI_TEST_")]:
    del os.environ[_name]

TEST_DATABASE = os.environ.setdefault("LINLI_TEST_DATABASE", "sqlite")
_folder = Path(tempfile.mkdtemp(prefix=f"linli-test-{os.getpid()}-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
for _left in Path(tempfile.gettempdir()).glob("linli-test-*"):
    # The type checker reads these settings too, and ends without any farewell.
    if not Path("/proc", _left.name.split("-")[2]).exists():
        shutil.rmtree(_left, ignore_errors=True)
os.environ["LINLI_DATA"] = str(_folder)
os.environ["LINLI_LANGUAGE"] = "zh-hans"
if TEST_DATABASE == "postgres":
    from tests import postgres

    os.environ["LINLI_DATABASE_URL"] = postgres.url()

from linli.config.settings import *  # noqa: E402, F403 - the environment above must be set first
from linli.config.settings import DATABASES, INSTALLED_APPS, STORAGES, TEMPLATES  # noqa: E402 - named so that the type checker knows them

if TEST_DATABASE == "sqlite":
    # A file, not memory: threads of the live server and the test each have a connection, as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
else:
    # Each connection of a thread that ended would otherwise linger until the database is dropped.
    DATABASES["default"]["CONN_MAX_AGE"] = 0

INSTALLED_APPS.append("allauth.socialaccount.providers.openid_connect")  # as where single sign-on is set up
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

if _shared := os.environ.get("LINLI_TEST_SHARED"):
    # Every step of a run draws the same pages: whoever is first compiles a template for all.
    _compiled = Path(_shared) / "templates"
    _compiled.mkdir(exist_ok=True)
    TEMPLATES[0] |= {"OPTIONS": {**dict(TEMPLATES[0]["OPTIONS"]), "bytecode_cache": FileSystemBytecodeCache(str(_compiled))}}  # type: ignore[call-overload]
