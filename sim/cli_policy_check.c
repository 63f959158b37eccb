/* `isotier policy check`: the verdict of one policy in full, or of several a line each. Not for: judging (policy_check.h). */
#include "sim/cli_policy.h"
#include "sim/policy_guest.h"

#include <stdio.h>
#include <string.h>

static int print_checks(const struct iso_policy_job *job)
{
    struct iso_buffer out = {0};
    int status = 0;
    iso_buffer_add(&out, job->json ? "[" : "");
    if (!job->json && job->nfiles > 1)
        iso_buffer_format(&out, "machine %s: %zu mappings%s\n%-34s %-12s %5s  %-12s %5s  %s\n",
                          job->machine->machine.name, job->survey.nmappings, job->survey.no_tags ? ", no tags" : "",
                          "policy", "no error", "leaks", "with errors", "leaks", "worst");
    for (size_t i = 0; i < job->nfiles; i++) {
        if (job->json)
            iso_buffer_add(&out, i ? ",\n " : "\n ");
        if (job->json)
            iso_policy_check_json(&out, &job->check[i], &job->survey);
        else if (job->nfiles > 1)
            iso_policy_check_line(&out, &job->check[i], &job->survey);
        else
            iso_policy_check_text(&out, &job->check[i], &job->survey, job->options->all);
        status |= iso_policy_verdict_status(&job->check[i]);
    }
    iso_buffer_add(&out, job->json ? "\n]\n" : "");
    fwrite(out.data, 1, out.size, stdout);
    iso_buffer_free(&out);
    return status;
}

/* Scenarios run too, so that a way out of the VM names one that shows it. */
static int print_guests(const struct iso_policy_job *job)
{
    struct iso_buffer out = {0};
    int status = 0;
    iso_buffer_add(&out, job->json ? "[" : "");
    if (!job->json && job->nfiles > 1)
        iso_buffer_format(&out, "machine %s, hostile guest\n%-34s %-12s %5s %10s  %s\n", job->machine->machine.name,
                          "policy", "verdict", "ways", "undecided", "worst");
    for (size_t i = 0; i < job->nfiles; i++) {
        struct iso_guest_report report;
        iso_guest_check(&report, &job->check[i], &job->survey);
        if (job->json)
            iso_buffer_add(&out, i ? ",\n " : "\n ");
        if (job->json)
            iso_guest_json(&out, &report, &job->survey);
        else if (job->nfiles > 1)
            iso_guest_line(&out, &report);
        else
            iso_guest_text(&out, &report, &job->survey);
        status |= iso_guest_status(&report);
        iso_guest_report_free(&report);
    }
    iso_buffer_add(&out, job->json ? "\n]\n" : "");
    fwrite(out.data, 1, out.size, stdout);
    iso_buffer_free(&out);
    return status;
}

int iso_policy_do_check(const struct iso_cli *cli, const struct iso_policy_options *options,
                        const struct iso_strings *operands)
{
    struct iso_policy_job job = {.cli = cli, .options = options};
    struct iso_arena *arena = iso_arena_new();
    struct iso_strings policies = {0};
    struct iso_diags diags = {0};
    int status;
    if (!operands->count)
        status = iso_cli_usage(cli, "check: expected policies, or all");
    else if (strcmp(options->guest, "ordinary") != 0 && strcmp(options->guest, "hostile") != 0)
        status = iso_cli_usage(cli, "--guest is \"%s\"; expected ordinary or hostile", options->guest);
    else {
        for (size_t i = 0; i < operands->count; i++)
            if (strcmp(operands->list[i], "all") == 0)
                iso_policies_bundled(&policies, &diags, arena, cli->data_folder);
            else
                iso_strings_add(&policies, operands->list[i]);
        status = iso_cli_report(&diags);
        if (status == 0)
            status = iso_policy_job_open(&job, &policies);
        if (status == 0)
            status = iso_policy_job_run(&job);
        if (status == 0)
            status = strcmp(options->guest, "hostile") == 0 ? print_guests(&job) : print_checks(&job);
        iso_policy_job_close(&job);
    }
    iso_strings_free(&policies);
    iso_arena_free(arena);
    return status;
}
