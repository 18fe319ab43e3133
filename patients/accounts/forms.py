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


class CodeForm(forms.Form):
    """A code of an authenticator app, or of the recovery sheet."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false", "autofocus": True}
        ),
    )


class ConfirmForm(forms.Form):
    """The password once more."""

    password = forms.CharField(
        label=_("Password"),
        max_length=_MOST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class PasskeyForm(forms.Form):
    """What a passkey answered, as JSON that a script puts in; and what its owner calls it."""

    name = forms.CharField(label=_("What do you call it?"), max_length=60, required=False)
    credential = forms.CharField(max_length=20_000, widget=forms.HiddenInput)


class FactorForm(forms.Form):
    """Take a second factor away."""

    number = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class ColleagueForm(forms.Form):
    """What is done with the sign-in of a colleague."""

    account = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    act = forms.ChoiceField(choices=[(one, one) for one in ("code", "factor", "off", "on")])


class InviteForm(forms.Form):
    """Who gets a sign-in, and under which name."""

    person = forms.ChoiceField(label=_("Who?"))
    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=40,
        help_text=_("Plain letters, digits, dots or dashes, for instance “a.siemer”."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people  # type: ignore[attr-defined]


class RedeemForm(forms.Form):
    """A printed code becomes a password."""

    code = forms.CharField(
        label=_("Code on the sheet"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=_MOST,
        help_text=_("As printed on the sheet. If none is printed, choose one that you will remember."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("New password"),
        max_length=_MOST,
        strip=False,
        help_text=_("At least 12 characters; four or five words in a row are easy to remember."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class DeviceForm(forms.Form):
    """Mark a device as shared."""

    name = forms.CharField(label=_("What is it called?"), max_length=60, help_text=_("For instance “Tablet, tour 3”."))
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[("tablet", _("Tablet or computer of several colleagues")), ("kiosk", _("Kiosk for visitors"))],
        widget=forms.RadioSelect,
        initial="tablet",
    )


class UnmarkForm(forms.Form):
    """A shared device that is none any more."""

    number = forms.IntegerField(min_value=1, max_value=2**63 - 1)


_DIGITS = {"inputmode": "numeric", "data-digits": "8", "autocomplete": "off"}


class PinForm(forms.Form):
    """A PIN for shared tablets."""

    pin = forms.CharField(
        label=_("PIN"),
        max_length=8,
        help_text=_("Six to eight digits, no row and no date."),
        widget=forms.PasswordInput(attrs=_DIGITS),
    )


class PinSignInForm(forms.Form):
    """Who comes back, and the PIN."""

    account = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    pin = forms.CharField(max_length=8)
