/* Runs generated sequences natively (under qemu-aarch64 -cpu max) and writes one struct qd_record each to standard output.
 * Every sequence is entered and left through a signal: the handler saves the full state, loads the next sequence's and returns into it.
 * A sequence ends at a BRK or at a fault. Not for: judging results (compare.py).
 * The assembled batch defines qd_seeds[] and qd_count and places its code at QD_CODE_VA. */
#define _GNU_SOURCE
#include "state.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

extern const uint64_t qd_seeds[];
extern const uint64_t qd_count;

static uint64_t *const data = (uint64_t *)QD_DATA_VA;
static uint64_t current;
static int started;
static struct qd_record records[256];
static unsigned used;

static unsigned load_tag(uint64_t address)
{
    uint64_t value = address;
    __asm__ volatile("ldg %0,[%1]" : "+r"(value) : "r"(address) : "memory");
    return value >> 56 & 15;
}

static void store_tag(uint64_t address, uint64_t tag)
{
    __asm__ volatile("stg %0,[%1]" : : "r"(address | tag << 56), "r"(address) : "memory");
}

static void flush(void)
{
    const char *p = (const char *)records;
    size_t left = used * sizeof records[0];
    while (left) {
        ssize_t done = write(1, p, left);
        if (done <= 0)
            _exit(3);
        p += done;
        left -= (size_t)done;
    }
    used = 0;
}

static uint64_t cause_of(int signal, const siginfo_t *info)
{
    if (signal == SIGTRAP)
        return QD_END;
    if (signal == SIGSEGV && info->si_code == 9) /* SEGV_MTESERR */
        return QD_TAG_CHECK;
    if (signal == SIGSEGV && info->si_code == SEGV_MAPERR)
        return QD_UNMAPPED;
    if (signal == SIGBUS && info->si_code == BUS_ADRALN)
        return QD_ALIGNMENT;
    return QD_OTHER + ((uint64_t)signal << 8) + ((uint64_t)(uint32_t)info->si_code << 16);
}

static void save(const ucontext_t *context, int signal, const siginfo_t *info)
{
    struct qd_record *record = &records[used++];
    const mcontext_t *m = &context->uc_mcontext;
    for (int i = 0; i < 31; i++)
        record->x[i] = m->regs[i];
    record->sp = m->sp;
    record->nzcv = m->pstate >> 28 & 15;
    record->tco = m->pstate >> 25 & 1;
    record->pc = m->pc - (QD_CODE_VA + current * QD_SLOT_BYTES);
    /* A jump out of the sequence: whatever is or is not there. */
    record->cause = record->pc < QD_SLOT_BYTES ? cause_of(signal, info) : QD_UNMAPPED;
    record->data_digest = record->tag_digest = 0;
    for (unsigned i = 0; i < QD_DATA_BYTES / 8; i++)
        record->data_digest = qd_digest(record->data_digest, data[i]);
    for (unsigned g = 0; g < QD_GRANULES; g++)
        record->tag_digest = qd_digest(record->tag_digest, load_tag(QD_DATA_VA + 16 * g));
    if (used == sizeof records / sizeof records[0])
        flush();
}

static void load(ucontext_t *context, uint64_t seed)
{
    mcontext_t *m = &context->uc_mcontext;
    for (unsigned i = 0; i < QD_DATA_BYTES / 8; i++)
        data[i] = qd_data(seed, i);
    for (unsigned g = 0; g < QD_GRANULES; g++)
        store_tag(QD_DATA_VA + 16 * g, qd_tag(seed, g));
    for (unsigned i = 0; i < 31; i++)
        m->regs[i] = qd_register(seed, i);
    m->sp = qd_register(seed, 31);
    m->pc = QD_CODE_VA + current * QD_SLOT_BYTES;
    m->pstate = (qd_mix(seed + 0x4000) & 15) << 28;
}

static void handler(int signal, siginfo_t *info, void *opaque)
{
    ucontext_t *context = opaque;
    __asm__ volatile("msr tco,#1" ::: "memory"); /* the handler's own pointers carry no tag */
    if (started) {
        save(context, signal, info);
        current++;
    }
    started = 1;
    if (current == qd_count) {
        flush();
        _exit(0);
    }
    load(context, qd_seeds[current]);
    /* QEMU 7.2 does not look at PSTATE.TCO again when it restores it from the frame: leave with the value the sequence starts from. */
    __asm__ volatile("msr tco,#0" ::: "memory");
}

int main(void)
{
    static char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    static const int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL};

    /* PR_SET_TAGGED_ADDR_CTRL: enable, synchronous, IRG and ADDG may give any tag. */
    if (prctl(55, 1ul | 1ul << 1 | 0xfffful << 3, 0, 0, 0))
        return 4;
    /* 0x20: PROT_MTE */
    if (mmap(data, QD_DATA_BYTES, PROT_READ | PROT_WRITE | 0x20, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
        (void *)data)
        return 5;
    sigaltstack(&alternate, NULL);
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
    __asm__ volatile("brk #0");
    return 6;
}
