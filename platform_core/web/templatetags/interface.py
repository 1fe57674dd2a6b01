"""Template tags of the frame and the components; loaded in every template."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from platform_core import sentences
from platform_core.web import icons, navigation, plotly, words

register = template.Library()


@register.simple_tag
def icon(name: str, title: str = "") -> SafeString:
    """Draw an icon: `{% icon "search" %}`; a `title` gives it a meaning for screen readers."""
    return icons.svg(name, title)


@register.simple_block_tag
def keep(content: str) -> str:
    """Render once, use often: `{% keep as heading %}…{% endkeep %}` then `{{ heading }}`."""
    return SafeString(content.strip())


@register.filter
def relative_time(value: datetime | None) -> str:
    """Show how long ago, with the exact moment on hover."""
    if value is None:
        return "–"
    exact = date_format(timezone.localtime(value), "Y-m-d H:i:s T")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        exact,
        words.relative_time(value),
    )


@register.filter
def number(value: float | None, digits: int | None = None) -> str:
    """Write a number with separated thousands."""
    return words.number(value, digits)


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """Write a fraction as a percentage: 0.42 is 42 %."""
    return words.percent(value, digits)


@register.filter
def filesize(value: float | None) -> str:
    """Write a size of bytes: 12.3 MB."""
    return words.filesize(value)


@register.filter
def duration(value: float | timedelta | None) -> str:
    """Write seconds or a timedelta: 3 min 20 s."""
    return words.duration(value)


@register.filter
def state(name: str) -> words.State:
    """Return words, icon and tone of a state."""
    return words.state(str(name))


@register.filter
def spoken(text: object) -> str:
    """Show a sentence that is kept in English (of a job, a refusal) in the reader's language."""
    return sentences.spoken(text)


@register.filter
def differs(values: Sequence[object]) -> bool:
    """Say whether the values of a compared row are not all the same."""
    return any(value != values[0] for value in values[1:])


@register.simple_tag(takes_context=True)
def request_id(context: Context) -> str:
    """Return the id of this request, also inside `include … only`."""
    return getattr(getattr(context, "request", None), "request_id", "")


@register.simple_tag(takes_context=True)
def form_token(context: Context) -> str:
    """Return the hidden CSRF field, also inside `include … only`."""
    request = getattr(context, "request", None)
    if request is None:
        return ""
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">', get_token(request)
    )


@register.simple_tag(takes_context=True)
def csrf_value(context: Context) -> str:
    """Return the CSRF token for `hx-headers` and the scripts."""
    request = getattr(context, "request", None)
    return get_token(request) if request is not None else ""


@register.inclusion_tag("components/tabs.html", takes_context=True)
def app_tabs(context: Context, key: str, active: str) -> dict[str, Any]:
    """Show the tabs of an application: `{% app_tabs "recommendation" "Train" %}`.

    `active` is the tab's words or its URL name; tabs the role may not open, or that are not
    built yet, are left out.
    """
    found = navigation.application(key)
    actor = getattr(getattr(context, "request", None), "actor", None)
    tabs = [
        {
            "title": tab.title,
            "href": navigation.address(tab.url_name),
            "active": active in (str(tab.title), tab.url_name),
        }
        for tab in (found.tabs if found else ())
        if actor and actor.can(tab.permission)
    ]
    return {"tabs": [tab for tab in tabs if tab["href"]], "label": found.title if found else key}


@register.simple_tag
def plotly_address() -> str:
    """Return the address of the chart library."""
    return plotly.address()


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, **options: Any) -> str:
    """Put a body into `components/dialog.html`: `{% dialog id="x" title="…" %}…{% enddialog %}`."""
    found = context.template.engine.get_template("components/dialog.html")  # type: ignore[union-attr]
    return found.render(context.new(options | {"body": SafeString(content)}))
