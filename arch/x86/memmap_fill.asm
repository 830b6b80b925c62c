; SPDX-License-Identifier: MIT
; memmap_fill.asm - copies of one 32-byte pattern, and pages of zeroes, by SSE stores.
; The registers used are saved and restored, so interrupts may come and use them as well.
; Needs: CR4.OSFXSR (asm/cpufeature.h), dst 16-byte aligned.
; No context switch saves SSE registers: an interrupt in this section preempts nobody (traps.c).
bits 32
section .nopreempt.text progbits alloc exec nowrite align=16

; void sse_fill32(void *dst, const void *pattern, unsigned long n)   n: copies, any number
global sse_fill32
sse_fill32:                             ; eax, edx, ecx
        sub     esp, 32
        movups  [esp], xmm0
        movups  [esp + 16], xmm1
        movups  xmm0, [edx]
        movups  xmm1, [edx + 16]
        mov     edx, ecx
        and     edx, 7
        shr     ecx, 3
        jz      .rest
.eight:                                 ; 8 copies a turn: 16 stores, 3 for the loop
%assign i 0
%rep 8
        movaps  [eax + i * 32], xmm0
        movaps  [eax + i * 32 + 16], xmm1
  %assign i i+1
%endrep
        add     eax, 256
        dec     ecx
        jnz     .eight
.rest:
        test    edx, edx
        jz      .done
.one:
        movaps  [eax], xmm0
        movaps  [eax + 16], xmm1
        add     eax, 32
        dec     edx
        jnz     .one
.done:
        movups  xmm0, [esp]
        movups  xmm1, [esp + 16]
        add     esp, 32
        ret
