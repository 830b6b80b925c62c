# SPDX-License-Identifier: MIT
# Makefile - builds, runs and tests Quire. `make help` lists the targets.
#
# Choices:  DEBUG=1          the checking build, in build/debug
#           SPLIT=3G|2G|1G   the user's share of the address space (default 3G)
#           STACK=8K|4K      size of kernel stacks (default 8K)
#           OPT=2|g          optimised (default), or -Og in build/og: for stepping in GDB
#           KASAN=1 UBSAN=1 KCSAN=1   compiled with a sanitizer, in build/kasan, ...: finds what is hard to see
#           CROSS_COMPILE=   prefix of the cross tools (default i686-linux-gnu-)
#           V=1              show the commands
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

DEBUG ?= 0
SPLIT ?= 3G
STACK ?= 8K
OPT   ?= 2
KASAN ?= 0
UBSAN ?= 0
KCSAN ?= 0

# The sanitizers that were asked for, by their names in small letters.
SANITIZERS := $(strip $(if $(filter 1,$(KASAN)),kasan) $(if $(filter 1,$(UBSAN)),ubsan) \
	$(if $(filter 1,$(KCSAN)),kcsan))

# Each choice builds in a folder of its own, so that none sees another's objects.
empty :=
VARIANT := $(subst $(empty) $(empty),-,$(strip $(if $(filter 1,$(DEBUG)),debug) $(filter-out 3G,$(SPLIT)) \
	$(if $(filter 4K,$(STACK)),stack4k) $(if $(filter g,$(OPT)),og) \
	$(SANITIZERS)))
B ?= build$(if $(VARIANT),/$(VARIANT),)

CROSS_COMPILE ?= i686-linux-gnu-
CC      := $(CROSS_COMPILE)gcc
LD      := $(CROSS_COMPILE)ld
NM      := $(CROSS_COMPILE)nm
OBJDUMP := $(CROSS_COMPILE)objdump
NASM    := nasm
PYTHON  ?= python3

PAGE_OFFSET_3G := 0xC0000000
PAGE_OFFSET_2G := 0x80000000
PAGE_OFFSET_1G := 0x40000000
STACK_SIZE_8K  := 8192
STACK_SIZE_4K  := 4096
DEBUG := $(if $(filter-out 0 1,$(DEBUG)),$(error DEBUG is 0 or 1, not $(DEBUG)),$(DEBUG))
OPT := $(if $(filter-out 2 g,$(OPT)),$(error OPT is 2 or g, not $(OPT)),$(OPT))
PAGE_OFFSET := $(or $(PAGE_OFFSET_$(SPLIT)),$(error SPLIT is 3G, 2G or 1G, not $(SPLIT)))
STACK_SIZE  := $(or $(STACK_SIZE_$(STACK)),$(error STACK is 8K or 4K, not $(STACK)))

# -Og does not see that what an asm goto writes is written; -O2 does, and keeps that warning.
OPT_g := -Wno-maybe-uninitialized -DCONFIG_NO_TAIL_CALLS

# Frame pointers everywhere but in leaf functions: backtraces without cost on the fast paths.
# .debug_frame instead of .eh_frame: GDB unwinds, and the image stays clean.
CFLAGS := -m32 -march=i686 -mtune=generic -mregparm=3 -mno-sse -mno-mmx -msoft-float \
	-mpreferred-stack-boundary=2 -std=gnu11 -O$(OPT) -g3 -ffreestanding -fno-builtin \
	-fno-pic -no-pie -fno-stack-protector -fno-strict-aliasing -fno-common \
	-fno-delete-null-pointer-checks -fno-asynchronous-unwind-tables -fcf-protection=none \
	-fno-omit-frame-pointer -momit-leaf-frame-pointer \
	-Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wundef -Wvla -Wno-sign-compare -Wno-attribute-alias $(OPT_$(OPT))
CPPFLAGS := -Iinclude -DCONFIG_PAGE_OFFSET=$(PAGE_OFFSET) -DCONFIG_STACK_SIZE=$(STACK_SIZE) \
	$(if $(filter 1,$(DEBUG)),-DCONFIG_DEBUG -DCONFIG_PCP_IRQS_OFF) $(foreach s,KASAN UBSAN KCSAN,$(if $(filter 1,$($s)),-DCONFIG_$s))
NASMFLAGS := -f elf32 -g -F dwarf -Wall -Werror -DPAGE_OFFSET=$(PAGE_OFFSET)
LDFLAGS := -m elf_i386 -z noexecstack -nostdlib --no-warn-rwx-segments -z max-page-size=4096 \
	--defsym=PAGE_OFFSET=$(PAGE_OFFSET) --defsym=BOOT_STACK_SIZE=$(STACK_SIZE)

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
endif

# Every object is listed by name in its folder's fragment.
obj :=
include tools/sanitize.mk boot/boot.mk arch/x86/arch.mk kernel/kernel.mk bench/bench.mk mm/mm.mk tests/kernel/tests.mk
OBJS := $(addprefix $(B)/,$(obj))

.PHONY: all
all: | deps-build
all: $(B)/quire.elf $(B)/quire.iso

$(B)/%.o: %.c Makefile
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(call sanitize,$<) -MMD -MP -c -o $@ $<

$(B)/%.o: %.asm Makefile
	$(say) NASM $<
	$(Q)mkdir -p $(@D)
	$(Q)$(NASM) $(NASMFLAGS) -MD $(@:.o=.d) -MT $@ -o $@ $<

# Two links: the first gives the addresses that the symbol table of the second one holds.
$(B)/ksyms0.asm: tools/ksyms.awk
	$(Q)mkdir -p $(@D)
	$(Q)awk -f $< /dev/null > $@

$(B)/quire0.elf: $(OBJS) $(B)/ksyms0.o linker.ld
	$(Q)$(LD) $(LDFLAGS) -T linker.ld -o $@ $(OBJS) $(B)/ksyms0.o

$(B)/ksyms.asm: $(B)/quire0.elf tools/ksyms.awk
	$(Q)$(NM) -n $< | awk -f tools/ksyms.awk > $@

$(B)/%.o: $(B)/%.asm
	$(Q)$(NASM) $(NASMFLAGS) -o $@ $<

$(B)/quire.elf: $(OBJS) $(B)/ksyms.o linker.ld
	$(say) LD $@
	$(Q)$(LD) $(LDFLAGS) -T linker.ld -Map $(B)/quire.map -o $@ $(OBJS) $(B)/ksyms.o
	$(Q)$(NM) -n $@ > $(B)/quire.sym
	$(Q)$(OBJDUMP) -d $@ > $(B)/quire.lst

# The ISO: GRUB, its configuration and the kernel, nothing else.
$(B)/quire.iso: $(B)/quire.elf tools/mkiso.py
	$(say) ISO $@
	$(Q)$(PYTHON) tools/mkiso.py $@ $(B)/quire.elf

-include $(OBJS:.o=.d)

include tools/run.mk tools/report.mk tools/gdb/gdb.mk tools/web/web.mk tests/host/host.mk tests/machine/machine.mk tests/mutants/mutants.mk tools/check.mk
