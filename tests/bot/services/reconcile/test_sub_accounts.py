"""Buying with a sub-account: its master pays, so that what it reads of balance and ledger itself says little."""

import pytest

from bot.domain.outcome import Outcome
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.plans import Purchase
from tests.harness.builders import a_request, an_owned_number, some_terms
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, charged, clean
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("what a sub-account reads is kept as test_checking and test_sweep keep it on both")

SUB = "SA_SUB1"


async def _a_purchase(bench: Workbench, outcome: Outcome) -> PurchaseRequest:
    bench.provider.account = SUB
    request = await bench.a_request(a_request(terms=some_terms(account=SUB), created_at=bench.clock.now()))
    await bench.approve(request)
    bench.provider.outcomes = [outcome]
    await bench.run(Purchase)
    return await bench.now(request)


async def test_a_ledger_of_its_own_without_a_charge_proves_nothing_and_people_are_asked(bench: Workbench) -> None:
    request = await _a_purchase(bench, LOST)
    await bench.look(times=6)
    assert (await bench.now(request)).status is Status.CHECKING
    assert (await bench.attempt(request)).asks_people
    seen = facts_of(await bench.last(Event.PEOPLE_ASKED))["seen"]
    assert isinstance(seen, dict)
    assert seen["ledger_closed"] is True
    await bench.resolve(Resolution.NOT_BOUGHT, request)
    assert (await bench.now(request)).status is Status.FAILED


async def test_a_charge_that_shows_there_counts_until_it_is_refunded(bench: Workbench) -> None:
    request = await _a_purchase(bench, LOST)
    charged(bench)
    await bench.look(times=6)
    assert (await bench.attempt(request)).alerted_at is not None
    await bench.resolve(Resolution.NOT_BOUGHT, request)
    assert (await bench.refusal(Event.DECISION_REFUSED))[0] == "look_disagrees"
    clean(bench)
    await bench.resolve(Resolution.LOOK_AGAIN, request)
    await bench.look()
    assert (await bench.attempt(request)).alerted_at is None


@pytest.mark.parametrize(
    ("owner", "status"),
    [(SUB, Status.PURCHASED), ("MA_MASTER", Status.PURCHASED), (None, Status.PURCHASED), ("SA_SUB2", Status.CHECKING)],
)
async def test_what_it_bought_is_its_own_or_its_masters(bench: Workbench, owner: str | None, status: Status) -> None:
    request = await _a_purchase(bench, LOST)
    bench.provider.owned_number = an_owned_number(owner=owner)
    await bench.look()
    assert (await bench.now(request)).status is status
