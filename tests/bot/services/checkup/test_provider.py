"""What `check` says of the provider, of the rules in force, and of this machine's clock."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.rules import Rules
from bot.services.checkup.clock import clock_line
from bot.services.checkup.line import Line, Mark
from bot.services.checkup.provider import provider_lines
from bot.services.checkup.rules import RULES, rule_lines
from bot.services.ports import Balance, ProviderUnavailable
from tests.harness.builders import ACCOUNT, NOON, an_owned_number, some_rules
from tests.harness.clock import FakeClock
from tests.harness.fakes import FakeProvider
from tests.harness.ledger import a_row_that_tells_nothing
from tests.harness.ways import leading_somewhere

OK, NOTE, WRONG = Mark
UNTOLD = Line(OK, "clock", "Vobiz does not say what time it is")


async def _provider(provider: FakeProvider, *currencies: str) -> list[Line]:
    return leading_somewhere(await provider_lines(provider, "IN", currencies, FakeClock()))


async def test_login_numbers_inventory_and_balance_are_one_line_each() -> None:
    assert await _provider(FakeProvider(others=[an_owned_number()]), "INR") == [
        Line(OK, "Vobiz", f"{ACCOUNT}: login works, 1 own numbers, numbers on sale in IN"),
        Line(OK, "balance", "1000 INR available"),
        Line(OK, "ledger", "readable"),
        UNTOLD,
    ]


@pytest.mark.parametrize(
    ("shows", "mark", "words"),
    [
        ({"unreadable": {"transactions"}}, WRONG, "not readable (timeout): "),
        ({"ledger": None}, OK, "it stands with the master account"),
        ({"ledger": [a_row_that_tells_nothing()]}, NOTE, "readable, but for 1 of a day's rows"),
    ],
    ids=["unreadable", "not this account's", "a row of it unreadable"],
)
async def test_the_ledger_is_read_once_and_said_how_it_reads(shows: dict[str, Any], mark: Mark, words: str) -> None:
    provider = FakeProvider(**shows)
    [line] = [line for line in await _provider(provider) if line.name == "ledger"]
    assert (line.mark, line.words.startswith(words)) == (mark, True)
    assert provider.reads.count("transactions") == 1


async def test_own_numbers_that_cannot_be_read_are_named_as_they_are_written() -> None:
    lines = await _provider(FakeProvider(unreadable_own=("n/a", "+91 (0) 98765 43210")))
    words = "own numbers: cannot be read: n/a, +91 (0) 98765 43210; until they can, no number is taken for not ours"
    assert str(lines[1]) == f"wrong  {words}; ask Vobiz's support to mend them"


async def test_a_country_without_numbers_is_said() -> None:
    line, *_ = await _provider(FakeProvider(listing=None))
    assert line.words.endswith("no number on sale in IN")


@pytest.mark.parametrize("read", ["own_numbers", "browse"])
async def test_a_provider_that_cannot_be_read_is_wrong(read: str) -> None:
    [line] = await _provider(FakeProvider(unreadable={read}), "INR")
    assert (line.mark, line.words) == (WRONG, f"{ACCOUNT}: not readable (timeout)")


async def test_a_login_that_is_refused_names_the_settings() -> None:
    async def denied(read: str) -> None:
        raise ProviderUnavailable("denied")

    (line,) = await _provider(FakeProvider(during_read=denied))
    assert (line.mark, "VOBIZ_AUTH_TOKEN" in line.words) == (WRONG, True)


UNREADABLE, SUB_ACCOUNT = {"unreadable": {"balance"}}, {"account": "SA_1"}


def _has(available: str, *, may_overdraw: bool = False) -> dict[str, Any]:
    return {"spendable": Balance(currency="INR", available=Decimal(available), may_overdraw=may_overdraw)}


@pytest.mark.parametrize(
    ("shows", "mark", "words"),
    [
        ({"spendable": None}, NOTE, "Vobiz shows none in INR to this account"),
        ({"spendable": None, **SUB_ACCOUNT}, OK, "in INR it stands with the master account, which pays"),
        (UNREADABLE, WRONG, "not readable in INR (timeout)"),
        ({**UNREADABLE, **SUB_ACCOUNT}, NOTE, "not readable in INR (timeout)"),
        (_has("0"), NOTE, "0 INR available"),
        (_has("-5.50", may_overdraw=True), OK, "-5.50 INR available, and the account may go below it"),
    ],
    ids=["none", "none of a sub-account", "unreadable", "unreadable of a sub-account", "empty", "overdrawn"],
)
async def test_a_balance_is_said_as_it_stands_or_why_there_is_none(
    shows: dict[str, Any], mark: Mark, words: str
) -> None:
    line = (await _provider(FakeProvider(**shows), "INR"))[1]
    assert (line.mark, line.name, line.words) == (mark, "balance", words)


def test_every_rule_is_listed_with_what_it_means_where_it_is_set_and_where_not() -> None:
    assert {line.name: line.words for line in rule_lines(Rules())} == {
        **{setting: without for setting, (_, without) in RULES.items()},
        "TIME_ZONE": "the month and the day turn in UTC",
        "REQUEST_EXPIRES_AFTER": "a request waits 72 h at most",
        "REMIND_AFTER": "one reminder after 24 h",
    }
    rules = some_rules(
        approval_channel="C1",
        allowed_channels=frozenset({"C3", "C2"}),
        allow_self_approval=True,
        monthly_budget="5000 INR",
        max_charge="400.50 INR",
        max_purchases_per_day=5,
        remind_after=None,
        time_zone="Asia/Kolkata",
    )
    said = {line.name: line.words for line in rule_lines(rules)}
    assert said["ALLOWED_CHANNELS"] == "/buynumber may be used in C2, C3"
    assert said["ALLOW_SELF_APPROVAL"] == "approvers may approve what they asked for"
    assert said["MONTHLY_BUDGET"] == "at most 5000 INR a month"
    assert said["MAX_CHARGE"] == "no charge above 400.50 INR, whoever approves"
    assert said["MAX_PURCHASES_PER_DAY"] == "purchases a day: 5 at most"
    assert (said["REMIND_AFTER"], said["TIME_ZONE"]) == ("no reminders", "the month and the day turn in Asia/Kolkata")


@pytest.mark.parametrize(
    ("ahead", "took", "mark", "words"),
    [
        (0, 0, OK, "agrees with that of Slack"),
        (5, 0, OK, "agrees with that of Slack"),
        (6, 0, NOTE, "5 s ahead of that of Slack"),
        (-5, 0, NOTE, "5 s behind that of Slack"),
        (61, 0, WRONG, "60 s ahead of that of Slack: from 300 s on clicks are refused"),
        (-3600, 0, WRONG, "3600 s behind that of Slack: from 300 s on clicks are refused"),
        (-60, 57, OK, "agrees with that of Slack"),
    ],
    ids=["none", "a second's rounding", "seconds ahead", "seconds behind", "a minute", "an hour", "a slow answer"],
)
def test_a_clock_that_is_off_is_said_and_how_long_the_answer_took_is_not_counted(
    ahead: int, took: int, mark: Mark, words: str
) -> None:
    asked = datetime(2026, 11, 2, 12, tzinfo=UTC) + timedelta(seconds=ahead)
    line = clock_line("Slack", "Mon, 02 Nov 2026 12:00:00 GMT", asked, asked + timedelta(seconds=took))
    assert (line.mark, line.words) == (mark, words)
    leading_somewhere([line])


@pytest.mark.parametrize("date", [None, "", "soon", "Mon, 02 Nov 2026 12:00:00"])
def test_an_answer_without_a_time_tells_nothing_of_the_clock(date: str | None) -> None:
    assert clock_line("Vobiz", date, NOON, NOON) == UNTOLD


async def test_the_providers_clock_is_compared() -> None:
    provider = FakeProvider(date=f"{NOON - timedelta(hours=1):%a, %d %b %Y %H:%M:%S} GMT")
    assert (await _provider(provider))[-1].words.startswith("3599 s ahead of that of Vobiz")
