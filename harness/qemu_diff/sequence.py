"""One generated sequence: its text for either assembler, and smaller versions of it. Not for: choosing instructions (generate.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TARGET = re.compile(r"@(\d+)")
SLOT = 32  # instructions a sequence has room for


@dataclass(frozen=True)
class Sequence:
    """Steps in order, each some instructions that belong together; `@n` stands for the start of step n, or the end.

    `seed` gives the initial state.
    """

    seed: int
    steps: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The instructions, with `.L<index>` for the place of instruction `index`: what isotier-interp-check reads."""
        starts = [0]
        for step in self.steps:
            starts.append(starts[-1] + len(step))
        return tuple(_TARGET.sub(lambda match: f".L{starts[int(match[1])]}", line) for step in self.steps for line in step)

    def for_interpreter(self) -> str:
        """Text for isotier-interp-check."""
        return f"seq {self.seed}\n" + "".join(line + "\n" for line in self.lines)

    def for_gas(self, number: int) -> str:
        """Text for the GNU assembler: a slot of instructions, filled up with BRK."""
        body = [f".Lq{number}_{i}: " + re.sub(r"\.L(\d)", rf".Lq{number}_\1", line) for i, line in enumerate(self.lines)]
        return "\n".join(body) + f"\n.Lq{number}_{len(body)}: .fill {SLOT - len(body)},4,0xd4200000\n"

    def smaller(self) -> Iterator[Sequence]:
        """Each sequence with one step less, as long as every branch still goes forward."""
        for gone in range(len(self.steps)):
            kept = [*self.steps[:gone], *self.steps[gone + 1 :]]

            def moved(match: re.Match[str], gone: int = gone) -> str:
                target = int(match[1])
                return f"@{target - 1 if target > gone else target}"

            steps = tuple(tuple(_TARGET.sub(moved, line) for line in step) for step in kept)
            if all(int(target) > i for i, step in enumerate(steps) for line in step for target in _TARGET.findall(line)):
                yield Sequence(self.seed, steps)
