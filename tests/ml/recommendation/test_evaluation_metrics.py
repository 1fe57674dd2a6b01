"""Known answers worked out by hand, and each figure against a plain loop written from its definition."""

import math

import numpy as np
import pytest
import scipy.sparse as sp

from ml.recommendation import bootstrap, cuts, data, lists, report, segments, variety
from ml.recommendation.errors import EmptyInteractionsError

K, USERS, ITEMS = 6, 40, 25


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, sp.csr_matrix, sp.csr_matrix, lists.Lists]:
    """Random scores, what was seen, what was held out, and the lists made of them."""
    rng = np.random.default_rng(7)
    scores_BI = rng.random((USERS, ITEMS)).astype(np.float32)
    drawn = rng.random((USERS, ITEMS))
    seen_BI = sp.csr_matrix((drawn < 0.2).astype(np.float32))
    truth = (drawn > 0.8).astype(np.float32)
    truth[np.arange(USERS), rng.integers(0, ITEMS, USERS)] = 1
    truth[seen_BI.toarray() > 0] = 0
    truth[truth.sum(axis=1) == 0, int(np.argmin(seen_BI.toarray().sum(axis=0)))] = 1
    held_BI = sp.csr_matrix(truth)
    made = lists.make(lambda rows: scores_BI[rows].copy(), seen_BI, held_BI, K)
    return scores_BI, seen_BI, held_BI, made


def plain(scores: list[float], seen: set[int], truth: set[int], k: int) -> list[float]:
    """The five figures of one list, straight from the textbook."""
    order = sorted((i for i in range(len(scores)) if i not in seen), key=lambda i: -scores[i])[:k]
    hits = [item in truth for item in order]
    gain = sum(1 / math.log2(place + 2) for place, hit in enumerate(hits) if hit)
    best = sum(1 / math.log2(place + 2) for place in range(min(k, len(truth))))
    precision_at = [sum(hits[: place + 1]) / (place + 1) for place, hit in enumerate(hits) if hit]
    return [
        float(any(hits)),
        sum(hits) / len(truth),
        sum(hits) / k,
        gain / best,
        sum(precision_at) / min(k, len(truth)),
    ]


@pytest.mark.parametrize("k", [1, 3, K])
def test_every_figure_agrees_with_a_plain_loop(scene, k: int) -> None:
    scores_BI, seen_BI, held_BI, made = scene
    expected = [
        plain(scores_BI[u].tolist(), set(seen_BI[u].indices), set(held_BI[u].indices), k)
        for u in range(USERS)
    ]
    np.testing.assert_allclose(made.figures(k), expected, rtol=1e-12)


def test_figures_of_a_list_worked_out_by_hand() -> None:
    """Places 1 and 3 of three hit, two of four relevant."""
    made = lists.Lists(
        np.array([[4, 2, 7]]), np.array([[True, False, True]]), np.array([4], dtype=np.int64)
    )
    log3 = 1 / math.log2(3)
    expected = [1, 2 / 4, 2 / 3, 1.5 / (1 + log3 + 0.5), (1 + 2 / 3) / 3]
    np.testing.assert_allclose(made.figures(3)[0], expected)


def test_lists_in_blocks_are_the_same_and_an_item_that_cannot_be_shown_is_missed(
    scene, monkeypatch
) -> None:
    scores_BI, seen_BI, held_BI, made = scene
    monkeypatch.setattr(lists, "BLOCK_BYTES", 1)
    again = lists.make(lambda rows: scores_BI[rows].copy(), seen_BI, held_BI, K)
    np.testing.assert_array_equal(again.items, made.items)
    wanted = int(held_BI.indices[0])
    hidden_BI = scores_BI.copy()
    hidden_BI[:, wanted] = -np.inf
    without = lists.make(lambda rows: hidden_BI[rows].copy(), seen_BI, held_BI, K)
    assert wanted not in without.items
    np.testing.assert_array_equal(without.relevant, made.relevant)


def test_novelty_and_coverage_by_hand() -> None:
    items_BK = np.array([[0, 1], [0, -1]])
    counts_I = np.array([4, 1, 0, 8], dtype=np.float32)
    assert variety.novelty(items_BK, counts_I, 8) == pytest.approx((1 + 3 + 1) / 3)
    assert variety.coverage(items_BK, 4) == 0.5
    assert variety.novelty(np.array([[-1]]), counts_I, 8) == 0.0


def test_diversity_by_hand_and_against_a_plain_loop() -> None:
    vectors = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=np.float32)
    # cosines 0-1: 0, 0-2: r, 1-2: r with r = 1 / sqrt(2); item 3 is like nothing
    root = 1 / math.sqrt(2)
    assert variety.diversity(np.array([[0, 1, 2]]), vectors) == pytest.approx(1 - 2 * root / 3)
    assert variety.diversity(np.array([[0, 3, -1]]), vectors) == pytest.approx(1.0)
    assert variety.diversity(np.array([[0, -1, -1]]), vectors) == 0.0
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 5)).astype(np.float32)
    items_BK = np.stack([rng.choice(30, 4, replace=False) for _ in range(20)])
    unit = vectors.astype(np.float64) / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [[1 - unit[a] @ unit[b] for a in row for b in row if a < b] for row in items_BK]
    expected = np.mean([np.mean(each) for each in pairs])
    assert variety.diversity(items_BK, sp.csr_matrix(vectors)) == pytest.approx(expected, rel=1e-5)


def test_bands_hold_their_share_of_the_interactions() -> None:
    counts_I = np.array([1, 50, 0, 30, 10, 5, 4], dtype=np.float32)
    names = [segments.BANDS[band] for band in segments.popularity_bands(counts_I)]
    # in order: 50 starts at 0 (head), 30 at .5 (mid), 10 at .8, then 5, 4, 1, 0: tail
    assert names == ["tail", "head", "tail", "mid", "tail", "tail", "tail"]
    np.testing.assert_allclose(
        variety.exposure(np.array([[1, 3], [1, -1]]), segments.popularity_bands(counts_I), 3),
        [2 / 3, 1 / 3, 0],
    )


def test_activity_parts_are_thirds_and_cover_everybody_once() -> None:
    counts_B = np.array([1, 1, 2, 3, 5, 8, 13, 21, 34])
    parts = segments.by_activity(counts_B)
    assert [part.name for part in parts] == ["1\N{EN DASH}3", "5\N{EN DASH}13", "21\N{EN DASH}34"]
    assert (sum(part.rows.astype(int) for part in parts) == 1).all()
    assert segments.by_activity(np.array([4, 4, 4])) == []


def test_values_make_segments_and_names_do_not() -> None:
    values = ["f"] * 6 + ["m"] * 3 + [None]
    found = segments.by_value("sex", values)
    assert [(part.name, int(part.rows.sum())) for part in found] == [("f", 6), ("m", 3)]
    assert segments.by_value("name", [f"person {n}" for n in range(50)]) == []
    many = [f"v{n % 20}" for n in range(1000)]
    found = segments.by_value("town", many)
    assert [part.name for part in found][-1] == segments.OTHER
    assert int(sum(part.rows.sum() for part in found)) == 1000


def test_an_interval_is_the_known_one_of_a_mean() -> None:
    """Of 400 throws of a coin the standard error is 0.025: the interval is about 1.96 of it each way."""
    values_BM = np.repeat([[1.0], [0.0]], 200, axis=0)
    low, high = bootstrap.intervals(values_BM, 0)[0]
    assert low == pytest.approx(0.5 - 0.049, abs=0.006)
    assert high == pytest.approx(0.5 + 0.049, abs=0.006)
    assert np.isnan(bootstrap.intervals(np.zeros((0, 2)), 0)).all()
    np.testing.assert_array_equal(
        bootstrap.intervals(values_BM, 3), bootstrap.intervals(values_BM, 3)
    )


def test_a_paired_difference_is_narrower_than_the_figures_themselves(scene) -> None:
    scores_BI, seen_BI, held_BI, made = scene
    nudged = scores_BI + np.random.default_rng(1).normal(0, 0.02, scores_BI.shape)
    near = lists.make(lambda rows: nudged[rows].copy(), seen_BI, held_BI, K)
    value, low, high = report.difference(near, made, [K], 0)[f"ndcg@{K}"]
    own = bootstrap.intervals(made.figures(K), 0)[3]
    assert low <= value <= high
    assert high - low < own[1] - own[0]
    assert report.difference(made, made, [K], 0)[f"ndcg@{K}"] == [0, 0, 0]


def interactions(*, times: bool = True) -> data.Interactions:
    rng = np.random.default_rng(3)
    users_N, items_N = rng.integers(0, 50, 900), rng.integers(0, 40, 900)
    return data.build(users_N, items_N, times_N=np.arange(900.0) if times else None)


@pytest.mark.parametrize("kind", cuts.PROTOCOLS)
def test_no_protocol_lets_a_held_out_row_be_learned(kind: str) -> None:
    known = interactions()
    cut = cuts.make(known, cuts.Protocol(kind, 0.2, seed=1))
    learned = set(zip(cut.train.users.tolist(), cut.train.items.tolist(), strict=True))
    asked = set(zip(cut.held_out.users.tolist(), cut.held_out.items.tolist(), strict=True))
    assert asked
    assert not learned & asked
    assert learned | asked == set(zip(known.users.tolist(), known.items.tolist(), strict=True))


def test_the_temporal_cut_separates_then_from_later() -> None:
    cut = cuts.make(interactions(), cuts.Protocol(cuts.TIME, 0.25))
    assert cut.train.times is not None
    assert cut.held_out.times is not None
    assert cut.train.times.max() < cut.held_out.times.min()
    assert len(cut.held_out) / (len(cut.train) + len(cut.held_out)) == pytest.approx(0.25, abs=0.01)


def test_few_users_are_measured_when_asked_and_only_they() -> None:
    cut = cuts.make(interactions(), cuts.Protocol(cuts.FRACTION, 0.3, most_users=7))
    assert len(np.unique(cut.held_out.users)) == 7
    with pytest.raises(EmptyInteractionsError, match="no times"):
        cuts.make(interactions(times=False), cuts.Protocol(cuts.TIME))


def test_a_report_agrees_with_its_parts(scene) -> None:
    _, seen_BI, held_BI, made = scene
    counts_I = np.asarray(seen_BI.sum(axis=0)).ravel().astype(np.float32)
    rows = np.arange(USERS) < 10
    parts = [segments.Segment("activity", "1-3", rows), segments.Segment("x", "few", rows & False)]
    ground = report.Ground(counts_I, USERS, seen_BI.T.tocsr(), held_BI, parts)
    told = report.of(made, ground, [1, 3, K])
    assert told["figures"]["recall@3"][0] == pytest.approx(made.figures(3)[:, 1].mean(), abs=1e-6)
    assert told["figures"]["recall@3"][1] <= told["figures"]["recall@3"][0]
    assert [band["held_out"] for band in told["bands"]]
    hits = sum((band["recall"] or 0) * band["held_out"] for band in told["bands"])
    assert hits == pytest.approx(made.hits[:, :3].sum(), abs=1e-3)
    assert sum(band["shown"] for band in told["bands"]) == pytest.approx(1.0, abs=1e-5)
    (segment,) = told["segments"]
    assert segment["users"] == 10
    assert segment["figures"]["hr@3"][0] == pytest.approx(made.figures(3)[rows, 0].mean(), abs=1e-6)
    assert sum(count for _item, count in segment["items"]) <= 30
