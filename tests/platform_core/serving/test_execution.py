"""Queue, batches, fairness and limits of predictions, on a real event loop with real threads."""

import asyncio
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from ml.runtime.loading import load
from ml.runtime.rows import rule_of
from platform_core.serving.engine import PredictionInputError, WarmUp, warm_up
from platform_core.serving.protocol.incoming import InferRequest
from platform_core.serving.runtime.execution import Execution, bytes_of
from platform_core.serving.runtime.options import RuntimeOptions
from platform_core.serving.runtime.refusals import Refusal
from platform_core.serving.runtime.shadow import ShadowQueue
from platform_core.serving.runtime.shadow_counts import ShadowCounts
from platform_core.serving.runtime.statistics import ModelFigures
from platform_core.serving.runtime.versions import LoadedVersion, VersionKey
from tests.ml.runtime import sample_models


class Slow:
    """Doubles rows; a call takes `seconds`, whatever its rows, and notes how many it had."""

    size_bytes = 1

    def __init__(self, seconds: float) -> None:
        self.manifest = sample_models.scaler().manifest
        self.seconds, self.calls, self.gate = seconds, [], threading.Event()
        self.gate.set()

    def predict(self, inputs, parameters):
        self.gate.wait(5)
        time.sleep(self.seconds)
        self.calls.append(inputs["x"][:, 0].tolist())
        return {"y": inputs["x"] * 2}


def version(predictor, *, organisation="a", warmed=None, inline=False) -> LoadedVersion:
    key = VersionKey(organisation + "-1", organisation, "model", "1")
    entry = LoadedVersion(key, ModelFigures((organisation, "model", "1")), 1)
    entry.describe_tensors(predictor)
    seconds = getattr(predictor, "seconds", 0.01)
    entry.become_ready(
        predictor, warmed or WarmUp(seconds, seconds / 16, rule_of(predictor.manifest))
    )
    entry.inline = inline
    return entry


def ask(value: float, rows: int = 1, **parameters) -> InferRequest:
    return InferRequest({"x": np.full((rows, 4), value, dtype=np.float32)}, dict(parameters))


def options(**changes) -> RuntimeOptions:
    return RuntimeOptions("127.0.0.1", 0, 0, Path("/none"), 2**30, **{"pool_threads": 1, **changes})


def run(work):
    async def inside():
        return await work

    return asyncio.run(inside())


def test_requests_that_wait_are_answered_together_and_an_idle_version_at_once():
    slow = Slow(0.02)

    async def crowd():
        execution = Execution(options())
        entry = version(slow)
        first = await execution.predict(entry, ask(0))
        answers = await asyncio.gather(*(execution.predict(entry, ask(i)) for i in range(1, 10)))
        execution.close()
        return first, answers

    first, answers = run(crowd())
    assert first["y"][0, 0] == 0
    assert [answer["y"][0, 0] for answer in answers] == [2 * i for i in range(1, 10)]
    assert slow.calls[0] == [0.0]
    assert len(slow.calls) == 3, "the one that came first, then all that waited"


def test_a_batch_is_bounded_by_rows_and_by_the_latency_target():
    slow = Slow(0.004)

    async def crowd():
        execution = Execution(options())
        entry = version(slow)
        entry.limit_batches({"max_rows": 4})
        await asyncio.gather(*(execution.predict(entry, ask(i)) for i in range(12)))
        most = max(map(len, slow.calls))
        slow.calls.clear()
        entry.limit_batches({"latency_ms": 5})
        entry.pace.fixed_s, entry.pace.row_s = 0.0, 0.002
        await asyncio.gather(*(execution.predict(entry, ask(i)) for i in range(6)))
        second = len(slow.calls[1])
        entry.limit_batches({"max_rows": 1})
        slow.calls.clear()
        await asyncio.gather(*(execution.predict(entry, ask(i)) for i in range(4)))
        execution.close()
        return most, second

    most, second = run(crowd())
    assert most == 4
    assert second <= 3, "5 ms at 2 ms a row, as far as was learned"
    assert {len(call) for call in slow.calls} == {1}, "one row means never"


def test_a_bad_request_fails_alone_and_urgent_ones_go_first():
    slow = Slow(0.01)

    async def crowd():
        execution = Execution(options())
        entry = version(slow)
        entry.limit_batches({"max_rows": 2})
        bad = InferRequest({"x": np.zeros((1, 3), dtype=np.float32)})
        work = [execution.predict(entry, ask(i)) for i in range(4)]
        work += [execution.predict(entry, bad), execution.predict(entry, ask(9))]
        late = [execution.predict(entry, ask(i, priority=7)) for i in (20, 21)]
        answers = await asyncio.gather(*late, *work, return_exceptions=True)
        execution.close()
        return answers

    answers = run(crowd())
    failed = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(failed) == 1
    assert isinstance(failed[0], PredictionInputError)
    order = [value for call in slow.calls for value in call]
    assert order[-1] == 21.0, "of lower urgency, though asked first"


def test_one_organisations_crowd_does_not_starve_another():
    slow, other = Slow(0.01), Slow(0.01)

    async def crowd():
        execution = Execution(options())
        a, b = (
            version(slow, warmed=WarmUp(0.01)),
            version(other, organisation="b", warmed=WarmUp(0.01)),
        )
        many = [asyncio.ensure_future(execution.predict(a, ask(i))) for i in range(20)]
        await asyncio.sleep(0.005)
        await asyncio.gather(*(execution.predict(b, ask(i)) for i in range(3)))
        done = sum(each.done() for each in many)
        await asyncio.gather(*many)
        execution.close()
        return done

    assert run(crowd()) <= 6, "b's three did not wait for a's twenty"


def test_a_cancelled_request_leaves_the_queue():
    slow = Slow(0.0)

    async def leave():
        execution = Execution(options())
        entry = version(slow, warmed=WarmUp(0.01))
        slow.gate.clear()
        stays = asyncio.ensure_future(execution.predict(entry, ask(1)))
        gone = asyncio.ensure_future(execution.predict(entry, ask(2)))
        await asyncio.sleep(0.01)
        gone.cancel()
        await asyncio.sleep(0)
        pending = execution._pending_all
        slow.gate.set()
        await stays
        execution.close()
        return pending

    assert run(leave()) == 1
    assert slow.calls == [[1.0]], "the second was never computed"


def test_limits_refuse_before_memory_runs_out_and_say_when_to_come_back():
    slow = Slow(0.0)

    async def fill():
        execution = Execution(options(queue_limit=16, bodies_bytes=1000))
        a, b = (
            version(slow, warmed=WarmUp(2.0)),
            version(slow, organisation="b", warmed=WarmUp(2.0)),
        )
        slow.gate.clear()
        refusals = []
        for entry, rows in [(a, 40), (b, 40)]:
            work = [asyncio.ensure_future(execution.predict(entry, ask(i, rows))) for i in range(3)]
            done, _ = await asyncio.wait(work, timeout=0.02)
            refusals += [each.exception() for each in done]
        slow.gate.set()
        await asyncio.sleep(0.1)
        execution.close()
        return refusals

    refusals = run(fill())
    assert {refusal.code for refusal in refusals} == {"queue_bytes_full"}, "640 bytes each of 1000"
    assert all(refusal.status == 503 and refusal.retry_after_s >= 1 for refusal in refusals)


def test_an_organisation_may_fill_three_quarters_of_the_queue():
    slow = Slow(0.0)

    async def fill():
        execution = Execution(options(queue_limit=16))
        slow.gate.clear()
        entries = [version(slow, warmed=WarmUp(2.0)) for _ in range(5)]
        work = [
            asyncio.ensure_future(execution.predict(e, ask(i))) for e in entries for i in range(3)
        ]
        done, _ = await asyncio.wait(work, timeout=0.05)
        b = asyncio.ensure_future(execution.predict(version(slow, organisation="b"), ask(1)))
        await asyncio.sleep(0.01)
        accepted = not b.done()
        slow.gate.set()
        await asyncio.gather(*work, b, return_exceptions=True)
        execution.close()
        return [each.exception() for each in done], accepted

    refusals, accepted = run(fill())
    assert [(r.status, r.code) for r in refusals] == [(429, "organisation_queue_full")] * 3
    assert refusals[0].retry_after_s > 1, "a dozen predictions of two seconds wait"
    assert accepted


def test_the_callers_own_time_out_is_heeded_and_checked():
    slow = Slow(0.2)

    async def hurry():
        execution = Execution(options())
        entry = version(slow)
        with pytest.raises(Refusal, match=r"longer than 0\.02 s"):
            await execution.predict(entry, ask(1, timeout=20_000))
        with pytest.raises(Refusal, match="`timeout` is a whole number"):
            await execution.predict(entry, ask(1, timeout=-1))
        execution.close()

    run(hurry())


def test_in_the_loop_a_crowd_is_gathered_and_a_single_caller_never_waits():
    predictor = load(sample_models.network((64, 512, 10)), {})
    whole, sizes = predictor.predict, []

    def counted(inputs, parameters):
        sizes.append(len(inputs["x"]))
        return whole(inputs, parameters)

    predictor.predict = counted
    rule = rule_of(predictor.manifest)

    def request(value: float) -> InferRequest:
        return InferRequest({"x": np.full((1, 64), value, dtype=np.float32)})

    async def turns():
        execution = Execution(options())
        entry = version(predictor, warmed=WarmUp(300e-6, 20e-6, rule), inline=True)
        assert entry.gather is not None
        waited = 0
        for i in range(64):
            one = execution.predict(entry, request(i))
            try:
                one.send(None)
            except StopIteration:
                continue
            waited += 1
            one.close()
            await asyncio.sleep(0)
        sizes.clear()
        answers = []
        for _ in range(40):
            answers += await asyncio.gather(
                *(execution.predict(entry, request(i)) for i in range(8))
            )
        execution.close()
        return waited, answers

    waited, answers = run(turns())
    assert waited == 2, "one in 31 looks whether there is a crowd"
    assert sum(size == 8 for size in sizes) > 20, "then all of a turn go together"
    single = whole({"x": np.full((1, 64), 5, dtype=np.float32)}, {})["y"]
    np.testing.assert_allclose(answers[-3]["y"], single, rtol=1e-4, atol=1e-5)


def test_warming_up_tries_whether_requests_can_be_joined():
    predictor = load(sample_models.network(), {})
    warmed = warm_up(predictor, [])
    assert warmed.batch is not None
    assert 0 < warmed.row_s <= warmed.single_s
    assert warm_up(Slow(0.0), []).batch is not None


def test_a_model_whose_work_a_request_decides_never_runs_in_the_event_loop():
    quick = WarmUp(1e-6, None, None)
    predictor = Slow(0)
    entry = version(predictor)
    entry.become_ready(predictor, quick)
    assert entry.inline
    predictor.work_is_bounded = False
    entry.become_ready(predictor, quick)
    assert not entry.inline


def test_texts_count_by_their_length():
    texts = np.array([b"x" * 1000, "y" * 500], dtype=object)
    assert bytes_of(texts) == 1500 + texts.nbytes
    assert bytes_of(np.zeros(4, dtype=np.float32)) == 16
    shadows, counts = ShadowQueue(), ShadowCounts()
    large = InferRequest({"x": np.array([b"x" * (33 * 2**20)], dtype=object)})
    shadows.offer(counts, None, large, {}, 0.1)
    assert counts.dropped == 1
    shadows.close()
