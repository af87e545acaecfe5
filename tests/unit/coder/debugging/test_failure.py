# ruff: noqa: E501  (texts as programs write them)
"""Reading a run that failed: the error, where in the project it was, and a signature that stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.coder.debugging.reading import ROOT, failed, traceback

PLAIN = traceback("RuntimeError: mat1 and mat2 shapes cannot be multiplied (16x128 and 64x32)", "y = self.down(x)")


def test_a_plain_traceback() -> None:
    failure = failed(PLAIN)
    assert (failure.error, failure.kind) == ("RuntimeError", "RuntimeError")
    assert failure.where is not None
    assert (failure.where.file, failure.where.function, failure.where.code) == ("train.py", "main", "y = self.down(x)")


def test_installed_code_is_not_the_projects_own() -> None:
    text = PLAIN.replace(
        "RuntimeError", '  File "/v/lib/python3.11/site-packages/torch/x.py", line 5, in h\n    f(x)\nRuntimeError'
    )
    failure = failed(text)
    assert [frame.own for frame in failure.frames] == [True, False]
    assert failure.where is not None and failure.where.file == "train.py"


def test_what_an_error_followed_from_is_kept() -> None:
    between = "\nDuring handling of the above exception, another exception occurred:\n\n"
    failure = failed(traceback("KeyError: 'x'") + between + traceback("ValueError: bad\nsecond line"))
    assert (failure.error, failure.message) == ("ValueError", "bad\nsecond line")
    assert [one.error for one in failure.chain] == ["KeyError"]


@pytest.mark.parametrize(
    ("text", "error", "file", "line"),
    [
        (
            '  File "scripts/train.py", line 5\n    def main(:\n             ^\nSyntaxError: invalid syntax\n',
            "SyntaxError",
            "scripts/train.py",
            5,
        ),
        (
            f'Traceback (most recent call last):\n  File "{ROOT}/train.py", line 5, in <module>\n    import b\n'
            f'  File "{ROOT}/src/b.py", line 12\n    if x\n        ^\nIndentationError: unexpected indent\n',
            "IndentationError",
            "src/b.py",
            12,
        ),
        ("Sorry: IndentationError: unexpected indent (b.py, line 3)\n", "IndentationError", "b.py", 3),
    ],
)
def test_broken_syntax(text: str, error: str, file: str, line: int) -> None:
    failure = failed(text)
    assert failure.error == error
    assert failure.where is not None
    assert (failure.where.file, failure.where.line) == (file, line)


def test_a_worker_of_a_loader() -> None:
    text = traceback("ValueError: Caught ValueError in DataLoader worker process 0.").rstrip("\n")
    text += f'\nOriginal Traceback (most recent call last):\n  File "{ROOT}/data.py", line 3, in __getitem__\n    raise ValueError("x")\nValueError: x\n\n'
    failure = failed(text)
    assert failure.message == "x"
    assert failure.where is not None and failure.where.file == "data.py"


def test_of_several_processes_the_first_that_failed() -> None:
    zero = "".join(f"[rank0]: {line}\n" for line in traceback("KeyError: 'a'").splitlines())
    one = "".join(f"[rank1]: {line}\n" for line in traceback("KeyError: 'b'").splitlines())
    mixed = "\n".join(line for pair in zip(zero.splitlines(), one.splitlines(), strict=True) for line in pair)
    table = '\nTraceback (most recent call last):\n  File "/v/bin/torchrun", line 8, in <module>\n    main()\ntorch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n=====\ntrain.py FAILED\n'
    failure = failed(mixed + table)
    assert (failure.error, failure.message) == ("KeyError", "'a'")


def test_the_remote_traceback_of_a_pool() -> None:
    inner = f'"""\nTraceback (most recent call last):\n  File "{ROOT}/w.py", line 7, in work\n    f()\nValueError: inner\n"""\n'
    text = "concurrent.futures.process._RemoteTraceback: \n" + inner
    text += "\nThe above exception was the direct cause of the following exception:\n\n" + traceback(
        "ValueError: inner"
    )
    failure = failed(text)
    assert failure.where is not None and failure.where.file == "w.py"


def test_an_exception_group() -> None:
    text = (
        "  + Exception Group Traceback (most recent call last):\n"
        f'  |   File "{ROOT}/a.py", line 3, in main\n  |     run()\n  | ExceptionGroup: several (1 sub-exception)\n'
        "  +-+---------------- 1 ----------------\n    | Traceback (most recent call last):\n"
        f'    |   File "{ROOT}/b.py", line 3, in f\n    |     g()\n    | ValueError: a\n    +------------------------------------\n'
    )
    failure = failed(text)
    assert (failure.error, [one.error for one in failure.chain]) == ("ValueError", ["ExceptionGroup"])


def test_what_an_interpreter_says_when_it_crashes() -> None:
    text = f'Fatal Python error: Segmentation fault\n\nCurrent thread 0x7f (most recent call first):\n  File "{ROOT}/b.py", line 3 in inner\n  File "{ROOT}/b.py", line 9 in outer\n'
    failure = failed(text, rc=-11, ended="signal")
    assert failure.error == "SIGSEGV"
    assert failure.where is not None and failure.where.function == "inner"


@pytest.mark.parametrize(
    ("rc", "ended", "error"),
    [
        (-9, "signal", "SIGKILL"),
        (137, "exit", "SIGKILL"),
        (-9, "memory", "MemoryError"),
        (-15, "timeout", "Timeout"),
        (-7, "signal", "SIGBUS"),
    ],
)
def test_how_a_process_ended_without_a_word(rc: int, ended: str, error: str) -> None:
    assert failed("", rc=rc, ended=ended).error == error


def test_a_program_that_explains_itself() -> None:
    text = "reading\nerror: mini.yaml: 2 problems\n  - training.batchsize: unknown key\n  - lr = '3e-4': must be a valid number\n  -> correct the keys\n"
    failure = failed(text, rc=2)
    assert failure.error == ""
    assert failure.message.startswith("mini.yaml: 2 problems\n") and failure.message.endswith("-> correct the keys")
    assert (
        failed("usage: train.py [-h]\ntrain.py: error: unrecognized arguments: --foo\n", rc=2).message
        == "unrecognized arguments: --foo"
    )


def test_what_is_only_ignored_is_not_the_failure() -> None:
    after = "Exception ignored in: <function A.__del__ at 0x7f>\n" + traceback("AttributeError: y")
    assert failed(traceback("NameError: name 'x' is not defined") + after).error == "NameError"


def test_colours_and_progress_bars() -> None:
    bar = "\r 10%|█         | 5/50 [00:01<00:10, 4.0it/s]\r 20%|██        | 10/50 [00:02<00:10, 4.0it/s]"
    failure = failed(bar + PLAIN.replace("RuntimeError", "\x1b[31mRuntimeError\x1b[0m") + bar)
    assert failure.error == "RuntimeError"
    assert "it/s" not in failure.message + failure.log


def test_letters_of_all_languages() -> None:
    failure = failed(traceback("ValueError: 数据为空：第 3 行", "读取(文件)", file="数据/读.py"))
    assert failure.where is not None and failure.where.file == "数据/读.py"
    assert failure.message == "数据为空：第 3 行"
    assert failed("错误：配置不存在\n", rc=2).message == "配置不存在"


def test_the_same_trouble_has_the_same_signature() -> None:
    one = failed(traceback("OSError: /tmp/tmpab12cd34/model.bin at 0x7f12ab has 128 bytes, wanted 4,096", line=10))
    two = failed(traceback("OSError: /var/x/tmpzz99yy88/model.bin at 0x55 has 4 bytes, wanted 1", line=99))
    assert one.signature == two.signature


@pytest.mark.parametrize("other", ["KeyError: 'b'", "IndexError: 'a'"])
def test_other_trouble_has_another_signature(other: str) -> None:
    assert failed(traceback("KeyError: 'a'")).signature != failed(traceback(other)).signature


def test_a_huge_log_is_read() -> None:
    failure = failed("abc def 123\n" * 900_000 + PLAIN)
    assert failure.error == "RuntimeError" and len(failure.log) < 100_000


@given(st.text(max_size=400))
def test_no_text_is_too_strange(text: str) -> None:
    failure = failed(text)
    assert failure.signature and failed(text).signature == failure.signature


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60).filter(
        lambda text: text.strip() == text
    ),
    st.integers(1, 10**6),
)
def test_the_message_comes_back_as_it_was_written(message: str, line: int) -> None:
    failure = failed(traceback(f"ValueError: {message}" if message else "ValueError", line=line))
    assert failure.error == "ValueError"
    if message:
        assert failure.message == message
    assert failure.where is not None and failure.where.line == line
