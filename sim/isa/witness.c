/* Memory of a witness. Not for: making one (sim/explore/witness.c). */
#include "sim/isa/witness.h"

#include <stdlib.h>

void iso_witness_free(struct iso_witness *witness)
{
    if (!witness)
        return;
    free(witness->event);
    free(witness->edge);
    free(witness->text);
    free(witness);
}
