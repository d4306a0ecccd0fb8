"""A stand-in for Slack: a real HTTP and WebSocket server on 127.0.0.1, as strict as Slack.

The demo and the tests run the real Bolt app against it. It knows nothing of the bot; everything it holds can be read
and changed in place. Begin with `workspace.py` (what there is), `hands.py` (what people do) and `server.py`.

    async with SlackStandIn(workspace=furnish(Workspace())) as slack:
        client = AsyncWebClient(token=slack.workspace.app.bot_token, base_url=slack.api_url)
        ...                                                        # start the app with this client
        assert await slack.command(ASHA, NUMBERS, "+91 98765 43210 for support") == Done()
        card = await slack.wait_for(lambda workspace: workspace.messages.in_channel(NUMBERS))
        await slack.click(MEERA, card[0].ts, "approve")            # acts on what stands there, as a person would
        slack.workspace.faults.lose_answer("chat.postMessage")     # the next post happens, its answer is lost
        assert slack.workspace.calls_of("chat.update")
"""

from bot.sandbox.slack.acks import Done, Failed, Invalid, Offered, Outcome
from bot.sandbox.slack.errors import ImpossibleError, SlackError, SlackStandInError
from bot.sandbox.slack.example import furnish
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Grid, User, UserGroup
from bot.sandbox.slack.server import SlackStandIn
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import ApiCall, InstalledApp, Team, Workspace

__all__ = [
    "ApiCall",
    "Done",
    "Failed",
    "Grid",
    "ImpossibleError",
    "InstalledApp",
    "Invalid",
    "Message",
    "Offered",
    "Outcome",
    "SlackError",
    "SlackStandIn",
    "SlackStandInError",
    "Team",
    "User",
    "UserGroup",
    "View",
    "Workspace",
    "furnish",
]
