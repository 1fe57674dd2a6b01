"""Members come, change their role and go; an organisation never loses its last owner."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from platform_core.accounts.api import (
    Actor,
    Membership,
    Role,
    actor_of_secret,
    add_member,
    change_role,
    create_organisation,
    found_organisation,
    platform_actor,
    remove_member,
    reset_password,
    switch_organisation,
)
from platform_core.accounts.errors import (
    LastOwnerError,
    MemberExistsError,
    OwnerRoleError,
    PasswordNotOursError,
)
from platform_core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
)
from tests import factories

pytestmark = pytest.mark.django_db
Journalled = Callable[[Actor], list[str]]


def membership_of(who: Actor) -> Membership:
    return Membership.objects.get(organisation=who.organisation, user=who.user)


def test_a_new_person_gets_a_temporary_password(actor: Actor, journalled: Journalled) -> None:
    added = add_member(actor=actor, email=" New@Example.COM ", role="analyst")
    user = added.membership.user
    assert user.email == "new@example.com"
    assert user.check_password(added.temporary_password)
    assert user.password_is_temporary
    assert journalled(actor) == ["member.add"]


def test_a_person_of_another_organisation_keeps_their_password(
    actor: Actor, stranger: Actor
) -> None:
    added = add_member(actor=actor, email=stranger.user.email, role="viewer")
    assert added.temporary_password is None
    assert added.membership.user == stranger.user
    assert stranger.user.check_password(factories.PASSWORD)


def test_a_password_chosen_by_set_up_is_not_temporary(actor: Actor) -> None:
    added = add_member(actor=actor, email="a@b.example", role="viewer", password="chosen by set-up")
    assert (added.temporary_password, added.membership.user.password_is_temporary) == (None, False)


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a b@c.example", "@c.example"])
def test_a_malformed_address_is_refused(actor: Actor, email: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        add_member(actor=actor, email=email, role="viewer")
    assert refusal.value.extra["field"] == "email"


def test_an_unknown_role_is_refused_with_those_there_are(actor: Actor) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        add_member(actor=actor, email="a@b.example", role="king")
    assert "ml_engineer" in refusal.value.remedy


def test_nobody_is_added_twice(actor: Actor) -> None:
    with pytest.raises(MemberExistsError):
        add_member(actor=actor, email=actor.user.email.upper(), role="viewer")


def test_an_administrator_makes_no_owners(member: Callable[[Role], Actor]) -> None:
    with pytest.raises(OwnerRoleError):
        add_member(actor=member(Role.ADMIN), email="a@b.example", role="owner")


def test_an_administrator_does_not_promote_themselves(
    actor: Actor, member: Callable[[Role], Actor]
) -> None:
    admin = member(Role.ADMIN)
    with pytest.raises(OwnerRoleError):
        change_role(actor=admin, member_id=str(membership_of(admin).pk), role="owner")


def test_an_administrator_does_not_touch_an_owner(
    actor: Actor, member: Callable[[Role], Actor]
) -> None:
    owner = str(membership_of(actor).pk)
    with pytest.raises(OwnerRoleError):
        change_role(actor=member(Role.ADMIN), member_id=owner, role="viewer")
    with pytest.raises(OwnerRoleError):
        remove_member(actor=member(Role.ADMIN), member_id=owner)


def test_a_lost_password_is_replaced_by_a_temporary_one(
    member: Callable[[Role], Actor], journalled: Journalled
) -> None:
    admin, forgetful = member(Role.ADMIN), member(Role.VIEWER)
    reset = reset_password(actor=admin, member_id=str(membership_of(forgetful).pk))
    forgetful.user.refresh_from_db()
    assert forgetful.user.check_password(reset.temporary_password)
    assert forgetful.user.password_is_temporary
    assert journalled(admin) == ["member.reset_password"]


def test_a_password_opens_no_door_of_another_organisation(actor: Actor, stranger: Actor) -> None:
    added = add_member(actor=actor, email=stranger.user.email, role="viewer").membership
    with pytest.raises(PasswordNotOursError):
        reset_password(actor=actor, member_id=str(added.pk))
    with pytest.raises(NotFoundError):
        reset_password(actor=actor, member_id=str(membership_of(stranger).pk))
    with pytest.raises(PasswordNotOursError):
        reset_password(actor=actor, member_id=str(membership_of(actor).pk))
    assert stranger.user.check_password(factories.PASSWORD)


def test_an_administrator_resets_no_owners_password(
    actor: Actor, member: Callable[[Role], Actor]
) -> None:
    owner = str(membership_of(actor).pk)
    with pytest.raises(OwnerRoleError):
        reset_password(actor=member(Role.ADMIN), member_id=owner)
    with pytest.raises(PermissionDeniedError):
        reset_password(actor=member(Role.ML_ENGINEER), member_id=owner)


@pytest.mark.parametrize("role", [Role.ML_ENGINEER, Role.ANALYST, Role.VIEWER])
def test_lower_roles_add_nobody(member: Callable[[Role], Actor], role: Role) -> None:
    with pytest.raises(PermissionDeniedError):
        add_member(actor=member(role), email="a@b.example", role="viewer")


def test_a_changed_role_holds_from_the_next_request(
    actor: Actor, member: Callable[[Role], Actor], journalled: Journalled
) -> None:
    analyst = member(Role.ANALYST)
    key = factories.api_key(analyst)
    change_role(actor=actor, member_id=str(membership_of(analyst).pk), role="viewer")
    assert not actor_of_secret(key).can("dataset.upload")
    assert journalled(actor) == ["member.change_role"]


def test_the_last_owner_can_be_neither_demoted_nor_removed(actor: Actor) -> None:
    own = str(membership_of(actor).pk)
    with pytest.raises(LastOwnerError):
        change_role(actor=actor, member_id=own, role="admin")
    with pytest.raises(LastOwnerError):
        remove_member(actor=actor, member_id=own)


def test_one_of_two_owners_can_go(actor: Actor, member: Callable[[Role], Actor]) -> None:
    remove_member(actor=member(Role.OWNER), member_id=str(membership_of(actor).pk))
    assert not Membership.objects.filter(user=actor.user).exists()


def test_a_removed_members_keys_stop_and_do_not_come_back(
    actor: Actor, member: Callable[[Role], Actor]
) -> None:
    analyst = member(Role.ANALYST)
    key = factories.api_key(analyst)
    remove_member(actor=actor, member_id=str(membership_of(analyst).pk))
    assert actor_of_secret(key) is None
    add_member(actor=actor, email=analyst.user.email, role="analyst")
    assert actor_of_secret(key) is None


@pytest.mark.parametrize("member_id", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_member_is_not_found(actor: Actor, member_id: str) -> None:
    with pytest.raises(NotFoundError):
        remove_member(actor=actor, member_id=member_id)


def test_another_organisations_member_is_not_found(actor: Actor, stranger: Actor) -> None:
    foreign = str(membership_of(stranger).pk)
    with pytest.raises(NotFoundError):
        change_role(actor=actor, member_id=foreign, role="viewer")
    with pytest.raises(NotFoundError):
        remove_member(actor=actor, member_id=foreign)


def test_the_founder_owns_the_new_organisation(actor: Actor) -> None:
    made = create_organisation(actor=actor, name="Second company")
    assert made.slug == "second-company"
    assert Membership.objects.get(organisation=made, user=actor.user).role == Role.OWNER


def test_only_owners_found_organisations(member: Callable[[Role], Actor]) -> None:
    with pytest.raises(PermissionDeniedError):
        create_organisation(actor=member(Role.ADMIN), name="Second company")


@pytest.mark.parametrize("name", ["公司", "Acme", "  Acme  "])
def test_every_name_finds_a_free_slug(actor: Actor, name: str) -> None:
    create_organisation(actor=actor, name="Acme")
    made = create_organisation(actor=actor, name=name)
    assert made.slug.isascii()
    assert made.slug != "acme"


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_nameless_organisation_is_refused(actor: Actor, name: str) -> None:
    with pytest.raises(InvalidInputError):
        create_organisation(actor=actor, name=name)


def test_a_taken_slug_is_refused(actor: Actor) -> None:
    found_organisation(name="Acme", slug="acme")
    with pytest.raises(ConflictError):
        found_organisation(name="Other", slug="acme")


def test_set_up_founds_an_organisation_and_its_first_owner(db: None) -> None:
    made = found_organisation(name="Acme")
    added = add_member(actor=platform_actor(made), email="owner@acme.example", role="owner")
    assert added.membership.role == Role.OWNER


def test_a_person_switches_to_their_other_organisation(actor: Actor) -> None:
    made = create_organisation(actor=actor, name="Second company")
    moved = switch_organisation(actor=actor, organisation_id=str(made.pk))
    assert (moved.organisation, moved.role) == (made, Role.OWNER)


@pytest.mark.parametrize("which", ["foreign", "nonsense"])
def test_a_person_does_not_switch_to_a_foreign_organisation(
    actor: Actor, stranger: Actor, which: str
) -> None:
    wanted = str(stranger.organisation.pk) if which == "foreign" else which
    with pytest.raises(NotFoundError):
        switch_organisation(actor=actor, organisation_id=wanted)


@pytest.mark.django_db(transaction=True)
def test_two_owners_demoting_each_other_at_once_leave_one(
    actor: Actor, member: Callable[[Role], Actor]
) -> None:
    pair = [actor, member(Role.OWNER)]
    barrier = threading.Barrier(2)

    def demote(who: Actor, whom: Actor) -> None:
        target = str(membership_of(whom).pk)
        barrier.wait()
        try:
            change_role(actor=who, member_id=target, role="viewer")
        except LastOwnerError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=args) for args in (pair, pair[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    owners = Membership.objects.filter(organisation=actor.organisation, role=Role.OWNER)
    assert owners.count() == 1
