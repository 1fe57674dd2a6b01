"""Forms of the endpoint pages; the services check the values, the forms say what there is."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.sentences import refusal

_ALIAS_WORDS = {"champion": _("Champion"), "challenger": _("Challenger")}
MAX_REQUEST_CHARS = 2_000_000


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
