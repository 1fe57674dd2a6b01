"""One object of every kind an address can name, made through the real doors."""

import uuid
from dataclasses import dataclass, field, replace

from apps.recommendation.models import Recommender
from platform_core.accounts.api import ApiKey, Membership, Organisation, Role
from tests import factories
from tests.apps.recommendation import conftest as recommendation


@dataclass(frozen=True)
class World:
    """Sample values for the parameters of addresses.

    Attributes:
        values: parameter name -> value; `name` serves models, endpoints and recommenders alike.
    """

    values: dict[str, str] = field(default_factory=dict)

    def value(self, pattern: str, parameter: str) -> str:
        """Return the sample for one parameter; a new one must be added to `build` and `absent`."""
        assert parameter in self.values, f"{pattern}: tests/house/world.py has no {parameter!r}"
        return self.values[parameter]


def build(organisation: Organisation) -> World:
    """Make the objects: a data set, a job, a trained and served recommender, a key, a member."""
    owner = factories.actor(organisation)
    dataset = recommendation.upload(owner, recommendation.taste())
    spec = recommendation.spec(dataset)
    recommender: Recommender = recommendation.services.create_recommender(actor=owner, spec=spec)
    recommendation.train_now(owner, recommender)
    factories.api_key(owner)
    member = factories.actor(organisation, Role.VIEWER)
    return World(
        {
            "dataset_id": str(dataset.pk),
            "job_id": str(dataset.job_id),
            "name": recommender.name,
            "number": "1",
            "alias": "champion",
            "user": "u001",
            "item": "i01",
            "version": "0",
            "key_id": str(ApiKey.objects.get(user=owner.user).pk),
            "member_id": str(Membership.objects.get(user=member.user).pk),
        }
    )


def absent(existing: World) -> World:
    """Return addresses of the same form that name nothing anywhere."""
    nowhere = str(uuid.uuid4())
    ids = dict.fromkeys(("dataset_id", "job_id", "key_id", "member_id"), nowhere)
    return replace(existing, values=existing.values | ids | {"name": "no-such-name"})
