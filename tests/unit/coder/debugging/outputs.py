# ruff: noqa: E501  (texts as programs write them)
"""Failing outputs as programs write them, two wordings for each entry of the playbook, with what else it asks for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Output:
    """One failure: the line that names the error, and the project's own code that was running."""

    error: str
    code: str = "run()"


def of(*texts: str, code: str = "run()") -> tuple[Output, ...]:
    """Several wordings of one failure."""
    return tuple(Output(text, code) for text in texts)


OUTPUTS: dict[str, tuple[Output, ...]] = {
    "trainer-tokenizer-argument": of(
        "TypeError: Trainer.__init__() got an unexpected keyword argument 'tokenizer'",
        "TypeError: __init__() got an unexpected keyword argument tokenizer",
    ),
    "sft-length-moved": of(
        "TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'max_seq_length'",
        "TypeError: SFTTrainer() got an unexpected keyword argument 'max_length'",
    ),
    "sft-config-length": of(
        "TypeError: SFTConfig.__init__() got an unexpected keyword argument 'max_seq_length'",
        "TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'max_seq_length'",
    ),
    "sft-dataset-field-moved": of(
        "TypeError: SFTTrainer.__init__() got an unexpected keyword argument 'dataset_text_field'",
        "TypeError: __init__() got an unexpected keyword argument 'packing'",
        code="trainer = SFTTrainer(",
    ),
    "dpo-argument-moved": of(
        "TypeError: DPOTrainer.__init__() got an unexpected keyword argument 'beta'",
        "TypeError: ORPOTrainer.__init__() got an unexpected keyword argument 'max_length'",
    ),
    "dpo-prompt-length-removed": of(
        "TypeError: DPOConfig.__init__() got an unexpected keyword argument 'max_prompt_length'",
        "TypeError: __init__() got an unexpected keyword argument 'max_completion_length'",
    ),
    "evaluation-strategy": of(
        "TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'evaluation_strategy'",
        "TypeError: __init__() got an unexpected keyword argument evaluation_strategy",
    ),
    "no-cuda": of(
        "TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'no_cuda'",
        "TypeError: __init__() got an unexpected keyword argument no_cuda",
    ),
    "warmup-ratio": of(
        "TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'warmup_ratio'",
        "TypeError: SFTConfig.__init__() got an unexpected keyword argument 'warmup_ratio'",
    ),
    "training-argument-removed": of(
        "TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'overwrite_output_dir'",
        "TypeError: SFTConfig.__init__() got an unexpected keyword argument 'logging_dir'",
    ),
    "bf16-not-supported": of(
        "ValueError: Your setup doesn't support bf16/gpu.",
        "ValueError: FP16 Mixed precision training with AMP (`--fp16`) can only be used on CUDA devices.",
    ),
    "lora-target-modules": of(
        "ValueError: Target modules {'q_proj', 'v_proj'} not found in the base model. Please check the target modules.",
        "ValueError: Please specify `target_modules` in `peft_config`",
    ),
    "adamw-from-transformers": of(
        "ImportError: cannot import name 'AdamW' from 'transformers' (/v/transformers/__init__.py)",
        "AttributeError: module 'transformers' has no attribute 'AdamW'",
    ),
    "adamw-correct-bias": of(
        "TypeError: AdamW.__init__() got an unexpected keyword argument 'correct_bias'",
        "TypeError: AdamW() got an unexpected keyword argument no_deprecation_warning",
    ),
    "load-metric": of(
        "ImportError: cannot import name 'load_metric' from 'datasets' (/v/datasets/__init__.py)",
        "AttributeError: module 'datasets' has no attribute 'load_metric'",
    ),
    "int8-training": of(
        "ImportError: cannot import name 'prepare_model_for_int8_training' from 'peft'",
        "AttributeError: module 'peft' has no attribute 'prepare_model_for_int8_training'",
    ),
    "flash-attention": of(
        "ImportError: FlashAttention2 has been toggled on, but it cannot be used: the package flash_attn seems to be not installed.",
        "ModuleNotFoundError: No module named 'flash_attn'",
    ),
    "numpy-old-types": of(
        "AttributeError: module 'numpy' has no attribute 'float'.",
        "AttributeError: module numpy has no attribute 'bool'",
    ),
    "numpy-2-names": of(
        "AttributeError: `np.float_` was removed in the NumPy 2.0 release. Use `np.float64` instead.",
        "AttributeError: module 'numpy' has no attribute 'in1d'",
    ),
    "cuda-not-there": of(
        "AssertionError: Torch not compiled with CUDA enabled",
        "RuntimeError: Found no NVIDIA driver on your system.",
    ),
    "marked-ready-twice": of(
        "RuntimeError: Expected to mark a variable ready only once.",
        "RuntimeError: Parameter at index 3 has been marked as ready twice.",
    ),
    "cuda-out-of-memory": of(
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
        "RuntimeError: [enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes",
    ),
    "half-on-cpu": of(
        "RuntimeError: \"addmm_impl_cpu_\" not implemented for 'Half'",
        "NotImplementedError: \"rms_norm\" not implemented for 'BFloat16'",
    ),
    "index-type": of(
        "RuntimeError: Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.FloatTensor",
        "RuntimeError: expected scalar type Long but found Int",
    ),
    "numpy-of-gradient": of(
        "RuntimeError: Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
        "TypeError: can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.",
    ),
    "view-of-strides": of(
        "RuntimeError: view size is not compatible with input tensor's size and stride. Use .reshape(...) instead.",
        "RuntimeError: the tensor is not contiguous: use .reshape(...) instead",
    ),
    "one-number": of(
        "RuntimeError: grad can be implicitly created only for scalar outputs",
        "RuntimeError: a Tensor with 16 elements cannot be converted to Scalar",
    ),
    "diverged": of(
        "error: the gradient was not finite for 4 steps in a row, up to step 9",
        "FloatingPointError: loss became NaN",
    ),
    "embedding-out-of-range": of(
        "IndexError: index out of range in self",
        "RuntimeError: Assertion `srcIndex < srcSelectDimSize` failed.",
        code="x = self.embed(tokens)",
    ),
    "class-out-of-range": of("IndexError: Target 32000 is out of bounds.", "IndexError: Target -1 is out of bounds."),
    "no-padding-token": of(
        "ValueError: Asking to pad but the tokenizer does not have a padding token.",
        "ValueError: Cannot handle batch sizes > 1 if no padding token is defined.",
    ),
    "ragged-batch": of(
        "ValueError: Unable to create tensor, you should probably activate truncation and/or padding",
        "RuntimeError: stack expects each tensor to be equal size, but got [5] at entry 0 and [7] at entry 1",
    ),
    "chinese-encoding": of(
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xd6 in position 0: invalid continuation byte",
        "UnicodeDecodeError: 'ascii' codec can't decode byte 0xe4 in position 3: ordinal not in range(128)",
    ),
    "json-lines": of(
        "json.decoder.JSONDecodeError: Extra data: line 2 column 1 (char 30)",
        "JSONDecodeError: Extra data: line 1 column 9 (char 8)",
    ),
    "not-json-serializable": of(
        "TypeError: Object of type PosixPath is not JSON serializable",
        "TypeError: Object of type Tensor is not JSON serializable",
    ),
    "weights-only": of(
        "_pickle.UnpicklingError: Weights only load failed. This file can still be loaded",
        "RuntimeError: WeightsUnpickler error: Unsupported global: GLOBAL a.B was not an allowed global",
    ),
    "shared-tensors": of(
        "RuntimeError: Some tensors share memory, this will lead to duplicate memory on disk",
        "RuntimeError: The following shared tensors are not allowed: [{'a', 'b'}]",
    ),
    "compiled-or-wrapped-keys": of(
        'RuntimeError: Error(s) in loading state_dict for Net:\n\tMissing key(s) in state_dict: "a". Unexpected key(s): "_orig_mod.a".',
        'RuntimeError: Error(s) in loading state_dict for Net:\n\tUnexpected key(s) in state_dict: "module.a".',
    ),
    "port-in-use": of(
        "torch.distributed.DistNetworkError: The server socket has failed to listen: EADDRINUSE, address already in use",
        "OSError: [Errno 98] Address already in use",
    ),
    "nccl-without-gpu": of(
        "ValueError: ProcessGroupNCCL is only supported with GPUs, no GPUs found!",
        "RuntimeError: Distributed package doesn't have NCCL built in",
    ),
    "no-rendezvous": of(
        "ValueError: Error initializing torch.distributed: environment variable RANK expected, but not set",
        "KeyError: 'LOCAL_RANK'",
    ),
    "group-not-initialized": of(
        "ValueError: Default process group has not been initialized, please make sure to call init_process_group.",
        "RuntimeError: call init_process_group first",
    ),
    "cannot-pickle": of(
        "AttributeError: Can't pickle local object 'main.<locals>.<lambda>'",
        "TypeError: cannot pickle '_io.TextIOWrapper' object",
    ),
    "worker-died": of(
        "RuntimeError: DataLoader worker (pid(s) 5, 6) exited unexpectedly",
        "concurrent.futures.process.BrokenProcessPool: A process in the process pool was terminated abruptly",
    ),
    "spawn-without-guard": of(
        "RuntimeError: An attempt has been made to start a new process before the current process has finished its bootstrapping phase.",
        "RuntimeError: Cannot re-initialize CUDA in forked subprocess.",
    ),
    "offline": of(
        "OSError: We couldn't connect to 'the hub' to load this file",
        "huggingface_hub.errors.OfflineModeIsEnabled: Cannot reach: offline mode is enabled.",
    ),
    "cuda-amp-moved": of(
        "AttributeError: module 'torch.cuda' has no attribute 'amp'",
        "ModuleNotFoundError: No module named 'torch.cuda.amp'",
    ),
    "pydantic-regex": of(
        "pydantic.errors.PydanticUserError: `regex` is removed. use `pattern` instead",
        "TypeError: Field() got an unexpected keyword argument 'regex'",
    ),
    "collections-abc": of(
        "ImportError: cannot import name 'Mapping' from 'collections' (/lib/collections/__init__.py)",
        "AttributeError: module 'collections' has no attribute 'Callable'",
    ),
    "longer-than-context": of(
        "error: 300 tokens are more than the model's context_length of 128",
        "RuntimeError: Sequence length 300 is longer than the specified maximum",
    ),
    "causal-and-mask": of(
        "RuntimeError: Explicit attn_mask should not be set when is_causal=True",
        "RuntimeError: is_causal and attn_mask were both given",
    ),
    "sampler-and-shuffle": of(
        "ValueError: sampler option is mutually exclusive with shuffle",
        "ValueError: DataLoader: sampler option is mutually exclusive with shuffle option",
    ),
    "damaged-checkpoint": of(
        "RuntimeError: PytorchStreamReader failed reading zip archive: failed finding central directory",
        "safetensors_rust.SafetensorError: Error while deserializing header: HeaderTooLarge",
    ),
}
