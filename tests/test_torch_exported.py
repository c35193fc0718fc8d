"""convgen.torch on graphs that PT2E quantised: convolutions between integers are kernels of integers, within one step
of what PyTorch computes in f32, and nearly always the same."""

from __future__ import annotations

import copy
import importlib
import pickle
import warnings

import pytest

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.filterwarnings("error"),
              pytest.mark.filterwarnings("ignore::FutureWarning:copyreg", "ignore:.*isinstance.treespec")]

import convgen.torch  # noqa: E402  # needs torch
from convgen.torch import exported  # noqa: E402

importlib.import_module("torch.ao.quantization.fx._decomposed")  # the operators of such graphs

nn, F = torch.nn, torch.nn.functional
OPS = torch.ops.quantized_decomposed
U8, S8 = torch.uint8, torch.int8
ENDS = {U8: (0, 255), S8: (-128, 127)}


@pytest.fixture(autouse=True)
def _surroundings():
    torch.manual_seed(0)
    with torch.no_grad():
        yield


def quantise(x, scale, zero, dtype, ends=None):
    return OPS.quantize_per_tensor(x, scale, zero, *(ends or ENDS[dtype]), dtype)


def dequantise(x, scale, zero, dtype):
    return OPS.dequantize_per_tensor(x, scale, zero, *ENDS[dtype], dtype)


def again(x, *by):
    return dequantise(quantise(x, *by), *by)


class Between(nn.Module):
    """A convolution of what is dequantised, and whatever follows it, as PT2E leaves it: weights in 8 bits, bias in f32.
    of: scale, zero point and type of the input. weights: the same of all weights; None for a scale of each channel."""

    def __init__(self, conv, after, of=(0.02, 131, U8), weights=None):
        super().__init__()
        self.after, self.of = after, of
        kind = {nn.Conv1d: F.conv1d, nn.Conv2d: F.conv2d, nn.Conv3d: F.conv3d,
                nn.ConvTranspose2d: F.conv_transpose2d}[type(conv)]
        self.axis = int(type(conv) is nn.ConvTranspose2d)
        self.rest = (conv.stride, conv.padding, conv.output_padding, conv.groups, conv.dilation) if self.axis else \
            (conv.stride, conv.padding, conv.dilation, conv.groups)
        self.kind, self.by = kind, weights
        channels = conv.weight.shape[self.axis]
        self.bias = conv.bias
        self.register_buffer("scales", conv.weight.detach().abs().movedim(self.axis, 0).reshape(channels, -1).amax(1)
                             / 127)
        self.register_buffer("zeros", torch.zeros(channels, dtype=torch.int64))
        if weights is None:
            taps = OPS.quantize_per_channel(conv.weight, self.scales, self.zeros, self.axis, -127, 127, S8)
        else:
            taps = quantise(conv.weight, *weights)
        self.register_buffer("taps", taps)

    def forward(self, x, *more):
        x = again(x, *self.of)
        if self.by is None:
            taps = OPS.dequantize_per_channel(self.taps, self.scales, self.zeros, self.axis, -127, 127, S8)
        else:
            taps = dequantise(self.taps, *self.by)
        return self.after(self.kind(x, taps, self.bias, *self.rest), *more)


def export(model, *inputs):
    """A graph of PyTorch's own operators."""
    return torch.export.export(model.eval(), inputs).module()


def conv(inner=8, outer=12, kernel=3, padding=1, kind=nn.Conv2d, **options):
    return kind(inner, outer, kernel, padding=padding, **options)


def layers(model):
    return [module for module in model.modules() if isinstance(module, convgen.torch.Layer)]


def specs(model):
    return [kernel.spec for layer in layers(model) for kernel in layer.known.values()]


def to(scale, zero, dtype, act=lambda y: y):
    return lambda y: quantise(act(y), scale, zero, dtype)


IMAGE = (2, 8, 9, 10)
# name -> (convolution, what follows, options, shape of input, dtype of the layer, its activation)
CASES = {
    "relu": (conv(), to(0.02, 0, U8, F.relu), {}, IMAGE, "u8:s8:u8", "relu"),
    "relu in place": (conv(), to(0.02, 7, U8, torch.relu_), {}, IMAGE, "u8:s8:u8", "relu"),
    "relu6, signed": (conv(stride=2), to(0.02, -128, S8, F.relu6), {"of": (0.03, -5, S8)}, IMAGE, "s8:s8:s8",
                      "relu6"),
    "hardtanh": (conv(bias=False), to(0.005, -3, S8, lambda y: F.hardtanh(y, -0.5, 0.25)), {}, IMAGE, "u8:s8:s8",
                 "clip(-0.5,0.25)"),
    "none": (conv(), to(0.01, 120, U8), {}, IMAGE, "u8:s8:u8", "none"),
    "depthwise": (conv(8, 8, groups=8), to(0.01, 120, U8), {}, IMAGE, "u8:s8:u8", "none"),
    "groups, dilated": (conv(8, 12, (3, 2), "same", groups=2, dilation=2), to(0.01, 120, U8), {}, IMAGE, "u8:s8:u8",
                        "none"),
    "1x1": (conv(8, 5, 1, 0), to(0.01, 120, U8), {}, IMAGE, "u8:s8:u8", "none"),
    "1-D": (conv(kind=nn.Conv1d), to(0.01, 120, U8), {}, (2, 8, 11), "u8:s8:u8", "none"),
    "3-D": (conv(4, 6, kind=nn.Conv3d), to(0.01, 120, U8), {}, (1, 4, 5, 6, 7), "u8:s8:u8", "none"),
    "weights by one scale": (conv(), to(0.01, 120, U8), {"weights": (0.001, 0, S8)}, IMAGE, "u8:s8:u8", "none"),
    "weights of u8": (conv(), to(0.01, 120, U8), {"weights": (0.001, 128, U8)}, IMAGE, "u8:s8:u8", "none"),
    "weights of nine bits": (conv(), to(0.01, 120, U8), {"weights": (0.0006, 100, U8)}, IMAGE, "u8:s16:u8", "none"),
    "transposed": (conv(kind=nn.ConvTranspose2d, stride=2), to(0.01, 120, U8, F.relu), {}, IMAGE, "u8:s8:u8", "relu"),
    "transposed, groups": (conv(8, 12, (3, 2), groups=2, stride=2, output_padding=1, kind=nn.ConvTranspose2d),
                           to(0.01, 9, S8), {}, IMAGE, "u8:s8:s8", "none"),
    "transposed, weights of nine bits": (conv(kind=nn.ConvTranspose2d), to(0.01, 120, U8),
                                         {"weights": (0.0006, 100, U8)}, IMAGE, "u8:s16:u8", "none"),
    "to f32": (conv(), lambda y: F.relu(y), {}, IMAGE, "u8:s8:f32", "relu"),
    "to f32, which is then quantised": (conv(), to(0.01, 30, U8, F.silu), {}, IMAGE, "u8:s8:f32", "silu"),
    "to fewer than 8 bits": (conv(), lambda y: quantise(y, 0.02, 60, U8, (0, 127)), {}, IMAGE, "u8:s8:f32", "none"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_convolution_between_integers_is_one_of_integers(name):
    convolution, after, options, shape, dtype, act = CASES[name]
    x = 2 * torch.randn(shape)
    model = export(Between(convolution, after, **options), x)
    last = name != "none"
    fast = convgen.torch.accelerate(model, x, channels_last=last, records=False)
    (spec,) = specs(fast)
    assert (spec.dtype, spec.activation, spec.channels_last) == (dtype, act, last)
    x = 2 * torch.randn(shape)
    close(fast(x), model(x))


def close(got, want):
    """Within a step; nine of ten at least are the same."""
    assert got.dtype is want.dtype
    if got.dtype is torch.float32:
        step = want.abs().max().item() * 1e-4
        torch.testing.assert_close(got, want, rtol=0, atol=step)
        return
    assert len(want.unique()) > 10
    apart = (got.int() - want.int()).abs()
    assert apart.max() <= 1
    assert apart.count_nonzero() <= apart.numel() / 10


SUMMED = {
    "a sum": (lambda y, r: quantise(F.relu(y + again(r, 0.03, 100, U8)), 0.02, 9, U8), "u8:s8:u8", 100),
    "a sum in place": (lambda y, r: quantise(y.add_(again(r, 0.03, 3, S8)), 0.02, 9, S8), "u8:s8:s8", 3),
    "of the other order": (lambda y, r: quantise(again(r, 0.03, 3, S8) + y, 0.02, 9, S8), "u8:s8:s8", 3),
    "of another type": (lambda y, r: quantise(y + again(r, 0.03, 3, S8), 0.02, 9, U8), "u8:s8:f32", None),
    "into the other": (lambda y, r: quantise(again(r, 0.03, 3, S8).add_(y), 0.02, 9, S8), "u8:s8:f32", None),
    "of reals": (lambda y, r: quantise(y + r, 0.02, 9, U8), "u8:s8:f32", None),
    "more than once": (lambda y, r: quantise(torch.add(y, again(r, 0.03, 3, S8), alpha=2), 0.02, 9, S8), "u8:s8:f32",
                       None),
}


@pytest.mark.parametrize("name", SUMMED)
def test_what_is_added_in_integers_is_taken_in(name):
    after, dtype, zero = SUMMED[name]
    x, r = torch.randn(IMAGE), torch.randn(2, 12, 9, 10)
    model = export(Between(conv(), after), x, r)
    fast = convgen.torch.accelerate(model, (x, r), records=False)
    (spec,) = specs(fast)
    assert spec.dtype == dtype
    assert spec.residual == (zero is not None)
    assert spec.quantisation.residual_zero == (zero or 0)
    close(fast(x, r), model(x, r))


def test_other_inputs_and_copies_are_pytorchs_own():
    x = torch.randn(IMAGE)
    fast = convgen.torch.accelerate(export(Between(conv(), to(0.02, 0, U8, F.relu)), x), x, records=False)
    (layer,) = layers(fast)
    q = torch.randint(0, 256, (1, 8, 5, 6), dtype=U8)
    with pytest.warns(RuntimeWarning, match=r"expected torch.uint8 \(2, 8, 9, 10\) on cpu; given torch.uint8 \(1, 8"):
        assert torch.equal(layer(q), layer.eager(q))
    q = torch.randint(0, 256, IMAGE, dtype=U8)
    want = layer(q)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other(q), want)
    layer.load_state_dict({name: tensor * (name != "weights") for name, tensor in layer.state_dict().items()})
    assert not torch.equal(layer(q), want), "weights are packed anew"
    assert torch.equal(torch.compile(layer, backend="eager")(q), layer(q))
    layer.load_state_dict({name: tensor * (name != "scale") for name, tensor in layer.state_dict().items()})
    layer.told.yet = False
    with pytest.warns(RuntimeWarning, match="expected weights, bias and scales like those that were quantised"):
        assert torch.equal(layer(q), layer.eager(q))


def test_a_convolution_as_the_core_operators_have_it():
    x, bias = 2 * torch.randn(IMAGE), torch.randn(12)
    model = export(Told(lambda x: quantise(torch.convolution(
        again(x, 0.02, 131, U8), again(WEIGHTS, 0.01, 0, S8), bias, [2, 1], [1, 0], [1, 1], False, [0, 0], 1),
        0.1, 100, U8)), x)
    fast = convgen.torch.accelerate(model, x, records=False)
    assert [(spec.dtype, spec.sh, spec.sw, spec.top, spec.left) for spec in specs(fast)] == [("u8:s8:u8", 2, 1, 1, 0)]
    close(fast(x), model(x))


class Moved(nn.Module):
    """Writes to what a convolution reads."""

    def __init__(self):
        super().__init__()
        self.inner = Between(conv(), to(0.02, 0, U8))

    def forward(self, x):
        q = quantise(x, *self.inner.of)
        reals = dequantise(q, *self.inner.of)
        taps = dequantise(quantise(self.inner.taps.float(), 0.003, 0, S8), 0.003, 0, S8)
        y = F.conv2d(reals, taps, None, padding=1)
        return y, reals.mul_(2)


REFUSED = {
    "of reals": (lambda x: F.conv2d(x, again(WEIGHTS, 0.01, 0, S8)), "its input is not dequantised from 8 bits"),
    "weights of reals": (lambda x: F.conv2d(again(x, 0.02, 3, U8), WEIGHTS), "its weights are not dequantised"),
    "computed weights": (lambda x: F.conv2d(again(x, 0.02, 3, U8), again(x[:1, :, :3, :3], 0.02, 3, U8)),
                         "must be constants"),
    "a large bias": (lambda x: F.conv2d(again(x, 0.02, 3, U8), again(WEIGHTS, 0.01, 0, S8), 1e9 * WEIGHTS[:, 0, 0, 0]),
                     "must fit s32"),
    "transposed, a scale for each input channel": (
        lambda x: F.conv_transpose2d(again(x, 0.02, 3, U8), OPS.dequantize_per_channel(
            OPS.quantize_per_channel(SQUARE, EACH, torch.zeros(8, dtype=torch.int64), 0, -127, 127, S8), EACH,
            torch.zeros(8, dtype=torch.int64), 0, -127, 127, S8)),
        "its weights are not dequantised"),
}
WEIGHTS = torch.linspace(-1, 1, 12 * 8 * 9).reshape(12, 8, 3, 3)
EACH = torch.full((8,), 0.01)
SQUARE = torch.linspace(-1, 1, 8 * 8 * 9).reshape(8, 8, 3, 3)


class Told(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@pytest.mark.parametrize("name", [*REFUSED, "written to"])
def test_what_is_left_to_pytorch_is_told_once(name):
    function, reason = REFUSED.get(name, (None, "its input must not be written to"))
    x = torch.randn(IMAGE)
    model = export(Moved() if function is None else Told(function), x)
    assert exported.quantised(model)
    with pytest.warns(RuntimeWarning, match=rf"^0 of 1 convolutions run as kernels, .*{reason}") as told:
        fast = convgen.torch.accelerate(model, x, records=False)
    assert [one.category for one in told].count(RuntimeWarning) == 1
    for got, want in zip(fast(x), model(x), strict=True):
        assert torch.equal(got, want)


def test_a_whole_network_of_torchaos_quantiser():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pt2e = pytest.importorskip("torchao.quantization.pt2e.quantize_pt2e")
        x86 = importlib.import_module("torchao.quantization.pt2e.quantizer.x86_inductor_quantizer")
    x = torch.randn(2, 3, 8, 9)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = conv(8, 8), conv(8, 8, groups=8)

        def forward(self, x):
            return F.relu(self.b(F.relu6(self.a(x))) + x)

    net = nn.Sequential(conv(3, 8), nn.BatchNorm2d(8), nn.ReLU(), Block(), Block(), conv(8, 6, 1, 0),
                        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4)).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantiser = x86.X86InductorQuantizer().set_global(x86.get_default_x86_inductor_quantization_config())
        prepared = pt2e.prepare_pt2e(export(net, x), quantiser)
        for _ in range(4):
            prepared(torch.randn_like(x))
        model = pt2e.convert_pt2e(prepared)
    fast = convgen.torch.accelerate(model, x, records=False)
    assert [(spec.dtype, spec.residual) for spec in specs(fast)] == [
        ("u8:s8:u8", False), *[("u8:s8:u8", False), ("u8:s8:u8", True)] * 2, ("u8:s8:u8", False)]
    got, want = fast(x), model(x)
    assert (got - want).abs().max() <= 0.02 * want.abs().max()
