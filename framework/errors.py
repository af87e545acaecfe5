"""Every way foundry says no.

A `FoundryError` is a message for a person: it names the value, the rule that it breaks and what to type next. The
command line catches it once, prints it and leaves with its exit code. Anything else that escapes is a bug of ours
(exit code 1).

    FoundryError
    ├── UsageError            2    the command or an answer is malformed
    │   └── NotAProject       2    the text is no wish for a language-model project
    ├── WaitingForHuman       3    a question is open and nobody can be asked now
    ├── InvalidDocument       4    an artifact, answer or spec document breaks its schema (file, line, key, rule)
    ├── MissingOutside        5    network, disk, key, engine or program that is not there
    │   └── LlmUnusable       5    the model's endpoint cannot be used: key, quota, name of the model, address
    ├── ProjectLocked         6    another process holds the project
    ├── BudgetSpent           7    the next call could cost more than is left of the budget
    └── Interrupted         130    the user pressed Ctrl-C
"""

from __future__ import annotations


class FoundryError(Exception):
    """A refusal with its reason, the next step and the exit code."""

    code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(FoundryError):
    """The command line, or a value given on it, is malformed."""

    code = 2


class NotAProject(UsageError):
    """The text does not ask for anything that foundry makes."""


class WaitingForHuman(FoundryError):
    """A human has to decide and there is no terminal to ask on."""

    code = 3


class InvalidDocument(FoundryError):
    """A document that people may edit does not hold what its schema demands."""

    code = 4


class MissingOutside(FoundryError):
    """Something outside of foundry is missing or refuses."""

    code = 5


class LlmUnusable(MissingOutside):
    """The endpoint of the language model refuses for a reason that asking again does not mend."""


class ProjectLocked(FoundryError):
    """Another process is working on the project."""

    code = 6


class BudgetSpent(FoundryError):
    """What the user was ready to spend on a language model is spent, or the next call could go beyond it."""

    code = 7


class Interrupted(FoundryError):
    """The user asked to stop; what is finished is on disk."""

    code = 130
