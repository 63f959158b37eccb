"""Does the reader take every file of the public corpus, and say where and why it does not take one?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.isotier import Exit, Isotier

# Features that are out of scope; nothing else may keep a file from being read.
ALLOWED = ("SVE", "SME", "Advanced SIMD", "floating-point", "PAC", "GCS")
MOST_REFUSED = 0
REFUSAL = re.compile(r"(?P<file>[^\n]+\.litmus):(?P<line>\d+):(?P<column>\d+): (?:error: )?(?P<message>.+)")


@pytest.fixture(scope="module")
def files(corpus: Path) -> list[Path]:
    """Every litmus file of the corpus."""
    return sorted(corpus.glob("*/*.litmus"))


def refusals(isotier: Isotier, files: list[Path]) -> dict[str, list[re.Match[str]]]:
    """What `isotier show` says of the files it does not take, by file name; warnings left out."""
    found: dict[str, list[re.Match[str]]] = {}
    for begin in range(0, len(files), 500):
        done = isotier.call("show", *files[begin : begin + 500])
        assert done.status in (Exit.CLEAN, Exit.BAD_INPUT), done.stderr[:400]
        for line in done.stderr.splitlines():
            match = REFUSAL.match(line)
            if match and not match["message"].startswith("warning"):
                found.setdefault(match["file"], []).append(match)
    return found


def test_every_file_is_read_or_refused_for_an_allowed_reason(isotier: Isotier, files: list[Path]) -> None:
    refused = refusals(isotier, files)
    assert len(files) > 2000
    assert len(refused) <= MOST_REFUSED, "\n".join(match[0] for list_ in refused.values() for match in list_)
    for matches in refused.values():
        for match in matches:
            assert int(match["line"]) > 0 and int(match["column"]) > 0, match[0]
            assert any(reason in match["message"] for reason in ALLOWED), match[0]


def test_what_show_prints_is_read_again(isotier: Isotier, files: list[Path], tmp_path: Path) -> None:
    """A sample: the library's own tests compare every file field by field."""
    for path in files[:: max(1, len(files) // 25)]:
        first = isotier.call("show", path)
        if first.status is not Exit.CLEAN:
            continue
        again = tmp_path / path.name
        again.write_text(first.stdout, encoding="utf-8")
        second = isotier.call("show", again)
        assert (second.status, second.stdout) == (Exit.CLEAN, first.stdout), path


def test_a_refusal_names_the_place(isotier: Isotier, tmp_path: Path) -> None:
    broken = tmp_path / "broken.litmus"
    broken.write_text("AArch64 broken\n{ x=0; 0:X1=x; }\nP0 ;\nLDR W0,[X1] ;\nexists (0:X0=1 /\\ [y=2)\n", encoding="utf-8")
    done = isotier.call("show", broken)
    assert done.status is Exit.BAD_INPUT
    assert f"{broken}:5:" in done.stderr and "expected" in done.stderr
    assert done.stdout == ""
