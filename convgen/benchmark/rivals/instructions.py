"""Libraries held to the instructions of a target that has fewer than the CPU: those that can be told so, by what their
process finds in its environment.

oneDNN (in PyTorch and in OpenVINO), PyTorch's own kernels and FBGEMM have a variable each. MLAS, XNNPACK, ncnn and MNN
take all that they find.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ...machine.host import host
from ...machine.target import Target

ONEDNN, ATEN, FBGEMM = "ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "FBGEMM_ENABLE_INSTRUCTIONS"
TORCH, OPENVINO = (ONEDNN, ATEN, FBGEMM), (ONEDNN,)  # what each library reads


class Level(NamedTuple):
    """Features of a CPU, and the values of the variables that stand for them."""

    features: frozenset[str]
    values: Mapping[str, str]


def _level(features: str, *values: str) -> Level:
    return Level(frozenset(features.split()), dict(zip(TORCH, values, strict=True)))


LEVELS = (  # each has all that those below it have, or other instructions for it
    _level("avx512f avx512_vnni avx512_bf16", "AVX512_CORE_BF16", "avx512", "AVX512_E1"),
    _level("avx512f avx512_vnni", "AVX512_CORE_VNNI", "avx512", "AVX512_E1"),
    _level("avx512f", "AVX512_CORE", "avx512", "AVX512"),
    _level("avx2 fma avx_vnni", "AVX2_VNNI", "avx2", "AVX2"),
    _level("avx2 fma", "AVX2", "avx2", "AVX2"),
)


def held(target: Target) -> bool:
    """Whether kernels for a target have fewer instructions than this CPU."""
    return not set(host().row.features) <= set(target.row.features)


def settings(target: Target, variables: Iterable[str]) -> dict[str, str] | None:
    """What a library that reads these variables is to find there; None where nothing holds it to the target."""
    level = next((level for level in LEVELS if level.features <= set(target.row.features)), None)
    found = {name: level.values[name] for name in variables} if level else {}
    return found or None
