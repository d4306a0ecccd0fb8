"""`freeze` and `unfreeze`: an operator's kill switch, whether a process serves or not."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain import trail
from bot.domain.audit import OPERATOR
from bot.domain.money import Money
from bot.domain.outcome import Unknown
from bot.domain.request import PurchaseRequest, Status
from bot.domain.trail import Event
from bot.services.letters import Announcement
from bot.services.plans import Remind
from bot.store import control
from tests.bot.commands.conftest import on_a_bench
from tests.harness.bench import Bench
from tests.harness.process import Run

FROZEN = "Buying is frozen. Nothing is approved or bought until `unfreeze`.\n"


async def _empty(_: Bench) -> None:
    """A database without requests."""


async def _approved(bench: Bench) -> PurchaseRequest:
    return await bench.an_approved_request()


async def _checking(bench: Bench) -> PurchaseRequest:
    return await bench.a_purchase(Unknown(reason="timeout"))


async def _is_frozen(bench: Bench) -> bool:
    return await bench.store.read(control.looks_frozen)


def test_freezing_and_lifting_it_are_said_and_recorded_as_the_operators(run: Run, tmp_path: Path) -> None:
    on_a_bench(tmp_path, _empty)
    frozen = run("freeze")
    assert (frozen.code, frozen.out, frozen.err) == (0, FROZEN, "")
    assert on_a_bench(tmp_path, _is_frozen)
    lifted = run("unfreeze")
    assert (lifted.code, lifted.out) == (0, "Buying is possible again.\n")
    trail = on_a_bench(tmp_path, Bench.trail)
    assert [(entry.event, entry.actor) for entry in trail] == [(Event.FROZEN, OPERATOR), (Event.UNFROZEN, OPERATOR)]


@pytest.mark.parametrize(
    ("command", "words"), [("freeze", "Buying is frozen already.\n"), ("unfreeze", "Buying is not frozen.\n")]
)
def test_what_is_so_already_is_said_and_ends_with_1(run: Run, tmp_path: Path, command: str, words: str) -> None:
    on_a_bench(tmp_path, _empty)
    if command == "freeze":
        run("freeze")
    ended = run(command)
    assert (ended.code, ended.out) == (1, words)


def test_a_call_that_may_have_left_already_is_named(run: Run, tmp_path: Path) -> None:
    request = on_a_bench(tmp_path, _checking)
    ended = run("freeze")
    named = f"This call may have left already: {request.terms.e164}, request {request.id}\n"
    assert ended.out == f"{FROZEN}{named}"


@pytest.mark.parametrize("written", ["1h", "72h"])
def test_what_was_approved_waits_for_new_votes_for_as_long_as_the_settings_say(
    run: Run, tmp_path: Path, written: str
) -> None:
    request = on_a_bench(tmp_path, _approved)
    run(
        "freeze",
        REQUEST_EXPIRES_AFTER=written,
        REMIND_AFTER="30m",
        MONTHLY_BUDGET="INR:500",
        TIME_ZONE="Pacific/Auckland",
    )

    async def check(bench: Bench) -> None:
        pending = await bench.now(request)
        assert pending.status is Status.PENDING
        asked_again = next(entry for entry in await bench.trail() if entry.event is Event.ASKED_AGAIN)
        assert pending.expires_at - asked_again.at == timedelta(hours=int(written[:-1]))
        assert (await bench.rows(Remind))[-1].not_before - asked_again.at == timedelta(minutes=30)
        assert await bench.month(month=bench.rules.month(asked_again.at)) == ("0", "0")
        assert isinstance(asked_again.told, trail.AskedAgain)
        assert asked_again.told.in_month is not None
        assert asked_again.told.in_month.budget == Money.of("500 INR")

    on_a_bench(tmp_path, check)


def test_it_is_told_wherever_a_request_is_open(run: Run, tmp_path: Path) -> None:
    on_a_bench(tmp_path, _approved)
    run("freeze")

    async def tell(bench: Bench) -> list[tuple[str, ...]]:
        await bench.run_due(Announcement.lane)
        return [sent.where for sent in bench.messenger.took("announce")]

    assert on_a_bench(tmp_path, tell) == [("C_TEAM",)]


def test_without_a_database_nothing_is_made_and_it_ends_with_2(run: Run, tmp_path: Path) -> None:
    ended = run("freeze")
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
