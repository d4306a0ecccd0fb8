"""The demo: both stand-ins, the real bot between them, and a Slack channel on a web page.

Needs no account and no setting: reads neither the environment nor `.env`, keeps its database in a folder that goes
with it, and listens on 127.0.0.1 only.
"""

import asyncio
import os
import signal
import sys
import tempfile
import webbrowser
from contextlib import AsyncExitStack
from pathlib import Path

from bot import logs
from bot.app import Service
from bot.problems import Problem
from bot.sandbox.backstage import Backstage
from bot.sandbox.slack import SlackStandIn, Workspace
from bot.sandbox.vobiz import VobizStandIn, demo_inventory
from bot.settings import Settings, given

MEMBER, FIRST_MANAGER, SECOND_MANAGER = "U0ASHA001", "U0MEERA01", "U0VIKRAM1"
CHANNEL = "C0NUMBERS"


class CannotShow(Problem):
    """One line: why the demo cannot start."""


async def run(*, port: int) -> None:
    """Shows the demo until Ctrl-C or SIGTERM. `port` 0 takes a free one. Raises `CannotShow`."""
    told = asyncio.Event()
    for reason in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(reason, told.set)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="buynumber-demo-"))
        provider = VobizStandIn(numbers=demo_inventory())
        await provider.start()
        stack.push_async_callback(provider.stop)
        slack = SlackStandIn(workspace=workspace(), port=port)
        stack.push_async_callback(slack.stop)
        try:
            await slack.start()
        except OSError as reason:
            raise CannotShow(f"port {port} is taken: try another one with --port") from reason
        stack.push_async_callback(Backstage(slack, provider).stop)
        settings = settings_for(slack, provider, Path(folder))
        logs.set_up("WARNING", "console", settings.secrets)
        service = Service(settings)
        await service.start()
        stack.push_async_callback(service.stop)
        await service.ready()
        sys.stdout.write(f"The demo is at {slack.origin}/ (stop it with Ctrl-C)\n")
        sys.stdout.flush()
        open_browser(f"{slack.origin}/")
        await told.wait()
    sys.stdout.write("The demo has ended; nothing of it is left.\n")


def workspace() -> Workspace:
    """One channel, one member, two managers."""
    furnished = Workspace()
    furnished.add_user(MEMBER, "Asha Rao", role="Member")
    furnished.add_user(FIRST_MANAGER, "Meera Nair", role="Manager")
    furnished.add_user(SECOND_MANAGER, "Vikram Shah", role="Manager")
    everyone = (MEMBER, FIRST_MANAGER, SECOND_MANAGER)
    furnished.add_channel(CHANNEL, "numbers", everyone, topic="Phone numbers: asked for, approved, bought")
    return furnished


def settings_for(slack: SlackStandIn, provider: VobizStandIn, folder: Path) -> Settings:
    """The real bot's settings, pointing at the stand-ins; Socket Mode, so the door is not used."""
    app = slack.workspace.app
    return given(
        {
            "SLACK_BOT_TOKEN": app.bot_token,
            "SLACK_APP_TOKEN": app.app_token,
            "SLACK_API_URL": slack.api_url,
            "VOBIZ_AUTH_ID": provider.master.auth_id,
            "VOBIZ_AUTH_TOKEN": provider.master.token,
            "VOBIZ_BASE_URL": provider.base_url,
            "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
            "APPROVERS": f"{FIRST_MANAGER},{SECOND_MANAGER}",
            "SECOND_APPROVAL_ABOVE": "INR:1000,USD:20,GBP:20,EUR:20,SGD:20",
            "MONTHLY_BUDGET": "INR:10000,USD:200,GBP:100,EUR:100,SGD:100",
            "HOST": "127.0.0.1",
            "PORT": "0",
        }
    )


def open_browser(url: str) -> None:
    """Opens the page where there is a screen; a browser inside the terminal would be in the way."""
    has_screen = sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    if has_screen:
        webbrowser.open(url)
