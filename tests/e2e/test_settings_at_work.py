"""What settings change for people, through the whole bot. Those that are not here have their tests elsewhere."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.request import Status
from bot.sandbox.slack import Done
from bot.sandbox.slack.example import ASHA, MEERA
from bot.sandbox.vobiz import Mood
from bot.settings import Settings
from tests.harness.office import BENGALURU, OpenOffice, environment_for
from tests.harness.process import a_bot
from tests.harness.timeline import a_timed_office

TESTS = Path(__file__).parents[1]

NOT_ABOUT_WHAT_THEY_DO = {"test_settings.py", "test_outside.py"}
"""How settings are read, and how the example shows them."""


def _tests() -> Iterator[str]:
    """The source of every test function, with its decorators."""
    for path in TESTS.rglob("test_*.py"):
        source = "" if path.name in NOT_ABOUT_WHAT_THEY_DO else path.read_text("utf-8")
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                yield "\n".join(lines[first - 1 : node.end_lineno])


def test_every_setting_is_named_by_a_test_of_what_it_does() -> None:
    named = {name for source in _tests() for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", source)}
    assert {name.upper() for name in Settings.model_fields} <= named


async def test_an_approver_may_approve_their_own_request_where_that_is_allowed(open_office: OpenOffice) -> None:
    office = await open_office(ALLOW_SELF_APPROVAL="true")
    card = await office.a_card(by=MEERA)
    await office.approve(card, by=MEERA)
    await office.shows(card, f"approved by <@{MEERA}> · details")


async def test_a_small_charge_is_bought_without_a_click(open_office: OpenOffice) -> None:
    office = await open_office(AUTO_APPROVE_UP_TO="INR:101", MONTHLY_BUDGET="INR:5000")
    card = await office.a_card()
    await office.told(card, "is approved automatically")
    await office.told(card, "is bought.")
    await office.shows(card, "approved automatically")


async def test_a_charge_above_the_most_is_refused_as_it_is_asked_for(open_office: OpenOffice) -> None:
    office = await open_office(MAX_CHARGE="INR:100.99")
    await office.ask(BENGALURU)
    await office.hears(ASHA, "no purchase may cost more than ₹100.99")
    assert await office.requests() == []


async def test_an_approval_past_the_days_purchases_hears_until_when(open_office: OpenOffice) -> None:
    office = await open_office(MAX_PURCHASES_PER_DAY="1")
    first, second = await office.a_card(), await office.a_card("+918069000187")
    await office.approve(first)
    await office.told(first, "is bought.")
    await office.approve(second)
    await office.hears(
        MEERA, "only 1 purchase may be approved in a day, and today that is used up. Approve it again after"
    )
    assert office.slack.message(second.channel, second.ts) == second
    assert len(office.vobiz.purchase_calls) == 1


async def test_the_budgets_month_turns_in_the_teams_time_zone(tmp_path: Path) -> None:
    late_in_november = datetime(2026, 11, 30, 12, tzinfo=UTC)
    settings = {"TIME_ZONE": "Pacific/Kiritimati", "MONTHLY_BUDGET": "INR:5000"}
    async with a_timed_office(tmp_path, late_in_november, **settings) as timed:
        card = await timed.office.a_card()
        await timed.office.approve(card)
        await timed.office.told(card, "is bought.")
        await timed.rest()
        await timed.office.slack.open_home(ASHA)
        await timed.rest()
        home = timed.office.slack.home(ASHA)
        assert home is not None
        assert "*December*: ₹101 of ₹5,000" in json.dumps(home.blocks, ensure_ascii=False)


async def test_a_number_without_a_plus_is_one_of_the_default_country(open_office: OpenOffice) -> None:
    office = await open_office(DEFAULT_COUNTRY="US")
    card = await office.a_card("(800) 555-0199 for the hotline")
    assert "+1 800-555-0199" in card.text


async def test_a_request_expires_and_is_reminded_of_when_the_settings_say(tmp_path: Path) -> None:
    async with a_timed_office(tmp_path, REQUEST_EXPIRES_AFTER="2h", REMIND_AFTER="90m") as timed:
        card = await timed.office.a_card()
        await timed.live(timedelta(minutes=89))
        assert timed.office.slack.thread(card.channel, card.ts) == []
        await timed.live(timedelta(minutes=2))
        await timed.office.told(card, "still waits for your decision")
        await timed.live(timedelta(minutes=30))
        (request,) = await timed.office.requests()
        assert request.status is Status.EXPIRED


async def test_a_call_without_an_answer_is_given_up_when_the_setting_says(open_office: OpenOffice) -> None:
    office = await open_office(VOBIZ_TIMEOUT="1s")
    office.vobiz.next_purchase(Mood.NEVER_ANSWERED)
    card = await office.a_card()
    await office.approve(card)
    await office.told(card, "nobody knows yet")


async def test_what_was_signed_with_another_secret_is_not_from_slack(open_office: OpenOffice) -> None:
    office = await open_office(SLACK_SIGNING_SECRET="another")
    assert await office.ask(BENGALURU) != Done()
    assert await office.requests() == []


@pytest.mark.parametrize(
    ("setting", "words"), [("SLACK_API_URL", "SLACK_BOT_TOKEN"), ("VOBIZ_BASE_URL", "Vobiz: MA_STANDIN: not readable")]
)
async def test_slack_and_vobiz_are_where_the_settings_say(
    open_office: OpenOffice, tmp_path: Path, setting: str, words: str
) -> None:
    office = await open_office()
    env = environment_for(office.slack, office.vobiz, tmp_path, "http", {setting: "http://127.0.0.1:1/"})
    async with a_bot("check", folder=tmp_path, env=env) as checking:
        ended = await checking.ends()
    assert ended.code == 1
    assert words in next(line for line in ended.out.splitlines() if line.startswith("wrong"))


async def test_log_lines_are_for_people_where_that_is_set(open_office: OpenOffice, tmp_path: Path) -> None:
    office = await open_office()
    other = {"DATABASE_URL": f"sqlite:///{tmp_path / 'other.db'}", "LOG_FORMAT": "console"}
    env = environment_for(office.slack, office.vobiz, tmp_path, "http", other)
    async with a_bot("serve", folder=tmp_path, env=env) as serving:
        assert (await serving.says("serving")).split("[")[1].startswith("info")
        assert await serving.stop() == 0
