/* Matching of cell globs, as declared in gate_glob.h. Not for: which waiver covers what (gate_waive.c). */
#include "sim/gate_glob.h"

#include <stddef.h>
#include <string.h>

static bool is_separator(char c)
{
    return c == '/' || c == '@' || c == ':' || c == '+';
}

/* Goes back to the last star on a mismatch. One star of each kind is enough: what an earlier one could still take, the later one can
 * take as well; an earlier '*' cannot pass the separator at which a later one stopped. */
bool iso_glob_match(const char *pattern, const char *text)
{
    const char *star = NULL, *star_text = NULL, *wide = NULL,
               *wide_text = NULL; /* pattern after it, text it ends before */
    for (;;) {
        if (pattern[0] == '*' && pattern[1] == '*') {
            pattern += 2;
            wide = pattern;
            wide_text = text;
            star = NULL;
        } else if (pattern[0] == '*') {
            star = ++pattern;
            star_text = text;
        } else if (*pattern && *pattern == *text) {
            pattern++;
            text++;
        } else if (!*pattern && !*text) {
            return true;
        } else if (star && *star_text && !is_separator(*star_text)) {
            pattern = star;
            text = ++star_text;
        } else if (wide && *wide_text) {
            pattern = wide;
            text = ++wide_text;
            star = NULL;
        } else {
            return false;
        }
    }
}

const char *iso_glob_check(const char *pattern)
{
    if (!*pattern)
        return "is empty; expected a glob over cell ids such as mte/*@cxl:wb-tagged**";
    if (strlen(pattern) > 512)
        return "is longer than 512 characters; expected a glob over cell ids";
    if (strstr(pattern, "***"))
        return "has three stars in a row; expected * (within a segment) or ** (across segments)";
    for (const char *p = pattern; *p; p++)
        if (strchr("?[]{}\\!", *p) || (unsigned char)*p <= ' ')
            return "has a character that no cell id has; expected letters, digits, / @ : + - . _ , and the stars * and "
                   "**";
    if (strspn(pattern, "*/@:+") == strlen(pattern))
        return "covers cells of every name; expected at least one letter of a scenario, tier or attribute";
    return NULL;
}
