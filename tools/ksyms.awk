# ksyms.awk - turn `nm -n` of the kernel into the symbol table that kernel/ksyms.c searches.
# Input: nm -n output. Output: NASM source. Text symbols only; of several names at one address
# the first counts.
function flush_name(n) { printf "db \"%s\", 0\n", n }
$2 ~ /^[tT]$/ && $3 !~ /^\.|^__start_|^__stop_|^_stext$|^_etext$|^__init_|^vector_/ {
	if ($1 == last) next
	last = $1
	address[count] = $1
	name[count] = $3
	count++
}
$3 == "_etext" { text_end = $1 }
END {
	print "section .ksyms progbits alloc noexec nowrite align=4"
	print "global ksym_count, ksym_address, ksym_name_offset, ksym_names"
	printf "ksym_count: dd %d\n", count
	print "ksym_address:"
	for (i = 0; i < count; i++) printf "dd 0x%s\n", address[i]
	printf "dd 0x%s\n", text_end == "" ? "0" : text_end
	print "ksym_name_offset:"
	offset = 0
	for (i = 0; i < count; i++) { printf "dd %d\n", offset; offset += length(name[i]) + 1 }
	print "ksym_names:"
	for (i = 0; i < count; i++) flush_name(name[i])
	print "align 4, db 0"
}
