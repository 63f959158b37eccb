"""Memory instructions for generate.py: loads and stores in every form, exclusives, atomics, tags. Register roles: see generate.py."""

from __future__ import annotations

import random

Rng = random.Random

ALIGNED = (*(f"X{n}" for n in range(16, 22)), "SP")
ANY = (*ALIGNED, "X22")
WRITABLE = (*ALIGNED[:6], "X22")  # SP stays aligned and where it is


def step_for(rng: Rng, base: str) -> int:
    """A write-back step that keeps aligned pointers aligned."""
    return rng.randrange(-4, 5) * 16 if base in ALIGNED else rng.randrange(-64, 65)


def atomic_base(rng: Rng) -> str:
    """A base for accesses that fault when unaligned: aligned but for a few."""
    return rng.choice(ALIGNED) if rng.random() < 0.98 else "X22"


def unchecked(*lines: str) -> tuple[str, ...]:
    """The instructions with tag checks off: where QEMU 7.2 is known to check tags wrongly or in the wrong order."""
    return "MSR TCO,#1", *lines, "MSR TCO,#0"
DATA = (*range(16), 30)


def value(rng: Rng, width: str) -> str:
    """A data register, now and then the zero register."""
    return width + ("ZR" if rng.random() < 0.08 else str(rng.choice(DATA)))


def different(rng: Rng, width: str, *others: str) -> str:
    """A data register that is none of the others."""
    taken = {other[1:] for other in others}
    return width + str(rng.choice([n for n in DATA if str(n) not in taken]))


_SIZES = {"": 0, "B": 1, "H": 2, "SB": 1, "SH": 2, "SW": 4}


def single(rng: Rng, _: int) -> str:
    """Plain loads and stores of one register."""
    load = rng.random() < 0.5
    suffix = rng.choice(("", "", "B", "H", "SB", "SH", "SW") if load else ("", "", "B", "H"))
    width = "X" if suffix == "SW" else "W" if suffix in ("B", "H") else rng.choice("WX")
    size = _SIZES[suffix] or (4 if width == "W" else 8)
    register = value(rng, width)
    form = rng.randrange(8)
    if form == 0:
        name = rng.choice(("LDUR" if load else "STUR", "LDTR" if load else "STTR")) + suffix
        return f"{name} {register},[{rng.choice(ANY)},#{rng.randrange(-256, 256)}]"
    name = ("LDR" if load else "STR") + suffix
    if form in (1, 2):
        base = rng.choice(WRITABLE)
        step = step_for(rng, base)
        return f"{name} {register},[{base},#{step}]!" if form == 1 else f"{name} {register},[{base}],#{step}"
    if form == 3:
        far, low = (("X23", 16384), ("X24", 2048))[rng.randrange(2)]
        return f"{name} {register},[{far},#{low // size * size}]" if low // size < 4096 else f"{name} {register},[X16]"
    if form == 4:
        index = rng.choice(("X25", "X28", "X28,SXTX", "W26,UXTW", "W26,SXTW", "W27,SXTW"))
        return f"{name} {register},[{rng.choice(ANY)},{index}]"
    if form == 5 and size > 1:
        scale = size.bit_length() - 1
        index = rng.choice(("X25,LSL", "X28,LSL", "X28,SXTX", "W26,UXTW", "W27,SXTW"))
        return f"{name} {register},[{rng.choice(ANY)},{index} #{scale}]"
    return f"{name} {register},[{rng.choice(ANY)},#{rng.randrange(0, 32) * size}]"


def pair(rng: Rng, _: int) -> str:
    """LDP, STP, LDNP, STNP, LDPSW."""
    load = rng.random() < 0.5
    name = rng.choice(("LDP", "LDP", "LDNP", "LDPSW") if load else ("STP", "STP", "STNP"))
    width = "X" if name == "LDPSW" else rng.choice("WX")
    size = 4 if width == "W" or name == "LDPSW" else 8
    first = value(rng, width)
    second = different(rng, width, first) if load else value(rng, width)
    form = rng.randrange(4)
    base, step = rng.choice(ANY), rng.randrange(-16, 16) * size
    if form < 2 and not name.endswith("NP") and base in WRITABLE:
        step = rng.randrange(-8, 8) * 16
        return f"{name} {first},{second},[{base}],#{step}" if form == 0 else f"{name} {first},{second},[{base},#{step}]!"
    return f"{name} {first},{second},[{base},#{step}]"


def ordered(rng: Rng, _: int) -> str | tuple[str, ...]:
    """Acquire and release loads and stores.

    Those with a displacement only with checks off: QEMU 7.2 does not check their tags.
    """
    suffix = rng.choice(("", "", "B", "H"))
    width = "W" if suffix else rng.choice("WX")
    base = rng.choice(ALIGNED)
    if rng.random() < 0.4:
        name = rng.choice(("LDAPUR", "LDAPUR", "STLUR")) + suffix
        size = _SIZES[suffix] or (4 if width == "W" else 8)
        return unchecked(f"{name} {value(rng, width)},[{base},#{rng.randrange(-16, 16) * size}]")
    if rng.random() < 0.15:
        name, width = rng.choice((("LDAPURSB", "W"), ("LDAPURSB", "X"), ("LDAPURSH", "W"), ("LDAPURSH", "X"), ("LDAPURSW", "X")))
        return unchecked(f"{name} {value(rng, width)},[{base},#{rng.randrange(-16, 16) * 4}]")
    return f"{rng.choice(('LDAR', 'LDLAR', 'LDAPR', 'STLR', 'STLLR'))}{suffix} {value(rng, width)},[{base}]"


def exclusive(rng: Rng, _: int) -> tuple[str, ...]:
    """A load and a store exclusive, at times with CLREX between, at times without the load, or to another address."""
    base = rng.choice(ALIGNED)
    other = base if rng.random() < 0.85 else rng.choice(ALIGNED)
    acquire, release = rng.choice(("", "A")), rng.choice(("", "L"))
    if rng.random() < 0.3:
        width = rng.choice("WX")
        first = value(rng, width)
        load = f"LD{acquire}XP {first},{different(rng, width, first)},[{base}]"
        low, high = value(rng, width), value(rng, width)
        store = f"ST{release}XP {different(rng, 'W', low, high)},{low},{high},[{other}]"
    else:
        suffix = rng.choice(("", "", "B", "H"))
        width = "W" if suffix else rng.choice("WX")
        load = f"LD{acquire}XR{suffix} {value(rng, width)},[{base}]"
        stored = value(rng, width)
        store = f"ST{release}XR{suffix} {different(rng, 'W', stored)},{stored},[{other}]"
    middle = rng.choice(((), (), (), ("ADD X0,X0,#1",), ("CLREX",)))
    if rng.random() < 0.1:
        return (store,)
    if rng.random() < 0.1:
        return (load, *middle, store, store)
    return (load, *middle, store)


def atomic(rng: Rng, _: int) -> str | tuple[str, ...]:
    """LD<op>, ST<op>, SWP.

    Unaligned only with checks off: QEMU 7.2 checks the tag first, the architecture (MemSingle) alignment first.
    """
    suffix = rng.choice(("", "", "B", "H"))
    width = "W" if suffix else rng.choice("WX")
    operation = rng.choice(("ADD", "CLR", "EOR", "SET", "SMAX", "SMIN", "UMAX", "UMIN"))
    base = atomic_base(rng)
    if rng.random() < 0.2:
        made = f"ST{operation}{rng.choice(('', 'L'))}{suffix} {value(rng, width)},[{base}]"
    else:
        name = "SWP" if rng.random() < 0.2 else f"LD{operation}"
        made = f"{name}{rng.choice(('', 'A', 'L', 'AL'))}{suffix} {value(rng, width)},{value(rng, width)},[{base}]"
    return unchecked(made) if base == "X22" else made


def compare_and_swap(rng: Rng, _: int) -> tuple[str, ...]:
    """CAS and CASP, half of them after a load of the compared value."""
    base = atomic_base(rng)
    order = rng.choice(("", "A", "L", "AL"))
    width = rng.choice("WX")
    if rng.random() < 0.35:
        compared, new = rng.sample(range(0, 16, 2), 2)
        cas = f"CASP{order} {width}{compared},{width}{compared + 1},{width}{new},{width}{new + 1},[{base}]"
        load = f"LDP {width}{compared},{width}{compared + 1},[{base}]"
    else:
        suffix = rng.choice(("", "", "B", "H"))
        width = "W" if suffix else width
        compared_register = different(rng, width)
        cas = f"CAS{order}{suffix} {compared_register},{value(rng, width)},[{base}]"
        load = f"LDR{suffix} {compared_register},[{base}]"
    made = (load, cas) if rng.random() < 0.5 else (cas,)
    return unchecked(*made) if base == "X22" else made


def tag_arithmetic(rng: Rng, _: int) -> str:
    """ADDG, SUBG, SUBP, GMI, and IRG where only one tag is left to choose."""
    source = rng.choice((*ANY, *(f"X{n}" for n in DATA)))
    result = f"X{rng.choice(DATA)}"
    form = rng.randrange(6)
    if form == 0:
        return f"IRG {result},{source},X29"
    if form == 1:
        return f"GMI {result},{source},X{rng.choice(DATA)}"
    if form == 2:
        return f"{rng.choice(('SUBP', 'SUBPS'))} {result},{source},{rng.choice((*ANY, *(f'X{n}' for n in DATA)))}"
    if form == 3:
        return f"CMPP {source},{rng.choice(ANY)}"
    return f"{rng.choice(('ADDG', 'SUBG'))} {result},{source},#{rng.randrange(64) * 16},#{rng.randrange(16)}"


def tag_memory(rng: Rng, _: int) -> str | tuple[str, ...]:
    """LDG, STG and kin, STGP, DC ZVA/GVA/GZVA; at times to an unaligned address.

    DC ZVA only with checks off: in user mode QEMU 7.2 calls a checked one unmapped.
    """
    base = rng.choice(ALIGNED) if rng.random() < 0.97 else "X22"
    tag = rng.choice((*ANY, *(f"X{n}" for n in DATA)))
    step = rng.randrange(-16, 16) * 16
    form = rng.randrange(8)
    if form < 2:
        return f"LDG X{rng.choice(DATA)},[{rng.choice(ANY)},#{step}]"
    if form == 2:
        where = rng.choice((f"[{base},#{step}]", f"[{base},#{step}]!" if base != "SP" else "[SP]", f"[{base}],#{step}" if base != "SP" else "[SP]"))
        return f"STGP {value(rng, 'X')},{value(rng, 'X')},{where}"
    if form == 3:
        operation, pointer = rng.choice(("ZVA", "GVA", "GZVA")), rng.choice(ANY[:6] + ANY[7:])
        return unchecked(f"DC ZVA,{pointer}") if operation == "ZVA" else f"DC {operation},{pointer}"
    name = rng.choice(("STG", "STG", "ST2G", "STZG", "STZ2G"))
    where = rng.choice((f"[{base}]", f"[{base},#{step}]", f"[{base},#{step}]!" if base != "SP" else "[SP]", f"[{base}],#{step}" if base != "SP" else "[SP]"))
    return f"{name} {tag},{where}"


def tag_override(rng: Rng, _: int) -> str:
    """PSTATE.TCO."""
    return rng.choice(("MSR TCO,#1", "MSR TCO,#0", f"MRS X{rng.choice(DATA)},TCO"))


def move_pointer(rng: Rng, _: int) -> str:
    """Pointers copied and moved by whole granules."""
    target = rng.choice(ALIGNED)
    source = rng.choice(ALIGNED)
    step = rng.randrange(16) * 16
    return rng.choice((f"MOV {target},{source}", f"ADD {target},{source},#{step}", f"SUB {target},{source},#{step}", f"ADDG {target},{source},#{step},#{rng.randrange(2)}"))
