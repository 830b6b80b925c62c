; SPDX-License-Identifier: MIT
; entry.asm - from an exception or interrupt to trap_dispatch(struct pt_regs *) and back.
; Source: Intel SDM vol. 3, "Interrupt and Exception Handling".
; The pushes below are struct pt_regs of include/asm/ptrace.h read backwards.
bits 32

extern trap_dispatch
extern doublefault_main

KERNEL_DS     equ 0x68
KERNEL_PERCPU equ 0xd8
NR_VECTORS    equ 256

; Exceptions for which the CPU itself pushes an error code.
%define HAS_ERROR(n) ((n) = 8 || (n) = 10 || (n) = 11 || (n) = 12 || (n) = 13 || (n) = 14 || (n) = 17 || (n) = 21 || (n) = 29 || (n) = 30)

section .text
align 16
vector_stubs:
%assign v 0
%rep NR_VECTORS
vector_%+v:
  %if !HAS_ERROR(v)
        push    dword 0                 ; orig_ax: no error code
  %endif
        push    dword v                 ; trapno
        jmp     trap_common
  %assign v v+1
%endrep

trap_common:
        push    gs
        push    fs
        push    es
        push    ds
        push    eax
        push    ebp
        push    edi
        push    esi
        push    edx
        push    ecx
        push    ebx
        cld
        mov     eax, KERNEL_DS
        mov     ds, eax
        mov     es, eax
        mov     eax, KERNEL_PERCPU
        mov     fs, eax
        mov     eax, esp                ; struct pt_regs *
        call    trap_dispatch
        pop     ebx
        pop     ecx
        pop     edx
        pop     esi
        pop     edi
        pop     ebp
        pop     eax
        pop     ds
        pop     es
        pop     fs
        pop     gs
        add     esp, 8                  ; trapno, orig_ax
        iret

; The double-fault task. The CPU switches to it by the task gate in vector 8, on its own stack,
; with the error code pushed. After iret the task sleeps at .again until the next double fault.
global doublefault_entry
doublefault_entry:
.again:
        clts                            ; a task switch sets CR0.TS
        call    doublefault_main        ; returns only when a test asked to survive
        add     esp, 4                  ; the error code
        iret
        jmp     .again

section .rodata
align 4
global vector_table
vector_table:
%assign v 0
%rep NR_VECTORS
        dd      vector_%+v
  %assign v v+1
%endrep
