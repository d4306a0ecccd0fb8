"""What was said: messages, threads, ephemeral messages, and their order.

Knows nothing of who may say what. A message's `ts` is its id, unique in the whole workspace here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from bot.sandbox.slack.shapes import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as it stands now; rewriting replaces it."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[JsonObject, ...] = ()
    thread_ts: str | None = None
    is_broadcast: bool = False
    by_app: bool = False
    only_for: str | None = None
    """The one person who sees an ephemeral message."""
    metadata: JsonObject | None = None
    is_edited: bool = False

    @property
    def is_ephemeral(self) -> bool:
        return self.only_for is not None


class Messages:
    """All messages. `wall` gives the seconds since 1970 that a `ts` is made of."""

    def __init__(self, wall: Callable[[], float]) -> None:
        self._wall = wall
        self._last_micros = 0
        self._messages: dict[str, Message] = {}

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages.values())

    def new_ts(self) -> str:
        self._last_micros = max(int(self._wall() * 1_000_000), self._last_micros + 1)
        seconds, micros = divmod(self._last_micros, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def keep(self, message: Message) -> Message:
        self._messages[message.ts] = message
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        found = self._messages.get(ts)
        return found if found is not None and found.channel == channel else None

    def by_ts(self, ts: str) -> Message | None:
        return self._messages.get(ts)

    def remove(self, message: Message) -> None:
        self._messages.pop(message.ts, None)

    def rewrite(
        self, message: Message, *, text: str, blocks: tuple[JsonObject, ...], metadata: JsonObject | None = None
    ) -> Message:
        """Without `metadata` it keeps what it had (source: Slack's page on `chat.update`)."""
        # Slack marks a rewritten message "edited" only when it has no blocks.
        kept = message.metadata if metadata is None else metadata
        return self.keep(replace(message, text=text, blocks=blocks, metadata=kept, is_edited=not blocks))

    def root_of(self, channel: str, ts: str) -> str:
        """A reply to a reply belongs to the thread's first message."""
        found = self.find(channel, ts)
        return found.thread_ts if found is not None and found.thread_ts is not None else ts

    def in_channel(self, channel: str) -> list[Message]:
        """Everything everyone sees there outside threads, oldest first."""
        return [
            message
            for message in self._messages.values()
            if message.channel == channel
            and not message.is_ephemeral
            and (message.thread_ts is None or message.is_broadcast)
        ]

    def replies(self, channel: str, ts: str) -> list[Message]:
        """The thread's replies that everyone sees, oldest first, without its first message."""
        return [
            message
            for message in self._messages.values()
            if message.channel == channel and message.thread_ts == ts and not message.is_ephemeral
        ]

    def ephemerals(self, user: str) -> list[Message]:
        return [message for message in self._messages.values() if message.only_for == user]
