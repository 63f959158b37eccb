"""Is every kind of bad input named by file, line and column, with status 2, no crash and no report left behind?"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from harness.isotier import ROOT, Exit, Isotier

MACHINE = """machine: small
cpus: 2
reference: ddr
provenance: {from: assumed}
tiers:
  ddr:
    kind: ddr
    path:
      - {hop: core, name: core, latency_ns: 5}
      - {hop: home-node, name: hn, latency_ns: 35, capabilities: {excl.wb: yes, atomic.wb: yes}}
      - hop: device
        name: dram
        latency_ns: 80
        capabilities:
          tag.storage: none
"""

# What is wrong with it: the text to replace, what with, where the message points, what it says.
BAD_MACHINES = {
    "syntax": ("machine: small", "machine: [small", None, "not YAML"),
    "unknown key": ("cpus: 2", "cpus: 2\ncolour: red", (3, 1), 'unknown key "colour" in machine; expected one of machine'),
    "unknown key in a hop": ("name: dram", "name: dram\n        latency_us: 80", (13, 9), 'unknown key "latency_us" in hop'),
    "missing key": ("cpus: 2\n", "", (1, 1), 'machine has no "cpus"'),
    "not a number": ("latency_ns: 80", "latency_ns: fast", (13, 21), 'latency_ns is "fast"; expected a number from 0'),
    "out of range": ("cpus: 2", "cpus: 4000", (2, 7), 'cpus is "4000"; expected a whole number from 1 to 64'),
    "bad value": ("tag.storage: none", "tag.storage: drawer", (15, 24), 'tag.storage is "drawer"; expected one of unknown, pass, none, emd32'),
    "unknown capability": ("tag.storage: none", "tag.colour: none", (15, 11), 'unknown capability "tag.colour"'),
    "no such reference": ("reference: ddr", "reference: moon", (3, 12), 'reference is "moon"; expected a tier of this machine: ddr'),
    "given twice": ("cpus: 2", "cpus: 2\ncpus: 3", (3, 1), 'key "cpus" is given twice; first on line 2'),
    "no provenance": ("provenance: {from: assumed}\n", "", (9, 76), "excl.wb does not say where it comes from"),
    "claim without reference": ("provenance: {from: assumed}", "provenance: {from: claim}", (4, 13), "a value from a claim has no ref"),
    "kind": ("kind: ddr", "kind: core-memory", (7, 11), 'kind is "core-memory"; expected one of ddr'),
    "hop order": ("hop: core, name: core", "hop: device, name: core", (9, 9), "device hop after nothing; expected the order core"),
    "two documents": ("machine: small", "---\nmachine: small", None, None),
    "idle contradicts stages": ("kind: ddr", "kind: ddr\n    idle_ns: 100", (8, 14), "two facts that contradict: idle_ns is 100, the stages of the path sum to 120"),
    "monitor contradicts": (
        "excl.wb: yes,", "excl.wb: yes, excl.monitor: none,", (10, 95), "two facts that contradict",
    ),
    "tags contradict": ("tag.storage: none", "tag.storage: none\n          tag.check_at: sn", None, None),
}


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_good_machine_is_good(isotier: Isotier, tmp_path: Path) -> None:
    done = isotier.call("lint", write(tmp_path / "m.yaml", MACHINE))
    assert (done.status, done.stderr) == (Exit.CLEAN, "")


@pytest.mark.parametrize("name", [name for name, row in BAD_MACHINES.items() if row[3]])
def test_bad_machine_is_named_with_its_place(isotier: Isotier, tmp_path: Path, name: str) -> None:
    old, new, place, message = BAD_MACHINES[name]
    assert old in MACHINE
    path = write(tmp_path / "m.yaml", MACHINE.replace(old, new, 1))
    done = isotier.call("lint", path)
    assert done.status is Exit.BAD_INPUT
    first = done.stderr.splitlines()[0]
    match = re.match(rf"{re.escape(str(path))}:(\d+):(\d+): (.*)", first)
    assert match, first
    assert message is not None and message in done.stderr
    if place:
        assert any(line.startswith(f"{path}:{place[0]}:{place[1]}: ") and message in line for line in done.stderr.splitlines()), done.stderr


BAD_SCENARIOS = {
    "empty": ("", ""),
    "no code": ("AArch64 x\n{ }\n", ""),
    "label that does not exist": (
        "AArch64 x\n{ 0:X0=x; }\n P0 ;\n B L9 ;\nexists (0:X0=0)\n", "L9",
    ),
    "migration label that does not exist": (
        "AArch64 x\nMigrate=x:P0:L9\n{ 0:X0=x; }\n P0 ;\n LDR W1,[X0] ;\nexists (0:X1=0)\n", "L9",
    ),
    "location that does not exist": ("AArch64 x\nMigrate=zz\n{ 0:X0=x; }\n P0 ;\n LDR W1,[X0] ;\nexists (0:X1=0)\n", "zz"),
    "instruction": ("AArch64 x\n{ }\n P0 ;\n FROB X0 ;\nexists (0:X0=0)\n", "FROB"),
    "variant outside the model": (
        "AArch64 x\nVariant=vmsa,d128,neon\n{ 0:X1=x; }\n P0 ;\n LDR W0,[X1] ;\nexists (0:X0=0)\n", ":2:14: variant d128 gives known instructions",
    ),
    "threads": (
        f"AArch64 x\n{{ }}\n {' | '.join(f'P{i}' for i in range(17))} ;\n {' | '.join(['NOP'] * 17)} ;\nexists (0:X0=0)\n",
        ":4:98: 17 threads, expected at most 16",
    ),
}


READ_ALL_THE_SAME = ("variant outside the model", "threads")  # what no engine takes can be shown


@pytest.mark.parametrize(
    ("name", "verb"),
    [(name, verb) for name in BAD_SCENARIOS for verb in ("lint", "show", "run", "outcomes") if verb != "show" or name not in READ_ALL_THE_SAME],
)
def test_bad_scenario_is_named_with_its_place(isotier: Isotier, tmp_path: Path, name: str, verb: str) -> None:
    text, expected = BAD_SCENARIOS[name]
    path = write(tmp_path / "s.litmus", text)
    report = tmp_path / "report.json"
    report_to: list[str | Path] = ["--report", report] if verb == "run" else []
    done = isotier.call(verb, path, *report_to)
    assert done.status & Exit.BAD_INPUT
    said = done.stdout if verb == "outcomes" else done.stderr
    assert re.search(rf"{re.escape(str(path))}:\d+:\d+: ", said), said
    assert expected in said
    assert not report.exists()


@pytest.mark.parametrize("name", READ_ALL_THE_SAME)
def test_what_no_engine_takes_is_shown(isotier: Isotier, tmp_path: Path, name: str) -> None:
    done = isotier.call("show", write(tmp_path / "s.litmus", BAD_SCENARIOS[name][0]))
    assert done.status is Exit.CLEAN and "P0" in done.stdout


@pytest.mark.parametrize("engine", ["exhaustive", "timed"])
def test_a_variant_outside_the_model_from_the_command_line(isotier: Isotier, tmp_path: Path, engine: str) -> None:
    path = write(tmp_path / "s.litmus", "AArch64 x\n{ 0:X1=x; }\n P0 ;\n LDR W0,[X1] ;\nexists (0:X0=0)\n")
    done = isotier.call("outcomes", "--engine", engine, "--variant", "pauth1", path)
    assert done.status & Exit.BAD_INPUT
    assert json.loads(done.stdout)["error"].startswith("--variant: variant pauth1 gives known instructions another meaning"), done.stdout


def test_what_the_engine_does_not_hold_is_named_with_its_place(isotier: Isotier, tmp_path: Path) -> None:
    rows = "".join(" STR W0,[X1] | LDR W2,[X1] ;\n" for _ in range(70))
    path = write(tmp_path / "s.litmus", "AArch64 x\n{ 0:X1=x; 1:X1=x; }\n P0 | P1 ;\n" + rows + "exists (0:X0=0)\n")
    assert f"{path}:68:2: cannot explore test 'x': more events" in json.loads(isotier.call("outcomes", path).stdout)["error"]
    done = isotier.call("run", "--tier", "ddr", "--attr", "wb", "--engine", "exhaustive", "--no-report", path)
    assert ": 68:2: cannot explore test 'x': more events" in done.stderr


def test_a_migration_that_cannot_be_composed_is_named_with_its_place(isotier: Isotier, tmp_path: Path) -> None:
    path = write(tmp_path / "s.litmus", "AArch64 x\nEL0=P0\n{ 0:X1=x; }\n P0 ;\n L0: LDR W0,[X1] ;\nexists (0:X0=0)\n")
    done = isotier.call("run", "--migrate", "x:P0:L0", "--no-report", path)
    assert done.status is Exit.BAD_INPUT
    assert f"{path}:5:6: Migrate=x:P0:L0: the thread runs at EL0" in done.stderr


def test_a_place_on_a_tier_that_is_not_in_the_machine(isotier: Isotier, tmp_path: Path) -> None:
    path = write(tmp_path / "s.litmus", "AArch64 x\nPlace=x@moon\n{ 0:X0=x; }\n P0 ;\n LDR W1,[X0] ;\nexists (0:X1=0)\n")
    report = tmp_path / "report.json"
    calls: list[list[str | Path]] = [["lint", "--machine", "default", path], ["run", path, "--report", report], ["run", path, "--policy", "linux-7.x", "--report", report]]
    for words in calls:
        done = isotier.call(*words)
        assert done.status is Exit.BAD_INPUT, words
        assert f'{path}:2:9: Place= names tier "moon"' in done.stderr, words
    assert not report.exists()


@pytest.mark.parametrize("verb", ["run", "lint", "show", "outcomes"])
def test_unreadable_paths(isotier: Isotier, tmp_path: Path, verb: str) -> None:
    missing = tmp_path / "missing.litmus"
    done = isotier.call(verb, missing)
    assert done.status & Exit.BAD_INPUT
    assert str(missing) in done.stderr + done.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_file_without_permission(isotier: Isotier, tmp_path: Path) -> None:
    path = write(tmp_path / "m.yaml", MACHINE)
    path.chmod(0)
    assert isotier.call("lint", path).status is Exit.BAD_INPUT


def test_folder_where_a_file_is_expected(isotier: Isotier, tmp_path: Path) -> None:
    done = isotier.call("run", "--machine", f"{tmp_path}/")
    assert done.status is Exit.BAD_INPUT
    assert "is a directory; expected a file" in done.stderr


def test_folder_without_scenarios(isotier: Isotier, tmp_path: Path) -> None:
    done = isotier.call("run", tmp_path)
    assert done.status is Exit.BAD_INPUT
    assert "no .litmus file" in done.stderr


@pytest.mark.parametrize("name", ["m.yaml", "s.litmus", "r.json"])
def test_a_line_of_a_hundred_megabytes(isotier: Isotier, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    done = isotier.call("lint", path)
    assert done.status is Exit.BAD_INPUT
    assert done.stderr.startswith(f"{path}:")
    assert len(done.stderr) < 2000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ('{"schema": 1,\n "schema": 1}', "not JSON: duplicate object key"),
        ("[]", 'report has no "schema"'),
        ('{"schema": 2}', 'report has "schema" 2; expected the number 1'),
        ('{"schema": 1, "machine": {"name": "m", "sha256": "0"}, "reference": "ddr"}', 'report has no "cells"; expected a list'),
        (
            '{"schema": 1, "machine": {"name": "m", "sha256": "0"}, "reference": "ddr", "cells": [{"id": "a", "scenario": "a", "tier": "ddr", '
            '"attribute": "wb", "verdict": "FINE", "tier_verdict": "SAME"}]}',
            'a has "verdict" "FINE"; expected SAME, NARROWER',
        ),
    ],
)
def test_malformed_reports(isotier: Isotier, tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path / "r.json", text)
    ways: list[list[str | Path]] = [["lint", path], ["explain", path, "x"], ["gate", path, "--against", path]]
    for arguments in ways:
        done = isotier.call(*arguments)
        assert done.status is Exit.BAD_INPUT
        assert re.match(rf"{re.escape(str(path))}:\d+:\d+: ", done.stderr), done.stderr
        assert message in done.stderr


def test_cell_that_is_not_in_the_report(isotier: Isotier, tmp_path: Path) -> None:
    path = write(tmp_path / "r.json", '{"schema": 1, "machine": {"name": "default", "sha256": "0"}, "reference": "ddr", "cells": []}')
    done = isotier.call("explain", path, "nowhere")
    assert done.status is Exit.BAD_INPUT
    assert 'no cell "nowhere"' in done.stderr


def test_a_report_that_cannot_be_written_is_an_error(isotier: Isotier, tmp_path: Path) -> None:
    done = isotier.call("run", "scenarios/ordering/mp-dmb.litmus", "--tier", "ddr", "--attr", "wb", "--seeds", "1", "--report", tmp_path / "no" / "r.json")
    assert done.status & Exit.TOOL_ERROR
    assert "cannot be written" in done.stderr


# ---- attributes ----


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "scenarios/mte/calloc-stzg.litmus", "--machine", "ls1046a-like", "--attr", "wb,wb-tagged"), '"wb-tagged" takes FEAT_MTE2, which the CPUs of machine ls1046a-like lack'),
        (("run", "scenarios/mte/calloc-stzg.litmus", "--machine", "default", "--attr", "wb+canonical"), '"wb+canonical" takes FEAT_MTE4 (mte_canonical), which the CPUs of machine default lack'),
        (("run", "scenarios/mte/calloc-stzg.litmus", "--machine", "default", "--attr", "wb-tagged+notag"), '"wb-tagged+notag" takes FEAT_MTE_PERM, which the CPUs of machine default lack'),
        (("cost", "--machine", "ls1046a-like", "--attr", "wb-tagged"), '"wb-tagged" takes FEAT_MTE2'),
        (("decide", "--machine", "ls1046a-like", "--access", "ldr", "--attr", "wb-tagged"), '"wb-tagged" takes FEAT_MTE2'),
    ],
)
def test_attributes_that_the_cpu_lacks_are_named(isotier: Isotier, arguments: tuple[str, ...], said: str) -> None:
    done = isotier.call(*arguments)
    assert done.status is Exit.BAD_INPUT and not done.stdout
    assert done.stderr.startswith("--attr:1:1: ") and said in done.stderr


def test_a_list_of_nothing_is_not_a_list_of_all(isotier: Isotier) -> None:
    """An unset variable of a script."""
    for option in ("--tier", "--attr", "--engine", "--migrate", "--policy"):
        for value in ("", ","):
            done = isotier.call("run", "scenarios/mte/calloc-stzg.litmus", option, value, "--no-report")
            assert done.status is Exit.BAD_INPUT and done.stderr == f"isotier run: {option} is empty; expected LIST\n"


def test_scenarios_with_long_names_keep_ids_of_their_own(isotier: Isotier, tmp_path: Path) -> None:
    source = (ROOT / "scenarios" / "exclusives" / "counter-ldxr-stxr.litmus").read_text(encoding="utf-8")
    for name in ("x" * 240, "x" * 240 + "y"):
        (tmp_path / f"{name}.litmus").write_text(source, encoding="utf-8")
    done = isotier.call("run", tmp_path, "--policy", "linux-7.x,linux-6.5-kvm", "--mapping", "anon", "--engine", "exhaustive", "--quiet", "--report", tmp_path / "r.json")
    assert done.status is Exit.CLEAN, done.stderr
    assert isotier.call("surface", tmp_path / "r.json").status is Exit.CLEAN
    ids = [cell["id"] for cell in json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["cells"]]
    assert len(set(ids)) == len(ids) == 8 and all(name.endswith(":anon") for name in ids)
