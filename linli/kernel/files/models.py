"""Stored files: pictures encoded anew, documents exactly as they were given (docs/documents.md)."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class StoredFile(models.Model):
    """One file in the store, named by its content's hash. `width`/`height` are pixels of pictures, `pages` those a PDF has."""

    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    stored_as = models.CharField(max_length=120)
    thumbnail_as = models.CharField(max_length=120, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        """Whether a browser may draw it on a page; everything else is handed out as a download."""
        return self.media_type.startswith("image/")
