"""`trek-etl record`: a run like any other, and one archive of all that it heard and began with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from etl.asking import Listener
from etl.bundle.archive import refuse_existing, write_archive
from etl.bundle.packing import ended_of, gather, pack
from etl.bundle.recording import Recorder
from etl.ending import ending_of
from etl.errors import InputError
from etl.options import Options, Outcome
from etl.pipeline import generate
from etl.settings import Settings


def generate_recorded(
    file: Path, options: Options, settings: Settings, listen: Listener, say: Callable[[str], None], *, is_strict: bool
) -> Outcome:
    """Run `generate` and write a bundle into the new `file`, also where the run fails; then its error is raised.

    Without a bundle end: a run that a person gave something wrong to (InputError: it names the place), and one that
    was interrupted. `say` hears where the bundle is. Raises InputError where it cannot be written or would hold a
    secret, but never in place of an error of the run.
    """
    refuse_existing(file)
    named, inputs = gather(options)
    recorder = Recorder()
    ending = ending_of(lambda: generate(options, settings, listen, recorder.seams), is_strict=is_strict)
    if isinstance(ending.came_to, InputError):
        raise ending.came_to
    try:
        ended = ended_of(ending, options.out)
        write_archive(file, pack(recorder, named, inputs, settings, ended, is_strict=is_strict))
        say(f"All that the run heard is in {file}; the same again: trek-etl replay {file}")
    except InputError as failure:
        if isinstance(ending.came_to, Outcome):
            raise
        say(f"No bundle was written: {failure}")
    if isinstance(ending.came_to, Outcome):
        return ending.came_to
    raise ending.came_to
