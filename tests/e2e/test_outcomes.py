"""How a purchase ends otherwise than bought: what the card and the thread say, and what can be done next."""

import json
import re
from base64 import b64encode
from decimal import Decimal
from pathlib import Path

import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Message
from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, TARA, VIKRAM
from bot.sandbox.vobiz import Mood, Says, Script
from tests.harness.office import BENGALURU, Office, OpenOffice, buttons


def figures_in(message: Message) -> list[str]:
    """The needed and the available amount, without zeros at their ends."""
    [figures] = re.findall(r"too low \((.*?)\)", message.text)
    return [f"{Decimal(figure).normalize():f}" for figure in re.findall(r"[\d.]+", figures)]


async def test_a_refusal_is_shown_with_the_providers_words_and_the_number_can_be_asked_for_again(
    office: Office,
) -> None:
    card = await office.a_card()
    office.vobiz.next_purchase(Mood.REFUSED_403)
    await office.approve(card)
    failed = await office.shows(card, "Not bought: ")
    reply = await office.told(card, "was not bought")
    assert "refused: “complete your KYC first”" in failed.text
    assert "“complete your KYC first” (code `forbidden`, provider's request id `req_000001`)" in reply.text
    again = await office.a_card()
    await office.approve(again)
    await office.told(again, "is bought.")
    assert [request.status for request in await office.requests()] == [Status.PURCHASED, Status.FAILED]
    assert len(office.vobiz.purchase_calls) == 2


def all_of(folder: Path) -> str:
    """The database's files as text."""
    return b"".join(file.read_bytes() for file in folder.glob("office.db*")).decode(errors="replace")


async def test_a_provider_that_repeats_our_secrets_has_them_repeated_by_nobody(
    open_office: OpenOffice, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    office = await open_office()
    secrets = office.vobiz.master.token, office.slack.workspace.app.bot_token, office.slack.workspace.app.signing_secret
    told = " ".join((*secrets, b64encode(f"{office.vobiz.master.auth_id}:{secrets[0]}".encode()).decode()))
    card = await office.a_card()
    repeats = Script(says=Says.ERROR, status=403, code=f"bad_{secrets[2]}", message=f"wrong: {told}; see KYC")
    office.vobiz.next_purchase(repeats)
    await office.approve(card)
    failed = await office.shows(card, "Not bought: ")
    reply = await office.told(card, "was not bought")
    assert "wrong: [redacted] [redacted] [redacted] " in reply.text
    assert "see KYC" in reply.text
    kept = all_of(tmp_path)
    for place in (failed.text, str(failed.blocks), reply.text, str(reply.blocks), kept, *capfd.readouterr()):
        assert [part for part in told.split() if part in place] == []


async def test_an_unknown_outcome_is_said_to_everyone_and_found_out_after_a_restart_without_a_second_call(
    clocked: Office,
) -> None:
    card = await clocked.a_card()
    clocked.vobiz.next_purchase(Mood.SOLD_ANSWER_LOST)
    await clocked.approve(card)
    unknown = await clocked.shows(card, "Outcome unknown: ")
    reply = await clocked.told(card, "nobody knows yet whether +91 80 6900 0142 was bought")
    assert reply.text.startswith(f"<@{ASHA}>, <@{MEERA}> and <@{VIKRAM}>: ")
    assert "finding out" in unknown.text
    assert buttons(unknown) == {}
    await clocked.reopen()
    await clocked.ask("status")
    await clocked.hears(ASHA, "Outcome unknown")
    assert clocked.slack.messages(NUMBERS) == [unknown]
    await clocked.a_while()
    await clocked.told(card, "is bought.")
    assert len(clocked.vobiz.purchase_calls) == 1


@pytest.mark.parametrize("refusal", ["internal_error", "edit_window_closed", "cant_update_message"])
async def test_the_outcome_stands_in_the_thread_though_slack_never_lets_the_card_be_rewritten(
    office: Office, refusal: str
) -> None:
    card = await office.a_card()
    office.slack.workspace.faults.refuse("chat.update", refusal, times=99)
    await office.approve(card)
    bought = await office.sees(
        lambda: [
            reply
            for post in office.slack.messages(NUMBERS)
            for reply in office.slack.thread(NUMBERS, post.ts)
            if "is bought." in reply.text
        ]
    )
    assert len(bought) == 1
    assert len(office.vobiz.purchase_calls) == 1


@pytest.mark.parametrize(
    ("asked", "by", "told"),
    [
        (BENGALURU, TARA, f"is already requested by <@{ASHA}>: its message in <#{NUMBERS}>"),
        (f"{BENGALURU} +91 80 6900 0187", TARA, "Nothing was requested, because of these numbers"),
        ("status", ASHA, "6900 0142"),
        ("status", MEERA, "6900 0142"),
        (f"why {BENGALURU}", TARA, "6900 0142"),
    ],
    ids=["asking", "asking for several", "own status", "an approver's status", "asking why"],
)
async def test_whoever_is_told_of_a_request_finds_its_card_though_somebody_deleted_it(
    office: Office, asked: str, by: str, told: str
) -> None:
    card = await office.a_card()
    office.slack.workspace.messages.remove(card)
    await office.ask(asked, by=by)
    words = await office.hears(by, told)
    [again] = office.slack.messages(NUMBERS)
    assert (again.text, again.ts != card.ts) == (card.text, True)
    assert card.ts.replace(".", "") not in json.dumps(words.blocks)


@pytest.mark.parametrize(
    ("is_seen_before", "available"), [(True, "50"), (False, "50.5")], ids=["before the call", "by the provider"]
)
async def test_a_balance_that_is_too_low_asks_again_with_both_figures(
    office: Office, is_seen_before: bool, available: str
) -> None:
    card = await office.a_card()
    if is_seen_before:
        office.vobiz.set_balance("INR", 50)
    else:
        office.vobiz.next_purchase(Mood.BALANCE_402)
    await office.approve(card)
    again = await office.shows(card, "the account's balance is too low")
    reply = await office.told(card, "the account's balance is too low")
    assert [figures_in(message) for message in (again, reply)] == [["101", available]] * 2
    assert again.text.startswith(f"<@{ASHA}> asks: buy ")
    assert reply.text.startswith(f"<@{MEERA}> and <@{VIKRAM}>, +91 80 6900 0142 needs a new decision")
    assert len(office.vobiz.purchase_calls) == (0 if is_seen_before else 1)
    office.vobiz.set_balance("INR", 500)
    await office.approve(card)
    await office.told(card, "is bought.")


async def test_a_price_that_changed_is_shown_and_has_to_be_approved_anew(office: Office) -> None:
    card = await office.a_card()
    office.vobiz.change_terms(BENGALURU, setup_fee=200, monthly_fee="1.50")
    await office.approve(card)
    again = await office.shows(card, "for ₹201.50 now, then ₹1.50 a month")
    await office.told(card, "It now costs ₹201.50 at once and ₹1.50 every month.")
    assert "*Asked again*: the terms changed, so earlier votes do not count." in again.text
    await office.slack.forge_click(VIKRAM, card.ts, "approve", value=buttons(card)["approve"])
    await office.hears(VIKRAM, "the terms are not those you saw")
    assert office.slack.message(NUMBERS, card.ts) == again
    assert office.vobiz.purchase_calls == []
    await office.approve(card, by=VIKRAM)
    await office.told(card, "is bought. ₹201.50 was charged.")
    await office.shows(card, f"approved by <@{VIKRAM}> · details")
