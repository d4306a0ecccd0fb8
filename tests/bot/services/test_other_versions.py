"""An old version beside a new one, on one database: what only the new one knows stays for it, and is listed."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, text, update

from bot.domain.request import Status
from bot.domain.trail import Event, LetGo
from bot.services.acts import Freeze
from bot.services.checkup.database import stuck_lines
from bot.services.checkup.line import Mark
from bot.services.letters import Rewrite, Words
from bot.services.parking import put_right
from bot.services.plans import DueTidy
from bot.store.lanes import Lane
from bot.store.tables import work
from bot.work.queue import Work
from bot.work.retry import TryLater
from bot.work.stuck import FAILS_AFTER
from tests.harness.rows import Row
from tests.harness.ways import leading_somewhere
from tests.harness.workbench import Workbench

UNKNOWN = "of_tomorrow"


async def _left_for_tomorrow(bench: Workbench, about: str | None = None) -> list[int]:
    """A row of a kind that this version does not know, in every lane, and one in a lane of tomorrow's."""
    now = bench.clock.now()
    rows = [
        {"lane": lane, "kind": UNKNOWN, "payload": "[]", "not_before": now, "request": about}
        for lane in (*Lane, "dream")
    ]
    await bench.store.write(lambda connection: connection.execute(insert(work), rows).rowcount)
    return [row.id for row in await _of_tomorrow(bench)]


async def _of_tomorrow(bench: Workbench) -> Sequence[Row]:
    return [row for row in await bench.rows() if row.kind == UNKNOWN]


async def test_work_of_a_kind_that_it_does_not_know_stays_untried_and_holds_up_nothing(bench: Workbench) -> None:
    request = await bench.a_request()
    await _left_for_tomorrow(bench, request.id)
    before = await _of_tomorrow(bench)
    await bench.approve(request)
    assert (await bench.now(request)).status is Status.APPROVED
    await bench.plan_sweep()
    await bench.store.write(lambda connection: _tidy_is_due(connection, bench))
    bench.clock.advance(timedelta(days=8))
    for lane in Lane:
        await bench.run_due(lane)
    await bench.deliver()
    assert await _of_tomorrow(bench) == before


def _tidy_is_due(connection: Connection, bench: Workbench) -> None:
    row = {"lane": DueTidy.lane, "kind": DueTidy.kind, "payload": "{}", "not_before": bench.clock.now()}
    connection.execute(insert(work).values(row))


async def test_check_says_what_it_is_and_what_to_do_and_an_operator_may_let_it_go(bench: Workbench) -> None:
    rows = await _left_for_tomorrow(bench)
    assert await bench.store.read(lambda connection: stuck_lines(connection, bench.clock.now())) == []
    bench.clock.advance(FAILS_AFTER)
    lines = await bench.store.read(lambda connection: stuck_lines(connection, bench.clock.now()))
    assert [(line.mark, line.name) for line in leading_somewhere(lines)] == [(Mark.WRONG, "of another version")] * 5
    assert lines[0].words.startswith(f"{UNKNOWN} {rows[0]} of request none (a kind that this version does not know)")
    assert f"of the newest version does it, `buynumber parked --drop {rows[0]}` lets it go" in lines[0].way
    for row in rows:
        assert not await bench.units.by_hand(put_right, "operator", row, drops=False)
        assert await bench.units.by_hand(put_right, "operator", row, drops=True)
    assert await bench.store.read(lambda connection: stuck_lines(connection, bench.clock.now())) == []
    assert (await bench.last(Event.LET_GO)).told == LetGo(kind=UNKNOWN, work=rows[-1], error="")


async def _waits(bench: Workbench, kind: type[Work], what: str) -> None:
    """Tried however often, it waits and is no failure."""
    for _ in range(10):
        with pytest.raises(TryLater, match=f"a newer version of the bot wrote {what}, and has to do it"):
            await bench.run(kind)
        bench.clock.advance(timedelta(minutes=1))
    row = await bench.row(kind)
    assert (row.failures, row.parked_at) == (0, None)


async def test_work_with_a_field_that_it_does_not_know_waits_for_the_version_that_does(bench: Workbench) -> None:
    request = await bench.a_request()
    await bench._act(Freeze, "U_BOSS", freezes=True, channel="C_TEAM")
    await _rewrite(bench, Freeze, {"for_how_long": "PT1H"})
    await _waits(bench, Freeze, "for_how_long of this freeze")
    assert (await bench.now(request)).row_version == request.row_version


async def test_words_for_a_reason_that_it_does_not_know_wait(bench: Workbench) -> None:
    await bench.freeze()
    await bench.switch()
    await _rewrite(bench, Words, {"reason": "too_windy"})
    await _waits(bench, Words, "the reason too_windy")


async def _rewrite(bench: Workbench, kind: type[Work], more: dict[str, str]) -> None:
    row = await bench.row(kind)
    carried = json.dumps({**json.loads(row.payload), **more})
    await bench.store.write(
        lambda connection: connection.execute(update(work).where(work.c.id == row.id).values(payload=carried)).rowcount
    )


async def test_a_card_whose_trail_has_an_entry_that_it_does_not_know_waits_and_is_no_failure(bench: Workbench) -> None:
    request = await bench.a_request()
    entry = "INSERT INTO audit_entries SELECT seq + 1, at, actor, 'dreamt', request, data, hash, 'x' FROM audit_entries"
    await bench.store.write(lambda connection: connection.execute(text(entry)).rowcount)
    shown = text("UPDATE requests SET entry = 2, cause = 2")
    await bench.store.write(lambda connection: connection.execute(shown).rowcount)
    row = {"lane": Rewrite.lane, "kind": Rewrite.kind, "request": request.id, "payload": "{}"}
    now = bench.clock.now()
    await bench.store.write(
        lambda connection: connection.execute(insert(work).values(row | {"not_before": now})).rowcount
    )
    await _waits(bench, Rewrite, "the event dreamt")
