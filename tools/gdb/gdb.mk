# GDB that knows memory: tools/gdb. What lies where in the kernel is written beside it, for tools that
# look into a machine's memory.
GDB ?= gdb

$(B)/%.layout.json: $(B)/%.elf tools/layout.py tools/symbols.py | deps-gdb
	$(say) LAYOUT $@
	$(Q)$(GDB) -nx -batch -ex "py out = '$@'" -x tools/layout.py $<

.PHONY: layout
layout: $(B)/quire.layout.json

# GDB and the machine in this terminal: `make gdb [AT=function] [MEM= CPUS= NODES= CPU= APPEND=] [TUI=1]`;
# `make gdb CORE=file` opens what a failed test left; `make gdb TOUR=name` begins a tour. Memory: 128M unless it is given.
AT      ?=
CORE    ?=
END     ?=
SECONDS ?= 10
GDB_RUN = $(PYTHON) tools/gdb_run.py --gdb '$(GDB)' --kernel $(B)/quire.elf --build build \
	$(if $(AT),--at '$(AT)') $(if $(filter 1,$(TUI)),--tui)
GDB_MACHINE = --mem $(if $(filter file,$(origin MEM)),128M,$(MEM)) --cpus $(CPUS) --nodes $(NODES) \
	--cpu $(CPU) "--append=$$APPEND" -- $(QEMU_ARGS)

# Built on all cores: whoever types `make gdb` waits for it.
.PHONY: gdb gdb-record gdb-replay console gdb-kernel
gdb-kernel: | deps-build deps-gdb
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) $(B)/quire.elf $(B)/quire.layout.json

gdb: $(if $(CORE),,gdb-kernel) | deps-gdb
ifdef TOUR
	$(Q)$(GDB) -nx -q -ex 'source tools/gdb/quire_gdb.py' -ex 'mm tour $(TOUR)' $(B)/quire.elf
else
	$(Q)$(GDB_RUN) $(if $(CORE),--core '$(CORE)') $(GDB_MACHINE)
endif

# A run that can be replayed, also backwards. It ends at END=function, at its own end, or after SECONDS.
gdb-record: gdb-kernel
	$(Q)$(GDB_RUN) --record $(if $(END),--end '$(END)') --seconds $(SECONDS) $(GDB_MACHINE)

gdb-replay: | deps-gdb
	$(Q)$(GDB_RUN) --replay

# Another terminal on the serial line of the machine that `make gdb` has.
console:
	$(Q)$(PYTHON) tools/console.py
