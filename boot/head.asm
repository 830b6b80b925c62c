; SPDX-License-Identifier: MIT
; head.asm - from the boot loader to kernel_main at PAGE_OFFSET.
;
;   1. loader jumps to _start: 32-bit protected mode, paging off, eax = magic, ebx = info
;   2. boot/early.c checks loader, CPU and RAM in plain words and builds the boot page tables
;   3. here: PAE, PSE and global pages, NX if there is NX, paging and write protection on
;   4. jump to the high half, the boot stack, kernel_main(magic, info)
;
; Source: Intel SDM vol. 3, "PAE Paging", "Switching to Protected Mode".
bits 32

extern early_main, early_has_nx, early_has_pge
extern kernel_main, boot_stack_top
extern swapper_pg_dir

%define PA(x) ((x) - PAGE_OFFSET)

KERNEL_CS equ 0x60
KERNEL_DS equ 0x68
CR4_PSE   equ 0x10
CR4_PAE   equ 0x20
CR4_PGE   equ 0x80
CR0_WP_PG equ 0x80010000
MSR_EFER  equ 0xC0000080
EFER_NX   equ 0x800

section .boot.text
global _start
_start:
        cli
        cld
        mov     esp, early_stack_top
        mov     esi, eax                ; magic and info survive early_main in esi and edi
        mov     edi, ebx
        mov     edx, ebx
        call    early_main              ; (eax = magic, edx = info): returns only if all is well

        mov     eax, CR4_PAE | CR4_PSE
        cmp     dword [early_has_pge], 0
        je      .no_pge
        or      eax, CR4_PGE
.no_pge:
        mov     cr4, eax
        mov     eax, PA(swapper_pg_dir)
        mov     cr3, eax
        cmp     dword [early_has_nx], 0
        je      .no_nx
        mov     ecx, MSR_EFER
        rdmsr
        or      eax, EFER_NX
        wrmsr
.no_nx:
        lgdt    [boot_gdt_ptr]
        mov     eax, cr0
        or      eax, CR0_WP_PG
        mov     cr0, eax
        jmp     KERNEL_CS:high_start

section .boot.data
align 8
boot_gdt:                               ; the same slots that the per-CPU GDT will have
        times 12 dq 0
        dq 0x00CF9B000000FFFF           ; 0x60 code: base 0, 4 GiB, ring 0
        dq 0x00CF93000000FFFF           ; 0x68 data
boot_gdt_ptr:
        dw boot_gdt_ptr - boot_gdt - 1
        dd boot_gdt

section .boot.bss nobits
align 16
        resb 4096
early_stack_top:

section .init.text progbits alloc exec nowrite
high_start:
        mov     ax, KERNEL_DS
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        xor     eax, eax
        mov     fs, ax
        mov     gs, ax
        mov     esp, boot_stack_top
        xor     ebp, ebp                ; the backtrace ends here
        mov     eax, esi
        mov     edx, edi
        call    kernel_main
        ud2
