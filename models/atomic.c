/* Arithmetic of the atomic unit. Source: Arm ARM C3.2.13; facts/arm-attributes.md 3.3. */
#include "models/atomic.h"

static struct iso_u128 truncate_to(struct iso_u128 value, unsigned size_bytes)
{
    if (size_bytes >= 16)
        return value;
    uint64_t mask = size_bytes == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size_bytes) - 1;
    return (struct iso_u128){value.lo & mask, 0};
}

static struct iso_u128 add(struct iso_u128 a, struct iso_u128 b)
{
    struct iso_u128 sum = {a.lo + b.lo, a.hi + b.hi};
    if (sum.lo < a.lo)
        sum.hi++;
    return sum;
}

static bool less(struct iso_u128 a, struct iso_u128 b)
{
    return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

static bool equal(struct iso_u128 a, struct iso_u128 b)
{
    return a.lo == b.lo && a.hi == b.hi;
}

/* Signed order is unsigned order once the sign bits are flipped. */
static struct iso_u128 flip_sign(struct iso_u128 value, unsigned size_bytes)
{
    if (size_bytes >= 16)
        value.hi ^= UINT64_C(1) << 63;
    else
        value.lo ^= UINT64_C(1) << (8 * size_bytes - 1);
    return value;
}

static bool signed_less(struct iso_u128 a, struct iso_u128 b, unsigned size_bytes)
{
    return less(flip_sign(a, size_bytes), flip_sign(b, size_bytes));
}

struct iso_atomic_result iso_atomic_apply(enum iso_atomic_op op, unsigned size_bytes, struct iso_u128 old,
                                          struct iso_u128 operand, struct iso_u128 compare)
{
    old = truncate_to(old, size_bytes);
    operand = truncate_to(operand, size_bytes);
    compare = truncate_to(compare, size_bytes);
    struct iso_u128 to = old;
    bool writes = true;
    switch (op) {
    case ISO_ATOMIC_ADD:
        to = truncate_to(add(old, operand), size_bytes);
        break;
    case ISO_ATOMIC_CLR:
        to = (struct iso_u128){old.lo & ~operand.lo, old.hi & ~operand.hi};
        break;
    case ISO_ATOMIC_EOR:
        to = (struct iso_u128){old.lo ^ operand.lo, old.hi ^ operand.hi};
        break;
    case ISO_ATOMIC_SET:
        to = (struct iso_u128){old.lo | operand.lo, old.hi | operand.hi};
        break;
    case ISO_ATOMIC_SMAX:
        to = signed_less(old, operand, size_bytes) ? operand : old;
        break;
    case ISO_ATOMIC_SMIN:
        to = signed_less(operand, old, size_bytes) ? operand : old;
        break;
    case ISO_ATOMIC_UMAX:
        to = less(old, operand) ? operand : old;
        break;
    case ISO_ATOMIC_UMIN:
        to = less(operand, old) ? operand : old;
        break;
    case ISO_ATOMIC_SWP:
        to = operand;
        break;
    case ISO_ATOMIC_CAS:
        writes = equal(old, compare);
        to = writes ? operand : old;
        break;
    }
    return (struct iso_atomic_result){.old = old, .stored = to, .writes = writes};
}

const char *iso_atomic_op_name(enum iso_atomic_op op)
{
    static const char *const name[ISO_ATOMIC_OP_COUNT] = {
#define OP_NAME(symbol, text) [ISO_ATOMIC_##symbol] = text,
        ISO_ATOMIC_OPS(OP_NAME)
#undef OP_NAME
    };
    return name[op];
}
