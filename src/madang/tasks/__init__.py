"""What models do: one folder a task, and one line in ``registry.py``.

A folder holds ``task`` (its name, options, words), ``objective`` and ``learning`` (PyTorch),
``predictor`` (numpy, over a runner) and ``evaluation``, as far as the task has them. What several
tasks share lies beside the folders; no task imports from another.
"""
