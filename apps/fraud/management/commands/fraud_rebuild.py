"""Rebuilds what is known of customers and cards from the history and the decisions."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.fraud.models import Detector
from platform_core.errors import PlatformError


class Command(BaseCommand):
    """`manage.py fraud_rebuild [--organisation SLUG] [--detector NAME]`."""

    help = "Rebuild the states of a fraud detector's entities; scoring goes on meanwhile."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take whose detectors."""
        parser.add_argument("--organisation", help="slug; all organisations without it")
        parser.add_argument("--detector", help="name; all detectors without it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild one after the other and say what was done."""
        from apps.fraud.engine import rebuilding  # noqa: PLC0415  (polars)

        found = Detector.objects.filter(features__isnull=False).select_related("organisation")
        if options["organisation"]:
            found = found.filter(organisation__slug=options["organisation"])
        if options["detector"]:
            found = found.filter(name=options["detector"])
        if not found:
            raise CommandError("There is no trained detector of that name.")
        for detector in found:
            try:
                generation = rebuilding.rebuild(detector)
            except PlatformError as error:
                raise CommandError(f"{error.detail} {error.remedy}".strip()) from error
            self.stdout.write(f"{detector.name}: generation {generation} of the states is in use.")
