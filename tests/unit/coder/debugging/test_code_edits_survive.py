"""Whatever the source, an edit gives Python or nothing, and leaves every line alone that it does not mean."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coder.debugging.code_edits.calls import AddKeyword, RemoveKeyword, RenameKeyword, SetKeyword
from agents.coder.debugging.code_edits.edits import CodeEdit
from agents.coder.debugging.code_edits.imports import AddImport
from agents.coder.debugging.code_edits.names import Rename
from agents.coder.debugging.code_edits.rewrite import Replace
from agents.coder.debugging.code_edits.statements import RemoveStatement

_NAMES = st.sampled_from(["a", "b", "x", "数", "é_"])
_ATOMS = _NAMES | st.sampled_from(
    ["1", "2.5", "'é'", '"#,("', "None", 'f"{a}, {b!r}"', "(1,)", "[a, b]", "{'a': 1}", "lambda: a"]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("{}.m({})".format, _NAMES, inner),
        st.builds("f({}, a={})".format, inner, inner),
        st.builds("g(\n    {},  # ein Wort, 一\n    a={},\n    b={},\n)".format, inner, inner, inner),
        st.builds("f(a={},)".format, inner),
        st.builds("f(*{}, **{})".format, _NAMES, _NAMES),
        st.builds("[i for i in {} if i]".format, _NAMES),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    )


_EXPRESSIONS = st.recursive(_ATOMS, _grown, max_leaves=6)
_STATEMENTS = st.one_of(
    st.builds("{} = {}".format, _NAMES, _EXPRESSIONS),
    _EXPRESSIONS.map(str),
    st.builds("if {}:\n    {} = 1  # bleibt".format, _EXPRESSIONS, _NAMES),
    st.builds("def h(a, *, b={}):\n    '''长'''\n    return a".format, _ATOMS),
    st.builds("a = {}; b = 2".format, _ATOMS),
)
_SOURCES = st.lists(_STATEMENTS, min_size=1, max_size=6).map(lambda lines: "# Kopf\n" + "\n".join(lines) + "\n")
_EDITS: st.SearchStrategy[CodeEdit] = st.one_of(
    st.builds(RenameKeyword, old=st.just("a"), new=st.just("neu")),
    st.builds(RemoveKeyword, name=st.sampled_from(["a", "b"])),
    st.builds(AddKeyword, call=st.just(["f"]), name=st.just("neu"), value=_EXPRESSIONS),
    st.builds(SetKeyword, call=st.just(["g"]), name=st.just("a"), value=_EXPRESSIONS),
    st.builds(AddImport, module=st.sampled_from(["math", "torch"])),
    st.builds(Rename, old=st.just("a"), new=st.just("neu")),
    st.builds(
        Replace,
        find=st.sampled_from(["f($x, a=$y)", "$x + $y", "a", "$x.m($y)"]),
        put=st.sampled_from(["$x", "h($x)", "-$x", "$x.to(1)"]),
    ),
    st.builds(RemoveStatement, at=st.sampled_from(["a = $x", "f(*$r, **$k)"])),
)


@settings(max_examples=150, deadline=None)
@given(_SOURCES, _EDITS)
def test_what_comes_out_is_python_and_comments_survive(source: str, edit: CodeEdit) -> None:
    after = edit.apply(source)
    if after is not None:
        ast.parse(after)
        assert after.startswith("# Kopf\n")
        assert after.count("# bleibt") <= source.count("# bleibt")


@settings(max_examples=100, deadline=None)
@given(_SOURCES)
def test_a_name_changes_and_nothing_else(source: str) -> None:
    """Renaming there and back gives the very same text."""
    there = Rename(old="x", new="neu").apply(source)
    if there is not None:
        assert Rename(old="neu", new="x").apply(there) == source


@settings(max_examples=100, deadline=None)
@given(_SOURCES)
def test_a_keyword_that_was_added_can_be_taken_out_again(source: str) -> None:
    there = AddKeyword(call=["f"], name="neu", value="1").apply(source)
    if there is not None:
        back = RemoveKeyword(name="neu").apply(there)
        assert back is not None
        assert ast.dump(ast.parse(back)) == ast.dump(ast.parse(source))


@settings(max_examples=100, deadline=None)
@given(_SOURCES, _EXPRESSIONS)
def test_a_wrapped_expression_can_be_unwrapped(source: str, inner: str) -> None:
    there = Replace(find="x", put="wrapped(x)").apply(source)
    if there is not None:
        back = Replace(find="wrapped($e)", put="$e").apply(there)
        assert back is not None
        assert ast.dump(ast.parse(back)) == ast.dump(ast.parse(source))
