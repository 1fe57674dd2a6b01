"""What the models page of every application does: promote, roll back, retrain, delete."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from platform_core.errors import InvalidInputError
from platform_core.web.pages import Page

MAX_DIGITS = 9


@dataclass(frozen=True)
class VersionDoors:
    """Where one application's models page leads.

    Attributes:
        app: the application's URL namespace; has pages `models`, `training` (by name) and `overview`.
        asked: the query parameter that names the model on `models`.
        promote: called with actor, name and number.
        roll_back: called with actor and name; returns the number that answers again.
        retrain, delete: called with actor and name.
    """

    app: str
    asked: str
    promote: Callable[..., object]
    roll_back: Callable[..., int]
    retrain: Callable[..., object]
    delete: Callable[..., object]

    def back(self, name: str) -> HttpResponse:
        """Return to the models page."""
        return redirect(reverse(f"{self.app}:models", query={self.asked: name}))


class _Button(Page):
    """A form of one button; `doors` is given by `version_routes`."""

    doors: ClassVar[VersionDoors]


class Promote(_Button):
    """Lets a version answer."""

    required_permission: ClassVar[Mapping[str, str]] = {"POST": "model.promote"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Promote the version of the form."""
        number = request.POST.get("version", "")
        if not (number.isdecimal() and len(number) <= MAX_DIGITS):
            raise InvalidInputError(_("Choose a version."), field="version")
        self.doors.promote(actor=self.actor, name=name, number=int(number))
        messages.success(request, _("Version %(number)s answers now.") % {"number": number})
        return self.doors.back(name)


class RollBack(_Button):
    """Lets the version before the last promotion answer again."""

    required_permission: ClassVar[Mapping[str, str]] = {"POST": "model.promote"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Roll back."""
        number = self.doors.roll_back(actor=self.actor, name=name)
        messages.success(request, _("Version %(number)s answers again.") % {"number": number})
        return self.doors.back(name)


class Retrain(_Button):
    """Trains a further version."""

    required_permission: ClassVar[Mapping[str, str]] = {"POST": "model.train"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Queue the training and go where it can be watched."""
        self.doors.retrain(actor=self.actor, name=name)
        return redirect(f"{self.doors.app}:training", name=name)


class Delete(_Button):
    """Deletes the model's place in the application."""

    required_permission: ClassVar[Mapping[str, str]] = {"POST": "model.delete"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Delete once its name was typed."""
        if request.POST.get("confirm_name", "") != name:
            raise InvalidInputError(_("Type the name to confirm."), field="confirm_name")
        self.doors.delete(actor=self.actor, name=name)
        messages.success(request, _("%(name)s was deleted.") % {"name": name})
        return redirect(f"{self.doors.app}:overview")


def version_routes(doors: VersionDoors) -> list[URLPattern]:
    """Return the routes `promote`, `roll-back`, `retrain` and `delete` of one application."""
    pages = {"promote": Promote, "roll-back": RollBack, "retrain": Retrain, "delete": Delete}
    return [
        path(f"models/<str:name>/{word}/", _of(page, doors).as_view(), name=word)
        for word, page in pages.items()
    ]


def _of(page: type[_Button], doors: VersionDoors) -> type[_Button]:
    return type(page.__name__, (page,), {"doors": doors})
