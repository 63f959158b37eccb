/* Options, help and usage errors of every verb, from the verbs' tables. Not for: what the options mean.
 * Not modelled: short options, abbreviations of names. */
#include "sim/cli.h"

#include "sim/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef ISOTIER_VERSION
#define ISOTIER_VERSION "0"
#endif

int iso_cli_version(void)
{
    printf("isotier %s\n", ISOTIER_VERSION);
    return ISO_EXIT_CLEAN;
}

int iso_cli_run(const struct iso_cli *cli, int argc, char **argv)
{
    int status = cli->verb->run(cli, argc, argv);
    if (fflush(stdout) != 0 && !(status & ISO_EXIT_ERROR)) {
        fprintf(stderr, "isotier: cannot write to standard output: %s\n", strerror(errno));
        status |= ISO_EXIT_ERROR;
    }
    return status;
}

void iso_strings_add(struct iso_strings *strings, const char *string)
{
    if (strings->count == strings->capacity) {
        strings->capacity = strings->capacity ? strings->capacity * 2 : 16;
        strings->list = iso_reallocate(strings->list, strings->capacity * sizeof strings->list[0]);
    }
    strings->list[strings->count++] = string;
}

void iso_strings_free(struct iso_strings *strings)
{
    free(strings->list);
    *strings = (struct iso_strings){0};
}

int iso_cli_usage(const struct iso_cli *cli, const char *format, ...)
{
    va_list list;
    fprintf(stderr, "isotier%s%s: ", cli->verb ? " " : "", cli->verb ? cli->verb->name : "");
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fprintf(stderr, "\n");
    return ISO_EXIT_USAGE;
}

int iso_cli_report(struct iso_diags *diags)
{
    bool error = iso_diags_has_error(diags);
    for (size_t i = 0; i < diags->count; i++) {
        const struct iso_diag *d = &diags->list[i];
        if (d->line)
            fprintf(stderr, "%s:%u:%u: %s%s\n", d->file, d->line, d->column ? d->column : 1,
                    d->warning ? "warning: " : "", d->message);
        else
            fprintf(stderr, "%s: %s%s\n", d->file, d->warning ? "warning: " : "", d->message);
    }
    if (diags->dropped)
        fprintf(stderr, "... and %zu more\n", diags->dropped);
    iso_diags_free(diags);
    return error ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;
}

void iso_cli_help(const struct iso_verb *verb)
{
    printf("usage: isotier %s%s %s\n\n%s\n", verb->name, verb->noptions ? " [OPTION...]" : "", verb->operands,
           verb->summary);
    if (verb->notes)
        printf("\n%s\n", verb->notes);
    if (verb->noptions)
        printf("\n");
    for (size_t i = 0; i < verb->noptions; i++) {
        char left[48];
        snprintf(left, sizeof left, "--%s%s%s", verb->options[i].name, verb->options[i].value_name ? " " : "",
                 verb->options[i].value_name ? verb->options[i].value_name : "");
        printf("  %-26s %s\n", left, verb->options[i].help);
    }
    printf("\nexamples:\n");
    for (const char *line = verb->examples; *line;) {
        size_t size = strcspn(line, "\n");
        printf("  %.*s\n", (int)size, line);
        line += size + (line[size] ? 1 : 0);
    }
}

/* Splits at commas. Options live as long as the process: the pieces are never freed before it ends. */
static void add_list(struct iso_strings *list, char *value)
{
    for (char *piece = value; piece;) {
        char *comma = strchr(piece, ',');
        if (comma)
            *comma = 0;
        if (*piece)
            iso_strings_add(list, piece);
        piece = comma ? comma + 1 : NULL;
    }
}

static int set_option(void *options, const struct iso_option *option, const struct iso_cli *cli, char *value)
{
    char *place = (char *)options + option->offset, *end = NULL;
    uint64_t number = 0;
    switch (option->kind) {
    case ISO_OPTION_FLAG:
        if (value)
            return iso_cli_usage(cli, "--%s takes no value", option->name);
        *(bool *)(void *)place = true;
        break;
    case ISO_OPTION_TEXT:
        *(const char **)(void *)place = value;
        break;
    case ISO_OPTION_LIST:
        if (!value[strspn(value, ",")]) { /* an unset variable of a script must not mean "all" */
            iso_cli_usage(cli, "--%s is empty; expected %s", option->name, option->value_name);
            return 1;
        }
        add_list((struct iso_strings *)(void *)place, value);
        break;
    case ISO_OPTION_NUMBER:
        errno = 0;
        if (*value >= '0' && *value <= '9')
            *(uint64_t *)(void *)place = strtoull(value, &end, 10);
        if (!end || *end || errno) {
            iso_cli_usage(cli, "--%s is \"%s\"; expected a whole number", option->name, value);
            return 1;
        }
        break;
    case ISO_OPTION_COUNT:
        errno = 0;
        if (*value >= '0' && *value <= '9')
            number = strtoull(value, &end, 10);
        if (!end || *end || errno || number < 1 || number > ISO_OPTION_COUNT_MAX) {
            iso_cli_usage(cli, "--%s is \"%s\"; expected a whole number from 1 to %d", option->name, value,
                          ISO_OPTION_COUNT_MAX);
            return 1;
        }
        *(uint64_t *)(void *)place = number;
        break;
    }
    return 0;
}

int iso_cli_options(void *options, struct iso_strings *operands, const struct iso_cli *cli, int argc, char **argv)
{
    const struct iso_verb *verb = cli->verb;
    for (int i = 0; i < argc; i++) {
        char *word = argv[i], *value = NULL;
        const struct iso_option *option = NULL;
        if (strcmp(word, "--") == 0) {
            while (++i < argc)
                iso_strings_add(operands, argv[i]);
            return 0;
        }
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            iso_cli_help(verb);
            return -1;
        }
        if (word[0] != '-' || !word[1]) {
            iso_strings_add(operands, word);
            continue;
        }
        size_t size = strcspn(word, "=");
        for (size_t k = 0; k < verb->noptions; k++)
            if (strncmp(word, "--", 2) == 0 && strlen(verb->options[k].name) == size - 2 &&
                strncmp(word + 2, verb->options[k].name, size - 2) == 0)
                option = &verb->options[k];
        if (!option) {
            iso_cli_usage(cli, "unknown option \"%s\"; `isotier %s --help` lists them", word, verb->name);
            return 1;
        }
        if (word[size])
            value = word + size + 1;
        else if (option->kind != ISO_OPTION_FLAG && i + 1 < argc)
            value = argv[++i];
        if (option->kind != ISO_OPTION_FLAG && !value) {
            iso_cli_usage(cli, "--%s has no value; expected %s", option->name, option->value_name);
            return 1;
        }
        if (set_option(options, option, cli, value) != 0)
            return 1;
    }
    return 0;
}
