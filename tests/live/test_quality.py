"""The main job on real data, through the public doors, with default settings."""

from pathlib import Path

import pytest

from benchmarks import rest_quality
from tests.live_platform import LivePlatform

pytestmark = [pytest.mark.live, pytest.mark.shared_data, pytest.mark.timeout(600)]


def test_a_default_recommender_reaches_the_published_level(
    live_platform: LivePlatform, shared_data: Path
):
    folder = shared_data / "recommendation" / "ncf-ml-1m"
    dataset = rest_quality.upload(live_platform.rest, "ncf-ml-1m", folder / "train.tsv.gz")
    rest_quality.train(live_platform.rest, "ncf-quality", dataset, seed=1)
    found = rest_quality.measure(live_platform.rest, "ncf-quality", folder, every=3)
    assert found["hr_at_10"] >= 0.70
    assert found["ndcg_at_10"] >= 0.43
