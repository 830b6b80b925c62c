; SPDX-License-Identifier: MIT
; copy_page.asm - a page copied by SSE, 16 bytes an instruction.
; The registers used are saved and restored, so interrupts may come and use them as well.
; Needs: CR4.OSFXSR (asm/cpufeature.h), both pages 16-byte aligned.
; No context switch saves SSE registers: an interrupt in this section preempts nobody (traps.c).
bits 32
section .nopreempt.text progbits alloc exec nowrite align=16

; void sse_copy_page(void *dst, const void *src)
global sse_copy_page
sse_copy_page:                          ; eax, edx
        sub     esp, 64
%assign r 0
%rep 4
        movups  [esp + r * 16], xmm%+r
  %assign r r+1
%endrep
        mov     ecx, 16
.turn:                                  ; 256 bytes: 16 loads, 16 stores, 4 for the loop
%assign i 0
%rep 4
        movaps  xmm0, [edx + i * 64]
        movaps  xmm1, [edx + i * 64 + 16]
        movaps  xmm2, [edx + i * 64 + 32]
        movaps  xmm3, [edx + i * 64 + 48]
        movaps  [eax + i * 64], xmm0
        movaps  [eax + i * 64 + 16], xmm1
        movaps  [eax + i * 64 + 32], xmm2
        movaps  [eax + i * 64 + 48], xmm3
  %assign i i+1
%endrep
        add     edx, 256
        add     eax, 256
        dec     ecx
        jnz     .turn
%assign r 0
%rep 4
        movups  xmm%+r, [esp + r * 16]
  %assign r r+1
%endrep
        add     esp, 64
        ret
