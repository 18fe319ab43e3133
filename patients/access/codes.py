"""The code systems that access reads: our own, and the standard codes that tell one category from another."""

from __future__ import annotations

from typing import Final

OURS: Final = "https://telecare.example/fhir"
RECORD_CATEGORY: Final = f"{OURS}/CodeSystem/record-category"  # the categories of DESIGN §5
ROLE: Final = f"{OURS}/CodeSystem/role"  # patients.accounts.actor.Role
CARE_TEAM_KIND: Final = f"{OURS}/CodeSystem/care-team"  # CareTeam.category of a care link of ours
CONSENT_KIND: Final = f"{OURS}/CodeSystem/consent"  # Consent.category of a consent that takes effect
TASK_CODE: Final = f"{OURS}/CodeSystem/task"
EMERGENCY_ACCESS: Final = "emergency-access"
ACCESS_REQUEST: Final = "access-request"  # of somebody outside, to the team
ERASURE_REQUEST: Final = "erasure-request"  # of the patient, to a custodian
CARE_LINK: Final = "care-link"
SHARING: Final = "sharing"

BASIS_EXTENSION: Final = f"{OURS}/StructureDefinition/basis"
SCOPE_EXTENSION: Final = f"{OURS}/StructureDefinition/scope"
REPRESENTATION_EXTENSION: Final = f"{OURS}/StructureDefinition/representation"
INFORMED_EXTENSION: Final = f"{OURS}/StructureDefinition/informed"  # Consent: who informed the person
WITHDRAWN_EXTENSION: Final = f"{OURS}/StructureDefinition/withdrawn"  # Consent: when and before whom

_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
_ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
NARROW_LABELS: Final = frozenset(
    [(_CONFIDENTIALITY, "R"), (_CONFIDENTIALITY, "V")]
    + [
        (_ACT_CODE, code)  # information sensitivity
        for code in (
            "ETH",
            "ETHUD",
            "OPIOIDUD",
            "SUD",
            "BH",
            "PSY",
            "PSYTHPN",
            "MH",
            "HIV",
            "STD",
            "SDV",
            "SEX",
            "TBOO",
            "VIO",
            "ABUSE",
        )
    ]
)

MENTAL_LOINC: Final = frozenset(
    [
        *("44249-1", "44261-6", "55757-9", "55758-7"),  # PHQ-9, PHQ-2
        *("69737-5", "70274-6"),  # GAD-7
        *("48545-8", "48544-1"),  # Geriatric Depression Scale
        *("72109-2", "75626-2", "72110-0", "75624-7"),  # AUDIT
        *("34788-0", "34791-4"),  # psychiatry and psychology consult notes
    ]
)
MENTAL_SNOMED: Final = frozenset(
    [
        "74732009",  # mental disorder
        "35489007",  # depressive disorder
        "370143000",  # major depressive disorder
        "310495003",  # mild depression
        "310496002",  # moderate depression
        "310497006",  # severe depression
        "13746004",  # bipolar disorder
        "58214004",  # schizophrenia
        "69322001",  # psychotic disorder
        "197480006",  # anxiety disorder
        "47505003",  # post-traumatic stress disorder
        "33449004",  # personality disorder
        "72366004",  # eating disorder
        "7200002",  # alcoholism
        "191816009",  # drug dependence
    ]
)
# LOINC types of notes and documents that are not simply clinical
NOTE_CODES: Final = {
    **dict.fromkeys(("34746-8", "28651-8", "34815-3", "68651-9", "78261-5", "72170-4"), "nursing"),
    **dict.fromkeys(("56445-0", "77603-9", "57828-6", "29551-9"), "medication"),
}
