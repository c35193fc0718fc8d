"""What can go wrong, one exception a kind; each knows the exit code the command line gives it.

A message names the field, the rule and the value: ``groups must divide ic (g=3, ic=64)``.
"""


class ConvgenError(Exception):
    """The base of every error convgen raises on purpose."""

    exit_code = 2


class VerificationError(ConvgenError):
    """A kernel's result lies outside its bound, or a file drifted from what generated it."""

    exit_code = 1


class InputError(ConvgenError):
    """A spec, file, name, array or option that breaks a rule."""

    exit_code = 2


class UnlockedError(InputError):
    """A layer that the project's lock does not hold, where only what it holds may be generated."""


class UnsupportedError(ConvgenError):
    """A valid request that convgen cannot serve yet."""

    exit_code = 3


class MissingToolError(ConvgenError):
    """No compiler (or device) that can do the job."""

    exit_code = 4


class NamedToolError(MissingToolError):
    """A compiler that somebody asked for by name does not work: another is no answer, and neither is none."""


class CrashError(ConvgenError):
    """A kernel crashed, hung, or took its process down."""

    exit_code = 5


class LateError(CrashError):
    """What runs in a process of its own did not end in the time that it had: it hangs, or needs more."""
