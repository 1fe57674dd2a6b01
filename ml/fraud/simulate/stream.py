"""Payments in the order of time: without end, or as a table of some days."""

import datetime as dt
import heapq
import itertools
from collections.abc import Iterator

import numpy as np
import polars as pl

from ml.fraud.simulate import world as worlds
from ml.fraud.simulate.scenarios import DAY, SCENARIOS, Event, Payment
from ml.fraud.simulate.world import CATEGORIES, Size

START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
BY_HOUR = (
    np.array([1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 9, 10, 12, 11, 10, 10, 11, 13, 14, 12, 9, 6, 4, 2]) / 14
)
"""How busy each hour is against the busiest."""
TRUTH = ("fraud", "scenario")
"""Columns that no payment system knows at the time."""
LIVELY = 0.05
"""Share of payments at shops where a customer does not usually go."""
MOST_EVENTS = 20_000_000


def events(seed: int = 0, size: Size | None = None, start: dt.datetime = START) -> Iterator[Event]:
    """Yield payments without end, in the order of time; memory does not grow.

    The same seed gives the same payments. Columns: `event_id`, `time` (aware, UTC), `customer`, `card`,
    `device`, `ip`, `address` (None in a shop), `merchant`, `terminal`, `category`, `channel`, `country`,
    `amount`, and the truth: `fraud` (0 or 1), `scenario` ("" for none).
    """
    due = _Due(size or Size(), np.random.default_rng(seed), start)
    for number in itertools.count(1):
        yield {"event_id": f"e{seed}-{number:09d}", **due.next().event()}


def table(days: float, seed: int = 0, size: Size | None = None) -> pl.DataFrame:
    """Return the payments of the first days as a table, one row per payment.

    Raises:
        ValueError: that would be more than 20 million payments.
    """
    size = size or Size()
    if days * size.customers * size.payments_per_day > MOST_EVENTS:
        raise ValueError(f"More than {MOST_EVENTS} payments: ask for fewer days or customers.")
    end = START + DAY * days
    found = itertools.takewhile(lambda event: event["time"] < end, events(seed, size))
    kinds = {"time": pl.Datetime("us", "UTC"), "fraud": pl.Int8, "device": pl.String}
    kinds |= {"ip": pl.String, "address": pl.String}
    return pl.DataFrame(list(found), schema_overrides=kinds)


class _Drawing:
    """Draws what comes next for customers and fraudsters."""

    def __init__(self, size: Size, rng: np.random.Generator) -> None:
        self.rng, self.world = rng, worlds.make(size, rng)
        self.by_kind: dict[str, list[int]] = {kind: [] for kind in CATEGORIES}
        for i, shop in enumerate(self.world.merchants):
            self.by_kind[shop.category].append(i)
        self.pace = float(BY_HOUR.mean())
        rate = sum(customer.per_day for customer in self.world.customers)
        self.frauds_per_day = rate * size.fraud_share / (1 - size.fraud_share)

    def next_payment(self, i: int, after: dt.datetime) -> Payment:
        """Return the next payment of customer i, by thinning a steady stream with the hours."""
        customer, rng = self.world.customers[i], self.rng
        while True:
            after += DAY * float(rng.exponential(self.pace / customer.per_day))
            if rng.random() < BY_HOUR[after.hour]:
                break
        shop = self._where(customer.shops)
        _, factor, online = CATEGORIES[shop.category]
        amount = customer.usual * factor * float(rng.lognormal(-0.1, 0.45))
        terminal = int(rng.integers(len(shop.terminals)))
        return Payment(after, customer, shop, amount, rng.random() < online, terminal)

    def _where(self, usual: tuple[int, ...]) -> worlds.Merchant:
        """Return a shop: a usual one as often as its kind is visited, now and then another."""
        shops = self.world.merchants
        if self.rng.random() < LIVELY:
            return shops[int(self.rng.integers(len(shops)))]
        while True:
            shop = shops[usual[int(self.rng.integers(len(usual)))]]
            if self.rng.random() < CATEGORIES[shop.category][0] / 0.34:
                return shop

    def next_episode(self, name: str, after: dt.datetime) -> tuple[dt.datetime, list[Payment]]:
        """Return when the next episode of a scenario begins, and its payments."""
        episode, share, payments = SCENARIOS[name]
        per_day = self.frauds_per_day * share / payments
        begins = after + DAY * float(self.rng.exponential(1 / per_day))
        return begins, episode(self.world, begins, self.rng)


class _Due:
    """What comes next, in the order of time: a customer's payment, a scenario's episode, a fraud.

    One entry for each customer and scenario, and the payments of the episodes under way: bounded.
    """

    def __init__(self, size: Size, rng: np.random.Generator, start: dt.datetime) -> None:
        self.drawing, self.order = _Drawing(size, rng), itertools.count()
        self.heap: list[tuple[dt.datetime, int, int | str | None, Payment | None]] = []
        for i in range(size.customers):
            self._customer(i, start)
        for name in SCENARIOS if size.fraud_share else ():
            self._scenario(name, start)

    def _push(self, at: dt.datetime, source: int | str | None, payment: Payment | None) -> None:
        heapq.heappush(self.heap, (at, next(self.order), source, payment))

    def _customer(self, i: int, after: dt.datetime) -> None:
        payment = self.drawing.next_payment(i, after)
        self._push(payment.at, i, payment)

    def _scenario(self, name: str, after: dt.datetime) -> None:
        begins, payments = self.drawing.next_episode(name, after)
        self._push(begins, name, None)
        for payment in payments:
            self._push(payment.at, None, payment)

    def next(self) -> Payment:
        """Return the next payment, and let its customer think of another."""
        while True:
            at, _, source, payment = heapq.heappop(self.heap)
            if isinstance(source, int):
                self._customer(source, at)
            elif source is not None:
                self._scenario(source, at)
            if payment is not None:
                return payment
