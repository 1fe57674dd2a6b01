"""Forms of the monitoring pages; services and `params` check the values."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platform_core.errors import PlatformError
from platform_core.monitoring.params import METRICS, RuleSpec
from platform_core.sentences import refusal

_SILENCES = (
    ("1", _("One hour")),
    ("8", _("Eight hours")),
    ("24", _("One day")),
    ("168", _("One week")),
)


class RefusableForm(forms.Form):
    """A form that shows what a service refused."""

    def refuse(self, error: PlatformError) -> None:
        """Show the refusal at its field, or above the form."""
        field = str(error.extra.get("field", ""))
        self.add_error(field if field in self.fields else None, refusal(error))


class AlertForm(RefusableForm):
    """A new rule."""

    name = forms.CharField(label=_("Name"), max_length=120)
    endpoint = forms.ChoiceField(label=_("Endpoint"))
    metric = forms.ChoiceField(
        label=_("Figure"), choices=[(key, metric.title) for key, metric in METRICS.items()]
    )
    threshold = forms.FloatField(
        label=_("Threshold"),
        min_value=0,
        help_text=_("A part of the requests or values, ms, PSI, or the metric of the endpoint."),
    )
    window_s = forms.IntegerField(
        label=_("Over the last, s"), initial=300, min_value=60, max_value=7 * 86_400
    )
    looks = forms.IntegerField(
        label=_("Looks in a row"),
        initial=2,
        min_value=1,
        max_value=20,
        help_text=_("Every 15 s. So many beyond the threshold fire, as many well within end it."),
    )
    emails = forms.CharField(
        label=_("E-mail to"), required=False, help_text=_("Addresses, with commas between them.")
    )
    webhook_url = forms.CharField(
        label=_("Webhook"), required=False, max_length=500, help_text=_("A public https address.")
    )
    webhook_secret = forms.CharField(
        label=_("Secret of the webhook"),
        required=False,
        max_length=200,
        help_text=_("Signs what it gets; leave it empty to have one made."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, endpoints: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint = self.fields["endpoint"]
        assert isinstance(endpoint, forms.ChoiceField)  # noqa: S101  (declared above)
        endpoint.choices = [(name, name) for name in endpoints]

    def spec(self) -> RuleSpec:
        """Return what a valid form asks for.

        Raises:
            AlertInvalidError: a value that cannot be.
        """
        wanted = {key: value for key, value in self.cleaned_data.items() if key != "endpoint"}
        emails = tuple(part.strip() for part in wanted["emails"].split(",") if part.strip())
        return RuleSpec(**{**wanted, "emails": emails})


class SilenceForm(RefusableForm):
    """Tell nobody for a while."""

    hours = forms.ChoiceField(label=_("For"), choices=_SILENCES)
    reason = forms.CharField(label=_("Reason"), max_length=500)

    @property
    def wanted(self) -> dict[str, Any]:
        """What a valid form says."""
        until = timezone.now() + timedelta(hours=int(self.cleaned_data["hours"]))
        return {"until": until, "reason": self.cleaned_data["reason"]}


class LoggingForm(RefusableForm):
    """What is logged."""

    percent = forms.FloatField(label=_("Part of the requests, %"), min_value=0, max_value=100)
    max_rows = forms.IntegerField(label=_("Rows a day, at most"), min_value=1, max_value=10_000_000)
    days = forms.IntegerField(label=_("Days kept"), min_value=1, max_value=3650)

    @property
    def wanted(self) -> dict[str, Any]:
        """What a valid form says."""
        clean = self.cleaned_data
        return {
            "rate": clean["percent"] / 100,
            "max_rows": clean["max_rows"],
            "days": clean["days"],
        }


class LogDatasetForm(RefusableForm):
    """A data set of the last days."""

    name = forms.CharField(label=_("Name of the data set"), max_length=120)
    days = forms.IntegerField(label=_("Days"), initial=7, min_value=1, max_value=3650)

    @property
    def wanted(self) -> dict[str, Any]:
        """What a valid form says."""
        until = timezone.now()
        since = until - timedelta(days=self.cleaned_data["days"])
        return {"name": self.cleaned_data["name"], "since": since, "until": until}
