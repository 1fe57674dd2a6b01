"""What features there are: a declarative set that is JSON on the way in and out.

The words, which `batch` and `online` both obey:

- **History.** Event f is in the history of event e for an entity (a column, or a pair of columns)
  when both have the same values there, f *arrived* before e, and time(f) lies in
  (time(e) - window, time(e)]. An event that is late counts from its arrival on, for every event at or
  after its own time; an event with an equal time counts when it arrived before.
- **with_current** (count, sum, mean, max, min, std, distinct): the event itself counts too.
- **Delayed** kinds look at the window (time(e) - delay - window, time(e) - delay]: only labels that had
  the delay to come in. An event there without a label counts as no fraud.
- **Duplicates.** A second event with the same id changes nothing and has the features of the first. The
  stream knows an id as long as it remembers the event: a caller that keeps decisions asks them first.
- **Bounds.** An entity remembers events for a horizon (longest window, and the delay where labels are
  looked at, + `lateness_s`) before its newest one, and at most the `max_events` last to arrive; what is
  forgotten counts no more. `batch` forgets in exactly the same way.
- **Unknown is NaN.** A missing number, a mean of nothing, no last event, an event without the entity:
  NaN. Counts, sums and shares of nothing are 0.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ml.fraud.features import plan as planning
from ml.fraud.features import reading
from ml.fraud.features.feature import DAY, Entity, Feature
from ml.fraud.features.values import text_of


@dataclass(frozen=True)
class FeatureSet:
    """The features of a detector, and which columns play which part.

    Attributes:
        features: in the order of the matrix's columns.
        event_id: column of the event's id; without it there is no protection against duplicates
            and no label can be applied later.
        time: column of the instant; needed by every kind that looks at history or at the calendar.
        time_unit: of a numeric time column: "s", "ms" or "us" since 1970.
        label: column that is 1 for fraud. In an event it may be absent: see `online.apply_label`.
        label_delay_s: seconds until labels count as known.
        lateness_s: how late an event may be and still see its whole history.
        max_events: bound of the events an entity's state holds.
        left_out: column -> why `standard_features` did not use it; information only.
    """

    features: tuple[Feature, ...]
    event_id: str | None = None
    time: str | None = None
    time_unit: str = "s"
    label: str | None = None
    label_delay_s: int = 7 * DAY
    lateness_s: int = DAY
    max_events: int = 1024
    left_out: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> "FeatureSet":
        """Read a set from its JSON form.

        Raises:
            FeatureSpecError: malformed; the message names the place and the remedy.
        """
        return cls(**reading.read(spec))

    def spec(self) -> dict[str, Any]:
        """Return the JSON form; `from_spec` of it is an equal set."""
        roles = {
            name: getattr(self, name)
            for name in ("event_id", "time", "time_unit", "label", "label_delay_s")
        }
        return roles | {
            "lateness_s": self.lateness_s,
            "max_events": self.max_events,
            "left_out": dict(self.left_out),
            "features": [each.spec() for each in self.features],
        }

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the F features, in the order of the matrix's columns."""
        return tuple(each.name for each in self.features)

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """Every entity that has states, in a fixed order."""
        return tuple(sorted({entity for each in self.features for entity in each.entities}))

    @cached_property
    def plan(self) -> planning.Plan:
        """The definition made ready for computing."""
        return planning.make(self.features, self.label_delay_s, self.lateness_s)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column of an event that is read (the label, which is not an input, aside)."""
        named = {each.column for each in self.features} | {self.event_id, self.time}
        return tuple(sorted({c for e in self.entities for c in e} | {c for c in named if c}))

    def state_keys(self, event: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the keys of the states that `online.compute` of this event reads and writes.

        An entity that the event lacks has no key. A key is the entity's columns and a digest of their
        values: `customer_id:9f3c…`, at most 32 hex digits after the colon. The digest has no secret: a
        store that outsiders may read should hold an HMAC of it.
        """
        keys = (state_key(entity, event) for entity in self.entities)
        return tuple(key for key in keys if key is not None)


def state_key(entity: Entity, event: Mapping[str, Any]) -> str | None:
    """Return the key of one entity's state, None where a value is missing."""
    texts = [text_of(event.get(column)) for column in entity]
    if None in texts:
        return None
    joined = "\x1f".join(f"{text}" for text in texts)
    digest = hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()
    return f"{'+'.join(entity)}:{digest}"
