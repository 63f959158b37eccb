"""What the fact sheet says of an access, row by row: the oracle of test_truth_rows.py.

Written from facts/arm-attributes.md (sections and rows named below), not from models/; nothing is shared with the C code but the words in which
`isotier decide` describes an effect. One tier of three hops (core, home, device) and a CPU of which everything that is asked here is bound.
Not for: what the verb cannot ask (TCF, nAA, streaming mode, errors), and which of two faults of one access is reported (CH-13); those cases are in
conformance/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

# ---- section 10: kinds of access -----------------------------------------------------------------------------------------------------------------------

EXCLUSIVE = {"ldxr": 8, "stxr": 8, "ldxp": 16, "stxp": 16}
COMPARE = {"cas-hit", "cas-miss", "casp"}
ATOMIC = {"ldop": 8, "stop": 8, "swp": 8, "cas-hit": 8, "cas-miss": 8, "casp": 16, "lse128": 16, "rcw": 8}
LS64 = {"ld64b", "st64b", "st64bv"}
SVE = {"sve-load", "sve-store", "sve-load-ff", "sve-load-nt"}
PAIR = {"ldp", "stp", "ldiapp"}
ACQUIRE_RELEASE = {"ldar", "ldapr", "stlr"}
TAG_READ = {"ldg", "ldgm"}
TAG_WRITE = {"stg", "stzg", "stgm", "stzgm", "dc-gva", "dc-gzva", "setg"}
MOPS = {"cpy-read", "cpy-write", "setg"}
MAINTENANCE = {"dc-cvac", "dc-civac", "dc-ivac", "dc-cgvac", "ic-ivau"}
WRITES_DATA = {"str", "stp", "str-q", "sve-store", "stlr", "stxr", "stxp", "st64b", "st64bv", "stzg", "stzgm", "dc-zva", "dc-gzva", "cpy-write",
               "setg", "gcs", "hw-update"} | (set(ATOMIC) - {"cas-miss"})
READS = {"ldr", "ldp", "ldr-q", "sve-load", "sve-load-ff", "sve-load-nt", "ldar", "ldapr", "ldiapp", "ldxr", "ldxp", "ld64b", "ldg", "ldgm",
         "cpy-read", "prfm", "gcs", "ifetch", "ttw-read", "hw-update"} | set(ATOMIC)
SIZE = {**EXCLUSIVE, **ATOMIC, "ldp": 16, "stp": 16, "ldiapp": 16, "ldr-q": 16, "str-q": 16, "ifetch": 4, "prfm": 64,
        **dict.fromkeys(LS64 | MAINTENANCE | {"dc-zva", "dc-gva", "dc-gzva"}, 64), **dict.fromkeys(TAG_READ | MOPS | {"stg", "stzg", "stgm", "stzgm"}, 16)}
WEAK_TO_STRONG = ("device-gre", "device-ngre", "device-ngnre", "device-ngnrne")


@dataclass(frozen=True)
class Row:
    """One row of the truth table."""

    access: str
    alignment: str
    type: str  # wb, wb-weak, wt, mix, nc, device-*
    shareability: str
    tagging: str  # untagged, canonical, tagged
    no_tag_access: bool
    lifted: str  # "", pdev, pnwb
    check: str

    @staticmethod
    def parse(access: str, alignment: str, attribute: str, check: str) -> Row:
        """From the words of `isotier decide`."""
        base, *suffixes = attribute.split("+")
        kind, _, share = base.partition(":")
        uncached = kind == "nc" or kind.startswith("device")
        tagging = "tagged" if kind == "wb-tagged" else "canonical" if "canonical" in suffixes else "untagged"
        lifted = next((s for s in suffixes if s in ("pdev", "pnwb")), "")
        return Row(access, alignment, kind.removesuffix("-tagged"), share or ("osh" if uncached else "ish"), tagging, "notag" in suffixes, lifted, check)

    @property
    def device(self) -> bool:
        """Any Device type."""
        return self.type.startswith("device")

    @property
    def wb(self) -> bool:
        """Inner and outer Write-Back, whatever the hints."""
        return self.type in ("wb", "wb-weak")

    @property
    def wbs(self) -> bool:
        """WBS of table 4.2: Write-Back and shareable."""
        return self.wb and self.shareability != "nsh"

    @property
    def size(self) -> int:
        """Bytes; the table's misaligned pairs are of 2 x 4."""
        return 8 if self.access in PAIR and self.alignment != "aligned" else SIZE.get(self.access, 8)


@dataclass(frozen=True)
class Effect:
    """One element under construction: words in the order of the verb, and the choices that allow it."""

    end: str = ""  # "fault ...", "nop", "hang"; empty: performed
    exclusive: str = ""
    rmw: str = ""
    single_copy: int = 0
    rmw_unit: int = 0
    check: str = ""  # canonical, stored, ... : compared with what; empty: unchecked
    tag: str = ""
    acts_as: str = ""
    choices: frozenset[str] = frozenset()

    def by(self, *choices: str, **changes: object) -> Effect:
        """The same with changes that choices allow."""
        return replace(self, choices=self.choices | frozenset(choices), **changes)


@dataclass(frozen=True)
class Machine:
    """Settings of the CPU and of the tier. Every one that is not said has the default of the fact sheet's section 10 or is asked by no row."""

    cpu: Mapping[str, str]
    tier: Mapping[str, str] = field(default_factory=dict)

    def values(self, key: str, *all_values: str) -> tuple[str, ...]:
        """The one value of a choice, or all of them where it is free."""
        value = self.cpu[key]
        return all_values if value == "free" else (value,)


Step = Callable[[Row, Machine, Effect], Iterator[Effect]]


def fault35(machine: Machine) -> str:
    """0x35 is reported where the choice CH-13 says; a Device type of stage 1 and all else: stage 1."""
    return f"fault unsupported-0x35 S{2 if machine.cpu['abort35_stage'] == 's2' else 1}"


def external(row: Row, machine: Machine) -> str:
    """CH-40, 5.5: one preset, or as Cortex-A35 has it; of an atomic without return value as CH-29 says."""
    if row.access == "stop":
        return {"sync": "fault external-abort", "async": "fault serror", "interrupt": "fault interrupt"}[machine.cpu["atomic_store_error"]]
    preset = machine.cpu["external_abort"]
    if preset != "a35":
        return "fault external-abort" if preset == "sync" else "fault serror"
    if row.access in READS or row.access in EXCLUSIVE:
        return "fault external-abort"
    return "fault interrupt" if row.wb else "fault serror"


# ---- features (section 10, step 1) -------------------------------------------------------------------------------------------------------------------------


def missing_feature(row: Row, machine: Machine) -> bool:
    """UNDEFINED."""
    cpu = machine.cpu
    ls64 = ("no", "ls64", "v", "accdata", "wb").index(cpu["ls64"])
    mte = int(cpu["mte"])
    need = {**dict.fromkeys(ATOMIC, cpu["lse"] == "yes"), "lse128": cpu["lse128"] == "yes", "rcw": cpu["the"] == "yes",
            "ld64b": ls64 >= 1, "st64b": ls64 >= 1, "st64bv": ls64 >= 2, **dict.fromkeys(TAG_READ | TAG_WRITE | {"dc-cgvac"}, mte >= 1),
            "gcs": cpu["gcs"] == "yes", "ldiapp": cpu["lrcpc3"] == "yes", **dict.fromkeys(SVE, cpu["sve"] == "yes"),
            "cpy-read": cpu["mops"] == "yes", "cpy-write": cpu["mops"] == "yes"}
    return not need.get(row.access, True)


# ---- alignment and single-copy atomicity (4.2) -----------------------------------------------------------------------------------------------------------

MISALIGNED = "fault alignment S1"


def aligned(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """Column `aligned`."""
    lse2 = machine.cpu["lse2"] == "yes"
    whole = row.size
    if row.access in PAIR or row.access in ("ldr-q", "str-q"):
        vector = row.access not in PAIR
        if lse2 and row.wbs and not vector:
            yield e.by(single_copy=16)
        elif lse2 and row.wb:
            for size in machine.values("misaligned.plain", "byte", "whole"):
                yield e.by("D9" if vector else "D4", single_copy=16 if size == "whole" else 8)
        else:
            yield e.by(*(["CH-38"] if row.device else []), single_copy=8)
    elif row.access in TAG_READ | TAG_WRITE:
        yield e.by(single_copy=8)
    elif row.access in ("dc-zva", "cpy-read", "cpy-write"):
        yield e.by(single_copy=1)  # bytes, in any order
    else:
        yield e.by(single_copy=8 if row.access == "ldxp" else whole)  # 2.7: LDXP is two loads


def as_wb_or_by_type(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """Columns of misaligned accesses, Normal memory."""
    inside = row.alignment == "inside-16"
    lse2 = machine.cpu["lse2"] == "yes"
    if row.access in EXCLUSIVE or row.access in ATOMIC:
        if row.wbs and inside:
            yield e.by(single_copy=row.size)
            return
        for how in machine.values("misaligned.atomic", "fault", "perform"):
            rule = "CH-30" if inside else "D3"
            yield e.by(rule, end=MISALIGNED) if how == "fault" else e.by(rule, single_copy=row.size)
    elif row.access in ACQUIRE_RELEASE:
        if row.wbs:
            yield e.by(single_copy=row.size)
            return
        for how in machine.values("misaligned.acqrel", "fault", "perform"):
            yield e.by("CH-31", end=MISALIGNED) if how == "fault" else e.by("CH-31", single_copy=1)
    elif lse2 and inside and row.wbs and row.access not in SVE:
        yield e.by(single_copy=row.size)
    elif inside:
        rule = "D4" if lse2 and row.wb and row.access not in SVE else "CH-32"
        for size in machine.values("misaligned.plain", "byte", "whole"):
            yield e.by(rule, single_copy=row.size if size == "whole" else 1)
    else:
        yield e.by("CH-32", single_copy=1)


def misaligned(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """Table 4.2, in the order of 4.1: what no type has a say in, Device, lifted pages, the rest."""
    atomic = row.access in EXCLUSIVE or row.access in ATOMIC
    acquire_release = row.access in ACQUIRE_RELEASE
    if (row.access in LS64 | TAG_WRITE or row.access == "rcw" or ((atomic or acquire_release) and machine.cpu["lse2"] == "no")
            or (acquire_release and row.alignment == "crosses-16")):  # nAA=0 here
        yield e.by(end=MISALIGNED)
    elif row.device:
        if machine.cpu["arch_rev"] == "L":
            yield e.by("D2", end=MISALIGNED)
            return
        for how in machine.values("misaligned.device", "fault", "perform"):
            capable = machine.tier["unaligned_ok"] == "yes" or row.access == "sve-load-ff"  # suppressed: it does not get there
            yield e.by("CH-33", end=MISALIGNED) if how == "fault" or not capable else e.by("CH-33", single_copy=1)
    elif row.lifted == "pdev":
        for how in machine.values("pdev.alignment", "device", "wb"):
            if how == "device":
                yield e.by("CH-34b", end=MISALIGNED)
            else:
                yield from as_wb_or_by_type(row, machine, e.by("CH-34b"))
    elif row.lifted == "pnwb" and (atomic or acquire_release) and row.alignment == "inside-16":
        for how in machine.values("pnwb.alignment", "non-wb", "wb"):
            rules = row if how == "wb" else replace(row, type="nc")
            yield from as_wb_or_by_type(rules, machine, e.by("CH-34d"))
    else:
        yield from as_wb_or_by_type(row, machine, e)


# ---- types that forbid or change a kind ----------------------------------------------------------------------------------------------------------------------


def special(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """DC ZVA (4.2), LD64B (3.4), GCS (3.5), fetches (8), SVE (5.3), prefetches (9.1)."""
    zeroing = row.access in ("dc-zva", "dc-gva", "dc-gzva")
    if row.access == "dc-zva" and row.device:
        yield e.by(end=MISALIGNED)
    elif zeroing and row.lifted == "pdev":
        for how in machine.values("pdev.alignment", "device", "wb"):
            yield e.by("CH-34b", end=MISALIGNED) if how == "device" else e.by("CH-34b")
    elif row.access in LS64 and not (row.device or row.type == "nc" or (row.wb and machine.cpu["ls64"] == "wb")):
        yield e.by("CH-46", end=f"fault unsupported-0x35 S{2 if machine.cpu['ls64_stage'] == 's2' else 1}")
    elif row.access == "gcs" and not row.wb:
        for how in machine.values("gcs_type", "fault", "perform"):
            yield e.by("CH-47", end="fault unsupported-0x35 S1") if how == "fault" else e.by("CH-47")
    elif row.access == "ifetch" and row.device:
        for how in machine.values("ifetch_device", "as-nc", "permission-fault"):
            yield e.by("CH-10", end="fault permission S1") if how == "permission-fault" else e.by("CH-10")
    elif row.access == "sve-load-ff" and row.lifted == "pdev":
        for how in machine.values("pdev.sve_ff", "device", "wb"):
            yield e.by("CH-34c", end="nop") if how == "device" else e.by("CH-34c")
    elif row.device and row.access in ("sve-load-ff", "prfm"):
        yield e.by(end="nop")
    else:
        yield e.by(*(["CH-11"] if row.access == "ttw-read" and row.device else []))


# ---- tags (7.1, 7.2; TCF is sync here) -----------------------------------------------------------------------------------------------------------------------


def tags_at_the_core(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """Table 7.1."""
    exist = int(machine.cpu["mte"]) >= 2
    tagged, canonical = exist and row.tagging == "tagged", exist and row.tagging == "canonical"
    denied = "fault permission S2 TagAccess"
    if row.access in TAG_READ:
        if tagged:
            yield e.by(end=denied) if row.no_tag_access else e.by(tag="?")
        else:
            yield e.by(tag="reads-canonical" if canonical else "reads-zero")
    elif row.access in TAG_WRITE:
        if row.device:
            for how in machine.values("tag.device_store", "fault", "no-effect"):
                yield e.by("CH-35", end=MISALIGNED) if how == "fault" else e.by("CH-35", tag="ignored")
        elif canonical:
            yield e.by(end="fault permission S1 TnD")
        elif tagged:
            yield e.by(end=denied) if row.no_tag_access else e.by(tag="?")
        else:
            yield e.by(tag="ignored")
    elif row.check == "unchecked" or not (tagged or canonical):
        yield e
    elif machine.cpu["mte_store_only"] == "yes" and row.access in READS and row.access not in ATOMIC:
        yield e
    elif row.no_tag_access:
        yield e.by(end=denied)
    elif row.access == "cas-miss" and machine.cpu["mte_store_only"] == "yes":
        for how in machine.values("tag.store_only_cas_miss", "checked", "unchecked"):
            yield e.by("CH-56", check=("canonical" if canonical else "?") if how == "checked" else "")
    else:
        yield e.by(check="canonical" if canonical else "?")


def tags_at_the_tier(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """Set T, 7.3. A synchronous check is the PE's."""
    tier = machine.tier
    stored = tier["tag.storage"] != "none"
    if e.tag == "?" and stored:
        yield e.by(tag="normal")
    elif e.tag == "?" and row.access in TAG_WRITE:
        how = tier["tag.write_unsupported"]
        rule = {"drop": "CH-54/T2", "alias": "CH-54/T4", "abort": "CH-54/T5"}[how]
        yield e.by(rule, end=external(row, machine)) if how == "abort" else e.by(rule, tag={"drop": "dropped", "alias": "aliases"}[how])
    elif e.tag == "?" or (e.check == "?" and not stored):
        how = tier["tag.on_read_unsupported"]
        rule = {"zero-clean": "CH-54/T1", "unchecked": "CH-54/T6", "alias": "CH-54/T4", "fault": "CH-54/T5"}[how]
        if how == "fault":
            yield e.by(rule, *(["CH-29"] if row.access == "stop" else []), end=external(row, machine))
        elif e.tag == "?":
            yield e.by(rule, tag="aliases" if how == "alias" else "reads-zero")
        else:
            yield e.by(rule, check={"zero-clean": "zero", "unchecked": "", "alias": "aliased"}[how])
    elif e.check == "?":
        yield e.by(check="stored")
    else:
        yield e


def compared(row: Row, _machine: Machine, e: Effect) -> Iterator[Effect]:
    """The table's rows say what the comparison with the allocation tag gives; its logical tag is 1 where memory is Tagged."""
    differs = e.check in ("stored", "canonical") and row.check == "mismatch" or e.check == "zero"
    yield e.by(end="fault tag-check") if differs else e


# ---- exclusives, atomics, table updates (2.2, 3.1, 8; 9.1) ------------------------------------------------------------------------------------------------------


def travels_as(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """Columns of 9.1: as WB, as Non-shareable WB, as NC, as Device."""
    wb = "nsh" if row.shareability == "nsh" else "wb"
    if row.device or row.type == "nc":
        yield e.by(acts_as="device" if row.device else "nc")
    elif row.lifted == "pdev":
        for how in machine.values("pdev.exclusive", "device", "wb"):
            yield e.by("CH-34a", acts_as="device" if how == "device" else wb)
    elif row.type in ("wt", "mix"):
        for how in machine.values("wt_exclusive", "as-encoded", "as-nc"):
            as_nc = how == "as-nc" or machine.cpu["wt_mixed"] == "as-nc"
            yield e.by("CH-08", acts_as="nc" if as_nc else wb)
    elif row.type == "wb-weak" and wb == "wb" and machine.cpu["arch_rev"] == "L":
        for how in machine.values("wt_mixed", "as-encoded", "as-nc"):
            yield e.by("D1", acts_as="nc" if how == "as-nc" else wb)
    else:
        yield e.by(acts_as=wb)


def exclusive(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """Set E where the type or range has no monitor."""
    if e.acts_as == "nsh":
        sees_others = machine.cpu["monitor.nsh_observers"] == "yes"
        yield e.by("CH-26", exclusive="monitored" if sees_others else "local-only")
    elif machine.tier[f"excl.{e.acts_as}"] == "yes":
        yield e.by(*(["CH-12/E0"] if e.acts_as != "wb" else []), exclusive="monitored")
    else:
        load = row.access in ("ldxr", "ldxp")
        how = machine.tier["excl.on_unsupported"]
        if how == "abort35":
            yield e.by("CH-12/E2", end=fault35(machine))
        elif how == "external-abort":
            yield e.by("CH-12/E1", end=external(row, machine))
        elif how == "nop":
            yield e.by("CH-12/E3", end="nop")
        elif how == "local-only":
            yield e.by("CH-12/E4" if load else "CH-12/E5", exclusive="local-only")
        elif how == "status-unknown":
            yield e.by("CH-12/E6", exclusive="status-unknown")
        elif load or machine.tier["excl.store_on_fail"] == "keep":
            yield e.by("CHI B6.3.4", "CH-12/E5", exclusive="fails-keeps")
        else:
            yield e.by("CHI B6.3.4", "CH-12/E5", exclusive="fails-writes")


def atomic(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """Set A. WB is done near, at home or below (CH-28); the result is the same."""
    tier, cpu = machine.tier, machine.cpu
    home = tier["atomic.wb_at"] if e.acts_as == "wb" else "device"
    if e.acts_as == "nsh":
        meaning = {"perform": ("A0", {"rmw": "atomic@near"}), "external-abort": ("A1", {"end": "fault external-abort"}),
                   "serror": ("A2", {"end": "fault serror"}), "abort35": ("A3", {"end": fault35(machine)}), "nop": ("A4", {"end": "nop"}),
                   "nonatomic": ("A5", {"rmw": "non-atomic@near"})}
        for how in machine.values("nsh_atomic", *meaning):
            member, change = meaning[how]
            yield e.by(f"CH-27/{member}", **change)
        return
    if e.acts_as == "wb" and tier["atomic.near"] == "yes":
        yield e.by("CH-28", rmw="atomic@near")
        return
    fits = row.size * (2 if row.access in COMPARE else 1) <= int(tier["atomic.cas_max" if row.access in COMPARE else "atomic.max_bytes"])
    if tier[f"atomic.{e.acts_as}"] == "yes" and (fits or home == "home"):
        yield e.by("CH-28" if e.acts_as == "wb" else "CH-27/A0", rmw=f"atomic@{home}")
        return
    how = tier["atomic.on_unsupported"]
    if how in ("nderr", "slverr") and row.access == "stop":
        yield e.by("CH-29", "CH-27/A1" if cpu["atomic_store_error"] == "sync" else "CH-27/A2", end=external(row, machine))
    elif how in ("nderr", "slverr"):
        yield e.by("CH-27/A1", end=external(row, machine))
    elif how == "okay-nonatomic":
        yield e.by("CH-27/A5", rmw=f"non-atomic@{home}")
    else:
        rule, end = {"serror": ("CH-27/A2", "fault serror"), "abort35": ("CH-27/A3", fault35(machine)), "nop": ("CH-27/A4", "nop"),
                     "hang": ("CHI B16.3", "hang")}[how]
        yield e.by(rule, end=end)


def at_the_tier(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """What exclusives, atomics, table updates, 64-byte and partial writes find."""
    tier = machine.tier
    if row.access in EXCLUSIVE:
        yield from (done for as_type in travels_as(row, machine, e) for done in exclusive(row, machine, as_type))
    elif row.access in ATOMIC:
        yield from (done for as_type in travels_as(row, machine, e) for done in atomic(row, machine, as_type))
    elif row.access == "hw-update":
        how = tier["httu"]
        if how in ("yes", "nonatomic"):
            rule = "CH-48/H4" if how == "nonatomic" else "" if row.wbs else "CH-48/H0"
            yield e.by(*([rule] if rule else []), rmw=("non-atomic" if how == "nonatomic" else "atomic") + "@home")
        else:
            rule, end = {"sync-abort": ("CH-48/H1", "fault external-abort"), "serror": ("CH-48/H2", "fault serror"),
                         "abort31": ("CH-48/H3", "fault atomic-update-0x31 S1")}[how]
            yield e.by(rule, end=end)
    elif row.access in LS64 and not row.wb:
        how = tier["ls64"]
        yield (e.by("CH-46", end="fault unsupported-0x35 S1") if how == "abort35"
               else e.by("CH-46", single_copy=1) if how == "byte-atomic" else e)
    elif row.access == "ifetch" and tier["ifetch"] == "no":
        yield e.by("CH-40", end="fault external-abort")
    else:
        yield e


def partial(row: Row, machine: Machine, e: Effect) -> Iterator[Effect]:
    """MemWrPtl as a read and a write of a unit (cxl-chi-timing 1.3): writes that pass the caches by and do not fill it."""
    unit = int(machine.tier["ptl.rmw_unit"])
    whole = row.alignment == "aligned" and row.size % unit == 0
    splits = machine.tier["ptl.native"] == "no" and row.access in WRITES_DATA and not row.wb and not whole
    yield e.by("PTL", rmw_unit=unit) if splits else e


# ---- words -----------------------------------------------------------------------------------------------------------------------------------------------------


def order(row: Row, machine: Machine) -> str:
    """5.2, 5.3: gathering, reordering, speculation. SVE and MOPS may do to Device what GRE lets them (CH-67, CH-39)."""
    free = row.access in SVE or row.access in ("cpy-read", "cpy-write")
    gathers = row.type in ("nc", "device-gre") or (row.device and free)
    no_gather = (row.device and not gathers) or (gathers and machine.cpu["gather"] == "no")
    kept = no_gather and row.type in WEAK_TO_STRONG[2:] and machine.tier["is_peripheral"] == "yes"
    words = [" no-gather"] if no_gather else []
    words += [" no-reorder"] if kept else []
    words += [" speculates"] if not row.device and row.access in READS and machine.cpu["speculation"] == "yes" else []
    words += [" disturbed"] if not row.device and machine.cpu["speculation"] == "yes" and machine.tier["speculation_safe"] == "no" else []
    words += [f" peripheral={machine.tier['peripheral_bytes']}"] if kept else []
    return "".join(words)


def liberties(row: Row, machine: Machine) -> frozenset[str]:
    """Permissions that come with a type."""
    vector, block = row.access in SVE, row.access in ("cpy-read", "cpy-write")
    side_effects = not row.device and machine.cpu["speculation"] == "yes" and machine.tier["speculation_safe"] == "no"
    return frozenset((["CH-67"] if row.device and vector else []) + (["CH-39"] if row.device and block else []) + (["CH-61"] if side_effects else []))


def words_of(row: Row, machine: Machine, e: Effect) -> str:
    """As `isotier decide` describes it, without the rules."""
    if e.end and e.end != "hang":
        return e.end
    parts = [e.end or "perform"]
    if e.end:
        return parts[0]
    parts += [e.exclusive] if e.exclusive else []
    parts += [e.rmw] if e.rmw else []
    parts += [f"single-copy={e.single_copy}"]
    parts += [f"rmw-unit={e.rmw_unit}"] if e.rmw_unit else []
    parts += [f"check={e.check}/sync@pe"] if e.check else []
    parts += [f"tag={e.tag}"] if e.tag else []
    return " ".join(parts) + order(row, machine)


HOW_IT_IS_PERFORMED = frozenset({"D4", "D9", "CH-28", "CH-32", "CH-38", "PTL"})  # and nothing to one that is not
STEPS: tuple[Step, ...] = (special, tags_at_the_core, at_the_tier, partial, tags_at_the_tier, compared)


def has_two_faults(row: Row, machine: Machine) -> bool:
    """An exclusive, atomic or 64-byte access that its location refuses, and whose tag differs as well."""
    if row.check != "mismatch" or row.access not in {*EXCLUSIVE, *ATOMIC, *LS64}:
        return False
    return any(e.end for e in at_the_tier(row, machine, Effect()))


def expected(row: Row, machine: Machine) -> dict[str, frozenset[str]]:
    """What the row's set has to be: descriptions, each with the choices that may stand beside it."""
    if missing_feature(row, machine):
        return {"fault undefined": frozenset({"FEAT"})}
    elements = list((aligned if row.alignment == "aligned" else misaligned)(row, machine, Effect()))
    for step in STEPS:
        elements = [done for e in elements for done in ([e] if e.end else step(row, machine, e))]
    found: dict[str, frozenset[str]] = {}
    for e in elements:
        words = words_of(row, machine, e)
        choices = e.choices - HOW_IT_IS_PERFORMED if e.end else e.choices | liberties(row, machine)
        found[words] = found.get(words, frozenset()) | choices
    return found
