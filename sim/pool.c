/* Worker processes over pipes, as declared in pool.h. Not for: work that needs answers from other items.
 * A worker says which item it begins and then sends the result; items are given out one at a time, in order. */
#define _DEFAULT_SOURCE
#include "sim/pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NO_ITEM = -1, JOBS_MAX = 256 };

struct worker {
    pid_t pid;
    int to, from; /* pipes; -1: no process */
    long item;    /* NO_ITEM: idle */
    struct timespec since;
    struct iso_buffer received;
};

struct result {
    bool ready;
    enum iso_pool_end end;
    int detail;
    struct iso_buffer text;
};

struct state {
    const struct iso_pool *pool;
    struct worker worker[JOBS_MAX];
    unsigned nworkers;
    struct result *result;
    size_t count, next, finished, reported;
};

static bool transfer(int fd, void *data, size_t size, bool out)
{
    char *p = data;
    while (size) {
        ssize_t n = out ? write(fd, p, size) : read(fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

static _Noreturn void work_forever(const struct iso_pool *pool, int in, int out)
{
    struct iso_buffer text = {0};
    uint64_t item, size;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    while (transfer(in, &item, sizeof item, false)) {
        iso_buffer_clear(&text);
        pool->work(&text, (size_t)item, pool->context);
        size = text.size;
        if (!transfer(out, &size, sizeof size, true) || !transfer(out, text.data, text.size, true))
            break;
    }
    iso_buffer_free(&text);
    fflush(NULL);
    _exit(0);
}

static bool start_worker(struct state *s, struct worker *worker)
{
    int to[2], from[2];
    if (pipe(to) != 0)
        return false;
    if (pipe(from) != 0) {
        close(to[0]), close(to[1]);
        return false;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        for (unsigned i = 0; i < s->nworkers; i++)
            if (s->worker[i].to >= 0)
                close(s->worker[i].to), close(s->worker[i].from);
        close(to[1]), close(from[0]);
        work_forever(s->pool, to[0], from[1]);
    }
    close(to[0]), close(from[1]);
    if (pid < 0) {
        close(to[1]), close(from[0]);
        return false;
    }
    worker->pid = pid;
    worker->to = to[1];
    worker->from = from[0];
    worker->item = NO_ITEM;
    iso_buffer_clear(&worker->received);
    return true;
}

static void stop_worker(struct worker *worker, int *status)
{
    close(worker->to), close(worker->from);
    worker->to = worker->from = -1;
    while (waitpid(worker->pid, status, 0) < 0 && errno == EINTR)
        ;
}

static void give_item(struct state *s, struct worker *worker)
{
    uint64_t item = s->next;
    if (s->next >= s->count)
        return;
    worker->item = (long)s->next++;
    clock_gettime(CLOCK_MONOTONIC, &worker->since);
    transfer(worker->to, &item, sizeof item, true);
}

static void finish(struct state *s, struct worker *worker, enum iso_pool_end end, int detail)
{
    struct result *result = &s->result[worker->item];
    *result = (struct result){.ready = true, .end = end, .detail = detail};
    if (end == ISO_POOL_FINISHED) {
        iso_buffer_add_bytes(&result->text, worker->received.data + sizeof(uint64_t),
                             worker->received.size - sizeof(uint64_t));
        iso_buffer_clear(&worker->received);
    }
    worker->item = NO_ITEM;
    s->finished++;
    for (; s->reported < s->count && s->result[s->reported].ready; s->reported++) {
        struct result *r = &s->result[s->reported];
        s->pool->done(s->reported, r->end, r->detail, iso_buffer_string(&r->text), r->text.size, s->pool->context);
        iso_buffer_free(&r->text);
    }
}

/* The process is gone, or has to go: its item is lost, a new process takes over. */
static void replace(struct state *s, struct worker *worker, bool timed_out)
{
    int status = 0;
    if (timed_out)
        kill(worker->pid, SIGKILL);
    stop_worker(worker, &status);
    if (worker->item != NO_ITEM)
        finish(s, worker, timed_out ? ISO_POOL_TIMED_OUT : ISO_POOL_CRASHED,
               WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    if (s->next < s->count && start_worker(s, worker))
        give_item(s, worker);
}

static void receive(struct state *s, struct worker *worker)
{
    char buffer[65536];
    uint64_t size;
    ssize_t n = read(worker->from, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        replace(s, worker, false);
        return;
    }
    iso_buffer_add_bytes(&worker->received, buffer, (size_t)n);
    if (worker->received.size < sizeof size)
        return;
    memcpy(&size, worker->received.data, sizeof size);
    if (worker->received.size == size + sizeof size) {
        finish(s, worker, ISO_POOL_FINISHED, 0);
        give_item(s, worker);
    }
}

static double seconds_since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static void wait_for_workers(struct state *s)
{
    struct pollfd fds[JOBS_MAX];
    unsigned owner[JOBS_MAX];
    nfds_t n = 0;
    for (unsigned i = 0; i < s->nworkers; i++)
        if (s->worker[i].from >= 0 && s->worker[i].item != NO_ITEM) {
            owner[n] = i;
            fds[n++] = (struct pollfd){.fd = s->worker[i].from, .events = POLLIN};
        }
    poll(fds, n, 200);
    for (nfds_t i = 0; i < n; i++) {
        struct worker *worker = &s->worker[owner[i]];
        if (fds[i].revents)
            receive(s, worker);
        else if (s->pool->timeout_s && seconds_since(&worker->since) > (double)s->pool->timeout_s)
            replace(s, worker, true);
    }
    if (s->pool->tick)
        s->pool->tick(s->finished, s->count, s->pool->context);
}

int iso_pool_run(const struct iso_pool *pool, size_t count)
{
    struct state *s = iso_allocate(sizeof *s);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    unsigned wanted = pool->jobs < 1 ? 1 : pool->jobs > JOBS_MAX ? JOBS_MAX : pool->jobs;
    bool alive = true;
    int status;

    *s = (struct state){.pool = pool, .count = count, .result = iso_allocate((count + 1) * sizeof(struct result))};
    if (wanted > count)
        wanted = (unsigned)count;
    sigaction(SIGPIPE, &ignore, &before);
    for (unsigned i = 0; i < wanted && alive; i++) {
        alive = start_worker(s, &s->worker[i]);
        s->nworkers += alive;
    }
    alive = s->nworkers > 0 || count == 0;
    for (unsigned i = 0; i < s->nworkers; i++)
        give_item(s, &s->worker[i]);
    while (s->finished < count && alive) {
        wait_for_workers(s);
        alive = false;
        for (unsigned i = 0; i < s->nworkers; i++)
            alive |= s->worker[i].from >= 0;
    }
    int result = s->finished < count ? -1 : 0;
    for (unsigned i = 0; i < s->nworkers; i++) {
        if (s->worker[i].from >= 0)
            stop_worker(&s->worker[i], &status);
        iso_buffer_free(&s->worker[i].received);
    }
    sigaction(SIGPIPE, &before, NULL);
    for (size_t i = 0; i < count; i++)
        iso_buffer_free(&s->result[i].text);
    free(s->result);
    free(s);
    return result;
}
