"""What `check` says of sweeps, deliveries, what waits for people, and what nobody could explain."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, insert

from bot.domain.outcome import Refusal, Refused
from bot.services.acts import Ask
from bot.services.checkup.database import delivery_lines, stuck_lines, sweep_lines, waiting_lines
from bot.services.checkup.line import NAMED, Line, Mark
from bot.services.letters import Rewrite
from bot.services.ports import NotDelivered
from bot.store import cards, control, findings, tables
from bot.store.findings import Elsewhere, Finding, FindingKind
from bot.work.stuck import FAILS_AFTER
from tests.bot.services.tell.failing import fails
from tests.harness.builders import NOON, NUMBER
from tests.harness.ledger import a_row_that_tells_nothing
from tests.harness.seen import LOST, asked
from tests.harness.swept import HOUR, named, sweep
from tests.harness.ways import leading_somewhere
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("it only reads, as the store's own tests do on both")

OK, NOTE, WRONG = Mark


async def _database(bench: Workbench) -> list[Line]:
    now = bench.clock.now()
    found = await bench.store.read(lambda connection: [*waiting_lines(connection), *stuck_lines(connection, now)])
    return leading_somewhere(found)


async def test_where_nothing_waits_only_a_freeze_is_worth_knowing(bench: Workbench) -> None:
    await bench.ask()
    assert await _database(bench) == []
    await bench.freeze()
    [line] = await _database(bench)
    assert (line.mark, line.name, line.words) == (NOTE, "freeze", "buying is frozen")
    assert line.commands == ["/buynumber unfreeze", "buynumber unfreeze"]


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (control.moved, "wrong  database: it was moved to elsewhere; set DATABASE_URL to that"),
        (control.arriving, "wrong  database: the move from elsewhere was not finished; run it there again, with `"),
    ],
)
async def test_a_database_that_was_moved_or_is_not_wholly_there_is_wrong(
    bench: Workbench, note: Callable[[Connection, str], None], said: str
) -> None:
    await bench.store.write(lambda connection: note(connection, "elsewhere"))
    [line] = await _database(bench)
    assert str(line).startswith(said)


async def test_parked_work_is_wrong_and_named_with_its_request_its_error_and_what_settles_it(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench.deny(request)
    held = await bench.claim(Rewrite)
    await bench.park(held, "is_archived")
    (line,) = await _database(bench)
    assert line.mark is WRONG
    assert str(line).startswith(f"wrong  parked: rewrite {held.id} of request {request.id} (is_archived), since ")
    assert line.commands == [f"buynumber parked --again {held.id}", f"buynumber parked --drop {held.id}"]


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
    assert str(line).startswith(f"wrong  failing: rewrite {row.id} of request {request.id} (internal_error), since ")
    assert line.commands == [f"buynumber parked --drop {row.id}"]


async def test_of_much_that_is_parked_the_oldest_are_named_and_the_others_counted(bench: Workbench) -> None:
    for _ in range(NAMED + 2):
        await bench.take(bench.an_ask())
        await bench.park(await bench.claim(Ask), "KeyError")
    lines = await _database(bench)
    assert len(lines) == NAMED + 1
    assert str(lines[-1]) == "wrong  parked: 2 more like that; `buynumber parked` lists them"


async def test_an_outcome_that_people_have_to_say_is_wrong(bench: Workbench) -> None:
    request = await asked(bench)
    [line] = await _database(bench)
    assert str(line).startswith(f"wrong  outcome unknown: {NUMBER}, request {request.id}; an approver says so")
    assert line.commands == [f"buynumber resolve {request.id} {said}" for said in ("bought", "not-bought")]


async def test_money_that_nothing_explains_is_wrong_until_it_is_explained(bench: Workbench) -> None:
    request = await bench.a_purchase(Refused(why=Refusal.REJECTED, code="kyc", message="no KYC on file"))
    bench.provider.ledger = [named(bench)]
    await sweep(bench)
    [line] = [line for line in await _database(bench) if line.name == "unexplained"]
    assert (line.mark, line.words) == (WRONG, f"{NUMBER}, request {request.id}")
    assert "ask Vobiz's support" in line.way
    assert line.commands == [f"buynumber resolve {request.id} write-off"]
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
    await bench.store.write(lambda connection: findings.change(connection, findings.changes([], found)))
    (line,) = await _database(bench)
    assert line.words.count("+91") == NAMED
    assert line.words.endswith(" and 2 more")


async def _sweeps(bench: Workbench) -> list[Line]:
    now = bench.clock.now()
    return leading_somewhere(await bench.store.read(lambda connection: sweep_lines(connection, now)))


async def test_the_last_good_sweep_is_said_and_wrong_after_six_hours_with_what_to_do(bench: Workbench) -> None:
    assert await _sweeps(bench) == [Line(OK, "sweep", "none yet")]
    await sweep(bench)
    assert await _sweeps(bench) == [Line(OK, "sweep", "the last good one at 2026-11-02 12:00 UTC")]
    bench.clock.advance(6 * HOUR)
    (idle,) = await _sweeps(bench)
    assert (idle.mark, idle.commands) == (WRONG, ["buynumber serve"])
    bench.provider.unreadable = {"transactions"}
    await sweep(bench)
    (failing,) = await _sweeps(bench)
    assert (failing.mark, "since 2026-11-02 18:00 UTC the ledger cannot be read (timeout)" in failing.words) == (
        WRONG,
        True,
    )
    assert "VOBIZ_AUTH_TOKEN" in failing.way


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
    assert (spoilt.name, spoilt.words) == ("ledger", "1 row that the last good sweep could not read")


async def test_what_a_newer_version_found_is_left_out(bench: Workbench) -> None:
    newer = {"kind": "of_a_newer_version", "subject": "x", "details": "{}", "found_at": NOON}
    of_another_form = {"kind": "unexplained_debit", "subject": "y", "details": '{"id": []}', "found_at": NOON}
    await bench.store.write(lambda connection: connection.execute(insert(tables.findings), [newer, of_another_form]))
    assert await _database(bench) == []


async def test_the_last_card_in_each_channel_is_said_newest_first(bench: Workbench) -> None:
    def post(connection: Connection) -> None:
        for no, channel in enumerate(("C_FIRST", "C_SECOND", "C_FIRST", "C_SECOND", "C_NEVER")):
            cards.add(connection, str(no), channel)
            if channel != "C_NEVER":
                cards.posted(connection, str(no), ts=str(no), shown=1, at=NOON + no * HOUR)

    assert await bench.store.read(delivery_lines) == []
    await bench.store.write(post)
    assert [str(line) for line in await bench.store.read(delivery_lines)] == [
        "ok     deliveries: the last card in C_SECOND at 2026-11-02 15:00 UTC",
        "ok     deliveries: the last card in C_FIRST at 2026-11-02 14:00 UTC",
    ]
