"""The components as template tags; built in, no `{% load %}` needed. Examples: templates/README.md and `/_look/`."""

from __future__ import annotations

from typing import Any

import segno
from django import template
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from config import charts, formats, icons

register = template.Library()

STATES = {"ok", "watch", "urgent", "info", "idle"}
KERN = "vendor/kern/kern.min.css"


def state_class(state: str) -> str:
    """`is-ok` and so on; an unknown state is a mistake in the template."""
    if state not in STATES:
        raise template.TemplateSyntaxError(f"“{state}” is no state: use one of {', '.join(sorted(STATES))}.")
    return f"is-{state}"


def attributes(given: dict[str, Any]) -> SafeString:
    """Keyword arguments as HTML attributes: `aria_label="x"` → `aria-label="x"`; None and "" are left out."""
    named = {name.rstrip("_").replace("_", "-"): value for name, value in given.items() if value not in (None, "")}
    return flatatt(named)


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon. Without `label` it is decoration and hidden from screen readers."""
    return format_html(
        '<svg class="tc-i{}" viewBox="0 0 24 24" {}>{}</svg>',
        f" tc-i--{size}" if size else "",
        format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"'),
        mark_safe(icons.shapes(name)),
    )


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """A text, mostly an address, for the camera of a telephone. `label` is what a screen reader says."""
    drawn = segno.make(text, error="m").svg_inline(scale=5, omitsize=True, svgclass="tc-qr", lineclass=None)
    return format_html('<div role="img" aria-label="{}">{}</div>', label, mark_safe(drawn))


@register.simple_tag
def status(state: str, word: object, pill: bool = False) -> SafeString:
    """A state: shape, colour and word. `pill` only in person headers."""
    return format_html('<span class="tc-st {}{}">{}</span>', state_class(state), " tc-st--pill" if pill else "", word)


@register.simple_tag
def avatar(name: str, large: bool = False) -> SafeString:
    """Initials of a person or organisation; decoration, the name stands beside it."""
    return format_html(
        '<span class="{}" aria-hidden="true">{}</span>', "tc-disc" if large else "tc-ava", formats.initials(name)
    )


@register.simple_tag
def count(number: int | None, word: object = "", hot: bool = False) -> SafeString:
    """A counter beside a heading; `word` is read after it ("new"). Nothing at 0 or None."""
    if not number:
        return mark_safe("")
    read = format_html('<span class="kern-sr-only"> {}</span>', word) if word else mark_safe("")
    return format_html('<span class="tc-count{}">{}{}</span>', "" if hot else " tc-count--q", number, read)


@register.simple_tag
def button(
    word: object, kind: str = "secondary", icon_: str = "", href: str = "", size: str = "", block: bool = False,
    hidden_word: object = "", **given: Any,
) -> SafeString:  # fmt: skip
    """A KERN button, or a link that looks like one when `href` is given. `size`: "small" or "big".

    Further keywords become attributes: `name="act" value="take"`, `type="button"`, `class_="is-urgent"`.
    `hidden_word` is read but not shown ("Check" … "Heinrich Brandt").
    """
    classes = ["kern-btn", f"kern-btn--{kind}", given.pop("class_", "")]
    classes += ["kern-btn--x-small"] if size == "small" else []
    classes += ["tc-big"] if size == "big" else []
    classes += ["kern-btn--block"] if block else []
    given["class_"] = " ".join(filter(None, classes))
    tag = "a" if href else "button"
    given.update({"href": href} if href else {"type_": given.pop("type", given.pop("type_", "submit"))})
    return format_html(
        '<{tag}{given}>{icon}<span class="kern-label">{word}{hidden}</span></{tag}>',
        tag=tag,
        given=attributes(given),
        icon=icon(icon_) if icon_ else "",
        word=word,
        hidden=format_html('<span class="tc-sr"> {}</span>', hidden_word) if hidden_word else "",
    )


@register.simple_block_tag
def card(
    content: str, title: object = "", ident: str = "", number: int | None = None, hot: bool = False,
    word: object = "", link: object = "", href: str = "", level: int = 2, note: object = "", **given: Any,
) -> SafeString:  # fmt: skip
    """A card: `{% card title=_("Tasks") ident="tasks" number=3 link=_("All") href=url %}…{% endcard %}`."""
    given["class_"] = f"tc-card {given.pop('class_', '')}".strip()
    if ident:
        given["aria_labelledby"] = ident
    return format_html(
        "<section{}>{}{}</section>",
        attributes(given),
        card_header(title, ident, number, hot, word, link, href, level, note) if title else "",
        mark_safe(content.strip()),
    )


@register.simple_tag
def card_header(
    title: object, ident: str = "", number: int | None = None, hot: bool = False, word: object = "",
    link: object = "", href: str = "", level: int = 2, note: object = "",
) -> SafeString:  # fmt: skip
    """Heading, counter and one link (or a quiet note) of a card."""
    last: str = ""
    if link and href:
        last = format_html(
            '<a class="tc-link" href="{}">{}<span class="kern-sr-only">: {}</span></a>', href, link, title
        )
    elif note:
        last = format_html('<span class="tc-s tc-m tc-desk">{}</span>', note)
    return format_html(
        '<div class="tc-card__h"><h{0} class="kern-heading-medium"{1}>{2}</h{0}>{3}{4}</div>',
        level,
        attributes({"id": ident}),
        title,
        count(number, word, hot),
        last,
    )


@register.simple_block_tag
def banner(content: str, state: str = "info", icon_: str = "", alert: bool = False, **given: Any) -> SafeString:
    """Trouble or news in words, at the top: what is the matter and what happens next."""
    given["class_"] = f"tc-banner tc-wrap {state_class(state)} {given.pop('class_', '')}".strip()
    if alert:
        given["role"] = "alert"
    return format_html("<div{}>{}{}</div>", attributes(given), icon(icon_) if icon_ else "", mark_safe(content.strip()))


@register.simple_tag
def value(number: object, unit: object = "", state: str = "", word: object = "") -> SafeString:
    """A number and its unit. With `state` and `word` it carries shape and colour; the word is read, not shown."""
    shown = number if isinstance(number, str) else formats.number(number)  # type: ignore[arg-type]
    plain = format_html(
        '<span class="tc-val">{}{}</span>', shown, format_html(" <small>{}</small>", unit) if unit else ""
    )
    if not state:
        return plain
    return format_html(
        '<span class="tc-st {}">{}<span class="kern-sr-only"> {}</span></span>', state_class(state), plain, word
    )


@register.simple_tag
def spark(trend: Any) -> SafeString:
    """A small trend with its limit as a band: the last values of the first series. Nothing without values."""
    if not trend or not trend.points:
        return mark_safe("")
    drawing = charts.spark(trend)
    return SafeString(render_to_string("components/spark.html", {"trend": trend, "drawing": drawing}).strip())


@register.simple_tag
def chart(trend: Any, width: int = 380, height: int = 132) -> SafeString:
    """A trend over days with limits and round numbers. A page that shows it shows a table of the same values, too."""
    if not trend or not trend.points:
        return mark_safe("")
    drawing = charts.chart(trend, width, height)
    return SafeString(render_to_string("components/chart.html", {"trend": trend, "drawing": drawing}).strip())


@register.inclusion_tag("components/empty.html")
def empty(word: object, icon_: str = "inbox", next_: object = "", href: str = "") -> dict[str, object]:
    """Nothing here yet, in words, and what one can do: `{% empty _("No tasks yet.") next_=_("Add one") href=url %}`."""
    return {"word": word, "icon": icon_, "next": next_, "href": href}


@register.inclusion_tag("components/pages.html")
def pages(next_: str = "", previous: str = "", total: int | None = None, shown: int | None = None) -> dict[str, object]:
    """Links to the next and previous part of a list, by address: `{% pages next_=page.next_url total=page.total %}`."""
    return {"next": next_, "previous": previous, "total": total, "shown": shown}


@register.inclusion_tag("components/person.html")
def person(who: Any, tabs: Any = None, current: str = "") -> dict[str, object]:
    """The header of a patient page, without its buttons. `who`: see the template."""
    return {"who": who, "tabs": tabs, "current": current}


@register.inclusion_tag("components/bubble.html")
def bubble(message: Any) -> dict[str, object]:
    """One message of a thread. `message`: see the template."""
    return {"message": message}


@register.simple_tag
def styles(*areas: str) -> SafeString:
    """Links to stylesheets of ours: `{% styles "thread" "values" %}`; "kern" is the design system itself."""
    files = [KERN if area == "kern" else f"telecare/{area}.css" for area in areas]
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(file),) for file in files))


@register.simple_tag
def script(name: str) -> SafeString:
    """A module of ours: `{% script "keypad" %}` loads `static/telecare/keypad.js`."""
    return format_html('<script type="module" src="{}"></script>', static(f"telecare/{name}.js"))


@register.simple_tag
def to(name: str, *parts: object) -> str:
    """The address of a named page; "" while this deployment has no such page (an app that is not built in)."""
    try:
        return reverse(name, args=parts)
    except NoReverseMatch:
        return ""
