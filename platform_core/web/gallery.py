"""Every component with its states on one page at /ui/, to be looked at and tested."""

import math
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from platform_core.errors import ConflictError
from platform_core.web.charts import Axis, Chart, Trace
from platform_core.web.pages import Page
from platform_core.web.words import STATES

_SAMPLES = [
    {
        "language": "curl",
        "title": "curl",
        "text": "curl -H 'Authorization: Bearer pq_…' \\\n"
        "  'http://localhost:8000/api/v1/recommendation/recommenders/films/users/u42/recommendations?k=10'",
    },
    {
        "language": "python",
        "title": "Python",
        "text": "import httpx\n\nanswer = httpx.get(\n"
        '    "http://localhost:8000/api/v1/recommendation/recommenders/films/users/u42/recommendations",\n'
        '    params={"k": 10},\n    headers={"Authorization": "Bearer pq_…"},\n)\nprint(answer.json())',
    },
]


class ExampleForm(forms.Form):
    """Fields in every state."""

    name = forms.CharField(help_text="Lower-case letters, digits, dot, dash and underscore.")
    epochs = forms.IntegerField(min_value=1, max_value=500, initial=20)
    column = forms.ChoiceField(choices=[(f"column_{n}", f"column_{n}") for n in range(40)])
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    split = forms.ChoiceField(
        choices=[("random", "At random"), ("time", "By time"), ("group", "By group")],
        widget=forms.RadioSelect,
        initial="random",
    )
    shuffle = forms.BooleanField(required=False, label="Shuffle before each epoch", initial=True)
    seed = forms.IntegerField(disabled=True, initial=7, help_text="Set by your administrator.")


class GalleryPage(Page):
    """The gallery, for those who may use the console."""

    required_permission = {"GET": "console.use"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show all components; `?toasts=1` also shows notices."""
        if request.GET.get("sheet"):
            return render(request, "web/gallery_sheet.html")
        if request.GET.get("toasts"):
            messages.success(request, "Deleted data set films", extra_tags="/data/films/restore/")
            messages.error(
                request, "The worker stopped answering. The job continues on another one."
            )
        return render(request, "web/gallery.html", example())


def example() -> dict[str, Any]:
    """Return sample values for every component."""
    bound = ExampleForm({"name": "Films!", "epochs": "9000", "column": "column_3", "split": "time"})
    bound.add_error("name", "“Films!” holds a character that is not allowed: “!”. Try “films”.")
    now = timezone.now()
    return {
        "states": sorted(STATES),
        "form": ExampleForm(auto_id="id_plain_%s"),
        "bound": bound,
        "kinds": ["primary", "secondary", "quiet", "danger"],
        "tabs": [
            {"title": title, "href": "#tabs", "active": title == "Train"}
            for title in ("Overview", "Data", "Train", "Models", "Try it", "Evaluate", "API")
        ],
        "figures": [
            {"label": "HR@10", "value": "0.712", "compare": "+0.021 against version 3", "tone": "good"},
            {"label": "Coverage", "value": "41", "unit": "%", "compare": "−3 % against version 3"},
            {"label": "Training time", "value": "1 min 48", "unit": "s", "compare": "median 1 min 51 s"},
            {"label": "Answers today", "value": "18,204", "compare": "17,960 yesterday", "href": "#"},
        ],
        "steps": [
            {"title": "Bring data", "text": "films, 1,000,209 rows", "state": "done"},
            {
                "title": "Train a model",
                "text": "Choose columns and limits.",
                "state": "current",
                "href": "#stepper",
                "label": "Train recommender",
            },
            {"title": "Ask it", "text": "Served once it is trained.", "state": "todo"},
        ],
        "pairs": [
            ("Model", "films, version 4"),
            ("Data set", "ratings, version 2"),
            ("Seed", 7),
            ("Digest", "9f2c6a41d0be4f5b8a0d7e6c3b1a2f4d9f2c6a41d0be4f5b8a0d7e6c3b1a2f4d"),
        ],
        "columns": ["Version 3", "Version 4"],
        "compared": [
            {"label": "Factors", "values": [64, 128]},
            {"label": "Regularisation", "values": [0.05, 0.05]},
            {"label": "HR@10", "values": ["0.691", "0.712"]},
            {"label": "Seed", "values": [7, 7]},
        ],
        "rows": [
            {"name": name, "state": state, "rows": rows, "size": size, "when": now - timedelta(minutes=ago)}
            for name, state, rows, size, ago in (
                ("ratings", "ready", 1_000_209, 9_812_331, 4),
                ("films", "ready", 3_883, 171_308, 190),
                ("clicks-november", "ingesting", None, 48_201_112, 0),
                ("customers", "rejected", None, 1_204, 4_000),
                ("purchases-2025", "ready", 84_021, 3_918_220, 90_000),
            )
        ],
        "samples": _SAMPLES,
        "error": ConflictError(
            "The recommender “films” is still training; it can answer once the job has ended.",
            remedy="Wait for the job, or ask version 3.",
        ),
        "charts": charts(),
        "upload_href": "/api/v1/datasets/",
    }  # fmt: skip


def charts() -> list[Chart]:
    """Return one chart of each kind."""
    epochs = list(range(1, 31))
    train = [0.62 * math.exp(-n / 9) + 0.21 for n in epochs]
    held = [0.58 * math.exp(-n / 8) + 0.29 + 0.0016 * max(0, n - 14) for n in epochs]
    loss = Chart(
        key="loss",
        title="Held-out loss stopped falling after epoch 15",
        note="Mean of 5 folds; band: one standard deviation",
        traces=[
            Trace("training", epochs, train, hue="recommendation"),
            Trace("held out", epochs, held, low=[v - 0.02 for v in held], high=[v + 0.02 for v in held]),
        ],
        x=Axis("Epoch"),
        y=Axis("Loss", "nats"),
    )  # fmt: skip
    genres = ["Drama", "Comedy", "Action", "Thriller", "Documentary"]
    bars = Chart(
        key="genres",
        title="Half of all ratings go to drama and comedy",
        traces=[Trace("ratings", genres, [354_529, 356_580, 257_457, 189_680, 7_910], "bar")],
        x=Axis("Genre", category=True),
        y=Axis("Ratings"),
        horizontal=True,
    )
    return [loss, bars]
