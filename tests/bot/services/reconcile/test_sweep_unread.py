"""What cannot be read at the provider: failing sweeps are told of, and what may be a charge is not taken for none."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import update

from bot.domain.attempt import Ending
from bot.domain.ledger import LedgerEntry
from bot.domain.outcome import Unknown
from bot.domain.policy import Resolution
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.letters import Announcement
from bot.services.plans import DueSweep
from bot.services.reconcile.alerts import told_debits
from bot.services.reconcile.sweep import AFTER_A_FAILED_READ
from bot.store import findings
from bot.store.findings import SWEPT_WITHIN, Sweeping
from bot.store.lanes import Lane
from bot.store.tables import work
from tests.harness.builders import a_listing, an_owned_number
from tests.harness.ledger import a_row, a_row_that_tells_nothing
from tests.harness.rows import facts_of
from tests.harness.seen import LOST, OWN_500, asked, ours
from tests.harness.swept import DAY, HOUR, TICK, alerts, is_alerted, named, sweep
from tests.harness.workbench import Workbench

OTHER = "+918069000143"


async def _how(bench: Workbench) -> Sweeping:
    return await bench.store.read(findings.sweeping)


async def _told(bench: Workbench) -> int:
    """How often approvers were told that sweeps cannot read."""
    entries = [entry for entry in await bench.trail() if entry.event is Event.SWEEP_FAILED]
    assert [Announcement(entry=entry.seq).model_dump_json() for entry in entries] == [
        row.payload for row in await bench.rows(Announcement)
    ]
    return len(entries)


async def _sweep_again(bench: Workbench) -> None:
    """Whenever that is due."""
    due = update(work).where(work.c.kind == DueSweep.kind).values(not_before=bench.clock.now())
    await bench.store.write(lambda connection: connection.execute(due))
    await bench.run(DueSweep)


@pytest.mark.parametrize(("unread", "what"), [("own_numbers", "own_numbers"), ("transactions", "ledger")])
async def test_a_sweep_that_cannot_read_is_tried_soon_and_after_hours_told_of_daily_until_it_works(
    bench: Workbench, unread: str, what: str
) -> None:
    await sweep(bench)
    good_at = bench.clock.now()
    bench.provider.unreadable = {unread}
    await sweep(bench, after=HOUR)
    failing_since = bench.clock.now()
    assert (await bench.row(DueSweep)).not_before == failing_since + AFTER_A_FAILED_READ
    for after, told in ((5 * HOUR - TICK, 0), (TICK, 1), (DAY - TICK, 1), (TICK, 2)):
        bench.clock.advance(after)
        await _sweep_again(bench)
        assert await _told(bench) == told
    facts = facts_of(await bench.last(Event.SWEEP_FAILED))
    assert facts == {
        "unread": what,
        "reason": "timeout",
        "since": failing_since.isoformat(),
        "good_at": good_at.isoformat(),
    }
    bench.provider.unreadable = set()
    await sweep(bench, after=AFTER_A_FAILED_READ)
    how = await _how(bench)
    assert (how.good_at, how.failing_since, how.told_at) == (bench.clock.now(), None, None)
    bench.provider.unreadable = {unread}
    await sweep(bench, after=SWEPT_WITHIN)
    assert await _told(bench) == 3


async def test_where_no_sweep_ever_could_read_the_hours_count_from_the_first_that_could_not(bench: Workbench) -> None:
    bench.provider.unreadable = {"transactions"}
    await sweep(bench)
    await sweep(bench, after=SWEPT_WITHIN - TICK)
    assert await _told(bench) == 0
    await sweep(bench, after=AFTER_A_FAILED_READ)
    assert await _told(bench) == 1


# what is told of a number that is held


async def _until(bench: Workbench) -> object:
    """What whoever asks for the number is told: from when on it may be asked for."""
    await bench.run_due(Lane.JUDGE)
    await bench.ask()
    reason, evidence = await bench.refusal(Event.REQUEST_REFUSED)
    assert reason == "unsettled"
    return evidence["until"]


async def test_of_a_number_that_is_held_for_sixty_days_no_time_is_told_while_sweeps_cannot_read(
    bench: Workbench,
) -> None:
    await bench.a_failure(LOST)
    bench.provider.unreadable = {"transactions"}
    await sweep(bench, after=60 * DAY)
    assert await _until(bench) is None


async def test_of_a_number_that_is_held_no_time_is_told_that_has_passed(bench: Workbench) -> None:
    await bench.a_failure(LOST)
    await bench.plan_sweep()
    bench.clock.advance(60 * DAY)
    assert await _until(bench) == bench.clock.now().isoformat()
    await bench.claim(DueSweep)
    assert await _until(bench) == bench.clock.now().isoformat()


# own numbers can be read, and the ledger cannot


NO_LEDGER = {"transactions"}


async def _said(bench: Workbench, outcome: Unknown = LOST) -> PurchaseRequest:
    """A failure by an approver's word, given while the ledger could not be read."""
    request = await asked(bench, outcome)
    bench.provider.unreadable = NO_LEDGER
    await bench.resolve(Resolution.NOT_BOUGHT, request)
    assert (await bench.attempt(request)).ending is Ending.BY_PERSON
    return request


@pytest.mark.parametrize("outcome", [LOST, OWN_500], ids=["lost", "own 500"])
async def test_what_a_person_said_is_settled_by_own_numbers_after_the_hour(bench: Workbench, outcome: Unknown) -> None:
    request = await _said(bench, outcome)
    ended = (await bench.attempt(request)).call_ended
    bench.provider.unreadable = {"own_numbers"}
    await sweep(bench, after=2 * HOUR)
    assert (await bench.attempt(request)).is_unsettled
    bench.provider.unreadable = NO_LEDGER
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(request)).is_unsettled
    assert (await bench.month(), (await bench.last(Event.SETTLED)).request) == (("0", "0"), request.id)
    assert bench.clock.now() - ended > HOUR
    assert (await _how(bench)).failing_since is not None


async def test_within_the_hour_and_while_a_charge_is_told_of_it_is_not_settled_by_them(bench: Workbench) -> None:
    request = await _said(bench)
    ended = (await bench.attempt(request)).call_ended
    await sweep(bench, after=ended + HOUR - TICK - bench.clock.now())
    assert (await bench.attempt(request)).is_unsettled
    bench.provider.unreadable, bench.provider.ledger = set(), [named(bench)]
    await sweep(bench, after=AFTER_A_FAILED_READ)
    bench.provider.unreadable = NO_LEDGER
    await sweep(bench, after=DAY)
    attempt = await bench.attempt(request)
    assert (attempt.is_unsettled, attempt.alerted_at is None) == (True, False)


async def test_what_looks_found_waits_for_the_ledger(bench: Workbench) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.unreadable = NO_LEDGER
    await sweep(bench, after=2 * HOUR)
    assert (await bench.attempt(request)).is_unsettled


async def test_a_debit_that_shows_once_the_ledger_can_be_read_is_found_however_late_that_is(bench: Workbench) -> None:
    request = await _said(bench)
    charge = named(bench)
    await sweep(bench, after=2 * HOUR)
    assert not (await bench.attempt(request)).is_unsettled
    await sweep(bench, after=20 * DAY)
    bench.provider.unreadable, bench.provider.ledger = set(), [charge]
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["charged_without_number"]
    assert (await bench.attempt(request)).is_unsettled
    assert await bench.month() == ("101", "0")


@pytest.mark.parametrize(
    "before", [_said, Workbench.a_failure, asked], ids=["a person's word", "looks", "people are asked"]
)
async def test_a_number_that_turns_up_is_bought_though_the_sweep_cannot_read_the_ledger_and_is_tried_again(
    bench: Workbench, before: Callable[..., Awaitable[PurchaseRequest]]
) -> None:
    request = await before(bench, outcome=LOST)
    bench.provider.unreadable = NO_LEDGER
    ours(bench)
    await sweep(bench, after=2 * HOUR)
    assert (await bench.now(request)).status is Status.PURCHASED
    assert await bench.month() == ("0", "101")
    assert (await bench.row(DueSweep)).not_before == bench.clock.now() + AFTER_A_FAILED_READ
    assert (await _how(bench)).good_at is None


async def test_what_was_sold_is_missed_and_confirmed_by_own_numbers_alone(bench: Workbench) -> None:
    request = await bench.a_purchase()
    bench.provider.unreadable = NO_LEDGER
    await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["not_among_own_numbers"]
    ours(bench)
    await sweep(bench, after=HOUR)
    attempt = await bench.attempt(request)
    assert (attempt.alerted_at, attempt.confirmed_at) == (None, bench.clock.now())


async def test_an_alert_about_money_waits_for_the_ledger(bench: Workbench) -> None:
    request = await bench.a_purchase()
    ours(bench)
    bench.provider.ledger = [named(bench), named(bench)]
    await sweep(bench, after=HOUR)
    bench.provider.unreadable = NO_LEDGER
    for own in (bench.provider.owned_number, None):
        bench.provider.owned_number = own
        await sweep(bench, after=HOUR)
        assert await is_alerted(bench, request)
    assert await alerts(bench) == ["charged_twice"]


async def test_a_charge_that_was_told_of_is_kept_when_the_number_turns_up_unusable(bench: Workbench) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.ledger = [named(bench, id="txn_1")]
    await sweep(bench, after=HOUR)
    bench.provider.unreadable = NO_LEDGER
    bench.provider.owned_number = an_owned_number(status="blocked")
    await sweep(bench, after=HOUR)
    assert [debit.id for debit in told_debits(await bench.attempt(request))] == ["txn_1"]


# rows of the ledger that cannot be read


async def _asked_over(bench: Workbench, *rows: str) -> PurchaseRequest:
    """Looks find nothing but such rows, and people are asked in the end."""
    request = await bench.a_purchase(LOST)
    bench.provider.ledger = [a_row_that_tells_nothing(row, at=None) for row in rows]
    await bench.look(times=6)
    assert (await bench.now(request)).status is Status.CHECKING
    return request


async def test_a_row_that_may_be_the_charge_leaves_it_to_people_whose_word_counts_and_is_told_with_it(
    bench: Workbench,
) -> None:
    request = await _asked_over(bench, "no-id~1", "no-id~2")
    assert facts_of(await bench.last(Event.PEOPLE_ASKED))["seen"]["unread_rows"] == 2
    await bench.resolve(Resolution.NOT_BOUGHT, request)
    assert facts_of(await bench.last(Event.FAILED))["seen"]["unread_rows"] == 2
    await sweep(bench, after=HOUR)
    attempt = await bench.attempt(request)
    assert (attempt.ending, attempt.is_unsettled, attempt.alerted_at) == (Ending.BY_PERSON, False, None)
    assert await bench.month() == ("0", "0")


@pytest.mark.parametrize("row", [a_row_that_tells_nothing(at=None), a_row("5 INR", type="call")])
async def test_a_row_that_is_written_off_or_is_no_number_charge_is_no_reason_to_doubt(
    bench: Workbench, row: LedgerEntry
) -> None:
    before = await _asked_over(bench, "no-id~1")
    await bench.resolve(Resolution.NOT_BOUGHT, before)
    await sweep(bench, after=HOUR)
    bench.provider.ledger = [row]
    await bench.a_failure(LOST)


async def test_a_row_that_may_be_the_charge_of_a_failure_is_told_of_and_nothing_settles_before_it_is_written_off(
    bench: Workbench,
) -> None:
    request = await bench.a_failure(LOST)
    bench.provider.ledger = [a_row_that_tells_nothing(at=bench.clock.now())]
    for _ in range(2):
        await sweep(bench, after=HOUR)
    assert await alerts(bench) == ["may_be_charged"]
    assert (await bench.attempt(request)).is_unsettled
    await bench.resolve(Resolution.WRITE_OFF, request)
    await sweep(bench, after=HOUR)
    assert not (await bench.attempt(request)).is_unsettled


async def test_a_row_that_tells_nothing_accuses_nobody_who_has_nothing_to_do_with_it(bench: Workbench) -> None:
    bought = await bench.a_purchase()
    bench.provider.owned_number = (await bench.attempt(bought)).number
    bench.provider.on_offer = [a_listing(number=OTHER)]
    settled = await bench.a_failure(LOST, number=OTHER)
    await sweep(bench, after=2 * HOUR)
    bench.provider.ledger = [a_row_that_tells_nothing(at=bench.clock.now()), named(bench, id="txn_1")]
    await sweep(bench, after=HOUR)
    assert (await alerts(bench), await bench.findings("unexplained_debit")) == ([], [])
    assert not (await bench.attempt(settled)).is_unsettled
    assert (await _how(bench)).unread_rows == 1
