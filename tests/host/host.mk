# SPDX-License-Identifier: MIT
# The mm sources on the build machine under sanitizers: `make test-host [T=pattern] [SEED=n]`.
#
# The kernel's own .c files are compiled twice, with 11 orders and with 5 (exhaustive runs), against
# tests/host/include, whose asm/ takes the machine's place. Their .data and .bss get names of their
# own, so that a test can put every global back to its first value (image.c).
HOSTCC      ?= gcc
HOSTOBJCOPY ?= objcopy

HOST_KERNEL := $(patsubst %.o,%.c,$(filter mm/%,$(obj))) boot/e820.c boot/multiboot1.c boot/multiboot2.c boot/srat.c \
	boot/madt.c boot/acpi.c kernel/lib/sort.c kernel/lib/string.c kernel/lib/rbtree.c kernel/lib/bitmap.c kernel/fail.c kernel/fault.c kernel/trace.c \
	kernel/preempt.c kernel/sched/init_task.c kernel/sched/mutex.c kernel/sched/wait.c kernel/cpumask.c arch/x86/tlb.c arch/x86/pat.c
HOST_PLAIN  := kernel/report.c kernel/lib/vsprintf.c \
	$(addprefix tests/host/,harness.c machine.c image.c log.c symbols.c world.c small_zone.c frames.c vm.c \
	percpu_area.c kmap.c)
HOST_TESTS  := rbtree vmap_area pgtable vmalloc memblock e820 multiboot1 multiboot2 acpi zones watermarks buddy page_alloc slab kmalloc percpu kmap
HOST_TESTS5 := exhaustive

HOST_CPPFLAGS := -DCONFIG_PCP_IRQS_OFF -DCONFIG_PLAIN_SECTIONS -Itests/host/include -Iinclude -Itests/host
HOST_CFLAGS   := -std=gnu11 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-common \
	-Wall -Wextra -Werror -Wstrict-prototypes -Wold-style-definition -Wundef
# u64 is another of C's 64-bit types here than in the kernel, so its formats do not fit.
HOST_KERNEL_CFLAGS := -Wno-sign-compare -Wno-format

host_variant = $(foreach s,$(HOST_KERNEL) $(HOST_PLAIN),$(B)/host/$(1)/$(s:.c=.o))
HOST_RUNS := $(HOST_TESTS:%=$(B)/host/test_%) $(HOST_TESTS5:%=$(B)/host/test_%)

define host_rules
$(addprefix $(B)/host/$(1)/,$(HOST_KERNEL:.c=.o)): $(B)/host/$(1)/%.o: %.c tests/host/host.mk
	$$(say) HOSTCC $$<
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $(HOST_CPPFLAGS) $(2) $$(HOST_DEFS_$$(notdir $$<)) $(HOST_CFLAGS) \
		$(HOST_KERNEL_CFLAGS) -MMD -MP -c -o $$@ $$<
	$$(Q)$$(HOSTOBJCOPY) --rename-section .data=quire_data \
		--rename-section .data.rel=quire_data --rename-section .data.rel.local=quire_data \
		--rename-section .bss=quire_bss,alloc,load,data,contents $$@

$(addprefix $(B)/host/$(1)/,$(HOST_PLAIN:.c=.o)): $(B)/host/$(1)/%.o: %.c tests/host/host.mk
	$$(say) HOSTCC $$<
	$$(Q)mkdir -p $$(@D)
	$$(Q)$$(HOSTCC) $(HOST_CPPFLAGS) $(2) $(HOST_CFLAGS) \
		$$(if $$(filter kernel/%,$$<),$(HOST_KERNEL_CFLAGS)) -MMD -MP -c -o $$@ $$<

$(3): $(B)/host/test_%: tests/host/test_%.c $(call host_variant,$(1)) tests/host/host.mk
	$$(say) HOSTLD $$@
	$$(Q)$$(HOSTCC) $(HOST_CPPFLAGS) $(2) $(HOST_CFLAGS) -MMD -MP -MF $$@.d -o $$@ $$< \
		$(call host_variant,$(1))

$(call host_variant,$(1)) $(3): | deps-test
-include $(patsubst %.o,%.d,$(call host_variant,$(1))) $(addsuffix .d,$(3))
endef

HOST_DEFS_string.c := -DHOST_RENAME_STRING
$(eval $(call host_rules,o11,,$(HOST_TESTS:%=$(B)/host/test_%)))
$(if $(HOST_TESTS5),$(eval $(call host_rules,o5,-DCONFIG_MAX_ORDER=5,$(HOST_TESTS5:%=$(B)/host/test_%))))

# run.py judges each program by its plan, its numbers and its status; a program under a time-out.
.PHONY: test-host
test-host: $(HOST_RUNS) | deps-test
	$(Q)SEED='$(SEED)' T='$(T)' $(PYTHON) tests/host/run.py --junit $(B)/host.xml $(HOST_RUNS)
