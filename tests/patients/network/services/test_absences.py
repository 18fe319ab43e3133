"""Who is away, and who stands in; by our services and by FHIR."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.access import repository
from patients.accounts.actor import Actor, Role, system
from patients.errors import Denied, Invalid, Missing
from patients.network import services
from patients.network.queries.staff import functions_at
from patients.network.resources import working
from patients.network.resources.working import Absence
from tests.cast import ident
from tests.patients.network.conftest import Put

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

MARKT, MOORLAND = ident("markt"), ident("moorland")
CLARA, MIA, BERND = (f"Practitioner/{ident(one)}" for one in ("clara", "mia", "bernd"))


def week() -> dict[str, object]:
    today = timezone.localdate()
    return {"since": today, "until": today + timedelta(days=6)}


def absences_of(actor: Actor, person: str, place: str = MARKT) -> list[Absence]:
    return [one for each in functions_at(repository(actor), place, person) for one in working.absences(each.content)]


def test_clara_enters_her_own_holiday_and_mia_reads_who_stands_in(clara: Actor, mia: Actor):
    services.enter_absence(clara, person=CLARA, organisation=MARKT, substitute=MIA, **week())
    (absence,) = absences_of(mia, CLARA)
    assert absence.substitute == MIA
    assert absence.holds(timezone.localdate())
    assert not absence.holds(timezone.localdate() + timedelta(days=7))


def test_the_office_enters_it_for_others_and_a_colleague_does_not(jonas: Actor, mia: Actor, bernd: Actor):
    services.enter_absence(jonas, person=CLARA, organisation=MARKT, **week())
    for other in (mia, bernd):
        with pytest.raises(Denied):
            services.enter_absence(other, person=CLARA, organisation=MARKT, **week())
    assert len(absences_of(mia, CLARA)) == 1


def test_an_absence_stands_in_every_function_and_is_taken_out_of_all(clara: Actor):
    services.add_function(system("t"), person=CLARA, organisation=MARKT, role=Role.DATA_PROTECTION_OFFICER)
    absence = services.enter_absence(clara, person=CLARA, organisation=MARKT, **week())
    assert len(absences_of(clara, CLARA)) == 2
    services.end_absence(clara, person=CLARA, organisation=MARKT, absence=absence.ident)
    assert absences_of(clara, CLARA) == []
    with pytest.raises(Missing):
        services.end_absence(clara, person=CLARA, organisation=MARKT, absence=absence.ident)


def test_who_stands_in_works_there_and_is_somebody_else(clara: Actor):
    for substitute in (BERND, CLARA, "Practitioner/nobody"):
        with pytest.raises(Invalid, match="Vertretung"):
            services.enter_absence(clara, person=CLARA, organisation=MARKT, substitute=substitute, **week())


def test_nobody_comes_back_before_they_leave(clara: Actor):
    today = timezone.localdate()
    with pytest.raises(Invalid):
        services.enter_absence(clara, person=CLARA, organisation=MARKT, since=today, until=today - timedelta(days=1))


def test_by_fhir_the_same_rules_hold(clara: Actor, mia: Actor, by_fhir: Put):
    role = functions_at(repository(clara), MARKT, CLARA)[0].content
    today = timezone.localdate()

    def away(substitute: str, until: int = 3) -> dict[str, object]:
        return working.with_absences(role, [Absence("a1", today, today + timedelta(days=until), substitute)])

    assert by_fhir(clara, away(BERND)).status_code == 422
    assert by_fhir(clara, away(MIA, until=-1)).status_code == 422
    assert by_fhir(mia, away(MIA)).status_code == 403
    assert by_fhir(clara, away(MIA)).status_code == 200
    promoted = {**away(MIA), "code": [{"coding": [{"system": "https://telecare.example/fhir/CodeSystem/role",
                                                   "code": "administrator"}]}]}  # fmt: skip
    assert by_fhir(clara, promoted).status_code == 403
    assert [one.substitute for one in absences_of(mia, CLARA)] == [MIA]
