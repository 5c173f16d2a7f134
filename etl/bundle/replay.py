"""`trek-etl replay`: the recorded run once more, from the bundle alone, and whether it gives the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from etl.asking import Listener
from etl.bundle.bundle import Bundle, unpack
from etl.bundle.manifest import Ended, Manifest
from etl.bundle.packing import ended_of
from etl.bundle.replaying import Replayer
from etl.ending import Ending, ending_of
from etl.errors import ExitCode, InputError
from etl.pipeline import generate
from etl.settings import Settings
from etl.sources import SOURCES

_SHOWN_REQUESTS = 10


@dataclass(frozen=True)
class Replay:
    """How the recorded run ended, how it ended here, and what it asked here that it did not ask then."""

    recorded: Ended
    here: Ended
    ending: Ending
    unknown: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """As the recorded run, or 1 where anything differs."""
        return ExitCode(self.recorded.code) if self.here == self.recorded else ExitCode.CONTRACT_BROKEN

    def in_words(self) -> str:
        """A line a file, then what that means."""
        then, now = self.recorded, self.here
        names = sorted({*then.files, *now.files})
        lines = [f"{_compared(then.files.get(name), now.files.get(name)):<9}  {name}" for name in names]
        if then.refusal or now.refusal:
            lines.append(f"{_compared(then.refusal, now.refusal):<9}  the report of what was refused")
        lines += [f"Not in the bundle: {request}" for request in self.unknown[:_SHOWN_REQUESTS]]
        if len(self.unknown) > _SHOWN_REQUESTS:
            lines.append(f"and {len(self.unknown) - _SHOWN_REQUESTS} more requests")
        ends = f"The recorded run ended with {then.code}, this one with {now.code}"
        lines.append(f"{ends}: {'nothing differs' if now == then else 'they DIFFER'}.")
        return "\n".join(lines) + "\n"


def replay(bundle: Bundle, out: Path | None, listen: Listener) -> Replay:
    """Run `generate` on what was recorded, into the new folder `out` or one that is thrown away."""
    manifest = bundle.manifest
    with TemporaryDirectory(prefix="trek-etl-replay-") as temporary:
        folder = Path(temporary) / "inputs"
        folder.mkdir()
        options = unpack(bundle, folder, out or Path(temporary) / "outputs")
        replayer = Replayer(bundle.transcripts, bundle.last)
        ending = ending_of(
            lambda: generate(options, _settings(manifest), listen, replayer.seams), is_strict=manifest.is_strict
        )
        return Replay(manifest.ended, ended_of(ending, options.out), ending, tuple(dict.fromkeys(replayer.unknown)))


def refuse_used(out: Path) -> None:
    """Raise InputError where `out` has anything in it: what is published for others is not to be replaced."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError("is not an empty folder.", file=out, where="--out", mend="Name a new one.")


def _settings(manifest: Manifest) -> Settings:
    """Nothing of the surroundings here: which sources had a key is all that a run without sources wants to know."""
    keyed = [name for name, source in SOURCES.items() if source.needs_key and name in manifest.keys]
    return Settings.model_construct(None, **{f"{name}_api_key": SecretStr("recorded") for name in keyed})


def _compared(then: str | None, now: str | None) -> str:
    if then is None:
        return "NEW"
    if now is None:
        return "MISSING"
    return "same" if then == now else "DIFFERENT"
