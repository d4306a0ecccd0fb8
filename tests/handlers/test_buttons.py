"""The buttons of cards and App Home: what is stored for which click, and what is answered instead."""

from dataclasses import dataclass

import pytest

from bot.domain import refusals
from bot.domain.policy import Decision, Resolution
from bot.domain.shown import LeftUndone, Listed, Shown
from bot.sandbox.slack import Done, Failed
from bot.sandbox.slack.example import ASHA, FINANCE, MEERA, NUMBERS, STRANGER, TARA, VIKRAM
from bot.services.acts import Act, AskAgain, Decide, Resolve, Unpark
from handlers.unknown import KEPT
from handlers.views.lists import LET_GO, UNPARK
from tests.handlers.door import Door
from tests.handlers.views.cases import CARDS, ID, SIMILAR, checking, looked
from tests.harness.builders import NOON, some_terms
from tests.harness.office import BENGALURU, Office, buttons

PENDING = CARDS["pending"]
ASKED = checking(attempt=looked("charged", asks_people=True, is_alerted=True))
DIGEST = PENDING.request.terms.digest
GARBLED = (
    "",
    ID,
    f"{ID}.",
    f"{ID.upper()}.{'d1' * 16}",
    f"{ID}.{'d1' * 16}.{'d1' * 16}",
    f" {ID}.{'d1' * 16}\n",
    f"{ID}.{'d1' * 15}'--",
    f"{ID}.{BENGALURU}",
    "x" * 2000,
)


@dataclass(frozen=True)
class Button:
    """Where it stands, and what is handed in when it is clicked, besides who clicked where."""

    shown: Shown
    kind: type[Act]
    facts: dict[str, object]


BUTTONS = {
    **{
        decision.value: Button(PENDING, Decide, {"decision": decision, "request": ID, "digest": DIGEST})
        for decision in (Decision.APPROVE, Decision.WITHDRAW)
    },
    **{said.value: Button(ASKED, Resolve, {"resolution": said, "request": ID}) for said in Resolution},
    "ask_again": Button(CARDS["denied"], AskAgain, {"request": ID, "digest": some_terms().digest}),
    **{
        f"ask_similar_{place}": Button(
            CARDS["failed, similar numbers offered"], AskAgain, {"request": ID, "digest": SIMILAR[place - 1].digest}
        )
        for place in (1, 3)
    },
}


async def the_facts(door: Door, button: str) -> dict[str, object]:
    """What of the one thing that was handed in is the button's own."""
    expected = BUTTONS[button]
    act = await door.the_act(expected.kind)
    return {name: getattr(act, name) for name in expected.facts}


async def is_turned_away(door: Door, user: str, button: str, value: str) -> None:
    """With words and an entry to follow, which nothing else does."""
    refusal = await door.turned_away(user)
    assert isinstance(refusal, refusals.NotOffered)
    assert (refusal.what, refusal.name) == ("block_actions", button)
    assert refusal.carried == value[:KEPT].encode("unicode_escape").decode()[:KEPT]


@pytest.mark.parametrize("button", BUTTONS)
async def test_a_click_is_stored_with_its_button_and_its_place_without_asking_anybody(door: Door, button: str) -> None:
    ts = await door.messenger.post_card(FINANCE, BUTTONS[button].shown)
    door.slack.workspace.calls.clear()
    assert await door.slack.click(MEERA, ts, button) == Done()
    assert await the_facts(door, button) == BUTTONS[button].facts
    [act] = await door.acts()
    assert (act.user, act.team, act.at) == (MEERA, door.slack.workspace.team.id, door.clock.now())
    assert (act.by.channel, act.by.response_url is None) == (FINANCE, False)
    assert act.trigger_id == door.slack.sent[0].payload["trigger_id"]
    assert not isinstance(act, Decide) or act.message == (FINANCE, ts)
    assert not isinstance(act, AskAgain) or act.channel == FINANCE
    assert door.slack.workspace.calls == []
    assert door.vobiz.read_calls == []


@pytest.mark.parametrize("button", ["approve", "withdraw", *Resolution])
async def test_a_click_at_home_is_stored_without_a_message_and_a_channel_to_name(door: Door, button: str) -> None:
    shown = (BUTTONS[button].shown,)
    listed = Listed(own=shown, waiting=()) if button == "withdraw" else Listed(own=(), waiting=shown)
    await door.messenger.home(MEERA, listed)
    home = door.slack.home(MEERA)
    assert home is not None
    assert await door.slack.click(MEERA, home.id, button) == Done()
    assert await the_facts(door, button) == BUTTONS[button].facts
    [act] = await door.acts()
    assert (act.by.channel, act.by.response_url) == (None, None)
    assert not isinstance(act, Decide) or act.message is None


@pytest.mark.parametrize(("button", "drops"), [(UNPARK, False), (LET_GO, True)])
async def test_a_click_beside_parked_work_is_stored_with_its_row(door: Door, button: str, drops: bool) -> None:
    left = LeftUndone(work=17, kind="decide", error="KeyError", at=NOON, e164=None)
    await door.messenger.home(MEERA, Listed(own=(), waiting=(), undone=(left,)))
    home = door.slack.home(MEERA)
    assert home is not None
    assert await door.slack.click(MEERA, home.id, button) == Done()
    act = await door.the_act(Unpark)
    assert (act.user, act.work, act.drops) == (MEERA, 17, drops)


@pytest.mark.parametrize("value", ["", "-1", "1.5", "seventeen", "9" * 19, "\u0661"])
async def test_a_forged_row_of_parked_work_is_turned_away(door: Door, value: str) -> None:
    ts = await door.messenger.post_card(NUMBERS, PENDING)
    assert await door.slack.forge_click(VIKRAM, ts, UNPARK, value=value) == Done()
    await is_turned_away(door, VIKRAM, UNPARK, value)


@pytest.mark.parametrize("button", BUTTONS)
async def test_a_click_that_cannot_be_stored_is_not_acknowledged(door: Door, button: str) -> None:
    ts = await door.messenger.post_card(NUMBERS, BUTTONS[button].shown)
    door.store.close()
    assert isinstance(await door.slack.click(MEERA, ts, button), Failed)


async def test_a_person_of_another_workspace_is_stored_with_their_own(door: Door) -> None:
    await door.slack.click(STRANGER, await door.messenger.post_card(NUMBERS, PENDING), "approve")
    assert (await door.the_act(Decide)).team != door.slack.workspace.team.id


@pytest.mark.parametrize("button", [*BUTTONS, "deny", "request_changes", "answer"])
@pytest.mark.parametrize("value", GARBLED)
async def test_a_button_with_what_the_bot_never_wrote_is_turned_away(door: Door, button: str, value: str) -> None:
    ts = await door.messenger.post_card(NUMBERS, PENDING)
    assert await door.slack.forge_click(VIKRAM, ts, button, value=value) == Done()
    await is_turned_away(door, VIKRAM, button, value)


@pytest.mark.parametrize(
    "button",
    [
        *("ask_similar_0", "ask_similar_4", "ask_similar_11", "ask_again_"),
        *("choose_number_3", "choose_number_12", "my_choose_number_1", "approve_everything"),
    ],
)
async def test_a_button_that_is_never_offered_is_turned_away(door: Door, button: str) -> None:
    said = door.slack.say(TARA, NUMBERS, "hello")
    value = '{"e164": "+918069000142"}' if "choose" in button else f"{ID}.{DIGEST}"
    assert await door.slack.forge_click(ASHA, said.ts, button, value=value) == Done()
    await is_turned_away(door, ASHA, button, value)


async def test_a_similar_number_is_asked_for_by_one_click_for_the_same_reason(office: Office) -> None:
    card = await office.a_card(f"{BENGALURU} for the support line")
    office.vobiz.somebody_else_takes(BENGALURU)
    await office.approve(card)
    gone = await office.shows(card, "On sale instead")
    assert list(buttons(gone)) == ["ask_similar_1", "ask_similar_2", "ask_similar_3"]
    similar = "On sale instead: +91 80 6900 0187 in Bengaluru (₹100 setup, ₹1 a month)"
    await office.told(card, similar)
    assert office.vobiz.purchase_calls == []
    await office.slack.click(TARA, card.ts, "ask_similar_1")
    [again] = await office.sees(lambda: office.slack.messages(NUMBERS)[1:])
    asks = f"<@{TARA}> asks: buy +91 80 6900 0187 (Bengaluru, calls) for ₹101 now, then ₹1 a month: the support line."
    assert again.text.startswith(asks)
    await office.shows(card, f"+91 80 6900 0187 asked for instead by <@{TARA}>")
