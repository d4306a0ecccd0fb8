"""Log lines: one event with fields, for people or for machines, with every secret taken out.

What the libraries log goes the same way.
"""

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, Literal, cast

import structlog
from pydantic import SecretStr

from bot.redaction import Redactor

Fields = MutableMapping[str, Any]


class Redaction:
    """Takes known secrets, and whatever looks like one, out of every text of a line."""

    def __init__(self, secrets: Iterable[SecretStr]) -> None:
        self._redact = Redactor(secrets)

    def __call__(self, _logger: object, _method: str, fields: Fields) -> Fields:
        return cast("Fields", self._redact.everywhere(fields))


def set_up(level: str, form: Literal["console", "json"], secrets: Iterable[SecretStr]) -> None:
    """Sends every log line of the process to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Redaction(secrets),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:-1], Redaction(secrets)],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(form)],
        )
    )
    handler.addFilter(_is_news)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for chatty in ("slack_sdk", "slack_bolt", "aiohttp.access", "alembic.runtime.plugins"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def _is_news(record: logging.LogRecord) -> bool:
    """Bolt finds SLACK_BOT_TOKEN in the environment by itself, and warns at each start that it is not used."""
    return not (record.name.startswith("slack_bolt") and "will be unused" in record.getMessage())


def _renderers(form: Literal["console", "json"]) -> list[structlog.typing.Processor]:
    if form == "json":
        return [structlog.processors.JSONRenderer()]
    return [_tamed, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)]


_COMMANDS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def _tamed(_logger: object, _method: str, fields: Fields) -> Fields:
    """What others wrote neither begins a line of its own nor commands a terminal; tracebacks keep their lines."""
    for name, value in fields.items():
        if isinstance(value, str):
            lines = value.split("\n") if name == "exception" else [value]
            fields[name] = "\n".join(_COMMANDS.sub(_as_written, line) for line in lines)
    return fields


def _as_written(command: re.Match[str]) -> str:
    return command[0].encode("unicode_escape").decode()
