"""What services store stays byte for byte what it is: every entry of the trail with its hash, all work, all rows.

Each story of `stories/` is told to a bench whose ids are counted; what it leaves is compared with `stored_forms/`. A
change there makes new rows unlike those that older versions wrote, and breaks whoever reads the trail. Only where that
is meant are they written anew:

    PIN_STORED_FORMS=anew python -m pytest -n 0 tests/bot/services/test_stored_forms.py
"""

import hashlib
import json
import os
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from bot.domain import refusals
from bot.domain.trail import Event
from bot.services.letters import Words
from tests.bot.services.stored import TABLES, Held, as_file, differences, held, note_work
from tests.bot.services.stories.book import leave_nothing_to_chance, tell
from tests.bot.services.stories.groups import STORIES
from tests.harness.clock import FakeClock
from tests.harness.errands import KINDS
from tests.harness.workbench import Workbench

pytestmark = pytest.mark.sqlite_only("SQLite itself notes what is written of work")

FOLDER = Path(__file__).with_name("stored_forms")

IS_PINNED_ANEW = os.environ.get("PIN_STORED_FORMS") == "anew"

REASONS = {kind.reason for kind in get_args(refusals.AnyRefusal)}

EVERY = [(group, name) for group, stories in STORIES.items() for name in stories]


@pytest.fixture
def _counted(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    leave_nothing_to_chance(monkeypatch, clock)


@pytest.mark.usefixtures("_counted")
@pytest.mark.parametrize(("group", "name"), EVERY)
async def test_what_a_story_leaves_in_the_database_is_what_it_always_was(
    bench: Workbench, group: str, name: str
) -> None:
    await note_work(bench.store)
    await tell(bench, STORIES[group][name])
    found = await held(bench.store)
    if IS_PINNED_ANEW:
        _pin(group, name, found)
    if unlike := differences(_pinned(group).get(name, {}), found):
        pytest.fail(unlike, pytrace=False)


def test_no_story_is_pinned_that_is_not_told() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == STORIES.keys()
    assert [(group, name) for group in STORIES for name in _pinned(group)] == EVERY


def test_every_event_kind_of_work_and_table_is_pinned() -> None:
    assert {row["event"] for row in _all("entries")} == set(Event)
    assert {row["kind"] for row in _all("work")} == KINDS
    assert [table for table in TABLES if not _all(table)] == []


def test_every_reason_is_pinned_in_words_and_in_the_trail() -> None:
    words = {json.loads(str(row["payload"]))["reason"] for row in _all("work") if row["kind"] == Words.kind}
    assert words == REASONS
    kept = {json.loads(str(row["data"])).get("reason") for row in _all("entries") if "refused" in str(row["event"])}
    assert kept == REASONS - {"card_not_posted"}


@pytest.mark.parametrize("group", STORIES)
def test_each_pinned_hash_covers_its_entry_and_the_hash_before_it(group: str) -> None:
    for name, kept in _pinned(group).items():
        before = "0" * 64
        for row in kept.get("entries", []):
            at = datetime.fromisoformat(str(row["at"])).isoformat(timespec="microseconds")
            fields = [row["seq"], at, row["actor"], row["event"], row["request"], row["data"], before]
            covered = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
            before = hashlib.sha256(covered).hexdigest()
            assert row["hash"] == before, (name, row["seq"])


def _all(table: str) -> list[dict[str, str | int | None]]:
    return [row for group in STORIES for kept in _pinned(group).values() for row in kept.get(table, [])]


@cache
def _pinned(group: str) -> dict[str, Held]:
    path = FOLDER / f"{group}.json"
    known: dict[str, Held] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return known


def _pin(group: str, name: str, found: Held) -> None:
    """What was found is right from now on; stories that are no more are forgotten."""
    assert "PYTEST_XDIST_WORKER" not in os.environ, "pin with -n 0: two processes would write one file"
    FOLDER.mkdir(exist_ok=True)
    known = {**_pinned(group), name: found}
    kept = {story: known[story] for story in STORIES[group] if story in known}
    (FOLDER / f"{group}.json").write_text(as_file(kept), "utf-8")
    _pinned.cache_clear()
