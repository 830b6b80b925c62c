# Kernels compiled with sanitizers: KASAN=1 (wrong addresses), UBSAN=1 (undefined behaviour), KCSAN=1
# (data races). Each may stand alone; KASAN and UBSAN also together.
$(foreach s,KASAN UBSAN KCSAN,$(if $(filter-out 0 1,$($s)),$(error $s is 0 or 1, not $($s))))
$(if $(filter 1,$(KCSAN)),$(if $(filter 1,$(KASAN) $(UBSAN)),$(error KCSAN=1 stands alone)))

# What the compiler puts into a source: flags, and the sources that must stay as they are.
SANITIZE_kasan :=
SANITIZE_ubsan :=
SANITIZE_kcsan :=
PLAIN_kasan :=
PLAIN_ubsan :=
PLAIN_kcsan :=
sanitize = $(foreach s,$(SANITIZERS),$(if $(filter $(PLAIN_$s),$(1)),,$(SANITIZE_$s)))
