"""Configs: the typed schema, and reading it from YAML with overrides."""

from scratch_llm.config.load import dump_config, experiment_name, load_config
from scratch_llm.config.model import MLAConfig, ModelConfig, MoEConfig
from scratch_llm.config.run import (
    DataConfig,
    DPOConfig,
    LoggingConfig,
    LoopConfig,
    OptimizerConfig,
    OptimizerParams,
    SchedulerConfig,
    TokenizerConfig,
    TrainConfig,
)

__all__ = [
    "DPOConfig",
    "DataConfig",
    "LoggingConfig",
    "LoopConfig",
    "MLAConfig",
    "MoEConfig",
    "ModelConfig",
    "OptimizerConfig",
    "OptimizerParams",
    "SchedulerConfig",
    "TokenizerConfig",
    "TrainConfig",
    "dump_config",
    "experiment_name",
    "load_config",
]
