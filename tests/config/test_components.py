"""The component tags: what stands in a page when a template names them."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from config.look import examples


def html(source: str, **context: object) -> str:
    return Template(source).render(Context(context)).strip()


def test_a_status_is_shape_colour_and_word():
    assert html('{% status "watch" "Überfällig" %}') == '<span class="tc-st is-watch">Überfällig</span>'
    assert "tc-st--pill" in html('{% status "urgent" "Allergie" True %}')


def test_a_state_that_does_not_exist_is_refused():
    with pytest.raises(TemplateSyntaxError, match="is no state"):
        html('{% status "red" "?" %}')


def test_an_icon_without_label_is_decoration_and_with_label_a_picture():
    assert 'aria-hidden="true"' in html('{% icon "video" %}')
    assert 'role="img" aria-label="Schließen"' in html('{% icon "x" label="Schließen" %}')


def test_an_icon_that_nobody_brought_along_names_the_way_to_get_it():
    with pytest.raises(LookupError, match="lucide-static"):
        html('{% icon "unicorn" %}')


def test_words_of_people_cannot_become_markup():
    evil = '"><script>alert(1)</script>'
    for source in (
        '{% status "ok" evil %}',
        "{% avatar evil %}",
        "{% button evil hidden_word=evil %}",
        '{% icon "x" label=evil %}',
        "{% value evil evil %}",
        "{% card title=evil ident=evil note=evil %}{% endcard %}",
        "{% empty evil next_=evil href=evil %}",
        "{% bubble message %}",
        "{% person who %}",
    ):
        message = examples.bubbles()[0]
        message.text = message.author = message.role = evil
        who = SimpleNamespace(name=evil, born=None, age=None, line=evil, flags=[SimpleNamespace(state="ok", word=evil)])
        assert "<script" not in html(source, evil=evil, message=message, who=who), source


def test_a_button_is_a_button_and_with_an_address_a_link():
    assert html('{% button "Senden" "primary" name="act" value="send" %}').startswith("<button ")
    link = html('{% button "Öffnen" href="/x/" hidden_word="Heinrich Brandt" %}')
    assert link.startswith("<a ")
    assert "type=" not in link
    assert '<span class="tc-sr"> Heinrich Brandt</span>' in link


def test_a_card_is_named_by_its_heading_and_its_link_says_where_it_leads():
    card = html('{% card title="Aufgaben" ident="tasks" number=3 link="Alle" href="/t/" %}<p>x</p>{% endcard %}')
    assert 'aria-labelledby="tasks"' in card
    assert '<h2 class="kern-heading-medium" id="tasks">Aufgaben</h2>' in card
    assert '<a class="tc-link" href="/t/">Alle<span class="kern-sr-only">: Aufgaben</span></a>' in card


def test_a_counter_says_nothing_when_there_is_nothing():
    assert html("{% count 0 %}{% count None %}") == ""
    assert html('{% count 2 "neu" True %}') == '<span class="tc-count">2<span class="kern-sr-only"> neu</span></span>'


def test_an_address_of_a_page_that_is_not_built_in_is_empty():
    assert html('{% to "no:such-page" 1 %}') == ""
    assert html('{% to "help" %}') == "/help/"


@pytest.mark.parametrize(("language", "shown"), [("de", "84,6"), ("en", "84.6")])
def test_numbers_follow_the_language(language, shown):
    with translation.override(language):
        assert f'<span class="tc-val">{shown} <small>kg</small></span>' in html('{% value weight "kg" %}', weight=84.6)


def test_a_drawing_keeps_its_decimal_points_in_german():
    with translation.override("de"):
        for drawing in (html("{% chart t %}", t=examples.trends()[1]), html("{% spark t %}", t=examples.trends()[1])):
            numbers = re.findall(r'\b(?:x|y|cx|cy|width|height)="([^"]*)"', drawing)
            assert numbers
            assert all(re.fullmatch(r"-?\d+(\.\d+)?", number) for number in numbers)


def test_a_drawing_is_told_in_one_sentence():
    with translation.override("de"):
        drawing = html("{% chart t %}", t=examples.trends()[0])
    label = "Blutdruck, 9 Werte, zuletzt 158/92 mmHg, Außerhalb des Grenzwerts von Dr. Voss (bis 150)"
    assert f'role="img" aria-label="{label}"' in drawing


def test_a_trend_without_values_draws_nothing():
    nothing = examples.trend("weight", "Weight", "kg", "")
    assert html("{% chart t %}{% spark t %}{% chart None %}", t=nothing) == ""
