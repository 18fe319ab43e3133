"""A page costs at most twelve statements, whether one row stands on it or many (DESIGN §11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from messaging.chat import services as chat
from patients.accounts.actor import Actor
from patients.network import services as network
from patients.network.queries.names import forget
from patients.network.resources import Name
from telecare.consultations import services as consultations
from telecare.consultations.models import Invitation
from telecare.tasks import services as tasks
from telecare.visits import services as visits
from telecare.vitals import services as vitals
from telecare.vitals.kinds import BLOOD_PRESSURE, PULSE, WEIGHT
from tests.house.test_strangers import addresses
from tests.telecare.consultations.conftest import guest_of

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MOST = 12
PAGES = [
    ("anna", "start"),
    ("clara", "start"),
    ("mia", "start"),
    ("heinrich", "start"),
    ("ida", "start"),
    ("anna", "dashboards:people"),
    ("anna", "dashboards:patient"),
    ("clara", "dashboards:patient"),
    ("heinrich", "privacy:accesses"),
    ("anna", "tasks:worklist"),
    ("clara", "tasks:new"),
    ("anna", "vitals:measure-first"),
    ("clara", "vitals:measurements"),
    ("heinrich", "vitals:measurements"),
    ("clara", "vitals:limits"),
    ("clara", "vitals:review"),
    ("anna", "visits:visit"),
    ("heinrich", "privacy:own-consents"),
    ("anna", "privacy:consents"),
    ("clara", "privacy:consents"),
    ("anna", "privacy:paper"),
    ("anna", "privacy:basis"),
    ("clara", "consultations:waiting-room"),
]
OF_A_PATIENT = ("dashboards:patient", "vitals:", "tasks:new", "privacy:consents", "privacy:paper", "privacy:basis")

PART = re.compile(r"<(?:\w+:)?(\w+)>")
Browser = Callable[[Actor], Client]


def address_of(client: Client, name: str, patient: str) -> str:
    """Of a page of the patient, or of the first that the start page leads to."""
    if name in ("vitals:review", "visits:visit"):
        first = reverse(name, args=["-"]).replace("-", "([0-9a-f-]{36})")
        return re.search(first, client.get(reverse("start")).content.decode())[0]  # type: ignore[index]
    return reverse(name, args=[patient] if name.startswith(OF_A_PATIENT) else [])


def spent_on(client: Client, name: str, patient: str) -> list[str]:
    """The statements of a page that was seen just before, without those that only mark a transaction."""
    forget()  # they are remembered for a minute, which must not end between the two looks
    address = address_of(client, name, patient)
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as spent:
        client.get(address)
    return [one["sql"] for one in spent if "SAVEPOINT" not in one["sql"]]


@pytest.fixture
def many(anna: Actor, clara: Actor, ida: Actor, heinrich: Actor, a_day: None) -> None:
    """Six further patients with visits and orders, and of Heinrich many values, visits, orders and messages."""
    now = timezone.localtime()
    start = now.replace(hour=12, minute=0, second=0, microsecond=0)
    made = [
        network.admit_patient(anna, name=Name("Quer", given), birth_date=date(1950, 1, day), gender="female")
        for day, given in enumerate(("Alma", "Berta", "Cilly", "Dörte", "Elfi", "Frieda"), start=1)
    ]
    for patient in (str(heinrich.patient), *(one.logical_id for one in made)):
        visits.plan_visit(anna, patient, starts_at=start, ends_at=start + timedelta(minutes=20))
        tasks.order(anna, patient, text="Verband wechseln", organisation=str(anna.organisation))
        for back in range(3):
            at = now - timedelta(days=back, minutes=5)
            vitals.record_measurement(anna, patient, kind=PULSE, values=[Decimal(70 + back)], taken_at=at)
    patient = str(heinrich.patient)
    for number in range(4):
        at = now - timedelta(hours=number + 1)
        values = [Decimal(130 + number), Decimal(80)]
        vitals.record_measurement(clara, patient, kind=BLOOD_PRESSURE, values=values, taken_at=at)
        vitals.record_measurement(anna, patient, kind=WEIGHT, values=[Decimal("85.1")], taken_at=at)
        tasks.order(clara, patient, text=f"Auftrag {number}", organisation=str(clara.organisation))
        cid = UUID(f"1f0c2a34-8a3b-4c0e-9d55-5d2f5a1e7c0{number}")
        chat.send(ida, chat.open_thread(ida, patient).pk, cid=cid, text="Und noch etwas.")

    with_calls(anna, clara, heinrich)


def with_calls(anna: Actor, clara: Actor, heinrich: Actor) -> None:
    """Three calls of today: Anna waits in one, a guest without the number in another, and one is refused."""
    practice, patient = str(clara.organisation), str(heinrich.patient)
    on_site, invited, refused = (
        consultations.call_in(anna, patient, organisation=practice, reason=reason)
        for reason in ("Blutdruck", "Wunde", "Gewicht")
    )
    consultations.wait(anna, on_site, sound=True, picture=True)
    consultations.claim(clara, on_site)
    issued = consultations.invite(clara, invited, kind=Invitation.Kind.PATIENT, name="Heinrich Brandt")
    consultations.knock(Invitation.objects.get(pk=issued.invitation), held_up=True)
    consultations.wait(guest_of(issued, invited), invited, sound=True, picture=False)
    consultations.refuse_call(heinrich, refused)


@pytest.mark.parametrize(("who", "name"), PAGES)
def test_a_page_with_one_row_costs_few_statements(
    browser: Browser, cast: dict[str, Actor], heinrich: Actor, a_day: None, who: str, name: str
):
    spent = spent_on(browser(cast[who]), name, str(heinrich.patient))
    assert len(spent) <= MOST, "\n".join(spent)


def pages_of(client: Client, actor: Actor, patient: str) -> Iterator[str]:
    """The addresses of all pages that this reader has: about nobody, the patient or the workplace."""
    known = {"patient_id": patient, "organisation_id": actor.organisation}
    known["colleague_id"] = str(actor.person).partition("/")[2]
    for route in addresses():
        wanted = PART.findall(route)
        if route.startswith(("ws/", "_look", "fhir")) or not all(known.get(one) for one in wanted):
            continue
        address = "/" + PART.sub(lambda part: str(known[part[1]]), route)
        answer = client.get(address)
        if (
            answer.status_code == 200
            and not answer.streaming
            and answer.headers["Content-Type"].startswith("text/html")
        ):
            yield address


@pytest.mark.parametrize("who", ["anna", "clara", "mia", "sabine", "heinrich", "ida", "karl", "admin", "dora"])
def test_no_page_of_anybody_costs_more_than_a_start_page(
    browser: Browser, cast: dict[str, Actor], heinrich: Actor, many: None, who: str
):
    client, costs = browser(cast[who]), {}
    for address in pages_of(client, cast[who], str(heinrich.patient)):
        with CaptureQueriesContext(connection) as spent:
            client.get(address)
        costs[address] = len([one for one in spent if "SAVEPOINT" not in one["sql"]])
    assert len(costs) > 8
    assert {address: cost for address, cost in costs.items() if cost > MOST} == {}


def test_pages_with_many_rows_cost_no_more(browser: Browser, cast: dict[str, Actor], heinrich: Actor, many: None):
    costs = {
        (who, name): len(spent_on(browser(cast[who]), name, str(heinrich.patient))) for who, name in PAGES
    }  # fmt: skip
    assert {page: cost for page, cost in costs.items() if cost > MOST} == {}
