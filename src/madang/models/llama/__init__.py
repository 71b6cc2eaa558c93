"""LLaMA (Touvron 2023): a decoder for the assistant and the language-model laboratory."""

from madang.models.llama.config import LlamaConfig
from madang.models.llama.model import Llama

__all__ = ["Llama", "LlamaConfig"]
