"""Options of an endpoint, set one by one; `spec.apply` sets all of them at once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.serving import spec, traffic
from platform_core.serving.models import Endpoint


def set_options(*, actor: Actor, endpoint: Endpoint, options: Mapping[str, Any]) -> Endpoint:
    """Set some options of an endpoint, the others stay; a value of nought takes one away.

    Args:
        actor: needs `endpoint.manage`.
        endpoint: of the actor's organisation.
        options: names of `spec.OPTIONS` to values; runtimes follow within 0.3 s.

    Raises:
        EndpointInvalidError: an option that is unknown or out of range.
        EndpointNotFoundError: deleted meanwhile.
    """
    actor.require("endpoint.manage")
    spec.check_options(options)
    with transaction.atomic():
        locked = traffic.lock(endpoint)
        merged = {key: value for key, value in {**locked.options, **options}.items() if value}
        if merged == locked.options:
            return locked
        locked.options = merged
        latest = Endpoint.objects.aggregate(latest=Max("changed_at"))["latest"]
        # later than any other, by whichever host's clock: runtimes look at the latest
        locked.changed_at = max(timezone.now(), latest + timedelta(milliseconds=1))
        locked.save(update_fields=["options", "changed_at"])
        audit.record(
            actor=actor,
            action="endpoint.options",
            target=f"endpoint:{locked.pk}",
            details={"name": locked.name, "options": dict(options)},
        )
    return locked
