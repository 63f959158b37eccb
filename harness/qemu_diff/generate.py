"""Chooses instructions: every family of the instruction table that user mode can run, in all operand forms.

Registers have roles (state.h): X0..X15 and X30 are data, X16..X22 and SP point into the page, X23 and X24 point below it, X25..X28 are
indexes, X29 excludes all tags but one. Only data registers are overwritten freely, so that addresses stay near the page.
Not for: memory instructions (generate_memory.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from harness.qemu_diff import generate_memory
from harness.qemu_diff.sequence import SLOT, Sequence

CONDITIONS = ("EQ", "NE", "CS", "CC", "MI", "PL", "VS", "VC", "HI", "LS", "GE", "LT", "GT", "LE")
DATA = (*range(16), 30)
Rng = random.Random


def data(rng: Rng, width: str, zero: float = 0.08) -> str:
    """A data register of width W or X, now and then the zero register."""
    return width + ("ZR" if rng.random() < zero else str(rng.choice(DATA)))


def source(rng: Rng, width: str) -> str:
    """Any register as source."""
    return data(rng, width) if rng.random() < 0.85 else width + str(rng.randrange(16, 30))


def width_of(rng: Rng) -> str:
    """W or X."""
    return rng.choice("WX")


def bits(width: str) -> int:
    """Bits of a register of this width."""
    return 32 if width == "W" else 64


def shift(rng: Rng, width: str, rotate: bool) -> str:
    """An optional shift of the last operand."""
    if rng.random() < 0.4:
        return ""
    kinds = ("LSL", "LSR", "ASR", "ROR") if rotate else ("LSL", "LSR", "ASR")
    return f",{rng.choice(kinds)} #{rng.randrange(bits(width))}"


def bit_mask(rng: Rng, width: str) -> int:
    """An immediate that logical instructions can hold."""
    size = rng.choice((2, 4, 8, 16, 32, 64) if width == "X" else (2, 4, 8, 16, 32))
    ones, rotation = rng.randrange(1, size), rng.randrange(size)
    element = (1 << ones) - 1
    element = (element >> rotation | element << (size - rotation)) & ((1 << size) - 1)
    return sum(element << at for at in range(0, bits(width), size))


def extended(rng: Rng, width: str) -> str:
    """A last operand in extended-register form."""
    kind = rng.choice(("UXTB", "UXTH", "UXTW", "UXTX", "SXTB", "SXTH", "SXTW", "SXTX"))
    amount = rng.randrange(5)
    register = width if width == "W" or kind.endswith("X") else "W"
    return f"{source(rng, register)},{kind}" + (f" #{amount}" if amount or rng.random() < 0.5 else "")


def arithmetic(rng: Rng, _: int) -> str:
    """ADD, SUB and kin in the three forms, comparisons, negations, carries."""
    w = width_of(rng)
    form = rng.randrange(10)
    if form == 0:
        return f"{rng.choice(('ADC', 'ADCS', 'SBC', 'SBCS'))} {data(rng, w)},{source(rng, w)},{source(rng, w)}"
    if form == 1:
        name = rng.choice(("NEG", "NEGS"))
        return f"{name} {data(rng, w)},{source(rng, w)}{shift(rng, w, False)}"
    if form == 2:
        return f"{rng.choice(('NGC', 'NGCS'))} {data(rng, w)},{source(rng, w)}"
    name = rng.choice(("ADD", "SUB", "ADDS", "SUBS", "CMP", "CMN"))
    head = f"{name} " if name in ("CMP", "CMN") else f"{name} {data(rng, w, 0)},"
    first = data(rng, w, 0)
    if form < 6:
        if rng.random() < 0.2:
            return f"{head}{first},#{rng.randrange(1, 4096)},LSL #12"
        return f"{head}{first},#{rng.choice((0, 1, 4095, rng.randrange(4096)))}"
    if form < 8:
        return f"{head}{first},{extended(rng, w)}"
    return f"{head}{first},{source(rng, w)}{shift(rng, w, False)}"


def logic(rng: Rng, _: int) -> str:
    """AND, ORR, EOR and kin, moves."""
    w = width_of(rng)
    form = rng.randrange(8)
    if form == 0:
        return f"MVN {data(rng, w)},{source(rng, w)}{shift(rng, w, True)}"
    if form == 1:
        return f"MOV {data(rng, w, 0)},{source(rng, w)}"
    if form == 2:
        return f"MOV {data(rng, w, 0)},#{rng.choice((rng.randrange(65536), bit_mask(rng, w), -1 - rng.randrange(65536)))}"
    if form == 3:
        amount = rng.randrange(0, bits(w), 16)
        return f"{rng.choice(('MOVZ', 'MOVN', 'MOVK'))} {data(rng, w, 0)},#{rng.randrange(65536)}" + (f",LSL #{amount}" if amount else "")
    if form == 4:
        return f"TST {source(rng, w)}," + (f"#{bit_mask(rng, w)}" if rng.random() < 0.5 else source(rng, w) + shift(rng, w, True))
    if form == 5:
        return f"{rng.choice(('AND', 'ORR', 'EOR', 'ANDS'))} {data(rng, w, 0)},{source(rng, w)},#{bit_mask(rng, w)}"
    name = rng.choice(("AND", "ORR", "EOR", "ANDS", "BIC", "ORN", "EON", "BICS"))
    return f"{name} {data(rng, w)},{source(rng, w)},{source(rng, w)}{shift(rng, w, True)}"


def multiply(rng: Rng, _: int) -> str:
    """Products and quotients."""
    w = width_of(rng)
    form = rng.randrange(6)
    if form == 0:
        return f"{rng.choice(('MADD', 'MSUB'))} {data(rng, w)},{source(rng, w)},{source(rng, w)},{source(rng, w)}"
    if form == 1:
        return f"{rng.choice(('MUL', 'MNEG', 'UDIV', 'SDIV'))} {data(rng, w)},{source(rng, w)},{source(rng, w)}"
    if form == 2:
        name = rng.choice(("SMADDL", "SMSUBL", "UMADDL", "UMSUBL"))
        return f"{name} {data(rng, 'X')},{source(rng, 'W')},{source(rng, 'W')},{source(rng, 'X')}"
    if form == 3:
        return f"{rng.choice(('SMULL', 'SMNEGL', 'UMULL', 'UMNEGL'))} {data(rng, 'X')},{source(rng, 'W')},{source(rng, 'W')}"
    if form == 4:
        return f"{rng.choice(('SMULH', 'UMULH'))} {data(rng, 'X')},{source(rng, 'X')},{source(rng, 'X')}"
    return f"{rng.choice(('UDIV', 'SDIV'))} {data(rng, w)},{source(rng, w)},{source(rng, w)}"


def bit_field(rng: Rng, _: int) -> str:
    """Shifts, bit fields, extensions, extraction."""
    w = width_of(rng)
    size = bits(w)
    form = rng.randrange(6)
    if form == 0:
        last = f"#{rng.randrange(size)}" if rng.random() < 0.5 else source(rng, w)
        return f"{rng.choice(('LSL', 'LSR', 'ASR', 'ROR'))} {data(rng, w)},{source(rng, w)},{last}"
    if form == 1:
        return f"{rng.choice(('SBFM', 'UBFM', 'BFM'))} {data(rng, w)},{source(rng, w)},#{rng.randrange(size)},#{rng.randrange(size)}"
    if form == 2:
        name = rng.choice(("SBFX", "UBFX", "BFXIL", "SBFIZ", "UBFIZ", "BFI"))
        low = rng.randrange(size)
        return f"{name} {data(rng, w)},{source(rng, w)},#{low},#{rng.randrange(1, size - low + 1)}"
    if form == 3:
        name = rng.choice(("SXTB", "SXTH", "UXTB", "UXTH", "SXTW"))
        w = "X" if name == "SXTW" else "W" if name.startswith("U") else w
        return f"{name} {data(rng, w)},{source(rng, 'W')}"
    if form == 4:
        return f"EXTR {data(rng, w)},{source(rng, w)},{source(rng, w)},#{rng.randrange(size)}"
    low = rng.randrange(size)
    return f"BFC {data(rng, w, 0)},#{low},#{rng.randrange(1, size - low + 1)}"


def bit_count(rng: Rng, _: int) -> str:
    """Counts, reversals, checksums."""
    w = width_of(rng)
    form = rng.randrange(3)
    if form == 0:
        name = rng.choice(("CRC32B", "CRC32H", "CRC32W", "CRC32X", "CRC32CB", "CRC32CH", "CRC32CW", "CRC32CX"))
        return f"{name} {data(rng, 'W')},{source(rng, 'W')},{source(rng, 'X' if name.endswith('X') else 'W')}"
    if form == 1:
        return f"REV32 {data(rng, 'X')},{source(rng, 'X')}"
    return f"{rng.choice(('CLZ', 'CLS', 'RBIT', 'REV', 'REV16'))} {data(rng, w)},{source(rng, w)}"


def select(rng: Rng, _: int) -> str:
    """Conditional selects and comparisons."""
    w = width_of(rng)
    condition = rng.choice(CONDITIONS)
    form = rng.randrange(5)
    if form == 0:
        return f"{rng.choice(('CSET', 'CSETM'))} {data(rng, w, 0)},{condition}"
    if form == 1:
        return f"{rng.choice(('CINC', 'CINV', 'CNEG'))} {data(rng, w)},{data(rng, w, 0)},{condition}"
    if form == 2:
        last = f"#{rng.randrange(32)}" if rng.random() < 0.5 else source(rng, w)
        return f"{rng.choice(('CCMP', 'CCMN'))} {source(rng, w)},{last},#{rng.randrange(16)},{condition}"
    return f"{rng.choice(('CSEL', 'CSINC', 'CSINV', 'CSNEG'))} {data(rng, w)},{source(rng, w)},{source(rng, w)},{condition}"


def flags(rng: Rng, _: int) -> str:
    """Flags moved, rotated and inverted."""
    form = rng.randrange(5)
    if form == 0:
        return f"RMIF {source(rng, 'X')},#{rng.randrange(64)},#{rng.randrange(16)}"
    if form == 1:
        return f"{rng.choice(('SETF8', 'SETF16'))} {source(rng, 'W')}"
    if form == 2:
        return "CFINV"
    if form == 3:
        return f"MRS {data(rng, 'X', 0)},NZCV"
    return f"MSR NZCV,{data(rng, 'X')}"


def branch(rng: Rng, place: int) -> str:
    """A forward branch; `@n` with a distance that the caller resolves."""
    target = f"@{place + 1 + rng.randrange(1, 4)}"
    w = width_of(rng)
    form = rng.randrange(6)
    if form == 0:
        return f"{rng.choice(('B', 'BL'))} {target}"
    if form == 1:
        return f"{rng.choice(('CBZ', 'CBNZ'))} {source(rng, w)},{target}"
    if form == 2:
        return f"{rng.choice(('TBZ', 'TBNZ'))} {source(rng, w)},#{rng.randrange(bits(w))},{target}"
    if form == 3:
        return f"ADR {data(rng, 'X', 0)},{target}"
    return f"B.{rng.choice(CONDITIONS)} {target}"


def far_branch(rng: Rng, place: int) -> tuple[str, ...]:
    """A branch through a register."""
    target = f"@{place + 1 + rng.randrange(1, 4)}"
    register = rng.choice(DATA)
    return f"ADR X{register},{target}", f"{rng.choice(('BR', 'BLR', 'RET'))} X{register}"


def quiet(rng: Rng, _: int) -> str:
    """Instructions without a result that must stay without one."""
    return rng.choice(
        (
            "NOP", "YIELD", "SEV", "SEVL", "CSDB", "BTI C", "HINT #40", "DMB SY", "DMB LD", "DMB ISHST", "DSB ISH", "DSB ST", "ISB", "SB",
            "CLREX", "PRFM PLDL1KEEP,[X16]", "PRFM PSTL1KEEP,[X17,#8]", "DC CVAU,X16", "DC CVAC,X17", "DC CIVAC,X18", "IC IVAU,X19",
        )
    )  # fmt: skip


FAMILIES: tuple[tuple[int, Callable[[Rng, int], str | tuple[str, ...]]], ...] = (
    (10, arithmetic),
    (8, logic),
    (4, multiply),
    (6, bit_field),
    (3, bit_count),
    (5, select),
    (3, flags),
    (5, branch),
    (1, far_branch),
    (2, quiet),
    (14, generate_memory.single),
    (6, generate_memory.pair),
    (4, generate_memory.ordered),
    (4, generate_memory.exclusive),
    (9, generate_memory.atomic),
    (4, generate_memory.compare_and_swap),
    (6, generate_memory.tag_arithmetic),
    (9, generate_memory.tag_memory),
    (1, generate_memory.tag_override),
    (2, generate_memory.move_pointer),
)
_WEIGHTS = tuple(weight for weight, _ in FAMILIES)
_CHOICES = tuple(family for _, family in FAMILIES)


def sequence(seed: int) -> Sequence:
    """The sequence of a seed: about 4 to 20 instructions."""
    rng = random.Random(seed)
    steps: list[tuple[str, ...]] = []
    while len(steps) < 4 or (len(steps) < 18 and rng.random() < 0.9):
        made = rng.choices(_CHOICES, _WEIGHTS)[0](rng, len(steps))
        step = (made,) if isinstance(made, str) else made
        if sum(map(len, steps)) + len(step) >= SLOT:
            break
        steps.append(step)
    return Sequence(rng.getrandbits(64), tuple(tuple(_inside(line, len(steps)) for line in step) for step in steps))


def _inside(line: str, end: int) -> str:
    """The line with its target inside the sequence or at its end."""
    head, at, target = line.partition("@")
    return f"{head}@{min(int(target), end)}" if at else line
