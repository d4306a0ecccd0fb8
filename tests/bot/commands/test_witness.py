"""`audit verify --slack`: a cut tail, an old backup and a history that was written anew are found by what Slack saw."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import trail
from bot.domain.audit import Entry
from bot.sandbox.slack import SlackStandIn
from bot.sandbox.slack.example import ASHA, NUMBERS
from bot.store import audit
from bot.store.database import open_to_serve
from handlers import witness
from tests.harness.builders import BOSS, NOON, a_request
from tests.harness.office import DATABASE, Office, a_closed_office
from tests.harness.process import Ended, a_bot
from tests.harness.stores import keep, lay_down_a_database

HISTORY = ("channels:history", "groups:history")


@dataclass
class Channel:
    """A trail of some entries, each of which the channel shows: the first on a card, the others in its thread."""

    office: Office
    folder: Path
    entries: list[Entry]

    @property
    def slack(self) -> SlackStandIn:
        return self.office.slack

    async def verify(self) -> Ended:
        async with a_bot("audit", "verify", "--slack", folder=self.folder, env=self.office.environment) as verifying:
            return await verifying.ends()

    def forge(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.folder / DATABASE)) as database, database:
            for change in ("update", "delete"):
                database.execute(f"DROP TRIGGER IF EXISTS audit_entries_no_{change}")
            for statement in statements:
                database.execute(statement)


async def _filled(path: Path, *reasons: str) -> list[Entry]:
    """A request in the channel, and as many denials of it."""
    lay_down_a_database(path)
    served = open_to_serve(f"sqlite:///{path}")
    request = a_request(channel=NUMBERS, id="5e" * 16)
    try:
        await served.store.write(partial(keep, request=request))
        for reason in reasons:
            told = trail.Denied(reason=reason)
            append = partial(audit.append, at=NOON, actor=BOSS, told=told, request=request.id)
            await served.store.write(append)
        return await served.store.read(partial(audit.of_request, request=request.id))
    finally:
        served.close()


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[Channel]:
    async with a_closed_office(tmp_path) as office:
        workspace = office.slack.workspace
        workspace.app = replace(workspace.app, scopes=(*workspace.app.scopes, *HISTORY))
        entries = await _filled(tmp_path / DATABASE, "too dear", "für immer")
        client = AsyncWebClient(token=workspace.app.bot_token, base_url=office.slack.api_url)
        thread = None
        for entry in entries:
            mark = {"number": entry.seq, "hash": entry.hash[:12]}
            posted = await client.chat_postMessage(
                channel=NUMBERS,
                text="x",
                thread_ts=thread,
                metadata={"event_type": witness.EVENT, "event_payload": mark},
            )
            thread = thread or posted["ts"]
        office.slack.say(ASHA, NUMBERS, "what people say shows no entry")
        yield Channel(office, tmp_path, entries)


async def test_a_trail_that_has_all_that_slack_shows_is_whole(channel: Channel) -> None:
    channel.slack.workspace.faults.limit("conversations.history", retry_after=0)
    ended = await channel.verify()
    assert (ended.code, ended.err) == (0, "")
    whole, compared = ended.out.splitlines()
    assert whole.startswith("The trail is whole: 3 entries")
    assert compared == f"Slack still shows 3 entries in {NUMBERS}, and the trail has them all."


async def test_a_tail_that_was_cut_off_with_its_head_is_found(channel: Channel) -> None:
    second = channel.entries[1]
    channel.forge(
        f"DELETE FROM audit_entries WHERE seq > {second.seq}",
        f"UPDATE audit_head SET seq = {second.seq}, hash = '{second.hash}'",
    )
    ended = await channel.verify()
    whole, found = ended.out.splitlines()
    assert (ended.code, whole.startswith("The trail is whole: 2 entries")) == (1, True)
    assert found == (
        f"The trail is not what Slack saw: channel {NUMBERS} shows entry #3 {channel.entries[2].hash[:12]}, "
        "and the trail ends at #2."
    )


async def test_an_old_backup_in_which_other_things_happened_since_is_found(channel: Channel) -> None:
    await _filled(channel.folder / DATABASE, "too dear", "something else")
    ended = await channel.verify()
    assert ended.code == 1
    shown = f"channel {NUMBERS} shows entry #3 {channel.entries[2].hash[:12]}"
    assert ended.out.endswith(f"{shown}, and the trail has another entry of that number.\n")


async def test_a_scope_that_is_missing_is_named(channel: Channel) -> None:
    workspace = channel.slack.workspace
    workspace.app = replace(workspace.app, scopes=tuple(set(workspace.app.scopes) - {"channels:history"}))
    ended = await channel.verify()
    assert (ended.code, ended.out.startswith("The trail is whole")) == (2, True)
    assert "the scope channels:history is missing" in ended.err


async def test_what_other_apps_write_shows_nothing(channel: Channel) -> None:
    assert witness._shown({"bot_id": "B1", "metadata": {"event_type": witness.EVENT}}, NUMBERS, "B1") is None
    forged = {"event_type": witness.EVENT, "event_payload": {"number": 99, "hash": "ab"}}
    assert witness._shown({"bot_id": "B2", "ts": "1.1", "metadata": forged}, NUMBERS, "B1") is None
    assert witness._shown({"bot_id": "B1", "ts": "1.1", "metadata": forged}, NUMBERS, "B1") is not None
