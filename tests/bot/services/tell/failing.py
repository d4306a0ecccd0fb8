"""Deliveries that Slack does not take."""

import pytest

from bot.services.ports import Undeliverable
from bot.work.queue import Work
from bot.work.retry import CannotSucceed, TryLater
from tests.harness.workbench import Workbench


async def fails(bench: Workbench, kind: type[Work], reason: Exception) -> None:
    """Such a row is done in vain: it is parked when Slack will never take it, and otherwise waits."""
    bench.messenger.failures = [reason]
    with pytest.raises(CannotSucceed if isinstance(reason, Undeliverable) else TryLater):
        await bench.run(kind)
