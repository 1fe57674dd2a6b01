import pytest

from platform_core.accounts.api import Role
from platform_core.audit import api as audit
from platform_core.errors import NotFoundError, PermissionDeniedError
from platform_core.registry import api
from platform_core.vault import api as vault
from tests.platform_core.registry.bundles import register


def champion(actor, name="films"):
    return api.resolve(organisation=actor.organisation, name=name).number


def promote(actor, version, alias="champion", reason=""):
    return api.set_alias(
        actor=actor, model=version.model, alias=alias, version=version, reason=reason
    )


def roll_back(actor, version, alias="champion"):
    return api.roll_back_alias(actor=actor, model=version.model, alias=alias).version.number


def test_promotion_changes_what_is_resolved_and_is_remembered(actor, three):
    promote(actor, three[2], reason="  better\nby far ")
    assert champion(actor) == 3
    latest = api.alias_history(actor=actor, model=three[0].model).first()
    assert (latest.previous.number, latest.version.number) == (2, 3)
    assert (latest.kind, latest.reason) == ("set", "better by far")
    assert (latest.changed_by, latest.changed_by_label) == (actor.user, actor.label)


def test_rolling_back_returns_step_by_step(actor, three):
    promote(actor, three[2])
    assert [roll_back(actor, three[0]), roll_back(actor, three[0])] == [2, 1]
    with pytest.raises(api.RollbackImpossibleError):
        roll_back(actor, three[0])
    promote(actor, three[2])
    assert roll_back(actor, three[0]) == 1
    kinds = [move.kind for move in api.alias_history(actor=actor, model=three[0].model)]
    assert kinds[:3] == ["rolled_back", "set", "rolled_back"]


def test_rolling_back_passes_over_deleted_versions(actor, three):
    promote(actor, three[2])
    api.delete_version(actor=actor, version=three[1])
    assert roll_back(actor, three[0]) == 1


def test_aliases_move_independently(actor, three):
    promote(actor, three[2], "challenger")
    found = api.aliases(actor=actor, model=three[0].model)
    assert {name: one.number for name, one in found.items()} == {"champion": 2, "challenger": 3}


def test_promoting_the_present_target_changes_nothing(actor, three):
    before = api.alias_generation()
    promote(actor, three[1])
    assert api.alias_generation() == before
    assert api.alias_history(actor=actor, model=three[0].model).count() == 2


def test_every_move_bumps_the_generation_and_is_audited(actor, three):
    before = api.alias_generation()
    promote(actor, three[2])
    roll_back(actor, three[0])
    assert api.alias_generation() == before + 2
    actions = [entry.action for entry in audit.entries(actor=actor)]
    assert {"model.alias.set", "model.alias.rolled_back", "model.version.register"} <= {*actions}


def test_what_an_alias_cannot_be_is_refused(actor, stranger, three):
    with pytest.raises(api.AliasInvalidError):
        promote(actor, three[0], "Emperor!")
    foreign = register(stranger)
    with pytest.raises(api.VersionNotFoundError):
        api.set_alias(actor=actor, model=three[0].model, alias="champion", version=foreign)
    with pytest.raises(api.AliasNotFoundError):
        roll_back(actor, three[0], "challenger")


def test_only_those_who_may_promote_do(member, three):
    for role in (Role.ANALYST, Role.VIEWER):
        with pytest.raises(PermissionDeniedError):
            promote(member(role), three[2])
        with pytest.raises(PermissionDeniedError):
            roll_back(member(role), three[2])


def test_deleting_shreds_and_removes_the_files(actor, three, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        api.delete_version(actor=actor, version=three[0])
    folder = f"{actor.organisation.pk}/models/{three[0].pk}"
    assert list(vault.list_objects(folder)) == []
    with pytest.raises(api.VersionDeletedError):
        api.resolve(organisation=actor.organisation, name="films", reference="1")
    with pytest.raises(api.VersionDeletedError):
        promote(actor, three[0])
    assert register(actor).number == 4


def test_a_version_in_use_is_not_deleted(actor, three):
    with pytest.raises(api.VersionInUseError, match="champion"):
        api.delete_version(actor=actor, version=three[1])


def test_references_are_aliases_or_numbers(actor, three):
    def number(reference):
        found = api.resolve(organisation=actor.organisation, name="films", reference=reference)
        return found.number

    assert [number("champion"), number("1"), number("03")] == [2, 1, 3]
    for reference in ("challenger", "4", "-1", "", "9" * 30, "²"):
        with pytest.raises(NotFoundError):
            number(reference)
    with pytest.raises(api.ModelNotFoundError):
        api.resolve(organisation=actor.organisation, name="unknown")


def test_another_organisation_finds_nothing(stranger, three):
    for read in (
        lambda: api.get_model(actor=stranger, name="films"),
        lambda: api.get_version(actor=stranger, model_name="films", number=1),
        lambda: api.resolve(organisation=stranger.organisation, name="films"),
        lambda: promote(stranger, three[0]),
        lambda: roll_back(stranger, three[0]),
        lambda: api.delete_version(actor=stranger, version=three[0]),
    ):
        with pytest.raises(NotFoundError):
            read()
    assert not api.models(actor=stranger).exists()
    assert not api.versions(actor=stranger, model=three[0].model).exists()
    assert not api.aliases(actor=stranger, model=three[0].model)
    assert not api.alias_history(actor=stranger, model=three[0].model).exists()


def test_the_card_states_the_facts_and_lets_no_markup_through(actor):
    version = register(actor, **{"auc<script>": 0.91234567, "n|m": 3})
    assert version.card.startswith("# films, version 1\n")
    assert "<script>" not in version.card
    for fact in (r"auc\<script\>", "0.912346", r"n\|m", actor.user.email.split("@")[0], "abc123"):
        assert fact in version.card
