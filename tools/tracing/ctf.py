# SPDX-License-Identifier: MIT
"""ctf.py - a folder in the Common Trace Format 1.8, which babeltrace2 and Trace Compass read.

One stream file for each CPU: a packet with its header, then the events, packed to bytes. The
metadata is made from the same types as the kernel's records. cpu stands in the events' context,
where readers look for it."""

import os
import struct

MAGIC = 0xC1FC1FC1
PACKET = struct.Struct("<IIQQQQQ")  # magic, stream, begin, end, bits of content, of packet, dropped
EVENT = struct.Struct("<HQHIi")     # id, timestamp; cpu, seq, pid, then the name of the task
INTEGER = "integer { size = %d; align = 8; signed = %s; base = %d; }"
HEAD = """\
trace {
	major = 1; minor = 8; byte_order = le;
	packet.header := struct { u32 magic; u32 stream_id; };
};
env { domain = "kernel"; tracer_name = "quire"; };
clock { name = tsc; description = "time stamp counter"; freq = %d; };
stream {
	id = 0;
	packet.context := struct {
		stamp timestamp_begin; stamp timestamp_end; u64 content_size; u64 packet_size;
		u64 events_discarded;
	};
	event.header := struct { u16 id; stamp timestamp; };
	event.context := struct { u16 cpu; u32 seq; s32 pid; string { encoding = UTF8; } comm; };
};
"""
TYPES = "".join(f"typealias {INTEGER % (bits, 'true' if sign == 's' else 'false', 10)} := {sign}{bits};\n"
                for sign, bits in (("u", 16), ("u", 32), ("u", 64), ("s", 32))) + \
    "typealias integer { size = 64; align = 8; signed = false; map = clock.tsc.value; } := stamp;\n"


def field_type(trace, f):
    """The metadata's type of a field."""
    if not f.is_number:
        return "string { encoding = UTF8; }"
    integer = INTEGER % (8 * f.size, "true" if f.signed else "false", 16 if f.is_hex else 10)
    if f.kind != "ZONE":
        return integer
    names = ", ".join(f'"{name}" = {i}' for i, name in enumerate(trace.names.zones))
    return f"enum : {integer} {{ {names} }}"


def metadata(trace):
    """Returns: the text of the file `metadata`."""
    parts = ["/* CTF 1.8 */\n", TYPES, HEAD % (trace.tsc_khz * 1000 if trace.tsc_khz else 1000000)]
    for i, t in enumerate(trace.types.values()):
        fields = "".join(f"\t\t{field_type(trace, f)} _{f.name};\n" for f in t.fields)
        parts.append(f'event {{\n\tname = "{t.name}"; id = {i}; stream_id = 0;\n'
                     f"\tfields := struct {{\n{fields}\t}};\n}};\n")
    return "".join(parts)


def string(text):
    return text.encode("utf-8", "replace") + b"\0"


def stamp(trace, e):
    """Ticks of the clock: of the time stamp counter, or microseconds."""
    return e.tsc if trace.tsc_khz and e.tsc is not None else e.usec


def record(trace, number, e):
    parts = [EVENT.pack(number[e.name], stamp(trace, e), e.cpu, e.seq, e.pid), string(e.comm)]
    for f in trace.types[e.name].fields:
        value = e.values[f.name]
        parts.append(value.to_bytes(f.size, "little", signed=f.signed) if f.is_number else string(value))
    return b"".join(parts)


def stream(trace, events, dropped):
    """The bytes of a CPU's file: one packet."""
    number = {name: i for i, name in enumerate(trace.types)}
    body = b"".join(record(trace, number, e) for e in events)
    bits = 8 * (PACKET.size + len(body))
    return PACKET.pack(MAGIC, 0, stamp(trace, events[0]), stamp(trace, events[-1]), bits, bits,
                       dropped) + body


def write(trace, folder):
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):  # of an earlier trace
        if name == "metadata" or name.startswith("cpu"):
            os.remove(os.path.join(folder, name))
    with open(os.path.join(folder, "metadata"), "w", encoding="utf-8") as f:
        f.write(metadata(trace))
    for cpu in trace.cpus():
        events = [e for e in trace.events if e.cpu == cpu]
        with open(os.path.join(folder, f"cpu{cpu}"), "wb") as f:
            f.write(stream(trace, events, trace.dropped.get(cpu, 0)))
