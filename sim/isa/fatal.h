/* The one place where the process ends from inside a library: memory is exhausted, or what the code rules out has happened.
 * Not for: what a user did wrong; that is a diagnostic (diag.h). */
#ifndef ISOTIER_SIM_ISA_FATAL_H
#define ISOTIER_SIM_ISA_FATAL_H

#ifdef __cplusplus
#define ISO_NORETURN [[noreturn]]
#else
#define ISO_NORETURN _Noreturn
#endif

/* Says "file:line: out of memory" on standard error and aborts. */
ISO_NORETURN void iso_out_of_memory(const char *file, int line);
/* Says "file:line: internal error: impossible state" and aborts. Never reached by bad input. */
ISO_NORETURN void iso_impossible(const char *file, int line);
#define ISO_IMPOSSIBLE() iso_impossible(__FILE__, __LINE__)

#endif
