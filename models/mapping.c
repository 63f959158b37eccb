/* The mappings as rows, as declared in mapping.h. Not for: what a policy makes of them. */
#include "models/mapping.h"

#include <string.h>

enum {
    BOOT = 1u << ISO_TIER_DDR | 1u << ISO_TIER_DDR_REMOTE | 1u << ISO_TIER_HBM,
    CXL = 1u << ISO_TIER_CXL_ASIC | 1u << ISO_TIER_CXL_FPGA | 1u << ISO_TIER_CXL_SWITCHED | 1u << ISO_TIER_CXL_POOLED,
    GPU = 1u << ISO_TIER_TYPE2_GPU | 1u << ISO_TIER_C2C_GPU,
    PMEM = 1u << ISO_TIER_PMEM,
    BAR = 1u << ISO_TIER_PCIE_BAR,
    HOTPLUG = CXL | GPU | PMEM | 1u << ISO_TIER_HBM,
};
enum {
    ANONYMOUS = ISO_MAPPING_MTE_ALLOWED,
    SHARED_MEMORY = ISO_MAPPING_MTE_ALLOWED | ISO_MAPPING_SHARED,
    VFIO = ISO_MAPPING_PFNMAP | ISO_MAPPING_IO | ISO_MAPPING_SHARED,
};

/* struct page and pfn_is_map_memory(): System RAM has both, ZONE_DEVICE only the first: it has no memblock entry (eeb0753ba27b). */
#define RAM_PAGE    .struct_page = true, .map_memory = true
#define DEVICE_PAGE .struct_page = true, .map_memory = false
#define PFN_PAGE    .struct_page = false, .map_memory = false

#define KERNEL_VIEW     .view = ISO_MAPPING_KERNEL
#define USER_VIEW(attr) .view = ISO_MAPPING_USER, .vma_attr = ISO_POLICY_ATTR_##attr
#define GUEST_VIEW(vma, guest)                                                                                         \
    .view = ISO_MAPPING_GUEST, .vma_attr = ISO_POLICY_ATTR_##vma, .guest_attr = ISO_POLICY_ATTR_##guest
#define FROM(source, what) .origin = ISO_POLICY_ORIGIN_##source, .backing = ISO_POLICY_BACKING_##what

#define ANON_CITE  "1.2: 9f3419315f3c (5.10), asm/mman.h \"guaranteed to be backed by tags-capable memory\""
#define SHMEM_CITE "1.2: shmem_mmap; 5baf8b037deb moved it to arch_calc_vm_flag_bits (6.12)"
#define HUGE_CITE  "1.2: 25c17c4b55de (6.13); 5.10..6.12 inadvertently allowed MAP_ANONYMOUS|MAP_HUGETLB"
#define DAX_CITE   "1.2: no VM_MTE_ALLOWED (Catalin 11-12 Oct 2023); 1.3: mm/memremap.c"
#define KMEM_CITE  "1.3: d15dfd31384b; drivers/dax/kmem.c: System RAM like any other"
#define BAR_CITE   "1.1: pgprot noncached; A.1: a39d3a966a09 sets VM_ALLOW_ANY_UNCACHED (6.9)"
#define GPU_CITE   "1.4: nvgrace-gpu"

/* clang-format off */
#define ANY_UNCACHED_6_9  {{ISO_MAPPING_ANY_UNCACHED, ISO_KERNEL(6, 9), ISO_KERNEL_LATER, "a39d3a966a09 (6.9)"}}
#define USEMEM_UNCACHED   {{ISO_MAPPING_ANY_UNCACHED, ISO_KERNEL(6, 9), ISO_KERNEL(6, 16), "1.4: <6.17 VM_ALLOW_ANY_UNCACHED set"}}
#define HUGETLB_TAGS      {{ISO_MAPPING_MTE_ALLOWED, ISO_KERNEL(5, 10), ISO_KERNEL_LATER, HUGE_CITE}}
#define HUGETLBFS_TAGS    {{ISO_MAPPING_MTE_ALLOWED, ISO_KERNEL(6, 13), ISO_KERNEL_LATER, "25c17c4b55de (6.13); files by is_file_hugepages, a later fix"}}

static const struct iso_mapping rows[] = {
    /* memory of a process, or of a VMM */
    {.name = "anon", .page = "anon", USER_VIEW(WB), FROM(BOOT_RAM, ANON), RAM_PAGE, .flags = ANONYMOUS, .tiers = BOOT, .is_default = true, .what = "anonymous memory in boot RAM", .cite = ANON_CITE},
    {.name = "shmem", .page = "shmem", USER_VIEW(WB), FROM(BOOT_RAM, SHMEM), RAM_PAGE, .flags = SHARED_MEMORY, .tiers = BOOT, .what = "shmem, tmpfs or memfd in boot RAM", .cite = SHMEM_CITE},
    {.name = "hugetlb", .page = "hugetlb", USER_VIEW(WB), FROM(BOOT_RAM, HUGETLB), RAM_PAGE, .change = HUGETLB_TAGS, .tiers = BOOT, .what = "MAP_ANONYMOUS|MAP_HUGETLB in boot RAM", .cite = HUGE_CITE},
    {.name = "hugetlbfs", .page = "hugetlbfs", USER_VIEW(WB), FROM(BOOT_RAM, HUGETLB), RAM_PAGE, .flags = ISO_MAPPING_SHARED, .change = HUGETLBFS_TAGS, .tiers = BOOT, .what = "file on hugetlbfs in boot RAM", .cite = HUGE_CITE},
    {.name = "file", .page = "file", USER_VIEW(WB), FROM(BOOT_RAM, FILE), RAM_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = BOOT, .what = "page cache of a file, in boot RAM", .cite = "1.2: page-cache files: no"},
    {.name = "kmem-anon", .page = "kmem-anon", USER_VIEW(WB), FROM(HOTPLUG_RAM, ANON), RAM_PAGE, .flags = ANONYMOUS, .tiers = HOTPLUG, .is_default = true, .what = "anonymous memory in hot-plugged RAM (dax_kmem, ACPI, GPU NUMA node)", .cite = KMEM_CITE},
    {.name = "kmem-shmem", .page = "kmem-shmem", USER_VIEW(WB), FROM(HOTPLUG_RAM, SHMEM), RAM_PAGE, .flags = SHARED_MEMORY, .tiers = HOTPLUG, .what = "shmem, tmpfs or memfd in hot-plugged RAM", .cite = KMEM_CITE},
    {.name = "kmem-hugetlb", .page = "kmem-hugetlb", USER_VIEW(WB), FROM(HOTPLUG_RAM, HUGETLB), RAM_PAGE, .change = HUGETLB_TAGS, .tiers = HOTPLUG, .what = "MAP_ANONYMOUS|MAP_HUGETLB in hot-plugged RAM", .cite = KMEM_CITE},
    {.name = "kmem-file", .page = "kmem-file", USER_VIEW(WB), FROM(HOTPLUG_RAM, FILE), RAM_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = HOTPLUG, .what = "page cache of a file, in hot-plugged RAM", .cite = KMEM_CITE},
    {.name = "fsdax", .page = "fsdax", USER_VIEW(WB), FROM(FS_DAX, DAX), DEVICE_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = PMEM | CXL, .what = "file on a DAX file system", .cite = DAX_CITE},
    {.name = "devdax", .page = "devdax", USER_VIEW(WB), FROM(GENERIC, DAX), DEVICE_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = PMEM | CXL | GPU, .is_default = true, .what = "device-dax character device", .cite = DAX_CITE},
    {.name = "coherent", .page = "coherent", USER_VIEW(WB), FROM(COHERENT, ANON), DEVICE_PAGE, .flags = ANONYMOUS, .tiers = GPU | CXL, .is_default = true, .what = "anonymous memory moved to MEMORY_DEVICE_COHERENT pages", .cite = "1.3; B.3 M-devcoherent"},
    {.name = "private", .page = "private", USER_VIEW(WB), FROM(PRIVATE, ANON), DEVICE_PAGE, .flags = ANONYMOUS, .tiers = 0, .what = "anonymous memory moved to MEMORY_DEVICE_PRIVATE pages: not CPU-addressable", .cite = "1.3; B.3 M-devpriv"},
    {.name = "p2pdma", .page = "p2pdma", USER_VIEW(NGNRNE), FROM(P2PDMA, DRIVER), DEVICE_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = BAR, .what = "PCI peer-to-peer memory; pgprot taken as the kernel alias's", .cite = "1.3: MEMORY_DEVICE_PCI_P2PDMA, pgprot_noncached"},
    {.name = "bar", .page = "bar", USER_VIEW(NGNRNE), FROM(PFN_ONLY, DRIVER), PFN_PAGE, .flags = VFIO, .change = ANY_UNCACHED_6_9, .tiers = BAR, .is_default = true, .what = "VFIO BAR as the VMM maps it", .cite = BAR_CITE},
    {.name = "usemem", .page = "usemem", USER_VIEW(WB), FROM(PFN_ONLY, DRIVER), PFN_PAGE, .flags = VFIO, .change = USEMEM_UNCACHED, .tiers = GPU, .is_default = true, .what = "nvgrace-gpu usemem (GPU DRAM) as the VMM maps it", .cite = GPU_CITE},
    {.name = "resmem", .page = "resmem", USER_VIEW(NC), FROM(PFN_ONLY, DRIVER), PFN_PAGE, .flags = VFIO, .change = ANY_UNCACHED_6_9, .tiers = GPU, .what = "nvgrace-gpu resmem (uncached carve-out) as the VMM maps it", .cite = GPU_CITE},
    {.name = "gmem", .page = "gmem", USER_VIEW(WB), FROM(GMEM, GMEM), RAM_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = BOOT, .what = "guest_memfd as the VMM maps it", .cite = "1.2: guest_memfd mmap: no VM_MTE_ALLOWED (from memory, not checked)"},

    /* memory of a VM: the VMA is the VMM's, stage 1 the guest's */
    {.name = "anon-guest", .page = "anon", GUEST_VIEW(WB, WB), FROM(BOOT_RAM, ANON), RAM_PAGE, .flags = ANONYMOUS, .tiers = BOOT, .is_default = true, .what = "VM RAM in anonymous boot RAM", .cite = ANON_CITE},
    {.name = "shmem-guest", .page = "shmem", GUEST_VIEW(WB, WB), FROM(BOOT_RAM, SHMEM), RAM_PAGE, .flags = SHARED_MEMORY, .tiers = BOOT, .what = "VM RAM in shmem or memfd", .cite = SHMEM_CITE},
    {.name = "hugetlb-guest", .page = "hugetlb", GUEST_VIEW(WB, WB), FROM(BOOT_RAM, HUGETLB), RAM_PAGE, .change = HUGETLB_TAGS, .tiers = BOOT, .what = "VM RAM in MAP_ANONYMOUS|MAP_HUGETLB", .cite = HUGE_CITE},
    {.name = "hugetlbfs-guest", .page = "hugetlbfs", GUEST_VIEW(WB, WB), FROM(BOOT_RAM, HUGETLB), RAM_PAGE, .flags = ISO_MAPPING_SHARED, .change = HUGETLBFS_TAGS, .tiers = BOOT, .what = "VM RAM in a file on hugetlbfs", .cite = HUGE_CITE},
    {.name = "file-guest", .page = "file", GUEST_VIEW(WB, WB), FROM(BOOT_RAM, FILE), RAM_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = BOOT, .what = "VM RAM in the page cache of a file", .cite = "1.2: page-cache files: no"},
    {.name = "kmem-anon-guest", .page = "kmem-anon", GUEST_VIEW(WB, WB), FROM(HOTPLUG_RAM, ANON), RAM_PAGE, .flags = ANONYMOUS, .tiers = HOTPLUG, .is_default = true, .what = "VM RAM in anonymous hot-plugged RAM", .cite = KMEM_CITE},
    {.name = "kmem-shmem-guest", .page = "kmem-shmem", GUEST_VIEW(WB, WB), FROM(HOTPLUG_RAM, SHMEM), RAM_PAGE, .flags = SHARED_MEMORY, .tiers = HOTPLUG, .what = "VM RAM in shmem in hot-plugged RAM", .cite = KMEM_CITE},
    {.name = "kmem-hugetlb-guest", .page = "kmem-hugetlb", GUEST_VIEW(WB, WB), FROM(HOTPLUG_RAM, HUGETLB), RAM_PAGE, .change = HUGETLB_TAGS, .tiers = HOTPLUG, .what = "VM RAM in hugetlb pages of hot-plugged RAM", .cite = KMEM_CITE},
    {.name = "fsdax-guest", .page = "fsdax", GUEST_VIEW(WB, WB), FROM(FS_DAX, DAX), DEVICE_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = PMEM | CXL, .what = "VM RAM in a file on a DAX file system", .cite = DAX_CITE},
    {.name = "devdax-guest", .page = "devdax", GUEST_VIEW(WB, WB), FROM(GENERIC, DAX), DEVICE_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = PMEM | CXL | GPU, .what = "VM RAM in a device-dax device", .cite = DAX_CITE},
    {.name = "coherent-guest", .page = "coherent", GUEST_VIEW(WB, WB), FROM(COHERENT, ANON), DEVICE_PAGE, .flags = ANONYMOUS, .tiers = GPU | CXL, .what = "VM RAM moved to MEMORY_DEVICE_COHERENT pages", .cite = "1.3; B.3 M-devcoherent"},
    {.name = "p2pdma-guest", .page = "p2pdma", GUEST_VIEW(NGNRNE, NGNRE), FROM(P2PDMA, DRIVER), DEVICE_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = BAR, .what = "PCI peer-to-peer memory in a VM", .cite = "1.3: MEMORY_DEVICE_PCI_P2PDMA, pgprot_noncached"},
    {.name = "bar-guest", .page = "bar", GUEST_VIEW(NGNRNE, NGNRE), FROM(PFN_ONLY, DRIVER), PFN_PAGE, .flags = VFIO, .change = ANY_UNCACHED_6_9, .tiers = BAR, .is_default = true, .what = "VFIO BAR that the guest maps Device-nGnRE", .cite = BAR_CITE},
    {.name = "bar-guest-wc", .page = "bar", GUEST_VIEW(NGNRNE, NC), FROM(PFN_ONLY, DRIVER), PFN_PAGE, .flags = VFIO, .change = ANY_UNCACHED_6_9, .tiers = BAR, .is_default = true, .what = "VFIO BAR that the guest maps write-combining", .cite = BAR_CITE},
    {.name = "usemem-guest", .page = "usemem", GUEST_VIEW(WB, WB), FROM(PFN_ONLY, DRIVER), PFN_PAGE, .flags = VFIO, .change = USEMEM_UNCACHED, .tiers = GPU, .is_default = true, .what = "nvgrace-gpu usemem that the guest maps Normal", .cite = GPU_CITE},
    {.name = "resmem-guest", .page = "resmem", GUEST_VIEW(NC, NC), FROM(PFN_ONLY, DRIVER), PFN_PAGE, .flags = VFIO, .change = ANY_UNCACHED_6_9, .tiers = GPU, .what = "nvgrace-gpu resmem that the guest maps write-combining", .cite = GPU_CITE},
    {.name = "gmem-guest", .page = "gmem", GUEST_VIEW(WB, WB), FROM(GMEM, GMEM), RAM_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = BOOT, .what = "VM RAM in guest_memfd", .cite = "3: gmem path: Normal, no MTE code at all"},
    {.name = "anon-pkvm", .page = "pkvm", GUEST_VIEW(WB, WB), FROM(BOOT_RAM, ANON), RAM_PAGE, .flags = ANONYMOUS, .tiers = BOOT, .vm_protected = true, .what = "RAM of a pKVM protected VM", .cite = "3, variants: long-term pinned, swap-backed"},
    {.name = "bar-pkvm", .page = "bar", GUEST_VIEW(NGNRNE, NGNRE), FROM(PFN_ONLY, DRIVER), PFN_PAGE, .flags = VFIO, .change = ANY_UNCACHED_6_9, .tiers = BAR, .vm_protected = true, .what = "VFIO BAR in a pKVM protected VM", .cite = "3, variants: no ioremap (-EPERM)"},
    {.name = "anon-realm", .page = "realm", GUEST_VIEW(WB, WB), FROM(GMEM, GMEM), RAM_PAGE, .flags = ISO_MAPPING_SHARED, .tiers = BOOT, .vm_realm = true, .what = "RAM of a CCA realm, protected IPA", .cite = "3, variants"},
    {.name = "anon-realm-shared", .page = "realm-shared", GUEST_VIEW(WB, WB), FROM(BOOT_RAM, ANON), RAM_PAGE, .flags = ANONYMOUS, .tiers = BOOT, .vm_realm = true, .vm_shared_ipa = true, .what = "memory that a CCA realm shares with the host", .cite = "3, variants: mapped non-secure from the memslot"},
    {.name = "gic-guest", .page = "gic", GUEST_VIEW(NONE, NGNRE), FROM(GIC_MMIO, DRIVER), PFN_PAGE, .tiers = 0, .what = "GICv2 virtual CPU interface (kvm_phys_addr_ioremap)", .cite = "3, note (c): always DEVICE_nGnRE"},

    /* the kernel's own alias */
    {.name = "anon-kernel", .page = "anon", KERNEL_VIEW, FROM(BOOT_RAM, ANON), RAM_PAGE, .tiers = BOOT, .what = "linear map of boot RAM", .cite = "1.3: 0178dc761368"},
    {.name = "kmem-kernel", .page = "kmem-anon", KERNEL_VIEW, FROM(HOTPLUG_RAM, ANON), RAM_PAGE, .tiers = HOTPLUG, .what = "linear map of hot-plugged RAM", .cite = "1.3: d15dfd31384b, pgprot_mhp"},
    {.name = "fsdax-kernel", .page = "fsdax", KERNEL_VIEW, FROM(FS_DAX, DAX), DEVICE_PAGE, .tiers = PMEM | CXL, .what = "linear map of MEMORY_DEVICE_FS_DAX", .cite = "1.3: mm/memremap.c"},
    {.name = "devdax-kernel", .page = "devdax", KERNEL_VIEW, FROM(GENERIC, DAX), DEVICE_PAGE, .tiers = PMEM | CXL | GPU, .what = "linear map of MEMORY_DEVICE_GENERIC", .cite = "1.3: mm/memremap.c"},
    {.name = "coherent-kernel", .page = "coherent", KERNEL_VIEW, FROM(COHERENT, ANON), DEVICE_PAGE, .tiers = GPU | CXL, .what = "linear map of MEMORY_DEVICE_COHERENT", .cite = "1.3: mm/memremap.c"},
    {.name = "private-kernel", .page = "private", KERNEL_VIEW, FROM(PRIVATE, ANON), DEVICE_PAGE, .tiers = 0, .what = "MEMORY_DEVICE_PRIVATE: no linear map", .cite = "1.3: mm/memremap.c, add_pages only"},
    {.name = "p2pdma-kernel", .page = "p2pdma", KERNEL_VIEW, FROM(P2PDMA, DRIVER), DEVICE_PAGE, .tiers = BAR, .what = "kernel alias of MEMORY_DEVICE_PCI_P2PDMA", .cite = "1.3: pgprot_noncached"},
    {.name = "bar-kernel", .page = "bar", KERNEL_VIEW, FROM(PFN_ONLY, DRIVER), PFN_PAGE, .tiers = BAR, .what = "PFN-only memory: no linear map", .cite = "1.3: VFIO BAR or nvgrace without struct page"},
    {.name = "usemem-kernel", .page = "usemem", KERNEL_VIEW, FROM(PFN_ONLY, DRIVER), PFN_PAGE, .tiers = GPU, .what = "nvgrace-gpu memory: no linear map", .cite = "1.3: ad hoc memremap(WB), ioremap_wc"},
};
/* clang-format on */

size_t iso_mapping_count(void)
{
    return sizeof rows / sizeof rows[0];
}

const struct iso_mapping *iso_mapping_at(size_t i)
{
    return i < iso_mapping_count() ? &rows[i] : NULL;
}

const struct iso_mapping *iso_mapping_find(const char *name)
{
    for (size_t i = 0; i < iso_mapping_count(); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const char *iso_mapping_view_name(enum iso_mapping_view view)
{
    static const char *const names[] = {"kernel", "user", "guest"};
    return names[view];
}

unsigned iso_mapping_flags(const struct iso_mapping *mapping, uint16_t kernel)
{
    unsigned flags = mapping->flags;
    uint16_t version = kernel ? kernel : ISO_KERNEL_LATER;
    for (size_t i = 0; i < ISO_MAPPING_CHANGES_MAX; i++)
        if (mapping->change[i].flag && version >= mapping->change[i].since && version <= mapping->change[i].until)
            flags |= (unsigned)mapping->change[i].flag;
    return flags;
}

bool iso_mapping_fits(const struct iso_mapping *mapping, enum iso_tier_kind kind)
{
    return mapping->tiers >> (unsigned)kind & 1u;
}
