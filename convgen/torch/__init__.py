"""PyTorch models whose convolutions are generated kernels.

    import convgen.torch

    fast = convgen.torch.accelerate(model, torch.randn(1, 3, 224, 224))
    with torch.inference_mode():
        y = fast(x)

Needs PyTorch 2.4 or later (pip install 'convgen[torch]') and a C compiler.

    graph       models that torch.fx can trace: what follows a convolution, and what is added to it
    exported    graphs that were quantised by PT2E: convolutions between integers
    modules     models that cannot be traced: what follows a convolution in its nn.Sequential
    fold        the modules that a convolution takes in: BatchNorm, activation, residual sum
    factory     a kernel for each distinct layer, planned and built
    layer       Layer: the module that stands for a convolution
    training    convolutions with their gradients
    left        what stays PyTorch's, and why
    kernels     kernels on tensors: the operator torch.ops.convgen.conv
    elements    PyTorch's types of numbers as the elements of kernels

Imports: errors, layer, machine, plan, algorithms, planner, emit, run, tuning, api.
"""

from __future__ import annotations

import copy
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..algorithms import MAX_ERROR, check_max_error
from ..errors import InputError, MissingToolError, UnsupportedError
from ..layer.names import show
from ..machine.find import find
from ..machine.target import Target
from ..run.compilers import find_compiler
from ..run.native import MAX_THREADS
from ..tuning import lock as locks
from ..tuning.lock import Lock

try:
    import torch
    from torch.nn.utils import parametrize
except ImportError as error:
    raise MissingToolError(f"convgen.torch needs PyTorch: pip install 'convgen[torch]' ({error})") from None

from . import exported, fold, graph, left, modules
from . import training as trainable
from .factory import Factory
from .layer import Layer
from .training import Trained

__all__ = ["Layer", "Trained", "accelerate"]

Module = Any  # torch.nn.Module; mypy knows nothing of torch


def accelerate(model: Module, example_input: Any, *, threads: int | None = None,
               lock: Lock | str | os.PathLike[str] | None = None, records: bool = True, max_error: float = MAX_ERROR,
               target: str | Target = "host", channels_last: bool = True, training: bool = False) -> Module:
    """A copy of the model, for inference unless `training`, whose convolutions run as kernels generated for the
    example's shapes.

    model: in eval mode or not; it stays as it is. example_input: a tensor, or a tuple of arguments; the model runs on
    it a few times. threads: of the kernels, None for as many as PyTorch uses when they are called; the result has the
    same bits for any number. lock: the file of plans that tuning found (convgen tune --lock), which come first; None
    for the project's, which is convgen.lock in the current folder or above, up to the root of the repository, as for
    convgen generate; "" for none. records: take plans that were measured on this machine, for a target that means it.
    max_error: as of convgen.generate. target: what to generate for, if this machine can run it. channels_last: how
    activations lie in memory between the kernels; a tensor that lies otherwise is copied, so at most the model's
    input. (Where the model cannot do with channels last, they lie channels second.)

    The copy is in eval mode and its parameters require no gradients. Conv1d, 2d and 3d modules that pad with zeros,
    and ConvTranspose1d, 2d and 3d, become convgen.torch.Layer modules, which keep the original ones:

    - If torch.fx can trace the model, the copy is a torch.fx.GraphModule, and a convolution takes in what is done to
      its output alone: a BatchNorm, then the sum with a tensor of the same shape, then an activation that layers have
      (layer/activation.py), be they modules, functions or methods.
    - If not, the copy is of the model's own class, and a convolution takes in the BatchNorm and the activation that
      follow it in an nn.Sequential.

    A graph that was quantised by PT2E (torch.export, then torchao's prepare_pt2e and convert_pt2e) gets kernels of
    integers: a convolution between dequantize_per_tensor, or dequantize_per_channel of its weights, and
    quantize_per_tensor, with the sum with what else is dequantised and a clamp before it; without quantize_per_tensor,
    kernels from integers to f32. Outputs in integers are within one step of PyTorch's, which sums in f32. Weights,
    scales and zero points are those of the copied model: computed once.

    Other Layers' input, parameters and output are of one type, f32, f16 or bf16: that of the model and the example,
    such as model.half() and x.half(). Sums are in f32, each output is rounded once. Left to PyTorch are convolutions of
    other types, or of several; a BatchNorm of another type than its convolution's; and f16 where the CPU does not
    convert it.

    Each kernel's result lies within the bound that its head comment states, of the exact result for weights with
    BatchNorm folded in and rounded once. What the copy computes otherwise is PyTorch's, bit for bit: a Layer calls
    the modules it keeps where inputs are of another shape, type or device than in the example, its weights have been
    converted, or with BatchNorm folded in are too large for their type (with one warning for the whole model, that
    names the first such Layer; none under torch.compile), and, without a warning, in training mode, under autocast,
    where an input requires gradients, and in torch.onnx.export. Weights that change are packed anew by
    load_state_dict(), after training, and by what moves or converts them; after other changes, call Layer.pack().

    Weights that are computed from other parameters (torch.nn.utils.parametrizations: weight_norm, spectral_norm …) are
    those of the copied model: they are computed once. A warning says how many convolutions are kernels and why others
    are not, if there are others: those of another class, with hooks, with padding_mode, or called as functions.

    training: the copy is to be trained. It is of the model's own class, in the mode that the model is in, with
    parameters of its own by the same names, whose gradients are as they require. Conv1d, 2d and 3d modules that pad
    with zeros, and ConvTranspose1d, 2d and 3d, become convgen.torch.Trained: their outputs and the gradients of their
    inputs, weights and biases are those of generated kernels (ConvSpec's op), with the same bits for any number of
    threads; PyTorch sums the gradient of a transposed one's bias. Nothing is folded; all else is PyTorch's. A gradient
    of a gradient is not to be had.

    Compiling takes seconds for each distinct layer the first time, and nothing after that. Errors: those of the
    model itself; InputError; MissingToolError without a C compiler.
    """
    where = find(target)
    if not where.runs_here():
        raise UnsupportedError(f"target must be a CPU that this machine is (target={where.name})")
    check_max_error(max_error)
    if threads is not None and (type(threads) is not int or not 1 <= threads <= MAX_THREADS):
        raise InputError(f"threads must be an integer from 1 to {MAX_THREADS} (threads={show(threads)})")
    if not isinstance(model, torch.nn.Module):
        raise InputError(f"model must be a torch.nn.Module (model is a {type(model).__name__})")
    args = example_input if isinstance(example_input, tuple) else (example_input,)
    if any(isinstance(one, np.ndarray) for one in args):
        raise InputError("example_input must be a tensor, or a tuple of arguments (it has a numpy.ndarray; use"
                         " torch.from_numpy)")
    find_compiler()
    put = _trained if training else _replaced
    factory = Factory(where, max_error, _lock(lock), records, threads or 0)
    with torch.inference_mode(False), torch.no_grad():
        fast = put(model, args, factory, channels_last)
        try:
            seen = left.seen(fast, copy.deepcopy(args))
        except RuntimeError:  # of view(), say, which wants channels second
            if not channels_last:
                raise
            fast = put(model, args, factory, False)
            seen = left.seen(fast, copy.deepcopy(args))
    if training:
        _as_before(model, fast)
    if told := left.told(fast, factory.refused, seen):
        warnings.warn(told, RuntimeWarning, stacklevel=2)
    return fast


def _lock(named: Lock | str | os.PathLike[str] | None) -> Lock | None:
    """What `lock` names, read; InputError when it is none."""
    if isinstance(named, Lock):
        return named
    path = locks.find(Path()) if named is None else named
    return locks.open_lock(Path(path)) if path else None


def _replaced(model: Module, args: Sequence[Any], factory: Factory, last: bool) -> Module:
    """The copy, its activations channels last or not."""
    factory.begin(last)
    traced = _traced(model, args)
    if traced is not None:
        graph.replace(traced, factory.layer, last)
        factory.refused |= exported.replace(traced, factory.integers, last)
        factory.finish()
        return traced
    own = _frozen(model)
    shapes, calls = modules.watch(own, lambda: own(*copy.deepcopy(args)))
    modules.replace(own, factory.layer, shapes, calls)
    factory.finish()
    return own


def _trained(model: Module, args: Sequence[Any], factory: Factory, last: bool) -> Module:
    """The copy, to be trained."""
    factory.begin(last)
    own = _copied(model)
    own.eval()  # for the example to leave statistics as they are
    shapes, _ = modules.watch(own, lambda: own(*copy.deepcopy(args)))
    trainable.replace(own, factory.trained, shapes)
    factory.finish()
    return own


def _as_before(model: Module, fast: Module) -> None:
    """Every module in the mode that it is in in the original."""
    paths = {"": fast, "0": fast} if type(model) in fold.CONVOLUTIONS else dict(fast.named_modules())
    for path, module in model.named_modules():
        paths[path].train(module.training)


def _traced(model: Module, args: Sequence[Any]) -> Module | None:
    """The model as a graph; None where torch.fx cannot."""
    try:
        own = _frozen(model)
        return graph.noted(own, copy.deepcopy(args)) if exported.quantised(own) else \
            graph.trace(own, copy.deepcopy(args))
    except Exception:  # the model's code runs with values that are none, and may do anything
        return None


def _copied(model: Module) -> Module:
    """A copy."""
    try:
        found = copy.deepcopy(model)
    except RuntimeError as error:
        old = [path or "the model" for path, module in model.named_modules() if fold.old_norm(module)]
        reason = f"{old[0]}: {fold.OLD_NORM}" if old else " ".join(str(error).split())
        raise InputError(f"model must be one that can be copied ({reason})") from error
    if type(found) in fold.CONVOLUTIONS:  # nothing holds it that could hold another module
        return torch.nn.Sequential(found)
    return found


def _frozen(model: Module) -> Module:
    """A copy for inference."""
    found = _copied(model)
    found.eval()
    for module in list(found.modules()):
        _compute_parameters(module)
    return found.eval().requires_grad_(False)


def _compute_parameters(module: Module) -> None:
    """Of a convolution whose weights are computed from others, as by parametrizations.weight_norm: once and for all.
    (remove_parametrizations changes the class, which the original model has too.)"""
    kind = parametrize.type_before_parametrizations(module)
    if kind not in fold.CONVOLUTIONS or not parametrize.is_parametrized(module):
        return
    values = {name: getattr(module, name).detach() for name in module.parametrizations}
    module.__class__ = kind
    del module.parametrizations
    for name, value in values.items():
        module.register_parameter(name, torch.nn.Parameter(value))
