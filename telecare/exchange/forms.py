"""What a browser may send of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from telecare.exchange.kinds import Kind


class FileForm(forms.Form):
    """Add a file."""

    title = forms.CharField(label=_("What is it?"), max_length=120)
    sort = forms.ChoiceField(label=_("Kind"))
    file = forms.FileField(
        label=_("File"),
        help_text=_("Photo (JPEG, PNG, WebP) or PDF, up to 25 MB. Place and time are removed from photos."),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
    )

    def __init__(self, kinds: Sequence[Kind], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        choice: Any = self.fields["sort"]
        choice.choices = [(kind.name, kind.word) for kind in kinds]
