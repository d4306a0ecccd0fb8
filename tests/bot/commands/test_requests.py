"""`requests`: what it prints for people and for scripts, and what it says of databases it cannot read."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.domain.request import PurchaseRequest, Status
from bot.store import audit, requests, votes
from tests.harness.builders import BOSS, CHIEF, NOON, a_request, a_vote, some_terms
from tests.harness.process import ROOT, Ended, Run
from tests.harness.stores import a_store, keep

FIELDS = [
    "id",
    "status",
    "e164",
    "country",
    "setup_fee",
    "monthly_fee",
    "currency",
    "requester",
    "approvers",
    "channel",
    "reason",
    "created_at",
    "decided_at",
    "purchased_at",
    "error",
    "basket",
]


def fill(folder: Path, *kept: PurchaseRequest, then: Callable[[Connection], None] = lambda _: None) -> None:
    """Makes `buynumber.db`, the default database, with these requests."""

    def put(connection: Connection) -> None:
        for request in kept:
            keep(connection, request, ts=None)
        then(connection)

    served = a_store(folder)
    asyncio.run(served.store.write(put))
    served.close()


def voted(connection: Connection, request: PurchaseRequest, *voters: str) -> None:
    for no, voter in enumerate(voters, start=1):
        told = a_vote(request, *voters[:no], needed=len(voters), is_enough=False)
        entry = audit.append(connection, at=NOON, actor=voter, request=request.id, told=told)
        votes.add(connection, request, voter, at=NOON, entry=entry.seq)


def test_a_bought_number_as_json_has_every_field_in_the_promised_form(run: Run, tmp_path: Path) -> None:
    bought = a_request(
        "249.50+499.00 INR",
        id="5" * 32,
        status=Status.PURCHASED,
        reason="für die Hotline 📞",
        created_at=NOON + timedelta(microseconds=120_000),
        decided_at=NOON + timedelta(minutes=5),
        purchased_at=NOON + timedelta(minutes=5, seconds=2),
    )
    fill(tmp_path, bought, then=lambda connection: voted(connection, bought, CHIEF, BOSS))
    ran = run("requests", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert list(json.loads(ran.out).items()) == [
        ("id", "5" * 32),
        ("status", "purchased"),
        ("e164", "+918069000142"),
        ("country", "IN"),
        ("setup_fee", "249.50"),
        ("monthly_fee", "499.00"),
        ("currency", "INR"),
        ("requester", "U_ASKER"),
        ("approvers", ["U_CHIEF", "U_BOSS"]),
        ("channel", "C_TEAM"),
        ("reason", "für die Hotline 📞"),
        ("created_at", "2026-11-02T12:00:00.120000Z"),
        ("decided_at", "2026-11-02T12:05:00Z"),
        ("purchased_at", "2026-11-02T12:05:02Z"),
        ("error", None),
        ("basket", None),
    ]


def test_a_request_that_nobody_decided_as_json_has_nulls_and_no_approvers(run: Run, tmp_path: Path) -> None:
    waiting = a_request(reason="")
    fill(tmp_path, replace(waiting, country=None))
    found = json.loads(run("requests", "--json").out)
    assert list(found) == FIELDS
    assert {name for name, value in found.items() if value is None} == {
        "country",
        "decided_at",
        "purchased_at",
        "error",
        "basket",
    }
    assert (found["approvers"], found["reason"]) == ([], "")


def test_a_failed_request_as_json_says_why_in_a_stable_code(run: Run, tmp_path: Path) -> None:
    fill(tmp_path, a_request(status=Status.FAILED, decided_at=NOON, error="not_in_inventory"))
    assert json.loads(run("requests", "--json").out)["error"] == "not_in_inventory"


def test_only_votes_on_the_present_terms_are_approvers(run: Run, tmp_path: Path) -> None:
    asked = a_request("100+1 INR")

    def vote_and_change(connection: Connection) -> None:
        voted(connection, asked, BOSS)
        stored = requests.get(connection, asked.id)
        assert stored is not None
        changed = stored.approved(NOON).asked_again(NOON + timedelta(hours=1), some_terms("200+1 INR"))
        assert requests.move(connection, stored, changed)

    fill(tmp_path, asked, then=vote_and_change)
    found = json.loads(run("requests", "--json").out)
    assert (found["status"], found["setup_fee"], found["approvers"]) == ("pending", "200", [])


def test_requests_are_listed_newest_first_one_object_a_line(run: Run, tmp_path: Path) -> None:
    ages = {f"+91806900014{age}": age for age in range(3)}
    fill(
        tmp_path,
        *(a_request(number=number, created_at=NOON - timedelta(hours=age)) for number, age in reversed(ages.items())),
    )
    lines = run("requests", "--json").out.splitlines()
    assert [json.loads(line)["e164"] for line in lines] == list(ages)


@pytest.mark.parametrize("status", list(Status))
def test_a_state_lists_its_requests_alone(run: Run, tmp_path: Path, status: Status) -> None:
    numbers = {state: f"+9180690001{place:02d}" for place, state in enumerate(Status)}
    fill(tmp_path, *(a_request(number=number, status=state) for state, number in numbers.items()))
    lines = run("requests", "--json", "--status", status.value).out.splitlines()
    assert [json.loads(line)["e164"] for line in lines] == [numbers[status]]


def test_for_people_it_is_a_table(run: Run, tmp_path: Path) -> None:
    fill(
        tmp_path,
        a_request(id="a" * 32, created_at=NOON),
        a_request("0.50+0.90 USD", id="b" * 32, number="+13125550111", created_at=NOON - timedelta(days=1)),
        then=lambda connection: voted(connection, a_request(id="b" * 32), BOSS, CHIEF),
    )
    ran = run("requests")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["CREATED", "STATUS", "NUMBER", "CHARGED", "NOW", "REQUESTER", "APPROVERS", "ID"],
        ["2026-11-02", "12:00", "pending", "+918069000142", "101", "INR", "U_ASKER", "-", "a" * 32],
        ["2026-11-01", "12:00", "pending", "+13125550111", "1.40", "USD", "U_ASKER", "U_BOSS,U_CHIEF", "b" * 32],
    ]


def test_without_requests_the_table_has_its_head_and_json_is_empty(run: Run, tmp_path: Path) -> None:
    fill(tmp_path)
    assert run("requests").out.splitlines() == ["CREATED  STATUS  NUMBER  CHARGED NOW  REQUESTER  APPROVERS  ID"]
    assert run("requests", "--json").out == ""


def test_it_needs_the_database_alone(run: Run, tmp_path: Path) -> None:
    fill(tmp_path)
    assert run("requests", APPROVERS="nonsense", PORT="nonsense").code == 0


def test_it_reads_beside_a_serving_bot(run: Run, tmp_path: Path) -> None:
    served = a_store(tmp_path)
    asyncio.run(served.store.write(lambda connection: keep(connection, a_request(id="a" * 32))))
    assert json.loads(run("requests", "--json").out)["id"] == "a" * 32
    served.close()


def test_where_there_is_no_database_none_is_made(run: Run, tmp_path: Path) -> None:
    ran = run("requests", DATABASE_URL="sqlite:///other.db")
    assert ran == Ended(code=2, out="", err="buynumber: there is no database at other.db: `serve` makes one\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("present", "line"),
    [
        (b"", "buynumber.db has another version's schema: start `serve` of this version once"),
        (b"These are not the pages you look for. " * 200, "buynumber.db is no database of this bot, or is damaged"),
    ],
)
def test_a_file_that_is_no_database_of_the_bot_is_said_to_be_so_and_left_alone(
    run: Run, tmp_path: Path, present: bytes, line: str
) -> None:
    (tmp_path / "buynumber.db").write_bytes(present)
    assert run("requests") == Ended(code=2, out="", err=f"buynumber: {line}\n")
    assert (tmp_path / "buynumber.db").read_bytes() == present


@pytest.mark.parametrize(
    ("revision", "line"),
    [
        ("0000", "buynumber.db has another version's schema: start `serve` of this version once"),
        ("9999", "the database was written by a newer version of the bot: update the bot"),
    ],
)
def test_a_database_of_another_version_is_not_read(run: Run, tmp_path: Path, revision: str, line: str) -> None:
    fill(tmp_path, a_request())
    with closing(sqlite3.connect(tmp_path / "buynumber.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        database.commit()
    assert run("requests") == Ended(code=2, out="", err=f"buynumber: {line}\n")


def test_a_database_that_is_damaged_where_the_requests_are_is_said_to_be_so(run: Run, tmp_path: Path) -> None:
    fill(tmp_path, a_request())
    with closing(sqlite3.connect(tmp_path / "buynumber.db")) as database:
        [page] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'requests'").fetchone()
        [size] = database.execute("PRAGMA page_size").fetchone()
    with (tmp_path / "buynumber.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"x" * size)
    line = "buynumber: the database cannot be read, or is damaged\n"
    assert run("requests") == Ended(code=2, out="", err=line)


def test_an_address_that_is_none_is_named_and_not_shown(run: Run) -> None:
    ran = run("requests", DATABASE_URL="oracle://me:secret@db.example/numbers")
    assert (ran.code, ran.out) == (2, "")
    assert (
        ran.err
        == "buynumber: DATABASE_URL: expected a database's address: sqlite:///FILE or postgresql://user:password@host/db\n"
    )


def test_a_reader_that_stops_listening_is_no_trouble(tmp_path: Path) -> None:
    fill(tmp_path, *(a_request(number=f"+91806900{place:04d}") for place in range(300)))
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "requests", "--json"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        stdout=writing,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(writing)
        _, err = process.communicate()
    assert (process.returncode, err) == (0, b"")


def test_json_is_utf_8_whatever_the_terminal_speaks(tmp_path: Path) -> None:
    fill(tmp_path, a_request(reason="सपोर्ट लाइन"))
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "requests", "--json"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    assert json.loads(ran.stdout.decode("utf-8"))["reason"] == "सपोर्ट लाइन"
