"""Runs a coroutine at once, and makes a task of it only if it has to wait.

Almost every prediction ends without waiting; a task for it costs as much as the network itself. Python 3.12
has this built in; before, the first step is driven by hand. Until it waits, such a coroutine is in no task:
`asyncio.timeout` and `TaskGroup` do not work there, `asyncio.wait_for` does.
"""

import asyncio
import sys
from collections.abc import Coroutine, Generator
from contextvars import copy_context
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def start(
    work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop
) -> "asyncio.Task[None] | None":
    """Run `work` up to its first wait; return the task that goes on with it, None if it has ended.

    Raises:
        BaseException: whatever `work` raises before it waits.
    """
    if sys.version_info >= (3, 12):
        task = asyncio.Task(work, loop=loop, eager_start=True)
        if not task.done():
            return task
        task.result()
        return None
    context = copy_context()
    try:
        awaited = context.run(work.send, None)
    except StopIteration:
        return None
    return loop.create_task(_go_on(work, awaited), context=context)


@coroutine
def _go_on(work: Coroutine[Any, Any, T], awaited: Any) -> Generator[Any, Any, T]:
    """Go on with a coroutine that has already said what it waits for; pass everything on, as `await` does."""
    try:
        while True:
            try:
                sent = yield awaited
            except GeneratorExit:
                work.close()
                raise
            except BaseException as error:  # noqa: BLE001  (a cancellation belongs to the coroutine)
                awaited = work.throw(error)
            else:
                awaited = work.send(sent)
    except StopIteration as end:
        result: T = end.value
        return result
