"""App Home: stored once for each opening, and shown to its owner for as long as it is open."""

from bot.sandbox.slack import Done, View
from bot.sandbox.slack.delivery import Envelope
from bot.sandbox.slack.example import ASHA, MEERA
from bot.sandbox.slack.http_delivery import signed
from bot.sandbox.slack.payloads import home_opened
from bot.sandbox.slack.shapes import JsonObject
from bot.services.acts import AskForStatus
from handlers.views.forms import REQUEST_NUMBER
from tests.handlers.door import Door
from tests.harness.office import BENGALURU, Office, buttons


async def send(door: Door, payload: JsonObject, *, retry: int = 0) -> None:
    envelope = Envelope(kind="events_api", payload=payload, retry=retry)
    sent = signed(door.slack.workspace, envelope, url=door.url)
    assert await door.post(sent.body, sent.headers, kind="json") == 200


async def test_an_opened_home_is_stored_for_its_judge(door: Door) -> None:
    await door.slack.open_home(ASHA)
    act = await door.the_act(AskForStatus)
    assert (act.user, act.in_home, act.by.channel, act.by.response_url) == (ASHA, True, None, None)
    assert (act.team, act.at) == (door.slack.workspace.team.id, door.clock.now())
    assert act.trigger_id == door.slack.sent[0].payload["event_id"]
    assert door.slack.unacknowledged == []
    await door.slack.open_home(ASHA)
    assert len(await door.acts()) == 2


async def test_the_messages_tab_asks_for_nothing_and_an_event_that_slack_sends_again_is_taken_once(door: Door) -> None:
    payload = home_opened(door.slack.workspace, door.slack.workspace.people.get(ASHA))
    event = payload["event"]
    assert isinstance(event, dict)
    await send(door, {**payload, "event": {**event, "tab": "messages"}})
    assert await door.acts() == []
    for retry in range(4):
        await send(door, payload, retry=retry)
    assert len(await door.acts()) == 1


async def test_a_retry_that_is_the_only_delivery_is_taken(door: Door) -> None:
    door.slack.events_url = None
    await door.slack.open_home(ASHA)
    door.slack.events_url = door.url
    await door.slack.retry_events()
    assert len(await door.acts()) == 1


async def at_home(office: Office, words: str) -> View:
    """Meera's home, once it says so."""
    [home] = await office.sees(lambda: [one for one in [office.slack.home(MEERA)] if one and words in str(one.blocks)])
    return home


async def test_an_open_home_follows_what_happens_its_buttons_decide_and_status_lists_the_same(office: Office) -> None:
    await office.slack.open_home(MEERA)
    await at_home(office, "Nothing waits for your decision.")
    card = await office.a_card()
    waiting = await at_home(office, "*Buy +91 80 6900 0142?*")
    await office.ask("status", by=ASHA)
    assert "+91 80 6900 0142" in (await office.hears(ASHA, "Your requests")).text
    assert list(buttons(waiting)) == [REQUEST_NUMBER, "approve", "deny", "request_changes"]
    assert await office.slack.click(MEERA, waiting.id, "approve") == Done()
    await office.told(card, "is bought.")
    assert [sale.e164 for sale in office.vobiz.sales] == [BENGALURU]
    bought = await at_home(office, "₹101, then ₹1 a month")
    assert list(buttons(bought)) == [REQUEST_NUMBER]
    assert "*: ₹101 · no budget in INR" in str(bought.blocks)
