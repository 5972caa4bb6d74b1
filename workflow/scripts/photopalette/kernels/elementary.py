"""Functions whose last digits are the same on every processor; those of C libraries differ."""

from photopalette.kernels.jit import jit


@jit
def exp(x):
    """Compute e^x for x ≤ 0."""
    if x < -50.0:
        return 0.0
    x /= 64
    total = term = 1.0
    for power in range(1, 17):
        term *= x / power
        total += term
    for _ in range(6):
        total *= total
    return total


@jit
def log(x):
    """Compute the natural logarithm of x ≥ 1."""
    whole = 0.0
    while x > 2.0:
        x /= 2
        whole += 0.6931471805599453
    ratio = (x - 1) / (x + 1)
    total, power = 0.0, ratio
    for odd in range(1, 36, 2):
        total += power / odd
        power *= ratio * ratio
    return whole + 2 * total
