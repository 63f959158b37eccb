/* The command line: verbs as a table, each with a table of options; help, completion and parsing come from the same rows.
 * For: cli_*.c. Not for: what a verb does with its options. */
#ifndef ISOTIER_SIM_CLI_H
#define ISOTIER_SIM_CLI_H

#include "sim/isa/diag.h"

#include <stddef.h>
#include <stdint.h>

/* Exit status, one bitmask for every verb (design section 5). */
enum iso_exit {
    ISO_EXIT_CLEAN = 0,
    ISO_EXIT_ERROR = 1,   /* the tool failed; also MODEL-BUG */
    ISO_EXIT_USAGE = 2,   /* bad usage or bad input */
    ISO_EXIT_CHANGED = 4, /* needs a human */
    ISO_EXIT_DIVERGES = 8,
    ISO_EXIT_INCONCLUSIVE = 16, /* unknown capability, bound or timeout hit */
    ISO_EXIT_VACUOUS = 32       /* nothing was observed: never green */
};

enum iso_option_kind {
    ISO_OPTION_FLAG,   /* bool */
    ISO_OPTION_TEXT,   /* const char *: points into argv */
    ISO_OPTION_LIST,   /* struct iso_strings: comma-separated, may be repeated */
    ISO_OPTION_NUMBER, /* uint64_t */
    ISO_OPTION_COUNT   /* uint64_t, 1 to ISO_OPTION_COUNT_MAX: of what none is no wish and more is a slip */
};
enum { ISO_OPTION_COUNT_MAX = 1000000 };

struct iso_option {
    const char *name; /* without dashes */
    enum iso_option_kind kind;
    size_t offset;          /* in the verb's option structure */
    const char *value_name; /* "FILE", "N": for help; NULL for flags */
    const char *words;      /* completion: space-separated values, "@file", "@machine", or NULL */
    const char *help;
};

struct iso_strings {
    const char **list; /* owned list; the strings belong to argv or to an arena */
    size_t count, capacity;
};
void iso_strings_add(struct iso_strings *strings, const char *string);
void iso_strings_free(struct iso_strings *strings);

/* What every verb gets. */
struct iso_cli {
    const char *program;     /* argv[0] */
    const char *data_folder; /* holds models/machines, scenarios */
    const struct iso_verb *verb;
};

struct iso_verb {
    const char *name;
    const char *operands; /* "[PATH...]" */
    const char *summary;  /* one line */
    const char *examples; /* one a line */
    const char *notes;    /* more for --help, lines; NULL: none */
    const struct iso_option *options;
    size_t noptions;
    int (*run)(const struct iso_cli *cli, int argc, char **argv);
};
const struct iso_verb *iso_verb_at(size_t i); /* NULL past the last */

extern const struct iso_verb iso_verb_run, iso_verb_outcomes, iso_verb_show, iso_verb_decide, iso_verb_policy,
    iso_verb_explain, iso_verb_cost, iso_verb_symptoms, iso_verb_gate, iso_verb_baseline, iso_verb_surface,
    iso_verb_lint, iso_verb_completion;

/* Reads options into *options (zeroed or defaulted by the caller) and operands into *operands. Returns 0; -1 after --help was printed;
 * 1 with a diagnostic on bad usage. "--" ends the options. */
int iso_cli_options(void *options, struct iso_strings *operands, const struct iso_cli *cli, int argc, char **argv);
void iso_cli_help(const struct iso_verb *verb);

/* Prints diagnostics to standard error as file:line:column: message, frees them; returns ISO_EXIT_USAGE if one is an error. */
int iso_cli_report(struct iso_diags *diags);
/* One usage error: "isotier VERB: message". Returns ISO_EXIT_USAGE. */
int iso_cli_usage(const struct iso_cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs cli->verb with what follows its name; its exit status, with ISO_EXIT_ERROR if standard output could not take what it printed. */
int iso_cli_run(const struct iso_cli *cli, int argc, char **argv);
/* Prints the version; the exit status. */
int iso_cli_version(void);
/* The program. */
int iso_cli_main(int argc, char **argv);

#endif
