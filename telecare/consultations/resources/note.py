"""The note: two Compositions, one for each profession, joined by Encounter and `relatesTo`, each signed by its author.

http://hl7.org/fhir/R4/composition.html · http://hl7.org/fhir/R4/provenance.html
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from telecare.consultations.models import Draft
from telecare.consultations.resources.meeting import moment

Content = dict[str, Any]
Part = Draft.Part

LOINC: Final = "http://loinc.org"
# type of the document, then the sections that its author writes: name → LOINC code and display
TYPES: Final = {
    Part.DOCTOR: ("11488-4", "Consult note"),
    Part.NURSE: ("34746-8", "Nurse Note"),
}
SECTIONS: Final[dict[Part, dict[str, tuple[str, str]]]] = {
    Part.DOCTOR: {
        "findings": ("29545-1", "Physical findings Narrative"),
        "assessment": ("51848-0", "Evaluation note"),
    },
    Part.NURSE: {
        "observation": ("61149-1", "Objective Narrative"),
        "done": ("29554-3", "Procedure Narrative"),
    },
}
ORDERS: Final = ("18776-5", "Plan of care note")
VALUES: Final = ("8716-3", "Vital signs")

_XHTML = "http://www.w3.org/1999/xhtml"
_SIGNATURE = {"system": "urn:iso-astm:E1762-95:2013", "code": "1.2.840.10065.1.12.1.1", "display": "Author's Signature"}
_AUTHOR = {"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "author"}
_BREAKS = re.compile(r"</(?:p|div|li|h\d|tr)>|<br\s*/?>")
_TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class NotePart:
    """One profession's part of a note."""

    part: Part
    author: str
    organisation: str
    at: datetime | None
    texts: Mapping[str, str]
    orders: Sequence[str] = field(default=())  # references to Tasks
    values: Sequence[str] = field(default=())  # references to Observations
    status: str = "final"


def composition(
    note: NotePart, *, patient: str, encounter: str, title: str, headings: Mapping[str, str], other: str = ""
) -> Content:
    """A part as a document. `other` is the other part's reference; `headings` are the words shown over the sections."""
    code, display = TYPES[note.part]
    assert note.at is not None
    sections = [
        _section(headings[name], SECTIONS[note.part][name], text)
        for name in SECTIONS[note.part]
        if (text := note.texts.get(name, "").strip())
    ]
    if note.orders:
        sections.append(_entries(headings["orders"], ORDERS, note.orders))
    if note.values:
        sections.append(_entries(headings["values"], VALUES, note.values))
    related = [{"code": "appends", "targetReference": {"reference": other}}] if other else []
    return {
        "resourceType": "Composition",
        "status": note.status,
        "type": {"coding": [{"system": LOINC, "code": code, "display": display}]},
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/{encounter}"},
        "date": note.at.isoformat(timespec="seconds"),
        "author": [{"reference": note.author}],
        "title": title,
        "custodian": {"reference": f"Organization/{note.organisation}"},
        **({"relatesTo": related} if related else {}),
        **({"section": sections} if sections else {}),
    }


def read(content: Content) -> NotePart | None:
    """A Composition of ours, read back; None for other documents."""
    codes = {coding.get("code") for coding in content["type"].get("coding", ()) if coding.get("system") == LOINC}
    part = next((part for part, (code, _) in TYPES.items() if code in codes), None)
    if part is None:
        return None
    names = {code: name for name, (code, _) in SECTIONS[part].items()}
    texts: dict[str, str] = {}
    found: dict[str, list[str]] = {ORDERS[0]: [], VALUES[0]: []}
    for section in content.get("section", ()):
        for coding in section.get("code", {}).get("coding", ()):
            if coding.get("code") in names:
                texts[names[coding["code"]]] = plain(section.get("text", {}).get("div", ""))
            elif coding.get("code") in found:
                found[coding["code"]] += [
                    entry["reference"] for entry in section.get("entry", ()) if "reference" in entry
                ]
    return NotePart(
        part=part,
        author=next((one.get("reference", "") for one in content.get("author", ())), ""),
        organisation=content.get("custodian", {}).get("reference", "").rpartition("/")[2],
        at=moment(content.get("date")),
        texts=texts,
        orders=found[ORDERS[0]],
        values=found[VALUES[0]],
        status=content["status"],
    )


def signature(composition: str, version: int, digest: bytes, *, patient: str, author: str, at: datetime) -> Content:
    """The author's signature on one version: a simple electronic one, with the SHA-256 of the sealed text.

    The patient is a target too, so that the signature is found, and protected, with the patient's records.
    """
    stamp = at.isoformat(timespec="seconds")
    return {
        "resourceType": "Provenance",
        "target": [
            {"reference": f"{composition}/_history/{version}"},
            {"reference": composition},
            {"reference": f"Patient/{patient}"},
        ],
        "recorded": stamp,
        "agent": [{"type": {"coding": [_AUTHOR]}, "who": {"reference": author}}],
        "signature": [
            {
                "type": [_SIGNATURE],
                "when": stamp,
                "who": {"reference": author},
                "targetFormat": "application/fhir+json",
                "sigFormat": "application/octet-stream",
                "data": base64.b64encode(digest).decode(),
            }
        ],
    }


def signs(provenance: Content) -> tuple[str, int, str, datetime] | None:
    """What a signature signs: reference, version, by whom and when; None when it is none of ours."""
    for sign in provenance.get("signature", ()):
        for target in provenance.get("target", ()):
            reference, _, version = target.get("reference", "").partition("/_history/")
            when = moment(sign.get("when"))
            if reference.startswith("Composition/") and version.isdecimal() and when:
                return reference, int(version), sign.get("who", {}).get("reference", ""), when
    return None


def narrative(text: str) -> Content:
    """Plain text as FHIR's narrative: a paragraph for each line."""
    lines = [line.strip() for line in text.splitlines()]
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
    return {"status": "additional", "div": f'<div xmlns="{_XHTML}">{paragraphs}</div>'}


def plain(div: str) -> str:
    """The words of a narrative, a line for each paragraph."""
    lines = (html.unescape(_TAGS.sub("", line)).strip() for line in _BREAKS.sub("\n", div).split("\n"))
    return "\n".join(line for line in lines if line)


def _section(title: str, code: tuple[str, str], text: str) -> Content:
    return {"title": title, "code": _concept(code), "text": narrative(text)}


def _entries(title: str, code: tuple[str, str], references: Sequence[str]) -> Content:
    return {"title": title, "code": _concept(code), "entry": [{"reference": one} for one in references]}


def _concept(code: tuple[str, str]) -> Content:
    return {"coding": [{"system": LOINC, "code": code[0], "display": code[1]}]}
