"""Train a model: one loop for every family and task; a task comes in as an ``Objective``."""

from madang.training.loop.loop import train
from madang.training.loop.objective import Batch, LossOutput, Objective
from madang.training.loop.settings import TrainingSettings
from madang.training.reporting.result import TrainingResult

__all__ = ["Batch", "LossOutput", "Objective", "TrainingResult", "TrainingSettings", "train"]
