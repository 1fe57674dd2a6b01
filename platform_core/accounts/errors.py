"""Refusals of the accounts part."""

from django.utils.translation import gettext as _

from platform_core.errors import ConflictError, InvalidInputError, PermissionDeniedError


class LastOwnerError(ConflictError):
    """The organisation would be left without an owner."""

    title = "An organisation needs an owner"

    def __init__(self) -> None:
        super().__init__(
            _("This is the organisation’s last owner."),
            remedy=_("Make another member an owner first."),
        )


class OwnerRoleError(PermissionDeniedError):
    """Somebody below an owner tried to give, change or take the owner role."""

    def __init__(self) -> None:
        super().__init__(
            _("Only an owner can make, change or remove an owner."),
            remedy=_("Ask an owner of your organisation."),
        )


class MemberExistsError(ConflictError):
    """The person is a member already."""

    title = "Already a member"

    def __init__(self, email: str) -> None:
        super().__init__(
            _("%(email)s is already a member of this organisation.") % {"email": email},
            remedy=_("Change their role in the list of members."),
            field="email",
        )


class PasswordNotOursError(ConflictError):
    """A password that nobody of this organisation may reset for the person."""

    title = "Not this organisation’s to reset"

    def __init__(self, detail: str) -> None:
        super().__init__(
            detail,
            remedy=_("Somebody who runs the platform can reset it: manage.py changepassword."),
        )


class ScopeError(InvalidInputError):
    """A key was asked for more than its maker may do."""

    def __init__(self, detail: str, *, remedy: str = "") -> None:
        super().__init__(detail, remedy=remedy, field="scopes")
