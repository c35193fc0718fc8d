"""What commands do with a whole network: asked for by a model alone, planned and loaded."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ..errors import InputError
from ..layer.names import show
from ..machine.find import find
from ..networks import LAYOUT, loaded
from ..packaging.network import expected
from ..packaging.network.library import check
from ..packaging.network.orders import Arranged
from ..run.arrays import Array
from ..run.networks import Network
from . import models, whole
from .request import Request, must_run_here

each_layer_option = click.option("--each-layer", "each", is_flag=True,
                                 help="Of a model, each different convolution alone, as of a file of layers.")


def asked(request: Request, each: bool) -> bool:
    """Whether a whole network is asked for: by a model alone."""
    return not each and len(request.sources) == 1 and models.is_model(request.sources[0])


def refuse(**options: object) -> None:
    """InputError for options that are of layers alone."""
    for name, value in options.items():
        if value not in (None, False):
            raise InputError(f"{name.replace('_', '-')} must stand with --each-layer for a model"
                             f" ({name.replace('_', '-')}={show(value)})")


def load(request: Request, threads: int = 1, cc: str | None = None, measured: bool = False,
         chains: bool = True) -> tuple[Arranged, Network]:
    """The network, laid out and loaded. measured: to take the time that it takes. chains: whether it may have some.
    Plans are those of load_network and package, for any number of threads."""
    target = find(request.target)
    check(target)
    must_run_here(target, measured=measured)
    layout = request.changes.get("layout", LAYOUT)
    request = whole.cold(request)
    laid = whole.network(request._replace(changes={**request.changes, "layout": layout}), whole.Asked(chains=chains),
                         [target])
    net = loaded(laid, target, lambda specs, symbols: request.kernels(dict.fromkeys(specs, ()), symbols), threads, cc)
    return laid, net


def inputs(laid: Arranged, seed: int = 0) -> Sequence[Array]:
    """Data for each input of a network: floats from -1 to 1, integers over their range."""
    model = laid.model
    return [expected.drawn(model.values[name], expected.STREAM + at + seed) for at, name in enumerate(model.inputs)]
