"""A/B between aliases: who is assigned, what is recorded, what counts, what it says, how it ends."""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.recommendation import errors, selectors, services
from apps.recommendation.models import Event, Experiment, Impression, Outcome, Recommender
from apps.recommendation.services import experiments, impressions, outcomes, proportions
from apps.recommendation.services.experiment_results import result_of
from apps.recommendation.services.experiments import ExperimentSpec
from apps.recommendation.services.outcomes import NewOutcome, tell_outcome
from platform_core.accounts.api import Actor, Role
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError, NotFoundError, PermissionDeniedError
from platform_core.registry import api as registry
from tests.apps.recommendation.conftest import train_now

_number = count()


@pytest.fixture(autouse=True)
def written_when_told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no other thread write impressions: it would not see this test's transaction."""
    monkeypatch.setattr(impressions, "DELAY_S", 3600)
    yield
    if impressions.WAITING.timer:
        impressions.WAITING.timer.cancel()
        impressions.WAITING.timer = None


@pytest.fixture
def shop(actor: Actor) -> Recommender:
    """A recommender as most tests need it: it need not be trained."""
    return Recommender.objects.create(
        organisation=actor.organisation,
        name=f"shop-{next(_number)}",
        dataset_id=uuid4(),
        dataset_version_id=uuid4(),
    )


@pytest.fixture
def experiment(shop: Recommender) -> Experiment:
    """A running experiment that started two hours ago."""
    return running(shop)


def running(shop: Recommender, **fields: object) -> Experiment:
    start = timezone.now() - timedelta(hours=2)
    values = {
        "name": "ranking",
        "state": "running",
        "salt": "pepper",
        "window_s": 3600,
        "kinds": ["purchase"],
        "started_at": start,
        "settled_at": start,
        "planned_end": timezone.now() + timedelta(days=1),
        "version_a": 1,
        "version_b": 2,
    }
    return Experiment.objects.create(
        organisation=shop.organisation, recommender=shop, **(values | fields)
    )


def show(shop: Recommender, user: str, items: list[str], minutes_ago: float = 30) -> str:
    assigned = experiments.assign(shop, user)
    assert assigned is not None
    return experiments.record(assigned, items, timezone.now() - timedelta(minutes=minutes_ago))


def happen(shop: Recommender, user: str, item: str, minutes_ago: float = 20, **more) -> Event:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    fields = {"event_id": f"e{next(_number)}", "kind": "purchase", "value": None} | more
    return Event.objects.create(
        organisation=shop.organisation,
        recommender=shop,
        user_id=user,
        item_id=item,
        occurred_at=at,
        created_at=at,
        **fields,
    )


class TestAssignment:
    def test_nobody_is_assigned_while_nothing_runs(self, shop: Recommender):
        assert experiments.assign(shop, "ann") is None

    def test_a_user_stays_with_a_variant_and_another_salt_draws_anew(
        self, shop: Recommender, experiment: Experiment
    ):
        users = [f"user-{n}" for n in range(2000)]
        first = [experiments.assign(shop, user) for user in users]
        again = [experiments.assign(shop, user) for user in users]
        assert [a.variant for a in first] == [a.variant for a in again]
        assert len({a.user_hash for a in first}) == 2000
        salted = Experiment(salt="other", share_b=0.5, recommender=shop)
        hashes = {experiments.hash_of(salted, user) for user in users}
        assert not hashes & {a.user_hash for a in first}

    @pytest.mark.parametrize("share", [0.05, 0.5, 0.8])
    def test_the_share_is_kept(self, shop: Recommender, share: float):
        running(shop, share_b=share)
        drawn = [experiments.assign(shop, f"u{n}").variant for n in range(20_000)]
        of_b = drawn.count("b")
        assert proportions.split_p_value(20_000 - of_b, of_b, share) > 0.001

    def test_variants_name_their_alias(self, shop: Recommender, experiment: Experiment):
        found = {a.variant: a.alias for n in range(50) if (a := experiments.assign(shop, f"{n}"))}
        assert found == {"a": "champion", "b": "challenger"}


class TestRecording:
    def test_impressions_are_written_together_without_the_users_id(
        self, shop: Recommender, experiment: Experiment, django_assert_num_queries, monkeypatch
    ):
        monkeypatch.setattr(impressions.WAITING, "counted_at", timezone.now())
        ids = [show(shop, f"user-{n}", ["i1", "i2"]) for n in range(100)]
        assert not Impression.objects.exists()
        with django_assert_num_queries(2):  # which experiments are there, and one insert
            impressions.WAITING.flush()
        assert {str(row.pk) for row in Impression.objects.all()} == set(ids)
        row = Impression.objects.first()
        assert row.items == ["i1", "i2"]
        assert "user" not in row.user_hash

    def test_a_full_experiment_records_no_more_but_still_assigns(
        self, shop: Recommender, experiment: Experiment, monkeypatch
    ):
        monkeypatch.setattr(impressions, "MAX_KEPT", 3)
        for n in range(3):
            show(shop, f"u{n}", ["i"])
        impressions.WAITING.flush()
        impressions.close_full({experiment.pk})
        experiments._running.clear()
        assigned = experiments.assign(shop, "another")
        assert assigned is not None
        assert experiments.record(assigned, ["i"]) == ""

    def test_what_cannot_be_written_waits_and_is_bounded(self, shop, experiment, monkeypatch):
        waiting = impressions.Waiting()
        monkeypatch.setattr(impressions, "MAX_WAITING", 4)
        waiting.rows = type(waiting.rows)(maxlen=4)
        monkeypatch.setattr(waiting, "add", waiting.rows.append)
        for n in range(9):
            waiting.add(Impression(experiment=experiment, user_hash=str(n)))
        taken = waiting._take()
        assert [row.user_hash for row in taken] == ["5", "6", "7", "8"]
        waiting._give_back(taken)
        assert len(waiting.rows) == 4

    def test_impressions_of_a_deleted_experiment_are_dropped(self, shop, experiment):
        show(shop, "ann", ["i"])
        experiment.delete()
        impressions.WAITING.flush()
        assert not Impression.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_impressions_are_written_soon_without_anybody_asking(shop, experiment, monkeypatch):
    monkeypatch.setattr(impressions, "DELAY_S", 0.05)
    show(shop, "ann", ["i1"])
    show(shop, "bob", ["i1"])
    deadline = time.monotonic() + 10
    while Impression.objects.count() < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert Impression.objects.count() == 2
    assert impressions.WAITING.timer is None


class TestOutcomes:
    @pytest.mark.parametrize(
        ("event", "counts"),
        [
            ({"user": "ann", "item": "i1"}, 1),
            ({"user": "ann", "item": "i1", "minutes_ago": 29.99}, 1),
            ({"user": "ann", "item": "i1", "minutes_ago": 31}, 0),  # before it was shown
            ({"user": "ann", "item": "i9"}, 0),  # not shown
            ({"user": "bob", "item": "i1"}, 0),  # not to him
            ({"user": "ann", "item": "i1", "kind": "view"}, 0),  # no success
        ],
    )
    def test_an_event_counts_when_it_names_an_item_shown_before(
        self, shop, experiment, event: dict, counts: int
    ):
        show(shop, "ann", ["i1", "i2"])
        happen(shop, **event)
        assert outcomes.settle(experiment)
        assert Outcome.objects.count() == counts

    def test_an_event_after_the_window_does_not_count(self, shop, experiment):
        show(shop, "ann", ["i1"], minutes_ago=90)
        happen(shop, "ann", "i1", minutes_ago=20)
        outcomes.settle(experiment)
        assert not Outcome.objects.exists()

    def test_settling_again_and_in_small_steps_counts_each_event_once(
        self, shop, experiment, monkeypatch
    ):
        monkeypatch.setattr(outcomes, "CHUNK", 2)
        monkeypatch.setattr(outcomes, "MAX_CHUNKS", 3)
        for n in range(7):
            show(shop, f"u{n}", ["i1"])
            happen(shop, f"u{n}", "i1", minutes_ago=20 - n)
        assert not outcomes.settle(experiment)
        assert outcomes.settle(experiment)
        assert outcomes.settle(Experiment.objects.get(pk=experiment.pk))
        assert Outcome.objects.count() == 7

    def test_a_program_may_tell_an_outcome_once(self, actor, shop, experiment):
        shown = show(shop, "ann", ["i1"])
        told = NewOutcome(shown, item="i1", value=12.5, outcome_id="order-7")
        assert tell_outcome(actor=actor, name=shop.name, told=told)
        assert not tell_outcome(actor=actor, name=shop.name, told=told)
        assert Outcome.objects.get().value == 12.5

    @pytest.mark.parametrize(
        "change", [{"item": "i9"}, {"value": float("nan")}, {"kind": ""}, {"outcome_id": "a\0"}]
    )
    def test_a_wrong_outcome_is_refused(self, actor, shop, experiment, change: dict):
        shown = show(shop, "ann", ["i1"])
        with pytest.raises(InvalidInputError):
            tell_outcome(
                actor=actor,
                name=shop.name,
                told=NewOutcome(**{"recommendation_id": shown} | change),
            )

    def test_what_was_never_shown_has_no_outcome(self, actor, stranger, shop, experiment):
        shown = show(shop, "ann", ["i1"])
        for wrong in ("nonsense", "00000000-0000-0000-0000-00000000002a"):
            with pytest.raises(errors.ImpressionNotFoundError):
                tell_outcome(actor=actor, name=shop.name, told=NewOutcome(wrong))
        with pytest.raises(NotFoundError):
            tell_outcome(actor=stranger, name=shop.name, told=NewOutcome(shown))
        late = show(shop, "ann", ["i1"], minutes_ago=61)
        with pytest.raises(InvalidInputError, match="window"):
            tell_outcome(actor=actor, name=shop.name, told=NewOutcome(late))


class TestResult:
    def fill(self, shop, experiment, users: int, every: dict[str, int]) -> None:
        """Show one item to everybody; every n-th user of a variant buys."""
        rows, events, seen = [], [], {"a": 0, "b": 0}
        at = timezone.now() - timedelta(minutes=30)
        for n in range(users):
            assigned = experiments.assign(shop, f"u{n}")
            experiments.record(assigned, ["i1"], at)
            seen[assigned.variant] += 1
            if seen[assigned.variant] % every[assigned.variant] == 0:
                events.append(
                    Event(
                        organisation=shop.organisation,
                        recommender=shop,
                        event_id=f"buy-{n}",
                        user_id=f"u{n}",
                        item_id="i1",
                        kind="purchase",
                        value=10.0,
                        occurred_at=at + timedelta(minutes=1),
                        created_at=at + timedelta(minutes=1),
                    )
                )
        Event.objects.bulk_create([*rows, *events])

    def ask(self, actor, shop, experiment) -> dict:
        return result_of(actor=actor, name=shop.name, experiment_id=str(experiment.pk))

    def test_a_clear_difference_is_found_early_with_the_wider_interval(
        self, actor, shop, experiment
    ):
        self.fill(shop, experiment, 3000, {"a": 10, "b": 4})
        found = self.ask(actor, shop, experiment)
        assert found["verdict"] == "b"
        assert not found["is_complete"]
        assert found["a"]["users"] + found["b"]["users"] == 3000
        assert found["difference"][0] == pytest.approx(0.15, abs=0.01)
        assert found["always_valid"][0] < found["difference"][1] < 0.15
        assert found["value_difference"][0] == pytest.approx(1.5, abs=0.1)
        assert found["p_value"] < 0.001

    def test_too_few_users_give_no_verdict(self, actor, shop, experiment):
        self.fill(shop, experiment, 60, {"a": 2, "b": 2})
        assert self.ask(actor, shop, experiment)["verdict"] == "few"

    def test_no_difference_waits_until_the_planned_end_and_is_then_called_equal(
        self, actor, shop, experiment
    ):
        self.fill(shop, experiment, 1000, {"a": 5, "b": 5})
        assert self.ask(actor, shop, experiment)["verdict"] == "wait"
        Experiment.objects.update(planned_end=timezone.now())
        assert self.ask(actor, shop, experiment)["verdict"] == "equal"

    def test_a_broken_split_is_said_before_anything_else(self, actor, shop, experiment):
        self.fill(shop, experiment, 1000, {"a": 10, "b": 4})
        impressions.WAITING.flush()
        Experiment.objects.update(share_b=0.3)
        assert self.ask(actor, shop, experiment)["verdict"] == "broken"

    def test_a_final_result_is_kept_and_what_was_shown_forgotten(
        self, actor, shop, experiment, monkeypatch
    ):
        self.fill(shop, experiment, 300, {"a": 5, "b": 5})
        impressions.WAITING.flush()
        ended = timezone.now() - timedelta(hours=1, minutes=1)
        Impression.objects.update(created_at=ended - timedelta(minutes=9))
        Event.objects.update(created_at=ended, occurred_at=ended)
        Experiment.objects.update(state="ended", ended_at=ended)
        monkeypatch.setattr(impressions, "KEEP", timedelta())
        first = self.ask(actor, shop, experiment)
        assert first["a"]["converted"] > 0
        assert not Impression.objects.exists()
        assert self.ask(actor, shop, experiment) == first

    def test_another_organisation_sees_no_result(self, stranger, shop, experiment):
        with pytest.raises(NotFoundError):
            self.ask(stranger, shop, experiment)


class TestSettingUp:
    @pytest.mark.parametrize(
        "change",
        [
            {"name": " "},
            {"alias_b": "champion"},
            {"alias_b": "nobody"},
            {"share_b": 0.0},
            {"share_b": float("nan")},
            {"window_hours": 0},
            {"days": 1000},
            {"kinds": ["x" * 41]},
        ],
    )
    def test_a_wrong_value_is_refused_by_name(self, actor, shop, change: dict):
        with pytest.raises(InvalidInputError) as refused:
            experiments.create_experiment(
                actor=actor, name=shop.name, spec=ExperimentSpec(**{"name": "x"} | change)
            )
        assert refused.value.extra["field"] == next(iter(change))

    def test_only_engineers_set_up_experiments(self, member, shop):
        with pytest.raises(PermissionDeniedError):
            experiments.create_experiment(
                actor=member(Role.ANALYST), name=shop.name, spec=ExperimentSpec("x")
            )

    def test_a_name_is_taken_once(self, actor, shop, experiment):
        with pytest.raises(InvalidInputError, match="already"):
            experiments.create_experiment(
                actor=actor, name=shop.name, spec=ExperimentSpec("ranking")
            )


def test_from_set_up_to_promotion_with_audit(actor: Actor, trained: Recommender):
    name = trained.name
    made = experiments.create_experiment(actor=actor, name=name, spec=ExperimentSpec("first"))
    start = {"actor": actor, "name": name, "experiment_id": str(made.pk)}
    with pytest.raises(registry.AliasNotFoundError):
        experiments.start_experiment(**start)
    services.retrain(actor=actor, name=name, changes={"factors": 2})
    train_now(actor, selectors.get_recommender(actor=actor, name=name))
    begun = experiments.start_experiment(**start)
    assert (begun.version_a, begun.version_b, begun.state) == (1, 2, "running")
    other = experiments.create_experiment(actor=actor, name=name, spec=ExperimentSpec("second"))
    with pytest.raises(errors.ExperimentStateError, match="running"):
        experiments.start_experiment(actor=actor, name=name, experiment_id=str(other.pk))
    with pytest.raises(errors.ExperimentStateError):
        experiments.start_experiment(**start)
    ended = experiments.end_experiment(**start, promote="b")
    assert (ended.state, ended.promoted) == ("ended", "b")
    assert selectors.get_recommender(actor=actor, name=name).serving_version == 2
    assert experiments.assign(trained, "ann") is None
    actions = list(audit.entries(actor=actor).values_list("action", flat=True))
    assert {"experiment.created", "experiment.started", "experiment.ended"} <= set(actions)
    with pytest.raises(errors.ExperimentStateError):
        experiments.end_experiment(**start)


def test_a_variant_whose_alias_has_moved_is_not_promoted(actor: Actor, trained: Recommender):
    made = running(trained, version_a=1, version_b=7)
    registry.set_alias(
        actor=actor,
        model=registry.get_model(actor=actor, name=trained.name),
        alias="challenger",
        version=registry.get_version(actor=actor, model_name=trained.name, number=1),
    )
    call = {"actor": actor, "name": trained.name, "experiment_id": str(made.pk)}
    assert "moved" in result_of(**call)["cautions"]
    with pytest.raises(errors.ExperimentStateError, match="measured"):
        experiments.end_experiment(**call, promote="b")
    assert experiments.end_experiment(**call).promoted == ""
