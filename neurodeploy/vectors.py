"""Sixteen float32 at a time inside kernels: loops over rows whose vectorisation is certain.

A plain loop that reads several weight rows and updates several arrays is left scalar by LLVM, which
would have to check every pair of arrays for overlap.  ``load`` and ``store`` say what is meant.
Arithmetic is IEEE, lane by lane, without contraction: the bits are those of the scalar expressions.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, models, overload, register_model

LANES = 16
_LLVM_VECTOR = ir.VectorType(ir.FloatType(), LANES)


class Float32x16(types.Type):
    """Numba type of a vector; it exists in registers only."""

    def __init__(self) -> None:
        """Name the type."""
        super().__init__(name="Float32x16")


float32x16 = Float32x16()


@register_model(Float32x16)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, numba_type: Any) -> None:
        super().__init__(manager, numba_type, _LLVM_VECTOR)


def _code_generator(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register a code generator; kernels call it without the typing context."""
    return cast(Callable[..., Any], intrinsic(function))


def _pointer(builder: Any, base: Any, index: Any) -> Any:
    elements = builder.inttoptr(base, ir.FloatType().as_pointer())
    return builder.bitcast(builder.gep(elements, [index]), _LLVM_VECTOR.as_pointer())


@_code_generator
def address_of(typing_context: Any, array: Any) -> Any:
    """Return the address of a contiguous float32 array's data; the array must outlive its use.

    Vectors are read from addresses, not arrays: arrays in a loop cost reference counts.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(data, ir.IntType(64))

    if not isinstance(array, types.Array) or array.dtype != types.float32 or array.layout != "C":
        return None
    return types.uint64(array), generate


@_code_generator
def load(typing_context: Any, base: Any, index: Any) -> Any:
    """Return elements ``index`` to ``index + 15`` of the float32 at ``base``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(builder, *arguments), align=4)

    return float32x16(types.uint64, types.uint64), generate


@_code_generator
def store(typing_context: Any, base: Any, index: Any, vector: Any) -> Any:
    """Write a vector to elements ``index`` to ``index + 15`` of the float32 at ``base``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _pointer(builder, *arguments[:2]), align=4)
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64, float32x16), generate


@_code_generator
def splat(typing_context: Any, value: Any) -> Any:
    """Return a vector with ``value`` (float32) in every lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lane = ir.Constant(ir.IntType(32), 0)
        single = builder.insert_element(ir.Constant(_LLVM_VECTOR, ir.Undefined), arguments[0], lane)
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(single, ir.Constant(_LLVM_VECTOR, ir.Undefined), lanes)

    return float32x16(types.float32), generate


@_code_generator
def lanes_above(typing_context: Any, one: Any, other: Any) -> Any:
    """Return a uint64 whose bit k is set where ``one`` > ``other`` in lane k."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        above = builder.fcmp_ordered(">", *arguments)
        return builder.zext(builder.bitcast(above, ir.IntType(LANES)), ir.IntType(64))

    return types.uint64(float32x16, float32x16), generate


@_code_generator
def only_explicit_vectors(typing_context: Any) -> Any:
    """Keep LLVM from vectorising loops of the calling function, and of the functions that inline it.

    numba optimises a function again in every function that calls it. LLVM then takes what is left of loops of explicit vectors for
    loops to be vectorised once more, which made the training kernel a third slower; only a process that had just compiled it ran
    the callee's own, first version. LLVM's vectorisers leave functions with the attribute ``noimplicitfloat`` alone.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.function.attributes.add("noimplicitfloat")
        return context.get_dummy_value()

    return types.void(), generate


def _define(operation: Callable[..., Any], instruction: str) -> None:
    @_code_generator
    def apply(typing_context: Any, one: Any, other: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return getattr(builder, instruction)(*arguments)

        return float32x16(float32x16, float32x16), generate

    @overload(operation, strict=False, inline="always")
    def choose(one: Any, other: Any) -> Any:
        if isinstance(one, Float32x16) and isinstance(other, Float32x16):
            return lambda one, other: apply(one, other)
        return None


for _operation, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_operation, _instruction)
