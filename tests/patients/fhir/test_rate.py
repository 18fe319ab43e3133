"""At the running server: who sends too much in a minute is told when to come back, whichever token is used."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from config.turnstile import Bill, Turnstile
from patients.accounts import services
from tests.messaging.conftest import Live
from tests.messaging.conftest import live as live
from tests.patients.fhir.conftest import Person

pytestmark = pytest.mark.storage


@pytest.fixture(autouse=True)
def nobody_has_asked_yet(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    from config import asgi  # now that there are addresses to serve

    monkeypatch.setattr(asgi._pages, "_turnstile", Turnstile(clock=lambda: 1.0))  # in one moment, however long it takes


def ask(live: Live, token: str) -> httpx.Response:
    return httpx.get(f"http://{live.address}/fhir/Patient", headers={"Authorization": f"Bearer {token}"}, timeout=60)


def post(live: Live, token: str, address: str, body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    return httpx.post(f"http://{live.address}/fhir{address}", json=body, headers=headers, timeout=60)


def test_a_batch_counts_as_what_is_in_it(live: Live, clara: Person, settings: Any) -> None:
    settings.FHIR_RATE = 4
    one = batch("GET", "Patient?_count=1")
    assert post(live, clara.token, "", {**one, "entry": one["entry"] * 4}).status_code == 200
    assert ask(live, clara.token).status_code == 429


INVALID = {"resourceType": "Observation"}


def batch(method: str, url: str, **entry: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": method, "url": url}, **entry}]}


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("", batch("GET", "Patient?shoe-size=44")),
        ("", batch("POST", "Observation/$validate", resource=INVALID)),
        ("/Observation/$validate", INVALID),
    ],
)
def test_what_is_refused_inside_an_answer_is_charged(
    live: Live, clara: Person, monkeypatch: pytest.MonkeyPatch, address: str, wrong: Any
) -> None:
    wasted: list[float] = []
    charge = Turnstile._charge

    def noted(gate: Turnstile, bill: Bill, payer: Any) -> None:
        wasted.append(bill.wasted)
        charge(gate, bill, payer)

    monkeypatch.setattr(Turnstile, "_charge", noted)
    assert post(live, clara.token, address, wrong).status_code == 200
    assert post(live, clara.token, "", batch("GET", "metadata")).status_code == 200
    assert wasted[0] > 0
    assert wasted[1:] == [0.0]


def test_many_wrong_tokens_of_one_address_are_told_to_wait(live: Live, clara: Person, settings: Any) -> None:
    assert ask(live, clara.token).status_code == 200
    settings.FHIR_RATE = 4
    guesses = [ask(live, f"telecare_guess{number}").status_code for number in range(8)]
    assert set(guesses) == {401, 429}
    assert ask(live, clara.token).status_code == 200


def test_claras_second_token_counts_with_her_first_and_annas_does_not(
    live: Live, clara: Person, anna: Person, settings: Any
) -> None:
    settings.FHIR_RATE = 4
    both = [clara.token, services.issue_token(clara.user)]
    assert [ask(live, token).status_code for token in both * 2] == [200] * 4
    for token in both:
        refused = ask(live, token)
        assert refused.status_code == 429
        assert refused.json()["issue"][0]["code"] == "throttled"
        assert 0 < int(refused.headers["Retry-After"]) <= 15
    assert ask(live, anna.token).status_code == 200
