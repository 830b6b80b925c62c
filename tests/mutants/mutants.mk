# Break the sources in many ways, one at a time; each must turn something red: `make mutants
# [T=pattern] [SAMPLE=n SEED=n]`.
SAMPLE ?= 0

.PHONY: mutants
mutants: | deps-build deps-run deps-test
	$(Q)$(PYTHON) tests/mutants/run.py --jobs $(JOBS) --sample $(SAMPLE) --seed $(SEED) '$(T)'
