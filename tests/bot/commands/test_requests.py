"""`requests`: what it prints for people and for scripts, and what it says of databases it cannot read."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.domain.request import PurchaseRequest, Status
from bot.store import audit, requests, votes
from tests.bot.commands import spoiling
from tests.harness.builders import BOSS, CHIEF, NOON, a_request, a_vote, some_terms
from tests.harness.process import ROOT, Ended, Run
from tests.harness.stores import a_store, keep

EARLIER = NOON - timedelta(days=1)
IDS = ("b" * 32, "c" * 32)

AS_JSON = {
    "id": "5" * 32,
    "status": "purchased",
    "e164": "+918069000142",
    "country": "IN",
    "setup_fee": "249.50",
    "monthly_fee": "499.00",
    "currency": "INR",
    "requester": "U_ASKER",
    "approvers": ["U_CHIEF", "U_BOSS"],
    "channel": "C_TEAM",
    "reason": "für die Hotline 📞",
    "created_at": "2026-11-02T12:00:00.120000Z",
    "decided_at": "2026-11-02T12:05:00Z",
    "purchased_at": "2026-11-02T12:05:02Z",
    "error": None,
    "basket": None,
}


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
    assert list(json.loads(ran.out).items()) == list(AS_JSON.items())


def test_a_request_that_nobody_decided_or_that_failed_as_json_has_every_field_too(run: Run, tmp_path: Path) -> None:
    before = NOON - timedelta(hours=1)
    failed = a_request(status=Status.FAILED, decided_at=NOON, created_at=before, error="not_in_inventory")
    fill(tmp_path, replace(a_request(reason=""), country=None), failed)
    found, not_bought = map(json.loads, run("requests", "--json").out.splitlines())
    assert list(found) == list(AS_JSON)
    nulls = {name for name, value in found.items() if value is None}
    assert nulls == {"country", "decided_at", "purchased_at", "error", "basket"}
    assert (found["approvers"], found["reason"]) == ([], "")
    assert not_bought["error"] == "not_in_inventory"


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


def test_requests_are_listed_newest_first_and_those_of_a_state_alone(run: Run, tmp_path: Path) -> None:
    numbers = {state: f"+9180690001{age:02d}" for age, state in enumerate(Status)}
    asked = [
        a_request(number=number, status=state, created_at=NOON - timedelta(hours=age))
        for age, (state, number) in enumerate(numbers.items())
    ]
    fill(tmp_path, *reversed(asked))
    assert listed(run) == [*numbers.values()]
    assert {state: listed(run, "--status", state.value) for state in Status} == {
        state: [number] for state, number in numbers.items()
    }


def listed(run: Run, *narrowed: str) -> list[str]:
    return [json.loads(line)["e164"] for line in run("requests", "--json", *narrowed).out.splitlines()]


def test_for_people_it_is_a_table(run: Run, tmp_path: Path) -> None:
    fill(
        tmp_path,
        a_request(id="a" * 32, created_at=NOON),
        a_request("0.50+0.90 USD", id="b" * 32, number="+13125550111", created_at=EARLIER, basket="c" * 32),
        then=lambda connection: voted(connection, a_request(id="b" * 32), BOSS, CHIEF),
    )
    ran = run("requests")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["CREATED", "STATUS", "NUMBER", "CHARGED", "NOW", "REQUESTER", "APPROVERS", "ID", "ASKED", "WITH"],
        ["2026-11-02", "12:00", "pending", "+918069000142", "101", "INR", "U_ASKER", "-", "a" * 32, "-"],
        ["2026-11-01", "12:00", "pending", "+13125550111", "1.40", "USD", "U_ASKER", "U_BOSS,U_CHIEF", *IDS],
    ]


def test_without_requests_or_right_settings_the_table_has_its_head_and_json_is_empty(run: Run, tmp_path: Path) -> None:
    fill(tmp_path)
    head = "CREATED  STATUS  NUMBER  CHARGED NOW  REQUESTER  APPROVERS  ID  ASKED WITH\n"
    assert run("requests", APPROVERS="nonsense", PORT="nonsense") == Ended(code=0, out=head, err="")
    assert run("requests", "--json").out == ""


def test_it_reads_beside_a_serving_bot(run: Run, tmp_path: Path) -> None:
    served = a_store(tmp_path)
    asyncio.run(served.store.write(lambda connection: keep(connection, a_request(id="a" * 32))))
    assert json.loads(run("requests", "--json").out)["id"] == "a" * 32
    served.close()


def test_where_there_is_no_database_none_is_made(run: Run, tmp_path: Path) -> None:
    ran = run("requests", DATABASE_URL="sqlite:///other.db")
    assert ran == Ended(
        code=2, out="", err="buynumber: there is no database at other.db: `buynumber serve` makes one\n"
    )
    assert list(tmp_path.iterdir()) == []


ANOTHER_VERSIONS = "buynumber.db has another version's schema: start `buynumber serve` of this version once"


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (spoiling.empty, ANOTHER_VERSIONS),
        (spoiling.an_older_versions, ANOTHER_VERSIONS),
        (spoiling.a_newer_versions, "the database was written by a newer version of the bot: update the bot"),
        (spoiling.no_database, "buynumber.db is no database of this bot, or is damaged"),
        (spoiling.damaged_where_the_requests_are, "the database cannot be read, or is damaged"),
    ],
)
def test_a_database_that_cannot_be_read_is_said_to_be_so_and_left_alone(
    run: Run, tmp_path: Path, spoil: Callable[[Path], None], line: str
) -> None:
    path = tmp_path / "buynumber.db"
    fill(tmp_path, a_request())
    spoil(path)
    present = path.read_bytes()
    assert run("requests") == Ended(code=2, out="", err=f"buynumber: {line}\n")
    assert path.read_bytes() == present


def test_an_address_that_is_none_is_named_and_not_shown(run: Run) -> None:
    expected = "a database's address: sqlite:///FILE or postgresql://user:password@host/db"
    line = f"buynumber: DATABASE_URL: expected {expected} (in a password, @ is written %40 and / %2F)\n"
    assert run("requests", DATABASE_URL="oracle://me:secret@db.example/numbers") == Ended(code=2, out="", err=line)


AS_A_PROCESS = [sys.executable, "-m", "bot", "requests", "--json"]


def test_a_reader_that_stops_listening_is_no_trouble(tmp_path: Path) -> None:
    fill(tmp_path, *(a_request(number=f"+91806900{place:04d}") for place in range(300)))
    reading, writing = os.pipe()
    os.close(reading)
    env = {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(AS_A_PROCESS, cwd=tmp_path, env=env, stdout=writing, stderr=subprocess.PIPE) as process:
        os.close(writing)
        _, err = process.communicate()
    assert (process.returncode, err) == (0, b"")


def test_json_is_utf_8_whatever_the_terminal_speaks(tmp_path: Path) -> None:
    fill(tmp_path, a_request(reason="सपोर्ट लाइन"))
    env = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"}
    ran = subprocess.run(AS_A_PROCESS, cwd=tmp_path, env=env, capture_output=True, check=True)
    assert json.loads(ran.stdout.decode("utf-8"))["reason"] == "सपोर्ट लाइन"
