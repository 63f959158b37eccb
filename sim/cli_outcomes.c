/* `isotier outcomes`: one JSON line a test with its outcome set on ordinary memory, in the notation of the herd tools.
 * For: comparing with other tools (../shared/tools where present). Written straight as text: thousands of tests a second.
 * Not for: tiers, attributes, migration (run). */
#include "sim/cli.h"

#include "sim/buffer.h"
#include "sim/engines.h"
#include "sim/file.h"
#include "sim/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct options {
    const char *variant, *engine;
    uint64_t seeds, seed, jobs, loop_bound, max_candidates, timeout_s;
};

struct job {
    struct options options;
    struct iso_variant variant;
    unsigned engine;
    struct iso_strings files;
    char **list; /* texts of @LIST operands, owned; `files` points into them */
    size_t nlists;
    bool failed, died, observed, bounded;
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* "file:line:column: message" of the first error. */
static void first_error(struct iso_buffer *out, const struct iso_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        if (!diags->list[i].warning) {
            const struct iso_diag *d = &diags->list[i];
            iso_buffer_add(out, d->file);
            if (d->line)
                iso_buffer_format(out, ":%u:%u", d->line, d->column ? d->column : 1);
            iso_buffer_format(out, ": %s", d->message);
            return;
        }
    iso_buffer_add(out, "failed without a reason");
}

static void write_flags(struct iso_buffer *out, uint32_t flags)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {{ISO_OUTCOME_BBM_EXPECTED, "BBM-expected"},
                 {ISO_OUTCOME_CONSTRAINED_UNPREDICTABLE, "constrained-unpredictable"},
                 {ISO_OUTCOME_PARTS_LEFT_OUT, "parts-left-out"}};
    bool first = true;
    iso_buffer_add(out, "[");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].bit) {
            iso_buffer_format(out, "%s\"%s\"", first ? "" : ", ", names[i].name);
            first = false;
        }
    iso_buffer_add(out, "]");
}

/* The line of one test; `error` is NULL if it ran. */
static void write_line(struct iso_buffer *out, const struct job *job, const char *file, const struct iso_test *test,
                       const struct iso_outcome_set *set, uint64_t wall_us, const char *error)
{
    static const char *const verdicts[] = {
        [ISO_ALWAYS] = "Always", [ISO_SOMETIMES] = "Sometimes", [ISO_NEVER] = "Never"};
    iso_buffer_add(out, "{\"test\": ");
    iso_buffer_json_string(out, test ? test->name : NULL);
    iso_buffer_add(out, ", \"file\": ");
    iso_buffer_json_string(out, file);
    iso_buffer_format(out, ", \"engine\": \"%s\", \"verdict\": ", iso_engine_name((enum iso_engine)job->engine));
    iso_buffer_json_string(out, error ? NULL : verdicts[iso_outcome_set_verdict(set, test)]);
    iso_buffer_add(out, ", \"states\": [");
    for (size_t i = 0; !error && i < set->count; i++) {
        iso_buffer_add(out, i ? ", " : "");
        iso_buffer_json_string(out, set->list[i].text);
    }
    iso_buffer_format(
        out, "], \"positive\": %llu, \"negative\": %llu, \"candidates\": %llu, \"wall_us\": %llu, \"bounded\": ",
        error ? 0ull : (unsigned long long)set->positive, error ? 0ull : (unsigned long long)set->negative,
        error ? 0ull : (unsigned long long)set->candidates, (unsigned long long)wall_us);
    iso_buffer_add(out, !error && set->bounded ? "true" : "false");
    if (!error && set->bounded) {
        iso_buffer_add(out, ", \"bound_reason\": ");
        iso_buffer_json_string(out, set->bound_reason);
    }
    iso_buffer_add(out, ", \"flags\": ");
    write_flags(out, error ? 0 : set->flags);
    iso_buffer_add(out, ", \"error\": ");
    iso_buffer_json_string(out, error);
    iso_buffer_add(out, "}\n");
}

/* First byte of the result: bits 1 error, 2 something observed, 4 bounded; the line follows. */
static void work(struct iso_buffer *out, size_t item, void *context)
{
    struct job *job = context;
    const char *file = job->files.list[item];
    struct iso_diags diags = {0};
    struct iso_test *test = NULL;
    struct iso_outcome_set set;
    struct iso_buffer error = {0};
    uint64_t start = now_us();
    char bits = 0;

    iso_outcome_set_init(&set);
    size_t at = out->size;
    iso_buffer_add_bytes(out, &bits, 1);
    bool good = iso_litmus_read(&test, &diags, file) == 0;
    if (good) {
        struct iso_setup setup = {.test = test};
        iso_variant_merge(&setup.variant, &job->variant, test);
        /* as the litmus tools have it, which know no guest; `run` always takes memory as bytes */
        setup.whole_locations = !setup.variant.mixed && !test->has_guest;
        if (job->engine == ISO_ENGINE_EXHAUSTIVE) {
            struct iso_explore_options options = {.loop_bound = (uint32_t)job->options.loop_bound,
                                                  .max_candidates = job->options.max_candidates};
            good = iso_engine_exhaustive(&set, &diags, &setup, &options) == 0;
        } else {
            struct iso_platform_options options = {.first_seed = job->options.seed,
                                                   .runs = (uint32_t)job->options.seeds};
            struct iso_platform_stats stats = {0};
            good = iso_engine_timed(&set, &stats, &diags, &setup, &options) == 0;
        }
    }
    if (good) {
        iso_outcome_set_sort(&set);
        bits = (char)((set.count ? 2 : 0) | (set.bounded ? 4 : 0));
    } else {
        bits = 1;
        first_error(&error, &diags);
    }
    out->data[at] = bits;
    write_line(out, job, file, test, &set, now_us() - start, good ? NULL : iso_buffer_string(&error));
    iso_outcome_set_free(&set);
    iso_buffer_free(&error);
    iso_diags_free(&diags);
    iso_test_free(test);
}

static void done(size_t item, enum iso_pool_end end, int detail, const char *data, size_t size, void *context)
{
    struct job *job = context;
    if (end == ISO_POOL_FINISHED && size > 0) {
        job->failed |= (data[0] & 1) != 0;
        job->observed |= (data[0] & 2) != 0;
        job->bounded |= (data[0] & 4) != 0;
        fwrite(data + 1, 1, size - 1, stdout);
        return;
    }
    struct iso_buffer line = {0}, error = {0};
    if (end == ISO_POOL_TIMED_OUT) {
        job->bounded = true;
        iso_buffer_format(&error, "no result within %llu s", (unsigned long long)job->options.timeout_s);
    } else {
        job->died = true;
        iso_buffer_format(&error, "the process that ran it ended by signal %d", detail);
    }
    write_line(&line, job, job->files.list[item], NULL, NULL, 0, error.data);
    fwrite(line.data, 1, line.size, stdout);
    iso_buffer_free(&line);
    iso_buffer_free(&error);
}

/* "@LIST" names a file with one path a line. */
static int add_file(struct job *job, struct iso_diags *diags, const char *operand)
{
    char *text;
    size_t size;
    if (operand[0] != '@') {
        iso_strings_add(&job->files, operand);
        return 0;
    }
    if (iso_file_read(&text, &size, diags, operand + 1, ISO_FILE_MAX_BYTES) != 0)
        return -1;
    job->list = iso_reallocate(job->list, (job->nlists + 1) * sizeof job->list[0]);
    job->list[job->nlists++] = text;
    for (char *line = text, *end = text + size; line < end;) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        char *stop = newline ? newline : end;
        char *next = newline ? newline + 1 : end;
        if (stop > line && stop[-1] == '\r')
            stop--;
        *stop = 0;
        if (*line)
            iso_strings_add(&job->files, line);
        line = next;
    }
    return 0;
}

static int run_outcomes(const struct iso_cli *cli, int argc, char **argv)
{
    struct job job = {.options = {.engine = "exhaustive", .seeds = 200, .seed = 1, .jobs = 1}};
    struct iso_strings operands = {0};
    struct iso_diags diags = {0};
    const char *bad;
    size_t bad_size;
    int status = iso_cli_options(&job.options, &operands, cli, argc, argv);

    if (status == 0 && !operands.count)
        status = iso_cli_usage(cli, "nothing to do; expected litmus files, or @LIST");
    job.engine = status == 0 ? iso_engine_find(job.options.engine) : 0;
    if (status == 0 && !job.engine)
        status = iso_cli_usage(cli, "--engine is \"%s\"; expected exhaustive or timed", job.options.engine);
    if (status == 0 && job.options.variant &&
        iso_variant_parse(&job.variant, job.options.variant, &bad, &bad_size) != 0)
        status = iso_cli_usage(cli, "--variant has \"%.*s\"; expected names such as memtag, vmsa, ets2, mixed",
                               (int)bad_size, bad);
    if (status == 0 && !iso_engine_is_linked((enum iso_engine)job.engine))
        status = iso_cli_usage(cli, "this program was built without the %s engine", job.options.engine);
    if (status != 0) {
        iso_strings_free(&operands);
        return status > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;
    }
    for (size_t i = 0; i < operands.count; i++)
        add_file(&job, &diags, operands.list[i]);
    iso_strings_free(&operands);
    status = iso_cli_report(&diags);
    if (job.options.jobs > 1 || job.options.timeout_s) {
        struct iso_pool pool = {.jobs = (unsigned)job.options.jobs,
                                .timeout_s = (unsigned)job.options.timeout_s,
                                .context = &job,
                                .work = work,
                                .done = done};
        if (iso_pool_run(&pool, job.files.count) != 0)
            status |= ISO_EXIT_ERROR;
    } else {
        struct iso_buffer text = {0};
        static char lines[16384]; /* C libraries differ in how much they gather */
        if (!isatty(STDOUT_FILENO))
            setvbuf(stdout, lines, _IOFBF, sizeof lines);
        for (size_t i = 0; i < job.files.count; i++) {
            iso_buffer_clear(&text);
            work(&text, i, &job);
            done(i, ISO_POOL_FINISHED, 0, text.data, text.size, &job);
        }
        iso_buffer_free(&text);
    }
    iso_strings_free(&job.files);
    for (size_t i = 0; i < job.nlists; i++)
        free(job.list[i]);
    free(job.list);
    return status | (job.died ? ISO_EXIT_ERROR : 0) | (job.failed ? ISO_EXIT_USAGE : 0) |
           (job.bounded ? ISO_EXIT_INCONCLUSIVE : 0) | (job.observed || job.failed || job.died ? 0 : ISO_EXIT_VACUOUS);
}

static const struct iso_option options[] = {
    {"variant", ISO_OPTION_TEXT, offsetof(struct options, variant), "LIST", NULL,
     "features: memtag,vmsa,mixed,ets2,..., on top of the files' own; vmsa without mixed leaves out "
     "executions that read a part of a location, as other litmus tools do, and flags it"},
    {"engine", ISO_OPTION_TEXT, offsetof(struct options, engine), "NAME", "exhaustive timed",
     "exhaustive (default) or timed"},
    {"seeds", ISO_OPTION_COUNT, offsetof(struct options, seeds), "N", NULL, "runs of the timed engine (default 200)"},
    {"seed", ISO_OPTION_NUMBER, offsetof(struct options, seed), "N", NULL, "first seed (default 1)"},
    {"jobs", ISO_OPTION_COUNT, offsetof(struct options, jobs), "N", NULL,
     "processes (default 1); the output does not depend on it"},
    {"loop-bound", ISO_OPTION_COUNT, offsetof(struct options, loop_bound), "N", NULL,
     "times a backward branch is taken (default 2, or Unroll=)"},
    {"max-candidates", ISO_OPTION_NUMBER, offsetof(struct options, max_candidates), "N", NULL,
     "candidate executions before a test is called bounded"},
    {"timeout", ISO_OPTION_COUNT, offsetof(struct options, timeout_s), "SECONDS", NULL,
     "a test may take so long (default: any time)"},
};

const struct iso_verb iso_verb_outcomes = {
    .name = "outcomes",
    .operands = "FILE...|@LIST",
    .summary = "one JSON line a test with its outcome set on ordinary memory",
    .examples = "isotier outcomes MP.litmus\nisotier outcomes --variant memtag,precise @files\nisotier outcomes "
                "--engine timed --seeds 2000 SB.litmus",
    .options = options,
    .noptions = sizeof options / sizeof options[0],
    .run = run_outcomes,
};
