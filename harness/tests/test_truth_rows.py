"""Does every row of the truth table say what the fact sheet says, on machines that settle each question in each way?

8,678 rows, each compared with the set that truth_facts.py derives: no behaviour more, none less, and no choice named that does not allow it.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from harness.isotier import Exit, Isotier
from harness.tests.truth_facts import Machine, Row, expected, has_two_faults

CPU = {
    "arch_rev": ("M", "L"), "lse": ("yes",), "lse2": ("yes", "no"), "lse128": ("yes", "no"), "lrcpc3": ("yes", "no"), "the": ("yes", "no"),
    "gcs": ("yes", "no"), "sve": ("yes", "no"), "mops": ("yes", "no"), "mte": ("3", "2", "1", "0"), "mte_store_only": ("no", "yes"),
    "ls64": ("no", "ls64", "v", "accdata", "wb"), "wt_mixed": ("as-encoded", "as-nc", "free"), "wt_exclusive": ("as-nc", "as-encoded", "free"),
    "abort35_stage": ("by-cause", "s1", "s2"), "abort35_priority": ("last",), "monitor.nsh_observers": ("no", "yes"),
    "nsh_atomic": ("free", "perform", "external-abort", "serror", "abort35", "nop", "nonatomic"), "misaligned.atomic": ("free", "fault", "perform"),
    "misaligned.acqrel": ("free", "fault", "perform"), "misaligned.plain": ("free", "byte", "whole"), "misaligned.device": ("free", "fault", "perform"),
    "pdev.exclusive": ("free", "device", "wb"), "pdev.alignment": ("free", "device", "wb"), "pdev.sve_ff": ("free", "device", "wb"),
    "pnwb.alignment": ("free", "non-wb", "wb"), "tag.device_store": ("free", "fault", "no-effect"), "external_abort": ("a35", "sync", "serror"),
    "atomic_store_error": ("async", "sync", "interrupt"), "gather": ("free", "no", "yes"), "ifetch_device": ("free", "as-nc", "permission-fault"),
    "ls64_stage": ("by-cause", "s1", "s2"), "gcs_type": ("free", "fault", "perform"), "tag.store_only_cas_miss": ("free", "checked", "unchecked"),
    "speculation": ("yes", "no"),
}
SUPPORT = ("yes", "no")
EXCLUSIVES_REFUSED = ("abort35", "external-abort", "fail", "nop", "local-only", "status-unknown")
ATOMICS_REFUSED = ("nderr", "slverr", "serror", "abort35", "nop", "okay-nonatomic", "hang")
# A key, its values, and the hops that state it: CH-12, CH-27 and CH-54 are answered where the type is: WB at home, all else at the device.
TIER = {
    "atomic.near": (SUPPORT, "core"), "excl.wb": (SUPPORT, "home-node"), "atomic.wb": (SUPPORT, "home-node"),
    "httu": (("yes", "sync-abort", "serror", "abort31", "nonatomic"), "home-node"), "excl.nc": (SUPPORT, "device"), "excl.device": (SUPPORT, "device"),
    "excl.on_unsupported": (EXCLUSIVES_REFUSED, "home-node device"), "excl.store_on_fail": (("keep", "write"), "home-node device"),
    "atomic.nc": (SUPPORT, "device"), "atomic.device": (SUPPORT, "device"), "atomic.on_unsupported": (ATOMICS_REFUSED, "home-node device"),
    "atomic.max_bytes": (("4", "8", "16", "32"), "device"), "atomic.cas_max": (("8", "16", "32"), "device"),
    "tag.storage": (("full", "none", "ecc", "carveout", "emd32"), "device"), "tag.on_read_unsupported": (("zero-clean", "unchecked", "alias", "fault"), "device"),
    "tag.write_unsupported": (("drop", "alias", "abort"), "device"), "ptl.native": (SUPPORT, "home-node"), "ptl.rmw_unit": (("16", "32", "64"), "home-node"),
    "unaligned_ok": (SUPPORT, "device"), "is_peripheral": (SUPPORT, "device"), "peripheral_bytes": (("4", "64", "4096", "whole"), "device"),
    "speculation_safe": (SUPPORT, "device"), "ifetch": (SUPPORT, "device"), "ls64": (("yes", "abort35", "byte-atomic"), "device"),
}
MACHINES = 16


def pick(number: int) -> Machine:
    """Machine 0 has the first value of every setting; the others differ in all of them."""
    choose = random.Random(number)
    cpu = {key: values[0] if number == 0 else choose.choice(values) for key, values in CPU.items()}
    tier = {key: values[0] if number == 0 else choose.choice(values) for key, (values, _) in TIER.items()}
    if number % 2:  # half of them with every instruction, so that more than UNDEFINED is seen of each
        cpu |= dict.fromkeys(("lse2", "lse128", "lrcpc3", "the", "gcs", "sve", "mops"), "yes") | {"mte": "3"}
        cpu["ls64"] = choose.choice(("accdata", "wb"))
    if number % 4 == 1:  # every kind of memory without tags
        tier["tag.storage"] = "none"
        tier["tag.on_read_unsupported"] = TIER["tag.on_read_unsupported"][0][number // 4 % 4]
        tier["tag.write_unsupported"] = TIER["tag.write_unsupported"][0][number // 4 % 3]
    if number in (2, 4):
        cpu["mte"] = str(number // 2 - 1)
    if int(cpu["mte"]) < 2:
        cpu["mte_store_only"] = "no"
    return Machine(cpu=cpu, tier=tier | {"atomic.wb_at": "home"})


def write(path: Path, machine: Machine) -> None:
    """A machine file of one tier."""
    hops = []
    for hop, name in (("core", "core"), ("home-node", "home"), ("device", "memory")):
        keys = "".join(f"          {key}: {machine.tier[key]}\n" for key, (_, at) in TIER.items()
                       if hop in at.split() and not (key == "ptl.rmw_unit" and machine.tier["ptl.native"] == "yes"))
        hops.append(f"      - hop: {hop}\n        name: {name}\n        latency_ns: 10\n        capabilities:\n{keys}")
    features = "".join(f"    {key}: {value}\n" for key, value in machine.cpu.items())
    path.write_text(
        f"machine: {path.stem}\ndescription: one tier\ncpus: 1\nreference: memory\nprovenance: {{from: assumed, ref: test}}\n"
        f"cpu:\n  provenance: {{from: assumed, ref: test}}\n  features:\n{features}"
        "  timing: {cycle_ns: 0.333, issue_width: 4, load_queue: 64, store_buffer: 32}\n"
        "l1: {size_kib: 64, ways: 4, line_bytes: 64, latency_ns: 1.332}\nl2: {size_kib: 1024, ways: 8, line_bytes: 64, latency_ns: 3.663}\n"
        "tiers:\n  memory:\n    kind: ddr\n    idle_ns: 30\n    timing_source: {from: assumed, ref: test}\n    path:\n" + "".join(hops),
        encoding="utf-8",
    )


@pytest.mark.parametrize("number", range(MACHINES))
def test_every_row_is_the_fact_sheets(isotier: Isotier, tmp_path: Path, number: int) -> None:
    machine = pick(number)
    path = tmp_path / f"rows{number}.yaml"
    write(path, machine)
    done = isotier.call("decide", "--table", "--json", "--machine", path)
    assert done.status is Exit.CLEAN, done.stderr
    rows = json.loads(done.stdout)
    assert len(rows) == 8678
    for row in rows:
        asked = Row.parse(row["access"], row["alignment"], row["attribute"], row["check"])
        if has_two_faults(asked, machine):
            continue
        found: dict[str, set[str]] = {}
        for effect in row["effects"]:
            words, _, rules = effect["text"].rstrip("]").partition(" [")
            found.setdefault(words, set()).update(re.split(", ", rules))
        want = expected(asked, machine)
        where = f"{row['access']} {row['alignment']} {row['attribute']} {row['check']}\n{machine}"
        assert set(found) == set(want), where
        for words, rules in found.items():
            chosen = rules - {"G", "ALIGN", "TAG", "DEVICE", "HINT", "CMO"}
            assert chosen <= want[words], f"{words}: {where}"
            unnamed = words == "fault tag-check" or (len(found) == 1 and not any("/" in choice for choice in want[words]))
            assert chosen or unnamed, f"{words}: {where}"
