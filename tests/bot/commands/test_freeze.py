"""`freeze` and `unfreeze`: an operator's kill switch, whether a process serves or not."""

from datetime import timedelta
from pathlib import Path

from bot.domain.audit import OPERATOR
from bot.domain.outcome import Unknown
from bot.domain.request import Status
from bot.domain.trail import Event
from bot.services.letters import Announcement
from bot.services.plans import Remind
from bot.store import control
from tests.bot.commands.conftest import on_a_bench
from tests.harness.process import Ended, Run
from tests.harness.rows import facts_of
from tests.harness.stores import lay_down_a_database
from tests.harness.workbench import Workbench

FROZEN = "Buying is frozen. Nothing is approved or bought until `buynumber unfreeze`.\n"


def test_freezing_and_lifting_it_are_said_once_and_recorded_as_the_operators(run: Run, tmp_path: Path) -> None:
    lay_down_a_database(tmp_path / "buynumber.db")
    assert run("unfreeze") == Ended(code=1, out="Buying is not frozen.\n", err="")
    assert run("freeze") == Ended(code=0, out=FROZEN, err="")
    assert on_a_bench(tmp_path, lambda bench: bench.store.read(control.looks_frozen))
    assert run("freeze") == Ended(code=1, out="Buying is frozen already.\n", err="")
    assert run("unfreeze") == Ended(code=0, out="Buying is possible again.\n", err="")
    trail = on_a_bench(tmp_path, Workbench.trail)
    assert [(entry.event, entry.actor) for entry in trail] == [(Event.FROZEN, OPERATOR), (Event.UNFROZEN, OPERATOR)]


def test_a_call_that_may_have_left_already_is_named(run: Run, tmp_path: Path) -> None:
    request = on_a_bench(tmp_path, lambda bench: bench.a_purchase(Unknown(reason="timeout")))
    named = f"This call may have left already: {request.terms.e164}, request {request.id}\n"
    assert run("freeze").out == f"{FROZEN}{named}"


def test_what_was_approved_waits_for_new_votes_as_long_as_settings_say_and_it_is_told(run: Run, tmp_path: Path) -> None:
    request = on_a_bench(tmp_path, Workbench.an_approved_request)
    run("freeze", REQUEST_EXPIRES_AFTER="1h", REMIND_AFTER="30m", MONTHLY_BUDGET="INR:500")

    async def check(bench: Workbench) -> None:
        pending = await bench.now(request)
        assert pending.status is Status.PENDING
        asked_again = next(entry for entry in await bench.trail() if entry.event is Event.ASKED_AGAIN)
        assert pending.expires_at - asked_again.at == timedelta(hours=1)
        assert (await bench.rows(Remind))[-1].not_before - asked_again.at == timedelta(minutes=30)
        assert await bench.month(month=bench.rules.month(asked_again.at)) == ("0", "0")
        assert facts_of(asked_again)["budget"] == "500"
        await bench.run_due(Announcement.lane)
        assert [sent.where for sent in bench.messenger.took("announce")] == [("C_TEAM",)]

    on_a_bench(tmp_path, check)


def test_without_a_database_nothing_is_made_and_it_ends_with_2(run: Run, tmp_path: Path) -> None:
    ended = run("freeze")
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
