"""Traces, at a real receiver of OTLP: one from the click to the reply, and no secret in it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from gzip import decompress
from pathlib import Path

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bot.setting_sources import traces_to
from tests.harness.office import DATABASE, a_closed_office, environment_for
from tests.harness.process import Bot, a_bot
from tests.harness.secrecy import assert_unsaid
from tests.harness.stores import lay_down_a_database


class Receiver:
    """Takes what exporters post."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[bytes] = []

    @property
    def spans(self) -> Iterator[Span]:
        for body in self.bodies:
            for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for of_scope in of_resource.scope_spans:
                    yield from of_scope.spans

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies.append(decompress(body) if body.startswith(b"\x1f\x8b") else body)
        return web.Response(content_type="application/x-protobuf")


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/v1/traces", receiver.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def _told(span: Span) -> dict[str, str]:
    return {attribute.key: attribute.value.string_value for attribute in span.attributes}


async def test_one_trace_goes_from_the_click_to_the_reply_whichever_process_works_and_holds_no_secret(
    tmp_path: Path,
) -> None:
    """One process posts the card, and another takes the click."""
    lay_down_a_database(tmp_path / DATABASE)
    async with a_receiver() as receiver, a_closed_office(tmp_path) as office, AsyncExitStack() as running:
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "LOG_FORMAT": "json"}
        env = environment_for(office.slack, office.vobiz, tmp_path, "http", more)

        async def serve() -> Bot:
            bot = await running.enter_async_context(a_bot("serve", folder=tmp_path, env=env))
            await bot.is_open()
            office.slack.events_url = bot.url
            return bot

        first = await serve()
        card = await office.a_card()
        assert await first.stop() == 0
        second = await serve()
        await office.approve(card)
        await office.told(card, "is bought.")
        await office.shows(card, "Bought")
        assert await second.stop() == 0
    [act] = [span for span in receiver.spans if span.name == "act" and _told(span)["buynumber.kind"] == "decide"]
    trace = [span for span in receiver.spans if span.trace_id == act.trace_id]
    request = _told(act)["buynumber.request"]
    assert act.trace_id.hex() == request
    [judged] = [span for span in trace if span.name == "judge"]
    assert judged.parent_span_id == act.span_id
    [bought] = [span for span in trace if _told(span)["buynumber.kind"] == "purchase" and span.name == "buy"]
    [call] = [span for span in trace if (span.name, _told(span)["buynumber.kind"]) == ("provider_call", "purchase")]
    assert call.parent_span_id == bought.span_id
    assert _told(call)["buynumber.outcome"] == "http_200"
    assert {_told(span)["buynumber.kind"] for span in trace if span.name == "deliver"} == {"card", "reply", "rewrite"}
    said = b"".join(receiver.bodies)
    assert_unsaid(env, "spans", [said])
    assert b"for the support line" not in said


@pytest.mark.parametrize(
    ("variables", "asks"),
    [
        ({}, None),
        ({"OTEL_SERVICE_NAME": "numbers"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, None),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, None),
    ],
)
def test_traces_are_made_where_opentelemetrys_own_variables_ask_for_them(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], asks: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert traces_to() == asks


async def test_where_they_are_asked_for_and_not_installed_it_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("raise ImportError('as if it were not there')", "utf-8")
    lay_down_a_database(tmp_path / DATABASE)
    async with a_closed_office(tmp_path) as office:
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
        env = environment_for(office.slack, office.vobiz, tmp_path, "http", more)
        async with a_bot("serve", folder=tmp_path, env=env, started=True) as bot:
            ended = await bot.ends()
    asks = "OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, which need more"
    assert (ended.code, ended.err) == (2, f"buynumber: {asks}: pip install 'buynumber[otel]', or take it out\n")
