"""Loops over points and pixels as machine code, the same on every processor.

Here belongs what numba compiles, and what compiles, keeps and calls it. What the loops are for is said where they are
called.
"""
