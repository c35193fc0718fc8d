"""A library of layers as files that other projects embed.

    include/NAME.h          the whole interface
    src/NAME_LAYER_ISA.c    a kernel, for each layer and instruction set
    src/NAME_dispatch.c     finds out what the CPU has, and calls the kernels for it
    src/NAME_CONV.c         a convolution with its weights, where they are embedded
    src/NAME_run.c          the whole network, where it is one function; src/NAME_run_ISA.c, for each instruction set
    NAME_report.json        what each step of the network takes
    NAME.weights            all weights, where they are in a file of their own; src/NAME_weights.c takes it
    test/NAME_selftest.c    tests it all by itself
    CMakeLists.txt …        for CMake, Meson, pkg-config and make
    manifest.json           what is in it, and where it comes from

For an OpenCL device, which has no other kernels to choose from:

    include/NAME.h                  what is in it; includes the others
    include/NAME_LAYER_opencl.h     a layer, or a convolution with its weights, as generate writes it
    src/NAME_LAYER_opencl.c         the same
    src/NAME_LAYER.cl               what the device computes, for reading: it is in the host code
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import msgspec

from ..emit.sizes import sizes
from ..emit.texts import templates, tidy
from ..errors import ConvgenError, InputError
from ..layer.array import elements
from ..layer.call import Function, functions, packing
from ..layer.element import F32, Element, includes
from ..layer.names import check_name, show
from ..layer.network import Use
from ..layer.outside import decode
from ..layer.spec import ConvSpec
from ..machine.family import ANY
from ..machine.isa import ISAS, Isa, built_with
from ..machine.target import NAMED, Target
from ..plan.kernel import Kernel
from ..plan.proof import proof
from ..plan.written import written
from ..planner.describe import bound_text, describe, known_lines, proof_of, range_text, scaling, slices
from ..version import __version__
from . import weighted
from .blob import FORM, HEADER, MARK, ORDER
from .bundle import Convolution, Package, PackagedLayer, memory
from .embed import Stored
from .network import printed as network
from .network.orders import Arranged
from .network.report import as_json
from .output import Content, Manifest, encoded, kernel_of, totals
from .selftest import selftest_view
from .weighted import Weighted

MANIFEST = "manifest.json"
WEIGHTS = ".weights"  # how the file of weights ends
MOST_LEFT = 24  # lines of a header's comment on what a package leaves
INSIDE = ("reset", "run")  # which functions of a layer its convolutions with weights have too
# What some calls take and others do not.
OPTIONAL = ("scale", "slopes", "residual", "weights_gradient", "bias_gradient")


def files(package: Package) -> dict[str, Content]:
    """Path and text of each file, the header's first and the manifest's last."""
    name, made = package.name, _Printer(package)
    library = _device_library(package, made) if package.opencl else _library(package, made)
    made.context["sources"] = [path.removeprefix("src/") for path in library if path.endswith(".c")]
    made.context["headers"] = headers = [path for path in library if path.endswith(".h")]
    made.context["installed"] = [
        *((path, "${CMAKE_INSTALL_INCLUDEDIR}") for path in headers if path.startswith("include/")),
        *((path, f"${{CMAKE_INSTALL_DATADIR}}/{name}") for path in made.context["data"])]
    texts: dict[str, Content] = {
        **library,
        f"test/{name}_selftest.c": made("selftest_opencl.c" if package.opencl else "selftest.c"),
        "CMakeLists.txt": made("CMakeLists.txt"),
        f"cmake/{name}Config.cmake.in": made("Config.cmake.in"),
        f"{name}.pc.in": made("pc.in"),
        "meson.build": made("meson.build"),
        "meson_options.txt": made("meson_options.txt"),
        "Makefile": made("Makefile"),
    }
    if package.report is not None:
        texts[f"{name}_report.json"] = as_json(name, package.report)
    if package.blob is not None:
        texts[name + WEIGHTS] = package.blob.data
    return {**texts, MANIFEST: _manifest(package, texts)}


def _library(package: Package, made: _Printer) -> dict[str, str]:
    """What is compiled for CPUs, the header first."""
    name, kernels = package.name, [kernel for layer in package.layers for kernel in layer.kernels]
    sources = {f"{kernel.name}.c": _source(kernel, name) for kernel in kernels}
    sources[f"{name}_dispatch.c"] = made("dispatch.c")
    if package.blob is not None:
        sources[f"{name}_weights.c"] = made("blob.c")
    for convolution in package.convolutions:
        sources[f"{convolution.symbol}.c"] = made.convolution(convolution)
    if package.network is not None and package.whole is not None:
        inside = {} if package.blob else {name: package.constants[name] for name in package.own_constants}
        sources[f"{name}_run.c"] = network.for_all(name, package.isas, package.whole, _stored(package, inside),
                                                   map(package.address, package.own_constants), package.storage.workers)
        specs = [layer.spec for layer in package.layers]
        sources |= {f"{name}_run_{target.isa}.c": network.for_isa(name, target.row, package.whole, specs)
                    for target in package.targets}
    made.context["arches"] = {f"{kernel.name}.c": row.msvc.name for kernel in kernels
                              if (row := kernel.plan.target.row).msvc is not None}
    return {f"include/{name}.h": made("api.h"), f"src/{name}_kernels.h": made("kernels.h"),
            **{f"src/{file}": text for file, text in sources.items()}}


def _device_library(package: Package, made: _Printer) -> dict[str, str]:
    """The same for an OpenCL device: the files of each kernel, and of each convolution."""
    made_of = [layer.kernels[0].files for layer in package.layers]
    made_of += [weighted.texts(Weighted(one.symbol, one.use.name, one.layer.kernels[0], one.packed[0],
                                    one.use.arrays), package.name)
                for one in package.convolutions]
    return {f"include/{package.name}.h": made("opencl.h"),
            **{f"{'include' if file.endswith('.h') else 'src'}/{file}": text
               for texts in made_of for file, text in texts.items()}}


class Listed(msgspec.Struct):
    """What a manifest says of its package; convgen has written more."""

    name: str
    isas: tuple[dict[str, object], ...]
    layers: tuple[dict[str, object], ...]
    sha256: dict[str, str]
    left: tuple[str, ...] = ()


class ListedKernel(msgspec.Struct):
    """A kernel of a layer in a manifest; its plan is without the spec."""

    name: str
    bound: dict[str, Any]
    plan: dict[str, Any]
    chosen_by: str = ""
    origin: str = ""


class ListedLayer(msgspec.Struct):
    """A layer in a manifest, with a kernel for each instruction set, the best last."""

    uses: tuple[str, ...]
    spec: dict[str, Any]
    kernels: tuple[ListedKernel, ...]


class Found(NamedTuple):
    """A package in a folder: what is read of its manifest, its files, and how these differ from what the
    manifest lists."""

    listed: Listed
    texts: dict[str, Content]
    drift: list[str]

    @property
    def targets(self) -> list[Target]:
        """One for each of its instruction sets; a device is of the name alone."""
        found = []
        for one in self.listed.isas:
            isa = str(one.get("isa"))
            if isa in ISAS and ISAS[isa].dialect == "opencl":
                found.append(msgspec.structs.replace(NAMED["opencl-cpu"], name=str(one.get("target"))))
            else:
                found += [target for target in NAMED.values() if target.isa == isa]
        return found


def found_in(folder: Path) -> Found | None:
    """The package in a folder, if there is one; InputError when it lists what lies elsewhere."""
    try:
        listed = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Listed)
    except (OSError, msgspec.MsgspecError):
        return None
    check_name(listed.name)
    texts, drift = dict[str, Content](), list[str]()
    for path, digest in listed.sha256.items():
        place = PurePosixPath(path)
        if place.is_absolute() or ".." in place.parts:
            raise InputError(f"manifest must list files of its own folder ({folder / MANIFEST}: {show(path)})")
        try:
            data = (folder / path).read_bytes()
        except OSError as error:
            drift.append(f"{path}: {error.strerror}")
            continue
        texts[path] = data if path.endswith(WEIGHTS) else data.decode(errors="replace")
        if hashlib.sha256(data).hexdigest() != digest:
            drift.append(f"{path} differs from what the manifest lists")
    return Found(listed, texts, drift)


def kernels_in(folder: Path, found: Found) -> list[tuple[Kernel, tuple[str, ...]]]:
    """Of each layer of a package the kernel for the best instruction set, and what the user calls the layer. InputError
    for a manifest that convgen cannot have written."""
    made = []
    try:
        for layer in msgspec.convert(found.listed.layers, tuple[ListedLayer, ...]):
            best = layer.kernels[-1]
            manifest = {"convgen": __version__, "name": best.name, "layers": layer.uses, "bytes": {}, "flags": (),
                        "bound": best.bound, "sha256": {}, "plan": {**best.plan, "spec": layer.spec},
                        "chosen_by": best.chosen_by, "origin": best.origin}
            made.append(kernel_of(decode(msgspec.json.encode(manifest), Manifest)))
    except (ConvgenError, msgspec.ValidationError, IndexError) as error:
        raise InputError(f"manifest must be as convgen wrote it ({folder / MANIFEST}: {error})") from None
    return made


def _source(kernel: Kernel, name: str) -> str:
    """NAME_LAYER_ISA.c, which takes its declarations from the library's own header."""
    return kernel.including(f'#include "{name}_kernels.h"\n')


class _Printer:
    """Prints the templates of a package."""

    def __init__(self, package: Package) -> None:
        rows = [target.row for target in package.targets]
        arithmetics = list(dict.fromkeys(layer.spec.arithmetic for layer in package.layers))
        conditions = [_condition(built_with(row, one) for one in arithmetics) for row in rows]
        found = tuple(dict.fromkeys([*elements(array for layer in package.layers for array in layer.spec.arrays),
                                     *_ends(package.network)]))
        embedded = {convolution.use.name for convolution in package.convolutions}
        layers = [_layer_view(layer, package.isas, embedded) for layer in package.layers]
        known = {layer.symbol: view for layer, view in zip(package.layers, layers, strict=True)}
        family = next((row.family for row in rows if row.family != ANY), ANY)
        self.known, self.package = known, package
        self.context: dict[str, Any] = {
            "name": package.name,
            "version": __version__,
            "isas": package.isas,
            "opencl": package.opencl,
            "arches": {},
            "family": family.name,
            "macros": family.macros,
            "conditions": conditions,
            "asks": any("has(" in condition for condition in conditions),
            "probe": family.probe,
            "headers": family.headers,
            "msvc_headers": family.msvc,
            "includes": includes(found),
            "numbers": [element.sentence for element in found if element.sentence],
            "layers": layers,
            "streamed": any(layer.spec.streamed for layer in package.layers),
            "signatures": sorted({view["signature"]: view["functions"] for view in layers}.items()),
            "convolutions": [self._convolution_view(convolution) for convolution in package.convolutions],
            "whole": package.whole,
            "workers": package.storage.workers,
            "network_parameters": network.parameters(package.whole, package.storage.workers) if package.whole else "",
            "declared": network.declared(package.whole) if package.whole else "",
            "blob": package.blob,
            "data": [package.name + WEIGHTS] if package.blob else [],
            "cmake_data": f'"${{CMAKE_CURRENT_SOURCE_DIR}}/{package.name}{WEIGHTS}"' if package.blob else "",
            "mark": MARK.decode(), "order": hex(ORDER), "form": FORM, "header": HEADER,
            "sums": package.blob.sums if package.blob else (),
            "arrays_said": network.said(package.whole) if package.whole else [],
            "left": package.left,
            "left_said": _few(package.left),
            "var": lambda name: f"${{{name}}}",
            "tab": "\t",
        }
        selftest_view(self.context, package)

    def __call__(self, template: str) -> str:
        return tidy(templates().get_template(f"package/{template}.j2").render(self.context))

    def _convolution_view(self, convolution: Convolution) -> dict[str, Any]:
        layer, spec = self.known[convolution.layer.symbol], convolution.layer.spec
        calls = [one.inside(f"{convolution.symbol}_packed()") for one in layer["functions"] if one.part in INSIDE]
        taken = {parameter.name for call in calls for parameter in call.function.taken} - {"packed"}
        return {
            "symbol": convolution.symbol,
            "lines": textwrap.wrap(f"{layer['symbol']} with the weights of {convolution.use.name}"
                                   f"{', which ' if convolution.use.wiring else ''}{_wired(convolution.use)}", 110),
            "label": convolution.use.name,
            "layer": layer,
            "functions": calls,
            "macros": [*["STREAM"] * spec.streamed,
                       *(f"{role}_BYTES" for role, _ in layer["sizes"].arrays if role.lower() in taken),
                       "WORKSPACE_BYTES(workers)"],
            "of": [self.package.address(convolution.array(isa)) for isa in convolution.shared(self.package.isas)],
            "proof": known_lines(spec, sums) if (sums := convolution.sums) else [],
        }  # fmt: skip

    def convolution(self, convolution: Convolution) -> str:
        """NAME_CONV.c; the weights go in at the end, since they are long."""
        inside = {} if self.package.blob else {
            convolution.array(isa): data for isa, data in convolution.arrays(self.package.isas).items()}
        stored = _stored(self.package, inside)
        context = {**self.context, "convolution": self._convolution_view(convolution), **stored.context}
        return stored.filled(tidy(templates().get_template("package/convolution.c.j2").render(context)))


def _ends(network: Arranged | None) -> list[Element]:
    """Of what numbers inputs and outputs of a network are."""
    return [network.model.values[name].element for name in (*network.model.inputs, *network.model.outputs)] \
        if network is not None else []


def _stored(package: Package, arrays: dict[str, bytes]) -> Stored:
    """Arrays of the library; none where weights are in a file, whose addresses are known when it runs."""
    return Stored(package.name, package.storage.section, arrays, "" if package.blob else "static ")


def _condition(rows: Iterable[Isa]) -> str:
    """C that tells whether a CPU has what the rows need."""
    asked = dict.fromkeys(row.family.features[name] for row in rows for name in row.features)
    tests = [feature.test for feature in asked if feature.test]
    return " && ".join(tests) or "1"


def _features(package: Package, row: Isa) -> list[str]:
    """What a CPU must have for the kernels of a row."""
    rows = (built_with(row, layer.spec.arithmetic) for layer in package.layers)
    return list(dict.fromkeys(feature for one in rows for feature in one.features))


def _quoted(text: str) -> str:
    """A text with names of a model, as a comment can hold it."""
    return text.encode("ascii", "backslashreplace").decode().replace("*/", "* /").replace("/*", "/ *")


def _few(left: Sequence[str]) -> list[str]:
    """What a package leaves of its model, the first of it if that is much."""
    more = [f"and {len(left) - MOST_LEFT} more"] if len(left) > MOST_LEFT else []
    return [*(textwrap.shorten(_quoted(line), 100) for line in left[:MOST_LEFT]), *more]


def _wired(use: Use) -> str:
    """What a convolution reads and makes."""
    return _quoted(use.wiring.said) if use.wiring else ""


def _layer_view(layer: PackagedLayer, isas: Sequence[str], embedded: Collection[str]) -> dict[str, Any]:
    """embedded: the convolutions that have their weights, whose own comments tell what they read."""
    spec, kernels = layer.spec, layer.kernels
    uses = [use.name for use in layer.part.uses]
    lines = [f"{layer.symbol}{': ' if uses else ''}{', '.join(uses)}", *describe(spec), *slices(spec)]
    lines += [f"{use.name} {_wired(use)}" for use in layer.part.uses if use.wiring and use.name not in embedded]
    errors = [bound_text(spec, kernel.bound) for kernel in kernels]
    reach = [range_text(spec, kernel.bound) for kernel in kernels]
    for texts in (errors, reach, [proof_of(kernel.plan) for kernel in kernels]):
        lines += [f"{', '.join(which)}: {text}" for text, which in _grouped(zip(texts, isas, strict=True)) if text]
    lines += scaling(spec)
    return {
        "symbol": layer.symbol,
        "kernels": kernels,
        "lines": [piece for line in lines for piece in textwrap.wrap(line, 110, subsequent_indent="    ")],
        "sizes": sizes(spec, *memory(layer), over_residual=all(kernel.over_residual for kernel in kernels)),
        **memory(layer)._asdict(),
        "phases": max(len(kernel.phases) for kernel in kernels),
        "signature": _signature(spec, functions(spec)),
        "functions": functions(spec),
    }


def _signature(spec: ConvSpec, calls: Sequence[Function]) -> str:
    """A name for what functions of layers take, the same for those that take the same."""
    taken = [parameter for call in calls if call.part in ("pack", "run") for parameter in call.taken]
    if spec.chained:
        every = ", ".join(str(one) for one in taken if one.name != "workers")
        return f"calls_chain_{hashlib.sha256(every.encode()).hexdigest()[:8]}"
    names = [element.name for element in elements(spec.arrays)]
    of = [array.element.name for array in spec.arrays] if len(names) > 1 else [n for n in names if n != F32.name]
    what = "streams" if spec.streamed else "calls"
    return "_".join([what, *of, *(one.name for one in taken if one.name in OPTIONAL)])


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Each different text once, with whom it is of."""
    found: dict[str, list[str]] = {}
    for text, owner in pairs:
        found.setdefault(text, []).append(owner)
    return list(found.items())



def _sizes(layer: PackagedLayer) -> dict[str, int]:
    """Bytes of the arrays."""
    sizes: dict[str, int] = {array.role: array.bytes for array in layer.spec.arrays}
    sizes |= memory(layer)._asdict()
    first, *rest = (array.role for array in layer.spec.arrays if array.when == "run" and array.role != "residual")
    names = [first, *(parameter.name for parameter in packing(layer.spec)), *rest, *["state"] * layer.spec.streamed]
    return {name: sizes.get(name, 0) for name in names}


def _manifest(package: Package, texts: dict[str, Content]) -> str:
    """manifest.json: specs, plans, sizes, bounds, and hashes of the other files."""
    document = {
        "SPDX-License-Identifier": "0BSD",
        "convgen": __version__,
        "name": package.name,
        "isas": [{"isa": target.isa, "target": target.name, "features": _features(package, target.row)}
                 for target in package.targets],
        "layers": [_layer_entry(layer) for layer in package.layers],
        "convolutions": [{"name": c.symbol, "use": c.use.name, "layer": c.layer.symbol,
                          **({"sums": msgspec.to_builtins(c.sums)} if c.sums else {}),
                          "bytes": {isa: len(data) for isa, data in zip(package.isas, c.packed, strict=True)}}
                         for c in package.convolutions],
        **({"network": network.entry(package.whole)} if package.whole else {}),
        "left": list(package.left),
        "bytes": totals(package.sizes),
        "sha256": {path: hashlib.sha256(encoded(text)).hexdigest() for path, text in texts.items()},
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _layer_entry(layer: PackagedLayer) -> dict[str, Any]:
    kernels = [{
        "name": kernel.name,
        "bytes": {"packed": kernel.packed_bytes, "workspace": kernel.workspace_bytes, "scratch": kernel.scratch_bytes,
                  **({"state": kernel.state_bytes} if layer.spec.streamed else {})},
        "bound": msgspec.to_builtins(kernel.bound),
        "plan": {field: value for field, value in msgspec.to_builtins(written(kernel.plan)).items() if field != "spec"},
        "label": kernel.plan.label,
        "chosen_by": kernel.chosen_by,
        "origin": kernel.origin,
        **({"flags": kernel.flags, "functions": msgspec.to_builtins(kernel.functions), "extensions": kernel.extensions}
           if kernel.functions else {}),
    } for kernel in layer.kernels]  # fmt: skip
    exact = layer.spec.arithmetic.exact and not layer.spec.chained
    return {
        "name": layer.symbol,
        "layer": layer.part.name,
        "uses": [use.name for use in layer.part.uses],
        "wiring": layer.part.wiring,
        "spec": msgspec.to_builtins(layer.spec),
        **({"proof": msgspec.to_builtins(proof(layer.spec))} if exact else {}),
        "bytes": _sizes(layer),
        "kernels": kernels,
    }
