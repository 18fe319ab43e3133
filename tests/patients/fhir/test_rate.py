"""At the running server: who sends too much in a minute is told when to come back, whichever token is used."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from patients.accounts import services
from tests.messaging.conftest import Live
from tests.messaging.conftest import live as live
from tests.patients.fhir.conftest import Person

pytestmark = pytest.mark.storage


def ask(live: Live, token: str) -> httpx.Response:
    return httpx.get(f"http://{live.address}/fhir/Patient", headers={"Authorization": f"Bearer {token}"}, timeout=60)


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
