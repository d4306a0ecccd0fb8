"""`python -m tests.bench.finding`: 100,000 numbers in memory, searches through them, and what a list of options takes.

While options are asked for, the provider does not answer. Exit codes: 0 within what is wanted, 1 more than that, 2
wrong use.
"""

import argparse
import asyncio
import sys
import tracemalloc
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from bot.domain.money import Money
from bot.domain.numbers import E164, Listing
from bot.domain.rules import Rules
from bot.services.offers import Offers
from bot.services.ports import InventoryPage
from handlers import search
from handlers.inventory import FRESH, Inventory
from handlers.offering import Offering
from handlers.views.offers import offered
from tests.harness.builders import a_listing
from tests.harness.clock import FakeClock
from tests.harness.fakes import FakeProvider
from tests.harness.patience import PATIENCE
from tests.harness.stores import a_store

NUMBERS, PAGE = 100_000, 1_000
KINDS = (100, 1_000, 10_000)
"""Of listings that differ in more than their digits."""

PLACES = [f"Mumbai {first}{second}" for first in "abcdefghij" for second in "abcdefghij"]
SEARCHES = ("", "Mumbai", "Mumbai ab", "7", "80 sms", "ends 007", "0806", "0806 ends 7", "91 080", "nowhere")
MOST_MB, MOST_TO_FIND, MOST_TO_OFFER = 80, 20, 100
"""Megabytes, and milliseconds at the median of all searches."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.finding", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of each search (default: 15)")
    rounds = parser.parse_args().rounds
    if rounds < 1:
        parser.error("at least one round")
    are_within = [asyncio.run(is_within(kinds, rounds)) for kinds in KINDS]
    return 0 if all(are_within) else 1


@dataclass
class Silent(FakeProvider):
    """Gives its list once, and then nothing any more."""

    kinds: int = 1
    is_done: bool = False

    async def browse(self, *, country: str | None, digits: str = "", page: int = 1) -> InventoryPage:
        if self.is_done:
            await asyncio.Event().wait()
        shown = [a_number(no, self.kinds) for no in range((page - 1) * PAGE, page * PAGE)]
        return InventoryPage(listings=shown, has_more=page * PAGE < NUMBERS)


async def is_within(kinds: int, rounds: int) -> bool:
    clock, provider = FakeClock(), Silent(kinds=kinds)
    inventory = Inventory(provider, clock)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    stock = await inventory.stock("IN", within=PATIENCE)
    await asyncio.gather(*(load.task for load in inventory._loads.values()))
    search.find(stock.looks(), search.read("0806"))
    held = (tracemalloc.get_traced_memory()[0] - before) / 2**20
    tracemalloc.stop()
    clock.advance(FRESH + 1)
    provider.is_done = True
    to_find, to_offer = list[float](), list[float]()
    with TemporaryDirectory() as folder, closing(a_store(Path(folder))) as served:
        offering = Offering(inventory=inventory, offers=Offers(store=served.store, clock=clock, rules=Rules()))
        for text in SEARCHES * rounds:
            began = perf_counter()
            search.find(stock.looks(), search.read(text))
            found = perf_counter()
            offered(await offering.offer("IN", text, within=PATIENCE))
            to_find.append((found - began) * 1000)
            to_offer.append((perf_counter() - found) * 1000)
    await inventory.close()
    said = [
        f"{held:.0f} MB (at most {MOST_MB} are wanted)",
        f"a search {median(to_find):.1f} ms (at most {MOST_TO_FIND}), the slowest {max(to_find):.1f}",
        f"an options answer {median(to_offer):.1f} ms (at most {MOST_TO_OFFER}), the slowest {max(to_offer):.1f}",
    ]
    sys.stdout.write(f"{stock.count:,} numbers of {kinds:,} kinds: {'; '.join(said)}\n")
    return held <= MOST_MB and median(to_find) <= MOST_TO_FIND and median(to_offer) <= MOST_TO_OFFER


def a_number(no: int, kinds: int) -> Listing:
    """One of so many kinds, in one of a hundred places of one country."""
    fee, place = divmod(no % kinds, len(PLACES))
    number = E164(f"+9180{60_000_000 + no * 97:08d}")
    monthly = Money.of(f"{fee + 1} INR")
    return replace(a_listing(), e164=number, country="IN", region=PLACES[place], monthly_fee=monthly)


if __name__ == "__main__":
    sys.exit(main())
