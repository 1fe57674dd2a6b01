"""The form that starts a training, made from the parameters' own metadata."""

import dataclasses
from collections.abc import Sequence
from typing import Any, get_args, get_type_hints

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.recommendation import params, services
from platform_core.errors import PlatformError
from platform_core.sentences import refusal

ROLES = ("user", "item", "rating", "time")
_PREFIX = "param_"
_LABELS = {
    "user": (_("User column"), _("Who: one id per person.")),
    "item": (_("Item column"), _("What: one id per product, film, article.")),
    "rating": (_("Rating column"), _("Numbers. Left out, every row counts as one choice.")),
    "time": (_("Time column"), _("Lets the newest choice of each person be the test.")),
}


class TrainForm(forms.Form):
    """Name, data set, which column is what, and every parameter of the training.

    Args:
        datasets: (id, name) of what can be chosen.
        columns: names of the chosen data set's columns.
        tables: role `items` or `users` -> columns of the chosen feature table.
    """

    name = forms.CharField(
        label=_("Name"),
        max_length=63,
        help_text=_("Lower-case letters, digits, dots, - and _. Part of its address for programs."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(
        self,
        *args: Any,
        datasets: Sequence[tuple[str, str]],
        columns: Sequence[str] = (),
        tables: dict[str, Sequence[str]] | None = None,
        **kwargs: Any,
    ) -> None:
        """Fill the choices and add one field per role, feature table and parameter."""
        super().__init__(*args, **kwargs)
        self.has_data = bool(datasets)
        self.has_columns = bool(columns)
        self.has_tables = any((tables or {}).values())
        self.fields["dataset"] = _dataset(_("Data set"), datasets, required=True)
        self.fields["dataset"].help_text = _("One row per choice.")
        for role in ROLES:
            self.fields[f"{role}_column"] = _column(role, columns)
        for role, words in (("items", _("Item table")), ("users", _("User table"))):
            self.fields[f"{role}_dataset"] = _dataset(words, datasets, required=False)
            self.fields[f"{role}_id_column"] = forms.ChoiceField(
                label=_("Its id column"),
                required=False,
                choices=_choices((tables or {}).get(role, ())),
            )
        for spec in params.FIELDS:
            self.fields[_PREFIX + spec.name] = _parameter(spec)

    @property
    def main_columns(self) -> list[forms.BoundField]:
        """The column selects."""
        return [self[f"{role}_column"] for role in ROLES]

    @property
    def advanced(self) -> list[forms.BoundField]:
        """The parameters other than the model itself."""
        return [self[_PREFIX + spec.name] for spec in params.FIELDS if spec.name != "model"]

    @property
    def advanced_has_errors(self) -> bool:
        """True when the folded part must be shown open."""
        return any(field.errors for field in self.advanced)

    def spec(self) -> services.RecommenderSpec:
        """Return what the valid form asks for."""
        data = self.cleaned_data
        return services.RecommenderSpec(
            name=data["name"],
            dataset=data["dataset"],
            columns={role: data[f"{role}_column"] for role in ROLES},
            items=_table(data, "items"),
            users=_table(data, "users"),
            params={spec.name: data[_PREFIX + spec.name] for spec in params.FIELDS},
        )

    def refuse(self, error: PlatformError) -> None:
        """Show a service's refusal beside the field it names."""
        named = str(error.extra.get("field", "")).replace(".", "_")
        field = next((name for name in (named, _PREFIX + named) if name in self.fields), None)
        self.add_error(field, refusal(error))


def _choices(columns: Sequence[str]) -> list[tuple[str, Any]]:
    return [("", "–"), *((name, name) for name in columns)]


def _dataset(
    words: Any,
    datasets: Sequence[tuple[str, str]],
    *,
    required: bool,
) -> forms.ChoiceField:
    """Return a select that fetches the columns of what is chosen."""
    attributes = {
        "hx-get": reverse("recommendation:columns"),
        "hx-target": "#columns",
        "hx-include": "[name=dataset], [name$=_dataset], [name$=_column]",
    }
    empty = _("Choose a data set") if required else _("None")
    return forms.ChoiceField(
        label=words,
        required=required,
        choices=[("", empty), *datasets],
        widget=forms.Select(attrs=attributes),
    )


def _column(role: str, columns: Sequence[str]) -> forms.ChoiceField:
    label, hint = _LABELS[role]
    required = role in ("user", "item")
    return forms.ChoiceField(
        label=label, help_text=hint, required=required, choices=_choices(columns)
    )


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


def _table(data: dict[str, Any], role: str) -> services.FeatureTable | None:
    dataset = data[f"{role}_dataset"]
    return services.FeatureTable(dataset, data[f"{role}_id_column"]) if dataset else None
