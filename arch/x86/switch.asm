; SPDX-License-Identifier: MIT
; switch.asm - from one task's stack to another's.
; Source: Intel SDM vol. 1, "Procedure Calls": ebx, esi, edi and ebp are the callee's to keep, so
; they are all there is to save; the rest of a task lies on its stack already.
bits 32
section .text

extern schedule_tail
extern preempt_schedule

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

; Where a new task begins: ebx is its function (task_init), ebp is 0, the end of every backtrace.
global task_start
task_start:                             ; eax = prev
        call    schedule_tail
        call    ebx
        ud2                             ; it does not return

; preempt_enable() in the middle of anything: keep all registers.
global preempt_schedule_thunk
preempt_schedule_thunk:
        push    ebp
        mov     ebp, esp                ; a frame, for backtraces
        push    eax
        push    ecx
        push    edx
        call    preempt_schedule
        pop     edx
        pop     ecx
        pop     eax
        pop     ebp
        ret
