"""Template tags of the frame and the components; loaded in every template."""

from django import template

register = template.Library()
