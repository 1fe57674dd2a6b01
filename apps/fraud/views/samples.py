"""API: requests ready to paste, filled with this organisation's own names."""

import json
import pprint
import shlex
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.fraud.models import Detector
from apps.fraud.views.chosen import DetectorPage

_REQUESTS = ("score", "labels", "batch", "create")


class Api(DetectorPage):
    """One card per request, in curl and Python."""

    template = "fraud/api.html"
    tab = "fraud:api"

    def context(self, detector: Detector) -> dict[str, Any]:
        """Return the samples."""
        base = self.request.build_absolute_uri("/").rstrip("/")
        root = f"{base}/api/v1/fraud/detectors/"
        one = f"{root}{detector.name}"
        paths = {
            "score": f"{one}/score",
            "labels": f"{one}/labels",
            "batch": f"{one}/score:batch",
            "create": root,
        }
        bodies = _bodies(detector)
        titles, texts = _words()
        return {
            "cards": [
                {
                    "key": name,
                    "title": titles[name],
                    "text": texts[name],
                    "samples": _samples(paths[name], bodies[name]),
                }
                for name in _REQUESTS
            ]
        }


def _words() -> tuple[dict[str, str], dict[str, str]]:
    titles = {
        "score": _("Ask before paying"),
        "labels": _("Tell what turned out"),
        "batch": _("Score a data set"),
        "create": _("Train another detector"),
    }
    texts = {
        "score": _("Sent twice under one id, an event is decided once. ?dry_run=1 stores nothing."),
        "labels": _("Later payments of the same customer, card and terminal know it."),
        "batch": _("Answers with a job; the scores become a data set."),
        "create": _("Answers at once with a job, which can be asked for its progress."),
    }
    return titles, texts


def _bodies(detector: Detector) -> dict[str, dict[str, Any]]:
    columns = detector.columns
    event: dict[str, Any] = {columns.get("id") or "event_id": "payment-1"}
    if time := columns.get("time"):
        event[time] = "2026-11-24T12:30:00Z"
    event |= {name: f"{name}-1" for name in detector.entities}
    if amount := columns.get("amount"):
        event[amount] = 120.0
    roles = {f"{role}_column": name for role, name in columns.items()}
    dataset = str(detector.dataset_id)
    return {
        "score": event,
        "labels": {"labels": [{"event_id": "payment-1", "is_fraud": True}]},
        "batch": {"dataset": dataset},
        "create": {
            "name": f"{detector.name[:60]}-2",
            "dataset": dataset,
            **roles,
            "entity_columns": detector.entities,
        },
    }


def _samples(url: str, body: dict[str, Any]) -> list[dict[str, str]]:
    values = {
        "url": url,
        "shell": shlex.quote(json.dumps(body, ensure_ascii=False)),
        "python": pprint.pformat(body, width=72, sort_dicts=False).replace("\n", "\n    "),
    }
    return [
        {
            "language": language,
            "title": title,
            "text": render_to_string(f"fraud/samples/post.{language}.txt", values).strip(),
        }
        for language, title in (("bash", "curl"), ("python", "Python"))
    ]
