"""
Write down what the API promises: `python tools/api_description.py` makes `linli/ports/api/openapi.json` anew from the code.

The site serves the file as it is: making it takes seconds of processor and fifty megabytes, which no reader should cost a web process. That
the file is the one of the code is a test's to see (tests/ports/test_api.py).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.config.settings")


def main() -> None:
    import django

    django.setup()
    from linli.ports.api.api import DESCRIPTION, described

    DESCRIPTION.write_text(described(), encoding="utf-8")
    print(DESCRIPTION.relative_to(ROOT))


if __name__ == "__main__":
    main()
