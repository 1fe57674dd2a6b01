"""The forms of evaluations and experiments."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.recommendation.services.evaluations import EvaluationSpec
from apps.recommendation.services.experiments import ExperimentSpec
from platform_core.errors import PlatformError
from platform_core.sentences import refusal

PROTOCOL_LABELS = {
    "latest": _("The newest choice of each person"),
    "random": _("A random choice of each person"),
    "fraction": _("A random share of all choices"),
    "time": _("The newest share of all choices"),
    "unseen": _("Choices the versions never saw"),
}


class EvaluationForm(forms.Form):
    """Which versions to measure, on what, and how choices are kept back.

    Args:
        versions: numbers that can be chosen.
        chosen: those ticked at first.
        datasets: (id, name) of other data to ask about.
        has_times: False leaves out the protocols by time.
    """

    versions = forms.MultipleChoiceField(
        label=_("Versions"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Up to four; the others are compared with the first."),
    )
    protocol = forms.ChoiceField(label=_("What is kept back"), required=False)
    dataset = forms.ChoiceField(
        label=_("Data set"),
        required=False,
        help_text=_(
            "With the same columns. Newer data asks the versions about what they never saw."
        ),
    )
    ks = forms.CharField(
        label=_("Lengths of the list"), initial="5, 10, 20", help_text=_("Up to six, at most 100.")
    )
    fraction = forms.FloatField(
        label=_("Share kept back"),
        initial=0.2,
        required=False,
        help_text=_("Of all choices, where a share is kept back: 0.01 to 0.5."),
    )
    seed = forms.IntegerField(label=_("Seed"), initial=0, required=False, min_value=0)

    def __init__(
        self,
        *args: Any,
        versions: Sequence[int],
        chosen: Sequence[str],
        datasets: Sequence[tuple[str, str]],
        has_times: bool,
        **kwargs: Any,
    ) -> None:
        """Fill the choices."""
        super().__init__(*args, **kwargs)
        words = [(str(n), _("Version %(number)d") % {"number": n}) for n in versions]
        self._offer("versions", words)
        self.fields["versions"].initial = chosen
        self._offer("dataset", [("", _("What it learned from")), *datasets])
        needs_times = {"latest", "time"}
        offered = [
            each for each in PROTOCOL_LABELS.items() if has_times or each[0] not in needs_times
        ]
        self._offer("protocol", [("", _("Chosen for the data")), *offered])

    @property
    def has_versions(self) -> bool:
        """False while there is nothing to measure."""
        return bool(self["versions"].field.choices)  # type: ignore[attr-defined]

    @property
    def rest(self) -> list[forms.BoundField]:
        """The fields besides the versions."""
        return [self[name] for name in self.fields if name != "versions"]

    def _offer(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField | forms.MultipleChoiceField)  # noqa: S101
        field.choices = list(choices)

    def clean_ks(self) -> list[int]:
        """Return the lengths typed, separated by commas or spaces."""
        words = str(self.cleaned_data["ks"]).replace(",", " ").split()
        if not words or not all(word.isdecimal() and len(word) < 4 for word in words):
            raise forms.ValidationError(_("Give whole numbers separated by commas."))
        return [int(word) for word in words]

    def spec(self) -> EvaluationSpec:
        """Return what the valid form asks for."""
        data = self.cleaned_data
        fraction = data["fraction"]
        return EvaluationSpec(
            versions=sorted(int(number) for number in data["versions"]),
            dataset=data["dataset"],
            protocol=data["protocol"],
            fraction=0.2 if fraction is None else fraction,
            ks=data["ks"],
            seed=data["seed"] or 0,
        )

    def refuse(self, error: PlatformError) -> None:
        """Show a service's refusal beside the field it names."""
        _refuse(self, error)


class ExperimentForm(forms.Form):
    """What to compare before real users."""

    name = forms.CharField(label=_("Name"), max_length=80)
    alias_a = forms.ChoiceField(label=_("A"), help_text=_("What most people see today."))
    alias_b = forms.ChoiceField(label=_("B"), initial="challenger")
    percent_b = forms.FloatField(
        label=_("People who see B, per cent"), initial=50, min_value=1, max_value=99
    )
    kinds = forms.CharField(
        label=_("Events that count as success"),
        required=False,
        initial="purchase",
        help_text=_("Kinds separated by commas; empty means any event."),
    )
    window_hours = forms.IntegerField(
        label=_("Hours after being shown in which an event counts"),
        initial=24,
        min_value=1,
        max_value=720,
    )
    days = forms.IntegerField(
        label=_("Planned length, days"),
        initial=14,
        min_value=1,
        max_value=90,
        help_text=_("Whole weeks, so that every weekday counts equally."),
    )

    def __init__(self, *args: Any, aliases: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the aliases, each with the version it points to."""
        super().__init__(*args, **kwargs)
        for name in ("alias_a", "alias_b"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = list(aliases)

    def spec(self) -> ExperimentSpec:
        """Return what the valid form asks for."""
        data = self.cleaned_data
        kinds = [kind.strip() for kind in data["kinds"].split(",")]
        return ExperimentSpec(
            name=data["name"],
            alias_a=data["alias_a"],
            alias_b=data["alias_b"],
            share_b=data["percent_b"] / 100,
            kinds=[kind for kind in kinds if kind],
            window_hours=data["window_hours"],
            days=data["days"],
        )

    def refuse(self, error: PlatformError) -> None:
        """Show a service's refusal beside the field it names."""
        _refuse(self, error)


def _refuse(form: forms.Form, error: PlatformError) -> None:
    named = {"share_b": "percent_b"}.get(str(error.extra.get("field")), error.extra.get("field"))
    form.add_error(str(named) if named in form.fields else None, refusal(error))
