"""Is what the field saw found where it was seen, and gone where the field's fix is? And are wrong symptom files told so, file, line and column?"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from harness.isotier import ROOT, Exit, Isotier

BUNDLED = ROOT / "scenarios" / "symptoms.yaml"
SCHEMA = ROOT / "reports" / "schema" / "symptoms.schema.json"
IDS = [f"S{number}" for number in range(1, 27)]

GOOD = """\
symptoms:
  - id: S1
    title: exclusives
    saw: SIGBUS
    cite: here
    state: modelled
    shows:
      - {scenario: exclusives/boot-lock-single-cpu, machine: default, tier: ddr, attribute: nc, expect: {verdict: DIVERGES, class: fault}}
    gone:
      - {scenario: exclusives/boot-lock-single-cpu, machine: default, tier: ddr, attribute: wb, expect: {verdict: SAME}}
"""
ASKED = """\
symptoms:
  - id: S11
    title: asked
    saw: the VM is gone
    cite: here
    state: modelled
    shows:
      - {machine: grace-like, tier: c2c, policy: linux-6.9-any-uncached, mapping: usemem-guest, expect: {reaction: {abort35: kill_vm}}}
"""


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def found(isotier: Isotier, *arguments: str | Path) -> tuple[Exit, list[Any]]:
    done = isotier.call("symptoms", "--format", "json", *arguments)
    return done.status, json.loads(done.stdout)["symptoms"]


def test_every_symptom_is_found_and_every_fix_removes_it(isotier: Isotier) -> None:
    status, symptoms = found(isotier)
    wrong = [
        f"{symptom['id']}: {one['configuration']}: found {one['found']}; expected {one['expected']}"
        for symptom in symptoms
        for one in symptom["configurations"]
        if not one["as_expected"]
    ]
    assert not wrong, "\n".join(wrong)
    assert status is Exit.CLEAN
    assert [symptom["id"] for symptom in symptoms] == IDS
    for symptom in symptoms:
        if symptom["state"] == "not modelled":
            assert symptom["reason"] and not symptom["configurations"], symptom["id"]
        else:
            assert symptom["state"] == "reproduced" and not symptom["reason"]
            assert any(not one["gone"] for one in symptom["configurations"]), symptom["id"]
            assert any(one["gone"] for one in symptom["configurations"]), symptom["id"]


def test_found_column_comes_from_the_run(isotier: Isotier) -> None:
    _, [symptom] = found(isotier, "S6")
    assert "STXR reports failure and writes (CHI B6.3.4" in symptom["configurations"][0]["found"]


def test_machine_without_the_defect_does_not_show_the_symptom(isotier: Isotier, tmp_path: Path) -> None:
    """The same symptom on a machine whose failing STXR leaves memory alone: nothing is lost any more, and the verb says so."""
    text = (ROOT / "models" / "machines" / "adi-three-windows.yaml").read_text(encoding="utf-8")
    assert text.count("excl.store_on_fail: {value: write") == 1
    machine = tmp_path / "mended.yaml"
    machine.write_text(text.replace("excl.store_on_fail: {value: write", "excl.store_on_fail: {value: keep"), encoding="utf-8")
    [symptom] = [one for one in load(BUNDLED)["symptoms"] if one["id"] == "S6"]
    for configuration in symptom["shows"]:
        configuration["machine"] = str(machine)
    path = tmp_path / "symptoms.yaml"
    path.write_text(yaml.safe_dump({"symptoms": [symptom]}), encoding="utf-8")
    status, [answer] = found(isotier, "--file", path)
    assert status is Exit.CHANGED
    assert answer["state"] == "not reproduced"
    assert [one["as_expected"] for one in answer["configurations"] if not one["gone"]] == [False, True, True]


def test_fix_that_does_not_fix_is_told(isotier: Isotier, tmp_path: Path) -> None:
    path = tmp_path / "symptoms.yaml"
    path.write_text(GOOD.replace("attribute: wb,", "attribute: device-ngnre,"), encoding="utf-8")
    done = isotier.call("symptoms", "--file", path)
    assert done.status is Exit.CHANGED
    assert "not reproduced" in done.stdout and "EXPECTED SAME" in done.stdout and f"{path}:10" in done.stdout


@pytest.mark.parametrize("text", [GOOD, ASKED], ids=["cell", "question"])
def test_good_file_is_good(isotier: Isotier, tmp_path: Path, text: str) -> None:
    path = tmp_path / "symptoms.yaml"
    path.write_text(text, encoding="utf-8")
    jsonschema.validate(load(path), load(SCHEMA))
    assert isotier.call("lint", path).status is Exit.CLEAN
    assert found(isotier, "--file", path)[0] is Exit.CLEAN


def test_bundled_file_keeps_the_schema(isotier: Isotier) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(load(BUNDLED), schema)
    assert isotier.call("lint", "--schema", "symptoms").stdout == SCHEMA.read_text(encoding="utf-8")
    assert isotier.call("lint", BUNDLED).status is Exit.CLEAN


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("state: modelled", "state: perhaps", "6:12", 'state is "perhaps"; expected modelled or not-modelled'),
        ("state: modelled", "state: not-modelled", "2:5", "symptom is not modelled, but has no reason"),
        ("state: modelled", "state: modelled\n    reason: none", "7:13", "reason is given for a symptom that is modelled"),
        ("state: modelled", "state: not-modelled\n    reason: none\n    left_out: all", "8:15", "left_out is given for a symptom that is not modelled"),
        ("title: exclusives", "name: exclusives", "3:5", 'unknown key "name" in a symptom'),
        ("    saw: SIGBUS\n", "", "2:5", "saw is missing; expected text"),
        ("verdict: SAME", "verdict: FINE", "10:", 'verdict is "FINE"; expected SAME'),
        ("class: fault", "class: bad", "8:", 'class is "bad"; expected corruption'),
        ("{verdict: SAME}", "{}", "10:", "expect is empty"),
        (", expect: {verdict: SAME}", "", "10:9", "expect is missing"),
        ("{verdict: SAME}", "{vmm_alias: matched}", "10:", "expected policy and mapping"),
        ("{verdict: SAME}", "{errno: EINVAL}", "10:", "expected the name of an error beside refused"),
        ("{verdict: SAME}", "{slower: none}", "10:", 'slower is "none"; expected a factor'),
        ("attribute: wb,", "attribute: write-back,", "10:", '"write-back" is no attribute'),
        ("attribute: wb,", "attribute: wb, mapping: anon,", "10:9", "expected policy and mapping together"),
        ("attribute: wb,", "attribute: wb, policy: linux-s1, mapping: anon,", "10:9", "attribute and policy are both given"),
        ("attribute: wb,", "policy: linux-s1, mapping: moon,", "10:", 'there is no mapping "moon"'),
        ("attribute: wb,", "attribute: wb, sequence: moon,", "10:", 'there is no sequence "moon"'),
        ("attribute: wb,", "attribute: wb, vm: [moon],", "10:", 'vm has "moon"; expected some of'),
        ("attribute: wb,", "attribute: wb, than: exclusives/x,", "10:", "than is given, but no factor"),
        ("    gone:\n      -", "    gone: []\n  -", "9:11", "gone is empty"),
        ("symptoms:", "symptoms: []\nlist:", "2:1", 'unknown key "list" in the file'),
    ],
)
def test_wrong_file_is_told(isotier: Isotier, tmp_path: Path, old: str, new: str, where: str, message: str) -> None:
    assert old in GOOD
    path = tmp_path / "wrong.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    for verb in ("lint", "symptoms"):
        done = isotier.call(verb, *(["--file"] if verb == "symptoms" else []), path)
        assert done.status is Exit.BAD_INPUT, done.stderr
        assert re.search(rf"^{re.escape(str(path))}:{where}.*{re.escape(message)}", done.stderr, re.MULTILINE), done.stderr


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("machine: default", "machine: moon", "moon"),
        ("tier: ddr", "tier: moon", 'has no tier "moon"'),
        ("scenario: exclusives/boot-lock-single-cpu", "scenario: exclusives/moon", "moon"),
    ],
)
def test_what_cannot_be_run_is_no_success(isotier: Isotier, tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    status, [symptom] = found(isotier, "--file", path)
    assert status & Exit.TOOL_ERROR and symptom["state"] == "failed"
    assert message in symptom["configurations"][0]["found"]


def test_choosing(isotier: Isotier) -> None:
    assert isotier.call("symptoms", "S99").status is Exit.BAD_INPUT
    assert isotier.call("symptoms", "--format", "xml").status is Exit.BAD_INPUT
    assert isotier.call("symptoms", "S20").status is Exit.VACUOUS, "nothing was run: never green"
    listed = isotier.call("symptoms", "--list", "S1", "S20").stdout
    assert re.findall(r"^(S\d+) +(\S+)", listed, re.MULTILINE) == [("S1", "modelled"), ("S20", "not-modelled")]


def test_symptoms_that_scenarios_name_are_in_the_list() -> None:
    named = {
        rule
        for path in (ROOT / "scenarios").glob("*/*.litmus")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("Rules=")
        for rule in line.removeprefix("Rules=").split()
        if re.fullmatch(r"S\d+", rule)
    }
    assert named <= set(IDS)
