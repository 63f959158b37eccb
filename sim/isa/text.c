/* Text into a buffer of fixed size. See text.h. */
#include "sim/isa/text.h"

#include <string.h>

void iso_text_start(struct iso_text *text, char *out, size_t size)
{
    *text = (struct iso_text){out, size, 0};
}

size_t iso_text_end(struct iso_text *text)
{
    if (text->size)
        text->out[text->length < text->size ? text->length : text->size - 1] = '\0';
    return text->length;
}

void iso_text_char(struct iso_text *text, char c)
{
    if (text->length < text->size)
        text->out[text->length] = c;
    text->length++;
}

void iso_text_string(struct iso_text *text, const char *string)
{
    size_t length = strlen(string);

    if (text->length < text->size) {
        size_t room = text->size - text->length;
        memcpy(text->out + text->length, string, length < room ? length : room);
    }
    text->length += length;
}

void iso_text_unsigned(struct iso_text *text, uint64_t n)
{
    char digits[24];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    while (at < sizeof digits)
        iso_text_char(text, digits[at++]);
}

void iso_text_signed(struct iso_text *text, int64_t n)
{
    if (n < 0)
        iso_text_char(text, '-');
    iso_text_unsigned(text, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void iso_text_wide(struct iso_text *text, struct iso_bytes16 n, bool is_signed)
{
    static const char hex[] = "0123456789abcdef";

    if (is_signed && n.hi >> 63) {
        iso_text_char(text, '-');
        n.hi = ~n.hi + !n.lo;
        n.lo = 0 - n.lo;
    }
    if (!n.hi) {
        iso_text_unsigned(text, n.lo);
        return;
    }
    iso_text_string(text, "0x");
    bool started = false;
    for (int i = 31; i >= 0; i--) {
        unsigned digit = (unsigned)((i < 16 ? n.lo >> 4 * i : n.hi >> 4 * (i - 16)) & 15);
        started |= digit != 0;
        if (started)
            iso_text_char(text, hex[digit]);
    }
}
