"""Access documents as FHIR clients send them: the rules of the pages, found in what the document says."""

from __future__ import annotations

import uuid
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from patients.access import Action, allowed, codes, refusals, repository
from patients.access.models import Right
from patients.access.permit import PERMIT
from patients.accounts.actor import Actor, Role, system
from patients.accounts.models import Membership
from patients.audit.models import AuditEvent
from patients.errors import Conflict, Denied, Invalid, Missing
from patients.network import documents, queries, resources, services
from patients.network.resources import Name, treatment
from patients.records.models import Document
from tests.cast import HEINRICH, IDA, WILMA, ident

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

SONNENHOF, MOORLAND, MARKT = (ident(one) for one in ("sonnenhof", "moorland", "markt"))
SYSTEM_CLIENT = Actor(Role.SYSTEM_CLIENT, account=99)


def adding(where: str, by: Actor, patient: str = HEINRICH) -> dict[str, Any]:
    """A CareTeam that lets an organisation in, under an id of the client's."""
    link = resources.care_link(
        patient, where, manager=str(by.organisation), bases=[treatment(timezone.localtime(), str(by.person))]
    )
    return {**link, "id": str(uuid.uuid4())}


def link_of(where: str) -> dict[str, Any]:
    """Heinrich's care link with this organisation, as a client has read it."""
    (found,) = [one for one in queries.care_teams(HEINRICH) if where in resources.organisations_in(one.content)]
    return deepcopy(found.content)


# -- a put of a care team


def test_a_put_that_adds_ones_own_organisation_is_refused_with_words(bernd: Actor):
    for patient in (HEINRICH, str(uuid.uuid4())):
        with pytest.raises(Denied, match="um eine Versorgungsbeziehung"):
            documents.write(bernd, adding(SONNENHOF, bernd, patient))
    assert not Right.objects.filter(organisation=SONNENHOF, patient=HEINRICH).exists()


def test_a_put_into_a_care_team_that_one_does_not_see_is_missing(bernd: Actor):
    theirs = link_of(MOORLAND)
    theirs["participant"].append({"member": {"reference": f"Organization/{SONNENHOF}"}})
    with pytest.raises(Missing):
        documents.write(bernd, theirs)
    with pytest.raises(Missing):
        documents.write(bernd, {**adding(SONNENHOF, bernd), "id": "team-of-heinrich"})


def test_who_cares_already_adds_another_but_widens_nothing_for_themselves(clara: Actor, bernd: Actor):
    documents.write(clara, adding(SONNENHOF, clara))
    assert repository(bernd).read("Patient", HEINRICH)
    own = link_of(SONNENHOF)
    own["participant"].append({"member": {"reference": f"Organization/{ident('deichweg')}"}})
    documents.write(bernd, own)  # Bernd cares now, so he may call another in
    pharmacy = link_of(ident("linden"))
    wider = deepcopy(pharmacy)
    wider["participant"][0]["extension"] = [
        one for one in wider["participant"][0]["extension"] if not one["url"].endswith("scope")
    ]
    sabine = Actor(Role.NURSE, person="Practitioner/x", organisation=ident("linden"))
    with pytest.raises(Denied):
        documents.write(sabine, wider)


def test_a_person_named_with_a_basis_is_judged_as_their_organisation(bernd: Actor, clara: Actor):
    named = adding(SONNENHOF, clara)
    participant = named["participant"][0]
    participant["onBehalfOf"] = participant["member"]
    participant["member"] = {"reference": str(bernd.person)}
    with pytest.raises(Denied):
        documents.write(bernd, named)
    documents.write(clara, named)
    assert repository(bernd).read("Patient", HEINRICH)
    colleague = Actor(Role.NURSE, person="Practitioner/other", organisation=SONNENHOF)
    with pytest.raises(Missing):
        repository(colleague).read("Patient", HEINRICH)


def test_a_care_team_of_another_kind_is_an_ordinary_document_without_effect(clara: Actor, bernd: Actor):
    other = {**adding(SONNENHOF, clara), "category": [{"text": "tumour board"}]}
    assert documents.write(clara, other).custodian == MARKT
    assert not Right.objects.filter(organisation=SONNENHOF, patient=HEINRICH).exists()
    with pytest.raises(Missing):
        documents.write(bernd, {**other, "id": str(uuid.uuid4())})


def test_turning_such_a_team_into_a_care_link_is_judged_again(clara: Actor, mia: Actor, anna: Actor):
    made = documents.write(clara, {**adding(ident("deichweg"), clara), "category": [{"text": "tumour board"}]})
    pharmacist = Actor(Role.PHARMACIST, person="Practitioner/x", organisation=MARKT)
    with pytest.raises(Denied):
        documents.write(pharmacist, {**adding(ident("deichweg"), clara), "id": made.logical_id})


@pytest.fixture
def for_a_week(clara: Actor) -> dict[str, Any]:
    """Sonnenhof's link, for which it answers itself: a week, for medication and administration only."""
    lasting = timezone.localtime() + timedelta(days=7)
    services.start_link(
        system("test"),
        HEINRICH,
        organisation=SONNENHOF,
        bases=[treatment(timezone.localtime(), str(clara.person))],
        scope=["administrative", "medication"],
        until=lasting,
    )
    return link_of(SONNENHOF)


def test_an_organisation_does_not_prolong_widen_or_found_anew_its_own_link(bernd: Actor, for_a_week: dict[str, Any]):
    def changed(**participant: Any) -> dict[str, Any]:
        return {**for_a_week, "participant": [{**for_a_week["participant"][0], **participant}]}

    extensions = for_a_week["participant"][0]["extension"]
    began = {"start": for_a_week["period"]["start"]}
    longer = {**changed(period=began), "period": began}
    wider = changed(extension=[*extensions, {"url": codes.SCOPE_EXTENSION, "valueCode": "clinical"}])
    told = treatment(timezone.localtime(), str(bernd.person)).resource()
    for more in (longer, wider, changed(extension=[*extensions, told])):
        with pytest.raises(Denied):
            documents.write(bernd, more)
    assert documents.write(bernd, {**for_a_week, "name": "Sonnenhof"}).version == 2


def test_a_link_without_basis_gets_one_from_others_or_from_oneself_where_nobody_else_cares(
    bernd: Actor, clara: Actor, anna: Actor
):
    for patient, others in ((HEINRICH, True), (alone(), False)):
        services.start_link(system("import"), patient, organisation=SONNENHOF)  # as an import does
        if others:
            with pytest.raises(Denied):
                documents.write(bernd, adding(SONNENHOF, bernd, patient))
            assert not allowed(bernd, Action.READ, patient=patient)
        else:
            documents.write(bernd, adding(SONNENHOF, bernd, patient))
            assert allowed(bernd, Action.READ, patient=patient)


def alone() -> str:
    """A patient whom nobody cares for yet."""
    erna = resources.person(Name("Hinrichs", "Erna"), date(1938, 5, 3))
    return repository(system("import")).create(erna, custodian=SONNENHOF, permit=PERMIT).logical_id


def test_a_basis_is_added_to_a_link_by_somebody_else_who_cares(bernd: Actor, clara: Actor, anna: Actor):
    services.start_link(clara, HEINRICH, organisation=SONNENHOF)
    bare = link_of(SONNENHOF)
    informed = treatment(timezone.localtime(), str(bernd.person)).resource()
    founded = {**bare, "participant": [{**bare["participant"][0], "extension": [informed]}]}
    with pytest.raises(Missing):  # without a basis Bernd does not see who let him in
        documents.write(bernd, founded)
    documents.write(clara, founded)
    assert allowed(bernd, Action.READ, patient=HEINRICH, category="clinical")


def test_only_a_doctor_adds_a_presumed_will_to_a_link(clara: Actor, mia: Actor):
    link = documents.write(clara, adding(SONNENHOF, clara)).content
    first = link["participant"][0]

    def presumed(by: Actor) -> dict[str, Any]:
        judged = resources.Basis("presumed", timezone.localtime(), str(by.person), reason="dementia").resource()
        return {**link, "participant": [{**first, "extension": [*first["extension"], judged]}]}

    for writer, by in ((mia, mia), (mia, clara), (clara, mia)):
        with pytest.raises(Denied, match="Ärztin"):
            documents.write(writer, presumed(by))
    documents.write(clara, presumed(clara))


def test_what_else_a_care_team_says_is_changed_by_its_custodian_only(
    anna: Actor, clara: Actor, sabine: Actor, bernd: Actor
):
    theirs = link_of(MARKT)  # Moorland answers for it
    for actor in (sabine, clara):
        with pytest.raises(Denied):
            documents.write(actor, {**theirs, "name": "Unser Team"})
        with pytest.raises(Denied):
            documents.write(actor, {**theirs, "managingOrganization": [{"reference": f"Organization/{MARKT}"}]})
    assert documents.write(anna, {**theirs, "name": "Unser Team"}).version == 2


def test_a_team_of_another_organisation_is_not_turned_into_a_care_link(anna: Actor, clara: Actor):
    board = documents.write(clara, {**adding(SONNENHOF, clara), "category": [{"text": "tumour board"}]})
    with pytest.raises(Denied):
        documents.write(anna, {**adding(SONNENHOF, anna), "id": board.logical_id})
    documents.write(clara, {**adding(SONNENHOF, clara), "id": board.logical_id})
    assert Right.objects.filter(organisation=SONNENHOF, patient=HEINRICH).exists()


def test_a_care_team_is_ended_not_deleted(clara: Actor, anna: Actor):
    with pytest.raises(Denied, match="beendet, nicht gelöscht"):
        documents.delete(clara, "CareTeam", link_of(MARKT)["id"])
    ended = {**link_of(MARKT), "status": "inactive"}
    with pytest.raises(Denied):
        documents.write(Actor(Role.NURSE, person="Practitioner/x", organisation=ident("linden")), ended)
    documents.write(anna, ended)
    with pytest.raises(Missing):
        repository(clara).read("Patient", HEINRICH)


def test_two_who_change_a_care_team_do_not_overwrite_each_other(anna: Actor):
    with pytest.raises(Conflict):
        documents.write(anna, link_of(MARKT), if_match=7)


def test_a_care_team_names_its_patient(clara: Actor):
    with pytest.raises(Invalid):
        documents.write(clara, {k: v for k, v in adding(SONNENHOF, clara).items() if k != "subject"})


# -- the others


def test_what_was_imported_about_access_is_kept_and_grants_nothing(bernd: Actor):
    documents.write(SYSTEM_CLIENT, {"resourceType": "Patient", "id": "example"})
    stored = documents.write(SYSTEM_CLIENT, {**adding(SONNENHOF, bernd, "example"), "id": "team"})
    assert stored.custodian == "Import"
    assert not Right.objects.filter(patient="example").exists()
    with pytest.raises(Missing):
        documents.write(SYSTEM_CLIENT, adding(SONNENHOF, bernd))  # of Heinrich
    role = resources.function(str(bernd.person), SONNENHOF, Role.OPERATOR)
    documents.write(SYSTEM_CLIENT, {**role, "id": "role"})
    assert not Membership.objects.filter(person=bernd.person, role="operator").exists()
    shown = resources.representation(["clinical"], evidence="x", by="Practitioner/x", seen=timezone.localtime())
    related = {**resources.relative("example", Name("X", "Y"), "DAU"), "id": "related", "extension": [shown]}
    documents.write(SYSTEM_CLIENT, related)
    assert not Membership.objects.filter(person="RelatedPerson/related").exists()
    services.start_link(system("import"), "example", organisation=SONNENHOF)
    opening = resources.consent(
        "example", permit=True, whom=[f"Organization/{SONNENHOF}"], categories=["mental", "clinical"],
        on=timezone.localtime(), by="Patient/example", recorded_by=None,
    )  # fmt: skip
    documents.write(SYSTEM_CLIENT, {**opening, "id": "consent"})
    assert set(Right.objects.filter(patient="example").values_list("basis", flat=True)) == {"own"}


def test_a_consent_by_a_client_follows_the_same_rules(heinrich: Actor, clara: Actor, wilma: Actor, anna: Actor):
    consent = resources.consent(
        HEINRICH,
        permit=True,
        whom=[f"Organization/{MARKT}"],
        categories=["mental"],
        on=timezone.localtime(),
        by=str(heinrich.person),
        recorded_by=None,
    )
    with pytest.raises(Denied):
        documents.write(clara, consent)
    with pytest.raises(Missing):
        documents.write(wilma, consent)
    made = documents.write(heinrich, consent)
    assert made.custodian == f"Patient/{HEINRICH}"
    with pytest.raises(Denied):
        documents.write(clara, {**made.content, "status": "inactive"})
    with pytest.raises(Denied, match="neue Einwilligung"):
        documents.write(anna, {**made.content, "provision": {"type": "deny"}})
    with pytest.raises(Denied):
        documents.delete(heinrich, "Consent", made.logical_id)
    documents.write(anna, {**made.content, "status": "inactive"})
    assert not Right.objects.filter(organisation=MARKT, category="mental", basis="consent").exists()


def test_a_consent_of_another_form_is_kept_and_listed(anna: Actor):
    odd = {
        **resources.consent(
            HEINRICH, permit=True, whom=[f"Organization/{SONNENHOF}"], categories=None, on=timezone.localtime(),
            by=f"Patient/{HEINRICH}", recorded_by=MOORLAND,
        ),
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
    }  # fmt: skip
    made = documents.write(anna, odd)
    with repository(anna).look("test") as records:
        assert queries.team(records, HEINRICH).not_applied == (made.logical_id,)


def test_a_relative_is_entered_by_the_team_and_by_nobody_else(anna: Actor, bernd: Actor, clara: Actor, ida: Actor):
    thea = resources.relative(HEINRICH, Name("Lübben", "Thea"), "NBOR")
    for actor in (bernd, Actor(Role.PATIENT, person=f"Patient/{WILMA}")):
        with pytest.raises(Missing):
            documents.write(actor, thea)
    with pytest.raises(Denied):
        documents.write(ida, thea)
    made = documents.write(anna, thea)
    with pytest.raises(Denied):  # Moorland answers for it
        documents.write(clara, {**made.content, "active": False})
    with pytest.raises(Denied):
        documents.delete(clara, "RelatedPerson", made.logical_id)
    documents.delete(anna, "RelatedPerson", made.logical_id)


def test_nobody_makes_themselves_a_representative_by_a_put(ida: Actor, anna: Actor):
    (found,) = Document.objects.filter(type="RelatedPerson", logical_id=IDA)
    shown = resources.representation(["clinical"], evidence="x", by=str(anna.person), seen=timezone.localtime())
    with pytest.raises(Denied):
        documents.write(ida, {**found.content, "extension": [shown]})
    forged = resources.representation(["clinical"], evidence="x", by="Practitioner/x", seen=timezone.localtime())
    with pytest.raises(Invalid):
        documents.write(anna, {**found.content, "extension": [forged]})


def test_a_representative_does_not_prolong_what_the_paper_says(ida: Actor, anna: Actor):
    until = timezone.localtime() + timedelta(days=400)
    services.make_representative(anna, IDA, scope=["administrative", "consent"], evidence="Ausweis", until=until)
    acting = Actor(Role.REPRESENTATIVE, person=f"RelatedPerson/{IDA}")
    (found,) = Document.objects.filter(type="RelatedPerson", logical_id=IDA)
    with pytest.raises(Denied):
        documents.write(acting, {**found.content, "period": {"end": "2040-01-01"}})
    assert documents.write(acting, {**found.content, "telecom": [{"system": "phone", "value": "04499 7"}]}).version == 3


def test_nobody_gives_themselves_a_function_by_a_put(admin: Actor, anna: Actor):
    with pytest.raises(Denied):
        documents.write(admin, resources.function(str(admin.person), MARKT, Role.DOCTOR))
    made = documents.write(admin, resources.function(str(anna.person), MARKT, Role.PRACTICE_NURSE), custodian=MARKT)
    with pytest.raises(Denied):
        documents.delete(anna, "PractitionerRole", made.logical_id)
    documents.delete(admin, "PractitionerRole", made.logical_id)


def test_a_group_takes_a_right_on_each_of_its_members(anna: Actor, clara: Actor, bernd: Actor):
    def group(*members: str) -> dict[str, Any]:
        return {
            "resourceType": "Group",
            "type": "person",
            "actual": True,
            "member": [{"entity": {"reference": f"Patient/{one}"}} for one in members],
        }

    made = documents.write(clara, group(HEINRICH))
    assert repository(clara).read("Group", made.logical_id)
    with pytest.raises(Missing):
        documents.write(clara, group(HEINRICH, WILMA))
    with pytest.raises(Missing):
        repository(bernd).read("Group", made.logical_id)


def test_a_patient_sent_by_a_client_is_an_admission(bernd: Actor, anna: Actor):
    erna = resources.person(Name("Hinrichs", "Erna"), date(1938, 5, 3), kvnr="X110051935")
    ident_ = str(uuid.uuid4())
    made = documents.write(bernd, {**erna, "id": ident_})
    assert (made.logical_id, made.custodian) == (ident_, SONNENHOF)
    assert repository(bernd).read("Patient", ident_)
    assert documents.write(bernd, {**made.content, "gender": "female"}).version == 2
    with pytest.raises(Conflict, match="im Netz bekannt"):
        documents.write(anna, erna)
    with pytest.raises(Missing):
        documents.write(anna, {**erna, "id": ident_})
    with pytest.raises(Missing):
        documents.write(anna, {**erna, "id": "erna"})
    joined = {**erna, "birthDate": "1939-01-01", "link": [{"other": {"reference": "Patient/x"}, "type": "seealso"}]}
    with pytest.raises(Denied):
        documents.write(anna, joined)
    with pytest.raises(Denied):
        documents.delete(bernd, "Patient", ident_)


def test_a_refusal_of_these_rules_reaches_the_log(bernd: Actor):
    with pytest.raises(Denied) as caught:
        documents.write(bernd, adding(SONNENHOF, bernd), source="fhir")
    refusals.record(bernd, caught.value)
    (event,) = AuditEvent.objects.filter(outcome="denied")
    assert (event.action, event.type, event.source, event.account) == ("update", "CareTeam", "fhir", bernd.account)


def test_the_system_is_bound_by_none_of_this(bernd: Actor):
    documents.write(system("test"), adding(SONNENHOF, bernd), custodian=SONNENHOF)
    assert repository(bernd).read("Patient", HEINRICH)
    services.end_link(system("test"), HEINRICH, organisation=SONNENHOF)
    with pytest.raises(Missing):
        repository(bernd).read("Patient", HEINRICH)
