# The way from the boot loader to kernel_main.
obj += boot/header.o boot/head.o boot/early.o
obj += boot/bootinfo.o boot/multiboot1.o boot/multiboot2.o boot/e820.o
# It tells a CPU that is too old, so it must run on one.
$(B)/boot/early.o: CFLAGS := $(CFLAGS) -march=i386
obj += boot/acpi.o boot/madt.o boot/srat.o
