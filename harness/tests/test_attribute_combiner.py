"""Does models/ combine stage 1 and stage 2 as the architecture's tables say, for every input there is?

256 MAIR bytes x 16 MemAttr x 2 FWB x 16 shareabilities x {XS, MTE2, MTE_PERM}: 1,048,576 rows. The expected sets are
computed here from the tables of facts/arm-attributes.md 1.1 to 1.6, transcribed as tables; nothing is shared with the
C code but the code numbers of combiner-rows. Inputs that are CONSTRAINED UNPREDICTABLE expect the whole set:
CH-01 (one encoding of each class), CH-02, CH-03, CH-04, CH-05.
"""

from __future__ import annotations

import struct
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

# A level: cacheability, allocation hints (bit 1 read, bit 0 write), transient.
Level = tuple[str, int, bool]
NC: Level = ("NC", 0, False)
FULL: Level = ("WB", 3, False)

NSH, ISH, OSH = 0, 1, 2
SH_FIELD = {0: (NSH,), 1: (NSH, ISH, OSH), 2: (OSH,), 3: (ISH,)}
PDEV, PNWB = 1, 2
DEVICE_NAMES = ("nGnRnE", "nGnRE", "nGRE", "GRE")


class Stage1(NamedTuple):
    """What one MAIR byte means: a Device type (0 is the strongest) or two levels."""

    device: int | None
    outer: Level
    inner: Level
    xs: bool
    tagged: bool


class Result(NamedTuple):
    """A final type, still without its shareability."""

    device: int | None
    from_stage1: bool
    outer: Level
    inner: Level
    xs: bool
    tagged: bool
    no_tag_access: bool
    provenance: int


# Table 1.4. Rows: stage 1. Columns: stage 2, in the order of COLUMNS. "o" outer, "i" inner; "=" both.
COLUMNS = (0b0101, 0b1010, 0b1111, 0b0100, 0b0111, 0b1101, 0b1011, 0b1110, 0b0110, 0b1001)
TABLE_14: dict[str, str] = {
    #            NC     WT       WB       NTA      oNC,iWB  oWB,iNC  oWT,iWB  oWB,iWT  oNC,iWT  oWT,iNC
    "NC NC": "NC NC|NC NC|NC NC|NC NC|NC NC|NC NC|NC NC|NC NC|NC NC|NC NC",
    "WT WT": "NC NC|WT WT|WT WT|WT WT|NC WT|WT NC|WT WT|WT WT|NC WT|WT NC",
    "WB WB": "NC NC|WT WT|WB WB|WB WB|NC WB|WB NC|WT WB|WB WT|NC WT|WT NC",
    "WB NC": "NC NC|WT NC|WB NC|WB NC|NC NC|WB NC|WT NC|WB NC|NC NC|WT NC",
    "NC WB": "NC NC|NC WT|NC WB|NC WB|NC WB|NC NC|NC WB|NC WT|NC WT|NC NC",
    "WB WT": "NC NC|WT WT|WB WT|WB WT|NC WT|WB NC|WT WT|WB WT|NC WT|WT NC",
    "WT WB": "NC NC|WT WT|WT WB|WT WB|NC WB|WT NC|WT WB|WT WT|NC WT|WT NC",
    "WT NC": "NC NC|WT NC|WT NC|WT NC|NC NC|WT NC|WT NC|WT NC|NC NC|WT NC",
    "NC WT": "NC NC|NC WT|NC WT|NC WT|NC WT|NC NC|NC WT|NC WT|NC WT|NC NC",
}
CELLS = {
    (row, column): cell
    for row, cells in TABLE_14.items()
    for column, cell in zip(COLUMNS, cells.split("|"), strict=True)
}
# CH-03: the reserved level is NC, WT or WB, which are these allocated encodings.
RESERVED_14 = {0b1000: (0b1001, 0b1010, 0b1011), 0b1100: (0b1101, 0b1110, 0b1111), 0b0100: (0b0101, 0b0110, 0b0111)}
# CH-01: one encoding of each class.
ANY_CLASS = (0x00, 0x04, 0x08, 0x0C, 0x44, 0xBB, 0x4F, 0x77, 0xFF, 0xF0)


def nibble(value: int) -> Level:
    """Table 1.1, the nibble."""
    hints = value & 3
    return {0: ("WT", hints, True), 1: ("WB", hints, True) if hints else NC, 2: ("WT", hints, False),
            3: ("WB", hints, False)}[value >> 2]


def allocated(byte: int, xs: bool, mte2: bool) -> Stage1 | None:
    """Table 1.1, the byte; None where it is reserved."""
    high, low = byte >> 4, byte & 15
    if high == 0:
        if low & 3 == 0:
            return Stage1(low >> 2, NC, NC, True, False)
        return Stage1(low >> 2, NC, NC, False, False) if low & 3 == 1 and xs else None
    if low == 0:
        special = {
            0x40: Stage1(None, NC, NC, False, False) if xs else None,
            0xA0: Stage1(None, ("WT", 2, False), ("WT", 2, False), False, False) if xs else None,
            0xF0: Stage1(None, FULL, FULL, False, True) if mte2 else None,
        }
        return special.get(byte)
    outer, inner = nibble(high), nibble(low)
    return Stage1(None, outer, inner, not (outer[0] == inner[0] == "WB"), False)


@lru_cache(maxsize=None)
def stage1(byte: int, xs: bool, mte2: bool) -> tuple[Stage1, ...]:
    """All meanings a MAIR byte may have."""
    one = allocated(byte, xs, mte2)
    if one is not None:
        return (one,)
    return tuple(s for s in (allocated(b, xs, mte2) for b in ANY_CLASS) if s is not None)


def device(s1: Stage1, dd: int) -> Result:
    """Device types combine to the strongest; Normal contributes nothing."""
    strongest = dd if s1.device is None else min(dd, s1.device)
    return Result(strongest, s1.device is not None, NC, NC, s1.xs, False, False, 0)


def unchanged(s1: Stage1, no_tag_access: bool) -> Result:
    """Stage 1 passed through."""
    return Result(s1.device, s1.device is not None, s1.outer, s1.inner, s1.xs, s1.tagged, s1.tagged and no_tag_access, 0)


def keep_hints(kind: str, s1: Level) -> Level:
    """Hints come from stage 1; a Non-cacheable level has none."""
    return NC if kind == "NC" else (kind, s1[1], s1[2])


def plain(s1: Stage1, memattr: int, perm: bool) -> list[Result]:
    """FWB=0: tables 1.3 and 1.4."""
    if memattr < 4:
        return [device(s1, memattr)]
    columns = (memattr,) if memattr in COLUMNS and (memattr != 0b0100 or perm) else RESERVED_14[memattr]
    if s1.device is not None:
        return [unchanged(s1, False)]
    results = []
    for column in columns:
        outer, inner = CELLS[f"{s1.outer[0]} {s1.inner[0]}", column].split()
        write_back = outer == inner == "WB"
        tagged = s1.tagged and write_back
        results.append(Result(None, False, keep_hints(outer, s1.outer), keep_hints(inner, s1.inner),
                              False if write_back else s1.xs, tagged, tagged and column == 0b0100, 0))
    return results


def lift(level: Level) -> Level:
    """Forced write-back of one level: stage 1's hints, or full hints where it had none."""
    return FULL if level[0] == "NC" else ("WB", level[1], level[2])


def forced(s1: Stage1, memattr: int, perm: bool) -> list[Result]:
    """FWB=1: table 1.5."""
    codes = (0, 1, 2, 3, 5, 6, 7) + ((14, 15) if perm else ())
    code = memattr if perm else memattr & 7
    results = []
    for meaning in (code,) if code in codes else codes:
        if meaning < 4:
            results.append(device(s1, meaning))
        elif meaning == 5:
            normal = Result(None, False, NC, NC, s1.xs, False, False, 0)
            results.append(normal if s1.device is None else unchanged(s1, False))
        elif meaning in (6, 14):
            was_wb = s1.device is None and s1.outer[0] == s1.inner[0] == "WB"
            provenance = 0 if was_wb else PNWB if s1.device is None else PDEV
            results.append(Result(None, False, lift(s1.outer), lift(s1.inner), False, s1.tagged,
                                  s1.tagged and meaning == 14, provenance))
        else:
            results.append(unchanged(s1, meaning == 15))
    return results


def level_code(level: Level) -> int:
    """The code number of a level."""
    return ("NC", "WT", "WB").index(level[0]) | level[1] << 2 | level[2] << 4


def code(r: Result, shareability: int) -> int:
    """The code number of a result, as combiner-rows documents it."""
    common = shareability << 13 | r.xs << 15 | (2 if r.tagged else 0) << 16 | r.no_tag_access << 18 | r.provenance << 19
    if r.device is not None:
        return common | 1 | r.device << 1 | r.from_stage1 << 21
    return common | level_code(r.outer) << 3 | level_code(r.inner) << 8


def shareabilities(s1: Stage1, r: Result, sh1: int, sh2: int) -> set[int]:
    """1.6: Device and Non-cacheable results are Outer Shareable; CH-05 opens what such a page contributes."""
    if r.device is not None or r.outer[0] == r.inner[0] == "NC":
        return {OSH}
    uncached = s1.device is not None or s1.outer[0] == s1.inner[0] == "NC"
    first = set(SH_FIELD[sh1]) | ({OSH} if uncached else set())
    return {max(a, b) for a in first for b in SH_FIELD[sh2]}


@lru_cache(maxsize=None)
def combined(s1: Stage1, fwb: bool, memattr: int, perm: bool) -> tuple[Result, ...]:
    """All final types of one stage-1 meaning."""
    return tuple((forced if fwb else plain)(s1, memattr, perm))


@lru_cache(maxsize=None)
def rows_of(meanings: tuple[Stage1, ...], fwb: bool, memattr: int, perm: bool) -> bytes:
    """The sixteen rows, one per shareability pair, as combiner-rows prints them."""
    out = bytearray()
    for sh in range(16):
        codes = sorted({
            code(r, final)
            for s1 in meanings
            for r in combined(s1, fwb, memattr, perm)
            for final in shareabilities(s1, r, sh >> 2, sh & 3)
        })
        out += struct.pack(f"<B{len(codes)}I", len(codes), *codes)
    return bytes(out)


def show(number: int) -> str:
    """A code number in words, for the message of a failure."""
    def level(bits: int) -> str:
        return f"{('NC', 'WT', 'WB', '?')[bits & 3]}/{bits >> 2 & 3}{'t' if bits & 16 else ''}"

    kind = DEVICE_NAMES[number >> 1 & 3] if number & 1 else f"o{level(number >> 3 & 31)} i{level(number >> 8 & 31)}"
    return (f"{kind} {('NSH', 'ISH', 'OSH', '?')[number >> 13 & 3]} xs={number >> 15 & 1} tag={number >> 16 & 3} "
            f"nta={number >> 18 & 1} prov={number >> 19 & 3} s1={number >> 21 & 1}")


@pytest.fixture(scope="module")
def rows(isotier_path: Path) -> bytes:
    """What models/ says."""
    program = isotier_path.parent / "combiner-rows"
    return subprocess.run([program], check=True, capture_output=True).stdout


def test_every_combination_equals_the_tables(rows: bytes) -> None:
    """Row by row; the first difference is printed in words."""
    at = 0
    for features in range(8):
        xs, mte2, perm = bool(features & 1), bool(features & 2), bool(features & 4)
        for fwb in (False, True):
            for mair in range(256):
                meanings = stage1(mair, xs, mte2)
                for memattr in range(16):
                    expected = rows_of(meanings, fwb, memattr, perm)
                    if rows[at : at + len(expected)] != expected:
                        report_difference(rows, at, expected, f"XS={xs} MTE2={mte2} MTE_PERM={perm} FWB={fwb} "
                                          f"MAIR={mair:#04x} MemAttr={memattr:04b}")
                    at += len(expected)
    assert at == len(rows)


def report_difference(rows: bytes, at: int, expected: bytes, where: str) -> None:
    """Fails with the first of sixteen rows that differs."""
    def split(data: bytes, offset: int) -> list[int]:
        return list(struct.unpack_from(f"<{data[offset]}I", data, offset + 1))

    wanted = 0
    for sh in range(16):
        want, got = split(expected, wanted), split(rows, at)
        assert got == want, (f"{where} SH1={sh >> 2:02b} SH2={sh & 3:02b}\n  models/: {[show(c) for c in got]}\n"
                             f"  tables:  {[show(c) for c in want]}")
        wanted += 1 + 4 * len(want)
        at += 1 + 4 * len(got)


def test_census_of_mair_bytes() -> None:
    """The count of 1.1: 8 Device, 2 NC, 50 WT, 1 full WB, 48 weak WB, 1 Tagged, 126 mixed, 20 reserved."""
    census: dict[str, int] = {}
    for byte in range(256):
        meaning = allocated(byte, xs=True, mte2=True)
        if meaning is None:
            name = "reserved"
        elif meaning.device is not None:
            name = "device"
        elif meaning.tagged:
            name = "tagged"
        elif meaning.outer[0] != meaning.inner[0]:
            name = "mixed"
        elif meaning.outer[0] != "WB":
            name = meaning.outer[0]
        else:
            name = "WB full" if meaning.outer == meaning.inner == FULL else "WB weak"
        census[name] = census.get(name, 0) + 1
    assert census == {"device": 8, "NC": 2, "WT": 50, "WB full": 1, "WB weak": 48, "tagged": 1, "mixed": 126,
                      "reserved": 20}
