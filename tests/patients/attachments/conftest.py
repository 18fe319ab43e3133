"""Files as people send them, and a storage of their own."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from pytest_django import Settings

PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> Path:
    """Where sealed files lie."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }
    return tmp_path / "files"


def photo(form: str = "JPEG", size: tuple[int, int] = (64, 48), *, place: bool = True) -> bytes:
    """A photo of a red wound; with where it was taken, and words of the camera."""
    picture = Image.new("RGB", size, (200, 30, 30))
    out = io.BytesIO()
    exif = Image.Exif()
    if place:
        exif[0x010E] = "Brandt Lindenweg"  # ImageDescription
        exif[0x0112] = 6  # turned by a quarter
        exif.get_ifd(0x8825)[2] = (52.7, 8.3, 0.0)
    picture.save(out, form, **({"exif": exif} if form != "PNG" else {}))
    return out.getvalue()


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
