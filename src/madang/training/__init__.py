"""Train a model: one loop for every family and task; a task comes in as an ``Objective``."""

from madang.training.loop.loop import train
from madang.training.objective import Batch, LossOutput, Objective
from madang.training.reporting.result import RunState
from madang.training.settings import TrainingSettings

__all__ = ["Batch", "LossOutput", "Objective", "RunState", "TrainingSettings", "train"]
