"""Everything that can be raised on purpose.

AgentError
├── ConfigError         all mistakes of the files at once, each with its place   → the program ends with code 78
├── DriverError         which driver, while doing what
│   ├── DriverUnavailable   silence; the driver goes on trying by itself
│   ├── DriverRejected      the device understood and refused
│   └── DriverImplausible   a reading that cannot be true, or the wrong device
├── OcppError           CallTimedOut, CallRejected, PeerViolation (theirs), ProtocolMisuse (ours)
├── StoreError          StoreFull, StoreDamaged, StoreTooNew, TransactionOver
├── SecurityError       CertificateRefused, SecurityUnavailable
├── NotTold             a program of the system said nothing, and why
├── TransferError       TransferBroken, TransferDenied, TransferRefused, BadAddress, UnknownScheme
└── ControlError        NotPermitted, Busy, BadRequest                           → evsectl prints its text

A *fault* is not an exception: it is a state of the charger and lives in `core/faults/`.
"""


class AgentError(Exception):
    """Root of the tree; its text is written for a person."""


class ConfigError(AgentError):
    """The configuration cannot be used; `problems` holds one finished line for each finding."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DriverError(AgentError):
    """One operation of one driver failed. `driver` is the name used in the board file, `what` a sentence."""

    def __init__(self, driver: str, what: str) -> None:
        super().__init__(f"{driver}: {what}")
        self.driver = driver
        self.what = what


class DriverUnavailable(DriverError):
    """No answer; the driver goes on trying by itself."""


class DriverRejected(DriverError):
    """The device answered, and the answer was no."""


class WrongProof(DriverRejected):
    """The device wants proof of the unit's local key, and what it got was made with another one."""


class DriverImplausible(DriverError):
    """The device answered something that physics, or the configured model, rules out."""


class OcppError(AgentError):
    """Something between us and the central system."""


class CallTimedOut(OcppError):
    """No answer to a CALL within its deadline."""


class CallRejected(OcppError):
    """The peer answered with a CALLERROR; `code` is the peer's raw string."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}" if description else code)
        self.code = code
        self.description = description


class PeerViolation(OcppError):
    """The peer broke the protocol; `code` is the CALLERROR code to answer with, where an answer is due."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what


class ProtocolMisuse(OcppError):
    """We were about to break the protocol: a mistake of this program."""


class NotConnected(OcppError):
    """There is no answered connection, so nothing was sent."""


class StoreError(AgentError):
    """The store could not keep or give what was asked."""


class TransactionOver(StoreError):
    """Its stop is on record already, or none of that key ever began."""


class StoreFull(StoreError):
    """No space is left for a record that may not be dropped."""


class StoreDamaged(StoreError):
    """The database failed its check."""


class StoreTooNew(StoreError):
    """The database was written by a newer agent; going on would lose what it knows."""


class SecurityError(AgentError):
    """Something about keys and certificates."""


class CertificateRefused(SecurityError):
    """A certificate is none, or none to rely on; the text is the rest of a sentence that begins with it."""


class SecurityUnavailable(SecurityError):
    """This charger cannot work with certificates; the text says what is missing."""


class TransferError(AgentError):
    """A file was not sent or fetched. The text names the server and never a path, a name or a password."""


class TransferBroken(TransferError):
    """The way or the other side failed; another try may help."""


class TransferDenied(TransferError):
    """The other side does not let us; it may, once somebody has set that right."""


class TransferRefused(TransferError):
    """What the site allows forbids it: the machine, the size, or a server that cannot prove who it is."""


class BadAddress(TransferError):
    """The address is none."""


class UnknownScheme(TransferError):
    """Files do not travel that way here."""


class InstallerError(AgentError):
    """The installer of firmware could not do what it was asked; the text says why and what to check."""


class NotTold(AgentError):
    """A program of the system gave no answer; the text says why: not installed, refused, silent."""


class ControlError(AgentError):
    """A request on the local control socket is answered with this sentence."""


class NotPermitted(ControlError):
    """The caller's role is below the verb's."""


class Busy(ControlError):
    """The state of the charger forbids this now."""


class BadRequest(ControlError):
    """The request cannot be understood; the text says what to write instead."""
