"""Where a new program goes: the seam between the update and the board's storage. Two slots, of which one runs."""

CONFIRMED = 0
TRIED = 2
FELL_BACK = 3
"""Of the running program, as the loader counts: in order, on trial, here because its successor failed."""


class Slots:
    """Calls that write may take longer than the charge pump endures: asked only while the coil has no current.

    They raise OSError where the medium refuses.
    """

    platform = ""
    """`sys.platform` of the interpreter that will run the image."""

    def standing(self) -> int:
        """CONFIRMED, TRIED or FELL_BACK."""
        raise NotImplementedError

    def epoch(self) -> int:
        """Images of a lower one are refused."""
        raise NotImplementedError

    def head(self, running: bool) -> bytes:
        """The first 200 bytes of the manifest of the running image or of the other one; b"" where there is none."""
        raise NotImplementedError

    def names(self) -> "list[str]":
        """The files in the other slot."""
        raise NotImplementedError

    def remove(self, name: str) -> None:
        """One file of the other slot."""
        raise NotImplementedError

    def append(self, name: str, content: bytes) -> None:
        """To the end of a file of the other slot."""
        raise NotImplementedError

    def read(self, name: str, offset: int, size: int) -> bytes:
        """A piece of a file of the other slot."""
        raise NotImplementedError

    def activate(self, epoch: int) -> bool:
        """Put the other slot on trial from the next start on; False where the program cannot be exchanged."""
        raise NotImplementedError

    def confirm(self) -> None:
        """The running program has proven itself."""
        raise NotImplementedError
