"""What commands ask of Slack and Vobiz, whether a process serves or not. Changes nothing there."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

from bot.clients import slack_session, vobiz, web_client
from bot.clock import SystemClock
from bot.problems import Problem
from bot.redaction import Redactor
from bot.services.checkup.line import Line, ok
from bot.services.checkup.provider import provider_lines
from bot.services.checkup.rules import rule_lines
from bot.services.ports import NotDelivered, Undeliverable
from bot.settings import Settings
from handlers import checkup as slack
from handlers import witness
from handlers.calls import SlackCalls
from handlers.people import SlackPeople


class CannotAsk(Problem):
    """One line for the operator: Slack lets nobody in."""


async def checkup(settings: Settings) -> list[Line]:
    """Tries every credential and setting against the real services, and says how each stands. Spends nothing."""
    clock, provider = SystemClock(), vobiz(settings)
    calls = SlackCalls(clock, Redactor(settings.secrets))
    async with AsyncExitStack() as closing:
        closing.push_async_callback(provider.aclose)
        session = await closing.enter_async_context(slack_session())
        client = web_client(settings, settings.slack_bot_token, session)
        team, lines = await slack.token_lines(client, calls, clock)
        if settings.slack_app_token is not None:
            lines.append(await slack.socket_line(web_client(settings, settings.slack_app_token, session), calls))
        else:
            lines.append(ok("SLACK_SIGNING_SECRET", "is set; Slack's first call shows whether it is the right one"))
        if team is not None:
            lines += [await slack.channel_line(client, calls, *named) for named in _named_channels(settings)]
            people = SlackPeople(client, calls, clock, team=team, approvers=settings.approvers)
            most = settings.rules.most_votes_needed
            lines += await slack.group_lines(client, calls, settings.approvers)
            lines += await slack.approver_lines(people, team, most, self_approval=settings.allow_self_approval)
            lines += await slack.message_lines(client, calls)
        lines += rule_lines(settings.rules)
        lines += await provider_lines(provider, settings.default_country, _currencies(settings), clock)
    return lines


async def shown_in_slack(settings: Settings, channels: Sequence[str]) -> AsyncIterator[tuple[int, str, str]]:
    """Number, first digits of the hash, and channel of every entry that the channels still show. Raises `Problem`."""
    calls = SlackCalls(SystemClock(), Redactor(settings.secrets))
    async with slack_session() as session:
        client = web_client(settings, settings.slack_bot_token, session)
        try:
            answer = await calls.run("auth.test", "", client.auth_test)
        except (NotDelivered, Undeliverable) as refused:
            raise CannotAsk(f"Slack refuses SLACK_BOT_TOKEN, or cannot be reached: {refused}") from refused
        for channel in channels:
            async for shown in witness.shown_in(client, calls, channel, str(answer.get("bot_id"))):
                yield shown.number, shown.hash, shown.channel


def _named_channels(settings: Settings) -> list[tuple[str, str]]:
    approval = [("APPROVAL_CHANNEL", settings.approval_channel)] if settings.approval_channel else []
    return [*approval, *(("ALLOWED_CHANNELS", channel) for channel in sorted(settings.allowed_channels or ()))]


def _currencies(settings: Settings) -> list[str]:
    """Those that the limits name, or else the default country's."""
    from babel.numbers import get_territory_currencies

    limits = (settings.second_approval_above, settings.auto_approve_up_to, settings.monthly_budget, settings.max_charge)
    named = {currency for limit in limits for currency in limit or ()}
    return sorted(named) or get_territory_currencies(settings.default_country)[:1]
