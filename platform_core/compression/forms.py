"""The form that asks for a compression."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import Actor
from platform_core.compression.params import AUTO, MAX_TOLERANCE, CompressionSpec
from platform_core.compression.words import METHOD_WORDS
from platform_core.datasets import api as datasets
from platform_core.registry import api as registry

_MAX_CHOICES = 500


class CompressionForm(forms.Form):
    """What to make smaller, how, and how much it may lose."""

    model = forms.ChoiceField(label=_("Model"))
    version = forms.IntegerField(label=_("Version"), min_value=1, max_value=10**9)
    method = forms.ChoiceField(
        label=_("Method"),
        choices=[(AUTO, _("Automatic: try all, keep the best trade-offs")), *METHOD_WORDS.items()],
    )
    tolerance = forms.FloatField(
        label=_("Quality that may be lost"),
        min_value=0,
        max_value=MAX_TOLERANCE,
        initial=0.02,
        help_text=_("A version that loses more is refused. 0.02 is two in a hundred answers."),
    )
    dataset = forms.ChoiceField(
        label=_("Data set with real inputs"),
        required=False,
        help_text=_("Not needed for models whose application brings requests of its own."),
    )
    columns = forms.CharField(
        label=_("Columns"),
        required=False,
        max_length=4000,
        help_text=_("In the model's order, separated by commas. Empty: the numeric ones."),
    )
    label_column = forms.CharField(
        label=_("Column with the right answers"),
        required=False,
        max_length=200,
        help_text=_("Without it, quality is how often the smaller model agrees with this one."),
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        models = registry.models(actor=actor)[:_MAX_CHOICES]
        self.fields["model"].choices = [(each.name, each.name) for each in models]  # type: ignore[attr-defined]
        rows = datasets.datasets(actor=actor)[:_MAX_CHOICES]
        chosen = [("", _("None")), *((str(each.pk), each.name) for each in rows)]
        self.fields["dataset"].choices = chosen  # type: ignore[attr-defined]

    def spec(self) -> CompressionSpec:
        """Return what was asked for; only of a valid form."""
        asked = self.cleaned_data
        named = (each.strip() for each in asked["columns"].split(","))
        return CompressionSpec(
            model=asked["model"],
            version=asked["version"],
            methods=(asked["method"],),
            tolerance=asked["tolerance"],
            dataset=asked["dataset"] or None,
            columns=tuple(each for each in named if each),
            label_column=asked["label_column"].strip(),
        )
