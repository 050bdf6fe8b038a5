"""Functions of whole numbers as machine code: the few kinds of syntax nodes that rules need, told to LLVM.

Every value is a 64-bit integer or a truth. What a function is handed are integers and arrays, of which no two overlap
where one is written to: so the compiler may do several members or households at once.
"""

import ast
import ctypes
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import llvmlite.binding as llvm
import numpy as np

NUMBER, TRUTH = "i64", "i1"
_COMPARED = {ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge", ast.Eq: "eq", ast.NotEq: "ne"}
_WORKED_OUT = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}
# What the processor tells of a word's bits.
_BITS = {"ones": "call i64 @llvm.ctpop.i64(i64 {})", "lowest": "call i64 @llvm.cttz.i64(i64 {}, i1 false)"}
_DECLARED = "declare i64 @llvm.ctpop.i64(i64)\ndeclare i64 @llvm.cttz.i64(i64, i1)\n"
_one_at_a_time = Lock()
# What was loaded stays loaded: functions point into it.
_loaded: list[Any] = []


@dataclass(frozen=True)
class Array:
    """An argument that holds numbers of a kind; one of two dimensions has rows of a written width."""

    name: str
    kind: str
    width: int = 0


@dataclass(frozen=True)
class Value:
    """A value in the code."""

    text: str
    kind: str = NUMBER


def text(function: ast.FunctionDef, arrays: Mapping[str, Array], called: Iterable[ast.FunctionDef]) -> str:
    """A function and those that it calls, in LLVM's language. Arguments that are no arrays are integers."""
    parts = [_Function(each, {}, "internal").text() for each in called]
    return "\n".join([_DECLARED, *parts, _Function(function, arrays, "").text()])


def compiled(source: str) -> bytes:
    """The machine code of functions, for this processor."""
    with _one_at_a_time:
        target = _target()
        module = llvm.parse_assembly(source)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization, options.loop_interleaving = True, False
        builder = llvm.create_pass_builder(target, options)
        builder.getModulePassManager().run(module, builder)
        return target.emit_object(module)


def loaded(code: bytes, name: str, arguments: Sequence[bool]) -> Callable[..., None]:
    """A function of machine code; `arguments` says which are arrays."""
    with _one_at_a_time:
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        address = engine.get_function_address(name)
        _loaded.append(engine)
    kinds = (ctypes.c_void_p if is_array else ctypes.c_int64 for is_array in arguments)
    run = ctypes.CFUNCTYPE(None, *kinds)(address)

    def call(*values: Any) -> None:
        run(
            *(
                each.__array_interface__["data"][0] if isinstance(each, np.ndarray) else each
                for each in values
            )
        )

    return call


def processor() -> str:
    """What tells one processor and one compiler from another."""
    return f"{llvm.llvm_version_info} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def _target() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3,
        codemodel="jitdefault", jit=True,
    )  # fmt: skip


class _Function:
    """One function, statement by statement."""

    def __init__(self, tree: ast.FunctionDef, arrays: Mapping[str, Array], linkage: str) -> None:
        self._tree, self._arrays, self._linkage = tree, arrays, linkage
        self._lines: list[str] = []
        self._rooms: list[str] = []
        self._values: dict[str, Value] = {}
        self._count = 0
        self._changing = _changing(tree)

    def text(self) -> str:
        """The whole function."""
        arguments = [argument.arg for argument in self._tree.args.args]
        given = ", ".join(
            f"ptr noalias %{name}" if name in self._arrays else f"i64 %{name}" for name in arguments
        )
        for name in sorted(self._changing):
            self._rooms.append(f"%at.{name} = alloca i64")
        for name in arguments:
            if name in self._changing:
                self._lines.append(f"store i64 %{name}, ptr %at.{name}")
            elif name not in self._arrays:
                self._values[name] = Value(f"%{name}")
        self._all(self._tree.body)
        size = _returned(self._tree)
        kind = "void" if size == 0 else "i64" if size == 1 else f"{{{', '.join(['i64'] * size)}}}"
        if size == 0:
            self._lines.append("ret void")
        body = "\n".join(["begin:", *self._rooms, *self._lines])
        # Small functions become part of those that call them.
        small = "alwaysinline " if self._linkage else ""
        return f"define {self._linkage} {kind} @{self._tree.name}({given}) {small}nounwind {{\n{body}\n}}\n"

    # Statements

    def _all(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            _STATEMENTS[type(statement)](self, statement)

    def _assign(self, node: ast.Assign) -> None:
        [target] = node.targets
        if isinstance(target, ast.Tuple):
            names = [each.id for each in target.elts if isinstance(each, ast.Name)]
            for name, value in zip(names, self._several(node.value, len(names)), strict=True):
                self._set(name, value)
        elif isinstance(target, ast.Name):
            self._set(target.id, self._value(node.value))
        else:
            assert isinstance(target, ast.Subscript)
            kind, place = self._element(target)
            value = self._number(node.value)
            if kind != NUMBER:
                value = self._made(f"trunc i64 {value} to {kind}")
            self._lines.append(f"store {kind} {value}, ptr {place}")

    def _several(self, node: ast.expr, size: int) -> list[Value]:
        if isinstance(node, ast.Tuple):
            return [self._value(each) for each in node.elts]
        found, kind = self._value(node), ", ".join(["i64"] * size)
        return [Value(self._made(f"extractvalue {{{kind}}} {found.text}, {n}")) for n in range(size)]

    def _set(self, name: str, value: Value) -> None:
        if name in self._changing:
            self._lines.append(f"store i64 {self._wide(value)}, ptr %at.{name}")
        else:
            self._values[name] = value

    def _changed(self, node: ast.AugAssign) -> None:
        assert isinstance(node.target, ast.Name)
        self._set(node.target.id, self._operation(ast.BinOp(ast.Name(node.target.id), node.op, node.value)))

    def _for(self, node: ast.For) -> None:
        assert isinstance(node.target, ast.Name)
        assert isinstance(node.iter, ast.Call)
        bounds = [self._number(each) for each in node.iter.args]
        first, last = bounds if len(bounds) > 1 else ("0", *bounds)
        name, (head, body, end) = node.target.id, self._blocks("head", "body", "end")
        self._lines += [f"store i64 {first}, ptr %at.{name}", f"br label %{head}", f"{head}:"]
        place = self._made(f"load i64, ptr %at.{name}")
        more = self._made(f"icmp slt i64 {place}, {last}")
        self._lines += [f"br i1 {more}, label %{body}, label %{end}", f"{body}:"]
        self._all(node.body)
        following = self._made(f"add nsw i64 {place}, 1")
        self._lines += [f"store i64 {following}, ptr %at.{name}", f"br label %{head}", f"{end}:"]

    def _while(self, node: ast.While) -> None:
        head, end = self._blocks("head", "end")
        self._lines += [f"br label %{head}", f"{head}:"]
        # What is asked next may be asked only where what came before holds.
        for test in node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]:
            holds, [more] = self._truth(test), self._blocks("more")
            self._lines += [f"br i1 {holds}, label %{more}, label %{end}", f"{more}:"]
        self._all(node.body)
        self._lines += [f"br label %{head}", f"{end}:"]

    def _if(self, node: ast.If) -> None:
        holds, (then, end) = self._truth(node.test), self._blocks("then", "end")
        self._lines += [f"br i1 {holds}, label %{then}, label %{end}", f"{then}:"]
        self._all(node.body)
        self._lines += [f"br label %{end}", f"{end}:"]

    def _return(self, node: ast.Return) -> None:
        assert node.value is not None
        if not isinstance(node.value, ast.Tuple):
            self._lines.append(f"ret i64 {self._number(node.value)}")
            return
        kind, whole = f"{{{', '.join(['i64'] * len(node.value.elts))}}}", "undef"
        for place, each in enumerate(node.value.elts):
            whole = self._made(f"insertvalue {kind} {whole}, i64 {self._number(each)}, {place}")
        self._lines.append(f"ret {kind} {whole}")

    def _nothing(self, _node: ast.stmt) -> None:
        """A docstring, or a body of nothing."""

    # Values

    def _value(self, node: ast.expr) -> Value:
        return _VALUES[type(node)](self, node)

    def _number(self, node: ast.expr) -> str:
        return self._wide(self._value(node))

    def _truth(self, node: ast.expr) -> str:
        value = self._value(node)
        assert value.kind == TRUTH
        return value.text

    def _wide(self, value: Value) -> str:
        return value.text if value.kind == NUMBER else self._made(f"zext i1 {value.text} to i64")

    def _name(self, node: ast.Name) -> Value:
        if node.id in self._changing:
            return Value(self._made(f"load i64, ptr %at.{node.id}"))
        return self._values[node.id]

    def _constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, bool):
            return Value(str(node.value).lower(), TRUTH)
        assert isinstance(node.value, int)
        return Value(str(node.value))

    def _operation(self, node: ast.BinOp) -> Value:
        left, right = self._value(node.left), self._value(node.right)
        if isinstance(node.op, (ast.BitAnd, ast.BitOr)):
            name = "and" if isinstance(node.op, ast.BitAnd) else "or"
            if left.kind == right.kind == TRUTH:
                return Value(self._made(f"{name} i1 {left.text}, {right.text}"), TRUTH)
            return Value(self._made(f"{name} i64 {self._wide(left)}, {self._wide(right)}"))
        one, other = self._wide(left), self._wide(right)
        if type(node.op) in _WORKED_OUT:
            return Value(self._made(f"{_WORKED_OUT[type(node.op)]} i64 {one}, {other}"))
        return self._divided(one, other, rest=isinstance(node.op, ast.Mod))

    def _divided(self, one: str, other: str, *, rest: bool) -> Value:
        """The quotient rounded towards minus infinity, or what that leaves, as Python has it."""
        left = self._made(f"srem i64 {one}, {other}")
        some = self._made(f"icmp ne i64 {left}, 0")
        mixed = self._made(f"xor i64 {left}, {other}")
        below = self._made(f"icmp slt i64 {mixed}, 0")
        off = self._made(f"and i1 {some}, {below}")
        if rest:
            more = self._made(f"select i1 {off}, i64 {other}, i64 0")
            return Value(self._made(f"add i64 {left}, {more}"))
        towards_zero = self._made(f"sdiv i64 {one}, {other}")
        return Value(self._made(f"sub i64 {towards_zero}, {self._wide(Value(off, TRUTH))}"))

    def _turned(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return Value(self._made(f"xor i1 {self._truth(node.operand)}, true"), TRUTH)
        return Value(self._made(f"sub i64 0, {self._number(node.operand)}"))

    def _comparison(self, node: ast.Compare) -> Value:
        [operator], [other] = node.ops, node.comparators
        left, right = self._number(node.left), self._number(other)
        return Value(self._made(f"icmp {_COMPARED[type(operator)]} i64 {left}, {right}"), TRUTH)

    def _choice(self, node: ast.IfExp) -> Value:
        holds, one, other = self._truth(node.test), self._value(node.body), self._value(node.orelse)
        kind = TRUTH if one.kind == other.kind == TRUTH else NUMBER
        texts = [each.text if kind == TRUTH else self._wide(each) for each in (one, other)]
        return Value(self._made(f"select i1 {holds}, {kind} {texts[0]}, {kind} {texts[1]}"), kind)

    def _item(self, node: ast.Subscript) -> Value:
        kind, place = self._element(node)
        value = self._made(f"load {kind}, ptr {place}")
        if kind == NUMBER:
            return Value(value)
        # Bytes are never below zero.
        return Value(self._made(f"{'zext' if kind == 'i8' else 'sext'} {kind} {value} to i64"))

    def _element(self, node: ast.Subscript) -> tuple[str, str]:
        """Of which kind the element of an array is, and where."""
        assert isinstance(node.value, ast.Name)
        array = self._arrays[node.value.id]
        if isinstance(node.slice, ast.Tuple):
            row, column = (self._number(each) for each in node.slice.elts)
            first = self._made(f"mul i64 {row}, {array.width}")
            place = self._made(f"add i64 {first}, {column}")
        else:
            place = self._number(node.slice)
        return array.kind, self._made(f"getelementptr inbounds {array.kind}, ptr %{array.name}, i64 {place}")

    def _call(self, node: ast.Call) -> Value:
        assert isinstance(node.func, ast.Name)
        given = [self._number(each) for each in node.args]
        name = node.func.id
        if name == "place":
            return Value(given[0])
        if name == "quotient":
            return Value(self._made(f"udiv i64 {given[0]}, {given[1]}"))
        if name in _BITS:
            return Value(self._made(_BITS[name].format(given[0])))
        kind = "{i64, i64, i64}" if name == "year_month_day" else "i64"
        return Value(self._made(f"call {kind} @{name}({', '.join(f'i64 {each}' for each in given)})"))

    def _made(self, operation: str) -> str:
        self._count += 1
        self._lines.append(f"%n{self._count} = {operation}")
        return f"%n{self._count}"

    def _blocks(self, *names: str) -> list[str]:
        self._count += 1
        return [f"{name}{self._count}" for name in names]


def _changing(tree: ast.FunctionDef) -> set[str]:
    """The names that are given a value more than once; the others are what they are given."""
    given = Counter(argument.arg for argument in tree.args.args)
    for each in ast.walk(tree):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            given[each.id] += 1
        elif isinstance(each, ast.For) and isinstance(each.target, ast.Name):
            # A loop gives its variable many values.
            given[each.target.id] += 1
    return {name for name, times in given.items() if times > 1}


def _returned(tree: ast.FunctionDef) -> int:
    """How many numbers a function gives back."""
    values = [each.value for each in ast.walk(tree) if isinstance(each, ast.Return)]
    return max(
        (len(value.elts) if isinstance(value, ast.Tuple) else 1 for value in values if value), default=0
    )


_STATEMENTS: dict[type[ast.stmt], Callable[[_Function, Any], None]] = {
    ast.Assign: _Function._assign,
    ast.AugAssign: _Function._changed,
    ast.For: _Function._for,
    ast.While: _Function._while,
    ast.If: _Function._if,
    ast.Return: _Function._return,
    ast.Expr: _Function._nothing,
    ast.Pass: _Function._nothing,
}
_VALUES: dict[type[ast.expr], Callable[[_Function, Any], Value]] = {
    ast.Name: _Function._name,
    ast.Constant: _Function._constant,
    ast.BinOp: _Function._operation,
    ast.UnaryOp: _Function._turned,
    ast.Compare: _Function._comparison,
    ast.IfExp: _Function._choice,
    ast.Subscript: _Function._item,
    ast.Call: _Function._call,
}
