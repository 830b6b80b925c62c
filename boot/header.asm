; SPDX-License-Identifier: MIT
; header.asm - the two headers by which a boot loader recognises the kernel.
; multiboot2 for GRUB (the real way in), multiboot1 for `qemu -kernel` and emulators. Both lead
; to _start. Source: Multiboot2 Specification 2.0, "OS image format"; Multiboot 0.6.96.
bits 32

MB2_MAGIC     equ 0xE85250D6
MB2_ARCH_I386 equ 0
MB2_LENGTH    equ mb2_end - mb2_start
MB1_MAGIC     equ 0x1BADB002
MB1_FLAGS     equ 0x00000003        ; bit 0: modules on page boundaries, bit 1: memory map

section .multiboot

align 8                             ; within the first 32 KiB, 8-byte aligned
mb2_start:
        dd MB2_MAGIC, MB2_ARCH_I386, MB2_LENGTH
        dd -(MB2_MAGIC + MB2_ARCH_I386 + MB2_LENGTH) & 0xFFFFFFFF
        ; information request: refuse to load unless the memory map is given
align 8
        dw 1, 0
        dd 12
        dd 6                        ; memory map
        ; information request, optional: command line, modules, ELF sections, ACPI old and new
align 8
        dw 1, 1
        dd 28
        dd 1, 3, 9, 14, 15
align 8
        dw 6, 0                     ; modules on page boundaries
        dd 8
align 8
        dw 0, 0                     ; end
        dd 8
mb2_end:

align 4                             ; within the first 8 KiB, 4-byte aligned
        dd MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS) & 0xFFFFFFFF
