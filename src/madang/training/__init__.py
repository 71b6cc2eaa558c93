"""Train a model: one loop for every family; a task is an objective, one file in ``objectives/``."""

from madang.training.loop import train
from madang.training.objective import Batch, LossOutput, Objective
from madang.training.result import TrainingResult
from madang.training.settings import TrainingSettings

__all__ = ["Batch", "LossOutput", "Objective", "TrainingResult", "TrainingSettings", "train"]
