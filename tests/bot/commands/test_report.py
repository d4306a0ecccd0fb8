"""`report`: what it prints of a month for people and for programs."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from tests.bot.commands.conftest import on_a_bench
from tests.harness.builders import ASKER, a_request
from tests.harness.process import Run
from tests.harness.stores import lay_down_a_database
from tests.harness.workbench import Workbench


async def _a_month(bench: Workbench) -> None:
    await bench.a_purchase()
    await bench.deny(await bench.a_request(a_request(number="+918069000199", created_at=bench.clock.now())))


def test_for_people_it_says_what_was_spent_and_what_is_to_come(run: Run, tmp_path: Path) -> None:
    on_a_bench(tmp_path, _a_month)
    said = run("report")
    assert (said.code, said.err) == (0, "")
    month = datetime.now(UTC).strftime("%Y-%m")
    first, requester, country, renewals, bound, approved, took = said.out.splitlines()
    assert first == f"{month}: 1 number was bought for 101 INR."
    assert (requester, country) == (f"  by requester: {ASKER}  101 INR", "  by country: IN  101 INR")
    assert renewals.endswith(": 1 INR; in the next twelve months: 12 INR.")
    assert "bind to nothing" in bound
    assert approved == "Approved: 1, of these automatically: 0. Denied: 1."
    assert took.startswith("  by people in ")


def test_for_programs_it_is_a_table_and_another_month_is_empty(run: Run, tmp_path: Path) -> None:
    on_a_bench(tmp_path, _a_month)
    rows = [*csv.DictReader(io.StringIO(run("report", "--csv").out))]
    assert {"what": "requester", "name": ASKER, "currency": "INR", "amount": "101"} in rows
    assert sum(row["what"] == "renewal" for row in rows) == 12
    said = run("report", "2020-01", TIME_ZONE="Asia/Kolkata")
    assert said.out.startswith("2020-01: 0 numbers were bought for nothing.\n")


def test_it_makes_no_database(run: Run, tmp_path: Path) -> None:
    assert run("report").code == 2
    assert [*tmp_path.iterdir()] == []
    lay_down_a_database(tmp_path / "buynumber.db")
    assert run("report", "2026-11").code == 0
