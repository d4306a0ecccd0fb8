"""The clients of Slack and Vobiz, as the settings want them."""

from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.redaction import Redactor
from bot.settings import Settings
from bot.vobiz.client import Vobiz
from bot.watch import Watch
from handlers.calls import LOGGER, RedactingClient

SLACK_ANSWERS_WITHIN = 10.0
"""Seconds for one call to Slack."""


def vobiz(settings: Settings, watch: Watch | None = None) -> Vobiz:
    return Vobiz(
        base_url=settings.vobiz_base_url,
        auth_id=settings.vobiz_auth_id,
        auth_token=settings.vobiz_auth_token,
        timeout=settings.vobiz_timeout.total_seconds(),
        redact=Redactor(settings.secrets),
        watch=watch,
    )


def slack_session() -> aiohttp.ClientSession:
    """For calls to Slack. The limit has to be the session's: the SDK's own counts only for sessions it makes itself.

    Socket Mode's connections are opened with a session of their own, so that no limit ends them.
    """
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_ANSWERS_WITHIN))


def web_client(settings: Settings, token: SecretStr, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Nothing is sent again by the client itself: a lost answer to a post would post twice."""
    client = RedactingClient(
        token=token.get_secret_value(),
        base_url=settings.slack_api_url,
        session=session,
        retry_handlers=[],
        logger=LOGGER,
    )
    client.redact = Redactor(settings.secrets)
    if _goes_past_proxies(settings.slack_api_url):
        client.proxy = None
    return client


def _goes_past_proxies(url: str) -> bool:
    """The SDK takes `HTTPS_PROXY` for every address; `NO_PROXY`, and that no proxy reaches this machine, it ignores."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "127.0.0.1", "::1") or bool(proxy_bypass(host))
