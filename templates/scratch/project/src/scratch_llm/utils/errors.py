"""Every error that a person may see; caught once, in `utils.entry.run`.

ProjectError
├── ConfigError      a config file, a key or a value is wrong
├── DataError        data is missing, broken or unusable
├── CheckpointError  a checkpoint is missing, damaged or does not fit
├── DeviceError      the device cannot do what was asked
├── RequestError     a request for generation breaks a rule
├── DivergenceError  training has left the numbers that make sense
└── MissingError     something outside is missing: a package, a network, a program
"""


class ProjectError(Exception):
    """Says what is wrong (the value and the rule) and, in `hint`, what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  -> {self.hint}" if self.hint else self.message


class ConfigError(ProjectError):
    """A config file, a key or a value is wrong."""


class DataError(ProjectError):
    """Data is missing, broken or unusable."""


class CheckpointError(ProjectError):
    """A checkpoint is missing, damaged or does not fit."""


class DeviceError(ProjectError):
    """The device cannot do what was asked."""


class RequestError(ProjectError):
    """A request for generation breaks a rule."""


class DivergenceError(ProjectError):
    """Training has left the numbers that make sense."""


class MissingError(ProjectError):
    """Something outside is missing: a package, a network, a program."""


def install_command(extra: str) -> str:
    """Say how to install an optional part: the hint of a MissingError."""
    return f'pip install "scratch-llm[{extra}]"'
