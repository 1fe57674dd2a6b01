"""A detector with decisions, without a trained model: what people and rules work on."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta

from django.db import transaction

from apps.fraud.models import Decision, Detector
from apps.fraud.services import following, lists, sealing
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.vault import api as vault
from tests.apps.recommendation.conftest import upload

START = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
_count = itertools.count(1)


def detector(actor: Actor, **changes) -> Detector:
    """Return a detector of payments by customer, card and terminal."""
    made = Detector.objects.create(
        organisation=actor.organisation,
        name=changes.pop("name", f"cards-{next(_count)}"),
        dataset_id=changes.pop("dataset_id", uuid.uuid4()),
        dataset_version_id=changes.pop("dataset_version_id", uuid.uuid4()),
        columns={"time": "time", "amount": "amount", "label": "fraud", "id": "id"},
        entities=["customer", "card", "terminal"],
        normals={"customer_mean_7d": {"normal": 20.0}, "card_count_1d": {"normal": 2.0}},
        data_key=vault.create_data_key(organisation=actor.organisation, purpose="detector test"),
        **changes,
    )
    made.refresh_from_db()
    return made


def history(rows: int = 60) -> str:
    """Return payments as CSV: every tenth is a fraud, of 500 and abroad; one genuine is large too."""
    lines = ["id,time,customer,card,terminal,amount,country,fraud"]
    for number in range(rows):
        moment = (START + timedelta(hours=6 * number)).isoformat()
        fraud = number % 10 == 3
        amount = 500 if fraud or number == 8 else 20 + number % 7
        who = f"c{number % 5},k{number % 6},t{number % 4}"
        country = "FR" if fraud else "DE"
        lines.append(f"h{number},{moment},{who},{amount},{country},{int(fraud)}")
    return "\n".join(lines) + "\n"


def detector_of_data(actor: Actor, **changes) -> Detector:
    """Return a detector whose history is a real data set."""
    dataset = upload(actor, history())
    version = datasets.current_version(dataset=dataset)
    return detector(actor, dataset_id=dataset.pk, dataset_version_id=version.pk, **changes)


def decide(found: Detector, *, hits=(), **told) -> Decision:
    """Store a decision about one event, with what follows it."""
    number = next(_count)
    event = {
        "id": f"e{number}",
        "time": (START + timedelta(minutes=number)).isoformat(),
        "amount": told.pop("amount", 100.0),
        "customer": told.pop("customer", "alice@example.org"),
        "card": told.pop("card", "4000001234567899"),
        "terminal": told.pop("terminal", "T1"),
        "country": "DE",
    }
    sealer = vault.sealer(found.data_key_id)
    entities = [lists.key_of(sealer, name, event[name]) for name in found.entities]
    score = told.pop("score", 0.9)
    made = Decision(
        pk=uuid.uuid4(),
        organisation_id=found.organisation_id,
        detector=found,
        event_id=event["id"],
        occurred_at=START + timedelta(minutes=number),
        decided_at=START + timedelta(minutes=number),
        outcome=told.pop("outcome", "review"),
        score=score,
        amount=event["amount"],
        expected_loss=score * event["amount"],
        customer=entities[0],
        entities=entities,
        **told,
    )
    body = {
        "event": event,
        "features": [12.5, 3.0],
        "contributions": [0.4, 0.1, -2.0],
        "reasons": [
            {"feature": "card_count_1d", "value": 3.0, "normal": 2.0, "text": "3 payments"}
        ],
        "rule_hits": [],
        "list_hits": [],
        "policy": {},
    }
    made.body = sealing.seal_body(sealer, str(made.pk), body)
    with transaction.atomic():
        made.save(force_insert=True)
        following.follow(made, hits)
    return made
