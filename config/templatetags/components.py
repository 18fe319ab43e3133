"""The components of `config/templates/components` as template tags; built in, no `{% load %}` needed."""

from django import template

register = template.Library()
