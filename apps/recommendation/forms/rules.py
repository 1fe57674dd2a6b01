"""The form of a business rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.recommendation.models import Rule
from apps.recommendation.services import NewRule
from platform_core.errors import PlatformError
from platform_core.sentences import refusal

_LOCAL = "%Y-%m-%dT%H:%M"
_IDS = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})


class RuleForm(forms.Form):
    """What a rule does, to which items, and when; conditions on attributes stand beside it in the page."""

    name = forms.CharField(label=_("Name"), max_length=80)
    action = forms.ChoiceField(
        label=_("What it does"),
        choices=[
            (Rule.Action.BOOST, _("Lift items")),
            (Rule.Action.BURY, _("Put items last")),
            (Rule.Action.PIN, _("Put items at a place")),
            (Rule.Action.CAP, _("At most so many of each value")),
            (Rule.Action.HIDE, _("Never show items")),
        ],
    )
    items = forms.CharField(
        label=_("Items"),
        required=False,
        widget=_IDS,
        help_text=_("Ids, one a line; or leave empty and give conditions below."),
    )
    strength = forms.FloatField(
        label=_("Strength"),
        required=False,
        initial=1.0,
        min_value=0,
        max_value=10,
        help_text=_("Of lifting: in standard deviations of a person's scores."),
    )
    position = forms.IntegerField(
        label=_("Place"),
        required=False,
        initial=1,
        min_value=1,
        max_value=1000,
        help_text=_("Of putting items at a place: 1 is first."),
    )
    attribute = forms.ChoiceField(
        label=_("Attribute"),
        required=False,
        help_text=_("Whose values are counted, where at most so many are shown."),
    )
    limit = forms.IntegerField(
        label=_("At most of each value"), required=False, initial=2, min_value=1, max_value=1000
    )
    starts_at = forms.DateTimeField(
        label=_("Active from"),
        required=False,
        input_formats=[_LOCAL],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL),
    )
    ends_at = forms.DateTimeField(
        label=_("Active until"),
        required=False,
        input_formats=[_LOCAL],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL),
    )

    def __init__(self, *args: Any, attributes: list[dict[str, Any]], **kwargs: Any) -> None:
        """Offer the texts among the attributes for caps."""
        super().__init__(*args, **kwargs)
        texts = [each["name"] for each in attributes if each["kind"] == "text"]
        field = self.fields["attribute"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", "–"), *((name, name) for name in texts)]

    def rule(self, conditions: dict[str, Any] | None) -> NewRule:
        """Return the rule of a valid form; ids come before conditions."""
        data = self.cleaned_data
        return NewRule(
            name=data["name"].strip(),
            action=data["action"],
            body=_body(data, conditions),
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
        )

    def refuse(self, error: PlatformError) -> None:
        """Show a service's refusal beside the field it names."""
        named = str(error.extra.get("field", ""))
        self.add_error(named if named in self.fields else None, refusal(error))


def _body(data: dict[str, Any], conditions: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the action needs, and nothing else."""
    action = data["action"]
    if action == Rule.Action.CAP:
        return {"attribute": data["attribute"], "limit": data["limit"] or 1}
    items = [line.strip() for line in data["items"].splitlines() if line.strip()]
    body: dict[str, Any] = {}
    if items:
        body["items"] = items
    elif conditions is not None:
        body["filter"] = conditions
    if action == Rule.Action.BOOST and data["strength"] is not None:
        body["strength"] = data["strength"]
    if action == Rule.Action.PIN:
        body["position"] = data["position"] or 1
    return body
