"""What a browser may send about accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_MOST = 150


class SignInForm(forms.Form):
    """A name and a password."""

    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=_MOST,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=_MOST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class FunctionForm(forms.Form):
    """One of the functions that a person has."""

    function = forms.CharField(max_length=100)


class PasswordForm(forms.Form):
    """The old password, and the new one."""

    old_password = forms.CharField(
        label=_("Password until now"),
        max_length=_MOST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        max_length=_MOST,
        strip=False,
        help_text=_("At least 12 characters; four or five words in a row are easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class EndSessionForm(forms.Form):
    """Sign out in one other browser, or everywhere."""

    act = forms.ChoiceField(choices=[("end", "end"), ("everywhere", "everywhere")])
    number = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)

    def clean(self) -> dict[str, Any]:
        sent: dict[str, Any] = super().clean() or {}
        if sent.get("act") == "end" and not sent.get("number"):
            self.add_error("number", _("Which sign-in should end?"))
        return sent
