"""Django's forms in KERN's clothes: `{{ form }}` and `{{ form.name.as_field_group }}` look right everywhere."""

from __future__ import annotations

from typing import Any

from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    RadioSelect,
    Select,
    Textarea,
    Widget,
)
from django.forms.renderers import TemplatesSetting


class Field(BoundField):
    """A field that knows KERN's classes and which of our field templates fits it."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if isinstance(widget, (RadioSelect, CheckboxSelectMultiple, CheckboxInput)) or widget.is_hidden:
            return built
        kind = "select" if isinstance(widget, Select) else "input"
        classes = [widget.attrs.get("class", ""), f"kern-form-input__{kind}"]
        if isinstance(widget, Textarea):
            classes.append("tc-area")
        if self.errors:
            classes.append(f"kern-form-input__{kind}--error")
        built["class"] = " ".join(filter(None, classes))
        return built

    @property
    def shape(self) -> str:
        """choice, check, select, file or input: what the field template asks."""
        widget = self.field.widget
        if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
            return "choice"
        if isinstance(widget, CheckboxInput):
            return "check"
        if isinstance(widget, FileInput):
            return "file"
        return "select" if isinstance(widget, Select) else "input"


class Renderer(TemplatesSetting):
    """The FORM_RENDERER of settings."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    bound_field_class = Field
