"""Forms of the account pages; the services check the values, the forms say what there is."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.models import User
from platform_core.accounts.permissions import Role
from platform_core.errors import PlatformError
from platform_core.sentences import refusal

SCOPE_WORDS = {
    "all": _("Everything your role allows"),
    "read": _("Read everything, change nothing"),
    "predict": _("Call endpoints and send events"),
    "data": _("Upload, preview and delete data sets"),
    "train": _("Submit and manage training jobs"),
}
LIFETIMES = [
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("1 year")),
    ("", _("No end")),
]


class RefusableForm(forms.Form):
    """A form that can show a service's refusal beside the field it is about."""

    def refuse(self, error: PlatformError) -> None:
        """Show the refusal at its field, or above the form."""
        field = str(error.extra.get("field", ""))
        self.add_error(field if field in self.fields else None, refusal(error))


class ProfileForm(RefusableForm):
    """A person's name, language and theme."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Colour scheme"), choices=User.Theme.choices)


class KeyForm(RefusableForm):
    """A new API key."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Which program uses it, for example “web shop”."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=list(SCOPE_WORDS.items()),
        initial=["predict"],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Never more than your role allows."),
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        choices=LIFETIMES,
        coerce=int,
        empty_value=None,
        required=False,
        initial="90",
    )


class MemberForm(RefusableForm):
    """A person to add."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.ANALYST)

    def __init__(self, *args: Any, may_make_owners: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = role_choices(may_make_owners=may_make_owners)  # type: ignore[attr-defined]


class OrganisationForm(RefusableForm):
    """An organisation to found."""

    name = forms.CharField(label=_("Name of the organisation"), max_length=120)


def role_choices(*, may_make_owners: bool) -> list[tuple[str, Any]]:
    """Return the roles one may give."""
    return [pair for pair in Role.choices if may_make_owners or pair[0] != Role.OWNER]
