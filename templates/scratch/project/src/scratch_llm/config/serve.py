"""Everything that the server needs."""

from typing import Literal

from pydantic import Field

from scratch_llm.config.base import Section


class ServeConfig(Section):
    """One server process with one model."""

    host: str = Field("127.0.0.1", description="address to listen at; 0.0.0.0 opens the server to the network")
    port: int = Field(8000, ge=0, le=65535, description="port to listen at; 0: any free one, told in the log")
    model_name: str = Field("scratch-llm", min_length=1, description="name to ask for")
    backend: Literal["eager", "compile", "int8", "gptq", "onnx", "onnx-int8"] = Field(
        "eager", description="what computes; gptq and onnx need a folder that scripts/quantize.py or export.py wrote"
    )
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps")
    n_slot: int = Field(16, gt=0, description="requests that are generated together; each costs a row of KV cache")
    length: int = Field(0, ge=0, description="prompt and answer of one request in tokens; 0: the model's context")
    max_queue: int = Field(64, ge=0, description="requests that may wait for a slot; one more is refused with 429")
    max_prompt_tokens: int = Field(0, ge=0, description="longest prompt; 0: all that leaves room for one token")
    max_new_tokens: int = Field(1024, gt=0, description="longest answer that a request may ask for")
    default_new_tokens: int = Field(128, gt=0, description="longest answer where a request does not say")
    max_body_bytes: int = Field(262_144, gt=0, description="largest request body; a larger one is refused with 413")
    body_s: float = Field(10.0, gt=0, description="seconds until a request's body must be there, else it gets 408")
    max_connections: int = Field(
        512, gt=0, description="open connections; one more closes a silent one, or gets 503 where all are at work"
    )
    deadline_s: float = Field(60.0, gt=0, description="seconds until a request is given up with 504, waiting included")
    drain_s: float = Field(30.0, ge=0, description="seconds that running requests get to end after SIGTERM")
    api_key_env: str = Field("LLM_API_KEY", description="environment variable with the API key; unset: no key is asked")
    log_format: Literal["json", "text"] = Field("json", description="one JSON object or one plain line per event")
    log_prompts: bool = Field(False, description="write prompts into the log; they may be private")
