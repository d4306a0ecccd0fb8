"""The bot that somebody might write instead: Bolt, httpx and no database.

A command is looked up and posted as a card; a click buys, rewrites the card and replies with the details. Nothing is
checked, nothing is kept: a click that comes twice buys twice, and an answer that is lost is never found again.
"""

import asyncio
import os
import re
from typing import Any

import httpx
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.bench.bare import slack_app
from tests.bench.serving import serve


class Naive:
    """What it does after it has acknowledged."""

    def __init__(self, vobiz: httpx.AsyncClient) -> None:
        self._vobiz = vobiz

    async def ask(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        wanted = re.match(r"\+\d+", body["text"])
        if wanted is None:
            return
        found = await self._vobiz.get("inventory/numbers", params={"search": wanted[0][1:]})
        number = next(item for item in found.json()["items"] if item["e164"] == wanted[0])
        text = f"<@{body['user_id']}> asks for {number['e164']}: {_fees(number)}"
        approve = {
            "type": "button",
            "action_id": "approve",
            "style": "primary",
            "text": {"type": "plain_text", "text": "Approve"},
            "value": number["e164"],
        }
        blocks = [_section(text), {"type": "actions", "elements": [approve]}]
        await client.chat_postMessage(channel=body["channel_id"], text=text, blocks=blocks)

    async def approve(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        channel, ts = body["channel"]["id"], body["message"]["ts"]
        wanted = {"e164": body["actions"][0]["value"], "currency": "INR"}
        bought = await self._vobiz.post("numbers/purchase-from-inventory", json=wanted)
        bought.raise_for_status()
        number = bought.json()["number"]
        text = f"{number['e164']} is bought; <@{body['user']['id']}> approved it."
        await client.chat_update(channel=channel, ts=ts, text=text, blocks=[_section(text)])
        details = f"{number['e164']} is bought. {number['region']}, {number['country']}: {_fees(number)}"
        await client.chat_postMessage(channel=channel, thread_ts=ts, text=details, blocks=[_section(details)])


def _fees(number: dict[str, Any]) -> str:
    return f"{number['setup_fee']} + {number['monthly_fee']} {number['currency']} a month"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


async def main() -> None:
    login = {"X-Auth-ID": os.environ["VOBIZ_AUTH_ID"], "X-Auth-Token": os.environ["VOBIZ_AUTH_TOKEN"]}
    account = f"{os.environ['VOBIZ_BASE_URL']}/v1/Account/{os.environ['VOBIZ_AUTH_ID']}/"
    async with httpx.AsyncClient(base_url=account, headers=login) as vobiz:
        app, naive = slack_app(), Naive(vobiz)
        app.command("/buynumber")(naive.ask)
        app.action("approve")(naive.approve)
        await serve(app.web_app())


if __name__ == "__main__":
    asyncio.run(main())
