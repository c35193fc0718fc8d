"""Whole networks of TFLite models: each operator gives what LiteRT's reference kernels give, in NumPy and in C; what
commands make of a model; what is refused."""

from __future__ import annotations

import subprocess
import zlib

import numpy as np
import pytest
import tools
from click.testing import CliRunner

pytest.importorskip("tflite", reason="needs the package tflite")
from test_tflite import LITERT
from tflite_files import File

import convgen
from convgen.commands.main import main
from convgen.commands.package import make
from convgen.commands.request import Request
from convgen.commands.whole import Asked
from convgen.errors import InputError, UnsupportedError
from convgen.packaging import files as package
from convgen.tflite.network import find_model
from convgen.verification import along
from convgen.verification.networks import evaluate

ENDS = {"int8": (-128, 127), "uint8": (0, 255)}
SOFT = {"int8": (1 / 256, -128), "uint8": (1 / 256, 0)}  # of what is from 0 to 1
ROUND = {"int8": (1 / 128, 0), "uint8": (1 / 128, 128)}  # and from -1 to 1
IMAGE = (2, 5, 6, 3)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory):
    """A cache that many tests share."""
    monkeypatch.setenv("CONVGEN_CACHE", str(tools.shared_cache(tmp_path_factory)))


class Case:
    """One operator in a file, and inputs for it, all drawn. same: whether all values have one scale; made: the scale
    and zero point of the output, if it has its own by rule; to: its type; constants: inputs behind those that are
    given; first: whether they come before these. weights: the same with scales. Of a list, an option is drawn."""

    def __init__(self, file, kind, dtype, inputs, outputs, constants=(), *, same=False, made=None, to=None,
                 first=False, weights=(), **options):
        rng = self.rng = np.random.default_rng(zlib.crc32(f"{kind} {dtype} {inputs} {options}".encode()))
        to, one = to or dtype, self.scale(dtype)
        self.x = [self.draw(shape, dtype) for shape in inputs]
        tensors = [file.tensor(shape, dtype, **(one if same else self.scale(dtype))) for shape in inputs]
        given = [file.tensor(shape, dtype, self.draw(shape, dtype), **self.scale(dtype)) for shape in weights]
        given += [file.tensor(np.shape(numbers), "int32", numbers) for numbers in constants]
        own = self.scale(to)
        if made is not None and to in made:
            own = dict(zip(("scale", "zero"), ([number] for number in made[to]), strict=True))
        ys = [file.tensor(shape, to, **(one if same else own)) for shape in outputs]
        options = {name: int(rng.choice(value)) if isinstance(value, list) else value
                   for name, value in options.items()}
        file.operator(kind, [*given, *tensors] if first else [*tensors, *given], ys, **options)
        self.inputs, self.outputs = tensors, ys

    def scale(self, dtype):
        if dtype == "float32":
            return {}
        low, high = ENDS[dtype]
        return {"scale": [np.float32(2.0 ** self.rng.uniform(-3, 0) / 8)],
                "zero": [int(self.rng.integers(low + 64, high - 63))]}

    def draw(self, shape, dtype):
        if dtype == "float32":
            return (2 * self.rng.standard_normal(shape)).astype(np.float32)
        return self.rng.integers(ENDS[dtype][0], ENDS[dtype][1] + 1, shape).astype(dtype)


ACT = {"FusedActivationFunction": [0, 1, 2, 3]}
NONE = {"FusedActivationFunction": 0}
WINDOW = {"StrideH": 2, "StrideW": 1, "FilterHeight": 3, "FilterWidth": 2}
SLICED = {"BeginMask": 0, "EllipsisMask": 0, "NewAxisMask": 0}
ALL, BYTES, FLOAT = ("float32", "int8", "uint8"), ("int8", "uint8"), ("float32",)
# name -> (types, operator, inputs, outputs, constants, options)
OPERATORS = {
    **{f"{op} {name}".lower(): (ALL, op, [IMAGE, other], [IMAGE], (), ACT) for op in ("ADD", "SUB", "MUL")
       for name, other in (("alike", IMAGE), ("channels", (1, 1, 3)))},
    "div": (FLOAT, "DIV", [IMAGE, IMAGE], [IMAGE], (), ACT),
    "maximum": (ALL, "MAXIMUM", [IMAGE, IMAGE], [IMAGE], (), {"same": True}),
    "minimum": (ALL, "MINIMUM", [IMAGE, IMAGE], [IMAGE], (), {"same": True}),
    **{op.lower(): (ALL, op, [IMAGE], [IMAGE], (), {}) for op in ("RELU", "RELU6", "RELU_N1_TO_1", "HARD_SWISH")},
    "elu": (("float32", "int8"), "ELU", [IMAGE], [IMAGE], (), {}),
    "leaky_relu": (ALL, "LEAKY_RELU", [IMAGE], [IMAGE], (), {"Alpha": 0.1}),
    "logistic": (ALL, "LOGISTIC", [IMAGE], [IMAGE], (), {"made": SOFT}),
    "tanh": (ALL, "TANH", [IMAGE], [IMAGE], (), {"made": ROUND}),
    "prelu": (ALL, "PRELU", [IMAGE], [IMAGE], (), {"weights": [(1, 1, 3)]}),
    **{op.lower(): (FLOAT, op, [IMAGE], [IMAGE], (), {}) for op in
       ("ABS", "NEG", "EXP", "SIN", "COS", "FLOOR", "CEIL", "ROUND", "SQUARE")},
    "squared_difference": (FLOAT, "SQUARED_DIFFERENCE", [IMAGE, IMAGE], [IMAGE], (), {}),
    **{f"{op.lower()} pool {name}": (ALL, f"{op}_POOL_2D", [IMAGE], [made], (),
                                     {"same": True, "Padding": padding, **WINDOW, **ACT})
       for op in ("MAX", "AVERAGE") for name, padding, made in (("same", 0, (2, 3, 6, 3)), ("valid", 1, (2, 2, 5, 3)))},
    **{f"{op} {name}": (types, op.upper(), [IMAGE], [made], [axes], {"same": op != "mean", "KeepDims": kept})
       for op, types in (("mean", ALL), ("sum", FLOAT), ("reduce_max", ALL), ("reduce_min", ALL))
       for name, axes, made, kept in (("of pixels", [1, 2], (2, 1, 1, 3), 1), ("of channels", [-1], (2, 5, 6), 0))},
    "softmax": (ALL, "SOFTMAX", [(3, 12)], [(3, 12)], (), {"made": SOFT, "Beta": 1.0}),
    "softmax of many": (ALL, "SOFTMAX", [(1, 300)], [(1, 300)], (), {"made": SOFT, "Beta": 0.25}),
    "l2": (FLOAT, "L2_NORMALIZATION", [IMAGE], [IMAGE], (), NONE),
    "reshape": (ALL, "RESHAPE", [IMAGE], [(10, 18)], [[10, 18]], {"same": True}),
    "squeeze": (ALL, "SQUEEZE", [(1, 5, 1, 3)], [(5, 3)], (), {"same": True}),
    "expand": (ALL, "EXPAND_DIMS", [(5, 3)], [(5, 1, 3)], [[1]], {"same": True}),
    "transpose": (ALL, "TRANSPOSE", [IMAGE], [(2, 3, 5, 6)], [[0, 3, 1, 2]], {"same": True}),
    "strided slice": (ALL, "STRIDED_SLICE", [IMAGE], [(2, 2, 3)], [[0, 1, 0, 0], [2, 2, 6, 1], [1, 1, 3, 1]],
                      {"same": True, "EndMask": 8, "ShrinkAxisMask": 2, **SLICED}),
    "slice backwards": (ALL, "STRIDED_SLICE", [IMAGE], [(2, 5, 3, 3)], [[0, 4, 5, 0], [2, -9, 0, 3], [1, -1, -2, 1]],
                        {"same": True, "EndMask": 0, "ShrinkAxisMask": 0, **SLICED}),
    "slice": (ALL, "SLICE", [IMAGE], [(1, 3, 6, 2)], [[1, 2, 0, 0], [1, -1, 6, 2]], {"same": True}),
    "split": (ALL, "SPLIT", [IMAGE], [(2, 5, 3, 3)] * 2, [2], {"same": True, "first": True, "NumSplits": 2}),
    "split_v": (ALL, "SPLIT_V", [IMAGE], [(2, 1, 6, 3), (2, 4, 6, 3)], [[1, 4], 1], {"same": True, "NumSplits": 2}),
    "concatenation": (ALL, "CONCATENATION", [IMAGE, (2, 5, 6, 2)], [(2, 5, 6, 5)], (),
                      {"same": True, "Axis": 3, **NONE}),
    "pad": (ALL, "PAD", [IMAGE], [(2, 8, 6, 4)], [[[0, 0], [1, 2], [0, 0], [1, 0]]], {"same": True}),
    "mirror": (ALL, "MIRROR_PAD", [IMAGE], [(2, 8, 6, 3)], [[[0, 0], [1, 2], [0, 0], [0, 0]]],
               {"same": True, "Mode": 0}),
    "gather": (ALL, "GATHER", [IMAGE], [(2, 5, 4, 3)], [[5, 0, 0, 2]], {"same": True, "Axis": 2, "BatchDims": 0}),
    "pack": (ALL, "PACK", [(4, 3), (4, 3)], [(4, 2, 3)], (), {"same": True, "Axis": 1, "ValuesCount": 2}),
    "unpack": (ALL, "UNPACK", [(4, 2, 3)], [(4, 3)] * 2, (), {"same": True, "Axis": 1, "Num": 2}),
    "tile": (ALL, "TILE", [(2, 3)], [(4, 9)], [[2, 3]], {"same": True}),
    "depth to space": (ALL, "DEPTH_TO_SPACE", [(1, 2, 3, 8)], [(1, 4, 6, 2)], (), {"same": True, "BlockSize": 2}),
    "space to depth": (ALL, "SPACE_TO_DEPTH", [(1, 4, 6, 2)], [(1, 2, 3, 8)], (), {"same": True, "BlockSize": 2}),
    "reverse": (ALL, "REVERSE_V2", [IMAGE], [IMAGE], [[1]], {"same": True}),
    **{f"{name} {size} {align}{half}": (types, op, [IMAGE], [(2, *size, 3)], [size],
                                        {"same": True, "AlignCorners": align, "HalfPixelCenters": half})
       for name, op, types in (("nearest", "RESIZE_NEAREST_NEIGHBOR", ALL),
                               ("bilinear", "RESIZE_BILINEAR", ("float32", "int8")))
       for size in ((9, 4), (10, 12)) for align, half in ((0, 0), (1, 0), (0, 1))},
    "quantize": (ALL, "QUANTIZE", [IMAGE], [IMAGE], (), {"to": "int8"}),
    "dequantize": (BYTES, "DEQUANTIZE", [IMAGE], [IMAGE], (), {"to": "float32"}),
}
CASES = [(name, dtype) for name, row in OPERATORS.items() for dtype in row[0]]


def case(name, dtype, file):
    _, kind, inputs, outputs, constants, options = OPERATORS[name]
    return Case(file, kind, dtype, inputs, outputs, [np.asarray(one) for one in constants], **options)


def all_of(dtype):
    """All operators of a type in one file, none of which reads another's output; and inputs."""
    file = File()
    made = [case(name, dtype, file) for name, kind in CASES if kind == dtype]
    return file.done(*([one for each in made for one in getattr(each, ends)] for ends in ("inputs", "outputs"))), \
        [x for each in made for x in each.x]


def interpreted(content, xs):
    """What the reference kernels give; the others, of operators that have none."""
    from ai_edge_litert import interpreter as litert  # large

    for resolver in (litert.OpResolverType.BUILTIN_REF, litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        try:
            model = litert.Interpreter(model_content=content, experimental_op_resolver_type=resolver, num_threads=1)
            model.allocate_tensors()
        except ValueError:
            continue
        for one, x in zip(model.get_input_details(), xs, strict=True):
            model.set_tensor(one["index"], x)
        model.invoke()
        return [model.get_tensor(one["index"]) for one in model.get_output_details()]
    raise AssertionError("LiteRT has no such operator")


def saved(folder, content, name="net.tflite"):
    path = folder / name
    path.write_bytes(content)
    return path


def computed(path, xs, **options):
    model = find_model(path, **options)
    found = evaluate(model, dict(zip(model.inputs, xs, strict=True)), np.float32)
    return model, [found[name].astype(model.values[name].element.dtype) for name in model.outputs]


@LITERT
@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_litert_gives_what_the_steps_give(name, dtype, tmp_path):
    """Integers bit for bit."""
    file = File()
    made = case(name, dtype, file)
    content = file.done(made.inputs, made.outputs)
    _, found = computed(saved(tmp_path, content), made.x)
    for y, wanted in zip(found, interpreted(content, made.x), strict=True):
        assert (y.shape, y.dtype) == (wanted.shape, wanted.dtype)
        if y.dtype.kind == "f":
            np.testing.assert_allclose(y, wanted, 2e-5, 2e-5)
        else:
            assert (y == wanted).all()


# of all outputs whose bits are the same everywhere, when they were LiteRT's
SUMS = {"int8": 941554890, "uint8": 3126112448}


@pytest.mark.parametrize("dtype", SUMS)
def test_steps_give_what_litert_gave(dtype, tmp_path):
    """Where there is no LiteRT, which else tells the operator."""
    content, xs = all_of(dtype)
    model, found = computed(saved(tmp_path, content), xs)
    sorts = along.sorts(model)
    exact = [y.tobytes() for name, y in zip(model.outputs, found, strict=True) if sorts[name] == "exact"]
    assert len(exact) > 40
    assert zlib.crc32(b"".join(exact)) == SUMS[dtype]


# the self-test of integers alone has functions of floats
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-Wno-unused-function",
          "-Wno-unused-const-variable")


def packaged(path, folder, chains=True, **changes):
    """Its package in plain C, built without warnings, and what its self-test says."""
    request = Request((str(path),), {"layout": "nhwc", **changes}, {}, "scalar", None, 1e-6, records=False)
    for name, text in package.files(make(request, None, "embed", Asked(chains=chains))).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    program = f"build/{path.stem}_selftest"
    done = subprocess.run(["make", "-s", "-C", folder, program, f"CFLAGS=-O0 {' '.join(STRICT)}"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return subprocess.run([folder / program], capture_output=True, text=True, check=False)


@tools.needs(tools.make)
@pytest.mark.parametrize("dtype", ["int8", "float32", pytest.param("uint8", marks=pytest.mark.sweep)])
def test_c_gives_what_the_steps_give(dtype, tmp_path):
    """The self-test of all operators in one library: integers bit for bit."""
    path = saved(tmp_path, all_of(dtype)[0], "every.tflite")
    done = packaged(path, tmp_path / "out")
    assert done.returncode == 0, done.stdout
    source = (tmp_path / "out/src/every_run_scalar.c").read_text()
    assert "[256] = {" in source or dtype == "float32"
    assert " - -" not in source
    assert " + -" not in source


# --- whole models ---


def ds_cnn(dtype, channels=8):
    """A keyword spotter: a convolution, a depthwise and a pointwise one, a mean, a product, softmax."""
    rng, file = np.random.default_rng(7), File()

    def value(shape, scale, zero):
        return file.tensor(shape, dtype, **({} if dtype == "float32" else {"scale": [scale], "zero": [zero]}))

    def layer(kind, x, weights, axis, made, act, **options):
        x, scale = x
        oc = made[-1]
        if dtype == "float32":
            arrays = [file.tensor(weights, data=rng.standard_normal(weights)),
                      file.tensor((oc,), data=rng.standard_normal(oc))]
        else:
            of = (rng.uniform(1, 2, oc) / 50 / np.sqrt(np.prod(weights) / oc)).astype(np.float32)
            arrays = [file.tensor(weights, dtype, rng.integers(-127, 128, weights), of, [0] * oc, axis),
                      file.tensor((oc,), "int32", rng.integers(-900, 900, oc), np.float32(scale) * of, [0] * oc)]
        y = value(made, 0.05, -128 if act else -9), 0.05
        file.operator(kind, [x, *arrays], y[:1], FusedActivationFunction=act, **options)
        return y

    steps = {"Padding": 0, "DilationHFactor": 1, "DilationWFactor": 1}
    one, image = {"StrideH": 1, "StrideW": 1, **steps}, (1, 13, 5, channels)
    start = value((1, 25, 10, 1), 0.03, 3), 0.03
    x = layer("CONV_2D", start, (channels, 10, 4, 1), 0, image, 1, StrideH=2, StrideW=2, **steps)
    x = layer("DEPTHWISE_CONV_2D", x, (1, 3, 3, channels), 3, image, 1, DepthMultiplier=1, **one)
    x = layer("CONV_2D", x, (channels, 1, 1, channels), 0, image, 1, **one)
    mean, flat = value((1, 1, 1, channels), 0.05, -128), value((1, channels), 0.05, -128)
    y = value((1, 12), 1 / 256, -128)
    file.operator("AVERAGE_POOL_2D", x[:1], [mean], Padding=1, StrideH=13, StrideW=5, FilterHeight=13, FilterWidth=5,
                  FusedActivationFunction=0)
    file.operator("RESHAPE", [mean, file.tensor((2,), "int32", [1, channels])], [flat])
    scores = layer("FULLY_CONNECTED", (flat, 0.05), (12, channels), 0, (1, 12), 0, WeightsFormat=0, KeepNumDims=0)
    file.operator("SOFTMAX", scores[:1], [y], Beta=1.0)
    return file.done(start[:1], [y])


@pytest.fixture
def spotter(tmp_path):
    return saved(tmp_path, ds_cnn("int8"), "spotter.tflite")


def drawn():
    return np.random.default_rng(3).integers(-128, 128, (1, 25, 10, 1)).astype(np.int8)


@tools.needs(tools.make)
def test_a_keyword_spotter_is_one_function_with_a_self_test_that_tells(spotter, tmp_path):
    done = packaged(spotter, tmp_path / "out", chains=False)
    assert done.returncode == 0, done.stdout
    source = tmp_path / "out/src/spotter_run_scalar.c"
    text = source.read_text()
    broken = text.replace("/ 65", "/ 64")  # the mean of 13 x 5 pixels
    assert broken != text
    source.write_text(broken)
    subprocess.run(["make", "-s", "-C", tmp_path / "out", "build/spotter_selftest", "CFLAGS=-O0"], check=True)
    assert subprocess.run([tmp_path / "out/build/spotter_selftest"], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("layout", ["nhwc", pytest.param("nchw", marks=pytest.mark.sweep)])
def test_a_network_in_python_gives_what_its_steps_give(layout, spotter):
    x = drawn()
    _, (wanted,) = computed(spotter, [x])
    assert len(set(wanted.ravel().tolist())) > 3
    assert (convgen.load_network(spotter, layout=layout, target="scalar")(x) == wanted).all()


@LITERT
@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_litert_gives_what_a_network_gives(dtype, tmp_path):
    content, x = ds_cnn(dtype), drawn()
    x = x if dtype == "int8" else (x / 64).astype(np.float32)
    y, (wanted,) = convgen.load_network(saved(tmp_path, content), target="scalar")(x), interpreted(content, [x])
    np.testing.assert_allclose(y, wanted, 1e-5, 0 if dtype == "int8" else 1e-6)


def product(rng, dtype="int8", zero=0, scales=1, ties=False):
    """A FULLY_CONNECTED, and an input. ties: many sums lie in the middle between two outputs."""
    file, (low, high) = File(), ENDS[dtype]
    x, w, y = (1.0, 1.0, 64.0) if ties else rng.uniform(0.01, 0.1, 3)
    of = np.full(scales, w, np.float32) * (1 if ties else rng.uniform(0.2, 1, scales).astype(np.float32))
    weights = 32 * rng.integers(-1, 2, (8, 16)) if ties else rng.integers(low + 1, high + 1, (8, 16))
    bias = rng.integers(-900, 900, 8) // 32 * 32
    start = file.tensor((5, 16), dtype, scale=[x], zero=[5])
    inputs = [start, file.tensor((8, 16), dtype, weights, of, [zero] * scales, 0),
              file.tensor((8,), "int32", bias, np.float32(x) * of, [0] * scales)]
    end = file.tensor((5, 8), dtype, scale=[y], zero=[high // 2])
    act = 0 if ties else int(rng.integers(4))
    file.operator("FULLY_CONNECTED", inputs, [end], FusedActivationFunction=act, WeightsFormat=0, KeepNumDims=0)
    return file.done([start], [end]), rng.integers(low, high + 1, (5, 16)).astype(dtype)


PRODUCTS = {"one scale": {}, "a scale for each row": {"scales": 8}, "a zero point": {"zero": 7}, "ties": {"ties": True},
            "u8": {"dtype": "uint8", "zero": 120}}


@LITERT
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_round_as_litert_does(name, tmp_path):
    rng = np.random.default_rng(len(name))
    for _ in range(20):
        content, x = product(rng, **PRODUCTS[name])
        _, (y,) = computed(saved(tmp_path, content), [x])
        assert (y == interpreted(content, [x])[0]).all()


def test_sums_are_rounded_once_and_away_from_zero(tmp_path):
    content, x = product(np.random.default_rng(1), ties=True)
    model, (y,) = computed(saved(tmp_path, content), [x])
    step = model.steps[0]
    sums = (x.astype(int) - 5) @ step.use.weights[..., 0].astype(int).T + step.use.bias
    assert (np.abs(sums) % 64 == 32).any()
    away = np.sign(sums) * ((np.abs(sums) + 32) // 64) + 63
    inside = (y > 63) & (y < 127)  # whatever its activation
    assert inside.any()
    assert (y == away)[inside].all()


# --- commands ---


def command(*words):
    return CliRunner().invoke(main, [*map(str, words)])


def test_verify_judges_every_value(spotter):
    done = command("verify", spotter)
    assert done.exit_code == 0, done.output
    assert "values must be equal" in done.stdout
    assert "real" not in done.stdout


def test_bench_tells_where_time_goes(spotter):
    done = command("bench", spotter, "--repeats", 2, "--against", "onnxruntime")
    assert done.exit_code == 0, done.output
    assert "SOFTMAX" in done.stdout
    assert "reads no TFLite file" in done.stdout or "not installed" in done.stdout


def test_a_network_may_end_earlier(spotter):
    (scores,) = find_model(spotter, stop_at=["SOFTMAX"]).outputs
    assert find_model(spotter, cut=[scores]).values[scores].shape == (1, 12)
    mean = find_model(spotter, stop_at=["AVERAGE_POOL_2D"])
    assert mean.values[mean.outputs[0]].shape == (1, 13, 5, 8)


def refused(kind="ADD", dtype="int8", inputs=((2, 3), (2, 3)), outputs=((2, 3),), constants=(), **options):
    file = File()
    given = {"FusedActivationFunction": 0} if kind in ("ADD", "MUL") else {}
    made = Case(file, kind, dtype, inputs, outputs, constants, **{**given, **options})
    return file.done(made.inputs, made.outputs)


REFUSED = {
    "an operator": (refused("CUMSUM", inputs=[(2, 3)]), UnsupportedError, "left: 1 CUMSUM"),
    "a quotient of integers": (refused("DIV", **NONE), UnsupportedError, "1 DIV .*its data must be f32"),
    "types that differ": (refused("ADD", to="uint8"), UnsupportedError, "1 ADD .*all s8, or all u8"),
    "scales of what is joined": (refused("CONCATENATION", outputs=[(2, 6)], Axis=1, **NONE), UnsupportedError,
                                 "1 CONCATENATION .*one scale and zero_point"),
    "a fine output": (refused("ADD", made={"int8": (1e-9, 0)}), InputError, "ADD t2: scales .* below 1 "),
    "extents": (refused("ADD", "float32", [(2, 3), (2, 4)]), InputError, "ADD t2: operands must have extents"),
    "a shape": (refused("RESHAPE", inputs=[(2, 3)], outputs=[(7,)]), InputError, "must keep the number of elements"),
    "a permutation": (refused("TRANSPOSE", "float32", [(2, 3)], [(3, 2)], [np.array([1, 1])]), InputError,
                      r"perm must name each axis once \(perm=\[1, 1\]"),
}


def test_a_tensor_that_nobody_makes(tmp_path):
    for kind, given in (("ADD", (0, 1)), ("ADD", (0, -1)), ("PACK", (0, 2))):  # a stray one, none, its own output
        file = File()
        x, _, y = (file.tensor((2, 3)) for _ in range(3))
        file.operator(kind, given, [y], **(NONE if kind == "ADD" else {"Axis": 0, "ValuesCount": 2}))
        with pytest.raises(InputError, match=r"must be an input, a constant|leave no input|made before it"):
            find_model(saved(tmp_path, file.done([x], [y])))


def test_whole_numbers_are_moved_as_they_are(tmp_path):
    file = File()
    x, y, z = file.tensor((2, 3), "int32"), file.tensor((2, 6), "int32"), file.tensor((3, 6), "int32")
    file.operator("CONCATENATION", [x, x], [y], Axis=1, **NONE)
    file.operator("PAD", [y, file.tensor((2, 2), "int32", [[1, 0], [0, 0]])], [z])
    given = np.arange(6, dtype=np.int32).reshape(2, 3)
    _, (found,) = computed(saved(tmp_path, file.done([x], [z])), [given])
    assert found.tolist() == [[0] * 6, *np.hstack([given, given]).tolist()]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name, tmp_path):
    content, error, said = REFUSED[name]
    with pytest.raises(error, match=said):
        find_model(saved(tmp_path, content))


def test_operators_that_are_missing_are_listed_with_ways_out(tmp_path):
    done = command("package", saved(tmp_path, refused("CUMSUM", inputs=[(2, 3)])), "-o", tmp_path / "out")
    assert (done.exit_code, "left: 1 CUMSUM" in done.output) == (3, True), done.output
    assert "--stop-at OPERATOR or --cut VALUE" in done.output


def test_options_that_a_tflite_model_has_not(spotter):
    for words, said in ((("--batch", 2), "batch must be left to ONNX models"),
                        (("--cut", "nothing"), "cut must name values of the model (nothing)"),
                        (("--stop-at", "Conv"), "stop_at must name operators of the model (Conv)")):
        done = command("package", spotter, *words, "-o", spotter.parent / "out")
        assert done.exit_code == 2, done.output
        assert said in done.output
