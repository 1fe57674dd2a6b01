"""A person's own settings."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from platform_core.accounts import journal
from platform_core.accounts.actor import Actor
from platform_core.accounts.models import User
from platform_core.errors import InvalidInputError, PermissionDeniedError

MAX_NAME_CHARS = 120


@transaction.atomic
def change_profile(
    *,
    actor: Actor,
    name: str | None = None,
    language: str | None = None,
    theme: str | None = None,
) -> User:
    """Change what is given of a person's name, language and theme.

    Raises:
        InvalidInputError: a value is not one the platform has.
        PermissionDeniedError: the actor is the platform, which has no profile.
    """
    actor.require("profile.manage")
    if actor.user is None:
        raise PermissionDeniedError(_("Only a person has a profile."))
    given = {"name": name, "language": language, "theme": theme}
    changes = {field: value.strip() for field, value in given.items() if value is not None}
    check_preferences(language=changes.get("language"), theme=changes.get("theme"))
    if len(changes.get("name", "")) > MAX_NAME_CHARS:
        raise InvalidInputError(_("A name has at most 120 letters."), field="name")
    user = User.objects.select_for_update().get(pk=actor.user.pk)
    changed = sorted(field for field, value in changes.items() if getattr(user, field) != value)
    if changed:
        _write(actor, user, {field: changes[field] for field in changed})
    return user


def check_preferences(*, language: str | None = None, theme: str | None = None) -> None:
    """Refuse a language or theme the platform does not have.

    Raises:
        InvalidInputError: naming the field.
    """
    if language is not None and language not in dict(settings.LANGUAGES):
        known = ", ".join(code for code, _name in settings.LANGUAGES)
        words = _("Choose a language out of: %(known)s.") % {"known": known}
        raise InvalidInputError(words, field="language")
    if theme is not None and theme not in User.Theme.values:
        known = ", ".join(User.Theme.values)
        raise InvalidInputError(
            _("Choose a theme out of: %(known)s.") % {"known": known}, field="theme"
        )


def _write(actor: Actor, user: User, changes: dict[str, str]) -> None:
    for field, value in changes.items():
        setattr(user, field, value)
    user.save(update_fields=list(changes))
    journal.record(
        actor=actor,
        action="profile.change",
        target=f"user:{user.pk}",
        details={"fields": sorted(changes)},
    )
