"""Calls in another process; the functions at the top are what runs there."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from convgen import isolate
from convgen.errors import ConvgenError, CrashError, InputError, VerificationError
from convgen.run import compilers

ME = "test_isolate:"


def echo(payload):
    return payload


def whoami(_):
    return os.getpid()


def surroundings(_):
    return {"core": resource.getrlimit(resource.RLIMIT_CORE)[0], "session": os.getsid(0) == os.getpid(),
            "path": sys.path, "stdin": sys.stdin.read()}  # fmt: skip


def retired(error):
    isolate.retire()
    if error is not None:
        raise VerificationError(error)
    return os.getpid()


def crash(stages):
    for text in stages:
        isolate.stage(text)
    ctypes.string_at(1)


def die(how):
    if how == "exit":
        sys.exit(7)
    os._exit(3) if how == "_exit" else os.kill(os.getpid(), getattr(signal, how))


def hang(stages):
    for text in stages:
        isolate.stage(text)
    while True:
        time.sleep(1)


def start_and_hang(_):
    """Like a kernel that hangs after starting a program of its own, whose id it leaves on stderr."""
    print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
    ctypes.CDLL(None).sleep(60)


def start_and_die(_):
    os.system("sleep 60 &")
    os._exit(3)


def noise(count):
    print("stdout " * count)
    print('{"type":"Result","value":1}', file=sys.stderr)
    os.write(1, b"raw\n")
    sys.stdout.flush()
    return "quiet"


def fail(kind):
    errors = {"input": InputError, "compile": compilers.CompileError, "check": VerificationError,
              "value": ValueError}  # fmt: skip
    raise errors[kind](f"{kind} must be\nright")


def unfit(_):
    return threading.Lock()


@pytest.fixture(autouse=True)
def _no_workers_left():
    """Each test starts its own, so that none depends on what another left."""
    isolate._close()


@pytest.mark.parametrize(
    "payload",
    [None, 3, 1.5, "text\nof two lines", [1, [2]], {"a": {"b": [True, None]}}, "x" * 3_000_000],
)
def test_payload_comes_back(payload):
    assert isolate.call(ME + "echo", payload, 20) == payload


def test_worker_is_used_again_and_is_another_process():
    first = isolate.call(ME + "whoami", None, 20)
    assert first != os.getpid()
    assert isolate.call(ME + "whoami", None, 20) == first
    with pytest.raises(InputError):
        isolate.call(ME + "fail", "input", 20)
    assert isolate.call(ME + "whoami", None, 20) == first


def test_a_retired_process_answers_no_other_call():
    pid = isolate.call(ME + "retired", None, 20)
    assert isolate.call(ME + "whoami", None, 20) != pid
    pid = isolate.call(ME + "whoami", None, 20)
    with pytest.raises(VerificationError, match="lost"):
        isolate.call(ME + "retired", "lost", 20)
    assert isolate.call(ME + "whoami", None, 20) != pid


def test_second_call_is_fast():
    isolate.call(ME + "echo", 1, 20)
    start = time.perf_counter()
    for _ in range(20):
        isolate.call(ME + "echo", 1, 20)
    assert time.perf_counter() - start < 0.5


def test_worker_sees_the_same_modules_and_leaves_no_core():
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    found = isolate.call(ME + "surroundings", None, 20)
    resource.setrlimit(resource.RLIMIT_CORE, before)
    assert found["core"] == 0
    assert found["session"]
    assert found["stdin"] == ""
    assert {os.path.abspath(folder) for folder in sys.path} <= set(found["path"])


@pytest.mark.parametrize(
    ("function", "payload", "text"),
    [
        ("crash", [], "test_isolate:crash crashed with SIGSEGV"),
        ("crash", ["exact", "guard"], "crashed with SIGSEGV (stage guard)"),
        ("die", "SIGABRT", "crashed with SIGABRT"),
        ("die", "SIGKILL", "crashed with SIGKILL"),
        ("die", "SIGFPE", "crashed with SIGFPE"),
        ("die", "_exit", "ended its process (exit status 3)"),
        ("die", "exit", "ended its process (exit status 7)"),
    ],
)
def test_crash_is_told_and_survived(function, payload, text):
    with pytest.raises(CrashError) as error:
        isolate.call(ME + function, payload, 20)
    assert str(error.value).endswith(text)
    assert error.value.exit_code == 5
    assert isolate.call(ME + "echo", 5, 20) == 5


def test_stage_belongs_to_one_call():
    with pytest.raises(CrashError, match="stage guard"):
        isolate.call(ME + "crash", ["guard"], 20)
    with pytest.raises(CrashError, match=r"SIGSEGV$"):
        isolate.call(ME + "crash", [], 20)


@pytest.mark.parametrize(
    ("stages", "text"), [([], r"in 0\.5 s$"), (["bound"], r"in 0\.5 s \(stage bound\)$")]
)
def test_hang_is_stopped(stages, text):
    isolate.call(ME + "echo", 0, 20)
    start = time.monotonic()
    with pytest.raises(CrashError, match=text):
        isolate.call(ME + "hang", stages, 0.5)
    assert time.monotonic() - start < 5
    assert isolate.call(ME + "echo", 5, 20) == 5


def test_hang_is_stopped_with_the_programs_it_started(capfd):
    with pytest.raises(CrashError, match="gave no answer in 1 s"):
        isolate.call(ME + "start_and_hang", None, 1)
    assert gone(int(capfd.readouterr().err))


def test_death_is_seen_though_a_program_lives_on():
    isolate.call(ME + "echo", 0, 20)
    start = time.monotonic()
    with pytest.raises(CrashError, match="exit status 3"):
        isolate.call(ME + "start_and_die", None, 20)
    assert time.monotonic() - start < 5


def gone(pid):
    """Whether a process has ended, perhaps not yet collected, or does so in 5 seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def test_prints_go_to_standard_error(capfd):
    assert isolate.call(ME + "noise", 20_000, 20) == "quiet"
    assert isolate.call(ME + "noise", 1, 20) == "quiet"
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("stdout") == 20_001
    assert err.count("raw") == 2


@pytest.mark.parametrize(
    ("kind", "error"),
    [("input", InputError), ("compile", compilers.CompileError), ("check", VerificationError)],
)
def test_errors_of_convgen_keep_class_and_message(kind, error):
    with pytest.raises(ConvgenError) as raised:
        isolate.call(ME + "fail", kind, 20)
    assert type(raised.value) is error
    assert str(raised.value) == f"{kind} must be\nright"


@pytest.mark.parametrize(
    ("function", "payload", "text"),
    [
        (ME + "fail", "value", r"ValueError: value must be right \(test_isolate.py:\d+\)$"),
        (ME + "unfit", None, "TypeError: .*lock"),
        (ME + "missing", None, "AttributeError: .*missing"),
        ("no_such_module:f", None, "ModuleNotFoundError: .*no_such_module"),
        ("nothing", None, "failed: "),
    ],
)
def test_other_errors_are_told_in_one_line(function, payload, text):
    with pytest.raises(ConvgenError, match=text) as error:
        isolate.call(function, payload, 20)
    assert type(error.value) is ConvgenError
    assert str(error.value).startswith(function)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_bad_timeout(timeout):
    with pytest.raises(InputError, match="timeout must be more than 0"):
        isolate.call(ME + "echo", 1, timeout)


def test_calls_from_many_threads():
    def work(number):
        if number % 4 == 0:
            with pytest.raises(CrashError, match="SIGSEGV"):
                isolate.call(ME + "crash", [], 20)
        return isolate.call(ME + "echo", number, 20)

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(work, range(12))) == list(range(12))
    assert len(isolate._idle) <= 3


def test_worker_outlives_the_thread_that_started_it():
    thread = threading.Thread(target=isolate.call, args=(ME + "echo", 1, 20))
    thread.start()
    thread.join()
    (worker,) = isolate._idle
    time.sleep(0.1)
    assert worker.alive()


def test_worker_that_died_idle_is_replaced():
    pid = isolate.call(ME + "whoami", None, 20)
    os.kill(pid, signal.SIGKILL)
    isolate._idle[0]._process.wait(5)
    assert isolate.call(ME + "whoami", None, 20) != pid


def test_stage_outside_a_worker_does_nothing():
    isolate.stage("nowhere")


def run_parent(function):
    """A process that prints the id of its worker, then has it run `function`."""
    script = (
        "import signal, sys; sys.path[:0] = [sys.argv[1]]; from convgen import isolate\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "print(isolate.call('test_isolate:whoami', None, 20), flush=True)\n"
        f"isolate.call('test_isolate:{function}', [], 20)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(Path(__file__).parent)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_worker_ends_with_its_parent(how):
    parent, worker = run_parent("hang")
    with parent:
        time.sleep(0.2)
        assert Path(f"/proc/{worker}").exists()
        parent.send_signal(how)
        parent.wait(10)
    assert gone(worker)


def test_worker_ends_when_its_parent_is_done():
    parent, worker = run_parent("echo")
    with parent:
        assert parent.wait(10) == 0
    assert gone(worker)


def test_ctrl_c_ends_the_call_and_the_worker():
    pid = isolate.call(ME + "whoami", None, 20)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    timer = threading.Timer(0.3, signal.pthread_kill, [threading.get_ident(), signal.SIGINT])
    timer.start()
    start = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            isolate.call(ME + "hang", [], 20)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - start < 5
    assert gone(pid)


def test_forked_process_does_not_take_workers_along():
    isolate.call(ME + "echo", 0, 20)
    pid = os.fork()
    if pid == 0:
        os._exit(len(isolate._idle))
    assert os.waitpid(pid, 0)[1] == 0
    assert isolate.call(ME + "echo", 1, 20) == 1


