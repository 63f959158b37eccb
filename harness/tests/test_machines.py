"""Do the bundled machines say what they claim, with provenance, and is the published schema the loader's own?"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from harness.isotier import ROOT, Exit, Isotier

MACHINES = tuple(sorted((ROOT / "models" / "machines").glob("*.yaml")))
SCHEMA = ROOT / "reports" / "schema" / "machine.schema.json"

# Idle latency in ns by kind of memory: facts/cxl-chi-timing.md 3.6, suggested profiles.
IDLE_NS = {
    "ddr": 120, "ddr-remote": 200, "hbm": 135, "cxl-asic": 250, "cxl-fpga": 390, "cxl-switched": 340, "cxl-pooled": 340, "type2-gpu": 450,
    "c2c-gpu": 700, "pmem": 330, "pcie-bar": 1200,
}

# What each machine is about: tier, capability, value.
ARGUMENT = {
    "tags-zero": ("cxl", "tag.on_read_unsupported", "zero-clean"),
    "tags-unchecked": ("cxl", "tag.on_read_unsupported", "unchecked"),
    "tags-alias": ("cxl", "tag.write_unsupported", "alias"),
    "tags-abort": ("cxl", "tag.write_unsupported", "abort"),
    "no-nc-monitor": ("cxl", "excl.on_unsupported", "abort35"),
    "nc-fail-writes": ("cxl", "excl.store_on_fail", "write"),
    "nc-fail-keeps": ("cxl", "excl.store_on_fail", "keep"),
    "atomics-at-bridge": ("cxl", "atomic.nc", True),
    "a55-like": ("ddr", "atomic.nc", False),
    "errors-differ": ("cxl-silent", "err.isolation_read", "all-ones"),
    "grace-like": ("c2c", "tag.storage", "none"),
}


def stem(path: object) -> str:
    """Name of a test for a file."""
    return path.stem if isinstance(path, Path) else str(path)


class Core(yaml.SafeLoader):
    """YAML 1.2: yes and no are text, as in the loader."""


Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if tag != "tag:yaml.org,2002:bool"]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> Any:
    """A machine file as plain data."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=Core)


def settings(tier: Any) -> dict[str, Any]:
    """Every capability said anywhere along a tier's path; the first hop wins."""
    found: dict[str, Any] = {}
    for hop in tier["path"]:
        for key, value in hop.get("capabilities", {}).items():
            found.setdefault(key, value["value"] if isinstance(value, dict) else value)
    return found


def test_there_are_enough_machines() -> None:
    assert {"default", "full", "vistara", *ARGUMENT} <= {path.stem for path in MACHINES}


def test_published_schema_is_the_loaders(isotier: Isotier) -> None:
    done = isotier.call("lint", "--schema", "machine")
    assert done.stdout == SCHEMA.read_text(encoding="utf-8")
    jsonschema.Draft7Validator.check_schema(json.loads(done.stdout))


@pytest.mark.parametrize("path", MACHINES, ids=stem)
def test_machine_keeps_the_schema_and_the_loader_agrees(isotier: Isotier, path: Path) -> None:
    machine = load(path)
    jsonschema.validate(machine, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert machine["machine"] == path.stem
    assert isotier.call("lint", path).status is Exit.CLEAN


@pytest.mark.parametrize("edit", [("cpus: 4", "cpus: 0"), ("kind: ddr\n", "kind: moon\n"), ("latency_ns: 5", "latency_ns: soon"), ("ways: 4", "wayz: 4")])
def test_schema_and_loader_refuse_the_same(isotier: Isotier, tmp_path: Path, edit: tuple[str, str]) -> None:
    text = (ROOT / "models" / "machines" / "tags-zero.yaml").read_text(encoding="utf-8")
    assert edit[0] in text
    path = tmp_path / "tags-zero.yaml"
    path.write_text(text.replace(edit[0], edit[1], 1), encoding="utf-8")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(load(path), json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert isotier.call("lint", path).status is Exit.BAD_INPUT


@pytest.mark.parametrize("path", MACHINES, ids=stem)
def test_every_value_has_provenance(path: Path) -> None:
    machine = load(path)
    inherited = machine.get("provenance")
    for name, tier in machine["tiers"].items():
        assert "timing_source" in tier, name
        for hop in tier["path"]:
            for key, value in hop.get("capabilities", {}).items():
                if value == "unknown":
                    continue
                note = value if isinstance(value, dict) else inherited
                assert note and note.get("ref"), f"{name}.{key}"
                assert note["from"] in ("claim", "probe", "datasheet", "assumed")


@pytest.mark.parametrize("path", [path for path in MACHINES if path.stem != "vistara"], ids=stem)
def test_stages_sum_to_the_profile(path: Path) -> None:
    for name, tier in load(path)["tiers"].items():
        stages = [hop["latency_ns"] for hop in tier["path"]]
        assert sum(stages) == tier["idle_ns"] == IDLE_NS[tier["kind"]], name
        names = [hop["name"] for hop in tier["path"]]
        assert len(set(names)) == len(names) == len(stages)


def test_full_has_every_kind() -> None:
    assert {tier["kind"] for tier in load(ROOT / "models" / "machines" / "full.yaml")["tiers"].values()} == set(IDLE_NS)


def test_vistara_has_the_published_curves() -> None:
    tiers = load(ROOT / "models" / "machines" / "vistara.yaml")["tiers"]
    curves = {name: [(p["use_percent"], p["latency_ns"]) for p in tier["load_curve"]] for name, tier in tiers.items()}
    assert curves == {"ddr": [(10, 169), (30, 173), (60, 234)], "cxl": [(10, 269), (30, 292), (60, 372)]}
    mixes = {name: [p["bandwidth_gbps"] for p in tier["read_mix"]] for name, tier in tiers.items()}
    assert mixes == {"ddr": [439, 453, 455, 497], "cxl": [42, 42, 41, 48]}
    assert all(tier["timing_source"]["from"] == "probe" for tier in tiers.values())


@pytest.mark.parametrize("name", ARGUMENT)
def test_machine_is_about_what_its_name_says(name: str) -> None:
    tier, key, value = ARGUMENT[name]
    expected = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    assert settings(load(ROOT / "models" / "machines" / f"{name}.yaml")["tiers"][tier])[key] == expected


def test_default_leaves_two_keys_unknown() -> None:
    text = (ROOT / "models" / "machines" / "default.yaml").read_text(encoding="utf-8")
    assert re.findall(r"^ +([a-z_.]+): unknown$", text, re.MULTILINE) == ["excl.nc", "tag.storage"]
