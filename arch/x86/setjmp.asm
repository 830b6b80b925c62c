; SPDX-License-Identifier: MIT
; setjmp.asm - struct jmp_context of include/asm/setjmp.h: bx, si, di, bp, sp, ip, flags.
bits 32
section .text

global arch_setjmp
arch_setjmp:                            ; eax = context
        mov     [eax], ebx
        mov     [eax + 4], esi
        mov     [eax + 8], edi
        mov     [eax + 12], ebp
        lea     ecx, [esp + 4]          ; esp as the caller sees it after the return
        mov     [eax + 16], ecx
        mov     ecx, [esp]
        mov     [eax + 20], ecx
        pushfd
        pop     dword [eax + 24]
        xor     eax, eax
        ret

global arch_longjmp
arch_longjmp:                           ; eax = context, edx = value
        mov     ebx, [eax]
        mov     esi, [eax + 4]
        mov     edi, [eax + 8]
        mov     ebp, [eax + 12]
        mov     esp, [eax + 16]
        push    dword [eax + 24]
        popfd
        mov     ecx, [eax + 20]
        mov     eax, edx
        jmp     ecx

; void call_on_stack(void (*fn)(void *), void *arg, unsigned long top)
global call_on_stack
call_on_stack:                          ; eax = fn, edx = arg, ecx = top
        push    ebp
        mov     ebp, esp
        push    ebx
        mov     ebx, esp
        mov     esp, ecx
        push    ebx
        mov     ecx, eax
        mov     eax, edx
        call    ecx
        pop     esp
        pop     ebx
        pop     ebp
        ret
