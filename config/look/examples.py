"""Made-up people and values for the component page. No record is read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.context import Area, Entry, Shell
from telecare.dashboards.queries import shapes as d
from telecare.vitals.queries import pages as v
from telecare.vitals.resources import Bounds
from telecare.vitals.trends import Point, Trend

PRESSURE = "138/82 141/84 136/80 144/86 140/83 142/85 147/88 149/87 158/92"
HEINRICH = d.Person("heinrich", "Heinrich Brandt", 1941)
MARIA = d.Person("maria", "Maria Osterloh", 1938)


def shell(generous: bool) -> Shell:
    """The frame as Anna or Heinrich have it, every area there."""
    wanted = [("house", _("Today"), 0), ("users", _("People"), 0), ("messages-square", _("Messages"), 3),
              ("list-checks", _("Tasks"), 0), ("video", _("Video"), 2), ("life-buoy", _("Help"), 0)]  # fmt: skip
    if generous:
        wanted = [("house", _("Start"), 0), ("activity", _("Values"), 0), ("messages-square", _("Messages"), 1),
                  ("video", _("Video"), 0), ("life-buoy", _("Help"), 0)]  # fmt: skip
    areas = tuple(
        Area(icon, icon, word, "#", number == 0, count, _("new"), icon == "life-buoy" and not generous)
        for number, (icon, word, count) in enumerate(wanted)
    )
    me = d.Me("Heinrich Brandt") if generous else d.Me("Anna Siemer", "Pflegedienst Moorland")
    menu = (Entry("settings", _("My account"), "#"), Entry("life-buoy", _("Help"), "#"))
    density = "tc-patient" if generous else "tc-staff"
    return Shell(density, areas, me, "#", "" if generous else "#", "#", menu)


def at(clock: str, days: int = 0) -> datetime:
    """A moment of today, or of some days from now."""
    hour, minute = clock.split(":")
    now = timezone.localtime() + timedelta(days=days)
    return now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


def trend(kind: str, title: str, unit: str, rows: str, *limits: Bounds | None, days: int = 14) -> Trend:
    """A made-up trend: `rows` are values from old to new, "136/82 141/84"."""
    texts = rows.split()
    points = []
    for number, row in enumerate(texts):
        values = tuple(Decimal(part) for part in row.split("/"))
        outside = any(limit and not limit.allows(value) for limit, value in zip(limits, values, strict=False))
        moment = timezone.now() - timedelta(days=days * (len(texts) - 1 - number) / max(len(texts) - 1, 1))
        points.append(Point(moment, values, outside, "Anna Siemer"))
    return Trend(kind, title, unit, tuple(points), limits, "Dr. Voss", date(2026, 11, 2))


def trends() -> tuple[Trend, ...]:
    """Four kinds of trends, as a patient page shows them."""
    weight = "82.7 82.5 82.6 82.9 82.7 83.0 83.1 83.9 84.6"
    return (
        trend("blood-pressure", _("Blood pressure"), "mmHg", PRESSURE, Bounds(None, Decimal(150)), None),
        trend("weight", _("Weight"), "kg", weight, Bounds(None, Decimal(84))),
        trend("pulse", _("Pulse"), "/min", "72 75 70 74 71 76 73 74 78", Bounds(Decimal(55), Decimal(100))),
        trend("oxygen", _("Oxygen"), "%", "95 96 95 94 95 94 95 94 94", Bounds(Decimal(92), None)),
    )


def short(unit: str, rows: str, low: int | None = None, high: int | None = None) -> Trend:
    """A trend for a row."""
    edge = [None if value is None else Decimal(value) for value in (low, high)]
    return trend("weight", _("Weight"), unit, rows, Bounds(*edge) if any(value is not None for value in edge) else None)


def bubbles() -> list[SimpleNamespace]:
    """Messages in every state."""
    plain: dict[str, Any] = dict.fromkeys(("own", "urgent", "gone", "unsent"), False) | {
        "cid": "", "read_by": "", "sbar": None, "role": "", "at": timezone.now(), "author": "Ida Brandt",
    }  # fmt: skip
    hand_over = SimpleNamespace(
        to="Dr. Voss", situation="Blutdruck 158/92, Gewicht 84,6 kg.", background="Herzschwäche.",
        assessment="Beide Knöchel geschwollen.", request="Bitte heute ansehen.",
    )  # fmt: skip
    return [
        SimpleNamespace(**plain | {"seq": 1, "role": "Tochter", "text": "Papa hat seit gestern dicke Knöchel."}),
        SimpleNamespace(**plain | {"seq": 2, "own": True, "text": "Ich komme gleich.", "read_by": _("Read by all")}),
        SimpleNamespace(**plain | {"seq": 3, "own": True, "text": "", "sbar": hand_over}),
        SimpleNamespace(**plain | {"seq": 4, "author": "Dr. Clara Voss", "role": "Hausärztin", "urgent": True,
                                   "text": "Bitte Torasemid ab heute Mittag auf 20 mg stellen."}),
        SimpleNamespace(**plain | {"seq": 5, "gone": True, "text": ""}),
        SimpleNamespace(**plain | {"seq": None, "own": True, "unsent": True, "text": "Noch eine Frage …"}),
    ]  # fmt: skip


def tasks() -> tuple[d.TaskRow, ...]:
    """Three tasks."""
    return (
        d.TaskRow("1", "Plan in der Küche ändern", d.Word("urgent", "Bis 11:30"), HEINRICH, "von Dr. Voss"),
        d.TaskRow("2", "Wundfoto machen", d.Word("watch", "Heute"), HEINRICH, "von Dr. Voss"),
        d.TaskRow("3", "Entlassbrief lesen", d.Word("idle", "Morgen"), None, "Klinikum Ahrental"),
    )


def threads() -> tuple[d.ThreadRow, ...]:
    """Three threads."""
    return (
        d.ThreadRow("1", "Team Heinrich Brandt", "Ida Brandt", "Papa hat dicke Knöchel, bitte …", at("09:12"), 2, True),
        d.ThreadRow("2", "Team Erna Tabeling", "Linden-Apotheke", "Die Tropfen sind da.", at("08:12"), 1),
        d.ThreadRow("3", "Team Maria Osterloh", "Sie", "Ich komme um 13 Uhr vorbei.", at("16:12", -1)),
    )


def reviews() -> tuple[d.Review, ...]:
    """Values to check."""
    oxygen = trend("oxygen", _("Oxygen"), "%", "94 93 94 93 93 92 91", Bounds(Decimal(92), None))
    return (
        d.Review("1", HEINRICH, trends()[0], at("10:19"), "Anna Siemer"),
        d.Review("2", MARIA, oxygen, at("06:40"), "zu Hause"),
        d.Review("3", HEINRICH, trends()[1], at("10:22"), "Anna Siemer"),
    )


def nurse() -> d.NurseDay:
    """Anna's day."""

    def visit(clock: str, state: str, name: str, year: int, place: str, what: str, trend: Trend | None) -> d.Visit:
        return d.Visit(name, at(clock), d.Person(name, name, year), place, what, state, trend)

    return d.NurseDay(
        name="Anna", now=at("08:55"), tour="Tour Süd", unread=3, open_tasks=3,
        threads=threads(), tasks=tasks(), reviews=reviews()[1:2],
        visits=(
            visit("07:10", "done", "Gerda Hülsmann", 1933, "Moorweg 12", "Insulin, Strümpfe",
                  short("mg/dl", "148 155 139 160 151 146 142")),
            visit("07:50", "done", "Alfons Rohde", 1947, "Am Esch 3", "Blutdruck, Salbe",
                  short("kg", "138 141 136 133 137 135 134", high=145)),
            visit("08:40", "unsent", "Käthe Böske", 1939, "Dorfstraße 21", "Morgenpflege",
                  short("/min", "71 69 72 70 74 72 70", 55, 100)),
            visit("10:15", "now", "Heinrich Brandt", 1941, "Lindenweg 4", "Wunde, Wiegen, Video 10:30", trends()[0]),
            visit("11:10", "planned", "Erna Tabeling", 1936, "Lindenweg 19", "Medikamente stellen",
                  short("kg", "61.8 61.6 61.9 61.5 61.4 61.3 61.2", 58)),
            visit("13:00", "planned", "Maria Osterloh", 1938, "Kirchgang 2", "Sauerstoff prüfen", reviews()[1].trend),
            visit("13:40", "planned", "Wilhelm Dettmer", 1944, "Torfkante 8", "Erster Besuch", None),
        ),
        waiting=(d.Waiting("1", HEINRICH, at("10:30"), None, company="mit Dr. Voss und Ihnen",
                           states=(d.Word("info", "In 18 Min."),)),),
    )  # fmt: skip


def practice() -> d.PracticeDay:
    """Clara's start page."""
    now = timezone.now()
    ready, weak = d.Word("ok", "Ton und Bild bereit"), d.Word("watch", "Leitung schwach")
    return d.PracticeDay(
        name="Dr. Voss", now=at("09:40"), reception="Mia Thole betreut den Empfang", reviews=reviews(),
        threads=threads()[:2], unread=3, tasks=tasks(), open_tasks=3,
        waiting=(
            d.Waiting("1", HEINRICH, at("10:30"), now - timedelta(minutes=4), "Blutdruck 158/92, Knöchel geschwollen.",
                      "Anna Siemer", states=(ready, weak)),
            d.Waiting("2", d.Person("e", "Erna Tabeling", 1936), at("10:45"), now - timedelta(minutes=2),
                      "Fragt nach ihren Augentropfen.", medium="telephone", states=(d.Word("info", "Nur Ton"),)),
            d.Waiting("3", d.Person("j", "Josef Kreymann", 1950), None, now - timedelta(minutes=11),
                      "Wunde nässt.", states=(d.Word("urgent", "Noch niemand zuständig"),)),
        ),
        appointments=(
            d.AppointmentRow("1", at("11:15"), d.Person("a", "Alfons Rohde"), "Video · Kontrolle Salbe",
                             d.Word("idle", _("Planned"))),
            d.AppointmentRow("2", at("12:00"), MARIA, "Hausbesuch mit Anna Siemer", d.Word("idle", _("Planned"))),
        ),
    )  # fmt: skip


def head() -> d.Head:
    """Heinrich's head."""
    return d.Head(
        "heinrich", "Heinrich Brandt", date(1941, 3, 14), 85, "Lindenweg 4, Lüttmoor · lebt allein",
        flags=(d.Word("urgent", "Allergie: Penicillin"), d.Word("watch", "Sturzgefahr"),
               d.Word("info", "Hört links schlecht")),
    )  # fmt: skip


def team() -> tuple[d.Member, ...]:
    """Heinrich's care team."""
    return (
        d.Member("Dr. Clara Voss", "Hausärztin", "Behandelt seit 2009", me=True),
        d.Member("Anna Siemer", "Pflegedienst Moorland", "Versorgt seit 01.11., mit Ihrer Praxis"),
        d.Member("Sabine Ahlers", "Linden-Apotheke", "Liefert Medikamente, sieht den Plan"),
        d.Member("Ida Brandt", "Tochter", "Herr Brandt hat sie eingeladen"),
    )


def patient() -> d.PatientPage:
    """Heinrich's page, as Clara sees it."""
    shown = trends()
    rows = tuple(
        d.Row(moment, tuple(one.points[number] if number != -2 or one.kind != "weight" else None for one in shown), by)
        for number, moment, by in ((-1, at("10:19"), "Anna Siemer, beim Besuch"),
                                   (-2, at("08:10", -1), "Heinrich Brandt, zu Hause"),
                                   (-3, at("08:05", -3), "Anna Siemer, beim Besuch"))
    )  # fmt: skip
    return d.PatientPage(
        head=head(), reason="Sie sehen diese Akte, weil Ihre Praxis Herrn Brandt behandelt.", trends=shown, rows=rows,
        limits=(d.LimitRow("weight", _("Weight"), "bis 84 kg", "Dr. Clara Voss", date(2026, 11, 2)),),
        tasks=tasks()[:2], open_tasks=2, team=team(),
        grants=(
            d.Grant("Pflegedienst Moorland", "Behandlung. Herr Brandt wurde am 01.11. von Anna Siemer informiert.",
                    "Medizin, Pflege, Gespräch"),
            d.Grant("Ida Brandt", "Einwilligung von Herrn Brandt vom 01.11.", "Gespräch", date(2027, 10, 31)),
            d.Grant("Klinikum Ahrental", "Widerspruch von Herrn Brandt vom 03.11.", "Seelische Gesundheit",
                    objection=True),
        ),
        thread=threads()[0],
        notes=(
            d.NoteRow("1", "Videosprechstunde beim Hausbesuch", at("10:34"), "Dr. Voss, Anna Siemer",
                      d.Word("watch", "Unterschrift fehlt")),
            d.NoteRow("2", "Wundbericht Unterschenkel links", at("09:00", -3), "Anna Siemer",
                      d.Word("ok", "Unterschrieben")),
        ),
        medication=(d.Medicine("Torasemid", "20 mg", "1–0–0–0", "Wasser"),
                    d.Medicine("Apixaban", "5 mg", "1–0–1–0", "Blutverdünnung")),
        may_measure=True, may_write=True, may_consult=True, may_limit=True,
    )  # fmt: skip


def own() -> d.OwnPage:
    """Heinrich's own start page."""
    return d.OwnPage(
        name="Herr Brandt", now=at("09:40"), id="heinrich", trends=trends(), team=team(), thread=threads()[0], unread=1,
        next=d.AppointmentRow("1", at("10:30"), None, "Videosprechstunde", d.Word("info", "In 50 Min."), "1"),
        next_with="Dr. Clara Voss", joinable=True,
        watched="Werte werden nicht überwacht. Gesehen werden sie werktags von 8 bis 16 Uhr.",
        readers=(d.Reader("Dr. Clara Voss", at("09:33"), "Werte, Medikamente.", d.Word("ok", "Behandelt Sie")),
                 d.Reader("Dr. David Renner", at("21:14", -9), "Sturz, Hausärztin nicht erreichbar.",
                          d.Word("watch", "Notfallzugriff, wird geprüft"))),
    )  # fmt: skip


class Pressure(forms.Form):
    """Blood pressure: two numbers."""

    systolic = forms.CharField(label=gettext_lazy("Upper value"), widget=forms.TextInput({"data-decimals": "0"}))
    diastolic = forms.CharField(label=gettext_lazy("Lower value"), widget=forms.TextInput({"data-decimals": "0"}))


class Weight(forms.Form):
    """Weight: one number."""

    value = forms.CharField(label=gettext_lazy("Weight"), widget=forms.TextInput({"inputmode": "decimal"}))


def measure(own: bool = False, kind: str = "weight") -> dict[str, Any]:
    """Measuring at Heinrich's, with a question back; or blood pressure at home."""
    subject = v.Subject("heinrich", "Heinrich Brandt", 1941, own)
    pressure, weight, _pulse, _oxygen = trends()
    steps = (
        v.Step("blood-pressure", _("Blood pressure"), "mmHg", "watch", _("Outside the limit of %(name)s") % {
            "name": "Dr. Voss"}, "158/92", "149/87", kind != "weight"),
        v.Step("pulse", _("Pulse"), "/min", "ok", _("Within the limit"), "78", "74"),
        v.Step("weight", _("Weight"), "kg", "info", _("You are typing"), "", "83,9", kind == "weight"),
        v.Step("oxygen", _("Oxygen"), "%", "idle", _("After this"), "", "94"),
    )  # fmt: skip
    if kind == "weight":
        page = v.MeasurePage(subject, steps, kind, _("Weight"), "kg", weight, "gestern 83,9 kg", "Besuch seit 10:17",
                             _("Oxygen"))  # fmt: skip
        question = "48,6 kg? Gestern waren es 83,9 kg. Bitte lesen Sie noch einmal ab."
        return {"page": page, "form": Weight({"value": "48,6"}), "question": question, "skip": "#"}
    page = v.MeasurePage(subject, steps, kind, _("Blood pressure"), "mmHg", pressure, "gestern 149/87", then=_("Pulse"))
    return {"page": page, "form": Pressure()}


def measurements() -> dict[str, Any]:
    """Heinrich's blood pressure over 14 days."""
    shown = trends()[0]
    page = v.MeasurementsPage(
        v.Subject("heinrich", "Heinrich Brandt", 1941),
        tuple(v.Choice(one.kind, one.title, one is shown or one.kind == shown.kind) for one in trends()), shown,
        tuple(v.MeasurementRow("", point, point.at, point.by, "beim Besuch") for point in shown.points[::-1]),
        total=61, next_cursor="x", watched="Werte werden nicht überwacht. Gesehen werktags 8–16 Uhr.",
        may_measure=True, may_limit=True,
    )  # fmt: skip
    return {"page": page}
