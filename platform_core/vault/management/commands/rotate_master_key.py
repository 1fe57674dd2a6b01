"""Replaces the master key; safe to interrupt and to run again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from platform_core.vault import api
from platform_core.vault.errors import VaultError


class Command(BaseCommand):
    """`manage.py rotate_master_key`."""

    help = "Replace the master key: wraps organisation and signing keys anew, rewrites no data."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate and say what was done."""
        try:
            done = api.rotate_master_key(report=lambda row: self.stdout.write(f"wrapped {row.pk}"))
        except VaultError as error:
            raise CommandError(f"{error.detail} {error.remedy}".strip()) from error
        self.stdout.write(f"Master key {done.master_key_id}: {done.rewrapped} keys wrapped anew.")
        self.stdout.write(
            "Back up the key file now; backups of the old one no longer open new data."
        )
