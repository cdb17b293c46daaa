"""W from a file to a file: all scores and the band of each region. Arguments: library, form, input, output."""

import sys

import work

library, form, data, out = sys.argv[1:]


def with_polars():
    import polars as pl

    from polars_expressions import OUTPUT, scored

    def run():
        if form == "csv":
            frame = pl.scan_csv(data, schema_overrides={"kode": pl.String})
            scored(frame).select(OUTPUT).sink_csv(out, float_precision=2)
        else:
            rounded = [pl.col(name) if name in ("kode", "band") else pl.col(name).round(2) for name in OUTPUT]
            scored(pl.scan_parquet(data)).select(rounded).sink_parquet(out)

    return run


def with_duckdb():
    import duckdb

    from duckdb_query import output, query

    connection = duckdb.connect()
    # Tanggap keeps the order of rows; DuckDB need not, which is faster.
    connection.execute("SET preserve_insertion_order = false")
    if form == "csv":
        text = query(f"read_csv('{data}', types={{'kode': 'VARCHAR'}})", output(rounded=True))
        options = "(HEADER)"
    else:
        text = query(f"read_parquet('{data}')", output(rounded=True))
        options = "(FORMAT parquet, COMPRESSION zstd)"
    return lambda: connection.execute(f"COPY ({text}) TO '{out}' {options}")


def to_parquet():
    """Not a contender: makes the Parquet file that all read."""
    import polars as pl

    pl.read_csv(data, schema_overrides={"kode": pl.String}).write_parquet(out)
    return lambda: None


work.serve({"polars": with_polars, "duckdb": with_duckdb, "to-parquet": to_parquet}[library]())
