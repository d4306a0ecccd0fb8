"""The month's report: everything in sentences, the decision of what to look at first, and charts beside them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.money import Money
from bot.domain.report import Decided, Report, Sale
from bot.domain.report import report as counted
from bot.sandbox.slack.blocks import Surface, check_blocks
from bot.sandbox.slack.shapes import object_of, objects_of, text_of
from handlers.views.charts import OTHERS, pie
from handlers.views.report import report
from tests.handlers.views.sight import texts


def of(*charged: str, months: int = 0) -> Report:
    """Each of a country of its own."""
    sales = [
        Sale(
            requester=f"U{no}",
            country=["IN", "US", "GB", "SG", None, "DE", "FR", "AU"][no % 8],
            charged=Money.of(amount),
            monthly_fee=Money.of(f"2 {amount.split()[1]}"),
            commitment_months=months,
            bought=date(2026, 11, 2),
            last_billing=None,
            next_billing=None,
        )
        for no, amount in enumerate(charged)
    ]
    return counted("2026-11", sales, [Decided(timedelta(hours=26)), Decided(timedelta(0), is_automatic=True)])


def test_the_first_sentence_says_how_many_for_how_much_and_the_others_the_rest() -> None:
    first, people, countries, to_come, approvals = report(of("101 INR", "5 USD", months=3)).text.splitlines()
    assert first.startswith("*November 2026*: 2 numbers were bought for ")
    assert "<@U0> " in people
    assert "India " in countries
    assert ("In the next twelve months" in to_come, "commitments bind to" in to_come) == (True, True)
    assert approvals.startswith("Approved: 2, of these automatically: 1. Denied: 0. ")
    assert approvals.endswith("Half of the decisions took 1 d 2 h or less, the longest 1 d 2 h.")


@pytest.mark.parametrize("with_charts", [True, False])
@pytest.mark.parametrize("charged", [(), ("101 INR",), ("0 INR",), tuple(f"{no + 1} INR" for no in range(40))])
def test_slack_takes_it_and_its_text_says_the_same_with_charts_or_without(
    charged: tuple[str, ...], with_charts: bool
) -> None:
    told = report(of(*charged), with_charts=with_charts)
    assert check_blocks([*told.blocks], Surface.MESSAGE) == []
    said = [str(text["text"]) for text in texts([*told.blocks]) if text["type"] == "mrkdwn"]
    assert told.text == "\n".join(said)
    charts = [block for block in told.blocks if block["type"] == "data_visualization"]
    assert bool(charts) is (with_charts and bool(charged))


def test_a_pie_shows_six_pieces_the_last_of_them_all_others() -> None:
    block = pie("x" * 60, [(f"land {no} with a long name", no) for no in range(10)])
    segments = objects_of(object_of(dict(block), "chart"), "segments")
    assert [segment["value"] for segment in segments] == [9, 8, 7, 6, 5, 0 + 1 + 2 + 3 + 4]
    assert text_of(segments[-1], "label") == OTHERS
    assert len(text_of(dict(block), "title")) == 50


def test_without_purchases_and_renewals_it_says_so() -> None:
    said = report(replace(of(), median=None, longest=None)).text
    assert "no number was bought" in said
    assert "Nothing renews" in said
