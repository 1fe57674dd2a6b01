"""Makes objects for tests; every call gives a new one."""

import itertools
import secrets

from platform_core.accounts.api import (
    Actor,
    ApiKey,
    Membership,
    Organisation,
    Role,
    User,
    actor_for,
)
from platform_core.accounts.secrets import hash_secret

_count = itertools.count(1)
PASSWORD = "correct horse battery staple"


def organisation(name: str = "") -> Organisation:
    number = next(_count)
    return Organisation.objects.create(name=name or f"Company {number}", slug=f"company-{number}")


def user(email: str = "") -> User:
    return User.objects.create_user(email or f"person{next(_count)}@example.com", PASSWORD)


def actor(org: Organisation | None = None, role: Role = Role.OWNER) -> Actor:
    """Return a new member of `org` (a new one when None) acting in it."""
    org = org or organisation()
    person = user()
    Membership.objects.create(organisation=org, user=person, role=role)
    return actor_for(user=person, organisation=org)


def api_key(who: Actor, *scopes: str) -> str:
    """Return the secret of a new API key of `who`."""
    secret = "pq_" + secrets.token_urlsafe(32)
    ApiKey.objects.create(
        organisation=who.organisation,
        user=who.user,
        name="test",
        prefix=secret[:10],
        secret_hash=hash_secret(secret),
        scopes=list(scopes) or ["all"],
    )
    return secret
