# The in-kernel tests.
