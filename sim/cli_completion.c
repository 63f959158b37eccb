/* `isotier completion`: shell completion from the verbs' own tables, so that it never lags behind.
 * Not for: installing it. Not modelled: operands other than files. */
#include "sim/cli.h"

#include <stdio.h>
#include <string.h>

/* Words a value completes to; NULL: files. */
static const char *words_of(const struct iso_option *option)
{
    return option->words && option->words[0] != '@' ? option->words : NULL;
}

static void print_bash(void)
{
    printf("_isotier() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
           "verb=${COMP_WORDS[1]}\n  COMPREPLY=()\n"
           "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; iso_verb_at(i); i++)
        printf("%s ", iso_verb_at(i)->name);
    printf("--help --version\" -- \"$cur\"))\n    return\n  fi\n  case \"$verb $prev\" in\n");
    for (size_t i = 0; iso_verb_at(i); i++)
        for (size_t k = 0; k < iso_verb_at(i)->noptions; k++) {
            const struct iso_option *option = &iso_verb_at(i)->options[k];
            if (words_of(option))
                printf("    \"%s --%s\") COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return;;\n",
                       iso_verb_at(i)->name, option->name, words_of(option));
            else if (option->kind == ISO_OPTION_TEXT || option->kind == ISO_OPTION_LIST)
                printf("    \"%s --%s\") COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n", iso_verb_at(i)->name,
                       option->name);
        }
    printf("  esac\n  case \"$cur\" in\n    -*) case \"$verb\" in\n");
    for (size_t i = 0; iso_verb_at(i); i++) {
        printf("      %s) COMPREPLY=($(compgen -W \"--help", iso_verb_at(i)->name);
        for (size_t k = 0; k < iso_verb_at(i)->noptions; k++)
            printf(" --%s", iso_verb_at(i)->options[k].name);
        printf("\" -- \"$cur\"));;\n");
    }
    printf("      esac;;\n    *) COMPREPLY=($(compgen -f -- \"$cur\"));;\n  esac\n}\ncomplete -o filenames -F _isotier "
           "isotier\n");
}

/* Help texts go into single quotes. */
static void print_quoted(const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            printf("'\\''");
        else if (*text == ':' || *text == '[' || *text == ']')
            printf("\\%c", *text);
        else
            putchar(*text);
}

static void print_zsh(void)
{
    printf("#compdef isotier\n_isotier() {\n  if (( CURRENT == 2 )); then\n    local -a verbs=(");
    for (size_t i = 0; iso_verb_at(i); i++) {
        printf(" '%s:", iso_verb_at(i)->name);
        print_quoted(iso_verb_at(i)->summary);
        printf("'");
    }
    printf(" )\n    _describe verb verbs\n    return\n  fi\n  local verb=$words[2]\n  shift words; (( CURRENT-- ))\n  "
           "case $verb in\n");
    for (size_t i = 0; iso_verb_at(i); i++) {
        printf("    %s) _arguments", iso_verb_at(i)->name);
        for (size_t k = 0; k < iso_verb_at(i)->noptions; k++) {
            const struct iso_option *option = &iso_verb_at(i)->options[k];
            printf(" '--%s[", option->name);
            print_quoted(option->help);
            printf("]");
            if (option->kind != ISO_OPTION_FLAG && words_of(option))
                printf(":%s:(%s)", option->value_name, words_of(option));
            else if (option->kind != ISO_OPTION_FLAG)
                printf(":%s:%s", option->value_name,
                       option->kind == ISO_OPTION_NUMBER || option->kind == ISO_OPTION_COUNT ? "" : "_files");
            printf("'");
        }
        printf(" '*:file:_files';;\n");
    }
    printf("    *) _files;;\n  esac\n}\n_isotier \"$@\"\n");
}

static void print_fish(void)
{
    for (size_t i = 0; iso_verb_at(i); i++) {
        printf("complete -c isotier -n __fish_use_subcommand -a %s -d '", iso_verb_at(i)->name);
        print_quoted(iso_verb_at(i)->summary);
        printf("'\n");
        for (size_t k = 0; k < iso_verb_at(i)->noptions; k++) {
            const struct iso_option *option = &iso_verb_at(i)->options[k];
            printf("complete -c isotier -n '__fish_seen_subcommand_from %s' -l %s%s -d '", iso_verb_at(i)->name,
                   option->name, option->kind == ISO_OPTION_FLAG ? "" : " -r");
            print_quoted(option->help);
            printf("'");
            if (words_of(option))
                printf(" -a '%s'", words_of(option));
            printf("\n");
        }
    }
}

static int run_completion(const struct iso_cli *cli, int argc, char **argv)
{
    struct iso_strings operands = {0};
    char none;
    int status = iso_cli_options(&none, &operands, cli, argc, argv);
    if (status == 0) {
        const char *shell = operands.count == 1 ? operands.list[0] : "";
        if (strcmp(shell, "bash") == 0)
            print_bash();
        else if (strcmp(shell, "zsh") == 0)
            print_zsh();
        else if (strcmp(shell, "fish") == 0)
            print_fish();
        else
            status = iso_cli_usage(cli, "expected one shell: bash, zsh or fish");
    }
    iso_strings_free(&operands);
    return status > 0 ? ISO_EXIT_USAGE : ISO_EXIT_CLEAN;
}

const struct iso_verb iso_verb_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .summary = "print shell completion",
    .examples = "isotier completion bash > /etc/bash_completion.d/isotier\nisotier completion zsh > ~/.zfunc/_isotier",
    .run = run_completion,
};
