"""From tokens to text that may be shown at once: nothing that is shown is ever taken back."""

from collections.abc import Sequence

from scratch_llm.tokenizers import Tokenizer

_REPLACEMENT = "\ufffd"
_LONGEST_TAIL = 3  # bytes of a character whose last byte is still to come, each of which may decode to U+FFFD
_WINDOW, _CONTEXT = 16, 4


class TextStream:
    """The text of one answer, in pieces.

    A character whose bytes are spread over several tokens appears once it is whole. Stop strings never appear, nor does
    anything after the first of them: what might become one is held back until it is clear. The pieces together are the
    same text however the tokens are grouped.
    """

    def __init__(self, tokenizer: Tokenizer, stop: Sequence[str] = ()) -> None:
        self._characters = _Characters(tokenizer)
        self._gate = _StopGate(stop)

    @property
    def stopped(self) -> bool:
        """Whether a stop string was found; no text comes after it."""
        return self._gate.stopped

    def push(self, ids: Sequence[int]) -> str:
        """Take new tokens and give the text that has become certain."""
        return "".join(self._gate.push(self._characters.push(token)) for token in ids)

    def finish(self) -> str:
        """Give what was held back; no token comes after this."""
        return self._gate.push(self._characters.finish()) + self._gate.finish()


class _Characters:
    """Decodes token by token, over a window of recent tokens: decoders look at neighbours to place spaces."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._window: list[int] = []
        self._text = ""  # of the window
        self._shown = 0  # characters of it

    def push(self, token: int) -> str:
        self._window.append(token)
        self._text = self._tokenizer.decode(self._window)
        whole = self._text.rstrip(_REPLACEMENT)
        certain = max(len(whole), len(self._text) - _LONGEST_TAIL)
        piece = self._text[self._shown : certain]
        self._shown = max(self._shown, certain)
        if len(self._window) >= _WINDOW and whole == self._text:
            self._shrink()
        return piece

    def finish(self) -> str:
        piece = self._text[self._shown :]
        self._shown = len(self._text)
        return piece

    def _shrink(self) -> None:
        # A context that is empty or begins inside a character would decode differently: then the window stays for now.
        context = self._window[-_CONTEXT:]
        text = self._tokenizer.decode(context)
        if text and self._text.endswith(text):
            self._window, self._text, self._shown = context, text, len(text)


class _StopGate:
    """Lets text through up to the stop string that is complete first."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = stop
        self._held = ""
        self.stopped = False

    def push(self, text: str) -> str:
        if self.stopped or not self._stop:
            return "" if self.stopped else text
        self._held += text
        found = [(at + len(stop), at) for stop in self._stop if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            return self._held[: min(found)[1]]
        return self._release(len(self._held) - self._possible_beginning())

    def finish(self) -> str:
        return "" if self.stopped else self._release(len(self._held))

    def _release(self, n: int) -> str:
        piece, self._held = self._held[:n], self._held[n:]
        return piece

    def _possible_beginning(self) -> int:
        """Length of the longest end of the held text that begins a stop string."""
        longest = max(len(stop) for stop in self._stop) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stop):
                return length
        return 0
