"""W as Polars expressions."""

import polars as pl

from work import BANDS, BAND_NAMES, CRITICAL, INDICATORS, VARIABLES, VARIABLE_WEIGHTS, WEIGHTS, best, name, worst


def score(v, i):
    low, high = worst(i), best(v, i)
    return ((pl.col(name(v, i)) - low) * 100 / (high - low)).clip(0, 100)


def scored(frame):
    """The scores of indicators and variables, the index, and how many bands it reaches."""
    frame = frame.with_columns(score(v, i).alias(name(v, i)) for v in range(VARIABLES) for i in range(INDICATORS))

    def variable(v):
        parts = [pl.col(name(v, i)) * (i + 1) for i in range(INDICATORS)]
        mean = sum(parts[1:], parts[0]) / WEIGHTS
        least = pl.min_horizontal(name(v, i) for i in CRITICAL)
        cut = pl.when(least < 25).then(mean * 0.9).otherwise(mean)
        return cut.clip(upper_bound=100).alias(f"v{v + 1}")

    frame = frame.with_columns(variable(v) for v in range(VARIABLES))
    parts = [pl.col(f"v{v + 1}") * (v + 1) for v in range(VARIABLES)]
    frame = frame.with_columns((sum(parts[1:], parts[0]) / VARIABLE_WEIGHTS).alias("w"))
    band = pl.lit(BAND_NAMES[0])
    for start, title in zip(BANDS, BAND_NAMES[1:]):
        band = pl.when(pl.col("w") >= start).then(pl.lit(title)).otherwise(band)
    return frame.with_columns(band.alias("band"))


# The columns of tanggap's output that hold figures, in its order.
OUTPUT = ["kode", "w"]
for v in range(VARIABLES):
    OUTPUT += [f"v{v + 1}"] + [name(v, i) for i in range(INDICATORS)]
OUTPUT.append("band")
