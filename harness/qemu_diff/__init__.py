"""Does the instruction table compute what another implementation of the architecture computes?

Seeded random A64 sequences run natively under `qemu-aarch64 -cpu max` and through sim/isa's interpreter; every register, the flags, the
place and kind of a fault, all data and all tags must agree. Not compared, because QEMU 7.2 lacks them or user mode cannot run them: FEAT_CSSC,
LSE128, LRCPC3, LDGM/STGM/STZGM, system registers, exceptions, TLBI and AT.
"""
