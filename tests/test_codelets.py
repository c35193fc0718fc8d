"""Transforms by algebra, codelets against their matrices, and what they round, in emulated float32."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from convgen.algorithms.winograd.codelets import Codelet, Op, codelet
from convgen.algorithms.winograd.toomcook import POINTS, amplification, ending, exact_weights, noise, transforms
from convgen.errors import InputError

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
U = 2.0**-24
INTEGERS = (0, 1, -1, 2, -2)  # the points of the first Winograd convolutions
ACCURATE = (0, Fraction(3, 4), Fraction(-3, 4), Fraction(3, 2), Fraction(-3, 2))
# (m, r, points): the defaults, and others, some not dyadic
CASES = [
    *((m, r, None) for m, r in POINTS),
    (4, 3, INTEGERS),
    (4, 3, ACCURATE),
    (4, 3, (0, HALF, -HALF, 2, -2)),
    (4, 3, (0, THIRD, -THIRD, 2, Fraction(-5, 6))),
    (6, 3, (0, 1, -1, 2, -2, HALF, Fraction(-3, 7))),
    (4, 2, (2, -2, 4, -4)),
    (1, 4, (0, 1, -1)),
    (4, 1, (0, 1, -1)),
    (1, 1, ()),
]


def case_id(case):
    m, r, points = case
    return f"F{m},{r}" + ("" if points is None else "@" + ",".join(map(str, points)))


def codelets(*case):
    t = transforms(*case)
    return {"bt": (codelet(t.bt), t.bt), "at": (codelet(t.at), t.at)}


def product_of(matrix, vector):
    return [sum((a * x for a, x in zip(row, vector, strict=True)), Fraction(0)) for row in matrix]


def unit(n, j):
    return [Fraction(i == j) for i in range(n)]


# --- transforms ---


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_transforms_compute_a_correlation(case):
    """On every pair of basis vectors, so everywhere."""
    t = transforms(*case)
    assert t.n == t.m + t.r - 1 == len(t.bt)
    for j, k in product(range(t.r), range(t.n)):
        g, d = product_of(t.g, unit(t.r, j)), product_of(t.bt, unit(t.n, k))
        y = product_of(t.at, [a * b for a, b in zip(g, d, strict=True)])
        assert y == [k == i + j for i in range(t.m)]


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_fractions_are_left_to_the_weights(case):
    """Nothing in Aᵀ and Bᵀ rounds, nor in the code made of them."""
    t = transforms(*case)
    for matrix in (t.at, t.bt):
        assert all(float(np.float32(float(c))) == c for row in matrix for c in row)
        assert codelet(matrix).inexact == ()


@pytest.mark.parametrize("key", POINTS, ids=str)
def test_smaller_tiles_share_products(key):
    """Both compute correlations, by one transform of the weights; the smaller ones are as accurate."""
    for m in range(1, key[0]):
        whole, small = ending(transforms(*key), m)
        assert small.g == whole.g[: small.n]
        assert (whole.m, small.m, small.n) == (key[0], m, m + key[1] - 1)
        for t, j in product((whole, small), range(key[1])):
            for k in range(t.n):
                g, d = product_of(t.g, unit(t.r, j)), product_of(t.bt, unit(t.n, k))
                assert product_of(t.at, [a * b for a, b in zip(g, d, strict=True)]) == [k == i + j for i in range(t.m)]
            assert codelet(t.at).inexact == codelet(t.bt).inexact == ()
        assert noise(small) <= 1.04 * noise(whole)
        assert amplification(small) <= 1.04 * amplification(whole)


def test_default_points():
    assert set(POINTS) == {(m, r) for m in (2, 4, 6) for r in range(2, 8) if m + r <= 11}
    assert POINTS[2, 3] == (0, 1, -1)
    for (m, r), points in POINTS.items():
        assert transforms(m, r) == transforms(m, r, list(points))


def test_numbers_of_known_points():
    """By hand for F(2, 2) at 0 and 1: Aᵀ = (1 1 0, 0 1 1), G = (−1 0, 1 1, 0 1), Bᵀ = (−1 1 0, 0 1 0,
    0 −1 1); the products for output 0 are 1·2 + 2·1, those for output 1 2·1 + 1·2."""
    t = transforms(2, 2)
    assert amplification(t) == 4 / 2
    assert noise(t) == math.sqrt((1 * 2 + 2 * 1) / 2)
    # the ratios to the integer points, in two dimensions
    assert amplification(transforms(4, 3, INTEGERS)) == pytest.approx(16)
    assert amplification(transforms(4, 3)) ** 2 < 0.5 * 16**2
    assert noise(transforms(4, 3)) ** 2 < 0.34 * noise(transforms(4, 3, INTEGERS)) ** 2
    # scaling the points moves the error between outputs; scaling products does not
    assert noise(transforms(4, 3, (0, 2, -2, 4, -4))) > noise(transforms(4, 3, INTEGERS))


@pytest.mark.parametrize(("arguments", "message"), [
    ((0, 3, ()), r"m of F\(m, r\) must be a positive integer \(m=0\)"),
    ((4, -1, ()), r"r of F\(m, r\) must be a positive integer \(r=-1\)"),
    ((4, 3.0, ()), r"r of F\(m, r\) must be a positive integer \(r=3\.0\)"),
    ((4, 3, (0, 1, -1)), r"points must be m \+ r - 2 = 5 numbers \(got 3\)"),
    ((4, 3, (0, 1, -1, 2, Fraction(4, 2))), r"points must differ \(points=0, 1, -1, 2, 2\)"),
    ((4, 3, (0, 1, -1, 2, math.inf)), r"points must be integers or fractions \(point=inf\)"),
    ((3, 3), r"points must be given for F\(m, r\) other than F\(2, 2\), .*\(m=3, r=3\)"),
])
def test_nonsense_is_refused(arguments, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        transforms(*arguments)


# --- codelets ---


def check_code(code, matrix):
    """It computes the matrix, in operations as promised, each of them needed."""
    for j in range(code.inputs):
        assert code.evaluate(unit(code.inputs, j)) == [row[j] for row in matrix]
    assert [op.name for op in code.ops] == [f"t{i}" for i in range(len(code.ops))]
    known = {f"x{j}" for j in range(code.inputs)}
    kinds = {"add": (str, str), "sub": (str, str), "mul": (str, Fraction), "fma": (str, Fraction, str)}
    for op in code.ops:
        assert tuple(map(type, op.args)) == kinds[op.kind]
        assert set(op.operands) <= known
        if op.kind in ("mul", "fma"):
            assert op.constant not in (0, 1)
        if op.kind == "fma":
            assert abs(op.constant) != 1
        known.add(op.name)
    used = {name for op in code.ops for name in op.operands} | set(code.outputs)
    assert {op.name for op in code.ops} <= used
    assert len({(op.kind, op.args) for op in code.ops}) == len(code.ops)
    assert sum(code.counts.values()) == len(code.ops)


def dense_count(matrix):
    """Operations of one row after the other: a term less than it has, unless none is 1."""
    return sum(sum(c != 0 for c in row) - (1 in row) for row in matrix if any(row))


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_codelets_compute_their_matrices(case):
    for code, matrix in codelets(*case).values():
        check_code(code, matrix)
        assert len(code.ops) <= dense_count(matrix)


def test_random_matrices():
    """Few different entries, so that there is much to share, and zero, equal and opposite rows."""
    rng = random.Random(1)
    entries = [0, 0, 1, -1, 2, -3, HALF, THIRD, Fraction(-5, 4)]
    total = 0
    for _ in range(150):
        matrix = [[rng.choice(entries) for _ in range(rng.choice([5, 1, 3]))]]
        matrix += [[rng.choice(entries) for _ in matrix[0]] for _ in range(rng.randrange(6))]
        matrix += [[-c for c in matrix[0]], matrix[-1]]
        code = codelet(matrix)
        check_code(code, matrix)
        assert len(code.ops) <= dense_count(matrix)
        total += len(code.ops)
        assert all(a >= abs(c) for rows in zip(code.magnitude(), matrix, strict=True)
                   for a, c in zip(*rows, strict=True))
    assert total <= 1171, "more operations than there were"


def test_values_that_need_no_operation():
    code = codelet([[0, 0], [0, 1], [1, 1], [0, 1], [1, 1]])
    assert code.outputs == (None, "x1", "t0", "x1", "t0")
    assert code.ops == (Op("t0", "add", ("x0", "x1")),)
    assert code.roundings() == (0, 0, 1, 0, 1)
    assert code.magnitude() == ((0, 0), (0, 1), (1, 1), (0, 1), (1, 1))
    assert codelet([[0]]) == Codelet(1, (), (None,))


# (m, r, points) -> operations of Bᵀ and of Aᵀ, registers of each. Row after row it would be 20 + 14
# for F(4, 3) and 36 + 32 for F(6, 3).
COSTS = {
    (2, 2, None): (2, 2, 2, 2),
    (2, 3, None): (4, 4, 3, 3),
    (2, 4, None): (10, 7, 7, 6),
    (4, 2, None): (10, 10, 7, 7),
    (2, 5, None): (12, 8, 7, 6),
    (4, 3, None): (16, 12, 7, 6),
    (4, 3, ACCURATE): (12, 12, 7, 7),
    (4, 3, INTEGERS): (12, 10, 7, 7),
    (4, 3, (0, HALF, -HALF, 2, -2)): (12, 10, 7, 7),
    (2, 6, None): (21, 11, 9, 9),
    (4, 4, None): (21, 15, 9, 10),
    (6, 2, None): (21, 19, 9, 10),
    (2, 7, None): (24, 12, 9, 9),
    (4, 5, None): (24, 16, 9, 10),
    (6, 3, None): (24, 20, 9, 10),
    (4, 6, None): (36, 21, 11, 14),
    (6, 4, None): (36, 29, 11, 14),
    (4, 7, None): (40, 23, 11, 14),
    (6, 5, None): (40, 31, 11, 14),
}


@pytest.mark.parametrize("case", COSTS, ids=case_id)
def test_costs(case):
    parts = codelets(*case)
    found = [len(code.ops) for code, _ in parts.values()] + [code.live for code, _ in parts.values()]
    assert all(f <= most for f, most in zip(found, COSTS[case], strict=True)), found


def test_every_default_has_its_cost():
    assert set(POINTS) == {(m, r) for m, r, points in COSTS if points is None}


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_code_runs_in_the_registers_it_states(case):
    """With a file of `live` registers, whose values are dropped when nothing reads them any more."""
    for code, matrix in codelets(*case).values():
        xs = [Fraction(3**j) for j in range(code.inputs)]
        last = {name: i for i, op in enumerate(code.ops) for name in op.operands}
        file, stored, most = {}, {}, 0
        for i, op in enumerate(code.ops):
            for name in op.operands:
                if name not in file:  # only inputs may still be in memory
                    file[name] = xs[int(name.removeprefix("x"))]
            most = max(most, len(file))
            value = sum(file[name] * c for name, c in op.terms)
            file = {name: v for name, v in file.items() if last[name] > i}
            file[op.name] = value
            most = max(most, len(file))
            stored[op.name] = value
            if op.name not in last:
                del file[op.name]
        assert most == code.live
        want = product_of(matrix, xs)
        for y, w in zip(code.outputs, want, strict=True):
            assert w == (0 if y is None else stored[y] if y in stored else xs[int(y[1:])])


def test_same_code_every_time():
    script = ("from convgen.algorithms.winograd.codelets import codelet\n"
              "from convgen.algorithms.winograd.toomcook import POINTS, transforms\n"
              "for key in POINTS:\n    t = transforms(*key)\n    print(codelet(t.bt), codelet(t.at))")
    said = {subprocess.check_output([sys.executable, "-c", script], env={"PYTHONHASHSEED": seed})
            for seed in ("1", "2")}
    assert len(said) == 1


@pytest.mark.parametrize(("matrix", "message"), [
    ([], r"rows of a matrix must have one length, above 0 \(lengths=\[\]\)"),
    ([[]], r"rows of a matrix must have one length, above 0 \(lengths=\[0\]\)"),
    ([[1, 2], [3]], r"rows of a matrix must have one length, above 0 \(lengths=\[1, 2\]\)"),
    ([[1, 0.5]], r"entries of a matrix must be integers or fractions \(entry=0\.5\)"),
])
def test_nonsense_matrices_are_refused(matrix, message):
    with pytest.raises(InputError, match=f"^{message}$"):
        codelet(matrix)


# --- what is rounded ---


def run_f32(code, xs, fused=True):
    """The codelet in float32. The product in an fma is exact in float64, and so is, nearly, its sum."""
    values = {f"x{j}": np.asarray(x, np.float32) for j, x in enumerate(xs)}
    for op in code.ops:
        a, *rest = (values[name] for name in op.operands)
        k = np.float32(float(op.constant))
        if op.kind == "mul":
            result = a * k
        elif op.kind == "fma" and fused:
            result = (a.astype(np.float64) * np.float64(k) + rest[0]).astype(np.float32)
        elif op.kind == "fma":
            result = a * k + rest[0]
        else:
            result = a + rest[0] if op.kind == "add" else a - rest[0]
        values[op.name] = result
    zero = np.zeros_like(values["x0"])
    return np.stack([zero if y is None else values[y] for y in code.outputs])


def floats(matrix):
    return np.array([[float(c) for c in row] for row in matrix])


def gamma(d):
    d = np.asarray(d, float)[:, None]
    return d * U / (1 - d * U)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("case", [*CASES, "thirds"], ids=lambda c: c if c == "thirds" else case_id(c))
def test_errors_are_within_the_bound(case, fused):
    rng = np.random.default_rng(5)
    thirds = [[THIRD, Fraction(2, 7), 5, 0], [1, THIRD, 0, 3], [0, 0, Fraction(1, 10), 0]]
    parts = [(codelet(thirds), thirds)] if case == "thirds" else codelets(*case).values()
    for code, matrix in parts:
        # data of like sizes, and of sizes and signs that meet in the worst way for one output
        x = rng.standard_normal((code.inputs, 4000)) * 2.0 ** rng.integers(-3, 4, (code.inputs, 4000))
        x = x.astype(np.float32)
        exact = floats(matrix) @ x.astype(np.float64)
        error = np.abs(run_f32(code, x, fused) - exact)
        allowed = gamma(code.roundings(fused)) * (floats(code.magnitude()) @ np.abs(x))
        # what the float64 reference itself rounds
        allowed += 1e-14 * (np.abs(floats(matrix)) @ np.abs(x))
        assert (error <= allowed).all()
        for d, e, a in zip(code.roundings(fused), error, allowed, strict=True):
            assert d == 0 or (e / a).max() > 0.2, "a bound that far off would tell nothing"


def test_roundings_by_hand():
    code = Codelet(3, (
        Op("t0", "fma", ("x0", Fraction(3), "x1")),  # 1 fused; x0 · 3 also rounds if not
        Op("t1", "mul", ("t0", Fraction(-4))),  # exact
        Op("t2", "mul", ("x2", Fraction(5))),
        Op("t3", "sub", ("t2", "t1")),
        Op("t4", "fma", ("x0", Fraction(1, 4), "x1")),  # the product is exact
        Op("t5", "fma", ("x0", THIRD, "x1")),  # the constant rounds too
        Op("t6", "mul", ("x0", THIRD)),
        Op("t7", "fma", ("x1", Fraction(3), "t3")),
    ), ("t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"))
    assert code.roundings() == (1, 1, 1, 2, 1, 2, 2, 3)
    assert code.roundings(fused=False) == (2, 2, 1, 3, 1, 3, 2, 4)
    assert code.inexact == (THIRD,)
    assert code.constants == (3, -4, 5, Fraction(1, 4), THIRD)
    assert code.counts == {"fma": 4, "mul": 3, "sub": 1}
    assert code.magnitude()[3] == (12, 4, 5)
    assert code.magnitude()[7] == (12, 7, 5), "x1 comes as +4 and as +3"


def test_sums_are_trees():
    """Eight terms are three roundings deep; of two products, the one that does not round is made."""
    assert codelet([[1] * 8]).roundings() == (3,)
    assert codelet([[1, 2, 4, -8, 1, -2, 4, 8]]).roundings() == (3,)
    assert codelet([[3, 4]]).roundings() == (1,)
    # t = x0 + x1 is shared, and joins the sum last but one
    assert codelet([[1, 1, 0, 0, 0], [1, 1, 1, 1, 1]]).roundings() == (1, 3)
    for m, r in POINTS:
        for code, _ in codelets(m, r, None).values():
            assert max(code.roundings()) <= (3 if m + r <= 9 else 4)


def test_magnitude_sees_cancelling_paths():
    """(x0 + x1) − x1 is x0, with an error that grows with x1."""
    code = Codelet(2, (Op("t0", "add", ("x0", "x1")), Op("t1", "sub", ("t0", "x1"))), ("t1",))
    assert code.evaluate([Fraction(5), Fraction(7)]) == [5]
    assert code.magnitude() == ((1, 2),)


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_magnitude_covers_the_matrix(case):
    """Sharing costs no accuracy for points in pairs: no paths cancel."""
    for code, matrix in codelets(*case).values():
        size = [tuple(map(abs, row)) for row in matrix]
        assert all(a >= b for rows in zip(code.magnitude(), size, strict=True)
                   for a, b in zip(*rows, strict=True))
        if case[2] is None:
            assert code.magnitude() == tuple(size)


# --- whole tiles ---


def rows_and_columns(code, x):
    """The codelet on a stack of tiles (n, n, …)."""
    return run_f32(code, run_f32(code, x).swapaxes(0, 1)).swapaxes(0, 1)


@pytest.mark.parametrize(("m", "r"), [(2, 3), (4, 3), (6, 3), (4, 2)])
def test_the_first_outputs_take_no_more_than_they_need(m, r):
    whole = codelet(transforms(m, r).at)
    xs = [Fraction(3 * j * j - 7 * j + 2, 5) for j in range(whole.inputs)]
    for count in range(1, m + 1):
        part = whole.first(count)
        assert part.evaluate(xs) == whole.evaluate(xs)[:count]
        assert part.ops == tuple(op for op in whole.ops if op in part.ops)
        read = {name for op in part.ops for name in op.operands} | set(part.outputs)
        assert {op.name for op in part.ops} <= read
        assert [part.takes(f"x{j}") for j in range(whole.inputs)] == [f"x{j}" in read for j in range(whole.inputs)]
    assert not whole.first(1).takes(f"x{whole.inputs - 1}")  # the point at infinity is in the last output alone


def winograd_f32(t, d, g):
    """F(m × m, r × r) for d (n, n, tiles, ic) and g (r, r, ic, oc), products summed one by one."""
    integers, divisors = (np.array(part, float) for part in zip(*t.g_over, strict=True))
    u = np.einsum("ai,bj,ijco->abco", integers, integers, g, optimize=True)
    u = (u / np.multiply.outer(divisors, divisors)[:, :, None, None]).astype(np.float32)
    v = rows_and_columns(codelet(t.bt), d).astype(np.float64)
    sums = np.zeros((t.n, t.n, d.shape[2], g.shape[3]), np.float32)
    for c in range(d.shape[3]):
        sums = (v[:, :, :, c, None] * u[:, :, None, c, :] + sums).astype(np.float32)
    return rows_and_columns(codelet(t.at), sums)


def direct_f64(t, d, g):
    return sum(np.einsum("ijtc,co->ijto", d[a : a + t.m, b : b + t.m], g[a, b])
               for a, b in product(range(t.r), repeat=2))


def largest_error(t, ic):
    """Over Σ|x||w|, on N(0, 1) data."""
    rng = np.random.default_rng(7)
    d = rng.standard_normal((t.n, t.n, 40, ic)).astype(np.float32).astype(np.float64)
    g = rng.standard_normal((t.r, t.r, ic, 16)).astype(np.float32).astype(np.float64)
    return float((np.abs(winograd_f32(t, d, g) - direct_f64(t, d, g))
                  / direct_f64(t, np.abs(d), np.abs(g))).max())


def test_default_points_are_twice_as_accurate_as_the_integers():
    """A third or so; and what the comment on POINTS says of {0, ±3/4, ±3/2}."""
    error = largest_error(transforms(4, 3), ic=512)
    integers = largest_error(transforms(4, 3, INTEGERS), ic=512)
    assert U < error < 0.5 * integers
    assert largest_error(transforms(4, 3, ACCURATE), ic=512) < 0.8 * error


@pytest.mark.parametrize("key", POINTS, ids=str)
def test_exact_weights_make_the_transform_of_weights_exact(key):
    t = transforms(*key)
    weights = exact_weights(t)
    assert len(weights) == t.r
    for g in weights:
        for c in product_of(t.g, g):
            assert c.denominator & (c.denominator - 1) == 0


def test_exact_weights_are_all_there_are():
    """Against trying: F(4, 2) has few at some points, on a grid that holds some of them."""
    t = transforms(4, 2, (HALF, -HALF, Fraction(5, 4), Fraction(-5, 4)))
    assert {tuple(map(abs, g)) for g in exact_weights(t)} == {(105, 0), (0, 21)}
    found = [(a, b) for a, b in product(range(-110, 111), range(-45, 46))
             if all(c.denominator & (c.denominator - 1) == 0 for c in product_of(t.g, (a, b)))]
    assert found == [(a, b) for a in (-105, 0, 105) for b in (-42, -21, 0, 21, 42)]


@pytest.mark.parametrize("key", [(2, 2), (4, 2), (2, 3), (4, 3), (6, 3), (2, 5), (4, 5)], ids=str)
def test_nothing_rounds_with_exact_weights(key):
    """In two dimensions, with data of −1, 0 and 1: equal bits."""
    t, rng = transforms(*key), np.random.default_rng(3)
    ic, oc = 16, 8
    d = rng.integers(-1, 2, (t.n, t.n, 30, ic)).astype(np.float64)
    basis = np.array(exact_weights(t), float)
    one, two = (basis[rng.integers(0, t.r, (ic, oc))] for _ in range(2))
    g = np.einsum("coi,coj->ijco", one, two)
    want = direct_f64(t, d, g)
    assert np.array_equal(winograd_f32(t, d, g), want)
    assert (want != 0).mean() > 0.8


@pytest.mark.parametrize("key", [key for key in POINTS if sum(key) < 10], ids=str)
def test_nothing_rounds_with_exact_weights_in_one_dimension(key):
    t, rng = transforms(*key), np.random.default_rng(4)
    d = rng.integers(-1, 2, (t.n, 500, 16))
    g = np.array(exact_weights(t))[rng.integers(0, t.r, 16)].T  # (r, ic)
    u = np.array([[float(c) for c in product_of(t.g, w)] for w in g.T.tolist()]).T
    v = run_f32(codelet(t.bt), d)
    sums = np.zeros(v.shape[:2], np.float32)
    for c in range(16):
        sums += v[:, :, c] * u[:, c, None].astype(np.float32)
    want = sum(d[j : j + t.m] @ g[j] for j in range(t.r))
    assert np.array_equal(run_f32(codelet(t.at), sums), want)
