"""Where modules of convgen 0.1 are now; whoever asks for one by its old name is told."""

from __future__ import annotations

# old name, below convgen -> new name
MOVED = {
    "bench": "benchmark.timing",
    "bundle": "packaging.bundle",
    "checks": "verification.checks",
    "cli": "commands.main",
    "codelets": "algorithms.winograd.codelets",
    "compilers": "run.compilers",
    "console": "commands.console",
    "cpus": "machine.cpus",
    "describe": "planner.describe",
    "devices": "machine.devices",
    "doctor": "commands.doctor",
    "embed": "packaging.embed",
    "fence": "run.fence",
    "filtering": "verification.filtering",
    "formats": "layer.formats",
    "golden": "verification.golden",
    "gpu_model": "planner.gpu",
    "guard": "verification.guard",
    "isa": "machine.isa",
    "isas": "machine.rows",
    "lockfile": "tuning.lock",
    "matrix": "commands.verify",
    "matrix_rows": "machine.rows.nvidia",
    "models": "commands.import_model",
    "names": "layer.names",
    "native": "run.native",
    "network": "layer.network",
    "onnx_backend": "onnx.backend",
    "onnx_file": "onnx.file",
    "onnx_fold": "onnx.fold",
    "onnx_import": "onnx.models",
    "opencl": "run.opencl",
    "opencl_rows": "machine.rows.opencl",
    "oracle": "verification.oracle",
    "output": "packaging.output",
    "package": "packaging.files",
    "plot": "benchmark.pictures",
    "probe": "benchmark.peaks",
    "records": "tuning.records",
    "render": "emit.render",
    "request": "commands.request",
    "rivals": "benchmark.rivals",
    "scoreboard": "commands.bench",
    "search": "tuning.search",
    "selftest": "packaging.selftest",
    "spec": "layer.spec",
    "target": "machine.target",
    "toomcook": "algorithms.winograd.toomcook",
    "trial": "tuning.trial",
    "tuner": "tuning.tuner",
    "verifier": "verification.report",
    "versus": "benchmark.contest",
}


def hint(name: str) -> str:
    """What to add to the message that there is no convgen.`name`."""
    return f" (it is convgen.{MOVED[name]} now)" if name in MOVED else ""


class Finder:
    """The last entry of sys.meta_path: what no other has found it fails to import in the usual words, with the hint."""

    @staticmethod
    def find_spec(name: str, path: object, target: object = None) -> None:
        package, _, rest = name.partition(".")
        if package == "convgen" and rest in MOVED:
            # without the argument `name`: with it, "from convgen import old" would swallow the message
            raise ModuleNotFoundError(f"No module named {name!r}{hint(rest)}")
