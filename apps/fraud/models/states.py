"""What is known of each entity: the running sums behind its features."""

from django.db import models

from apps.fraud.models.detectors import Detector


class EntityState(models.Model):
    """The sealed state of one entity of a detector; a decision replaces it by compare-and-swap.

    Attributes:
        key: keyed hash of the entity; whose it is cannot be read from it.
        version: raised by one with every change.
        value: sealed under the detector's data key, bound to key and generation.
    """

    detector = models.ForeignKey(Detector, models.CASCADE, related_name="+")
    generation = models.BigIntegerField()
    key = models.CharField(max_length=32)
    version = models.BigIntegerField()
    value = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["detector", "generation", "key"], name="one_state_per_entity"
            )
        ]

    def __str__(self) -> str:
        return self.key
