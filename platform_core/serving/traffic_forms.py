"""Forms that move traffic; the services check the values, the forms say what there is."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.sentences import refusal
from platform_core.serving.canaries import STEPS, Rules
from platform_core.serving.models import Endpoint
from platform_core.serving.traffic import Plan

_WORDS = {"champion": _("Champion"), "challenger": _("Challenger")}


class RefusableForm(forms.Form):
    """A form of one endpoint that shows what a service refused.

    Attributes:
        key: its name in the page's context.
    """

    key: ClassVar[str] = ""

    def __init__(
        self, data: Mapping[str, Any] | None, *, endpoint: Endpoint, aliases: list[str]
    ) -> None:
        super().__init__(data, prefix=self.key)
        self.endpoint, self.aliases = endpoint, aliases
        self.prepare()

    @classmethod
    def of(cls, actor: Actor, endpoint: Endpoint, data: Mapping[str, Any] | None = None) -> Self:
        """Return the form for an endpoint; its model's aliases are the choices."""
        targets = registry.alias_targets(actor.organisation, endpoint.model_name)
        others = sorted(
            alias for _organisation, _model, alias in targets if alias != endpoint.alias
        )
        return cls(data, endpoint=endpoint, aliases=others)

    def prepare(self) -> None:
        """Make the fields that depend on the endpoint."""

    def refuse(self, error: PlatformError) -> None:
        """Show the refusal at its field, or above the form."""
        field = str(error.extra.get("field", ""))
        self.add_error(field if field in self.fields else None, refusal(error))

    def _choices(self) -> list[tuple[str, Any]]:
        return [(alias, _WORDS.get(alias, alias)) for alias in self.aliases]


class TrafficForm(RefusableForm):
    """Percent of the requests for each further alias, and the shadow."""

    key = "traffic"
    shadow = forms.ChoiceField(
        label=_("Copies go to"),
        required=False,
        help_text=_("It answers too, unseen, and the answers are compared."),
    )
    copied = forms.FloatField(
        label=_("Copied, %"), required=False, min_value=0, max_value=100, initial=100
    )

    def prepare(self) -> None:
        """Make a field for every alias that can take requests."""
        plan = Plan.of(self.endpoint)
        weights: dict[str, forms.Field] = {}
        for alias in self.aliases:
            weights[f"weight_{alias}"] = forms.FloatField(
                label=_("%s, %%") % _WORDS.get(alias, alias),
                min_value=0,
                max_value=100,
                required=False,
                initial=plan.weights.get(alias, 0),
            )
        self.fields = {**weights, **self.fields}
        shadow = self.fields["shadow"]
        assert isinstance(shadow, forms.ChoiceField)  # noqa: S101  (declared above)
        shadow.choices = [("", _("Nobody")), *self._choices()]
        self.initial = {"shadow": plan.shadow_alias, "copied": 100 * plan.shadow_fraction}

    @property
    def plan(self) -> Plan:
        """What a valid form says."""
        clean = self.cleaned_data
        copied = clean.get("copied")
        return Plan(
            self.endpoint.alias,
            {alias: clean.get(f"weight_{alias}") or 0.0 for alias in self.aliases},
            clean.get("shadow") or "",
            1.0 if copied is None else copied / 100,
        )


class CanaryForm(RefusableForm):
    """A candidate and how careful to be."""

    key = "canary"
    alias = forms.ChoiceField(label=_("Candidate"))
    steps = forms.CharField(
        label=_("Steps, %"),
        initial=", ".join(f"{step:g}" for step in STEPS),
        help_text=_("Part of the requests in each step; after the last one it takes all."),
    )
    min_requests = forms.IntegerField(
        label=_("Requests in each step"), initial=Rules.min_requests, min_value=20
    )
    step_s = forms.FloatField(label=_("Seconds in each step"), initial=Rules.step_s, min_value=0)
    errors_percent = forms.FloatField(
        label=_("Failures allowed more, points"),
        initial=100 * Rules.max_error_increase,
        min_value=0,
    )
    max_latency_ratio = forms.FloatField(
        label=_("Latency allowed, times"), initial=Rules.max_latency_ratio, min_value=1
    )
    promote = forms.BooleanField(
        label=_("Promote it in the end"), required=False, initial=Rules.promote
    )

    def prepare(self) -> None:
        """Offer the aliases that could be tried."""
        alias = self.fields["alias"]
        assert isinstance(alias, forms.ChoiceField)  # noqa: S101  (declared above)
        alias.choices = self._choices()

    def clean_steps(self) -> list[float]:
        """Read the percentages."""
        try:
            return [float(word) for word in self.cleaned_data["steps"].replace("%", "").split(",")]
        except ValueError as error:
            raise forms.ValidationError(_("Write percentages with commas: 5, 25, 50.")) from error

    @property
    def wanted(self) -> dict[str, Any]:
        """Arguments of `canaries.start_canary` that a valid form says."""
        clean = self.cleaned_data
        rules = Rules(
            min_requests=clean["min_requests"],
            step_s=clean["step_s"],
            max_error_increase=clean["errors_percent"] / 100,
            max_latency_ratio=clean["max_latency_ratio"],
            promote=clean["promote"],
        )
        return {"alias": clean["alias"], "steps": clean["steps"], "rules": rules}
