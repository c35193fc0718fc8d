"""What kernels run on: the ISA table, targets, the CPU and the OpenCL devices of this machine."""

from . import rows

__all__ = ["rows"]  # whatever is imported from here finds the table full
