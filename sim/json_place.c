/* Walking a JSON text to the place of one value, as declared in json_place.h. Not for: checking it; the text has been parsed before. */
#include "sim/json_place.h"

#include <stdbool.h>
#include <string.h>

struct walk {
    const char *text;
    size_t size, at;
};

static void skip_space(struct walk *w)
{
    while (w->at < w->size && strchr(" \t\r\n,:", w->text[w->at]))
        w->at++;
}

static void skip_string(struct walk *w)
{
    for (w->at++; w->at < w->size && w->text[w->at] != '"'; w->at++)
        if (w->text[w->at] == '\\')
            w->at++;
    w->at++;
}

/* Past one value of any kind, without recursion. */
static void skip_value(struct walk *w)
{
    size_t depth = 0;
    do {
        skip_space(w);
        if (w->at >= w->size)
            return;
        char c = w->text[w->at];
        if (c == '"') {
            skip_string(w);
        } else if (c == '{' || c == '[') {
            depth++;
            w->at++;
        } else if (c == '}' || c == ']') {
            depth--;
            w->at++;
        } else {
            while (w->at < w->size && !strchr(" \t\r\n,:]}", w->text[w->at]))
                w->at++;
        }
    } while (depth);
}

/* From the start of an object or list to the value that the step names; false, standing anywhere, if there is none. */
static bool take_step(struct walk *w, const struct iso_json_step *step)
{
    if (w->at >= w->size || w->text[w->at] != (step->key ? '{' : '['))
        return false;
    w->at++;
    for (size_t i = 0;; i++) {
        skip_space(w);
        if (w->at >= w->size || w->text[w->at] == '}' || w->text[w->at] == ']')
            return false;
        if (step->key) {
            size_t start = w->at + 1;
            skip_string(w);
            size_t length = w->at - start - 1;
            bool found = strlen(step->key) == length && memcmp(step->key, w->text + start, length) == 0;
            skip_space(w);
            if (found)
                return true;
        } else if (i == step->index) {
            return true;
        }
        skip_value(w);
    }
}

void iso_json_place(uint32_t *line, uint32_t *column, const char *text, size_t size, const struct iso_json_step *step,
                    size_t nsteps)
{
    struct walk w = {.text = text, .size = size};
    skip_space(&w);
    size_t place = w.at < size ? w.at : 0;
    for (size_t i = 0; i < nsteps && take_step(&w, &step[i]); i++)
        place = w.at;
    *line = *column = 1;
    for (size_t i = 0; i < place; i++) {
        ++*column;
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        }
    }
}
