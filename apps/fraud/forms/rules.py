"""The forms of rules, their tests and back-tests."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.fraud.models import Outcome
from apps.fraud.models.rules import MAX_RULE_NAME
from platform_core.errors import PlatformError
from platform_core.sentences import refusal

MAX_TEXT = 4_000


class RuleForm(forms.Form):
    """A condition and what it asks for; `name` only for a new rule."""

    name = forms.CharField(label=_("Name"), max_length=MAX_RULE_NAME)
    text = forms.CharField(
        label=_("Condition"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "mono"}),
        help_text=_("A sentence that is true or not of a payment; see the fields beside it."),
    )
    action = forms.ChoiceField(
        label=_("What it asks for"), choices=Outcome.choices, initial=Outcome.REVIEW
    )
    note = forms.CharField(
        label=_("Why"),
        max_length=500,
        required=False,
        help_text=_("Kept with the version, for who reads it later."),
    )

    def __init__(self, *args: Any, named: bool = True, **kwargs: Any) -> None:
        """Leave the name out where the rule has one."""
        super().__init__(*args, **kwargs)
        if not named:
            del self.fields["name"]

    def refuse(self, error: PlatformError) -> None:
        """Show a refusal beside the field it names."""
        named = str(error.extra.get("field", ""))
        self.add_error(named if named in self.fields else None, refusal(error))


class BackTestForm(forms.Form):
    """Which rules to try, and on what."""

    def __init__(
        self,
        *args: Any,
        rules: Sequence[tuple[str, str]],
        datasets: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """Offer rules and data sets."""
        super().__init__(*args, **kwargs)
        self.fields["rules"] = forms.MultipleChoiceField(
            label=_("Rules"),
            choices=rules,
            widget=forms.CheckboxSelectMultiple,
            initial=[key for key, _words in rules],
            help_text=_("Their newest wording."),
        )
        self.fields["on"] = forms.ChoiceField(
            label=_("Tried on"),
            required=False,
            choices=[
                ("", _("What the detector learned from")),
                ("decisions", _("The detector's own decisions")),
                *datasets,
            ],
        )
