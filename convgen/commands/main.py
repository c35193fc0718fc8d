"""The program convgen: a group of commands, each in a module of its own, which is loaded when the command is used."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

import click

from ..errors import ConvgenError, InputError
from ..version import __version__
from .console import INTERRUPTED, PIPE_CLOSED, Told, put_json, say, told

# command -> the first sentence of its help, so that the list of commands loads none of them
COMMANDS = {
    "bench": "Measure layers beside the machine's limits, and beside other libraries, in the same run.",
    "calibrate": "Measure this machine for the planner, and keep it for host, or as a file that is a target.",
    "check": "Prove the kernels of folders anew, from their files and the layers that their manifests name.",
    "devices": "List the OpenCL devices of this machine, with their limits.",
    "doctor": "Show what this machine has, what it can do, and what it lacks.",
    "generate": "Write NAME.c, NAME.h and NAME.json for each layer; nothing if anything fails.",
    "import": "List the convolutions of a model, each different one once, as a file of layers.",
    "package": "Write a library of layers, or of a whole model as one function, with what is needed to build it.",
    "plan": "Show what a layer costs and the plan chosen for it.",
    "records": "Look after what tune has measured.",
    "report": "Write one page (HTML, no network needed) of a layer, a model, or what generate or package has written.",
    "schema": "Print the JSON Schema of layers files.",
    "targets": "List the targets: this machine, those that are the same everywhere, and the OpenCL devices here.",
    "tune": "Measure plans of layers, and keep the best for generate.",
    "verify": "Build layers in every way asked for, or on an OpenCL device, and check them against the oracle.",
}
COMPLETING = "_CONVGEN_COMPLETE"  # the variable by which a shell asks
MODULES = {"import": "import_model"}  # the others are called as their command, which this one's keyword forbids


class Program(click.Group):
    """Loads commands late, and turns every error that is not a bug into one line on stderr and an exit code; where JSON
    is asked for, also into a document on stdout, unless the command has printed its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = MODULES.get(cmd_name, cmd_name)
        command: click.Command = getattr(importlib.import_module(f".{name}", __package__), name)
        if COMPLETING in os.environ:
            importlib.import_module(".completion", __package__).attach(command)  # knows all that there is: slow
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            formatter.write_dl([(name, click.Command(name, help=text).get_short_help_str(limit))
                                for name, text in COMMANDS.items()])

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> NoReturn:
        words = list(sys.argv[1:] if args is None else args)
        told.set(story := Told())
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: say(str(message))
            try:
                code = cast(object, super().main(words, *more, **{**extra, "standalone_mode": False}))
            except ConvgenError as error:
                say(str(error))
                code = error.exit_code
            except click.ClickException as error:
                text = error.format_message()
                say(text if len(text) <= 300 else f"{text[:297]}...")
                code = error.exit_code
            except (click.Abort, KeyboardInterrupt):
                say("interrupted")
                code = INTERRUPTED
        if code and isinstance(code, int) and code != PIPE_CLOSED and "--json" in words and not story.document:
            with contextlib.suppress(ConvgenError, click.exceptions.Exit):  # stdout takes nothing
                put_json({"errors": story.errors, "reproduce": story.reproduce, "exit_code": code})
        sys.exit(code if isinstance(code, int) else 0)


def _cmake_dir(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(Path(__file__).resolve().parents[1] / "cmake")
        context.exit()


@click.group(cls=Program, invoke_without_command=True,
             context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="convgen %(version)s")
@click.option("--cmake-dir", is_flag=True, is_eager=True, expose_value=False, callback=_cmake_dir,
              help="Print the folder that CMake finds convgen in: -Dconvgen_DIR=DIR.")
@click.pass_context
def main(context: click.Context) -> None:
    """Generate specialised C for convolution layers, and verify it.

    SPEC is a layer in one line, as oneDNN's benchdnn writes it (ic64ih56oc64oh56kh3ph1), a TOML or
    JSON file of layers, an ONNX model, or - for standard input.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(InputError.exit_code)
