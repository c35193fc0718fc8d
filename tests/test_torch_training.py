"""accelerate(…, training=True): gradients by kernels, and models that they train."""

from __future__ import annotations

import copy
import pickle
import warnings

import pytest

torch = pytest.importorskip("torch")

import convgen.torch  # noqa: E402  # needs torch
from convgen.torch import fold, training  # noqa: E402

nn, F = torch.nn, torch.nn.functional
Trained = convgen.torch.Trained


class Net(nn.Module):
    """Strides, a BatchNorm, a depthwise layer, and one without bias."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 8, 3, padding=1, stride=2)
        self.norm = nn.BatchNorm2d(8)
        self.deep = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.last = nn.Conv2d(8, 16, 3, padding=1)
        self.out = nn.Linear(64, 4)

    def forward(self, x):
        x = F.relu(self.norm(self.first(x)))
        x = F.relu(self.last(F.relu(self.deep(x))))
        return self.out(F.adaptive_avg_pool2d(x, 2).flatten(1))


@pytest.fixture(autouse=True)
def _one_thread():
    """Layers are so small that threads would wait for each other most of the time."""
    torch.manual_seed(0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def losses(model, steps=40):
    """Of a few batches of what can be learnt."""
    xs = torch.randn(32, 1, 12, 12, generator=torch.Generator().manual_seed(1))
    ys = (xs.mean((1, 2, 3)) > 0).long() + 2 * (xs[:, 0, :6].mean((1, 2)) > 0).long()
    optimiser, found = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), []
    for step in range(steps):
        batch = slice(step % 4 * 8, step % 4 * 8 + 8)
        optimiser.zero_grad()
        loss = F.cross_entropy(model(xs[batch]), ys[batch])
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    return found


@pytest.mark.parametrize("last", [True, False], ids=["channels last", "channels second"])
def test_a_model_trains_to_the_loss_of_eager(last):
    model = Net()
    fast = convgen.torch.accelerate(model, torch.randn(8, 1, 12, 12), training=True, channels_last=last)
    assert [type(module) for module in (fast, fast.first, fast.deep, fast.last)] == [Net, Trained, Trained, Trained]
    assert fast.state_dict().keys() == model.state_dict().keys()
    eager, own = losses(copy.deepcopy(model)), losses(fast)
    assert eager[-1] < 0.8 * eager[0]
    assert own == pytest.approx(eager, abs=1e-4)


def test_only_the_copy_changes_and_in_the_mode_of_the_model():
    model = Net()
    model.norm.eval()
    model.first.requires_grad_(False)
    before = copy.deepcopy(model.state_dict())
    fast = convgen.torch.accelerate(model, torch.randn(8, 1, 12, 12), training=True)
    assert [module.training for module in (fast, fast.first, fast.norm)] == [True, True, False]
    assert all(torch.equal(value, before[name]) for name, value in fast.state_dict().items())
    fast(torch.randn(8, 1, 12, 12)).sum().backward()
    assert fast.first.weight.grad is None
    assert fast.deep.weight.grad is not None
    assert all(parameter.grad is None for parameter in model.parameters())
    again = pickle.loads(pickle.dumps(fast))
    x = torch.randn(8, 1, 12, 12)
    assert torch.equal(again(x), fast(x))
    assert torch.equal(copy.deepcopy(fast)(x), fast(x))


CONVOLUTIONS = {
    "plain": (nn.Conv2d(2, 3, 3, padding=1), (1, 2, 4, 5)),
    "strides": (nn.Conv2d(2, 4, 3, padding=1, stride=2, groups=2, bias=False), (2, 2, 5, 4)),
    "dilation": (nn.Conv1d(3, 4, 3, padding=2, dilation=2), (2, 3, 7)),
    "volume": (nn.Conv3d(1, 2, 2), (1, 1, 3, 3, 4)),
    "transposed": (nn.ConvTranspose2d(4, 6, 3, padding=1, stride=2, output_padding=1, groups=2), (2, 4, 4, 3)),
    "transposed row": (nn.ConvTranspose1d(2, 3, 4, stride=3, output_padding=2, bias=False), (2, 2, 5)),
    "transposed, dilation": (nn.ConvTranspose2d(2, 3, 2, padding=(2, 1), dilation=2), (1, 2, 5, 4)),
}


@pytest.mark.parametrize("last", [True, False], ids=["channels last", "channels second"])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_gradients(name, last):
    """gradcheck, whose differences are exact up to rounding, since a convolution is linear in each argument; opcheck;
    and PyTorch's own gradients."""
    conv, shape = CONVOLUTIONS[name]
    fast = convgen.torch.accelerate(conv, torch.randn(shape), training=True, channels_last=last)[0]
    x = torch.randn(shape, requires_grad=True)
    keys = (*fast._ready[shape], 0)

    def call(x, weight, bias):
        return training.convolution(x, weight, bias, *keys)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # f32 is not double
        assert torch.autograd.gradcheck(call, (x, fast.weight, fast.bias), eps=0.5, atol=1e-3, rtol=1e-3)
    arguments = (x, fast.weight, fast.bias)
    torch.library.opcheck(torch.ops.convgen.convolution, (*arguments, *keys))
    dy = torch.randn(conv(x).shape)
    torch.library.opcheck(torch.ops.convgen.convolution_input_gradient, (dy, fast.weight.detach(), keys[1], 0))
    pair = (dy, x.detach()) if type(conv) in fold.TRANSPOSED else (x.detach(), dy)
    torch.library.opcheck(torch.ops.convgen.convolution_weights_gradient, (*pair, keys[2], 0))
    wanted = [one for one in arguments if one is not None]
    own = torch.autograd.grad(fast(x), wanted, dy)
    parameters = {name: one for name, one in (("weight", fast.weight), ("bias", fast.bias)) if one is not None}
    theirs = torch.autograd.grad(torch.func.functional_call(conv, parameters, (x,)), wanted, dy)
    for one, other in zip(own, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_threads_change_no_bit():
    fast = convgen.torch.accelerate(nn.Conv2d(8, 16, 3, padding=1), torch.randn(4, 8, 12, 12), training=True)[0]
    x, dy = torch.randn(4, 8, 12, 12), torch.randn(4, 16, 12, 12)
    found = [training.of_weights(x, dy, next(iter(fast._ready.values()))[2], threads) for threads in (1, 2, 3)]
    assert all(torch.equal(one, other) for gradients in found[1:]
               for one, other in zip(gradients, found[0], strict=True))


def test_what_stays_pytorchs():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ConvTranspose2d(4, 3, 2, dilation=2, output_padding=1))
    with pytest.warns(RuntimeWarning, match="1 of 2 convolutions run as kernels.*output_padding must be less than"):
        fast = convgen.torch.accelerate(model, torch.randn(1, 3, 8, 8), training=True)
    with pytest.warns(RuntimeWarning, match=r"0: input must be what the kernels are for, .*\(1, 3, 8, 8\) on cpu"):
        y = fast(torch.randn(2, 3, 9, 9))
    assert y.shape == (2, 3, 10, 10)


def test_a_compiler_sees_one_graph():
    fast = convgen.torch.accelerate(Net(), torch.randn(8, 1, 12, 12), training=True)
    x = torch.randn(8, 1, 12, 12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own
        compiled = torch.compile(fast, backend="aot_eager", fullgraph=True)
        compiled(x).sum().backward()
    compiled_gradient = fast.last.weight.grad.clone()
    fast.zero_grad()
    fast(x).sum().backward()
    torch.testing.assert_close(fast.last.weight.grad, compiled_gradient)
