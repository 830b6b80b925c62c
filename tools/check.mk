# make check: everything that is judged without running the kernel.
C_SOURCES := $(sort $(filter %.c,$(foreach o,$(obj),$(wildcard $(o:.o=.c))))) tests/machine/stub/stub.c
C_HEADERS  = $(sort $(wildcard include/*.h include/*/*.h mm/*.h kernel/*/*.h bench/*.h bench/quire/*.h tests/kernel/*.h tests/data/*.h))
HOST_FILES = $(sort $(wildcard tests/host/*.[ch] tests/host/include/*.h tests/host/include/*/*.h))
PY_SOURCES = $(sort $(wildcard tools/*.py tools/gdb/*.py tools/gdb/*/*.py tools/gdb/*/*/*.py tests/*/*.py))
CHECK_DEFS := $(CPPFLAGS)
GCC_INCLUDE = $(shell $(CC) -print-file-name=include)

.PHONY: check check-format check-sparse check-cppcheck check-analyzer check-headers check-floors check-tree
check: check-format check-headers check-sparse check-cppcheck check-analyzer check-floors check-tree
	@echo "check: all of it passed"

# The layout is clang-format 14's (Debian 12); another version may break lines elsewhere.
CLANG_FORMAT ?= clang-format
check-format: | deps-check
	$(say) FORMAT "$(words $(C_SOURCES) $(C_HEADERS)) files"
	$(Q)if $(CLANG_FORMAT) --version | grep -q 'version 14\.'; then \
		$(CLANG_FORMAT) --dry-run -Werror $(C_SOURCES) $(C_HEADERS) $(HOST_FILES); \
	else echo "check-format: skipped, this is $$($(CLANG_FORMAT) --version)"; fi

.PHONY: format
format: | deps-check
	$(Q)$(CLANG_FORMAT) -i $(C_SOURCES) $(C_HEADERS) $(HOST_FILES)

# Each header compiles alone.
check-headers: | deps-build
	$(say) HEADERS "$(words $(C_HEADERS)) files"
	$(Q)failed=0; for h in $(C_HEADERS); do \
		echo "#include \"$$h\"" | $(CC) $(CPPFLAGS) -I. -Imm -Itests/kernel $(CFLAGS) -fsyntax-only -x c - \
		|| { echo "not self-contained: $$h"; failed=1; }; done; exit $$failed

check-sparse: | deps-check
	$(say) SPARSE "$(words $(C_SOURCES)) files"
	$(Q)failed=0; for f in $(C_SOURCES); do \
		sparse -m32 -std=gnu11 -ffreestanding -nostdinc -isystem $(GCC_INCLUDE) \
			'-D__float128=long double' $(CHECK_DEFS) -Wno-decl -Wsparse-error $$f || failed=1; \
	done; exit $$failed

# Section edges of linker.ld are arrays that cppcheck takes for separate objects; what an asm goto
# writes it does not see, nor what a label's address is.
check-cppcheck: | deps-check
	$(say) CPPCHECK "$(words $(C_SOURCES)) files"
	$(Q)cppcheck -j2 -q --enable=warning,portability,performance --inline-suppr --std=c11 \
		--platform=unix32 --error-exitcode=1 --suppress=missingIncludeSystem \
		--suppress=comparePointers --suppress=subtractPointers --suppress=staticStringCompare \
		--suppress=legacyUninitvar:include/asm/pcp_ops.h \
		--suppress=legacyUninitvar:include/asm/slab_ops.h \
		-D__cppcheck__ $(CHECK_DEFS) $(C_SOURCES)

# gcc's own path-by-path analysis of the parsers and the allocator.
check-analyzer: | deps-build
	$(say) ANALYZE "boot mm kernel/lib"
	$(Q)for f in $(filter boot/%.c mm/%.c kernel/lib/%.c,$(C_SOURCES)); do \
		$(CC) $(CPPFLAGS) $(CFLAGS) -fanalyzer -c -o /dev/null $$f || exit 1; done

# In both builds, because they use different symbols.
check-floors: $(OBJS)
	$(say) FLOORS "$(words $(OBJS)) objects"
	$(Q)$(PYTHON) tools/floors.py $(NM) tools/floors.txt $(B) $(OBJS)
	$(Q)$(MAKE) --no-print-directory -s DEBUG=1 check-floors-only

.PHONY: check-floors-only
check-floors-only: $(OBJS)
	$(Q)$(PYTHON) tools/floors.py $(NM) tools/floors.txt $(B) $(OBJS)

# Files that the kernel is not told about, left-overs, Python that does not compile.
check-tree:
	$(say) TREE
	$(Q)$(PYTHON) tools/tree.py $(B) $(C_SOURCES) $(C_HEADERS)
	$(Q)$(PYTHON) -m py_compile $(PY_SOURCES)
