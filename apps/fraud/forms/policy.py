"""The form of a policy: thresholds, costs, and what decides without a score."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.fraud.models import Outcome
from apps.fraud.services import policies
from platform_core.errors import PlatformError
from platform_core.sentences import refusal

_WORDS = {
    "challenge": (_("Challenge from"), _("Score; empty means never.")),
    "review": (_("Review from"), _("Score; empty means never.")),
    "decline": (_("Decline from"), _("Score; empty means never.")),
    "review_cost": (_("Cost of a review"), _("One person looking at one payment.")),
    "friction_cost": (_("Cost of a challenge"), _("To a genuine customer.")),
    "decline_cost": (_("Cost of a wrong decline"), _("Beside the share of its amount.")),
    "decline_share": (_("Share lost by a wrong decline"), _("Of a genuine payment's amount.")),
    "loss_share": (_("Share lost by a fraud"), _("Of its amount, once approved.")),
    "challenge_misses": (_("Frauds that pass a challenge"), _("Share, 0 to 1.")),
    "review_misses": (_("Frauds that pass a review"), _("Share, 0 to 1.")),
}


class PolicyForm(forms.Form):
    """One version of the policy; ranges are checked by the service."""

    by_cost = forms.BooleanField(
        label=_("Choose the cheapest outcome of each payment instead of thresholds"),
        required=False,
    )
    fallback = forms.ChoiceField(
        label=_("Without a score"),
        choices=Outcome.choices,
        help_text=_("What is decided where the model does not answer."),
    )
    reason = forms.CharField(
        label=_("Why"), max_length=500, required=False, help_text=_("Read by who approves it.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the numbers."""
        super().__init__(*args, **kwargs)
        for name, (label, hint) in _WORDS.items():
            is_share = name not in policies.COSTS
            step = 0.01 if is_share else 0.1
            self.fields[name] = forms.FloatField(
                label=label,
                help_text=hint,
                required=name not in policies.THRESHOLDS,
                min_value=0,
                max_value=1 if is_share else policies.MAX_COST,
                widget=forms.NumberInput(attrs={"step": step}),
            )

    @property
    def thresholds(self) -> list[forms.BoundField]:
        """From which score on what is done."""
        return [self[name] for name in policies.THRESHOLDS]

    @property
    def costs(self) -> list[forms.BoundField]:
        """What things cost."""
        return [self[name] for name in (*policies.COSTS, *policies.SHARES)]

    def body(self) -> dict[str, Any]:
        """Return the valid policy."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}

    def refuse(self, error: PlatformError) -> None:
        """Show a refusal beside the field it names."""
        named = str(error.extra.get("field", ""))
        self.add_error(named if named in self.fields else None, refusal(error))
