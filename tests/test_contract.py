# SPDX-License-Identifier: GPL-3.0-or-later
"""What every ufunc of the core promises to NumPy, Dask and threads, whatever it is given.

The tests walk over the core's own list, so that a new curve or operation is held to the same. What
the operands are called is read from the ufuncs' documentation.
"""

import gc
import os
import pickle
import random
import re
import sys
import threading
import time
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import curvecast as cc
from curvecast import _core

# The generalised ones: those without a signature take and give plain numbers.
UFUNCS = {
    name: found
    for name in dir(_core)
    if isinstance(found := getattr(_core, name), np.ufunc) and found.signature
}
FORMULA = cc.formula("a*exp(-b*x) + c*x/z", x=("x", "z"), bounds={"b": (0, 10)})
CURVES = {each.name: each for each in [*cc.curves(), FORMULA]}
NAN = np.nan
BAD_SHAPE, BAD_OPTION = -2, -10
CALLS = 10_000


# ---- what a ufunc is, and plausible inputs for it ------------------------------------------------


def cores(name):
    """Return the core dimensions of each input and of each output."""
    return [
        [tuple(filter(None, each.split(","))) for each in re.findall(r"\(([^)]*)\)", side)]
        for side in UFUNCS[name].signature.split("->")
    ]


def operands(name):
    """Return what the inputs and the outputs are called."""
    text = UFUNCS[name].__doc__.splitlines()[-1].partition(":")[0]
    return [side.split(", ") for side in text.split(" -> ")]


def natives(name):
    """Return the dtypes of the inputs and of the outputs."""
    return [[np.dtype(code) for code in side] for side in UFUNCS[name].types[0].split("->")]


def curve_of(name):
    """Return the ufunc's curve, an example where it takes formulas; None where it has none."""
    ends = [each for each in CURVES if name.endswith(f"_{each}")]
    return CURVES[max(ends, key=len)] if ends else None


def operation_of(name):
    """Return what the ufunc does, for whichever curve."""
    curve = curve_of(name)
    return name.removesuffix("_" + curve.name) if curve else name


def sizes(name, **changed):
    """Return a size for each core dimension, the right one where the curve says which."""
    known = {"n": 12, "k": 8, "h": 4, "m": 3, "b": 5, "s": 3}
    curve = curve_of(name)
    if curve:
        known |= {"r": len(curve.regressors), "p": len(curve.params), "q": len(curve.derived)}
        known |= {"c": len(FORMULA.program)}
    return known | changed


def shapes(name, batch, **changed):
    """Return the shape of each input."""
    size = sizes(name, **changed)
    return [batch + tuple(size[each] for each in core) for core in cores(name)[0]]


def sample(name, batch=(), seed=1):
    """Return plausible inputs, each with these leading axes and no two items alike."""
    rng, size, curve = np.random.default_rng(seed), sizes(name), curve_of(name)
    series = (*batch, size["s"]) if "s" in cores(name)[0][0] else batch
    values = curve_values(curve, size, series, rng) if curve else noise_values(size, batch, rng)
    inputs = []
    for operand, shape, native in zip(
        operands(name)[0], shapes(name, batch), natives(name)[0], strict=True
    ):
        value = np.asarray(values[operand])
        if value.ndim == len(shape) + 1:
            value = value[..., 3]  # one point of a series
        inputs.append(np.broadcast_to(value, shape).astype(native))
    return inputs


def noise_values(size, batch, rng):
    n, m = (*batch, size["n"]), (*batch, size["m"])
    drawn = rng.uniform(0.1, 1, m)
    return {
        "t": np.arange(size["n"]) + rng.uniform(0, 0.5, n),
        "y": rng.normal(size=n).cumsum(axis=-1),
        "horizon": np.arange(1.0, size["h"] + 1),
        "ma": 0.63,
        "window": NAN,
        "weight": drawn / drawn.sum(axis=-1, keepdims=True),
        "location": rng.normal(size=m),
        "scale": rng.uniform(0.5, 2, m),
        "df": np.resize([4.0, np.inf, 1.5], size["m"]),
        "p": rng.uniform(0.05, 0.95, batch),
        "time": np.arange(size["n"]) + rng.uniform(0, 0.5, n),
        "output": np.exp(0.1 * np.arange(size["n"]) + 0.1 * rng.normal(size=n)),
        "x": rng.uniform(0.05, 0.3, n),
    }


def curve_values(curve, size, batch, rng):
    n, p = size["n"], size["p"]
    x, theta = (
        example_values(curve, n, batch, rng) if curve.example else formula_values(n, batch, rng)
    )
    y = curve.ufunc("eval")(x, theta)
    error = 0.05 * rng.normal(size=(*batch, n))
    y = 1 / (1 + (1 / y - 1) * np.exp(error)) if curve.error_model == "logit" else y * np.exp(error)
    root = 0.05 * rng.normal(size=(*batch, p, p))
    unset = ("start", "lower", "upper", "prior_mean", "prior_sd", "options")
    return dict.fromkeys(unset, NAN) | {
        "x": x,
        "y": y,
        "w": rng.uniform(0.5, 2, (*batch, n)),
        "theta": theta,
        "cov": root @ np.swapaxes(root, -1, -2),
        "width in standard errors": 1.6,
        "level": np.where(np.arange(p) == 0, 0.9, NAN),
        "low": np.where(np.arange(p) == 0, 0.97 * theta, NAN),
        "high": np.where(np.arange(p) == 0, 1.02 * theta, NAN),
        "shared": np.arange(p) == 1,
        "kind": 1,
        "seed": rng.integers(-(2**62), 2**62, (*batch, size["b"])),
        "program": FORMULA.program,
    }


def example_values(curve, n, batch, rng):
    """Return points (..., r, n) and parameters (..., p) near the curve's example."""
    x = np.stack(list(curve.example_points(n).values())) * np.ones((*batch, 1, 1))
    x[..., 0, :] += 0.001 * np.ptp(x[..., 0, :]) * rng.uniform(size=(*batch, n))
    own = np.array(curve.example)
    # A place on the axis, such as a year, is moved along it.
    place = np.array([each.x_power == 1 for each in curve.params]) & (abs(own) > 100)
    moved = rng.uniform(-1, 1, (*batch, len(own))) * np.where(place, 1.0, 0.1 * own)
    return x, own + np.where(curve.held, 0, moved)


def formula_values(n, batch, rng):
    along = np.linspace(1, 12, n) * rng.uniform(0.95, 1.05, (*batch, 1, n))
    return along * np.arange(1, 3)[:, None] ** (1 + along / 12), rng.uniform(0.9, 1.1, (*batch, 3))


def one_of_each():
    """Return one ufunc for each loop and number of regressors: curves share their loops."""
    chosen = {}
    for name in sorted(UFUNCS, key=lambda name: not name.endswith("_exponential")):
        curve = curve_of(name)
        kind = len(curve.regressors) if curve and curve is not FORMULA else curve
        chosen.setdefault((operation_of(name), kind), name)
    return sorted(chosen.values())


EACH = pytest.mark.parametrize("name", UFUNCS)
EACH_LOOP = pytest.mark.parametrize("name", one_of_each())


def call(name, inputs, **keywords):
    """Call a ufunc with NumPy's warnings as errors."""
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        return plain(name, inputs, **keywords)


def plain(name, inputs, **keywords):
    """Call a ufunc; always a tuple of arrays."""
    found = UFUNCS[name](*inputs, **keywords)
    return tuple(np.asarray(each) for each in (found if isinstance(found, tuple) else (found,)))


def assert_same(found, expected):
    """Every bit, but for the kind of NaN."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=one.dtype.isnative)


# ---- how inputs and outputs lie in memory --------------------------------------------------------


def reversed_axes(array):
    """Negative strides on every axis."""
    back = (slice(None, None, -1),) * array.ndim
    return array[back].copy()[back]


def fortran(array):
    return np.asfortranarray(array)


def with_gaps(array):
    """Twice the strides, and something poisonous in between."""
    wide = np.full([2 * length + 1 for length in array.shape], poison(array.dtype), array.dtype)
    cut = wide[(slice(1, None, 2),) * array.ndim]
    cut[...] = array
    return cut


def unaligned(array):
    """Strides that are no multiple of the item size, from an odd address on."""
    record = np.dtype({"names": ["it"], "formats": [array.dtype], "offsets": [1], "itemsize": 11})
    packed = np.zeros(array.shape, record)
    packed["it"] = array
    return packed["it"]


def swapped(array):
    """The other byte order."""
    return array.astype(array.dtype.newbyteorder())


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def poison(dtype):
    return 1e300 if dtype.kind == "f" else -(2**62)


LAYOUTS = [reversed_axes, fortran, with_gaps, unaligned, swapped, read_only]


@EACH_LOOP
def test_inputs_may_lie_anyhow_and_are_left_alone(name):
    inputs = sample(name, (2, 3))
    expected = call(name, inputs)
    for layout in LAYOUTS:
        laid = [layout(each) for each in inputs]
        before = [each.tobytes() for each in laid]
        assert_same(call(name, laid), expected)
        assert [each.tobytes() for each in laid] == before, layout.__name__


@EACH_LOOP
def test_operands_broadcast_against_each_other(name):
    """Zero strides in every operand in turn."""
    varied = sample(name, (3,))
    for k in range(len(varied)):
        shared = list(varied)
        shared[k] = np.broadcast_to(varied[k][0], varied[k].shape).copy()
        expected = call(name, shared)
        once = [*varied[:k], varied[k][0], *varied[k + 1 :]]
        assert_same(call(name, once), expected)
        once[k] = np.broadcast_to(once[k], varied[k].shape)
        assert_same(call(name, once), expected)
    across = [each[:, None] if k % 2 else each[None] for k, each in enumerate(varied)]
    full = [np.broadcast_to(a, (3, 3, *a.shape[2:])).copy() for a in across]
    assert_same(call(name, across), call(name, full))


@EACH
def test_a_batch_is_its_items(name):
    """Seven: more than the lanes, and no multiple of them."""
    inputs = sample(name, (7,))
    whole = call(name, inputs)
    items = [call(name, [each[i] for each in inputs]) for i in range(7)]
    assert_same(whole, [np.stack(each) for each in zip(*items, strict=True)])
    back = call(name, [each[::-1] for each in inputs])
    assert_same(back, [each[::-1] for each in whole])


@EACH_LOOP
def test_outputs_may_lie_anyhow(name):
    inputs = sample(name, (2, 3))
    expected = call(name, inputs)
    for layout in LAYOUTS[:-1]:
        out = tuple(layout(np.full_like(each, poison(each.dtype))) for each in expected)
        found = call(name, inputs, out=out)
        assert_same(found, expected)
        assert_same(out, expected)


@EACH_LOOP
def test_an_output_may_be_an_input(name):
    """NumPy copies what overlaps."""
    expected = call(name, sample(name, (3,)))
    places = [
        (i, o)
        for i, core in enumerate(cores(name)[0])
        for o, other in enumerate(cores(name)[1])
        if core == other and natives(name)[0][i] == natives(name)[1][o]
    ]
    for i, o in places[:3]:
        inputs = sample(name, (3,))
        out = [None] * len(expected)
        out[o] = inputs[i]
        assert_same(call(name, inputs, out=tuple(out)), expected)


# ---- types ---------------------------------------------------------------------------------------

WHOLE = ["?", "b", "B", "h", "H", "i", "I"]
SAFE = {"f": ["e", "f", "l", "L", *WHOLE], "i": WHOLE}
UNSAFE = {"f": ["D", "O", "U4", "M8[s]"], "i": ["f", "d", "L", "O", "U4"]}


@EACH_LOOP
def test_every_type_that_casts_safely_is_taken(name):
    """Each input goes through all of them, the others having another."""
    inputs = sample(name, (3,))
    for turn in range(len(SAFE["f"])):
        mixed = []
        for k, (each, native) in enumerate(zip(inputs, natives(name)[0], strict=True)):
            codes = SAFE[native.kind]
            if np.isnan(each).any():
                codes = [code for code in codes if np.dtype(code).kind == "f"]
            mixed.append(whole_numbers(each).astype(codes[(turn + k) % len(codes)]))
        exact = [a.astype(native) for a, native in zip(mixed, natives(name)[0], strict=True)]
        assert_same(call(name, mixed), call(name, exact))


def whole_numbers(array):
    """Small enough for any type; NaN stays."""
    if array.dtype.kind == "i":
        return np.abs(array) % 5
    return np.clip(np.round(4 * np.abs(array)), 0, 100)


@EACH_LOOP
def test_no_other_type_is(name):
    inputs = sample(name)
    for k, native in enumerate(natives(name)[0]):
        for code in UNSAFE[native.kind]:
            other = [np.zeros(a.shape, code) if j == k else a for j, a in enumerate(inputs)]
            with pytest.raises(TypeError):
                UFUNCS[name](*other)


@EACH_LOOP
def test_lists_and_scalars_are_taken(name):
    inputs = sample(name)
    assert_same(call(name, [each.tolist() for each in inputs]), call(name, inputs))


# ---- sizes ---------------------------------------------------------------------------------------


@EACH_LOOP
def test_an_empty_batch_is_an_empty_result(name):
    size = sizes(name)
    for batch in ((0,), (0, 3), (3, 0)):
        found = call(name, list(map(np.empty, shapes(name, batch), natives(name)[0])))
        for array, core, native in zip(found, cores(name)[1], natives(name)[1], strict=True):
            assert array.shape == batch + tuple(size[each] for each in core)
            assert array.dtype == native


@EACH
def test_any_size_of_any_dimension_gives_a_result(name):
    """Dask asks for dtypes with ones as sizes and zeros as values."""
    names = {each for side in cores(name) for core in side for each in core}
    right = sizes(name)
    changes = [{each: size} for each in names for size in (0, 1, 2, 3, 4, 5, 6, 9, 25, 40)]
    changes += [dict.fromkeys(names, size) for size in (0, 1, 2, 30)]
    for change in changes:
        for value in (0, 1, NAN):
            found = call(name, filled(name, value, shapes(name, (2,), **change)))
            if any(change.get(each, right.get(each)) != right.get(each) for each in "rpqc"):
                assert_no_result(name, found, options_set=not np.isnan(value))


def filled(name, value, of_shapes):
    """Return inputs that hold one number everywhere."""
    return [
        np.full(shape, value if native.kind == "f" else 0, native)
        for shape, native in zip(of_shapes, natives(name)[0], strict=True)
    ]


def assert_no_result(name, found, options_set):
    for array, operand in zip(found, operands(name)[1], strict=True):
        if operand.startswith("status"):
            assert (array < 0).all()
            assert options_set or (array == BAD_SHAPE).all()
        elif array.dtype.kind == "f":
            assert np.isnan(array).all(), operand


@pytest.mark.parametrize("name", [each for each in UFUNCS if "n" in UFUNCS[each].signature])
def test_too_few_points_give_no_number_and_a_status(name):
    """Whatever a status below 0 goes with is NaN."""
    for n in (0, 1, 2):
        inputs = [
            each[..., :n] if "n" in core else each
            for each, core in zip(sample(name, (5,)), cores(name)[0], strict=True)
        ]
        found = dict(zip(operands(name)[1], call(name, inputs), strict=True))
        assert_sane(name, inputs, found)
        assert (found.get("n_used", 0) <= np.array(n)).all()


def assert_sane(name, inputs, found):
    """Numbers where the status says so, and none where it does not."""
    status = found.get("status", found.get("status of each replicate"))
    if status is None:
        return
    failed = status < 0
    for operand in ("theta", "objective", "low", "high", "cov", "dfbetas", "leverage", "residual"):
        if operand in found:
            assert np.isnan(found[operand][failed]).all(), operand
    if "cov" in found:
        cov = found["cov"][~failed]
        assert not np.isinf(cov).any()
        assert not (np.diagonal(cov, axis1=-2, axis2=-1) < 0).any()
    if "theta" in found:
        theta = found["theta"][~failed]
        given = dict(zip(operands(name)[0], inputs, strict=True))
        assert np.isfinite(theta).all()
        for end, beyond in (("lower", np.less), ("upper", np.greater)):
            least = bound(name, given, end)
            if operation_of(name) == "bootstrap":
                least = least[..., None, :]
            limit = np.broadcast_to(least, found["theta"].shape)[~failed]
            assert not beyond(theta, limit).any()


def bound(name, given, end):
    """Return the one in force: the curve's own where none is given."""
    own = np.array([getattr(each, end) for each in curve_of(name).params])
    return np.where(np.isnan(given[end]), own, given[end])


@pytest.mark.parametrize("name", [each for each in UFUNCS if "kind" in operands(each)[0]])
def test_a_kind_that_is_none_is_refused(name):
    """Also one whose lower half is a kind."""
    inputs, place = sample(name), operands(name)[0].index("kind")
    for kind in (-1, 5, 2**32, 2**32 + 1, -(2**63)):
        inputs[place] = np.array(kind)
        found = call(name, inputs)
        assert (found[-1] == BAD_OPTION).all(), kind
        assert np.isnan(found[0]).all()


# ---- data that no one would fit ------------------------------------------------------------------

NASTY = [
    *(0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.7, NAN, np.inf, -np.inf),
    *(1e300, -1e300, 1e-300, 5e-324, -5e-324, 1e-310, 2.0**53, 1.7976931348623157e308),
]
HOSTILE = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("operation", sorted(set(map(operation_of, UFUNCS))))
@HOSTILE
@given(data=st.data())
def test_hostile_data_end_in_time_and_without_a_warning(operation, data):
    """Some operands keep their plausible values, so that the others get further."""
    name = data.draw(st.sampled_from([each for each in UFUNCS if operation_of(each) == operation]))
    n = data.draw(st.sampled_from([1, 2, 3, 4, 5, 12]))
    inputs = []
    for value, core, native in zip(sample(name), cores(name)[0], natives(name)[0], strict=True):
        value = value[..., :n] if "n" in core else value
        if data.draw(st.booleans()):
            rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
            pool = data.draw(st.lists(st.sampled_from(NASTY), min_size=1, max_size=4))
            if native.kind == "f":
                value = rng.choice(pool, value.shape)
            else:
                value = rng.integers(-(2**63), 2**63 - 1, value.shape)
        inputs.append(value)
    if curve_of(name) is FORMULA:
        inputs[-1] = FORMULA.program
    began = time.process_time()
    found = call(name, inputs)
    assert time.process_time() - began < 1
    assert_sane(name, inputs, dict(zip(operands(name)[1], found, strict=True)))


@HOSTILE
@given(data=st.data())
def test_a_program_may_be_anything(data):
    """A few numbers of a good one changed, so that it is read far, or all of them."""
    name = data.draw(st.sampled_from([each for each in UFUNCS if curve_of(each) is FORMULA]))
    program = FORMULA.program.copy()
    small = st.integers(-2, 30).map(float)
    for place in data.draw(st.lists(st.integers(0, len(program) - 1), min_size=1, max_size=3)):
        program[place] = data.draw(st.one_of(small, st.sampled_from(NASTY)))
    program = program[: data.draw(st.sampled_from([None, None, None, -1, -3, 9, 8, 1]))]
    noise = np.random.default_rng(0).choice(NASTY, len(program))
    for each in (program, noise):
        call(name, [*sample(name)[:-1], each])


# ---- many calls, many threads, other processes ---------------------------------------------------


def resident():
    """Return the memory of this process in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def one_kind_each():
    """Return a ufunc for each loop, of curves that are quick; and the fit that searches."""
    slow = ("_chinchilla", "_data_limited")
    return ["fit_logistic", *(each for each in one_of_each() if not each.endswith(slow))]


@pytest.mark.thread_unsafe(reason="it measures the process")
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the system has no statm")
@pytest.mark.parametrize("name", one_kind_each())
def test_memory_is_flat_over_ten_thousand_calls(name):
    """Of all kinds: well shaped and badly, with data and without, with one work space and two."""
    good = sample(name)
    missing = filled(name, NAN, shapes(name, ()))
    wrong = filled(name, 0, shapes(name, (), p=1, r=3, n=0, q=1))
    mixed = [np.stack(each) for each in zip(good, missing, good, strict=True)]
    kinds = [good, mixed, *4 * [missing, wrong]]

    def run(calls):
        for _ in range(calls // len(kinds)):
            for each in kinds:
                UFUNCS[name](*each)
        gc.collect()

    run(CALLS // 10)
    references = [sys.getrefcount(each) for kind in kinds for each in kind]
    before = resident()
    run(CALLS)
    assert resident() - before < 50 * CALLS
    assert [sys.getrefcount(each) for kind in kinds for each in kind] == references
    tracemalloc.start()
    try:
        traced, types = tracemalloc.get_traced_memory()[0], sys.getrefcount(np.dtype("d"))
        run(CALLS // 10)
        assert tracemalloc.get_traced_memory()[0] - traced < CALLS
        assert abs(sys.getrefcount(np.dtype("d")) - types) < 100
    finally:
        tracemalloc.stop()


@pytest.mark.thread_unsafe(reason="it starts threads of its own")
def test_eight_threads_at_once_give_the_same_bits():
    """Single calls, which keep the GIL, and batches, which release it."""
    work = [(name, sample(name)) for name in UFUNCS]
    work += [(name, sample(name, (600,))) for name in ("fit_logistic", "eval_logistic", "walk")]
    expected = [call(*each) for each in work]
    barrier = threading.Barrier(8)
    failures = []

    def run(seed):
        order = list(range(len(work)))
        random.Random(seed).shuffle(order)
        barrier.wait()
        try:
            for k in order:
                assert_same(plain(*work[k]), expected[k])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not failures, failures[0]


def test_a_ufunc_travels_by_name():
    for each in UFUNCS.values():
        assert pickle.loads(pickle.dumps(each)) is each


@EACH_LOOP
def test_a_dask_array_is_its_chunks(name):
    da = pytest.importorskip("dask.array")
    inputs = sample(name, (5,))
    chunked = [da.from_array(each, chunks=(2, *each.shape[1:])) for each in inputs]
    found = UFUNCS[name](*chunked)
    found = found if isinstance(found, tuple) else (found,)
    assert all(each.numblocks[0] == 3 for each in found)
    assert_same(da.compute(*found, scheduler="synchronous"), call(name, inputs))
