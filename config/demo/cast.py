"""Who works in the fictitious district of Ahrental, and who may sign in to try it. Nobody here exists."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.accounts.actor import Role


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation: its slug, name, kind (code of organization-type) and address."""

    slug: str
    name: str
    kind: str
    street: str
    town: str
    phone: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works in an organisation. With a user name there is a sign-in (password `demo`)."""

    slug: str
    given: str
    family: str
    role: Role
    place: str
    prefix: str = ""
    username: str = ""

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.prefix, self.given, self.family)))


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demo sign-in as the command line and the sign-in page list it."""

    username: str
    name: str
    words: str | Promise


PLACES = (
    Place("markt", "Hausarztpraxis am Markt", "practice", "Am Markt 4", "Ahrenbeck", "04499 2100"),
    Place("renner", "Praxis Dr. Renner", "practice", "Kirchgang 11", "Torfhusen", "04499 3120"),
    Place("osterfehn", "Landarztpraxis Osterfehn", "practice", "Fehnstraße 7", "Osterfehn", "04499 4410"),
    Place("moorland", "Pflegedienst Moorland", "nursing-service", "Dorfstraße 2", "Lüttmoor", "04499 2200"),
    Place("wiesenkamp", "Ambulante Pflege Wiesenkamp", "nursing-service", "Kampweg 19", "Wiesenkamp", "04499 3300"),
    Place("klinikum", "Klinikum Ahrental", "hospital", "Ringstraße 50", "Ahrenbeck", "04499 9000"),
    Place("linden", "Linden-Apotheke", "pharmacy", "Am Markt 9", "Ahrenbeck", "04499 2177"),
    Place("landkreis", "Landkreis Ahrental", "municipality", "Kreishaus 1", "Ahrenbeck", "04499 1000"),
)

COLLEAGUES = (
    Colleague("clara", "Clara", "Voss", Role.DOCTOR, "markt", "Dr.", "clara"),
    Colleague("mia", "Mia", "Thole", Role.PRACTICE_ASSISTANT, "markt", "", "mia"),
    Colleague("frauke", "Frauke", "Ennen", Role.PRACTICE_NURSE, "markt"),
    Colleague("david", "David", "Renner", Role.DOCTOR, "renner", "Dr.", "david"),
    Colleague("insa", "Insa", "Harms", Role.DOCTOR, "osterfehn", "Dr.", "insa"),
    Colleague("anna", "Anna", "Siemer", Role.NURSE, "moorland", "", "anna"),
    Colleague("jens", "Jens", "Okken", Role.NURSING_LEAD, "moorland", "", "jens"),
    Colleague("tomma", "Tomma", "Behrends", Role.NURSING_ASSISTANT, "moorland"),
    Colleague("bernd", "Bernd", "Kolbe", Role.NURSE, "wiesenkamp", "", "bernd"),
    Colleague("sabine", "Sabine", "Ahlers", Role.PHARMACIST, "linden", "", "sabine"),
    Colleague("petra", "Petra", "Lammers", Role.HOSPITAL_DISCHARGE, "klinikum", "", "petra"),
    Colleague("karl", "Karl", "Ostendorf", Role.COORDINATOR, "landkreis", "", "karl"),
    Colleague("admin", "Uwe", "Janssen", Role.ADMINISTRATOR, "landkreis", "", "admin"),
    Colleague("dora", "Dora", "Wilke", Role.DATA_PROTECTION_OFFICER, "markt", "", "dora"),
)

SIGN_INS = (
    SignIn("anna", "Anna Siemer", _("nurse, Pflegedienst Moorland, cares for Heinrich")),
    SignIn("clara", "Dr. Clara Voss", _("doctor, Hausarztpraxis am Markt, treats Heinrich")),
    SignIn("heinrich", "Heinrich Brandt", _("patient, born 1941")),
    SignIn("ida", "Ida Brandt", _("his daughter")),
    SignIn("mia", "Mia Thole", _("assistant, Hausarztpraxis am Markt")),
    SignIn("bernd", "Bernd Kolbe", _("nurse of another service: does not see Heinrich")),
    SignIn("david", "Dr. David Renner", _("doctor of another practice: does not see Heinrich")),
    SignIn("sabine", "Sabine Ahlers", _("pharmacist, Linden-Apotheke")),
    SignIn("jens", "Jens Okken", _("nursing lead, Pflegedienst Moorland")),
    SignIn("insa", "Dr. Insa Harms", _("doctor, Landarztpraxis Osterfehn")),
    SignIn("petra", "Petra Lammers", _("discharge, Klinikum Ahrental")),
    SignIn("karl", "Karl Ostendorf", _("coordinator of the district")),
    SignIn("admin", "Uwe Janssen", _("administrator")),
    SignIn("dora", "Dora Wilke", _("data protection officer, Hausarztpraxis am Markt")),
)
