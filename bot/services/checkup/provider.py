"""What the provider says: login, inventory, own numbers, balances, the ledger and its clock, by reads alone."""

from collections.abc import Sequence
from datetime import timedelta

from bot.clock import Clock
from bot.domain.account import has_a_master
from bot.services.checkup.clock import clock_line
from bot.services.checkup.line import Line, Mark, listed, note, ok, wrong
from bot.services.ports import Provider, ProviderUnavailable

LEDGER_TRIED = timedelta(days=1)
"""How much of the ledger is read."""

SUPPORT = "ask Vobiz's support"
LOG_IN = f"see whether VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN still work in Vobiz's console, then {SUPPORT}"
SPOILT = f"they may be charges: the log of the bot names the first, {SUPPORT} with that"


async def provider_lines(provider: Provider, country: str, currencies: Sequence[str], clock: Clock) -> list[Line]:
    """Of an account that cannot log in, or whose numbers cannot be read, nothing else is tried."""
    account, asked = provider.account, clock.now()
    try:
        own = await provider.own_numbers()
        answered, date = clock.now(), provider.date
        page = await provider.browse(country=country)
    except ProviderUnavailable as unavailable:
        if unavailable.reason == "denied":
            way = "set both anew, as Vobiz's console shows them"
            return [wrong("Vobiz", f"{account}: VOBIZ_AUTH_ID and VOBIZ_AUTH_TOKEN are refused (denied)", way)]
        way = f"see whether this machine reaches VOBIZ_BASE_URL, then {SUPPORT}"
        return [wrong("Vobiz", f"{account}: not readable ({unavailable.reason})", way)]
    on_sale = "numbers on sale" if page.listings else "no number on sale"
    lines = [ok("Vobiz", f"{account}: login works, {len(own.numbers)} own numbers, {on_sale} in {country}")]
    if own.unreadable:
        words = f"cannot be read: {listed(own.unreadable)}; until they can, no number is taken for not ours"
        lines.append(wrong("own numbers", words, f"{SUPPORT} to mend them"))
    lines += [await _balance_line(provider, currency) for currency in currencies]
    return [*lines, await _ledger_line(provider, clock), clock_line("Vobiz", date, asked, answered)]


async def _balance_line(provider: Provider, currency: str) -> Line:
    """A sub-account needs none of its own."""
    is_sub_account = has_a_master(provider.account)
    look = "see the balance in Vobiz's console"
    try:
        balance = await provider.balance(currency)
    except ProviderUnavailable as unavailable:
        mark = Mark.NOTE if is_sub_account else Mark.WRONG
        return Line(mark, "balance", f"not readable in {currency} ({unavailable.reason})", LOG_IN)
    if balance is None and is_sub_account:
        return ok("balance", f"in {currency} it stands with the master account, which pays")
    if balance is None:
        return note("balance", f"Vobiz shows none in {currency} to this account", look)
    words = f"{balance.available:f} {currency} available"
    if balance.may_overdraw:
        return ok("balance", f"{words}, and the account may go below it")
    return ok("balance", words) if balance.available > 0 else note("balance", words, "top up in Vobiz's console")


async def _ledger_line(provider: Provider, clock: Clock) -> Line:
    """As a sweep reads it, which needs both lists."""
    try:
        rows = await provider.transactions(clock.now() - LEDGER_TRIED)
    except ProviderUnavailable as unavailable:
        words = f"not readable ({unavailable.reason}): nobody hears of late charges, and what is held stays held"
        return wrong("ledger", words, LOG_IN)
    if rows is None:
        return ok("ledger", "it stands with the master account, which pays")
    spoilt = sum(not row.is_whole for row in rows)
    if spoilt:
        return note("ledger", f"readable, but for {spoilt} of a day's rows", SPOILT)
    return ok("ledger", "readable")
