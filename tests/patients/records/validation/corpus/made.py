"""Valid resources of every type, made at random from the official definitions: nothing legal may be refused."""

from __future__ import annotations

import random
from typing import Any

from patients.records import definitions
from tests.patients.records.validation.corpus import Json, forms


def generated(type_: str, seed: int) -> Json:
    """A resource of this type with elements chosen at random: right in shape, without any meaning."""
    chance = random.Random(f"{type_} {seed}")
    return {"resourceType": type_} | _generated(type_, chance, 0, 0.3)


def _generated(name: str, chance: random.Random, depth: int, share: float) -> Json:
    structure = definitions.structure(name)
    of_choice = {member for members, _ in structure.choices for member in members}
    wanted = {chance.choice(members) for members, least in structure.choices if least or chance.random() < share}
    found: Json = {}
    for field, described in structure.fields.items():
        if field in of_choice:
            if field not in wanted:
                continue
        elif not described.least and (chance.random() > share or depth > 3):
            continue
        if described.type == "Resource" or (field in ("extension", "modifierExtension") and depth > 2):
            continue
        if field == "id" and depth:
            found[field] = "a.1/ä"
            continue
        many = [_value(described, chance, depth, share) for _ in range(chance.choice((1, 2)))]
        found[field] = many if described.many else many[0]
    return found


def _value(field: definitions.Field, chance: random.Random, depth: int, share: float) -> Any:
    codes = definitions.codes(field.codes) if field.codes else None
    if field.type in definitions.primitives():
        right = forms.KEPT_BY_OTHERS.get(field.codes) or forms.RIGHT[field.type]
        return chance.choice(sorted(codes))[1] if codes else chance.choice(right)
    if field.type == "Reference" and field.targets:
        return {"reference": f"{chance.choice(sorted(field.targets))}/x"}
    made = _generated(field.type, chance, depth + 1, share * 0.6)
    return made or {"extension": [{"url": "https://praxis.example/x", "valueString": "x"}]}
