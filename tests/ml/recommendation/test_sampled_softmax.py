import numpy as np
import torch

from ml.recommendation.sampled_softmax import Sampler, losses


def scored(n_items: int, n_targets: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    scores_NI = torch.randn(n_targets, n_items, generator=generator)
    return scores_NI, torch.arange(n_targets) * 3


def test_a_small_catalogue_is_cross_entropy() -> None:
    scores_NI, targets_N = scored(20)
    negatives = Sampler(torch.ones(20), 32).draw(torch.Generator())
    own_N = scores_NI[torch.arange(6), targets_N]
    found_N = losses(own_N, scores_NI[:, negatives.items], targets_N, negatives)
    expected_N = torch.nn.functional.cross_entropy(scores_NI, targets_N, reduction="none")
    torch.testing.assert_close(found_N, expected_N)


def test_the_sampled_sum_over_the_catalogue_has_no_bias() -> None:
    scores_NI, targets_N = scored(500)
    sampler = Sampler(torch.arange(500).float(), 50)
    draws = torch.Generator().manual_seed(1)
    own_N = scores_NI[torch.arange(6), targets_N]
    sums = []
    for _ in range(3_000):
        negatives = sampler.draw(draws)
        loss_N = losses(own_N, scores_NI[:, negatives.items], targets_N, negatives)
        sums.append(torch.exp(loss_N + own_N))
    exact_N = torch.exp(scores_NI).sum(1)
    np.testing.assert_allclose(torch.stack(sums).mean(0) / exact_N, 1.0, atol=0.02)


def test_negatives_are_drawn_as_their_logarithm_says() -> None:
    sampler = Sampler(torch.tensor([0.0, 10.0, 30.0, 60.0]), 3)
    draws = torch.Generator().manual_seed(0)
    counts_I = torch.zeros(4)
    for _ in range(4_000):
        counts_I += torch.bincount(sampler.draw(draws).items, minlength=4)
    np.testing.assert_allclose(counts_I / counts_I.sum(), torch.exp(sampler.log_q_I), atol=0.02)
