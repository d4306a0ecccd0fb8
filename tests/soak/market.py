"""The provider's side of a soak: numbers that come, cost something, change their price, go, and are let go again."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random

from bot.sandbox.vobiz import StockNumber, VobizStandIn
from bot.sandbox.vobiz.state import SOMEBODY_ELSE, Fee

CURRENCIES = ("INR", "USD", "GBP")

FOR_SALE = 60  # so few that people ask for the same ones

_FEES: tuple[tuple[Fee, Fee], ...] = (
    (100, 1),
    (100, 1),
    ("249.50", "499.00"),
    (0, 299.9),
    (5, "0.5"),
    (0, 1.15),
    (500, "750.00"),
    (0, 0),
    (None, 10),
)
"""Equal ones on purpose: what stands in the ledger does not tell which number it was for."""

_PLACES = (
    ("IN", "INR", 918069000000),
    ("IN", "INR", 912269000000),
    ("US", "USD", 12125550100),
    ("GB", "GBP", 442079460000),
)


class Market:
    """What is on sale, and everything that others do to it. `random` decides."""

    def __init__(self, vobiz: VobizStandIn, random: Random) -> None:
        self._vobiz = vobiz
        self._random = random
        self._fresh = count(1)
        self.bought_in_the_console: set[str] = set()  # the ledger's rows of it
        self.has_money()
        vobiz.casing = "both"

    def restock(self) -> None:
        """Fresh numbers until enough are on sale."""
        missing = FOR_SALE - len(self.on_sale())
        self._vobiz.world.stock(self._a_number() for _ in range(missing))

    def on_sale(self) -> list[str]:
        return [number.e164 for number in self._vobiz.world.shown_for_sale()]

    def any_number(self) -> str:
        """Most of the time one that is on sale."""
        known = self.on_sale() if self._random.random() < 0.9 else list(self._vobiz.world.numbers)
        return self._random.choice(known)

    def moves_a_price(self) -> None:
        number, (setup, monthly) = self._random.choice(self.on_sale()), self._random.choice(_FEES)
        self._vobiz.change_terms(number, setup_fee=setup, monthly_fee=monthly)

    def is_low_on_money(self) -> None:
        self._vobiz.set_balance(self._random.choice(CURRENCIES), 50)

    def has_money(self) -> None:
        for currency in CURRENCIES:
            self._vobiz.set_balance(currency, 10**9)

    def somebody_takes_one(self, numbers: Collection[str]) -> None:
        """One of these, if it is still on sale."""
        free = sorted({*numbers} & {*self.on_sale()})
        if free:
            self._vobiz.somebody_else_takes(self._random.choice(free))

    def our_people_buy_one(self, known: Collection[str]) -> None:
        """In the console, and none that anybody ever asked the bot for: those it would take for its own."""
        free = sorted({*self.on_sale()} - {*known})
        if free:
            self._vobiz.our_people_buy_in_the_console(self._random.choice(free))
            self.bought_in_the_console.add(self._vobiz.ledger[-1].id)

    def gives_money_back(self, given_up: Collection[str]) -> None:
        """For one charge that brought no number, if there is one; rows without a name are nobody's to find."""
        left = Counter(row.reference for row in self._vobiz.ledger if row.kind == "debit" and row.reference)
        left.subtract(row.reference for row in self._vobiz.ledger if row.kind == "credit")
        left.subtract(self._id(sale.e164) for sale in self._vobiz.sales if sale.by != "somebody_else")
        debits = [row for row in self._vobiz.ledger if row.kind == "debit" and row.id not in given_up]
        owed = [row for row in debits if left[row.reference] > 0]
        if owed:
            self._vobiz.refund(self._random.choice(owed))

    def forgets(self, busy: Collection[str]) -> None:
        """Numbers that were sold days ago and of which nothing is open: let go again, or never seen any more."""
        world = self._vobiz.world
        long_ago = world.clock() - timedelta(days=2)
        for number in list(world.numbers.values()):
            is_old = number.purchased_at is not None and number.purchased_at < long_ago
            if is_old and number.e164 not in busy:
                if number.owner != SOMEBODY_ELSE and self._random.random() < 0.3:
                    world.change(replace(number, owner="", purchased_at=None))
                else:
                    del world.numbers[number.e164]

    def _id(self, e164: str) -> str:
        return f"num_{e164[1:]}"

    def _a_number(self) -> StockNumber:
        country, currency, base = self._random.choice(_PLACES)
        setup, monthly = self._random.choice(_FEES)
        e164 = f"+{base + next(self._fresh)}"
        return StockNumber(
            id=self._id(e164),
            e164=e164,
            country=country,
            setup_fee=setup,
            monthly_fee=monthly,
            currency=currency,
            minimum_commitment_months=self._random.choice((0, 0, 0, 6)),
            identity_check=self._random.random() < 0.05,
            trial=self._random.random() < 0.05,
        )
