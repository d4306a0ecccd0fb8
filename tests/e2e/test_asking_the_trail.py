"""People ask the trail in Slack: why a number is there, and what the month came to."""

from bot.sandbox.slack.example import ASHA, MEERA, NUMBERS, VIKRAM
from tests.harness.office import BENGALURU, OpenOffice


async def test_who_asks_why_is_told_all_with_a_link_and_approvers_see_the_month_in_charts(
    open_office: OpenOffice,
) -> None:
    office = await open_office()
    card = await office.a_card()
    await office.approve(card)
    await office.told(card, "is bought.")

    await office.ask(f"why {BENGALURU}", by=VIKRAM)
    why = await office.hears(VIKRAM, "was bought through this bot")
    for words in (f"<@{ASHA}>", "the support line", f"Approved by <@{MEERA}>", "101", "a month"):
        assert words in why.text
    assert f"/archives/{NUMBERS}/p{card.ts.replace('.', '')}|" in why.text

    await office.ask("why +1 312 555 0111", by=ASHA)
    await office.hears(ASHA, "was not bought through this bot")

    await office.ask("report", by=MEERA)
    month = await office.hears(MEERA, "1 number was bought for ")
    assert [block["type"] for block in month.blocks].count("data_visualization") == 2
    await office.ask("report", by=ASHA)
    refused = await office.hears(ASHA, "Nothing changed")
    assert "approver" in refused.text
