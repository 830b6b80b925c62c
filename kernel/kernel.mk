# Floor 0: the library; then printing, reporting and the order of boot.
obj += kernel/lib/string.o kernel/lib/vsprintf.o kernel/lib/sort.o kernel/lib/div64.o
obj += kernel/console.o kernel/printk.o kernel/ksyms.o kernel/panic.o kernel/report.o
obj += kernel/catch.o kernel/fail.o kernel/cmdline.o kernel/resource.o kernel/setup.o kernel/bench.o kernel/front.o
obj += kernel/init.o
