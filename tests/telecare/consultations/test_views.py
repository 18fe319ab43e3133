"""The addresses of consultations: who gets what, with a browser that has no script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.accounts.models import User
from patients.accounts.sessions import SessionStore
from telecare.consultations import services
from telecare.consultations.models import Consultation, Invitation, Waiting
from telecare.consultations.resources.meeting import FollowUp
from telecare.consultations.services import Issued
from tests.cast import HEINRICH, WILMA
from tests.telecare.consultations.conftest import MOORLAND, enter, token_of, wrong

pytestmark = pytest.mark.django_db


def browser_of(name: str) -> Client:
    """A browser in which one of the cast is signed in."""
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def patients_browser(person: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(person=f"Patient/{person}"))
    return client


def open_link(client: Client, issued: Issued) -> None:
    assert client.post("/j/", {"token": token_of(issued)}).status_code == 302


def come_in(client: Client, issued: Issued, pin: str = "") -> int:
    open_link(client, issued)
    return client.post("/j/", {"pin": pin or issued.pin}).status_code


def addresses(consultation: str) -> list[tuple[str, str]]:
    """Every address of a consultation, with how it is asked."""
    one = [("get", name) for name in ("room", "check", "invitations", "visitors", "note", "note-others")]
    one += [
        ("post", name)
        for name in (
            *("begin", "admit", "end", "reopen", "cancel", "hand-over", "draft", "sign", "correct"),
            *("invitations", "order", "close", "medium", "consent", "refuse"),
        )
    ]
    return [(method, reverse(f"consultations:{name}", args=[consultation])) for method, name in one]


NOBODYS = "00000000-0000-4000-8000-000000000000"


def page_of(answer: HttpResponse, consultation: str) -> str:
    """The page without what differs between any two answers: the token of its forms, and the address asked for."""
    return re.sub(r'(value|content)="[A-Za-z0-9]{64}"', "", answer.content.decode()).replace(consultation, "")


FIELDS = {
    "text": "x", "organisation": MOORLAND, "due": "week", "follow_up": "none", "medium": "telephone", "by": "x",
    "kind": "relative", "name": "x", "findings": "x", "visitor": "account:1",
}  # fmt: skip


@pytest.mark.parametrize("stranger", ["bernd", "david", "karl", "dora", "admin"])
def test_strangers_find_nothing_at_any_address(cast, consultation, issued, stranger):
    browser = browser_of(stranger)
    for method, address in addresses(consultation):
        answer = getattr(browser, method)(address, FIELDS)
        absent = getattr(browser, method)(address.replace(consultation, NOBODYS), FIELDS)
        assert (answer.status_code, absent.status_code) == (404, 404), (method, address)
        assert page_of(answer, consultation) == page_of(absent, NOBODYS), (method, address)
    for name in ("new-pin", "cancel-invitation"):
        assert browser.post(reverse(f"consultations:{name}", args=[issued.invitation])).status_code == 404
    assert browser.post(reverse("consultations:start", args=[HEINRICH]), {"organisation": MOORLAND}).status_code == 404
    assert browser.get(reverse("consultations:start", args=[HEINRICH])).status_code == 404


def test_wilma_and_a_guest_of_another_room_find_nothing(cast, consultation, home_visit_call, clara):
    other = services.invite(clara, home_visit_call, kind=Invitation.Kind.RELATIVE, name="Jemand")
    guest = Client()
    assert come_in(guest, other) == 302
    for browser in (patients_browser(WILMA), guest):
        for method, address in addresses(consultation):
            answer = getattr(browser, method)(address, FIELDS)
            assert answer.status_code in (302, 404), (method, address)
            if answer.status_code == 302:  # guests have no account: they are asked to sign in
                assert "sign-in" in answer["Location"]


def test_nobody_is_asked_to_sign_in_at_every_address(consultation):
    for method, address in addresses(consultation):
        answer = getattr(Client(), method)(address, FIELDS)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/")


def test_looking_at_the_link_does_not_consume_it(consultation, issued):
    scanner = Client()
    for _ in range(3):
        assert scanner.get("/j/").status_code == 200
        assert scanner.head("/j/").status_code == 200
    open_link(scanner, issued)
    browser = Client()
    assert come_in(browser, issued) == 302
    assert browser.get(reverse("consultations:check", args=[consultation])).status_code == 200


def test_the_page_before_the_number_says_when_and_with_whom_and_nothing_of_the_patient(clara, consultation, issued):
    browser = Client()
    open_link(browser, issued)
    page = browser.get("/j/").content.decode()
    assert "Dr. Clara Voss" in page
    assert "Hausarztpraxis am Markt" in page
    for word in ("Heinrich", "Brandt", "Kontrolle", consultation):
        assert word not in page


def test_no_button_of_the_device_check_can_be_pressed_before_the_script_that_answers_is_there(consultation, issued):
    """On a slow line the page stands seconds before its script, and a press would be lost: the script enables them."""
    browser = Client()
    assert come_in(browser, issued) == 302
    page = browser.get(reverse("consultations:check", args=[consultation])).content.decode()
    buttons = re.findall(r"<button[^>]*>", page.partition('data-step="check"')[2].partition("</main>")[0])
    assert len(buttons) > 5
    assert [one for one in buttons if " disabled" not in one] == []


@pytest.mark.parametrize("token", ["", "x", "x" * 64, "äöü", "../../etc"])
def test_a_wrong_token_says_so_in_words(consultation, token):
    answer = Client().post("/j/", {"token": token})
    assert answer.status_code in (404, 422)


def test_five_wrong_numbers_lock_and_three_let_one_knock(consultation, issued, clara):
    browser = Client()
    open_link(browser, issued)
    for number in range(5):
        assert ("knock" in browser.get("/j/").content.decode()) is (number in (3, 4))
        answer = browser.post("/j/", {"pin": wrong(issued.pin)})
        assert answer.status_code == (403 if number == 4 else 422)
    assert "gesperrt" in answer.content.decode()
    assert browser.post("/j/", {"pin": issued.pin}).status_code == 403
    assert browser.post("/j/knock/").status_code == 403
    assert browser.get(reverse("consultations:check", args=[consultation])).status_code == 302


def test_who_knocks_waits_and_is_recognised_by_face_and_voice(consultation, issued, clara):
    browser = Client()
    open_link(browser, issued)
    for _ in range(3):
        browser.post("/j/", {"pin": wrong(issued.pin)})
    assert browser.post("/j/knock/")["Location"] == reverse("consultations:check", args=[consultation])
    browser.post("/j/call-me/")
    assert Waiting.objects.get().wants_call
    page = browser_of("clara").get(reverse("consultations:waiting-room")).content.decode()
    assert "an Gesicht und Stimme erkennen" in page


@pytest.mark.parametrize("what", ["expired", "cancelled", "appointment cancelled", "closed"])
def test_an_invitation_that_leads_nowhere_says_why(clara, consultation, issued, what):
    browser = Client()
    assert come_in(browser, issued) == 302
    if what == "expired":
        now = timezone.now()
        Invitation.objects.update(opens_at=now - timedelta(hours=3), closes_at=now - timedelta(hours=1))
    elif what == "cancelled":
        services.cancel_invitation(clara, issued.invitation)
    elif what == "appointment cancelled":
        services.cancel(clara, consultation)
    else:
        enter(clara, consultation)
        services.close(clara, consultation, FollowUp.NONE)
    answer = Client().post("/j/", {"token": token_of(issued)})
    assert answer.status_code == 410
    assert browser.get(reverse("consultations:check", args=[consultation])).status_code == 302  # a guest no more


def test_a_used_invitation_works_again_on_another_device(consultation, issued):
    for browser in (Client(), Client()):
        assert come_in(browser, issued) == 302
        assert browser.get(reverse("consultations:room", args=[consultation])).status_code == 200


def test_whoever_was_signed_in_on_the_device_is_not_any_more(consultation, issued):
    browser = browser_of("anna")
    open_link(browser, issued)
    assert "abgemeldet" in browser.get("/j/").content.decode()
    browser.post("/j/", {"pin": issued.pin})
    assert browser.get(reverse("consultations:waiting-room")).status_code == 302
    session = SessionStore(session_key=browser.cookies["telecare"].value)
    assert "_auth_user_id" not in session


def test_a_guest_sees_no_page_of_staff_and_none_of_the_record(consultation, issued):
    browser = Client()
    come_in(browser, issued)
    for address in (
        reverse("consultations:waiting-room"),
        reverse("consultations:note", args=[consultation]),
        f"/patients/{HEINRICH}/",
        "/",
    ):
        assert browser.get(address).status_code in (302, 404), address


def test_a_guests_pages_are_never_kept(consultation, issued):
    browser = Client()
    assert "no-store" in browser.get("/j/")["Cache-Control"]
    come_in(browser, issued)
    assert browser.get(reverse("consultations:room", args=[consultation]))["Cache-Control"] == "no-store"


def test_heinrich_reads_the_note_once_it_is_signed_and_no_draft(clara, anna, home_visit_call):
    enter(clara, home_visit_call)
    services.save_draft(clara, home_visit_call, {"findings": "Knöchelödeme"})
    browser = patients_browser(HEINRICH)
    address = reverse("consultations:note", args=[home_visit_call])
    assert "Knöchelödeme" not in browser.get(address).content.decode()
    services.sign(clara, home_visit_call)
    assert "Knöchelödeme" in browser.get(address).content.decode()
    assert "unterschreiben" not in browser.get(address).content.decode()


def test_without_a_script_the_draft_is_saved_with_a_button_and_with_one_it_answers_json(clara, consultation):
    browser = browser_of("clara")
    address = reverse("consultations:draft", args=[consultation])
    assert browser.post(address, {"findings": "eins"}).status_code == 302
    answer = browser.post(address, {"findings": "zwei", "version": "1"}, headers={"Accept": "application/json"})
    assert answer.json()["version"] == 2
    answer = browser.post(address, {"findings": "alt", "version": "1"}, headers={"Accept": "application/json"})
    assert answer.status_code == 409


def test_one_press_calls_the_only_practice_in(anna):
    answer = browser_of("anna").post(reverse("consultations:start", args=[HEINRICH]))
    card = Consultation.objects.get()
    assert answer["Location"] == reverse("consultations:room", args=[card.id])


def test_the_second_doctor_reads_who_was_faster(cast, clara, consultation):
    from dataclasses import replace

    enter(clara, consultation)
    user = User.objects.get(username="david")
    assert user is not None
    row = replace(clara, account=user.pk)
    with pytest.raises(Exception, match=r"Dr\. Clara Voss"):
        services.claim(row, consultation)


@pytest.mark.parametrize("page", ["waiting-room", "queue", "offer"])
def test_the_number_of_statements_does_not_grow_with_those_who_wait(
    clara, anna, page, django_assert_max_num_queries, issued, guest, consultation
):
    services.wait(guest, consultation)
    for _ in range(4):
        services.call_in(anna, HEINRICH, organisation=Consultation.objects.get(id=consultation).organisation)
    browser = browser_of("clara")
    address = reverse(f"consultations:{page}")
    browser.get(address)
    with django_assert_max_num_queries(18):
        assert browser.get(address).status_code == 200
