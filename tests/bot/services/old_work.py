"""Work as versions before this one left it: for each kind every form of its payload, written out as it was stored.

Each comes with what has to be there for it, and with what shows that it was done. It is about the request `ID`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.trail import Event
from bot.services.acts import Ask, AskAgain, AskForStatus, Decide, Freeze, Resolve
from bot.services.letters import Announcement, CardLetter, NoHome, ReplyTo, StatusList, Words
from bot.services.plans import DueSweep, DueTidy, Expire, Lapse, NextLook, Nudge, Purchase, Remind
from bot.work.queue import Work
from tests.bot.services import old_given as given
from tests.harness.bench import Bench

EMPTY = "{}"

ASKER = '{"user":"U_ASKER","channel":"C_TEAM","response_url":null,"at":"2026-11-02T12:00:00Z"}'
BOSS = '{"user":"U_BOSS","channel":"C_TEAM","response_url":null,"at":"2026-11-02T12:00:00Z"}'
NOWHERE = '{"user":"U_BOSS","channel":null,"response_url":null,"at":"2026-11-02T12:00:00Z"}'
URL = (
    '{"user":"U_ASKER","channel":"C_TEAM",'
    '"response_url":"https://hooks.slack.com/commands/T1/1/secret","at":"2026-11-02T12:00:00Z"}'
)

ASKER_DID = '{"team":"T1","trigger_id":"13345224609.738474920.8088930838d88f008e0","by":' + ASKER
BOSS_DID = '{"team":"T1","trigger_id":"13345224609.738474920.8088930838d88f008e0","by":' + BOSS
OPERATOR_DID = (
    '{"team":"","trigger_id":"operator-0f0e0d0c0b0a09080706050403020100",'
    '"by":{"user":"operator","channel":null,"response_url":null,"at":"2026-11-02T12:00:00Z"}'
)

THIS = ',"request":"5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e"'
TERMS = ',"digest":"3159e0994a76bd7c4174f02a9c0dbbbc"'
OFFERED = ',"digest":"eab0ca5f5ac5772e23cd317dfd21e908"'

APPROVES = ',"decision":"approve"' + THIS + TERMS + ',"reason":""'
WITHDRAWS = ',"decision":"withdraw"' + THIS + TERMS + ',"reason":"","message":null}'
DENIES = ',"decision":"deny"' + THIS + ',"digest":null,"reason":"zu teuer — नहीं","message":null}'

NUMBER = ',"channel":"C_TEAM","e164":"+918069000142"'


@dataclass(frozen=True, slots=True)
class OldWork:
    """`leaves` is the last event then, the work that is planned then, or how it was told."""

    kind: type[Work]
    leaves: Event | type[Work] | str
    given: Callable[[Bench], Awaitable[None]]
    payload: str


JUDGED = [
    OldWork(
        Ask,
        Event.REQUESTED,
        given.nothing,
        ASKER_DID + NUMBER + ',"reason":"for the support line","digest":null,"is_private":false}',
    ),
    OldWork(
        Ask,
        Event.REQUESTED,
        given.nothing,
        '{"team":"T1","trigger_id":"t","by":' + URL + NUMBER + ',"reason":"für die Hotline 📞 \\"now\\"",'
        '"digest":null,"is_private":true}',
    ),
    OldWork(
        Ask,
        Event.REQUESTED,
        given.cards_stand_elsewhere,
        ASKER_DID + ',"channel":"D_ASKER","e164":"+918069000142","reason":""' + TERMS + ',"is_private":false}',
    ),
    OldWork(  # once its secret was dropped
        Ask,
        Event.REQUESTED,
        given.nothing,
        '{"team": "T1", "trigger_id": "t", "by": {"user": "U_ASKER", "channel": "C_TEAM", "response_url": null, '
        '"at": "2026-11-02T12:00:00Z"}, "channel": "C_TEAM", "e164": "+918069000142", "reason": "gr\\u00f6\\u00dfer", '
        '"digest": null, "is_private": false}',
    ),
    OldWork(AskAgain, Event.REQUESTED, given.denied, BOSS_DID + THIS + TERMS + ',"channel":null}'),
    OldWork(AskAgain, Event.REQUESTED, given.denied, BOSS_DID + THIS + TERMS + ',"channel":"C_OTHER"}'),
    OldWork(
        AskAgain,
        Event.REQUESTED,
        given.gone_and_similar_ones_offered,
        BOSS_DID + THIS + OFFERED + ',"channel":"C_TEAM"}',
    ),
    OldWork(Decide, Event.APPROVED, given.pending, BOSS_DID + APPROVES + ',"message":null}'),
    OldWork(Decide, Event.APPROVED, given.pending, BOSS_DID + APPROVES + ',"message":["C_TEAM","1.000001"]}'),
    OldWork(Decide, Event.DENIED, given.pending, BOSS_DID + DENIES),
    OldWork(Decide, Event.WITHDRAWN, given.pending, ASKER_DID + WITHDRAWS),
    OldWork(AskForStatus, StatusList, given.pending, BOSS_DID + ',"in_home":false}'),
    OldWork(
        AskForStatus,
        StatusList,
        given.pending,
        '{"team":"T1","trigger_id":"Ev0PV52K21","by":' + NOWHERE + ',"in_home":true}',
    ),
    OldWork(
        AskForStatus, StatusList, given.pending, '{"team":"T1","trigger_id":"","by":' + NOWHERE + ',"in_home":true}'
    ),
    OldWork(Expire, Event.EXPIRED, given.pending, '{"terms_version":1}'),
    OldWork(Remind, Event.REMINDED, given.pending, '{"terms_version":1}'),
    OldWork(Lapse, Event.ASKED_AGAIN, given.approved, '{"terms_version":1}'),
    OldWork(Resolve, Event.FAILED, given.people_asked, BOSS_DID + ',"resolution":"resolve_not_bought"' + THIS + "}"),
    OldWork(
        Resolve,
        Event.PURCHASED,
        given.people_asked_and_the_number_is_ours,
        BOSS_DID + ',"resolution":"resolve_bought"' + THIS + "}",
    ),
    OldWork(Resolve, Event.LOOK_ASKED, given.people_asked, BOSS_DID + ',"resolution":"look_again"' + THIS + "}"),
    OldWork(Resolve, Event.WRITTEN_OFF, given.charged, BOSS_DID + ',"resolution":"write_off"' + THIS + "}"),
    OldWork(
        Resolve, Event.FAILED, given.people_asked, OPERATOR_DID + ',"resolution":"resolve_not_bought"' + THIS + "}"
    ),
    OldWork(Freeze, Event.FROZEN, given.nothing, BOSS_DID + ',"freezes":true,"channel":"C_TEAM"}'),
    OldWork(Freeze, Event.UNFROZEN, given.frozen, BOSS_DID + ',"freezes":false,"channel":"D_BOSS"}'),
    OldWork(Nudge, Event.REMINDED, given.people_asked, EMPTY),
    OldWork(Nudge, Event.REMINDED, given.charged, EMPTY),
    OldWork(DueTidy, DueTidy, given.nothing, EMPTY),
    OldWork(Purchase, Event.PURCHASED, given.approved, EMPTY),
    OldWork(NextLook, NextLook, given.checking, '{"pauses":["PT5S","PT15S","PT1M","PT5M","PT30M"]}'),
    OldWork(NextLook, Event.PEOPLE_ASKED, given.checking, '{"pauses":[]}'),
    OldWork(DueSweep, DueSweep, given.charged, EMPTY),
]

WORDS = (
    '"reason":"over_budget","evidence":{"charge":"101","currency":"INR","budget":"100","used":"0","month":"2026-11"}'
)
LISTS = ',"team":"T1","is_approver":'
UNREAD = '{"why":"internal_error","list":"U_BOSS,S_MANAGERS","group":"S_MANAGERS"}'

TOLD = [
    OldWork(CardLetter, "post_card", given.not_posted, EMPTY),
    OldWork(CardLetter, "rewrite_card", given.denied_now, EMPTY),
    OldWork(
        CardLetter,
        "post_card",
        given.not_posted,
        '{"card_is_repeat":false,"requester":' + ASKER + ',"month_changed":false}',
    ),
    OldWork(
        CardLetter,
        "post_card",
        given.not_posted,
        '{"card_is_repeat":true,"requester":' + URL + ',"month_changed":false}',
    ),
    OldWork(ReplyTo, "reply", given.denied_now, '{"entry": 2}'),
    OldWork(ReplyTo, "reply", given.denied_now, '{"card_is_repeat":false,"entry":2,"is_repeat":true}'),
    OldWork(ReplyTo, "reply", given.denied_and_its_card_is_lost, '{"card_is_repeat":true,"entry":2,"is_repeat":false}'),
    OldWork(Words, "words", given.pending, '{"to":' + BOSS + "," + WORDS + THIS + "}"),
    OldWork(Words, "words", given.nothing, '{"to":' + URL + ',"reason":"not_frozen","evidence":{},"request":null}'),
    OldWork(StatusList, "status_list", given.charged, '{"to":' + BOSS + LISTS + 'true,"unread":null,"in_home":false}'),
    OldWork(
        StatusList,
        "status_list",
        given.pending,
        '{"to":' + URL + LISTS + 'false,"unread":' + UNREAD + ',"in_home":false}',
    ),
    OldWork(StatusList, "home", given.pending, '{"to":' + NOWHERE + LISTS + 'true,"unread":null,"in_home":true}'),
    OldWork(
        NoHome,
        "no_home",
        given.nothing,
        '{"to":' + NOWHERE + ',"reason":"not_a_full_member","evidence":{"why":"guest"}}',
    ),
    OldWork(
        Announcement, "announce", given.unfrozen_beside_a_request, '{"entry":1,"channel":null,"to":null,"alone":false}'
    ),
    OldWork(
        Announcement, "announce", given.unfrozen_once, '{"entry":1,"channel":"C_OTHER","to":' + BOSS + ',"alone":false}'
    ),
    OldWork(
        Announcement, "announce_to", given.unfrozen_once, '{"entry":1,"channel":null,"to":' + BOSS + ',"alone":true}'
    ),
]
