/* isotier-interp-check: runs sequences of A64 text through sim/isa and writes one struct qd_record each to standard output; with --words
 * it writes each sequence's machine words instead, a slot a sequence.
 * Input: "seq <seed>" starts a sequence, then one instruction a line; targets are ".L<index>". Not for: judging results (compare.py). */
#include "harness/qemu_diff/state.h"
#include "sim/isa/a64_asm.h"
#include "sim/isa/a64_encode.h"
#include "sim/isa/interp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INSNS (QD_SLOT_BYTES / 4)

static struct iso_insn insns[MAX_INSNS];
static uint8_t memory[QD_DATA_BYTES], tags[QD_GRANULES];

static void run(uint64_t seed, uint64_t index, uint32_t count)
{
    struct iso_interp interp = {.insn = insns,
                                .ninsns = count,
                                .code_va = QD_CODE_VA + index * QD_SLOT_BYTES,
                                .memory = memory,
                                .memory_va = QD_DATA_VA,
                                .memory_bytes = QD_DATA_BYTES,
                                .tag = tags,
                                .tag_check = true,
                                .zva_bytes = QD_ZVA_BYTES,
                                .without_lse2 = true};
    struct qd_record record = {0};

    for (unsigned i = 0; i < QD_DATA_BYTES / 8; i++) {
        uint64_t word = qd_data(seed, i);
        for (unsigned byte = 0; byte < 8; byte++)
            memory[8 * i + byte] = (uint8_t)(word >> 8 * byte);
    }
    for (unsigned g = 0; g < QD_GRANULES; g++)
        tags[g] = (uint8_t)qd_tag(seed, g);
    for (unsigned i = 0; i < 32; i++)
        interp.regs.x[i] = qd_register(seed, i);
    interp.regs.x[ISO_REG_NZCV] = qd_mix(seed + 0x4000) & 15;
    interp.pc = interp.code_va;

    enum iso_interp_status status = iso_interp_run(&interp, 1000);
    if (status == ISO_INTERP_END &&
        interp.pc != interp.code_va + 4 * count) /* a jump out of the sequence: nothing is there */
        record.cause = QD_UNMAPPED;
    if (status == ISO_INTERP_FAULT)
        record.cause = interp.fault == ISO_FAULT_MMU_TRANSLATION ? QD_UNMAPPED
                       : interp.fault == ISO_FAULT_TAG_CHECK     ? QD_TAG_CHECK
                       : interp.fault == ISO_FAULT_ALIGNMENT     ? QD_ALIGNMENT
                                                                 : QD_OTHER;
    memcpy(record.x, interp.regs.x, sizeof record.x);
    record.sp = interp.regs.x[ISO_REG_SP];
    record.nzcv = interp.regs.x[ISO_REG_NZCV];
    record.tco = interp.regs.x[ISO_REG_TCO];
    record.pc = interp.pc - interp.code_va;
    for (unsigned i = 0; i < QD_DATA_BYTES / 8; i++) {
        uint64_t word = 0;
        for (unsigned byte = 0; byte < 8; byte++)
            word |= (uint64_t)memory[8 * i + byte] << 8 * byte;
        record.data_digest = qd_digest(record.data_digest, word);
    }
    for (unsigned g = 0; g < QD_GRANULES; g++)
        record.tag_digest = qd_digest(record.tag_digest, tags[g]);
    if (fwrite(&record, sizeof record, 1, stdout) != 1)
        exit(1);
}

/* The words of a sequence, filled up with BRK. Each must decode to an instruction that encodes to it again. */
static void words(uint32_t count)
{
    uint32_t slot[MAX_INSNS];
    for (uint32_t i = 0; i < MAX_INSNS; i++) {
        struct iso_insn back;
        uint32_t again;
        slot[i] = 0xd4200000;
        if (i >= count)
            continue;
        char text[128] = "";
        iso_insn_text(text, sizeof text, &insns[i]);
        if (!iso_insn_encode(&slot[i], &insns[i], i)) {
            fprintf(stderr, "does not encode: %s\n", text);
            exit(1);
        }
        if (!iso_insn_decode(&back, slot[i], i) || !iso_insn_encode(&again, &back, i) || again != slot[i]) {
            fprintf(stderr, "0x%08" PRIx32 " does not decode to itself: %s\n", slot[i], text);
            exit(1);
        }
    }
    if (fwrite(slot, sizeof slot, 1, stdout) != 1)
        exit(1);
}

int main(int argc, char **argv)
{
    bool as_words = argc == 3 && !strcmp(argv[1], "--words");
    const char *path = argv[argc - 1];
    char line[256];
    uint64_t seed = 0, index = 0;
    uint32_t count = 0, number = 0;
    bool open = false;
    struct iso_diags diags = {0};

    if (argc != 2 && !as_words) {
        fprintf(stderr, "usage: %s [--words] SEQUENCES\n", argv[0]);
        return 2;
    }
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 2;
    }
    while (fgets(line, sizeof line, file)) {
        number++;
        line[strcspn(line, "\n")] = 0;
        if (!strncmp(line, "seq ", 4)) {
            if (open && as_words)
                words(count);
            else if (open)
                run(seed, index, count);
            index += open;
            seed = strtoull(line + 4, NULL, 0);
            count = 0;
            open = true;
            continue;
        }
        struct iso_a64_context context = {.index = count, .code_va = QD_CODE_VA + index * QD_SLOT_BYTES};
        if (!open || count == MAX_INSNS ||
            iso_a64_assemble(&insns[count], &diags, path, number, 1, line, strlen(line), &context)) {
            for (size_t i = 0; i < diags.count; i++)
                fprintf(stderr, "%s:%u:%u: %s: %s\n", diags.list[i].file, (unsigned)diags.list[i].line,
                        (unsigned)diags.list[i].column, diags.list[i].message, line);
            iso_diags_free(&diags);
            fclose(file);
            return 2;
        }
        count++;
    }
    if (open && as_words)
        words(count);
    else if (open)
        run(seed, index, count);
    fclose(file);
    iso_diags_free(&diags);
    return fflush(stdout) ? 1 : 0;
}
