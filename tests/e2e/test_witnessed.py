"""What the bot posts is what `audit verify --slack` reads: cards, baskets, replies and announcements are its witnesses.

The bot serves beside the commands; only whoever forges its database stops it first.
"""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.domain.audit import Written, digest
from bot.sandbox.slack import Message
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS
from bot.sandbox.slack.shapes import text_of
from tests.harness.office import BENGALURU, DATABASE, Office, OpenOffice
from tests.harness.process import Ended, a_bot

DENIED, LATELY = "+918069000187", "+918069000231"
TWO = "+91 80 6900 0264, +91 22 6900 0156 for the office"
HISTORY = ("channels:history", "groups:history")


async def test_what_cards_baskets_and_replies_show_is_compared_with_the_trail_and_with_its_archive(
    tmp_path: Path, open_office: OpenOffice
) -> None:
    office = await open_office()
    workspace = office.slack.workspace
    workspace.app = replace(workspace.app, scopes=(*workspace.app.scopes, *HISTORY))
    bought, denied, lately, basket = await _a_day(office)

    shown = _shown(office)
    cards = {card.ts for card in (bought, denied, lately, basket)}
    assert cards < {message.ts for message in shown}
    for message in shown:
        number, digest = _mark(message)
        assert f"#{number}" in str(message.blocks) + message.text
        assert (digest in str(message.blocks) + message.text) == (message.ts not in cards)
    assert all(reply in shown for card in (bought, denied, basket) for reply in office.slack.thread(NUMBERS, card.ts))
    whole, compared = (await _command(office, tmp_path, "audit", "verify", "--slack")).out.splitlines()
    assert whole.startswith("The trail is whole: ")
    assert compared == f"Slack still shows {len(shown)} entries in {NUMBERS}, and the trail has them all."

    _age(tmp_path, DENIED)
    archived = await _command(office, tmp_path, "audit", "archive", "--before", "2999-01-01", "old")
    assert (archived.code, archived.out.splitlines()[1][:9]) == (0, "1 request")
    verify = ("audit", "verify", "--slack")
    without = await _command(office, tmp_path, *verify)
    first, *_, last = sorted({_mark(message)[0] for message in shown} - _seqs(tmp_path))
    assert (first, last) == (_mark(denied)[0], max(_mark(message)[0] for message in _roots(office)[-2:-1]))
    assert (without.code, without.err) == (
        2,
        f"buynumber: Slack shows entries that were archived, #{first} to #{last}: name the file with --archive FILE\n",
    )
    named = await _command(office, tmp_path, *verify, "--archive", "old")
    assert (named.code, named.out.splitlines()[1]) == (0, compared)

    await _people_go_on(office, denied, lately)
    assert (await _command(office, tmp_path, *verify, "--archive", "old")).code == 0
    await office.service.stop()
    await _what_is_forged_is_found(office, tmp_path)


async def _a_day(office: Office) -> tuple[Message, Message, Message, Message]:
    """One number is bought, two are denied, and two together are withdrawn; meanwhile it was frozen."""
    bought = await office.a_card()
    await office.approve(bought)
    await office.told(bought, "is bought.")
    bought = await office.shows(bought, "Bought")
    cards = []
    for number in (DENIED, LATELY):
        card = await office.a_card(f"{number} for the fair")
        await office.deny(card, "we have enough")
        await office.told(card, "we have enough")
        cards.append(await office.shows(card, "enied"))
    await office.ask("freeze", by=MEERA)
    await office.sees(lambda: len(_roots(office)) == 4)
    await office.ask("unfreeze", by=MEERA)
    await office.sees(lambda: len(_roots(office)) == 5)
    basket = await office.a_card(TWO)
    await office.withdraw(basket)
    await office.told(basket, "withdr")
    return bought, cards[0], cards[1], await office.shows(basket, "2 withdrawn")


async def _people_go_on(office: Office, denied: Message, lately: Message) -> None:
    """Who clicks on, asks for, or asks about what was archived is answered as before."""
    await office.ask(f"why {BENGALURU}")
    await office.hears(ASHA, "was bought through this bot")
    await office.ask(f"why {DENIED}")
    await office.hears(ASHA, "were archived")
    await office.ask("status")
    await office.hears(ASHA, "Bought")
    await office.slack.click(ASHA, denied.ts, "ask_again")
    await office.hears(ASHA, "Nothing changed")
    await office.slack.click(ASHA, lately.ts, "ask_again")
    await office.shows(lately, "asked again by")


async def _what_is_forged_is_found(office: Office, folder: Path) -> None:
    """All of it after the archive: a tail that is cut off, and a history that somebody wrote anew, hash for hash."""
    verify = ("audit", "verify", "--slack", "--archive", "old")
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        for change in ("update", "delete"):
            database.execute(f"DROP TRIGGER audit_entries_no_{change}")
        found = database.execute("SELECT * FROM audit_entries ORDER BY seq DESC LIMIT 3").fetchall()
        last, *_ = written = [Written._make(row) for row in found][::-1]
        with database:
            before = last.before
            for entry in written:
                at = datetime.fromisoformat(entry.stamp)
                fields = (at, "U_OTHER", entry.event, entry.request, entry.data, before)
                own = digest(entry.seq, *fields)
                database.execute(
                    "UPDATE audit_entries SET actor = 'U_OTHER', before = ?, hash = ? WHERE seq = ?",
                    (before, own, entry.seq),
                )
                before = own
            database.execute("UPDATE audit_head SET hash = ?", (before,))
        anew = await _command(office, folder, *verify)
        assert (anew.code, anew.out.splitlines()[0].startswith("The trail is whole: ")) == (1, True)
        assert anew.out.endswith("and the trail has another entry of that number.\n")
        with database:
            database.execute("DELETE FROM audit_entries WHERE seq >= ?", (last.seq,))
            database.execute("UPDATE audit_head SET seq = ?, hash = ?", (last.seq - 1, last.before))
        cut = await _command(office, folder, *verify)
        assert (cut.code, cut.out.splitlines()[0].startswith("The trail is whole: ")) == (1, True)
        assert cut.out.endswith(f"and the trail ends at #{last.seq - 1}.\n")


async def _command(office: Office, folder: Path, *words: str) -> Ended:
    async with a_bot(*words, folder=folder, env=office.environment) as running:
        return await running.ends()


def _shown(office: Office) -> list[Message]:
    roots = _roots(office)
    replies = [reply for root in roots for reply in office.slack.thread(NUMBERS, root.ts)]
    return [message for message in (*roots, *replies) if message.metadata is not None]


def _roots(office: Office) -> list[Message]:
    return office.slack.messages(NUMBERS)


def _seqs(folder: Path) -> set[int]:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return {seq for (seq,) in database.execute("SELECT seq FROM audit_entries")}


def _mark(message: Message) -> tuple[int, str]:
    assert message.metadata is not None
    payload = message.metadata["event_payload"]
    assert isinstance(payload, dict)
    number = payload["number"]
    assert isinstance(number, int)
    return number, text_of(payload, "hash")


def _age(folder: Path, number: str) -> None:
    """It was a year ago, and its reminder and its expiry, which nothing came of, as well."""
    year = 365 * 86_400 * 10**6
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute(
            "UPDATE requests SET created_at = created_at - ?, decided_at = decided_at - ? WHERE e164 = ?",
            (year, year, number),
        )
        database.execute("DELETE FROM work WHERE request = (SELECT id FROM requests WHERE e164 = ?)", (number,))
