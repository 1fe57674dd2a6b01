"""Rows of every kind the console shows, for one organisation."""

from dataclasses import dataclass

from django.db.models import Model
from django.urls import reverse

from platform_core.accounts.api import Actor, ApiKey, Membership
from platform_core.audit import api as audit
from platform_core.jobs import api as jobs
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.vault import api as vault
from tests import factories
from tests.platform_core.registry.bundles import register


@dataclass(frozen=True)
class Rows:
    """What one organisation has in the console's tables."""

    actor: Actor
    job: jobs.Job
    versions: list[registry.ModelVersion]
    key: ApiKey

    @property
    def alias(self) -> registry.Alias:
        """The champion of the model."""
        return registry.Alias.objects.get(model=self.versions[0].model, name="champion")

    @property
    def membership(self) -> Membership:
        """The owner's own membership."""
        return Membership.objects.get(user=self.actor.user)

    def every(self) -> list[Model]:
        """One row of each table that belongs to an organisation."""
        organisation = self.actor.organisation
        change = registry.AliasChange.objects.owned_by(organisation).first()
        entry = audit.entries(actor=self.actor).first()
        endpoint = serving.endpoints(actor=self.actor).first()
        data_key = vault.DataKey.objects.owned_by(organisation).first()
        found = [change, entry, endpoint, data_key, self.job, self.key]
        found += [self.versions[0], self.alias, self.membership]
        assert None not in found
        return found


def build(actor: Actor) -> Rows:
    """Make a waiting job, two versions of a model, its champion and endpoint, and a key."""
    versions = [register(actor, content=bytes([number])) for number in (1, 2)]
    model = versions[0].model
    registry.set_alias(actor=actor, model=model, alias="champion", version=versions[0])
    serving.ensure_endpoint(actor=actor, name=model.name, model_name=model.name)
    job = jobs.submit(actor=actor, kind="test.echo", params={}, subject=f"job of {actor.label}")
    factories.api_key(actor)
    return Rows(actor, job, versions, ApiKey.objects.get(user=actor.user))


def change_address(row: Model) -> str:
    """Return the console's address of a row."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def list_address(model: type[Model] | Model) -> str:
    """Return the console's address of a table."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
