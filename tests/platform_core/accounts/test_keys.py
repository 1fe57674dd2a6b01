"""API keys: made once, hashed, scoped, expiring, revoked at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from platform_core.accounts.api import (
    Actor,
    ApiKey,
    Membership,
    Role,
    actor_of_secret,
    api_keys,
    create_api_key,
    platform_actor,
    revoke_api_key,
)
from platform_core.accounts.errors import ScopeError
from platform_core.accounts.services import keys as services
from platform_core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
)
from tests import factories

pytestmark = pytest.mark.django_db
Journalled = Callable[[Actor], list[str]]


def make(who: Actor, *scopes: str, **options: object) -> services.NewApiKey:
    return create_api_key(actor=who, name="shop", scopes=scopes or ["all"], **options)


def test_a_key_stands_for_its_person_and_is_stored_as_a_hash(
    actor: Actor, journalled: Journalled
) -> None:
    made = make(actor)
    assert made.secret.startswith("pq_")
    assert len(made.secret) == 3 + 43  # 256 bits in base 64
    found = actor_of_secret(made.secret)
    assert (found, found.api_key_id) == (
        Actor(actor.organisation, actor.user, actor.role, frozenset({"all"}), str(made.key.pk)),
        str(made.key.pk),
    )
    stored = " ".join(str(value) for value in ApiKey.objects.values().get().values())
    assert made.secret not in stored
    assert journalled(actor) == ["apikey.create"]


def test_no_two_keys_are_alike(actor: Actor) -> None:
    assert len({make(actor).secret for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "secret", ["", "pq_", "pq_unknown", "x" * 50, "pq_" + "x" * 5000, "pq_\x00", "pq_钥匙"]
)
def test_an_unknown_key_stands_for_nobody(actor: Actor, secret: str) -> None:
    assert actor_of_secret(secret) is None


def test_a_revoked_key_is_refused_at_the_next_call(actor: Actor, journalled: Journalled) -> None:
    made = make(actor)
    assert actor_of_secret(made.secret) is not None
    revoke_api_key(actor=actor, key_id=str(made.key.pk))
    assert actor_of_secret(made.secret) is None
    revoke_api_key(actor=actor, key_id=str(made.key.pk))
    assert journalled(actor) == ["apikey.create", "apikey.revoke"]


def test_an_expired_key_is_refused(actor: Actor) -> None:
    made = make(actor, expires_at=timezone.now() + timedelta(hours=1))
    assert actor_of_secret(made.secret) is not None
    ApiKey.objects.update(expires_at=timezone.now())
    assert actor_of_secret(made.secret) is None


def test_the_key_of_an_inactive_person_is_refused(actor: Actor) -> None:
    made = make(actor)
    actor.user.is_active = False
    actor.user.save()
    assert actor_of_secret(made.secret) is None


def test_the_key_of_a_former_member_is_refused(actor: Actor) -> None:
    made = make(actor)
    Membership.objects.filter(user=actor.user).delete()
    assert actor_of_secret(made.secret) is None


def test_a_key_is_looked_up_with_one_query_and_noted_once_a_minute(actor: Actor) -> None:
    made = make(actor)
    with CaptureQueriesContext(
        connection,
    ) as first:
        actor_of_secret(made.secret)
    with CaptureQueriesContext(connection) as second:
        actor_of_secret(made.secret)
    with CaptureQueriesContext(connection) as untouched:
        ApiKey.objects.update(last_used_at=None)
        actor_of_secret(made.secret, touch=False)
    assert [len(first), len(second), len(untouched)] == [2, 1, 2]
    assert ApiKey.objects.get().last_used_at is None


@pytest.mark.parametrize("scopes", [[], ["everything"], ["read", "nonsense"]])
def test_unknown_scopes_are_refused_with_those_there_are(actor: Actor, scopes: list[str]) -> None:
    with pytest.raises(ScopeError) as refusal:
        create_api_key(actor=actor, name="shop", scopes=scopes)
    assert "predict" in refusal.value.remedy


def test_a_key_makes_no_key_wider_than_itself(actor: Actor) -> None:
    through_key = Actor(actor.organisation, actor.user, actor.role, frozenset({"all"}))
    assert make(through_key, "read").key.scopes == ["read"]
    with pytest.raises(PermissionDeniedError):
        make(Actor(actor.organisation, actor.user, actor.role, frozenset({"read"})), "all")


def test_a_key_made_with_a_key_does_not_outlive_it(actor: Actor) -> None:
    end = timezone.now() + timedelta(days=1)
    through_key = actor_of_secret(make(actor, expires_at=end).secret)
    assert make(through_key).key.expires_at == end
    assert make(through_key, expires_at=end + timedelta(days=9)).key.expires_at == end
    sooner = end - timedelta(hours=1)
    assert make(through_key, expires_at=sooner).key.expires_at == sooner


def test_a_revoked_key_takes_along_what_was_made_with_it(actor: Actor) -> None:
    used = make(actor)
    child = make(actor_of_secret(used.secret))
    grandchild = make(actor_of_secret(child.secret))
    beside = make(actor)
    revoke_api_key(actor=actor, key_id=str(used.key.pk))
    gone = [actor_of_secret(made.secret) for made in (used, child, grandchild)]
    assert gone == [None, None, None]
    assert actor_of_secret(beside.secret) is not None


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_key_has_a_name(actor: Actor, name: str) -> None:
    with pytest.raises(InvalidInputError):
        create_api_key(actor=actor, name=name, scopes=["all"])


def test_a_key_is_not_born_expired(actor: Actor) -> None:
    with pytest.raises(InvalidInputError):
        make(actor, expires_at=timezone.now())


def test_the_platform_has_no_keys(actor: Actor) -> None:
    with pytest.raises(PermissionDeniedError):
        make(platform_actor(actor.organisation))


def test_keys_of_one_person_are_bounded(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_KEYS_PER_PERSON", 2)
    first = make(actor)
    make(actor)
    with pytest.raises(ConflictError):
        make(actor)
    revoke_api_key(actor=actor, key_id=str(first.key.pk))
    assert make(actor)


def test_a_viewer_sees_and_revokes_their_own_keys_only(
    actor: Actor, member: Callable[[Role], Actor]
) -> None:
    viewer = member(Role.VIEWER)
    own, foreign = make(viewer), make(actor)
    assert list(api_keys(actor=viewer)) == [own.key]
    with pytest.raises(NotFoundError):
        revoke_api_key(actor=viewer, key_id=str(foreign.key.pk))
    assert revoke_api_key(actor=viewer, key_id=str(own.key.pk)).revoked_at


def test_an_administrator_revokes_anybodys_key(
    actor: Actor, member: Callable[[Role], Actor]
) -> None:
    made = make(member(Role.VIEWER))
    revoke_api_key(actor=member(Role.ADMIN), key_id=str(made.key.pk))
    assert actor_of_secret(made.secret) is None


def test_another_organisations_key_is_not_found(actor: Actor, stranger: Actor) -> None:
    made = make(actor)
    with pytest.raises(NotFoundError):
        revoke_api_key(actor=stranger, key_id=str(made.key.pk))
    assert actor_of_secret(made.secret) is not None


def test_a_key_works_in_its_own_organisation_only(actor: Actor, stranger: Actor) -> None:
    factories.Membership.objects.create(
        organisation=stranger.organisation, user=actor.user, role=Role.OWNER
    )
    assert actor_of_secret(make(actor).secret).organisation == actor.organisation
