"""What `check` says of the provider and of what waits for people."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert

from bot.domain.money import Money
from bot.domain.outcome import Refusal, Refused
from bot.domain.rules import Rules
from bot.services.acts import Ask
from bot.services.checkup import (
    NAMED,
    Line,
    Mark,
    database_lines,
    limit_lines,
    provider_lines,
    stuck_lines,
    sweep_lines,
)
from bot.services.letters import Rewrite
from bot.services.ports import Balance, NotDelivered, ProviderUnavailable
from bot.store import findings, tables
from bot.store.findings import Elsewhere, Finding, FindingKind
from bot.work.stuck import FAILS_AFTER
from tests.bot.services.tell.failing import fails
from tests.harness.builders import ACCOUNT, NOON, NUMBER, an_owned_number
from tests.harness.fakes import FakeProvider
from tests.harness.ledger import a_row_that_tells_nothing
from tests.harness.seen import LOST, asked
from tests.harness.swept import HOUR, named, sweep
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("it only reads, as the store's own tests do on both")

OK, NOTE, WRONG = Mark


async def _database(bench: Workbench) -> list[Line]:
    now = bench.clock.now()
    return await bench.store.read(lambda connection: [*database_lines(connection), *stuck_lines(connection, now)])


async def test_where_nothing_waits_only_a_freeze_is_worth_knowing(bench: Workbench) -> None:
    await bench.ask()
    assert await _database(bench) == []
    await bench.freeze()
    assert await _database(bench) == [Line(NOTE, "buying is frozen: lift it with `buynumber unfreeze`")]


async def test_parked_work_is_wrong_and_named_with_its_request_its_error_and_what_settles_it(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    held = await bench.claim(Rewrite)
    await bench.park(held, "is_archived")
    (line,) = await _database(bench)
    assert line.mark is WRONG
    assert line.words.startswith(f"parked: rewrite {held.id} of request {request.id} (is_archived), since ")
    assert f"`buynumber parked --again {held.id}`" in line.words
    assert f"`buynumber parked --drop {held.id}`" in line.words


async def test_a_delivery_that_keeps_failing_is_wrong_within_minutes_and_what_settles_it_is_named(
    bench: Workbench,
) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    await fails(bench, Rewrite, NotDelivered("internal_error"))
    assert await _database(bench) == []
    bench.clock.advance(FAILS_AFTER)
    (line,) = await _database(bench)
    row = await bench.row(Rewrite)
    assert line.mark is WRONG
    assert line.words.startswith(f"failing: rewrite {row.id} of request {request.id} (internal_error), since ")
    assert f"`buynumber parked --drop {row.id}`" in line.words


async def test_of_much_that_is_parked_the_oldest_are_named_and_the_others_counted(bench: Workbench) -> None:
    for _ in range(NAMED + 2):
        await bench.take(bench.an_ask())
        await bench.park(await bench.claim(Ask), "KeyError")
    lines = await _database(bench)
    assert len(lines) == NAMED + 1
    assert lines[-1] == Line(WRONG, "and 2 more like that: `buynumber parked` lists them")


async def test_an_outcome_that_people_have_to_say_is_wrong(bench: Workbench) -> None:
    request = await asked(bench)
    words = f"outcome unknown: {NUMBER}, request {request.id}: an approver has to resolve it"
    assert await _database(bench) == [Line(WRONG, words)]


async def test_money_that_nothing_explains_is_wrong_until_it_is_explained(bench: Workbench) -> None:
    request = await bench.a_purchase(Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file"))
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    alerted = Line(WRONG, f"unexplained at the provider: {NUMBER}, request {request.id}")
    assert alerted in await _database(bench)
    bench.provider.ledger = []
    await bench.sweep()
    assert await _database(bench) == []


async def test_nothing_is_said_while_the_bot_itself_looks_and_of_what_is_long_settled(bench: Workbench) -> None:
    await bench.a_purchase(LOST)
    assert await _database(bench) == []
    for _ in range(4):
        await bench.look()
    await sweep(bench, after=2 * HOUR)
    assert await _database(bench) == []


async def test_ten_of_a_kind_are_named_and_the_others_counted(bench: Workbench) -> None:
    details = Elsewhere(status="active", owner=None)
    found = [
        Finding(kind=FindingKind.BOUGHT_ELSEWHERE, subject=f"+9180690{no:05}", details=details, found_at=NOON)
        for no in range(NAMED + 2)
    ]
    await bench.store.write(lambda connection: findings.replace(connection, found))
    (line,) = await _database(bench)
    assert line.words.count("+91") == NAMED
    assert line.words.endswith(" and 2 more")


async def _sweeps(bench: Workbench) -> list[Line]:
    now = bench.clock.now()
    return await bench.store.read(lambda connection: sweep_lines(connection, now))


async def test_the_last_good_sweep_is_said_and_wrong_after_six_hours_with_what_to_do(bench: Workbench) -> None:
    assert await _sweeps(bench) == [Line(OK, "sweep: none yet")]
    await sweep(bench)
    assert await _sweeps(bench) == [Line(OK, "sweep: the last good one at 2026-11-02 12:00 UTC")]
    bench.clock.advance(6 * HOUR)
    (idle,) = await _sweeps(bench)
    assert (idle.mark, "start `buynumber serve`" in idle.words) == (WRONG, True)
    bench.provider.unreadable = {"transactions"}
    await sweep(bench)
    (failing,) = await _sweeps(bench)
    assert (failing.mark, "since 2026-11-02 18:00 UTC the ledger cannot be read (timeout)" in failing.words) == (
        WRONG,
        True,
    )
    assert "VOBIZ_AUTH_TOKEN" in failing.words


async def test_a_sweep_that_failed_just_now_is_worth_knowing_and_so_are_rows_that_it_could_not_read(
    bench: Workbench,
) -> None:
    bench.provider.ledger = [a_row_that_tells_nothing()]
    await sweep(bench)
    assert [line.mark for line in await _sweeps(bench)] == [OK, NOTE]
    bench.provider.unreadable = {"own_numbers"}
    await sweep(bench, after=HOUR)
    failing, spoilt = await _sweeps(bench)
    assert (failing.mark, "own numbers cannot be read" in failing.words) == (NOTE, True)
    assert spoilt.words.startswith("ledger: 1 row that the last good sweep could not read")


async def test_what_a_newer_version_found_is_left_out(bench: Workbench) -> None:
    newer = {"kind": "of_a_newer_version", "subject": "x", "details": "{}", "found_at": NOON}
    of_another_form = {"kind": "unexplained_debit", "subject": "y", "details": '{"id": []}', "found_at": NOON}
    await bench.store.write(lambda connection: connection.execute(insert(tables.findings), [newer, of_another_form]))
    assert await _database(bench) == []


async def _provider(provider: FakeProvider, *currencies: str) -> list[Line]:
    return await provider_lines(provider, "IN", currencies, NOON)


async def test_login_numbers_inventory_and_balance_are_one_line_each() -> None:
    assert await _provider(FakeProvider(others=[an_owned_number()]), "INR") == [
        Line(OK, f"Vobiz {ACCOUNT}: login works, 1 own numbers, numbers on sale in IN"),
        Line(OK, "balance: 1000 INR available"),
        Line(OK, "own numbers and ledger readable"),
    ]


@pytest.mark.parametrize(
    ("shows", "mark", "words"),
    [
        ({"unreadable": {"transactions"}}, WRONG, "own numbers and ledger: the ledger is not readable (timeout): "),
        ({"ledger": None}, NOTE, "own numbers readable; the ledger stands with the master account"),
        ({"ledger": [a_row_that_tells_nothing()]}, NOTE, "own numbers and ledger readable, but for 1 of a day's rows"),
    ],
    ids=["unreadable", "not this account's", "a row of it unreadable"],
)
async def test_the_ledger_is_read_once_and_said_how_it_reads(shows: dict[str, Any], mark: Mark, words: str) -> None:
    provider = FakeProvider(**shows)
    line = (await _provider(provider))[-1]
    assert (line.mark, line.words.startswith(words)) == (mark, True)
    assert provider.reads.count("transactions") == 1


async def test_own_numbers_that_cannot_be_read_are_named_as_they_are_written() -> None:
    lines = await _provider(FakeProvider(unreadable_own=("n/a", "+91 (0) 98765 43210")))
    words = "own numbers that cannot be read: n/a, +91 (0) 98765 43210; until Vobiz mends them, no number is taken"
    assert (lines[1].mark, lines[1].words) == (WRONG, f"{words} for not ours")


async def test_a_country_without_numbers_is_said() -> None:
    line, _ = await _provider(FakeProvider(listing=None))
    assert line.words.endswith("no number on sale in IN")


@pytest.mark.parametrize("read", ["own_numbers", "browse"])
async def test_a_provider_that_cannot_be_read_is_wrong(read: str) -> None:
    lines = await _provider(FakeProvider(unreadable={read}), "INR")
    assert lines == [Line(WRONG, f"Vobiz {ACCOUNT}: not readable (timeout)")]


async def test_a_login_that_is_refused_names_the_settings() -> None:
    async def denied(read: str) -> None:
        raise ProviderUnavailable("denied")

    (line,) = await _provider(FakeProvider(during_read=denied))
    assert (line.mark, "VOBIZ_AUTH_TOKEN" in line.words) == (WRONG, True)


UNREADABLE, SUB_ACCOUNT = {"unreadable": {"balance"}}, {"account": "SA_1"}


def _has(available: str, *, may_overdraw: bool = False) -> dict[str, Any]:
    return {"spendable": Balance(currency="INR", available=Decimal(available), may_overdraw=may_overdraw)}


@pytest.mark.parametrize(
    ("shows", "mark", "words"),
    [
        ({"spendable": None}, NOTE, "balance in INR: Vobiz shows none to this account"),
        ({"spendable": None, **SUB_ACCOUNT}, NOTE, "balance in INR: stands with the master account, which pays"),
        (UNREADABLE, WRONG, "balance in INR: not readable (timeout)"),
        ({**UNREADABLE, **SUB_ACCOUNT}, NOTE, "balance in INR: not readable (timeout)"),
        (_has("0"), NOTE, "balance: 0 INR available"),
        (_has("-5.50", may_overdraw=True), OK, "balance: -5.50 INR available, and the account may go below it"),
    ],
    ids=["none", "none of a sub-account", "unreadable", "unreadable of a sub-account", "empty", "overdrawn"],
)
async def test_a_balance_is_said_as_it_stands_or_why_there_is_none(
    shows: dict[str, Any], mark: Mark, words: str
) -> None:
    assert (await _provider(FakeProvider(**shows), "INR"))[1] == Line(mark, words)


def test_the_limits_in_force_are_listed_and_those_that_are_not() -> None:
    assert limit_lines(Rules(monthly_budget={"INR": Money.of("5000 INR"), "USD": Money.of("60 USD")})) == [
        Line(OK, "SECOND_APPROVAL_ABOVE: one approval is enough for any amount"),
        Line(OK, "AUTO_APPROVE_UP_TO: nothing is approved by itself"),
        Line(OK, "MONTHLY_BUDGET: at most 5000 INR, 60 USD a month"),
    ]
