/* The instruction table, its name index, and what lies outside it by name. Not for: operands (a64_asm_*.c). */
#include "sim/isa/a64_table.h"

#include <string.h>

/* clang-format off */
const struct a64_row a64_rows[A64_ROW_COUNT] = {
#define A64(id, mnemonic, cls, shape, op, size, order, flags, example) \
    {mnemonic, example, ISO_INSN_##cls, A64_SHAPE_##shape, A64_OP_##op, size, order, flags},
#include "sim/isa/a64.def"
#undef A64
};

/* Rows sorted by mnemonic, for binary search; a test holds it complete and sorted. */
static const uint16_t order[] = {
#define A64_NAME(id) A64_ROW_##id,
#include "sim/isa/a64_order.def"
#undef A64_NAME
};
/* clang-format on */
#define ORDER_COUNT (sizeof order / sizeof order[0])

static const char condition_names[16][3] = {"EQ", "NE", "CS", "CC", "MI", "PL", "VS", "VC",
                                            "HI", "LS", "GE", "LT", "GT", "LE", "AL", "NV"};
static const char b_names[16][5] = {"B.EQ", "B.NE", "B.CS", "B.CC", "B.MI", "B.PL", "B.VS", "B.VC",
                                    "B.HI", "B.LS", "B.GE", "B.LT", "B.GT", "B.LE", "B.AL", "B.NV"};
static const char bc_names[16][6] = {"BC.EQ", "BC.NE", "BC.CS", "BC.CC", "BC.MI", "BC.PL", "BC.VS", "BC.VC",
                                     "BC.HI", "BC.LS", "BC.GE", "BC.LT", "BC.GT", "BC.LE", "BC.AL", "BC.NV"};

const char *const a64_extend_names[A64_EXTEND_COUNT] = {"LSL",  "LSR",  "ASR",  "ROR",  "UXTB", "UXTH",
                                                        "UXTW", "UXTX", "SXTB", "SXTH", "SXTW", "SXTX"};

int a64_row_find(const char *name, size_t size)
{
    size_t low = 0, high = ORDER_COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *candidate = a64_rows[order[middle]].mnemonic;
        int difference = strncmp(name, candidate, size);
        if (difference == 0 && candidate[size] == 0)
            return order[middle];
        if (difference > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

int a64_condition_find(const char *name, size_t size)
{
    if (size != 2)
        return -1;
    for (int i = 0; i < 16; i++)
        if (!memcmp(name, condition_names[i], 2))
            return i;
    if (!memcmp(name, "HS", 2))
        return 2;
    if (!memcmp(name, "LO", 2))
        return 3;
    return -1;
}

const char *a64_condition_name(unsigned cond)
{
    return condition_names[cond & 15];
}

int a64_condition_row(uint8_t *cond, const char **mnemonic, const char *name, size_t size)
{
    size_t prefix = size >= 5 && !memcmp(name, "BC.", 3) ? 3 : size >= 4 && !memcmp(name, "B.", 2) ? 2 : 1;
    if (size < 3 || name[0] != 'B')
        return -1;
    int number = a64_condition_find(name + prefix, size - prefix);
    if (number < 0)
        return -1;
    *cond = (uint8_t)number;
    *mnemonic = prefix == 3 ? bc_names[number] : b_names[number];
    return prefix == 3 ? A64_ROW_BCCOND : A64_ROW_BCOND;
}

const char *a64_condition_mnemonic(int row, unsigned cond)
{
    return row == A64_ROW_BCCOND ? bc_names[cond & 15] : b_names[cond & 15];
}

void a64_prepare(struct iso_insn *out, int row_id)
{
    const struct a64_row *row = &a64_rows[row_id];
    memset(out, 0, sizeof *out);
    out->mnemonic = row->mnemonic;
    out->opcode = (uint16_t)row_id;
    out->cls = row->cls;
    /* In COMPUTE and HINT rows the size is the operation's, not an access's. */
    out->size = row->cls == ISO_INSN_COMPUTE || row->cls == ISO_INSN_HINT ? 0 : row->size;
    out->width = 8;
    out->count = row->flags & A64_FLAG_PAIR ? 2 : 1;
    out->order = row->order;
    out->sign = (row->flags & A64_FLAG_SIGN) != 0;
    out->unprivileged = (row->flags & A64_FLAG_UNPRIVILEGED) != 0;
    out->nontemporal = (row->flags & A64_FLAG_NONTEMPORAL) != 0;
    out->rd = out->rd2 = out->rn = out->rm = out->ra = out->rt = out->rt2 = out->rs = out->rs2 = ISO_REG_NONE;
    out->sysreg = ISO_REG_NONE;
    out->target = -1;
}

void a64_drop_result_order(struct iso_insn *insn, uint8_t result)
{
    if (result == ISO_REG_ZR)
        insn->order = (uint8_t)((insn->order & ~ISO_ORDER_ACQUIRE) | ISO_ORDER_NO_RETURN);
}

size_t iso_a64_count(void)
{
    return A64_ROW_COUNT;
}

struct iso_a64_listing iso_a64_list(size_t row)
{
    const struct a64_row *r = &a64_rows[row < A64_ROW_COUNT ? row : 0];
    return (struct iso_a64_listing){r->mnemonic, (enum iso_insn_class)r->cls, r->example};
}

/* Mnemonics of extensions that are not modelled, by extension; a '*' at the end stands for any rest. Looked up on failure only. */
static const struct {
    const char *extension, *names;
} extensions[] = {
    {"PAC", " PACIA* PACIB* PACIZ* PACDA* PACDB* PACDZ* PACGA AUTIA* AUTIB* AUTIZ* AUTDA* AUTDB* AUTDZ* XPAC* RETAA* "
            "RETAB* BRAA* BRAB* BLRAA* "
            "BLRAB* ERETAA "
            "ERETAB LDRAA LDRAB "},
    {"GCS", " GCSPUSHM GCSPUSHX GCSPOPM GCSPOPX GCSPOPCX GCSSS1 GCSSS2 GCSSTR GCSSTTR GCSB "},
    {"LS64", " LD64B ST64B ST64BV ST64BV0 "},
    {"RCW", " RCWCAS* RCWSCAS* RCWCLR* RCWSCLR* RCWSET* RCWSSET* RCWSWP* RCWSSWP* "},
    {"MOPS", " CPYF* CPYM* CPYP* CPYE* SETP* SETM* SETE* SETG* "},
    {"TME", " TSTART TCOMMIT TCANCEL TTEST "},
    {"128-bit system register", " MRRS MSRR SYSP TLBIP "},
    {"Morello",
     " ALIGND ALIGNU BUILD CHKEQ CHKSLD CHKTGD CLRTAG CPYTYPE CPYVALUE CSEAL CTHI GCFLGS GCPERM GCSEAL GCTAG GCTYPE "
     "GCVALUE LDCT SCFLGS SCTAG SCVALUE SEAL STCT UNSEAL BX BRS* BLRS* RETS* SCBNDS* GCBASE GCLEN GCLIM GCOFF "},
    {"SME", " ADDHA ADDVA FMOPA FMOPS BFMOPA BFMOPS SMOPA UMOPA SUMOPA USMOPA MOVA MOVAZ SMSTART SMSTOP RDSVL ADDSVL "
            "ADDSPL ZERO "},
    {"SVE",
     " WHILE* PTRUE* PFALSE PTEST PFIRST PNEXT LD1B LD1H LD1W LD1D LD1Q LD1S* LD1RB LD1RH LD1RW LD1RD LD1RS* LD1RQ* "
     "LD1RO* "
     "LD2B LD2H LD2W LD2D LD2Q LD3B LD3H LD3W LD3D LD3Q LD4B LD4H LD4W LD4D LD4Q LDFF1* LDNF1* LDNT1* ST1B ST1H ST1W "
     "ST1D "
     "ST1Q ST2B ST2H ST2W ST2D ST2Q ST3B ST3H ST3W ST3D ST3Q ST4B ST4H ST4W ST4D ST4Q STNT1* INDEX RDVL ADDVL ADDPL "
     "CNTB "
     "CNTH CNTW CNTD CNTP INCB INCH INCW INCD INCP DECB DECH DECW DECD DECP UADDV SADDV MOVPRFX CTERMEQ CTERMNE "
     "COMPACT "
     "SPLICE LASTA LASTB CLASTA CLASTB RDFFR* WRFFR SETFFR BRKA* BRKB* BRKN* BRKP* PRFB PRFH PRFW PRFD HISTCNT HISTSEG "
     "MATCH NMATCH "},
    {"floating-point or Advanced SIMD",
     " LD1 LD2 LD3 LD4 LD1R LD2R LD3R LD4R LDAP1 ST1 ST2 ST3 ST4 STL1 MOVI MVNI DUP INS UMOV SMOV ADDV ADDP FMOV FADD "
     "FSUB FMUL "
     "FDIV FMADD FMSUB FNMADD FNMSUB FNMUL FNEG FABS FSQRT FCMP FCMPE FCCMP FCCMPE FCSEL FCVT* FMAX* FMIN* FRINT* "
     "FJCVTZS SCVTF "
     "UCVTF FMLA FMLS FRECP* FRSQRT* ZIP1 ZIP2 UZP1 UZP2 TRN1 TRN2 TBL TBX EXT AESE AESD AESMC AESIMC SHA1* SHA256* "
     "SHA512* "
     "PMULL* SSHL* USHL* SSHR USHR SHL SHRN* SQADD UQADD SQSUB UQSUB BIF BIT BSL CMEQ CMGE CMGT CMHI CMHS CMLE CMLT "
     "CMTST "
     "MLA MLS SADD* UADD* SSUB* USUB* SMLA* UMLA* SMOV* XTN* SDOT UDOT BFDOT BF* LDFADD* STFADD* LDBFADD* STBFADD* "},
};

const char *a64_extension_of(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        for (const char *p = extensions[i].names; *p;) {
            while (*p == ' ')
                p++;
            size_t length = strcspn(p, " ");
            bool prefix = length && p[length - 1] == '*';
            if (length && (prefix ? size >= length - 1 && !memcmp(p, name, length - 1)
                                  : size == length && !memcmp(p, name, length)))
                return extensions[i].extension;
            p += length;
        }
    }
    return NULL;
}
