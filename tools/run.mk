# Running the kernel by hand.
MEM    ?= 1G
CPUS   ?= 1
NODES  ?= 1
CPU    ?= max
APPEND ?=
export APPEND QEMU

# Each purpose's tools, installed when they are missing (tools/deps says what it does).
# A static pattern rule: make looks for no implicit rule of a phony target.
DEPS := $(addprefix deps-,build run test check linux gdb trace web web-test)
.PHONY: $(DEPS)
$(DEPS): deps-%:
	@CC='$(CC)' tools/deps $*
$(OBJS) $(B)/ksyms0.o: | deps-build

.PHONY: run
run: $(B)/quire.elf | deps-run
	$(say) ISO "$(B)/run.iso"
	$(Q)$(PYTHON) tools/mkiso.py $(B)/run.iso $(B)/quire.elf "$$APPEND"
	$(Q)$(PYTHON) tools/run.py --iso $(B)/run.iso --mem $(MEM) --cpus $(CPUS) --nodes $(NODES) \
		--cpu $(CPU) -- $(QEMU_ARGS)

# Exact instruction counts, compared with the ones kept in the tree, and with Linux's: LINUX=lean (built
# once), LINUX=1 (Debian's) or LINUX=all, which also measure DEBUG=1. SIZES: of the machines that Linux
# is booted on; 16G and 64G take it minutes each. BOOTS: against the clock, each (5).
LINUX ?=
BOOTS ?=
ifneq ($(filter-out 1 lean debian all,$(LINUX)),)
$(error LINUX is lean, 1 (or debian) or all, not $(LINUX))
endif
SIZES ?=
BENCH_DEBUG := build/debug/quire.elf
.PHONY: bench bench-debug
bench: $(B)/quire.elf $(if $(LINUX),bench-debug deps-linux) | deps-run
	$(Q)CROSS_COMPILE='$(CROSS_COMPILE)' $(PYTHON) tools/bench.py --kernel $(B)/quire.elf --build build \
		--golden tests/data/bench-golden.txt --peers tests/data/bench-peer.txt \
		$(if $(LINUX),--linux $(LINUX) --debug-kernel $(BENCH_DEBUG)) $(if $(SIZES),--sizes $(SIZES)) \
		$(if $(BOOTS),--boots $(BOOTS)) $(if $(VARIANT),--variant '$(VARIANT)') \
		$(if $(filter command,$(firstword $(origin MEM))),--mem $(MEM)) \
		$(if $(GOLDEN),--update)

bench-debug:
	$(Q)$(MAKE) --no-print-directory -s DEBUG=1 $(BENCH_DEBUG)

# Where the instructions of one of them go: tools/trace_insns.py --help says what else it can do.
.PHONY: trace-insns
BENCH ?= alloc_page-pair
trace-insns: $(B)/quire.elf | deps-run
	$(Q)$(PYTHON) tools/trace_insns.py --kernel $(B)/quire.elf --bench '$(BENCH)' --mem $(MEM) \
		$(if $(APPEND),--append '$(APPEND)') --addr2line $(CROSS_COMPILE)addr2line $(if $(TURNS),--turns $(TURNS)) \
		$(if $(filter 1,$(TREE)),--tree) $(if $(filter 1,$(LINES)),--lines) \
		$(if $(AGAINST),--against '$(AGAINST)') $(if $(SAVE),--save '$(SAVE)')

.PHONY: clean
clean:
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name linux -exec rm -rf {} +

.PHONY: help
help:
	@echo "make                      build/quire.elf and build/quire.iso"
	@echo "make run [MEM=1G] [CPUS=1] [NODES=1] [CPU=max] [APPEND=\"...\"] [QEMU_ARGS=]   boot to the shell"
	@echo "make test [T=pattern] [SEED=n] [JOBS=2]   host tests, in-kernel tests over all machines"
	@echo "make test-host            the mm sources on this machine, under sanitizers"
	@echo "make test-machine         whole machines in QEMU only"
	@echo "make soak [SOAK_SEEDS=20] random machines, each repeatable by its seed"
	@echo "make schedules [SCHEDULES=200]   other interleavings of threads, each repeatable"
	@echo "make bench [MEM=1G] [GOLDEN=1]   instructions per operation, against the ones kept; keep new ones"
	@echo "make bench LINUX=lean|1|all      the same beside Linux 6.1: lean, Debian's, both (fetched, built once)"
	@echo "make gdb [AT=function] [CORE=file | TOUR=name] [TUI=1]   GDB that knows memory, a core, a guided tour"
	@echo "make console              in another terminal: the shell of the machine that make gdb has"
	@echo "make gdb-record [END=function] [SECONDS=10]; make gdb-replay [AT=function]   a run, forwards and backwards"
	@echo "make trace-insns BENCH=name [TREE=1] [LINES=1] [TURNS=n] [AGAINST=other.elf]   where they go"
	@echo "make web                  build/quire.html: the kernel in a browser, its memory drawn as it runs"
	@echo "make test-web             the same in a headless Chromium, and its readers in node"
	@echo "make trace [RUN=\"trace on; ...\"]   run it, write its events for Perfetto, babeltrace2, speedscope"
	@echo "make report               one run in pictures, the tests and the benchmarks: build/report.html"
	@echo "make check                format, headers, sparse, cppcheck, gcc's analyzer, floors, tree"
	@echo "make mutants [T=pattern] [SAMPLE=n SEED=n]   break the code in many ways; each must turn something red"
	@echo "make format               lay out the C sources by .clang-format"
	@echo "make clean"
	@echo "Choices: DEBUG=1  SPLIT=3G|2G|1G  STACK=8K|4K  OPT=2|g  CROSS_COMPILE=  V=1"
