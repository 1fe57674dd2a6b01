"""The icon set: inline SVG drawn on a 24-pixel grid with strokes, in the colour of the text around it."""

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

ICONS: dict[str, str] = {
    # places
    "home": '<path d="M4 10.5 12 4l8 6.5V20h-5.5v-6h-5v6H4z"/>',
    "recommendation": (
        '<path d="m12 4 2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z"/>'
    ),
    "driving": (
        '<path d="M4 13h16v4.5H4zM5.5 13l1.8-5.2A1.5 1.5 0 0 1 8.7 7h6.6a1.5 1.5 0 0 1 '
        '1.4.8l1.8 5.2"/><path d="M6.5 17.5V19M17.5 17.5V19M7.5 15.2h1M15.5 15.2h1"/>'
    ),
    "chatbot": (
        '<path d="M5 5h14v10.5H12L7.5 19v-3.5H5z"/><path d="M9 10.2h.01M12 10.2h.01M15 10.2h.01"/>'
    ),
    "imaging": (
        '<path d="M4 8V5.5A1.5 1.5 0 0 1 5.5 4H8M16 4h2.5A1.5 1.5 0 0 1 20 5.5V8M20 '
        '16v2.5a1.5 1.5 0 0 1-1.5 1.5H16M8 20H5.5A1.5 1.5 0 0 1 4 18.5V16"/><circle cx="12" '
        'cy="12" r="4"/>'
    ),
    "fraud": (
        '<path d="M12 3.5 5 6v5.5c0 4 2.8 7.2 7 9 4.2-1.8 7-5 7-9V6z"/><path d="M12 8.5v4M12 '
        '15.8h.01"/>'
    ),
    "data": (
        '<ellipse cx="12" cy="6" rx="7" ry="2.5"/><path d="M5 6v12c0 1.4 3.1 2.5 7 2.5s7-1.1 '
        '7-2.5V6M5 12c0 1.4 3.1 2.5 7 2.5s7-1.1 7-2.5"/>'
    ),
    "jobs": '<path d="M4 6h9M4 12h9M4 18h9"/><path d="m17 8.5 4 3.5-4 3.5z"/>',
    "models": (
        '<path d="m12 3.5 8 4.3v8.4l-8 4.3-8-4.3V7.8z"/><path d="m4.3 8 7.7 4.2L19.7 8M12 12.2v8"/>'
    ),
    "endpoints": (
        '<circle cx="12" cy="12" r="2.5"/><path d="M7.5 16.5a6.4 6.4 0 0 1 0-9M16.5 7.5a6.4 '
        '6.4 0 0 1 0 9M4.7 19.3a10.3 10.3 0 0 1 0-14.6M19.3 4.7a10.3 10.3 0 0 1 0 14.6"/>'
    ),
    "console": '<path d="M4 5h16v14H4z"/><path d="m7.5 9.5 2.5 2.5-2.5 2.5M12.5 14.5H16"/>',
    # people and places of the top bar
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.8-3.8 3.7-6 7.5-6s6.7 2.2 7.5 6"/>',
    "users": (
        '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5c.6-3.3 3.1-5.3 6.5-5.3s5.9 2 '
        '6.5 5.3M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17.5 14.8c2.2.8 3.6 2.4 4 4.7"/>'
    ),
    "organisation": '<path d="M5 20.5V4.5h9v16M14 9.5h5v11M3 20.5h18M8 8.5h3M8 12.5h3M8 16.5h3"/>',
    "key": '<circle cx="8" cy="15.5" r="4"/><path d="m11 12.5 8.5-8.5M16 7.5l3 3M13.5 10l2 2"/>',
    "sun": (
        '<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 '
        '5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4"/>'
    ),
    "moon": '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>',
    "contrast": (
        '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z" '
        'fill="currentColor"/>'
    ),
    "globe": (
        '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c2.4 2.4 3.5 5.2 3.5 '
        '8.5s-1.1 6.1-3.5 8.5c-2.4-2.4-3.5-5.2-3.5-8.5s1.1-6.1 3.5-8.5z"/>'
    ),
    "logout": '<path d="M10 4.5H5v15h5M15 8l4 4-4 4M19 12H9.5"/>',
    "shield": (
        '<path d="M12 3.5 5 6v5.5c0 4 2.8 7.2 7 9 4.2-1.8 7-5 7-9V6z"/><path d="m9 11.8 2.2 '
        '2.2 3.8-4"/>'
    ),
    "settings": (
        '<path d="M4 7h10M18 7h2M4 17h2M10 17h10"/><circle cx="16" cy="7" r="2"/><circle '
        'cx="8" cy="17" r="2"/>'
    ),
    "help": (
        '<circle cx="12" cy="12" r="8.5"/><path d="M9.6 9.5a2.5 2.5 0 1 1 3.4 2.4c-.7.3-1 '
        '.8-1 1.6M12 16.5h.01"/>'
    ),
    # states
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "check-circle": '<circle cx="12" cy="12" r="8.5"/><path d="m8.3 12.3 2.5 2.5 5-5.3"/>',
    "x": '<path d="m6 6 12 12M18 6 6 18"/>',
    "alert": '<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.2M12 17h.01"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8h.01"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "spinner": '<path d="M12 3.5a8.5 8.5 0 1 1-8.5 8.5"/>',
    "circle": '<circle cx="12" cy="12" r="8.5"/>',
    "ban": '<circle cx="12" cy="12" r="8.5"/><path d="m6 6 12 12"/>',
    "lock": '<path d="M6 10.5h12v9H6zM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5"/>',
    "inbox": (
        '<path d="M4 13.5 6.5 5h11l2.5 8.5V19H4z"/><path d="M4 13.5h4.5l1.2 2.5h4.6l1.2-2.5H20"/>'
    ),
    "flag": '<path d="M6 21V4.5M6 5h11l-2.2 4L17 13H6"/>',
    # verbs
    "play": '<path d="M8 5.5v13l10.5-6.5z"/>',
    "pause": '<path d="M8.5 5.5v13M15.5 5.5v13"/>',
    "upload": '<path d="M12 15.5V4.5M7.5 9 12 4.5 16.5 9M4.5 15.5v4h15v-4"/>',
    "download": '<path d="M12 4.5v11M7.5 11l4.5 4.5 4.5-4.5M4.5 15.5v4h15v-4"/>',
    "copy": '<path d="M9 9h10.5v10.5H9z"/><path d="M15 9V4.5H4.5V15H9"/>',
    "trash": (
        '<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.2 10.5v5.5M13.8 10.5v5.5"/>'
    ),
    "plus": '<path d="M12 5.5v13M5.5 12h13"/>',
    "refresh": (
        '<path d="M19.5 11A7.7 7.7 0 0 0 5.3 8M4.5 4v4.5H9M4.5 13a7.7 7.7 0 0 0 14.2 3M19.5 '
        '20v-4.5H15"/>'
    ),
    "rollback": '<path d="M8.5 5 4.5 9l4 4"/><path d="M4.5 9H14a5.2 5.2 0 0 1 0 10.5H9"/>',
    "promote": '<path d="M12 19.5V5.5M6.5 11 12 5.5l5.5 5.5"/>',
    "filter": '<path d="M4 5.5h16l-6.2 7.2v5.5l-3.6 1.8v-7.3z"/>',
    "columns": '<path d="M4 5h16v14H4zM9.3 5v14M14.7 5v14"/>',
    "table": '<path d="M4 5h16v14H4zM4 10h16M10 10v9"/>',
    "chart": '<path d="M4 4.5v15h16"/><path d="m7.5 15 4-5 3.5 3 4.5-6"/>',
    "image": (
        '<path d="M4 5h16v14H4z"/><circle cx="9" cy="10" r="1.6"/><path d="m5 18 5-4.5 3 2.5 '
        '3-3 4 4"/>'
    ),
    "link": (
        '<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 '
        '3a4 4 0 0 0 5.7 5.7l1-1"/>'
    ),
    "eye": (
        '<path d="M2.5 12C5 7.5 8.2 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.7 6.5-9.5 '
        '6.5s-7-2-9.5-6.5z"/><circle cx="12" cy="12" r="2.8"/>'
    ),
    "branch": (
        '<circle cx="6.5" cy="6" r="2"/><circle cx="6.5" cy="18" r="2"/><circle cx="17.5" '
        'cy="8" r="2"/><path d="M6.5 8v8M17.5 10c0 3.5-4 4-11 4"/>'
    ),
    "cpu": (
        '<path d="M7 7h10v10H7zM10 10h4v4h-4z"/><path d="M9.5 3.5V7M14.5 3.5V7M9.5 '
        '17v3.5M14.5 17v3.5M3.5 9.5H7M3.5 14.5H7M17 9.5h3.5M17 14.5h3.5"/>'
    ),
    "file": '<path d="M6 3.5h8l4 4v13H6z"/><path d="M14 3.5v4h4"/>',
    # directions
    "chevron": '<path d="m9.5 5.5 6.5 6.5-6.5 6.5"/>',
    "chevrons": '<path d="m8 9.5 4-4 4 4M8 14.5l4 4 4-4"/>',
    "arrow": '<path d="M4.5 12h15M13.5 6l6 6-6 6"/>',
    "arrow-down": '<path d="M12 4.5v15M6 13.5l6 6 6-6"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
}
"""Name -> strokes; an application's icon has the application's key."""


def svg(name: str, title: str = "") -> SafeString:
    """Return the icon as inline SVG: hidden from readers, unless `title` gives it a meaning.

    Raises:
        KeyError: there is no such icon (a template's mistake, shown at its first rendering).
    """
    strokes = mark_safe(ICONS[name])  # noqa: S308  (constants of this module)
    if title:
        return format_html(
            '<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>',
            title,
            strokes,
        )
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', strokes)
