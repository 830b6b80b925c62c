# Machine tests: whole kernels in QEMU, driven over the serial line (tests/machine/run.py).

# The loader stub that starts the kernel with a forged boot block.
STUB := $(B)/tests/machine/stub.elf
$(STUB): $(addprefix $(B)/tests/machine/stub/,start.o stub.o) tests/machine/stub/stub.ld
	$(say) LD $@
	$(Q)$(LD) -m elf_i386 -z noexecstack -nostdlib --no-warn-rwx-segments \
		-T tests/machine/stub/stub.ld -o $@ $(filter %.o,$^)
