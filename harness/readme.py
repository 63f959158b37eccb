"""The runs that README.md shows are real: --check runs them again and compares their shape, --write puts the new output in.

A fenced block marked `console` holds commands (`$ ...`) and their output; a line `...` stands for any number of lines. The shape is the text
with every number replaced and spaces squeezed, so that a new scenario or a faster machine does not break the page but a changed table does.
Commands run in a temporary folder that looks like the root of the tree.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.isotier import ROOT, find_binary

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
GAP = "..."


@dataclass(frozen=True)
class Sample:
    """A command and the output shown for it."""

    command: str
    shown: tuple[str, ...]


def samples(block: str) -> tuple[Sample, ...]:
    """The commands of a block, each with the lines up to the next one."""
    found: list[Sample] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Sample(line[2:], ()))
        elif found:
            found[-1] = Sample(found[-1].command, (*found[-1].shown, line.rstrip()))
        else:
            raise ValueError(f"a console block starts with a command, not with {line!r}")
    return tuple(found)


def stage(folder: Path, binary: Path) -> None:
    """Makes the folder look like the root of a built tree, so that commands run as the page shows them and write nothing into ours."""
    for entry in ROOT.iterdir():
        if not entry.name.startswith(("build", ".", "report.")):
            (folder / entry.name).symlink_to(entry)
    (folder / "build").symlink_to(binary.resolve().parent.parent)


def run(command: str, folder: Path) -> tuple[str, ...]:
    """What the command prints, standard output and error, line by line."""
    environment = {**os.environ, "SC_COPYRIGHT_MESSAGE": "DISABLE", "LC_ALL": "C.UTF-8", "COLUMNS": "140"}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return tuple(line.rstrip() for line in done.stdout.splitlines())


def shape(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines without their numbers and their spacing."""
    return tuple(re.sub(r"\s+", " ", re.sub(r"\d+(?:\.\d+)?", "#", line)).strip() for line in lines)


def same_shape(shown: tuple[str, ...], now: tuple[str, ...]) -> bool:
    """Whether the output still looks as shown; `...` in what is shown stands for any lines."""
    pattern = "".join("(?:.*\n)*?" if line.strip() == GAP else re.escape(line) + "\n" for line in shape(shown))
    return re.fullmatch(pattern, "".join(line + "\n" for line in shape(now))) is not None


def refreshed(shown: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    """The new output; where lines were left out, as many are kept before and after the gap as before. With several gaps only a look tells what to keep."""
    if GAP not in shown:
        return now
    if shown.count(GAP) > 1 and same_shape(shown, now):
        return shown
    before, after = shown.index(GAP), len(shown) - shown.index(GAP) - 1
    return (*now[:before], GAP, *now[len(now) - after :]) if len(now) > before + after else now


def main() -> int:
    """Checks or rewrites README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--write", action="store_true")
    parser.add_argument("page", nargs="?", type=Path, default=ROOT / "README.md")
    options = parser.parse_args()
    text = options.page.read_text(encoding="utf-8")
    binary = find_binary()
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        stage(Path(scratch), binary)

        def again(match: re.Match[str]) -> str:
            nonlocal wrong
            lines: list[str] = []
            for sample in samples(match[1]):
                now = run(sample.command, Path(scratch))
                if options.check and not same_shape(sample.shown, now):
                    wrong += 1
                    print(f"{options.page.name}: `{sample.command}` now looks different; `make docs` refreshes it")
                    print("\n".join(difflib.unified_diff(shape(sample.shown), shape(now), "shown", "now", lineterm="", n=1)))
                lines += [f"$ {sample.command}", *refreshed(sample.shown, now)]
            return "```console\n" + "".join(line + "\n" for line in lines) + "```"

        new, blocks = BLOCK.subn(again, text)
    if not blocks:
        print(f"{options.page.name}: no console block, nothing was compared")
        return 1
    if options.write and new != text:
        options.page.write_text(new, encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
