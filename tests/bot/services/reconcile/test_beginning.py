"""A new database beside an account that has numbers already: another one may have been lost with all it knew."""

import pytest
from sqlalchemy import delete

from bot.domain.audit import BOT
from bot.domain.request import Status
from bot.domain.trail import Event, Frozen
from bot.services.checkup.database import waiting_lines
from bot.services.checkup.line import Mark
from bot.services.letters import Announcement
from bot.services.plans import Beginning, DueSweep, DueTidy, Purchase, plan_rounds
from bot.services.tell.deliver import SOMEBODY_IS_AWAITED
from bot.store.tables import work
from bot.work.retry import TryLater
from tests.harness.builders import an_owned_number
from tests.harness.workbench import Workbench
from tests.harness.worker import LEASE

OTHER = "+918069000999"


async def _start(bench: Workbench) -> None:
    """Without the sweep and the tidying up that a start plans, too."""
    now, others = bench.clock.now(), work.c.kind.in_([DueSweep.kind, DueTidy.kind])
    await bench.store.write(lambda connection: plan_rounds(connection, now))
    await bench.store.write(lambda connection: connection.execute(delete(work).where(others)).rowcount)


async def _begin(bench: Workbench, *, own: int) -> None:
    await _start(bench)
    bench.provider.others = [an_owned_number(number=f"{OTHER}{n}") for n in range(own)]
    await bench.run(Beginning)


async def test_it_begins_frozen_and_says_why_where_people_are_until_one_of_them_lifts_it(bench: Workbench) -> None:
    await _begin(bench, own=2)
    assert (await bench.last(Event.FROZEN)).told == Frozen(own_numbers=2)
    assert (await bench.last(Event.FROZEN)).actor == BOT
    [line] = await bench.store.read(waiting_lines)
    assert line.mark is Mark.WRONG
    assert "this database is new and the account already has 2 numbers; if the bot ran before, restore" in str(line)
    with pytest.raises(TryLater, match="nobody has asked"):
        await bench.run(Announcement)
    request = await bench.a_request()
    bench.clock.advance(SOMEBODY_IS_AWAITED)
    await bench.run(Announcement)
    told = Announcement.model_validate_json((await bench.row(Announcement)).payload)
    assert told.channel == request.channel
    await bench.approve(request)
    assert (await bench.now(request)).status is Status.PENDING
    await bench.switch(freezes=False)
    assert await bench.store.read(waiting_lines) == []
    await _start(bench)
    assert await bench.rows(Beginning) == []


async def test_an_account_without_numbers_or_a_trail_that_has_begun_changes_nothing(bench: Workbench) -> None:
    await _begin(bench, own=0)
    assert await bench.trail() == []
    await bench.a_request()
    await _start(bench)
    assert await bench.rows(Beginning) == []


async def test_nothing_is_bought_before_the_account_was_read_however_long_that_takes(bench: Workbench) -> None:
    await _start(bench)
    bench.provider.unreadable = {"own_numbers"}
    with pytest.raises(TryLater):
        await bench.run(Beginning)
    request = await bench.an_approved_request()
    with pytest.raises(TryLater, match="own numbers were not read"):
        await bench.run(Purchase)
    assert bench.provider.calls == []
    bench.provider.unreadable = set()
    bench.clock.advance(LEASE)
    await bench.run(Beginning)
    await bench.run(Purchase)
    assert (await bench.now(request)).status is Status.PURCHASED
