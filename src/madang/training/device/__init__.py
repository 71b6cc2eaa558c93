"""Where a run computes: the device, its kernels and precision, and the processes that share it."""
