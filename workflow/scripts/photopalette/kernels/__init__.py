"""Loops over points and pixels as machine code, the same on every processor.

Here belongs what numba compiles, one module and one object file a subject, and what compiles, keeps, checks and calls
it. A caller names a kernel's module by its full name, but does not import it: that would import numba.
"""
