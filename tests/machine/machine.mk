# Machine tests: whole kernels in QEMU, driven over the serial line (tests/machine/run.py), and
# `make test`, which is these and the host tests.
JOBS ?= 2
SEED ?= 1
T    ?= *

# The loader stub that starts the kernel with a forged boot block.
STUB := $(B)/tests/machine/stub.elf
$(STUB): $(addprefix $(B)/tests/machine/stub/,start.o stub.o) tests/machine/stub/stub.ld
	$(say) LD $@
	$(Q)$(LD) -m elf_i386 -z noexecstack -nostdlib --no-warn-rwx-segments \
		-T tests/machine/stub/stub.ld -o $@ $(filter %.o,$^)
$(addprefix $(B)/tests/machine/stub/,start.o stub.o): | deps-build
-include $(B)/tests/machine/stub/stub.d

# Each way to build the kernel, in its folder below build/.
.PHONY: test-builds
test-builds: | deps-build deps-gdb
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) $(B)/quire.elf $(B)/quire.layout.json $(STUB)
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) DEBUG=1 build/debug/quire.elf build/debug/quire.layout.json
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) SPLIT=2G OPT=g build/2G-og/quire.elf build/2G-og/quire.layout.json
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) SPLIT=1G STACK=4K build/1G-stack4k/quire.elf

MACHINE_TESTS = $(PYTHON) tests/machine/run.py '$(T)' --build $(B) --seed $(SEED) --jobs $(JOBS)

.PHONY: test test-machine
test-machine: test-builds | deps-run
	$(Q)$(MACHINE_TESTS) --junit $(B)/machine.xml

# A browser and what reads traces are wanted, not needed: what cannot be had is skipped, with a word.
.PHONY: deps-browser
deps-browser: | deps-build deps-run deps-test deps-gdb
	@tools/deps trace web web-test || echo "make test: without these, what tests the web page or traces is skipped"

# With a sanitizer, its own cases: suite.kasan,*, kasan.*
ifneq ($(SANITIZERS),)
SANITIZED := $(firstword $(SANITIZERS))
test: $(B)/quire.elf | deps-run
	$(Q)$(PYTHON) tests/machine/run.py '$(if $(filter command,$(firstword $(origin T))),$(T),*$(SANITIZED)[.,]*)' \
		--build build --seed $(SEED) --jobs $(JOBS)
else
# The host's results are read back from its XML, so that one line counts everything; when that file
# is missing or the host tests failed, so has the whole.
test: test-builds | deps-run deps-test deps-browser
	$(Q)rm -f $(B)/host.xml
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) test-host T='$(T)' SEED=$(SEED); host=$$?; \
	$(MACHINE_TESTS) --junit $(B)/tests.xml --host $(B)/host.xml; machine=$$?; \
	[ $$host = 0 ] && [ $$machine = 0 ]
endif

# Other interleavings of the same threads, each repeatable: `make schedules [SCHEDULES=200]`.
.PHONY: schedules
SCHEDULES ?= 200
schedules: test-builds | deps-run
	$(Q)$(PYTHON) tests/machine/schedules.py --build $(B) --seeds $(SCHEDULES) --seed $(SEED) --jobs $(JOBS)

# Hours instead of minutes: many seeds, many sizes, many forged blocks.
.PHONY: soak
SOAK_SEEDS ?= 20
soak: test-builds | deps-run deps-test
	$(Q)$(PYTHON) tests/machine/soak.py --build $(B) --seeds $(SOAK_SEEDS) --seed $(SEED) --jobs $(JOBS)
