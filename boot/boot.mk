# The way from the boot loader to kernel_main.
obj += boot/header.o boot/head.o boot/early.o
