"""convgen bench: layers beside the machine's limits, and beside other libraries; as tables, as JSON, as a picture."""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
import msgspec

from ..benchmark import contest, peaks, pictures, raster, rivals, timing
from ..benchmark.contest import Absent, Figure, Match
from ..benchmark.data import SYMMETRIC
from ..benchmark.peaks import Peaks
from ..benchmark.rivals.worker import Difference
from ..benchmark.timing import Measured, Timing, geomean, gflops, median_geomean, unit
from ..errors import CrashError, InputError, VerificationError
from ..layer.formats import to_descriptor
from ..layer.names import show
from ..layer.spec import ConvSpec
from ..machine.devices import serving
from ..machine.find import find
from ..machine.host import cpu_name
from ..machine.target import Target
from ..plan.kernel import Kernel
from ..planner import describe
from ..run import emulated
from ..run.build import compiler
from ..version import __version__
from . import networks, networks_bench, sample_bench, threads_bench, whole
from .console import Cell, ms, progress, put, put_json, put_table, put_wrapped, reproduce, say
from .measuring import Asked, entry
from .request import Request, check_threads, json_option, layer_options, must_run_here, threads_option, words_of

REASON = 200  # characters of a reason on the terminal; JSON has all of it
PNG = ".png"
PICTURES = (".svg", PNG)  # what the name of a picture ends in
NOTES = (  # under the picture
    "{unit} of the direct algorithm, from the least time of all rounds: an algorithm with fewer"
    " multiplications can pass the roofline,",
    "and so can a layer that stays in the caches from call to call. Roofline: the lower of the measured"
    " FMA peak and copy bandwidth × operations a byte.",
)


@click.command()
@layer_options()
@click.option("--against", metavar="NAMES", help="Other libraries to measure too, where installed:"
              " onnxruntime,torch,openvino,ncnn,litert,mnn,scipy; for an OpenCL device clblast,torch-cuda. f32:"
              " convgen's own kernel of a layer of other types, in f32; f32-direct: the one that sums directly, as"
              " --max-error 0. apart: of a chain, its layers in kernels of their own.")
@click.option("--same-instructions", "same", is_flag=True, help="Hold other libraries to the instructions of the"
              " target, where it has fewer than this CPU; those that cannot be held are left out.")
@threads_option
@click.option("--repeats", type=click.IntRange(1, 10_000), default=timing.REPEATS, show_default=True,
              help="Measurements of each layer; rounds with --against.")
@networks.each_layer_option
@whole.chains_option
@json_option
@click.option("--plot", "picture", metavar="FILE", help="Draw bars and roofline of each layer: FILE.svg or FILE.png.")
@click.option("--sample", "number", type=click.IntRange(1), metavar="N", help="Measure N of the layers, which"
              " stand for all: kinds by turns (dense, 1x1, depthwise, grouped, first layers, tiny), those of a kind"
              " evenly by kernel and multiply-adds. Shows means by kind, and the worst layers.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), metavar="S", help="Another sample; 0 if not given.")
@click.option("--results", metavar="FILE", help="Where a sample's results are kept as they come, from which the same"
              f" command goes on; {sample_bench.FILE} if not given. A larger sample of the same seed uses them too.")
@click.option("--threads-model", "most", type=click.IntRange(1, 1024), metavar="N", help="How layers should scale from"
              " 1 to N threads, each number by a plan of its own: simulated from the measured time of each task.")
def bench(request: Request, against: str | None, same: bool, threads: int, repeats: int, each: bool,
          chains: bool, as_json: bool, picture: str | None, number: int | None, seed: int | None,
          results: str | None, most: int | None) -> None:
    """Measure layers beside the machine's limits, and beside other libraries, in the same run.

    Tables lead with medians: what to expect here and now. The least time is what a kernel does undisturbed; where the
    two lie far apart, the machine is noisy, and a line says so.

    A model alone is measured as a whole network, beside libraries that read such models; then it is shown where
    convgen's time goes, step by step.
    """
    if most is not None:
        for option, value in (("against", against), ("plot", picture), ("sample", number)):
            if value is not None:
                raise InputError(f"threads-model must stand without {option} ({option}={show(value)})")
        threads_bench.bench(request, most, repeats, as_json)
        return
    target = find(request.target)
    names = [] if against is None else words_of("against", against, rivals.RIVALS)
    rivals.check(names, target)
    if names and emulated.runner(target):
        raise InputError(f"against must be left out under a runner (against={against}, target={target.name})")
    if same and (not names or target.device is not None):
        raise InputError("same-instructions must stand with against, for a target in C"
                         f" (against={show(against)}, target={target.name})")
    check_threads(threads, target)
    request = request.on(threads)
    for option, value in (("seed", seed), ("results", results)):
        if value is not None and number is None:
            raise InputError(f"{option} must stand with sample ({option}={show(value)})")
    if networks.asked(request, each):
        networks.refuse(plot=picture, sample=number)
        measured = networks_bench.measure(request, names, threads, repeats, target if same else None, chains)
        if as_json:
            put_json({"convgen": __version__, **_machine(target), "target": target.name, "isa": target.isa,
                      "threads": threads, **networks_bench.document(measured)})
        else:
            networks_bench.put_all(measured)
        return
    whole.must_be_network(chains)
    if picture is not None:
        _check_place(picture)
    asked = Asked(request, target, names, same, threads, repeats)
    if number is not None:
        _sample(asked, number, seed, results, as_json, picture)
        return
    layers = request.layers()
    must_run_here(target, layers, measured=True)
    kernels = request.kernels(layers)
    companions = asked.companions(kernels)
    whose = timing.limits_of(target, threads)
    limits = peaks.measure(*whose) if whose else None
    matches: list[Match] = []
    timings: list[Timing] = []
    with progress(len(kernels), "measuring") as step, asked.arena() as arena:
        for kernel in kernels:
            try:
                taken, match = asked.measure(kernel, arena, companions)
            except (CrashError, VerificationError) as error:
                say(f"{kernel.title}: {error}")
                reproduce(describe.command("verify", kernel.plan, optimize=kernel.optimize, chosen_by=kernel.chosen_by,
                                           max_code=kernel.max_code))
                raise click.exceptions.Exit(error.exit_code) from None
            timings.append(taken)
            matches += [match] if match else []
            step()
    if whose and limits:
        limits = timing.better(limits, peaks.measure(*whose))
    rows = [timing.measured(kernel, taken, limits, user_names)
            for kernel, taken, user_names in zip(kernels, timings, layers.values(), strict=True)]
    _warn(rows, kernels)
    if picture is not None:
        _write(picture, _bars(rows, kernels, matches, _circumstances(target, threads)))
    if as_json:
        put_json({"convgen": __version__, **_machine(target), "target": target.name, "isa": target.isa,
                  "threads": asked.granted, **_document(rows, kernels, matches, limits)})
        return
    for line in types_of(kernels):
        put_wrapped(line, 2)
    if matches:
        put_matches(rows, matches)
    else:
        _put_rows(rows, kernels)
    if whose and limits:
        _put_peaks(limits, kernels, whose[0].isa, whose[1])


def _sample(asked: Asked, number: int, seed: int | None, results: str | None, as_json: bool,
            picture: str | None) -> None:
    """Some of the layers."""
    path = Path(results or sample_bench.FILE)
    drawn = sample_bench.measure(asked, number, seed or 0, path)
    if picture is not None:
        _write(picture, sample_bench.picture(drawn, _circumstances(asked.target, asked.threads)))
    if as_json:
        put_json({"convgen": __version__, **_machine(asked.target), "target": asked.target.name,
                  "isa": asked.target.isa, "threads": asked.granted, "sample": number, "seed": seed or 0,
                  "results": str(path), **sample_bench.document(drawn)})
    else:
        sample_bench.put_all(drawn)
    if code := sample_bench.exit_code(drawn):
        raise click.exceptions.Exit(code)


def label(row: Measured, kernel: Kernel) -> str:
    """What a layer is called: the user's names, or its descriptor."""
    return ", ".join(row.names) or to_descriptor(kernel.spec) or row.kernel


# --- on the terminal ---


def types_of(kernels: Sequence[Kernel]) -> list[str]:
    """A line for the types of layers that sum integers."""
    lines = []
    for spec in (kernel.spec for kernel in kernels if kernel.spec.arithmetic.exact):
        of = spec.arithmetic
        text = f"{spec.dtype}: input {of.input.name}, zero point {spec.input_zero}; weights" \
               f" {spec.weights_element.name} in ±{SYMMETRIC}, zero point {spec.weight_zero}; output {of.output.name}"
        lines.append(text + (f", zero point {spec.output_zero}; rounding {spec.rounding}" if of.quantised else ""))
    return list(dict.fromkeys(lines))


def _of_peak(kernels: Iterable[Kernel]) -> str:
    """A column's name."""
    return "of peak" if any(kernel.spec.arithmetic.exact for kernel in kernels) else "of FMA peak"


def _put_rows(rows: Sequence[Measured], kernels: Sequence[Kernel]) -> None:
    """Kernels beside the machine's limits, in their median times."""
    put_table(
        ("layer", "median ms", "spread", "min ms", unit(kernels), _of_peak(kernels), "of bandwidth", "limit", "plan"),
        [(label(row, kernel), ms(row.median_s), _spread(row.spread, row.noisy), ms(row.min_s),
          f"{row.median_gflops:.1f}", _share(row.fma_share and row.fma_share * row.min_s / row.median_s),
          _share(row.memory_share and row.memory_share * row.min_s / row.median_s), row.limit or "-",
          kernel.plan.label) for row, kernel in zip(rows, kernels, strict=True)],
        ("plan", "limit", "of bandwidth", "min ms", _of_peak(kernels), "spread"),
    )
    if len(rows) > 1:
        put(f"geometric mean {median_geomean(rows):.1f} {unit(kernels)}")


def _spread(spread: float, noisy: bool) -> str:
    text = f"±{spread:.0%}"
    return Cell(text, "yellow") if noisy else text


def _warn(rows: Sequence[Measured], kernels: Sequence[Kernel]) -> None:
    """On stderr, when the machine was noisy."""
    noisy = [one for one in zip(rows, kernels, strict=True) if one[0].noisy]
    if noisy:
        row, kernel = max(noisy, key=lambda one: one[0].median_s / one[0].min_s)
        say(f"the machine is noisy: {len(noisy)} of {len(rows)} layers scatter, worst {label(row, kernel)}:"
            f" {ms(row.median_s)} ms in the median, ±{row.spread:.0%}, and {ms(row.min_s)} at least;"
            " close what else runs, or take more --repeats")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _put_peaks(limits: Peaks, kernels: Sequence[Kernel], isa: str, threads: int) -> None:
    exact = {kernel.plan.target.isa: timing.peak(kernel, limits) for kernel in kernels if kernel.spec.arithmetic.exact}
    products = "".join(f" {peak:.1f} Gop/s of products of integers ({row})," for row, peak in exact.items())
    put_wrapped(f"peaks with {threads} thread{'s' * (threads > 1)}: {limits.fma_gflops:.1f} GFLOP/s"
                f" of FMA ({isa}),{products} {limits.copy_gbs:.1f} GB/s of copying", 2)


def put_matches(rows: Sequence[Measured], matches: Sequence[Match]) -> None:
    """Kernels beside the rivals: all of them for a single layer, a line a layer for more."""
    if len(matches) == 1:
        _put_one(rows[0], matches[0])
    else:
        _put_many(rows, matches)
    for line in (*inexact(rows, matches), *left_out(rows, matches)):
        put_wrapped(line, 2)


def _put_one(row: Measured, match: Match) -> None:
    put(label(row, match.kernel))
    figures = [match.own, *sorted(match.rivals, key=lambda figure: figure.median)]
    winner = min([match.own, *match.peers], key=lambda figure: figure.median)
    exact, speed, of_peak = match.kernel.spec.arithmetic.exact, unit([match.kernel]), _of_peak([match.kernel])
    put_table(
        ("library", "median ms", "spread", "min ms", speed, of_peak, "ratio", *["outputs"] * exact, "version", "how"),
        [(Cell(one.name, "bold") if one is winner else one.name, ms(one.median),
          _spread(one.timing.spread, one.timing.noisy), ms(one.least), f"{gflops(match.kernel.spec, one.median):.1f}",
          _share(row.fma_share and row.fma_share * row.min_s / one.median if one.peer or one.difference else None),
          f"{one.median / match.own.median:.2f}", *[_outputs(one)] * exact, one.version,
          one.setup) for one in figures],
        ("how", "version", of_peak, "min ms", speed, "spread"),
    )
    put("ratio: the median time of the library by that of convgen")


def _put_many(rows: Sequence[Measured], matches: Sequence[Match]) -> None:
    names = contest.asked(matches)
    lines = []
    for row, match in zip(rows, matches, strict=True):
        found = {one.name: f"{gflops(match.kernel.spec, one.median):.1f}{_mark(one)}" for one in match.rivals}
        best = match.usual_best
        lines.append((
            label(row, match.kernel), f"{row.median_gflops:.1f}", *(found.get(name, "-") for name in names),
            best.name if best else "-", _ratio(match.median_ratio), _ratio(match.ratio),
        ))  # fmt: skip
    put_table(("layer", "convgen", *names, "best rival", "ratio", "of least"), lines, ("of least", *reversed(names)))
    put_wrapped(f"{unit(match.kernel for match in matches)} of the direct algorithm in the median time; ratio: time of"
                " the best rival by convgen's, of medians and of least times", 2)
    means = contest.summary(matches)
    if means.geomean_median_ratio:
        put_wrapped(f"geometric mean of the ratio {means.geomean_median_ratio:.3f},"
                    f" of least times {means.geomean_ratio:.3f}", 2)
        put_wrapped("against each: " + ", ".join(
            f"{name} {one.geomean_median_ratio:.2f} ({one.layers} layers)" for name, one in means.rivals.items()), 2)


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _outputs(figure: Figure) -> str:
    """What they are beside those of the layer's rule."""
    if figure.difference is None:
        return "real"
    return str(figure.difference) if figure.difference.exact else Cell(str(figure.difference), "yellow")


def _mark(figure: Figure) -> str:
    """What stands behind the number of a library that is not exact."""
    return "~" if figure.difference and not figure.difference.exact else ""


def inexact(rows: Sequence[Measured], matches: Sequence[Match]) -> list[str]:
    """A line for each rival, and for each way of it to differ in integers, with the layers it holds for."""
    where: dict[tuple[str, bool], list[tuple[str, Difference]]] = {}
    for row, match in zip(rows, matches, strict=True):
        for one in match.rivals:
            if one.difference and one.difference.largest:
                told = where.setdefault((one.name, one.difference.exact), [])
                told.append((label(row, match.kernel), one.difference))
    lines = []
    for (name, exact), found in where.items():
        how = f"exact sums, rounded otherwise: {name}" if exact else f"~ not exact, and no best rival: {name}"
        most, largest = max(one.share for _, one in found), max(one.largest for _, one in found)
        every = "" if len(found) == len(matches) else f" ({', '.join(layer for layer, _ in found)})"
        lines.append(f"{how}: up to {100 * most:.2g}% of outputs differ, by up to {largest}{every}")
    return lines


def left_out(rows: Sequence[Measured], matches: Sequence[Match]) -> list[str]:
    """A line for each rival and reason, with the layers it holds for."""
    where: dict[Absent, list[str]] = {}
    for row, match in zip(rows, matches, strict=True):
        for absent in match.absent:
            where.setdefault(absent, []).append(label(row, match.kernel))
    lines = []
    for absent, layers in where.items():
        text = absent.reason if len(absent.reason) <= REASON else f"{absent.reason[:REASON]}..."
        failed = "failed: " * (absent.kind == "failed")
        every = "" if len(layers) == len(matches) else f" ({', '.join(layers)})"
        lines.append(f"left out: {absent.name}: {failed}{text}{every}")
    return lines


# --- as JSON ---


def _machine(target: Target) -> dict[str, str]:
    """What runs and builds kernels for a target here."""
    if target.device is None:
        runner = emulated.runner(target)
        where = {"runner": shlex.join(runner)} if runner else {"cpu": cpu_name()}
        return {**where, "compiler": str(compiler(target))}
    info, _ = serving(target)
    return {"device": info.name, "platform": f"{info.platform_name}, {info.platform_version}", "driver": info.driver}


def _document(rows: Sequence[Measured], kernels: Sequence[Kernel], matches: Sequence[Match],
              limits: Peaks | None) -> dict[str, object]:
    """The measured part of the document."""
    layers = [msgspec.to_builtins(row) for row in rows]
    for layer, kernel in zip(layers, kernels, strict=True):
        layer |= _numbers(kernel.spec)
    for layer, match in zip(layers, matches, strict=False):  # there are none without --against
        layer |= entry(match, match.kernel.spec)
    measured = {"peaks": msgspec.to_builtins(limits), "layers": layers, "geomean_gflops": geomean(rows)}
    return measured | (msgspec.to_builtins(contest.summary(matches)) if matches else {})


def _numbers(spec: ConvSpec) -> dict[str, object]:
    """Its types; where it sums integers, what else says how."""
    given = spec.quantisation._asdict() if spec.arithmetic.exact else {}
    fields = ("input_zero", *["weights_zero"] * bool(spec.weight_zero), "output_zero", "rounding")
    return {"dtype": spec.dtype, **{field: given[field] for field in fields if given}}


# --- as a picture ---


def _check_place(picture: str) -> None:
    """InputError, before anything is measured, when the file could not be written for sure; MissingToolError when
    nothing here could draw it."""
    if Path(picture).suffix.lower() not in PICTURES:
        raise InputError(f"plot must end in {' or '.join(PICTURES)} ({show(picture)})")
    if not Path(picture).absolute().parent.is_dir():
        raise InputError(f"plot must lie in a folder that exists ({show(picture)})")
    if Path(picture).suffix.lower() == PNG:
        raster.tool()


def _circumstances(target: Target, threads: int) -> str:
    """What the measurements depend on, in a line."""
    if target.device is None:
        where = shlex.join(emulated.runner(target)) or cpu_name()
        return f"{where}, {target.isa}, threads: {threads}"
    return f"{serving(target)[0].name}, {target.isa}"


def _write(picture: str, svg: str) -> None:
    """Into the file that was asked for, as its name says."""
    try:
        Path(picture).write_bytes(raster.png(svg) if Path(picture).suffix.lower() == PNG else svg.encode())
    except OSError as error:
        raise InputError(f"plot must be writable ({show(picture)}: {error.strerror})") from None


def _bars(rows: Sequence[Measured], kernels: Sequence[Kernel], matches: Sequence[Match], circumstances: str) -> str:
    """The picture of some layers, as SVG."""
    clusters = [
        _cluster(row, kernel, match)
        for row, kernel, match in itertools.zip_longest(rows, kernels, matches)  # matches may be none
    ]
    notes = [note.format(unit=unit(kernels)) for note in NOTES]
    return pictures.draw(f"convgen bench, {unit(kernels)}: {circumstances}", clusters, notes)


def _cluster(row: Measured, kernel: Kernel, match: Match | None) -> pictures.Cluster:
    """A layer's bars, and its roofline: the lower of FMA peak and bandwidth × operations a byte."""
    bars = [pictures.Bar("convgen", row.gflops, f"convgen: {1e3 * row.min_s:.4f} ms, {row.kernel}, {row.plan}")]
    if match:
        bars += [
            pictures.Bar(one.name, match.gflops(one),
                         f"{one.name} {one.version}: {1e3 * one.least:.4f} ms, {one.setup}")
            for one in match.rivals
        ]
    nearer = max(row.fma_share or 0.0, row.memory_share or 0.0)
    return pictures.Cluster(label(row, kernel), row.gflops / nearer if nearer else 0.0, bars)
