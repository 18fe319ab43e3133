"""Shared devices of an organisation, and the PIN for them."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from patients.accounts import services, shared
from patients.accounts.forms import DeviceForm, PinForm, UnmarkForm
from patients.accounts.http import Request, confirmed, signed_in
from patients.accounts.services.shared import MARKERS
from patients.errors import Invalid, Missing


@signed_in
@require_http_methods(["GET", "POST"])
def devices(request: Request) -> HttpResponse:
    """The shared devices of one's organisation; mark the one in one's hand."""
    if request.actor.role not in MARKERS or not request.actor.organisation:
        raise Missing("")
    form = DeviceForm(request.POST if request.POST.get("act") == "mark" else None)
    if request.method == "POST":
        return _change(request, form)
    return _page(request, form)


@confirmed
def _change(request: Request, form: DeviceForm) -> HttpResponse:
    gone = UnmarkForm(request.POST)
    if form.is_valid():
        token = services.mark_device(request.actor, form.cleaned_data["name"], form.cleaned_data["kind"])
        messages.success(request, _("This device is shared from now on. Sign out, so that the next one can begin."))
        answer = redirect("accounts:devices")
        answer.set_cookie(
            shared.COOKIE, token, max_age=shared.COOKIE_AGE, secure=settings.SECURE, httponly=True, samesite="Lax"
        )
        return answer
    if not form.is_bound and gone.is_valid():
        services.unmark_device(request.actor, gone.cleaned_data["number"])
        messages.success(request, _("It is not shared any more: no PIN works there."))
        return redirect("accounts:devices")
    return _page(request, form, status=422)


def _page(request: Request, form: DeviceForm, status: int = 200) -> HttpResponse:
    here = shared.device_of(request)
    page = {"form": form, "devices": shared.devices_of(request.actor.organisation or ""), "here": here and here.pk}
    return render(request, "accounts/devices.html", page, status=status)


@sensitive_post_parameters("pin")
@signed_in
@confirmed
@require_http_methods(["GET", "POST"])
def pin(request: Request) -> HttpResponse:
    """Set the PIN for shared tablets, or take it away."""
    if request.user.kind != request.user.Kind.STAFF:
        raise Missing("")
    if request.POST.get("act") == "remove":
        services.remove_pin(request.actor)
        messages.success(request, _("Your PIN is taken away."))
        return redirect("accounts:account")
    form = PinForm(request.POST or None)
    if form.is_valid():
        try:
            services.set_pin(request.actor, form.cleaned_data["pin"])
        except Invalid as problem:
            form.add_error("pin", problem.text)
        else:
            messages.success(request, _("Your PIN is set."))
            return redirect("accounts:account")
    page = {"form": form, "has_pin": shared.has_pin(request.user)}
    return render(request, "accounts/pin.html", page, status=422 if form.errors else 200)


@signed_in
@require_GET
def alive(request: Request) -> HttpResponse:
    """A call goes on although nobody touches the screen: asked by a script, so that the session stays."""
    return HttpResponse(status=204)
