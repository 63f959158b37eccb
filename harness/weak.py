"""How weak is the timed engine: of the tests the oracle calls Sometimes, how many show both answers within N seeds?

A model that is sequentially consistent would pass every soundness test and be of no use. Prints a line a group and the tests that did
not show; exit status 0 if the share reaches --least per cent, else 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from harness.isotier import ROOT, Isotier, find_binary

GROUPS = ("aarch64", "pick", "cas")


def missing_in(tool: Isotier, folder: Path, seeds: int) -> tuple[int, list[str]]:
    """(number of tests that the oracle calls Sometimes, names of those that the timed engine does not)."""
    lines = (folder / "oracle.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = {row["file"]: row["test"] for row in map(json.loads, filter(None, lines)) if row["verdict"] == "Sometimes" and row["scope"] == "required"}
    rows = tool.outcomes(*(folder / file for file in wanted), engine="timed", options=["--seeds", str(seeds)])
    shown = {Path(row.file).name for row in rows if row.verdict == "Sometimes" and not row.error}
    return len(wanted), sorted(name for file, name in wanted.items() if Path(file).name not in shown)


def main() -> int:
    """Prints the share a group and over all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--least", type=float, default=70.0, help="per cent that must show (default 70)")
    parser.add_argument("--group", action="append", choices=GROUPS)
    parser.add_argument("corpus", nargs="?", type=Path, default=ROOT.parent / "shared" / "corpus")
    options = parser.parse_args()
    tool = Isotier(find_binary(), timeout_s=3600)
    total = absent = 0
    for group in options.group or GROUPS:
        count, missing = missing_in(tool, options.corpus / group, options.seeds)
        total += count
        absent += len(missing)
        print(f"{group:10} {count - len(missing):4} of {count:4} shown in {options.seeds} seeds; not: {' '.join(missing) or 'none'}", flush=True)
    share = 100.0 * (total - absent) / total if total else 0.0
    print(f"weak: {total - absent} of {total} tests that the oracle calls Sometimes show both answers, {share:.1f} % (at least {options.least:.0f} %)")
    return 0 if share >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
