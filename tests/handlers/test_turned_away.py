"""Everything that is refused at the door: forged forms, lists and commands, and people who may not look.

Whoever sent it hears why, and the trail keeps it. Forged buttons are in `test_buttons.py`.
"""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, func, select

from bot.domain import refusals
from bot.domain.policy import PEOPLE_ARE_GOOD_FOR
from bot.domain.trail import Event
from bot.sandbox.slack import Done, Offered
from bot.sandbox.slack.example import ASHA, GONE, GUEST, NUMBERS, SINGLE_CHANNEL_GUEST, STRANGER
from bot.services.acts import MOST_TURNED_AWAY, TurnedAway
from bot.store.tables import audit_entries
from bot.work import queue
from handlers.picker import NOBODY_KNOWN, NOT_FOR_YOU
from handlers.views.forms import PickerState
from tests.handlers import picking
from tests.handlers.door import Door
from tests.harness.builders import an_address
from tests.harness.office import BENGALURU, Office

PICKER = PickerState(channel=NUMBERS, country="IN").model_dump_json()
WHO = {"user": {"id": ASHA, "team_id": "T0DEMO001"}, "team": {"id": "T0DEMO001"}}
NUMBER_CHOSEN = {"number": {"number": {"selected_option": {"value": "911"}}}}

OUTSIDERS = [(GUEST, "guest"), (SINGLE_CHANNEL_GUEST, "guest"), (GONE, "deactivated"), (STRANGER, "other_workspace")]


def an_interaction(kind: str, **facts: object) -> bytes:
    return urlencode({"payload": json.dumps({"type": kind, **WHO, **facts})}).encode()


def a_submission(callback: str, metadata: str, values: dict[str, Any] | None = None) -> bytes:
    state = {"values": values or {}}
    view = {"id": "V1", "type": "modal", "callback_id": callback, "private_metadata": metadata, "state": state}
    return an_interaction("view_submission", trigger_id="1.2.3", view=view)


def a_suggestion(block: str, view: dict[str, Any] | None) -> bytes:
    used = {"block_id": block, "action_id": block, "value": "80"}
    return an_interaction("block_suggestion", **used, **({} if view is None else {"view": view}))


def a_choice(metadata: str, values: dict[str, Any]) -> bytes:
    view = {"id": "V1", "type": "modal", "private_metadata": metadata, "state": {"values": values}}
    used = [{"block_id": "number", "action_id": "number", "type": "external_select"}]
    return an_interaction("block_actions", trigger_id="1.2.3", view=view, actions=used)


WITH_A_REASON = {"reason": {"reason": {"type": "plain_text_input", "value": "too dear"}}}

FORGED = {
    "a deny form with nothing in it": a_submission("deny_form", "", WITH_A_REASON),
    "a question form with another's metadata": a_submission("question_form", PICKER, WITH_A_REASON),
    "an answer form with a digest": a_submission("answer_form", f"{'5e' * 16}.{'5e' * 16}", WITH_A_REASON),
    "a deny form with another's metadata": a_submission("deny_form", PICKER, WITH_A_REASON),
    "a deny form with neither request nor reason": a_submission("deny_form", "5e"),
    "a picker of no country": a_submission("picker", PICKER.replace('"IN"', '"../IN"'), NUMBER_CHOSEN),
    "a choice of no country": a_choice(PICKER, {"country": {"country": {"selected_option": {"value": "x" * 9000}}}}),
    "a picker with nothing in it": a_submission("picker", "", NUMBER_CHOSEN),
    "a picker with another's metadata": a_submission("picker", f"{'5e' * 16}.{'d1' * 16}", NUMBER_CHOSEN),
    "a picker with what no list offers": a_submission("picker", PICKER, NUMBER_CHOSEN),
    "a form that is not the bot's": a_submission("unheard_of", ""),
    "numbers in no form": a_suggestion("number", None),
    "numbers in nobody's form": a_suggestion("number", {"id": "V1", "private_metadata": "{}"}),
    "countries in nobody's form": a_suggestion("country", {"id": "V1"}),
    "a list that is not the bot's": a_suggestion("approvers", {"id": "V1", "private_metadata": PICKER}),
    "a choice in nobody's form": a_choice("[]", {}),
    "a choice of what no list offers": a_choice(PICKER, NUMBER_CHOSEN),
    "a choice in no form": an_interaction(
        "block_actions", trigger_id="1.2.3", actions=[{"block_id": "digits", "action_id": "digits"}]
    ),
    "a shortcut that is not the bot's": an_interaction("shortcut", trigger_id="1.2.3", callback_id="buy"),
    "a form that was closed": an_interaction("view_closed", view={"id": "V1", "callback_id": "picker"}),
    "a command that is not the bot's": urlencode(
        {"command": "/sellnumber", "team_id": "T1", "user_id": ASHA, "channel_id": NUMBERS}
    ).encode(),
    "a command that lacks something": urlencode({"command": "/buynumber", "text": "IN", "user_id": ASHA}).encode(),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_what_the_bot_never_wrote_is_kept_once_with_what_it_was(
    door: Door, forged: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [await door.post_signed(forged) for _ in range(2)] == [200, 200]
    refusal = await door.turned_away()
    assert isinstance(refusal, refusals.NotOffered)
    assert refusal.what in forged.decode() or refusal.what == "command"
    assert "Traceback" not in "".join(capsys.readouterr())


async def test_nobody_is_told_where_slack_does_not_say_who_it_was(door: Door) -> None:
    for user in ({}, {"id": ""}, {"id": "U1\x00"}, {"id": "U" * 65}, {"id": 5}):
        body = urlencode({"payload": json.dumps({"type": "view_submission", "user": user, "view": {}})}).encode()
        assert await door.post_signed(body) in (400, 404)
    assert await door.acts() == []


async def test_what_was_sent_is_kept_cut_and_in_letters_that_every_database_takes(door: Door) -> None:
    await door.post_signed(a_submission("unheard_of", "\x00\ud800é\n" + "x" * 900))
    refusal = await door.turned_away()
    assert isinstance(refusal, refusals.NotOffered)
    assert refusal.carried.startswith(r"\x00\ud800\xe9\nxxx")
    assert len(refusal.carried) == 200


@pytest.mark.parametrize(("user", "why"), OUTSIDERS)
async def test_who_is_no_full_member_gets_no_picker_and_reads_no_inventory(door: Door, user: str, why: str) -> None:
    assert await door.slack.command(user, NUMBERS, "IN") == Done()
    [act] = await door.until_turned_away(1)
    assert (act.refusal, act.user) == (refusals.NotAFullMember(why=why), user)
    assert act.by.response_url is not None
    assert door.slack.workspace.calls_of("views.open") == []
    assert door.vobiz.read_calls == []


async def test_a_picker_that_somebody_kept_shows_nothing_to_who_is_no_full_member_any_more(door: Door) -> None:
    form = await picking.a_picker(door)
    door.slack.workspace.people.make_guest(ASHA)
    door.clock.advance(PEOPLE_ARE_GOOD_FOR)
    for typed in ("80", "801"):
        found = await door.slack.options(ASHA, form.id, "number", typed)
        assert isinstance(found, Offered)
        assert NOT_FOR_YOU in str(found)
        assert "+91" not in str(found)
    await picking.choose(door, form, BENGALURU)
    [act] = await door.until_turned_away(1)
    assert act.refusal == refusals.NotAFullMember(why="guest")
    assert "First year" not in str(door.slack.modal(ASHA))


async def test_while_slack_cannot_say_who_looks_nobody_sees_numbers(door: Door) -> None:
    form = await picking.a_picker(door)
    door.clock.advance(PEOPLE_ARE_GOOD_FOR)
    door.slack.workspace.faults.refuse("users.info", "internal_error", times=9)
    await door.surfaces.offering.inventory.survey(within=60)
    found = str(await door.slack.options(ASHA, form.id, "number", "80"))
    assert NOBODY_KNOWN in found
    assert "+91" not in found
    first = str(await door.slack.options(ASHA, form.id, "country", "")).split("(", 3)[:3]
    assert "Afghanistan" in str(first)
    await door.slack.close(ASHA, form.id)
    await door.slack.command(ASHA, NUMBERS, "IN")
    acts = await door.until_turned_away(2)
    assert [act.refusal.reason for act in acts] == [refusals.PeopleUnreadable.reason] * 2
    assert door.slack.modal(ASHA) is None


async def test_a_flood_of_forgeries_is_cut_off_and_what_people_do_is_stored_all_the_same(door: Door) -> None:
    def fill(connection: Connection) -> None:
        act = TurnedAway.of(
            refusals.NotOffered(what="block_actions"),
            team="T1",
            trigger_id="-",
            by=an_address(ASHA, at=door.clock.now()),
        )
        for _ in range(MOST_TURNED_AWAY):
            queue.add(connection, act, now=door.clock.now())

    await door.store.write(fill)
    assert await door.post_signed(FORGED["a form that is not the bot's"]) == 200
    assert await door.slack.command(ASHA, NUMBERS, BENGALURU) == Done()
    assert len(await door.acts()) == MOST_TURNED_AWAY + 1


async def test_whoever_is_turned_away_hears_why_and_the_trail_keeps_each(office: Office) -> None:
    card = await office.a_card()
    for action in ("approve", "everything"):
        await office.slack.forge_click(ASHA, card.ts, action, value="forged")
    await office.sees(lambda: len(office.slack.ephemerals_for(ASHA)) == 2)
    await office.slack.command(GUEST, NUMBERS, "IN")
    await office.hears(GUEST, "guests cannot ask for numbers")
    query = select(func.count()).where(audit_entries.c.event == Event.REQUEST_REFUSED)
    assert await office.service._served.store.read(lambda connection: connection.execute(query).scalar()) == 3
