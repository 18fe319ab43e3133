"""The values of search parameters, as they are written in an address. https://hl7.org/fhir/R4/search.html

Commas part alternatives; `\\,` `\\|` `\\$` `\\\\` stand for the sign itself.
"""

from __future__ import annotations

import re
from typing import Final, get_args

from patients.errors import Invalid
from patients.records.definitions import ID, value_set
from patients.records.index import dates, numbers, text
from patients.records.index.extract import contact, local_address
from patients.records.index.slots import Parameter
from patients.records.search.query import Amount, Coded, Day, Near, Pair, Prefix, Target, Typed, Value, Words

PREFIXES: Final[frozenset[str]] = frozenset(get_args(Prefix))
MOST_ALTERNATIVES: Final = 200
LONGEST_ADDRESS: Final = 300
METRES: Final = {"km": 1000.0, "m": 1.0, "[mi_us]": 1609.347219, "[mi_i]": 1609.344}
NEARBY: Final = 20_000.0  # where no distance is given

_ESCAPED: Final = re.compile(r"\\([,|$\\])")
_PREFIXED: Final = re.compile(r"([a-z]{2})(?=[-+.\d])(.*)", re.S)


def refused(name: str, why: str, code: str = "invalid") -> Invalid:
    """The search cannot be answered as it was asked."""
    return Invalid(f"The search parameter “{name}” {why}.", code=code, where=name)


def split(given: str, sign: str) -> list[str]:
    """At every `sign` that is not escaped; escapes stay."""
    parts, part, escaped = [], "", False
    for each in given:
        if each == sign and not escaped:
            parts.append(part)
            part = ""
            continue
        part += each
        escaped = each == "\\" and not escaped
    return [*parts, part]


def plain(given: str) -> str:
    """Without escapes."""
    return _ESCAPED.sub(r"\1", given)


def alternatives(name: str, given: str) -> list[str]:
    """The values that stand between commas."""
    found = split(given, ",")
    if len(found) > MOST_ALTERNATIVES:
        raise refused(name, f"names more than {MOST_ALTERNATIVES} alternatives", "too-costly")
    if not all(found):
        raise refused(name, "is given without a value")
    return found


def value(parameter: Parameter, modifier: str, given: str) -> Value:
    """One alternative. Raises Invalid, naming the parameter."""
    match parameter.kind:
        case "token":
            return _typed(parameter, given) if modifier == "of-type" else _coded(parameter, given)
        case "string":
            return _words(parameter, modifier, given)
        case "uri":
            return Words(plain(given))
        case "reference":
            return _coded(parameter, given) if modifier == "identifier" else _target(parameter, modifier, given)
        case "date":
            return day(parameter.name, given)
        case "composite":
            return _pair(parameter, given)
        case "special":
            return _near(parameter, given)
    return _amount(parameter, given)


def _coded(parameter: Parameter, given: str) -> Coded:
    parts = [plain(part) for part in split(given, "|")]
    if len(parts) > 2 or not any(parts):
        raise refused(parameter.name, "is written as code, system|code, |code or system|")
    system = parts[0] if len(parts) == 2 else None
    code = parts[-1] or None
    if any(slot.path.type == "ContactPoint" for slot in parameter.slots):
        if system:
            raise refused(parameter.name, "is a number or address alone, without a system before it")
        code = contact(code) if code else None
    return Coded(system, code)


def _typed(parameter: Parameter, given: str) -> Typed:
    parts = [plain(part) for part in split(given, "|")]
    if len(parts) != 3 or not all(parts):
        raise refused(f"{parameter.name}:of-type", "is written as system|code|value")
    return Typed(*parts)


def _words(parameter: Parameter, modifier: str, given: str) -> Words:
    words = plain(given)
    if not modifier:
        length = len(text.folded(words))
        least = max((slot.shortest for slot in parameter.slots), default=text.SHORTEST)
        if length < least:
            raise refused(parameter.name, f"needs at least {least} letters; shorter ones are found with :exact")
        if length > text.LONGEST:
            raise refused(parameter.name, f"compares the first {text.LONGEST} letters; longer texts with :exact")
    return Words(words)


def day(name: str, given: str) -> Day:
    """A date with an optional comparison: `ge2026-03`."""
    prefix, rest = _prefixed(name, plain(given))
    covered = dates.span(rest.replace(" ", "+"))  # a plus sign in an address that nobody escaped arrives as a space
    if covered is None:
        raise refused(name, f"holds “{rest[:40]}”, which is no date such as 2026, 2026-03, 2026-03-14 or a moment")
    return Day(prefix, *covered, rest)


def _amount(parameter: Parameter, given: str) -> Amount:
    parts = [plain(part) for part in split(given, "|")]
    prefix, rest = _prefixed(parameter.name, parts[0])
    number = numbers.precise(rest.replace(" ", "+"))  # as in `day`
    if number is None or len(parts) not in (1, 3) or (len(parts) == 3 and parameter.kind == "number"):
        raise refused(parameter.name, "is written as number or number|system|code")
    if len(parts) == 3 and parts[2]:
        return Amount(prefix, *number, parts[1] or None, parts[2])
    if len(parts) == 3 and parts[1]:
        raise refused(parameter.name, "names a system of units without a unit")
    return Amount(prefix, *number)


def _prefixed(name: str, given: str) -> tuple[Prefix, str]:
    found = _PREFIXED.fullmatch(given)
    if found is None:
        return "eq", given
    if found[1] not in PREFIXES:
        raise refused(name, f"holds the comparison “{found[1]}”; known are {', '.join(sorted(PREFIXES))}")
    prefix: Prefix = found[1]  # type: ignore[assignment]  # one of them, as was just seen
    return prefix, found[2]


def _target(parameter: Parameter, modifier: str, given: str) -> Target:
    address = plain(given)
    local = local_address(address)
    if local is None and ID.fullmatch(address):
        local = (modifier or parameter.target, address)
    if local is None:
        if ":" not in address and not address.startswith("#"):
            raise refused(parameter.name, "is written as Type/id, id or an absolute address")
        return Target(address=address)
    if modifier and local[0] != modifier:
        raise refused(f"{parameter.name}:{modifier}", f"holds a reference to a {local[0]}")
    return Target(*local)


def of_value_set(name: str, url: str) -> list[Coded]:
    """The codes of a value set. Raises Invalid for one that is not known, or too large to be spelled out."""
    listed = value_set(url)
    if listed is None:
        why = f"names the value set “{url[:80]}”, which is not known here or has too many codes"
        raise refused(name, why, "not-supported")
    return [Coded(system, code) for system, code in sorted(listed)]


def beginnings(name: str, given: str) -> list[Words]:
    """Every address that this one begins with, itself among them: what lies above it."""
    address = plain(given)
    if len(address) > LONGEST_ADDRESS:
        raise refused(name, f"compares addresses of up to {LONGEST_ADDRESS} signs", "too-costly")
    return [Words(address[:length]) for length in range(1, len(address) + 1)]


def _near(parameter: Parameter, given: str) -> Near:
    """`latitude|longitude|distance|unit`; the unit is km if none is given. https://hl7.org/fhir/R4/location.html#positional"""
    parts = [plain(part) for part in split(given, "|")]
    found = [numbers.precise(part) for part in parts[:3]]
    unit = METRES.get(parts[3] if len(parts) == 4 and parts[3] else "km")
    if not 2 <= len(parts) <= 4 or not all(found) or unit is None:
        raise refused(parameter.name, "is written as latitude|longitude|distance|unit, with the unit km, m or [mi_us]")
    latitude, longitude, *distance = (float(number[0]) for number in found if number)
    metres = distance[0] * unit if distance else NEARBY
    if abs(latitude) > 90 or abs(longitude) > 180 or metres < 0:
        raise refused(parameter.name, "holds degrees of up to 90 and 180, and a distance from 0 on")
    return Near(latitude, longitude, metres)


def _pair(parameter: Parameter, given: str) -> Pair:
    halves = split(given, "$")
    if len(halves) != 2 or not all(halves):
        raise refused(parameter.name, "is written as two values parted by $")
    code = _coded(parameter, halves[0])
    second: Coded | Words | Amount | Day | Target
    match parameter.components[1]:
        case "token":
            second = _coded(parameter, halves[1])
        case "string":
            second = _words(parameter, "", halves[1])
        case "date":
            second = day(parameter.name, halves[1])
        case "reference":
            second = _target(parameter, "", halves[1])
        case _:
            second = _amount(parameter, halves[1])
    return Pair(code, second)
