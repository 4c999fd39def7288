"""Static files as they are served: hashed names, and gzip beside each, alike on every machine."""

from __future__ import annotations

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Without Brotli: where an extra happens to bring it, it would add a minute to the first start for a few kilobytes a visit."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        return Compressor(use_brotli=False, **kwargs)
