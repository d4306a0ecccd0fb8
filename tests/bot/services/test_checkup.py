"""What `check` says of the provider and of what waits for people."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.facts import Debit
from bot.domain.money import Money
from bot.domain.outcome import Refusal, Refused
from bot.services.checkup import NAMED, Line, Mark, database_lines, provider_lines
from bot.services.letters import CardLetter
from bot.services.plans import DueSweep
from bot.services.ports import Balance, ProviderUnavailable
from bot.store import findings
from bot.store.findings import Elsewhere, Finding, FindingKind, NotCompared
from bot.work import queue
from tests.harness.bench import Bench
from tests.harness.builders import ACCOUNT, NOON, NUMBER, an_owned_number
from tests.harness.fakes import FakeProvider
from tests.harness.ledger import a_row
from tests.harness.seen import LOST

pytestmark = pytest.mark.sqlite_only("it only reads, as the store's own tests do on both")

OK, NOTE, WRONG = Mark


async def _database(bench: Bench) -> list[Line]:
    return await bench.store.read(database_lines)


async def _provider(provider: FakeProvider, *currencies: str) -> list[Line]:
    return await provider_lines(provider, "IN", currencies)


# the database


async def test_where_nothing_waits_there_is_nothing_to_say(bench: Bench) -> None:
    await bench.ask()
    assert await _database(bench) == []


async def test_a_freeze_is_worth_knowing(bench: Bench) -> None:
    await bench.freeze()
    assert await _database(bench) == [Line(NOTE, "buying is frozen: lift it with `unfreeze`")]


async def test_parked_work_is_wrong_and_named_with_its_request_and_error(bench: Bench) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    held = await bench.claim(CardLetter)
    now = bench.clock.now()
    await bench.store.write(lambda connection: queue.park(connection, held, now=now, error="is_archived"))
    assert await _database(bench) == [Line(WRONG, f"parked: card of request {request.id} (is_archived)")]


async def test_an_outcome_that_people_have_to_say_is_wrong(bench: Bench) -> None:
    request = await bench.a_purchase(LOST)
    assert await _database(bench) == []
    bench.provider.unreadable = {"owned"}
    for _ in range(6):
        await bench.look()
    words = f"outcome unknown: {NUMBER}, request {request.id}: an approver has to resolve it"
    assert await _database(bench) == [Line(WRONG, words)]


async def test_money_that_nothing_explains_is_wrong_until_it_is_explained(bench: Bench) -> None:
    request = await bench.a_purchase(Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file"))
    bench.provider.ledger = [a_row(description=NUMBER, at=bench.clock.now())]
    await bench.plan_sweep()
    await bench.run(DueSweep)
    alerted = Line(WRONG, f"unexplained at the provider: {NUMBER}, request {request.id}")
    assert alerted in await _database(bench)
    bench.provider.ledger = []
    await bench.sweep()
    assert await _database(bench) == []


def _elsewhere(number: str) -> Finding:
    return Finding(
        kind=FindingKind.BOUGHT_ELSEWHERE, subject=number, details=Elsewhere(status="active", owner=None), found_at=NOON
    )


def _debit(row: str, amount: str | None, *, is_told: bool = False) -> Finding:
    debit = Debit(id=row, amount=None if amount is None else Money.of(amount), currency="INR")
    told_at = NOON if is_told else None
    return Finding(kind=FindingKind.UNEXPLAINED_DEBIT, subject=row, details=debit, found_at=NOON, told_at=told_at)


NOT_COMPARED = Finding(
    kind=FindingKind.NOT_COMPARED, subject="aa", details=NotCompared(request="bb", e164="+918069000999"), found_at=NOON
)


async def test_of_what_the_sweep_found_that_is_wrong_which_needs_people(bench: Bench) -> None:
    found = [
        _elsewhere("+918069000999"),
        NOT_COMPARED,
        _debit("txn_1", "7.50 INR", is_told=True),
        _debit("txn_2", None, is_told=True),
        _debit("txn_3", "1 INR"),
    ]
    await bench.store.write(lambda connection: findings.replace(connection, found))
    assert await _database(bench) == [
        Line(NOTE, "numbers bought elsewhere: +918069000999"),
        Line(
            WRONG, "attempts that could not be compared with the provider (the log says why): +918069000999, request bb"
        ),
        Line(WRONG, "charges that no number explains: txn_1 (7.50 INR), txn_2"),
        Line(NOTE, "charges that no number explains: txn_3 (1 INR)"),
    ]


async def test_ten_of_a_kind_are_named_and_the_others_counted(bench: Bench) -> None:
    found = [_elsewhere(f"+9180690{no:05}") for no in range(NAMED + 2)]
    await bench.store.write(lambda connection: findings.replace(connection, found))
    (line,) = await _database(bench)
    assert line.words.count("+91") == NAMED
    assert line.words.endswith(" and 2 more")


# the provider


async def test_login_numbers_inventory_and_balance_are_one_line_each() -> None:
    provider = FakeProvider(others=[an_owned_number()])
    assert await _provider(provider, "INR") == [
        Line(OK, f"Vobiz {ACCOUNT}: login works, 1 own numbers, numbers on sale in IN"),
        Line(OK, "balance: 1000 INR available"),
    ]
    assert not provider.calls


async def test_a_country_without_numbers_is_said() -> None:
    (line,) = await _provider(FakeProvider(listing=None))
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


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (ACCOUNT, "balance in INR: Vobiz shows none to this account"),
        ("SA_1", "balance in INR: stands with the master account, which pays"),
    ],
)
async def test_where_there_is_no_balance_to_read_it_is_said_why(account: str, words: str) -> None:
    assert (await _provider(FakeProvider(account=account, spendable=None), "INR"))[1] == Line(NOTE, words)


@pytest.mark.parametrize(
    ("balance", "line"),
    [
        (Balance(currency="INR", available=Decimal(0), may_overdraw=False), Line(NOTE, "balance: 0 INR available")),
        (
            Balance(currency="INR", available=Decimal("-5.50"), may_overdraw=True),
            Line(OK, "balance: -5.50 INR available, and the account may go below it"),
        ),
    ],
    ids=["empty", "overdrawn"],
)
async def test_a_balance_is_said_as_it_stands(balance: Balance, line: Line) -> None:
    assert (await _provider(FakeProvider(spendable=balance), "INR"))[1] == line


async def test_a_balance_that_cannot_be_read_is_wrong() -> None:
    lines = await _provider(FakeProvider(unreadable={"balance"}), "INR", "USD")
    assert [line.mark for line in lines] == [OK, WRONG, WRONG]


async def test_a_sub_account_needs_no_balance_of_its_own() -> None:
    lines = await _provider(FakeProvider(account="SA_1", unreadable={"balance"}), "INR")
    assert [line.mark for line in lines] == [OK, NOTE]


async def test_nothing_is_said_of_alerts_that_are_long_settled(bench: Bench) -> None:
    await bench.a_failure(LOST)
    bench.clock.advance(timedelta(hours=2))
    await bench.plan_sweep()
    await bench.run(DueSweep)
    assert await _database(bench) == []
