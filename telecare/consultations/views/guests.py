"""Come in by invitation. The token comes in the body of a form, never in an address; a GET changes nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from patients.accounts import shared
from patients.accounts.attempts import TooManyAttempts
from patients.accounts.http import address_of
from patients.errors import Denied, Gone, Invalid, Missing, Problem
from telecare.consultations import guests, services
from telecare.consultations.forms import PinForm, TokenForm
from telecare.consultations.models import Invitation
from telecare.consultations.queries import pages, parties


@sensitive_post_parameters("token", "pin")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The link's page: first the token (sent by the page itself), then the PIN."""
    if request.method == "POST" and "token" in request.POST:
        return _opened(request)
    invitation = _asked(request)
    if invitation is None:
        return render(request, "consultations/join.html", {"form": TokenForm()})
    if request.method == "POST":
        return _pin(request, invitation)
    return _page(request, invitation, PinForm())


@require_POST
def knock(request: HttpRequest) -> HttpResponse:
    """Come without the number, to be recognised by face and voice."""
    invitation = _asked(request)
    if invitation is None:
        return redirect("consultations:join")
    services.knock(invitation, held_up=_held_up(request, invitation))
    guests.let_in(request.session, invitation, knocked=True)
    return redirect("consultations:check", invitation.consultation)


@require_POST
def call_me(request: HttpRequest) -> HttpResponse:
    """Please call me: works without a script, and after the PIN only."""
    actor = guests.of_request(request)
    if actor is None or actor.room is None:
        return redirect("consultations:join")
    services.wait(actor, actor.room, wants_call=True)
    return redirect("consultations:room", actor.room)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave the waiting room and this device."""
    actor = guests.of_request(request)
    if actor is not None and actor.room is not None:
        services.send_away(actor, actor.room)
    request.session.flush()
    return shared.wiped(request, render(request, "consultations/left.html"))


def _opened(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return render(request, "consultations/join.html", {"form": form}, status=422)
    try:
        invitation = services.found_invitation(form.cleaned_data["token"])
    except (Gone, Invalid, Missing) as problem:
        return _refused(request, problem)
    if guests.has_entered(request.session, invitation):
        return redirect("consultations:check", invitation.consultation)
    request.session[guests.ASKED] = invitation.pk
    return redirect("consultations:join")


def _pin(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = PinForm(request.POST)
    if not form.is_valid():
        return _page(request, invitation, form)
    try:
        services.enter_by_invitation(invitation, form.cleaned_data["pin"], address=address_of(request))
    except TooManyAttempts as problem:
        return _must_wait(request, invitation, form, problem)
    except Invalid as problem:
        form.add_error("pin", problem.text)
        return _page(request, services.asked_for(invitation.pk) or invitation, form)
    except (Denied, Gone) as problem:
        return _refused(request, problem)
    guests.let_in(request.session, invitation)
    return redirect("consultations:check", invitation.consultation)


def _must_wait(request: HttpRequest, invitation: Invitation, form: PinForm, problem: TooManyAttempts) -> HttpResponse:
    """Others behind this address tried too many numbers. Who is invited need not wait for them: they may knock."""
    request.session[guests.HELD_UP] = invitation.pk
    form.add_error("pin", problem.text)
    answer = _page(request, invitation, form)
    answer.status_code = 429
    answer.headers["Retry-After"] = str(problem.seconds)
    return answer


def _held_up(request: HttpRequest, invitation: Invitation) -> bool:
    return request.session.get(guests.HELD_UP) == invitation.pk


def _asked(request: HttpRequest) -> Invitation | None:
    """The invitation whose link was opened in this browser, while it holds."""
    number = request.session.get(guests.ASKED)
    return services.asked_for(number) if isinstance(number, int) else None


def _page(request: HttpRequest, invitation: Invitation, form: PinForm) -> HttpResponse:
    card = parties.card(invitation.consultation)
    doctor, place = pages.greeting(card)
    page = {
        "form": form,
        "at": card.planned_at,
        "doctor": doctor,
        "place": place,
        "medium": card.medium,
        "left": Invitation.LOCKED_AFTER - invitation.wrong,
        "may_knock": invitation.may_knock or (_held_up(request, invitation) and not invitation.locked),
        "signed_in": getattr(request, "user", None) is not None and request.user.is_authenticated,
        "help_phone": pages.phone_of(card.organisation),
    }
    return render(request, "consultations/pin.html", page, status=422 if form.errors else 200)


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    status = 410 if isinstance(problem, Gone) else 404 if isinstance(problem, Missing) else 403
    status = 422 if isinstance(problem, Invalid) else status
    return render(request, "consultations/no_way.html", {"text": problem.text}, status=status)
