# GDB that knows memory: tools/gdb. What lies where in the kernel is written beside it, for tools that
# look into a machine's memory.
GDB ?= gdb

$(B)/%.layout.json: $(B)/%.elf tools/layout.py tools/symbols.py | deps-gdb
	$(say) LAYOUT $@
	$(Q)$(GDB) -nx -batch -ex "py out = '$@'" -x tools/layout.py $<

.PHONY: layout
layout: $(B)/quire.layout.json
