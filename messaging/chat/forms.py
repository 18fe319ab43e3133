"""What a browser may send to a thread."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.chat import services


class MessageForm(forms.Form):
    """One message. `cid` stands in the page, so that sending it twice says it once."""

    cid = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        max_length=services.LONGEST,
        error_messages={
            "required": _("Please write something."),
            "max_length": _("Please write at most %(limit_value)d characters."),
        },
    )
