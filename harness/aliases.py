"""Random tests of one page under mismatched attributes: does the timed engine show only what the exhaustive one allows?

Programs of two or three threads use a page through up to three mappings: loads, stores, atomics, exclusives, maintenance and barriers. The same seed
gives the same test. Prints the tests that are wrong, bounded or slow; exit status 0 if there are none, else 1.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.isotier import ROOT, Isotier, find_binary

ATTRIBUTES = ("wb", "nc", "device-gre", "device-ngnre", "wt", "wb:osh", "wb:nsh", "mix")
KINDS = ("LDR", "LDR", "STR", "STR", "LDADD", "LDXR", "CVAC", "CIVAC", "IVAC", "DMB SY", "DSB SY", "FLAG")
NAMES = ("x", "y", "w")
SLOW_S = 60.0


@dataclass(frozen=True)
class AliasTest:
    """A litmus test and the attribute that its first mapping has."""

    attribute: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What the tool made of a test."""

    seed: int
    bugs: tuple[str, ...]
    bound: str
    seconds: float  # by the clock


def thread(draw: random.Random, number: int, mappings: int, length: int, shown: list[str]) -> list[str]:
    """One thread's code; registers it shows are added to `shown`."""
    rows: list[str] = []

    def fresh(width: str = "X") -> str:
        shown.append(f"{number}:X{10 + len(shown)}")
        return f"{width}{9 + len(shown)}"

    while len(rows) < length:
        kind, base = draw.choice(KINDS), f"X{draw.randrange(mappings)}"
        if kind == "LDR":
            rows.append(f"LDR {fresh()},[{base}]")
        elif kind == "STR":
            rows.append(f"STR X8,[{base}]")
        elif kind == "LDADD":
            rows.append(f"LDADD X8,{fresh()},[{base}]")
        elif kind == "LDXR":
            rows.append(f"LDXR {fresh()},[{base}]")
            rows.append(f"STXR {fresh('W')},X8,[{base if draw.random() < 0.7 else f'X{draw.randrange(mappings)}'}]")
        elif kind == "FLAG":
            rows.append("STR X8,[X3]" if draw.random() < 0.5 else f"LDR {fresh()},[X3]")
        else:
            rows.append(kind if " " in kind else f"DC {kind},{base}")
    return rows


def make(seed: int) -> AliasTest:
    """The test of a seed."""
    draw = random.Random(seed)
    threads, mappings = draw.choice((2, 2, 3)), draw.choice((2, 2, 3))
    attributes = [draw.choice(ATTRIBUTES) for _ in range(mappings)]
    shown: list[str] = []
    code = [thread(draw, number, mappings, draw.randint(2, 5 if threads == 2 else 4), shown) for number in range(threads)]
    registers = (" ".join([*(f"{t}:X{k}={NAMES[k]};" for k in range(mappings)), f"{t}:X3=f;", f"{t}:X8={t + 1};"]) for t in range(threads))
    depth = max(map(len, code))
    lines = [
        f"AArch64 alias-{seed}",
        "Alias=" + " ".join(f"{name}:x@{attribute}" for name, attribute in zip(NAMES[1:mappings], attributes[1:], strict=True)),
        "{",
        " ".join(f"uint64_t {name};" for name in (*NAMES[:mappings], "f")),
        *registers,
        "}",
        " | ".join(f"P{t}" for t in range(threads)) + " ;",
        *(" | ".join(rows[k] if k < len(rows) else "" for rows in code) + " ;" for k in range(depth)),
        f"locations [x; {' '.join(f'{name};' for name in shown)}]",
        "forall (~fault(P0))",
    ]
    return AliasTest(attributes[0], "\n".join(lines) + "\n")


def machine(folder: Path) -> Path:
    """A machine of one tier that does exclusives and atomics under every attribute, and may take a mismatched pair and Write-Through either way."""
    text = (ROOT / "models" / "machines" / "default.yaml").read_text(encoding="utf-8")
    text = text[: text.index("  ddr-far:")].replace("machine: default", "machine: permissive")
    for key in ("excl.nc", "excl.device", "atomic.device"):
        text, count = re.subn(rf"{re.escape(key)}: {{value: no", f"{key}: {{value: yes", text)
        assert count == 1, key
    text = text.replace("    erg_bytes: 64\n", "    erg_bytes: 64\n    wt_mixed: free\n    monitor.stx_va_mismatch: free\n")
    path = folder / "permissive.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def ask(tool: Isotier, folder: Path, model: Path, seed: int, seeds: int) -> Answer:
    """Runs one test on both engines."""
    test = make(seed)
    path = folder / f"alias-{seed}.litmus"
    path.write_text(test.text, encoding="utf-8")
    options = ["--machine", str(model), "--tier", "ddr", "--attr", test.attribute, "--seeds", str(seeds), "--jobs", "1", "--quiet"]
    begin = time.monotonic()
    _, report = tool.run(path, report=folder / f"alias-{seed}.json", options=options)
    (cell,) = report.cells
    return Answer(seed, tuple(cell.raw.get("model_bug") or ()), str(cell.raw.get("bound") or ""), time.monotonic() - begin)


def answers(tool: Isotier, folder: Path, first: int, count: int, seeds: int, jobs: int) -> list[Answer]:
    """The answers to the tests first .. first + count - 1."""
    model = machine(folder)
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda seed: ask(tool, folder, model, seed, seeds), range(first, first + count)))


def cpu_seconds(tool: Isotier, folder: Path, seed: int, seeds: int) -> float:
    """CPU time of a test that is run alone: on a machine in use the clock says little."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ask(tool, folder, machine(folder), seed, seeds)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Prints what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    tool = Isotier(find_binary(), timeout_s=3600)
    with tempfile.TemporaryDirectory() as folder:
        found = answers(tool, Path(folder), options.first, options.tests, options.seeds, options.jobs)
        late = [a.seed for a in found if a.seconds > SLOW_S]
        slow = {seed: seconds for seed in late if (seconds := cpu_seconds(tool, Path(folder), seed, options.seeds)) > SLOW_S}
    wrong = [a for a in found if a.bugs or a.seed in slow]
    for answer in wrong:
        print(f"aliases: test {answer.seed}: {answer.bugs or f'slow, {slow[answer.seed]:.1f} s of CPU'}, {answer.seconds:.1f} s\n{make(answer.seed).text}")
    bounds = sum(1 for answer in found if answer.bound)
    print(f"aliases: {len(found)} tests, {len(wrong)} wrong or slow, {bounds} bounded, longest {max(a.seconds for a in found):.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
