"""Four kinds of fraud, each an episode of payments with marks that features can find.

- `card_testing`: stolen cards are tried with tiny sums at one online shop, minutes apart, from one
  device; some that work are emptied.
- `account_takeover`: an account is used from a foreign device, at night, for sums far above the usual.
- `merchant_collusion`: over days, a terminal charges cards of people who never shop there.
- `first_party`: a customer spends far more than ever, from the own device, and disputes it all.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ml.fraud.simulate.world import Customer, Merchant, World, address

Event = dict[str, Any]
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
FRAUD_DEVICES = 40
"""Devices of fraudsters are few, and come again."""


@dataclass(frozen=True)
class Payment:
    """One payment to be, with who and where."""

    at: dt.datetime
    customer: Customer
    merchant: Merchant
    amount: float
    online: bool
    terminal: int = 0
    scenario: str = ""

    def event(self) -> Event:
        """Return the payment as a payment system tells it; `fraud` and `scenario` are the truth."""
        who, shop = self.customer, self.merchant
        return {
            "time": self.at,
            "customer": who.name,
            "card": who.card,
            "device": who.device if self.online else None,
            "ip": who.ip if self.online else None,
            "address": who.address if self.online else None,
            "merchant": shop.name,
            "terminal": shop.terminals[self.terminal % len(shop.terminals)],
            "category": shop.category,
            "channel": "online" if self.online else "shop",
            "country": shop.country,
            "amount": round(max(self.amount, 0.01), 2),
            "fraud": int(bool(self.scenario)),
            "scenario": self.scenario,
        }


def _someone(world: World, rng: np.random.Generator) -> Customer:
    return world.customers[int(rng.integers(len(world.customers)))]


def _shop(world: World, rng: np.random.Generator, *kinds: str) -> Merchant:
    fitting = [shop for shop in world.merchants if not kinds or shop.category in kinds]
    return fitting[int(rng.integers(len(fitting)))]


def _robbed(customer: Customer, device: str, ip: str) -> Customer:
    return replace(customer, device=device, ip=ip, address=f"a-{device}")


def _device(rng: np.random.Generator) -> str:
    return f"x{int(rng.integers(FRAUD_DEVICES)):03d}"


def card_testing(world: World, at: dt.datetime, rng: np.random.Generator) -> list[Payment]:
    """Return one episode: 8 to 20 tiny payments, and a large one for each fourth."""
    shop, device, ip = _shop(world, rng, "digital"), _device(rng), address(rng)
    payments = []
    for i in range(int(rng.integers(8, 21))):
        at += MINUTE * float(rng.uniform(0.3, 4))
        victim = _robbed(_someone(world, rng), device, ip)
        tiny = float(rng.uniform(0.5, 2.5))
        payments.append(Payment(at, victim, shop, tiny, online=True, scenario="card_testing"))
        if i % 4 == 3:
            emptied = Payment(
                at=at + HOUR * float(rng.uniform(0.5, 6)),
                customer=victim,
                merchant=_shop(world, rng, "electronics", "fashion"),
                amount=victim.usual * float(rng.uniform(6, 14)),
                online=True,
                scenario="card_testing",
            )
            payments.append(emptied)
    return payments


def account_takeover(world: World, at: dt.datetime, rng: np.random.Generator) -> list[Payment]:
    """Return one episode: 3 to 7 large payments within a night."""
    victim = _robbed(_someone(world, rng), _device(rng), address(rng))
    at = at.replace(hour=int(rng.integers(0, 4)), minute=int(rng.integers(60))) + DAY
    payments = []
    for _ in range(int(rng.integers(3, 8))):
        at += MINUTE * float(rng.uniform(3, 50))
        shop = _shop(world, rng, "electronics", "fashion", "digital")
        amount = victim.usual * float(rng.uniform(3, 10))
        payments.append(Payment(at, victim, shop, amount, online=True, scenario="account_takeover"))
    return payments


def merchant_collusion(world: World, at: dt.datetime, rng: np.random.Generator) -> list[Payment]:
    """Return one episode: a terminal charges 15 to 40 cards over two to three weeks."""
    shop = _shop(world, rng)
    terminal, days = int(rng.integers(len(shop.terminals))), float(rng.uniform(14, 21))
    payments = []
    for _ in range(int(rng.integers(15, 41))):
        victim = _someone(world, rng)
        amount = 5 * round(victim.usual * float(rng.uniform(1, 3)) / 5) + 5.0
        then = at + DAY * float(rng.uniform(0, days))
        payments.append(
            Payment(then, victim, shop, amount, False, terminal, "merchant_collusion")  # noqa: FBT003
        )
    return payments


def first_party(world: World, at: dt.datetime, rng: np.random.Generator) -> list[Payment]:
    """Return one episode: 5 to 12 payments over four days, larger from one to the next."""
    customer = _someone(world, rng)
    payments, factor = [], 1.5
    for _ in range(int(rng.integers(5, 13))):
        at += HOUR * float(rng.uniform(1, 14))
        factor *= float(rng.uniform(1.1, 1.5))
        shop = _shop(world, rng, "electronics", "fashion")
        amount = customer.usual * min(factor, 20)
        payments.append(Payment(at, customer, shop, amount, online=True, scenario="first_party"))
    return payments


Episode = Callable[[World, dt.datetime, np.random.Generator], list[Payment]]
SCENARIOS: Mapping[str, tuple[Episode, float, float]] = {
    "card_testing": (card_testing, 0.3, 16.8),
    "account_takeover": (account_takeover, 0.25, 5.0),
    "merchant_collusion": (merchant_collusion, 0.25, 27.5),
    "first_party": (first_party, 0.2, 8.5),
}
"""Name -> how an episode comes about, share of all fraud, payments of an episode on average."""
