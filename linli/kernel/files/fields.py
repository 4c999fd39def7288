"""Form fields that take files: one or several, pictures alone or documents too. What was sent is judged when it is stored."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from linli.lib.documents import DOCX, PDF

PICTURES: Final = "image/*"
PAPERS: Final = f"image/*,.pdf,.docx,{PDF},{DOCX}"


def _attrs(accept: str) -> dict[str, str]:
    return {"accept": accept, "data-max-mb": str(settings.MAX_UPLOAD_MB)}


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several pictures at once."""

    accept = PICTURES

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=ManyFiles(attrs=_attrs(self.accept)), required=False, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = [d for d in (data if isinstance(data, list | tuple) else [data]) if d]
        return [file for item in given if (file := super(PhotosField, self).clean(item, initial))]


class PapersField(PhotosField):
    """Several pictures, PDFs or Word documents; on a phone the camera comes first."""

    accept = PAPERS


class PictureField(forms.FileField):
    """One picture, from the camera or a file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.ClearableFileInput(attrs={**_attrs(PICTURES), "capture": "environment"}), **kwargs)


class FileBesideCamera(forms.ClearableFileInput):
    """A browser that insisted on this one would not send a form whose file the camera's input holds; the house says what is missing."""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


class PaperField(forms.FileField):
    """One picture, PDF or Word document; on a phone the camera comes first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=FileBesideCamera(attrs=_attrs(PAPERS)), **kwargs)
