"""Does every layer know only the layers above it, and is it a library that keeps no state and leaves the process alone?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from harness.isotier import ROOT
from harness.tree import C_SUFFIXES, CXX_SUFFIXES, LIBRARY_LAYERS, layer_of, with_suffix

# A layer and the layers whose headers its files may include and whose targets it may link (ARCHITECTURE.md, the layer rule).
MAY_USE = {
    "models": {"models"},
    "sim/isa": {"models", "sim/isa"},
    "sim/explore": {"models", "sim/isa", "sim/explore"},
    "sim/platform": {"models", "sim/isa", "sim/platform"},
    "sim": {"models", "sim/isa", "sim/explore", "sim/platform", "sim"},
    "conformance": {"models", "sim/isa", "sim/explore", "sim/platform", "sim", "conformance"},
}
TARGETS = {"iso_models": "models", "iso_isa": "sim/isa", "iso_explore": "sim/explore", "iso_platform": "sim/platform", "iso_core": "sim"}
STATELESS = {"models": "iso_models", "sim/isa": "iso_isa", "sim/explore": "iso_explore"}

PROCESS_CALLS = {"printf", "vprintf", "puts", "putchar", "perror", "exit", "_exit", "_Exit", "quick_exit", "abort", "assert", "system", "signal"}
MODELS_CALLS = {"malloc", "calloc", "realloc", "free", "strdup", "fopen", "fclose", "fread", "read", "open", "time", "clock_gettime", "rand", "getenv"}
STREAMS = re.compile(r"\b(?:std::)?(cout|cerr|clog)\b|\bf(?:printf|puts)\s*\(\s*(?:stdout|stderr)\b|\b(?:stdout|stderr)\b")
# The one file that ends the process: memory is exhausted, or what the code rules out has happened. Called with file and line.
ABORTS_HERE = {name: {"sim/isa/fatal.c"} for name in ("abort", "stderr")}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)

# Programs that stand in a library's folder (benchmarks) are no part of the library.
SOURCES = tuple(path for path in with_suffix(*C_SUFFIXES, *CXX_SUFFIXES, ".def", ".inc") if not path.stem.endswith("_main"))


def code_of(path: Path) -> str:
    """The text of a source file without comments and literals, line numbers kept."""
    return NOISE.sub(lambda match: "\n" * match[0].count("\n") or " ", (ROOT / path).read_text(encoding="utf-8"))


def included_layers(path: Path, text: str) -> set[tuple[str, str]]:
    """(header, layer it belongs to) for each quoted include that names a file of the tree."""
    found = set()
    for name in INCLUDE.findall(text):
        for candidate in (Path(name), path.parent / name):
            if (ROOT / candidate).is_file():
                found.add((name, layer_of(Path((ROOT / candidate).resolve().relative_to(ROOT)))))
                break
        else:
            found.add((name, "missing"))
    return found


def calls(code: str, names: set[str]) -> set[tuple[int, str]]:
    """(line, name) for each call of one of the functions; a member or a longer name that ends the same is none."""
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(sorted(names)) + r")\s*\(")
    return {(code.count("\n", 0, match.start()) + 1, match[1]) for match in pattern.finditer(code)}


@pytest.mark.parametrize("layer", MAY_USE)
def test_includes_go_downward(layer: str) -> None:
    """No file includes a header of a layer that its own must not know."""
    wrong = [
        f"{path}: includes {name} ({other})"
        for path in SOURCES
        if layer_of(path) == layer
        for name, other in included_layers(path, (ROOT / path).read_text(encoding="utf-8"))
        if other not in MAY_USE[layer]
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("layer", MAY_USE)
def test_targets_link_downward(layer: str) -> None:
    """No target links the library of a layer that its own must not know."""
    text = re.sub(r"#[^\n]*", "", (ROOT / layer / "CMakeLists.txt").read_text(encoding="utf-8"))
    linked = {name for body in re.findall(r"target_link_libraries\s*\(([^)]*)\)", text) for name in re.findall(r"\biso_\w+", body)}
    wrong = {name for name in linked if name in TARGETS and TARGETS[name] not in MAY_USE[layer]}
    assert not wrong, f"{layer}/CMakeLists.txt links {sorted(wrong)}"


@pytest.mark.parametrize("layer", LIBRARY_LAYERS)
def test_library_leaves_the_process_alone(layer: str) -> None:
    """No printing, no exit, no assert: errors are values. models/ does not allocate, read files or look at the clock either."""
    forbidden = PROCESS_CALLS | (MODELS_CALLS if layer == "models" else set())
    wrong = []
    for path in SOURCES:
        if layer_of(path) != layer:
            continue
        code = code_of(path)
        wrong += [f"{path}:{line}: {name}()" for line, name in sorted(calls(code, forbidden)) if str(path) not in ABORTS_HERE.get(name, set())]
        wrong += [
            f"{path}:{code.count(chr(10), 0, match.start()) + 1}: {match[0]}"
            for match in STREAMS.finditer(code)
            if str(path) not in ABORTS_HERE["stderr"]
        ]
    assert not wrong, "\n".join(wrong)


def test_the_scan_sees_what_it_forbids() -> None:
    """The two scans above find what they are there for and are not misled by comments, strings and longer names."""
    text = 'int f(void)\n{\n    /* printf("x") */\n    log("abort()"); /* exit(1) */\n    my_exit(2);\n    x->free(1);\n    abort();\n}\n'
    stripped = NOISE.sub(lambda match: "\n" * match[0].count("\n") or " ", text)
    assert calls(stripped, PROCESS_CALLS | MODELS_CALLS) == {(7, "abort")}
    assert included_layers(Path("models/x.c"), '#include "sim/isa/outcome.h"\n#include "access.h"\n#include "nowhere.h"\n') == {
        ("sim/isa/outcome.h", "sim/isa"),
        ("access.h", "models"),
        ("nowhere.h", "missing"),
    }


def writable_symbols(listing: str) -> list[str]:
    """The names of `nm --format=sysv` lines in sections that can be written after relocation."""
    found = []
    for line in listing.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 7 or fields[2] in ("U", "w"):
            continue
        section = fields[6]
        writable = section.startswith((".data", ".bss", ".tdata", ".tbss", "*COM*")) and not section.startswith(".data.rel.ro")
        if writable or fields[2] in "CcDdBbSsGg" and not section.startswith(".data.rel.ro"):
            found.append(f"{fields[0]} ({section})")
    return found


@pytest.mark.parametrize("layer", STATELESS)
def test_library_has_no_mutable_globals(layer: str, isotier_path: Path) -> None:
    """Neither variables nor thread-locals: tables are constant, everything else is handed in."""
    library = isotier_path.parent.parent / layer / f"lib{STATELESS[layer]}.a"
    assert library.is_file(), f"{library} is not built"
    listing = subprocess.run(["nm", "--format=sysv", "--defined-only", str(library)], capture_output=True, encoding="utf-8", check=True).stdout
    assert "|.text" in listing, "nm shows no code: the listing is not what this test expects"
    assert not writable_symbols(listing)


def test_a_mutable_global_would_be_seen(tmp_path: Path) -> None:
    """The symbol scan finds each kind of variable and lets constant tables of pointers pass."""
    source = tmp_path / "state.c"
    source.write_text(
        "int counted = 1; int zeroed; static _Thread_local int per_thread; int common[4];\n"
        'const char *const names[] = {"a", "b"}; const int table[] = {1, 2};\n'
        "int next(void) { static int last; return ++last + ++per_thread; }\n",
        encoding="utf-8",
    )
    subprocess.run(["gcc", "-c", "-fPIE", str(source), "-o", str(tmp_path / "state.o")], check=True)
    listing = subprocess.run(["nm", "--format=sysv", "--defined-only", str(tmp_path / "state.o")], capture_output=True, encoding="utf-8", check=True).stdout
    names = {name.split(" ")[0].split(".")[0] for name in writable_symbols(listing)}
    assert names == {"counted", "zeroed", "per_thread", "common", "last"}


# The only places that look at a setting without iso_capability_get() or iso_cpu_get(): the two themselves, what binds and checks values, and what changes a copy.
READS_VALUES = {"models/capability.h", "models/capability.c", "models/cpu.h", "models/cpu.c", "models/machine.c", "models/tier.c", "models/decide.c"}
SETTING_VALUE = re.compile(r"(?:features|capabilities)\s*(?:->|\.)\s*value\s*\[")


def test_settings_are_read_where_it_is_noted() -> None:
    """A search for the smallest change trusts models/reads.h to name all that an answer depended on."""
    found = [
        f"{path}:{code.count(chr(10), 0, match.start()) + 1}"
        for path in SOURCES
        if layer_of(path) in ("models", "sim/isa", "sim/explore") and str(path) not in READS_VALUES | {"sim/explore/depend.c"}
        for code in (code_of(path),)
        for match in SETTING_VALUE.finditer(code)
    ]
    assert not found, "use iso_capability_get() or iso_cpu_get(): " + ", ".join(found)
