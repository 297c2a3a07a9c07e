# /// script
# requires-python = ">=3.8"
# dependencies = ["numpy"]
# ///
# ruff: noqa: B009, B010, B015, B018, RUF059, S102, UP031  (the uses are the point, not their results)
"""Use numpy in every way that record_api.py records, one function for each kind of use.

It computes nothing of interest and prints nothing: its recording is a tour of what a record can hold.
"""

import copy
import functools
import io
import math
import operator
import threading
from typing import Any, Iterator

import numpy

# Calls (DESIGN.md 4.1) -----------------------------------------------------------------------------------------------


def call_functions() -> None:
    """Arguments by position, by keyword and by both; the record has the names of the parameters."""
    numpy.linspace(0, 2, 100)
    numpy.linspace(start=0, stop=2, num=5)
    numpy.linspace(0, 2, endpoint=False)
    numpy.arange(10)
    numpy.arange(0, 10, 2)
    numpy.sum(numpy.ones((2, 3)), axis=0)
    numpy.linalg.norm([3.0, 4.0])


def call_with_stars() -> None:
    """Arguments from lists, a mapping and an array; those from a generator can't be known."""
    arrays = [numpy.zeros(2), numpy.ones(2)]
    options: Any = {"axis": 1}
    numpy.stack(arrays, **options)
    numpy.add(*arrays)
    numpy.maximum(*(array for array in arrays))
    math.hypot(*numpy.ones(2))
    numpy.meshgrid(*arrays, indexing="ij")


def call_methods() -> None:
    """Methods through an instance, a variable and the class."""
    array = numpy.array([3, 1, 2])
    array.sort()
    array.sort(axis=0)
    array.reshape(3, 1).astype("float64", copy=False)
    total = array.sum
    total()
    numpy.ndarray.max(array)
    numpy.dtype("int64").newbyteorder("<")


def call_ufuncs() -> None:
    """Universal functions (ufuncs) and their methods."""
    array = numpy.arange(3)
    numpy.multiply(array, 2, out=array)
    numpy.add.reduce(array)
    numpy.add.outer(array, array)
    numpy.maximum.accumulate([1, 3, 2])
    numpy.add.at(array, [0, 0], 1)


def call_random() -> None:
    """A generator's methods, and the functions that are methods of a hidden instance."""
    generator = numpy.random.default_rng(0)
    generator.normal(size=3)
    generator.integers(0, high=10)
    numpy.random.seed(0)
    numpy.random.rand(2, 2)


def call_instances() -> None:
    """Objects that can be called: a polynomial, a vectorized function, a partial and a cached function."""
    square = numpy.poly1d([1, 0, 0])
    square(3)
    numpy.vectorize(to_fahrenheit)([10.0, 20.0])
    column_sums = functools.partial(numpy.sum, axis=0)
    column_sums(numpy.ones((2, 2)))
    cached = functools.lru_cache(maxsize=None)(numpy.zeros)
    cached(3)
    cached(shape=3)


def to_fahrenheit(celsius: float) -> float:
    """Called by numpy with one of its own scalars, then with plain floats; the former is a use again."""
    return celsius * 1.8 + 32


def call_in_comprehensions() -> None:
    """Comprehensions, generator expressions, a generator and a `lambda`."""
    [numpy.sqrt(number) for number in range(3)]
    {number: numpy.exp(number) for number in (0.0, 1.0)}
    sum(numpy.square(number) for number in range(2))
    list(squares_of_array())
    cosine = functools.partial(lambda number: numpy.cos(number), 0.0)
    cosine()


def squares_of_array() -> Iterator[Any]:
    """A generator that uses numpy each time it goes on."""
    for number in numpy.arange(2):
        yield number**2
    yield from numpy.arange(2)


def call_in_exec_and_thread() -> None:
    """Code from a string, and code in another thread."""
    exec("import numpy\nnumpy.eye(2)", {"__name__": "from_string"})
    thread = threading.Thread(target=numpy_in_thread)
    thread.start()
    thread.join()


def numpy_in_thread() -> None:
    """The thread's own function."""
    numpy.full(2, fill_value=7)


def call_what_fails() -> None:
    """A use that raises is recorded too; so is the test for the exception."""
    try:
        numpy.linalg.inv(numpy.zeros((2, 2)))
    except numpy.linalg.LinAlgError:
        pass
    try:
        numpy.zeros(2) + numpy.zeros(3)
    except (TypeError, ValueError):
        pass


def call_with_all_kinds_of_values() -> None:
    """One example of each form that a value has in a record."""
    numpy.array(None)
    numpy.isfinite([True, 1, 1.5, float("nan"), -math.inf, 1j])
    numpy.array(2**100)
    numpy.array(list(range(100)))
    numpy.array("numpy" * 20)
    numpy.frombuffer(b"\x00\xff", dtype=numpy.uint8)
    numpy.array((1, (2.5, [{"a": {3}}])), dtype=object)
    numpy.dtype([("time", "<M8[ns]"), ("value", "f8")])
    numpy.array([numpy.add, numpy.float32(0.5), numpy, numpy.ndarray, len, call_functions], dtype=object)


# Operators (4.3) -----------------------------------------------------------------------------------------------------


def compute() -> None:
    """Binary, reflected and unary operators; formatting an array with `%` is none."""
    array = numpy.arange(1, 4)
    array + 1
    2 - array
    array * array
    array / 2
    array // 2
    array % 2
    array**2
    array @ array
    array << 1
    array & 1 | 2 ^ array
    -array
    +array
    ~array
    "%s" % array


def compute_in_place() -> None:
    """In-place operators, also of a number that an array is added to."""
    array = numpy.arange(1, 4)
    array += 1
    array *= 2
    array -= array
    number: Any = 1
    number += array


def compare() -> None:
    """Comparisons, chained too; `in`; identity is no use."""
    array = numpy.arange(3)
    array == 1
    array < [1, 1, 1]
    1 >= array
    0 <= numpy.int64(1) < 3
    2 in array
    2 not in array
    array is None


def take_items() -> None:
    """Items and slices: get, set and delete; to take an array from a list is no use."""
    array = numpy.zeros((3, 4))
    array[0]
    array[1, 2]
    array[1:]
    array[..., ::2, None]
    array[array > 0]
    array[0, 0] = 1
    array[1:2] = 5
    array[0][1] += 1
    record = numpy.zeros(2, dtype=[("x", "f8")])
    record["x"]
    [array][0]
    try:
        del array[0]  # type: ignore[attr-defined]
    except ValueError:
        pass


# Attributes and imports (4.4) ----------------------------------------------------------------------------------------


def get_attributes() -> None:
    """Attributes of the module, of an array and of a class, by dot and by builtin."""
    array = numpy.zeros((2, 3))
    numpy.pi
    array.shape
    array.T.dtype.name
    numpy.ndarray.ndim
    getattr(array, "size")
    getattr(array, "missing", None)
    hasattr(numpy, "missing")


def change_attributes() -> None:
    """Set and delete attributes of objects of numpy, and of numpy itself."""
    array = numpy.zeros(2)
    array.flags.writeable = False
    function = numpy.vectorize(abs)
    function.otypes = "d"
    del function.excluded
    setattr(numpy, "_use_numpy_api", 1)
    delattr(numpy, "_use_numpy_api")


def import_names() -> None:
    """Both forms of the import statement."""
    import numpy.linalg
    from numpy import newaxis
    from numpy.random import default_rng as make_generator

    numpy.linalg.det([[1.0]])
    make_generator(0).random()
    assert newaxis is None


# Protocols by instruction (4.5) --------------------------------------------------------------------------------------


def test_truth() -> None:
    """Wherever Python asks whether something is true."""
    zero = numpy.float64(0)
    array = numpy.arange(3)
    if zero:
        pass
    while zero:
        pass
    zero or 1
    zero and 1
    1 if zero else 2
    not zero
    assert array.any()
    if array[0] == 0:
        pass


def iterate() -> None:
    """Loops, unpacking and starred displays; a loop is one record, not one a step."""
    array = numpy.arange(3)
    for _ in array:
        pass
    first, *others = array
    a, b, c = array
    [*array, *array]
    [number for number in array]
    for _ in numpy.ndindex(2, 2):
        pass


def enter_contexts() -> None:
    """Two context managers; the second is a mapping as well."""
    with numpy.errstate(divide="ignore"):
        numpy.ones(1) / 0
    file = io.BytesIO()
    numpy.savez(file, x=numpy.ones(1), y=numpy.zeros(1))
    file.seek(0)
    with numpy.load(file) as arrays:
        arrays["x"]
        "y" in arrays
        {**arrays}


def format_strings() -> None:
    """Formatted string literals (f-strings)."""
    number = numpy.float64(1.25)
    array = numpy.arange(3)
    f"{number}"
    f"{number:.1f}"
    f"{array!s}"
    f"{array!r}"


def derive_classes() -> None:
    """Classes with a base from numpy, their instances, and `super()`."""

    class Celsius(numpy.ndarray):  # type: ignore[type-arg, unused-ignore]
        """Temperatures."""

        def mean(self, *args: Any, **kwargs: Any) -> Any:
            """Overrides a method and calls the one of the base."""
            return super().mean(*args, **kwargs)

    class Doubled(numpy.vectorize):
        """A function of numbers that doubles its results."""

        def __init__(self, function: Any) -> None:
            super().__init__(function, otypes="d")

        def __call__(self, *args: Any) -> Any:
            return 2 * numpy.vectorize.__call__(self, *args)

    Celsius((2,))
    temperatures = numpy.arange(3.0).view(Celsius)
    temperatures.mean(axis=0)
    temperatures.max()
    temperatures + 1
    temperatures.shape
    Doubled(abs)([1.0])


# Protocols by builtin (4.6) ------------------------------------------------------------------------------------------


def call_builtins() -> None:
    """Builtins that ask an array or a scalar for a special method."""
    array = numpy.array([1.5, -2.5])
    number = numpy.float64(2.567)
    len(array)
    abs(array)
    round(number, 2)
    divmod(array, 2)
    pow(array, 2)
    pow(2, array)
    str(array)
    repr(number)
    format(number, ".1f")
    hash(number)
    bool(number)
    int(number)
    float(number)
    complex(numpy.complex64(1j))
    hex(numpy.int64(255))
    range(numpy.int64(3))
    dir(array)
    print(array, end="", file=io.StringIO())


def call_builtins_that_iterate() -> None:
    """Builtins that iterate over an array; to sort a list of numbers from numpy is no use."""
    array = numpy.array([3, 1, 2])
    numbers = [numpy.int64(2), numpy.int64(1)]
    list(array)
    tuple(array)
    set(array)
    sum(array, 1)
    sorted(array, reverse=True)
    sorted(numbers)
    min(array)
    max(array, key=abs)
    max(*numbers)
    any(array)
    all(array)
    list(enumerate(array, 1))
    list(zip(array, "abc"))
    list(map(abs, array))
    list(filter(None, array))
    list(reversed(array))
    iter(array)
    next(numpy.ndindex(2))


def call_operator_and_math() -> None:
    """Functions of `operator` and `math`."""
    array: Any = numpy.arange(3)
    operator.add(array, 1)
    operator.getitem(array, 0)
    operator.index(numpy.int64(3))
    math.floor(numpy.float64(2.5))
    math.sqrt(numpy.float64(2.25))


def test_classes() -> None:
    """Classes of numpy as the second argument; as the first they are no use."""
    isinstance(1.5, numpy.ndarray)
    isinstance(numpy.float64(1), (float, numpy.generic))
    issubclass(numpy.int64, numpy.integer)
    isinstance(numpy.float64(1), float)


# Uses that arrive through C code (4.7), and through the standard library (4) ----------------------------------------


def hand_over_functions() -> None:
    """Functions of numpy that something else calls; those written in Python are seen when they start."""
    rows = [[3.0, 4.0], [1.0], [1.0, 1.0]]
    list(map(numpy.mean, rows))
    sorted(rows, key=numpy.linalg.norm)
    list(map(numpy.poly1d, rows))
    functools.reduce(numpy.add, [1, 2, 3])


def take_functions_from_numpy() -> None:
    """Functions of this program that numpy calls."""
    numpy.apply_along_axis(spread, 0, numpy.arange(6).reshape(3, 2))
    numpy.fromfunction(spread, (2,))


def spread(array: Any) -> Any:
    """Largest minus smallest."""
    return array.max() - array.min()


def copy_by_standard_library() -> None:
    """What `copy` does for this program is recorded, at the place in `copy`."""
    copy.copy(numpy.arange(2))


def main() -> None:
    """Runs them all, once."""
    call_functions()
    call_with_stars()
    call_methods()
    call_ufuncs()
    call_random()
    call_instances()
    call_in_comprehensions()
    call_in_exec_and_thread()
    call_what_fails()
    call_with_all_kinds_of_values()
    compute()
    compute_in_place()
    compare()
    take_items()
    get_attributes()
    change_attributes()
    import_names()
    test_truth()
    iterate()
    enter_contexts()
    format_strings()
    derive_classes()
    call_builtins()
    call_builtins_that_iterate()
    call_operator_and_math()
    test_classes()
    hand_over_functions()
    take_functions_from_numpy()
    copy_by_standard_library()


if __name__ == "__main__":
    main()
