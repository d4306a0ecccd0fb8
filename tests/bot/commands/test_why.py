"""`why`: what it prints of a number for people and for scripts."""

import json
from pathlib import Path

from tests.bot.commands.conftest import on_a_bench
from tests.harness.builders import ASKER, BOSS, CHANNEL, NUMBER, an_owned_number
from tests.harness.process import Run
from tests.harness.stores import lay_down_a_database
from tests.harness.workbench import Workbench


async def _a_purchase(bench: Workbench) -> str:
    return (await bench.a_purchase()).id


async def _one_bought_elsewhere(bench: Workbench) -> None:
    bench.provider.others = [an_owned_number()]
    await bench.plan_sweep()
    await bench.sweep()


def test_of_a_bought_number_it_says_who_asked_approved_and_paid_what(run: Run, tmp_path: Path) -> None:
    bought_by = on_a_bench(tmp_path, _a_purchase)
    said = run("why", "+91 80690-00142")
    assert (said.code, said.err) == (0, "")
    first, asked, approved, bought, costs, message = said.out.splitlines()
    assert first == f"{NUMBER}  purchased  request {bought_by}"
    assert asked.startswith(f"  asked for by {ASKER}, ")
    assert approved.startswith(f"  approved by {BOSS}, ")
    assert bought.startswith("  bought ")
    assert costs == "  costs 101 INR at once, then 1 INR a month; charged 101 INR"
    assert message.endswith(f" in {CHANNEL}")

    known = json.loads(run("why", NUMBER, "--json").out)
    assert (known["e164"], known["elsewhere"], known["swept_at"]) == (NUMBER, None, None)
    (request,) = known["requests"]
    assert (request["id"], request["approvers"], request["charged"]) == (bought_by, [BOSS], "101")
    assert (request["charged_currency"], request["message"]["channel"]) == ("INR", CHANNEL)


def test_of_a_number_bought_elsewhere_it_says_what_the_sweep_knows(run: Run, tmp_path: Path) -> None:
    on_a_bench(tmp_path, _one_bought_elsewhere)
    said = run("why", NUMBER)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{NUMBER} is ours, and no request bought it. Seen since ")
    elsewhere = json.loads(run("why", NUMBER, "--json").out)["elsewhere"]
    assert (elsewhere["status"], elsewhere["found_at"].endswith("Z")) == ("active", True)


def test_of_an_unknown_number_it_says_so_with_1_and_makes_no_database(run: Run, tmp_path: Path) -> None:
    assert run("why", NUMBER).code == 2
    assert [*tmp_path.iterdir()] == []
    lay_down_a_database(tmp_path / "buynumber.db")
    said = run("why", NUMBER)
    assert (said.code, said.err) == (1, "")
    assert "not through this bot" in said.out
