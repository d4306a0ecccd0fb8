"""What Slack really sends for every surface of the bot, recorded while people use each of them once."""

from collections.abc import Sequence
from copy import deepcopy

from bot.domain.policy import Resolution
from bot.sandbox.slack import Message
from bot.sandbox.slack.delivery import Envelope
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, TARA, VIKRAM
from bot.sandbox.slack.fields import find_element
from bot.sandbox.slack.payloads import home_opened
from bot.sandbox.slack.people import User
from bot.sandbox.slack.shapes import JsonObject, object_of, objects_of, text_of
from handlers.views.again import ASK_AGAIN, SIMILAR
from handlers.views.answers import CHOOSE, PICK
from handlers.views.card import APPROVE, DENY, WITHDRAW
from handlers.views.forms import REQUEST_NUMBER, REQUEST_NUMBER_HERE
from handlers.views.lists import LET_GO, UNPARK
from handlers.views.questions import ANSWER, REQUEST_CHANGES
from tests.harness.office import BENGALURU, Office, buttons

TYPED = (
    *("help", "status", "report", "report 2026-11", "freeze", "unfreeze", f"why {BENGALURU}", "mumbai", "what"),
    *("IN 80", "+918069000187, +918069000188 for two desks", "+14155552671 for the desk"),
)

BUTTONS = (
    *(APPROVE, DENY, WITHDRAW, REQUEST_CHANGES, ANSWER, ASK_AGAIN, f"{SIMILAR}_1", *Resolution),
    *(UNPARK, LET_GO, f"{CHOOSE}_1", PICK, REQUEST_NUMBER),
)
"""Where one does not stand, somebody with a client of their own presses it all the same."""

KINDS = frozenset(
    {
        *("/buynumber", "shortcut", "message_action", "app_home_opened", "message", "url_verification"),
        *("view_submission picker", "view_submission deny_form", "view_submission question_form"),
        *("view_submission answer_form", "block_suggestion country", "block_suggestion number"),
        *(f"block_actions {field}" for field in ("search", "country", "number", *BUTTONS)),
    }
)


async def recorded(office: Office) -> list[Envelope]:
    """At least one of each of `KINDS`; a pending card of Asha's is left, and nothing was approved or bought."""
    slack = office.slack
    card = await office.a_card()
    await office.request_changes(card, "Is one enough?")
    asked = await office.told(card, "asks before deciding")
    await slack.click(ASHA, asked.ts, ANSWER)
    form = await office.sees(lambda: slack.modal(ASHA))
    assert form is not None
    await slack.submit(ASHA, form.id, {"reason": {"reason": "It is."}})
    await office.deny(card, "not this one")
    await office.shows(card, "Denied")
    await _press_all(office, await office.a_card("+918069000142 for support"))
    await slack.shortcut(ASHA, REQUEST_NUMBER)
    await slack.shortcut(ASHA, REQUEST_NUMBER_HERE, message=card.ts)
    await _fill_in_a_picker(office)
    for text in TYPED:
        await office.ask(text)
    await slack.open_home(MEERA)
    await slack.open_home(ASHA)
    found = [*slack.sent, *_other_events(office)]
    missing = KINDS - {kind_of(envelope) for envelope in found}
    assert not missing, f"never recorded: {sorted(missing)}"
    return found


def kind_of(envelope: Envelope) -> str:
    """Which surface it is for."""
    payload = envelope.payload
    actions = objects_of(payload, "actions")
    name = text_of(actions[0] if actions else payload, "action_id") or text_of(
        object_of(payload, "view"), "callback_id"
    )
    event = text_of(object_of(payload, "event"), "type")
    return text_of(payload, "command") or event or " ".join(filter(None, (text_of(payload, "type"), name)))


def as_sent_by(person: User, envelope: Envelope) -> Envelope:
    """The same, done by somebody else."""
    payload = deepcopy(envelope.payload)
    if "user" in payload:
        payload["user"] = {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team}
    if "user_id" in payload:
        payload |= {"user_id": person.id, "user_name": person.name}
    if event := object_of(payload, "event"):
        payload["event"] = {**event, "user": person.id}
    return Envelope(kind=envelope.kind, payload=payload)


async def _press_all(office: Office, card: Message) -> None:
    value = buttons(card)[APPROVE]
    for action in BUTTONS:
        if action != WITHDRAW:
            await office.slack.forge_click(ASHA, card.ts, action, value=value)
    await office.slack.forge_click(VIKRAM, card.ts, WITHDRAW, value=value)


async def _fill_in_a_picker(office: Office) -> None:
    """Tara's: of Asha's some may still be on their way."""
    slack = office.slack
    await slack.command(TARA, NUMBERS, "IN")
    form = await office.sees(lambda: slack.modal(TARA))
    assert form is not None
    option: JsonObject = {"value": "IN", "text": {"type": "plain_text", "text": "India"}}
    number: JsonObject = {"value": BENGALURU, "text": {"type": "plain_text", "text": BENGALURU}}
    await slack.options(TARA, form.id, "country", "ind")
    await office.sees(lambda: [one for one in [slack.modal(TARA)] if one and find_element(one.blocks, "number")])
    await slack.options(TARA, form.id, "number", "806")
    await slack.click(TARA, form.id, "country", chosen={"selected_option": option})
    await slack.click(TARA, form.id, "search", chosen={"value": "80"})
    await slack.click(TARA, form.id, "number", chosen={"selected_options": [number]})
    await slack.submit(TARA, form.id, {"reason": {"reason": "for sales"}})


def _other_events(office: Office) -> Sequence[Envelope]:
    """What the stand-in never sends, in the form that Slack's pages show."""
    opened = home_opened(office.slack.workspace, office.slack.workspace.people.get(ASHA))
    said: JsonObject = {
        "type": "message",
        "channel_type": "im",
        "user": ASHA,
        "text": "hello",
        "channel": "D1",
        "ts": "1.1",
    }
    asked: JsonObject = {"type": "url_verification", "challenge": "prove it", "token": "x"}
    return [Envelope(kind="events_api", payload=payload) for payload in ({**opened, "event": said}, asked)]
