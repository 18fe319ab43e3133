"""Pages of threads, and the way in and out for browsers whose network lets no socket through."""

from __future__ import annotations

import uuid

import msgspec
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from messaging.chat import queries, services, topics
from messaging.chat.forms import MessageForm
from messaging.chat.models import Thread
from patients.accounts.http import Request, signed_in
from patients.errors import Invalid

AT_ONCE = 200  # messages of one poll
BESIDE = 20  # threads listed beside an open one


@signed_in
@require_http_methods(["GET", "POST"])
def thread(request: Request, patient_id: str) -> HttpResponse:
    """A patient's thread: read and write."""
    opened = services.open_thread(request.actor, patient_id)
    form = MessageForm(request.POST or None)
    wants_json = request.accepts("application/json") and not request.accepts("text/html")
    if form.is_valid():
        sent = services.send(request.actor, opened.pk, **form.cleaned_data)
        if wants_json:
            return _json({"seq": sent.seq, "cid": sent.cid})
        return redirect(f"{reverse('chat:thread', args=[patient_id])}#seq-{sent.seq}")
    if wants_json and form.is_bound:
        raise Invalid(_("Please write something."))
    services.look(request.actor, opened)
    page = queries.thread_page(request.actor, opened, before=_seq(request, "before"))
    if page.unread and "before" not in request.GET:
        services.read_up_to(request.actor, opened, page.last)
    inbox = queries.inbox(request.actor, limit=BESIDE)
    services.look_at_list(request.actor, inbox)
    words = {"page": page, "form": form, "cid": uuid.uuid4(), "inbox": inbox}
    return render(request, "chat/thread.html", words, status=422 if form.errors else 200)


@signed_in
@require_GET
def messages(request: Request, patient_id: str) -> HttpResponse:
    """What was said after a seq, and how far the others have read, as the events of the socket.

    Asked every 5 s where sockets are blocked.
    """
    opened: Thread = services.open_thread(request.actor, patient_id)
    services.look(request.actor, opened)
    found = queries.since(str(opened.pk), _seq(request, "after") or 0, AT_ONCE)
    topic = topics.thread(opened.pk)
    events = [{"on": event.on, "topic": topic, "seq": event.seq, "data": event.data} for event in found]
    marks = [{"on": one.on, "topic": topic, "data": one.data} for one in queries.marks(request.actor, str(opened.pk))]
    return _json({"thread": opened.pk, "head": opened.head, "epoch": opened.epoch, "events": events + marks})


@signed_in
@require_GET
def threads(request: Request) -> HttpResponse:
    """All threads of the actor, the newest first."""
    inbox = queries.inbox(request.actor)
    services.look_at_list(request.actor, inbox)
    return render(request, "chat/threads.html", {"inbox": inbox})


def _seq(request: Request, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None


def _json(content: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(content), content_type="application/json")
