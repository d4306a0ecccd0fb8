"""Request changes: an approver asks, the requester answers, and the card shows both until it is decided."""

import pytest

from bot.sandbox.slack import Done
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, TARA, VIKRAM
from tests.harness.office import BENGALURU, OpenOffice, Transport, buttons

DECISIONS = ["approve", "deny", "request_changes", "withdraw"]


@pytest.mark.parametrize("asks_for", [f"{BENGALURU} for the support line", f"{BENGALURU}, +918069000187 for two desks"])
async def test_an_approver_asks_the_requester_answers_in_the_thread_and_the_vote_before_it_still_counts(
    open_office: OpenOffice, transport: Transport, asks_for: str
) -> None:
    office = await open_office(transport=transport, SECOND_APPROVAL_ABOVE="INR:100")
    card = await office.a_card(asks_for)
    await office.approve(card, by=VIKRAM)
    await office.shows(card, "1 of 2 approvals")
    assert await office.request_changes(card, "Is one number not enough?", by=MEERA) == Done()
    asked = await office.told(card, f"<@{ASHA}>, <@{MEERA}> asks before deciding about")
    assert "Is one number not enough? Answer with the button below, or withdraw the request" in asked.text
    shown = await office.shows(card, f"*Question* by <@{MEERA}>: Is one number not enough? *Not answered yet.*")
    assert list(buttons(shown)) == DECISIONS
    await office.slack.click(ASHA, asked.ts, "answer")
    form = await office.sees(lambda: office.slack.modal(ASHA))
    assert form is not None
    assert "Is one number not enough?" in str(form.blocks)
    await office.slack.submit(ASHA, form.id, {"reason": {"reason": "No, we are two teams."}})
    answered = await office.told(card, f"<@{MEERA}>, <@{ASHA}> answers about")
    assert "No, we are two teams. It still waits for a decision" in answered.text
    shown = await office.shows(card, "Is one number not enough?\n*Answer*: No, we are two teams.")
    assert f"*1 of 2 approvals*, by <@{VIKRAM}>" in shown.text
    assert list(buttons(shown)) == DECISIONS
    await office.slack.open_home(MEERA)
    home = await office.sees(lambda: office.slack.home(MEERA))
    assert home is not None
    assert "No, we are two teams." in str(home.blocks)
    await office.approve(card, by=MEERA)
    await office.told(card, "is bought.")
    assert "Question" not in office.slack.message(NUMBERS, card.ts).text


async def test_whose_own_request_it_is_and_who_is_not_the_requester_get_words_and_no_form(
    open_office: OpenOffice,
) -> None:
    office = await open_office(APPROVERS=f"{ASHA},{VIKRAM}")
    card = await office.a_card()
    await office.slack.click(ASHA, card.ts, "request_changes")
    await office.hears(ASHA, "this is your own request")
    await office.request_changes(card, "Is one enough?", by=VIKRAM)
    asked = await office.told(card, "Is one enough?")
    assert list(buttons(asked)) == ["answer"]
    for user in (TARA, VIKRAM):
        await office.slack.click(user, asked.ts, "answer")
        await office.hears(user, f"only <@{ASHA}>, who asked for it, can answer that")
    assert [office.slack.modal(user) for user in (ASHA, TARA, VIKRAM)] == [None] * 3
