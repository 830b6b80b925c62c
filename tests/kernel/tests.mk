# The in-kernel tests: the harness, then one file a subject.
obj += tests/kernel/ktest.o tests/kernel/ledger.o
obj += tests/kernel/lib.o tests/kernel/machine.o tests/kernel/faults.o
