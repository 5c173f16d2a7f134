"""The guide as TypeScript: compiled by the real compiler, evaluated by the real engine."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from export_factory import HEADER, HOSTILE_TITLE, release
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import ContractBroken
from etl.load.typescript import constant_name, guide_to_typescript, string_literal
from etl.published.guide import build_guide

HERE = Path(__file__).parent
TSC = HERE.parents[1] / ".tools" / "node_modules" / ".bin" / "tsc"

Guide = list[dict[str, Any]]


def node() -> str:
    found = shutil.which("node")
    if found is None:
        missing("node is not on the PATH: install Node.js 20 or newer (https://nodejs.org), then run `make tools`")
    return str(found)


def missing(what: str) -> None:
    """A machine of a person may lack the tool; one that decides about a merge may not."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def compile_errors(folder: Path, source: str) -> str:
    """What the compiler says about `source` under the contract; "" is a pass."""
    node()
    if not TSC.exists():
        pytest.fail(f"{TSC} is not there: run `make tools`")
    shutil.copy(HERE / "typescript" / "contract.ts", folder)
    (folder / "star-trek-data.ts").write_text(source, encoding="utf-8")
    command = [str(TSC), "--strict", "--noEmit", "--target", "es2022", "contract.ts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr if done.returncode else ""


# --- the compiler ---


def test_the_guide_keeps_the_contract_of_its_consumer(tmp_path: Path) -> None:
    assert compile_errors(tmp_path, guide_to_typescript(build_guide(release()), HEADER, franchise="star_trek")) == ""


def without_notes(guide: Guide) -> None:
    del guide[0]["items"][0]["notes"]


def with_unknown_connection(guide: Guide) -> None:
    guide[1]["items"][0]["episodeData"][0]["connections"][0]["connectionType"] = "rumour"


def with_number_as_text(guide: Guide) -> None:
    guide[1]["items"][0]["episodeData"][0]["season"] = "1"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (without_notes, "Types of property 'notes' are incompatible"),
        (with_unknown_connection, '"rumour"'),
        (with_number_as_text, "Type 'string' is not assignable to type 'number'"),
    ],
)
def test_a_wrong_guide_does_not_compile(tmp_path: Path, spoil: Callable[[Guide], None], told: str) -> None:
    guide = copy.deepcopy(build_guide(release()))
    spoil(guide)
    assert told in compile_errors(tmp_path, guide_to_typescript(guide, [], franchise="star_trek"))


def test_a_header_cannot_become_code(tmp_path: Path) -> None:
    hostile = ["*/ broken(", "a\nbroken(", "b\r\u2028broken(\u2029broken(", "", "</script>\x00\ud800 \u202eend"]
    source = guide_to_typescript(build_guide(release()), hostile, franchise="star_trek")
    assert source.startswith(
        "// */ broken(\n// a\n// broken(\n// b\n//\n// broken(\n// broken(\n//\n// < /script>\\ud800 end\n\nexport "
    )
    assert compile_errors(tmp_path, source) == ""


@pytest.mark.parametrize(("is_ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_machine_without_node(monkeypatch: pytest.MonkeyPatch, is_ci: str, outcome: type[BaseException]) -> None:
    monkeypatch.setenv("CI", is_ci)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(outcome, match="make tools"):
        node()


# --- the engine ---


def evaluated(folder: Path, literals: list[str]) -> list[list[int]]:
    """The UTF-16 units that the engine reads out of the literals."""
    module = folder / "literals.js"
    module.write_text(f"module.exports = [\n{','.join(literals)}]", encoding="utf-8")
    code = "for (const s of require(process.argv[1])) console.log(JSON.stringify(s.split('').map(c => c.charCodeAt())))"
    done = subprocess.run([node(), "-e", code, module], capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def units(text: str) -> list[int]:
    raw = text.encode("utf-16-le", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "little") for at in range(0, len(raw), 2)]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("literals")


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(st.text(st.characters(exclude_categories=[])), min_size=200, max_size=200))
def test_any_text_reads_back_as_it_was(scratch: Path, texts: list[str]) -> None:
    assert evaluated(scratch, [string_literal(text) for text in texts]) == [units(text) for text in texts]


def test_texts_that_want_to_be_code_read_back_as_they_were(scratch: Path) -> None:
    texts = [
        HOSTILE_TITLE,
        *(chr(code) for code in range(0x300)),
        *(chr(code) for code in range(0x2000, 0x2100)),
        *(chr(code) for code in range(0xD7FE, 0xE001)),
        "\\'", "\\\\'", "'\\", '"\\', "\\n", "\\u0041", "</SCRIPT", "<!--", "\ud83d\ude00", "\ude00\ud83d", "\x000",
    ]  # fmt: skip
    assert evaluated(scratch, [string_literal(text) for text in texts]) == [units(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("", "''"),
        ("plain", "'plain'"),
        ("It's", '"It\'s"'),
        ('It\'s "so"', "'It\\'s \"so\"'"),
        ("''\"", '"\'\'\\""'),
        ("a\\b\n\r\t", "'a\\\\b\\n\\r\\t'"),
        ("</script><!-- <b>", "'\\u003c/script>\\u003c!-- <b>'"),
        ("\x00\x7f\u2028\u2029\u202e\ufeff", "'\\u0000\\u007f\\u2028\\u2029\\u202e\\ufeff'"),
        ("\ud800é昨🖖", "'\\ud800é昨🖖'"),
    ],
)
def test_literals(text: str, literal: str) -> None:
    assert string_literal(text) == literal


# --- the layout ---

GOLDEN = """\
// One line.

export const starTrekData = [
  {
    id: 'tng_era',
    'odd key': true,
    description:
      'ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',
    year: 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy',
    items: [],
    guestStars: ['one', "it's"],
    plotPoints: [
      'pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp',
    ],
    connections: [
      {
        connectionType: 'event' as const,
        none: {},
        number: 1.5,
      },
    ],
  },
]
"""


def test_layout() -> None:
    guide = [
        {
            "id": "tng_era",
            "odd key": True,
            "description": "d" * 81,
            "year": "y" * 100,
            "items": [],
            "guestStars": ["one", "it's"],
            "plotPoints": ["p" * 80],
            "connections": [{"connectionType": "event", "none": {}, "number": 1.5}],
        }
    ]
    assert guide_to_typescript(guide, ["One line."], franchise="star_trek") == GOLDEN


@pytest.mark.parametrize(
    ("text", "is_broken"),
    [("d" * 80, False), ("d" * 81, True), ("昨" * 40, False), ("昨" * 41, True), ("e\u0301" * 80, False)],
)
def test_a_long_text_goes_below_its_key(text: str, is_broken: bool) -> None:
    source = guide_to_typescript([{"description": text}], [], franchise="star_trek")
    assert (f"description:\n      '{text}'" in source) == is_broken


@pytest.mark.parametrize(("length", "is_broken"), [(79, False), (80, True)])
def test_a_long_list_goes_below_its_key(length: int, is_broken: bool) -> None:
    source = guide_to_typescript([{"plotPoints": ["p" * length]}], [], franchise="star_trek")
    assert ("plotPoints: [\n" in source) == is_broken


def test_an_empty_guide_without_a_header() -> None:
    assert guide_to_typescript([], [], franchise="stargate") == "export const stargateData = []\n"


@pytest.mark.parametrize(
    ("franchise", "name"),
    [
        ("star_trek", "starTrekData"),
        ("Stargate-SG1", "stargateSg1Data"),
        ("24", "_24Data"),
        ("x = alert(1)//", "xAlert1Data"),
        ("", "guideData"),
    ],
)
def test_the_name_of_the_export(franchise: str, name: str) -> None:
    assert constant_name(franchise) == name


@pytest.mark.parametrize("value", [float("nan"), object()])
def test_what_cannot_be_written_is_told(value: object) -> None:
    with pytest.raises(ContractBroken, match="cannot be written as TypeScript"):
        guide_to_typescript([{"id": value}], [], franchise="star_trek")
