; SPDX-License-Identifier: MIT
; trampoline.asm - the first instructions of a CPU that another one starts.
;
; A start-up IPI sets a CPU off in real mode at the first byte of a page below 1 MiB. This piece is
; copied there (smpboot.c) and knows where it lies from CS alone:
;   1. real mode: the piece's own GDT, protected mode on
;   2. 32 bits: page tables of the piece (this page at its own address, and the kernel), NX, paging
;   3. jump to the kernel with the stack that was put ready
; The words behind trampoline_params are struct trampoline_params of smpboot.c.
; Source: Intel SDM vol. 3, "Multiple-Processor (MP) Initialization", "Switching to Protected Mode".

KERNEL_CS equ 0x60
KERNEL_DS equ 0x68
MSR_EFER  equ 0xC0000080
EFER_NX   equ 0x800

section .rodata
global trampoline_start, trampoline_end, trampoline_protected, trampoline_gdt, trampoline_params

align 16
bits 16
trampoline_start:
        cli
        cld
        mov     ax, cs
        mov     ds, ax
        xor     ebx, ebx
        mov     bx, ax
        shl     ebx, 4                  ; where the page lies
        o32 lgdt [gdt_ptr - trampoline_start]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     dword far [entry32 - trampoline_start]

bits 32
trampoline_protected:
        mov     ax, KERNEL_DS
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        xor     eax, eax
        mov     fs, ax
        mov     gs, ax
        mov     eax, [ebx + param_cr4 - trampoline_start]
        mov     cr4, eax
        mov     eax, [ebx + param_cr3 - trampoline_start]
        mov     cr3, eax
        cmp     dword [ebx + param_nx - trampoline_start], 0
        je      .no_nx
        mov     ecx, MSR_EFER
        rdmsr
        or      eax, EFER_NX
        wrmsr
.no_nx:
        mov     eax, [ebx + param_cr0 - trampoline_start]
        mov     cr0, eax                ; paging is on
        mov     esp, [ebx + param_stack - trampoline_start]
        xor     ebp, ebp                ; the backtrace ends here
        push    ebp
        jmp     dword [ebx + param_entry - trampoline_start]

align 8
trampoline_gdt:                         ; the same slots that the per-CPU GDT has
        times 12 dq 0
        dq 0x00CF9B000000FFFF           ; 0x60 code: base 0, 4 GiB, ring 0
        dq 0x00CF93000000FFFF           ; 0x68 data
gdt_end:
align 4
trampoline_params:
gdt_ptr:
        dw gdt_end - trampoline_gdt - 1
        dd 0                            ; filled in: address of trampoline_gdt's copy
        dw 0
entry32:
        dd 0                            ; filled in: address of trampoline_protected's copy
        dw KERNEL_CS
        dw 0
param_cr0:      dd 0
param_cr3:      dd 0
param_cr4:      dd 0
param_nx:       dd 0
param_stack:    dd 0
param_entry:    dd 0
trampoline_end:
