"""One number, sold or charged twice within the hour that lists may lag: approvers are always told."""

from datetime import timedelta

import pytest

from bot.domain.attempt import Ending
from bot.domain.ledger import LedgerEntry
from bot.domain.outcome import Bought, Outcome, Refusal, Refused
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.services.checkup.database import waiting_lines
from bot.services.checkup.line import Mark
from tests.harness.builders import NUMBER, an_owned_number
from tests.harness.ledger import NUMBER_ID, a_row
from tests.harness.seen import LOST, OWN_500, ours
from tests.harness.swept import HOUR, alerts, is_alerted, sweep
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("what a sweep finds is kept as test_sweep keeps it on both")

LATER = timedelta(minutes=10)
REJECTED = Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file")

NAMED = {"description": f"DID purchase {NUMBER}"}
BY_ID = {"reference": NUMBER_ID}
SILENT = {"description": "DID purchase"}


def _sold(bench: Workbench, *, is_dated: bool = True) -> Bought:
    at = bench.clock.now() if is_dated else None
    return Bought(number=an_owned_number(id=NUMBER_ID, purchased_at=at))


async def _two(
    bench: Workbench, second: Outcome | None, *, is_dated: bool = True, words: dict[str, str] = NAMED
) -> tuple[PurchaseRequest, PurchaseRequest, list[LedgerEntry]]:
    """Two requests for one number ten minutes apart, because lists lag, and what the ledger shows of both.

    The first is bought; the second ends so, and bought as well unless given.
    """
    first = await bench.a_purchase(_sold(bench, is_dated=is_dated))
    charges = [a_row(at=bench.clock.now(), **words)]
    bench.clock.advance(LATER)
    again = await bench.a_purchase(second or _sold(bench, is_dated=is_dated))
    return first, again, [a_row(at=bench.clock.now(), **words), *charges]


async def _is_green(bench: Workbench) -> bool:
    return all(line.mark is not Mark.WRONG for line in await bench.store.read(waiting_lines))


@pytest.mark.parametrize("is_late", [False, True], ids=["ledger at once", "ledger later"])
@pytest.mark.parametrize("words", [NAMED, BY_ID, SILENT], ids=["named", "by id", "silent"])
@pytest.mark.parametrize("lost", [LOST, OWN_500], ids=["lost", "own 500"])
async def test_a_lost_answer_beside_a_sale_that_was_charged_as_well_is_told(
    bench: Workbench, lost: Outcome, words: dict[str, str], *, is_late: bool
) -> None:
    _, second, charges = await _two(bench, lost, words=words)
    ours(bench)
    bench.provider.ledger = charges[1:] if is_late else charges
    await bench.look()
    assert (await bench.now(second)).error == "sold_to_another_request"
    attempt = await bench.attempt(second)
    assert (attempt.ending, attempt.is_unsettled) == (Ending.BY_LOOKS, True)
    assert await is_alerted(bench, second) is not is_late
    bench.provider.ledger = charges
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await is_alerted(bench, second)
    assert "charged_twice" not in await alerts(bench)
    assert not await _is_green(bench)
    await bench.resolve(Resolution.WRITE_OFF, second)
    await sweep(bench, after=HOUR)
    assert await _is_green(bench)
    assert not (await bench.attempt(second)).is_unsettled


async def test_a_lost_answer_beside_a_sale_that_was_charged_once_is_settled_after_the_hour(bench: Workbench) -> None:
    _, second, charges = await _two(bench, LOST)
    ours(bench)
    bench.provider.ledger = charges[1:]
    await bench.look()
    assert await bench.month() == ("101", "101")
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert not (await bench.attempt(second)).is_unsettled
    assert await alerts(bench) == []
    assert await bench.month() == ("0", "101")


@pytest.mark.parametrize("ledger", ["both charges", "one charge", "none", "closed"])
async def test_two_answers_that_say_bought_are_told_whatever_the_ledger_shows(bench: Workbench, ledger: str) -> None:
    first, second, charges = await _two(bench, None)
    ours(bench)
    bench.provider.ledger = {"both charges": charges, "one charge": charges[1:], "none": []}.get(ledger)
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert [(await bench.now(request)).status for request in (first, second)] == [Status.PURCHASED] * 2
    assert await alerts(bench) == ["charged_twice"]
    assert await is_alerted(bench, second)
    assert not await _is_green(bench)
    assert await bench.month() == ("0", "202")
    await bench.resolve(Resolution.WRITE_OFF, second)
    await sweep(bench, after=HOUR)
    assert await _is_green(bench)
    assert await alerts(bench) == ["charged_twice"]


@pytest.mark.parametrize("words", [NAMED, SILENT], ids=["named", "silent"])
async def test_two_answers_that_do_not_say_when_are_one_sale_and_a_second_charge_is_told(
    bench: Workbench, words: dict[str, str]
) -> None:
    _, second, charges = await _two(bench, None, is_dated=False, words=words)
    assert second.status is Status.CHECKING
    ours(bench)
    bench.provider.ledger = charges
    await bench.look()
    assert (await bench.now(second)).error == "sold_to_another_request"
    assert await is_alerted(bench, second)
    assert not await _is_green(bench)


async def test_a_definite_refusal_beside_a_sale_that_was_charged_all_the_same_is_told_by_the_sale(
    bench: Workbench,
) -> None:
    first, _, charges = await _two(bench, REJECTED)
    ours(bench)
    bench.provider.ledger = charges
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_twice"]
    assert await is_alerted(bench, first)
    assert not await _is_green(bench)


async def test_an_hour_later_a_number_that_was_let_go_is_bought_again_without_a_word(bench: Workbench) -> None:
    await bench.a_purchase(_sold(bench, is_dated=False))
    charge = a_row(at=bench.clock.now(), **NAMED)
    bench.clock.advance(HOUR)
    again = await bench.a_purchase(_sold(bench, is_dated=False))
    ours(bench)
    bench.provider.ledger = [a_row(at=bench.clock.now(), **NAMED), charge]
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert again.status is Status.PURCHASED
    assert await alerts(bench) == []
    assert await _is_green(bench)
