# Loops that Linux compiles too, as a module (bench/linux/).
obj += bench/measure.o bench/room.o bench/pages.o bench/objects.o bench/data.o bench/vm.o bench/kmap.o
obj += bench/cpus.o bench/events.o bench/fragment.o bench/run.o bench/quire/port.o bench/quire/own.o
