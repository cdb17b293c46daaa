"""W on columns that are in memory: index and band. Arguments: library, raw values as CSV, where the index goes."""

import sys
from concurrent.futures import ThreadPoolExecutor

import polars as pl

import work

library, data, out = sys.argv[1:]
frame = pl.read_csv(data, schema_overrides={"kode": pl.String})
regions = frame.height


def with_numpy():
    import numpy as np

    # By region in blocks that stay in cache, on all threads: NumPy lets go of its lock while it calculates.
    raw = np.ascontiguousarray(frame.select(work.COLUMNS).to_numpy())
    low = np.array([work.worst(i) for _ in range(work.VARIABLES) for i in range(work.INDICATORS)])
    high = np.array([work.best(v, i) for v in range(work.VARIABLES) for i in range(work.INDICATORS)])
    by = 100 / (high - low)
    sums = np.zeros((len(low), work.VARIABLES))
    for v in range(work.VARIABLES):
        for i in range(work.INDICATORS):
            sums[v * work.INDICATORS + i, v] = (i + 1) / work.WEIGHTS
    weights = np.array([(v + 1) / work.VARIABLE_WEIGHTS for v in range(work.VARIABLES)])
    critical = [[v * work.INDICATORS + i for v in range(work.VARIABLES)] for i in work.CRITICAL]
    block = 2048
    index, band = np.empty(regions), np.empty(regions, dtype=np.int64)

    def some(start):
        end = min(start + block, regions)
        scores = raw[start:end] - low
        scores *= by
        np.clip(scores, 0, 100, out=scores)
        variables = scores @ sums
        first, second, third = (scores[:, columns] for columns in critical)
        least = np.minimum(np.minimum(first, second), third)
        variables[least < 25] *= 0.9
        np.minimum(variables, 100, out=variables)
        index[start:end] = variables @ weights
        band[start:end] = np.searchsorted(work.BANDS, index[start:end], side="right")

    if regions <= block:
        def run():
            some(0)
            return index
    else:
        pool = ThreadPoolExecutor()

        def run():
            list(pool.map(some, range(0, regions, block)))
            return index

    return run, lambda index: index


def with_polars():
    from polars_expressions import scored

    query = scored(frame.lazy()).select("w", "band")
    return query.collect, lambda result: result["w"]


def with_duckdb():
    import duckdb

    from duckdb_query import query

    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE raw AS SELECT * FROM read_csv('{data}', types={{'kode': 'VARCHAR'}})")
    text = query("raw", "w")
    return lambda: connection.execute(text).fetchnumpy(), lambda result: result["w"]


def with_openfisca():
    import numpy as np
    from openfisca_core import periods
    from openfisca_core.entities import build_entity
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    region = build_entity("region", "regions", "A region", is_person=True)
    system = TaxBenefitSystem([region])
    period = periods.period("2021")

    def variable(name, formula=None):
        members = {"value_type": float, "entity": region, "definition_period": periods.DateUnit.YEAR}
        if formula:
            members["formula"] = formula
        system.add_variable(type(name, (Variable,), members))

    for column in work.COLUMNS:
        variable(column)

    # OpenFisca holds floats of 32 bits: its figures are as exact as those.
    def of_variable(v):
        def formula(regions, period):
            scores = []
            for i in range(work.INDICATORS):
                low, high = work.worst(i), work.best(v, i)
                raw = regions(work.name(v, i), period)
                scores.append(np.clip((raw - low) * (100 / (high - low)), 0, 100))
            mean = sum((i + 1) * score for i, score in enumerate(scores)) / work.WEIGHTS
            least = np.minimum.reduce([scores[i] for i in work.CRITICAL])
            return np.minimum(np.where(least < 25, mean * 0.9, mean), 100)

        return formula

    for v in range(work.VARIABLES):
        variable(f"v{v + 1}", of_variable(v))

    def of_index(regions, period):
        parts = ((v + 1) * regions(f"v{v + 1}", period) for v in range(work.VARIABLES))
        return sum(parts) / work.VARIABLE_WEIGHTS

    variable("w", of_index)
    variable("band", lambda regions, period: np.searchsorted(work.BANDS, regions("w", period), side="right"))
    arrays = {column: frame[column].to_numpy().astype(np.float32) for column in work.COLUMNS}

    def run():
        # A simulation keeps what it has calculated, so that each run needs its own.
        simulation = SimulationBuilder().build_default_simulation(system, regions)
        for column, values in arrays.items():
            simulation.set_input(column, period, values)
        simulation.calculate("band", period)
        return simulation.calculate("w", period)

    return run, lambda index: index


run, index_of = {
    "numpy": with_numpy,
    "polars": with_polars,
    "duckdb": with_duckdb,
    "openfisca": with_openfisca,
}[library]()
work.serve(run, lambda result: work.keep(out, index_of(result)))
