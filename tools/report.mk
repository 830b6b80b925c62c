# Seeing memory: the event trace for other programs, and the report (doc/report.md).
RUN ?= trace size 65536; trace on; stress mixed 1; trace off
export RUN
TRACE_ARGS = --kernel $(B)/quire.elf --layout $(B)/quire.layout.json

# Type RUN into a kernel's shell, then write what its trace recorded into build/trace.
.PHONY: trace
trace: $(B)/quire.elf $(B)/quire.layout.json | deps-run
	$(Q)$(PYTHON) tools/trace.py record $(TRACE_ARGS) --mem $(MEM) --cpus $(CPUS) --nodes $(NODES) \
		--append "$$APPEND" --run "$$RUN" --out $(B)/trace --verbose

# A run in pictures, with its tests and the benchmarks' figures: build/report.html.
.PHONY: report
report: $(B)/quire.elf $(B)/quire.layout.json | deps-run
	$(Q)$(PYTHON) tools/report.py $(TRACE_ARGS) --out $(B)/report.html
