"""A room: a response of 4,096 taps that rings off, put on a stream in blocks of 64 samples without latency.

    python room.py              prints the share of real time that a core needs for it
"""

from __future__ import annotations

import numpy as np

import convgen

RATE, BLOCK, TAPS = 48_000, 64, 4096


def response(seed: int = 0) -> np.ndarray:
    """The direct sound, then noise that loses 60 dB until its end."""
    rng = np.random.default_rng(seed)
    taps = 0.1 * rng.standard_normal(TAPS) * 10.0 ** (-3 * np.arange(TAPS) / TAPS)
    taps[0] = 1.0
    return taps.astype(np.float32)


def room(taps: np.ndarray):
    """The compiled layer; conv.stream() is one of its streams."""
    spec = convgen.ConvSpec(ic=1, oc=1, kw=len(taps), causal=True, stream=BLOCK, layout="nwc", flip=True, bias=False)
    conv = convgen.generate(spec).compile()
    conv.pack(taps.reshape(spec.weights_shape))
    return conv


def share_of_real_time(conv) -> float:
    """Of one core, with blocks of 64."""
    block = np.ones(conv.kernel.spec.input_shape, np.float32)
    calls = 200
    seconds = min(conv.time(block, calls=calls) for _ in range(5)) / calls
    return seconds * RATE / BLOCK


if __name__ == "__main__":
    hall = room(response())
    print(f"{hall.kernel.title}: {100 * share_of_real_time(hall):.2f} % of real time")
