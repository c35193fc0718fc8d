"""convgen.torch: what becomes a kernel, what falls back, and that both compute what PyTorch does."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import msgspec
import numpy as np
import pytest
from test_lock import here

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("error")

import convgen.torch  # noqa: E402  # needs torch
from convgen.errors import InputError, UnsupportedError  # noqa: E402
from convgen.layer.activation import ACTIVATIONS, Activation  # noqa: E402
from convgen.layer.element import ARITHMETICS, ELEMENTS  # noqa: E402
from convgen.machine.find import find  # noqa: E402
from convgen.machine.host import host  # noqa: E402
from convgen.machine.target import Target  # noqa: E402
from convgen.planner import rank as planner  # noqa: E402
from convgen.torch import elements, factory, fold, kernels  # noqa: E402
from convgen.torch.layer import Modules  # noqa: E402
from convgen.tuning import lock as locks  # noqa: E402
from convgen.tuning.records import Choice  # noqa: E402

nn, F = torch.nn, torch.nn.functional
Layer = convgen.torch.Layer
SHAPE = (1, 8, 6, 7)
TOLERANCE = {torch.float32: 1e-4, torch.float16: 5e-3, torch.bfloat16: 4e-2}  # of a few layers, values around 1


def each_type(*names):
    """dtype: PyTorch's types of these names, those that this machine's kernels have."""
    return pytest.mark.parametrize("dtype", [
        pytest.param(elements.dtype(ELEMENTS[name]), id=name, marks=pytest.mark.skipif(
            not find("host").runs_here(ARITHMETICS[name]), reason=f"the CPU has no {name}")) for name in names])


@pytest.fixture(autouse=True)
def _surroundings():
    torch.manual_seed(0)
    with torch.no_grad():
        yield


def conv(inner=8, outer=8, kernel=3, padding=1, **options):
    return nn.Conv2d(inner, outer, kernel, padding=padding, **options)


def sloped(act):
    """A PReLU whose slopes differ."""
    with torch.no_grad():
        act.weight.copy_(torch.linspace(-1.0, 0.9, act.num_parameters))
    return act


def lively(model):
    """The model with BatchNorms that do something, in eval mode."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            if module.affine:
                nn.init.uniform_(module.weight, -1.5, 1.5)
                nn.init.normal_(module.bias)
            if module.running_mean is not None:
                nn.init.normal_(module.running_mean)
                nn.init.uniform_(module.running_var, 0.1, 3.0)
    return model.eval()


def layers(model):
    return [module for module in model.modules() if isinstance(module, Layer)]


def partly(model, x, reason, **options):
    """A copy that leaves convolutions to PyTorch, and says why."""
    with pytest.warns(RuntimeWarning, match=rf"^\d of \d convolutions run as kernels, .*{reason}"):
        return convgen.torch.accelerate(model, x, **options)


def activations(model):
    """Of the layers: residual or not, and what is folded in."""
    specs = [kernel.spec for layer in layers(model) for kernel in layer.known.values()]
    return ["+ " * spec.residual + spec.activation for spec in specs]


def same(fast, model, x):
    """fast gives what the model does in f32 with the same numbers, but for rounding; the input stays as it was."""
    kept = x.clone()
    want, got = copy.deepcopy(model).float()(x.float()), fast(x)
    assert got.dtype is x.dtype
    torch.testing.assert_close(got.float(), want, rtol=TOLERANCE[x.dtype], atol=TOLERANCE[x.dtype])
    assert torch.equal(x, kept)


# --- one layer ---

LAYERS = {
    "padded": (conv(3), nn.BatchNorm2d(8), nn.ReLU(), (1, 3, 9, 10), "relu"),
    "strided, no bias": (conv(8, 12, 3, (1, 0), stride=(2, 1), bias=False), nn.BatchNorm2d(12), nn.SiLU(),
                         (1, 8, 9, 10), "silu"),
    "no affine": (conv(4, 6, 1, 0), nn.BatchNorm2d(6, affine=False), nn.Sigmoid(), (2, 4, 5, 5), "sigmoid"),
    "depthwise, same": (conv(8, 8, 3, "same", groups=8), None, nn.Hardswish(), SHAPE, "hard-swish"),
    "groups, even kernel, same": (conv(8, 12, (4, 2), "same", groups=4), None, nn.LeakyReLU(0.2), SHAPE,
                                  "leaky-relu(0.2)"),
    "dilated, valid, no bias": (conv(6, 10, 3, "valid", dilation=2, bias=False), None, nn.GELU(), (1, 6, 9, 10),
                                "gelu"),
    "1-D": (nn.Conv1d(5, 9, 4, 2, 2), nn.BatchNorm1d(9), nn.Tanh(), (1, 5, 21), "tanh"),
    "3-D": (nn.Conv3d(3, 7, 3, padding=(1, 0, 1)), nn.BatchNorm3d(7), nn.ReLU6(), (1, 3, 5, 6, 7), "relu6"),
    "clipped": (conv(), None, nn.Hardtanh(-0.5, 0.75), SHAPE, "clip(-0.5,0.75)"),
    "slopes": (conv(8, 19), nn.BatchNorm2d(19), sloped(nn.PReLU(19)), SHAPE, "prelu"),
    "a slope for all": (conv(8, 12, bias=False), None, sloped(nn.PReLU()), SHAPE, "prelu"),
    "alone": (conv(), None, None, SHAPE, "none"),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("last", [True, False], ids=["channels last", "channels second"])
@each_type("f32", "f16", "bf16")
def test_a_layer_lies_within_its_bound(name, last, dtype):
    convolution, norm, act, shape, folded = LAYERS[name]
    model = lively(nn.Sequential(*(copy.deepcopy(m) for m in (convolution, norm, act) if m is not None))).to(dtype)
    x = torch.randn(shape).to(dtype)
    fast = convgen.torch.accelerate(model, x, channels_last=last, max_error=0)
    assert activations(fast) == [folded]
    y = fast(x)
    assert (y.shape, y.dtype) == (model(x).shape, dtype)
    assert kernels.dense(y, last) is y or y.dim() == 3
    exact = copy.deepcopy(model).double()
    want, v = exact(x.double()), exact[: 1 + (norm is not None)](x.double())
    (kernel,) = layers(fast)[0].known.values()
    folded_in = exact[0] if norm is None else torch.nn.utils.fusion.fuse_conv_bn_eval(exact[0], exact[1])
    for parameter in folded_in.parameters():
        parameter.abs_()
    s = folded_in(x.double().abs())
    assert kernel.spec.dtype == elements.KNOWN[dtype].name
    element = kernel.spec.arithmetic.weights
    below = element.underflow * (kernel.spec.terms * x.abs().max().item() + 1)  # weights near zero
    folding = kernel.bound.lipschitz * (1.001 * element.roundoff * s.numpy() + below)
    allowed = kernel.bound.allowed(v.numpy(), s.numpy(), want.numpy()) + folding
    error = (y.double() - want).abs().numpy()
    assert (error <= allowed).all(), (error / allowed).max()


@pytest.mark.parametrize("name", [name for name, row in ACTIVATIONS.items() if row.torch])
def test_every_activation_has_names_that_are_read(name):
    """As a module with PyTorch's defaults; as functions and methods."""
    row = ACTIVATIONS[name]
    told = {attribute: values[0] for attribute, values in row.torch.only.items() if attribute == "approximate"}
    module = getattr(nn, row.torch.name)(**told)
    text = fold.activation(module)
    assert text is not None
    v = torch.linspace(-30, 30, 6001)
    want = module(v).numpy()
    slopes = [module.weight.numpy().astype(float)] if row.slopes else []
    got = Activation.parse(text).value(v.numpy().astype(float), *slopes)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    assert row.torch.calls or row.slopes  # functions that take a tensor are not folded
    for call in row.torch.calls:
        assert fold.FUNCTIONS[getattr(F, call, None) or getattr(torch, call)] is type(module)
        assert fold.FUNCTIONS.get(call, type(module)) is type(module)


@pytest.mark.parametrize("count", [1, 8])
def test_slopes_follow_the_model(count):
    """Of traced models and others; by load_state_dict, and where another type makes PyTorch's own modules run."""
    model, x = lively(nn.Sequential(conv(), sloped(nn.PReLU(count)), conv(), nn.PReLU(count))), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    assert activations(fast) == ["prelu", "prelu"]
    same(fast, model, x)
    changed = {name: value * -0.5 for name, value in fast.state_dict().items()}
    fast.load_state_dict(changed)
    for layer, (at, act) in zip(layers(fast), ((0, 1), (2, 3)), strict=True):
        model[at].load_state_dict(layer.conv.state_dict())
        model[act].load_state_dict(layer.act.state_dict())
    same(fast, model, x)
    own = copy.deepcopy(model)
    own[1].double()
    assert fold.activation(own[1]) is None


def test_slopes_as_an_argument_are_left_alone():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.slopes = conv(), nn.Parameter(torch.linspace(-1, 1, 8))

        def forward(self, x):
            return F.prelu(self.a(x), self.slopes)

    model, x = lively(Net()), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    assert activations(fast) == ["none"]
    same(fast, model, x)


def test_functions_are_read_with_their_arguments():
    programs = {"elu(0.75)": lambda m, x: F.elu(m.a(x), 0.75), "softplus": lambda m, x: F.softplus(m.a(x)),
                "gelu-tanh": lambda m, x: F.gelu(m.a(x), approximate="tanh"), "mish": lambda m, x: F.mish(m.a(x)),
                "hard-sigmoid(0.166666667,0.5)": lambda m, x: F.hardsigmoid(m.a(x))}
    for name, program in programs.items():
        model, x = lively(Block(program)), torch.randn(SHAPE)
        fast = convgen.torch.accelerate(model, x)
        assert activations(fast) == [name]
        same(fast, model, x)


def test_what_no_kernel_does_is_left_alone():
    class Own(nn.Conv2d):
        def forward(self, x):
            return super().forward(x) + 1

    hooked = conv()
    hooked.register_forward_hook(lambda module, args, y: y * 2)
    others = [conv(padding_mode="reflect"), Own(8, 8, 1), hooked,
              nn.BatchNorm2d(8, track_running_stats=False),
              conv(), nn.Softplus(2), conv(), nn.GLU(1), conv(4), nn.Hardtanh(0.0, 1.0)]
    model = lively(nn.Sequential(*others))
    x = torch.randn(SHAPE)
    fast = partly(model, x, r"\(0: it pads by reflect, not by zeros; 2: it has hooks, .*; 1 call of")
    assert activations(fast) == ["none", "none", "clip(0,1)"]
    same(fast, model, x)


UP = {"doubling": nn.ConvTranspose2d(8, 6, 4, 2, 1), "output padding": nn.ConvTranspose2d(8, 6, 3, 2, 1, 1),
      "groups, no bias": nn.ConvTranspose2d(8, 4, 3, 2, groups=2, bias=False, dilation=2),
      "stride 1": nn.ConvTranspose2d(8, 8, 3, padding=1), "depthwise": nn.ConvTranspose2d(8, 8, 2, 2, groups=8)}


@pytest.mark.parametrize("name", UP)
def test_transposed_convolutions(name):
    """With the BatchNorm behind them, whose scales are of output channels."""
    up = UP[name]
    model, x = lively(nn.Sequential(up, nn.BatchNorm2d(up.out_channels), nn.ReLU())), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    assert activations(fast) == ["relu"]
    same(fast, model, x)


def test_a_transposed_convolution_that_is_told_its_outputs_is_left_alone():
    class Told(nn.Module):
        def __init__(self):
            super().__init__()
            self.up = nn.ConvTranspose2d(8, 8, 3, 2, 1)

        def forward(self, x):
            if x.sum() > 1e9:  # torch.fx cannot trace this
                return x
            return self.up(x, output_size=(2 * x.shape[2], 2 * x.shape[3]))

    model, x = lively(Told()), torch.randn(SHAPE)
    same(partly(model, x, "the example gives it something else"), model, x)


# --- graphs ---


class Block(nn.Module):
    """A program over x, its convolutions and so on, that torch.fx can trace."""

    def __init__(self, program):
        super().__init__()
        self.a, self.b, self.bn, self.relu = conv(), conv(8, 8, 1, 0, bias=False), nn.BatchNorm2d(8), nn.ReLU(True)
        self.same, self.program = nn.Identity(), program

    def forward(self, x):
        return self.program(self, x)


def mutate(m, x):
    y = m.a(x)
    x = x + 0
    z = m.a(x)
    x.relu_()
    return z + x + y


def add_to_input(m, x):
    x = x + 0
    kept = x
    x.add_(m.a(x))
    return x * kept


def add_to_input_by_sign(m, x):
    x = kept = x + 0
    x += m.a(x)  # a graph has it as x + m.a(x)
    return x * kept


PROGRAMS = {
    "ResNet": (lambda m, x: m.relu(m.same(m.bn(m.b(x))) + x), ["+ relu"]),
    "other side": (lambda m, x: torch.relu(x + m.bn(m.b(x))), ["+ relu"]),
    "torch.add": (lambda m, x: torch.add(m.a(x), x).sigmoid(), ["+ sigmoid"]),
    "method": (lambda m, x: F.leaky_relu(m.a(x).add_(x), negative_slope=0.25), ["+ leaky-relu(0.25)"]),
    "two": (lambda m, x: F.silu(m.a(x) + m.bn(m.b(x))), ["none", "+ silu"]),
    "then another": (lambda m, x: m.relu(m.b(m.relu(m.a(x))) + x), ["relu", "+ relu"]),
    "activation first": (lambda m, x: m.relu(m.a(x)) + x, ["relu"]),
    "one module, three times": (lambda m, x: m.a(m.a(x)) + m.a(x)[:, :, :1], ["none", "none", "none"]),
    "weights used elsewhere": (lambda m, x: m.a(x) * m.a.weight.sum(), ["none"]),
    # what must not be folded
    "used twice": (lambda m, x: m.bn(y := m.b(x)) * y, ["none"]),
    "sum used twice": (lambda m, x: torch.relu(y := m.a(x) + x) * y, ["+ none"]),
    "scaled": (lambda m, x: torch.add(m.a(x), x, alpha=2), ["none"]),
    "broadcast": (lambda m, x: m.a(x) + x[:, :, :1], ["none"]),
    "number": (lambda m, x: m.relu(m.a(x) + 1), ["none"]),
    "twice itself": (lambda m, x: (y := m.a(x)) + y, ["none"]),
    "into what is added to": (add_to_input, ["none"]),
    "written between": (mutate, ["none", "none"]),
    "no function of its own": (lambda m, x: F.softplus(m.a(x), beta=2), ["none"]),
    "view": (lambda m, x: m.a(x).view(x.size(0), -1), ["none"]),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_graph_takes_in_what_it_may(name):
    program, folded = PROGRAMS[name]
    model, x = lively(Block(program)), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    assert isinstance(fast, torch.fx.GraphModule)
    assert sorted(activations(fast)) == sorted(folded)
    same(fast, model, x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = torch.randn(2, *SHAPE[1:])
        assert torch.equal(fast(other), model(other.clone()))


def test_arguments_of_all_kinds():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = conv()

        def forward(self, x, pair, scale=None, flag=True):
            x = x if scale is None else x * scale
            return {"y": self.conv(x) + pair[0], "z": (pair[1],) if flag else ()}

    model, x = Model().eval(), torch.randn(SHAPE)
    args = (x, (x + 1, torch.arange(3)))
    fast = convgen.torch.accelerate(model, args)
    got, want = fast(*args), model(*args)
    torch.testing.assert_close(got["y"], want["y"])
    assert torch.equal(got["z"][0], want["z"][0])
    assert len(layers(fast)) == 1


def test_a_network_makes_no_copies_between_layers(monkeypatch):
    copied = []
    own = kernels.dense

    def counting(x, last):
        result = own(x, last)
        copied.extend([tuple(x.shape)] * (result is not x))
        return result

    model = lively(nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), *(Block(PROGRAMS["ResNet"][0]),) * 2,
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)))
    x = torch.randn(1, 3, 24, 28)
    fast = convgen.torch.accelerate(model, x)
    monkeypatch.setattr(kernels, "dense", counting)
    same(fast, model, x)
    assert copied == [(1, 3, 24, 28)]
    same(fast, model, x.contiguous(memory_format=torch.channels_last))
    assert len(copied) == 1


# --- models that cannot be traced ---


class Untraceable(nn.Module):
    """Goes through its parts by hand if told, else as they are meant to be."""

    def __init__(self, parts, by_hand=False, flat=False):
        super().__init__()
        self.parts, self.by_hand, self.flat, self.last = parts, by_hand, flat, conv()
        self.width = 8

    def forward(self, x):
        if x.sum() > 1e30:  # no graph says this
            return x
        if self.by_hand:
            kept = []
            for part in self.parts:
                x = part(x)
                kept.append(x)
            x = sum(kept)
        else:
            x = self.parts(x)
        y = self.last(x)
        return y.view(-1) if self.flat else y


def shared():
    act = nn.ReLU()
    return nn.Sequential(act, conv(), act, nn.BatchNorm2d(8), conv())


@pytest.mark.parametrize(("parts", "by_hand", "folded"), [
    (nn.Sequential(conv(), nn.BatchNorm2d(8), nn.ReLU(), conv(), nn.SiLU()), False, ["none", "relu", "silu"]),
    (nn.Sequential(conv(), nn.BatchNorm2d(8), nn.ReLU()), True, ["none", "none"]),
    (nn.Sequential(conv(), nn.Dropout(), nn.ReLU()), False, ["none", "none"]),
    (shared(), False, ["none", "none", "none"]),
], ids=["in a row", "by hand", "apart", "a module used twice"])
def test_without_a_graph_a_sequential_tells(parts, by_hand, folded):
    model, x = lively(Untraceable(parts, by_hand)), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    assert type(fast) is Untraceable
    assert len(fast.parts) == len(parts)
    assert sorted(activations(fast)) == folded
    same(fast, model, x)


def test_a_module_called_with_several_shapes_has_as_many_kernels():
    class Pyramid(Untraceable):
        def forward(self, x):
            return super().forward(x).sum() + super().forward(x[:, :, :4]).sum()

    model, x = Pyramid(nn.Identity()).eval(), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    (layer,) = layers(fast)
    assert list(layer.known) == [SHAPE, (1, 8, 4, 7)]
    same(fast, model, x)


def test_a_model_that_wants_channels_second_gets_them():
    model, x = Untraceable(nn.Identity(), flat=True).eval(), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    same(fast, model, x)
    (layer,) = layers(fast)
    assert [kernel.spec.layout for kernel in layer.known.values()] == ["nchw"]


def test_a_model_that_a_graph_would_change_is_not_traced():
    model, x = Block(add_to_input_by_sign).eval(), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    assert type(fast) is Block
    same(fast, model, x)


def test_hooks_are_kept():
    seen = []
    model, x = nn.Sequential(Block(PROGRAMS["ResNet"][0])).eval(), torch.randn(SHAPE)
    model[0].register_forward_hook(lambda module, args, y: seen.append(y))
    fast = convgen.torch.accelerate(model, x)
    del seen[:]
    assert torch.equal(fast(x), seen[0])
    assert len(layers(fast)) == 1
    same(fast, model, x)


def test_a_model_that_does_something_else_each_time_is_not_traced():
    class Chance(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = conv()

        def forward(self, x):
            return F.dropout(self.conv(x), training=True)

    fast = convgen.torch.accelerate(Chance(), torch.randn(SHAPE))
    assert type(fast) is Chance
    assert len(layers(fast)) == 1


def test_a_convolution_may_be_the_model():
    model, x = conv(), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    assert len(layers(fast)) == 1
    same(fast, model, x)
    with pytest.warns(RuntimeWarning, match=r"given torch.float32 \(8, 6, 7\)"):
        assert torch.equal(fast(x[0]), model(x[0]))


def test_an_image_without_a_batch_is_no_layer():
    model, x = conv(), torch.randn(SHAPE[1:])
    fast = partly(model, x, r"0: input must have 4 axes, of which the second is 8 \(shape=\(8, 6, 7\)\)")
    assert not layers(fast)
    assert torch.equal(fast(x), model(x))


# --- falling back ---


@pytest.fixture(scope="module")
def network():
    """(model, the same accelerated): three layers, for inputs of SHAPE."""
    torch.manual_seed(1)
    with torch.no_grad():
        model = lively(nn.Sequential(conv(), nn.BatchNorm2d(8), nn.ReLU(), Block(PROGRAMS["then another"][0])))
        return model, convgen.torch.accelerate(model, torch.randn(SHAPE))


@pytest.fixture
def pair(network):
    return copy.deepcopy(network)


@pytest.mark.parametrize("shape", [(2, *SHAPE[1:]), (1, 8, 7, 6)], ids=str)
def test_another_shape_is_pytorchs_with_one_warning(pair, shape):
    model, fast = pair
    x = torch.randn(shape)
    with pytest.warns(RuntimeWarning) as told:
        found = [fast(x) for _ in range(3)]
    assert all(torch.equal(y, model(x)) for y in found)
    (message,) = (str(warning.message) for warning in told)
    assert message.startswith("0: ")
    assert str(SHAPE) in message
    assert str(tuple(x.shape)) in message
    same(fast, model, torch.randn(SHAPE))  # and the right shape is still a kernel's


def test_another_type_is_pytorchs_with_one_warning(pair):
    model, fast = (m.double() for m in pair)
    x = torch.randn(SHAPE).double()
    with pytest.warns(RuntimeWarning, match=r"weights in torch.float32.*float64") as told:
        assert torch.equal(fast(x), model(x))
    assert len(told) == 1
    fast.float(), model.float()
    same(fast, model, x.float())


def test_gradients_training_and_autocast_are_pytorchs(pair):
    model, fast = pair
    assert not any(parameter.requires_grad for parameter in fast.parameters())
    assert not fast.training
    x, other = (torch.randn(SHAPE).requires_grad_() for _ in range(2))
    other.data[:] = x.data
    with torch.enable_grad():
        model(x).square().sum().backward()
        fast(other).square().sum().backward()
    assert torch.equal(x.grad, other.grad)
    x = x.detach()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(fast(x), model(x))
    model.train(), fast.train()
    assert torch.equal(fast(x), model(x))
    model.eval(), fast.eval()  # statistics have moved
    same(fast, model, x)


def test_weights_are_packed_when_they_change(pair):
    model, fast = pair
    x = torch.randn(SHAPE)
    before, state = fast(x), copy.deepcopy(fast.state_dict())
    for tensor in fast.state_dict().values():
        if tensor.is_floating_point():
            tensor.mul_(1.25)
    changed = copy.deepcopy(fast)  # packs
    assert torch.equal(fast(x), before)
    for layer in layers(fast):
        layer.pack()
    assert not torch.allclose(fast(x), before)
    assert torch.equal(fast(x), changed(x))
    fast.load_state_dict(state)
    assert torch.equal(fast(x), before)
    same(fast, model, x)


def test_copies_are_models_of_their_own(pair):
    _, fast = pair
    x = torch.randn(SHAPE)
    want = fast(x)
    stream = io.BytesIO()
    torch.save(fast, stream)
    stream.seek(0)
    for other in (copy.deepcopy(fast), pickle.loads(pickle.dumps(fast)), torch.load(stream, weights_only=False)):
        assert torch.equal(other(x), want)
        for parameter in other.parameters():
            parameter.zero_()
        assert torch.equal(fast(x), want)


def test_on_another_machine_a_pickle_is_pytorchs(pair, monkeypatch):
    model, fast = pair
    text = pickle.dumps(fast)
    monkeypatch.setattr(Target, "runs_here", lambda self, arithmetic=None: False)
    other, x = pickle.loads(text), torch.randn(SHAPE)
    with pytest.warns(RuntimeWarning, match="expected"):
        assert torch.equal(other(x), model(x))


# --- f16 and bf16 ---

narrow = each_type("f16", "bf16")


def dtypes(model):
    """Of the kernels of its layers."""
    return [kernel.spec.dtype for layer in layers(model) for kernel in layer.known.values()]


def mobile():
    """BatchNorms, depthwise and grouped convolutions, residual sums, a classifier."""
    return lively(nn.Sequential(
        conv(3, 8, 3, 1, stride=2, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        conv(8, 8, 3, 1, groups=8, bias=False), nn.BatchNorm2d(8), nn.ReLU6(),
        Block(PROGRAMS["ResNet"][0]), conv(8, 12, 3, 1, groups=4), nn.BatchNorm2d(12), nn.Hardswish(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 5)))


@narrow
def test_a_network_of_narrow_numbers(dtype, monkeypatch):
    model, x = mobile().to(dtype), torch.randn(1, 3, 13, 15).to(dtype)
    fast = convgen.torch.accelerate(model, x)
    assert isinstance(fast, torch.fx.GraphModule)
    assert activations(fast) == ["relu", "relu6", "+ relu", "hard-swish"]
    assert dtypes(fast) == [elements.KNOWN[dtype].name] * 4
    monkeypatch.setattr(Modules, "modules_one_by_one", None)  # kernels do all of it
    same(fast, model, x)


@narrow
@pytest.mark.parametrize("name", ["other side", "two", "one module, three times", "used twice", "broadcast", "view"])
def test_a_graph_of_narrow_numbers_takes_in_what_it_may(name, dtype):
    program, folded = PROGRAMS[name]
    model, x = lively(Block(program)).to(dtype), torch.randn(SHAPE).to(dtype)
    fast = convgen.torch.accelerate(model, x)
    assert isinstance(fast, torch.fx.GraphModule)
    assert sorted(activations(fast)) == sorted(folded)
    same(fast, model, x)


@narrow
def test_narrow_numbers_without_a_graph(dtype):
    model = lively(Untraceable(nn.Sequential(conv(), nn.BatchNorm2d(8), nn.ReLU()))).to(dtype)
    x = torch.randn(SHAPE).to(dtype)
    fast = convgen.torch.accelerate(model, x)
    assert type(fast) is Untraceable
    assert activations(fast) == ["relu", "none"]
    assert dtypes(fast) == [elements.KNOWN[dtype].name] * 2
    same(fast, model, x)


@narrow
def test_batchnorm_is_folded_in_with_one_rounding(dtype):
    """w' is a little more than half-way from 1 to the next number, too little for f32 to tell."""
    step = torch.finfo(dtype).eps
    model = nn.Sequential(conv(1, 1, 1, 0, bias=False), nn.BatchNorm2d(1, eps=(1 + step / 2 + 2**-40) ** -2 - 0.5))
    nn.init.ones_(model[0].weight)
    nn.init.constant_(model[1].running_var, 0.5)
    (weights, bias) = fold.folded(*model.eval().to(dtype), None).values()
    assert (weights.item(), weights.dtype, bias.dtype) == (1 + step, dtype, dtype)


MIXED = {  # of modules in bf16; what is folded, and the kernels' types
    "norm in f32": (lambda m, x: m.relu(m.bn.float()(m.b(x))), ["none"], ["bf16"]),
    "residual in f32": (lambda m, x: m.relu(m.a(x) + x.float()), ["none"], ["bf16"]),
    "sum of others": (lambda m, x: m.relu(m.a(x) + m.a(x).float()), ["none", "none"], ["bf16", "bf16"]),
    "f32 between": (lambda m, x: m.a(m.relu(m.b.float()(x.float())).bfloat16()), ["none", "relu"], ["bf16", "f32"]),
    "f64": (lambda m, x: m.a(m.b.double()(x.double()).bfloat16()), ["none"], ["bf16"]),
}


@pytest.mark.parametrize("name", MIXED)
def test_what_is_of_several_types_is_not_taken_in(name):
    program, folded, kinds = MIXED[name]
    model, x = lively(Block(program)).bfloat16(), torch.randn(SHAPE).bfloat16()
    want = model(x)  # converts the modules that the program says
    fast = partly(model, x, "b: its parameters are float64 on cpu, not of one type of f32, f16, bf16 on cpu") \
        if name == "f64" else convgen.torch.accelerate(model, x)
    assert isinstance(fast, torch.fx.GraphModule)
    assert (sorted(activations(fast)), sorted(dtypes(fast))) == (folded, kinds)
    got = fast(x)
    assert got.dtype is want.dtype
    torch.testing.assert_close(got.float(), want.float(), rtol=4e-2, atol=4e-2)


def test_parameters_of_several_types_are_no_convolution():
    assert fold.is_convolution(conv().bfloat16())
    assert not fold.is_convolution(conv().double())
    other = conv().bfloat16()
    other.bias.data = other.bias.data.float()
    assert not fold.is_convolution(other)


@narrow
def test_a_cpu_without_the_type_leaves_it_to_pytorch(dtype, monkeypatch):
    monkeypatch.setattr(Target, "runs_here", lambda self, arithmetic=None: arithmetic in (None, ARITHMETICS["f32"]))
    model, x = mobile().to(dtype), torch.randn(1, 3, 13, 15).to(dtype)
    fast = partly(model, x, "this CPU has no kernels of b?f16")
    assert not layers(fast)
    assert torch.equal(fast(x), model(x))


@narrow
def test_conversion_is_pytorchs_until_it_is_undone(dtype, pair):
    """To the type, and from it."""
    model, fast = pair
    x = torch.randn(SHAPE)
    want = fast(x)
    state = copy.deepcopy(fast.state_dict())
    with pytest.warns(RuntimeWarning, match=f"weights in torch.float32.*given {dtype}") as told:
        assert torch.equal(fast.to(dtype)(x.to(dtype)), model.to(dtype)(x.to(dtype)))
    assert len(told) == 1
    fast.float().load_state_dict(state)
    assert torch.equal(fast(x), want)

    x = x.to(dtype)
    narrow = convgen.torch.accelerate(model, x)
    want = narrow(x)
    with pytest.warns(RuntimeWarning, match=f"weights in {dtype}.*given torch.float32"):
        assert torch.equal(narrow.float()(x.float()), model.float()(x.float()))
    assert torch.equal(narrow.to(dtype)(x), want)


@narrow
def test_an_input_of_another_type_than_the_weights_is_pytorchs_to_refuse(dtype, pair):
    _, fast = pair
    with pytest.warns(RuntimeWarning, match=rf"expected torch.float32 \(.*given {dtype}"), \
            pytest.raises(RuntimeError, match="type"):
        fast(torch.randn(SHAPE).to(dtype))


def test_autocast_in_a_model_is_pytorchs():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.before, self.a, self.b = conv(), conv(), conv()

        def forward(self, x):
            x = self.before(x)
            with torch.autocast("cpu", torch.bfloat16):
                return self.b(self.a(x))  # b: bf16, weights of f32

    model, x = Own().eval(), torch.randn(SHAPE)
    fast = partly(model, x, "b: the example gives it something else than one input of float32")
    assert type(fast) is Own  # a graph would lose it
    assert (type(fast.before), type(fast.b)) == (Modules, nn.Conv2d)
    got, want = fast(x), model(x)
    assert got.dtype is want.dtype is torch.bfloat16
    torch.testing.assert_close(got, want, rtol=4e-2, atol=4e-2)


@narrow
def test_weights_of_another_type_are_loaded(dtype, pair):
    model, fast = pair
    x = torch.randn(SHAPE).to(dtype)
    wide = {name: 1.25 * value if value.is_floating_point() else value for name, value in fast.state_dict().items()}
    narrow = convgen.torch.accelerate(copy.deepcopy(model).to(dtype), x)
    before = narrow(x)
    narrow.load_state_dict(wide)  # rounds
    assert not torch.equal(narrow(x), before)
    fast.load_state_dict(wide)
    same(narrow, fast.to(torch.float64).to(dtype), x)
    narrow.load_state_dict(wide, assign=True)
    with pytest.warns(RuntimeWarning, match=f"weights in {dtype}.*given torch.float32"):
        narrow(x.float())


@narrow
def test_copies_of_narrow_numbers(dtype):
    x = torch.randn(1, 3, 13, 15).to(dtype)
    fast = convgen.torch.accelerate(mobile().to(dtype), x)
    for other in (copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))):
        assert torch.equal(other(x), fast(x))


@each_type("f16")
def test_weights_too_large_with_batchnorm_folded_in_are_pytorchs(dtype):
    model = nn.Sequential(conv(bias=False), nn.BatchNorm2d(8)).eval()
    nn.init.constant_(model[0].weight, 300.0)
    nn.init.constant_(model[1].running_var, 0.0)  # s = 316
    model, x = model.to(dtype), torch.full(SHAPE, 1e-5, dtype=dtype)
    with pytest.warns(RuntimeWarning, match=r"finite weights in torch.float16"):
        fast = convgen.torch.accelerate(model, x)
    assert torch.equal(fast(x), model(x))
    assert fast(x).isfinite().all()


@narrow
def test_a_compiler_sees_one_graph_of_narrow_numbers(dtype):
    x = torch.randn(1, 3, 13, 15).to(dtype)
    fast = convgen.torch.accelerate(mobile().to(dtype), x)
    want = fast(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own
        assert torch.equal(torch.compile(fast, backend="aot_eager", fullgraph=True)(x), want)
        exported = torch.export.export(fast, (x,))
    assert torch.equal(exported.module()(x), want)
    assert "convgen.conv" in str(exported.graph)


# --- the operator ---


@pytest.mark.parametrize("last", [True, False], ids=["channels last", "channels second"])
@pytest.mark.parametrize("shape", [SHAPE, (1, 8, 9), (1, 8, 1, 1), (2, 8, 3, 4, 5)], ids=str)
@each_type("f32", "f16", "bf16")
def test_the_operator_is_sound(last, shape, dtype):
    made = {3: nn.Conv1d, 4: nn.Conv2d, 5: nn.Conv3d}[len(shape)](8, 8, 3, padding=1)
    model = Block(lambda m, x: m.a(x) + x)
    model.a, x = made.to(dtype), torch.randn(shape).to(dtype)
    ((_, _, key, packed),) = layers(convgen.torch.accelerate(model, x, channels_last=last))[0]._ready
    for source in (x, x.movedim(1, -1).contiguous().movedim(-1, 1), x.requires_grad_()):
        torch.library.opcheck(torch.ops.convgen.conv, (source, packed, torch.randn(shape).to(dtype), key, 0))


def test_the_operator_refuses_what_it_cannot_read(pair):
    ((_, _, key, packed),) = layers(pair[1])[0]._ready
    x = torch.randn(SHAPE)
    for args, message in (((x[..., 1:], packed, None, key, 1), r"x must be float32 of shape \(1, 8, 6, 7\)"),
                          ((x.double(), packed, None, key, 1), "x must be float32"),
                          ((x.half(), packed, None, key, 1), "x must be float32"),
                          ((x, packed[1:], None, key, 1), "packed must be"),
                          ((x, packed, x, key, 1), "residual must be given where"),
                          ((x, packed, None, "other", 1), "key must be of a kernel")):
        with pytest.raises(InputError, match=message):
            torch.ops.convgen.conv(*args)
    odd = torch.empty(packed.numel() + 1, dtype=torch.uint8)[1:].copy_(packed)  # not aligned
    assert torch.equal(torch.ops.convgen.conv(x, odd, None, key, 1), torch.ops.convgen.conv(x, packed, None, key, 1))


def test_a_compiler_sees_one_graph(pair):
    _, fast = pair
    x = torch.randn(SHAPE)
    compiled = torch.compile(fast, backend="aot_eager", fullgraph=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own
        assert torch.equal(compiled(x), fast(x))
        other = torch.randn(3, *SHAPE[1:])
        torch.testing.assert_close(compiled(other), fast(other))


@pytest.mark.parametrize("given", [None, 1, 2, 3])
def test_threads_are_pytorchs_unless_told(given, monkeypatch):
    model, x = lively(nn.Sequential(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU())), torch.randn(1, 16, 30, 30)
    used, ran = torch.get_num_threads(), []
    own = kernels.Conv.run_raw
    monkeypatch.setattr(kernels.Conv, "run_raw", lambda self, addresses, threads:
                        (ran.append(threads), own(self, addresses, threads)))
    want = convgen.torch.accelerate(model, x, threads=1)(x)
    fast = convgen.torch.accelerate(model, x, threads=given)
    try:
        for count in (2, 1, 3):
            torch.set_num_threads(count)
            assert torch.equal(fast(x), want)
            assert ran[-1] == (given or count)
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(used)


# --- plans, and mistakes ---


def test_a_tuned_plan_serves_the_layer_with_what_was_folded_in(monkeypatch):
    asked = []

    def choice(spec, target, algorithm, threads, max_error):
        asked.append((spec.activation, threads))
        if spec.activation != "none":
            return None
        return Choice(planner.rank(spec, target, "direct")[1].plan, "somewhere else")

    monkeypatch.setattr(factory, "choice", choice)
    model, x = nn.Sequential(conv(), nn.ReLU()).eval(), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x, threads=2)
    (kernel,) = layers(fast)[0].known.values()
    assert asked == [("relu", 2), ("none", 2)]
    assert kernel.origin == "somewhere else"
    assert kernel.spec.activation == "relu"
    same(fast, model, x)
    (kernel,) = layers(convgen.torch.accelerate(model, x, records=False))[0].known.values()
    assert (kernel.origin, len(asked)) == ("", 2)


@pytest.mark.parametrize(("place", "lock", "origin"), [
    ("convgen.lock", None, "lock"), ("../convgen.lock", None, "lock"), ("../other.lock", None, "records"),
    ("../other.lock", "../other.lock", "lock"), ("../other.lock", Path("../other.lock"), "lock"),
    ("convgen.lock", "", "records"),
])  # fmt: skip
def test_the_projects_lock_comes_before_records(place, lock, origin, tmp_path, monkeypatch):
    """As for convgen generate: the one that is named, or that of the current folder or above; for the layer as it
    stands, or without what was folded into it."""
    (tmp_path / ".git").mkdir()  # the root of a repository
    (tmp_path / "net").mkdir()
    monkeypatch.chdir(tmp_path / "net")
    model, x = nn.Sequential(conv(), nn.ReLU()).eval(), torch.randn(SHAPE)
    (kernel,) = layers(convgen.torch.accelerate(model, x))[0].known.values()
    best, other = (one.plan for one in planner.rank(kernel.spec.replace(activation="none"), host())[:2])
    monkeypatch.setattr(factory, "choice", lambda spec, *_: Choice(
        msgspec.structs.replace(best, spec=spec), "records"))
    locks.update(Path(place), [here(other)])
    fast = convgen.torch.accelerate(model, x, lock=lock)
    (kernel,) = layers(fast)[0].known.values()
    wanted = best if origin == "records" else other
    assert kernel.plan == msgspec.structs.replace(wanted, spec=kernel.spec)
    assert (kernel.origin == "records") == (origin == "records")
    same(fast, model, x)


@pytest.mark.parametrize(("options", "error", "message"), [
    ({"lock": "no.lock"}, InputError, "lock must exist"),
    ({"threads": 0}, InputError, "threads must be an integer from 1"),
    ({"threads": True}, InputError, "threads must be an integer from 1"),
    ({"max_error": -1}, InputError, "max_error must be"),
    ({"target": "nonsense"}, InputError, "target must be"),
    ({"target": "aarch64" if find("x86-64-v3").runs_here() else "x86-64-v3"}, UnsupportedError,
     "target must be a CPU that this machine is"),
    ({"target": "opencl-cpu"}, UnsupportedError, "target must be a CPU"),
    ({"model": lambda x: x}, InputError, "model must be a torch.nn.Module"),
])
def test_wrong_options(options, error, message):
    with pytest.raises(error, match=message):
        convgen.torch.accelerate(**{"model": conv(), "example_input": torch.randn(SHAPE), **options})


def test_a_models_own_error_is_raised():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        convgen.torch.accelerate(nn.Sequential(conv(), nn.Linear(5, 5)), torch.randn(SHAPE))


@pytest.mark.parametrize(("x", "told"), [
    (torch.randn(1, 9, 6, 7), r"the second of 8 channels \(it is given float32 of shape \(1, 9, 6, 7\)\)"),
    (torch.randn(SHAPE).double(), r"stem.0 must be given float32 .*it is given float64"),
    (torch.randn(8, 6), r"stem.0 must be given float32 of 4 axes"),
    (torch.randn(SHAPE).numpy(), r"a tensor, or a tuple of arguments .* use torch.from_numpy"),
    ([torch.randn(SHAPE)], r"stem.0 must be given a tensor \(it is given a list\)"),
], ids=["channels", "type", "axes", "NumPy", "a list"])
def test_an_example_that_the_model_cannot_take(x, told):
    model = nn.Sequential()
    model.add_module("stem", nn.Sequential(conv(), nn.ReLU()))
    with pytest.raises(InputError, match=rf"^example_input must be .*{told}") as caught:
        convgen.torch.accelerate(model, x)
    assert "\n" not in str(caught.value)


# --- what is left to PyTorch is said ---


class Functional(nn.Module):
    """Calls a convolution as a function, of a parameter of its own; in a program that torch.fx cannot trace, or not."""

    def __init__(self, opaque):
        super().__init__()
        self.conv, self.weight, self.opaque = conv(), nn.Parameter(torch.randn(4, 8, 1, 1)), opaque

    def forward(self, x):
        y = self.conv(x)
        if self.opaque and y.sum() > 1e9:
            return y
        return F.conv2d(y, self.weight)


LEFT = {
    "function": (Functional(False), SHAPE, r"^1 of 2 .*1 call of torch.nn.functional: a kernel stands for a module"),
    "function, untraced": (Functional(True), SHAPE, r"^1 of 2 .*1 call of torch.nn.functional: a kernel"),
    "circular": (nn.Sequential(conv(padding_mode="circular"), conv(padding_mode="circular")), SHAPE,
                 r"^0 of 2 .*\(0, 1: it pads by circular, not by zeros\)$"),
    "double": (conv().double(), SHAPE, r"^0 of 1 .*\(0: its parameters are float64 on cpu, not of"),
    "empty": (conv(), (0, *SHAPE[1:]), r"^0 of 1 .*\(0: n must be at least 1"),
    "nothing": (nn.Linear(7, 7), SHAPE, r"^0 of 0 .*\(the model has no others that could be seen\)$"),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_to_pytorch_is_said_once_with_the_reason(name):
    model, shape, told = LEFT[name]
    x = torch.randn(shape, dtype=next(model.parameters()).dtype)
    with pytest.warns(RuntimeWarning, match=told) as seen:
        fast = convgen.torch.accelerate(model, x)
    assert len(seen) == 1
    torch.testing.assert_close(fast(x), model(x), rtol=1e-4, atol=1e-4)


@pytest.mark.skipif(not hasattr(torch.ao, "quantization"), reason="this PyTorch quantises by torchao alone")
def test_convolutions_that_torch_ao_has_quantised_otherwise_are_named():
    quantise = torch.ao.quantization
    model = nn.Sequential(quantise.QuantStub(), conv(), quantise.DeQuantStub(), conv()).eval()
    model.qconfig, model[3].qconfig = quantise.default_qconfig, None
    x = torch.randn(SHAPE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is deprecated
        prepared = quantise.prepare(model)
        prepared(x)
        model = quantise.convert(prepared)
    with pytest.warns(RuntimeWarning, match=r"^1 of 2 .*\(1: it was quantised in eager mode or by FX; of what PT2E"):
        fast = convgen.torch.accelerate(model, x)
    same(fast, model, x)


def test_computed_weights_are_computed_once():
    x, norms = torch.randn(SHAPE), nn.utils.parametrizations
    model = nn.Sequential(norms.weight_norm(conv()), nn.ReLU(), norms.spectral_norm(conv())).eval()
    fast = convgen.torch.accelerate(model, x)
    assert activations(fast) == ["relu", "none"]
    same(fast, model, x)
    assert nn.utils.parametrize.is_parametrized(model[0])


def test_the_old_weight_norm_is_named():
    with torch.enable_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = nn.Sequential(nn.ReLU(), nn.utils.weight_norm(conv()))
        model(torch.randn(SHAPE))
    with pytest.raises(InputError, match=r"\(1: it has the weight_norm .*: call remove_weight_norm"):
        convgen.torch.accelerate(model, torch.randn(SHAPE))
    nn.utils.remove_weight_norm(model[1])
    assert len(layers(convgen.torch.accelerate(model, torch.randn(SHAPE)))) == 1


@pytest.mark.parametrize("dynamo", [False, True])
def test_a_copy_is_exported_as_pytorchs_modules(dynamo, tmp_path):
    onnx = pytest.importorskip("onnx")
    if dynamo:
        pytest.importorskip("onnxscript")
    from onnx.reference import ReferenceEvaluator

    model, x = lively(nn.Sequential(conv(), nn.BatchNorm2d(8), nn.ReLU())), torch.randn(SHAPE)
    fast = convgen.torch.accelerate(model, x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(fast, (x,), tmp_path / "fast.onnx", dynamo=dynamo, input_names=["x"])
    (y,) = ReferenceEvaluator(onnx.load(tmp_path / "fast.onnx")).run(None, {"x": x.numpy()})
    np.testing.assert_allclose(y, model(x).numpy(), rtol=1e-4, atol=1e-4)
    same(fast, model, x)  # by kernels, as before


def test_the_model_stays_as_it_is():
    model = nn.Sequential(conv(), nn.BatchNorm2d(8), nn.ReLU())
    state = copy.deepcopy(model.state_dict())
    convgen.torch.accelerate(model, torch.randn(SHAPE))
    assert model.training
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert [type(module) for module in model] == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU]
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_under_inference_mode_ordinary_tensors_are_made():
    model, x = nn.Sequential(conv(), nn.ReLU()), torch.randn(SHAPE)
    with torch.inference_mode():
        fast = convgen.torch.accelerate(model, x)
        y = fast(x)
    assert not any(parameter.is_inference() for parameter in fast.parameters())
    assert torch.equal(fast(x), y)


def test_without_pytorch_the_error_says_what_to_install():
    code = ("import sys; sys.modules['torch'] = None\n"
            "from convgen.errors import MissingToolError\n"
            "try: import convgen.torch\n"
            "except MissingToolError as error: print(error)")
    said = subprocess.check_output([sys.executable, "-c", code], cwd=Path(__file__).parents[1], text=True)
    assert "pip install 'convgen[torch]'" in said
