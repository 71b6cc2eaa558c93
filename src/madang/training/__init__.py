"""Train a model: one loop for every family; a task is an objective, one file in ``objectives/``."""

from madang.training.loop.loop import train
from madang.training.loop.objective import Batch, LossOutput, Objective
from madang.training.loop.settings import TrainingSettings
from madang.training.reporting.result import TrainingResult

__all__ = ["Batch", "LossOutput", "Objective", "TrainingResult", "TrainingSettings", "train"]
