"""The form that starts a training, made from the parameters' own metadata."""

import dataclasses
from collections.abc import Sequence
from typing import Any, get_args, get_type_hints

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.fraud import params
from apps.fraud.services import lifecycle
from platform_core.errors import PlatformError
from platform_core.sentences import refusal

ROLES = ("time", "amount", "label", "id")
_PREFIX = "param_"
_LABELS = {
    "time": (_("Time column"), _("When the payment was asked for.")),
    "amount": (_("Amount column"), _("What is at risk.")),
    "label": (_("Fraud column"), _("1 or true for fraud. Without it, what is unusual is found.")),
    "id": (_("Id column"), _("Unique per payment.")),
}


class TrainForm(forms.Form):
    """Name, data set, which column is what, label delay, and every parameter of the training.

    Args:
        datasets: (id, name) of what can be chosen.
        columns: names of the chosen data set's columns.
    """

    name = forms.CharField(
        label=_("Name"),
        max_length=63,
        help_text=_("Lower-case letters, digits, dots, - and _. Part of its address for programs."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    label_delay_days = forms.FloatField(
        label=_("Days until frauds are known"),
        initial=lifecycle.DEFAULT_DELAY_DAYS,
        min_value=0,
        max_value=lifecycle.MAX_DELAY_DAYS,
        help_text=_("After so long a payment that nobody complained of counts as genuine."),
    )

    def __init__(
        self,
        *args: Any,
        datasets: Sequence[tuple[str, str]],
        columns: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        """Fill the choices and add one field per role and parameter."""
        super().__init__(*args, **kwargs)
        self.has_data = bool(datasets)
        self.has_columns = bool(columns)
        self.fields["dataset"] = _dataset(datasets)
        for role in ROLES:
            label, hint = _LABELS[role]
            self.fields[f"{role}_column"] = _column(label, hint, columns, required=role == "time")
        self.fields["customer_column"] = _column(
            _("Customer column"),
            _("Who pays; their own history is what a payment is compared with."),
            columns,
            required=True,
        )
        self.fields["entity_columns"] = forms.MultipleChoiceField(
            label=_("Further entities"),
            required=False,
            choices=[(name, name) for name in columns],
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Cards, terminals, devices, addresses: each has a history of its own."),
        )
        for spec in params.FIELDS:
            self.fields[_PREFIX + spec.name] = _parameter(spec)

    @property
    def main_columns(self) -> list[forms.BoundField]:
        """The column selects."""
        return [self[f"{role}_column"] for role in ("customer", *ROLES)]

    @property
    def advanced(self) -> list[forms.BoundField]:
        """The parameters other than the model itself."""
        return [self[_PREFIX + spec.name] for spec in params.FIELDS if spec.name != "model"]

    @property
    def advanced_has_errors(self) -> bool:
        """True when the folded part must be shown open."""
        return any(field.errors for field in self.advanced)

    def spec(self) -> lifecycle.DetectorSpec:
        """Return what the valid form asks for."""
        data = self.cleaned_data
        customer = data["customer_column"]
        further = [name for name in data["entity_columns"] if name != customer]
        return lifecycle.DetectorSpec(
            name=data["name"],
            dataset=data["dataset"],
            columns={role: data[f"{role}_column"] for role in ROLES},
            entities=(customer, *further),
            label_delay_days=data["label_delay_days"],
            params=_given(data),
        )

    def refuse(self, error: PlatformError) -> None:
        """Show a service's refusal beside the field it names."""
        named = str(error.extra.get("field", "")).replace(".", "_")
        field = next((name for name in (named, _PREFIX + named) if name in self.fields), None)
        self.add_error(field, refusal(error))


def _dataset(datasets: Sequence[tuple[str, str]]) -> forms.ChoiceField:
    """Return a select that fetches the columns of what is chosen."""
    attributes = {
        "hx-get": reverse("fraud:columns"),
        "hx-target": "#columns",
        "hx-include": "[name=dataset]",
    }
    return forms.ChoiceField(
        label=_("Data set"),
        help_text=_("One row per payment."),
        choices=[("", _("Choose a data set")), *datasets],
        widget=forms.Select(attrs=attributes),
    )


def _column(label: Any, hint: Any, columns: Sequence[str], *, required: bool) -> forms.ChoiceField:
    choices = [("", "–"), *((name, name) for name in columns)]
    return forms.ChoiceField(label=label, help_text=hint, required=required, choices=choices)


def _parameter(spec: "dataclasses.Field[Any]") -> forms.Field:
    """Return the form field of a parameter; an empty one means the platform's own choice."""
    words = {"label": spec.metadata["label"], "help_text": spec.metadata["help"], "required": False}
    if "choices" in spec.metadata:
        choices = [(key, params.MODEL_LABELS.get(key, key)) for key in spec.metadata["choices"]]
        return forms.ChoiceField(choices=choices, initial=spec.default, **words)
    kind = get_type_hints(params.TrainParams)[spec.name]
    maker = forms.IntegerField if int in (kind, *get_args(kind)) else forms.FloatField
    field: forms.Field = maker(
        min_value=spec.metadata["min"],
        max_value=spec.metadata["max"],
        initial=spec.default,
        **words,
    )
    if spec.default is None:
        field.widget.attrs["placeholder"] = _("Chosen for you")
    return field


def _given(data: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that were filled in."""
    told = {spec.name: data[_PREFIX + spec.name] for spec in params.FIELDS}
    return {name: value for name, value in told.items() if value not in (None, "")}
