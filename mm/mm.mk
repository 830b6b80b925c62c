# The memory manager.
