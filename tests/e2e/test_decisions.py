"""What people decide on a card, and what those hear who may not or come too late."""

import asyncio
from dataclasses import replace

import pytest

from bot.sandbox.slack import Done, Grid, View
from bot.sandbox.slack.example import ASHA, MEERA, NAMESAKE, NUMBERS, TARA, VIKRAM
from tests.harness.office import Office, OpenOffice, Transport, buttons

DECISIONS = {"approve", "deny", "request_changes", "withdraw"}


async def test_a_request_is_denied_with_a_reason_that_everyone_reads(office: Office) -> None:
    card = await office.a_card()
    assert await office.deny(card, "We have a free number already", by=VIKRAM) == Done()
    denied = await office.shows(card, f"· by <@{VIKRAM}>: We have a free number already")
    reply = await office.told(card, f"<@{VIKRAM}> denied buying")
    assert "We have a free number already" in reply.text
    assert reply.text.startswith(f"<@{ASHA}>")
    assert buttons(denied).keys().isdisjoint(DECISIONS)
    assert office.vobiz.purchase_calls == []


async def test_a_withdrawn_request_is_over_and_its_number_can_be_asked_for_again(office: Office) -> None:
    card = await office.a_card()
    assert await office.withdraw(card) == Done()
    withdrawn = await office.shows(card, f"* · by <@{ASHA}>")
    await office.told(card, f"<@{ASHA}> withdrew the request for +91 80 6900 0142")
    assert buttons(withdrawn).keys().isdisjoint(DECISIONS)
    assert office.vobiz.purchase_calls == []
    again = await office.a_card()
    await office.approve(again)
    await office.told(again, "is bought.")


async def test_a_charge_above_the_limit_needs_two_approvers(open_office: OpenOffice, transport: Transport) -> None:
    office = await open_office(transport=transport, SECOND_APPROVAL_ABOVE="INR:100")
    card = await office.a_card()
    assert "It needs *2 approvals*." in card.text
    await office.approve(card, by=MEERA)
    half = await office.shows(card, f"*1 of 2 approvals*, by <@{MEERA}>; it still needs <@{VIKRAM}>.")
    assert buttons(half).keys() == DECISIONS
    await office.approve(card, by=MEERA)
    await office.hears(MEERA, "You approved this already")
    assert office.slack.message(NUMBERS, card.ts) == half
    assert office.vobiz.purchase_calls == []
    await office.approve(card, by=VIKRAM)
    await office.shows(card, f"approved by <@{MEERA}> and <@{VIKRAM}> · details in the thread")
    await office.told(card, "is bought.")
    said = [reply.text.splitlines()[0] for reply in office.slack.thread(NUMBERS, card.ts)]
    assert said[0] == f"<@{MEERA}> approved buying +91 80 6900 0142: 1 of 2 approvals. It still needs <@{VIKRAM}>."
    assert said[1].startswith(f"<@{VIKRAM}> approved buying +91 80 6900 0142 for ₹101.")
    assert len(office.vobiz.purchase_calls) == 1


@pytest.mark.parametrize("primary", ["T0NORTH02", "E0NORTHWD", ""])
async def test_members_by_way_of_an_organisation_ask_decide_and_are_one_person_each(
    open_office: OpenOffice, transport: Transport, primary: str
) -> None:
    office = await open_office(
        transport=transport, SECOND_APPROVAL_ABOVE="INR:100", APPROVERS=f"{ASHA},{MEERA},{VIKRAM}"
    )
    people, grid = office.slack.workspace.people, Grid(teams=("T0NORTH02", office.slack.workspace.team.id))
    for user in (ASHA, MEERA, VIKRAM):
        people.add(replace(people.get(user), team=primary, grid=grid))
    card = await office.a_card()
    await office.approve(card, by=ASHA)
    await office.hears(ASHA, "this is your own request")
    await office.approve(card, by=MEERA)
    await office.shows(card, f"*1 of 2 approvals*, by <@{MEERA}>; it still needs <@{VIKRAM}>.")
    people.add(replace(people.get(MEERA), team=office.slack.workspace.team.id, grid=None))
    await office.approve(card, by=MEERA)
    await office.hears(MEERA, "You approved this already")
    await office.slack.open_home(VIKRAM)
    home = await office.sees(lambda: office.slack.home(VIKRAM))
    assert home is not None
    assert "approve" in buttons(home)
    await office.slack.click(VIKRAM, home.id, "approve")
    await office.told(card, "is bought.")
    own = await office.a_card("+918069000187")
    await office.withdraw(own)
    await office.shows(own, f"* · by <@{ASHA}>")
    assert len(office.vobiz.purchase_calls) == 1


async def test_two_people_of_one_name_are_two(open_office: OpenOffice) -> None:
    office = await open_office(APPROVERS=f"{ASHA},{VIKRAM}", SECOND_APPROVAL_ABOVE="INR:100")
    people = office.slack.workspace.people
    assert people.get(ASHA).display_name == people.get(NAMESAKE).display_name == "Asha"
    card = await office.a_card(by=TARA)
    await office.approve(card, by=NAMESAKE)
    await office.hears(NAMESAKE, "you are not among the approvers")
    await office.approve(card, by=ASHA)
    await office.shows(card, f"*1 of 2 approvals*, by <@{ASHA}>; it still needs")
    own = await office.a_card("+918069000187", by=ASHA)
    await office.withdraw(own, by=NAMESAKE)
    await office.hears(NAMESAKE, f"only <@{ASHA}>, who asked for it, can withdraw it")
    assert office.slack.message(NUMBERS, own.ts) == own
    assert office.vobiz.purchase_calls == []


async def test_somebody_who_is_no_approver_gets_words_and_no_form(office: Office) -> None:
    card = await office.a_card()
    await office.slack.click(TARA, card.ts, "deny")
    await office.hears(TARA, "you are not among the approvers")
    assert office.slack.modal(TARA) is None
    assert office.slack.message(NUMBERS, card.ts) == card
    assert office.slack.thread(NUMBERS, card.ts) == []


@pytest.mark.parametrize("second", [(MEERA, "approve"), (VIKRAM, "approve"), (ASHA, "withdraw")])
async def test_of_two_clicks_at_the_same_moment_one_holds_and_the_other_hears_it(
    office: Office, second: tuple[str, str]
) -> None:
    card = await office.a_card()
    user, action = second
    clicks = office.slack.click(user, card.ts, action), office.approve(card, by=MEERA)
    assert set(await asyncio.gather(*clicks)) == {Done()}
    clickers = {user, MEERA}
    heard = await office.sees(lambda: [words for clicker in clickers for words in office.slack.ephemerals_for(clicker)])
    assert [words.text.startswith("Nothing changed: ") for words in heard] == [True]
    is_bought = action == "approve" or heard[0].only_for == user
    await office.told(card, "is bought." if is_bought else "withdrew")
    await office.shows(card, "Bought" if is_bought else "Withdrawn")
    assert len(office.vobiz.purchase_calls) == is_bought
    assert len(office.slack.thread(NUMBERS, card.ts)) == 1 + is_bought


async def test_a_click_delivered_twice_and_replayed_later_is_one_vote(open_office: OpenOffice) -> None:
    office = await open_office(SECOND_APPROVAL_ABOVE="INR:100")
    card = await office.a_card()
    office.slack.http.is_twice = True
    await office.approve(card)
    half = await office.shows(card, "1 of 2 approvals")
    await office.told(card, "1 of 2 approvals")
    office.slack.http.is_twice = False
    await office.slack.http.replay()
    await office.ask("status")
    await office.hears(ASHA, "Your requests")
    assert office.slack.message(NUMBERS, card.ts) == half
    assert office.slack.ephemerals_for(MEERA) == []
    assert len(office.slack.thread(NUMBERS, card.ts)) == 1


async def test_whoever_comes_too_late_by_a_forged_click_or_a_form_hears_what_was_decided(office: Office) -> None:
    card = await office.a_card(by=TARA)
    await office.slack.click(MEERA, card.ts, "deny")
    form = await office.sees(lambda: office.slack.modal(MEERA))
    assert form is not None
    await office.deny(card, "No", by=VIKRAM)
    denied = await office.shows(card, "Denied")
    decided = f"Nothing changed: it was already denied by <@{VIKRAM}>."
    assert await office.slack.submit(MEERA, form.id, {"reason": {"reason": "Too expensive"}}) == Done()
    assert (await office.hears(MEERA, decided)).channel == NUMBERS
    await office.slack.forge_click(TARA, card.ts, "withdraw", value=buttons(card)["withdraw"])
    await office.hears(TARA, decided)
    assert office.slack.message(NUMBERS, card.ts) == denied


async def test_whoever_decides_at_home_in_vain_reads_why_there_until_something_else_is_to_be_seen(
    open_office: OpenOffice,
) -> None:
    office = await open_office(MONTHLY_BUDGET="INR:100")

    async def at_home(words: str) -> View:
        [home] = await office.sees(
            lambda: [one for one in [office.slack.home(MEERA)] if words in str(one and one.blocks)]
        )
        assert home is not None
        return home

    card = await office.a_card()
    await office.slack.open_home(MEERA)
    home = await at_home("*Buy +91 80 6900 0142?*")
    await office.slack.click(MEERA, home.id, "approve")
    refused = await at_home("would go past the budget")
    assert "would go past the budget" in str(refused.blocks[0])
    await office.withdraw(card)
    assert "would go past" not in str((await at_home("Nothing waits for your decision.")).blocks)
