; SPDX-License-Identifier: MIT
; task_start.asm - the first and the unexpected way into the scheduler.
bits 32
section .text

extern schedule_tail
extern preempt_schedule

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
