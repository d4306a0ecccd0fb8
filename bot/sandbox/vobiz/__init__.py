"""The provider's stand-in: a server with the provider's API for the demo and the tests. Start at `standin.py`."""

from bot.sandbox.vobiz.demo import demo_inventory
from bot.sandbox.vobiz.moods import Mood, ReadMood, Says, Script, Sells
from bot.sandbox.vobiz.purchases import PurchaseCall, Waiting
from bot.sandbox.vobiz.reads import ReadCall
from bot.sandbox.vobiz.shapes import Edition
from bot.sandbox.vobiz.standin import VobizStandIn
from bot.sandbox.vobiz.state import Account, LedgerRow, Sale, StockNumber, World

__all__ = [
    "Account",
    "Edition",
    "LedgerRow",
    "Mood",
    "PurchaseCall",
    "ReadCall",
    "ReadMood",
    "Sale",
    "Says",
    "Script",
    "Sells",
    "StockNumber",
    "VobizStandIn",
    "Waiting",
    "World",
    "demo_inventory",
]
