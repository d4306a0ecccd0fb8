"""The hourly sweep beside the attempts: debits that nothing explains, and a sweep that meets a bug."""

import pytest
from sqlalchemy import update

from bot.domain.audit import BOT
from bot.domain.policy import Resolution
from bot.domain.trail import Event
from bot.services.checkup.database import waiting_lines
from bot.services.checkup.line import Mark
from bot.services.letters import Announcement
from bot.services.plans import DueSweep
from bot.services.reconcile.compare import compare
from bot.services.reconcile.debits import sort_out, weigh
from bot.store import tables
from tests.harness.builders import BOSS, CHIEF, a_request, an_owned_number, some_rules
from tests.harness.ledger import a_row
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, ours
from tests.harness.swept import DAY, HOUR, TICK, alerts, is_alerted, named, sweep
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("what a sweep finds is kept as test_sweep keeps it on both")


async def _told(bench: Workbench) -> list[list[object]]:
    """The debits of each announcement that waits or was made, by their ids."""
    listed = [facts_of(entry).get("debits") for entry in await bench.trail() if entry.event is Event.SWEEP_ALERT]
    return [[row["id"] for row in rows if isinstance(row, dict)] for rows in listed if isinstance(rows, list)]


async def _marks(bench: Workbench) -> list[Mark]:
    return [line.mark for line in await bench.store.read(waiting_lines)]


async def test_a_debit_that_nothing_explains_is_announced_once_to_approvers_and_is_wrong(bench: Workbench) -> None:
    await bench.a_request()
    bench.provider.ledger = [a_row("77 INR", id="txn_stray", at=bench.clock.now() - HOUR)]
    for _ in range(3):
        await sweep(bench, after=HOUR)
    entry = next(entry for entry in await bench.trail() if entry.event is Event.SWEEP_ALERT)
    assert (entry.actor, entry.request, facts_of(entry)["what"]) == (BOT, None, "unexplained_debits")
    assert await _told(bench) == [["txn_stray"]]
    assert Announcement.model_validate_json((await bench.row(Announcement)).payload).entry == entry.seq
    assert await _marks(bench) == [Mark.WRONG]
    await bench.deliver()
    (sent,) = bench.messenger.took("announce")
    assert (sent.where, sent.entry) == (("C_TEAM",), entry)


async def test_only_a_new_one_is_announced_again_and_one_without_a_time_after_an_hour(bench: Workbench) -> None:
    bench.provider.ledger = [a_row("77 INR", id="txn_1", at=bench.clock.now() - HOUR)]
    await sweep(bench)
    bench.provider.ledger += [a_row("78 INR", id=f"txn_{no}", at=bench.clock.now()) for no in (2, 3)]
    bench.provider.ledger.append(a_row("79 INR", id="txn_4", at=None))
    for _ in range(3):
        await sweep(bench, after=HOUR)
    assert await _told(bench) == [["txn_1"], ["txn_2", "txn_3"], ["txn_4"]]


async def test_for_an_hour_own_numbers_may_lag_so_that_a_new_debit_is_only_noted(bench: Workbench) -> None:
    bench.provider.ledger = [a_row(at=bench.clock.now())]
    await sweep(bench, after=HOUR - TICK)
    assert await _told(bench) == []
    assert await _marks(bench) == [Mark.NOTE]
    bench.provider.others = [an_owned_number(number="+918069000999", purchased_at=bench.clock.now() - HOUR)]
    await sweep(bench, after=HOUR)
    assert await _told(bench) == []
    assert not await bench.findings("unexplained_debit")


async def test_after_a_week_it_is_not_listed_any_more(bench: Workbench) -> None:
    bench.provider.ledger = [a_row(at=bench.clock.now() - HOUR)]
    await sweep(bench)
    await sweep(bench, after=7 * DAY)
    assert await _marks(bench) == []


async def test_a_second_debit_that_names_nobody_is_announced(bench: Workbench) -> None:
    await bench.a_purchase()
    ours(bench)
    bench.provider.ledger = [a_row(at=bench.clock.now()), a_row(at=bench.clock.now())]
    await sweep(bench, after=HOUR)
    assert len(await _told(bench)) == 1


async def test_a_debit_of_which_a_thread_tells_is_not_announced_beside(bench: Workbench) -> None:
    await bench.a_failure(LOST)
    bench.provider.ledger = [named(bench)]
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"]
    assert not await bench.findings("unexplained_debit")


async def test_a_number_that_people_release_is_their_business_and_its_purchase_explains_its_debit(
    bench: Workbench,
) -> None:
    await bench.a_purchase()
    ours(bench)
    bench.provider.ledger = [a_row(at=bench.clock.now())]
    await sweep(bench, after=HOUR)
    bench.provider.owned_number = None
    await sweep(bench, after=DAY)
    assert await alerts(bench) == []
    assert not await bench.findings("unexplained_debit")


# where it is said


@pytest.mark.parametrize(
    ("approval_channel", "has_request", "channels"),
    [("C_APPROVALS", False, ["C_APPROVALS"]), (None, True, ["C_LAST"]), (None, False, [])],
)
async def test_without_an_open_request_it_is_said_where_people_are_to_be_found(
    bench: Workbench, approval_channel: str | None, has_request: bool, channels: list[str]
) -> None:
    bench.rules = some_rules(approval_channel=approval_channel)
    if has_request:
        await bench.deny(await bench.a_request(a_request(channel="C_LAST")))
    bench.provider.ledger = [a_row(at=bench.clock.now() - HOUR)]
    await sweep(bench)
    await bench.deliver()
    assert [sent.where[0] for sent in bench.messenger.took("announce")] == channels
    assert all(sent.approvers == (BOSS, CHIEF) for sent in bench.messenger.took("announce"))


# a bug


async def test_an_attempt_that_cannot_be_compared_holds_up_none_of_the_others_and_is_wrong(bench: Workbench) -> None:
    odd = await bench.a_purchase(number="+918069000999")
    attempt = await bench.attempt(odd)
    breaks = update(tables.attempts).where(tables.attempts.c.id == attempt.id).values(details="no JSON")
    await bench.store.write(lambda connection: connection.execute(breaks))
    request = await bench.a_failure(LOST)
    ours(bench)
    bench.provider.ledger = [a_row(description="+918069000999", at=bench.clock.now()) for _ in range(2)]
    await sweep(bench)
    assert (await bench.now(request)).status.value == "purchased"
    assert [found.subject for found in await bench.findings("not_compared")] == [attempt.id]
    assert Mark.WRONG in await _marks(bench)
    assert (await bench.row(DueSweep)).not_before == bench.clock.now() + HOUR


async def test_the_same_row_twice_is_one_finding(bench: Workbench) -> None:
    bench.provider.ledger = [a_row(amount, id="txn_1", at=bench.clock.now()) for amount in ("5 INR", "6 INR")]
    await sweep(bench)
    assert [found.subject for found in await bench.findings("unexplained_debit")] == ["txn_1"]


# what it is counted from


async def test_what_a_person_does_between_counting_and_keeping_leaves_the_attempt_to_the_next_sweep(
    bench: Workbench,
) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.ledger = [named(bench)]
    attempt = await bench.attempt(request)
    began = bench.clock.now()
    swept = await bench.units.read(sort_out, [attempt], {}, bench.provider.ledger, began, began)
    (weighed,) = await bench.units.read(weigh, [attempt], swept)
    assert weighed.debits
    await bench.resolve(Resolution.WRITE_OFF, request)
    await bench.units.by_hand(compare, weighed, swept)
    assert await alerts(bench) == []
    assert not await is_alerted(bench, request)
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(request)).is_unsettled
