"""Forms of the endpoint pages; the services check the values, the forms say what there is."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.sentences import refusal
from platform_core.serving import examples as request_examples

_ALIAS_WORDS = {"champion": _("Champion"), "challenger": _("Challenger")}
MAX_REQUEST_CHARS = 2_000_000
MAX_FIELDS, MAX_COLUMNS = 12, 64
"""Inputs and values in a row that somebody may still want to type."""


class EndpointForm(forms.Form):
    """A new endpoint."""

    name = forms.CharField(
        label=_("Name"),
        max_length=63,
        help_text=_("Programs call it by this name: lower-case letters, digits, dot, dash."),
    )
    model = forms.ChoiceField(label=_("Model"))
    alias = forms.ChoiceField(
        label=_("Answers with"),
        choices=[(alias, _ALIAS_WORDS.get(alias, alias)) for alias in registry.ALIASES],
        help_text=_("Moving the alias moves the endpoint, without a failed request."),
    )

    def __init__(self, *args: Any, models: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        model = self.fields["model"]
        assert isinstance(model, forms.ChoiceField)  # noqa: S101  (declared above)
        model.choices = [(name, name) for name in models]

    def refuse(self, error: PlatformError) -> None:
        """Show the refusal at its field, or above the form."""
        field = str(error.extra.get("field", "name"))
        self.add_error(field if field in self.fields else None, refusal(error))


class PlaygroundForm(forms.Form):
    """A request as JSON."""

    request = forms.CharField(
        label=_("Request (JSON)"),
        max_length=MAX_REQUEST_CHARS,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "mono"}),
        help_text=_("inputs: tensor name to nested list. Datatypes come from the signature."),
    )

    def clean_request(self) -> dict[str, Any]:
        """Parse the JSON and check its outer shape."""
        try:
            request = json.loads(self.cleaned_data["request"])
        except ValueError as error:
            raise forms.ValidationError(_("This is not JSON: %s") % error) from error
        except RecursionError as error:
            raise forms.ValidationError(_("This JSON is nested too deeply.")) from error
        if not isinstance(request, dict) or not isinstance(request.get("inputs"), dict):
            raise forms.ValidationError(_("Write an object with “inputs”."))
        if not isinstance(request.get("parameters") or {}, dict):
            raise forms.ValidationError(_("“parameters” is an object."))
        return request

    @property
    def wanted(self) -> dict[str, Any]:
        """The request a valid form says."""
        found: dict[str, Any] = self.cleaned_data["request"]
        return found


class TensorForm(forms.Form):
    """One field for each input of a model, for those that can be typed: numbers, words, short rows."""

    def __init__(
        self,
        specs: Sequence[Mapping[str, Any]],
        example: Mapping[str, Any],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix="tensor")
        self.specs, self.parameters = specs, example.get("parameters", {})
        for number, spec in enumerate(specs):
            value = example.get("inputs", {}).get(spec["name"])
            self.fields[f"input{number}"] = forms.CharField(
                label=spec["name"],
                max_length=MAX_REQUEST_CHARS,
                required=not spec.get("optional"),
                initial="" if value is None else _typed(value),
                widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "class": "mono"}),
                help_text=_("%(datatype)s; values with commas, one row on each line.")
                % {"datatype": spec["datatype"]},
            )

    @classmethod
    def of(
        cls,
        manifest: Mapping[str, Any],
        example: Mapping[str, Any] | None,
        data: Mapping[str, Any] | None = None,
    ) -> Self:
        """Return the form of a model; without fields when its inputs are too large to be typed."""
        specs = manifest.get("inputs", [])
        typed = all(_can_be_typed(spec) for spec in specs) and len(specs) <= MAX_FIELDS
        example = example or request_examples.example_request(manifest)
        return cls(specs if typed else (), example, data)

    def clean(self) -> dict[str, Any]:
        """Turn what was typed into nested lists of the signature's shape."""
        cleaned: dict[str, Any] = super().clean() or {}
        self.inputs: dict[str, Any] = {}
        for number, spec in enumerate(self.specs):
            text = cleaned.get(f"input{number}")
            if not text:
                continue
            try:
                self.inputs[spec["name"]] = _nested(text, spec)
            except ValueError:
                words = _("Write %(datatype)s values with commas.") % {"datatype": spec["datatype"]}
                self.add_error(f"input{number}", words)
        return cleaned

    @property
    def wanted(self) -> dict[str, Any]:
        """The request a valid form says."""
        return {"inputs": self.inputs, "parameters": self.parameters}


def _can_be_typed(spec: Mapping[str, Any]) -> bool:
    shape = spec["shape"]
    return 0 < len(shape) <= 2 and all(length <= MAX_COLUMNS for length in shape[1:])


def _typed(value: Any) -> str:
    rows = value if value and isinstance(value[0], list) else [value]
    return "\n".join(", ".join(str(one) for one in row) for row in rows)


def _nested(text: str, spec: Mapping[str, Any]) -> list[Any]:
    rows = [
        [_value(word.strip(), spec["datatype"]) for word in line.split(",")]
        for line in text.splitlines()
        if line.strip()
    ]
    return rows if len(spec["shape"]) == 2 else [one for row in rows for one in row]


def _value(word: str, datatype: str) -> Any:
    if datatype == "BYTES":
        return word
    if datatype == "BOOL":
        if word.lower() not in {"true", "false", "1", "0"}:
            raise ValueError(word)
        return word.lower() in {"true", "1"}
    return float(word) if "F" in datatype else int(word)
