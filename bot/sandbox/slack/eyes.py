"""What people see: channels, threads, what only they see, modals, App Home. And waiting until something is seen.

Only looks; knows nothing of the app.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.views import View
from bot.sandbox.slack.workspace import Workspace

Found = TypeVar("Found")


class Eyes:
    """Reads the workspace as people see it. Lists are oldest first."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def messages(self, channel: str) -> list[Message]:
        """What everyone sees in the channel, replies in threads left out."""
        return self.workspace.messages.in_channel(channel)

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The replies under this message."""
        return self.workspace.messages.replies(channel, ts)

    def message(self, channel: str, ts: str) -> Message:
        """The message as it stands now. Raises `LookupError` when it is gone."""
        found = self.workspace.messages.find(channel, ts)
        if found is None:
            raise LookupError(f"no message {ts} in {channel}")
        return found

    def ephemerals_for(self, user: str) -> list[Message]:
        """What this person alone sees."""
        return self.workspace.messages.ephemerals(user)

    def modal(self, user: str) -> View | None:
        """The modal in front of this person."""
        stack = self.workspace.views.stack(user)
        return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        return self.workspace.views.home(user)

    def sees_message(self, user: str, message: Message) -> bool:
        channel = self.workspace.channels.find(message.channel)
        if channel is None or not self.workspace.sees(user, channel):
            return False
        return message.only_for in {None, user}

    def wait_for(self, look: Callable[[Workspace], Found], *, timeout: float = 120.0) -> Awaitable[Found]:
        """Gives the first true `look(workspace)`, looked at now and after every change.

        Raises `TimeoutError` after `timeout` seconds, naming the calls that came in last.
        """
        return self._wait_for(look, timeout)

    async def _wait_for(self, look: Callable[[Workspace], Found], within: float) -> Found:
        try:
            return await self.workspace.changes.wait_for(lambda: look(self.workspace), within=within)
        except TimeoutError:
            last = ", ".join(call.method for call in self.workspace.calls[-8:]) or "none"
            raise TimeoutError(f"not seen within {within} s; the last calls were: {last}") from None
