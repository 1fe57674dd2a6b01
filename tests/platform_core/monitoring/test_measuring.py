"""Drift, quality and data sets out of the request log."""

import time
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from platform_core.monitoring import collecting, engine, quality, selectors, services
from platform_core.monitoring.errors import LabelsInvalidError, NothingLoggedError
from platform_core.monitoring.models import DriftReference, DriftReport, QualityPoint
from platform_core.serving import api as serving
from tests.apps.recommendation.conftest import run_job
from tests.platform_core.monitoring.conftest import log, measured, rows


def test_the_first_rows_become_the_reference_and_later_ones_are_compared(actor, endpoint):
    before = rows(400)
    log(endpoint, before, before[:, 0], at=time.time() - 3600)
    measured(actor, endpoint)
    reference = DriftReference.objects.get()
    assert (reference.rows, reference.source) == (400, "log")
    assert not DriftReport.objects.exists()
    DriftReference.objects.update(created_at=timezone.now() - timedelta(minutes=30))
    same = rows(300, seed=1)
    log(endpoint, same, same[:, 0], at=time.time() - 60)
    measured(actor, endpoint)
    calm = selectors.drift_reports(actor=actor, endpoint=endpoint).get()
    assert (calm.rows, calm.drifted) == (300, 0)
    moved = rows(900, seed=2)
    moved[:, 2] += 2
    moved[:300, 3] = np.nan
    log(endpoint, moved, moved[:, 0])
    measured(actor, endpoint)
    report = selectors.drift_reports(actor=actor, endpoint=endpoint).first()
    worst = report.columns[0]
    assert (worst["side"], worst["name"], worst["drifted"]) == ("inputs", "x[2]", True)
    assert report.psi == pytest.approx(worst["psi"])
    assert report.psi > 0.5
    assert report.missing == pytest.approx(300 / 1200)
    assert {each["name"] for each in report.columns} == {"x[0]", "x[1]", "x[2]", "x[3]", "y"}


def test_few_rows_prove_nothing(actor, endpoint):
    few = rows(50)
    log(endpoint, few, few[:, 0])
    measured(actor, endpoint)
    assert not DriftReference.objects.exists()


def test_a_reference_can_be_made_anew_and_goes_with_the_log(actor, endpoint):
    first = rows(300)
    log(endpoint, first, first[:, 0])
    measured(actor, endpoint)
    services.renew_reference(actor=actor, endpoint=endpoint, version=1)
    assert not DriftReference.objects.exists()
    measured(actor, endpoint)
    assert services.forget_log(actor=actor, endpoint=endpoint, reason="asked for") == 1
    assert not DriftReference.objects.exists()


def test_labels_that_come_late_give_quality_by_version_and_hour(actor, endpoint):
    hour = time.time() // 3600 * 3600 - 7200
    answers = np.array([0.1, 0.4, 0.35, 0.8])
    ids = log(endpoint, rows(4), answers, at=hour + 5)
    log(endpoint, rows(2), np.array([0.9, 0.2]), at=hour + 9, version=2, prefix="other")
    truth = dict(zip(ids, (0, 0, 1, 1), strict=True)) | {"other0": 1, "other1": 0, "nobody": 1}
    labels = [{"id": key, "label": value} for key, value in truth.items()]
    wrong = [{"id": ids[0], "label": 1}]
    assert services.add_labels(actor=actor, endpoint=endpoint, labels=wrong) == 1
    assert services.add_labels(actor=actor, endpoint=endpoint, labels=labels) == 7
    measured(actor, endpoint)
    first, second = QualityPoint.objects.all()
    assert (first.version, first.metric, first.value, first.labels) == (
        1, "auc", pytest.approx(0.75), 4,
    )  # fmt: skip
    assert (second.version, second.value, second.labels) == (2, 1.0, 2)
    assert first.start.timestamp() == hour
    since = first.start + timedelta(minutes=20)
    found = quality.source(endpoint, [1, 2, 3], since)
    assert found[1].labels == 4
    assert found[1].mean == pytest.approx(1 - np.mean((answers - [0, 0, 1, 1]) ** 2))
    assert 3 not in found


def test_hours_are_joined_as_if_they_were_one(actor, endpoint):
    values = np.array([0.5, 1.0, 2.0, 4.0, 8.0])
    start = timezone.now().replace(minute=0, second=0, microsecond=0)
    for hours, part in ((0, values[:2]), (1, values[2:])):
        QualityPoint.objects.create(
            endpoint=endpoint, version=1, start=start - timedelta(hours=hours), metric="mae",
            value=1, labels=len(part), mean=part.mean(), variance=part.var(ddof=1),
        )  # fmt: skip
    found = quality.source(endpoint, [1], start - timedelta(hours=2))[1]
    assert (found.labels, found.mean) == (5, pytest.approx(values.mean()))
    assert found.variance == pytest.approx(values.var(ddof=1))


@pytest.mark.parametrize(
    ("label", "place"),
    [
        ({"label": 1}, "labels\\[0\\]: `id`"),
        ({"id": "a", "label": None}, "`label`"),
        ({"id": "a", "label": float("nan")}, "`label`"),
        ({"id": "a", "label": 10**400}, "too large"),
        ({"id": "a", "label": "x" * 201}, "`label`"),
        ({"id": "a", "label": 1, "row": -1}, "`row`"),
    ],
)
def test_a_label_that_is_none_is_refused_with_its_place(actor, endpoint, label, place):
    with pytest.raises(LabelsInvalidError, match=place):
        services.add_labels(actor=actor, endpoint=endpoint, labels=[label])


def test_the_log_becomes_a_data_set_with_labels_beside_the_answers(actor, endpoint):
    with pytest.raises(NothingLoggedError):
        services.request_dataset(actor=actor, endpoint=endpoint, name="calls")
    made = rows(20)
    ids = log(endpoint, made, made[:, 0])
    services.add_labels(actor=actor, endpoint=endpoint, labels=[{"id": ids[3], "label": "yes"}])
    job = services.request_dataset(actor=actor, endpoint=endpoint, name="calls")
    done = run_job(actor, job, engine.make_dataset)
    assert done.result["rows"] == 20
    dataset = datasets.get_dataset(actor=actor, key=done.result["dataset"])
    from platform_core.datasets.engine import ingest  # noqa: PLC0415  (loads polars and pyarrow)

    run_job(actor, jobs.get_job(actor=actor, job_id=dataset.job_id), ingest)
    table = datasets.read_table(version=datasets.current_version(dataset=dataset))
    assert table.num_rows == 20
    row = table.to_pylist()[3]
    assert (row["prediction_id"], row["label"], row["version"]) == (ids[3], "yes", 1)
    assert row["x_2"] == pytest.approx(float(made[3, 2]))
    assert row["output_y"] == pytest.approx(float(made[3, 0]))


def test_the_scheduler_has_measured_what_was_logged_and_only_then(actor, endpoint):
    assert collecting.have_measured() == 0
    log(endpoint, rows(3), rows(3)[:, 0])
    assert collecting.have_measured() == 1
    assert collecting.have_measured() == 0
    assert jobs.Job.objects.filter(kind="monitoring.measure").count() == 1


def test_traffic_is_counted_between_looks_and_survives_a_new_runtime(actor, endpoint):
    serving.set_options(actor=actor, endpoint=endpoint, options={"watch": True})
    count = serving.TrafficCount.objects.create(
        endpoint=endpoint, epoch=0, node="a", alias="champion", version=1,
        requests=100, failures=5, latency={"40": 100},
    )  # fmt: skip
    for requests, failures in ((100, 5), (150, 5), (7, 1)):
        count.requests, count.failures, count.latency = requests, failures, {"40": requests}
        count.save()
        collecting.collect()
    points = selectors.traffic_points(actor=actor, endpoint=endpoint)
    assert [(p.requests, p.failures, p.latency) for p in points] == [
        (100, 5, {"40": 100}), (50, 0, {"40": 50}), (7, 1, {"40": 7}),
    ]  # fmt: skip
