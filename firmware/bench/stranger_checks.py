"""What a host with another message table may do: give the board a new firmware, and nothing else."""

from binascii import unhexlify

from cbor import encode_places
from frames import frame
from kind import STORAGE, UPDATE, Kind
from memory_slots import MemorySlots
from messages import ANSWER, ASK, CLEAR, IDENTIFY, PUT, PUTS, RESULTS, TEST, WISH
from service_bench import ServiceBench
from signatures import IMAGE, KEY
from update import BLOCK_BYTES, HEADER_BYTES
from update import KEY as KEY_NAME
from wishes import wish_of

OTHER_TABLE = "00000000"
BUSY_MOST = 2_000


class StrangerBench(ServiceBench):
    """A board with two slots, and a host of another release."""

    def __init__(self, sparse: bool, names_itself: bool = True) -> None:
        super().__init__(sparse)
        self.host_talks = False
        self.hal.kind = Kind(has=STORAGE | UPDATE)
        self.slots = self.hal.slots = MemorySlots()
        self.hal.kept[KEY_NAME] = unhexlify(KEY)
        self.restart()
        self.run(1_000)
        self.restart()
        self.hal.to_board = b""
        self.board.link._host_agrees = self.board.link._host_named_itself = False
        if names_itself:
            self.name_itself()
        self.run(1_000)

    def name_itself(self) -> None:
        """Say the other table."""
        self.write(IDENTIFY, (1, OTHER_TABLE))
        self.touch()

    def is_answered(self, kind: int, fields: "tuple[object, ...]") -> bool:
        """Whether the board says anything to this request."""
        self.number += 1
        self.messages()
        self.write(kind, (self.number,) + fields)  # noqa: RUF005  # MicroPython has no such star
        self.run(200)
        return self.replies() != []

    def patiently(self, what: str, content: bytes, number: int = 0) -> str:
        """The first answer that is not "busy"."""
        for _ in range(BUSY_MOST):
            answer = self.put(what, content, number)
            if answer != "busy":
                return answer
            self.run(20)
        raise AssertionError("busy for ever")

    def send(self, octets: bytes, names_itself_each_time: bool = False) -> str:
        """A whole image; the last answer."""
        assert self.put("image_begin", octets[:HEADER_BYTES]) == "done"
        for number, start in enumerate(range(HEADER_BYTES, len(octets), BLOCK_BYTES)):
            if names_itself_each_time:
                self.name_itself()
            assert self.patiently("image", octets[start : start + BLOCK_BYTES], number) == "done"
        return self.patiently("image_end", b"")


def a_host_with_another_table_gives_the_board_a_new_firmware(sparse: bool) -> None:
    bench = StrangerBench(sparse)
    boots = bench.boots
    assert bench.send(unhexlify(IMAGE)) == "done"
    assert bench.slots.activated == 0
    bench.run(1_000)
    assert bench.boots == boots + 1


def an_update_goes_on_while_such_a_host_says_who_it_is(sparse: bool) -> None:
    bench = StrangerBench(sparse)
    assert bench.send(unhexlify(IMAGE), names_itself_each_time=True) == "done"
    assert bench.slots.activated == 0


def a_host_with_another_table_has_no_other_request(sparse: bool) -> None:
    bench = StrangerBench(sparse)
    for what in range(8):
        assert not bench.is_answered(ASK, (min(what, 6), 0))
    assert not bench.is_answered(CLEAR, (0x0401, "op", "why", bytes(64)))
    assert not bench.is_answered(TEST, (0, bytes(32), 0))
    for what in range(20):
        is_image = what < len(PUTS) and PUTS[what].startswith("image")
        assert bench.is_answered(PUT, (what, 0, b"")) == is_image, str(what)


def a_host_with_another_table_permits_nothing_while_it_flashes(sparse: bool) -> None:
    bench = StrangerBench(sparse)
    bench.show("B")
    bench.write(WISH, wish_of(77))
    bench.run(1_000)
    assert bench.board.interlock.situation.lease.sequence is None
    assert bench.put("image_begin", unhexlify(IMAGE)[:HEADER_BYTES]) == "not_now", "a car is plugged in"


def an_image_of_a_host_that_did_not_say_who_it_is_is_not_taken(sparse: bool) -> None:
    bench = StrangerBench(sparse, names_itself=False)
    assert not bench.is_answered(PUT, (PUTS.index("image_begin"), 0, unhexlify(IMAGE)[:HEADER_BYTES]))


def a_put_may_say_more_than_this_board_reads(sparse: bool) -> None:
    bench = StrangerBench(sparse)
    bench.messages()
    bench.hal.to_board += frame(encode_places((PUT, 900, PUTS.index("image_end"), 0, b"", "of a later release", 7)))
    bench.run(100)
    assert bench.replies() == [(ANSWER, [900, RESULTS.index("refused"), 0])]


def a_put_of_something_that_this_board_has_no_word_for_is_unknown(sparse: bool) -> None:
    bench = ServiceBench(sparse)
    assert bench.result(bench.request(PUT, (len(PUTS), 0, b""))) == "unknown"
    assert bench.result(bench.request(PUT, (255, 0, b""))) == "unknown"
