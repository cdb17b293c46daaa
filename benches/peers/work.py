"""The standard work W in Python: its constants, its data, and the protocol of the scripts.

A script is given the data once, and then does the work each time that a line comes in, answering with the seconds it took.
So the contenders can take turns, and neither starting Python nor importing a library is counted.
"""

import sys
import time

VARIABLES = 5
INDICATORS = 12
CRITICAL = (0, 4, 8)
BANDS = (40.0, 60.0, 80.0)
BAND_NAMES = ("rendah", "sedang", "tinggi", "sangat_tinggi")
WEIGHTS = sum(range(1, INDICATORS + 1))
VARIABLE_WEIGHTS = sum(range(1, VARIABLES + 1))


def name(variable, indicator):
    return f"v{variable + 1}_{indicator + 1:02}"


def worst(indicator):
    return float(indicator)


def best(variable, indicator):
    return float(80 + 2 * indicator + variable)


COLUMNS = [name(v, i) for v in range(VARIABLES) for i in range(INDICATORS)]


def serve(work, finish=None):
    """Does the work once without being timed, then for each line; at the end `finish` is given the last result."""
    result = work()
    print("ready", flush=True)
    for _ in sys.stdin:
        # What came before is not freed while the clock runs.
        del result
        start = time.perf_counter()
        result = work()
        print(time.perf_counter() - start, flush=True)
    if finish:
        finish(result)


def keep(path, index):
    """Writes the index for comparison, as doubles in the order of the regions."""
    import numpy

    numpy.asarray(index, dtype="<f8").tofile(path)
