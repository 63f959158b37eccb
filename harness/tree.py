"""Which files the tree is made of, for the tests that look at the tree itself.

Tracked and new files, never what a build or a run left behind. Works in a clone and in an unpacked archive.
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

from harness.isotier import ROOT

LIBRARY_LAYERS = ("models", "sim/isa", "sim/explore", "sim/platform")
C_SUFFIXES = (".c", ".h")
CXX_SUFFIXES = (".cpp", ".hpp")
_LEFT_BEHIND = ("build", "build-", ".git", "__pycache__", ".venv")


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _LEFT_BEHIND or path.name.startswith("build-"):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        else:
            yield path


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file of the tree, relative to its root, sorted."""
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        found = subprocess.run(listing, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout.split("\0")
        paths = [Path(name) for name in found if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path.relative_to(ROOT) for path in _walk(ROOT)]
    return tuple(sorted({path for path in paths if (ROOT / path).is_file()}))


def with_suffix(*suffixes: str) -> tuple[Path, ...]:
    """The files whose names end in one of these."""
    return tuple(path for path in files() if path.suffix in suffixes)


def layer_of(path: Path) -> str:
    """The layer that a source file belongs to: its folder, `sim/isa` and its kind before `sim`."""
    text = path.as_posix()
    for layer in (*LIBRARY_LAYERS, "sim", "conformance", "harness"):
        if text.startswith(layer + "/"):
            return layer
    return ""
