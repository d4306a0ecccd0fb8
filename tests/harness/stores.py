"""Real stores with the present schema, and requests put into them."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from bot.domain.request import PurchaseRequest
from bot.services.transitions import RESERVED
from bot.store import audit, budgets, cards, requests
from bot.store.database import Served, open_to_serve
from tests.harness.builders import asked_for


@cache
def _empty_database() -> bytes:
    """The file that the first start leaves; made once, since migrating takes longer than most tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        open_to_serve(f"sqlite:///{path}").close()
        return path.read_bytes()


def lay_down_a_database(path: Path) -> None:
    """A database with the present schema and nothing in it."""
    path.write_bytes(_empty_database())


def a_store(tmp_path: Path) -> Served:
    """A real SQLite file, opened as a serving process opens it; to be closed by whoever asked."""
    if not (tmp_path / "buynumber.db").exists():
        lay_down_a_database(tmp_path / "buynumber.db")
    return open_to_serve(f"sqlite:///{tmp_path / 'buynumber.db'}")


def a_store_at(url: str) -> Served:
    """As `a_store`, on a database of either kind."""
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        lay_down_a_database(Path(url.removeprefix("sqlite:///")))
    return open_to_serve(url)


def keep(connection: Connection, request: PurchaseRequest, *, ts: str | None = "1.000001") -> PurchaseRequest:
    """Puts a request into the database with its first audit entry and its card, posted unless `ts` is `None`."""
    told = asked_for(request)
    entry = audit.append(connection, at=request.created_at, actor=request.requester, request=request.id, told=told)
    kept = replace(request, entry=entry.seq, cause=entry.seq)
    cards.add(connection, request.card, request.channel)
    if ts is not None:
        cards.posted(connection, request.card, ts=ts, shown=entry.seq, at=request.created_at)
    requests.add(connection, kept)
    if request.status in RESERVED:
        budgets.reserve(connection, request.id, request.terms.charge, month="2026-11", budget=None)
    return kept
