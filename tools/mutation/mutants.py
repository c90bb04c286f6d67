"""Every single mistake that we make in a module on purpose, as the text of the changed module.

Left alone: annotations, docstrings, imports, `TYPE_CHECKING` (the board never sees what stands below it), and the
removal of module constants, which every import would notice.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}
EXTREMES = {"min": "max", "max": "min"}
TYPES_ONLY = "TYPE_CHECKING"

Place = ast.expr | ast.stmt
"""A piece of the source that something else may take the place of."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: where (path from the top of the tree, line), and the whole text with it."""

    path: str
    line: int
    text: str
    diff: str

    @property
    def module(self) -> str:
        """The name by which the board's modules import this one."""
        return Path(self.path).stem


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Every mutant of this module, in the order of its lines, none twice."""
    found: dict[str, Mutant] = {}
    for node, replacement in replacements(ast.parse(source)):
        text = spliced(source, node, replacement)
        found.setdefault(text, Mutant(path, node.lineno, text, difference(source, text)))
    return sorted(found.values(), key=lambda mutant: mutant.line)


def spliced(source: str, place: Place, replacement: ast.AST) -> str:
    """The source with the text of one node replaced."""
    lines = source.encode().splitlines(keepends=True)
    assert place.end_lineno is not None and place.end_col_offset is not None, "a parsed node has its end"
    text = ast.unparse(replacement)
    if isinstance(replacement, ast.BoolOp | ast.BinOp | ast.Compare | ast.UnaryOp):
        text = f"({text})"
    start, end = place.lineno - 1, place.end_lineno - 1
    before, after = lines[start][: place.col_offset], lines[end][place.end_col_offset :]
    return b"".join([*lines[:start], before, text.encode(), after, *lines[end + 1 :]]).decode()


def difference(before: str, after: str) -> str:
    """The changed lines alone, with - and +."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines[3:])


def replacements(tree: ast.Module) -> Iterator[tuple[Place, ast.AST]]:
    """Every node that is changed, with what takes its place."""
    for node, in_function in code_of(tree):
        for replacement in mistakes(node):
            yield node, replacement
        if isinstance(node, ast.If | ast.While | ast.IfExp) and not is_told_by_itself(node.test):
            yield node.test, ast.UnaryOp(ast.Not(), node.test)
        if in_function and isinstance(node, ast.stmt):
            yield from ((node, replacement) for replacement in omissions(node))


def code_of(node: ast.AST, in_function: bool = False) -> Iterator[tuple[Place, bool]]:
    """Everything that runs on the board, and whether it stands in a function."""
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        in_function = True
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or is_left_alone(child):
                continue
            if isinstance(child, ast.expr | ast.stmt):
                yield child, in_function
            if not is_negative_number(child):
                yield from code_of(child, in_function)


def is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name == TYPES_ONLY
        case _:
            return False


def is_negative_number(node: ast.AST) -> bool:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return True
        case _:
            return False


def mistakes(node: Place) -> Iterator[ast.AST]:
    """What may stand in this node's place by mistake."""
    match node:
        case ast.Compare():
            yield from compared_otherwise(node)
        case ast.BoolOp():
            yield from joined_otherwise(node)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            yield from (ast.Constant(-number + 1), ast.Constant(-number - 1))
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            yield ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)
        case ast.AugAssign() if type(node.op) in ARITHMETIC:
            yield ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)
        case ast.Constant(value=bool(flag)):
            yield ast.Constant(not flag)
        case ast.Constant(value=int(number)):
            yield from (ast.Constant(number + 1), ast.Constant(number - 1))
        case ast.Constant(value=str()):
            yield ast.Constant("")
        case ast.Call(func=ast.Name(id=name)) if name in EXTREMES:
            yield ast.Call(ast.Name(EXTREMES[name]), node.args, node.keywords)


def is_told_by_itself(test: ast.expr) -> bool:
    """Its opposite is among its own mistakes already."""
    return isinstance(test, ast.UnaryOp) or (isinstance(test, ast.Compare) and len(test.ops) == 1)


def compared_otherwise(node: ast.Compare) -> Iterator[ast.AST]:
    """Each comparison of a chain by its neighbour and by its opposite."""
    for place, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            yield ast.Compare(node.left, [*node.ops[:place], other(), *node.ops[place + 1 :]], node.comparators)


def joined_otherwise(node: ast.BoolOp) -> Iterator[ast.AST]:
    """`and` for `or` and the other way round, and each operand left out."""
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for place in range(len(node.values)):
        kept = node.values[:place] + node.values[place + 1 :]
        yield kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)


def omissions(node: ast.stmt) -> Iterator[ast.AST]:
    """What the statement becomes when somebody forgot it."""
    match node:
        case ast.Return(value=ast.expr() as value) if not is_none(value):
            yield ast.Return(None)
        case ast.Return(value=None) | ast.Assign() | ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.AnnAssign(value=ast.expr()):
            yield ast.Pass()


def is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
