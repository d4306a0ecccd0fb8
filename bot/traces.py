"""Traces over OTLP, where OpenTelemetry's own variables ask for them: acts, judging, provider calls, deliveries.

A request's id is 128 random bits, as a trace's is: so it is the id of its trace. Whatever is done for it, by whichever
process and however much later, stands in that one from the click to the reply, and nothing has to travel with the rows.
What is about no request yet goes by what Slack names the click by. Spans hold kinds, ids and outcomes: no words, and no
secret.
"""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, Status, StatusCode, TraceFlags

from bot.watch import Step, Watch

SENT_WITHIN = 2.0
"""Seconds for what is left when the process stops."""

_ID = re.compile(r"[0-9a-f]{32}")
_WRONG = re.compile(r"failed|parked|timeout|connection|connection_lost|http_(?:429|5\d\d)")

_of_trace: ContextVar[int | None] = ContextVar("of_trace", default=None)
_of_span: ContextVar[int | None] = ContextVar("of_span", default=None)
"""Of the span that is about to begin, where it is not for chance to say."""


class _Ids(RandomIdGenerator):
    def generate_trace_id(self) -> int:
        return _of_trace.get() or super().generate_trace_id()

    def generate_span_id(self) -> int:
        return _of_span.get() or super().generate_span_id()


class Traces:
    """Where they are sent, how often, and which of them, is what OpenTelemetry's variables say."""

    def __init__(self) -> None:
        named = Resource({"service.name": "buynumber"}).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=named, id_generator=_Ids(), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("buynumber")

    def join(self, watch: Watch) -> None:
        """Spans from now on."""
        watch.watchers.append(self._watch)

    async def close(self) -> None:
        """Sends what is left, unless that takes too long: then it is lost."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, SENT_WITHIN)

    @contextmanager
    def _watch(self, step: Step) -> Iterator[None]:
        with (
            self._placed(step) as under,
            self._tracer.start_as_current_span(
                step.what, context=under, record_exception=False, set_status_on_exception=False
            ) as span,
        ):
            _of_trace.set(None)
            _of_span.set(None)
            span.set_attribute("buynumber.kind", step.kind)
            if step.request is not None:
                span.set_attribute("buynumber.request", step.request)
            try:
                yield
            finally:
                span.set_attribute("buynumber.outcome", step.outcome)
                if _WRONG.fullmatch(step.outcome):
                    span.set_status(Status(StatusCode.ERROR))

    @contextmanager
    def _placed(self, step: Step) -> Iterator[Context | None]:
        """What it is a part of: an act's judging of that act, a call of whatever makes it, all else of its trace."""
        if step.what == "provider_call":
            yield None
            return
        whole = _trace_of(step)
        under = Context()
        if step.cause is not None and step.what != "act":
            under = trace.set_span_in_context(NonRecordingSpan(self._act(step, step.cause)), under)
        traced = _of_trace.set(whole)
        named = _of_span.set(_span_of(step.cause) if step.cause is not None and step.what == "act" else None)
        try:
            yield under
        finally:
            _of_span.reset(named)
            _of_trace.reset(traced)

    def _act(self, step: Step, cause: str) -> SpanContext:
        """The span of an act that another process may have begun; whether it is kept follows from its trace's id."""
        whole = _trace_of(step) or 0
        kept = self._provider.sampler.should_sample(None, whole, "act").decision.is_sampled()
        flags = TraceFlags(TraceFlags.SAMPLED if kept else TraceFlags.DEFAULT)
        return SpanContext(whole, _span_of(cause), is_remote=True, trace_flags=flags)


def _trace_of(step: Step) -> int | None:
    """`None` for what nobody asked for, as a sweep."""
    if step.request is not None and _ID.fullmatch(step.request):
        return int(step.request, 16)
    named = step.request or step.cause
    return None if named is None else int.from_bytes(sha256(named.encode()).digest()[:16])


def _span_of(cause: str) -> int:
    """In eight bytes, of others than the trace's where that goes by the same."""
    return int.from_bytes(sha256(cause.encode()).digest()[16:24])
