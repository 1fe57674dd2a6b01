"""Who pays where: customers with habits, merchants with terminals, all drawn from one seed."""

from dataclasses import dataclass

import numpy as np

CATEGORIES: dict[str, tuple[float, float, float]] = {
    "groceries": (0.34, 1.0, 0.05),
    "transport": (0.18, 0.4, 0.1),
    "restaurants": (0.18, 0.8, 0.02),
    "fashion": (0.12, 1.8, 0.5),
    "electronics": (0.06, 4.5, 0.6),
    "digital": (0.12, 0.5, 1.0),
}
"""Kind of shop -> share of payments, size against a customer's usual, share paid online."""
COUNTRIES, SHARES = ("DE", "FR", "NL", "PL"), (0.55, 0.2, 0.15, 0.1)
SHARED_HOME, SHARED_DEVICE = 0.3, 0.08
"""Customers that live at another's address, or use another's device."""


@dataclass(frozen=True)
class Size:
    """How large the world is.

    Attributes:
        customers: at least 20.
        merchants: at least 12.
        payments_per_day: of one customer, on average.
        fraud_share: of all payments.
    """

    customers: int = 2000
    merchants: int = 300
    payments_per_day: float = 1.2
    fraud_share: float = 0.005

    def __post_init__(self) -> None:
        if self.customers < 20 or self.merchants < 12:
            raise ValueError("The world needs at least 20 customers and 12 merchants.")
        if not 0 <= self.fraud_share <= 0.2 or not 0 < self.payments_per_day <= 100:
            raise ValueError("fraud_share must be in [0, 0.2], payments_per_day in (0, 100].")


@dataclass(frozen=True)
class Customer:
    """A person, with what is usual for them."""

    name: str
    card: str
    device: str
    address: str
    ip: str
    country: str
    usual: float
    per_day: float
    shops: tuple[int, ...]


@dataclass(frozen=True)
class Merchant:
    """A shop."""

    name: str
    terminals: tuple[str, ...]
    category: str
    country: str


@dataclass(frozen=True)
class World:
    """Everybody there is."""

    size: Size
    customers: tuple[Customer, ...]
    merchants: tuple[Merchant, ...]


def make(size: Size, rng: np.random.Generator) -> World:
    """Draw a world."""
    merchants = tuple(_merchant(i, rng) for i in range(size.merchants))
    customers: list[Customer] = []
    for i in range(size.customers):
        customers.append(_customer(i, customers, size, rng))
    return World(size, tuple(customers), merchants)


def _merchant(i: int, rng: np.random.Generator) -> Merchant:
    kinds = list(CATEGORIES)
    kind = kinds[i % len(kinds)] if i < len(kinds) else str(rng.choice(kinds))
    terminals = tuple(f"t{i:05d}-{j}" for j in range(int(rng.integers(1, 5))))
    return Merchant(f"m{i:05d}", terminals, kind, str(rng.choice(COUNTRIES, p=SHARES)))


def _customer(i: int, known: list[Customer], size: Size, rng: np.random.Generator) -> Customer:
    other = known[int(rng.integers(len(known)))] if known else None
    draw = rng.random(2)
    at_home = other is not None and draw[0] < SHARED_HOME
    borrows = other is not None and draw[1] < SHARED_DEVICE
    shops = rng.choice(size.merchants, size=min(size.merchants, 12), replace=False)
    return Customer(
        name=f"c{i:06d}",
        card=f"k{i:06d}",
        device=other.device if other and borrows else f"d{i:06d}",
        address=other.address if other and at_home else f"a{i:06d}",
        ip=other.ip if other and at_home else address(rng),
        country=other.country if other and at_home else str(rng.choice(COUNTRIES, p=SHARES)),
        usual=float(rng.lognormal(3.2, 0.5)),
        per_day=float(size.payments_per_day * rng.gamma(2.0, 0.5)),
        shops=tuple(int(shop) for shop in shops),
    )


def address(rng: np.random.Generator) -> str:
    """Return an internet address of the range that is kept for examples (RFC 5737 and 2544)."""
    return f"198.{18 + int(rng.integers(2))}.{int(rng.integers(256))}.{int(rng.integers(256))}"
