"""What a purchase's answer means for the money: bought, refused or unknown, by one table.

Anything the table does not name is unknown. A bare 401 or 404 may come from a router that does not know the path; only
a read can tell, so it is handed back as `Odd` and judged with what the read found. Makes no calls itself.
"""

from dataclasses import dataclass

from pydantic import ValidationError

from bot.domain.account import is_us
from bot.domain.numbers import E164
from bot.domain.outcome import Bought, Outcome, Refusal, Refused, Unknown
from bot.vobiz.answer import Answer
from bot.vobiz.errors import ProviderError, provider_error
from bot.vobiz.models import Receipt
from bot.vobiz.routes import Casing
from bot.vobiz.wire import CallFailed, Dropped, NotSent

_NO_WORDS = "the provider gave no words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A 401 or 404 that may mean no more than a wrong path casing."""

    answer: Answer
    error: ProviderError | None


def judge_failure(failure: CallFailed) -> Outcome:
    """The outcome of a call without a whole answer."""
    if isinstance(failure, Dropped):
        return Refused(why=Refusal.NOT_EXECUTED, code=failure.reason, message="dropped before its first byte")
    if isinstance(failure, NotSent):
        return Refused(why=Refusal.NOT_SENT, code=Refusal.NOT_SENT.value, message=f"not sent: {failure.reason}")
    return Unknown(reason=failure.reason)


def judge(answer: Answer, *, number: E164, currency: str, account: str) -> Outcome | Odd:
    """The outcome of an answer to the purchase of `number` by `account`."""
    error = provider_error(answer)
    if error is not None and error.is_balance:
        return _balance_too_low(answer, error, currency)
    match answer.status:
        case 200 | 201:
            return _sold(answer, error, number, account)
        case 402:
            return _balance_too_low(answer, error, currency)
        case 404 if error is not None and error.names_the_number:
            return _refused(Refusal.NOT_IN_INVENTORY, answer, error)
        case 401 | 404:
            return Odd(answer=answer, error=error)
        case 400 | 403 | 422:
            return _refused(Refusal.REJECTED, answer, error)
        case 429:
            return _refused(Refusal.NOT_EXECUTED, answer, error)
        case _:
            return _unknown(answer, error)


def judge_odd(odd: Odd, *, used: Casing, works: Casing | None, is_denied: bool) -> Outcome:
    """The outcome of a 401 or 404 to a purchase made with casing `used`.

    `works` is the casing that reads work with afterwards, `None` when they do not or could not be made; `is_denied`
    when they were refused in both casings. A 404 while no read works is unknown: it is nobody's word on the number.
    """
    if odd.answer.status == 404:
        if works is None:
            return _unknown(odd.answer, odd.error)
        says_gone = odd.error is not None and odd.error.is_not_found and not odd.error.names_a_path
        is_gone = says_gone and works is used
        return _refused(Refusal.NOT_IN_INVENTORY if is_gone else Refusal.NOT_EXECUTED, odd.answer, odd.error)
    is_refused_login = is_denied or (odd.error is not None and works is used)
    return _refused(Refusal.REJECTED if is_refused_login else Refusal.NOT_EXECUTED, odd.answer, odd.error)


def _sold(answer: Answer, error: ProviderError | None, number: E164, account: str) -> Outcome:
    if answer.is_too_big:
        return _unknown(answer, error, "too_big")
    try:
        sold = Receipt.model_validate(answer.content).sold(number)
    except ValidationError:
        return _unknown(answer, error, "unreadable")
    if sold is None or _states_an_error(answer):
        return _unknown(answer, error, "unreadable")
    if sold.e164 != number:
        return _unknown(answer, error, "other_number")
    if sold.owner is None or not is_us(sold.owner, account):
        return _unknown(answer, error, "no_owner")
    if sold.status not in (None, "active"):
        return _unknown(answer, error, "not_active")
    return Bought(number=sold.owned(), provider_request_id=answer.request_id)


def _states_an_error(answer: Answer) -> bool:
    """In whatever form: a sale beside it is none that can be believed."""
    return isinstance(answer.content, dict) and bool(answer.content.get("error"))


def _balance_too_low(answer: Answer, error: ProviderError | None, currency: str) -> Refused:
    return Refused(
        why=Refusal.BALANCE_TOO_LOW,
        code=error.code if error else f"http_{answer.status}",
        message=error.message if error else _NO_WORDS,
        provider_request_id=answer.request_id,
        required=error.amount(error.required, currency) if error else None,
        available=error.amount(error.available, currency) if error else None,
    )


def _refused(why: Refusal, answer: Answer, error: ProviderError | None) -> Refused:
    return Refused(
        why=why,
        code=error.code if error else f"http_{answer.status}",
        message=error.message if error else _NO_WORDS,
        provider_request_id=answer.request_id,
        retry_after=answer.retry_after if why is Refusal.NOT_EXECUTED else None,
    )


def _unknown(answer: Answer, error: ProviderError | None, reason: str | None = None) -> Unknown:
    return Unknown(
        reason=reason or f"http_{answer.status}",
        message=error.message if error else "",
        provider_request_id=answer.request_id,
        call_is_over=reason is None and answer.status == 500 and error is not None,
    )
