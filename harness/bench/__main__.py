"""`make bench`: start-up, outcome sets, litmus runs and a whole `isotier run`, timed through the command line as users have it.

The platform's own figures (simulated accesses a second, share of SystemC's kernel) come from the program isotier-bench.
Figures, not verdicts: exit status 0 unless something could not be run or a family's final states are wrong. Machine load shows: run it on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.bench.scaling import bench_scaling
from harness.isotier import ROOT, Isotier, Outcomes, find_binary

SHARED = ROOT.parent / "shared"
LITMUS_GROUPS = ("aarch64", "pick", "cas")
BENCHES = ("start", "platform", "timed", "exhaustive", "scaling", "run", "matrix")


@dataclass(frozen=True)
class Cost:
    """What a command cost: wall and CPU seconds, and what it printed."""

    wall_s: float
    cpu_s: float
    stdout: str


def cost(tool: Isotier, *arguments: str | Path, limit_s: float = 600.0) -> Cost | None:
    """Runs the tool once; None if it did not end within the limit."""
    environment = {**os.environ, "SC_COPYRIGHT_MESSAGE": "DISABLE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    try:
        done = subprocess.run(
            [str(tool.binary), *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout)


def row(what: str, figure: str, target: str = "") -> None:
    """One line of the table."""
    print(f"{what:62} {figure:>26}   {target}", flush=True)


def bench_start(tool: Isotier) -> None:
    """`isotier --version`, median of 21 runs."""
    walls = [measured.wall_s for _ in range(21) if (measured := cost(tool, "--version"))]
    row("isotier --version, median", f"{1000 * statistics.median(walls):.1f} ms", "under 20 ms")


def answered(stdout: str) -> tuple[Outcomes, ...]:
    """The lines of `isotier outcomes` that are answers: an error is no fast answer."""
    rows = tuple(Outcomes.parse(line) for line in stdout.splitlines() if line.strip())
    return tuple(one for one in rows if not one.error)


def bench_corpus(tool: Isotier, group: str, engine: str, options: Sequence[str]) -> tuple[str, int, float, float]:
    """(tests answered of all in words, answered, CPU seconds of one process, oracle's CPU seconds) of a corpus group."""
    folder = SHARED / "corpus" / group
    rows = [json.loads(line) for line in (folder / "oracle.jsonl").read_text(encoding="utf-8").splitlines() if line]
    variants = ["--variant", ",".join(rows[0]["variants"])] if rows[0]["variants"] else []
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as listing:
        listing.writelines(f"{folder / one['file']}\n" for one in rows)
        listing.flush()
        measured = cost(tool, "outcomes", "--engine", engine, "--jobs", "1", *variants, *options, f"@{listing.name}")
    oracle = json.loads((folder / "group.json").read_text(encoding="utf-8"))["oracle_batch_s"]
    count = len(answered(measured.stdout)) if measured else 0
    what = f"{group}, {count} tests" if count == len(rows) else f"{group}, {count} of {len(rows)} tests, the others refused"
    return what, count, measured.cpu_s if measured else float("inf"), oracle


def bench_exhaustive(tool: Isotier) -> None:
    """Every corpus group on the exhaustive engine, against the oracle's best batch time."""
    total = oracle_total = 0.0
    tests = 0
    for folder in sorted((SHARED / "corpus").iterdir()):
        if not (folder / "group.json").is_file():
            continue
        what, count, cpu, oracle = bench_corpus(tool, folder.name, "exhaustive", [])
        tests, total, oracle_total = tests + count, total + cpu, oracle_total + oracle
        row(f"outcomes, {what}", f"{cpu:.3f} s CPU", f"oracle {oracle:.3f} s, ratio {oracle / max(cpu, 1e-9):.0f}x")
    row(f"outcomes, all ({tests} tests, {tests / max(total, 1e-9):.0f}/s)", f"{total:.3f} s CPU", f"oracle {oracle_total:.3f} s, ratio {oracle_total / max(total, 1e-9):.0f}x")


def bench_timed(tool: Isotier) -> None:
    """Litmus-size runs a second on the timed engine, start-up of the process taken off."""
    seeds = 500
    for group in LITMUS_GROUPS:
        what, count, cpu, _ = bench_corpus(tool, group, "timed", ["--seeds", str(seeds)])
        _, _, base, _ = bench_corpus(tool, group, "timed", ["--seeds", "1"])
        row(f"timed runs, {what} x {seeds} seeds", f"{count * (seeds - 1) / max(cpu - base, 1e-9):.0f} runs/s", "at least 2000 a second and core")


def bench_run(tool: Isotier) -> None:
    """The bundled scenarios on the default machine, as `make run` does it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        measured = cost(tool, "run", "--machine", "default", "--report", report, "scenarios")
        cells = len(json.loads(report.read_text(encoding="utf-8"))["cells"]) if report.is_file() else 0
    figure = f"{measured.wall_s:.1f} s" if measured else "no end"
    row(f"isotier run, bundled scenarios ({cells} cells)", figure, "under 60 s on 2 cores")


def bench_matrix(tool: Isotier) -> None:
    """The profile of the gate, and all scenarios x tiers x policies x mappings on the machine that has every kind of tier; both engines."""
    for what, target, options in (
        ("the profile gate", "under 60 s on 2 cores", ("--machine", "default", "--profile", "gate")),
        ("the profile gate under all policies", "", ("--machine", "default", "--profile", "gate", "--policy", "all")),
        ("everything on full", "under 600 s on 2 cores", ("--machine", "full", "--policy", "all", "--mapping", "all")),
    ):
        with tempfile.TemporaryDirectory() as folder:
            measured = cost(tool, "run", *options, "--slim", "--report", Path(folder) / "report.json", limit_s=3600)
        cells = measured.stdout.split("exhaustive ", 1)[1].split(",")[0].split("/")[1] if measured else "?"
        figure = f"{measured.wall_s:.1f} s, {measured.cpu_s:.1f} s CPU" if measured else "no end"
        row(f"isotier run, {what} ({cells} cells)", figure, target)


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHES)
    only = parser.parse_args().only or list(BENCHES)
    tool = Isotier(find_binary())
    failed = False
    if "start" in only:
        bench_start(tool)
    if "platform" in only:
        failed = subprocess.run([str(tool.binary.with_name("isotier-bench"))], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode != 0
    if (SHARED / "corpus").is_dir():
        for name, bench in (("timed", bench_timed), ("exhaustive", bench_exhaustive)):
            if name in only:
                bench(tool)
    else:
        print("the public corpus is not beside this tree (../shared/corpus): engines not measured on it")
    if "scaling" in only:
        failed |= not bench_scaling(tool, tool.binary.parent.parent / "bench")
    if "run" in only:
        bench_run(tool)
    if "matrix" in only:
        bench_matrix(tool)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
