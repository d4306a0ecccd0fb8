"""This machine's clock beside that of somebody who answered it."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.services.checkup.line import Line, note, ok, wrong

NOTED_FROM, WRONG_FROM = timedelta(seconds=5), timedelta(seconds=60)
"""Slack's signatures are refused five minutes off (source: Slack's page on verifying requests), and looks, budgets and
reminders go by the clock."""

A_SECOND = timedelta(seconds=1)

SET_IT = "have the machine's clock set by a time server, as `timedatectl set-ntp true` does, or see to its host's"


def clock_line(whose: str, date: str | None, asked: datetime, answered: datetime) -> Line:
    """`date` is the header of the answer; how long that was under way is nobody's fault.

    A header of 12:00:00 in an answer from between 12:00:58 and 12:01:10 tells of 57 seconds at least.
    """
    try:
        theirs = parsedate_to_datetime(date or "")
        ahead, behind = asked - theirs - A_SECOND, theirs - answered
    except (ValueError, TypeError):
        return ok("clock", f"{whose} does not say what time it is")
    off = max(ahead, behind, timedelta(0))
    if off < NOTED_FROM:
        return ok("clock", f"agrees with that of {whose}")
    words = f"{off.total_seconds():.0f} s {'ahead of' if ahead > behind else 'behind'} that of {whose}"
    if off < WRONG_FROM:
        return note("clock", words, SET_IT)
    return wrong("clock", f"{words}: from 300 s on clicks are refused", SET_IT)
