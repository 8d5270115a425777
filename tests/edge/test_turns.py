"""Long work in slices: whoever waits for the loop gets it between two of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from stream.edge.process.turns import Turns, let_go


def test_between_two_slices_the_loop_does_the_rest() -> None:
    order: list[str] = []

    def work(name: str) -> Iterator[None]:
        for _ in range(3):
            order.append(name)
            yield

    async def run() -> None:
        turns = Turns(slice_seconds=0)
        loop = asyncio.get_running_loop()

        def tick() -> None:
            order.append("loop")
            if order.count("a") + order.count("b") < 6:
                loop.call_soon(tick)

        loop.call_soon(tick)
        await asyncio.gather(turns.run(work("a")), turns.run(work("b")))

    asyncio.run(run())
    assert (order.count("a"), order.count("b")) == (3, 3)
    # Never two slices with nothing between: in one passage of the loop one of them works.
    work_only = "".join("w" if step in "ab" else "-" for step in order)
    assert "ww" not in work_only.replace("--", "-"), order


def test_a_slice_takes_as_many_steps_as_fit() -> None:
    slices = [0]

    async def run() -> None:
        turns = Turns(slice_seconds=3600)
        task = asyncio.ensure_future(turns.run(iter(range(10_000))))
        while not task.done():
            slices[0] += 1
            await asyncio.sleep(0)

    asyncio.run(run())
    assert slices[0] <= 2


def test_whoever_is_cancelled_leaves_the_turn_to_others() -> None:
    async def run() -> list[int]:
        turns = Turns(slice_seconds=0)
        endless = asyncio.ensure_future(turns.run(iter(int, 1)))
        await asyncio.sleep(0)
        endless.cancel()
        done: list[int] = []

        def work() -> Iterator[None]:
            for number in range(5):
                done.append(number)
                yield

        await asyncio.wait_for(turns.run(work()), 60)
        return done

    assert asyncio.run(run()) == [0, 1, 2, 3, 4]


def test_what_a_step_raises_is_raised() -> None:
    def fails() -> Iterator[None]:
        yield
        raise KeyError("here")

    async def run() -> str:
        turns = Turns()
        try:
            await turns.run(fails())
        except KeyError:
            await turns.run(iter(()))
            return "free again"
        return "nothing"

    assert asyncio.run(run()) == "free again"


def test_what_is_let_go_of_is_freed_in_steps() -> None:
    class Row:
        freed = 0

        def __del__(self) -> None:
            Row.freed += 1

    held = [Row() for _ in range(1000)]
    freed = [Row.freed for _ in let_go(held)]
    assert (held, freed) == ([], [256, 512, 768, 1000])
