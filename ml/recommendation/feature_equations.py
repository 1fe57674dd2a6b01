"""The equations of the factorisation with features, in numpy; the model and its tests share them.

    y_ui = theta_u . Phi_i + theta_v . Phi_v

theta_u is user u's embedding, Phi_i the features of item i; theta_v is item i's embedding, Phi_v
the features of user u. Both feature tables are given, so y is linear in the embeddings and the
penalised squared error

    L = sum_n [ (y_n - r_n)^2 + lam (|theta_u(n)|^2 + |theta_v(n)|^2) ]

is convex. Shapes: N rated pairs, U users, I items, G item features, F user features, H a history.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.recommendation.data import Ints

Doubles = NDArray[np.floating]


@dataclass(frozen=True)
class Embeddings:
    """theta: users (U, G) and items (I, F)."""

    users: Doubles
    items: Doubles


@dataclass(frozen=True)
class Tables:
    """Phi: users (U, F) and items (I, G)."""

    users: Doubles
    items: Doubles


def predict(theta: Embeddings, phi: Tables, users_N: Ints, items_N: Ints) -> Doubles:
    """Return y of the given pairs, (N,)."""
    by_item_N = np.einsum("ng,ng->n", theta.users[users_N], phi.items[items_N])
    by_user_N = np.einsum("nf,nf->n", theta.items[items_N], phi.users[users_N])
    return np.asarray(by_item_N + by_user_N)


def gradients(
    theta: Embeddings, phi: Tables, pairs: tuple[Ints, Ints], targets_N: Doubles, lam: float
) -> Embeddings:
    """Return dL/dtheta: 2 (y - r) Phi_i + 2 lam theta_u summed per user; likewise per item."""
    users_N, items_N = pairs
    error_N1 = (predict(theta, phi, users_N, items_N) - targets_N)[:, None]
    of_users_UG, of_items_IF = np.zeros_like(theta.users), np.zeros_like(theta.items)
    by_user_NG = error_N1 * phi.items[items_N] + lam * theta.users[users_N]
    by_item_NF = error_N1 * phi.users[users_N] + lam * theta.items[items_N]
    np.add.at(of_users_UG, users_N, 2 * by_user_NG)
    np.add.at(of_items_IF, items_N, 2 * by_item_NF)
    return Embeddings(of_users_UG, of_items_IF)


def ridge(left_GG: Doubles, right_G: Doubles, lam: float) -> Doubles:
    """Return theta of (left + lam I) theta = right: the embedding that minimises a penalised square.

    For a history, left = sum Phi_i Phi_i' and right = sum Phi_i (r - theta_v . Phi_v).
    """
    return np.asarray(np.linalg.solve(left_GG + lam * np.eye(len(left_GG)), right_G))
