"""Forms of the pages; parsing text fields into rules and split specifications happens here."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from platform_core.datasets.models import Dataset
from platform_core.datasets.params import COLUMN_TYPES, SplitSpec

RULE_CHOICES = (
    ("", _("No further rule")),
    ("drop_missing_rows", _("Remove rows in which the column is missing")),
    ("fill_missing", _("Fill missing values")),
    ("treat_as_missing", _("Treat words as missing")),
    ("trim_text", _("Trim white space")),
    ("lower_case", _("Write in lower case")),
    ("clip_outliers", _("Limit outliers")),
    ("cast_column", _("Read as another type")),
    ("parse_dates", _("Read as dates")),
    ("rename_column", _("Rename the column")),
    ("drop_column", _("Leave the column out")),
)
KINDS = (
    ("random", _("At random")),
    ("time", _("By time: earlier rows first")),
    ("group", _("By group: rows of one value stay together")),
)


class UploadForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and description of a new data set; the files are sent beside them."""

    class Meta:
        model = Dataset
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "name": _("Unique in your organisation; programs may use it in place of the id.")
        }


class RuleForm(forms.Form):
    """One further cleaning rule."""

    rule = forms.ChoiceField(label=_("Further rule"), choices=RULE_CHOICES, required=False)
    column = forms.ChoiceField(label=_("Column"), required=False)
    value = forms.CharField(
        label=_("Value"),
        required=False,
        max_length=1000,
        help_text=_(
            "Fill with: a value, mean, median or most_frequent. Words: separated by commas. Limits: "
            "lower, upper. Type: {types}. Dates: a format such as %d.%m.%Y. Rename: the new name."
        ),
    )

    def __init__(self, *args: Any, columns: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["column"].choices = [(name, name) for name in columns]  # type: ignore[attr-defined]
        field = self.fields["value"]
        field.help_text = str(field.help_text).format(types=", ".join(COLUMN_TYPES))

    def as_json(self) -> list[dict[str, Any]]:
        """Return the rule as a list of none or one, as the service takes it."""
        kind, column = self.cleaned_data["rule"], self.cleaned_data["column"]
        value = self.cleaned_data["value"].strip()
        if not kind:
            return []
        if kind in {"drop_missing_rows", "trim_text"}:
            return [{"rule": kind, "columns": [column]}]
        return [{"rule": kind, "column": column} | _argument(kind, value)]


def _argument(kind: str, value: str) -> dict[str, Any]:
    words = [word.strip() for word in value.split(",")]
    if kind == "fill_missing":
        return (
            {"using": value}
            if value in {"mean", "median", "most_frequent"}
            else {"value": _scalar(value)}
        )
    if kind == "treat_as_missing":
        return {"values": words}
    if kind == "clip_outliers":
        limits = [_number(word) for word in [*words, ""][:2]]
        return {"lower": limits[0], "upper": limits[1]}
    if kind == "parse_dates":
        return {"format": value}
    return {"to": value} if kind in {"cast_column", "rename_column"} else {}


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _scalar(value: str) -> str | float | int:
    number = _number(value)
    if number is None or value != value.lstrip("0") != "":
        return value
    return int(number) if number.is_integer() and "." not in value else number


class SplitForm(forms.Form):
    """A split to fix."""

    kind = forms.ChoiceField(label=_("How"), choices=KINDS)
    column = forms.ChoiceField(
        label=_("Column"), required=False, help_text=_("Of the time or the group.")
    )
    parts = forms.RegexField(
        r"^\s*[a-z][a-z0-9_-]*\s+[0-9.]+(\s*[,;/]\s*[a-z][a-z0-9_-]*\s+[0-9.]+)+\s*$",
        label=_("Parts"),
        initial="train 80, valid 10, test 10",
        max_length=200,
        help_text=_("Name and per cent of each part, separated by commas."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=2**63 - 1,
        initial=0,
        help_text=_("The same seed gives the same split."),
    )

    def __init__(self, *args: Any, columns: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–")] + [(name, name) for name in columns]
        self.fields["column"].choices = choices  # type: ignore[attr-defined]

    def spec(self) -> SplitSpec:
        """Return what was asked for.

        Raises:
            SplitError: the parts do not add up, or a column is missing.
        """
        chosen = self.cleaned_data
        pairs = [
            part.split() for part in chosen["parts"].replace(";", ",").replace("/", ",").split(",")
        ]
        column = "" if chosen["kind"] == "random" else chosen["column"]
        return SplitSpec(
            kind=chosen["kind"],
            parts={name: float(share) / 100 for name, share in pairs},
            seed=chosen["seed"],
            column=column,
        )
