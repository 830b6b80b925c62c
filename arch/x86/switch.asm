; SPDX-License-Identifier: MIT
; switch.asm - from one task's stack to another's.
; Source: Intel SDM vol. 1, "Procedure Calls": ebx, esi, edi and ebp are the callee's to keep, so
; they are all there is to save; the rest of a task lies on its stack already.
bits 32
section .text

; struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next)
; Returns prev on next's stack: to next it looks as if its own call had returned.
global __switch_to
__switch_to:                            ; eax = prev, edx = next; ->sp is the first field
        push    ebp
        push    ebx
        push    esi
        push    edi
        mov     [eax], esp
        mov     esp, [edx]
        pop     edi
        pop     esi
        pop     ebx
        pop     ebp
        ret
