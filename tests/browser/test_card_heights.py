"""How tall a card is on a phone, however it ends, with the longest words it may bring, as the demo shows it."""

from dataclasses import replace

import pytest
from playwright.async_api import expect

from bot.domain import trail
from bot.domain.facts import ProviderSaid
from bot.domain.request import Failure, Status
from bot.domain.shown import Asked, Shown
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from bot.sandbox.slack.shapes import objects_of
from handlers.views.again import again_buttons
from handlers.views.card import card
from tests.browser.conftest import Stage
from tests.handlers.views.cases import CARDS, ID, a_case, a_failure, purchased
from tests.handlers.views.sight import sent
from tests.harness.builders import a_request, an_attempt, some_terms

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_DECIDED, A_ROW, MOST_WAITING = 130, 44, 480
"""Pixels at a width of 390; a row of buttons stands where something is left to do."""

LONG = "the new support line of the Bengaluru office, which opens in December and takes over the calls of two others"
REQUEST = replace(a_request(id=ID, reason=LONG), requester=ASHA)
WHY = (
    "We have two numbers there that nobody has used since the summer, so please take one of those for it and ask again "
    "if it is not enough, in Jan."
)
THE_PROVIDER = ProviderSaid(message="complete your KYC first " * 10, code="forbidden")


def ended(shown: Shown) -> Shown:
    request = replace(shown.request, requester=ASHA, reason=LONG)
    return replace(shown, request=request, voters=(MEERA,) if shown.voters else ())


DECIDED = {
    "bought": ended(purchased(attempt=an_attempt())),
    "denied": ended(a_case(Status.DENIED, trail.Denied(reason=WHY), actor=MEERA)),
    "withdrawn": ended(CARDS["withdrawn"]),
    "expired": ended(CARDS["expired"]),
    "refused": ended(a_failure(trail.Failed(error=Failure.REJECTED, said=THE_PROVIDER))),
    "gone": ended(a_failure(Failure.NOT_IN_INVENTORY)),
    "buying": ended(CARDS["purchasing"]),
}
CHECKED = some_terms("500+750 INR", identity_check=True)
WAITING = {
    "with an identity check, of two approvals, asked about": replace(
        a_case(request=replace(REQUEST, reason="the support line", terms=CHECKED), voters=(MEERA,), needed=2),
        approvers=(MEERA, VIKRAM),
        asked=Asked(question=WHY * 3, by=MEERA),
    )
}


async def heights(stage: Stage, cards: dict[str, Shown]) -> dict[str, int]:
    found = dict[str, int]()
    for name, shown in cards.items():
        told = card(shown)
        await stage.type(f"Behind somebody else's message it has a head of its own: {name}.")
        await expect(stage.articles.filter(has_text=f"head of its own: {name}.")).to_be_visible()
        blocks = objects_of(sent({"blocks": [*told.blocks]}), "blocks")
        ts = await stage.post(*blocks, text=told.text)
        for reply in ("approved", "and the outcome"):
            await stage.post(text=reply, thread_ts=ts)
        shows = stage.articles.last
        await expect(shows).to_contain_text("2 replies")
        box = await shows.bounding_box()
        assert box is not None
        found[name] = round(box["height"])
    return found


async def test_on_a_phone_no_card_is_taller_than_it_may_be_however_it_ends(gallery: Stage) -> None:
    await gallery.open(ASHA, place=NUMBERS)
    await gallery.page.set_viewport_size({"width": 390, "height": 844})
    decided, waiting = await heights(gallery, DECIDED), await heights(gallery, WAITING)
    print(f"At 390 px: {decided}, {waiting}")  # noqa: T201 - to be read in the log
    most = {name: MOST_DECIDED + (A_ROW if again_buttons(shown) else 0) for name, shown in DECIDED.items()}
    assert {name: tall for name, tall in decided.items() if tall > most[name]} == {}
    assert {name: tall for name, tall in waiting.items() if tall > MOST_WAITING} == {}
