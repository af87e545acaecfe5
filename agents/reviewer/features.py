"""Words by which documents claim a feature, and what must be in the code and in the tests for the claim to be true.

`said` is looked for in prose, English and Chinese; `made` among what the package defines or calls; `tried` among the
names and texts of the tests. All are compared in lower case; names without their underscores.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Feature:
    """One feature."""

    name: str
    said: str
    made: str
    tried: str = ""

    @cached_property
    def in_prose(self) -> re.Pattern[str]:
        return re.compile(self.said, re.IGNORECASE)

    @cached_property
    def in_code(self) -> re.Pattern[str]:
        return re.compile(self.made)

    @cached_property
    def in_tests(self) -> re.Pattern[str]:
        return re.compile(self.tried or self.made)


def _word(text: str) -> str:
    """A word of Latin letters that stands alone, also between Chinese ones."""
    return rf"(?<![A-Za-z0-9_-]){text}(?![A-Za-z0-9_])"


FEATURES = (
    # models
    Feature("RMSNorm", _word("RMS-?Norm"), r"rmsnorm", r"rmsnorm|norm"),
    Feature("rotary positions", rf"rotary|{_word('RoPE')}|旋转位置", r"rotary|rope"),
    Feature("MHA", rf"{_word('MHA')}|multi-head attention|多头注意力", r"mha|attention", r"mha|attention"),
    Feature("GQA", rf"{_word('GQA')}|grouped-query|分组查询", r"gqa|groupedquery|nkvhead|kvheads", r"gqa|nkvhead"),
    Feature("MLA", rf"{_word('MLA')}|latent attention|潜在注意力", r"latentattention|^mla"),
    Feature("SwiGLU", _word("SwiGLU"), r"swiglu|^silu$", r"swiglu|feedforward"),
    Feature(
        "mixture of experts",
        rf"{_word('MoE')}|mixture[ -]of[ -]experts|混合专家",
        r"^moe$|mixtureofexperts|router|expert",
    ),
    Feature("ALiBi", _word("ALiBi"), r"alibi"),
    Feature("sliding-window attention", r"sliding[- ]window|滑动窗口", r"slidingwindow|windowsize"),
    Feature("FlashAttention", r"flash[- ]?attention(?:-?\d)?", r"flashattn|flashattention"),
    Feature("LoRA", rf"{_word('Q?LoRA')}|low-rank adapt|低秩适配", r"lora"),
    Feature("encoder-decoder", r"encoder[-/]decoder|编码器-解码器", r"encoderdecoder|crossattention"),
    Feature("vision", r"vision transformer|multi-?modal|image input|多模态|视觉", r"vision|imageencoder|multimodal"),
    Feature("Mamba", rf"{_word('Mamba')}|state[- ]space model|状态空间模型", r"mamba|selectivescan|statespace"),
    # data
    Feature("packing", rf"{_word('pack(?:ing|ed)')}|打包", r"pack"),
    Feature("streaming data", r"streaming|流式读取", r"stream"),
    Feature("memory-mapped shards", r"memory[- ]mapp|内存映射", r"memmap|mmap|memorymap", r"shard|prepare|memmap"),
    Feature("deduplication", r"de-?duplicat|去重", r"dedup|minhash|shingle"),
    Feature("contamination", r"contaminat|污染检", r"contamin"),
    Feature("parquet", _word("parquet"), r"parquet"),
    Feature("synthetic data", r"synthetic|合成", r"synthetic|grammar"),
    Feature("BPE", rf"{_word('BPE')}|byte[- ]pair", r"bpe"),
    Feature("WordPiece", _word("WordPiece"), r"wordpiece"),
    Feature("SentencePiece", _word("SentencePiece"), r"sentencepiece"),
    Feature("Unigram", rf"{_word('unigram')}", r"unigram"),
    Feature("chat template", r"chat template|对话模板", r"chat|template", r"chat"),
    # training
    Feature("AdamW", _word("AdamW"), r"adamw"),
    Feature("Muon", _word("Muon"), r"muon"),
    Feature("Lion", rf"{_word('Lion')} optimi[sz]er|优化器 ?Lion", r"^lion$|lionoptim"),
    Feature("Sophia or Shampoo", r"\b(?:Sophia|Shampoo)\b", r"sophia|shampoo"),
    Feature("8-bit optimizers", r"8-?bit (?:adam|optimi[sz]er)|8 ?位优化器", r"8bit|bitsandbytes"),
    Feature("warmup-stable-decay", r"warm-?up-stable-decay|\bWSD\b|预热-稳定-衰减", r"wsd|decayshare|lrfactor"),
    Feature("cosine schedule", r"\bcosine\b|余弦", r"cos|lrfactor", r"cosine|schedule|lrfactor"),
    Feature(
        "mixed precision", r"mixed precision|混合精度|\bbf16\b", r"autocast|gradscaler", r"precision|bf16|autocast"
    ),
    Feature("gradient accumulation", r"gradient accumulation|梯度累积", r"accumulat|^backward$", r"accumulate"),
    Feature("gradient clipping", r"gradient clip|梯度裁剪", r"clipgradnorm|gradclip", r"clip"),
    Feature(
        "activation checkpointing",
        r"(?:activation|gradient) checkpoint|激活(?:值)?(?:检查点|重计算)",
        r"checkpoint$|activationcheckpoint",
        r"activationcheckpoint",
    ),
    Feature(
        "DDP",
        rf"{_word('DDP')}|distributed data parallel|数据并行",
        r"distributeddataparallel|ddp",
        r"ddp|distributed|twoprocess",
    ),
    Feature("FSDP", rf"{_word('FSDP2?')}|fully sharded", r"fullyshard", r"fsdp"),
    Feature("DeepSpeed", rf"{_word('DeepSpeed')}|{_word('ZeRO')}(?:-[123])?(?= )", r"deepspeed"),
    Feature("tensor parallelism", r"tensor[- ]parallel|张量并行", r"tensorparallel|colwiseparallel|rowwiseparallel"),
    Feature("pipeline parallelism", r"pipeline[- ]parallel|流水线并行", r"pipelineparallel|pipelinestage"),
    Feature(
        "sequence parallelism",
        r"(?:sequence|context)[- ]parallel|序列并行",
        r"sequenceparallel|contextparallel|ringattention",
    ),
    Feature("exact resume", r"\bresum(?:e|es|ing|ption)\b|恢复训练|断点续训", r"resume"),
    Feature("early stopping", r"early[- ]stop|早停|提前停止", r"earlystop"),
    Feature("EMA", rf"{_word('EMA')}|exponential moving average|指数移动平均", r"^ema|exponentialmoving|averagedmodel"),
    Feature("pre-training", r"pre-?train(?!ed)|预训练", r"pretrain"),
    Feature(
        "instruction tuning",
        rf"{_word('SFT')}|instruction tuning|指令(?:微调|调优)",
        r"sft|responsemask|encodechat",
        r"sft",
    ),
    Feature("DPO", rf"{_word('DPO')}|preference optimi[sz]ation|偏好优化", r"dpo"),
    Feature(
        "RLHF", rf"{_word('RLHF')}|reinforcement learning|human feedback|强化学习", r"rlhf|ppo|reinforce|rewardmodel"
    ),
    Feature("PPO", _word("PPO"), r"ppo|proximalpolicy"),
    Feature("GRPO", _word("GRPO"), r"grpo"),
    Feature("ORPO, KTO, SimPO", _word("(?:ORPO|KTO|SimPO)"), r"orpo|kto|simpo"),
    Feature("reward model", r"reward model|奖励模型", r"rewardmodel"),
    Feature("distillation", r"distill|蒸馏", r"distill"),
    Feature("pruning", r"\bprun(?:e|ed|ing)\b|剪枝", r"prun"),
    Feature("TensorBoard", _word("TensorBoard"), r"tensorboard|summarywriter", r"tensorboard|events"),
    Feature("Weights & Biases", rf"{_word('W&B')}|{_word('wandb')}|weights (?:&|and) biases", r"wandb"),
    Feature("MLflow", _word("MLflow"), r"mlflow"),
    Feature(
        "hyperparameter search",
        r"hyper-?parameter (?:search|sweep|tuning)|超参数搜索|\boptuna\b",
        r"optuna|sweep|hyperparametersearch",
    ),
    Feature("curriculum learning", r"curriculum learning|课程学习", r"curriculum"),
    # evaluation
    Feature("perplexity", r"perplexity|困惑度", r"perplexity"),
    Feature("bits per byte", r"bits per byte|每字节比特", r"bitsperbyte"),
    Feature("F1", _word("F1"), r"f1"),
    Feature("BLEU", _word("(?:Sacre)?BLEU"), r"bleu"),
    Feature("ROUGE", _word("ROUGE"), r"rouge"),
    Feature("confidence intervals", r"\bintervals?\b|置信区间|区间", r"bootstrap|interval"),
    Feature("rating by people", r"rating sheet|rating by people|blind|盲评|人工评分", r"sheet|verdict|rater"),
    Feature("agreement statistics", r"agreement stat|inter-rater|一致性统计", r"agreement|kappa|alpha"),
    Feature("lm-evaluation-harness", r"lm[-_ ]eval(?:uation)?(?:[-_ ]harness)?", r"lmeval"),
    Feature("LLM as judge", r"LLM[- ]as[- ](?:a[- ])?judge|大模型裁判", r"llmjudge|judgeby"),
    # inference and serving
    Feature("KV cache", r"KV[- ]?cache|KV ?缓存", r"kvcache"),
    Feature("paged attention", r"paged[- ]?(?:attention|KV)|分页注意力", r"paged"),
    Feature("prefix caching", r"prefix[- ]cach|前缀缓存", r"prefixcache|cacheprefix"),
    Feature("speculative decoding", r"speculative (?:decod|sampl)|投机(?:解码|采样)|推测解码", r"speculat|draftmodel"),
    Feature("beam search", r"beam[- ]search|束搜索|集束搜索", r"beam"),
    Feature("greedy", r"\bgreedy\b|贪心", r"argmax|greedy", r"greedy|temperature"),
    Feature("top-k", r"top[-_ ]k\b", r"topk"),
    Feature("top-p", rf"top[-_ ]p\b|{_word('nucleus')}", r"topp|truncate", r"topp"),
    Feature("min-p", r"min[-_ ]p\b", r"minp$"),
    Feature("repetition penalty", r"repetition penalt|重复惩罚", r"repetitionpenalty|penal"),
    Feature("stop strings", r"stop (?:strings|sequences|words)|停止(?:字符串|词)", r"stop"),
    Feature(
        "constrained output",
        r"(?:constrained|structured|guided) (?:decoding|output|generation)|JSON mode|结构化输出|约束解码",
        r"constrained|structuredoutput|logitsprocessor|jsonmode",
    ),
    Feature("tool calling", r"(?:tool|function)[- ]call|工具调用|函数调用", r"toolcall|functioncall"),
    Feature("continuous batching", r"continuous batch|连续批处理", r"continuousbatch"),
    Feature("int8", rf"{_word('int8')}|8-bit weight", r"int8"),
    Feature("int4", rf"{_word('(?:int4|nf4)')}", r"int4|nf4"),
    Feature("fp8", _word("fp8"), r"fp8|float8"),
    Feature("GPTQ", _word("GPTQ"), r"gptq"),
    Feature("AWQ", _word("AWQ"), r"awq"),
    Feature("GGUF", rf"{_word('GGUF')}|{_word('llama.cpp')}", r"gguf"),
    Feature("vLLM", _word("vLLM"), r"vllm"),
    Feature("TensorRT", _word("TensorRT(?:-LLM)?"), r"tensorrt|trtllm"),
    Feature("Triton", _word("Triton"), r"triton"),
    Feature("TorchScript", _word("TorchScript"), r"jitscript|torchscript|^jit"),
    Feature("ONNX", _word("ONNX"), r"onnx"),
    Feature("torch.compile", r"torch\.compile", r"compile"),
    Feature(
        "Hugging Face format", r"Hugging ?Face", r"huggingface|tohf|hfconfig|safetensors", r"huggingface|transformers"
    ),
    Feature("OpenAI's routes", r"OpenAI", r"openai|chatcompletion", r"openai"),
    Feature(
        "streamed answers", rf"{_word('SSE')}|server-sent|支持流式|with streaming", r"stream|eventsource", r"stream"
    ),
    Feature("websockets", r"web-?sockets?", r"websocket"),
    Feature("gRPC", _word("gRPC"), r"grpc"),
    Feature("Prometheus metrics", _word("Prometheus"), r"prometheus", r"metrics|prometheus"),
    Feature("OpenTelemetry", rf"{_word('OpenTelemetry')}|{_word('OTLP')}|distributed tracing", r"opentelemetry|otel"),
    Feature("rate limiting", r"rate[- ]limit|限流|速率限制", r"ratelimit|tokenbucket"),
    Feature("deadlines", r"\bdeadlines?\b|时限", r"deadline"),
    Feature("graceful draining", r"\bdraining\b|graceful(?:ly)? (?:shut|stop|drain)|平稳关闭", r"drain"),
    Feature("authentication", r"OAuth2?|\bJWT\b|single sign-on|单点登录", r"oauth|jwt"),
    Feature("web UI", r"\b(?:Gradio|Streamlit)\b|web (?:UI|interface|demo)|网页界面", r"gradio|streamlit|webui"),
    Feature("retrieval", rf"{_word('RAG')}|retrieval[- ]augment|检索增强", r"retriev|vectorstore|faiss"),
    Feature("agents", r"multi-?agent|多智能体", r"multiagent"),
    Feature("Docker images", r"Docker (?:image|compose)|Dockerfile|Docker 镜像", r"docker"),
    Feature("Kubernetes", rf"Kubernetes|{_word('k8s')}|Helm chart", r"kubernetes|helm"),
    Feature("Ray", r"\bRay (?:cluster|Train|Serve|Tune)\b", r"^ray$"),
    Feature("TPU", _word("TPUs?"), r"xla|tpu"),
    Feature("AMD", _word("ROCm"), r"rocm|hip"),
    Feature("quantization-aware training", rf"quanti[sz]ation[- ]aware|{_word('QAT')}|量化感知", r"fakequant|qat"),
    Feature("watermarking", r"watermark|水印", r"watermark"),
    Feature(
        "content filtering",
        r"(?:content|toxicity|safety) (?:filter|moderation)|内容(?:过滤|审核)",
        r"toxic|moderation|safetyfilter",
    ),
    Feature("differential privacy", r"differential(?:ly)? priva|差分隐私", r"opacus|privacyengine|dpsgd"),
    Feature("federated learning", r"federated|联邦学习", r"federated"),
)
