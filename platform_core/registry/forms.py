"""What the dialogs of the model pages send."""

from django import forms
from django.utils.translation import gettext_lazy as _

from platform_core.registry.models import ALIASES

ALIAS_WORDS = {"champion": _("champion"), "challenger": _("challenger")}


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

    alias = forms.ChoiceField(
        label=_("Alias"),
        choices=[
            (ALIASES[0], _("Champion: answers requests")),
            (ALIASES[1], _("Challenger: tried beside it")),
        ],
        initial=ALIASES[0],
    )
    field_order = ("alias", "reason")
