/* The one extension that every transaction carries, beside tlm_generic_payload's command, address and length.
 * Request fields are set by the sender before the call and nobody changes them after; result fields are written by the module
 * named and read by the sender. Data do not travel in the payload: they are bound at one instant in the image (image.h).
 * Not for: what a hop decides: that is iso_decide() in models/. */
#ifndef ISOTIER_SIM_PLATFORM_PAYLOAD_H
#define ISOTIER_SIM_PLATFORM_PAYLOAD_H

#include "sim/platform/image.h"

#include <tlm>

extern "C" {
#include "models/decide.h"
}

namespace iso
{

/* Steps of a transaction. DECIDE walks the path without taking time; REQUEST takes the time and the permission. */
enum class step : uint8_t { DECIDE, REQUEST };

/* What is asked of the coherent system in a REQUEST. */
enum class want : uint8_t {
    READ,   /* a copy to read */
    UNIQUE, /* the only copy, to write */
    UNCACHED_READ,
    UNCACHED_WRITE,
    FAR, /* read-modify-write at the home node or beyond: no cache keeps the line */
};

struct request_extension : tlm::tlm_extension<request_extension> {
    /* ---- request: written by the sender, constant afterwards --------------------------------------------------- */
    step what = step::REQUEST;          /* sender; REQUEST */
    want need = want::READ;             /* sender; READ */
    uint8_t cpu = 0;                    /* sender; 0; requester's index */
    uint8_t tier = 0;                   /* sender; 0; index in the machine */
    uint8_t domain = SHARED_DOMAIN;     /* sender; shared; shareability domain */
    bool synthetic = false;             /* sender; false; measurement: no line state, no caches, straight to the tier */
    bool atomic = false;                /* sender; false; reads and writes: at one place one after the other */
    uint64_t now_ps = 0;                /* sender; 0; simulated time of the call, ps */
    const iso_access *access = nullptr; /* sender; null; DECIDE only */
    const iso_attribute *attribute = nullptr; /* sender; null; DECIDE only */

    /* ---- result -------------------------------------------------------------------------------------------------- */
    iso_effect effect = {};              /* every hop (merged); PASS; what becomes of the access */
    bool seed_dependent = false;         /* every hop; false; some hop chose one of several effects by the run's seed */
    bool hit_l1 = false, hit_l2 = false; /* cache; false */
    bool snooped = false;                /* home; false; another cache had to answer */
    uint8_t flits = 0;                   /* links; 0; flits of request and answer together */
    bool queued = false;                 /* hops; false; waited for bandwidth */

    tlm::tlm_extension_base *clone() const override
    {
        return new request_extension(*this);
    }
    void copy_from(const tlm::tlm_extension_base &other) override
    {
        *this = static_cast<const request_extension &>(other);
    }
};

/* A transaction that its owner keeps and uses again: no allocation in a run. */
struct transaction {
    tlm::tlm_generic_payload payload;
    request_extension extension;
    transaction()
    {
        payload.set_extension(&extension);
        payload.set_streaming_width(LINE_BYTES);
        payload.set_data_ptr(nullptr);
        payload.set_byte_enable_ptr(nullptr);
    }
    ~transaction()
    {
        payload.clear_extension(&extension);
    }
    transaction(const transaction &) = delete;
    transaction &operator=(const transaction &) = delete;
    /* Fields every sender sets; results are cleared. */
    void begin(step what, want need, uint64_t address, unsigned bytes)
    {
        payload.set_address(address);
        payload.set_data_length(bytes);
        payload.set_command(need == want::READ || need == want::UNCACHED_READ ? tlm::TLM_READ_COMMAND
                                                                              : tlm::TLM_WRITE_COMMAND);
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        extension.what = what;
        extension.need = need;
        extension.hit_l1 = extension.hit_l2 = extension.snooped = extension.queued = false;
        extension.seed_dependent = false;
        extension.flits = 0;
    }
};

inline request_extension &extension_of(tlm::tlm_generic_payload &payload)
{
    return *payload.get_extension<request_extension>();
}

} // namespace iso

#endif
