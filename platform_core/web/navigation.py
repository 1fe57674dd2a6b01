"""What the left rail and the home page show: each application registers itself here."""

from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from platform_core.web.words import Words


@dataclass(frozen=True)
class Tab:
    """One tab of an application: (words, URL name without arguments)."""

    title: Words
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
    title: Words
    summary: Words
    url_name: str = ""
    tabs: tuple[Tab, ...] = ()

    @property
    def href(self) -> str:
        """Address of the overview page; empty while the application is being built."""
        return address(self.url_name)


@dataclass(frozen=True)
class Place:
    """One entry of the rail, resolved for one request."""

    title: Words
    icon: str
    href: str
    key: str = ""
    active: bool = False


_CORE = (
    (_("Data"), "data", "datasets:list"),
    (_("Jobs"), "jobs", "jobs:list"),
    (_("Models"), "models", "registry:list"),
    (_("Endpoints"), "endpoints", "serving:list"),
    (_("Alerts"), "inbox", "monitoring:alerts"),
)
_APPLICATIONS: dict[str, Application] = {}


@dataclass(frozen=True)
class Rail:
    """The left rail: home, applications, the core's parts, the console."""

    home: Place
    applications: list[Place] = field(default_factory=list)
    core: list[Place] = field(default_factory=list)
    console: list[Place] = field(default_factory=list)


def register_application(application: Application) -> None:
    """Add an application, or replace the placeholder of the same key."""
    _APPLICATIONS[application.key] = application


def applications() -> list[Application]:
    """Return the applications in the order of registration."""
    return list(_APPLICATIONS.values())


def application(key: str) -> Application | None:
    """Return the application registered under `key`."""
    return _APPLICATIONS.get(key)


def address(url_name: str) -> str:
    """Return the address of a URL name, or nothing while no part provides it."""
    if not url_name:
        return ""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _place(title: Words, icon: str, href: str, path: str, key: str = "") -> Place:
    active = bool(href) and (path == href or (href != "/" and path.startswith(href)))
    return Place(title=title, icon=icon, href=href, key=key, active=active)


def rail(request: HttpRequest) -> Rail:
    """Return the rail as this person sees it on this page."""
    path = request.path
    actor = getattr(request, "actor", None)
    core = [_place(title, icon, address(name), path) for title, icon, name in _CORE]
    console = (
        [_place(_("Console"), "console", address("admin:index"), path)]
        if actor and actor.can("console.use")
        else []
    )
    return Rail(
        home=_place(_("Home"), "home", address("web:home") or "/", path),
        applications=[_place(a.title, a.key, a.href, path, a.key) for a in applications()],
        core=[place for place in core if place.href],
        console=[place for place in console if place.href],
    )
