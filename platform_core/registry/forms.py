"""What the dialogs of the model pages send."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from platform_core.registry.models import ALIASES

_WORDS = {"champion": _("champion"), "challenger": _("challenger")}


def alias_words(alias: str) -> str | Promise:
    """Return an alias as the reader's language says it; one of their own is its name."""
    return _WORDS.get(alias, alias)


class ReasonForm(forms.Form):
    """Why an alias moves; shown in the history."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        help_text=_("Shown in the history, for example what was measured."),
    )


class PromotionForm(ReasonForm):
    """Which alias shall point to the version."""

    alias = forms.CharField(
        label=_("Alias"),
        initial=ALIASES[0],
        max_length=20,
        help_text=_(
            "champion answers requests, challenger is tried beside it; or a name of your own."
        ),
        widget=forms.TextInput(attrs={"list": "aliases", "autocomplete": "off"}),
    )
    field_order = ("alias", "reason")


class NotesForm(forms.Form):
    """What people say of a version."""

    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Intended use, limits, who to ask. Everybody in your organisation can read them."
        ),
    )


class ImportForm(forms.Form):
    """What a model file is to become; see answers.ModelImport."""

    name = forms.CharField(
        label=_("Name"),
        max_length=63,
        help_text=_(
            "Lower-case letters, digits and . _ - ; an imported model's own name adds a version to it."
        ),
    )
    task = forms.CharField(label=_("Task"), max_length=40, initial="prediction")
    description = forms.CharField(label=_("Description"), max_length=2000, required=False)
    activation = forms.ChoiceField(
        label=_("Activation between layers"),
        choices=[(each, each) for each in ("relu", "tanh", "sigmoid", "gelu", "elu")],
        help_text=_("Only for safetensors files, which hold weights alone."),
    )
    output = forms.ChoiceField(
        label=_("After the last layer"),
        choices=[("none", _("Nothing")), ("softmax", "softmax"), ("sigmoid", "sigmoid")],
        help_text=_("Only for safetensors files."),
    )
