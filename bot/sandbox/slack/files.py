"""Files in upload: asked for, sent, and complete.

Knows nothing of where they are shown. Only what `files.getUploadURLExternal` and `files.completeUploadExternal` need.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.sandbox.slack.errors import SlackError


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """`content` is `None` until it was sent; `ticket` is the last part of the address it is sent to."""

    id: str
    ticket: str
    name: str
    length: int
    content: bytes | None = None
    title: str = ""
    channel: str | None = None


class Files:
    """Every upload by file id."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}

    def __iter__(self) -> Iterator[File]:
        return iter(self._files.values())

    def expect(self, name: str, length: int) -> File:
        file = File(id=f"F{secrets.token_hex(5).upper()}", ticket=secrets.token_urlsafe(18), name=name, length=length)
        self._files[file.id] = file
        return file

    def receive(self, ticket: str, content: bytes) -> File | None:
        """`None` when nobody asked for this address, or the length is not the one that was announced."""
        for file in self._files.values():
            if file.ticket == ticket and len(content) == file.length:
                self._files[file.id] = replace(file, content=content)
                return self._files[file.id]
        return None

    def complete(self, file_id: str, *, title: str, channel: str | None) -> File:
        """Raises `SlackError` (`file_not_found`) for what was never sent."""
        file = self._files.get(file_id)
        if file is None or file.content is None:
            raise SlackError("file_not_found")
        self._files[file_id] = replace(file, title=title or file.name, channel=channel)
        return self._files[file_id]
