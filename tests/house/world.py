"""One object of every kind an address can name, made through the real doors."""

import uuid
from dataclasses import dataclass, field, replace

from django.utils import timezone

from apps.fraud.models import Decision, Detector
from apps.fraud.services import batches, sealing
from apps.recommendation.models import Recommender
from apps.recommendation.services.evaluations import EvaluationSpec, request_evaluation
from apps.recommendation.services.experiments import ExperimentSpec, create_experiment
from platform_core.accounts.api import ApiKey, Membership, Organisation, Role
from platform_core.compression.api import CompressionSpec, request_compression
from platform_core.datasets import api as datasets
from platform_core.monitoring import api as monitoring
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from platform_core.vault import api as vault
from tests import factories
from tests.apps.recommendation import conftest as recommendation
from tests.house import fraud_desk
from tests.platform_core.training import conftest as training
from tests.platform_core.tuning import conftest as tuning

FEATURES = {"features": [{"name": "amount", "kind": "value", "column": "amount"}]}


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
    evaluation = request_evaluation(actor=owner, name=recommender.name, spec=EvaluationSpec())
    experiment = create_experiment(actor=owner, name=recommender.name, spec=ExperimentSpec("x"))
    decision = decided(recommender)
    split = datasets.create_split(
        actor=owner,
        version=datasets.current_version(dataset=dataset),
        spec=datasets.SplitSpec("random", {"train": 0.5, "test": 0.5}),
    )
    upload = datasets.begin_upload(actor=owner, filename="a.csv", size_bytes=5)
    rule = recommendation.told(recommender)
    compression = request_compression(
        actor=owner, spec=CompressionSpec(model=recommender.name, version=1)
    )
    version = registry.get_version(actor=owner, model_name=recommender.name, number=1)
    request = registry.PromotionRequest.objects.create(
        organisation=organisation, model=version.model, alias="champion", version=version
    )
    alert = monitoring.create_rule(
        actor=owner,
        endpoint=serving.get_endpoint(actor=owner, name=recommender.name),
        spec=monitoring.RuleSpec("errors", "error_rate", 0.1),
    )
    factories.api_key(owner)
    member = factories.actor(organisation, Role.VIEWER)
    return World(
        {
            "dataset_id": str(dataset.pk),
            "split_id": str(split.pk),
            "upload_id": str(upload.pk),
            "job_id": str(dataset.job_id),
            "name": recommender.name,
            "number": "1",
            "alias": "champion",
            "user": "u001",
            "item": "i01",
            "version": "0",
            "evaluation_id": str(evaluation.pk),
            "experiment_id": str(experiment.pk),
            "rule_id": str(rule.pk),
            **fraud_desk.worked(owner, decision),
            "decision_id": str(decision.pk),
            "batch_id": str(decision.detector.batches.get().pk),
            "compression_id": str(compression.pk),
            **training.ended(owner, dataset),
            **tuning.ended(owner),
            "alert_id": str(alert.pk),
            "request_id": str(request.pk),
            "key_id": str(ApiKey.objects.get(user=owner.user).pk),
            "member_id": str(Membership.objects.get(user=member.user).pk),
        }
    )


def decided(named: Recommender) -> Decision:
    """Return a decision of a detector that has the recommender's name, and a scoring of a data set."""
    own = {"organisation": named.organisation}
    data = {
        "dataset_id": named.dataset_id,
        "dataset_version_id": named.dataset_version_id,
    }
    key = vault.create_data_key(organisation=named.organisation, purpose="detector")
    detector = Detector.objects.create(
        **own, **data, name=named.name, data_key=key, features=FEATURES, entities=["user"]
    )
    batch = detector.batches.create(**own, **data, target_name="scores")
    with vault.open_writer(
        data_key=key, path=batches.scores_path(batch), context=batches.scores_context(batch)
    ) as writer:
        writer.write(b"id,score\n")
    decision = Decision(
        **own, detector=detector, event_id="e1", occurred_at=timezone.now(), outcome="approve"
    )
    body = {"event": {}, "features": [0.0], "contributions": [], "reasons": []}
    judged = {"rule_hits": [], "list_hits": [], "policy": {}}
    decision.body = sealing.seal_body(vault.sealer(key.pk), str(decision.pk), body | judged)
    decision.save(force_insert=True)
    return decision


def absent(existing: World) -> World:
    """Return addresses of the same form that name nothing anywhere."""
    nowhere = str(uuid.uuid4())
    ids = dict.fromkeys(
        (
            "dataset_id",
            "split_id",
            "upload_id",
            "job_id",
            "key_id",
            "member_id",
            "evaluation_id",
            "experiment_id",
            "rule_id",
            *fraud_desk.IDS,
            "decision_id",
            "batch_id",
            "compression_id",
            "training_id",
            "prediction_id",
            "study_id",
            "alert_id",
            "request_id",
        ),
        nowhere,
    )
    return replace(existing, values=existing.values | ids | {"name": "no-such-name"})
