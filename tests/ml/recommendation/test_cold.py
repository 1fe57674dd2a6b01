"""New items and people among known ones: by attributes, by who touched them."""

import numpy as np
import scipy.sparse as sp

from ml.recommendation import attributes, cold
from ml.recommendation.attributes import Attributes, Numbers

KNOWN = Attributes(
    4,
    {
        "genre": attributes.texts(["Comedy", "Comedy|Drama", "Horror", None]),
        "year": Numbers("number", np.array([1990.0, 2000.0, 1990.0, np.nan])),
    },
)


def neighbours(**told) -> dict[int, float]:
    new = attributes.from_rows([told], KNOWN.kinds())
    places, weights = cold.Alike(KNOWN).neighbours(new, 0)
    return dict(zip(places.tolist(), weights.tolist(), strict=True))


def test_the_more_attributes_agree_the_more_it_weighs():
    found = neighbours(genre="Comedy", year=1990)
    assert max(found, key=found.__getitem__) == 0
    assert 3 not in found, "nothing is known of it"
    assert abs(sum(found.values()) - 1) < 1e-6


def test_strange_values_find_nobody():
    assert neighbours(genre="Western") == {}
    assert neighbours() == {}
    assert neighbours(colour="red") == {}


def test_touched_together_prefers_the_rare_item_of_a_short_history():
    histories = sp.csr_matrix(np.array([[1, 1, 0, 0], [0, 1, 1, 1]], dtype=np.float32))
    places, weights = cold.touched_together(histories, np.array([1, 100, 1, 1], dtype=np.float32))
    found = dict(zip(places.tolist(), weights.tolist(), strict=True))
    assert max(found, key=found.__getitem__) == 0
    assert min(found, key=found.__getitem__) == 1


def test_events_take_over_from_attributes():
    none = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
    one = (np.array([0]), np.array([1.0], dtype=np.float32))
    two = (np.array([1]), np.array([1.0], dtype=np.float32))
    assert cold.mixture(one, none, 0, 3).tolist() == [1, 0, 0]
    assert cold.mixture(none, two, 1, 3).tolist() == [0, 1, 0]
    assert cold.mixture(one, two, 3, 3).tolist() == [0.5, 0.5, 0]
    assert cold.mixture(one, two, 30, 3)[1] > 0.9
    assert cold.mixture(none, none, 5, 3).tolist() == [0, 0, 0]


def test_a_mixture_is_as_long_as_its_parts():
    apart = np.eye(2, dtype=np.float32)
    half = np.array([0.5, 0.5], dtype=np.float32)
    assert np.isclose(cold.lift(half, apart), np.sqrt(2))
    assert np.isclose(cold.lift(half, np.ones((2, 2), dtype=np.float32)), 1.0)
    assert cold.lift(half, -np.ones((2, 2), dtype=np.float32) + 2 * apart) == cold.MAX_LIFT
