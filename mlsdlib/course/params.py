"""The parameters cell: names, types, ranges and quick values, read from its source."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_TYPES = {"int": int, "float": float, "str": str, "bool": bool}
_RANGE = re.compile(r"\[\s*([^\s,\]]+)\s*,\s*([^\s,\]]+)\s*\]")
_CHOICES = re.compile(r"\{([^}]*)\}")
_QUICK = re.compile(r"\bquick (\S+)$")


@dataclass(frozen=True)
class Parameter:
    """One knob of a notebook."""

    name: str
    type: type
    default: object
    description: str
    low: float | None = None
    high: float | None = None
    choices: tuple[object, ...] = ()
    quick: object = None

    @property
    def takes(self) -> str:
        """What the parameter takes, in words."""
        if self.choices:
            return f"{self.type.__name__}, one of {', '.join(map(str, self.choices))}"
        if self.low is not None:
            return f"{self.type.__name__} from {_plain(self.low)} to {_plain(self.high)}"
        return self.type.__name__

    def check(self, value: object) -> object:
        """Return `value` (a plain value, or the text of one) in this parameter's type.

        Raises
        ------
        ValueError
            If the type is wrong or the value out of range; the message says what is taken.
        """
        try:
            typed = _read(value, self.type) if isinstance(value, str) else _typed(value, self.type)
        except ValueError:
            raise ValueError(f"{self.name} takes {self.takes}, got {value!r}") from None
        if typed != typed:  # NaN: it lies in no range, and no cell could tell what to do with it
            raise ValueError(f"{self.name} takes {self.takes}, got {value!r}")
        if self.choices and typed not in self.choices:
            raise ValueError(f"{self.name} takes {self.takes}, got {value!r}")
        if self.low is not None and not self.low <= typed <= self.high:
            raise ValueError(f"{self.name} takes {self.takes}, got {value!r}")
        return typed


def parse_parameters(source: str) -> dict[str, Parameter]:
    """Return the parameters that a parameters cell declares, by name.

    A line reads ``name: type = default  # description [low, high] quick value``, or has its
    choices in braces. The type is int, float, str or bool. The comment holds no equals sign: to
    papermill's own parser a line with two is no parameter.

    Raises
    ------
    ValueError
        If a line is not of this form, or its default lies outside its own range.

    Examples
    --------
    >>> cell = "n_rows: int = 200_000  # rows read [100, 336_776] quick 1_000"
    >>> parse_parameters(cell)["n_rows"].takes
    'int from 100 to 336776'
    """
    comments = _comments(source)
    parameters: dict[str, Parameter] = {}
    for node in ast.parse(source).body:
        line = source.splitlines()[node.lineno - 1]
        named = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if not named or node.value is None:
            raise ValueError(f"a parameter must read `name: type = default  # …`, got {line!r}")
        parameter = _parameter(node, comments.get(node.end_lineno, ""), line)
        if parameter.name in parameters:
            raise ValueError(f"a parameter must be declared once, got {line!r} again")
        parameters[parameter.name] = parameter
    if not parameters:
        raise ValueError("the parameters cell must declare at least one parameter, got none")
    return parameters


def check_known(names: Iterable[str], known: Mapping[str, Parameter], *, section: str) -> None:
    """Raise a ValueError that lists what there is, if a name is not among it."""
    unknown = sorted(set(names) - set(known))
    if unknown:
        listed = "; ".join(f"{p.name} ({p.takes})" for p in known.values())
        raise ValueError(f"section {section} has no parameter {unknown[0]!r}. It takes {listed}")


def quick_values(known: Mapping[str, Parameter]) -> dict[str, object]:
    """Return the small values that the fast test run uses."""
    return {p.name: p.quick for p in known.values() if p.quick is not None}


def _parameter(node: ast.AnnAssign, comment: str, line: str) -> Parameter:
    type_name = ast.unparse(node.annotation)
    if type_name not in _TYPES:
        raise ValueError(f"a parameter's type must be one of {', '.join(_TYPES)}, got {line!r}")
    kind = _TYPES[type_name]
    bounds, choices = _RANGE.search(comment), _CHOICES.search(comment)
    quick = _QUICK.search(comment)
    if "=" in comment:
        raise ValueError(f"a parameter's comment must hold no equals sign, got {line!r}")
    if ("[" in comment and not bounds) or ("{" in comment and not choices):
        raise ValueError(f"a range must read [low, high] and choices {{a, b}}, got {line!r}")
    description = re.split(r"\s*(?:\[|\{|\bquick \S+$)", comment)[0].strip()
    if not description:
        raise ValueError(f"a parameter needs a trailing comment that says what it does: {line!r}")
    try:
        parameter = Parameter(
            name=node.target.id,
            type=kind,
            default=ast.literal_eval(node.value),
            description=description,
            low=_read(bounds.group(1), kind) if bounds else None,
            high=_read(bounds.group(2), kind) if bounds else None,
            choices=tuple(_read(c.strip(), kind) for c in choices.group(1).split(","))
            if choices
            else (),
            quick=_read(quick.group(1), kind) if quick else None,
        )
    except ValueError:
        raise ValueError(
            f"default, range, choices and quick must be plain values of type {type_name}, "
            f"got {line!r}"
        ) from None
    parameter.check(parameter.default)
    if parameter.quick is not None:
        parameter.check(parameter.quick)
    return parameter


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.strip("# ") for t in tokens if t.type == tokenize.COMMENT}


def _read(text: str, kind: type) -> object:
    """Return the value a text stands for; ``200_000`` and ``2e5`` are both whole numbers."""
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if kind is int:
        try:
            return int(text)
        except ValueError:
            number = float(text)
            if not number.is_integer():
                raise
            return int(number)
    return kind(text)


def _typed(value: object, kind: type) -> object:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        raise ValueError(value)
    return value


def _plain(number: object) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)
