"""App Home: stored once for each opening, and shown to its owner."""

from pathlib import Path

import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Done, View
from bot.sandbox.slack.delivery import Envelope
from bot.sandbox.slack.example import ASHA, FINANCE, GUEST, MEERA, TARA, VIKRAM
from bot.sandbox.slack.http_delivery import signed
from bot.sandbox.slack.payloads import home_opened
from bot.services.acts import AskForStatus
from tests.handlers.door import Door
from tests.harness.office import BENGALURU, Office, an_office, buttons
from tests.harness.patience import PATIENCE


async def a_home(office: Office, user: str, words: str) -> View:
    """Somebody's home, once it says so."""
    await office.slack.open_home(user)
    return await at_home(office, user, words)


async def at_home(office: Office, user: str, words: str) -> View:
    """Somebody's home, once it says so, without being opened again."""

    def seen(_: object) -> View | None:
        home = office.slack.home(user)
        return home if home is not None and words in str(home.blocks) else None

    found = await office.slack.wait_for(seen, timeout=PATIENCE)
    assert found is not None
    return found


async def test_an_opened_home_is_stored_for_its_judge(door: Door) -> None:
    await door.slack.open_home(ASHA)
    [act] = await door.acts()
    assert isinstance(act, AskForStatus)
    assert (act.user, act.in_home, act.by.channel, act.by.response_url) == (ASHA, True, None, None)
    assert act.trigger_id == door.slack.sent[0].payload["event_id"]
    assert door.slack.unacknowledged == []


async def test_opening_it_again_is_stored_again(door: Door) -> None:
    await door.slack.open_home(ASHA)
    await door.slack.open_home(ASHA)
    assert len(await door.acts()) == 2


@pytest.mark.parametrize("retry", [1, 2, 3])
async def test_an_event_that_slack_sends_again_is_taken_once(door: Door, retry: int) -> None:
    person = door.slack.workspace.people.get(ASHA)
    payload = home_opened(door.slack.workspace, person)
    for count in range(retry + 1):
        envelope = Envelope(kind="events_api", payload=payload, retry=count)
        again = signed(door.slack.workspace, envelope, url=door.url)
        assert await door.post(again.body, again.headers, kind="json") == 200
    assert len(await door.acts()) == 1


async def test_a_retry_that_is_the_only_delivery_is_taken(door: Door) -> None:
    door.slack.events_url = None
    await door.slack.open_home(ASHA)
    door.slack.events_url = door.url
    await door.slack.retry_events()
    assert len(await door.acts()) == 1


async def test_the_messages_tab_is_acknowledged_and_asks_for_nothing(door: Door) -> None:
    payload = home_opened(door.slack.workspace, door.slack.workspace.people.get(ASHA))
    event = payload["event"]
    assert isinstance(event, dict)
    envelope = Envelope(kind="events_api", payload={**payload, "event": {**event, "tab": "messages"}})
    sent = signed(door.slack.workspace, envelope, url=door.url)
    assert await door.post(sent.body, sent.headers, kind="json") == 200
    assert await door.acts() == []


async def test_an_approver_decides_at_home(office: Office) -> None:
    card = await office.a_card()
    home = await a_home(office, MEERA, "+91 80 6900 0142")
    assert await office.slack.click(MEERA, home.id, "approve") == Done()
    await office.told(card, "is bought.")
    assert [sale.e164 for sale in office.vobiz.sales] == [BENGALURU]


async def test_an_approver_denies_at_home(office: Office) -> None:
    card = await office.a_card()
    home = await a_home(office, MEERA, "+91 80 6900 0142")
    await office.slack.click(MEERA, home.id, "deny")
    form = await office.slack.wait_for(lambda _: office.slack.modal(MEERA))
    assert form is not None
    await office.slack.submit(MEERA, form.id, {"reason": {"reason": "too expensive"}})
    await office.told(card, "denied buying")
    [request] = await office.requests()
    assert request.status is Status.DENIED


async def test_what_is_not_allowed_at_home_is_told_in_a_direct_message(tmp_path: Path) -> None:
    async with an_office(tmp_path, MONTHLY_BUDGET="INR:100") as office:
        await office.a_card()
        home = await a_home(office, MEERA, "+91 80 6900 0142")
        await office.slack.click(MEERA, home.id, "approve")
        direct = office.slack.workspace.channels.direct(MEERA).id
        [answer] = await office.slack.wait_for(lambda _: office.slack.messages(direct))
        assert "would go past the budget" in answer.text


async def test_their_own_request_waits_at_the_homes_of_others(office: Office) -> None:
    await office.a_card(by=MEERA)
    assert list(buttons(await a_home(office, MEERA, "+91 80 6900 0142"))) == ["withdraw"]
    assert list(buttons(await a_home(office, VIKRAM, "+91 80 6900 0142"))) == ["approve", "deny"]


async def test_what_they_voted_for_waits_at_the_homes_of_others(tmp_path: Path) -> None:
    async with an_office(tmp_path, SECOND_APPROVAL_ABOVE="INR:100") as office:
        card = await office.a_card()
        home = await a_home(office, MEERA, "0 of 2 approvals")
        await office.slack.click(MEERA, home.id, "approve")
        await office.shows(card, "1 of 2 approvals")
        assert list(buttons(await at_home(office, MEERA, "Nothing waits for your decision."))) == []
        assert list(buttons(await a_home(office, VIKRAM, "1 of 2 approvals"))) == ["approve", "deny"]


async def test_a_member_sees_their_own_requests_and_decides_about_none(office: Office) -> None:
    await office.a_card()
    home = await a_home(office, ASHA, "+91 80 6900 0142")
    assert list(buttons(home)) == ["withdraw"]
    assert "Waiting for" not in str(home.blocks)


async def test_whoever_asked_withdraws_at_home(office: Office) -> None:
    card = await office.a_card()
    home = await a_home(office, ASHA, "+91 80 6900 0142")
    assert await office.slack.click(ASHA, home.id, "withdraw") == Done()
    await office.shows(card, f"Withdrawn by <@{ASHA}>.")
    await a_home(office, ASHA, "withdrawn")


async def test_a_home_that_is_open_follows_what_happens(office: Office) -> None:
    await a_home(office, MEERA, "Nothing waits for your decision.")
    card = await office.a_card()
    await at_home(office, MEERA, "Waits for a decision by")
    await office.approve(card)
    home = await at_home(office, MEERA, "INR 101.00, then INR 1.00 a month")
    assert list(buttons(home)) == []
    assert "*: INR 101.00 spent. There is no budget in INR." in str(home.blocks)


async def test_a_home_shows_the_month_against_its_budget(tmp_path: Path) -> None:
    async with an_office(tmp_path, MONTHLY_BUDGET="INR:500,USD:20") as office:
        card = await office.a_card()
        await a_home(office, TARA, "INR 0.00 spent of INR 500.00; INR 500.00 left.")
        await office.approve(card)
        home = await at_home(office, TARA, "INR 101.00 spent of INR 500.00; INR 399.00 left.")
        assert "USD 0.00 spent of USD 20.00; USD 20.00 left." in str(home.blocks)


async def test_what_was_asked_for_in_a_private_channel_shows_at_the_homes_of_those_it_concerns(office: Office) -> None:
    await office.ask(f"{BENGALURU} for the merger", channel=FINANCE)
    [card] = await office.slack.wait_for(lambda _: office.slack.messages(FINANCE))
    waiting = await a_home(office, VIKRAM, "Waits for a decision by")
    assert "the merger" in str(waiting.blocks)
    await office.approve(card)
    for concerned in (ASHA, MEERA, VIKRAM):
        assert "the merger" in str((await a_home(office, concerned, "INR 101.00, then INR 1.00 a month")).blocks)
    others = await a_home(office, TARA, "No number has been bought through the bot yet.")
    assert "the merger" not in str(others.blocks)
    assert "6900 0142" not in str(others.blocks)


async def test_a_guest_reads_at_home_why_there_is_nothing(office: Office) -> None:
    await office.a_card()
    home = await a_home(office, GUEST, "Guests cannot ask for numbers or decide about them.")
    assert "+91" not in str(home.blocks)
    assert list(buttons(home)) == []


async def test_a_member_without_requests_sees_how_to_begin(office: Office) -> None:
    await office.a_card()
    home = await a_home(office, TARA, "Type `/buynumber` to pick one.")
    assert "+91" not in str(home.blocks)
