"""`{{ form }}` in KERN's clothes."""

from __future__ import annotations

from django import forms
from django.template import Context, Template

from config.look.views import Sample


def html(form: forms.Form) -> str:
    return Template("{{ form }}").render(Context({"form": form}))


def test_every_field_has_a_label_of_its_own():
    page = html(Sample())
    for name in ("name", "born", "phone", "role", "note"):
        assert f'<label class="kern-label" for="id_{name}">' in page
    assert "<legend" in page


def test_hint_and_error_are_read_with_the_field():
    page = html(Sample({"name": ""}))
    field = page[page.index('id="id_name"') - 300 : page.index('id="id_name"') + 200]
    assert 'aria-describedby="id_name_helptext id_name_error"' in field
    assert 'aria-invalid="true"' in field
    assert 'id="id_name_helptext"' in page
    assert '<p class="kern-error" id="id_name_error">' in page


def test_a_field_that_is_not_needed_says_so():
    page = html(Sample())
    assert page.count("tc-optional") == 2  # telephone and note


def test_what_is_wrong_with_the_whole_form_stands_above_it():
    form = Sample({"name": "Anna"})
    form.add_error(None, "Bitte prüfen.")
    assert 'role="alert"' in html(form)
    assert "Bitte prüfen." in html(form)


def test_a_field_shows_its_unit():
    class Weight(forms.Form):
        value = forms.DecimalField(label="Gewicht")
        value.unit = "kg"  # type: ignore[attr-defined]

    assert "<span>kg</span>" in html(Weight())
