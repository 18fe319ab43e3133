"""Small worlds of documents, and searches among them, that hypothesis draws."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

PATIENTS = ["heinrich", "erna", "ida"]
LOINC, OWN = "http://loinc.org", "https://telecare.example/fhir/CodeSystem/own"
ELSEWHERE = "https://elsewhere.example/codes"
CODES = ["8867-4", "8480-6", "Abc"]
DATES = [
    "2025",
    "2026-03",
    "2026-03-14",
    "2026-03-29",
    "2026-03-14T08:00:00+01:00",
    "2026-03-14T07:00:30.5Z",
    "2026-10-25",
]
GIVEN = st.sampled_from(["Heinrich", "Änne", "Jo"])
NAMES = ["Brandt", "Müller-Lüdenscheidt", "Mueller", "Çelik", "Weiß", "Brand", "von Brandt"]


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional=fields)


codings = st.builds(
    lambda system, code: {"code": code, **({"system": system} if system else {})},
    st.sampled_from([LOINC, OWN, ""]),
    st.sampled_from(CODES),
)
concepts = st.builds(lambda found: {"coding": found}, st.lists(codings, min_size=1, max_size=2)) | st.just(
    {"text": "Puls"}
)
periods = st.sampled_from(
    [
        {"start": "2026-03-01", "end": "2026-03-20"},
        {"start": "2026-03-14T08:00:00+01:00"},
        {"end": "2026-03-14"},
        {"start": "2025", "end": "2026-03"},
    ]
)
quantities = st.builds(
    lambda value, unit, comparator: {"value": Decimal(value), **unit, **comparator},
    st.sampled_from(["71.5", "72", "72.0", "72.4", "80", "-3", "0.40"]),
    st.sampled_from(
        [
            {},
            {"unit": "/min"},
            {"unit": "1/min", "system": "http://unitsofmeasure.org", "code": "/min"},
            {"unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        ]
    ),
    st.sampled_from([{}, {}, {}, {"comparator": "<"}, {"comparator": ">="}]),
)
identifiers = st.builds(
    lambda system, value: {"value": value, **({"system": system} if system else {})},
    st.sampled_from(["https://telecare.example/fhir/sid/own", ""]),
    st.sampled_from(["X110", "x110", "Y2"]),
)
patients = st.sampled_from([{"reference": f"Patient/{each}"} for each in PATIENTS])
subjects = patients | st.sampled_from(
    [{"reference": "Group/heinrich"}, {"reference": "Patient/heinrich/_history/2"}, {"display": "ein Patient"}]
)
performers = st.sampled_from(
    [
        {"reference": f"{each}"}
        for each in ("Practitioner/anna", "Patient/erna", "https://elsewhere.example/Practitioner/1")
    ]
)


def _observation(base: Json, effective: Json, value: Json) -> Json:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "?"}, **base, **effective, **value}


observations = st.builds(
    _observation,
    optional(
        status=st.sampled_from(["final", "amended"]),
        code=concepts,
        category=st.lists(concepts, min_size=1, max_size=1),
        subject=subjects,
        performer=st.lists(performers, min_size=1, max_size=2, unique_by=str),
        identifier=st.lists(identifiers, min_size=1, max_size=1),
        component=st.lists(
            st.builds(
                lambda code, value: {"code": {"coding": [code]}, "valueQuantity": value},
                st.sampled_from([{"system": ELSEWHERE, "code": "Abc"}, {"system": OWN, "code": "part"}]),
                quantities,
            ),
            min_size=1,
            max_size=2,
        ),
        meta=st.just({"tag": [{"system": OWN, "code": "demo"}]}),
    ),
    st.just({})
    | st.builds(lambda at: {"effectiveDateTime": at}, st.sampled_from(DATES))
    | st.builds(lambda at: {"effectivePeriod": at}, periods),
    st.just({})
    | st.builds(lambda value: {"valueQuantity": value}, quantities)
    | st.builds(lambda value: {"valueCodeableConcept": value}, concepts)
    | st.builds(lambda value: {"valueString": value}, st.sampled_from(NAMES))
    | st.builds(lambda value: {"valueDateTime": value}, st.sampled_from(DATES)),
)
practitioners = performers.filter(lambda each: "Patient" not in each["reference"])
people = st.builds(
    lambda fields, dead: {"resourceType": "Patient", **fields, **dead},
    optional(
        name=st.lists(
            optional(family=st.sampled_from(NAMES), given=st.lists(GIVEN, min_size=1)).map(
                lambda found: found or {"text": "Heinrich Brandt"}
            ),
            min_size=1,
            max_size=2,
        ),
        gender=st.sampled_from(["male", "female"]),
        birthDate=st.sampled_from(["1941", "1941-03", "1941-03-14", "1938-07-02"]),
        identifier=st.lists(identifiers, min_size=1, max_size=2),
        telecom=st.just([{"system": "phone", "value": "04441 123-45"}]),
        address=st.lists(st.builds(lambda city: {"city": city}, st.sampled_from(NAMES)), min_size=1, max_size=1),
        generalPractitioner=st.lists(practitioners, min_size=1, max_size=1),
    ),
    st.sampled_from([{}, {"deceasedBoolean": False}, {"deceasedBoolean": True}, {"deceasedDateTime": "2025"}]),
)  # fmt: skip
conditions = st.builds(
    lambda subject, fields, onset: {"resourceType": "Condition", "subject": subject, **fields, **onset},
    subjects.filter(lambda each: "reference" in each),
    optional(
        code=concepts,
        identifier=st.lists(identifiers, min_size=1, max_size=1),
        recordedDate=st.sampled_from(DATES),
    ),
    st.just({})
    | st.builds(lambda at: {"onsetDateTime": at}, st.sampled_from(DATES))
    | st.builds(lambda at: {"onsetPeriod": at}, periods)
    | st.builds(lambda words: {"onsetString": words}, st.sampled_from(NAMES)),
)
appointments = st.builds(
    lambda actors, fields, start: {
        "resourceType": "Appointment",
        "status": "proposed",
        "participant": [{"actor": each, "status": "accepted"} for each in actors],
        **fields,
        **({"start": start, "end": start} if start else {}),
    },
    st.lists(patients | performers, min_size=1, max_size=3, unique_by=str),
    optional(status=st.sampled_from(["proposed", "cancelled"]), reasonCode=st.lists(concepts, min_size=1, max_size=1)),
    st.sampled_from([None, "2026-03-14T08:00:00+01:00", "2026-03-14T09:20:00.250Z", "2026-10-25T02:30:00+02:00"]),
)
OF_TYPE = {"Observation": observations, "Patient": people, "Condition": conditions, "Appointment": appointments}

tokens = st.sampled_from(
    [
        *CODES,
        "abc",
        "part",
        f"{LOINC}|8867-4",
        f"{OWN}|Abc",
        "|8867-4",
        f"{OWN}|",
        "nope",
        "8867-4,Abc",
        f"{LOINC}|8867-4,part",
    ]
)
prefixes = st.sampled_from(["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"])
days = st.builds(lambda prefix, date: prefix + date, prefixes, st.sampled_from(DATES))
either_day = days | st.builds(lambda one, other: f"{one},{other}", days, days)
amounts = st.builds(
    lambda prefix, value, unit: prefix + value + unit,
    prefixes,
    st.sampled_from(["72", "72.0", "72.4", "70", "-3", "0.4", "100"]),
    st.sampled_from(["", "", "|http://unitsofmeasure.org|/min", "||/min", "||mmHg"]),
)
pairs = st.builds(lambda code, value: f"{code}${value}", tokens.filter(lambda each: "," not in each), amounts)
words = st.sampled_from(
    ["bran", "BRANDT", "mueller", "Müller lü", "celik", "weiss", "von b", "hein", "aenne", "zzz", "brandt,weiß"]
)
exact_words = st.sampled_from(["Brandt", "brandt", "Weiß", "Jo", "Heinrich Brandt"])
identified = st.sampled_from(["X110", "y2", "https://telecare.example/fhir/sid/own|x110", "|X110", "Y2,X110"])
whose = st.sampled_from(["Patient/heinrich", "heinrich", "erna", "erna,heinrich", "Patient/nobody"])
whom = st.sampled_from(
    [
        "Practitioner/anna",
        "anna",
        "Patient/erna",
        "erna",
        "https://elsewhere.example/Practitioner/1",
        "Group/heinrich",
        "heinrich",
    ]
)
yes_no = st.sampled_from(["true", "false"])
ids = st.sampled_from(["d0", "d1,d2", "d9"])
changed = st.sampled_from(["2026", "2025", "gt2026-01-01", "lt2026-01-01", "ge2100", "ne2026,2026"])


def _asked(**names: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, str]]:
    return st.one_of(
        [st.tuples(st.just(name.replace("__", ":").replace("_", "-")), value) for name, value in names.items()]
    )


COMMON = st.tuples(st.just("_id"), ids) | st.tuples(st.just("_lastUpdated"), changed)
ASKED = {
    "Observation": _asked(
        code=tokens, combo_code=tokens, category=tokens, code__not=tokens, category__missing=yes_no,
        status=st.sampled_from(["final", "amended,final"]), value_concept=tokens, identifier=identified,
        value_string=words, value_string__exact=exact_words, date=either_day, date__missing=yes_no,
        value_date=either_day,
        patient=whose, subject=whom, performer=whom, performer__Patient=st.just("erna"), subject__missing=yes_no,
        value_quantity=amounts, combo_value_quantity=amounts, value_quantity__missing=yes_no,
        code_value_quantity=pairs, combo_code_value_quantity=pairs,
    ) | st.tuples(st.just("_tag"), st.just(f"{OWN}|demo")) | COMMON,
    "Patient": _asked(
        name=words, family=words, given=words, address_city=words, family__exact=exact_words, given__exact=exact_words,
        gender=st.sampled_from(["male", "female"]), identifier=identified, telecom=st.just("0444112345"),
        deceased=yes_no, birthdate=st.sampled_from(["1941", "1941-03", "1941-03-14", "1938,1941-03-14"]),
        birthdate__missing=yes_no, general_practitioner=whom, gender__not=st.just("male"), name__missing=yes_no,
    ) | COMMON,
    "Condition": _asked(
        code=tokens, identifier=identified, patient=whose, recorded_date=either_day, onset_date=either_day,
        onset_date__missing=yes_no, onset_info=words, code__not=tokens,
    ) | COMMON,
    "Appointment": _asked(
        patient=whose, actor=whom, status=st.sampled_from(["proposed", "cancelled"]), date=either_day,
        reason_code=tokens, date__missing=yes_no,
    ) | COMMON,
}  # fmt: skip
SORTS = {
    "Observation": [
        "date",
        "-date",
        "_id",
        "-_lastUpdated,_id",
        "value-date,-_id",
        "-date,_id",
        "-value-date,date,_id",
    ],
    "Patient": ["_id", "-_id", "_lastUpdated,-_id"],
    "Condition": ["-recorded-date,_id", "onset-date,_id", "-onset-date,-_id"],
    "Appointment": ["date,_id", "-date"],
}


@st.composite
def worlds_and_searches(draw: st.DrawFn, type_: str) -> tuple[list[Json], list[tuple[list[tuple[str, str]], int]]]:
    """Documents of one type, and searches among them, each with the size of a page."""
    documents = draw(st.lists(OF_TYPE[type_], min_size=3, max_size=9))
    conditions = st.lists(ASKED[type_], max_size=1) | st.lists(ASKED[type_], min_size=1, max_size=3)
    orders = st.lists(st.tuples(st.just("_sort"), st.sampled_from(SORTS[type_])), max_size=1)
    searches = st.tuples(
        st.builds(lambda one, other: [*one, *other], conditions, orders), st.sampled_from([1, 2, 3, 50])
    )
    return documents, draw(st.lists(searches, min_size=6, max_size=12))
