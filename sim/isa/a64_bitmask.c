/* Immediates of logical instructions: a rotated run of ones, repeated (Arm ARM DecodeBitMasks). Not for: other immediates. */
#include "sim/isa/a64_table.h"

static uint64_t ones(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

static uint64_t rotate_right(uint64_t value, unsigned amount, unsigned bits)
{
    amount %= bits;
    return amount ? ((value >> amount) | (value << (bits - amount))) & ones(bits) : value;
}

uint64_t a64_bitmask_decode(uint32_t field, unsigned bytes)
{
    unsigned n = field >> 12 & 1, immr = field >> 6 & 63, imms = field & 63;
    unsigned length = n ? 6u : 0u;
    if (!n)
        for (unsigned bit = 5; bit; bit--)
            if (!(imms >> bit & 1)) {
                length = bit;
                break;
            }
    unsigned size = 1u << length; /* of the element */
    uint64_t element = rotate_right(ones((imms & (size - 1)) + 1), immr & (size - 1), size), result = 0;
    for (unsigned at = 0; at < bytes * 8; at += size)
        result |= element << at;
    return result;
}

bool a64_bitmask_encode(uint32_t *field, uint64_t imm, unsigned bytes)
{
    if (bytes == 4)
        imm |= imm << 32;
    if (imm == 0 || imm == UINT64_MAX)
        return false;
    unsigned size = 64;
    while (size > 2 && (imm & ones(size / 2)) == (imm >> size / 2 & ones(size / 2)))
        size /= 2;
    uint64_t element = imm & ones(size);
    unsigned count = 0, rotation = 0;
    for (uint64_t rest = element; rest; rest &= rest - 1)
        count++;
    while (rotation < size && rotate_right(ones(count), rotation, size) != element)
        rotation++;
    if (rotation == size)
        return false;
    *field = (size == 64 ? 1u << 12 : 0) | rotation << 6 | (((~(size - 1) << 1) & 63) | (count - 1));
    return true;
}

bool a64_move_is_encodable(uint64_t imm, unsigned bytes)
{
    uint64_t mask = bytes == 4 ? UINT32_MAX : UINT64_MAX;
    uint32_t field;
    for (unsigned shift = 0; shift < bytes * 8; shift += 16) {
        uint64_t keep = ~((uint64_t)0xffff << shift) & mask;
        if (!(imm & keep) || !(~imm & keep))
            return true;
    }
    return a64_bitmask_encode(&field, imm & mask, bytes);
}
