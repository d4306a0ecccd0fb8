"""The invariants see what they are there to see: each notices when a purchase that went well is tampered with."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.sandbox.slack.example import MEERA, NUMBERS
from bot.sandbox.vobiz import PurchaseCall
from bot.store.database import open_to_change
from tests.faults.scenes import Moment, Scene, a_moment, a_scene
from tests.harness.office import BENGALURU
from tests.harness.timeline import TimedOffice


async def it_was_bought(timed: TimedOffice) -> None:
    card = await timed.office.a_card()
    await timed.office.approve(card)
    await timed.rest()


@pytest.fixture(scope="module")
def moment(tmp_path_factory: pytest.TempPathFactory) -> Moment:
    return asyncio.run(a_moment(tmp_path_factory.mktemp("moments") / "moment", it_was_bought))


@pytest.fixture
async def scene(tmp_path: Path, moment: Moment) -> AsyncIterator[Scene]:
    """Nobody serves in it."""
    async with a_scene(tmp_path / "scene", moment) as laid_down:
        yield laid_down


async def noticed(scene: Scene, change: str = "SELECT 1", acts: Mapping[str, int] | None = None) -> set[str]:
    """What the invariants complain of after a change to the database, by their names.

    The database itself refuses to change its trail; whoever holds the file does not have to ask it.
    """
    triggers = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")

    def ask(connection: Connection) -> list[str]:
        for trigger in connection.execute(triggers).scalars().all():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text(change))
        return scene.complaints_over(connection, acknowledged=acts or {}, done=acts or {})

    store = open_to_change(scene.office.environment["DATABASE_URL"])
    try:
        return {complaint.split(":")[0] for complaint in await store.write(ask)}
    finally:
        store.close()


def the_card_says_something_else(scene: Scene) -> None:
    (card,) = scene.slack.messages(NUMBERS)
    scene.slack.workspace.messages.keep(replace(card, text="Buy it?"))


def a_reply_is_missing(scene: Scene) -> None:
    (card,) = scene.slack.messages(NUMBERS)
    scene.slack.workspace.messages.remove(scene.slack.thread(NUMBERS, card.ts)[0])


def a_reply_stands_twice(scene: Scene) -> None:
    (card,) = scene.slack.messages(NUMBERS)
    reply = scene.slack.thread(NUMBERS, card.ts)[0]
    scene.slack.workspace.messages.keep(replace(reply, ts=f"{card.ts}9"))


def it_was_called_twice(scene: Scene) -> None:
    call = PurchaseCall(auth_id="", casing="Account", e164=BENGALURU, currency="INR", at=scene.clock.now())
    scene.vobiz._purchases.calls += [call, call]


def it_was_sold_twice(scene: Scene) -> None:
    scene.vobiz.world.sell(scene.vobiz.world.numbers[BENGALURU], scene.vobiz.master)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("UPDATE requests SET status = 'failed'", "the_trail_is_never_behind"),
        ("UPDATE requests SET status = 'failed'", "every_sale_is_credited_once"),
        ("UPDATE attempts SET outcome = 'by_looks'", "every_sale_is_credited_once"),
        ("DELETE FROM attempts", "every_sale_is_credited_once"),
        ("UPDATE attempts SET charged = 1", "what_was_charged_is_what_the_ledger_says"),
        ("UPDATE budgets SET spent = 0", "the_budget_adds_up"),
        ("UPDATE reservations SET amount = 5", "the_budget_adds_up"),
        ("UPDATE reservations SET amount = 5", "money_is_held_only_for_what_may_still_cost"),
        ("UPDATE work SET lease_token = 'somebody'", "nothing_is_left_to_do"),
        ("UPDATE audit_head SET seq = 2", "the_chain_is_whole"),
        ("DELETE FROM audit_entries WHERE seq = 2", "the_chain_is_whole"),
        ("UPDATE audit_entries SET data = '{}' WHERE seq = 1", "the_chain_is_whole"),
        ("UPDATE audit_entries SET data = replace(data, '101', '7') WHERE seq = 2", "the_chain_is_whole"),
        ("DELETE FROM audit_entries WHERE event = 'approved'", "every_attempt_was_approved"),
        ("UPDATE audit_entries SET data = replace(data, 'voters', 'vetoers')", "every_attempt_was_approved"),
        ("UPDATE audit_entries SET data = json_set(data, '$.digest', 'x') WHERE seq = 2", "every_attempt_was_approved"),
        ("UPDATE audit_entries SET event = 'frozen' WHERE seq = 1", "every_attempt_was_approved"),
    ],
)
async def test_they_notice_a_database_that_says_otherwise(scene: Scene, change: str, by: str) -> None:
    assert by in await noticed(scene, change)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        (the_card_says_something_else, "every_card_is_up_to_date"),
        (a_reply_is_missing, "every_thread_tells_all_in_order"),
        (a_reply_stands_twice, "every_thread_tells_all_in_order"),
        (it_was_called_twice, "every_attempt_was_called_once_at_most"),
        (it_was_sold_twice, "every_sale_is_credited_once"),
        (it_was_sold_twice, "what_was_charged_is_what_the_ledger_says"),
    ],
)
async def test_they_notice_what_was_otherwise_outside(scene: Scene, change: Callable[[Scene], None], by: str) -> None:
    change(scene)
    assert by in await noticed(scene)


async def test_they_notice_a_click_that_left_nothing_and_have_nothing_else_to_say(scene: Scene) -> None:
    assert await noticed(scene) == set()
    assert await noticed(scene, acts={MEERA: 1}) == {"no_act_is_lost"}
