"""Run a function in a process of its own, which may crash or hang without taking this one along.

    result = isolate.call("convgen.verification.report:run_modes", payload, timeout=120)

A worker process serves one call at a time and is used again for the next, because starting one
takes a few tenths of a second; after a crash or a time-out, or a call that retired it, it is killed with everything it
started.
It reads requests from one pipe and writes replies to another, a line of JSON each:

    request   {function, payload}
    reply     any number of {type: Stage, text}, then {type: Result, value, last} or {type: Failure, …, last}

Its standard output goes to this process's standard error, so that prints disturb neither side.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import queue
import resource
import select
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from .errors import ConvgenError, CrashError, InputError, LateError

START_TIMEOUT = 60.0  # seconds for a new worker to say that it is ready
MAX_TIMEOUT = 1_000_000  # seconds; poll(2) counts milliseconds in 31 bits


class Request(msgspec.Struct):
    """Call `function` ("module:name") with `payload`."""

    function: str
    payload: msgspec.Raw


class Stage(msgspec.Struct, tag=True):
    """How far the function has come."""

    text: str


class Result(msgspec.Struct, tag=True):
    """What the function returned; last: this process must serve no other call."""

    value: msgspec.Raw
    last: bool = False


class Failure(msgspec.Struct, tag=True):
    """What the function raised: the error's class, as "module:name", and its message; last: as in Result."""

    kind: str
    message: str
    last: bool = False


_request = msgspec.json.Decoder(Request)
_reply = msgspec.json.Decoder(Stage | Result | Failure)


# --- in the calling process ---


def check_timeout(timeout: float) -> None:
    """InputError for seconds that nobody can wait."""
    if not 0 < timeout <= MAX_TIMEOUT:
        raise InputError(f"timeout must be more than 0 and at most {MAX_TIMEOUT} s (timeout={timeout})")


def call(function: str, payload: object, timeout: float) -> Any:
    """The result of `function` ("module:name") on `payload`, run in another process.

    Payload and result pass through JSON: a tuple comes back as a list, a NaN as None. Raises
    CrashError when the process dies, LateError when it has not answered after `timeout` seconds, the error itself
    when the function raises a ConvgenError, and a ConvgenError that tells it for any other.
    """
    worker = _take()
    try:
        return worker.call(function, payload, timeout)
    finally:
        if not worker.killed:
            _idle.append(worker)


def _take() -> Worker:
    """An idle worker, or a new one."""
    with contextlib.suppress(IndexError):
        while True:
            worker = _idle.pop()
            if worker.alive():
                return worker
            worker.kill()  # it died while nobody looked
    return Worker()


def _rebuild(failure: Failure) -> ConvgenError:
    module, _, name = failure.kind.partition(":")
    kind: type[ConvgenError] = getattr(importlib.import_module(module), name, ConvgenError)
    return kind(failure.message)


class _Lost(Exception):
    """The worker died or did not answer; the message says how."""


class _Late(_Lost):
    """It did not answer in time."""


class Worker:
    """A worker process and this end of its two pipes; of no more use once it has been killed.

    `environment` is set in it besides what this process has. Nobody reads what a `quiet` one prints.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, quiet: bool = False) -> None:
        request_read, self._requests = os.pipe()
        self._replies, reply_write = os.pipe()
        self._pending = b""
        path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "convgen.isolate", str(request_read), str(reply_write)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL if quiet else 2,
                stderr=subprocess.DEVNULL if quiet else None, pass_fds=(request_read, reply_write),
                env={**os.environ, **(environment or {}), "PYTHONPATH": path}, start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(request_read)
            os.close(reply_write)
        self._started = self.killed = False

    def alive(self) -> bool:
        return self._process.poll() is None

    def call(self, function: str, payload: object, timeout: float) -> Any:
        """As the function `call`, in this process, which is killed when it does not answer."""
        check_timeout(timeout)
        line = msgspec.json.encode(Request(function, msgspec.Raw(msgspec.json.encode(payload)))) + b"\n"
        try:
            reply = self._ask(line, timeout)
        except BaseException as error:
            self.kill()  # also on Ctrl-C, which does not reach it in its own session
            if isinstance(error, _Late):
                raise LateError(f"{function} {error}") from None
            if isinstance(error, _Lost):
                raise CrashError(f"{function} {error}") from None
            raise
        if reply.last:
            self.kill()
        if isinstance(reply, Failure):
            raise _rebuild(reply)
        return msgspec.json.decode(reply.value)

    def _ask(self, line: bytes, timeout: float) -> Result | Failure:
        """Send a request and wait for its reply; _Lost when none can come any more."""
        if not self._started:
            self._wait(START_TIMEOUT)
            self._started = True
        with contextlib.suppress(BrokenPipeError):  # the other pipe tells why
            while line:
                line = line[os.write(self._requests, line) :]
        return self._wait(timeout)

    def _wait(self, timeout: float) -> Result | Failure:
        deadline = time.monotonic() + timeout
        stage = ""
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        while poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            chunk = os.read(self._replies, 1 << 16)
            if not chunk:
                raise _Lost(f"{self._fate()}{stage}")
            *lines, self._pending = (self._pending + chunk).split(b"\n")
            for text in lines:
                reply: Stage | Result | Failure = _reply.decode(text)
                if not isinstance(reply, Stage):
                    return reply
                stage = f" (stage {reply.text})"
        raise _Late(f"gave no answer in {timeout:g} s{stage}")

    def _fate(self) -> str:
        """How the process ended. Its pipe has closed, so the end is near."""
        try:
            code = self._process.wait(2)
        except subprocess.TimeoutExpired:
            return "closed its pipe"
        if code >= 0:
            return f"ended its process (exit status {code})"
        with contextlib.suppress(ValueError):
            return f"crashed with {signal.Signals(-code).name}"
        return f"crashed with signal {-code}"

    def kill(self) -> None:
        """End the process and those it started."""
        if self.killed:
            return
        self.killed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._requests)
        os.close(self._replies)


_idle: list[Worker] = []  # append and pop are atomic


@atexit.register
def _close() -> None:
    while _idle:
        _idle.pop().kill()


os.register_at_fork(after_in_child=_idle.clear)  # they belong to the parent


# --- in the worker ---

_replies: BinaryIO | None = None
_retired = False


def stage(text: str) -> None:
    """Tell the caller what comes next, for the message of a crash; nothing outside a worker."""
    if _replies is not None:
        _send(Stage(text))


def retire() -> None:
    """Let this process serve no other call: what ran in it may have written anywhere, and a later call would pay."""
    global _retired
    _retired = True


def serve(request_fd: int, reply_fd: int) -> None:
    """Answer requests until the caller is gone, then end this process group."""
    global _replies
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.set_inheritable(request_fd, False)  # for programs that a function starts
    os.set_inheritable(reply_fd, False)
    _replies = os.fdopen(reply_fd, "wb")
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def listen() -> None:
        # A thread of its own, so that a worker deep in a kernel ends too when the caller dies.
        with os.fdopen(request_fd, "rb") as lines:
            for line in lines:
                requests.put(line)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=listen, daemon=True).start()
    _send(Result(msgspec.Raw(b"null")))  # ready
    while True:
        _send(_answer(_request.decode(requests.get())))


def _answer(request: Request) -> Result | Failure:
    try:
        module, _, name = request.function.partition(":")
        function = getattr(importlib.import_module(module), name)
        value = function(msgspec.json.decode(request.payload))
        return Result(msgspec.Raw(msgspec.json.encode(value)), _retired)
    except ConvgenError as error:
        return Failure(f"{type(error).__module__}:{type(error).__qualname__}", str(error), _retired)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        message = " ".join(f"{type(error).__name__}: {error}".split())
        return Failure(
            f"{ConvgenError.__module__}:ConvgenError",
            f"{request.function} failed: {message} ({Path(where.filename).name}:{where.lineno})",
            _retired,
        )


def _send(reply: Stage | Result | Failure) -> None:
    assert _replies is not None
    _replies.write(msgspec.json.encode(reply) + b"\n")
    _replies.flush()


if __name__ == "__main__":
    from convgen import isolate  # the module that others import, whose stage() they call

    isolate.serve(int(sys.argv[1]), int(sys.argv[2]))
