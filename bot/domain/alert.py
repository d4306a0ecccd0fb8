"""What approvers are alerted of: what the provider shows beside what the bot knows, and nobody can explain."""

from enum import StrEnum


class Alert(StrEnum):
    """The names stand in the trail, and choose the words."""

    CHARGED_WITHOUT_NUMBER = "charged_without_number"
    MAY_BE_CHARGED = "may_be_charged"
    """Rows of the ledger that cannot be read may be its charge."""
    CHARGED_TWICE = "charged_twice"
    CHARGED_BESIDE_SALE = "charged_beside_sale"
    """Another request has the number, and its sale does not explain everything that was charged."""
    NOT_AMONG_OWN_NUMBERS = "not_among_own_numbers"
    NOT_USABLE = "not_usable"
    """Ours, and blocked or on its way back."""
    CHARGED_OTHERWISE = "charged_otherwise"
    """The ledger shows another charge than the answer stated, or the first there is."""
    UNEXPLAINED_DEBITS = "unexplained_debits"
    """Charges that no number of ours and no request explains."""
