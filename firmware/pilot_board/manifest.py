"""The text that names everything in a firmware image: what is signed is its SHA-256. Read line by line.

    pilot-board-image 1
    version 0.2.0
    board pilot-board
    platform rp2
    epoch 0
    table 2c64d94c
    key 6fa1b2c3
    file board.py 5013 (64 hexadecimal digits)

One text for one content: these lines in this order, files by ascending name, one space between words, a line feed at
the end of each line, no number with a leading zero.
"""

from binascii import unhexlify

FIRST = "pilot-board-image 1"
HEAD = ("version", "board", "platform", "epoch", "table", "key")
FILE = "file"
PROGRAM = "main.py"
"""What the loader starts: no image is without."""

MOST_BYTES = 12_288
MOST_FILES = 120
MOST_FILE_BYTES = 65_536
MOST_CONTENT_BYTES = 600_000
"""Two slots in the 1.4 MB that the file system of a board with 2 MB has."""
MOST_EPOCH = 0xFFFFFFFF
MOST_NAME = 40
MOST_WORD = 32
DIGITS = "0123456789"
HEX = DIGITS + "abcdef"
NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz_" + DIGITS
WORD_CHARACTERS = NAME_CHARACTERS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ.+-"


class ManifestError(ValueError):
    """A text that is no manifest; the reason is its only argument."""


class Manifest:
    """Filled by `read` with one line after the other, and finished by `close`."""

    def __init__(self) -> None:
        self.head: dict[str, str] = {}
        self.files: list[tuple[str, int, bytes]] = []
        """Name, size and SHA-256 of each, in the order of the contents."""
        self.content_bytes = 0
        self.epoch = 0
        self._lines = 0

    def read(self, line: str) -> None:
        """Take the next line, without its end. ManifestError where it is not what belongs there."""
        place = self._lines
        self._lines += 1
        if place == 0:
            if line != FIRST:
                raise ManifestError("format")
        elif place <= len(HEAD):
            name, _, word = line.partition(" ")
            if name != HEAD[place - 1] or not is_word(word):
                raise ManifestError("head")
            self.head[name] = word
            if name == "epoch":
                self.epoch = number(word, MOST_EPOCH)
        else:
            self._file(line.split(" "))

    def _file(self, words: "list[str]") -> None:
        if len(words) != 4 or words[0] != FILE or len(words[3]) != 64:
            raise ManifestError("file")
        _, name, size, digest = words
        if not is_name(name) or (self.files and name <= self.files[-1][0]):
            raise ManifestError("name")
        if not has_only(HEX, digest):
            raise ManifestError("digest")
        entry = (name, number(size, MOST_FILE_BYTES), unhexlify(digest))
        self.files.append(entry)
        self.content_bytes += entry[1]
        if len(self.files) > MOST_FILES or self.content_bytes > MOST_CONTENT_BYTES:
            raise ManifestError("size")

    def close(self) -> None:
        """There are no more lines."""
        if len(self.head) < len(HEAD) or PROGRAM not in [name for name, _, _ in self.files]:
            raise ManifestError("incomplete")


def has_only(characters: str, word: str) -> bool:
    """No other character is in the word. One call of the interpreter's own: a loop here would be felt by the 5 ms."""
    return word.strip(characters) == ""


def number(word: str, most: int) -> int:
    """A decimal number in its one form. ManifestError for any other text, and above `most`."""
    if not 0 < len(word) <= 10 or not has_only(DIGITS, word):
        raise ManifestError("number")
    value = int(word)
    if str(value) != word or value > most:
        raise ManifestError("number")
    return value


def is_word(word: str) -> bool:
    """Letters, digits and a few signs, as short as a name is."""
    return 0 < len(word) <= MOST_WORD and has_only(WORD_CHARACTERS, word)


def is_name(name: str) -> bool:
    """A file of the program, in the slot's folder or one below: nothing can point out of it."""
    if len(name) > MOST_NAME or not name.endswith(".py"):
        return False
    folder, slash, file = name[:-3].rpartition("/")
    return file != "" and (folder != "" or slash == "") and has_only(NAME_CHARACTERS, folder + file)


def version_of(text: bytes) -> str:
    """What a manifest's text calls itself; "none" where it is none. Looks at the head alone."""
    lines = bytes(text[:200]).split(b"\n")
    if len(lines) < 3 or lines[0] != FIRST.encode() or not lines[1].startswith(b"version "):
        return "none"
    try:
        version = lines[1][8:].decode()
    except UnicodeError:
        return "none"
    return version if is_word(version) else "none"
