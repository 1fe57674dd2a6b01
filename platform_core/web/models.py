"""Table of the web part: answers kept so that a repeated POST is carried out once."""

from typing import ClassVar

from django.db import models

from platform_core.accounts.api import OwnedModel


class IdempotencyRecord(OwnedModel):
    """One POST a caller named with an `Idempotency-Key`; `status` is null while it is carried out."""

    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "caller", "key"], name="one_answer_per_idempotency_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.caller}: {self.key}"
