"""Accounts at the provider: a master account (`MA_…`), or a sub-account (`SA_…`) whose master pays and may own.

Which account is a sub-account's master, no documented read tells.
"""


def has_a_master(account: str) -> bool:
    """Whether another account pays: balance and ledger of this one say nothing of what it buys."""
    return account.startswith("SA_")


def is_us(owner: str, account: str) -> bool:
    """Whether what `account` buys can belong to `owner`: to itself, or to its master.

    A master account's purchase belongs to itself: a sub-account as owner is nothing that its call asked for.
    """
    return owner == account or (has_a_master(account) and owner.startswith("MA_"))
