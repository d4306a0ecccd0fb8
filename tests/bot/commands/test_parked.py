"""`parked`: work that waits for an operator, whether a process serves or not."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.domain.audit import OPERATOR
from bot.domain.policy import Decision
from bot.domain.trail import Event
from bot.services.acts import Decide
from bot.store.tables import work
from bot.work.stuck import FAILS_AFTER
from tests.bot.commands.conftest import on_a_bench
from tests.harness.builders import BOSS
from tests.harness.process import Ended, Run
from tests.harness.rows import facts_of
from tests.harness.stores import lay_down_a_database
from tests.harness.workbench import Workbench

NOTHING = "There is no parked work 7: `buynumber parked` lists what there is.\n"


async def _a_parked_click(bench: Workbench) -> str:
    """The number of its row."""
    await bench.click(Decision.APPROVE, await bench.a_request(), by=BOSS)
    held = await bench.claim(Decide)
    await bench.park(held, "KeyError")
    return str(held.id)


def test_it_lists_what_is_parked_with_its_number_and_error(run: Run, tmp_path: Path) -> None:
    row = on_a_bench(tmp_path, _a_parked_click)
    ended = run("parked")
    assert (ended.code, ended.err) == (0, "")
    (line,) = ended.out.splitlines()
    assert line.startswith(f"{row}  parked since ")
    assert "decide of request" in line
    assert line.endswith("(KeyError)")


def test_it_lists_what_another_version_left_for_itself(run: Run, tmp_path: Path) -> None:
    async def leave(bench: Workbench) -> None:
        row = {"lane": "tell", "kind": "of_tomorrow", "payload": "[]", "not_before": bench.clock.now() - FAILS_AFTER}
        await bench.store.write(lambda connection: connection.execute(insert(work).values(row)).rowcount)

    on_a_bench(tmp_path, leave)
    assert run("parked").out.startswith("1  of another version since ")
    assert run("parked", "--drop", "1").out == "1 was let go.\n"


@pytest.mark.parametrize(
    ("option", "said", "event"),
    [
        ("--again", "is tried again as soon as a process serves.", Event.TAKEN_UP),
        ("--drop", "was let go.", Event.LET_GO),
    ],
)
def test_it_is_tried_again_or_let_go_once_and_recorded_as_the_operators(
    run: Run, tmp_path: Path, option: str, said: str, event: Event
) -> None:
    row = on_a_bench(tmp_path, _a_parked_click)
    assert run("parked", option, row) == Ended(code=0, out=f"{row} {said}\n", err="")
    assert run("parked") == Ended(code=0, out="Nothing is parked, and nothing keeps failing.\n", err="")
    assert run("parked", option, row).code == 1
    entry = on_a_bench(tmp_path, lambda bench: bench.last(event))
    assert (entry.actor, facts_of(entry)["work"]) == (OPERATOR, int(row))


def test_what_is_not_parked_ends_with_1_and_wrong_use_or_no_database_with_2(run: Run, tmp_path: Path) -> None:
    for wrong in (("--drop", "seven"), ("--again", "-1"), ("--again", "9" * 19), ("--again", "1", "--drop", "1")):
        ended = run("parked", *wrong)
        assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert run("parked").code == run("parked", "--drop", "7").code == 2
    assert not list(tmp_path.iterdir())
    lay_down_a_database(tmp_path / "buynumber.db")
    assert run("parked", "--drop", "7") == Ended(code=1, out=NOTHING, err="")
