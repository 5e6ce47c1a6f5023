"""Every key of a TOML text is found on the line where it stands."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.settings.lines import line_index, line_of

TEXT = '''\
# a comment with [brackets] = "and equals"
include = [
    "one.toml",  # ] not the end
    "two.toml",
]
text = """
[not.a.table]
key = 1
"""

[store]
url = "sqlite:///a#b.db"
"quoted key" = 'x = [1'
dotted.inner.key = 3

[[source]]
id = "a"
every = "5m"
[source.options]
depth = 1

[[source]]
id = "b"
options = { depth = 2, deep = { er = [1, 2] } }

[channel.ops]
kind = "console"

[channel."with.dot"]
kind = "webhook"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("include",), 2),
        (("include", 0), 3),
        (("include", 1), 4),
        (("text",), 6),
        (("store",), 11),
        (("store", "url"), 12),
        (("store", "quoted key"), 13),
        (("store", "dotted", "inner", "key"), 14),
        (("source", 0), 16),
        (("source", 0, "every"), 18),
        (("source", 0, "options", "depth"), 20),
        (("source", 1), 22),
        (("source", 1, "id"), 23),
        (("source", 1, "options", "deep", "er", 1), 24),
        (("channel", "ops", "kind"), 27),
        (("channel", "with.dot", "kind"), 30),
    ],
)
def test_a_key_is_found_where_it_stands(path: tuple[str | int, ...], line: int) -> None:
    assert line_index(TEXT)[path] == line


def test_what_is_not_written_down_is_placed_at_the_nearest_thing_around_it() -> None:
    index = line_index(TEXT)
    assert line_of(index, ("source", 1, "url")) == 22
    assert line_of(index, ("web", "listen")) == 1


def test_the_index_knows_exactly_the_paths_of_the_value() -> None:
    assert _paths(tomllib.loads(TEXT)) <= set(line_index(TEXT))
    assert set(line_index(TEXT)) <= _paths(tomllib.loads(TEXT))


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_-]{1,6}", fullmatch=True),
        st.one_of(
            st.integers(0, 9).map(str),
            st.sampled_from(
                ['"a # b"', "'c = [d'", '"""\n[x]\n"""', "[1, [2, 3],\n 4]", "{ a = 1, b = [true] }", '"\\"]"', "1979-05-27", "[]"]
            ),
        ),
        max_size=6,
    )
)
def test_any_table_of_such_values_is_indexed_whole(table: dict[str, str]) -> None:
    text = "".join(f"{key} = {value}\n" for key, value in table.items())
    index = line_index(text)
    assert set(index) == _paths(tomllib.loads(text))
    lines = text.splitlines()
    for key in table:
        assert lines[index[key,] - 1].startswith(f"{key} =")


def _paths(value: object, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path} if path else set()
    if isinstance(value, dict):
        return found.union(*(_paths(v, (*path, k)) for k, v in value.items()))
    if isinstance(value, list):
        return found.union(*(_paths(v, (*path, i)) for i, v in enumerate(value)))
    return found
