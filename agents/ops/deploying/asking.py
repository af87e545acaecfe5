"""The running service, asked by the project's own programs: does it work, what does it answer, how fast is it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from agents.ops.deploying.figures import Load, Taken, level_of
from agents.ops.deploying.files import ASK, OFFLINE
from agents.ops.deploying.subject import Subject
from framework.artifacts.deployment import FOLDER, Answers, Asked, Level
from framework.artifacts.receipts import CommandReceipt
from framework.runtime.docker import ContainerFacts, Engine
from framework.runtime.observations import forget, observed
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace

SEEN = "outputs/service"
_CHECKS = TypeAdapter(list[Asked])
_TEXTS = TypeAdapter(dict[str, str])
_LOAD = TypeAdapter(Load)
_ANSWER_TOKENS = 32
_MOST_DIFFERING = 3
_ONE_REQUEST_S = 60


@dataclass(frozen=True)
class Seen:
    """Everything that the service was asked."""

    smoke: list[Asked]
    answers: Answers | None
    levels: list[Level]
    receipts: list[CommandReceipt]

    @property
    def works(self) -> bool:
        """Whether it can be used at all."""
        return all(receipt.passed for receipt in self.receipts[:1])


@dataclass(frozen=True)
class Asker:
    """Asks one service."""

    workspace: Workspace
    subject: Subject
    venv: Venv
    engine: Engine
    container: ContainerFacts
    port: int
    percentile: float

    def ask(self) -> Seen:
        """The smoke tests; and of what passes them, the answers and the load."""
        self.workspace.announce("deploy.asking", port=self.port)
        smoked, smoke = self._smoke()
        if not smoked.passed:
            return Seen(smoke, None, [], [smoked])
        compared, answers = self._answers()
        loaded, levels = self._loads()
        return Seen(smoke, answers, levels, [smoked, *compared, *loaded])

    def _smoke(self) -> tuple[CommandReceipt, list[Asked]]:
        place = f"{SEEN}/smoke.json"
        receipt = self._prove(place, [*self._program("smoke"), "--output", place])
        return receipt, observed(self.workspace.files.root, place, _CHECKS)

    def _answers(self) -> tuple[list[CommandReceipt], Answers | None]:
        """The same prompts, with the service and without it."""
        self.workspace.announce("deploy.comparing")
        tokens = ["--new-tokens", str(_ANSWER_TOKENS)]
        served, alone = f"{SEEN}/answers.json", f"{SEEN}/offline_answers.json"
        offline = ["python", f"{FOLDER}/{OFFLINE}", "--checkpoint", self.subject.weights, *tokens, "--output", alone]
        receipts = [
            self._prove(served, [*self._program("answers"), *tokens, "--output", served]),
            self._prove(alone, offline),
        ]
        if not all(receipt.passed for receipt in receipts):
            return receipts, None
        root = self.workspace.files.root
        return receipts, agreement(observed(root, served, _TEXTS), observed(root, alone, _TEXTS))

    def _loads(self) -> tuple[list[CommandReceipt], list[Level]]:
        """One load after the other. The engine is slow to say what a container takes: once between two will do."""
        receipts, levels = [], []
        before = self.engine.stats(self.container.id)
        for clients in self.subject.policy.deploy.clients:
            receipt, load = self._load(clients)
            receipts.append(receipt)
            after = self.engine.stats(self.container.id)
            if load:
                taken = Taken(after.cpu_seconds - before.cpu_seconds, after.memory_bytes)
                levels.append(level_of(load, taken, self.percentile))
            before = after
        return receipts, levels

    def _load(self, clients: int) -> tuple[CommandReceipt, Load | None]:
        policy, place = self.subject.policy.deploy, f"{SEEN}/load_{clients}.json"
        self.workspace.announce("deploy.loading", clients=clients, seconds=f"{policy.seconds:g}")
        bounds = {
            "--clients": clients,
            "--warm-up": policy.warm_up,
            "--seconds": policy.seconds,
            "--most": policy.requests,
            "--new-tokens": policy.new_tokens,
        }
        words = [str(word) for pair in bounds.items() for word in pair]
        receipt = self._prove(place, [*self._program("load"), *words, "--output", place])
        return receipt, observed(self.workspace.files.root, place, _LOAD) if receipt.passed else None

    def _program(self, what: str) -> list[str]:
        key = self.subject.policy.run.key_file
        keyed = ["--key-file", key] if key else []
        port = ["--port", str(self.port), "--timeout", str(_ONE_REQUEST_S)]
        return ["python", f"{FOLDER}/{ASK}", what, *port, *keyed]

    def _prove(self, place: str, command: list[str]) -> CommandReceipt:
        forget(self.workspace.files.root, place)
        return self.workspace.prove(self.venv, [command])[0]


def agreement(served: dict[str, str], alone: dict[str, str]) -> Answers:
    """How many of the prompts are answered alike."""
    other = [prompt for prompt, text in alone.items() if served.get(prompt) != text]
    return Answers(
        prompts=len(alone),
        equal=len(alone) - len(other),
        new_tokens=_ANSWER_TOKENS,
        differing=[f"{prompt} | {served.get(prompt, '')} | {alone[prompt]}" for prompt in other[:_MOST_DIFFERING]],
    )
