"""Are the sources as the house style wants them: formatted, of a readable length, with headers that stand on their own?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from harness.isotier import ROOT
from harness.tree import C_SUFFIXES, CXX_SUFFIXES, files, layer_of, with_suffix

MOST_LINES = 600
MACHINE_PATHS = re.compile(r"(?<![\w.*])/(?:work|farm|root|home|tmp|Users)/[a-zA-Z]")
TEXT_SUFFIXES = (*C_SUFFIXES, *CXX_SUFFIXES, ".py", ".sh", ".md", ".yaml", ".json", ".txt", ".litmus", ".toml", ".dot", ".def", "")
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-D_POSIX_C_SOURCE=200809L", "-I", str(ROOT)]


def c_headers() -> list[Path]:
    """The headers of the C layers."""
    return [path for path in with_suffix(".h") if layer_of(path) in ("models", "sim/isa", "sim/explore", "sim")]


def public_headers() -> list[Path]:
    """Those that another layer includes: a layer's interface. Only these may meet in one program."""
    users = with_suffix(*C_SUFFIXES, *CXX_SUFFIXES)
    used: set[tuple[str, str]] = set()
    for user in users:
        if layer_of(user) not in ("", "conformance", "harness"):
            used |= {(name, layer_of(user)) for name in re.findall(r'^#include "([^"]+)"', (ROOT / user).read_text(encoding="utf-8"), re.MULTILINE)}
    return [path for path in c_headers() if any(name == path.as_posix() and layer != layer_of(path) for name, layer in used)]


def test_sources_are_formatted() -> None:
    """clang-format 14 has nothing to change; `make format` makes it so."""
    sources = [str(path) for path in with_suffix(*C_SUFFIXES, *CXX_SUFFIXES)]
    assert sources
    done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *sources], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "error:" in line})
    assert done.returncode == 0, "`make format` changes: " + " ".join(wrong) + "\n" + done.stderr[:2000]


def test_formatting_check_can_fail(tmp_path: Path) -> None:
    """The check above, with the project's settings, refuses a badly formatted file."""
    bad = tmp_path / "bad.c"
    bad.write_text("int  f( void ){return 1;}\n", encoding="utf-8")
    command = ["clang-format-14", f"--style=file:{ROOT / '.clang-format'}", "--dry-run", "-Werror", str(bad)]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize(("language", "standard"), [("c", "c17"), ("c++", "c++17")])
def test_one_program_can_include_every_header(tmp_path: Path, language: str, standard: str) -> None:
    """All public headers of the C layers together, in both languages that use them, without a warning."""
    headers = public_headers()
    assert {Path("models/decide.h"), Path("sim/isa/outcome.h"), Path("sim/isa/engine.h")} <= set(headers)
    program = tmp_path / ("all.c" if language == "c" else "all.cpp")
    text = "".join(f'#include "{path.as_posix()}"\n' for path in headers)
    program.write_text(text + "int main(void);\nint main(void) { return 0; }\n" if language == "c" else text + "int main() { return 0; }\n", encoding="utf-8")
    done = subprocess.run(["gcc", "-x", language, f"-std={standard}", *WARNINGS, "-fsyntax-only", str(program)], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[:4000]


def test_every_header_stands_alone(tmp_path: Path) -> None:
    """Each header of the C layers compiles when it is the first thing a file includes, and again when it is included twice."""
    units = []
    for path in c_headers():
        unit = tmp_path / (path.as_posix().replace("/", "_") + ".c")
        unit.write_text(f'#include "{path.as_posix()}"\n#include "{path.as_posix()}"\ntypedef int not_empty;\n', encoding="utf-8")
        units.append(str(unit))
    done = subprocess.run(["gcc", "-std=c17", *WARNINGS, "-fsyntax-only", *units], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[:4000]


def test_files_are_of_a_readable_length() -> None:
    """Nobody has to read more than 600 lines to know a file."""
    suffixes = (*C_SUFFIXES, *CXX_SUFFIXES, ".py", ".sh")
    long = {str(path): lines for path in with_suffix(*suffixes) if (lines := (ROOT / path).read_bytes().count(b"\n")) > MOST_LINES}
    assert not long


def test_sources_say_what_they_are_for() -> None:
    """The first thing in a file is a comment, or in Python a docstring."""
    mute = []
    for path in with_suffix(*C_SUFFIXES, *CXX_SUFFIXES, ".py", ".sh"):
        text = (ROOT / path).read_text(encoding="utf-8").lstrip()
        marks = ('"""', 'r"""') if path.suffix == ".py" else ("# ", "#!") if path.suffix == ".sh" else ("/*", "//")
        if not text.startswith(marks):
            mute.append(str(path))
    assert not mute


def test_no_path_of_one_machine() -> None:
    """The tree works wherever it is cloned: no file names a folder of the machine it was written on."""
    wrong = []
    for path in files():
        if path.suffix in TEXT_SUFFIXES and path.name != "LICENSE":
            for number, line in enumerate((ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if MACHINE_PATHS.search(line):
                    wrong.append(f"{path}:{number}: {line.strip()[:120]}")
    assert not wrong, "\n".join(wrong)
