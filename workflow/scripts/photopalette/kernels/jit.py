"""How numba is to compile every function of this room."""

from numba import njit

# Sums run in the order that is written: nothing is reordered or fused, so that all processors give the same bytes.
# A division by zero gives infinity or NaN, as in numpy, and raises nothing.
jit = njit(error_model="numpy")
