/* Second pass over a machine: two facts that contradict each other, each named with its place in the file.
 * Not for: shape (machine_load.c). Not modelled: whether a value is true of some silicon; conformance/ asks that. */
#include "sim/machine_load.h"

#include <math.h>
#include <string.h>

static void contradiction(struct iso_diags *diags, const char *path, struct iso_mark_at first,
                          struct iso_mark_at second, const char *where, const char *sentence)
{
    struct iso_mark_at at =
        first.line > second.line || (first.line == second.line && first.column > second.column) ? first : second;
    struct iso_mark_at other = at.line == first.line && at.column == first.column ? second : first;
    int size = (int)strlen(sentence) - (*sentence && sentence[strlen(sentence) - 1] == '.');
    if (other.line)
        iso_diags_add(diags, false, path, at.line, at.column,
                      "%s: two facts that contradict: %.*s; the other stands on line %u", where, size, sentence,
                      other.line);
    else
        iso_diags_add(diags, false, path, at.line, at.column,
                      "%s: two facts that contradict: %.*s; the other is the default", where, size, sentence);
}

/* Every hop alone, then the tier as a whole: what the first hop that does not hand a key on says of it. */
static int check_capabilities(struct iso_diags *diags, const char *path, const struct iso_machine *machine,
                              const struct iso_machine_marks *marks, size_t t)
{
    const struct iso_tier *tier = &machine->tiers[t];
    enum iso_capability_key first = ISO_CAP_COUNT, second = ISO_CAP_COUNT;
    struct iso_capabilities whole = {0};
    size_t at[ISO_CAP_COUNT];
    const char *sentence;

    for (size_t h = 0; h < tier->nhops; h++)
        if ((sentence = iso_capability_contradiction(&tier->hops[h].capabilities, &first, &second))) {
            contradiction(diags, path, marks->capability[t][h][first], marks->capability[t][h][second], tier->name,
                          sentence);
            return -1;
        }
    for (size_t key = 0; key < ISO_CAP_COUNT; key++) {
        whole.value[key] = iso_tier_get(tier, (enum iso_capability_key)key, &at[key]);
        if (at[key] >= tier->nhops)
            at[key] = tier->nhops - 1;
    }
    if ((sentence = iso_capability_contradiction(&whole, &first, &second))) {
        contradiction(diags, path, marks->capability[t][at[first]][first], marks->capability[t][at[second]][second],
                      tier->name, sentence);
        return -1;
    }
    return 0;
}

static int check_timing(struct iso_diags *diags, const char *path, const struct iso_machine *machine,
                        const struct iso_machine_marks *marks, size_t t)
{
    const struct iso_tier *tier = &machine->tiers[t];
    double sum_ns = (double)iso_tier_idle_ps(tier) / 1000.0;
    int status = 0;

    if (marks->idle_ns[t] >= 0 && fabs(sum_ns - marks->idle_ns[t]) > 0.0005) {
        iso_diags_add(diags, false, path, marks->idle[t].line, marks->idle[t].column,
                      "%s: two facts that contradict: idle_ns is %g, the stages of the path sum to %g", tier->name,
                      marks->idle_ns[t], sum_ns);
        status = -1;
    }
    for (size_t i = 1; i < tier->ncurve; i++)
        if (tier->curve[i].use_permille <= tier->curve[i - 1].use_permille ||
            tier->curve[i].latency_ps < tier->curve[i - 1].latency_ps) {
            iso_diags_add(diags, false, path, marks->curve[t].line, marks->curve[t].column,
                          "%s: point %zu of load_curve does not rise; expected use and latency in growing order",
                          tier->name, i + 1);
            status = -1;
        }
    return status;
}

static int check_ranges(struct iso_diags *diags, const char *path, const struct iso_machine *machine,
                        const struct iso_machine_marks *marks)
{
    int status = 0;
    for (size_t a = 0; a < machine->ntiers; a++)
        for (size_t b = 0; b < a; b++) {
            const struct iso_tier *x = &machine->tiers[a], *y = &machine->tiers[b];
            if (x->size_bytes && y->size_bytes && x->base < y->base + y->size_bytes &&
                y->base < x->base + x->size_bytes) {
                iso_diags_add(diags, false, path, marks->tier[a].line, marks->tier[a].column,
                              "two facts that contradict: the physical addresses of %s and %s overlap", x->name,
                              y->name);
                status = -1;
            }
        }
    return status;
}

int iso_machine_check(struct iso_diags *diags, const char *path, const struct iso_machine *machine,
                      const struct iso_machine_marks *marks)
{
    enum iso_cpu_key first = ISO_CPU_COUNT, second = ISO_CPU_COUNT;
    const char *sentence = iso_cpu_contradiction(&machine->features, &first, &second);
    int status = 0;

    if (sentence) {
        contradiction(diags, path, marks->feature[first], marks->feature[second], "cpu", sentence);
        status = -1;
    }
    for (size_t t = 0; t < machine->ntiers; t++) {
        status |= check_capabilities(diags, path, machine, marks, t);
        status |= check_timing(diags, path, machine, marks, t);
    }
    return status | check_ranges(diags, path, machine, marks);
}
