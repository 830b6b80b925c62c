; SPDX-License-Identifier: MIT
; start.asm - multiboot1 header and entry of the loader stub (stub.c).
bits 32

extern stub_main

MB1_MAGIC equ 0x1BADB002
MB1_FLAGS equ 0x00000003

section .multiboot
align 4
        dd MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS) & 0xFFFFFFFF

section .text
global _start
_start:
        mov     esp, stack_top
        mov     eax, ebx                ; the multiboot1 block
        call    stub_main
        ud2

; void jump_to_kernel(u32 eax, u32 ebx, u32 entry): as a boot loader leaves the machine
global jump_to_kernel
jump_to_kernel:
        mov     ebx, edx
        jmp     ecx

section .bss nobits
align 16
        resb 8192
stack_top:
