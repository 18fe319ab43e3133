"""What a browser may send about a visit."""

from __future__ import annotations

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _


class HandOverForm(forms.Form):
    """What the next one must know, and the id that makes sending twice harmless."""

    cid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    text = forms.CharField(label=_("What must the next one know?"), max_length=3900, widget=forms.Textarea({"rows": 3}))
