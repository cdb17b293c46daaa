"""W as a query of DuckDB."""

from work import BANDS, BAND_NAMES, CRITICAL, INDICATORS, VARIABLES, VARIABLE_WEIGHTS, WEIGHTS, best, name, worst


def query(source, select):
    """Selects from the scores of a source of raw values."""
    names = [name(v, i) for v in range(VARIABLES) for i in range(INDICATORS)]
    scores = ", ".join(
        f"greatest(0.0, least(100.0, ({name(v, i)} - {worst(i)}) * 100.0::DOUBLE / {best(v, i) - worst(i)}::DOUBLE)) AS {name(v, i)}"
        for v in range(VARIABLES)
        for i in range(INDICATORS)
    )

    def mean(v):
        total = " + ".join(f"{i + 1}::DOUBLE * {name(v, i)}" for i in range(INDICATORS))
        return f"({total}) / {WEIGHTS}::DOUBLE AS m{v + 1}"

    def variable(v):
        least = ", ".join(name(v, i) for i in CRITICAL)
        return f"least(100.0, CASE WHEN least({least}) < 25 THEN m{v + 1} * 0.9::DOUBLE ELSE m{v + 1} END)::DOUBLE AS v{v + 1}"

    means = ", ".join(mean(v) for v in range(VARIABLES))
    variables = ", ".join(variable(v) for v in range(VARIABLES))
    total = " + ".join(f"{v + 1}::DOUBLE * v{v + 1}" for v in range(VARIABLES))
    bands = "".join(f"WHEN w >= {start} THEN '{title}' " for start, title in reversed(list(zip(BANDS, BAND_NAMES[1:]))))
    return f"""
        WITH scores AS (SELECT kode, {scores} FROM {source}),
             means AS (SELECT *, {means} FROM scores),
             variables AS (SELECT kode, {", ".join(names)}, {variables} FROM means),
             whole AS (SELECT *, ({total}) / {VARIABLE_WEIGHTS}::DOUBLE AS w FROM variables)
        SELECT {select}, CASE {bands}ELSE '{BAND_NAMES[0]}' END AS band FROM whole
    """


def output(rounded):
    """The columns of tanggap's output that hold figures, in its order."""
    names = ["w"]
    for v in range(VARIABLES):
        names += [f"v{v + 1}"] + [name(v, i) for i in range(INDICATORS)]
    shown = [f"round({own}, 2) AS {own}" if rounded else own for own in names]
    return ", ".join(["kode"] + shown)
