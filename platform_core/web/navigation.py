"""What the left rail and the home page show: each application registers itself here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tab:
    """One tab of an application: (words, URL name without arguments)."""

    title: str
    url_name: str
    permission: str = "model.view"


@dataclass(frozen=True)
class Application:
    """A business application as the frame shows it.

    Attributes:
        key: short name; also the CSS hue token `--hue-<key>` and the icon name.
        title, summary: translatable words (gettext_lazy).
        url_name: of its overview page; empty while the application is not built yet.
        tabs: in order.
    """

    key: str
    title: str
    summary: str
    url_name: str = ""
    tabs: tuple[Tab, ...] = ()


_APPLICATIONS: dict[str, Application] = {}


def register_application(application: Application) -> None:
    """Add an application, or replace the placeholder of the same key."""
    _APPLICATIONS[application.key] = application


def applications() -> list[Application]:
    """Return the applications in the order of registration."""
    return list(_APPLICATIONS.values())
