# ruff: noqa: E501  (texts as programs write them)
"""More failing outputs: of libraries for fine-tuning, as their versions of today write them, and of older ones."""

from __future__ import annotations

from tests.unit.coder.debugging.outputs import Output, of

TRAINER = "trainer = SFTTrainer("
_WPE = 'trainer.train()\n  File "/v/site-packages/transformers/models/gpt2/modeling_gpt2.py", line 601, in forward\n    position_embeds = self.wpe(position_ids)'
_BATCH = 'model.generate(ids)\n  File "/v/site-packages/transformers/tokenization_utils_base.py", line 294, in __getattr__\n    raise AttributeError'

MORE: dict[str, tuple[Output, ...]] = {
    "auto-model-lm-head": of(
        "ImportError: cannot import name 'AutoModelWithLMHead' from 'transformers' (/v/transformers/__init__.py)",
        "AttributeError: module transformers has no attribute AutoModelWithLMHead",
    ),
    "torch-dtype-argument": of(
        "TypeError: GPT2LMHeadModel.__init__() got an unexpected keyword argument 'torch_dtype'",
    ),
    "dtype-argument-too-new": of(
        "TypeError: LlamaForCausalLM.__init__() got an unexpected keyword argument 'dtype'",
        code="model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32)",
    ),
    "use-auth-token": of(
        "TypeError: GPT2LMHeadModel.__init__() got an unexpected keyword argument 'use_auth_token'",
        "ValueError: The `use_auth_token` argument is deprecated. Please use `token` instead.",
    ),
    "quantization-argument": of(
        "TypeError: GPT2LMHeadModel.__init__() got an unexpected keyword argument 'load_in_4bit'",
        "TypeError: LlamaForCausalLM.__init__() got an unexpected keyword argument 'load_in_8bit'",
    ),
    "numpy-abi": of(
        "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got 88 from PyObject",
        "ImportError: numpy.core.multiarray failed to import",
    ),
    "amp-device-missing": of(
        "TypeError: autocast.__init__() missing 1 required positional argument: 'device_type'",
        code="with torch.amp.autocast():",
    ),
    "torch-six": of("ModuleNotFoundError: No module named 'torch._six'"),
    "lr-scheduler-verbose": of(
        "TypeError: ReduceLROnPlateau.__init__() got an unexpected keyword argument 'verbose'",
        "TypeError: LambdaLR.__init__() got an unexpected keyword argument 'verbose'",
    ),
    "lr-scheduler-private": of(
        "ImportError: cannot import name '_LRScheduler' from 'torch.optim.lr_scheduler' (/v/torch/optim/lr_scheduler.py)",
    ),
    "datasets-remote-code": of(
        "RuntimeError: Dataset scripts are no longer supported, but found wikitext.py",
        "ValueError: `trust_remote_code` is not supported anymore.",
    ),
    "datasets-task-argument": of(
        "TypeError: load_dataset() got an unexpected keyword argument 'task'",
        "ValueError: BuilderConfig JsonConfig(name='default') doesn't have a 'ignore_verifications' key.",
    ),
    "batch-encode-plus": of(
        "AttributeError: TokenizersBackend has no attribute batch_encode_plus. Did you mean: '_encode_plus'?",
        "AttributeError: 'PreTrainedTokenizerFast' object has no attribute 'encode_plus'",
    ),
    "chat-template-returns-dict": of("AttributeError", code=_BATCH),
    "pydantic-v1-names": of(
        "pydantic.errors.PydanticImportError: `BaseSettings` has been moved to the `pydantic-settings` package.",
        "ImportError: cannot import name 'parse_obj_as' from 'pydantic' (/v/pydantic/__init__.py)",
    ),
    "pydantic-v1-methods": of("AttributeError: type object 'Config' has no attribute 'parse_obj'"),
    "omegaconf-struct": of(
        "omegaconf.errors.ConfigAttributeError: Key 'lr' is not in struct\n    full_key: lr\n    object_type=dict",
        "omegaconf.errors.ConfigKeyError: Missing key lr",
    ),
    "protobuf-descriptors": of(
        "TypeError: Descriptors cannot be created directly.\nIf this call came from a _pb2.py file, your generated code is out of date",
        "TypeError: Descriptors cannot not be created directly.",
    ),
    "package-required": of(
        "ImportError: LlamaTokenizer requires the SentencePiece library but it was not found in your environment.",
        "ImportError: Using `bitsandbytes` 4-bit quantization requires bitsandbytes: `pip install -U bitsandbytes>=0.46.1`",
    ),
    "trainer-tokenizer-attribute": of(
        "AttributeError: 'SFTTrainer' object has no attribute 'tokenizer'. Did you mean: '_tokenizer'?",
        "AttributeError: 'Trainer' object has no attribute 'tokenizer'",
        code="trainer.tokenizer.save_pretrained(out)",
    ),
    "adapter-given-twice": of(
        "ValueError: You passed a `PeftModel` instance together with a `peft_config` to the trainer. Please first merge and unload the existing adapter",
    ),
    "adapter-merged-twice": of(
        "AttributeError: 'GPT2LMHeadModel' object has no attribute 'merge_and_unload'",
        "AttributeError: 'LlamaForCausalLM' object has no attribute 'unload'",
    ),
    "no-adapter-there": of("ValueError: Can't find 'adapter_config.json' at 'adapters/does-not-exist'"),
    "plain-model-for-an-adapter": of(
        "AttributeError: 'GPT2LMHeadModel' object has no attribute 'print_trainable_parameters'",
    ),
    "reward-of-one-number": of(
        "ValueError: The model has `num_labels=2`, but reward models require `num_labels=1` to output a single scalar reward per sequence.",
    ),
    "ppo-of-old": of(
        "ImportError: cannot import name 'AutoModelForCausalLMWithValueHead' from 'trl' (/v/trl/__init__.py)",
        "ImportError: cannot import name 'PPOConfig' from 'trl' (/v/trl/__init__.py)",
    ),
    "accelerator-precision": of("TypeError: Accelerator.__init__() got an unexpected keyword argument 'fp16'"),
    "quantized-without-adapter": of(
        "ValueError: You cannot perform fine-tuning on purely quantized models. Please attach trainable adapters on top of the quantized model",
    ),
    "adapter-of-another-rank": of(
        "RuntimeError: Error(s) in loading state_dict for PeftModel:\n\tsize mismatch for base_model.model.transformer.h.0.attn.c_attn.lora_A.default.weight: copying a param with shape torch.Size([8, 32]) from checkpoint, the shape in current model is torch.Size([4, 32]).",
    ),
    "no-mask-token": of(
        "ValueError: This tokenizer does not have a mask token which is necessary for masked language modeling. You should pass `mlm=False` to train on causal language modeling instead.",
    ),
    "no-loss-returned": of(
        "ValueError: The model did not return a loss from the inputs, only the following keys: logits. For reference, the inputs it received are input_ids,attention_mask.",
    ),
    "data-not-tokenized": of(
        "ValueError: No columns in the dataset match the model's forward method signature: (input_ids, labels). The following columns have been ignored: [text].",
        "IndexError: Invalid key: 3 is out of bounds for size 0",
    ),
    "text-in-a-batch": of(
        "ValueError: Unable to create tensor, you should probably activate truncation and/or padding with 'padding=True' 'truncation=True' to have batched tensors with the same length. Perhaps your features (`text` in this case) have excessive nesting (inputs type `list` where type `int` is expected).",
    ),
    "training-column-missing": of("KeyError: 'content'", "KeyError: 'chosen'", code=TRAINER),
    "best-model-by-steps": of(
        "ValueError: --load_best_model_at_end requires the save and eval strategy to match, but found\n- Evaluation strategy: IntervalStrategy.NO\n- Save strategy: SaveStrategy.STEPS",
        "ValueError: --load_best_model_at_end requires the save and eval strategy to match, but found\n- Evaluation strategy: no\n- Save strategy: steps",
    ),
    "best-model-by-epochs": of(
        "ValueError: --load_best_model_at_end requires the save and eval strategy to match, but found\n- Evaluation strategy: IntervalStrategy.NO\n- Save strategy: SaveStrategy.EPOCH",
    ),
    "nothing-to-evaluate": of(
        "ValueError: You have set `args.eval_strategy` to IntervalStrategy.STEPS but you didn't pass an `eval_dataset` to `Trainer`.",
        "ValueError: Trainer: evaluation requires an eval_dataset.",
    ),
    "answers-in-groups": of(
        "ValueError: generation_batch_size (2) must be divisible by num_generations (4).",
        "ValueError: The global train batch size (2) must be evenly divisible by the number of generations per prompt (4).",
    ),
    "no-checkpoint-yet": of("ValueError: No valid checkpoint found in output directory (out)"),
    "rows-in-batches": of(
        "AttributeError: 'list' object has no attribute 'split'",
        "AttributeError: 'list' object has no attribute 'strip'",
        code="data.map(lambda row: row['text'].split(), batched=True)",
    ),
    "formatting-of-rows": of(
        "AttributeError: 'list' object has no attribute 'endswith'",
        "ValueError: The `formatting_func` should return a list of processed strings",
        code=TRAINER,
    ),
    "beyond-the-positions": of("IndexError: index out of range in self", code=_WPE),
    "completion-collator": of(
        "ImportError: cannot import name 'DataCollatorForCompletionOnlyLM' from 'trl' (/v/trl/__init__.py)",
    ),
    "chat-format-gone": of("ImportError: cannot import name 'setup_chat_format' from 'trl' (/v/trl/__init__.py)"),
    "target-tokenizer": of(
        "AttributeError: TokenizersBackend has no attribute as_target_tokenizer",
        "AttributeError: 'T5Tokenizer' object has no attribute 'prepare_seq2seq_batch'",
    ),
    "reporting-service": of(
        "RuntimeError: WandbCallback requires wandb to be installed. Run `pip install wandb`.",
        "RuntimeError: MLflowCallback requires mlflow to be installed. Run `pip install mlflow`.",
        "wandb.errors.UsageError: wandb: ERROR api_key not configured (no-tty). call wandb.login(key=[your_api_key])",
    ),
    "package-advised": of(
        "importlib.metadata.PackageNotFoundError: No package metadata was found for The 'deepspeed>=0.9.3' distribution was not found and is required by this application.",
        "ImportError: Please run `pip install kernels` to use this attention.",
    ),
    "two-devices": of(
        "RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
        "RuntimeError: indices should be either on cpu or on the same device as the indexed tensor (cpu)",
    ),
    "four-bit-ddp": of(
        "ValueError: You can't train a model that has been loaded in 8-bit or 4-bit precision on a different device than the one you're training on.",
        "ValueError: You can't train a model that has been loaded with `device_map='auto'` in any distributed mode.",
    ),
    "checkpointing-without-gradient": of(
        "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn",
        code="trainer.train()",
    ),
    "cross-entropy-shape": of(
        "RuntimeError: Expected target size [4, 100], got [4, 16]",
        "ValueError: Expected input batch_size (64) to match target batch_size (60).",
        code="loss = F.cross_entropy(logits, labels)",
    ),
    "backward-twice": of(
        "RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed).",
    ),
    "no-gradient": of(
        "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn",
        code="loss.backward()",
    ),
    "in-place-gradient": of(
        "RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [4, 4]]",
        "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.",
    ),
    "no-chat-template": of(
        "ValueError: Cannot use chat template functions because tokenizer.chat_template is not set and no template argument was passed!",
        "ValueError: The tokenizer does not have a chat template.",
    ),
    "mask-type": of(
        "RuntimeError: Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: long int and query.dtype: float instead.",
        "RuntimeError: masked_fill_ only supports boolean masks, but got mask with dtype int",
    ),
    "broken-encoding": of(
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ),
    "ascii-output": of(
        "UnicodeEncodeError: 'ascii' codec can't encode characters in position 0-3: ordinal not in range(128)",
    ),
    "surrogate-text": of(
        "RuntimeError: 'utf-8' codec can't encode character '\\udc80' in position 3: surrogates not allowed",
    ),
    "byte-order-mark": of(
        "json.decoder.JSONDecodeError: Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
        "KeyError: '\\ufefftext'",
    ),
    "empty-line-of-json": of("json.decoder.JSONDecodeError: Expecting value: line 2 column 1 (char 1)"),
    "prepared-data-damaged": of(
        "error: data/prepared/train holds no complete data",
        "ValueError: mmap length is greater than file size",
    ),
    "too-little-data": of(
        "ValueError: num_samples should be a positive integer value, but got num_samples=0",
        "error: the train split does not fill one batch",
    ),
    "tail-of-data": of("StopIteration", "RuntimeError: generator raised StopIteration", code="batch = next(batches)"),
    "not-contiguous": of(
        "ValueError: You are trying to save a non contiguous tensor: `weight` which is not allowed.",
    ),
    "optimizer-groups": of(
        "ValueError: loaded state dict has a different number of parameter groups",
        "ValueError: loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
    ),
    "shared-memory": of(
        "RuntimeError: unable to open shared memory object </torch_12_34> in read-write mode: Too many open files (24)",
        "RuntimeError: received 0 items of ancdata",
    ),
    "worker-options": of(
        "ValueError: prefetch_factor option could only be specified in multiprocessing.let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None.",
        "ValueError: persistent_workers option needs num_workers > 0",
    ),
    "disk-full": of(
        "OSError: [Errno 28] No space left on device: 'outputs/run_000/model.safetensors'",
        "OSError: [Errno 122] Disk quota exceeded",
    ),
    "timeout": of("TimeoutError: the read timed out"),
}
