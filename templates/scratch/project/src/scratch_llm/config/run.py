"""Everything that one training run needs, section by section."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from scratch_llm.config.base import Section
from scratch_llm.config.model import ModelConfig


class TokenizerConfig(Section):
    """Which tokenizer; it is trained on the run's own data where none is given."""

    kind: Literal["char", "bpe", "wordpiece", "sentencepiece"] = Field("bpe", description="kind of tokenizer")
    vocab_size: int = Field(2048, ge=300, description="size to train to, special tokens included")
    path: Path | None = Field(None, description="folder of a trained tokenizer; null: train one on the data")
    train_documents: int = Field(20_000, gt=0, description="documents that a tokenizer is trained on, at most")


class DataConfig(Section):
    """Which data, and how it becomes rows of tokens."""

    dataset_name: str = Field("synthetic_stories", description="a name of the registry, or local")
    path: Path | None = Field(None, description="file or folder of a local dataset (txt, jsonl, csv, parquet)")
    text_column: str = Field("text", description="column that holds the text of a local dataset")
    language: Literal["en", "zh", "mixed"] = Field("en", description="language of synthetic data")
    n_documents: int = Field(2000, gt=0, description="documents to generate or to read, at most")
    val_share: float = Field(0.05, gt=0, lt=0.5, description="share of the documents kept for validation")
    seed: int = Field(0, ge=0, description="seed of generation, split and shuffling")
    folder: Path = Field(Path("data"), description="where raw and prepared data are kept")
    offline: bool = Field(False, description="never ask the network: what is not on this machine is refused")
    deduplicate: bool = Field(True, description="remove near-duplicate documents before the split")
    packing: bool = Field(True, description="fill rows with several documents instead of padding")
    isolate_documents: bool = Field(True, description="keep packed documents from attending to each other")
    streaming: bool = Field(False, description="read and tokenize while training instead of preparing shards")
    shuffle: bool = Field(True, description="visit the rows in a seeded random order, a new one each epoch")
    prepare_workers: int = Field(1, gt=0, description="processes that tokenize")
    loader_workers: int = Field(0, ge=0, description="threads that build batches ahead; 0 is best on small machines")


Share = Annotated[float, Field(ge=0, lt=1)]


class OptimizerParams(Section):
    """Numbers of the optimizer."""

    lr: float = Field(1e-3, gt=0, description="peak learning rate")
    weight_decay: float = Field(0.1, ge=0, description="decay of matrices; vectors are never decayed")
    betas: tuple[Share, Share] = Field((0.9, 0.95), description="AdamW's averages")
    eps: float = Field(1e-8, gt=0, description="AdamW's epsilon")
    momentum: float = Field(0.95, ge=0, lt=1, description="Muon's momentum")
    muon_lr: float = Field(0.02, gt=0, description="Muon's learning rate for matrices; lr is for the rest")


class OptimizerConfig(Section):
    """AdamW for everything, or Muon for the matrices of the blocks and AdamW for the rest."""

    name: Literal["adamw", "muon"] = Field("adamw", description="kind of optimizer")
    params: OptimizerParams = Field(default_factory=OptimizerParams)


class SchedulerConfig(Section):
    """How the learning rate moves."""

    name: Literal["cosine", "wsd", "constant"] = Field("cosine", description="cosine; warmup-stable-decay; constant")
    warmup_steps: int = Field(20, ge=0, description="steps of linear warm-up")
    min_lr_ratio: float = Field(0.1, ge=0, le=1, description="last learning rate as a share of the peak")
    decay_share: float = Field(0.2, gt=0, le=1, description="share of the steps that wsd spends on its decay")


class LoopConfig(Section):
    """The training loop."""

    epochs: float = Field(1.0, gt=0, description="passes over the data; counts where max_steps is 0")
    max_steps: int = Field(0, ge=0, description="optimizer steps; 0: as many as the epochs need")
    batch_size: int = Field(8, gt=0, description="rows of one micro-batch on one device")
    accumulate: int = Field(1, gt=0, description="micro-batches of one optimizer step")
    grad_clip: float = Field(1.0, ge=0, description="largest gradient norm; 0: no clipping")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field("auto", description="dtype to compute in")
    compile: bool = Field(False, description="torch.compile the model; minutes of start-up on a CPU")
    activation_checkpointing: bool = Field(False, description="recompute activations: less memory, 20 % slower")
    strategy: Literal["auto", "ddp", "fsdp2"] = Field("auto", description="how torchrun's processes share; auto: ddp")
    eval_every: int = Field(50, gt=0, description="steps between validations")
    eval_batches: int = Field(20, gt=0, description="validation batches, at most")
    save_every: int = Field(100, gt=0, description="steps between checkpoints")
    keep: int = Field(2, gt=0, description="checkpoints kept besides last and best")
    backup_folder: Path | None = Field(None, description="second place for every checkpoint, a folder for each run")
    early_stop: int = Field(0, ge=0, description="validations without improvement until the run stops; 0: never")
    nan_patience: int = Field(3, ge=0, description="steps in a row with a non-finite loss that are skipped")


class LoggingConfig(Section):
    """What a run tells."""

    every: int = Field(10, gt=0, description="steps between log lines")
    tensorboard: bool = Field(True, description="write TensorBoard files")
    progress: bool = Field(True, description="show a progress bar in a terminal")
    sample_prompts: tuple[str, ...] = Field((), description="prompts to continue after each validation")


class DPOConfig(Section):
    """Direct preference optimization."""

    beta: float = Field(0.1, gt=0, description="how strongly the policy is held to the reference")


class TrainConfig(Section):
    """One training run."""

    task: Literal["pretrain", "sft", "dpo"] = Field("pretrain", description="what the loss is taken of")
    seed: int = Field(0, ge=0, description="seed of weights and of everything random in training")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps")
    start_from: Path | None = Field(None, description="checkpoint whose model and tokenizer training starts from")
    output_folder: Path = Field(Path("outputs"), description="where the folders of the runs go")
    model: ModelConfig = Field(default_factory=ModelConfig)
    tokenizer: TokenizerConfig = Field(default_factory=TokenizerConfig)
    data: DataConfig = Field(default_factory=DataConfig)
    optimizer: OptimizerConfig = Field(default_factory=OptimizerConfig)
    scheduler: SchedulerConfig = Field(default_factory=SchedulerConfig)
    training: LoopConfig = Field(default_factory=LoopConfig)
    logging: LoggingConfig = Field(default_factory=LoggingConfig)
    dpo: DPOConfig = Field(default_factory=DPOConfig, description="used when task is dpo")
