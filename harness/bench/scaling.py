"""How cost grows: the families of ../shared/scaling and of locks.py, and translations beside TLBIs, as a table and as curves in one SVG."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from pathlib import Path

from harness.bench.locks import KINDS, final_state, lock_test, members
from harness.isotier import ROOT, Isotier, Outcomes

SHARED = ROOT.parent / "shared"
LIMIT_S = 60.0
NUMBER = re.compile(r"(?<![\w.])(-?)0[xX]([0-9a-fA-F]+)")
BRACKET = re.compile(r"\[([A-Za-z_]\w*)\]")


@dataclass(frozen=True)
class Member:
    """One test of a family; `states` and `oracle_s` where the oracle has them."""

    family: str
    size: int
    file: Path
    variants: tuple[str, ...] = ()
    states: frozenset[frozenset[str]] | None = None
    oracle_s: float | None = None


@dataclass(frozen=True)
class Measure:
    """What one member cost: CPU seconds, peak memory (0: too short to be seen), states visited, final states; `wrong`: what is not as it should be."""

    member: Member
    cpu_s: float
    peak_mib: float
    visited: int
    finals: int
    wrong: str


def normal(state: str) -> frozenset[str]:
    """A final state independent of number base, spacing and [x] versus x, as compare_outcomes.py beside the corpus reads it."""
    atoms = (BRACKET.sub(r"\1", re.sub(r"\s+", "", NUMBER.sub(lambda m: m[1] + str(int(m[2], 16)), atom))) for atom in state.split(";"))
    return frozenset(filter(None, atoms))


def scaling_members() -> Iterator[Member]:
    """The families beside the corpus."""
    path = SHARED / "scaling" / "oracle.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        one = json.loads(line)
        family, _, tail = one["test"].rpartition("-")
        states = None if one["states"] is None else frozenset(map(normal, one["states"]))
        variants = ("memtag", "precise") if one["test"].startswith("MTE-") else ()
        size = int(re.sub(r"\D", "", tail))
        yield Member(family, size, SHARED / "scaling" / one["file"], variants, states, None if one["timeout"] else one["wall_s"])


def lock_members(folder: Path) -> Iterator[Member]:
    """The lock families by threads, one family a number of rounds, written into `folder`. Each has one final state."""
    for kind in KINDS:
        for threads, rounds in members(kind):
            file = folder / f"lock-{kind}-{threads}x{rounds}.litmus"
            file.write_text(lock_test(kind, threads, rounds), encoding="utf-8")
            yield Member(f"lock-{kind}, {rounds} rounds", threads, file, (), frozenset({normal(final_state(kind, threads, rounds))}))


def table_test(accesses: int) -> str:
    """A page table that changes under TLBIs while another thread makes so many accesses, each through a translation of its own."""
    change = [line for value in (10, 11, 12) for line in (f"STR X{value},[X2]", "LSR X14,X0,#12", "DSB ISH", "TLBI VAAE1IS,X14", "DSB ISH")]
    use = [f"{'LDR' if i % 2 else 'LDAR'} W{10 + i},[X0]" if i % 3 else "STR W9,[X0]" for i in range(accesses)]
    rows = [f" {change[i] if i < len(change) else ''} | {use[i] if i < len(use) else ''} ;" for i in range(max(len(change), len(use)))]
    start = "0:X0=x; 0:X2=PTE(x); 0:X10=(oa:PA(y)); 0:X11=(oa:PA(x),el0:0); 0:X12=(oa:PA(y),valid:0); 1:X0=x; 1:X9=1;"
    observed = " ".join(f"1:X{10 + i};" for i in range(accesses) if i % 3)
    return "\n".join([f"AArch64 table-{accesses}", "Variant=vmsa,faultToNext", f"{{ {start} }}", " P0 | P1 ;", *rows, f"locations [{observed} x; y;]", "exists (fault(P1,x))", ""])


def table_members(folder: Path) -> Iterator[Member]:
    """Translations of one thread beside another's TLBIs, by accesses, written into `folder`."""
    for accesses in range(1, 9):
        file = folder / f"table-{accesses}.litmus"
        file.write_text(table_test(accesses), encoding="utf-8")
        yield Member("page table, 3 TLBIs", accesses, file)


def peak_mib(pid: int) -> float:
    """Peak memory of a running process; 0 where it is gone. What wait4() says would count the process that started it."""
    try:
        found = re.search(r"^VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def measure(tool: Isotier, member: Member) -> Measure:
    """Runs one member alone; it is ended after LIMIT_S of CPU time."""
    variants = ["--variant", ",".join(member.variants)] if member.variants else []
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        command = ["prlimit", f"--cpu={LIMIT_S:.0f}", str(tool.binary), "outcomes", *variants, str(member.file)]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, cwd=ROOT)
        peak = 0.0
        while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.01)
            peak = max(peak, peak_mib(child.pid))
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        lines = out.read().splitlines()
    cpu = usage.ru_utime + usage.ru_stime
    if not lines:
        return Measure(member, cpu, peak, 0, 0, f"no answer within {LIMIT_S:.0f} s")
    row = Outcomes.parse(lines[0])
    wrong = row.error or ""
    if not wrong and row.bounded:
        wrong = "bounded"
    if not wrong and member.states is not None and frozenset(map(normal, row.states)) != member.states:
        wrong = "not the states it should have"
    return Measure(member, cpu, peak, row.candidates, len(row.states), wrong)


def text(measures: Sequence[Measure]) -> str:
    """The table: one line a member, the oracle's time beside ours."""
    lines = [f"{'family':22} {'n':>2} {'CPU s':>8} {'peak MiB':>9} {'visited':>9} {'final':>6} {'oracle s':>9}"]
    for one in measures:
        oracle = "-" if one.member.states is None or one.member.oracle_s is None else f"{one.member.oracle_s:.2f}"
        lines.append(
            f"{one.member.family:22} {one.member.size:>2} {one.cpu_s:8.3f} {f'{one.peak_mib:.1f}' if one.peak_mib else '-':>9} {one.visited:9} {one.finals:6} {oracle:>9}"
            + (f"  WRONG: {one.wrong}" if one.wrong else "")
        )
    return "\n".join(lines) + "\n"


PANELS = (("CPU seconds", "cpu_s"), ("peak memory, MiB", "peak_mib"), ("states visited", "visited"))
COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0")


def svg(measures: Sequence[Measure]) -> str:
    """Curves over n on a logarithmic scale, one panel a figure; the oracle's seconds are dashed."""
    families = list(dict.fromkeys(one.member.family for one in measures))
    width, height, left, top = 330, 300, 46, 30
    parts = []
    for index, (title, field) in enumerate(PANELS):
        curves = [(f, COLOURS[i % len(COLOURS)], "", [(m.member.size, float(getattr(m, field))) for m in measures if m.member.family == f and m.finals and getattr(m, field)]) for i, f in enumerate(families)]
        if field == "cpu_s":
            curves += [(f, colour, ' stroke-dasharray="4 3"', [(m.member.size, m.member.oracle_s) for m in measures if m.member.family == f and m.member.oracle_s]) for f, colour, _, _ in curves]
        values = [max(y, 1e-4) for *_, points in curves for _, y in points] or [1.0]
        sizes = [x for *_, points in curves for x, _ in points] or [1]
        low, high = floor(log10(min(values))), floor(log10(max(values))) + 1
        x0 = left + index * (width + left)

        def place(n: float, y: float, x0: int = x0, low: int = low, high: int = high, sizes: Sequence[int] = sizes) -> str:
            span = max(max(sizes) - min(sizes), 1)
            return f"{x0 + (n - min(sizes)) / span * (width - 20):.1f},{top + height - (log10(max(y, 1e-4)) - low) / (high - low) * height:.1f}"

        parts.append(f'<text x="{x0}" y="{top - 12}" font-weight="bold">{title}</text>')
        for decade in range(low, high + 1):
            y = top + height - (decade - low) / (high - low) * height
            parts.append(f'<path d="M{x0} {y:.1f}h{width - 20}" stroke="#ddd"/><text x="{x0 - 4}" y="{y + 4:.1f}" text-anchor="end">1e{decade}</text>')
        for n in range(min(sizes), max(sizes) + 1):
            parts.append(f'<text x="{place(n, 10.0**low).split(",")[0]}" y="{top + height + 16}" text-anchor="middle">{n}</text>')
        for family, colour, dash, points in curves:
            if points:
                parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6"{dash} points="{" ".join(place(n, y) for n, y in points)}"><title>{escape(family)}</title></polyline>')
    for i, family in enumerate(families):
        x, y = left + i % 4 * 270, top + height + 40 + i // 4 * 16
        parts.append(f'<path d="M{x} {y - 4}h18" stroke="{COLOURS[i % len(COLOURS)]}" stroke-width="2"/><text x="{x + 24}" y="{y}">{escape(family)}</text>')
    total_w, total_h = 3 * (width + left) + left, top + height + 60 + (len(families) + 3) // 4 * 16
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_w} {total_h}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>' + "".join(parts) + "</svg>\n"


def bench_scaling(tool: Isotier, folder: Path) -> bool:
    """Measures every family, prints the table, writes scaling.txt and scaling.svg into `folder`. False: something is wrong."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as tests:
        measures = [measure(tool, member) for member in (*scaling_members(), *table_members(Path(tests)), *lock_members(Path(tests)))]
    folder.mkdir(parents=True, exist_ok=True)
    table = text(measures)
    (folder / "scaling.txt").write_text(table, encoding="utf-8")
    (folder / "scaling.svg").write_text(svg(measures), encoding="utf-8")
    print(table + f"{len(measures)} members in {time.perf_counter() - start:.0f} s; curves: {folder / 'scaling.svg'}", flush=True)
    return not any(one.wrong for one in measures)
