# /// script
# requires-python = ">=3.8"
# ///
"""Show how a Python module is used by other code.

    env PYTHON_API_OUTPUT_FILE=use_numpy_api.jsonl PYTHON_API_RUN_MODULE=use_numpy_api \\
        PYTHON_API_TRACE_MODULE=numpy PYTHON_API_IMPORT_MODULES=numpy python record_api.py

runs the module `use_numpy_api` as `python -m use_numpy_api` would, watches each bytecode instruction, and appends
one JSON line to the output file for every use of numpy: what was called, with which arguments, and from where.
All settings are environment variables; started with none of them set, the script prints their table.
"""

import os
import sys

# What is there already: all else that is imported here is the recorder's alone.
IMPORTED_BEFORE = frozenset(sys.modules)

# Does nothing beside the program lead `sys.path`? Up to 3.10 there is no flag for that alone.
SAFE_PATH = bool(getattr(sys.flags, "safe_path", sys.flags.isolated))


def current_folder() -> str:
    """The current directory; nothing where that was removed."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def leave_own_folder() -> None:
    """Takes the folder of this script off `sys.path`: modules beside it are the program's, not the recorder's."""
    own = [os.path.dirname(path) for path in (os.path.abspath(__file__), os.path.realpath(__file__))]
    if globals().get("__spec__") is not None:
        # By `python -m record_api`.
        own.append(current_folder())
    if sys.path and os.path.abspath(sys.path[0] or os.curdir) in own:
        del sys.path[0]


if __name__ == "__main__" and not SAFE_PATH:
    leave_own_folder()

import _thread
import atexit
import builtins
import errno
import opcode
import stat
import types
from _collections import deque  # type: ignore[import-not-found]
from _frozen_importlib_external import MAGIC_NUMBER, PathFinder, SourceFileLoader
from _thread import RLock
from _thread import get_ident as current_thread
from _weakref import ref as weak_reference
from binascii import crc32
from itertools import chain, count, islice, repeat, starmap
from sys import _current_frames as current_frames
from sys import _getframe as current_frame
from sys import exc_info, gettrace, settrace
from time import monotonic, sleep

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]


def own_copy(module: "Any", **others: "Any") -> types.SimpleNamespace:
    """What a module holds, with functions whose globals are this copy and `others`."""
    own = {**vars(module), **others}
    for name, x in own.items():
        if type(x) is types.FunctionType and x.__globals__ is vars(module):
            own[name] = types.FunctionType(x.__code__, own, name, x.__defaults__, x.__closure__)
            own[name].__kwdefaults__ = x.__kwdefaults__
    return types.SimpleNamespace(**own)


# The program may replace what is in `builtins` and `os`; what the recorder calls stays what it was.
globals()["__builtins__"] = OWN_BUILTINS = dict(vars(builtins))
globals()["os"] = own_copy(os, path=own_copy(os.path, os=own_copy(os), __builtins__=OWN_BUILTINS))

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Optional, Sequence, Set, Tuple

    Handler = Callable[["Site", List[Any]], Optional[List["Use"]]]
    # A use: function, parameters, how many were positional, attribute.
    Use = Tuple[str, "Params", Optional[int], Optional[str]]
    Params = List[Tuple[str, Any]]
    # A value, how deep it is nested, the ids of the containers around it.
    Encoder = Callable[[Any, int, Tuple[int, ...]], str]
    # From a site, a view of the stack and the index of its top: a record; nothing where there is known to be none; None
    # where it is not known.
    Form = Callable[[Any, Any, int], Optional[str]]
    # The same, with the first value, for what is known to be a use.
    Filler = Callable[[Any, Any, Any, int], str]
    NamesBase = Dict[str, bool]
    LabelsBase = Dict[str, str]
    PositionalsBase = Dict[Optional[int], str]
    IntegersBase = Dict[int, str]
    ReferenceBase = weak_reference[Any]
else:
    NamesBase = LabelsBase = PositionalsBase = IntegersBase = dict
    ReferenceBase = weak_reference


# 2 Settings ---------------------------------------------------------------------------------------------------------


class SettingError(Exception):
    """One bad setting, or a program that can't be run; its text is the line for stderr."""


class Setting:
    """One environment variable: its name, meaning and default, and how its text becomes a value."""

    def __init__(self, name: str, meaning: str, default: "Optional[str]", shown: str, parse: "Callable[[str], Any]"):
        self.name = name
        self.meaning = meaning
        self.default = default
        self.shown = shown
        self.parse = parse

    def read(self, environment: "Any") -> "Any":
        """The variable's value in `environment`; raises SettingError where it is missing or bad."""
        text = environment.get(self.name, "").strip() or self.default
        try:
            return self.parse(text) if text is not None else self.parse("")
        except ValueError as error:
            found = repr(text) if text else "nothing"
            raise SettingError("%s: expected %s, got %s" % (self.name, error, found)) from None


def module_list(text: str) -> "Tuple[str, ...]":
    """`"a, b.c"` as `("a", "b.c")`."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not all(part.isidentifier() for name in names for part in name.split(".")):
        raise ValueError("comma-separated module names")
    return names


def some_modules(text: str) -> "Tuple[str, ...]":
    """A module list with at least one name in it."""
    names = module_list(text)
    if not names:
        raise ValueError("a module to trace")
    return names


def output_file(text: str) -> str:
    """A path that can be appended to, made absolute."""
    if not text:
        raise ValueError("a file to append to")
    path = os.path.normpath(os.path.join(current_folder(), text))
    # What a standard stream leads to, as long as it does: in children it leads elsewhere.
    stream = os.path.realpath(path) if path.startswith(("/dev/", "/proc/")) else path
    path = stream if os.path.exists(stream) else path
    if not os.path.isdir(os.path.dirname(path)):
        raise ValueError("a file in a folder that exists")
    if os.path.isdir(path):
        raise ValueError("a file, not a folder")
    return path


def run_module(text: str) -> str:
    """A module's name, or the path of a script that exists."""
    if text.endswith(".py"):
        if not os.path.isfile(text):
            raise ValueError("a script that exists")
    # `python -m` runs what no import statement can name, too, as `some-tool` or `2to3`.
    elif not all(part and ("_" + part).replace("-", "_").isidentifier() for part in text.split(".")):
        raise ValueError("a module to run")
    return text


def engine_name(text: str) -> str:
    """One of the engines that this Python has."""
    if text == "":
        return "monitoring" if HAS_MONITORING else "settrace"
    if text not in ("settrace", "monitoring"):
        raise ValueError("settrace or monitoring")
    if text == "monitoring" and not HAS_MONITORING:
        raise ValueError("settrace (monitoring needs CPython 3.12)")
    return text


def positive_number(text: str) -> int:
    """A whole number from 1 on; 0 stands for no limit where that is the default."""
    if text == "":
        return 0
    if not text.isdigit() or not text.isascii() or not text.strip("0"):
        raise ValueError("a whole number from 1 on")
    return int(text) if len(text) < 19 else sys.maxsize


def flag(text: str) -> bool:
    """`0` or `1`."""
    if text not in ("0", "1"):
        raise ValueError("0 or 1")
    return text == "1"


SETTINGS = (
    Setting(
        "PYTHON_API_OUTPUT_FILE",
        "file the JSON lines are appended to; its folder must exist",
        None,
        "required",
        output_file,
    ),
    Setting(
        "PYTHON_API_RUN_MODULE",
        "module to run as `__main__` as `python -m` does, or a path that ends in `.py`",
        None,
        "required",
        run_module,
    ),
    Setting(
        "PYTHON_API_TRACE_MODULE",
        "the traced module, or several, comma-separated; submodules included",
        None,
        "required",
        some_modules,
    ),
    Setting(
        "PYTHON_API_IMPORT_MODULES",
        "comma-separated modules imported before recording starts",
        None,
        "none",
        module_list,
    ),
    Setting(
        "PYTHON_API_FROM_MODULES",
        "record only what these modules and their submodules do",
        None,
        "every module but the traced ones",
        module_list,
    ),
    Setting(
        "PYTHON_API_ENGINE",
        "`settrace` or `monitoring` (CPython 3.12+)",
        None,
        "`monitoring` where there is one, else `settrace`",
        engine_name,
    ),
    Setting(
        "PYTHON_API_MAX_LENGTH",
        "longest string or container that is written whole",
        "50",
        "50",
        positive_number,
    ),
    Setting(
        "PYTHON_API_MAX_VISITS",
        "look at each instruction at most this often (faster, less complete)",
        None,
        "no limit",
        positive_number,
    ),
    Setting(
        "PYTHON_API_COUNT",
        '`1`: write identical records once, with how often they were seen as a last key `"count"`',
        "0",
        "0",
        flag,
    ),
    Setting(
        "PYTHON_API_CHILDREN",
        "`0`: do not record the program's child processes",
        "1",
        "1",
        flag,
    ),
)

EXAMPLE = (
    "env PYTHON_API_OUTPUT_FILE=use_numpy_api.jsonl PYTHON_API_RUN_MODULE=use_numpy_api "
    "PYTHON_API_TRACE_MODULE=numpy PYTHON_API_IMPORT_MODULES=numpy python record_api.py"
)


def usage() -> str:
    """The settings table with an example, for a start without any setting."""
    width = max(len(setting.name) for setting in SETTINGS)
    rows = ["%-*s  %s (default: %s)" % (width, s.name, s.meaning, s.shown) for s in SETTINGS]
    return "record_api.py is set by environment variables:\n\n%s\n\nExample:\n%s\n" % ("\n".join(rows), EXAMPLE)


class Settings:
    """The values of all settings, one attribute a variable: `PYTHON_API_RUN_MODULE` is `run_module`."""

    output_file: str
    run_module: str
    trace_module: "Tuple[str, ...]"
    import_modules: "Tuple[str, ...]"
    from_modules: "Tuple[str, ...]"
    engine: str
    max_length: int
    max_visits: int
    count: bool
    children: bool

    def __init__(self, environment: "Any"):
        """Reads every variable; raises SettingError with a line for each problem."""
        problems = []
        for setting in SETTINGS:
            try:
                value = setting.read(environment)
            except SettingError as error:
                problems.append(str(error))
            else:
                setattr(self, setting.name[len("PYTHON_API_") :].lower(), value)
        if problems:
            raise SettingError("\n".join(problems))


# 3 Facts about this interpreter -------------------------------------------------------------------------------------

VERSION = sys.version_info[:2]


def unsupported() -> str:
    """Why this interpreter can't be recorded, or nothing."""
    found = "%s %d.%d" % (sys.implementation.name, VERSION[0], VERSION[1])
    if sys.implementation.name != "cpython" or not (3, 8) <= VERSION <= (3, 14):
        return found
    if not getattr(sys, "_is_gil_enabled", lambda: True)() or "free-threading" in sys.version:
        return found + " without the global interpreter lock"
    if hasattr(sys, "getobjects"):
        return found + " built with Py_TRACE_REFS"
    return ""


# Here, as another interpreter may lack what the rest of this file is made of.
if __name__ == "__main__" and unsupported():
    sys.stderr.write("record_api: expected CPython 3.8 to 3.14, got %s\n" % unsupported())
    raise SystemExit(2)

import _functools  # type: ignore[import-not-found]
from _functools import partial
from _json import encode_basestring_ascii as quote
from _json import make_scanner

WORD = 8 if sys.maxsize > 2**32 else 4
OBJECT_SIZE = object.__basicsize__

# Are there per-code-object events? (PEP 669)
HAS_MONITORING = VERSION >= (3, 12)

# Where is a frame object's link to its interpreter frame? (3.11+, Include/internal/pycore_frame.h: PyFrameObject)
FRAME_LINK = OBJECT_SIZE + WORD

# Up to 3.10 the frame object holds the stack itself (Include/cpython/frameobject.h):
# ob_size, f_back, f_code, f_builtins, f_globals, f_locals, then f_valuestack and its top.
STACK_IN_FRAME = VERSION <= (3, 10)
VALUE_STACK = OBJECT_SIZE + 6 * WORD
FRAME_CODE = OBJECT_SIZE + 2 * WORD

# Is the stack top a pointer in the frame (3.8, 3.9), a pointer to tagged references (3.14), or else computed? 3.10 and
# 3.11 keep a count, that a test compares; 3.12 and 3.13 keep nothing while opcode events are sent.
TOP_IS_POINTER = VERSION <= (3, 9)
TOP_IS_COMPUTED = (3, 10) <= VERSION <= (3, 13)
TAGGED_REFERENCES = VERSION >= (3, 14)

# The pointer in a frame object over which the view of its stack is laid.
STACK_POINTER = FRAME_LINK if not STACK_IN_FRAME else VALUE_STACK + WORD * TOP_IS_POINTER

# In the interpreter frame of 3.11+: the word that holds the code object, the word at which the stack top lies, and
# the word at which locals and stack begin.
LINKED_CODE = 4 if VERSION == (3, 11) else 0
LINKED_TOP = 8
LINKED_LOCALS = 10 if TAGGED_REFERENCES or WORD == 4 else 9
LINKED_FUNCTION = 0 if VERSION == (3, 11) else 2

# Do the frames of a thread lie one after the other in chunks of memory, and does the thread state point behind the last
# one? (Python/pystate.c: _PyThreadState_PushFrame) Chunks are whole pages; their first frame comes after three words.
FRAMES_ARE_NEAR = WORD == 8 and sys.byteorder == "little" and (3, 12) <= VERSION <= (3, 13)
CHUNK_FRAMES = 3

# 3.8 to 3.10 write a frame's locals back after each trace call. (bpo-30744)
WRITES_LOCALS_BACK = VERSION <= (3, 10)

# Does a stack overflow that was caught end the process if it comes again, higher up? (Python/ceval.c:
# _Py_CheckRecursiveCall.) Where the thread state keeps it: after four pointers and the depth.
OVERFLOW_IS_KEPT = VERSION <= (3, 9)
THREAD_OVERFLOWED = 4 * WORD + 4

# Does an opcode event come at the EXTENDED_ARG prefix only?
EVENT_AT_PREFIX = VERSION <= (3, 11)

# Do line events come where the line table of a code object starts a line, though it be the same line again? Then sites
# can be such starts. (Python/ceval.c: maybe_call_line_trace, Objects/lnotab_notes.txt)
SITES_START_LINES = VERSION <= (3, 9)

# Do line events come at each change of lines and each jump back, and nowhere else?
LINE_EVENTS_TELL = (3, 10) <= VERSION <= (3, 11)

# Must `f_trace` be set before `f_trace_opcodes`? (gh-103615)
TRACE_BEFORE_OPCODES = VERSION >= (3, 13)

# Do jumps and inline caches count code units of two bytes?
JUMPS_IN_UNITS = VERSION >= (3, 10)

# Does a call's NULL stand below the callable (up to 3.12) or above it?
NULL_ABOVE_CALLABLE = VERSION >= (3, 13)

# Where does CALL_FUNCTION_EX keep its callable, without and with keywords?
EX_CALLABLE = (-4, -4) if VERSION >= (3, 14) else (-3, -4) if VERSION == (3, 13) else (-2, -3)
# Does a slot for a mapping lie on top there, by the same?
HAS_MAPPING = (EX_CALLABLE[0] == EX_CALLABLE[1], True)

# Does an instruction before the call replace a bound method by its function and receiver? (3.11: PRECALL)
TAKES_METHODS_APART = VERSION == (3, 11)

# Is the lowest bit of an attribute load's operand the method flag, of a global's the NULL flag?
METHOD_FLAG = VERSION >= (3, 12)
NULL_FLAG = VERSION >= (3, 11)

# How far is the comparison shifted in COMPARE_OP's operand, and does one bit ask for the truth of the result?
COMPARISON_SHIFT = 5 if VERSION >= (3, 13) else 4 if VERSION == (3, 12) else 0

# Are `in`, `is` and exception matching comparisons of COMPARE_OP?
COMPARE_OP_DOES_ALL = VERSION == (3, 8)

# Where is the exception under test in an `except` clause?
MATCHED_EXCEPTION = -2 if VERSION >= (3, 11) else -4

# Where do exception handlers start: in a table, or at SETUP_ instructions?
EXCEPTION_TABLE = VERSION >= (3, 11)

# `'%s' % (x,)` is compiled to the instructions of an f-string; only source positions tell them apart.
FORMATS_PERCENT = VERSION >= (3, 11)

# Does `python script.py` make the script's path absolute? (bpo-20443)
SCRIPT_PATH_IS_ABSOLUTE = VERSION >= (3, 9)

# Does a path of `pathlib` keep all texts that it was made from as plain strings? (Lib/pathlib.py: parse_parts)
PATHS_HOLD_TEXT = VERSION <= (3, 11)

# Has a `__main__` an empty `__annotations__` before it runs? (Python/pylifecycle.c: add_main_module)
MAIN_HAS_ANNOTATIONS = VERSION <= (3, 13)

# Has `typing.Generic` a `__new__` in Python, that does what that of `object` does? (bpo-39168)
GENERIC_MAKES_INSTANCES = VERSION == (3, 8)

# Are a bound method's function and receiver on the stack before the event of CALL? (bytecodes.c: MAYBE_EXPAND_METHOD)
CALL_EXPANDS_METHODS = VERSION >= (3, 14)

# Does a field of an f-string stand where its braces do? (PEP 701)
BRACES_HAVE_POSITIONS = VERSION >= (3, 12)

# Have `bytes` and `complex` the methods `__bytes__` and `__complex__` themselves? (bpo-24234)
CONVERSIONS_ARE_METHODS = VERSION >= (3, 11)

# Does a `partial` that is a class attribute get the instance it was fetched from? (functools documentation)
PARTIAL_IS_METHOD = VERSION >= (3, 14)

# Can a static method be called itself? (bpo-43682)
STATIC_METHODS_ARE_CALLED = VERSION >= (3, 10)

# Where are the exit function and the exception at WITH_EXCEPT_START?
EXIT_FUNCTION = -5 if VERSION >= (3, 14) else -4 if VERSION >= (3, 11) else -7

# Stack effects in which `opcode.stack_effect` differs from what the interpreter does. (3.11: the call pair)
EFFECTS = {"RETURN_GENERATOR": 1}
if VERSION == (3, 11):
    EFFECTS["PRECALL"] = 0

# Was a class made while the program ran, not compiled in? (Include/object.h: Py_TPFLAGS_HEAPTYPE)
HEAP_TYPE = 1 << 9
# Can its attributes not be set, though it was? (3.10+, Py_TPFLAGS_IMMUTABLETYPE; before, nothing has this flag)
IMMUTABLE_TYPE = 1 << 8
# Have instances a `__dict__` before them in memory? (3.11+, Py_TPFLAGS_MANAGED_DICT; before, nothing has this flag)
MANAGED_DICT = 1 << 4

# Where does a type keep the number of its version, which is another one as soon as an attribute of it or of a base is
# set? (Include/cpython/object.h: tp_version_tag, after 46 words; Objects/typeobject.c: PyType_Modified) In 3.8 and 3.9
# it is good only while a flag is set. (Py_TPFLAGS_VALID_VERSION_TAG)
TYPE_VERSION = OBJECT_SIZE + 46 * WORD
VERSION_FLAG = 1 << 19 if VERSION <= (3, 9) else 0

# Does an attribute load that is for a call leave such a callable with its receiver beside it?
# (Include/object.h: Py_TPFLAGS_METHOD_DESCRIPTOR)
METHOD_DESCRIPTOR = 1 << 17

CODE_OPTIMIZED = 0x1
CODE_VARARGS = 0x4
CODE_NESTED = 0x10
CODE_VARKEYWORDS = 0x8
CODE_SUSPENDS = 0x20 | 0x80 | 0x200

COMPARISONS = opcode.cmp_op
BINARY_NAMES = {
    "POWER": "pow",
    "MULTIPLY": "mul",
    "MATRIX_MULTIPLY": "matmul",
    "MODULO": "mod",
    "REMAINDER": "mod",
    "ADD": "add",
    "SUBTRACT": "sub",
    "FLOOR_DIVIDE": "floordiv",
    "TRUE_DIVIDE": "truediv",
    "LSHIFT": "lshift",
    "RSHIFT": "rshift",
    "AND": "and_",
    "XOR": "xor",
    "OR": "or_",
}


def standard_library() -> "Callable[[str, Any], bool]":
    """A test for `(module name, file)`: does this module belong to the standard library?

    Its tests do not count: they are programs. Up to 3.9 there is no `sys.stdlib_module_names`, so the folder tells.
    """
    names = getattr(sys, "stdlib_module_names", None)
    folder = os.path.dirname(os.__file__) + os.sep
    if names is None:
        listed = {name.partition(".")[0] for name in os.listdir(folder)} - {"site-packages", "test"}
        names = frozenset(listed | set(sys.builtin_module_names))
    third_party = ("site-packages" + os.sep, "dist-packages" + os.sep, "test" + os.sep)

    def belongs(name: str, file: "Any") -> bool:
        if name.partition(".")[0] not in names:
            return False
        if type(file) is not str or file.startswith("<"):
            return True
        return file.startswith(folder) and not file[len(folder) :].startswith(third_party) or not os.path.isabs(file)

    return belongs


# 4 The value stack --------------------------------------------------------------------------------------------------


class Empty:
    """Stands for a NULL on the stack; also for what is not there in look-ups."""

    def __repr__(self) -> str:
        return "EMPTY"


EMPTY = Empty()


class Stack:
    """Reads operands from a frame's value stack, for all layouts alike.

    The layouts are those of CPython's `frameobject.h` and `pycore_frame.h`. A view is a ctypes pointer laid over the
    frame object's own field, so it follows that field at each access and depends on the address alone: one view
    serves every later frame object that is put at the same address. That a frame's stack can be read through `id` and
    ctypes is the idea of the gist that this project grew from.
    """

    def __init__(self) -> None:
        from ctypes import POINTER, c_char, c_size_t, c_ubyte, c_uint, c_void_p, py_object, pythonapi

        self.interpreter = pythonapi
        self.byte = c_char
        self.number = c_ubyte
        self.version = c_uint
        self.thread_state = pythonapi.PyThreadState_Get
        self.thread_state.restype = c_void_p
        self.word = c_size_t
        self.object = py_object
        self.objects = POINTER(py_object)
        self.words = POINTER(c_size_t)
        self.tops = POINTER(self.words)

    def slots(self, frame: types.FrameType) -> "Any":
        """A view of the frame's slots: slot `site.origin - k` is the k-th from the top."""
        if TAGGED_REFERENCES:
            return TaggedSlots(self, self.tops.from_address(id(frame) + FRAME_LINK))
        return self.objects.from_address(id(frame) + STACK_POINTER)

    def read(self, frame: types.FrameType, slots: "Any", origin: int, count: int, nulls: int) -> "List[Any]":
        """The `count` topmost objects of the stack, the top last; the lowest `nulls` of them EMPTY where NULL.

        A slice of a ctypes pointer must not meet a NULL: the list would hold one. (Modules/_ctypes/_ctypes.c)
        """
        first = origin - count
        if not nulls or TAGGED_REFERENCES:
            return slots[first:origin]  # type: ignore[no-any-return]
        words = WORD_VIEWS.get(id(frame)) or self.new_words(frame)
        start = [slots[index] if words[index] else EMPTY for index in range(first, first + nulls)]
        return start + slots[first + nulls : origin] if nulls < count else start

    def is_null(self, frame: types.FrameType, slots: "Any", index: int) -> bool:
        """Is there a NULL in this slot?"""
        if TAGGED_REFERENCES:
            return slots[index] is EMPTY
        return not (WORD_VIEWS.get(id(frame)) or self.new_words(frame))[index]

    def new_words(self, frame: types.FrameType) -> "Any":
        """The same view as `slots`, of addresses: 0 is NULL. Kept for all frames that will be at this address."""
        return kept_view(WORD_VIEWS, frame, self.words.from_address(id(frame) + STACK_POINTER))

    def function(self, frame: types.FrameType) -> "Any":
        """The function object that a frame runs (3.11+)."""
        if TAGGED_REFERENCES:
            return self.untagged(self.words.from_address(id(frame) + FRAME_LINK)[LINKED_FUNCTION])
        return slot(self.objects.from_address(id(frame) + FRAME_LINK), LINKED_FUNCTION)

    def local(self, frame: types.FrameType, index: int) -> "Any":
        """The `index`-th local variable of a frame, arguments first (3.11+)."""
        return slot(LOCAL_VIEWS.get(id(frame)) or self.local_view(frame), LINKED_LOCALS + index)

    def local_view(self, frame: types.FrameType) -> "Any":
        """A view of what lies around the frame's local variables, kept for all frames that will be at this address."""
        if TAGGED_REFERENCES:
            words = self.words.from_address(id(frame) + FRAME_LINK)
            return kept_view(LOCAL_VIEWS, frame, TaggedLocals(self, words))
        above = VALUE_STACK if STACK_IN_FRAME else FRAME_LINK
        return kept_view(LOCAL_VIEWS, frame, self.objects.from_address(id(frame) + above))

    def untagged(self, word: int) -> "Any":
        """The object behind a tagged reference; EMPTY for NULL (1) and for a tagged integer (low bits 3)."""
        if word & ~1 == 0 or word & 3 == 3:
            return EMPTY
        return self.object.from_buffer(self.word(word & ~3)).value

    def forgive_overflow(self) -> None:
        """Ends the state of recovery that a caught RecursionError leaves: 50 frames further the process would abort."""
        self.byte.from_address(self.thread_state() + THREAD_OVERFLOWED).value = b"\0"

    def type_version(self, kind: type) -> "Any":
        """A view of the number of a type's version, good while the type lives; 0 where it has none at the time."""
        return self.version.from_address(id(kind) + TYPE_VERSION)

    def code_address(self, frame: types.FrameType) -> int:
        """What the layout says is the address of the frame's code object, for the self-check."""
        if STACK_IN_FRAME:
            return int(self.word.from_address(id(frame) + FRAME_CODE).value)
        return int(self.words.from_address(id(frame) + FRAME_LINK)[LINKED_CODE]) & ~3


class NearStack:
    """Reads the stack of the frame that a callback was called from, with no frame object made for it.

    The callback's own frame is the last one of its thread, and the frame that the event is of lies right before it:
    a ctypes pointer over the thread state's own pointer behind the last frame reaches both by an index. Not so where
    the callback's frame is the first in a new chunk: then that pointer, `ends[1]`, is `size` behind the chunk,
    `ends[0]`. Mostly its lowest byte, `low[0]`, which costs less, is not even `first`, that of `size`. Nor in another
    thread, which has another thread state, nor for generators, whose frames are in themselves.
    """

    def __init__(self, stack: Stack, callback: types.CodeType):
        """For the thread that makes it, and the callback with this code; raises LookupError for another layout."""
        self.callback = callback
        # That thread owns it for ever: this tells one from another with no number made for it.
        self.thread: "Any" = RLock()
        self.thread.acquire()
        state = stack.thread_state()
        at = state + WORD * self.end_of_frames(stack, state)
        self.top = stack.objects.from_address(at)
        self.low = memoryview((stack.number * 1).from_address(at)).cast("B")
        self.ends = memoryview((stack.word * 2).from_address(at - WORD)).cast("B").cast("Q")
        self.size = first_frame_end(callback)
        self.first = self.size & 255
        chunk, limit = stack.word.from_address(at - WORD).value, stack.word.from_address(at + WORD).value
        if chunk & 255 or limit != chunk + stack.words.from_address(at - WORD)[1]:
            raise LookupError("the chunk of the frames")

    def end_of_frames(self, stack: Stack, state: int) -> int:
        """Which word of the thread state points behind the last frame, which is this function's."""
        frame = current_frame()
        end = stack.word.from_address(id(frame) + FRAME_LINK).value + WORD * frame_words(frame.f_code)
        found = [index for index in range(2, 40) if stack.word.from_address(state + WORD * index).value == end]
        if len(found) != 1:
            raise LookupError("the end of the frames")
        return found[0]

    def settle(self, plan: "Plan") -> None:
        """Sets the indices of the slots that the sites of a code object look at, from the end of the frames."""
        distance = distance_to_end(plan.code, self.callback)
        for site in plan.every_site():
            if not site.is_call:
                site.near = site.at - distance
                site.second_near = site.second_at - distance if site.second_at else None

    def repeat(self, site: "Site", code: types.CodeType) -> None:
        """Has all operands of a site read here."""
        top = site.origin - distance_to_end(code, self.callback)
        site.again = slice(top - site.count, top)


class TaggedSlots:
    """The slots of a 3.14 frame: item `-k` is the k-th from the top.

    A reference without its tag is put into a word of the view's own, over which an object is laid: no other thread
    reads the stack of this frame.
    """

    __slots__ = ("object", "tops", "word")

    def __init__(self, stack: Stack, tops: "Any"):
        self.tops = tops
        word = stack.word()
        self.object = stack.object.from_buffer(word)
        self.word = memoryview(word).cast("B").cast("P")

    def __getitem__(self, index: "Any") -> "Any":
        if type(index) is slice:
            return [self[k] for k in range(index.start, index.stop)]
        word = self.tops[LINKED_TOP][index]
        if word & ~1 == 0 or word & 3 == 3:  # as in Stack.untagged
            return EMPTY
        self.word[0] = word & ~3
        return self.object.value


class TaggedLocals:
    """What lies around the local variables of a 3.14 frame, by its place in `_PyInterpreterFrame`."""

    __slots__ = ("stack", "words")

    def __init__(self, stack: Stack, words: "Any"):
        self.stack = stack
        self.words = words

    def __getitem__(self, index: int) -> "Any":
        return self.stack.untagged(self.words[index])


def slot(slots: "Any", index: int) -> "Any":
    """One slot's object, EMPTY for NULL."""
    try:
        return slots[index]
    except ValueError:
        return EMPTY


# 5 Instructions: tables and decoding --------------------------------------------------------------------------------


# The ids of types, and of modules, classes and other callables, that are known not to concern the traced module.
# `DULL_DEEP` leaves out the types whose instances may do so themselves: modules, classes, `super` objects.
DULL_TYPES: "Set[int]" = set()
DULL_DEEP: "Set[int]" = set()
DULL_OBJECTS: "Set[int]" = set()
# The ids of types no instance of which, when it is called, can concern it: they can't carry a module's name.
DULL_CALLABLES: "Set[int]" = set()
# The ids of types with a class of the traced module in their MRO, and of all classes there.
TOUCHED: "Set[int]" = set()
MIXED_IN: "Set[int]" = set()
# The ids of classes that are not of the traced module, though they are below it.
BELOW: "Set[int]" = set()
SETS_OF_IDS = (DULL_TYPES, DULL_DEEP, DULL_OBJECTS, DULL_CALLABLES, TOUCHED, MIXED_IN, BELOW)


class Row:
    """One instruction that can be a use.

    `count` is how many stack slots its handler needs and `probes` are the slots, counted from the top, of which one
    must concern the traced module for anything to happen; both may depend on the operand. `handler` turns the site
    and those slots into uses. `skip` are the types of operands that can't concern it; with `deep`, modules and classes
    as operands matter, not only their types. `accesses`: what is known of accesses to attributes, per type of object;
    the second for those that are for a call.
    """

    def __init__(
        self,
        handler: "Handler",
        count: "Any",
        probes: "Any",
        deep: bool = False,
        skip: "Optional[Set[int]]" = None,
        accesses: "Optional[Tuple[Dict[int, Accesses], Dict[int, Accesses]]]" = None,
    ):
        self.handler = handler
        self.count = count
        self.probes = probes
        self.skip = skip if skip is not None else DULL_DEEP if deep else DULL_TYPES
        self.accesses = accesses
        # Where the number of operands is fixed, what writes the record.
        self.form = FORMS.get(handler) if type(count) is int else None


# No type of operand is skipped; none but modules and classes that are known by themselves.
NOTHING: "Set[int]" = set()
KNOWN_ALONE: "Set[int]" = set()
# Nothing but numbers is skipped: of these operators make such again.
NUMBERS = {id(kind) for kind in (int, float, complex, bool)}
NO_NAMES: "Dict[int, str]" = {}
NO_PLACE: "Tuple[Any, str]" = (None, "")
# A type that no value has.
NOTHING_KEPT: "Tuple[Any, Any, Any, Any]" = (None, None, None, None)
# The sites that know a type that never dies, and how it is named.
KEEPING: "Set[Site]" = set()
CALLS_WITH_NULL = ("CALL", "CALL_KW")
MAY_BE_NULL = ("CALL_FUNCTION_EX", "WITH_CLEANUP_START", "WITH_EXCEPT_START")


class Shape:
    """What all sites with the same opcode and operand have in common; see Site."""

    __slots__ = (
        "opname", "count", "nulls", "first", "second", "skip", "handler", "form", "has_event", "has_one_argument",
        "has_two_slots", "accesses",
    )  # fmt: skip

    def __init__(self, opname: str, arg: int, row: Row):
        self.opname = opname
        # Of calls: does `sys.monitoring` hand over the callable of this instruction, with nothing done yet? Is there at
        # most one argument? Does a NULL or a receiver stand beside the callable?
        self.has_event = opname in CALLS_WITH_NULL
        self.has_one_argument = arg < 2 and opname in SIMPLE_CALLS
        self.has_two_slots = opname in ("CALL", "CALL_KW", "CALL_METHOD")
        self.count: int = row.count(arg) if callable(row.count) else row.count
        self.nulls = self.count if opname in MAY_BE_NULL else 2 if self.has_two_slots else 0
        probes = row.probes(arg) if callable(row.probes) else row.probes
        self.first: int = probes[0]
        self.second: int = probes[1] if len(probes) > 1 else 0
        self.skip = row.skip
        if not self.first:
            self.first, self.skip = -1, NOTHING
        self.handler = row.handler
        self.form = row.form
        self.accesses = row.accesses


class Site:
    """One instruction of a code object that can be a use: where its operands lie and what to do with them."""

    __slots__ = (
        "offset", "position", "opname", "arg", "name", "count", "nulls", "origin", "first", "second", "at",
        "second_at", "near", "second_near", "again", "code", "beside", "skip", "plain", "dying", "handler", "for_call",
        "opened", "mark", "used", "by_types", "counts", "place", "form", "kept", "accesses", "finds", "is_call",
        "__dict__",
    )  # fmt: skip

    # What few sites have an own one of. The names under which calls of what is fetched through `super()` or a class are
    # recorded, "" where such a call is none; by the id of the frame, as more than one may be on its way.
    reached: "Dict[int, str]" = NO_NAMES
    # Of calls of what such a site fetches: are they looked at each time?
    always = False
    # How often it was looked at, where there is a limit.
    visits = 0
    # Of formats: is it known to be one of `'%s' % (x,)`?
    percent: "Optional[bool]" = None
    # For one that guards a local variable: what is watched in its code object.
    plan: "Any" = None
    # See CallSite.
    has_event = False
    has_one_argument = False
    has_two_slots = False
    null_slot = False
    fetched: "Optional[Site]" = None
    special = ""
    # Of attribute loads: the calls that they are for; the compiler may have made one a branch.
    calls: "Tuple[CallSite, ...]" = ()
    # Of calls: the names of the last arguments, where the instruction has them not on the stack. How many forms were
    # made, and does the last one hold only where the slot beside the callable is NULL?
    keywords: "Tuple[str, ...]" = ()
    forms = 0
    needs_null = False
    callee_at: "Optional[int]" = None
    was_null = True
    known: "Any" = None
    known_callee: "Any" = None
    known_module: "Any" = None
    class_test: "Any" = None
    finds_functions = False

    def __init__(self, offset: int, position: int, arg: int, shape: Shape):
        # Where its event comes, and where the instruction itself is.
        self.offset = offset
        self.position = position
        self.opname = shape.opname
        self.arg = arg
        self.name = ""
        # How many slots the handler needs, and how many of the lowest of them may be NULL.
        self.count = shape.count
        self.nulls = shape.nulls
        # Which slots must be looked at, from the top; the same as indices of the frame's view are `at` and `second_at`.
        self.origin = 0
        self.first = shape.first
        self.second = shape.second
        # The same for NearStack, where it serves.
        self.near: "Optional[int]" = None
        self.second_near: "Optional[int]" = None
        # Where NearStack has the operands of a site where each visit was a use.
        self.again: "Optional[slice]" = None
        # Its code object, and the site of another one at the same offset.
        self.code: "Optional[types.CodeType]" = None
        self.beside: "Site" = NO_SITE
        self.skip = shape.skip
        # Of types of operands that were of no interest here: one that never dies, and a weak reference to one that may.
        self.plain: "Any" = None
        self.dying: "Any" = NO_TYPE
        self.handler = shape.handler
        # For an attribute load: is it only for a call?
        self.for_call = False
        # Was a visit a use? Which frames stand here in one, OPEN tells, by this mark.
        self.opened = 0
        self.mark: "Optional[Tuple[Site, int]]" = None
        # Was the last visit one, or fetched for one? Can the types of operands tell that the next one is none?
        self.used = False
        self.by_types = True
        # The name of the module where it runs, and its place, as JSON.
        self.place: "Tuple[Any, str]" = NO_PLACE
        # Is it known that what happens here counts, in the module whose name `place` holds?
        self.counts = False
        # What writes the record of such a use again; of fetches for one, what tells that a module still holds the same;
        # of changes of attributes, that nothing becomes untrue.
        self.form = shape.form
        # The types of the first two values of its records, where they never die, and how these are written.
        self.kept: "Tuple[Any, Any, Any, Any]" = NOTHING_KEPT
        self.finds: "Optional[Callable[[Any], bool]]" = None
        # Of accesses to attributes: what is known of them per type of object; see `known_access`.
        self.accesses = shape.accesses
        self.is_call = False

    def settle(self) -> None:
        """Sets the indices of the slots to look at; no second one is 0, so the slot 0 must be the first."""
        if self.second and self.origin + self.second == 0:
            self.first, self.second = self.second, self.first
        self.at = self.origin + self.first
        self.second_at = self.origin + self.second if self.second else 0

    def reach(self, name: str) -> bool:
        """Keeps the name for the call that follows; False where that does not know that it was fetched here.

        From now on each visit is a whole one, as the name must be forgotten.
        """
        if not self.calls:
            return False
        if self.reached is NO_NAMES or len(self.reached) > 10000:
            for call in self.calls:
                call.always = call.used = True
                call.lose()
                call.form, call.forms = None, MOST_FORMS
            self.reached = {}
            self.skip_only(NOTHING)
            self.lose()
            self.form = self.finds = self.accesses = None
        self.reached[id(frame_looked_at())] = name
        return True

    def lose(self) -> None:
        """From now on, what is known of the operands alone does not tell that a visit is no use."""
        self.near = self.again = None

    def skip_only(self, skip: "Set[int]") -> None:
        """Sets which types of operands are skipped."""
        self.skip = skip
        self.plain = None
        self.dying = NO_TYPE


class CallSite(Site):
    """An instruction that calls."""

    __slots__ = (
        "callee_at", "has_event", "has_one_argument", "has_two_slots", "null_slot", "was_null", "fetched", "known",
        "known_callee", "known_module", "class_test", "finds_functions", "special",
    )  # fmt: skip

    def __init__(self, offset: int, position: int, arg: int, shape: Shape):
        Site.__init__(self, offset, position, arg, shape)
        self.is_call = True
        self.by_types = False
        self.skip = NOTHING
        self.has_event = shape.has_event
        self.has_one_argument = shape.has_one_argument
        self.has_two_slots = shape.has_two_slots
        # Which slot of the view holds the callable, where no receiver can stand beside it.
        self.callee_at: "Optional[int]" = None
        # Is there always a NULL beside the callable? Was there one when it was last asked, or can none be there?
        self.null_slot = False
        self.was_null = not shape.has_two_slots
        # The attribute load that fetched the callable.
        self.fetched: "Optional[Site]" = None
        # The special method that is called, by a `with` statement.
        self.special = ""
        # What was called here and was no use: a builtin, or a method of a builtin type, for which its first argument
        # decides; a weak reference to the first function or class, and the module of the last function.
        self.known: "Any" = EMPTY
        self.known_callee: "Any" = NO_TYPE
        self.known_module: "Any" = EMPTY
        # A builtin that tests for a class, the second of two arguments, and was called here. Where it is, `near` tells.
        self.class_test: "Any" = EMPTY
        # Is a function in the slot above the lowest one what is called? It is no receiver that the callable is a method
        # of, as functions have none of that name.
        self.finds_functions = False

    def can_know(self) -> bool:
        """Do a callable and its first argument tell that a call is no use, wherever it was fetched from?"""
        return not self.opened and (self.fetched is None or self.fetched.skip is not NOTHING)

    def lose(self) -> None:
        Site.lose(self)
        self.known, self.known_callee = EMPTY, OTHER_TYPES


# Stands where there is no other site; of no code object.
NO_SITE = Site.__new__(Site)
NO_SITE.code, NO_SITE.near, NO_SITE.again, NO_SITE.beside = None, None, None, NO_SITE

# The shapes by opcode and operand, -1 for all operands; None where that operand makes it no use.
SHAPES: "Dict[Tuple[int, int], Optional[Shape]]" = {}


def shape_of(op: int, arg: int) -> "Optional[Shape]":
    """The shape of an instruction of the table, kept."""
    row = ROWS[op]
    found = row if isinstance(row, Row) else row(arg)
    is_fixed = found is row and not callable(row.count) and not callable(row.probes)
    key = (op, -1 if is_fixed else arg)
    if key not in SHAPES:
        if len(SHAPES) > 20000:
            SHAPES.clear()
        SHAPES[key] = Shape(opcode.opname[op], arg, found) if found is not None else None
    if is_fixed:
        FIXED_SHAPES[op] = SHAPES[key]
    return SHAPES[key]


FIXED_SHAPES: "List[Optional[Shape]]" = [None] * 256


def opcodes(*names: str) -> "Set[int]":
    """The numbers of those of these instructions that this Python has."""
    return {opcode.opmap[name] for name in names if name in opcode.opmap}


def opcodes_like(*starts: str) -> "Set[int]":
    """The numbers of all instructions whose names begin so."""
    return {number for name, number in opcode.opmap.items() if name.startswith(starts) and number < 256}


EXTENDED_ARG = opcode.EXTENDED_ARG
# END_ASYNC_FOR of 3.14 names where it comes from, not where it goes.
CONDITIONAL = {op for op in opcode.hasjrel + opcode.hasjabs if op < 256} - opcodes("END_ASYNC_FOR")
BACKWARD = {op for name, op in opcode.opmap.items() if "BACKWARD" in name}
RELATIVE = set(opcode.hasjrel)
NO_FALL_THROUGH = opcodes(
    "RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_ABSOLUTE", "JUMP_BACKWARD",
    "JUMP_BACKWARD_NO_INTERRUPT", "INTERPRETER_EXIT",
)  # fmt: skip
# Attribute loads, and how many slots each takes before it writes its own.
ATTRIBUTE_LOADS = {op: 1 for op in opcodes("LOAD_ATTR", "LOAD_METHOD")}
ATTRIBUTE_LOADS.update({op: 3 for op in opcodes("LOAD_SUPER_ATTR")})
CALLS_BACK = opcodes("CALL_FINALLY")
COPIES = opcodes("COPY", "DUP_TOP")
# What may stand before a test of what was on top: it is copied, and the copy gets a name.
KEEPS_TOP = COPIES | opcodes("EXTENDED_ARG", "STORE_FAST", "STORE_DEREF", "STORE_NAME", "STORE_GLOBAL")
SWAPS = opcodes("SWAP")
# How many slots they rotate; 0 is for the operand's number.
ROTATIONS = {
    opcode.opmap[name]: moved
    for moved, name in ((2, "ROT_TWO"), (3, "ROT_THREE"), (4, "ROT_FOUR"), (0, "ROT_N"))
    if name in opcode.opmap
}
WRITES_NOTHING = (
    opcodes_like(
        "STORE_", "DELETE_", "POP_", "JUMP", "DICT_", "SETUP_", "ROT_", "RETURN_VALUE", "RAISE", "END_FOR", "NOT_TAKEN",
    )
    | opcodes(
        "LIST_APPEND", "SET_ADD", "MAP_ADD", "LIST_EXTEND", "SET_UPDATE", "NOP", "RESUME", "PRECALL", "KW_NAMES",
        "SWAP", "MAKE_CELL", "COPY_FREE_VARS", "RERAISE", "RETURN_CONST", "END_FINALLY", "END_ASYNC_FOR",
        "GEN_START", "IMPORT_STAR",
    )
) - opcodes("STORE_FAST_LOAD_FAST", "STORE_FAST_MAYBE_NULL", "SETUP_WITH")  # fmt: skip
PUSH_NULL = opcodes("PUSH_NULL")
CONSTANTS = opcodes("LOAD_CONST", "LOAD_SMALL_INT", "LOAD_CONST_IMMORTAL")
SMALL_INTEGERS = opcodes("LOAD_SMALL_INT")
IMPORTS = opcodes("IMPORT_NAME")
IMPORT_LEVEL = -2
STARTS_GENERATOR = opcodes("GEN_START")
ATTRIBUTE_CHANGES = ("STORE_ATTR", "DELETE_ATTR")
CHANGES_ATTRIBUTE = opcodes(*ATTRIBUTE_CHANGES)
# What fetches special methods that are called later. (3.14: Include/internal/pycore_ceval.h, SPECIAL___ENTER__)
SPECIAL_METHODS = ("__enter__", "__exit__", "__aenter__", "__aexit__")
FETCHES_EXIT = opcodes("SETUP_WITH", "BEFORE_WITH")
FETCHES_AEXIT = opcodes("BEFORE_ASYNC_WITH")
FETCHES_SPECIAL = opcodes("LOAD_SPECIAL")
LOADS_GLOBAL = opcodes("LOAD_GLOBAL")
KEYWORD_NAMES = opcodes("KW_NAMES")
COMPARES = opcodes("COMPARE_OP")
LOOPS = opcodes("FOR_ITER")
NAMED = {op for op in opcode.hasname if op < 256}
TESTS = opcodes_like("POP_JUMP_", "JUMP_IF_") - {
    op for name, op in opcode.opmap.items() if "NONE" in name or name == "JUMP_IF_NOT_EXC_MATCH"
}
HAS_TO_BOOL = "TO_BOOL" in opcode.opmap
if HAS_TO_BOOL:
    TESTS = opcodes("TO_BOOL")
NEGATIONS = opcodes("UNARY_NOT")
MATCHES_SEQUENCE = opcodes("MATCH_SEQUENCE")
GETS_LENGTH = opcodes("GET_LEN")
CONVERSIONS = opcodes("CONVERT_VALUE")
FORMATS_CONVERTED = opcodes("FORMAT_SIMPLE", "FORMAT_WITH_SPEC")

# Comparisons that give True or False whatever they compare; and what else makes exact builtin values.
BOOLEANS = opcodes("CONTAINS_OP", "IS_OP", "CHECK_EXC_MATCH", "UNARY_NOT", "MATCH_MAPPING", "MATCH_SEQUENCE")
MAKES_BUILTINS = (
    BOOLEANS
    | CONSTANTS
    | opcodes_like("BUILD_", "FORMAT_")
    | opcodes("MAKE_FUNCTION", "LIST_TO_TUPLE", "LOAD_BUILD_CLASS")
) - opcodes("FORMAT_VALUE", "FORMAT_SIMPLE", "FORMAT_WITH_SPEC")
MAKES_OTHER_BUILTINS = MAKES_BUILTINS - BOOLEANS
LOADS_LOCAL = opcodes("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW")
LOADS_TWO_LOCALS = opcodes("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW")
STORES_VARIABLE = opcodes("STORE_FAST", "STORE_DEREF")
DELETES_VARIABLE = opcodes("DELETE_FAST", "DELETE_DEREF")
STORES_CONSTANT = [
    bytes((before, op)) for before in CONSTANTS | opcodes("DUP_TOP", "UNPACK_SEQUENCE") for op in STORES_VARIABLE
]
STORES_LOCAL = opcodes("STORE_FAST", "STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST")
STORES_AND_LOADS = opcodes("STORE_FAST_LOAD_FAST")
STORES_TWO_LOCALS = opcodes("STORE_FAST_STORE_FAST")
# These push without taking what was on top.
ONLY_PUSHES = opcodes_like(
    "LOAD_", "PUSH_NULL", "FOR_ITER", "IMPORT_FROM", "GET_LEN", "DUP_TOP", "MATCH_", "RETURN_GENERATOR",
    "BEGIN_FINALLY", "CALL_FINALLY",
) - opcodes("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "LOAD_SPECIAL")  # fmt: skip


def instruction_sizes() -> "List[int]":
    """For each opcode how many bytes it takes with its inline caches."""
    sizes = [2] * 256
    entries = getattr(opcode, "_inline_cache_entries", ())
    for op in range(256):
        sizes[op] += 2 * (entries.get(opcode.opname[op], 0) if type(entries) is dict else entries[op] if entries else 0)
    return sizes


SIZES = instruction_sizes()
# What instructions do to the stack that do not jump, by opcode and operand.
EFFECTS_OF: "List[Dict[int, int]]" = [{} for _ in range(256)]


def stack_effect(op: int, arg: int, jump: bool) -> int:
    """By how many slots an instruction makes the stack grow, when it jumps or does not."""
    known = EFFECTS_OF[op]
    if not jump and arg in known:
        return known[arg]
    name = opcode.opname[op]
    if name in EFFECTS:
        effect = EFFECTS[name]
    elif name == "CALL" and VERSION == (3, 11):
        effect = -1 - arg
    else:
        effect = opcode.stack_effect(op, arg if op >= opcode.HAVE_ARGUMENT else None, jump=jump)
    if not jump and len(known) < 1000:
        known[arg] = effect
    return effect


def fixed_effect(op: int, jump: bool = False) -> "Optional[int]":
    """The stack effect of an instruction, where it does not depend on its operand."""
    try:
        effects = {stack_effect(op, arg, jump) for arg in (0, 1, 2, 3, 4, 8)}
    except ValueError:
        return None
    return effects.pop() if len(effects) == 1 else None


FIXED_EFFECTS = [fixed_effect(op) for op in range(256)]
JUMP_EFFECTS = [fixed_effect(op, True) if op in CONDITIONAL else None for op in range(256)]
WRITES_LIKE_NO_OTHER = (
    LOADS_LOCAL
    | LOADS_TWO_LOCALS
    | STORES_LOCAL
    | SWAPS
    | COPIES
    | set(ROTATIONS)
    | set(ATTRIBUTE_LOADS)
    | MATCHES_SEQUENCE
    | WRITES_NOTHING
)


# They take what they take, and leave nothing.
DROPPING = (
    WRITES_NOTHING - CONDITIONAL - NO_FALL_THROUGH - STORES_LOCAL - SWAPS - COPIES - set(ROTATIONS) - KEYWORD_NAMES
)


# How an instruction is walked that does not jump, and that makes no site but for those that replace operands.
LOADS, STORES, PUSHES, REPLACES, REPLACES_OPERANDS, DROPS, LEAVES = 1, 2, 3, 4, 5, 6, 7


def kind_of(op: int) -> int:
    """One of these, 0 for all other instructions."""
    effect = FIXED_EFFECTS[op]
    is_plain = op not in CONDITIONAL and op not in NO_FALL_THROUGH and op not in WRITES_LIKE_NO_OTHER
    takes = effect is not None and effect <= 0 or opcode.opname[op] in SIMPLE_CALLS
    if op in ROWS and (is_plain and takes or ATTRIBUTE_LOADS.get(op) == 1):
        return REPLACES_OPERANDS
    if op in LOADS_LOCAL:
        return LOADS
    if op in STORES_LOCAL and op not in STORES_AND_LOADS | STORES_TWO_LOCALS:
        return STORES
    if op in ROWS or op == EXTENDED_ARG:
        return 0
    if op in NO_FALL_THROUGH and op not in CONDITIONAL:
        return LEAVES
    if op in DROPPING and effect is not None and effect <= 0:
        return DROPS
    if not is_plain:
        return 0
    if op in ONLY_PUSHES:
        return PUSHES
    return REPLACES if effect is not None and effect <= 0 else 0


KINDS: "List[int]" = []
SIMPLE_CALLS = ("CALL_FUNCTION", "CALL_METHOD", "CALL")


def exception_table(code: types.CodeType) -> "Iterable[Tuple[int, int, int, int, int]]":
    """`(range start, its end, handler offset, stack kept, depth there)` of a code object's entries (3.11+).

    The format is that of CPython's Objects/exception_handling_notes.txt: groups of four numbers in base 64.
    """
    numbers = []
    value = 0
    for byte in code.co_exceptiontable:
        value = value << 6 | byte & 63
        if not byte & 64:
            numbers.append(value)
            value = 0
    for index in range(0, len(numbers) - 3, 4):
        start, length, target, depth = numbers[index : index + 4]
        yield start * 2, (start + length) * 2, target * 2, depth >> 1, (depth >> 1) + (depth & 1) + 1


# What wrote a stack slot: the offset of an instruction, UNKNOWN, or LOCAL - n for the value of the n-th local variable.
UNKNOWN = -1
LOCAL = -2


def writer_at(writers: "List[int]", index: int) -> int:
    """What wrote the slot `index`, counted from the top as -1."""
    return writers[index] if -index <= len(writers) else UNKNOWN


def jump_target(op: int, arg: int, offset: int) -> int:
    """The offset that a jump at `offset` goes to."""
    distance = arg * 2 if JUMPS_IN_UNITS else arg
    if op not in RELATIVE:
        return distance
    following = offset + SIZES[op]
    return following - distance if op in BACKWARD else following + distance


class Decoder:
    """Turns one code object's bytecode into its sites by walking the control flow with the stack depth."""

    def __init__(self, code: types.CodeType):
        self.code = code
        self.raw = code.co_code
        self.base = 0 if STACK_IN_FRAME else LINKED_LOCALS + local_slots(code)
        # Does the first flow to a place bring the same constants and locals as the others that meet there?
        self.trusted = True
        self.clear()

    def clear(self) -> None:
        """Before a walk."""
        self.sites: "Dict[int, Site]" = {}
        # Per code unit: the stack depth before it where the flow has reached it, else None. It may be negative on 3.8:
        # one slot is pushed where `return` comes to a `finally`, but its end counts as taking six. (stack_effect)
        self.depths: "List[Optional[int]]" = [None] * (len(self.raw) // 2 + 1)
        self.tested: "Dict[int, Site]" = {}
        # At jump targets: what wrote each slot; attribute loads that meet there.
        self.writers_at: "Dict[int, List[int]]" = {}
        self.met: "List[Tuple[int, int]]" = []
        # The names of a KW_NAMES, for the call that follows. (3.11, 3.12)
        self.names: "Tuple[str, ...]" = ()
        # What wrote the slots that `case [...]` tests to be sequences, and is none of their items fetched yet?
        self.matched: "Dict[int, bool]" = {}
        # What wrote the slots that are tested.
        self.looked_at: "Set[int]" = set()
        # Exception handlers by the start of the range that they guard: offset, how much of the stack is kept, depth.
        self.handlers: "Dict[int, List[Tuple[int, int, int]]]" = {}
        # For Guards: sites that look at nothing but local variables, and at which; where locals are stored: depth,
        # which, what; loops.
        self.local_sites: "List[Tuple[Site, Tuple[int, ...], bool]]" = []
        # Instructions that make a number where certain local variables hold numbers; some of the sites above look at
        # what these made.
        self.numbers: "Dict[int, FrozenSet[int]]" = {}
        self.stores: "List[Tuple[int, int, int, int]]" = []
        self.loops: "List[Tuple[int, int]]" = []
        # Up to where the code runs straight on from its start: no jump, no jump's target, nothing that is guarded.
        self.straight = len(self.raw)

    def decode(self) -> "Dict[int, Site]":
        """The table `offset -> site`, with the offset at which the event comes."""
        self.follow()
        if not self.trusted:
            self.clear()
            self.follow()
        for one, other in self.met + self.met[::-1]:
            for a, b in ((one, other), (other, one)):
                if a in self.sites and b in self.sites and self.sites[a].for_call:
                    self.sites[b].for_call = self.raw[b] in ATTRIBUTE_LOADS
        for offset in self.looked_at:
            site = self.site_at(offset) if offset >= 0 else None
            if site is not None:
                site.for_call = False
        return self.sites

    def follow(self) -> None:
        """Walks all flows."""
        start = 1 if self.raw and self.raw[0] in STARTS_GENERATOR else 0
        pending: "List[Tuple[int, int, List[int]]]" = [(0, start, [UNKNOWN] * start)]
        if EXCEPTION_TABLE:
            for start, _, target, kept, depth in exception_table(self.code):
                self.handlers.setdefault(start, []).append((target, kept, depth))
                self.straight = min(self.straight, start)
        while pending or self.handlers:
            if not pending:
                rest = self.handlers.popitem()[1]
                pending = [(target, depth, [UNKNOWN] * depth) for target, _, depth in rest]
            offset, depth, writers = pending.pop()
            if self.depths[offset >> 1] is None:
                self.walk(offset, depth, writers, pending)
            else:
                self.meet(offset, writers)

    def walk(self, offset: int, depth: int, writers: "List[int]", pending: "List[Any]") -> None:
        """Follows the flow from `offset` until it ends or meets code that was walked before.

        `writers` tells what wrote each stack slot, the top last; that finds the load that fetched a callable.
        """
        raw, depths, sites, writers_at, handlers = self.raw, self.depths, self.sites, self.writers_at, self.handlers
        effects_of = EFFECTS_OF
        end = len(raw)
        while offset < end:
            if depths[offset >> 1] is not None:
                self.meet(offset, writers)
                return
            depths[offset >> 1] = depth
            if offset in writers_at or handlers and offset in handlers:
                self.arrive(offset, writers, pending)
            op = raw[offset]
            arg = raw[offset + 1]
            kind = KINDS[op]
            if kind:
                # What most of a code object is: a local is loaded, or operands are replaced by what is made of them.
                if kind is LOADS:
                    writers.append(LOCAL - arg)
                    depth += 1
                elif kind is STORES:
                    self.stores.append((offset, depth, arg, writers.pop() if writers else UNKNOWN))
                    depth -= 1
                elif kind is DROPS:
                    effect = FIXED_EFFECTS[op]
                    if effect:
                        del writers[effect:]
                        depth += effect
                elif kind is LEAVES:
                    return
                else:
                    effect = FIXED_EFFECTS[op]
                    if effect is None:
                        effect = effects_of[op].get(arg)
                        if effect is None:
                            effect = stack_effect(op, arg, False)
                    if effect == 1 and kind is PUSHES:
                        writers.append(offset)
                    elif kind is PUSHES:
                        writers += [offset] * effect
                    else:
                        if kind is REPLACES_OPERANDS:
                            site = self.site(offset, offset, op, arg, depth, writers)
                            if site is not None:
                                sites[site.offset] = site
                        if effect <= 0:
                            del writers[effect - 1 :]
                            writers.append(offset)
                        else:
                            writers[-1:] = [offset, offset]
                    depth += effect
                offset += SIZES[op]
                continue
            following = self.step(offset, op, arg, depth, writers, pending)
            if following is None:
                return
            offset, depth = following

    def step(
        self, offset: int, op: int, arg: int, depth: int, writers: "List[int]", pending: "List[Any]"
    ) -> "Optional[Tuple[int, int]]":
        """Follows one instruction of the less usual kinds: where the flow goes on and with which depth, if it does."""
        start = offset
        while op == EXTENDED_ARG:
            offset += 2
            op = self.raw[offset]
            arg = arg << 8 | self.raw[offset + 1]
            self.depths[offset >> 1] = depth
        if op in ROWS:
            site = self.site(start, offset, op, arg, depth, writers)
            if site is not None:
                self.sites[site.offset] = site
        effect = FIXED_EFFECTS[op]
        if effect is None:
            effect = stack_effect(op, arg, False)
        if op in CONDITIONAL:
            self.jump(op, arg, offset, depth, writers, pending)
        if op in NO_FALL_THROUGH:
            return None
        self.write(start, offset, op, arg, depth, effect, writers)
        return offset + SIZES[op], depth + effect

    def arrive(self, offset: int, writers: "List[int]", pending: "List[Any]") -> None:
        """Where other flows come to, or a range begins that exception handlers guard."""
        if offset in self.writers_at:
            self.merge(offset, writers)
            self.writers_at[offset] = writers[:]
        for target, kept, level in self.handlers.pop(offset, ()):
            pending.append((target, level, writers[:kept] + [UNKNOWN] * (level - kept)))

    def jump(self, op: int, arg: int, offset: int, depth: int, writers: "List[int]", pending: "List[Any]") -> None:
        """The flow that a jump may take."""
        target = jump_target(op, arg, offset)
        effect = JUMP_EFFECTS[op]
        if effect is None:
            effect = stack_effect(op, arg, True)
        brought = writers[: len(writers) + effect] if effect <= 0 else writers + [UNKNOWN] * effect
        pending.append((target, depth + effect, brought))
        if offset < self.straight or target < self.straight:
            self.straight = min(offset, target)
        if target <= offset:
            self.loops.append((target, offset))
        elif target not in self.writers_at:
            self.writers_at[target] = brought[:]
        elif self.depths[target >> 1] is None:
            self.merge(target, brought[:])

    def write(self, start: int, offset: int, op: int, arg: int, depth: int, effect: int, writers: "List[int]") -> None:
        """What an instruction does to `writers`: most replace what they took by what they made."""
        if op not in WRITES_LIKE_NO_OTHER:
            if effect <= 0:
                del writers[effect - 1 :]
                writers.append(offset)
            elif op in ONLY_PUSHES or op in MAKES_BUILTINS:
                writers += [offset] * effect
            else:
                writers[-1:] = [offset] * (effect + 1)
        elif op in LOADS_LOCAL:
            writers.append(LOCAL - arg)
        elif op in LOADS_TWO_LOCALS:
            writers += [LOCAL - (arg >> 4), LOCAL - (arg & 15)]
        elif op in STORES_LOCAL:
            event = start if EVENT_AT_PREFIX else offset
            stored = (arg >> 4, arg & 15) if op in STORES_TWO_LOCALS else (arg >> 4 if op in STORES_AND_LOADS else arg,)
            for local in stored:
                self.stores.append((event, depth, local, writers.pop() if writers else UNKNOWN))
            if op in STORES_AND_LOADS:
                writers.append(LOCAL - (arg & 15))
        elif op in KEYWORD_NAMES:
            self.names = self.code.co_consts[arg]
        elif op in ATTRIBUTE_LOADS:
            writers[-ATTRIBUTE_LOADS[op] :] = [offset] * (effect + ATTRIBUTE_LOADS[op])
        elif op in COPIES:
            writers.append(writer_at(writers, -max(arg, 1)))
        elif op in MATCHES_SEQUENCE:
            self.match(offset, writers)
        elif op in SWAPS:
            writers[-1], writers[-arg] = writers[-arg], writers[-1]
        elif op in ROTATIONS:
            # The top goes below the `moved - 1` that were under it.
            moved = ROTATIONS[op] or arg
            if moved <= len(writers):
                writers.insert(len(writers) - moved, writers.pop())
        elif effect < 0:
            del writers[effect:]
        else:
            writers += [UNKNOWN] * effect

    def match(self, offset: int, writers: "List[int]") -> None:
        """A pattern `[...]` begins: what is on top is its subject, and stays."""
        self.matched[writer_at(writers, -1)] = True
        writers.append(offset)

    def merge(self, offset: int, writers: "List[int]") -> None:
        """Where several flows come together, constants and locals that not all of them bring are no longer known."""
        others = self.writers_at[offset]
        if others != writers:
            for index, (one, other) in enumerate(zip(others, writers)):
                if one != other:
                    others[index], writers[index] = self.joined(one, other), self.joined(other, one)

    def joined(self, writer: int, other: int) -> int:
        """What is left to know of what wrote a slot, where another flow brings what `other` wrote."""
        if self.is_known(writer):
            return UNKNOWN
        if self.is_boolean(writer) and not self.is_boolean(other):
            return other if other >= 0 and self.raw[other] in COMPARES else UNKNOWN
        return writer

    def is_known(self, writer: int) -> bool:
        """Is more known of the value of a slot than what made it?"""
        return writer <= LOCAL or writer in self.numbers or writer >= 0 and self.raw[writer] in MAKES_OTHER_BUILTINS

    def is_boolean(self, writer: int) -> bool:
        """Is the value of a slot True or False, whatever was compared?"""
        return writer >= 0 and self.raw[writer] in BOOLEANS

    def meet(self, offset: int, writers: "List[int]") -> None:
        """Where two flows meet: a truth test is only left out if both bring a comparison's result, and two attribute
        loads that bring the same slot are fetched for the same call.
        """
        first = self.writers_at.get(offset)
        if first is not None and first != writers:
            for one, other in zip(first, writers):
                if one != other and (self.is_known(one) or self.is_boolean(one) and not self.is_boolean(other)):
                    self.trusted = False
                if one != other and one >= 0 and self.raw[one] in ATTRIBUTE_LOADS:
                    self.met.append((one, other))
        if not self.compared(writers):
            site = self.tested.get(self.test_of_top(offset))
            if site is not None:
                self.sites[site.offset] = site

    def test_of_top(self, offset: int) -> int:
        """Where what is on top at `offset` would be tested: there, or once it was copied or got a name."""
        while offset not in self.tested and self.raw[offset] in KEEPS_TOP:
            offset += SIZES[self.raw[offset]]
        return offset

    def compared(self, writers: "List[int]") -> bool:
        """Was the topmost slot written by a comparison? Or by the loop that 3.14 makes of `any(x for x in y)`?"""
        writer = writer_at(writers, -1)
        if writer < 0:
            return False
        op = self.raw[writer]
        return op in COMPARES or op in LOOPS or op in BOOLEANS

    def is_builtin(self, writer: int) -> bool:
        """Is the value of a slot of an exact builtin type, whatever happens?"""
        return writer >= 0 and self.trusted and self.raw[writer] in MAKES_BUILTINS

    def site(self, start: int, offset: int, op: int, arg: int, depth: int, writers: "List[int]") -> "Optional[Site]":
        """The site of one instruction, or None where this operand makes it no use."""
        shape = FIXED_SHAPES[op] or SHAPES.get((op, arg)) or shape_of(op, arg)
        if shape is None or shape.count > depth and not TOP_IS_POINTER:
            return None
        event = start if EVENT_AT_PREFIX else offset
        origin = self.base + depth if TOP_IS_COMPUTED else 0
        if self.matched and shape.handler is ITEM.handler and self.is_of_pattern(writers):
            if not self.matched[writers[-2]]:
                return None
            self.matched[writers[-2]] = False
            shape = Shape(shape.opname, arg, FIRST_ITEM)
        if op in CALLS:
            call = CallSite(event, offset, arg, shape)
            call.origin = origin
            self.call(call, op, writers)
            return call
        site = Site(event, offset, arg, shape)
        site.origin = origin
        if op in LIKE_NO_OTHER and not self.settled(site, start, offset, op, writers):
            return None
        if (site.skip is DULL_DEEP or site.skip is DULL_TYPES) and not self.operands(site, writers):
            return None
        if site.second:
            site.settle()
        else:
            site.at, site.second_at = origin + site.first, 0
        return site

    def settled(self, site: Site, start: int, offset: int, op: int, writers: "List[int]") -> bool:
        """Fills in what the sites of some opcodes need; False where it is none: a comparison's result is tested, what a
        conversion made is put into an f-string.
        """
        if op in FORMATS_CONVERTED:
            converted = writer_at(writers, site.first)
            return converted < 0 or self.raw[converted] not in CONVERSIONS
        if op in TESTS or op in NEGATIONS:
            self.looked_at.add(writer_at(writers, -1))
            if HAS_TO_BOOL and op in TESTS and not self.is_condition(offset):
                site.handler = NOT_HANDLER
                site.form = FORMS[NOT_HANDLER]
            if self.compared(writers):
                site.settle()
                self.tested[start] = site
                return False
        if op in NAMED:
            site.name = self.code.co_names[site.arg >> NAME_SHIFTS.get(op, 0)]
            if op in IMPORTS and self.imports_others(site.name, writer_at(writers, IMPORT_LEVEL)):
                return False
            if op in CHANGES_ATTRIBUTE and site.name in CLASS_SETTINGS:
                site.skip = NOTHING
            elif op in CHANGES_ATTRIBUTE:
                site.finds = changes_nothing
        return True

    def operands(self, site: Site, writers: "List[int]") -> bool:
        """Which operands must be looked at? Those that the code makes itself, of exact builtin types, need not be."""
        known = len(writers)
        first = writers[site.first] if -site.first <= known else UNKNOWN
        second = writers[site.second] if site.second and -site.second <= known else UNKNOWN
        if not self.trusted:
            return True
        if first == second <= LOCAL and self.loads_twice(site.position):
            site.second = 0
        derived: "Optional[FrozenSet[int]]" = None
        if self.numbers or site.handler in ARITHMETIC:
            numbers = self.number(first)
            if numbers is not None and site.second:
                others = self.number(second)
                numbers = numbers | others if others is not None else None
            if numbers and site.handler in ARITHMETIC:
                self.numbers[site.position] = numbers
            if first in self.numbers or second in self.numbers:
                derived = numbers
        if second >= 0 and self.raw[second] in MAKES_BUILTINS:
            site.second = 0
        if first >= 0 and self.raw[first] in MAKES_BUILTINS:
            if not site.second:
                return False
            site.first, site.second, first = site.second, 0, second
        if derived:
            self.local_sites.append((site, tuple(derived), True))
        elif first <= LOCAL and (not site.second or second <= LOCAL):
            self.local_sites.append((site, (LOCAL - first, LOCAL - second) if site.second else (LOCAL - first,), False))
        return True

    def loads_twice(self, offset: int) -> bool:
        """Is one local variable loaded twice just before `offset`? Then one look serves for both operands."""
        before = self.raw[offset - 2]
        alone = before in LOADS_LOCAL and self.raw[offset - 4] in LOADS_LOCAL and offset - 2 not in self.writers_at
        return alone or before in LOADS_TWO_LOCALS

    def number(self, writer: int) -> "Optional[FrozenSet[int]]":
        """The local variables that must hold numbers, so that a slot does; None where that does not help."""
        if writer <= LOCAL:
            return frozenset((LOCAL - writer,))
        if writer < 0 or writer in self.numbers:
            return self.numbers.get(writer)
        return frozenset() if id(type(self.constant(writer))) in NUMBERS else None

    def is_of_pattern(self, writers: "List[int]") -> bool:
        """Is this a subscript of `case [x, *_]`? That copies its subject before it loads the index, or counts from its
        end.
        """
        key = writer_at(writers, -1)
        is_counted = key > 0 and (self.before(key) in COPIES or self.before(key, 2) in GETS_LENGTH)
        return is_counted and writer_at(writers, -2) in self.matched

    def before(self, offset: int, steps: int = 1) -> int:
        """The opcode of the instruction that stands so many before that at `offset`; of what has no inline caches."""
        while steps and offset:
            offset -= 2
            steps -= self.raw[offset] != EXTENDED_ARG
        return self.raw[offset]

    def imports_others(self, name: str, level: int) -> bool:
        """Is this an import by a module's full name, and not of the traced module?"""
        return name != "__main__" and not TRACED[name] and self.constant(level) == 0

    def constant(self, writer: int) -> "Any":
        """The constant in a slot; EMPTY where it is none, or where the operand that tells it has a prefix."""
        if writer < 0 or self.raw[writer] not in CONSTANTS or writer >= 2 and self.raw[writer - 2] == EXTENDED_ARG:
            return EMPTY
        operand = self.raw[writer + 1]
        return operand if self.raw[writer] in SMALL_INTEGERS else self.code.co_consts[operand]

    def is_condition(self, offset: int) -> bool:
        """Is the truth value made at `offset` one of a jump, not of `not x` or `not not x`? (3.13: TO_BOOL in all)"""
        following = offset + SIZES[self.raw[offset]]
        while self.raw[following] == EXTENDED_ARG:
            following += 2
        return self.raw[following] in CONDITIONAL

    def call(self, site: CallSite, op: int, writers: "List[int]") -> None:
        """Fills in what a call needs: where its callable came from, and its keywords where they are constants."""
        writer, beside = writer_at(writers, -site.count), writer_at(writers, 1 - site.count)
        null = writer if not NULL_ABOVE_CALLABLE else beside
        if null >= 0 and site.opname in CALLS_WITH_NULL and self.pushes_null(null):
            site.null_slot = True
            if not NULL_ABOVE_CALLABLE:
                writer = beside
        if writer >= 0 and self.raw[writer] in ATTRIBUTE_LOADS:
            fetched = self.site_at(writer)
            if fetched is not None:
                fetched.for_call = True
                fetched.calls += (site,)
                site.fetched = fetched
                apart = TAKES_METHODS_APART or NULL_ABOVE_CALLABLE
                site.finds_functions = site.has_two_slots and not apart and fetched.name not in FUNCTION_METHODS
        elif writer >= 0:
            site.special = self.special(writer)
        if self.names:
            site.keywords, self.names = self.names, ()
        if op in NAMES_ON_STACK and not self.is_builtin(writer_at(writers, -1)):
            site.forms = MOST_FORMS
        site.settle()
        if site.opname in SIMPLE_CALLS and (site.null_slot and not CALL_EXPANDS_METHODS or not site.has_two_slots):
            site.callee_at = site.at + (site.has_two_slots and not NULL_ABOVE_CALLABLE)

    def special(self, offset: int) -> str:
        """The name of the special method that the instruction at `offset` leaves on the stack to be called, if any."""
        op = self.raw[offset]
        if op in FETCHES_SPECIAL and self.raw[offset + 1] < len(SPECIAL_METHODS):
            return SPECIAL_METHODS[self.raw[offset + 1]]
        return "__exit__" if op in FETCHES_EXIT else "__aexit__" if op in FETCHES_AEXIT else ""

    def pushes_null(self, offset: int) -> bool:
        """Does the instruction at `offset` push a NULL for a call?"""
        op = self.raw[offset]
        return op in PUSH_NULL or NULL_FLAG and op in LOADS_GLOBAL and bool(self.raw[offset + 1] & 1)

    def site_at(self, offset: int) -> "Optional[Site]":
        """The site of the instruction at `offset`, also where its event comes at a prefix."""
        while offset not in self.sites and offset >= 2 and self.raw[offset - 2] == EXTENDED_ARG:
            offset -= 2
        return self.sites.get(offset)


class Guards:
    """Sees to it that a local variable is looked at where it is set, and no more where it is used.

    As long as no value that concerns the traced module is seen in a variable, the sites whose operands are nothing but
    such variables need no events: they are spared. Once one is seen, those that look at this variable are spared no
    more; before that moment none was a use. A variable is guarded where that makes fewer events: a loop counts tenfold.
    An argument that the code uses before it can branch is looked at there, others at the start of each frame. Where an
    engine gets events of all instructions of a frame or of none (`whole_frames`), so are arguments that spare it all.

    In loops some variables are expected to hold numbers: int, float, complex or bool themselves. Then what arithmetic
    makes of them is a number too, and needs no look. Once something else is seen, only that is taken back.
    """

    def __init__(self, decoder: Decoder, whole_frames: bool):
        code = decoder.code
        self.decoder = decoder
        cells, names = code.co_cellvars, code.co_varnames
        self.stores = [store for store in decoder.stores if store[2] < len(names)]
        self.arguments = code.co_argcount + code.co_kwonlyargcount
        self.numeric = self.numeric_variables(len(names))
        uses = [
            (site, variables, derived)
            for site, variables, derived in decoder.local_sites
            if all(n < len(names) and names[n] not in cells for n in variables)
            and decoder.sites.get(site.offset) is site
            and (not derived or self.numeric.issuperset(variables) and self.weight(site.offset) > 1)
        ]
        # For an argument, the first site that each frame passes which looks at it.
        self.first_looks: "Dict[int, Site]" = {}
        if whole_frames and self.are_of_arguments(uses):
            chosen = {local for _, variables, _ in uses for local in variables}
        else:
            self.first_looks = self.find_first_looks(uses)
            chosen = self.choose(uses)
        self.numeric &= chosen
        # The sites that need no events, those of them that look at numbers; arguments to look at at the start.
        openers = {n: site for n, site in self.first_looks.items() if n in chosen}
        self.openers = {site.offset: site for site in openers.values()}
        # By offset, the variables that a spared site looks at, that an opener looks at for others, that are stored.
        self.locals: "Dict[int, Tuple[int, ...]]" = {}
        for n, site in openers.items():
            self.locals[site.offset] = (*self.locals.get(site.offset, ()), n)
        spared = [
            (site, variables, derived)
            for site, variables, derived in uses
            if self.are_guarded(variables, derived, chosen) and site.offset not in self.openers
        ]
        self.spared = {site.offset: site for site, _, _ in spared}
        self.locals.update((site.offset, variables) for site, variables, _ in spared)
        self.of_numbers = {site.offset: site for site, _, derived in spared if derived}
        if not self.of_numbers:
            self.numeric = set()
        self.params = [n for n in sorted(chosen) if n < self.arguments and n not in openers]
        # The sites that are looked at instead, by offset; those to be added when a number is none.
        self.sites: "Dict[int, Site]" = {}
        self.later: "Dict[int, Site]" = {}
        for offset, depth, local, writer in self.stores:
            if local in chosen and not decoder.is_builtin(writer):
                table = self.later if self.makes_number(local, writer) else self.sites
                kind = 2 * (local in self.numeric and table is self.sites)
                known = self.sites.get(offset)
                if known is None or kind and known.skip is not NUMBERS:
                    table[offset] = guard_site(offset, code.co_code[offset], decoder.base + depth, kind)
                self.locals[offset] = (*self.locals.get(offset, ()), local)

    def are_of_arguments(self, uses: "List[Any]") -> bool:
        """Does all that there is to look at depend on arguments, as they are at the start of a frame?"""
        changed = {local for _, _, local, _ in self.stores}
        return len(uses) == len(self.decoder.sites) and all(
            n < self.arguments and n not in changed and not derived for _, variables, derived in uses for n in variables
        )

    def find_first_looks(self, uses: "List[Any]") -> "Dict[int, Site]":
        """By argument: the site, before any branch or store of it, that looks at it in each frame."""
        stored: "Dict[int, int]" = {}
        for offset, _, local, _ in self.stores:
            stored[local] = min(offset, stored.get(local, offset))
        found: "Dict[int, Site]" = {}
        passed: "Set[int]" = set()
        for site, variables, derived in sorted(uses, key=lambda use: int(use[0].offset)):
            if site.offset >= self.decoder.straight:
                break
            if not derived and all(n < self.arguments and stored.get(n, site.offset) >= site.offset for n in variables):
                found.update({local: site for local in variables if local not in passed})
            passed.update(variables)
        return found

    def numeric_variables(self, count: int) -> "Set[int]":
        """The variables that may hold nothing but numbers: no arguments, nor where other constants are stored."""
        code = self.decoder.code
        first = self.arguments + bool(code.co_flags & CODE_VARARGS) + bool(code.co_flags & CODE_VARKEYWORDS)
        found = set(range(first, count))
        for _, _, local, writer in self.stores:
            if self.decoder.is_builtin(writer) and self.decoder.number(writer) is None:
                found.discard(local)
        return found

    def makes_number(self, local: int, writer: int) -> bool:
        """Is what is stored in a variable a number as long as such variables hold numbers?"""
        return local in self.numeric and self.numeric.issuperset(self.decoder.numbers.get(writer, (-1,)))

    def are_guarded(self, variables: "Iterable[int]", derived: bool, chosen: "Set[int]") -> bool:
        """Are all these variables guarded, where it is needed as numbers?"""
        return chosen.issuperset(variables) and (not derived or self.numeric.issuperset(variables))

    def choose(self, uses: "List[Any]") -> "Set[int]":
        """The variables to guard."""
        chosen = {local for _, variables, _ in uses for local in variables}
        for _ in range(3):
            self.numeric &= chosen
            openers = {site.offset for n, site in self.first_looks.items() if n in chosen}
            at_start = {n for n in chosen if n < self.arguments and n not in self.first_looks}
            balance: "Dict[int, float]" = {n: -ARGUMENT * (n in at_start) for n in chosen}
            for offset, _, local, writer in self.stores:
                if local in chosen and not self.decoder.is_builtin(writer) and not self.makes_number(local, writer):
                    balance[local] -= self.weight(offset)
            for site, variables, derived in uses:
                if self.are_guarded(variables, derived, chosen) and site.offset not in openers:
                    for local in variables:
                        balance[local] += self.weight(site.offset) / len(variables)
            chosen = {n for n, left in balance.items() if left > 0}
            if sum(balance[n] for n in chosen & at_start) <= ENTRY:
                chosen -= at_start
        return chosen

    def weight(self, offset: int) -> int:
        """How often an instruction is expected to run, by the loops around it."""
        around = 0
        for start, end in self.decoder.loops:
            around += start <= offset <= end
        return (1, 10, 100, 1000)[min(around, 3)]


# What looking at the start of a code object costs, and at each argument there, in events.
ENTRY = 0.9
ARGUMENT = 0.3


def guard_site(offset: int, op: int, origin: int, kind: int) -> Site:
    """A site that looks at what is stored in local variables; `kind` is 2 where numbers are expected."""
    site = Site(offset, offset, 0, GUARDS[kind + (op in STORES_TWO_LOCALS)])
    site.origin = origin if TOP_IS_COMPUTED else 0
    site.nulls = site.count
    site.settle()
    return site


def opening(handler: "Handler") -> "Handler":
    """The handler of a site that looks at arguments for the others too; see Guards."""

    def uses(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
        if not all(dull(operands[at], deep=True) for at in (site.first, site.second) if at):
            RECORDER.look_at(site.plan, site.plan.locals[site.offset])
        return handler(site, operands)

    return uses


def guarding(site: Site, operands: "List[Any]") -> None:
    """What is stored in a guarded variable is no use; what concerns the traced module ends the sparing of it."""
    if not all(x is EMPTY or dull(x, deep=True) for x in operands):
        RECORDER.look_at(site.plan, site.plan.locals[site.offset])


def guarding_numbers(site: Site, operands: "List[Any]") -> None:
    """The same where numbers are expected."""
    if not all(x is EMPTY or id(type(x)) in NUMBERS for x in operands):
        RECORDER.look_at_numbers(site.plan)
        guarding(site, operands)


NAMES_ON_STACK = opcodes("CALL_FUNCTION_KW", "CALL_KW")


# Those for which Decoder.settled is asked.
LIKE_NO_OTHER = TESTS | NEGATIONS | NAMED | FORMATS_CONVERTED
# By how much an operand that is an index into `co_names` is shifted to make room for flags.
NAME_SHIFTS = {op: 2 for op in opcodes("LOAD_SUPER_ATTR")}
NAME_SHIFTS.update({op: 1 for op in opcodes("LOAD_ATTR") if METHOD_FLAG})
NAME_SHIFTS.update({op: 1 for op in opcodes("LOAD_GLOBAL") if NULL_FLAG})


# 6 Which uses touch the module --------------------------------------------------------------------------------------

# The slots of `type` itself, so that no metaclass can answer in its place.
stored_mro = type.__dict__["__mro__"].__get__
stored_dict = type.__dict__["__dict__"].__get__
type_module = type.__dict__["__module__"].__get__
stored_name = type.__dict__["__name__"].__get__
stored_qualname = type.__dict__["__qualname__"].__get__
type_flags = type.__dict__["__flags__"].__get__
type_signature = type.__dict__["__text_signature__"].__get__
# Where instances of a type have their `__dict__`: 0 where they have none.
type_dictoffset = type.__dict__["__dictoffset__"].__get__
stored_module_dict = vars(types.ModuleType)["__dict__"].__get__
stored_traceback = vars(BaseException)["__traceback__"].__get__
super_class = super.__dict__["__thisclass__"].__get__
super_object = super.__dict__["__self__"].__get__
super_type = super.__dict__["__self_class__"].__get__


def plain_text(x: str) -> str:
    """A string as one of `str` itself: names may be of a subclass, whose methods must not run."""
    return x if type(x) is str else str.__str__(x)


def type_name(cls: type) -> str:
    """A class's `__name__`."""
    return plain_text(stored_name(cls))


def type_qualname(cls: type) -> str:
    """A class's `__qualname__`."""
    return plain_text(stored_qualname(cls))


def name_of(function: "Any") -> str:
    """A Python function's `__name__`."""
    return plain_text(function.__name__)


def qualname_of(function: "Any") -> str:
    """A Python function's `__qualname__`."""
    return plain_text(function.__qualname__)


def type_mro(cls: type) -> "Tuple[type, ...]":
    """A class's MRO; itself alone where it has none yet."""
    return stored_mro(cls) or (cls,)


def type_dict(cls: type) -> "Any":
    """A class's own attributes; none where a static type was never made ready."""
    return stored_dict(cls) or NO_ATTRIBUTES


def module_dict(module: "Any") -> "Dict[str, Any]":
    """A module's own attributes; none before it was initialised."""
    return stored_module_dict(module) or NO_ATTRIBUTES


NO_ATTRIBUTES: "Dict[str, Any]" = {}

FunctionType = types.FunctionType
MethodType = types.MethodType
FUNCTION_METHODS = {*FunctionType.__dict__, *object.__dict__}
ModuleType = types.ModuleType
BuiltinType = types.BuiltinFunctionType
# What methods are that are told their class: a subclass. (PEP 573; Objects/methodobject.c: PyCMethod_Type)
ToldBuiltinType: type = next(iter(type.__subclasses__(BuiltinType)), BuiltinType)
MethodDescriptor = types.MethodDescriptorType
# What makes a method of a function that is written in C, as pybind11 does; it has no name in any module.
MethodMaker: type = next(cls for cls in type.__subclasses__(object) if type_name(cls) == "instancemethod")


def is_c_field(x: "Any") -> bool:
    """Is this class attribute a field that C code reads?"""
    kind = type(x)
    return kind is types.GetSetDescriptorType or kind is types.MemberDescriptorType


def member(x: "Any", name: str) -> "Any":
    """What an object holds in a member of its C structure, or in a slot; EMPTY where there is nothing."""
    for cls in type_mro(type(x)):
        field = type_dict(cls).get(name)
        if type(field) is types.MemberDescriptorType:
            try:
                return field.__get__(x)
            except AttributeError:
                return EMPTY
    return EMPTY


def is_builtin(kind: type) -> bool:
    """Is this the type of a function, or of a bound method, that is written in C?"""
    return kind is BuiltinType or kind is ToldBuiltinType


def bound_object(function: "Any") -> "Any":
    """What a builtin is a bound method of; None where it is a function, which says of which module it is.

    Such a one may keep an object of its own there, as pybind11's do.
    """
    x = function.__self__
    return None if issubclass(type(x), ModuleType) or type(function.__module__) is str else x


def is_descriptor(kind: type) -> bool:
    """Is this the type of a method that is written in C?"""
    return kind is MethodDescriptor or kind is types.WrapperDescriptorType or kind is types.ClassMethodDescriptorType


class ModuleNames(NamesBase):
    """`names[module]`: is this module, by its dotted name, one of `roots` or below one of them?"""

    def __init__(self, roots: "Iterable[str]"):
        self.roots = tuple(roots)
        # Are functions of the table of builtins themselves of the traced module?
        self.builtins = False
        # Are modules traced that are below numpy?
        self.within_numpy = False

    def __missing__(self, name: "Optional[str]") -> bool:
        if type(name) is not str:
            return False
        real = real_name(name)
        found = any(real == root or real.startswith(root + ".") for root in self.roots)
        self[name] = found
        return found


TRACED = ModuleNames(())
# The real name of the module that runs as `__main__`.
MAIN_NAME = "__main__"

# What is known of objects, by id: their dotted names, signatures and ways of encoding.
NAMES: "Dict[int, str]" = {}
ENCODERS: "Dict[int, Encoder]" = {}
# Per receiver's type: what a call of a method of it is recorded as. Per callable: its name and signature.
METHODS: "Dict[int, Dict[Tuple[int, str], Optional[Tuple[str, Optional[Signature]]]]]" = {}
CALLEES: "Dict[int, Tuple[str, Optional[Signature]]]" = {}
# What each LookUp knows, by the id of the operand's type.
LOOK_UPS: "List[Dict[int, bool]]" = []
# The special methods that are looked up.
LOOKED_UP: "Set[str]" = set()
WATCHED: "Dict[int, Any]" = {}

# For sites and plans: dead references, to no type yet, and to more than one.
NO_TYPE: "Any" = weak_reference(set())
OTHER_TYPES: "Any" = weak_reference(set())
NO_SITE.known, NO_SITE.known_callee, NO_SITE.plain, NO_SITE.dying = EMPTY, NO_TYPE, None, NO_TYPE


def remember(found: "Any", kind: type) -> bool:
    """Has a site, or a plan, keep a type of operand that is of no interest, to know it again without its id; True."""
    if id(kind) not in PLAIN_TYPES:
        found.dying = WATCHED.get(id(kind), OTHER_TYPES)
    elif found.plain is None:
        found.plain = kind
    else:
        found.dying = OTHER_TYPES
    return True


# Takes the steps of an iterator; keeps what the last one gave.
take_steps = deque(maxlen=1).extend


def dropping(key: int) -> "Iterable[Any]":
    """The steps that drop all that is known of the object with this id."""
    tables: "Any" = chain(TABLES_BY_ID, LOOK_UPS)
    return chain(map(set.discard, SETS_OF_IDS, repeat(key)), map(dict.pop, tables, repeat(key), repeat(None)))


def forgetting(key: int) -> "Callable[[Any], Any]":
    """What drops all that was known of an object as it dies, and its id becomes free.

    CPython runs it in the midst of the program, in C alone: of a function in Python a tracer or a profiler of the
    program would be told. The reference that it is given stays alive until the next one dies.
    """
    steps = chain(dropping(key), map(WATCHED.pop, (key,), (None,)))
    forgets: "Callable[[Any], Any]" = partial(next, map(take_steps, (steps,)))
    return forgets


def watch(x: "Any") -> bool:
    """Makes it safe to remember things by `id(x)`; False where `x` can't be watched."""
    key = id(x)
    if key not in WATCHED:
        try:
            WATCHED[key] = weak_reference(x, forgetting(key))
        except TypeError:
            return False
    return True


def forget_names() -> None:
    """Forgets names: a class has changed its own, or those of its methods."""
    NAMES.clear()
    CALLEES.clear()
    class_changed()
    ENCODERS.clear()
    ENCODERS.update(PLAIN_ENCODERS)
    for site in list(KEEPING):
        site.kept, site.form = NOTHING_KEPT, FORMS.get(site.handler)


def reset_types(changed: "Any" = None) -> None:
    """Forgets which types and objects are dull: `changed`, a class or an object, will enter or leave the module."""
    if RECORDER is not None:
        if dull(changed, deep=True):
            RECORDER.look_where_held(changed)
        RECORDER.forget_types()
    DULL_TYPES.clear()
    DULL_DEEP.clear()
    DULL_OBJECTS.clear()
    DULL_CALLABLES.clear()
    DULL_EXPORTS.clear()
    TOUCHED.clear()
    BELOW.clear()
    MIXED_IN.clear()
    forget_names()
    for kind in PLAIN:
        DULL_TYPES.add(id(kind))
        DULL_DEEP.add(id(kind))


NoneType = type(None)
# Types that never die and that can't concern the traced module.
PLAIN = (
    NoneType, bool, int, float, str, bytes, list, tuple, dict, set, frozenset, object, types.FunctionType,
    types.BuiltinFunctionType,
)  # fmt: skip


def belongs(cls: type) -> bool:
    """Is this class of the traced module?"""
    try:
        name = type_module(cls)
    except AttributeError:
        return False
    return TRACED[name if type(name) is str else class_module(cls)]


def class_module(cls: type) -> "Any":
    """The module of a class; its functions tell that of one with another thing under `__module__`, as zope has one."""
    name = type_module(cls)
    if type(name) is not str:
        told = [x.__module__ for x in list(type_dict(cls).values()) if type(x) is FunctionType]
        name = next((module for module in told if type(module) is str), None)
    return name


def is_traced_function(function: "Any") -> bool:
    """Is this Python or builtin function of the traced module? (its `__module__` can be any object)"""
    module = function.__module__
    return type(module) is str and TRACED[module]


def is_traced_in_c(function: "Any") -> bool:
    """Is this builtin, which is bound to nothing, a function of the traced module or a static method of its classes?"""
    owner = static_owner(function)
    return belongs(owner) if owner is not None else is_traced_function(function)


def static_owner(function: "Any") -> "Optional[type]":
    """The class of a static method that is written in C: it is no `__self__`, but pickling asks it for the method."""
    if function.__self__ is None and function.__module__ is None:
        reduced = function.__reduce__()
        return reduced[1][0] if type(reduced) is tuple and is_class(reduced[1][0]) else None
    return None


def is_class(x: "Any") -> bool:
    """Is this object a class? (`isinstance` would ask its `__class__`)"""
    kind = type(x)
    return kind is type or issubclass(kind, type)


def as_class(x: "Any") -> "Any":
    """The class that this is, or is an instance of."""
    return x if is_class(x) else type(x)


def dull(x: "Any", deep: bool = False) -> bool:
    """Can this operand not concern the traced module, by its type or (`deep`) as a module or class?"""
    kind = type(x)
    key = id(kind)
    if key in (DULL_DEEP if deep else DULL_TYPES):
        return True
    if key in TOUCHED:
        return False
    # `issubclass` asks the metaclass of its second argument, and that is `type` here.
    speaks = issubclass(kind, (ModuleType, type, super))
    if key not in DULL_TYPES:
        mro = type_mro(kind)
        touched = traced_class(mro) is not None
        if watch(kind):
            (TOUCHED if touched else DULL_TYPES).add(key)
            if touched:
                MIXED_IN.update(map(id, mro))
            if not touched and not speaks:
                DULL_DEEP.add(key)
                if not type_flags(kind) & HEAP_TYPE:
                    PLAIN_TYPES[key] = kind
        if touched:
            return False
    return not (deep and speaks) or dull_itself(x, kind)


def dull_itself(x: "Any", kind: type) -> bool:
    """Can this module, class or `super` object not concern the traced module?"""
    if id(x) in DULL_OBJECTS:
        return True
    if issubclass(kind, ModuleType):
        name = dict.get(module_dict(x), "__name__")
        concerns = type(name) is str and TRACED[name]
    elif issubclass(kind, type):
        concerns = traced_class(type_mro(x)) is not None
    else:
        start = super_type(x)
        return start is None or traced_class(type_mro(start)) is None
    if not concerns and watch(x):
        DULL_OBJECTS.add(id(x))
    return not concerns


def find(mro: "Iterable[type]", name: str) -> "Tuple[Any, Optional[type], Optional[type]]":
    """Looks `name` up along an MRO: what is found, the class that provides it, and the first traced class passed."""
    passed = None
    for cls in mro:
        if passed is None and belongs(cls):
            passed = cls
        found = type_dict(cls).get(name, EMPTY)
        if found is not EMPTY:
            return found, cls, passed
    return EMPTY, None, passed


class TypeVersion:
    """The version that a type was of when this was made: what was found since holds as long as the type is of it."""

    __slots__ = ("number", "version")

    def __init__(self, kind: type):
        self.version = STACK.type_version(kind)
        # None where it has none.
        self.number: "Optional[int]" = self.version.value or None

    def is_current(self, kind: type) -> bool:
        """Is the type still of the same version, if it had one?"""
        is_same: bool = self.version.value == self.number
        return is_same and (not VERSION_FLAG or has_version(kind))


def has_version(kind: type) -> bool:
    """Is the number of a type's version that of what the type is now?"""
    return bool(type_flags(kind) & VERSION_FLAG)


class LookUp:
    """The look-up of special methods, of which the first that the operand has counts.

    `look_up(x)`: does it pass a class of the traced module at or before the one that provides the method? What is
    found is kept per type, until a class is changed.
    """

    def __init__(self, *names: str):
        self.names = names
        self.known: "Dict[int, bool]" = {}
        LOOK_UPS.append(self.known)
        LOOKED_UP.update(names)

    def __call__(self, x: "Any") -> bool:
        kind = type(x)
        known = self.known.get(id(kind))
        return self.decide(x, kind) if known is None else known

    def any_of(self, operands: "List[Any]") -> bool:
        """The same for any of several operands."""
        return self(operands[0]) or any(self(x) for x in operands[1:])

    def decide(self, x: "Any", kind: type) -> bool:
        """Looks along the MRO."""
        reached = not dull(x) and self.reaches(type_mro(kind))
        if watch(kind):
            self.known[id(kind)] = reached
        return reached

    def reaches(self, mro: "Sequence[type]") -> bool:
        """Is a traced class passed at or before the one that provides the first method that there is?"""
        for name in self.names:
            found, _, passed = find(mro, name)
            if found is not EMPTY:
                return passed is not None
        return False


class ConversionLookUp(LookUp):
    """The look-up of `__bytes__`, `__complex__`: `bytes` and `complex` provide it, though up to 3.10 they have none."""

    def __init__(self, cls: type):
        super().__init__("__%s__" % cls.__name__)
        self.cls = cls

    def reaches(self, mro: "Sequence[type]") -> bool:
        provider = find(mro, self.names[0])[1]
        if CONVERSIONS_ARE_METHODS or provider is not None or not any(base is self.cls for base in mro):
            return super().reaches(mro)
        return next(base for base in mro if base is self.cls or belongs(base)) is not self.cls


def class_changed() -> None:
    """Forgets what is known of special methods and methods: a class of the traced module or below it was changed."""
    for known in LOOK_UPS:
        known.clear()
    METHODS.clear()
    EXPORTING.clear()
    FETCHES.clear()
    ATTRIBUTES_SET.clear()
    OWN_CLASSES.clear()
    for accesses in (LOADED, CALL_LOADED, STORED):
        accesses.clear()


# The id of what was put into a module last, or of what was renamed last: as long as that is only about to happen, its
# name is not kept.
PUT_LAST = [0]


def put_into_module(value: "Any") -> None:
    """Forgets what was fetched, and the names that something had where its module did not hold it.

    Those of what is in a class too.
    """
    PUT_LAST[:] = [id(value)]
    EXPORTING.clear()
    FETCHES.clear()
    forget_name(value)


def forget_name(value: "Any") -> None:
    """Forgets the name of a function or class, with those of what is in the class."""
    if is_class(value):
        forget_names()
    else:
        NAMES.pop(id(value), None)
        CALLEES.pop(id(value), None)


def class_set(x: "Any", name: str, value: "Any") -> None:
    """Forgets what an attribute that is set or deleted makes untrue."""
    if name not in CLASS_SETTINGS:
        if is_class(x) and not changes_nothing(x):
            class_changed()
            if name in MAKERS:
                # Classes have their parameters from it.
                CALLEES.clear()
        elif value is not None and issubclass(type(x), ModuleType):
            put_into_module(value)
    elif not (is_class(x) and concerns(x, name, value) or moves(x, name, value)):
        if not dull(x):
            # The record of the change writes it.
            PUT_LAST[:] = [id(x)]
        if id(x) not in PLAIN_ENCODERS:
            take_steps(dropping(id(x)))
        if name == "__code__":
            # Methods have their parameters from it.
            class_changed()
        if type(x) is FunctionType and id(x) in WATCHED:
            RECORDER.forget_types()
    else:
        PUT_LAST[:] = [id(x)]
        if is_class(x) and renames(x, name, value):
            forget_names()
        elif is_class(x) or issubclass(type(x), ModuleType) or is_kept(id(x)):
            reset_types(x)
        elif dull(x):
            # What is known of types stays true.
            RECORDER.look_where_held(x)


def changes_nothing(x: "Any") -> bool:
    """Can no attribute of this class or module, of no interest itself, be what is known of the traced module's?"""
    return id(x) in DULL_OBJECTS and id(x) not in MIXED_IN


def is_kept(key: int) -> bool:
    """Is anything known of the object with this id itself?"""
    return key in WATCHED or key in EXPORTS or key in DULL_EXPORTS


def tells_of_class(name: str) -> bool:
    """Does anything that is known of a class depend on this attribute of it?"""
    return name in LOOKED_UP or name in CLASS_SETTINGS


# Names of builtins to look at in all code, also where no use counts: of those that set attributes; see Builtin.noted.
NOTED = {"setattr", "delattr"}
NOTED_OF_TYPE = {"__setattr__", "__delattr__"}


def may_matter(code: types.CodeType) -> bool:
    """Can code whose own uses do not count, as that of the traced module, do what the recorder must know of?"""
    names = code.co_names
    if not NOTED.isdisjoint(names) or "type" in names and not NOTED_OF_TYPE.isdisjoint(names):
        return True
    sets = any(bytes((op,)) in code.co_code for op in CHANGES_ATTRIBUTE)
    return sets and any(map(tells_of_class, names))


def matters(site: Site) -> bool:
    """Leaves a site whose own uses do not count to `noting`, where the recorder may have to know of what it does."""
    if not site.is_call and (site.opname not in ATTRIBUTE_CHANGES or not tells_of_class(site.name)):
        return False
    site.handler, site.form = noting, None
    return True


def noting(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """What is set on classes makes untrue what was known of them; a process may end. Whoever does it, it is no use."""
    if site.opname == "STORE_ATTR":
        storing(site, operands)
    elif site.opname == "DELETE_ATTR":
        deleting(site, operands)
    else:
        made = CALL_READERS[site.opname](site, operands)
        row = BUILTINS.get(id(made.callee))
        if row is not None and (row.changes or row.noted):
            row(made)
    return None


def concerns(cls: type, name: str, value: "Any") -> bool:
    """Is a class of the traced module or below it, or does it become one by the module or the bases that are set?"""
    if traced_class(type_mro(cls)) is not None or name == "__module__" and (type(value) is not str or TRACED[value]):
        return True
    bases = value if type(value) is tuple else ()
    return name == "__bases__" and any(not is_class(x) or traced_class(type_mro(x)) is not None for x in bases)


def renames(cls: type, name: str, value: "Any") -> bool:
    """Does a class stay in the traced module, or out of it, under another name?"""
    if name == "__module__":
        return type(value) is str and belongs(cls) == TRACED[value]
    return name == "__name__" or name == "__qualname__"


def involves(x: "Any", changed: "Any") -> bool:
    """Is an object `changed` itself, an instance or a class below it, or a `super` object that looks through it?"""
    mros = [type_mro(type(x))]
    if is_class(x):
        mros.append(type_mro(x))
    elif issubclass(type(x), super) and super_type(x) is not None:
        mros.append(type_mro(super_type(x)))
    return x is changed or any(cls is changed for mro in mros for cls in mro)


def moves(x: "Any", name: str, value: "Any") -> bool:
    """Does an object leave or enter the traced module by its new class, or a module enter it by its new name?"""
    if name == "__name__":
        return issubclass(type(x), ModuleType) and type(value) is str and TRACED[value]
    return name == "__class__" and not (dull(x) and is_class(value) and traced_class(type_mro(value)) is None)


def traced_class(mro: "Iterable[type]") -> "Optional[type]":
    """The most derived class of the traced module."""
    for cls in mro:
        if belongs(cls):
            return cls
    return None


def owner_of(mro: "Sequence[type]", provider: "Optional[type]") -> "Optional[type]":
    """The most derived class of the traced module that has what `provider` provides: a mixin beside it has not."""
    for cls in mro:
        if belongs(cls) and (cls is mro[0] or any(one is provider for one in type_mro(cls))):
            return cls
    return traced_class(mro)


def shows_dict(field: "Any", cls: type) -> bool:
    """Does `__dict__` of a class show what its instances hold? A type without such may have code there, as lxml's."""
    return is_c_field(field) and bool(type_dictoffset(cls) or type_flags(cls) & MANAGED_DICT)


def own_dict(x: "Any") -> "Optional[Dict[str, Any]]":
    """The `__dict__` of an object, read by the C field of its own type; None where there is none to read safely."""
    if type(x) is FunctionType:
        own: "Dict[str, Any]" = x.__dict__
        return own
    for cls in type_mro(type(x)):
        field = type_dict(cls).get("__dict__")
        if field is not None:
            if not shows_dict(field, cls):
                return None
            try:
                found = partial_dict(x, cls) if is_partial(cls) else field.__get__(x)
            except (AttributeError, TypeError, SystemError):
                return None
            return found if type(found) is dict else None
    return None


def is_partial(cls: type) -> bool:
    """Is this `functools.partial`, as it is written in C? There is one more where `_functools` was imported anew."""
    return type_name(cls) == "partial" and dotted(cls) == "functools.partial"


def partial_dict(x: "Any", cls: type) -> "Any":
    """The `__dict__` of a `functools.partial`, if it has one: to read it makes one, and then others keep it nested."""
    own = type_dict(cls)
    reduce = own.get("__reduce__")
    return reduce(x)[2][3] if is_descriptor(type(reduce)) else own["__dict__"].__get__(x)


def own_attribute(x: "Any", name: str) -> "Any":
    """A string attribute that an object carries itself: in its `__dict__`, or in a C field of its type."""
    for cls in type_mro(type(x)):
        field = type_dict(cls).get(name)
        if is_c_field(field):
            try:
                found = field.__get__(x)
            except Exception as error:
                if is_foreign(error):
                    raise
                return None
            return found if type(found) is str else None
    own = own_dict(x)
    if own is None and tells_by_getter(type(x)):
        found = type_dict(type(x))["__getattribute__"](x, name)
    else:
        found = own.get(name) if own is not None else None
    return found if type(found) is str else None


# The functions and methods that nanobind makes; these are not bound to what they are looked up in, and those are.
NANOBIND = ("nanobind.nb_func", "nanobind.nb_method")


def tells_by_getter(kind: type) -> bool:
    """Do functions of this type tell their name and module by a getter in C alone, that runs no code of others?"""
    return "__getattribute__" in type_dict(kind) and dotted(kind) in NANOBIND


def unwrapped(raw: "Any") -> "Any":
    """The function in a static or class method, or in a method that was made of a function in C."""
    kind = type(raw)
    return raw.__func__ if kind is staticmethod or kind is classmethod or kind is MethodMaker else raw


def bound_to(raw: "Any", x: "Any") -> "List[Any]":
    """What a method of the type of `x` gets as its first argument: nothing if it is static, as a builtin is."""
    return [type(x)] if type(raw) is classmethod else [x] if binds(raw) else []


# Forms: a use that comes again in the same way gives the same record, but for the values.


class Labels(LabelsBase):
    """`labels[name]`: a string as a JSON key with its colon, kept."""

    def __missing__(self, name: str) -> str:
        label = quote(name) + ": "
        if len(self) > 100000:
            self.clear()
        if type(name) is str:
            self[name] = label
        return label


class Heads(LabelsBase):
    """`heads[function]`: how a record begins, up to the parameters, kept."""

    def __missing__(self, function: str) -> str:
        head = '{"function": %s, "params": {' % quote(function)
        if len(self) > 100000:
            self.clear()
        if type(function) is str:
            self[function] = head
        return head


class Positionals(PositionalsBase):
    """`positionals[number]`: what stands between the parameters and the place; nothing is said of no number."""

    def __missing__(self, positional: "Optional[int]") -> str:
        between = "}, " if positional is None else '}, "positional": %d, ' % positional
        self[positional] = between
        return between


KEYS = Labels()
HEADS = Heads()
POSITIONALS = Positionals()


# The forms that hold wherever a handler serves, by handler.
FORMS: "Dict[Handler, Form]" = {}


def filler(pieces: "List[Tuple[str, int]]", end: str) -> "Filler":
    """What makes a record of the values of its parameters: each piece comes before one, `end` after all.

    The first value is handed over, as whoever asks has looked at it; the others lie at their places on the stack.
    """
    start, second, second_at = (pieces[0][0] if pieces else ""), "", 0
    if len(pieces) == 2:
        second, second_at = pieces[1]

    def of_none(site: Site, x: "Any", slots: "Any", origin: int) -> str:
        return f"{end}{site.place[1]}}}\n"

    def of_one(site: Site, x: "Any", slots: "Any", origin: int) -> str:
        kind, encode_x, _, _ = site.kept
        if type(x) is not kind:
            encode_x = keep_encoders(site, x, None)[0]
        return f"{start}{encode_x(x, 0, ())}{end}{site.place[1]}}}\n"

    def of_two(site: Site, x: "Any", slots: "Any", origin: int) -> str:
        y = slots[origin + second_at]
        kind, encode_x, second_kind, encode_y = site.kept
        if type(x) is not kind or type(y) is not second_kind:
            encode_x, encode_y = keep_encoders(site, x, y)
        return f"{start}{encode_x(x, 0, ())}{second}{encode_y(y, 0, ())}{end}{site.place[1]}}}\n"

    def of_more(site: Site, x: "Any", slots: "Any", origin: int) -> str:
        text = start + encode(x)
        for piece, at in pieces[1:]:
            text += piece + encode(slots[origin + at])
        return f"{text}{end}{site.place[1]}}}\n"

    return (of_none, of_one, of_two, of_more)[min(len(pieces), 3)]


def keep_encoders(site: Site, x: "Any", y: "Any") -> "Tuple[Encoder, Encoder]":
    """How to write two values; a site keeps that for the first types that it meets, if these never die."""
    kinds = type(x), type(y)
    encode_x = ENCODERS.get(id(kinds[0])) or new_encoder(x)
    encode_y = ENCODERS.get(id(kinds[1])) or new_encoder(y)
    if site.kept is NOTHING_KEPT and not any(type_flags(kind) & HEAP_TYPE for kind in kinds):
        site.kept = kinds[0], encode_x, kinds[1], encode_y
        KEEPING.add(site)
    return encode_x, encode_y


def fill(function: str, params: "Params", positional: "Optional[int]") -> "Optional[Filler]":
    """What writes a use with these parameters, whose values are places on the stack; None where others are needed."""
    pieces: "List[Tuple[str, int]]" = []
    before = HEADS[function]
    for name, value in params:
        before += KEYS[name]
        if type(value) is int:
            pieces.append((before, value))
            before = ", "
        elif type(value) is Several and len(value.values) <= MAX_LENGTH:
            pieces += [(", " if index else before + "[", at) for index, at in enumerate(value.values)]
            before = "], "
        else:
            return None
    return filler(pieces, (before[:-2] if params else before) + POSITIONALS[positional])


def operand_form(function: str, params: "Sequence[Tuple[str, int]]", reaches: "LookUp") -> "Form":
    """The form of an operation that counts by its first operand; `params` are names and places on the stack."""
    known = reaches.known.get
    filled: "Any" = fill(function, list(params), len(params))
    operand_at = params[0][1]

    def form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
        operand = slots[origin + operand_at]
        if type(operand) is not site.kept[0] and not known(id(type(operand))):
            return None
        return filled(site, operand, slots, origin)  # type: ignore[no-any-return]

    return form


def slice_form(function: str, reaches: "LookUp", container: int, value: int) -> "Form":
    """The form of an operation with a slice, of which the two ends lie on the stack."""
    known = reaches.known.get
    start, key, last, end = (
        HEADS[function] + KEYS["a"],
        ", " + KEYS["b"],
        ", " + KEYS["c"],
        POSITIONALS[2 + bool(value)],
    )

    def form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
        x = slots[origin + container]
        if not known(id(type(x))):
            return None
        text = encode(slice(slots[origin + container + 1], slots[origin + container + 2]))
        changed = last + encode(slots[origin + value]) if value else ""
        return f"{start}{encode(x)}{key}{text}{changed}{end}{site.place[1]}}}\n"

    return form


def instance_form(x: int, classinfo: int) -> "Form":
    """The form of a test for a class."""
    filled: "Any" = fill("builtins.isinstance", [("object", x), ("classinfo", classinfo)], 2)

    def form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
        return filled(site, slots[origin + x], slots, origin) if tests_traced([slots[origin + classinfo]]) else None

    return form


def operands_form(function: str, left: "LookUp", right: "LookUp") -> "Form":
    """The form of an operation that counts by either of two operands."""
    left_known, right_known = left.known.get, right.known.get
    filled: "Any" = fill(function, [("a", -2), ("b", -1)], 2)

    def form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
        left = slots[origin - 2]
        kind, _, right_kind, _ = site.kept
        if type(left) is not kind or type(slots[origin - 1]) is not right_kind:
            reached = left_known(id(type(left)))
            if not reached and (reached is None or not right_known(id(type(slots[origin - 1])))):
                return None
        return filled(site, left, slots, origin)  # type: ignore[no-any-return]

    return form


# Operators and protocols: what a handler needs is the look-up of a special method. Each returns the uses, or None.


def unary(function: str, *names: str, parameter: str = "a", at: int = -1) -> "Handler":
    """An operation with one operand, `at` which place: `-array -> operator.neg(a)`."""
    reaches = LookUp(*names)

    def uses(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
        operand = operands[at]
        return [(function, [(parameter, operand)], 1, None)] if reaches(operand) else None

    FORMS[uses] = operand_form(function, [(parameter, at)], reaches)
    return uses


def binary(function: str, left: "Sequence[str]", right: str) -> "Handler":
    """An operation with two operands: `array + 2 -> operator.add(a, b)`."""
    formats = function in ("operator.mod", "operator.imod")
    left_reaches, right_reaches = LookUp(*left), LookUp(right)

    def uses(site: "Any", operands: "List[Any]") -> "Optional[List[Use]]":
        a, b = operands[-2], operands[-1]
        if not left_reaches(a):
            if formats and issubclass(type(a), (str, bytes)) or not right_reaches(b):
                return None
        return [(function, [("a", a), ("b", b)], 2, None)]

    if not formats:
        FORMS[uses] = operands_form(function, left_reaches, right_reaches)
    return uses


def operator_handlers() -> "Dict[str, Handler]":
    """The handler of each binary operator, by its name in `operator`."""
    handlers = {}
    for name in set(BINARY_NAMES.values()):
        stem = name.rstrip("_")
        plain, reflected, in_place = "__%s__" % stem, "__r%s__" % stem, "__i%s__" % stem
        handlers[name] = binary("operator." + name, (plain,), reflected)
        handlers["i" + stem] = binary("operator.i" + stem, (in_place, plain), reflected)
    for name, right in (("lt", "gt"), ("le", "ge"), ("eq", "eq"), ("ne", "ne"), ("gt", "lt"), ("ge", "le")):
        handlers[name] = binary("operator." + name, ("__%s__" % name,), "__%s__" % right)
    return handlers


OPERATORS = operator_handlers()
NEGATIVE = unary("operator.neg", "__neg__")
INVERT = unary("operator.invert", "__invert__")
# Operators that make numbers of numbers.
ARITHMETIC = {OPERATORS[name] for name in BINARY_NAMES.values()} | {NEGATIVE, INVERT}
ARITHMETIC |= {OPERATORS["i" + name.rstrip("_")] for name in BINARY_NAMES.values()}
COMPARISON_NAMES = {"<": "lt", "<=": "le", "==": "eq", "!=": "ne", ">": "gt", ">=": "ge"}

LENGTH = ("__bool__", "__len__")
iterates = LookUp("__iter__", "__getitem__")
contains_items = LookUp("__contains__", "__iter__", "__getitem__")
is_mapping = LookUp("keys", "__iter__")


def contains(container: int, item: int) -> "Handler":
    """`2 in array -> operator.contains(a, b)`."""

    def uses(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
        if contains_items(operands[container]):
            return [("operator.contains", [("a", operands[container]), ("b", operands[item])], 2, None)]
        return None

    FORMS[uses] = operand_form("operator.contains", [("a", container), ("b", item)], contains_items)
    return uses


def subscripted(x: "Any", reaches: LookUp) -> bool:
    """Does `x[...]` reach the traced module, by its type, or for a class by its `__class_getitem__`?"""
    if not is_class(x):
        return reaches(x)
    found, _, passed = find(type_mro(type(x)), reaches.names[0])
    if found is EMPTY and reaches.names[0] == "__getitem__":
        found, _, passed = find(type_mro(x), "__class_getitem__")
    return found is not EMPTY and passed is not None


def item(function: str, special: str, container: int, key: int, value: int = 0) -> "Handler":
    """`array[0] -> operator.getitem(a, b)`; likewise `setitem`, `delitem`."""

    reaches = LookUp(special)

    def uses(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
        if not subscripted(operands[container], reaches):
            return None
        params = [("a", operands[container]), ("b", operands[key])]
        if value:
            params.append(("c", operands[value]))
        return [(function, params, len(params), None)]

    places = [("a", container), ("b", key), ("c", value)]
    FORMS[uses] = operand_form(function, places if value else places[:2], reaches)
    return uses


def slice_item(function: str, special: str, container: int, value: int = 0) -> "Handler":
    """`array[1:2] -> operator.getitem(a, slice)` where one instruction slices."""

    reaches = LookUp(special)

    def uses(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
        if not subscripted(operands[container], reaches):
            return None
        params = [("a", operands[container]), ("b", slice(operands[container + 1], operands[container + 2]))]
        if value:
            params.append(("c", operands[value]))
        return [(function, params, len(params), None)]

    FORMS[uses] = slice_form(function, reaches, container, value)
    return uses


def each(function: str, reaches: LookUp, parameter: str) -> "Handler":
    """A protocol on each of the topmost operands: `[*array] -> builtins.iter(object)`."""

    def uses(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
        found = [x for x in operands if reaches(x)]
        return [(function, [(parameter, x)], 1, None) for x in found] or None

    FORMS[uses] = operand_form(function, [(parameter, -1)], reaches)
    return uses


def entering(method: str) -> "Handler":
    """`with manager: -> Type.__enter__(self)`."""

    def uses(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
        x = operands[-1]
        if dull(x):
            return None
        mro = type_mro(type(x))
        found, provider, passed = find(mro, method)
        if passed is None or found is EMPTY:
            return None
        owner = owner_of(mro, provider)
        function, args = unwrapped(found), bound_to(found, x)
        return [bind("%s.%s" % (class_name(owner), method), Call(function, args), signature(function), receiver=True)]

    return uses


def leaving(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """The end of `with manager:` by an exception `-> Type.__exit__(self, type, value, traceback)`."""
    args: "List[Any]" = [None, None, None]
    if site.opname == "WITH_CLEANUP_START" and operands[-1] is EMPTY:
        callee = operands[-2]
    else:
        callee = operands[EXIT_FUNCTION]
        if EXIT_FUNCTION == -7:
            args = [operands[-1], operands[-2], operands[-3]]
        else:
            args = [type(operands[-1]), operands[-1], stored_traceback(operands[-1])]
    bound = EXIT_FUNCTION == -5 and operands[-4] is not EMPTY
    if bound:
        args.insert(0, operands[-4])
    found = Call(callee, args, bound=bound)
    function, receiver = (callee.__func__, callee.__self__) if type(callee) is MethodType else (callee, args[0])
    for name in ("__exit__", "__aexit__"):
        if unwrapped(find(type_mro(type(receiver)), name)[0]) is function:
            found.special = name
    return call_uses(found)


def swallowing(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """What `__exit__` returned for an exception is tested for its truth `-> builtins.bool(object)`. (3.8)"""
    return BOOL.handler(site, operands) if operands[-2] is not None else None


def formatting(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`f"{array}" -> builtins.format(object)`, with `!s` `builtins.str`, with `!r` `builtins.repr`."""
    conversion, has_spec = 0, site.opname == "FORMAT_WITH_SPEC"
    if site.opname == "FORMAT_VALUE":
        conversion, has_spec = site.arg & 3, bool(site.arg & 4)
    elif site.opname == "CONVERT_VALUE":
        conversion = site.arg
    x = operands[-2 if has_spec else -1]
    function, reaches = FORMATS[conversion]
    if not reaches(x):
        return None
    params = [("object", x)]
    if has_spec and not conversion:
        params.append(("format_spec", operands[-1]))
    return [(function, params, len(params), None)]


FORMATS = (
    ("builtins.format", LookUp("__format__")),
    ("builtins.str", LookUp("__str__")),
    ("builtins.repr", LookUp("__repr__")),
    ("builtins.ascii", LookUp("__repr__")),
)


def classes_in(x: "Any", depth: int = 0) -> "Iterable[Any]":
    """The classes in the second argument of `isinstance`: itself, a tuple's, a union's."""
    if type(x) is tuple and depth < 8:
        for one in x:
            yield from classes_in(one, depth + 1)
    elif is_class(x):
        yield x
    else:
        members = union_members(x)
        if members is not None:
            yield from classes_in(members, depth + 1)


def union_members(x: "Any") -> "Optional[Tuple[Any, ...]]":
    """The members of `A | B`, `typing.Union[A, B]`."""
    kind = type(x)
    if kind is not type and dotted(kind).startswith(("types.", "typing.")):
        field = type_dict(kind).get("__args__")
        own = own_dict(x) if field is None else None
        found = field.__get__(x) if is_c_field(field) else own.get("__args__") if own else None
        return found if type(found) is tuple else None
    return None


def instance_test(x: "Any", classinfo: "Any") -> "Optional[List[Use]]":
    """`case Array(): -> builtins.isinstance(object, classinfo)`, `except Error:` too."""
    if tests_traced([classinfo]):
        return [("builtins.isinstance", [("object", x), ("classinfo", classinfo)], 2, None)]
    return None


def tests_traced(operands: "List[Any]") -> bool:
    """Is the one operand, the second argument of `isinstance`, a class of the traced module or are such in it?"""
    x = operands[0]
    for cls in (x,) if type(x) is type else classes_in(x):
        if belongs(cls):
            return True
        # What is none is known by it the next time.
        if not dull(cls, deep=True) and watch(cls):
            BELOW.add(id(cls))
    return False


def class_pattern(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`case Array(): -> builtins.isinstance(object, classinfo)`."""
    return instance_test(operands[-3], operands[-2])


def exception_match(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`except Error: -> builtins.isinstance(object, classinfo)`."""
    return instance_test(operands[MATCHED_EXCEPTION], operands[-1])


def group_match(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`except* Error:` of the exceptions that are left; where none is, nothing is tested."""
    return exception_match(site, operands) if operands[MATCHED_EXCEPTION] is not None else None


FORMS[class_pattern] = instance_form(-3, -2)
FORMS[exception_match] = instance_form(MATCHED_EXCEPTION, -1)


def raising(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`raise Error -> Error()`."""
    found: "List[Use]" = []
    for x in operands:
        if is_class(x) and any(base is BaseException for base in type_mro(x)):
            found += call_uses(Call(x, [])) or []
    return found or None


# Attributes.


class SuperProxy:
    """Stands for the `super` object that `LOAD_SUPER_ATTR` never makes."""


SUPER = SuperProxy()


def super_mro(x: "Any", cls: "Any" = None) -> "Sequence[type]":
    """The classes that `super(cls, x)` looks through, or those of a `super` object."""
    if cls is None:
        cls, start = super_class(x), super_type(x)
    else:
        start = x if is_class(x) and any(base is cls for base in type_mro(x)) else type(x)
    mro = type_mro(start) if start is not None else ()
    for index, base in enumerate(mro):
        if base is cls:
            return mro[index + 1 :]
    return ()


class Attribute:
    """What a static look-up of an attribute finds, and whether the access is a use.

    `bound`: it was found along the MRO of the object's type. `held`: does the object hold it itself? None where that
    does not matter.
    """

    __slots__ = ("bound", "dotted", "found", "held", "use")

    def __init__(
        self, use: bool, found: "Any", dotted: "Optional[str]", bound: bool = False, held: "Optional[bool]" = None
    ):
        self.use = use
        self.found = found
        self.dotted = dotted
        self.bound = bound
        self.held = held


NO_ATTRIBUTE = Attribute(False, EMPTY, None)
# Of a `super` object that concerns the traced module.
NOT_PASSED = Attribute(False, EMPTY, None)


class GetterLookUp(LookUp):
    """The look-up of a `__getattribute__` in Python: that of the traced module is run for all attributes."""

    def reaches(self, mro: "Sequence[type]") -> bool:
        found, _, passed = find(mro, self.names[0])
        return type(found) is FunctionType and passed is not None


runs_getter = GetterLookUp("__getattribute__")


def attribute(x: "Any", name: str, setter: str = "") -> Attribute:
    """What `x.name` touches: a module's attribute, a class's, or an instance's; `setter` sets or deletes it."""
    if dull(x, deep=True):
        return NO_ATTRIBUTE
    kind = type(x)
    mro = type_mro(kind)
    if issubclass(kind, ModuleType):
        provider = find(mro, name)[1]
        found = module_attribute(x, name) if provider is None or not belongs(provider) else NO_ATTRIBUTE
        if found.use or traced_class(mro) is None:
            return found
    if issubclass(kind, type):
        return class_attribute(x, name, mro, setter)
    if type(x) is super:
        return super_attribute(super_mro(x), name, super_object(x))
    return instance_attribute(x, name, mro, setter)


def module_attribute(module: "Any", name: str) -> Attribute:
    """An attribute of a traced module: its public name is that of the shortest package that exports it too."""
    own = module_dict(module)
    module_name = own.get("__name__")
    if type(module_name) is not str or not TRACED[module_name]:
        return NO_ATTRIBUTE
    found = own.get(name, EMPTY)
    if found is EMPTY:
        by_type = find(type_mro(type(module)), name)[0]
        return Attribute(True, EMPTY, "%s.%s" % (real_name(module_name), name) if by_type is not EMPTY else None)
    if found is None or issubclass(type(found), (bool, int, str, tuple)):
        return Attribute(True, found, "%s.%s" % (real_name(module_name), name))
    dotted_name = exported(module_name, name, found)
    if NAMES.get(id(found), dotted_name) != dotted_name:
        name_anew(found)
    return Attribute(True, found, dotted_name)


def name_anew(x: "Any") -> None:
    """Forgets a name that is none any more, as a module's `__dict__` was changed: lazy modules put into it so."""
    if is_class(x) or type(x) is FunctionType:
        known = NAMES.pop(id(x), "")
        if known != (class_name(x) if is_class(x) else function_name(x)):
            forget_name(x)


def class_attribute(cls: "Any", name: str, meta: "Sequence[type]", setter: str) -> Attribute:
    """An attribute of a class: of a traced one always a use, of a user's subclass where the look-up passes one."""
    own = belongs(cls)
    found, provider, passed = find(type_mro(cls), name)
    by_meta, _, meta_passed = find(meta, name)
    if setter and not own:
        runs = find(meta, setter)[1]
        runs_traced = runs is not None and belongs(runs)
        if not runs_traced and (meta_passed is None or not is_data_descriptor(by_meta)):
            return NO_ATTRIBUTE
    bound = type(found) is classmethod
    if by_meta is not EMPTY and (found is EMPTY or is_data_descriptor(by_meta)):
        found, passed, bound = by_meta, meta_passed, True
    elif found is EMPTY:
        passed = meta_passed if passed is None else passed
    if not own and not setter and passed is None and not runs_getter(cls):
        return NO_ATTRIBUTE
    owner = owner_of(type_mro(cls), provider)
    owner = owner if owner is not None else traced_class(meta)
    dotted = "%s.%s" % (class_name(owner), name) if owner is not None and found is not EMPTY else None
    return Attribute(True, found, dotted, bound)


def is_data_descriptor(raw: "Any") -> bool:
    """Does this class attribute come before what an instance holds itself?"""
    if raw is EMPTY:
        return False
    mro = type_mro(type(raw))
    return find(mro, "__set__")[0] is not EMPTY or find(mro, "__delete__")[0] is not EMPTY


def super_attribute(mro: "Sequence[type]", name: str, receiver: "Any") -> Attribute:
    """An attribute fetched through `super()`: named after the class that defines it, else after the receiver's."""
    found, provider, passed = find(mro, name)
    if passed is None:
        return NOT_PASSED
    dotted_name = None
    if provider is not None:
        is_own = belongs(provider) and is_public(class_name(provider))
        owner = provider if is_own else owner_of((*type_mro(as_class(receiver)), passed), provider)
        dotted_name = "%s.%s" % (class_name(owner), name)
    return Attribute(True, found, dotted_name, bound=True)


# Classes whose `__setattr__` and `__delattr__` are those of `object`, up to 3.12 as copies.
GENERIC_SETTERS = (object, BaseException, ModuleType)


def instance_attribute(x: "Any", name: str, mro: "Sequence[type]", setter: str) -> Attribute:
    """An attribute of an instance: of a traced class always a use, of a user's subclass where a look-up passes one."""
    found, provider, passed = find(mro, name)
    is_reached = passed is not None
    comes_first = is_data_descriptor(found)
    own = None if comes_first else own_dict(x)
    held = own.get(name, EMPTY) if own is not None else EMPTY
    is_held = None if comes_first else held is not EMPTY
    if belongs(mro[0]) or not setter and runs_getter(x):
        passed = mro[0]
    elif setter:
        _, by, runs = find(mro, setter)
        if not any(by is one for one in GENERIC_SETTERS):
            passed = runs
        elif passed is not None and not is_data_descriptor(found):
            passed = giving_class(mro, name, found)
    elif passed is not None and held is not EMPTY:
        passed = giving_class(mro, name, found)
    if passed is None:
        return Attribute(False, EMPTY, None, held=is_held)
    if held is not EMPTY:
        return Attribute(True, held, "%s.%s" % (class_name(owner_of(mro, passed)), name), held=True)
    if found is EMPTY or not is_reached:
        return Attribute(True, found, None, held=is_held)
    return Attribute(True, found, "%s.%s" % (class_name(owner_of(mro, provider)), name), bound=True, held=is_held)


def giving_class(mro: "Sequence[type]", name: str, found: "Any") -> "Optional[type]":
    """The traced class that gives an instance of a user's subclass an attribute which the instance holds itself.

    The look-up comes to that class before it comes to what is held. It has the attribute too, `found` there, as more
    than a method; or its methods set it: `self.value = value`.
    """
    has_it = found is not EMPTY and not binds(found)
    return next((cls for cls in mro if belongs(cls) and (has_it or sets_attribute(cls, name))), None)


# Per class: do its methods set the attribute of this name?
ATTRIBUTES_SET: "Dict[int, Dict[str, bool]]" = {}


def sets_attribute(cls: type, name: str) -> bool:
    """Do methods or properties of a class set an attribute of this name, of whatever object?"""
    known = ATTRIBUTES_SET.get(id(cls), {})
    if name not in known:
        functions: "List[Any]" = []
        for raw in type_dict(cls).values():
            functions += (raw.fget, raw.fset) if type(raw) is property else (unwrapped(raw),)
        known[name] = any(stores(f.__code__, name) for f in functions if type(f) is FunctionType)
        if watch(cls):
            ATTRIBUTES_SET[id(cls)] = known
    return known[name]


# What sets an attribute by its name, as in a frozen dataclass.
SETTERS = {"setattr", "__setattr__"}


def stores(code: types.CodeType, name: str) -> bool:
    """Does this code set an attribute of this name: `self.x = x`, `object.__setattr__(self, "x", x)`?"""
    if not SETTERS.isdisjoint(code.co_names) and any(type(x) is str and x == name for x in code.co_consts):
        return True
    sites: "Iterable[Site]" = Decoder(code).decode().values() if name in code.co_names else ()
    return any(site.opname == "STORE_ATTR" and site.name == name for site in sites)


# What accesses to attributes came to, by the id of the object's type: loads, those that are for a call, stores.
LOADED: "Dict[int, Accesses]" = {}
CALL_LOADED: "Dict[int, Accesses]" = {}
STORED: "Dict[int, Accesses]" = {}
# The two texts of a record that stand between the values and at its end; none where there is nothing to record.
NO_RECORD: "Tuple[str, ...]" = ()
object_attribute = object.__getattribute__


class Accesses(TypeVersion):
    """What accesses to attributes of one type's instances came to, by name.

    By the type alone, or by whether the object holds the attribute itself.
    """

    __slots__ = ("always", "by_held", "free", "held")

    def __init__(self, kind: type):
        super().__init__(kind)
        self.always: "Dict[str, Tuple[str, ...]]" = {}
        self.held: "Dict[str, Tuple[str, ...]]" = {}
        self.free: "Dict[str, Tuple[str, ...]]" = {}
        field, provider, _ = find(type_mro(kind), "__dict__")
        self.by_held = provider is not None and shows_dict(field, provider)
        if provider is not None and is_partial(provider):
            # See `partial_dict`.
            self.number = None

    def keep(self, kind: type, name: str, held: "Optional[bool]", texts: "Optional[Tuple[str, ...]]") -> None:
        """Remembers what an access came to, that was looked up since this was made; nothing where that is None."""
        if texts is not None and self.is_current(kind):
            table = self.always if held is None or not self.by_held else self.held if held else self.free
            table[name] = texts


def accesses_of(site: Site, x: "Any") -> "Optional[Accesses]":
    """Where to keep what an access to an attribute of `x` comes to; None where its type does not tell."""
    kind, accesses = type(x), site.accesses
    if accesses is None or id(kind) not in TOUCHED or issubclass(kind, (ModuleType, type, super)):
        return None
    table = accesses[site.for_call]
    known = table.get(id(kind))
    if known is None or not known.is_current(kind):
        known = table[id(kind)] = Accesses(kind)
    return known


def known_access(site: "Any", x: "Any") -> "Optional[Tuple[str, ...]]":
    """What the same access to an object of the same type came to, as texts of its record; None where not known."""
    kind, accesses = type(x), site.accesses
    # Another thread may have taken it away just now, see Site.reach.
    known = accesses[site.for_call].get(id(kind)) if accesses is not None else None
    if known is None or known.version.value != known.number or VERSION_FLAG and not has_version(kind):
        return None
    name = site.name
    if name in known.always or not known.by_held:
        return known.always.get(name)  # type: ignore[no-any-return]
    try:
        own = object_attribute(x, "__dict__")
    except (AttributeError, TypeError, SystemError):
        return None
    return (known.held if type(own) is dict and name in own else known.free).get(name)  # type: ignore[no-any-return]


def name_texts(access: Attribute, x: "Any", before: str) -> "Optional[Tuple[str, ...]]":
    """The texts of the records of a use; None while the class may still get another name."""
    if access.dotted is None:
        return before, "}\n"
    owner = access.dotted.rpartition(".")[0]
    if not any(NAMES.get(id(cls)) == owner for cls in type_mro(type(x))):
        return None
    return before, ', "attribute": %s}\n' % quote(access.dotted)


def load_texts(site: Site, access: Attribute, x: "Any") -> "Optional[Tuple[str, ...]]":
    """What loading this attribute of an instance comes to each time; None where its type does not tell."""
    found = access.found
    if not access.use:
        return NO_RECORD
    if site.for_call and found is not EMPTY:
        exported = type(found) is FunctionType and exports_method(type(x), name_of(found))
        return NO_RECORD if access.bound and binds(found) and not exported else None
    return name_texts(access, x, ', "name": %s%s' % (text(site.name), POSITIONALS[2]))


def loading(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`array.shape -> builtins.getattr(object, name)`, unless the attribute is only fetched for a call."""
    x = operands[-1]
    known = accesses_of(site, x)
    access = attribute(x, site.name)
    uses = load_uses(site, access, x, x, type(x) is super and access is not NO_ATTRIBUTE)
    if known is not None:
        known.keep(type(x), site.name, access.held, load_texts(site, access, x))
    return uses


def load_form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
    """The record of an attribute load from an instance of which that is known."""
    x = slots[origin - 1]
    texts = known_access(site, x)
    if not texts:
        return None if texts is None else ""
    return f"{LOAD_HEAD}{encode(x)}{texts[0]}{site.place[1]}{texts[1]}"


FORMS[loading] = load_form
LOAD_HEAD = HEADS["builtins.getattr"] + KEYS["object"]


def super_loading(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`super().shape -> builtins.getattr(object, name)`, where no `super` object is made. (3.12+)"""
    start, x = operands[-2:]
    via_super = operands[-3] is super and is_class(start) and not dull(x, deep=True)
    access = super_attribute(super_mro(x, start), site.name, x) if via_super else NO_ATTRIBUTE
    return load_uses(site, access, x, SUPER, via_super)


def load_uses(site: Site, access: Attribute, x: "Any", shown: "Any", via_super: bool) -> "Optional[List[Use]]":
    """The use that an attribute load is, from `x`, which is recorded as `shown`."""
    if site.reached:
        site.reached.pop(id(frame_looked_at()), None)
    if site.for_call and via_super:
        site.reach(access.dotted or "" if access.found is not EMPTY else "")
    if not access.use:
        return None
    if site.for_call and access.found is not EMPTY and is_part_of_call(site, access, x, via_super):
        return None
    if not site.for_call and shown is x and access.dotted is not None:
        keep_fetch(x, site, access)
    return [("builtins.getattr", [("object", shown), ("name", site.name)], 2, access.dotted)]


def is_part_of_call(site: Site, access: Attribute, x: "Any", via_super: bool) -> bool:
    """Is the call that this is fetched for a use itself? Where the callable does not tell its name, that is kept."""
    found = access.found
    if via_super and binds(found):
        return True
    is_method = (via_super or by_class(access, x)) and is_class_method(found, site.name)
    if is_method or type(found) is staticmethod:
        name = method_through(x, site.name) if is_class(x) and not via_super else access.dotted or ""
        is_told = tells_method(found, name)
        function = unwrapped(found)
        is_function = type(function) is FunctionType or type(function) is BuiltinType and is_traced_in_c(function)
        is_function = is_function or is_untold_method(function)
        if not is_told and site.reach(name) and (is_method or is_function):
            return True
    if not called_is_use(access, x, via_super):
        return False
    if type(found) is FunctionType and exports_method(type(x), name_of(found)) and exporting_module(found, x):
        site.reach(access.dotted or "")
    if site.skip is not NOTHING:
        keep_fetch(x, site, access)
    return True


# Per module, the attributes that were fetched from it, with the ids of what it holds.
FETCHES: "Dict[int, Dict[str, int]]" = {}


def keep_fetch(x: "Any", site: Site, access: Attribute) -> None:
    """Remembers what fetching this attribute from a module is, where the next time needs no other look-up."""
    if type(x) is not ModuleType:
        return
    found = id(access.found)
    is_known = found in CALLEES or found in EXPORTS or found in NAMES
    # What a module that is no submodule holds is named by that alone.
    if (is_known or not site.for_call and "." not in (access.dotted or "").rpartition(".")[0]) and watch(x):
        owner = FETCHES.setdefault(id(x), {})
        if is_known:
            owner[site.name] = found
        set_fetch(site, owner, access.dotted, is_known)


def set_fetch(site: Site, owner: "Dict[str, int]", dotted: "Optional[str]", is_known: bool) -> None:
    """Sets how a site knows a fetch from a module that finds the same as before; no record where it is for a use.

    `owner` is what FETCHES has of the module, with the id of what it must find where that `is_known`.
    """
    known_of, name = FETCHES.get, site.name

    def finds(x: "Any") -> bool:
        if type(x) is not ModuleType or known_of(id(x)) is not owner:
            return False
        held = x.__dict__.get(name, EMPTY)
        return id(held) == owner[name] if is_known else held is not EMPTY

    site.finds = finds if site.for_call else None
    site.form = fetch_form(site, finds, dotted or "")


def fetch_form(site: Site, finds: "Callable[[Any], bool]", dotted: str) -> "Form":
    """The form of a site that fetches from a module that which it `finds`, and may be from other objects too."""
    is_part = site.for_call
    end = ', "name": %s%s' % (text(site.name), POSITIONALS[2])
    attribute = ', "attribute": %s}\n' % quote(dotted)

    def form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
        x = slots[origin - 1]
        if not finds(x):
            return load_form(site, slots, origin)
        return "" if is_part else f"{LOAD_HEAD}{encode(x)}{end}{site.place[1]}{attribute}"

    return form


def by_class(access: Attribute, x: "Any") -> bool:
    """Was this found along the MRO of `x`, a class, and not along that of its metaclass?"""
    return is_class(x) and (not access.bound or type(access.found) is classmethod)


def is_class_method(raw: "Any", name: str) -> bool:
    """Is this class attribute a method that a look-up through the class does not bind, and not a builtin put there?"""
    kind = type(raw)
    if kind is staticmethod or is_builtin(kind):
        return name == "__new__"
    is_known = kind is FunctionType or is_descriptor(kind) or kind is MethodMaker or is_sip_method(kind)
    return is_known or is_untold_method(raw)


def is_untold_method(raw: "Any") -> bool:
    """Is this a method of a type in C that does not tell of which module it is, as Boost.Python makes them?"""
    getter = find(type_mro(type(raw)), "__get__")[0]
    is_method = type(getter) is types.WrapperDescriptorType and unwrapped(raw) is raw and binds(raw)
    return is_method and not callee_is_traced(raw)


def tells_method(raw: "Any", name: str) -> bool:
    """Is this class attribute a function of the traced module that has the name of this method itself?"""
    function = unwrapped(raw)
    kind = type(function)
    if kind is not FunctionType and kind is not BuiltinType:
        return False
    if not (is_traced_in_c(function) if kind is BuiltinType else is_traced_function(function)):
        return False
    told = callable_name(function)
    if raw is function or type(raw) is MethodMaker:
        return told == name
    # A static method may be a function of a module, which is named as that.
    owner, _, own_name = told.rpartition(".")
    return own_name == name.rpartition(".")[2] and is_public(owner)


def method_through(cls: "Any", name: str) -> str:
    """The name of a method that is called through a class: of the one that defines it, else of the most derived.

    A class method has the most derived one as its receiver.
    """
    raw, provider, _ = find(type_mro(cls), name)
    is_bound = type(raw) is types.ClassMethodDescriptorType
    is_own = provider is not None and not is_bound and belongs(provider) and is_public(class_name(provider))
    return "%s.%s" % (class_name(provider if is_own else owner_of(type_mro(cls), provider)), name)


def binds(raw: "Any") -> bool:
    """Is this class attribute a method, which a look-up binds to what it was looked up in?"""
    kind = type(raw)
    if kind is classmethod:
        # A builtin or a class gets it as its first argument, and knows nothing of a method.
        return not is_builtin(type(raw.__func__)) and not is_class(raw.__func__)
    if kind is FunctionType or is_descriptor(kind):
        return True
    if is_builtin(kind) or kind is staticmethod or kind is MethodType or is_class(raw) or is_data_descriptor(raw):
        return False
    if kind is partial:
        return PARTIAL_IS_METHOD
    mro = type_mro(kind)
    return is_sip_method(kind) or find(mro, "__get__")[0] is not EMPTY and find(mro, "__call__")[0] is not EMPTY


def is_sip_method(kind: type) -> bool:
    """Is this the type of what a class of sip has as a method? It gives a builtin, through the class bound to that."""
    return type_name(kind) == "methoddescriptor" and dotted(kind).endswith("sip.methoddescriptor")


def called_is_use(access: Attribute, x: "Any", via_super: bool) -> bool:
    """Is a call of what the static look-up found a use itself?"""
    found = access.found
    if access.bound and binds(found):
        through_class = via_super or not is_class(x) or by_class(access, x)
        return through_class or traced_class(type_mro(type(x))) is not None
    found = unwrapped(found)
    if type(found) is property:
        return False
    return callee_is_traced(found)


def storing(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`array.shape = 2, 3 -> builtins.setattr(object, name, value)`."""
    x = operands[-1]
    known = accesses_of(site, x) if site.name not in CLASS_SETTINGS else None
    access = attribute(x, site.name, "__setattr__")
    class_set(x, site.name, operands[-2])
    if known is not None:
        known.keep(type(x), site.name, access.held, store_texts(site, access, x))
    if not access.use:
        return None
    return [("builtins.setattr", [("object", x), ("name", site.name), ("value", operands[-2])], 3, access.dotted)]


def store_texts(site: Site, access: Attribute, x: "Any") -> "Optional[Tuple[str, ...]]":
    """What a store to this attribute of an instance comes to each time; None where its type does not tell."""
    return name_texts(access, x, ', "name": %s, "value": ' % text(site.name)) if access.use else NO_RECORD


def store_form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
    """The record of a store to an attribute of an instance of which that is known."""
    x = slots[origin - 1]
    texts = known_access(site, x)
    if not texts:
        return None if texts is None else ""
    encoded, value = encode(x), encode(slots[origin - 2])
    return f"{STORE_HEAD}{encoded}{texts[0]}{value}{POSITIONALS[3]}{site.place[1]}{texts[1]}"


FORMS[storing] = store_form
STORE_HEAD = HEADS["builtins.setattr"] + KEYS["object"]


# What is run where a class is called.
MAKERS = ("__init__", "__new__", "__call__")
# Attributes that change what is known of a class or a function.
CLASS_SETTINGS = ("__module__", "__bases__", "__class__", "__name__", "__qualname__", "__code__")


def deleting(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`del array.x -> builtins.delattr(object, name)`."""
    access = attribute(operands[-1], site.name, "__delattr__")
    class_set(operands[-1], site.name, None)
    if not access.use:
        return None
    return [("builtins.delattr", [("object", operands[-1]), ("name", site.name)], 2, access.dotted)]


def importing(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`import numpy.linalg -> builtins.__import__(name, fromlist, level)`."""
    level, fromlist, module = operands
    if not TRACED[absolute_name(site.name, level, module)]:
        return None
    params = [("name", site.name), ("fromlist", fromlist), ("level", level)]
    return [("builtins.__import__", params, 3, None)]


def absolute_name(name: str, level: "Any", module: "Dict[str, Any]") -> str:
    """The full name of what a module, given by its globals, imports: `.x` in `a.b` is `a.x`."""
    if type(level) is not int or level < 1:
        return name
    package = dict.get(module, "__package__")
    if type(package) is not str:
        package = dict.get(module, "__name__")
        if type(package) is not str:
            return ""
        package = package if dict.__contains__(module, "__path__") else package.rpartition(".")[0]
    for _ in range(level - 1):
        package = package.rpartition(".")[0]
    return "%s.%s" % (package, name) if name else package


def import_from(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`from numpy import pi -> builtins.getattr(object, name)`."""
    access = attribute(operands[-1], site.name)
    if not access.use:
        return None
    return [("builtins.getattr", [("object", operands[-1]), ("name", site.name)], 2, access.dotted)]


# Calls.


class Call:
    """One call: the callable, all arguments (a receiver first), and how they were passed.

    `names` are the names of the last `len(names)` of `args`; `more` are the items of a `**` mapping; `unknown` is an
    iterable whose items can't be known. `bound`: the callable was fetched as a method, so `args[0]` is its receiver.
    `special`: the name of the special method that a `with` statement calls.
    """

    __slots__ = (
        "callee", "args", "keywords", "unknown", "bound", "fetched", "special", "taken_apart", "reached", "known",
        "owner",
    )  # fmt: skip

    def __init__(
        self,
        callee: "Any",
        args: "List[Any]",
        keywords: "Sequence[Tuple[str, Any]]" = (),
        unknown: "Any" = EMPTY,
        bound: bool = False,
        fetched: "Optional[Site]" = None,
        special: str = "",
    ):
        self.callee = callee
        self.args = args
        self.keywords = keywords
        self.unknown = unknown
        self.bound = bound
        self.fetched = fetched
        self.special = special
        # Did the interpreter replace a bound method by its function and its receiver? (3.11 PRECALL, 3.13 CALL events)
        self.taken_apart = False
        # The name by how the callable was fetched, "" where the call is none by that; see Site.reach.
        self.reached: "Optional[str]" = None
        # What was looked up of the callable and kept; for a method, the table of its receiver's type.
        self.known: "Any" = None
        self.owner: "Any" = None

    def of(self, callee: "Any", args: "List[Any]", bound: bool = False) -> "Call":
        """The same call of another callable: what a bound method or a `partial` passes on."""
        same = Call(callee, args, self.keywords, self.unknown, bound, self.fetched, self.special)
        same.reached = self.reached
        return same


def frame_looked_at() -> types.FrameType:
    """The program's frame that an event comes from."""
    frame = current_frame(1)
    while frame.f_globals is OWN_GLOBALS and frame.f_back is not None:
        frame = frame.f_back
    return frame


def call(site: "Any", operands: "List[Any]") -> "Optional[List[Use]]":
    """`numpy.linspace(0, 2, num=100) -> numpy.linspace(start, stop, num)`."""
    made = read_call(site, operands)
    uses = call_uses(made)
    if uses is None:
        keep_dull(made.callee)
        if made.args and id(made.args[0]) not in PUT_LAST:
            # That its type is of no interest is known the next time; unless that is about to change.
            dull(made.args[0], deep=True)
    elif made.known is not None and site.forms < MOST_FORMS:
        site.forms += 1
        site.form = new_form(site, made)
    return uses


def read_call(site: "Any", operands: "List[Any]") -> Call:
    """A call from its stack slots, with the name that was kept when its callable was fetched."""
    made = CALL_READERS[site.opname](site, operands)
    if site.fetched is not None and site.fetched.reached:
        made.reached = site.fetched.reached.pop(id(frame_looked_at()), None)
    return made


def keep_dull(callee: "Any") -> None:
    """Remembers a callable object, a call of which is no use whatever is passed."""
    kind = type(callee)
    if any(kind is known for known in KNOWN_CALLABLES) or issubclass(kind, (type, ModuleType)) or not dull(callee):
        return
    if issubclass(kind, partial) or object_uses(Call(callee, [])) is not None:
        return
    if watch(callee):
        DULL_OBJECTS.add(id(callee))
    elif not names_itself(kind) and id(kind) in DULL_TYPES:
        DULL_CALLABLES.add(id(kind))
    else:
        module = own_attribute(callee, "__module__") or "numpy"
        name = own_attribute(callee, "__qualname__") or own_attribute(callee, "__name__")
        if name is not None and module_item(module, name) is callee:
            DULL_EXPORTS[id(callee)] = module, name


# The same for those that can't be watched: where they are exported, as numpy's functions are. What is kept holds as
# long as the module still exports the object.
DULL_EXPORTS: "Dict[int, Tuple[str, str]]" = {}


def names_itself(kind: type) -> bool:
    """May callable objects of this type say of themselves that they are of a module?"""
    fields = [type_dict(cls) for cls in type_mro(kind)]
    tells = any("__dict__" in own or is_c_field(own.get("__module__")) for own in fields)
    return tells or is_ufunc(kind) or tells_by_getter(kind) or any(is_c_field(own.get("__func__")) for own in fields)


def is_ufunc(kind: type) -> bool:
    """Is this the type of numpy's universal functions, which do not say of which module they are?"""
    return dotted(kind) == "numpy.ufunc"


# Types of callables that are decided one by one.
KNOWN_CALLABLES = (
    FunctionType,
    MethodType,
    BuiltinType,
    ToldBuiltinType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    types.MethodWrapperType,
    MethodMaker,
)


def called_with(site: Site, values: "List[Any]", names: "Sequence[str]") -> Call:
    """A call from its stack slots: callable, NULL or receiver (3.11+, CALL_METHOD), then the arguments."""
    keywords: "Sequence[Tuple[str, Any]]" = ()
    if names:
        split = len(values) - len(names)
        keywords = list(zip(names, values[split:]))
        values = values[:split]
    callee, receiver = values[0], values[1]
    args = values[2:]
    if NULL_ABOVE_CALLABLE:
        bound = receiver is not EMPTY
    elif callee is EMPTY:
        callee, bound = receiver, False
    else:
        bound = True
    if bound:
        args.insert(0, receiver)
    fetched = site.fetched
    as_method = bound and (site.null_slot or fetched is not None or site.opname == "CALL_METHOD")
    if site.special:
        # Before 3.14 the first of the three arguments is where a receiver would be.
        as_method = bound and EXIT_FUNCTION == -5
    call = Call(callee, args, keywords, bound=as_method, fetched=fetched, special=site.special)
    apart = TAKES_METHODS_APART or CALL_EXPANDS_METHODS
    call.taken_apart = bound and (site.null_slot or apart and fetched is not None)
    return call


def plain_call(site: Site, operands: "List[Any]") -> Call:
    """CALL_FUNCTION (up to 3.10): callable, arguments."""
    return Call(operands[0], operands[1:], fetched=site.fetched, special=site.special)


def keyword_call(site: Site, operands: "List[Any]") -> Call:
    """CALL_FUNCTION_KW (up to 3.10): callable, arguments, names."""
    names = operands[-1]
    split = len(operands) - 1 - len(names)
    return Call(operands[0], operands[1:split], list(zip(names, operands[split:-1])), fetched=site.fetched)


def named(mapping: "Dict[Any, Any]") -> "List[Tuple[str, Any]]":
    """The items of a dictionary of keyword arguments; a name may be an instance of a subclass of `str`."""
    items = [item for item in list(dict.items(mapping)) if issubclass(type(item[0]), str)]
    return [item if type(item[0]) is str else (str.__str__(item[0]), item[1]) for item in items]


def starred(site: Site, operands: "List[Any]") -> "Tuple[Any, Any]":
    """What the `*` and the `**` of a CALL_FUNCTION_EX stand before; EMPTY for no mapping."""
    return (operands[-2], operands[-1]) if HAS_MAPPING[site.arg & 1] else (operands[-1], EMPTY)


def starred_call(site: Site, operands: "List[Any]") -> Call:
    """CALL_FUNCTION_EX: callable, one iterable of positional arguments, perhaps a mapping of keywords."""
    positional, mapping = starred(site, operands)
    keywords: "List[Tuple[str, Any]]" = []
    if iterator_of(mapping) is dict:
        keywords = named(mapping)
    iterator = iterator_of(positional)
    unknown = EMPTY if iterator is not None else positional
    if iterator is not None and mapping is not EMPTY and iterator_of(mapping) is not dict:
        unknown = mapping
    call = Call(
        operands[0],
        list(iterator.__iter__(positional)) if iterator is not None else [],
        keywords,
        unknown,
        fetched=site.fetched,
    )
    if EX_CALLABLE[0] < -2 and operands[1] is not EMPTY:
        call.args.insert(0, operands[1])
        call.bound = True
    return call


DICT_VIEWS = tuple(map(type, ({}.keys(), {}.values(), {}.items())))
KNOWN_ITERABLES = set(map(id, (tuple, list, str, bytes, bytearray, dict, range, set, frozenset, *DICT_VIEWS)))


def iterator_of(x: "Any") -> "Any":
    """The builtin whose own `__iter__` runs where `x` is iterated, so that its items are known; None for another."""
    kind = type(x)
    provider = kind if id(kind) in KNOWN_ITERABLES else find(type_mro(kind), "__iter__")[1]
    return provider if id(provider) in KNOWN_ITERABLES else None


CALL_READERS: "Dict[str, Callable[[Site, List[Any]], Call]]" = {
    "CALL_FUNCTION": plain_call,
    "CALL_FUNCTION_KW": keyword_call,
    "CALL_METHOD": lambda site, operands: called_with(site, operands, ()),
    "CALL": lambda site, operands: called_with(site, operands, site.keywords),
    "CALL_KW": lambda site, operands: called_with(site, operands[:-1], operands[-1]),
    "CALL_FUNCTION_EX": starred_call,
}


def star_uses(site: Site, operands: "List[Any]") -> "Optional[List[Use]]":
    """`f(**mapping) -> builtins.dict(mapping)`, `f(*array) -> builtins.iter(object)`, then the call's own."""
    uses: "List[Use]" = []
    call = read_call(site, operands)
    positional, mapping = starred(site, operands)
    if type(mapping) is not dict and is_mapping(mapping):
        uses.append(("builtins.dict", [("mapping", mapping)], 1, None))
    if id(type(positional)) not in KNOWN_ITERABLES and iterates(positional):
        uses.append(("builtins.iter", [("object", positional)], 1, None))
    own = call_uses(call)
    if own is None:
        keep_dull(call.callee)
    return uses + (own or []) or None


def call_uses(call: Call) -> "Optional[List[Use]]":
    """The uses that a call is: of the traced module's own callable, or of a builtin that reaches it."""
    callee = call.callee
    kind = type(callee)
    if call.taken_apart and not call.reached:
        exported_as = exporting_module(callee, call.args[0])
        if exported_as:
            return [bind(exported_as, call.of(callee, call.args[1:]), method_signature(callee))]
    if not call.bound and not call.reached:
        known = call.known = CALLEES.get(id(callee))
        if known is not None:
            return [bind(known[0], call, known[1])]
    if kind is FunctionType:
        return function_uses(call)
    if kind is MethodType:
        return bound_method_uses(call)
    if id(callee) in BUILTINS:
        row = BUILTINS[id(callee)]
        found = row(call)
        if found and (row.simple or row.classinfo):
            call.known = row
        if found or not (row.noted or TRACED.builtins):
            return found
    if is_builtin(kind):
        return builtin_uses(call)
    if is_descriptor(kind):
        return method_uses(call, callee.__name__) or descriptor_uses(call) or made_uses(call)
    if is_class(callee):
        return construction_uses(call)
    if kind is types.MethodWrapperType:
        bound = call.of(callee, [callee.__self__] + call.args, bound=True)
        return named_method_uses(bound, callee.__self__, callee.__name__) or made_uses(bound)
    if kind is MethodMaker or kind is staticmethod and STATIC_METHODS_ARE_CALLED:
        return call_uses(call.of(callee.__func__, call.args))
    if issubclass(kind, partial):
        uses = partial_uses(call)
        if uses:
            return uses
    return object_uses(call)


def bound_method_uses(call: Call) -> "Optional[List[Use]]":
    """A call of a bound method: of its function with the receiver first, or of what a module exports it as."""
    method = call.callee
    exported_as = exporting_module(method.__func__, method.__self__) if not call.reached else ""
    if exported_as:
        return [bind(exported_as, call, signature(method))]
    return call_uses(call.of(method.__func__, [method.__self__] + call.args, bound=True))


def method_signature(function: "Any") -> "Optional[Signature]":
    """The parameters of a method without its receiver."""
    declared = signature(function)
    return declared.bound() if declared is not None else None


def callee_is_traced(callee: "Any") -> bool:
    """Would calling this be a use under 4.1?"""
    kind = type(callee)
    if kind is FunctionType:
        return is_traced_function(callee)
    if is_class(callee):
        return traced_class(type_mro(callee)) is not None
    if kind is property:
        return False
    return bool(call_uses(Call(callee, [])))


def function_uses(call: Call) -> "Optional[List[Use]]":
    """A call of a Python function: as a method of its receiver, else by its own name."""
    function = call.callee
    if call.bound:
        found = method_uses(call, name_of(function))
        # What a `with` statement looked up past no traced class is entered as other special methods are.
        if found or call.special:
            return found
    reached = call.reached
    if not is_traced_function(function):
        return [bind(reached, call, signature(function))] if reached and not call.bound else None
    if function.__code__.co_name == "_method" and (uses := dispatched_uses(call)):
        return uses
    name, declared = callee(function, function_name)
    return [bind(owned_name(call, name) or reached or name, call, declared)]


def dispatched_uses(call: Call) -> "Optional[List[Use]]":
    """A call of what `functools.singledispatchmethod` gives for a method: of this, with the receiver that it keeps."""
    method, receiver = dispatched(call.callee)
    function = unwrapped(method)
    if type(function) is not FunctionType:
        return None
    made = call.of(function, [receiver] * (receiver is not None) + call.args)
    return [bind(function_name(function), made, signature(function))]


def dispatched(x: "Any") -> "Tuple[Any, Any]":
    """The method and the receiver that such a function keeps, or from 3.14 on such an object."""
    if type(x) is FunctionType:
        if dict.get(x.__globals__, "__name__") != "functools":
            return None, None
        method = x.__dict__.get("__wrapped__")
        kept = dict(zip(x.__code__.co_freevars, map(cell_value, x.__closure__ or ())))
        instance, cls = kept.get("obj"), kept.get("cls")
    else:
        own = own_dict(x) or {}
        method = (own_dict(own.get("_unbound")) or {}).get("func")
        instance, cls = own.get("_obj"), own.get("_cls")
    return method, cls if type(method) is classmethod else instance


def owned_name(call: Call, name: str) -> str:
    """What is called through a private class as `name`, by its public name in the first argument's class, if any."""
    class_part, _, method = name.rpartition(".")
    reached = call.reached
    if not call.args or not ("._" in class_part or "<" in name and not reached):
        return ""
    method = reached.rpartition(".")[2] if reached else method
    owner = private_owner(call, method)
    if owner is None and "<" in name and not dull(call.args[0]):
        mro = type_mro(as_class(call.args[0]))
        method, owner = held_as(mro, call.callee), traced_class(mro)
    return "%s.%s" % (class_name(owner), method) if method and owner is not None else ""


def private_owner(call: Call, method: str) -> "Optional[type]":
    """The first argument's most derived traced class, where it has the method that is called through a private one."""
    return provides(type_mro(as_class(call.args[0])), method, call.callee) if call.args else None


def callee(x: "Any", names: "Callable[[Any], str]") -> "Tuple[str, Optional[Signature]]":
    """A callable's public name and its parameters, kept while it lives."""
    known = CALLEES.get(id(x))
    if known is None:
        known = names(x), signature(x)
        # Where builtins are traced, how the parameters of one are named depends on what is passed.
        if id(x) in NAMES and id(x) not in BUILTINS and is_public(known[0].rpartition(".")[0]) and watch(x):
            CALLEES[id(x)] = known
    return known


def method_uses(call: Call, name: str) -> "Optional[List[Use]]":
    """A call of what was fetched from its receiver: the method `name` of the receiver's class."""
    if not call.bound or not call.args:
        return None
    receiver = call.args[0]
    is_cls = is_class(receiver)
    kind = type(receiver)
    if not is_cls and dull(receiver):
        return None
    if is_cls and dull(receiver, deep=True):
        return None
    fetched = call.fetched
    alias = call.special or (fetched.name if fetched is not None and fetched.name else name)
    reached = call.reached
    if reached is not None:
        found = (reached, signature(call.callee)) if reached else None
    elif is_cls:
        found = method_of(call, receiver, kind, alias, name)
    else:
        known = METHODS.setdefault(id(kind), {}) if watch(kind) else {}
        key = (id(call.callee), alias)
        if key not in known:
            known[key] = method_of(call, receiver, kind, alias, name)
        elif not call.taken_apart or not exports_method(kind, name):
            call.known, call.owner = known[key], known
        found = known[key]
    return [bind(found[0], call, found[1], receiver=True)] if found is not None else None


def method_of(
    call: Call, receiver: "Any", kind: type, alias: str, name: str
) -> "Optional[Tuple[str, Optional[Signature]]]":
    """The name and the parameters of the method of the receiver's class that is called, fetched as `alias`."""
    for mro in [type_mro(receiver), type_mro(kind)] if is_class(receiver) else [type_mro(kind)]:
        for one in (alias, name):
            owner = provides(mro, one, call.callee)
            if owner is not None:
                break
        else:
            one = held_as(mro, call.callee)
            owner = owner_of(mro, find(mro, one)[1])
        if one:
            return "%s.%s" % (class_name(owner), one), signature(call.callee)
    return None


def held_as(mro: "Sequence[type]", function: "Any") -> str:
    """The name of the method that a class has in a function of the traced module that is not named after it.

    A lambda, what a decorator made, or a function of a module; as Cython makes them, too.
    """
    module = function.__module__ if type(function) is FunctionType else own_attribute(function, "__module__")
    if type(module) is not str or not TRACED[module]:
        return ""
    for index, cls in enumerate(mro):
        for name, raw in list(type_dict(cls).items()):
            if unwrapped(raw) is function:
                return name if type(name) is str and traced_class(mro[: index + 1]) is not None else ""
    return ""


def provides(mro: "Sequence[type]", name: str, callee: "Any") -> "Optional[type]":
    """The traced class that has what the look-up of `name` passes it for, where that ends at `callee`."""
    passed = None
    for cls in mro:
        if passed is None and belongs(cls):
            passed = cls
        raw = type_dict(cls).get(name, EMPTY)
        if raw is not EMPTY and unwrapped(raw) is callee:
            return owner_of(mro, cls) if passed is not None else None
    return None


def named_method_uses(call: Call, receiver: "Any", name: str) -> "Optional[List[Use]]":
    """A call of a C method that is bound to `receiver` already: the look-up goes by its name alone."""
    reached = call.reached
    if reached is not None:
        return [bind(reached, call, signature(call.callee), receiver=True)] if reached else None
    if dull(receiver, deep=True):
        return None
    mros = [type_mro(type(receiver))]
    if is_class(receiver):
        mros.insert(0, type_mro(receiver))
    alias = call.fetched.name if call.fetched is not None else ""
    if any(names_c_method(find(mro, alias)[0], name) for mro in mros):
        name = alias
    for mro in mros:
        passed = None
        for cls in mro:
            if passed is None and belongs(cls):
                passed = cls
            raw = type_dict(cls).get(name, EMPTY)
            if raw is EMPTY or type(unwrapped(raw)) is FunctionType:
                continue
            if passed is None:
                break
            owner = owner_of(mro, cls)
            return [bind("%s.%s" % (class_name(owner), name), call, signature(call.callee), receiver=True)]
    return None


def names_c_method(raw: "Any", name: str) -> bool:
    """Is this class attribute the C method of this name, under perhaps another one?"""
    return is_descriptor(type(raw)) and raw.__name__ == name


def builtin_name(function: "Any") -> str:
    """The public name of a function of a module, or of a static method, that is written in C."""
    owner = static_owner(function)
    if owner is not None:
        return "%s.%s" % (class_name(owner), function.__name__)
    return object_name(function, function.__module__, held_in_c(function)[0])


def held_in_c(function: "Any") -> "Tuple[str, Any]":
    """The qualified name of a function in C, and what holds it there: of functions, pybind11 makes methods."""
    name, kept = function.__name__, function.__self__
    if kept is None or issubclass(type(kept), ModuleType):
        return name, function
    found = sys.modules.get(function.__module__)
    own = module_dict(found) if type(found) is ModuleType else NO_ATTRIBUTES
    if own.get(name) is not function:
        # A library of cffi keeps itself in its functions.
        for holder, x in list(own.items()):
            if x is kept:
                return "%s.%s" % (holder, name), function
        for cls in classes_within(own):
            raw = type_dict(cls).get(name)
            if unwrapped(raw) is function:
                return "%s.%s" % (type_qualname(cls), name), raw
    return name, function


def classes_within(own: "Any", scope: str = "") -> "Iterable[type]":
    """The classes of the traced module that are defined in a module or a class, and those within them."""
    for name, x in list(own.items()):
        if is_class(x) and belongs(x) and type_qualname(x) == scope + name:
            yield x
            yield from classes_within(type_dict(x), scope + name + ".")


def builtin_uses(call: Call) -> "Optional[List[Use]]":
    """A call of a function or bound method that is written in C."""
    function = call.callee
    name = function.__name__
    receiver = bound_object(function)
    if receiver is None:
        if not is_traced_in_c(function):
            return None
        uses = method_uses(call, name) if call.bound else None
        return uses or unbound_uses(call)
    reached = call.reached
    if name == "__new__" and is_class(receiver):
        if belongs(receiver):
            return [bind("%s.__new__" % class_name(receiver), call, None)]
        return [bind(reached, call, None)] if reached else None
    if is_class(receiver) and is_sip_method(type(find(type_mro(receiver), name)[0])):
        return sip_method_uses(call, receiver, name)
    owned = call.of(function, [receiver] + call.args, bound=True)
    if dull(receiver, deep=True) or is_class(receiver) or reached is not None:
        return named_method_uses(owned, receiver, name)
    kind = type(receiver)
    known = METHODS.setdefault(id(kind), {}) if watch(kind) else {}
    found = known.get((0, name))
    if found is not None:
        return [bind(found[0], owned, found[1], receiver=True)]
    module_function = exporting_module(function, receiver)
    if module_function:
        return [bind(module_function, call, method_signature(function))]
    uses = named_method_uses(owned, receiver, name)
    if uses is not None and not exports_method(kind, name):
        known[0, name] = uses[0][0], signature(function)
    return uses


def unbound_uses(call: Call) -> "List[Use]":
    """A call of a function in C that is bound to nothing: as it is, or through the class that made a method of it."""
    function = call.callee
    public, declared = callee(function, builtin_name)
    reached = call.reached
    method = find(type_mro(type(call.args[0])), reached.rpartition(".")[2])[0] if reached and call.args else EMPTY
    is_method = type(method) is MethodMaker and unwrapped(method) is function
    return [bind(reached or owned_name(call, public) or public, call, declared, receiver=is_method)]


def sip_method_uses(call: Call, cls: type, name: str) -> "Optional[List[Use]]":
    """A call of a method of sip through a class: it is static if its first argument is no instance of that."""
    if traced_class(type_mro(cls)) is None:
        return None
    is_method = bool(call.args) and any(base is cls for base in type_mro(type(call.args[0])))
    return [bind(call.reached or method_through(cls, name), call, None, receiver=is_method)]


def exporting_module(function: "Any", receiver: "Any") -> str:
    """`numpy.random.rand`: the function as which a module exports a bound method, or nothing."""
    if dull(receiver):
        return ""
    kind = type(receiver)
    name = own_attribute(function, "__name__") if type(function) is not FunctionType else name_of(function)
    if name is None or not belongs(kind) or is_builtin(type(function)) and bound_object(function) is None:
        return ""
    for package in packages(class_module(kind)):
        x = module_item(package, name)
        if x is function and type(x) is not FunctionType:
            return "%s.%s" % (package, name)
        if type(x) is MethodType and x.__func__ is function and x.__self__ is receiver:
            return "%s.%s" % (package, name)
    return ""


# By the id of a class and a name: does a module export such a method of an instance?
EXPORTING: "Dict[int, Dict[str, bool]]" = {}


def exports_method(kind: type, name: str) -> bool:
    """Does a module export a method of an instance, under the name `name` of one of this class, as a function?"""
    if not belongs(kind):
        return False
    known = EXPORTING.setdefault(id(kind), {}) if watch(kind) else {}
    if name not in known:
        items = [module_item(package, name) for package in packages(class_module(kind))]
        known[name] = any(
            type(x) is MethodType or is_builtin(type(x)) and type(x.__self__) is not ModuleType for x in items
        )
    return known[name]


def descriptor_uses(call: Call) -> "Optional[List[Use]]":
    """`numpy.ndarray.sort(array)`: a C method called through its class."""
    owner = call.callee.__objclass__
    name = call.callee.__name__
    if belongs(owner):
        derived = None if is_public(class_name(owner)) else private_owner(call, name)
        shown = owner if derived is None else derived
        return [bind("%s.%s" % (class_name(shown), name), call, signature(call.callee), receiver=True)]
    reached = call.reached
    return [bind(reached, call, signature(call.callee), receiver=True)] if reached else None


def construction_uses(call: Call) -> "Optional[List[Use]]":
    """A call of a class: `numpy.dtype("i4") -> numpy.dtype`; of a user's subclass `-> Base.__init__`."""
    cls = call.callee
    if dull(cls, deep=True):
        return None
    if belongs(cls):
        name, declared = callee(cls, class_name)
        return [bind(name, call, declared)]
    versions = TypeVersion(cls), TypeVersion(type(cls))
    uses = subclass_uses(call, cls)
    if uses is None and are_current(versions, cls) and watch(cls):
        OWN_CLASSES[id(cls)] = versions
    return uses


# By the id of a user's class below the traced module whose calls are no use: its version and that of its metaclass.
OWN_CLASSES: "Dict[int, Tuple[TypeVersion, TypeVersion]]" = {}


def are_current(versions: "Tuple[TypeVersion, TypeVersion]", cls: type) -> bool:
    """Are a class and its metaclass still what they were?"""
    return versions[0].is_current(cls) and versions[1].is_current(type(cls))


def subclass_uses(call: Call, cls: type) -> "Optional[List[Use]]":
    """A call of a user's class below the traced module; the classes alone tell whether it is a use."""
    meta = type_mro(type(cls))
    run, provider, _ = find(meta, "__call__") if meta[0] is not type else (None, None, None)
    is_traced = provider is not None and belongs(provider)
    if type(run) is FunctionType and not is_traced:
        # A metaclass of the user's, which makes an instance itself, see `made_uses`, or an enumeration's: a look-up.
        return None
    is_enum = len(meta) > 2 and any(dotted(one).startswith("enum.") for one in meta)
    use = initialiser_use(call, cls) if not is_enum else None
    if use is not None or not is_traced or dull(cls):
        return [use] if use is not None else None
    return own_call_uses(call)


def made_uses(call: Call) -> "Optional[List[Use]]":
    """`super().__call__(1)` in a user's metaclass, which reaches `type.__call__`: a call of the user's subclass."""
    if call.callee.__name__ != "__call__" or call.callee.__objclass__ is not type or not call.args:
        return None
    cls = call.args[0]
    if not is_class(cls) or dull(cls, deep=True) or belongs(cls):
        return None
    use = initialiser_use(call.of(cls, call.args[1:]), cls)
    return [use] if use is not None else None


def initialiser_use(call: Call, cls: type) -> "Optional[Use]":
    """`Base.__init__`, else `Base.__new__`, where the traced module provides what a call of a user's subclass runs."""
    mro = type_mro(cls)
    initialiser = find(mro, "__init__")[1]
    for name in ("__init__", "__new__"):
        found, provider, passed = find(mro, name)
        if provider is None or passed is None:
            continue
        is_plain = makes_as_object(provider)
        if belongs(provider) or not is_plain and (name == "__init__" or takes_all(provider, initialiser)):
            signed = signature(unwrapped(found))
            if type(unwrapped(found)) is not FunctionType:
                signed = construction_signature(provider)
            elif signed is not None:
                signed = signed.bound()
            return bind("%s.%s" % (class_name(owner_of(mro, provider)), name), call, signed)
    return None


def makes_as_object(cls: type) -> bool:
    """Does a class make its instances as `object` does?"""
    return cls is object or GENERIC_MAKES_INSTANCES and dotted(cls) == "typing.Generic"


def takes_all(maker: type, initialiser: "Optional[type]") -> bool:
    """Do all arguments of a construction go to the `__new__` of `maker`, as only `object` defines an `__init__`?

    That of a builtin takes them, too, where the user's subclass has an `__init__`.
    """
    is_builtin = not type_flags(maker) & HEAP_TYPE and find(type_mro(maker), "__init__")[1] is object
    return initialiser is object or is_builtin


def object_uses(call: Call) -> "Optional[List[Use]]":
    """A call of any other callable object: by the name that it carries, else as `Type.__call__`."""
    callee = call.callee
    if not call.bound:
        known = EXPORTS.get(id(callee))
        if known is not None and module_item(known[0], known[1]) is callee:
            call.known = known
            return [bind(known[2], call, known[3])]
    mro = type_mro(type(callee))
    if is_ufunc(mro[0]):
        package, name = ufunc_name(callee)
        if package:
            return [bind(kept_export(callee, package, name), call, signature(callee))]
    module = own_attribute(callee, "__module__")
    name = own_attribute(callee, "__qualname__") or own_attribute(callee, "__name__")
    if module is not None and name is None and TRACED[module] and dotted(mro[0]).startswith("functools."):
        return dispatched_uses(call)
    if module is not None and name is not None and TRACED[module]:
        return carried_uses(call, module, name)
    if call.bound and call.args:
        found = method_uses(call, own_attribute(callee, "__name__") or "")
        if found:
            return found
    if dull(callee):
        function, receiver = member(callee, "__func__"), member(callee, "__self__")
        if function is not EMPTY and receiver is not EMPTY:
            return call_uses(call.of(function, [receiver] + call.args, bound=True))
        return untold_uses(call) if not call.bound else None
    raw, _, passed = find(mro, "__call__")
    return own_call_uses(call) if raw is not EMPTY and passed is not None else None


def untold_uses(call: Call) -> "Optional[List[Use]]":
    """A call through its class of a method that tells nothing of the traced module: as it was fetched, or is held."""
    callee = call.callee
    name = call.reached.rpartition(".")[2] if call.reached else own_attribute(callee, "__name__")
    is_method = bool(name) and private_owner(call, name or "") is not None
    public = call.reached or (method_through(type(call.args[0]), name or "") if is_method else "")
    return [bind(public, call, signature(callee), receiver=is_method)] if public else None


def carried_uses(call: Call, module: str, name: str) -> "List[Use]":
    """A call of an object that carries its module and its name: as a method of its receiver, else by its own name."""
    callee = call.callee
    found = method_uses(call, own_attribute(callee, "__name__") or name) if call.bound else None
    if found:
        return found
    public = object_name(callee, module, name)
    if "." in name and not is_public(public):
        return [bind(owned_name(call, public) or public, call, signature(callee))]
    if public.endswith("." + name):
        kept_export(callee, public[: -1 - len(name)], name)
    return [bind(public, call, signature(callee))]


def own_call_uses(call: Call) -> "Optional[List[Use]]":
    """A call of an object by the `__call__` of its type."""
    mro = type_mro(type(call.callee))
    raw, provider, _ = find(mro, "__call__")
    function, first = unwrapped(raw), bound_to(raw, call.callee)
    owned = call.of(function, first + call.args, bound=True)
    return [bind("%s.__call__" % class_name(owner_of(mro, provider)), owned, signature(function), receiver=bool(first))]


# What stands in a `partial` for an argument that it is called with (3.14).
PLACEHOLDER = vars(_functools).get("Placeholder", EMPTY)


def partial_uses(call: Call) -> "Optional[List[Use]]":
    """`partial(f, 1)(2) -> f(1, 2)`: the arguments that are frozen in it are passed too."""
    if find(type_mro(type(call.callee)), "__call__")[1] is not partial:
        return None
    fields: "Any" = stored_dict(partial)
    values = [fields[name].__get__(call.callee) for name in ("func", "args", "keywords")]
    function, args, keywords = values
    args = list(args)
    rest = list(call.args)
    for index, arg in enumerate(args):
        if arg is PLACEHOLDER and rest:
            args[index] = rest.pop(0)
    merged = dict(named(keywords)) if type(keywords) is dict else {}
    merged.update(call.keywords)
    return call_uses(Call(function, args + rest, list(merged.items()), call.unknown, fetched=None))


# A call that comes again with the same callable and as many arguments gives the same record, but for the values.

# How many different callables a call is expected to have, before forms are no longer made for it.
MOST_FORMS = 30


def new_form(site: CallSite, call: Call) -> "Optional[Form]":
    """The form of the records of a call: where its arguments lie on the stack, and the text between their values.

    None where the record has other values than arguments, such as a list of extra ones.
    """
    if site.opname == "CALL_FUNCTION_EX" or call.unknown is not EMPTY:
        return None
    names_on_stack = site.opname in ("CALL_FUNCTION_KW", "CALL_KW")
    first = -site.arg - names_on_stack
    split = site.arg - len(call.keywords)
    args: "List[Any]" = list(range(first, first + split))
    # What is called with a receiver that it was not fetched from: `__enter__` and `__exit__` on 3.14.
    has_receiver = len(call.args) + len(call.keywords) > site.arg
    callee_at = first - 1 - (site.has_two_slots and (has_receiver or NULL_ABOVE_CALLABLE))
    if has_receiver:
        args.insert(0, first - 1)
    keywords = [(name, first + split + index) for index, (name, _) in enumerate(call.keywords)]
    places = Call(call.callee, args, keywords, bound=call.bound)
    known = call.known
    if type(known) is tuple:
        name, declared = known[-2:]
        function, params, positional, _ = bind(name, places, declared, receiver=call.owner is not None)
    elif len(args) == 1 + known.classinfo and not keywords:
        function, params, positional = known.name, list(zip(known.parameters, args)), len(args)
    else:
        return None
    filled = fill(function, params, positional)
    if filled is None:
        return None
    first_at = first_place(params, callee_at)
    site.needs_null = False
    if call.owner is not None:
        return method_form(call.owner, id(call.callee), callee_at, first - 1, filled) if first_at == first - 1 else None
    if type(known) is not tuple:
        return builtin_form(known, callee_at, first, filled) if first_at == first else None
    if has_receiver and NULL_ABOVE_CALLABLE:
        return None
    site.needs_null = needs_null(call.callee)
    return (export_form if len(known) == 4 else function_form)(known, callee_at, first_at, filled)


def first_place(params: "Params", default: int) -> int:
    """The place of the first value of all."""
    for _, value in params:
        if type(value) is not Several:
            return value  # type: ignore[no-any-return]
        if value.values:
            return value.values[0]  # type: ignore[no-any-return]
    return default


def needs_null(callee: "Any") -> bool:
    """Does the form of a call of this callable hold only where the slot beside it is NULL?"""
    if NULL_ABOVE_CALLABLE:
        # It stands where it would with a receiver too. A bound method comes to CALL events taken apart, so it does not
        # help to know that the code has a NULL there.
        return CALL_EXPANDS_METHODS or bool(type_flags(type(callee)) & METHOD_DESCRIPTOR)
    # A class may also be the receiver of a class method.
    return TAKES_METHODS_APART and is_class(callee)


def function_form(known: "Any", callee_at: int, first_at: int, filled: "Filler") -> "Form":
    """The form of a call of a function or a class; `first_at` has the first value."""
    known_of = CALLEES.get

    def form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
        if known_of(id(slots[origin + callee_at])) is not known:
            return None
        return filled(site, slots[origin + first_at], slots, origin)

    return form


def export_form(known: "Any", callee_at: int, first_at: int, filled: "Filler") -> "Form":
    """The same of an object that a module exports, for as long as it does."""
    known_of = EXPORTS.get
    package, name = known[:2]

    def form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
        callee = slots[origin + callee_at]
        if known_of(id(callee)) is not known or module_item(package, name) is not callee:
            return None
        return filled(site, slots[origin + first_at], slots, origin)

    return form


def method_form(owner: "Any", callee_id: int, callee_at: int, receiver_at: int, filled: "Filler") -> "Form":
    """The form of a call of a method, of which the table of the receiver's type knows."""
    known_of = METHODS.get

    def form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
        receiver = slots[origin + receiver_at]
        if id(slots[origin + callee_at]) != callee_id or known_of(id(type(receiver))) is not owner:
            return None
        return filled(site, receiver, slots, origin)

    return form


def builtin_form(row: "Builtin", callee_at: int, first_at: int, filled: "Filler") -> "Form":
    """The form of a call of a builtin that reaches a special method of its one operand, or tests for a class."""
    row_of, reach = BUILTINS.get, row.reach
    reached_at = first_at + row.classinfo
    # What a look-up knows of types is asked at once.
    look_up: "Any" = getattr(reach, "__self__", None)
    known = look_up.known.get if type(look_up) is LookUp else None

    def form(site: Site, slots: "Any", origin: int) -> "Optional[str]":
        if row_of(id(slots[origin + callee_at])) is not row:
            return None
        reached = slots[origin + reached_at]
        if not (known(id(type(reached))) if known is not None else reach([reached])):
            return None
        return filled(site, slots[origin + first_at], slots, origin)

    return form


# Builtins that reach a special method of an operand (4.6).


class Builtin:
    """A builtin under 4.6: its public name, what it looks up, the names of its parameters, which are operands.

    `reach` is called with the operands that were passed (a list) and says whether the call is a use.
    """

    # Do modules and classes as arguments matter? Is it only the class that is the second argument? Does any call?
    deep = False
    classinfo = False
    always = False
    # Does the first argument alone tell whether it is a use?
    first_decides = False
    # Does it change an object's attributes? Is it never a use, but something that the recorder must know of?
    changes = False
    noted = False

    def __init__(self, name: str, reach: "Callable[[List[Any]], bool]", parameters: str, operands: int = 1):
        self.name = name
        self.reach = reach
        self.parameters = parameters.split()
        self.operands = operands
        # Is it enough to look at the operands?
        self.is_plain = not self.always and not self.classinfo and not TRACED.builtins
        # Or at the class that is the second one?
        self.is_class_test = self.classinfo and not TRACED.builtins
        # Is a single argument the operand, under the first parameter's name?
        self.simple = (
            type(self) in (Builtin, OfOne) and not parameters.startswith(("*", "function")) and bool(parameters)
        )

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        args = call.args
        if len(args) == 1 and self.simple and not call.keywords and call.unknown is EMPTY:
            return [(self.name, [(self.parameters[0], args[0])], 1, None)] if self.reach(args) else None
        params = self.bind(call)
        values: "List[Any]" = []
        for name, value in params[: self.operands] if self.operands else params:
            if type(value) is Several:
                values += value.values
            elif name not in ("key", "function", "default", "**kwargs"):
                values.append(value)
        if not values or not self.reach(values):
            return None
        return [(self.name, params, None if call.unknown is not EMPTY else len(call.args), None)]

    def bind(self, call: Call) -> "Params":
        """The arguments under the parameter names of the table."""
        names = [name for name in self.parameters if not name.startswith("*")]
        starred = [name for name in self.parameters if name.startswith("*") and name != "**kwargs"]
        params: "Params" = list(zip(names, call.args))
        extra = call.args[len(names) :]
        if extra:
            if starred:
                params.append((starred[0], Several(extra)))
            else:
                params += [(str(index + len(names)), value) for index, value in enumerate(extra)]
        if call.unknown is not EMPTY:
            params.append(("*", Unknown(call.unknown)))
        if call.keywords and "**kwargs" in self.parameters:
            return [*params, ("**kwargs", Keywords(list(call.keywords)))]
        aliases = KEYWORD_ALIASES if "object" in names else {}
        given = [(aliases.get(name, name), value) for name, value in call.keywords]
        return params + sorted(given, key=lambda item: names.index(item[0]) if item[0] in names else len(names))


KEYWORD_ALIASES = {"number": "object", "real": "object", "source": "object", "x": "object"}


class Several:
    """Extra positional arguments, written as a list."""

    __slots__ = ("values",)

    def __init__(self, values: "List[Any]"):
        self.values = values


class Keywords:
    """Extra keyword arguments, written as an object."""

    __slots__ = ("items",)

    def __init__(self, items: "List[Tuple[str, Any]]"):
        self.items = items


class Unknown:
    """Arguments that can't be known without running code, written as their type."""

    __slots__ = ("value",)

    def __init__(self, value: "Any"):
        self.value = value


def looks_up(*names: str) -> "Callable[[List[Any]], bool]":
    """Does the look-up of these special methods on any operand reach the traced module?"""
    return LookUp(*names).any_of


def converts_to(cls: type) -> "Callable[[List[Any]], bool]":
    """Does the look-up of the method that makes a first operand an instance of `cls` reach the traced module?"""
    reaches = ConversionLookUp(cls)
    return lambda operands: reaches(operands[0])


def either(name: str) -> "Callable[[List[Any]], bool]":
    """The left operand's method or the right one's reflected one."""
    plain, reflected = LookUp("__%s__" % name), LookUp("__r%s__" % name)
    return lambda operands: plain(operands[0]) or len(operands) > 1 and reflected(operands[1])


def extreme(operands: "List[Any]") -> bool:
    """`min(array)` iterates, `min(a, b)` compares."""
    if len(operands) == 1:
        return iterates(operands[0])
    return any(less(x) or greater(x) for x in operands)


less, greater = LookUp("__lt__"), LookUp("__gt__")


class Extreme(Builtin):
    """`min`, `max`: of one iterable, or of several values."""

    def bind(self, call: Call) -> "Params":
        if len(call.args) < 2:
            return Builtin.bind(self, call)
        unknown = [("*", Unknown(call.unknown))] if call.unknown is not EMPTY else []
        return [("*args", Several(call.args)), *unknown, *call.keywords]


class OfOne(Builtin):
    """`iter`, `int`, `str`, `bytes`: with a sentinel, a base or an encoding they ask for no special method."""

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        return Builtin.__call__(self, call) if len(call.args) + len(call.keywords) < 2 else None


class Range(Builtin):
    """`range`: of a stop alone, or of a start too."""

    def bind(self, call: Call) -> "Params":
        if len(call.args) == 1:
            return [("stop", call.args[0])]
        return Builtin.bind(self, call)


class InstanceTest(Builtin):
    """`isinstance`, `issubclass`: of a traced class."""

    classinfo = True

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        if len(call.args) != 2 or not self.reach(call.args[1:]):
            return None
        return [(self.name, list(zip(self.parameters, call.args)), 2, None)]


class AttributeBuiltin(Builtin):
    """`getattr(array, "shape")`, `hasattr`, `setattr`, `delattr`: as the instructions."""

    deep = first_decides = True
    setter = ""

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        if len(call.args) < 2 or not issubclass(type(call.args[1]), str):
            return None
        name = str.__str__(call.args[1])
        access = attribute(call.args[0], name, self.setter)
        if self.changes:
            class_set(call.args[0], name, call.args[2] if len(call.args) > 2 else None)
        if not access.use:
            return None
        dotted = None if self.name == "builtins.hasattr" else access.dotted
        return [(self.name, list(zip(self.parameters, call.args)), len(call.args), dotted)]


class AttributeChange(AttributeBuiltin):
    """`setattr`, `delattr`."""

    always = changes = True
    first_decides = False

    def __init__(self, name: str, reach: "Callable[[List[Any]], bool]", parameters: str):
        super().__init__(name, reach, parameters)
        self.setter = "__%s__" % name


class ClassChange(AttributeChange):
    """`type.__setattr__`, `type.__delattr__`: no uses of their own; what they set is known."""

    noted = True

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        super().__call__(call)
        return None


class Import(Builtin):
    """`__import__("numpy")`."""

    deep = True
    always = True

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        values = dict(zip(("name", "globals", "locals", "fromlist", "level"), call.args))
        values.update(call.keywords)
        name = values.get("name")
        module: "Any" = values.get("globals")
        level = values.get("level") if issubclass(type(module), dict) else 0
        if type(name) is not str or not TRACED[absolute_name(name, level, module)]:
            return None
        params: "Params" = [(key, values[key]) for key in ("name", "fromlist", "level") if key in values]
        return [(self.name, params, len(call.args), None)]


class BuildClass(Builtin):
    """`class C(Base): -> builtins.__build_class__(name, *bases, **kwds)`."""

    deep = always = True

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        bases = call.args[2:]
        metaclasses = [value for name, value in call.keywords if name == "metaclass"]
        if not any(map(self.concerns, bases)) and all(dull(x, deep=True) and not self.concerns(x) for x in metaclasses):
            return None
        params: "Params" = [("name", name) for name in call.args[1:2]]
        if bases:
            params.append(("*bases", Several(bases)))
        if call.keywords:
            params.append(("**kwds", Keywords(list(call.keywords))))
        return [(self.name, params, len(call.args) - 1, None)]

    def concerns(self, base: "Any") -> bool:
        """Is a base traced: a class, its metaclass, an object with `__mro_entries__`, a function?"""
        if is_class(base):
            return belongs(base) or not dull(base)
        if not dull(base) or type(base) is FunctionType and is_traced_function(base):
            return True
        # `Base[int]` of a generic class: it stands for that.
        origin = find(type_mro(type(base)), "__origin__")[0]
        own = own_dict(base)
        cls: "Any" = own.get("__origin__") if own else None
        if is_c_field(origin):
            try:
                cls = origin.__get__(base)
            except AttributeError:
                return False
        return is_class(cls) and (belongs(cls) or not dull(cls))


def every_builtin() -> "Dict[int, Builtin]":
    """The table of 4.6, by the builtin's id: builtins never die."""
    import _operator
    import builtins
    import math

    iterate = looks_up(*iterates.names)
    index = looks_up("__index__")
    rows: "List[Builtin]" = [
        Builtin("len", looks_up("__len__"), "object"),
        Builtin("abs", looks_up("__abs__"), "object"),
        Builtin("hash", looks_up("__hash__"), "object"),
        Builtin("repr", looks_up("__repr__"), "object"),
        Builtin("ascii", looks_up("__repr__"), "object"),
        Builtin("dir", looks_up("__dir__"), "object"),
        Builtin("reversed", looks_up("__reversed__", "__len__"), "object"),
        OfOne("bytes", converts_to(bytes), "object encoding errors"),
        Builtin("complex", converts_to(complex), "object imag"),
        Builtin("round", looks_up("__round__"), "object ndigits"),
        Builtin("next", looks_up("__next__"), "iterator default"),
        Builtin("anext", looks_up("__anext__"), "iterator default"),
        OfOne("iter", iterate, "object sentinel"),
        Builtin("aiter", looks_up("__aiter__"), "object"),
        Builtin("bool", looks_up(*LENGTH), "object"),
        OfOne("int", looks_up("__int__", "__index__", "__trunc__"), "object base"),
        Builtin("float", looks_up("__float__", "__index__"), "object"),
        OfOne("str", looks_up("__str__", "__repr__"), "object encoding errors"),
        Builtin("format", looks_up("__format__"), "object format_spec"),
        Range("range", index, "start stop step", 3),
        Builtin("divmod", either("divmod"), "a b", 2),
        Builtin("pow", either("pow"), "base exp mod", 2),
        Builtin("sum", iterate, "iterable start"),
        Builtin("sorted", iterate, "iterable key reverse"),
        Builtin("enumerate", iterate, "iterable start"),
        Builtin("zip", iterate, "*iterables", 0),
        Builtin("map", iterate, "function *iterables", 0),
        Builtin("filter", iterate, "function *iterables", 0),
        Builtin("dict", looks_up(*is_mapping.names), "mapping **kwargs"),
        Extreme("min", extreme, "iterable key default"),
        Extreme("max", extreme, "iterable key default"),
        InstanceTest("isinstance", tests_traced, "object classinfo"),
        InstanceTest("issubclass", tests_traced, "object classinfo"),
        AttributeBuiltin("getattr", bool, "object name default"),
        AttributeBuiltin("hasattr", bool, "object name"),
        AttributeChange("setattr", bool, "object name value"),
        AttributeChange("delattr", bool, "object name"),
        Import("__import__", bool, "name"),
        BuildClass("__build_class__", bool, "name"),
    ]
    rows += [Builtin(name, index, "object") for name in ("chr", "hex", "oct", "bin")]
    rows += [Builtin(name, iterate, "iterable") for name in ("list", "tuple", "set", "frozenset", "any", "all")]
    table = {}
    for row in rows:
        builtin = getattr(builtins, row.name, None)
        row.name = "builtins." + row.name
        if builtin is not None:
            table[id(builtin)] = row
    for name in ("setattr", "delattr"):
        table[id(type_dict(type)["__%s__" % name])] = ClassChange(name, bool, "object name value")
    for name, reach, parameters, operands in operator_rows():
        table[id(getattr(_operator, name, EMPTY))] = Builtin("operator." + name, reach, parameters, operands)
    for name in dir(math):
        function = getattr(math, name)
        if is_builtin(type(function)):
            names = MATH.get(name, ("__float__", "__index__"))
            table[id(function)] = MathFunction("math." + name, looks_up(*names), "", 0)
    table.pop(id(EMPTY), None)
    return table


MATH: "Dict[str, Tuple[str, ...]]" = {
    name: ("__index__",) for name in ("factorial", "gcd", "lcm", "comb", "perm", "isqrt")
}
MATH.update({name: ("__%s__" % name, "__float__", "__index__") for name in ("floor", "ceil")})
MATH.update({"trunc": ("__trunc__",)})
MATH.update({name: iterates.names for name in ("fsum", "prod", "dist", "sumprod")})


class MathFunction(Builtin):
    """A function of `math`, with its own parameter names."""

    def bind(self, call: Call) -> "Params":
        return bind(self.name, call, signature(call.callee))[1]


def operator_rows() -> "Iterable[Tuple[str, Callable[[List[Any]], bool], str, int]]":
    """`(name, look-up, parameters, operands)` of the functions of `operator`."""
    iterate = looks_up(*iterates.names)
    getting, setting, removing = LookUp("__getitem__"), LookUp("__setitem__"), LookUp("__delitem__")
    for name, handler in OPERATORS.items():
        yield name, lambda x, handler=handler: len(x) == 2 and bool(handler(EMPTY, x)), "a b", 2  # type: ignore[misc]
    for name, special in (("neg", "neg"), ("pos", "pos"), ("invert", "invert"), ("inv", "invert"), ("abs", "abs")):
        yield name, looks_up("__%s__" % special), "a", 1
    yield "index", looks_up("__index__"), "a", 1
    yield "not_", looks_up(*LENGTH), "a", 1
    yield "truth", looks_up(*LENGTH), "a", 1
    yield "concat", looks_up("__add__"), "a b", 1
    yield "iconcat", looks_up("__iadd__", "__add__"), "a b", 1
    yield "contains", looks_up(*contains_items.names), "a b", 1
    yield "countOf", iterate, "a b", 1
    yield "indexOf", iterate, "a b", 1
    yield "length_hint", looks_up("__len__", "__length_hint__"), "a b", 1
    yield "getitem", lambda x: subscripted(x[0], getting), "a b", 1
    yield "setitem", lambda x: subscripted(x[0], setting), "a b c", 1
    yield "delitem", lambda x: subscripted(x[0], removing), "a b", 1
    yield "call", looks_up("__call__"), "a b c", 1


BUILTINS: "Dict[int, Builtin]" = {}


# The table of instructions -------------------------------------------------------------------------------------------

NOT_HANDLER = unary("operator.not_", *LENGTH)
BOOL = Row(unary("builtins.bool", *LENGTH, parameter="object"), 1, (-1,))
CONTAINS = Row(contains(-1, -2), 2, (-1,))
EXCEPTION_MATCH = Row(exception_match, -MATCHED_EXCEPTION, (-1,), skip=KNOWN_ALONE)


def compare_row(arg: int) -> "Optional[Row]":
    """COMPARE_OP: six comparisons, and up to 3.8 `in`, `is` and `except` too."""
    name = COMPARISONS[arg >> COMPARISON_SHIFT] if arg >> COMPARISON_SHIFT < len(COMPARISONS) else ""
    if name in COMPARISON_NAMES:
        return Row(OPERATORS[COMPARISON_NAMES[name]], 2, (-1, -2))
    if COMPARE_OP_DOES_ALL:
        return {"in": CONTAINS, "not in": CONTAINS, "exception match": EXCEPTION_MATCH}.get(name)
    return None


def binary_op_row(arg: int) -> "Optional[Row]":
    """BINARY_OP: the operand is an index into CPython's list of `NB_` operators."""
    name = opcode._nb_ops[arg][0]  # type: ignore[attr-defined]
    if name == "NB_SUBSCR":
        return ITEM
    in_place = name.startswith("NB_INPLACE_")
    name = BINARY_NAMES[name[len("NB_INPLACE_") if in_place else len("NB_") :]]
    return Row(OPERATORS["i" + name.rstrip("_") if in_place else name], 2, (-1, -2))


def intrinsic_row(arg: int) -> "Optional[Row]":
    """CALL_INTRINSIC_1: of its functions one is an operator, `+x`."""
    names = getattr(opcode, "_intrinsic_1_descs", None) or INTRINSICS_3_12
    return Row(unary("operator.pos", "__pos__"), 1, (-1,)) if names[arg] == "INTRINSIC_UNARY_POSITIVE" else None


# 3.12 Include/internal/pycore_intrinsics.h; later ones are listed in `opcode`.
INTRINSICS_3_12 = [""] * 5 + ["INTRINSIC_UNARY_POSITIVE"] + [""] * 20

# The first item that `case [x, *_]` fetches: a step of what else would be an unpacking.
FIRST_ITEM = Row(unary("builtins.iter", *iterates.names, parameter="object", at=-2), 2, (-2,))
ITEM = Row(item("operator.getitem", "__getitem__", -2, -1), 2, (-2,), deep=True)
LOAD_ATTR = Row(loading, 1, (-1,), deep=True, accesses=(LOADED, CALL_LOADED))
STORE_ATTR = Row(storing, 2, (-1,), deep=True, accesses=(STORED, STORED))
ITER_EACH = each("builtins.iter", iterates, "object")
ITER = Row(ITER_EACH, 1, (-1,))
ITER_ALL = Row(ITER_EACH, lambda arg: arg, (0,))
DICT_EACH = each("builtins.dict", is_mapping, "mapping")
FORMAT = Row(formatting, lambda arg: 2 if arg & 4 else 1, lambda arg: (-2,) if arg & 4 else (-1,))


def call_row(count: "Callable[[int], int]") -> Row:
    """A call that needs `count(arg)` slots, its callable the lowest of them."""
    return Row(call, count, lambda arg: (-count(arg),), deep=True)


def raise_row(arg: int) -> "Optional[Row]":
    """RAISE_VARARGS: nothing, an exception, or an exception and its cause."""
    return Row(raising, arg, (0,), deep=True) if arg else None


INSTRUCTIONS: "Dict[str, Any]" = {
    "BINARY_OP": binary_op_row,
    "COMPARE_OP": compare_row,
    "CONTAINS_OP": CONTAINS,
    "UNARY_POSITIVE": Row(unary("operator.pos", "__pos__"), 1, (-1,)),
    "UNARY_NEGATIVE": Row(NEGATIVE, 1, (-1,)),
    "UNARY_INVERT": Row(INVERT, 1, (-1,)),
    "UNARY_NOT": Row(NOT_HANDLER, 1, (-1,)),
    "CALL_INTRINSIC_1": intrinsic_row,
    "BINARY_SUBSCR": ITEM,
    "STORE_SUBSCR": Row(item("operator.setitem", "__setitem__", -2, -1, -3), 3, (-2,), deep=True),
    "DELETE_SUBSCR": Row(item("operator.delitem", "__delitem__", -2, -1), 2, (-2,), deep=True),
    "BINARY_SLICE": Row(slice_item("operator.getitem", "__getitem__", -3), 3, (-3,), deep=True),
    "STORE_SLICE": Row(slice_item("operator.setitem", "__setitem__", -3, -4), 4, (-3,), deep=True),
    "LOAD_ATTR": LOAD_ATTR,
    "LOAD_METHOD": LOAD_ATTR,
    "LOAD_SUPER_ATTR": Row(super_loading, 3, (-1,), deep=True),
    "STORE_ATTR": STORE_ATTR,
    "DELETE_ATTR": Row(deleting, 1, (-1,), deep=True),
    "IMPORT_NAME": Row(importing, 2, (0,)),
    "IMPORT_FROM": Row(import_from, 1, (-1,), deep=True),
    "TO_BOOL": BOOL,
    "GET_ITER": ITER,
    "GET_YIELD_FROM_ITER": ITER,
    "UNPACK_SEQUENCE": ITER,
    "UNPACK_EX": ITER,
    "LIST_EXTEND": ITER,
    "SET_UPDATE": ITER,
    "BUILD_LIST_UNPACK": ITER_ALL,
    "BUILD_TUPLE_UNPACK": ITER_ALL,
    "BUILD_SET_UNPACK": ITER_ALL,
    "BUILD_TUPLE_UNPACK_WITH_CALL": ITER_ALL,
    "DICT_UPDATE": Row(DICT_EACH, 1, (-1,)),
    "DICT_MERGE": Row(DICT_EACH, 1, (-1,)),
    "COPY_DICT_WITHOUT_KEYS": Row(unary("builtins.dict", *is_mapping.names, parameter="mapping", at=-2), 2, (-2,)),
    "BUILD_MAP_UNPACK": Row(DICT_EACH, lambda arg: arg, (0,)),
    "BUILD_MAP_UNPACK_WITH_CALL": Row(DICT_EACH, lambda arg: arg, (0,)),
    "GET_AITER": Row(each("builtins.aiter", LookUp("__aiter__"), "object"), 1, (-1,)),
    "SETUP_WITH": Row(entering("__enter__"), 1, (-1,)),
    "BEFORE_WITH": Row(entering("__enter__"), 1, (-1,)),
    "BEFORE_ASYNC_WITH": Row(entering("__aenter__"), 1, (-1,)),
    "WITH_CLEANUP_START": Row(leaving, 7, (0,)),
    "WITH_CLEANUP_FINISH": Row(swallowing, 2, (-1,)),
    "WITH_EXCEPT_START": Row(leaving, -EXIT_FUNCTION, (0,)),
    "GET_AWAITABLE": Row(entering("__await__"), 1, (-1,)),
    "FORMAT_VALUE": FORMAT,
    "FORMAT_SIMPLE": Row(formatting, 1, (-1,)),
    "FORMAT_WITH_SPEC": Row(formatting, 2, (-2,)),
    "CONVERT_VALUE": Row(formatting, 1, (-1,)),
    "MATCH_CLASS": Row(class_pattern, 3, (0,), deep=True),
    "CHECK_EXC_MATCH": EXCEPTION_MATCH,
    "CHECK_EG_MATCH": Row(group_match, -MATCHED_EXCEPTION, (-1,), skip=KNOWN_ALONE),
    "JUMP_IF_NOT_EXC_MATCH": EXCEPTION_MATCH,
    "RAISE_VARARGS": raise_row,
    "CALL_FUNCTION": call_row(lambda arg: arg + 1),
    "CALL_FUNCTION_KW": call_row(lambda arg: arg + 2),
    "CALL_METHOD": call_row(lambda arg: arg + 2),
    "CALL": call_row(lambda arg: arg + 2),
    "CALL_KW": call_row(lambda arg: arg + 3),
    "CALL_FUNCTION_EX": Row(
        star_uses, lambda arg: -EX_CALLABLE[arg & 1], lambda arg: (EX_CALLABLE[arg & 1],), deep=True
    ),
}
for _name in BINARY_NAMES if VERSION <= (3, 10) else ():
    _stem = BINARY_NAMES[_name]
    INSTRUCTIONS["BINARY_" + _name] = Row(OPERATORS[_stem], 2, (-1, -2))
    INSTRUCTIONS["INPLACE_" + _name] = Row(OPERATORS["i" + _stem.rstrip("_")], 2, (-1, -2))
if not HAS_TO_BOOL:
    INSTRUCTIONS.update({opcode.opname[op]: BOOL for op in TESTS})

# The same by opcode number, for the instructions that this Python has.
ROWS = {opcode.opmap[name]: row for name, row in INSTRUCTIONS.items() if name in opcode.opmap}
CALLS = opcodes("CALL_FUNCTION", "CALL_FUNCTION_KW", "CALL_METHOD", "CALL", "CALL_KW", "CALL_FUNCTION_EX")
KINDS += [kind_of(op) for op in range(256)]
GUARDS = [
    Shape("STORE_FAST", 0, Row(guarding, 1, (-1,), deep=True)),
    Shape("STORE_FAST", 0, Row(guarding, 2, (-1, -2), deep=True)),
    Shape("STORE_FAST", 0, Row(guarding_numbers, 1, (-1,), skip=NUMBERS)),
    Shape("STORE_FAST", 0, Row(guarding_numbers, 2, (-1, -2), skip=NUMBERS)),
]


# 7 Names and values -------------------------------------------------------------------------------------------------


def real_name(module: "Any") -> "Any":
    """A module's name, for `__main__` its real one; so too for what `multiprocessing` makes of it in a child."""
    if module == "__mp_main__":
        return RECORDER.parent_main
    return MAIN_NAME if module == "__main__" else module


def running_name(module: "Dict[str, Any]") -> "Any":
    """The real name of the module with these globals: of each that runs as `__main__` by its own `__spec__`."""
    name = dict.get(module, "__name__")
    if name != "__main__":
        return real_name(name)
    spec = own_dict(dict.get(module, "__spec__"))
    told = spec.get("name") if spec is not None else None
    return told if type(told) is str else name


def packages(path: str) -> "Iterable[str]":
    """`"a.b.c"` as `"a"`, `"a.b"`, `"a.b.c"`."""
    position = path.find(".")
    while position >= 0:
        yield path[:position]
        position = path.find(".", position + 1)
    yield path


def module_item(module: str, qualname: str) -> "Any":
    """What a module exports under a name, that may lead through classes; EMPTY for nothing."""
    found = sys.modules.get(module)
    if type(found) is not ModuleType and not issubclass(type(found), ModuleType):
        return EMPTY
    if "." not in qualname:
        return module_dict(found).get(qualname, EMPTY)
    head, _, rest = qualname.partition(".")
    item = module_dict(found).get(head, EMPTY)
    while rest:
        if not is_class(item):
            return EMPTY
        head, _, rest = rest.partition(".")
        item = type_dict(item).get(head, EMPTY)
    return item


def plain_name(x: "Any", qualname: str) -> str:
    """The name under which a module may export a function or class: what was made in a function has one of its own."""
    if "<locals>" not in qualname:
        return qualname
    return name_of(x) if type(x) is FunctionType else qualname.rpartition("<locals>.")[2]


def exported(module: str, name: str, x: "Any") -> str:
    """The dotted name under which the shortest package on the path exports this very object."""
    plain = plain_name(x, name)
    for package in packages(module):
        if unwrapped(module_item(package, plain)) is x:
            return held_name(package, plain, x)
    return held_name(module, name, x)


def held_name(module: str, name: str, x: "Any") -> str:
    """The dotted name of what is `name` in a module; in a class by the public name of that, whose path may differ."""
    owner, _, last = name.rpartition(".")
    cls = module_item(module, owner) if owner else EMPTY
    if is_class(cls) and cls is not x:
        return "%s.%s" % (class_name(cls), last)
    return "%s.%s" % (real_name(module), name)


def is_public(name: str) -> bool:
    """Does no part of this dotted name begin with an underscore or stand for a scope?"""
    return "._" not in name and "<" not in name and not name.startswith("_")


def object_name(x: "Any", module: str, qualname: str) -> str:
    """The public dotted name of a function or class that was defined as `qualname` in `module`."""
    name = NAMES.get(id(x))
    if name is None:
        name = exported(module, qualname, x)
        if id(x) not in PUT_LAST and not any(is_being_imported(package) for package in packages(module)) and watch(x):
            NAMES[id(x)] = name
    return name


def is_being_imported(module: str) -> bool:
    """Has the import of a module begun and not ended yet?"""
    found = sys.modules.get(module)
    if found is None or not issubclass(type(found), ModuleType):
        return False
    own = own_dict(module_dict(found).get("__spec__"))
    return own is not None and own.get("_initializing") is True


def class_name(cls: "Any") -> str:
    """A class's public dotted name."""
    name = NAMES.get(id(cls))
    if name is None:
        try:
            module = class_module(cls)
        except AttributeError:
            module = None
        qualname = type_qualname(cls)
        name = object_name(cls, module, qualname) if type(module) is str else qualname
    return name


def function_name(function: types.FunctionType) -> str:
    """A Python function's public dotted name."""
    name = NAMES.get(id(function))
    if name is None:
        module, qualname = function.__module__, qualname_of(function)
        name = object_name(function, module, qualname) if type(module) is str else qualname
    return name


# Callable objects that modules export, which can't be watched: package, name there, public name, parameters. What is
# kept holds as long as the package still exports the object.
EXPORTS: "Dict[int, Tuple[str, str, str, Optional[Signature]]]" = {}


def kept_export(x: "Any", package: str, name: str) -> str:
    """The public name of a callable object that `package` exports as `name`."""
    public = "%s.%s" % (package, name)
    if len(EXPORTS) > 10000:
        EXPORTS.clear()
    EXPORTS[id(x)] = package, name, public, signature(x)
    return public


# By id, numpy ufuncs that no traced module holds: their name, and how many modules there were.
UNEXPORTED: "Dict[int, Tuple[str, int]]" = {}


def ufunc_name(x: "Any") -> "Tuple[str, str]":
    """Where a module holds a numpy ufunc under its name: `numpy`, `add`; `scipy.special`, `gamma`; else nothing.

    What numpy itself exports is numpy's, whichever traced modules have imported it; so too what a module in C made. A
    ufunc can't be watched: that none holds it is known until a module is imported.
    """
    name = own_attribute(x, "__name__")
    if name is None or UNEXPORTED.get(id(x)) == (name, len(sys.modules)):
        return "", ""
    if not TRACED.within_numpy and module_item("numpy", name) is x:
        return ("numpy", name) if TRACED["numpy"] else ("", "")
    found = [module for module in list(sys.modules) if type(module) is str and TRACED[module]]
    found = [module for module in found if module_item(module, name) is x]
    found.sort(key=lambda module: (not is_public(module), module.count("."), len(module)))
    if found and not is_made_elsewhere(x, name):
        return found[0], name
    if len(UNEXPORTED) > 10000:
        UNEXPORTED.clear()
    UNEXPORTED[id(x)] = name, len(sys.modules)
    return "", ""


def is_made_elsewhere(x: "Any", name: str) -> bool:
    """Did a module in C that is not traced make this ufunc?"""
    found = [module for module in list(sys.modules) if type(module) is str and module_item(module, name) is x]
    made = [module for module in found if is_in_c(module_dict(sys.modules[module]).get("__file__"))]
    return bool(made) and not any(TRACED[module] for module in made)


def is_in_c(file: "Any") -> bool:
    """Is this the file of a module that is written in C?"""
    return type(file) is str and file.endswith((".so", ".pyd"))


class Signature:
    """A callable's parameter names."""

    __slots__ = ("positional", "positional_only", "varargs", "keyword_only", "varkeywords")

    def __init__(
        self,
        positional: "Sequence[str]",
        positional_only: int,
        varargs: "Optional[str]",
        keyword_only: "Sequence[str]",
        varkeywords: "Optional[str]",
    ):
        self.positional = positional
        self.positional_only = positional_only
        self.varargs = varargs
        self.keyword_only = keyword_only
        self.varkeywords = varkeywords

    def bound(self) -> "Signature":
        """The same without the receiver."""
        return Signature(
            self.positional[1:],
            max(self.positional_only - 1, 0),
            self.varargs,
            self.keyword_only,
            self.varkeywords,
        )


# What is known of a function in C that is a method, where it does not tell its parameters.
METHOD_IN_C = Signature(("self",), 1, None, (), None)

_code_signatures: "Dict[int, Tuple[types.CodeType, Signature]]" = {}
_text_signatures: "Dict[str, Optional[Signature]]" = {}


def code_signature(code: types.CodeType) -> Signature:
    """The parameters that a code object declares."""
    known = _code_signatures.get(id(code))
    if known is None:
        names = code.co_varnames
        positional = code.co_argcount
        total = positional + code.co_kwonlyargcount
        has_varargs = bool(code.co_flags & CODE_VARARGS)
        varargs = names[total] if has_varargs else None
        varkeywords = names[total + has_varargs] if code.co_flags & CODE_VARKEYWORDS else None
        declared = Signature(
            names[:positional],
            code.co_posonlyargcount,
            varargs,
            names[positional:total],
            varkeywords,
        )
        known = _code_signatures[id(code)] = (code, declared)
    return known[1]


def text_signature(text: "Any") -> "Optional[Signature]":
    """The parameters in a builtin's `__text_signature__`; None where there is none that can be read."""
    if type(text) is not str:
        return None
    if text not in _text_signatures:
        _text_signatures[text] = declared_in(text_parameters(text))
    return _text_signatures[text]


def text_parameters(text: str) -> "List[str]":
    """`"($self, a, /, b=',', *c)"` as `["$self", "a", "/", "b", "*c"]`. `compile` would warn of what defaults hold."""
    found, depth, quote, is_name = [""], 0, "", True
    left = iter(text[1:] if text.startswith("(") else "")
    for char in left:
        if char == "\\":
            next(left, "")
        elif quote or char in "'\"":
            quote = "" if char == quote else quote or char
        elif char == ")" and not depth:
            return [name.strip() for name in found]
        elif char == "," and not depth:
            found.append("")
            is_name = True
        elif char in "=:":
            is_name = False
        elif is_name:
            found[-1] += char
        else:
            depth += (char in "([{") - (char in ")]}")
    return ["?"]


def declared_in(parameters: "List[str]") -> "Optional[Signature]":
    """The signature with these parameters; a module is no receiver. None where one has no name."""
    names: "List[str]" = []
    keyword_only: "List[str]" = []
    varargs = varkeywords = None
    only, into = 0, names
    for one in parameters:
        name = one.lstrip("*$")
        if one == "/":
            only = len(names)
        elif one.startswith("**"):
            varkeywords = name
        elif one.startswith("*"):
            varargs, into = name or None, keyword_only
        elif one and one != "$module":
            into.append(name)
    every = [*names, *keyword_only, *filter(None, (varargs, varkeywords))]
    is_clear = len(set(every)) == len(every) and all(name.isidentifier() for name in every)
    return Signature(tuple(names), only, varargs, tuple(keyword_only), varkeywords) if is_clear else None


def signature(callee: "Any") -> "Optional[Signature]":
    """The parameters of a callable, found without running anything; None where they are not known.

    Sources: code objects, `__text_signature__`, and `__wrapped__` in an object's own `__dict__`.
    """
    for _ in range(20):
        own = own_dict(callee)
        wrapped = own.get("__wrapped__", EMPTY) if own else EMPTY
        if wrapped is EMPTY:
            break
        callee = unwrapped(wrapped)
    kind = type(callee)
    if kind is FunctionType:
        return text_signature(own.get("__text_signature__") if own else None) or code_signature(callee.__code__)
    if kind is MethodType:
        inner = signature(callee.__func__)
        return inner.bound() if inner is not None else None
    if is_builtin(kind) or is_descriptor(kind) or kind is types.MethodWrapperType:
        is_method = kind is BuiltinType and bound_object(callee) is None and type(held_in_c(callee)[1]) is MethodMaker
        return text_signature(callee.__text_signature__) or (METHOD_IN_C if is_method else None)
    if is_class(callee):
        return construction_signature(callee)
    for field in (find(type_mro(kind), "__code__")[0], find(type_mro(kind), "func_code")[0]):
        if is_c_field(field):
            code = field.__get__(callee)
            return code_signature(code) if type(code) is types.CodeType else None
    run = find(type_mro(kind), "__call__")[0]
    function = unwrapped(run)
    if type(function) is not FunctionType and not is_builtin(type(function)):
        return METHOD_IN_C if dotted(kind) == NANOBIND[1] else None
    declared = signature(function)
    return declared.bound() if declared is not None and bound_to(run, callee) else declared


def construction_signature(cls: "Any") -> "Optional[Signature]":
    """The parameters of a class's construction: of the nearest `__init__` or `__new__`, without the receiver.

    Those of its metaclass's `__call__` if that names them all.
    """
    run, provider, _ = find(type_mro(type(cls)), "__call__")
    declared: "Optional[Signature]"
    if type(run) is FunctionType and provider is not None and belongs(provider):
        declared = code_signature(run.__code__)
        if declared.varargs is None and declared.varkeywords is None:
            return declared.bound()
    for base in type_mro(cls):
        own = type_dict(base)
        if makes_as_object(base):
            continue
        for name in ("__init__", "__new__"):
            function = unwrapped(own.get(name, EMPTY))
            if not is_builtin(type(function)) and not is_descriptor(type(function)):
                declared = signature(function)
                if declared is not None:
                    return declared.bound()
        if "__init__" in own or "__new__" in own:
            declared = text_signature(type_signature(base))
            # Some binding generators give a class the signature of its method.
            names_receiver = declared is not None and declared.positional[:1] == ("self",)
            return declared.bound() if declared is not None and names_receiver else declared
    return None


def bind(
    function: str,
    call: Call,
    declared: "Optional[Signature]",
    receiver: bool = False,
) -> "Use":
    """The use that a call is, its arguments under the parameter names of `declared`, else counted."""
    params = fit(call, declared) if declared is not None and call.unknown is EMPTY else None
    if params is None:
        params = []
        args = call.args
        if (receiver or declared is METHOD_IN_C) and args:
            has_name = declared is not None and declared.positional
            params.append((declared.positional[0] if declared is not None and has_name else "self", args[0]))
            args = args[1:]
        params += [(str(index), value) for index, value in enumerate(args)]
        if call.unknown is not EMPTY:
            params.append(("*", Unknown(call.unknown)))
        taken = [name for name, _ in params]
        params += [item for item in call.keywords if item[0] not in taken]
        others = [item for item in call.keywords if item[0] in taken]
        if others:
            params.append(("**kwargs", Keywords(others)))
    return function, params, len(call.args) if call.unknown is EMPTY else None, None


def fit(call: Call, declared: Signature) -> "Optional[Params]":
    """The arguments of a call under the declared names, in their order; None where they do not fit."""
    positional = declared.positional
    args = call.args
    if len(args) > len(positional) and declared.varargs is None:
        return None
    params = list(zip(positional, args))
    extra = args[len(positional) :]
    if not call.keywords:
        if extra:
            params.append(("*" + str(declared.varargs), Several(list(extra))))
        return params
    given = dict(call.keywords)
    if len(given) < len(call.keywords):
        return None
    if any(name in given for name in positional[declared.positional_only : len(args)]):
        return None
    for name in positional[max(len(args), declared.positional_only) :]:
        if name in given:
            params.append((name, given.pop(name)))
    if extra:
        params.append(("*" + str(declared.varargs), Several(list(extra))))
    for name in declared.keyword_only:
        if name in given:
            params.append((name, given.pop(name)))
    if given:
        if declared.varkeywords is None:
            return None
        params.append(("**" + declared.varkeywords, Keywords(list(given.items()))))
    return params


# Values. Each encoder returns JSON text.

MAX_DEPTH = 4
MAX_LENGTH = 50


def encode(x: "Any", depth: int = 0, outer: "Tuple[int, ...]" = ()) -> str:
    """One value as JSON text; `depth` is how deep it is nested, `outer` the ids of the containers around it."""
    return (ENCODERS.get(id(type(x))) or new_encoder(x))(x, depth, outer)


def new_encoder(x: "Any") -> "Encoder":
    """The way to write instances of the type of `x`, kept."""
    kind = type(x)
    encoder = encoder_of(kind)
    if watch(kind):
        ENCODERS[id(kind)] = encoder
    return encoder


def several(x: "Any", depth: int, outer: "Tuple[int, ...]") -> str:
    """Extra positional arguments as a list."""
    items = ", ".join([encode(value) for value in x.values[:MAX_LENGTH]])
    whole = len(x.values) <= MAX_LENGTH
    return "[%s]" % items if whole else '{"t": "list", "n": %d, "v": [%s]}' % (len(x.values), items)


def keywords(x: "Any", depth: int, outer: "Tuple[int, ...]") -> str:
    """Extra keyword arguments as an object."""
    return "{%s}" % ", ".join([KEYS[name] + encode(value) for name, value in x.items])


def unknown(x: "Any", depth: int, outer: "Tuple[int, ...]") -> str:
    """Arguments that can't be known: their type."""
    return '{"t": %s}' % quote(type_label(type(x.value)))


def text(x: str, depth: int = 0, outer: "Tuple[int, ...]" = ()) -> str:
    """A string, cut where it is too long."""
    if len(x) <= MAX_LENGTH:
        return quote(x)
    return '{"t": "str", "n": %d, "v": %s}' % (len(x), quote(x[:MAX_LENGTH]))


class Integers(IntegersBase):
    """`integers[x]`: an integer that fits 64 bits, else how many it needs; the text of a small one is kept."""

    def __missing__(self, x: int) -> str:
        if not -0x8000000000000000 <= x <= 0xFFFFFFFFFFFFFFFF:
            return '{"t": "int", "bits": %d}' % x.bit_length()
        text = f"{x!r}"
        if -100 <= x <= 10000:
            self[x] = text
        return text


INTEGERS = Integers()


def encode_integer(x: int, depth: int = 0, outer: "Tuple[int, ...]" = ()) -> str:
    """An integer, of no subclass."""
    return INTEGERS[x]


def encode_float(x: float, depth: int = 0, outer: "Tuple[int, ...]" = ()) -> str:
    """A finite float as JSON has it."""
    text = float_text(x)
    return text if text[-1] not in "fn" else '{"t": "float", "v": "%s"}' % text


float_text = float.__repr__


def container(kind: type, items_of: "Callable[[Any], List[Any]]") -> "Encoder":
    """An encoder of an exact builtin container: a list as a JSON list where it is short, all else with its type.

    `items_of` takes out what is written of one, as values.
    """
    encoder_of_type = ENCODERS.get
    bare = '{"t": "%s"}' % kind.__name__
    start, end = ("[", "]") if kind is list else ('{"t": "%s", "v": [' % kind.__name__, "]}")
    cut = '{"t": "%s", "n": ' % kind.__name__
    is_counted = kind is not slice and kind is not range

    def encoder(x: "Any", depth: int, outer: "Tuple[int, ...]") -> str:
        if depth >= MAX_DEPTH or id(x) in outer:
            return bare
        length = len(x) if is_counted else 0
        depth += 1
        outer += (id(x),)
        texts = [(encoder_of_type(id(type(item))) or new_encoder(item))(item, depth, outer) for item in items_of(x)]
        items = ", ".join(texts)
        return f"{start}{items}{end}" if length <= MAX_LENGTH else f'{cut}{length}, "v": [{items}]}}'

    return encoder


def encode_pair(x: "Pair", depth: int, outer: "Tuple[int, ...]") -> str:
    """A key and a value of a dictionary, at its depth."""
    return "[%s, %s]" % (encode(x.key, depth, outer), encode(x.value, depth, outer))


class Pair:
    """A key and a value of a dictionary."""

    __slots__ = ("key", "value")

    def __init__(self, item: "Tuple[Any, Any]"):
        self.key, self.value = item


def first_items(x: "Any") -> "List[Any]":
    """As many items of a container as are written."""
    return list(islice(x, MAX_LENGTH))


PLAIN_ENCODERS: "Dict[int, Encoder]" = {
    id(kind): container(kind, items_of)
    for kind, items_of in (
        (tuple, lambda x: x[:MAX_LENGTH]),
        (list, lambda x: x[:MAX_LENGTH]),
        (set, first_items),
        (frozenset, first_items),
        (dict, lambda x: [Pair(item) for item in first_items(x.items())]),
        (slice, lambda x: [x.start, x.stop, x.step]),
        (range, lambda x: [x.start, x.stop, x.step]),
    )
}
PLAIN_ENCODERS[id(Pair)] = encode_pair
PLAIN_ENCODERS[id(str)] = text
PLAIN_ENCODERS[id(int)] = encode_integer
PLAIN_ENCODERS[id(float)] = encode_float
PLAIN_ENCODERS[id(bool)] = lambda x, depth, outer: "true" if x else "false"
PLAIN_ENCODERS[id(Several)] = several
PLAIN_ENCODERS[id(Keywords)] = keywords
PLAIN_ENCODERS[id(Unknown)] = unknown
PLAIN_ENCODERS[id(SuperProxy)] = lambda x, depth, outer: '{"t": "super"}'
PLAIN_ENCODERS[id(NoneType)] = lambda x, depth, outer: "null"


def encoder_of(kind: type) -> "Encoder":
    """The way to write instances of a type that is no builtin of the kinds above; it must not hold on to the type."""
    names = [dotted(base) for base in type_mro(kind)]
    if "numpy.dtype" in names:
        return valued('"numpy.dtype"', dtype_value)
    label = quote(type_label(kind))
    if "numpy.generic" in names and "numpy.ndarray" not in names:
        return float_encoder(label) if issubclass(kind, float) else valued(label, scalar_reader(kind))
    if names[0] == "numpy.ndarray" and not type_flags(kind) & HEAP_TYPE:
        return array_encoder(label)
    if issubclass(kind, (str, bytes)) and "enum.Enum" not in names:
        return shortened(label, str if issubclass(kind, str) else bytes)
    for name in ["enum.Enum"] * ("enum.Enum" in names) + names:
        find_value = VALUE_READERS.get(name)
        if find_value is not None:
            return valued(label, find_value)
    # A `staticmethod` can be called from 3.10 on.
    if find(type_mro(kind), "__call__")[0] is not EMPTY and names_itself(kind) and kind is not staticmethod:
        return valued(label, carried_name)
    plain = '{"t": %s}' % label
    return lambda x, depth, outer: plain


def dotted(cls: type) -> str:
    """Where a class says it was defined."""
    try:
        module = type_module(cls)
    except AttributeError:
        return ""
    return "%s.%s" % (module, type_name(cls)) if type(module) is str else ""


def valued(label: str, read: "Callable[[Any], Any]") -> "Encoder":
    """An encoder that writes the type and the value that `read` finds, without the value where it finds none."""
    start, plain = '{"t": %s, "v": ' % label, '{"t": %s}' % label

    def encoder(x: "Any", depth: int, outer: "Tuple[int, ...]") -> str:
        try:
            value = read(x)
        except Exception as error:
            if is_foreign(error):
                raise
            return plain
        return plain if value is EMPTY else start + value + "}"

    return encoder


def float_encoder(label: str) -> "Encoder":
    """An encoder of a subclass of `float` by its value."""
    start = '{"t": %s, "v": ' % label

    def encoder(x: "Any", depth: int, outer: "Tuple[int, ...]") -> str:
        text = float_text(x)
        return f"{start}{text}}}" if text[-1] not in "fn" else f"{start}{encode_float(x)}}}"

    return encoder


def shortened(label: str, base: type) -> "Encoder":
    """An encoder that writes the type and the text of strings or bytes, which is cut where it is too long."""
    length: "Callable[[Any], int]" = base.__dict__["__len__"]
    part: "Callable[[Any, slice], Any]" = base.__dict__["__getitem__"]

    def encoder(x: "Any", depth: int, outer: "Tuple[int, ...]") -> str:
        n, shown = length(x), part(x, slice(MAX_LENGTH))
        size = ', "n": %d' % n if n > MAX_LENGTH else ""
        return '{"t": %s%s, "v": %s}' % (label, size, quote(shown if base is str else shown.decode("latin-1")))

    return encoder


def type_label(cls: type) -> str:
    """A type's dotted name, builtins without `builtins.`."""
    name = class_name(cls)
    return name[len("builtins.") :] if name.startswith("builtins.") else name


def c_field(x: "Any", name: str) -> "Any":
    """The value of a C-level field of an object's type, past whatever a subclass defines."""
    for cls in type_mro(type(x)):
        field = type_dict(cls).get(name)
        if is_c_field(field):
            return field.__get__(x)
    return EMPTY


PLAIN_KINDS = {"b": "bool", "i": "int%d", "u": "uint%d", "f": "float%d", "c": "complex%d", "O": "object"}


# The C fields of numpy's base classes, by the name of the field: its reader, found once. numpy is never unloaded.
FIELDS: "Dict[str, Callable[[Any], Any]]" = {}


def numpy_field(x: "Any", base: str, name: str) -> "Any":
    """A C-level field of numpy's base class `base`, or a method called, of an instance; EMPTY where there is none."""
    try:
        return (FIELDS.get(name) or base_reader(type(x), base, name))(x)
    except TypeError:
        return EMPTY


def base_reader(kind: type, base: str, name: str) -> "Callable[[Any], Any]":
    """What reads a C-level field of numpy's base class `base`, or calls a method of it, for a type below it."""
    for cls in type_mro(kind):
        own_type = dotted(cls) == base and not type_flags(cls) & HEAP_TYPE
        field: "Any" = type_dict(cls).get(name) if own_type else None
        if is_c_field(field) or type(field) is types.MethodDescriptorType:
            FIELDS[name] = field.__get__ if is_c_field(field) else field
            return FIELDS[name]
    return lambda x: EMPTY


_dtype_names: "Dict[Tuple[str, int], str]" = {}


def dtype_name(x: "Any") -> "Any":
    """A numpy dtype's name: `int64`, `<M8[ns]` for what has no plain one."""
    kind, size = numpy_field(x, "numpy.dtype", "kind"), numpy_field(x, "numpy.dtype", "itemsize")
    if type(kind) is not str or type(size) is not int:
        return EMPTY
    name = _dtype_names.get((kind, size))
    if name is None:
        plain = PLAIN_KINDS.get(kind)
        if plain is None:
            name = numpy_field(x, "numpy.dtype", "str")
            return name if type(name) is str else EMPTY
        name = _dtype_names[kind, size] = plain % (size * 8) if "%" in plain else plain
    return name


def dtype_value(x: "Any") -> "Any":
    """A numpy dtype's name as JSON."""
    name = dtype_name(x)
    return quote(name) if name is not EMPTY else EMPTY


def array_value(x: "Any") -> "Any":
    """`{"dtype": "int64", "shape": [3]}` of a numpy array."""
    read_dtype, read_shape, read_number = FIELDS.get("dtype"), FIELDS.get("shape"), FIELDS.get("num")
    if read_dtype is None or read_shape is None or read_number is None:
        dtype, shape = numpy_field(x, "numpy.ndarray", "dtype"), numpy_field(x, "numpy.ndarray", "shape")
        numpy_field(dtype, "numpy.dtype", "num")
        return array_text(dtype, shape)
    dtype, shape = read_dtype(x), read_shape(x)
    key = read_number(dtype), shape
    text = ARRAY_TEXTS.get(key)
    if text is None:
        text = array_text(dtype, shape)
        if key[0] in PLAIN_NUMBERS:
            if len(ARRAY_TEXTS) > 10000:
                ARRAY_TEXTS.clear()
            ARRAY_TEXTS[key] = text
    return text


# The type numbers of the dtypes whose names say no more than their kinds and sizes: numbers and objects.
# (numpy/ndarraytypes.h: NPY_TYPES) What arrays of these dtypes are written as, by number and shape.
PLAIN_NUMBERS = (*range(18), 23)
ARRAY_TEXTS: "Dict[Tuple[int, Tuple[int, ...]], str]" = {}


def array_encoder(label: str) -> "Encoder":
    """The way to write instances of `numpy.ndarray` itself, whose attributes are its C fields."""
    whole = valued(label, array_value)
    # By the number of the dtype and the shape; nothing by that of a dtype that says more.
    known: "List[Dict[Tuple[int, ...], str]]" = [{} for _ in range(max(PLAIN_NUMBERS) + 1)]

    def encoder(x: "Any", depth: int, outer: "Tuple[int, ...]") -> str:
        number, shape = x.dtype.num, x.shape
        text = known[number].get(shape) if 0 <= number < len(known) else None
        if text is None:
            text = whole(x, depth, outer)
            if (number, shape) in ARRAY_TEXTS:
                if len(known[number]) > 10000:
                    known[number].clear()
                known[number][shape] = text
        return text

    return encoder


def array_text(dtype: "Any", shape: "Any") -> "Any":
    """dtype and shape as JSON."""
    if type(shape) is not tuple:
        return EMPTY
    name = dtype_name(dtype) if dtype is not EMPTY else EMPTY
    first = '"dtype": %s, ' % quote(name) if name is not EMPTY else ""
    return '{%s"shape": [%s]}' % (first, ", ".join([int.__repr__(n) for n in shape]))


def scalar_reader(kind: type) -> "Callable[[Any], Any]":
    """What finds the value of a numpy scalar of this type."""
    item = base_reader(kind, "numpy.generic", "item")

    def scalar_value(x: "Any") -> "Any":
        value = item(x)
        if type(value) is float:
            return encode_float(value)
        return EMPTY if value is EMPTY or type(value) is type(x) else encode(value, 1)

    return scalar_value


def enum_value(x: "Any") -> "Any":
    """An enum member's name."""
    own = own_dict(x)
    name = own.get("_name_") if own is not None else None
    return quote(name) if type(name) is str else EMPTY


def ufunc_value(x: "Any") -> "Any":
    """A ufunc's name."""
    name = c_field(x, "__name__")
    return quote(name) if type(name) is str else EMPTY


REAL, IMAGINARY = (complex.__dict__[name].__get__ for name in ("real", "imag"))


def complex_value(x: "Any") -> "Any":
    """The real and the imaginary part of a complex number."""
    return "[%s, %s]" % (encode_float(REAL(x)), encode_float(IMAGINARY(x)))


def callable_value(x: "Any") -> "Any":
    """The dotted name of a function, builtin or bound method; nothing for a method of an object without a name."""
    name = callable_name(x)
    return quote(name) if name else EMPTY


def callable_name(x: "Any") -> str:
    """The dotted name of a function, builtin or bound method."""
    x = unwrapped(x)
    kind = type(x)
    if kind is FunctionType:
        return function_name(x)
    if kind is MethodType:
        function = x.__func__
        name = name_of(function) if type(function) is FunctionType else own_attribute(function, "__name__")
        if name is None:
            return ""
        owner = as_class(x.__self__)
        if provides(type_mro(owner), name, function) is None:
            name = held_as(type_mro(owner), function) or name
        return exporting_module(function, x.__self__) or "%s.%s" % (class_name(owner), name)
    if is_builtin(kind):
        receiver = bound_object(x)
        if receiver is not None:
            exported_as = exporting_module(x, receiver)
            return exported_as or "%s.%s" % (class_name(as_class(receiver)), x.__name__)
        return builtin_name(x) if type(x.__module__) is str or static_owner(x) is not None else x.__name__
    if kind is types.MethodWrapperType:
        return "%s.%s" % (class_name(type(x.__self__)), x.__name__)
    return "%s.%s" % (class_name(x.__objclass__), x.__name__)


def carried_name(x: "Any") -> "Any":
    """The dotted name that a callable object carries itself, as numpy's dispatchers and `lru_cache` wrappers do."""
    module = own_attribute(x, "__module__")
    name = own_attribute(x, "__qualname__") or own_attribute(x, "__name__")
    if module is None or name is None:
        return EMPTY
    known = EXPORTS.get(id(x))
    if known is not None and module_item(known[0], known[1]) is x:
        return quote(known[2])
    return quote(object_name(x, module, name))


def stored(x: "Any", name: str) -> "Any":
    """What an object stores under a name: in its `__dict__` or in a C-level field."""
    own = own_dict(x)
    return own[name] if own is not None and name in own else c_field(x, name)


# The attributes in which pandas' arrays and indices hold their values, if not in a C-level field.
HOLDERS = ("_data", "_left", "_codes", "_ndarray")


def held_shape(x: "Any") -> "Tuple[int, ...]":
    """The shape of a numpy array, or of the one in which a pandas array holds its values; none where it is another."""
    for _ in range(4):
        shape = numpy_field(x, "numpy.ndarray", "shape")
        if type(shape) is tuple:
            return shape
        own = own_dict(x) or {}
        holder = next((name for name in HOLDERS if name in own), None)
        x = own[holder] if holder is not None else c_field(x, "_ndarray")
    return ()


def held_dtype(x: "Any") -> "Any":
    """The dtype of a numpy or pandas array."""
    dtype = numpy_field(x, "numpy.ndarray", "dtype")
    return dtype if dtype is not EMPTY else stored(x, "_dtype")


def index_length(x: "Any") -> "Optional[int]":
    """How long a pandas index is."""
    own = own_dict(x) or {}
    held = own.get("_range")
    if type(held) is range:
        return len(held)
    codes: "Any" = own.get("_codes")
    is_multiple = codes is not None and issubclass(type(codes), list) and list.__len__(codes)
    shape = held_shape(list.__getitem__(codes, 0) if is_multiple else own.get("_data", EMPTY))
    return shape[0] if shape else None


def held_by_manager(x: "Any") -> "Tuple[Any, Any]":
    """The axes and the blocks of a series or data frame, from the manager that it holds."""
    manager = (own_dict(x) or {}).get("_mgr", EMPTY)
    axes, blocks = stored(manager, "axes"), stored(manager, "blocks")
    return (axes, blocks) if type(axes) is list and type(blocks) is tuple else ((), ())


def frame_shape(x: "Any") -> "Any":
    """A data frame's shape, from its row and column indices; where they don't tell, from its blocks."""
    axes, blocks = held_by_manager(x)
    if len(axes) != 2:
        return EMPTY
    columns, rows = map(index_length, axes)
    if columns is None or rows is None:
        shapes = [held_shape(stored(block, "values")) for block in blocks]
        if columns is None:
            columns = sum(shape[0] if len(shape) == 2 else 1 for shape in shapes)
        if rows is None:
            rows = next((shape[-1] for shape in shapes if shape), None)
    return '{"shape": [%d, %d]}' % (rows, columns) if rows is not None else EMPTY


def index_value(x: "Any") -> "Any":
    """A pandas index's dtype and shape."""
    own = own_dict(x) or {}
    length = index_length(x)
    if length is None:
        return EMPTY
    if type(own.get("_range")) is range:
        return '{"dtype": "int64", "shape": [%d]}' % length
    return array_text(held_dtype(own.get("_data", EMPTY)), (length,))


def series_value(x: "Any") -> "Any":
    """A series' dtype and shape, from the one block that its manager holds."""
    axes, blocks = held_by_manager(x)
    if len(axes) != 1 or len(blocks) != 1:
        return EMPTY
    values, length = stored(blocks[0], "values"), index_length(axes[0])
    shape = held_shape(values) if length is None else (length,)
    return array_text(held_dtype(values), shape) if shape else EMPTY


VALUE_READERS: "Dict[str, Callable[[Any], Any]]" = {
    "enum.Enum": enum_value,
    "numpy.ndarray": array_value,
    "numpy.ufunc": ufunc_value,
    "pandas.core.frame.DataFrame": frame_shape,
    "pandas.core.series.Series": series_value,
    "pandas.core.indexes.base.Index": index_value,
    "pandas.DataFrame": frame_shape,
    "pandas.Series": series_value,
    "pandas.Index": index_value,
    "builtins.module": lambda x: quote(module_name(x)),
    "builtins.type": lambda x: quote(class_name(x)),
    "builtins.function": callable_value,
    "builtins.method": callable_value,
    "builtins.builtin_function_or_method": callable_value,
    "builtins.method-wrapper": callable_value,
    "builtins.method_descriptor": callable_value,
    "builtins.instancemethod": callable_value,
    "builtins.wrapper_descriptor": callable_value,
    "builtins.classmethod_descriptor": callable_value,
    "builtins.int": lambda x: encode_integer(int.__int__(x)),
    "builtins.float": lambda x: encode_float(float.__float__(x)),
    "builtins.complex": complex_value,
}
PLAIN_ENCODERS[id(bytes)] = shortened('"bytes"', bytes)
PLAIN_ENCODERS[id(complex)] = valued('"complex"', complex_value)


def module_name(x: "Any") -> str:
    """A module's own name."""
    name = module_dict(x).get("__name__")
    return real_name(name) if type(name) is str else ""


# 8 The output file --------------------------------------------------------------------------------------------------


# For how many seconds a file is trusted to be what it was, before others append to it and after.
UNCHECKED = 0.02
RECHECKED = 0.2
# After how many seconds in which no other process has appended it is taken for the only one again.
ALONE = 5.0


class Output:
    """The file that records are appended to, one write of one whole line each.

    A process that is killed may leave its last line cut. So that no other process's line is joined to such a rest,
    processes that find that others append to the file too take turns by a lock and end a cut line first.
    Whether the file has grown by others is asked again after UNCHECKED seconds, whether it is still there too.
    """

    def __init__(self, path: str):
        """Opens `path`; raises SettingError where it can't be appended to."""
        self.path = path
        # The number of each record; a C function, so that threads do not take the same one.
        self.number = count(1).__next__
        self.dropped = 0
        self.shared = False
        # When others were last known to append.
        self.others = 0.0
        self.checked = 0.0
        # Until when this process alone appends to a file that is there and ends with a whole line.
        self.sure = 0.0
        # Why it can't be opened anew, as where it was removed with its folder.
        self.vanished = ""
        # In a child, before it writes more than it has told.
        self.announce: "Optional[Callable[[], None]]" = None
        # Threads of one process take turns by this; a file lock does not keep them apart.
        self.turn = RLock()
        try:
            self.open()
        except OSError as error:
            raise SettingError("PYTHON_API_OUTPUT_FILE: expected a file to append to, got %s" % error) from None

    def open(self) -> None:
        """Opens the file at a high descriptor, out of the program's way."""
        flags = os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        try:
            # The writer of a pipe must not be one of its readers, too: it would never learn that they left.
            is_pipe = stat.S_ISFIFO(os.stat(self.path).st_mode)
        except OSError:
            is_pipe = False
        if is_pipe and CHILD_VARIABLE in os.environ:
            # It had a reader, and need not wait for another one.
            flags |= os.O_NONBLOCK
        try:
            descriptor = os.open(self.path, flags | (os.O_WRONLY if is_pipe else os.O_RDWR), 0o666)
        except OSError:
            descriptor = os.open(self.path, flags | os.O_WRONLY, 0o666)
        if is_pipe:
            os.set_blocking(descriptor, True)
        self.descriptor = high_descriptor(descriptor)
        status = os.fstat(self.descriptor)
        self.identity = status.st_dev, status.st_ino
        self.is_file = stat.S_ISREG(status.st_mode)
        self.end = os.lseek(self.descriptor, 0, os.SEEK_END) if self.is_file else 0

    def lasting_path(self) -> str:
        """The path by which children find this file: a standard stream that is a pipe is another one there."""
        is_lasting = os.path.exists(os.path.realpath(self.path))
        return self.path if is_lasting else "/proc/%d/fd/%d" % (os.getpid(), self.descriptor)

    def write(self, line: str) -> None:
        """Appends one record."""
        self.number()
        data = line.encode()
        if monotonic() > self.sure:
            self.append(data)
            return
        try:
            written = os.write(self.descriptor, data)
        except OSError:
            self.append(data)
            return
        self.end += written
        if written < len(data):
            # The rest alone would stand on a line of its own: the whole record follows what was cut.
            self.sure = 0.0
            self.append(data)

    def flush(self) -> None:
        """Writes what is held back."""

    def total(self) -> int:
        """How many records were written."""
        known = self.number() - 1
        self.number = count(known + 1).__next__
        return known - self.dropped

    def append(self, data: bytes, records: int = 1, again: bool = False) -> None:
        """Appends whole lines in one write; a failure is reported once, at once, and counted."""
        now = monotonic()
        if now - self.checked > (RECHECKED if self.shared else UNCHECKED):
            self.checked = now
            self.check()
        try:
            if self.vanished:
                raise OSError(errno.ENOENT, self.vanished)
            if not self.is_file:
                self.send(data)
                return
            if os.lseek(self.descriptor, 0, os.SEEK_END) != self.end:
                self.share()
            elif self.shared and now - self.others > ALONE:
                self.shared = False
            self.append_in_turn(data)
            if not self.shared:
                self.sure = self.checked + UNCHECKED
        except OSError as error:
            if error.errno == errno.EBADF and not again:
                self.check()
                self.append(data, records, again=True)
            else:
                self.failed(error, records)

    def send(self, data: bytes) -> None:
        """Writes to a pipe or a device, where a signal may end a write before all of it is written."""
        try:
            self.turn.acquire(timeout=1.0)
            while data:
                data = data[os.write(self.descriptor, data) :]
        finally:
            release(self.turn)

    def share(self) -> None:
        """From now on others may append too."""
        self.shared = True
        self.sure = 0.0
        self.others = monotonic()

    def append_in_turn(self, data: bytes) -> None:
        """Appends while no other process does."""
        try:
            self.turn.acquire(timeout=1.0)
            if self.announce is not None:
                self.announce()
            if lock(self.descriptor):
                data = self.after_a_cut(data)
            while data:
                data = data[os.write(self.descriptor, data) :]
        finally:
            self.end_turn()

    def after_a_cut(self, data: bytes) -> bytes:
        """What to append where the file may end with the rest of a line that a killed process left.

        It may also be one that a process without a turn, which did not know of others yet, is just writing.
        """
        for _ in range(3):
            if self.ends_whole():
                return data
            sleep(0.002)
        return b"\n" + data

    def end_turn(self) -> None:
        """Lets others write; ends, too, what an exception from a signal handler did not let end before."""
        try:
            self.end = os.lseek(self.descriptor, 0, os.SEEK_END)
            unlock(self.descriptor)
        finally:
            release(self.turn)

    def ends_whole(self) -> bool:
        """Does the file end with a whole line?"""
        size = os.lseek(self.descriptor, 0, os.SEEK_END)
        try:
            return size == 0 or os.pread(self.descriptor, 1, size - 1) == b"\n"
        except OSError:
            return True

    def check(self) -> None:
        """Opens the file anew where the program closed the descriptor or the file has vanished."""
        try:
            status = os.fstat(self.descriptor)
            if (status.st_dev, status.st_ino) == self.identity and (status.st_nlink or not self.is_file):
                return
            reason = "the file was removed" if not status.st_nlink else "the descriptor was redirected"
        except OSError:
            reason = "the descriptor was closed"
        try:
            self.open()
        except OSError as error:
            if not self.vanished and reason == "the file was removed":
                RECORDER.warnings.append("the output file was removed: what was written before is lost")
            self.vanished = "the folder was removed" if error.errno == errno.ENOENT else str(error.strerror)
            self.sure = 0.0
            return
        self.vanished = ""
        if reason == "the file was removed":
            report("%s: %s: it was made anew, what was written before is lost" % (self.path, reason))
            RECORDER.warnings.append("the output file was removed and made anew")

    def failed(self, error: OSError, records: int) -> None:
        """Counts records that could not be written; the first time the user is told at once."""
        if not self.dropped:
            report("%s: %s: records are dropped from here on" % (self.path, error.strerror))
        self.dropped += records
        self.sure = 0.0

    def forked(self) -> None:
        """In a forked child: a description of the file of its own, or its lock would be the parent's."""
        self.number = count(1).__next__
        self.dropped = 0
        self.share()
        self.turn = RLock()
        if not self.is_file:
            # To open a pipe that has no reader any more would wait for one.
            return
        of_parent = self.descriptor
        try:
            self.open()
            os.close(of_parent)
        except OSError:
            # It goes on with its parent's where no more files can be opened.
            pass


class HeldOutput(Output):
    """An output that holds records back for a while: counted, compressed, or both."""

    # How many distinct records or bytes are held, and for how long, in seconds.
    MOST_DISTINCT = 10000
    MOST_BYTES = 1 << 18
    LONGEST = 10.0
    # How many lines wait to be taken in.
    MOST_WAITING = 256

    def __init__(self, path: str, count: bool):
        super().__init__(path)
        self.counts = count
        self.compressed = path.endswith(".gz")
        if self.compressed:
            # Now: the program may have a module of that name.
            import zlib

            self.zlib = zlib
        if self.compressed and self.end and fcntl is not None and os.pread(self.descriptor, 2, 0) != EMPTY_MEMBER[:2]:
            raise SettingError("PYTHON_API_OUTPUT_FILE: expected a new file or one of gzip, got %s" % path)
        # Lines that threads put here; the one that holds the lock takes them in, each once.
        self.inbox: "Any" = deque()
        self.taking = RLock()
        self.counted: "Dict[str, int]" = {}
        self.lines: "List[str]" = []
        self.size = 0
        self.since = monotonic()

    def write(self, line: str) -> None:
        """Takes one record in; writes all out when enough are held."""
        self.number()
        inbox = self.inbox
        inbox.append(line)
        late = monotonic() - self.since > self.LONGEST
        if (late or len(inbox) >= self.MOST_WAITING) and self.taking.acquire(False):
            try:
                self.take_in()
                if late or self.size > self.MOST_BYTES or len(self.counted) >= self.MOST_DISTINCT:
                    self.write_out()
            finally:
                release(self.taking)

    def take_in(self) -> None:
        """Counts, or puts in a row, what threads have written so far."""
        take = self.inbox.popleft
        counted = self.counted
        for _ in range(len(self.inbox)):
            line = take()
            if self.counts:
                counted[line] = counted.get(line, 0) + 1
            else:
                self.lines.append(line)
                self.size += len(line)

    def flush(self) -> None:
        """Writes what is held back, as differences to what was written before."""
        try:
            self.taking.acquire(timeout=1.0)
            self.take_in()
            self.write_out()
        finally:
            release(self.taking)

    def write_out(self) -> None:
        """Writes what was taken in."""
        self.since = monotonic()
        self.size = 0
        if self.counts:
            counted, self.counted = self.counted, {}
            lines = ['%s, "count": %d}\n' % (line[:-2], seen) for line, seen in counted.items()]
            records = list(counted.values())
        else:
            lines, self.lines = self.lines, []
            records = [1] * len(lines)
        if self.compressed and lines:
            self.append(self.member("".join(lines).encode("ascii")), sum(records))
            return
        for line, number in zip(lines, records):
            self.append(line.encode("ascii"), number)

    def forked(self) -> None:
        """In a forked child: what is held is the parent's to write."""
        self.inbox = deque()
        self.taking = RLock()
        self.counted = {}
        self.lines = []
        self.size = 0
        super().forked()

    def after_a_cut(self, data: bytes) -> bytes:
        if not self.compressed:
            return super().after_a_cut(data)
        self.drop_cut_member()
        return data

    def open(self) -> None:
        super().open()
        self.shared = self.path.endswith(".gz")

    def drop_cut_member(self) -> None:
        """Takes away the rest of a member that a killed process left: each whole one is followed by an empty one."""
        size = os.lseek(self.descriptor, 0, os.SEEK_END)
        start = max(size - MEMBER_TAIL, 0)
        tail = os.pread(self.descriptor, size - start, start)
        if tail.endswith(EMPTY_MEMBER) or not tail:
            return
        at = tail.rfind(EMPTY_MEMBER)
        if at < 0 and start:
            return
        whole = at + len(EMPTY_MEMBER) if at >= 0 else 0
        whole += self.whole_members(tail[whole:])
        if whole < len(tail):
            os.ftruncate(self.descriptor, start + whole)

    def whole_members(self, data: bytes) -> int:
        """How many bytes at the start of `data` are whole gzip members."""
        whole = 0
        while whole < len(data):
            reader = self.zlib.decompressobj(31)
            try:
                reader.decompress(data[whole:])
            except self.zlib.error:
                break
            if not reader.eof:
                break
            whole = len(data) - len(reader.unused_data)
        return whole

    def member(self, data: bytes) -> bytes:
        """Data as a whole gzip member (RFC 1952), followed by an empty one."""
        packer = self.zlib.compressobj(6, self.zlib.DEFLATED, 31)
        return packer.compress(data) + packer.flush() + EMPTY_MEMBER


# A gzip member of nothing: marks the end of a whole one. How far back a cut one can begin.
EMPTY_MEMBER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"
MEMBER_TAIL = 1 << 22


def high_descriptor(descriptor: int) -> int:
    """The same open file at a descriptor that programs do not count on."""
    if fcntl is None:
        return descriptor
    for lowest in (800, 200, 60):
        try:
            high: int = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
        except (OSError, ValueError):
            continue
        os.close(descriptor)
        return high
    return descriptor


def lock(descriptor: int) -> bool:
    """Waits for the turn to write; not for ever, as the process whose turn it is may have been stopped."""
    if fcntl is None:
        return False
    for _ in range(2000):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            sleep(0.0005)
        except OSError:
            return False
    return False


def unlock(descriptor: int) -> None:
    """Ends the turn, if there was one."""
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        except OSError:
            pass


def release(held: "Any") -> None:
    """Releases a lock as often as this thread took it."""
    while held._is_owned():
        held.release()


def has_stderr() -> bool:
    """Is there a standard error, at the start of the process? Else the program's first file may get its number."""
    try:
        os.fstat(2)
    except OSError:
        return False
    return True


HAS_STDERR = has_stderr()


def report(message: str) -> None:
    """One line for the user, past whatever the program made of `sys.stderr`."""
    if not HAS_STDERR:
        return
    try:
        os.write(2, ("record_api: %s\n" % message).encode("utf-8", "backslashreplace"))
    except OSError:
        pass


class Recorder:
    """What one run knows: where records go, how many places there are, and what the reader must be warned of."""

    def __init__(self, output: Output, from_modules: "Tuple[str, ...]"):
        self.output = output
        self.from_modules = ModuleNames(from_modules) if from_modules else None
        self.is_standard = standard_library()
        self.folder = current_folder()
        self.parent_main = "__mp_main__"
        # In a program that a child runs: is the real name of its `__main__` not known yet?
        self.seeks_main = False
        # A number for each place that records came from, the same in all processes.
        self.places: "Set[int]" = set()
        self.errors = 0
        # How many instructions there was no room to look at, near the recursion limit, and the last code where.
        self.overflows = 0
        self.overflowed_in: "Optional[types.CodeType]" = None
        # Where the last record was made, as JSON keys.
        self.last_place = ""
        self.first_error = ""
        self.warnings: "List[str]" = []
        # What child processes told at their end.
        self.children: "List[Dict[str, Any]]" = []
        self.plans: "Dict[int, Plan]" = {}
        self.entry_places: "Dict[Tuple[int, int], Tuple[Any, str]]" = {}
        # Are frames of the standard library left out that meet nothing of the program's own?
        self.leaves_out = False
        # The plans of sealed code, see SEALED; None as soon as something of the program's own came in.
        self.sealed: "Optional[List[Plan]]" = []

    def plan(self, code: types.CodeType, module: "Dict[str, Any]") -> "Plan":
        """What is to be watched in a code object that runs with the globals `module`."""
        name = dict.get(module, "__name__")
        if self.seeks_main and name == "__main__":
            self.find_main(module)
        side = self.side(name, code.co_filename, module)
        is_unseen = side == STANDARD and (
            starts_thread(code, name) or makes_generic(code, name) or shows_exception(code, name)
        )
        plan = Plan(code, NOWHERE if is_unseen else side)
        if plan.side == OUTSIDE or plan.side == STANDARD:
            seal = seal_of(name, code) if self.leaves_out and plan.side == STANDARD else FREE
            if seal != SEALED_CODE or not self.keep_sealed(plan):
                self.decode(plan)
            if seal == PLAIN_CODE:
                self.leave_out(plan, module)
        elif plan.side == INSIDE or plan.side == ELSEWHERE:
            plan.entry = entry_kind(code) if plan.side == INSIDE else NO_ENTRY
            if may_matter(code):
                self.decode(plan)
        if plan.side != OUTSIDE and plan.side != STANDARD:
            WITHIN.add(id(code))
        # Another thread may have been faster: then its plan is the one.
        return self.plans.setdefault(id(code), plan)

    def find_main(self, module: "Dict[str, Any]") -> None:
        """Finds the real name of the module that a child runs as `__main__`; none of what `-c` runs."""
        global MAIN_NAME
        if module.get("__spec__") is None and "__file__" not in module:
            return
        self.seeks_main = False
        MAIN_NAME = running_name(module)
        CHILDREN.tell_main_name()
        for names in (TRACED, self.from_modules):
            if names is not None:
                names.pop("__main__", None)

    def keep_sealed(self, plan: "Plan") -> bool:
        """Leaves sealed code out; False where it is not sealed any more, by another thread perhaps since just now."""
        if self.sealed is not None:
            self.sealed.append(plan)
        return self.sealed is not None

    def leave_out(self, plan: "Plan", module: "Dict[str, Any]") -> None:
        """Has the frames of a function left out that start with nothing but plain arguments, if that is safe."""
        plan.met = self.what_it_meets(plan.code, module)
        plan.unseals = module["__name__"] in SEALED
        if plan.met is not None:
            first = first_slot(plan.code)
            plan.doors = list(range(first, first + parameter_count(plan.code)))
        elif plan.unseals:
            self.unseal()

    def what_it_meets(
        self, code: types.CodeType, module: "Dict[str, Any]"
    ) -> "Optional[List[Tuple[Dict[str, Any], str, Any]]]":
        """All globals that a function of the standard library names, and what it may fetch from modules among them.

        Each with the dictionary that holds it; None where any is not of the standard library.
        """
        met: "List[Tuple[Dict[str, Any], str, Any]]" = []
        holders = [module]
        for holder in holders:
            for name in code.co_names:
                value = holder.get(name, EMPTY)
                if holder is module or value is not EMPTY:
                    met.append((holder, name, value))
                if type(value) is ModuleType and len(holders) < 20:
                    own = module_dict(value)
                    if not any(own is one for one in holders):
                        holders.append(own)
        return met if all(self.is_of_standard(value) for _, _, value in met) else None

    def is_of_standard(self, x: "Any") -> bool:
        """Is this a module, function, class or constant of the standard library?"""
        if type(x) is ModuleType:
            name = module_dict(x).get("__name__")
        elif type(x) is FunctionType or is_builtin(type(x)):
            name = x.__module__
            if name is None:
                return True
        elif is_class(x):
            name = type_dict(x).get("__module__", "builtins")
        else:
            return x is EMPTY or type(x) is dict or type(x) is frozenset or is_plain(x) or type(x) is object
        return type(name) is str and self.is_standard(name, None)

    def decode(self, plan: "Plan") -> None:
        """Finds what is to be watched in a code object."""
        code = plan.code
        try:
            decoder = Decoder(code)
            plan.sites = decoder.decode()
            if plan.side == INSIDE or plan.side == ELSEWHERE:
                plan.sites = {at: site for at, site in plan.sites.items() if matters(site)}
                decoder.local_sites = []
            plan.watched = dict(plan.sites)
            if decoder.local_sites and code.co_flags & CODE_OPTIMIZED and not ENGINE.max_visits:
                plan.guard(Guards(decoder, ENGINE.whole_frames))
            plan.has_loops = bool(decoder.loops)
            if "setprofile" in code.co_names:
                self.forgo_call_events(plan)
            for at, site in plan.watched.items():
                (plan.calls if site.has_event else plan.instructions)[at] = site
            if plan.side == OUTSIDE and code.co_flags & CODE_OPTIMIZED:
                for site in plan.sites.values():
                    site.counts = True
            ENGINE.settle(plan)
        except Exception as error:
            if is_foreign(error):
                raise
            self.failed(error, "decoding %s" % code.co_name)

    def forgo_call_events(self, plan: "Plan") -> None:
        """Has calls looked at without CALL events: where these are sent, `sys.setprofile` is told of its own return."""
        for site in plan.sites.values():
            if site.has_event:
                site.has_event = False

    def is_left_out(self, plan: "Plan", frame: types.FrameType) -> bool:
        """Can nothing that a frame does be a use, as all that it starts with is plain?"""
        try:
            view = LOCAL_VIEWS[id(frame)]
        except KeyError:
            view = STACK.local_view(frame)
        for at in plan.doors:
            try:
                x = view[at]
            except ValueError:
                # Deleted, in a generator that goes on.
                continue
            if type(x) is not str and not is_plain(x):
                if plan.unseals:
                    self.unseal()
                return False
        for holder, name, value in plan.met or ():
            if holder.get(name, EMPTY) is not value:
                return False
        OPEN.pop(id(frame), None)
        STOOD.pop(id(frame), None)
        return True

    def unseal(self) -> None:
        """Watches the code that was left out until something of the program's own came in."""
        sealed, self.sealed = self.sealed, None
        for plan in sealed or ():
            self.decode(plan)
            if plan.watched:
                ENGINE.watch_again(plan)

    def look_where_held(self, changed: "Any") -> None:
        """Spares no site more that looks at a variable of a frame, on a stack or suspended, that holds what changes."""
        for frame in (*running_frames(), *suspended_frames()):
            plan = self.plans.get(id(frame.f_code))
            if plan is not None and plan.spared:
                self.look_at(plan, [n for n in plan.guarded() if involves(plan.variable(frame, n), changed)])

    def forget_types(self) -> None:
        """Has all sites forget the types and functions that were of no interest, as one has changed."""
        for plan in list(self.plans.values()):
            plan.dying = NO_TYPE
            for site in plan.every_site():
                site.dying = NO_TYPE
                if site.is_call:
                    site.known_callee = NO_TYPE

    def look_at_numbers(self, plan: "Plan") -> None:
        """Expects no numbers more in the local variables of a code object."""
        with ENGINE.making:
            of_numbers, plan.of_numbers = plan.of_numbers, {}
            if not of_numbers:
                return
            later = {offset: site for offset, site in plan.later.items() if offset not in plan.guards}
            plan.spared = {offset: site for offset, site in plan.spared.items() if offset not in of_numbers}
            plan.guards.update(later)
            for site in plan.guards.values():
                site.skip_only(DULL_DEEP)
                site.handler = guarding
            for table in (plan.watched, plan.instructions):
                table.update(of_numbers)
                table.update(later)
            ENGINE.watch_again(plan)

    def look_at_all(self, plan: "Plan") -> None:
        """Spares no site more in a code object."""
        if plan.spared:
            self.look_at(plan, plan.guarded())

    def look_at(self, plan: "Plan", variables: "Iterable[int]") -> None:
        """Spares no site more in a code object that looks at one of these local variables."""
        with ENGINE.making:
            self.spare_none_of(plan, set(variables))

    def spare_none_of(self, plan: "Plan", wanted: "Set[int]") -> None:
        """The same, while no other thread does so."""
        if any(not wanted.isdisjoint(plan.locals[offset]) for offset in plan.of_numbers):
            self.look_at_numbers(plan)
        freed = {offset: site for offset, site in plan.spared.items() if not wanted.isdisjoint(plan.locals[offset])}
        gone = [at for at in plan.guards if at in plan.watched and wanted.issuperset(plan.locals[at])]
        for table in (plan.watched, plan.instructions):
            table.update(freed)
        if freed:
            ENGINE.watch_again(plan)
        elif wanted:
            ENGINE.look_on(plan)
        # Only now: until events come from what was spared, another thread needs the guards to find that out, too.
        for site, skip, handler, form, accesses in plan.openers:
            if not wanted.isdisjoint(plan.locals[site.offset]):
                site.skip_only(skip)
                site.handler, site.form, site.accesses = handler, form, accesses
        for table in (plan.watched, plan.instructions):
            for offset in gone:
                table.pop(offset, None)
        if gone:
            ENGINE.watch_again(plan)
        plan.spared = {offset: site for offset, site in plan.spared.items() if offset not in freed}
        plan.params = [at for at in plan.params if at - plan.base not in wanted]

    def side(self, name: "Any", file: str, module: "Dict[str, Any]") -> int:
        """On which side a frame stands, by its module's name."""
        if type(name) is not str or module is OWN_GLOBALS:
            return NOWHERE
        real = running_name(module)
        if TRACED[real]:
            return INSIDE
        root = name.partition(".")[0]
        if root == "importlib" or name in IMPORT_SYSTEM:
            return NOWHERE
        if self.from_modules is not None and self.from_modules[real]:
            return OUTSIDE
        if name != "__main__" and self.is_standard(name, file):
            return STANDARD
        return OUTSIDE if self.from_modules is None else ELSEWHERE

    def counts(self, frame: "Optional[types.FrameType]", under_uses: bool = False) -> bool:
        """Does what this frame does count? One of the standard library takes the side of its caller.

        So does a thread that of what started it, be it by a use (`under_uses`).
        """
        while frame is not None:
            plan = self.plans.get(id(frame.f_code))
            if frame.f_globals is OWN_GLOBALS:
                break
            if plan is None or not frame.f_code.co_flags & CODE_OPTIMIZED:
                side = self.side(dict.get(frame.f_globals, "__name__"), frame.f_code.co_filename, frame.f_globals)
            else:
                side = plan.side
            if side != STANDARD:
                return side == OUTSIDE
            if not under_uses and frame.f_code.co_flags & CODE_SUSPENDS and is_of_traced_method(frame):
                return False
            name, frame = frame.f_code.co_name, frame.f_back
            if not under_uses and frame is not None and self.is_open(frame) == OPENED:
                return False
            if name == "run" and frame is not None:
                if starts_thread(frame.f_code, dict.get(frame.f_globals, "__name__")):
                    return STARTED.get(id(receiver(frame)), self.from_modules is None)
        return self.from_modules is None

    def is_open(self, frame: types.FrameType) -> int:
        """Was the instruction that a calling frame stands at decided to be a use?"""
        plan = self.plans.get(id(frame.f_code))
        if plan is None:
            return 0
        site = plan.sites.get(plan.start(frame.f_lasti))
        if site is None or not site.opened:
            return 0
        if site.opened >= ALWAYS_OPEN:
            return OPENED
        mark = OPEN.get(id(frame))
        if mark is not None and mark[0] is site:
            return mark[1]
        return OPENED if site in STOOD.get(id(frame), ()) else 0

    def look(self, site: Site, frame: types.FrameType, slots: "Any", origin: int) -> None:
        """Looks at one instruction with all its operands and records the uses that it is."""
        if site.nulls or site.opname == "IMPORT_NAME":
            uses = site.handler(site, self.operands(site, frame, slots, origin))
        else:
            uses = site.handler(site, slots[origin - site.count : origin])
        if uses is None:
            site.used = site.always
            site.by_types = not site.is_call
            if site.opened:
                close_at(site, frame)
            return
        site.used = True
        site.by_types = False
        half = site.is_call and uses[0][0] in LET_THROUGH and takes_key(uses[0])
        open_at(site, frame, HALF_OPENED if half else OPENED)
        if not site.counts and not self.counts(frame):
            return
        if FORMATS_PERCENT and site.opname in UNUSUAL:
            if site.percent is None:
                site.percent = formats_percent(frame.f_code, site)
            if site.percent:
                return
        known = site.place
        place = known[1] if known is not NO_PLACE and site.counts else self.place(frame, site)
        self.last_place = place
        for use in uses:
            self.output.write(line(use, place))
        if site.opened == ONLY_USES and site.counts and site.form is not None:
            ENGINE.repeat(site)

    def operands(self, site: Site, frame: types.FrameType, slots: "Any", origin: int) -> "List[Any]":
        """The stack slots that the handler of a site needs."""
        count = site.count
        if site.opname == "WITH_CLEANUP_START" and slot(slots, origin - 1) is EMPTY:
            count = 2
        operands: "List[Any]" = STACK.read(frame, slots, origin, count, min(site.nulls, count))
        if site.opname == "IMPORT_NAME":
            operands.append(frame.f_globals)
        return operands

    def place(self, frame: types.FrameType, site: Site) -> str:
        """The keys that tell where a site is, as JSON; kept, as they are the same at each visit."""
        module = dict.get(frame.f_globals, "__name__")
        known = site.place
        if known is NO_PLACE or known[0] is not module:
            known = site.place = (module, place_text(frame, site.position, self.folder))
            self.places.add(crc32(known[1].encode("ascii")))
        return known[1]

    def entry_place(self, frame: types.FrameType, plan: "Plan") -> str:
        """The same for an entry through C, where a frame may stand at what is no site."""
        position, module = frame.f_lasti, dict.get(frame.f_globals, "__name__")
        key = (id(frame.f_code), position)
        known = self.entry_places.get(key)
        if known is None or known[0] is not module:
            start = plan.start(position)
            site = plan.sites.get(start)
            if site is None:
                place = place_text(frame, max(start, 0), self.folder)
                self.places.add(crc32(place.encode("ascii")))
            else:
                place = self.place(frame, site)
            known = self.entry_places[key] = (module, place)
        return known[1]

    def warn(self, warning: str) -> None:
        """Has the reader told at the end, once."""
        if warning not in self.warnings:
            self.warnings.append(warning)

    def failed(self, error: BaseException, doing: str) -> None:
        """Counts an error of the recorder's own; the first is shown at the end."""
        self.errors += 1
        if self.errors == 1:
            self.first_error = "%s: %s: %s" % (doing, type(error).__name__, error)

    def summary(self) -> str:
        """The line for the end of the run."""
        output = self.output
        written = output.total()
        if self.children:
            of_children = sum(child["records"] for child in self.children)
            records = "%d records (%d by %d child processes)" % (
                written + of_children,
                of_children,
                sum(child["processes"] for child in self.children),
            )
        else:
            records = "%d records" % written
        places = self.places.union(*(child["places"] for child in self.children))
        parts = ["%s from %d places appended to %s" % (records, len(places), output.path)]
        dropped = output.dropped + sum(child["dropped"] for child in self.children)
        errors = self.errors + sum(child["errors"] for child in self.children)
        if dropped:
            parts.append("%d records were dropped: they could not be written" % dropped)
        if self.overflows and self.overflowed_in is not None:
            overflow = "%d instructions were not looked at, at the program's recursion limit, the last in %s of %s"
            parts.append(overflow % (self.overflows, self.overflowed_in.co_name, self.overflowed_in.co_filename))
        limited = sum(child["limited"] for child in self.children)
        if limited or ENGINE.limited:
            in_children = " (in child processes %d)" % limited if limited else ""
            parts.append("%d places reached PYTHON_API_MAX_VISITS%s" % (ENGINE.limited, in_children))
        untold = sum(child["untold"] for child in self.children)
        if untold:
            ended = "%d child processes were ended before they told their numbers, or still run: these are missing here"
            parts.append(ended % untold)
        if errors:
            parts.append("%d errors in the recorder, the first in %s" % (errors, self.first_error or "a child"))
        if not self.places and not self.children:
            watched = self.from_modules.roots if self.from_modules is not None else ()
            named = dict.fromkeys((*TRACED.roots, *(root for root in watched if root != MAIN_NAME)))
            parts += ["%s was never imported" % root for root in named if root not in sys.modules]
        told: "List[str]" = list(self.warnings)
        for child in self.children:
            told += [warning for warning in child["warnings"] if warning not in told]
        return "; ".join(parts + told)


OUTSIDE, STANDARD, INSIDE, ELSEWHERE, NOWHERE = range(1, 6)
# Beside `importlib`, whose two inner modules have these names until it is imported.
IMPORT_SYSTEM = ("runpy", "zipimport", "pkgutil", "imp", "_frozen_importlib", "_frozen_importlib_external")
# A site's last visit: a use; a use of a builtin that calls a function which it was given.
OPENED, HALF_OPENED = 1, 2
# By the id of a frame: the site of its last use. Several frames can stand at one site: threads, recursion, coroutines.
OPEN: "Dict[int, Tuple[Site, int]]" = {}
# The same, the sites where another frame found that it stood in a use; it may have gone on meanwhile.
STOOD: "Dict[int, Set[Site]]" = {}
# A site that is not looked at any more; one where each visit was a use, so that OPEN need not tell.
ALWAYS_OPEN, ONLY_USES = 2, 3


# By the id of a `threading.Thread`: does what started it count?
STARTED: "Dict[int, bool]" = {}
# All that is known by id, but for LOOK_UPS.
TABLES_BY_ID = (
    NAMES, ENCODERS, METHODS, CALLEES, EXPORTING, EXPORTS, DULL_EXPORTS, UNEXPORTED, FETCHES, ATTRIBUTES_SET, STARTED,
    LOADED, CALL_LOADED, STORED, OWN_CLASSES,
)  # fmt: skip


def starts_thread(code: types.CodeType, module: "Any") -> bool:
    """Is this what `threading` runs in a new thread before `Thread.run`? `sys.settrace` begins within it."""
    return code.co_name in ("_bootstrap", "_bootstrap_inner") and module == "threading"


def makes_generic(code: types.CodeType, module: "Any") -> bool:
    """Is this the `__new__` of `typing.Generic`, `(cls, *args, **kwds)`? Elsewhere there is none."""
    return GENERIC_MAKES_INSTANCES and code.co_name == "__new__" and module == "typing" and code.co_argcount == 1


def shows_exception(code: types.CodeType, module: "Any") -> bool:
    """Is this what the interpreter itself shows an exception with? Up to 3.12 that is C. (gh-110721)"""
    return code.co_name == "_print_exception_bltin" and module == "traceback"


def is_of_traced_method(frame: types.FrameType) -> bool:
    """Does this frame of a generator or coroutine run a method that a class of the traced module inherits?

    The call that made it was a use; it is entered again and again wherever it is asked to go on.
    """
    code, first = frame.f_code, receiver(frame)
    for cls in (first, type(first)):
        passed = False
        for base in type_mro(cls) if is_class(cls) else ():
            passed = passed or belongs(base)
            found = unwrapped(type_dict(base).get(code.co_name)) if passed else None
            if type(found) is FunctionType and found.__code__ is code:
                return True
    return False


def receiver(frame: types.FrameType) -> "Any":
    """The first argument of a frame, EMPTY for none; up to 3.10 one that closures share is in its cell alone."""
    code = frame.f_code
    if not code.co_argcount:
        return EMPTY
    view = LOCAL_VIEWS.get(id(frame)) or STACK.local_view(frame)
    x, name = slot(view, first_slot(code)), code.co_varnames[0]
    if name not in code.co_cellvars:
        return x
    if STACK_IN_FRAME:
        x = slot(view, first_slot(code) + len(code.co_varnames) + code.co_cellvars.index(name))
    return cell_value(x) if type(x) is types.CellType else x


def running_frames(wanted: "Callable[[int, Any], bool]" = lambda thread, top: True) -> "Iterable[types.FrameType]":
    """The program's frames on the stacks of this thread and of all others that are wanted.

    None of the recorder's: one that holds itself in a variable would stay, and all the frames below it.
    """
    tops = current_frames()
    tops.pop(current_thread(), None)
    tops = {thread: top for thread, top in tops.items() if wanted(thread, top)}
    frame: "Optional[types.FrameType]" = current_frame(1)
    while frame is not None and frame.f_globals is OWN_GLOBALS:
        frame = frame.f_back
    yield from frames_from(frame)
    while tops:
        yield from frames_from(tops.popitem()[1])


def frames_from(frame: "Optional[types.FrameType]") -> "Iterable[types.FrameType]":
    """A frame and those below it on its stack."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def suspended_frames() -> "Iterable[types.FrameType]":
    """The frames of generators, coroutines and asynchronous generators, as the garbage collector knows them."""
    import gc

    for x in gc.get_objects():
        name = SUSPENDED.get(id(type(x)))
        frame = getattr(x, name) if name is not None else None
        if frame is not None and frame.f_globals is not OWN_GLOBALS:
            yield frame


# By id, the types of what holds a frame that is not on a stack, and the attribute that tells it.
SUSPENDED = {
    id(types.GeneratorType): "gi_frame",
    id(types.CoroutineType): "cr_frame",
    id(types.AsyncGeneratorType): "ag_frame",
}


def open_at(site: Site, frame: types.FrameType, how: int) -> None:
    """Remembers that a frame stands at an instruction that is a use."""
    if not site.opened:
        site.lose()
        expect_uses(site, frame)
    if site.opened == ONLY_USES and how != OPENED:
        tell_apart(site, frame)
    if site.mark is not None:
        if len(OPEN) > 100000:
            OPEN.clear()
        OPEN[id(frame)] = site, how


def expect_uses(site: Site, frame: types.FrameType) -> None:
    """At the first use at a site: who stands there is taken to be in one from now on, unless another frame is not."""
    with ENGINE.making:
        if site.opened:
            return
        # The mark first: who finds the site opened without one takes all that stands there to be in uses.
        site.mark = site, OPENED
        site.opened = 1
        # A frame that is suspended could have come there without a use.
        if frame.f_code.co_flags & CODE_SUSPENDS or any(others_at(site, frame)):
            return
        site.opened = ONLY_USES
        # Another thread could have come there meanwhile.
        if len(current_frames()) > 1 and any(OPEN.get(id(x)) != site.mark for x in others_at(site, frame)):
            site.opened = 1
        else:
            site.mark = None


def close_at(site: Site, frame: types.FrameType) -> None:
    """Forgets that a frame stands at a use, as it stands at an instruction that is none this time."""
    if site.opened == ONLY_USES:
        tell_apart(site, frame)
    OPEN.pop(id(frame), None)
    stood = STOOD.get(id(frame))
    if stood is not None:
        stood.discard(site)


def tell_apart(site: Site, frame: types.FrameType) -> None:
    """From now on OPEN tells which frames stand at a site in a use; STOOD, that up to now all but this one did."""
    with ENGINE.making:
        if site.opened != ONLY_USES:
            return
        site.again = None
        # What is a use from now on gets the mark at once, what was one before it is asked for.
        site.mark = site, OPENED
        if len(STOOD) > 100000:
            STOOD.clear()
        for other in others_at(site, frame):
            STOOD.setdefault(id(other), set()).add(site)
        site.opened = 1


def others_at(site: Site, frame: types.FrameType) -> "Iterable[types.FrameType]":
    """The frames on all stacks that stand at a site, but for this one."""
    start = RECORDER.plans[id(frame.f_code)].start
    for other in running_frames():
        if other.f_code is frame.f_code and other is not frame and start(other.f_lasti) == site.offset:
            yield other


# These may have been compiled from `'%s' % (x,)`.
UNUSUAL = ("FORMAT_VALUE", "CONVERT_VALUE")
LET_THROUGH = ("builtins.sorted", "builtins.min", "builtins.max")
OWN_GLOBALS = globals()

PLAIN_TYPES: "Dict[int, type]" = {}
# The ids of their methods: what these do to an object of no interest is no use.
PLAIN_METHODS: "Set[int]" = set()
VIEWS: "Dict[int, Any]" = {}
WORD_VIEWS: "Dict[int, Any]" = {}
LOCAL_VIEWS: "Dict[int, Any]" = {}
STACK: "Any" = None
RECORDER: "Any" = None
ENGINE: "Any" = None


def takes_key(use: "Use") -> bool:
    """Was a key function passed?"""
    return any(name == "key" for name, _ in use[1])


class Plan:
    """What is to be watched in one code object."""

    __slots__ = (
        "base", "busy", "by_lines", "calls", "code", "doors", "dying", "ends", "entry", "functions", "guards",
        "has_loops", "instructions", "keeps_cells", "lets_go", "met", "later", "locals", "of_numbers", "openers",
        "params", "plain", "side", "sites", "spared", "started", "starts", "tracer", "unseals", "watched",
    )  # fmt: skip

    def __init__(self, code: types.CodeType, side: int):
        self.code = code
        self.side = side
        self.sites: "Dict[int, Site]" = {}
        # Those of them that are looked at, with those that guard local variables; the others; arguments to look at, by
        # slot; by offset, what Guards knows of variables.
        self.watched: "Dict[int, Site]" = {}
        self.guards: "Dict[int, Site]" = {}
        self.spared: "Dict[int, Site]" = {}
        self.params: "List[int]" = []
        self.locals: "Dict[int, Tuple[int, ...]]" = {}
        # The slot of the first variable.
        self.base = 0
        # Of types of arguments that were of no interest: one that never dies, and a weak reference to one that may.
        self.plain: "Any" = None
        self.dying: "Any" = NO_TYPE
        # The sites that look at arguments for others, each as it was: the types that it skips, its handler, its form,
        # and what is known of accesses.
        self.openers: "List[Tuple[Site, Set[int], Handler, Optional[Form], Any]]" = []
        # Of those that are spared, those that look at numbers; and what guards more when a number is none.
        self.of_numbers: "Dict[int, Site]" = {}
        self.later: "Dict[int, Site]" = {}
        # Those that are looked at and that `sys.monitoring` has no event of its own for; those that have CALL events.
        self.instructions: "Dict[int, Site]" = {}
        self.calls: "Dict[int, Site]" = {}
        self.entry = NO_ENTRY
        # Weak references to the functions with this code, where it was looked for them.
        self.functions: "List[Any]" = []
        # The slots of all arguments, where frames are left out that start with nothing but plain ones, while what the
        # code meets beside them is what it was. Does an argument that is not plain have other code looked at, too?
        self.doors: "List[int]" = []
        self.met: "Optional[List[Tuple[Dict[str, Any], str, Any]]]" = None
        self.unseals = False
        # Do its frames have variables that closures share, which trace functions must not set back?
        self.keeps_cells = WRITES_LOCALS_BACK and bool(code.co_cellvars or code.co_freevars)
        # Must its frames send an event after their variables let go of something?
        self.lets_go = WRITES_LOCALS_BACK and lets_go(code.co_code[::2])
        self.has_loops = False
        # With `settrace`, where line events choose when opcode events are sent: the offsets from where they are needed.
        self.busy: "Optional[Set[int]]" = None
        # Are events those of lines alone, at which sites start?
        self.by_lines = False
        # With `sys.monitoring`: are events sent from where they are needed?
        self.started = False
        # With `settrace`: the sites after which no other comes in the frame, or before the next line event.
        self.ends: "Set[int]" = set()
        self.starts: "Optional[List[int]]" = None
        self.tracer: "Any" = None

    def guard(self, guards: Guards) -> None:
        """Spares the sites that look at nothing but guarded variables."""
        self.guards, self.spared = guards.sites, guards.spared
        self.base = base = first_slot(self.code)
        self.params = [n + base for n in guards.params]
        self.locals = guards.locals
        self.of_numbers, self.later = guards.of_numbers, guards.later
        for offset in self.spared:
            del self.watched[offset]
        for table in (self.guards, self.later, guards.openers):
            for site in table.values():
                site.plan = self
        self.watched.update(self.guards)
        for site in guards.openers.values():
            self.openers.append((site, site.skip, site.handler, site.form, site.accesses))
            site.skip, site.handler, site.form, site.accesses = DULL_DEEP, opening(site.handler), None, None

    def concerned(self, frame: types.FrameType) -> "Optional[List[int]]":
        """Which of the guarded arguments that a frame starts with concern the traced module?"""
        found: "Optional[List[int]]" = None
        try:
            view = LOCAL_VIEWS[id(frame)]
        except KeyError:
            view = STACK.local_view(frame)
        for at in self.params:
            try:
                x = view[at]
            except ValueError:
                # Deleted, in a generator that goes on.
                continue
            kind = type(x)
            if kind is self.plain or self.dying() is kind or quiet_type(self, kind):
                continue
            if id(x) not in DULL_OBJECTS and not dull(x, deep=True):
                found = [*(found or ()), at - self.base]
        return found

    def every_site(self) -> "List[Site]":
        """All sites, those that guard local variables included."""
        return [site for table in (self.sites, self.guards, self.later) for site in list(table.values())]

    def guarded(self) -> "Set[int]":
        """The local variables that are guarded, or were."""
        return {n for some in self.locals.values() for n in some}

    def variable(self, frame: types.FrameType, n: int) -> "Any":
        """What a local variable holds, EMPTY for nothing."""
        try:
            return (LOCAL_VIEWS.get(id(frame)) or STACK.local_view(frame))[self.base + n]
        except ValueError:
            return EMPTY

    def start(self, offset: int) -> int:
        """The offset of the instruction's event, where `offset` may be in its prefix or its caches."""
        if self.starts is None:
            self.starts = instruction_starts(self.code.co_code)
        unit = offset >> 1
        return self.starts[unit] if 0 <= unit < len(self.starts) else -1


def parameter_count(code: types.CodeType) -> int:
    """How many of a code object's variables are parameters, those with stars included."""
    named = code.co_argcount + code.co_kwonlyargcount
    return named + bool(code.co_flags & CODE_VARARGS) + bool(code.co_flags & CODE_VARKEYWORDS)


def local_slots(code: types.CodeType) -> int:
    """How many slots a frame has for variables; from 3.11 on a parameter that closures share has but one."""
    cells = [name for name in code.co_cellvars if STACK_IN_FRAME or name not in code.co_varnames]
    return len(code.co_varnames) + len(cells) + len(code.co_freevars)


def frame_words(code: types.CodeType) -> int:
    """How many words a frame takes in the memory of its thread. (3.12: Objects/codeobject.c, co_framesize)"""
    return LINKED_LOCALS + local_slots(code) + code.co_stacksize


def distance_to_end(code: types.CodeType, callback: types.CodeType) -> int:
    """How far behind the start of a frame the frames end, in words, where that of a callback is all that follows."""
    return frame_words(code) + frame_words(callback)


def first_frame_end(code: types.CodeType) -> int:
    """How far behind the start of a chunk of frames its first frame ends, one of this code object, in bytes."""
    return WORD * (CHUNK_FRAMES + frame_words(code))


def first_slot(code: types.CodeType) -> int:
    """The slot of the first variable in a view of the local variables."""
    return -local_slots(code) if STACK_IN_FRAME else LINKED_LOCALS


def instruction_starts(raw: bytes) -> "List[int]":
    """For each code unit the offset at which the event of its instruction comes."""
    starts: "List[int]" = []
    offset = 0
    while offset < len(raw):
        first = offset
        while raw[offset] == EXTENDED_ARG and offset + 2 < len(raw):
            offset += 2
        event = first if EVENT_AT_PREFIX else offset
        offset += SIZES[raw[offset]]
        starts += [event] * ((offset - first) // 2)
    return starts


def line(use: "Use", place: str, via: str = "") -> str:
    """One record as a line of JSON."""
    function, params, positional, attribute = use
    encoders = ENCODERS.get
    try:
        text = ", ".join([KEYS[name] + (encoders(id(type(x))) or new_encoder(x))(x, 0, ()) for name, x in params])
    except Exception as error:
        if is_foreign(error):
            raise
        RECORDER.failed(error, "encoding an argument of %s" % function)
        text = ", ".join([KEYS[name] + encoded_safely(x) for name, x in params])
    if attribute is not None:
        place += ', "attribute": ' + quote(attribute)
    return HEADS[function] + text + POSITIONALS[positional] + place + via + "}\n"


def encoded_safely(x: "Any") -> str:
    """A value as JSON text; its type alone where the value can't be written."""
    try:
        return encode(x)
    except Exception as error:
        if is_foreign(error):
            raise
        return '{"t": %s}' % quote(type_label(type(x)))


def place_text(frame: types.FrameType, position: int, folder: str) -> str:
    """`"module"`, `"caller"`, `"file"`, `"line"` and `"column"` of the instruction that a frame stands at, as JSON."""
    code = frame.f_code
    file = code.co_filename
    if not file.startswith("<"):
        file = os.path.normpath(os.path.join(folder, file))
    number: "Optional[int]" = None
    column = None
    if hasattr(code, "co_positions"):
        number, _, column, _ = positions_of(code)[position >> 1]
    if number is None:
        number = frame.f_lineno
    return '"module": %s, "caller": %s, "file": %s, "line": %d%s' % (
        quote(running_name(frame.f_globals)),
        quote(getattr(code, "co_qualname", code.co_name)),
        quote(file),
        line_before(code, position) if number is None else number,
        ', "column": %d' % column if column is not None else "",
    )


def line_before(code: types.CodeType, position: int) -> int:
    """The line of the last instruction up to one that has none, as the end of `except*` has. (3.10+)"""
    found = code.co_firstlineno
    for start, _, number in code.co_lines():
        if start > position:
            break
        found = number or found
    return found


# The code object whose positions were asked for last, and these.
_positions: "Tuple[Any, List[Any]]" = None, []


def positions_of(code: types.CodeType) -> "List[Any]":
    """`(line, end line, column, end column)` of each code unit (3.11+)."""
    global _positions
    last, positions = _positions
    if last is not code:
        positions = list(code.co_positions())
        positions += [(None,) * 4] * (len(code.co_code) // 2 - len(positions))
        _positions = code, positions
    return positions


def formats_percent(code: types.CodeType, site: Site) -> bool:
    """Was this format instruction compiled from `'%s' % (x,)`? Then it stands where its operand does, not in braces.

    So an instruction of the operand begins or ends where it does, or ends before one parenthesis; in braces, `=}` comes
    behind. On 3.11 those of an f-string all stand where that does, but for those of its operands, which come before.
    One that loads two variables stands where the first is.
    """
    conversion = site.arg if site.opname == "CONVERT_VALUE" else site.arg & 3
    positions, raw = positions_of(code), code.co_code
    line, end_line, column, end_column = positions[site.position >> 1]
    if not conversion or column is None:
        return False
    before = raw[site.position - 2]
    if before in LOADS_TWO_LOCALS or before in STORES_AND_LOADS:
        name = code.co_varnames[raw[site.position - 1] & 15]
        return bool(line == end_line and end_column - column == len(name.encode("utf-8")))
    own = positions[site.position >> 1]
    maker = unit_before(raw, site.position)
    if site.opname == "FORMAT_VALUE" and site.arg & 4:
        if opcode.opname[raw[maker]] != "LOAD_CONST":
            return False
        maker = unit_before(raw, maker)  # that was the width of '%5s'
    for offset in range(0, len(raw) if BRACES_HAVE_POSITIONS else site.position, 2):
        first_line, last_line, first, last = found = positions[offset >> 1]
        # What takes the text may stand where that does; a copy of it that was compiled into a `finally` comes before.
        if first is None or offset != maker and (opcode.opname[raw[offset]] in PARTS_OF_TEXT or found == own):
            continue
        if (first_line, first) >= (line, column) and (last_line, last) <= (end_line, end_column):
            if (first_line, first) == (line, column) or last_line == end_line and last >= end_column - 1:
                return True
    return False


def unit_before(raw: bytes, offset: int) -> int:
    """Where the instruction before that at an offset is."""
    offset -= 2
    while opcode.opname[raw[offset]] in ("CACHE", "EXTENDED_ARG"):
        offset -= 2
    return offset


PARTS_OF_TEXT = (
    "EXTENDED_ARG",
    "LOAD_CONST",
    "CONVERT_VALUE",
    "FORMAT_SIMPLE",
    "FORMAT_VALUE",
    "FORMAT_WITH_SPEC",
    "BUILD_STRING",
    "CACHE",
)


# Entries through C (4.7).

CONSTRUCTORS = ("__init__", "__new__")


# Can frames of a code object be entries through C? The first one may show that they can't.
NO_ENTRY, MAY_ENTER, ASK_FIRST = 0, 1, 2
# The ids of the code objects of the traced module, and of all others from which nothing can be entered from outside.
WITHIN: "Set[int]" = set()


def entry_kind(code: types.CodeType) -> int:
    """Can this code object of the traced module be a public function, a method, or what constructs an object?"""
    name = code.co_name
    if not code.co_flags & CODE_OPTIMIZED or code.co_flags & CODE_SUSPENDS:
        return NO_ENTRY
    if name in CONSTRUCTORS or not name.startswith(("_", "<")):
        return MAY_ENTER
    # A wrapper has the name of what it wraps, whatever its code is called.
    is_wrapper = bool(code.co_flags & CODE_NESTED) and (name == "<lambda>" or not name.startswith(("__", "<")))
    return ASK_FIRST if is_wrapper or name == "__call__" else NO_ENTRY


def is_no_entry(frame: types.FrameType) -> bool:
    """Can the code of a frame that has no public name be no entry, as its first one shows?

    The `__call__` of no metaclass, and a function that no other name was given (3.11+: up to there it is not known).
    """
    name = frame.f_code.co_name
    if name == "__call__":
        return not is_class(first_argument(frame.f_code, entry_arguments(frame)))
    function = STACK.function(frame) if not STACK_IN_FRAME else None
    return type(function) is FunctionType and name_of(function) == name


# Functions of the standard library that meet nothing but what they make themselves, as long as all that they are called
# with is text, numbers and what is told by PLAIN_MODULES: what they do then can be no use of a module outside it.
PLAIN_FUNCTIONS = {
    "ast": frozenset(("copy_location", "iter_child_nodes", "iter_fields", "walk")),
    "enum": frozenset(("_is_dunder", "_is_private", "_is_sunder")),
    "fnmatch": frozenset(("_compile_pattern", "fnmatch", "fnmatchcase", "translate")),
    "genericpath": frozenset(("_splitext", "commonprefix", "exists", "isdir", "isfile")),
    "inspect": frozenset(("cleandoc",)),
    "posixpath": frozenset(
        "_get_sep _joinrealpath abspath basename commonpath dirname isabs islink join lexists normcase normpath "
        "realpath relpath split splitdrive splitext".split()
    ),
    "re": frozenset(("_compile", "compile", "escape", "findall", "finditer", "fullmatch", "match", "search", "split")),
    "textwrap": frozenset(("dedent",)),
    "typing": frozenset(("_is_dunder",)),
}
if PATHS_HOLD_TEXT:
    PLAIN_FUNCTIONS["pathlib"] = frozenset(
        "parse_parts splitroot join_parsed_parts casefold casefold_parts _parse_args _from_parts _from_parsed_parts "
        "_format_parsed_parts _make_child _init _cparts __new__ __str__ __fspath__ __hash__ __eq__ __truediv__ "
        "as_posix drive root anchor name suffix stem with_name with_suffix relative_to parts joinpath parent "
        "is_absolute".split()
    )
# The modules that compile regular expressions: all of their code is such, for it is called with what came through these
# functions or was made from it. "" are those that do more. (Lib/sre_parse.py; from 3.11 Lib/re)
PARSER = {"parse": "str", "__init__": "string", "fix_flags": "src", "parse_template": "", "expand_template": ""}
COMPILER = {"compile": "p", "dis": ""}
SEALED = {"sre_parse": PARSER, "re._parser": PARSER, "sre_compile": COMPILER, "re._compiler": COMPILER}
SYNTAX_TREES = ("ast", "_ast")
PLAIN_MODULES = {*SEALED, *SYNTAX_TREES, *PLAIN_FUNCTIONS.keys() & {"re", "pathlib"}}
FREE, PLAIN_CODE, SEALED_CODE = range(3)


def seal_of(module: "Any", code: types.CodeType) -> int:
    """Is this code of the standard library to be watched at once, if its own arguments ask for it, or others' do?"""
    if type(module) is not str or not code.co_flags & CODE_OPTIMIZED:
        return FREE
    doors = SEALED.get(module)
    if doors is None:
        return PLAIN_CODE if code.co_name in PLAIN_FUNCTIONS.get(module, ()) else FREE
    text = doors.get(code.co_name)
    if text == "":
        return FREE
    return PLAIN_CODE if text in code.co_varnames else SEALED_CODE


def is_plain(x: "Any") -> bool:
    """Is this text, a number, a list of such, or an object of the modules' own that PLAIN_MODULES names?"""
    kind = type(x)
    if kind is str or kind is int or x is None or kind is bytes or kind is bool:
        return True
    if kind is tuple or kind is list:
        return all(type(one) is str or type(one) is not tuple and type(one) is not list and is_plain(one) for one in x)
    if kind is dict:
        return all(type(key) is str and (type(value) is str or value is None) for key, value in list(x.items()))
    try:
        module = type_module(x if kind is type else kind)
    except AttributeError:
        return False
    if type(module) is not str or module not in PLAIN_MODULES:
        return False
    fields = own_dict(x) if module == "re" or module in SYNTAX_TREES else None
    if fields is None:
        return True
    if module == "re":
        # Flags: they may hold any number.
        return type(fields.get("_value_")) is int
    # The lists of a syntax tree's node are iterated.
    return all(type(field) is list or not issubclass(type(field), list) for field in list(fields.values()))


def enter(frame: types.FrameType) -> None:
    """Records the entry into a public function of the traced module, if it came straight from outside through C."""
    entered = RECORDER.plans[id(frame.f_code)]
    if entered.entry == ASK_FIRST:
        entered.entry = NO_ENTRY if is_no_entry(frame) else MAY_ENTER
    back = frame.f_back
    plan = RECORDER.plans.get(id(back.f_code)) if back is not None else None
    if not entered.entry or back is None or plan is None or id(plan.code) in WITHIN:
        return
    if RECORDER.is_open(back) == OPENED or not RECORDER.counts(back):
        return
    use = entry_use(frame)
    if use is not None:
        place = RECORDER.entry_place(back, plan)
        RECORDER.output.write(line(use, place, via=', "via": "c"'))


def entry_use(frame: types.FrameType) -> "Optional[Use]":
    """The use that an entry through C is; None where what is entered has no public name."""
    code = frame.f_code
    values = entry_arguments(frame)
    first = first_argument(code, values)
    if code.co_name == "__call__":
        return metaclass_entry(code, first, values)
    if code.co_name in CONSTRUCTORS:
        return construction_entry(code, code.co_name, first, values)
    function = entry_function(frame, first)
    if function is None or not is_traced_function(function):
        return None
    name = name_of(function)
    if name in CONSTRUCTORS:
        return construction_entry(code, name, first, values)
    if name.startswith(("_", "<")):
        return None
    exported_as = exporting_module(function, first)
    if exported_as and code.co_argcount:
        return exported_as, entry_params(code, function, values)[1:], None, None
    for cls in (first, type(first)):
        mro = type_mro(cls) if is_class(cls) and not dull(cls, deep=True) else ()
        if "<" in qualname_of(function):
            method = held_as(mro, function)
        else:
            method = name if provides(mro, name, function) is not None else ""
        if method and not method.startswith("_"):
            dotted_name = "%s.%s" % (class_name(owner_of(mro, find(mro, method)[1])), method)
            return dotted_name, entry_params(code, function, values), None, None
    public = public_entry(function)
    return (public, entry_params(code, function, values), None, None) if public else None


def public_entry(function: types.FunctionType) -> str:
    """The public name of a function that a module of the traced one exports, itself or wrapped; else nothing."""
    name = plain_name(function, qualname_of(function))
    for package in packages(function.__module__):
        found = unwrapped(module_item(package, name))
        for _ in range(20):
            if found is function:
                return "%s.%s" % (real_name(package), name)
            own = own_dict(found)
            found = own.get("__wrapped__") if own else None
            if found is None:
                break
    return ""


def construction_entry(code: types.CodeType, entered: str, first: "Any", values: "List[Any]") -> "Optional[Use]":
    """A construction that C code began: one use, though `__new__` and `__init__` are both entered."""
    cls = first if entered == "__new__" else type(first)
    if first is EMPTY or not is_class(cls):
        return None
    mro = type_mro(cls)
    raw, maker_class, _ = find(mro, entered)
    found = unwrapped(raw)
    if traced_class(mro) is None or type(found) is not FunctionType or found.__code__ is not code:
        return None
    if entered == "__init__":
        maker = unwrapped(find(mro, "__new__")[0])
        if type(maker) is FunctionType and is_traced_function(maker):
            return None
    if belongs(cls):
        name, declared = class_name(cls), construction_signature(cls)
    else:
        own_init, provider, _ = find(mro, "__init__")
        runs = "__init__" if provider is not None and belongs(provider) else entered
        owner = owner_of(mro, provider if runs == "__init__" else maker_class)
        name, declared = "%s.%s" % (class_name(owner), runs), method_signature(unwrapped(own_init))
    params = frame_params(code, found, values)
    if code.co_flags & (CODE_VARARGS | CODE_VARKEYWORDS) and declared is not None:
        call = passed_on(code, values, params)
        return name, bind(name, Call(None, call.args[1:], call.keywords), declared)[1], None, None
    return name, params[1:], None, None


def metaclass_entry(code: types.CodeType, first: "Any", values: "List[Any]") -> "Optional[Use]":
    """A construction that C code began by the `__call__` of a metaclass."""
    found = find(type_mro(type(first)), "__call__")[0]
    if type(found) is not FunctionType or found.__code__ is not code:
        return None
    call = passed_on(code, values, frame_params(code, found, values))
    uses = construction_uses(Call(first, call.args[1:], call.keywords))
    return (*uses[0][:2], None, None) if uses else None


def passed_on(code: types.CodeType, values: "List[Any]", params: "Params") -> Call:
    """The call that the arguments of `wrapper(*args, **kwargs)` stand for: with `*args`, all before it were passed."""
    positional = code.co_varnames[: code.co_argcount]
    args: "List[Any]" = []
    keywords: "List[Tuple[str, Any]]" = []
    for name, value in params:
        if type(value) is Several:
            args = values[: code.co_argcount] + value.values
        elif type(value) is Keywords:
            keywords += value.items
        elif name in positional[len(args) : len(args) + 1]:
            args.append(value)
        else:
            keywords.append((name, value))
    return Call(None, args, [item for item in keywords if item[0] not in positional[: len(args)]])


def entry_arguments(frame: types.FrameType) -> "List[Any]":
    """The values of a frame's parameters, in the order of its code's variables."""
    code = frame.f_code
    count = parameter_count(code)
    if STACK_IN_FRAME:
        held = frame.f_locals
        return [held.get(name, EMPTY) for name in code.co_varnames[:count]]
    values = [STACK.local(frame, index) for index in range(count)]
    for index, value in enumerate(values):
        if type(value) is types.CellType and code.co_varnames[index] in code.co_cellvars:
            values[index] = cell_value(value)
    return values


def first_argument(code: types.CodeType, values: "List[Any]") -> "Any":
    """What an entered function was given first, EMPTY for nothing; of `wrapper(*args)` the first of `args`."""
    if not values:
        return EMPTY
    if code.co_argcount or not code.co_flags & CODE_VARARGS:
        return values[0]
    extra = values[code.co_kwonlyargcount]
    return extra[0] if extra else EMPTY


def entry_function(frame: types.FrameType, first: "Any") -> "Optional[types.FunctionType]":
    """The function object that a frame runs; up to 3.10 the one that can be found by the code's name."""
    if not STACK_IN_FRAME:
        function = STACK.function(frame)
        return function if type(function) is FunctionType else None
    code = frame.f_code
    candidates = [dict.get(frame.f_globals, code.co_name)]
    for cls in (first, type(first)):
        if is_class(cls):
            candidates += [type_dict(base).get(code.co_name) for base in type_mro(cls)]
    for found in candidates:
        found = unwrapped(found)
        for _ in range(20):
            if type(found) is FunctionType and found.__code__ is code:
                return found
            own = own_dict(found) if found is not None else None
            found = own.get("__wrapped__") if own else None
            if found is None:
                break
    for root in TRACED.roots:
        found = module_item(root, code.co_name)
        if type(found) is FunctionType and found.__code__ is code and has_closure(found, frame.f_locals):
            return found
    return referring_function(frame)


def has_closure(function: types.FunctionType, held: "Dict[str, Any]") -> bool:
    """Does a function's closure hold these values?"""
    cells = zip(function.__code__.co_freevars, function.__closure__ or ())
    return all(cell_value(cell) is held.get(name, EMPTY) for name, cell in cells)


def has_defaults(function: types.FunctionType, held: "Dict[str, Any]") -> bool:
    """Are a function's keyword-only parameters still their default objects?"""
    return all(held.get(name, EMPTY) is value for name, value in (function.__kwdefaults__ or {}).items())


def referring_function(frame: types.FrameType) -> "Optional[types.FunctionType]":
    """The one function with a frame's code and closure, or else its defaults, that the garbage collector knows."""
    import gc

    code, held = frame.f_code, frame.f_locals
    plan = RECORDER.plans[id(code)]
    found = fitting_function([reference() for reference in plan.functions], code, held)
    if found is None:
        every = [x for x in gc.get_referrers(code) if type(x) is FunctionType]
        # The look through all objects takes milliseconds.
        plan.functions = [weak_reference(x) for x in every]
        found = fitting_function(every, code, held)
    return found


def fitting_function(
    functions: "List[Any]", code: types.CodeType, held: "Dict[str, Any]"
) -> "Optional[types.FunctionType]":
    """The one of these functions that has a frame's code, and the closure or else the defaults that it holds."""
    found = [x for x in functions if x is not None and x.__code__ is code and has_closure(x, held)]
    if len(found) > 1:
        found = [x for x in found if has_defaults(x, held)]
    return found[0] if len(found) == 1 else None


def cell_value(cell: "Any") -> "Any":
    """What a closure variable holds, EMPTY for nothing."""
    try:
        return cell.cell_contents
    except ValueError:
        return EMPTY


def entry_params(code: types.CodeType, function: types.FunctionType, values: "List[Any]") -> "Params":
    """The arguments of an entry, those of a wrapper under the names of what it wraps."""
    params = frame_params(code, function, values)
    if code.co_flags & CODE_VARARGS and "__wrapped__" in function.__dict__:
        return bind("", passed_on(code, values, params), signature(function))[1]
    return params


def frame_params(code: types.CodeType, function: types.FunctionType, values: "List[Any]") -> "Params":
    """The arguments that a frame was entered with; parameters that still are their default object are left out."""
    total = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames
    defaults = function.__defaults__ or ()
    missing = dict(zip(names[code.co_argcount - len(defaults) : code.co_argcount], defaults))
    missing.update(function.__kwdefaults__ or {})
    params: "Params" = []
    for name, value in zip(names[:total], values):
        if value is not EMPTY and not (name in missing and missing[name] is value):
            params.append((name, value))
    rest = values[total:]
    if code.co_flags & CODE_VARARGS:
        extra = rest.pop(0)
        if extra:
            before = sum(name in names[: code.co_argcount] for name, _ in params)
            params.insert(before, ("*" + names[total], Several(list(extra))))
    if code.co_flags & CODE_VARKEYWORDS and rest and rest[0]:
        params.append(("**" + names[total + bool(code.co_flags & CODE_VARARGS)], Keywords(list(rest[0].items()))))
    return params


# 9 The two engines --------------------------------------------------------------------------------------------------


# Where the classes of the recorder's own errors are from; those that other threads set in this one come from elsewhere.
OWN_ERRORS = ("builtins", "_ctypes", "ctypes", "struct", "zlib")


def is_foreign(error: BaseException) -> bool:
    """Did this exception come from the program, as from a signal handler that ran inside the hook, or for want of room?

    What is raised at the recursion limit must get to the hook: CPython 3.8 ends a process in which it is caught below.
    """
    if not isinstance(error, Exception) or isinstance(error, RecursionError):
        return True
    if type_module(type(error)) not in OWN_ERRORS and type(error) is not SettingError:
        return True
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals is not OWN_GLOBALS:
            return True
        trace = trace.tb_next
    return False


def visit(site: Site, frame: types.FrameType, slots: "Any", origin: int) -> None:
    """Looks at one instruction: by the form that its last record had, if it still fits, else as a whole."""
    # Another thread may find the place out meanwhile.
    form, place, record = site.form, site.place, None
    if form is not None and site.counts and (not site.needs_null or stands_alone(site, frame, slots, origin)):
        try:
            record = form(site, slots, origin)
        except Exception as error:
            if is_foreign(error):
                raise
    if record and place is not NO_PLACE:
        # In this order: another thread sets the mark before it tells that not all that stands here is a use.
        opened, mark = site.opened, site.mark
        if mark is not None:
            OPEN[id(frame)] = mark
        elif opened != ONLY_USES:
            open_at(site, frame, OPENED)
        RECORDER.last_place = place[1]
        RECORDER.output.write(record)
    elif record == "":
        # Fetched for a call that is a use.
        site.used = True
        if site.opened:
            close_at(site, frame)
    else:
        # The first record from here, too: where this is, is found out there.
        RECORDER.look(site, frame, slots, origin)


def write_again(site: Site, operands: "List[Any]") -> bool:
    """Writes the record of a site where each visit was a use, without its frame; False where the form does not fit."""
    form: "Any" = site.form
    try:
        record = form(site, operands, site.count)
    except Exception as error:
        if is_foreign(error):
            raise
        return False
    if not record:
        return False
    RECORDER.last_place = site.place[1]
    RECORDER.output.write(record)
    return True


def stands_alone(site: Site, frame: types.FrameType, slots: "Any", origin: int) -> bool:
    """Is the slot beside the callable of a call NULL?"""
    return STACK.is_null(frame, slots, origin + site.first + NULL_ABOVE_CALLABLE)  # type: ignore[no-any-return]


def safely(frame: types.FrameType, doing: str, action: "Callable[..., None]", *args: "Any") -> None:
    """Does what a hook has to do beside looking at an instruction; an error of it does not reach the program."""
    try:
        action(*args)
    except RecursionError:
        RECORDER.overflows += 1
        RECORDER.overflowed_in = frame.f_code
        ENGINE.reference = None
        if OVERFLOW_IS_KEPT:
            STACK.forgive_overflow()
    except BaseException as error:
        if is_foreign(error):
            raise
        RECORDER.failed(error, doing)


class Engine:
    """What the engines have in common."""

    # Does it get events of all instructions of a frame, or of none?
    whole_frames = False

    def __init__(self, max_visits: int):
        self.max_visits = max_visits
        self.limited = 0
        self.stopped = False
        # Held while it is found out or changed what is looked at in a code object: another thread may want more of it.
        self.making = RLock()

    def start(self) -> None:
        """Begins to record."""

    def settle(self, plan: "Plan") -> None:
        """Prepares the sites of a code object."""

    def repeat(self, site: Site) -> None:
        """Makes the next visits cheaper of a site where each one was a use, and that has a form for its record."""

    def watch_again(self, plan: "Plan") -> None:
        """Gets control at instructions of a code object where it was left away before."""

    def look_on(self, plan: "Plan") -> None:
        """The same in the frame that is looked at, where another thread has seen to the code object just now."""

    def share(self, name: str) -> None:
        """Before the program has another tool get events, by the function of that name."""

    def stop(self) -> None:
        """Ends recording."""


def pass_foreign(doing: str) -> None:
    """Raises on an exception that is not the recorder's own, as from a signal handler; a NULL that was read is none."""
    error = exc_info()[1]
    if error is not None and is_foreign(error):
        raise error
    if error is not None and type(error) is not ValueError:
        RECORDER.failed(error, doing)


def shown_place(place: str) -> str:
    """The file and the line in the keys of a place."""
    start = place.find('"file": ')
    return "of " + place[start:].partition(', "column"')[0] if start >= 0 else "none"


def hide(function: "Any") -> None:
    """Has a function that runs in the midst of the program lie in no file: coverage tools would report this one."""
    if type(function) is FunctionType:
        function.__code__ = hidden(function.__code__)


def hidden(code: types.CodeType) -> types.CodeType:
    """The same code, with all that is in it, in no file."""
    constants = [hidden(x) if type(x) is types.CodeType else x for x in code.co_consts]
    return code.replace(co_filename="<record_api>", co_consts=tuple(constants))


def without_opcode_events() -> None:
    """Turns opcode events off in all frames of this thread.

    3.12 calls the trace function that is gone in such frames, as long as another thread has one. (legacy_tracing.c)
    """
    frame: "Optional[types.FrameType]" = current_frame()
    while frame is not None:
        frame.f_trace_opcodes = False
        frame = frame.f_back


def leave_tracing() -> None:
    """Before a trace function is taken away, by the program or as an exception leaves it."""
    if VERSION == (3, 12):
        without_opcode_events()


def thread_of(frame: "Optional[types.FrameType]") -> "Any":
    """The `threading.Thread` that runs a frame, EMPTY for none."""
    while frame is not None:
        if frame.f_code.co_name == "_bootstrap_inner" and dict.get(frame.f_globals, "__name__") == "threading":
            return receiver(frame)
        frame = frame.f_back
    return EMPTY


class Takeover(Builtin):
    """`sys.settrace` or one of its kind, called by the program. Never a use; but another function gets the events."""

    always = noted = True

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        if "setprofile" in self.name:
            ENGINE.share("sys." + self.name)
        elif isinstance(ENGINE, SettraceEngine) and call.args:
            function = call.args[0]
            taken = not is_own_tracer(function)
            if current_thread() == ENGINE.main_thread:
                ENGINE.taken = taken
                # The recorder's own dies by this, not by an exception; and comes back by the next.
                ENGINE.reference = None if taken else ENGINE.mourners(function)
            warning = (
                "the program replaced the trace function by sys.%s: "
                "what came after is missing until it put the recorder's back" % self.name
            )
            if taken:
                ENGINE.forgo_lines()
                if function is not None:
                    ENGINE.hand_over()
                leave_tracing()
                STARTED.pop(id(thread_of(frame_looked_at())), None)
                RECORDER.warn(warning)
        return None


class ToolTaken(Builtin):
    """`sys.monitoring.use_tool_id`, called by the program. Never a use; but another tool is to get events, too."""

    always = noted = True

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        ENGINE.share("sys.monitoring.use_tool_id")
        return None


def note_tools() -> None:
    """Has the engine told before the program takes a tool id of `sys.monitoring`."""
    monitoring: "Any" = getattr(sys, "monitoring")  # noqa: B009
    BUILTINS[id(monitoring.use_tool_id)] = ToolTaken("use_tool_id", bool, "")
    NOTED.add("use_tool_id")


class ThreadStart(Builtin):
    """A function of `_thread` that starts a thread. Never a use; with `settrace`, only `threading` has it traced.

    Nor is it where the program has given `threading` a trace function of its own.
    """

    always = noted = True

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        function = call.args[0] if call.args else None
        warning = "a thread that _thread.%s started is not recorded with settrace" % self.name
        if type(function) is MethodType and type(function.__func__) is FunctionType:
            module = function.__func__.__globals__
            if dict.get(module, "__name__") == "threading":
                if watch(function.__self__):
                    STARTED[id(function.__self__)] = RECORDER.counts(frame_looked_at(), under_uses=True)
                found = dict.get(module, "_trace_hook")
                if not isinstance(ENGINE, SettraceEngine) or is_own_tracer(found):
                    return None
                warning = (
                    "the program replaced the trace function by threading.settrace: "
                    "threads are missing that it started until it put the recorder's back"
                )
                if found is not None:
                    ENGINE.forgo_lines()
        if isinstance(ENGINE, SettraceEngine):
            RECORDER.warn(warning)
        return None


# From 3.13 on there is a second one, for threads that can be waited for.
THREAD_STARTS = {
    name: getattr(_thread, name) for name in ("start_new_thread", "start_joinable_thread") if hasattr(_thread, name)
}


def is_own_tracer(x: "Any") -> bool:
    """Is this a trace function of the recorder's, the global one or that of a frame?"""
    return type(x) is MethodType and type(x.__func__) is FunctionType and x.__func__.__globals__ is OWN_GLOBALS


class Bereaved(ReferenceBase):
    """A weak reference with CPython's function that its callback is to call: no bytecode runs in between."""

    add_pending_call: "Any" = None


class Resumption:
    """An object whose truth CPython asks for when the main thread is to be traced again."""

    def __init__(self, engine: "SettraceEngine"):
        self.engine = engine

    def __bool__(self) -> bool:
        """False, which tells CPython that all is well; an exception of it is raised in the program."""
        self.engine.resume(current_frame().f_back)
        return False


class SettraceEngine(Engine):
    """Gets control at every instruction by `sys.settrace` and `f_trace_opcodes`."""

    whole_frames = True

    def __init__(self, max_visits: int):
        super().__init__(max_visits)
        import threading

        self.threading = threading
        # Did the program set another trace function?
        self.taken = False
        self.reference: "Any" = None
        self.resumption = Resumption(self)
        self.add_pending_calls: "Any" = None
        self.main_thread = current_thread()
        self.plans: "Dict[int, Plan]" = RECORDER.plans
        # What has sites start lines, until the program sets a trace function of its own.
        self.lines = LineTables() if SITES_START_LINES else None

    def start(self) -> None:
        """Begins to trace this thread and all that `threading` starts."""
        if VERSION == (3, 12):
            current_frame().f_trace_opcodes = True
        self.threading.settrace(self.call)
        for name in ("settrace", "setprofile", "_settraceallthreads", "_setprofileallthreads"):
            if hasattr(sys, name):
                BUILTINS[id(getattr(sys, name))] = Takeover(name, bool, "")
                NOTED.add(name)
        if HAS_MONITORING:
            note_tools()
        if len(current_frames()) > 1:
            RECORDER.warnings.append("threads that were there before the recording are not recorded with settrace")
        self.set_trace()

    def set_trace(self) -> None:
        """Sets a trace function that only CPython holds: when that is taken away it dies, and pending calls are added.

        CPython takes the trace function away when an exception leaves it. It must have done so before another is set,
        so what is called for the dead function runs no bytecode. Pending calls run in the main thread, as signal
        handlers do. These are functions of CPython's own: the first one called has an exception raised that is set
        already (up to 3.11 an opcode event goes on with that of a line event before it); the second asks for the truth
        of `Resumption`, and what that raises is raised in the program. (Include/ceval.h: Py_AddPendingCall)
        """
        function = self.call
        self.reference = self.mourners(function)
        settrace(function)

    def mourners(self, function: "Any") -> "List[Bereaved]":
        """What adds the pending calls when the trace function dies."""
        if self.add_pending_calls is None:
            from _operator import methodcaller

            hide(Resumption.__bool__)
            hide(SettraceEngine.resume)
            interpreter = STACK.interpreter
            Bereaved.add_pending_call = interpreter.Py_AddPendingCall
            self.add_pending_calls = [
                methodcaller("add_pending_call", interpreter.PyObject_IsTrue, STACK.object(self.resumption)),
                methodcaller("add_pending_call", interpreter.PyErr_ExceptionMatches, STACK.object(BaseException)),
            ]
        return [Bereaved(function, add) for add in self.add_pending_calls]

    def resume(self, frame: "Optional[types.FrameType]") -> None:
        """Sets the trace function again that CPython took away, in the main thread and all of its frames."""
        if self.stopped or self.taken or gettrace() is not None:
            return
        try:
            self.warn_of_moment()
            self.trace_frames(frame)
            self.set_trace()
        except BaseException:
            # From one more signal.
            self.add_pending_calls[0](Bereaved)
            raise

    def trace_frames(self, frame: "Optional[types.FrameType]") -> None:
        """Gives the frames that run already their local trace functions back."""
        while frame is not None:
            plan = RECORDER.plans.get(id(frame.f_code))
            if plan is not None:
                # What its variables were set to in the meantime is not known.
                RECORDER.look_at_all(plan)
            if plan is not None and plan.tracer is not None and not (frame.f_trace and frame.f_trace_opcodes):
                self.trace_again(frame, plan)
            frame = frame.f_back

    def warn_of_moment(self) -> None:
        """Tells of an exception from a signal handler, or at the recursion limit."""
        warning = "an exception from a signal handler, or at the recursion limit, took the trace function away "
        warning += "for a moment, the last record was "
        if len(RECORDER.warnings) < 20:
            RECORDER.warn(warning + shown_place(RECORDER.last_place))

    def stop(self) -> None:
        """Ends tracing."""
        self.stopped = True
        self.reference = None
        self.restore_lines()
        found = gettrace()
        if not is_own_tracer(found) and not self.taken:
            RECORDER.warnings.append(
                "the trace function was taken away, by an exception in it or at the recursion limit: "
                "what came after in that thread is missing, the last record is " + shown_place(RECORDER.last_place)
            )
        if is_own_tracer(found):
            settrace(None)
        self.threading.settrace(None)

    def call(self, frame: types.FrameType, event: str, arg: "Any") -> "Any":
        """The global trace function: at the start of a frame, chooses the local one."""
        try:
            try:
                plan = self.plans[id(frame.f_code)]
            except KeyError:
                plan = RECORDER.plan(frame.f_code, frame.f_globals)
            if plan.doors and RECORDER.is_left_out(plan, frame):
                return None
            if plan.params and (found := plan.concerned(frame)):
                RECORDER.look_at(plan, found)
            # Most often it is the module itself that enters.
            if plan.entry and (
                plan.entry == ASK_FIRST or (back := frame.f_back) is not None and id(back.f_code) not in WITHIN
            ):
                safely(frame, "an entry through C", enter, frame)
            if plan.keeps_cells:
                frame.f_locals  # noqa: B018
            if not plan.watched:
                if not plan.lets_go:
                    return None
                frame.f_trace_lines = False
                return bring_up_to_date
            if plan.tracer is None:
                self.make_tracer(plan)
            tracer = frame.f_trace
            if type(tracer) is not MethodType or tracer.__func__ is not plan.tracer:
                tracer = MethodType(plan.tracer, VIEWS.get(id(frame)) or new_view(frame))
            if TRACE_BEFORE_OPCODES:
                frame.f_trace = tracer
            frame.f_trace_lines = plan.by_lines or plan.busy is not None
            frame.f_trace_opcodes = not plan.by_lines
            return tracer
        except RecursionError:
            RECORDER.overflows += 1
            RECORDER.overflowed_in = frame.f_code
            ENGINE.reference = None
            if OVERFLOW_IS_KEPT:
                STACK.forgive_overflow()
        except BaseException as error:
            if is_foreign(error):
                leave_tracing()
                raise
            RECORDER.failed(error, "the start of a frame")
        return None

    def make_tracer(self, plan: "Plan") -> None:
        """Makes the local trace function of a code object once, of what is watched in it by then."""
        with self.making:
            if plan.tracer is None:
                plan.tracer = self.tracer(plan)

    def tracer(self, plan: "Plan") -> "Any":
        """The local trace function for the frames of one code object; each binds it to the view of its stack.

        With a limit of visits, events are sent all through the frames until a site has reached it.
        """
        if not self.max_visits or len(plan.watched) < len(plan.sites):
            plan.busy = busy_offsets(plan.code, plan.watched) if LINE_EVENTS_TELL and plan.has_loops else None
            self.find_ends(plan)
        plan.by_lines = self.lines is not None
        if self.lines is not None:
            self.lines.start_at(plan.code, plan.watched)
        return self.new_tracer(plan, "line" if plan.by_lines else "opcode")

    def new_tracer(self, plan: "Plan", wanted: str) -> "Any":
        """A local trace function that looks at sites when events of this kind come there."""
        trace = new_tracer(plan.watched, plan.busy, plan.ends, wanted)
        if self.max_visits:
            trace = limited(trace, plan, self, wanted)
        return keeping_cells(trace, plan.watched) if plan.keeps_cells else trace

    def find_ends(self, plan: "Plan") -> None:
        """Finds the sites after which events are not needed, in the set that the trace function has."""
        plan.ends.clear()
        plan.ends.update(last_sites(plan.code, plan.watched, plan.has_loops, plan.busy))

    def leave(self, plan: "Plan", site: Site) -> None:
        """Looks no more at a site that has reached the limit of visits; gets control only where others are left."""
        with self.making:
            if plan.watched.pop(site.offset, None) is None:
                return
            site.opened = ALWAYS_OPEN
            self.limited += 1
            if plan.watched:
                plan.tracer = None
                self.watch_again(plan)
                return
        for frame in self.frames_of(plan):
            frame.f_trace_opcodes = frame.f_trace_lines = False

    def frames_of(self, plan: "Plan") -> "List[types.FrameType]":
        """The frames of a code object that run already; none where another trace function gets the events."""
        if self.taken or self.stopped:
            return []
        return [frame for frame in running_frames(self.may_send) if frame.f_code is plan.code]

    def may_send(self, thread: int, top: "Optional[types.FrameType]") -> bool:
        """May opcode events be turned on in another thread's frames? Not on 3.12 where it has no trace function.

        3.12 calls that function whatever it is, as long as another thread has one. (Python/legacy_tracing.c)
        """
        return VERSION != (3, 12) or thread == self.main_thread or id(thread_of(top)) in STARTED

    def watch_again(self, plan: "Plan") -> None:
        """Gets control in lines and in frames, too, where there was nothing to look at before.

        Not anew in frames of other threads that are traced by lines, or about to be: they may run on meanwhile. What
        they hold was looked at where they set it, and where they will set more, a line starts already.
        """
        with self.making:
            if plan.tracer is None:
                self.make_tracer(plan)
            else:
                if plan.busy is not None:
                    busy = busy_offsets(plan.code, plan.watched)
                    plan.busy.update(range(0, len(plan.code.co_code), 2) if busy is None else busy)
                self.find_ends(plan)
                if self.lines is not None:
                    self.lines.start_at(plan.code, plan.watched)
        own = set(map(id, frames_from(current_frame())))
        for frame in self.frames_of(plan):
            is_started = frame.f_lasti >= 0 and not is_own_tracer(frame.f_trace)
            if not plan.by_lines or is_started or id(frame) in own:
                self.trace_again(frame, plan)

    def look_on(self, plan: "Plan") -> None:
        # This was its last site, by what was known before.
        frame = frame_looked_at()
        if frame.f_code is plan.code:
            self.trace_again(frame, plan)

    def trace_again(self, frame: types.FrameType, plan: "Plan") -> None:
        """Has events sent from a frame that runs already; by opcodes, as it goes on with the line that it knows."""
        tracer = after(frame.f_lasti, self.new_tracer(plan, "opcode")) if plan.by_lines else plan.tracer
        frame.f_trace = MethodType(tracer, VIEWS.get(id(frame)) or new_view(frame))
        frame.f_trace_lines = plan.busy is not None
        frame.f_trace_opcodes = True

    def share(self, name: str) -> None:
        if HAS_MONITORING:
            warning = "the program called %s: code that had run before sends no more opcode events after it"
            RECORDER.warn(warning % name)

    def forgo_lines(self) -> None:
        """Before another trace function gets the events: lines start where the program's own do."""
        if not self.restore_lines():
            return
        for plan in list(self.plans.values()):
            if plan.by_lines:
                plan.by_lines, plan.tracer = False, None
        for frame in running_frames():
            known = self.plans.get(id(frame.f_code))
            if known is not None and known.watched and is_own_tracer(frame.f_trace):
                self.make_tracer(known)
                self.trace_again(frame, known)

    def hand_over(self) -> None:
        """Before another trace function gets the events: it gets those of lines from frames that are there already."""
        running = list(running_frames())
        going_on = {id(frame) for frame in running if is_own_tracer(frame.f_trace)}
        for frame in (*running, *suspended_frames()):
            if id(frame) in going_on:
                continue
            # The recorder sets both on 3.10 and 3.11 only; else it was the program. (3.13: Lib/bdb.py, set_trace)
            if LINE_EVENTS_TELL or not frame.f_trace_lines:
                frame.f_trace_lines, frame.f_trace_opcodes = True, False

    def restore_lines(self) -> bool:
        """Gives all code objects their own line tables back; False where they have them."""
        with self.making:
            lines, self.lines = self.lines, None
            if lines is not None:
                lines.restore()
        return lines is not None


class LineTables:
    """The line tables of code objects, changed so that a line starts at each site (3.8, 3.9).

    A table that goes back by one line and on again starts a line there, and tells the same line for each instruction.
    The field of the code object is set in its place; the code object owns what is in it.
    """

    def __init__(self) -> None:
        from ctypes import c_size_t, py_object, pythonapi

        self.word, self.object = c_size_t, py_object
        self.hold, self.drop = pythonapi.Py_IncRef, pythonapi.Py_DecRef
        self.originals: "Dict[int, Tuple[types.CodeType, bytes]]" = {}
        own = LineTables.start_at.__code__
        words = range(0, types.CodeType.__basicsize__, WORD)
        found = [at for at in words if c_size_t.from_address(id(own) + at).value == id(own.co_lnotab)]
        if len(found) != 1:
            raise SettingError("record_api: expected the line table in a code object, found it %d times" % len(found))
        self.at = found[0]

    def start_at(self, code: types.CodeType, sites: "Iterable[int]") -> None:
        """Has a line start at each of these offsets, too."""
        before = code.co_lnotab
        _, original = self.originals.setdefault(id(code), (code, before))
        self.put(code, line_table(original, sites))
        if before is not original:
            self.drop(self.object(before))

    def put(self, code: types.CodeType, table: bytes) -> None:
        """Sets the table of a code object."""
        self.hold(self.object(table))
        self.word.from_address(id(code) + self.at).value = id(table)

    def restore(self) -> None:
        """Gives all code objects their own tables back."""
        for code, original in self.originals.values():
            table = code.co_lnotab
            self.put(code, original)
            self.drop(self.object(original))
            self.drop(self.object(table))
        self.originals.clear()


def line_table(original: bytes, sites: "Iterable[int]") -> bytes:
    """A line table with more starts of lines, at `sites`. (Objects/lnotab_notes.txt)"""
    steps: "Dict[int, bytes]" = {}
    offset = 0
    for index in range(0, len(original), 2):
        offset += original[index]
        if original[index + 1]:
            steps[offset] = steps.get(offset, b"") + original[index + 1 : index + 2]
    for site in sites:
        steps.setdefault(site, b"\xff\x01")
    table = bytearray()
    before = 0
    for offset in sorted(steps):
        distance = offset - before
        table += b"\xff\0" * (distance // 255)
        distance %= 255
        for step in steps[offset]:
            table += bytes((distance, step))
            distance = 0
        before = offset
    return bytes(table)


def busy_offsets(code: types.CodeType, sites: "Dict[int, Site]") -> "Optional[Set[int]]":
    """The offsets from which the flow can come to a site before the next line event; None where lines do not tell.

    With line events it is asked at each of these whether opcode events are to be sent; so a loop whose lines hold no
    sites costs an event a line, not one an instruction.
    """
    lines = lines_of(code)
    # A jump back is told.
    last = last_of_lines(lines, sites)
    if None in last:
        return None
    return {unit * 2 for unit, line in enumerate(lines) if last.get(line, -1) >= unit * 2}


def last_sites(
    code: types.CodeType, sites: "Dict[int, Site]", has_loops: bool, busy: "Optional[Set[int]]"
) -> "Iterable[int]":
    """The sites after which the flow comes to none: in the frame, or with `busy` before the next line event."""
    if busy is not None:
        return last_of_lines(lines_of(code), sites).values()
    if has_loops or not (LINE_EVENTS_TELL or SITES_START_LINES):
        return ()
    last = max(sites)
    # What a variable held at the last event stays alive with the frame, or until it sends another one.
    if WRITES_LOCALS_BACK and (code.co_flags & CODE_SUSPENDS or lets_go(code.co_code[::2], last // 2)):
        return ()
    # On 3.8 the body of a `finally` is a subroutine; on 3.11 handlers may lie before what they guard.
    if CALLS_BACK and any(op in CALLS_BACK for op in code.co_code[::2]):
        return ()
    table = exception_table(code) if EXCEPTION_TABLE else ()
    return () if any(target <= last < end for _, end, target, _, _ in table) else (last,)


def lets_go(ops: bytes, last: int = 0) -> bool:
    """Is a local variable deleted or set to a constant, in these instructions from the `last` on?

    So does `except E as error` at its end, and what is written to break a cycle of an exception and its frame. Where an
    exception has had a name, other values may break such a cycle, too.
    """
    after = ops[last:]
    if any(op in ops for op in DELETES_VARIABLE):
        return any(op in after for op in DELETES_VARIABLE | STORES_VARIABLE)
    return any(some in after for some in STORES_CONSTANT)


def last_of_lines(lines: "List[Any]", sites: "Dict[int, Site]") -> "Dict[Any, int]":
    """For each line the last of its sites."""
    last: "Dict[Any, int]" = {}
    for offset in sites:
        line = lines[offset >> 1]
        last[line] = max(last.get(line, -1), offset)
    return last


def lines_of(code: types.CodeType) -> "List[Any]":
    """For each code unit its line, None where it has none."""
    lines: "List[Any]" = [0] * (len(code.co_code) // 2)
    for start, end, number in code.co_lines():  # type: ignore[attr-defined, unused-ignore]
        lines[start // 2 : end // 2] = [number] * ((end - start) // 2)
    return lines


LINE_EVENT = sys.intern("line")


def new_tracer(sites: "Dict[int, Site]", busy: "Optional[Set[int]]", ends: "Set[int]", wanted: str) -> "Any":
    """A local trace function for the frames of one code object, that looks at sites at the events `wanted`.

    `busy` is for those where line events tell which opcode events are wanted.

    At the sites of `ends` it turns the events off: in the frame, or those of opcodes up to the next line event.
    """

    def trace(slots: "Any", frame: types.FrameType, event: str, arg: "Any") -> None:
        if (offset := frame.f_lasti) not in sites or event != wanted:
            if event is LINE_EVENT and busy is not None:
                frame.f_trace_opcodes = offset in busy
            return
        try:
            site = sites[offset]
        except KeyError:
            # Another thread has just taken it out.
            return
        try:
            if offset in ends:
                if busy is None:
                    frame.f_trace = None
                else:
                    frame.f_trace_opcodes = False
            no_use = False
            try:
                # What was a use the last time most likely is one again.
                if site.by_types:
                    if (
                        (kind := type(slots[site.at])) is site.plain
                        or site.dying() is kind
                        or quiet(site, slots[site.at])
                    ):
                        second = site.second_at
                        no_use = (
                            not second
                            or (kind := type(slots[second])) is site.plain
                            or site.dying() is kind
                            or quiet(site, slots[second])
                        )
                elif not site.used:
                    at = site.callee_at
                    # Does a method lie below its receiver, as it did the last time?
                    bound = at is None and not NULL_ABOVE_CALLABLE and not site.was_null
                    if bound:
                        at = site.at
                    if at is None:
                        no_use = (
                            site.finds_functions
                            and type(callee := slots[site.at + 1]) is FunctionType
                            and callee.__module__ is site.known_module
                        ) or quiet_call(site, frame, slots, site.origin)
                    else:
                        callee = slots[at]
                        at += 1 if bound else ABOVE_CALLABLE
                        decides = callee is site.known
                        if decides or type(callee) is FunctionType and callee.__module__ is site.known_module:
                            no_use = not (bound or decides)
                            if not no_use:
                                kind = type(slots[at])
                                no_use = (
                                    kind is site.plain
                                    or site.dying() is kind
                                    or quiet_type(site, kind)
                                    or (not decides and kind_has_own(site, callee, kind))
                                )
                        elif callee is site.class_test:
                            classinfo = slots[site.origin - 1]
                            no_use = id(classinfo) in DULL_OBJECTS or quiet_classinfo(classinfo)
                        else:
                            # A class can be the receiver of a function that lies below.
                            no_use = quiet_callee(site, slots, site.origin, callee, at, bound) and (
                                not TAKES_METHODS_APART
                                or bound
                                or type(callee) is BuiltinType
                                or STACK.is_null(frame, slots, at - 2)
                            )
            except ValueError:
                # A NULL, where there was a method the last time.
                if site.is_call:
                    site.was_null = True
            if not no_use:
                visit(site, frame, slots, site.origin)
            elif site.opened:
                close_at(site, frame)
        except RecursionError:
            RECORDER.overflows += 1
            RECORDER.overflowed_in = frame.f_code
            ENGINE.reference = None
            if OVERFLOW_IS_KEPT:
                STACK.forgive_overflow()
        except BaseException as error:
            if is_foreign(error):
                leave_tracing()
                raise
            RECORDER.failed(error, site.opname)

    return trace


def bring_up_to_date(frame: types.FrameType, event: str, arg: "Any") -> None:
    """A local trace function that looks at nothing; what CPython holds for `f_locals` is renewed for it."""
    frame.f_locals  # noqa: B018


def new_view(frame: types.FrameType) -> "Any":
    """A view of the stack of a frame at this address, kept for all frames that will be there."""
    return kept_view(VIEWS, frame, STACK.slots(frame))


def kept_view(views: "Dict[int, Any]", frame: types.FrameType, view: "Any") -> "Any":
    """The same view, kept by the frame's address."""
    if len(views) > 50000:
        views.clear()
    views[id(frame)] = view
    return view


def quiet(site: Site, operand: "Any") -> bool:
    """Is this operand known not to concern the traced module, by its type or itself?"""
    skip = site.skip
    kind = type(operand)
    if id(kind) in skip:
        return site.dying is not NO_TYPE or remember(site, kind)
    if skip is KNOWN_ALONE:
        return quiet_classinfo(operand)
    if skip is NOTHING or skip is NUMBERS:
        return False
    if site.finds(operand) if site.finds is not None else id(operand) in DULL_OBJECTS:
        return True
    return site.accesses is not None and known_access(site, operand) is NO_RECORD


def quiet_type(found: "Any", kind: type) -> bool:
    """Can no object of this type concern the traced module? Kept in `found`, a site or a plan."""
    return id(kind) in DULL_DEEP and (found.dying is not NO_TYPE or remember(found, kind))


def quiet_call(site: "Any", frame: types.FrameType, slots: "Any", origin: int) -> bool:
    """Is this call known not to be a use?"""
    at = origin + site.first
    bound = False
    if site.callee_at is not None:
        at = site.callee_at
    elif site.has_two_slots:
        # Is a receiver there, not NULL? To read a NULL costs more than to ask first, so what was last is tried first.
        if not site.was_null:
            try:
                if slots[at + NULL_ABOVE_CALLABLE] is not EMPTY:
                    return quiet_callee(site, slots, origin, slots[at], at + 1, True)
            except ValueError:
                pass
        bound = not STACK.is_null(frame, slots, at + NULL_ABOVE_CALLABLE)
        site.was_null = not bound
        at += 0 if bound or NULL_ABOVE_CALLABLE else 1
    elif site.opname == "CALL_FUNCTION_EX":
        return quiet_stars(site, frame, slots, origin)
    first = at + (1 if bound or not site.has_two_slots else ABOVE_CALLABLE)
    return quiet_callee(site, slots, origin, slots[at], first, bound)


def quiet_callee(site: "Any", slots: "Any", origin: int, callee: "Any", first: int, bound: bool) -> bool:
    """The same for a known callable; `first` is the slot of its receiver, where `bound`, or of the first argument."""
    kind = type(callee)
    if kind is FunctionType:
        return quiet_function(site, callee) and (not bound or quiet_receiver(site, callee, type(slots[first])))
    if kind is MethodDescriptor and bound and id(callee) in PLAIN_METHODS:
        return quiet_first(site, callee, slots[first])
    builtin = BUILTINS.get(id(callee))
    if builtin is not None:
        if builtin.is_class_test and site.arg == 2 and site.opname in SIMPLE_CALLS and not bound:
            site.class_test = callee
            return quiet_classinfo(slots[origin - 1])
        if builtin.is_plain and (site.has_one_argument or builtin.first_decides) and site.arg:
            return quiet_first(site, callee, slots[first]) or id(slots[first]) in DULL_OBJECTS
        return not bound and quiet_builtin(site, slots, origin, builtin)
    if kind is type and id(callee) in DULL_OBJECTS:
        return True
    return quiet_callable(site, callee, slots[first] if first < origin else None)


def quiet_function(site: "Any", function: types.FunctionType) -> bool:
    """Is this function none of the traced module? The site keeps the name of its module, and the first one itself."""
    module = function.__module__
    if type(module) is str:
        if TRACED[module]:
            return False
        site.known_module = module
    know(site, function, lasts=not function.__code__.co_flags & CODE_NESTED)
    return True


def quiet_receiver(site: "Any", function: types.FunctionType, kind: type) -> bool:
    """Is a function, none of the traced module, known to be no method that this type has from there?"""
    return quiet_type(site, kind) or kind_has_own(site, function, kind)


def kind_has_own(site: "Any", function: types.FunctionType, kind: type) -> bool:
    """Has a user's subclass this method itself, as a call of it has shown?"""
    known, fetched = METHODS.get(id(kind)), site.fetched
    if known is None or fetched is None or fetched.reached is not NO_NAMES:
        return False
    return known.get((id(function), fetched.name), EMPTY) is None


def know(site: "Any", callee: "Any", lasts: bool = True) -> None:
    """Has a site keep the first function or class that is called there, if it `lasts`, to know it again."""
    if site.known_callee() is callee:
        return
    is_first = site.known_callee is NO_TYPE and lasts
    site.known_callee = WATCHED[id(callee)] if is_first and site.can_know() and watch(callee) else OTHER_TYPES


def quiet_first(site: "Any", callee: "Any", first: "Any") -> bool:
    """Does the first argument of a builtin, or of a method of a builtin type, decide that a call is no use?"""
    if not quiet_type(site, type(first)):
        return False
    if site.can_know():
        site.known = callee
    return True


def quiet_callable(site: Site, callee: "Any", first: "Any") -> bool:
    """Is a call of `callee`, no Python function and none of the table of builtins, known not to be a use?

    `first` is its first argument, or the receiver where it was fetched as a method.
    """
    kind = type(callee)
    fetched = site.fetched
    if kind is MethodType:
        function, receiver = callee.__func__, callee.__self__
        if type(function) is not FunctionType or is_traced_function(function):
            return False
        return id(type(receiver)) in DULL_DEEP or id(receiver) in DULL_OBJECTS
    if is_builtin(kind) or kind is types.MethodWrapperType:
        module = callee.__module__ if kind is not types.MethodWrapperType else None
        if type(module) is str:
            return not TRACED[module]
        receiver = callee.__self__
        if receiver is None or type(receiver) is ModuleType:
            return kind is types.MethodWrapperType or not is_traced_in_c(callee)
        return id(type(receiver)) in DULL_DEEP or id(receiver) in DULL_OBJECTS
    if is_descriptor(kind):
        owner = callee.__objclass__
        if kind is MethodDescriptor and type_flags(owner) & (HEAP_TYPE | IMMUTABLE_TYPE) != HEAP_TYPE:
            # Of a type that nobody changes: known again by it and the receiver's type.
            return dull(owner, deep=True) and quiet_first(site, callee, first)
        return id(type(first)) in DULL_DEEP and dull(owner, deep=True)
    if id(callee) in DULL_OBJECTS:
        return fetched is None or id(type(first)) in DULL_DEEP or is_class(callee)
    versions = OWN_CLASSES.get(id(callee))
    if versions is not None:
        return are_current(versions, callee)
    if kind is partial and id(kind) in DULL_TYPES and own_attribute(callee, "__module__") is None:
        return quiet_partial(site, callee, first)
    return (fetched is None or id(type(first)) in DULL_DEEP) and quiet_object(callee, kind)


def quiet_partial(site: Site, callee: "Any", first: "Any") -> bool:
    """The same for a `functools.partial` itself, whose class is of no interest."""
    function, args = callee.func, callee.args
    if type(function) is FunctionType:
        return not is_traced_function(function)
    row = BUILTINS.get(id(function))
    if row is None and not is_descriptor(type(function)):
        return quiet_callable(site, function, None)
    # The operands are those that are frozen in it, and what it is called with.
    if row is None or not row.is_plain or site.opname not in SIMPLE_CALLS or site.arg > 1 or callee.keywords:
        return False
    return all(id(type(x)) in DULL_DEEP for x in (*args, first if site.arg else None))


def quiet_object(callee: "Any", kind: type) -> bool:
    """Is a callable object that can't be watched known not to be of the traced module?"""
    if id(kind) in DULL_CALLABLES:
        return True
    exported_as = DULL_EXPORTS.get(id(callee))
    if exported_as is not None:
        return module_item(*exported_as) is callee
    if id(callee) not in UNEXPORTED or id(kind) not in DULL_TYPES or not is_ufunc(kind):
        return False
    return own_attribute(callee, "__module__") is None and not any(ufunc_name(callee))


def quiet_stars(site: Site, frame: types.FrameType, slots: "Any", origin: int) -> bool:
    """Are the starred arguments of a call builtin containers already? And is its callable a plain function?"""
    has_mapping = HAS_MAPPING[site.arg & 1]
    if id(type(slots[origin - 2 if has_mapping else origin - 1])) not in KNOWN_ITERABLES:
        return False
    if has_mapping and not STACK.is_null(frame, slots, origin - 1) and type(slots[origin - 1]) is not dict:
        return False
    callee = slots[origin + site.first]
    kind = type(callee)
    if kind is FunctionType:
        return not is_traced_function(callee)
    return id(callee) not in BUILTINS and not is_descriptor(kind) and quiet_callable(site, callee, None)


def quiet_builtin(site: Site, slots: "Any", origin: int, builtin: "Builtin") -> bool:
    """Do all arguments of a builtin of 4.6 not concern the traced module?"""
    if site.opname not in SIMPLE_CALLS:
        if site.opname != "CALL_KW":
            return False
        origin -= 1
    first = origin - site.arg
    if not builtin.is_plain:
        changes = builtin.changes and not TRACED.builtins and site.arg > 1
        return changes and quiet_change(slots[first], slots[first + 1])
    known = DULL_DEEP if builtin.deep else DULL_TYPES
    for operand in slots[first:origin]:
        if id(type(operand)) not in known and id(operand) not in DULL_OBJECTS:
            return False
    return True


def quiet_change(x: "Any", name: "Any") -> bool:
    """Does `setattr` or `delattr` of this attribute change an object of no interest, and nothing known of classes?"""
    known = id(type(x)) in DULL_DEEP or type(x) is ModuleType and id(x) in DULL_OBJECTS
    return known and type(name) is str and name not in CLASS_SETTINGS


def quiet_classinfo(x: "Any") -> bool:
    """Is this a class, or a tuple or a union of classes, known not to concern the traced module?"""
    members = x
    if type(x) is not tuple:
        if id(x) in DULL_OBJECTS or id(x) in BELOW:
            return True
        members = union_members(x)
        if members is None:
            return False
    # A loop, as a generator's frame costs more than it looks at.
    for one in members:  # noqa: SIM110
        if id(one) not in DULL_OBJECTS and id(one) not in BELOW:
            return False
    return True


# The slot of the first argument, from that of a callable that no receiver lies beside.
ABOVE_CALLABLE = 2 if NULL_ABOVE_CALLABLE else 1


def after(offset: int, trace: "Any") -> "Any":
    """The same from the next event on; at `offset` no other kind of event counts than the one that came there last."""

    def first(slots: "Any", frame: types.FrameType, event: str, arg: "Any") -> None:
        frame.f_trace = MethodType(trace, slots)
        trace(slots, frame, event if frame.f_lasti != offset else "", arg)

    return first


def limited(trace: "Any", plan: "Plan", engine: SettraceEngine, wanted: str) -> "Any":
    """The same, looking at each site at most `engine.max_visits` times."""
    limit, sites = engine.max_visits, plan.watched

    def counting(slots: "Any", frame: types.FrameType, event: str, arg: "Any") -> None:
        site = sites.get(frame.f_lasti) if event == wanted else None
        if site is not None:
            site.visits += 1
            if site.visits > limit:
                safely(frame, "leaving a place", engine.leave, plan, site)
                return
        trace(slots, frame, event, arg)

    return counting


def keeping_cells(trace: "Any", sites: "Dict[int, Site]") -> "Any":
    """The same for code with closure variables (3.8 to 3.10).

    After the trace function CPython writes the frame's locals back, as they were before it. Reading `f_locals` last
    brings them up to date, so that what another thread wrote meanwhile is not undone.
    """

    def traced(slots: "Any", frame: types.FrameType, event: str, arg: "Any") -> None:
        if frame.f_lasti in sites or event == "line":
            trace(slots, frame, event, arg)
        frame.f_locals  # noqa: B018

    return traced


# What the two hooks of `sys.monitoring` look at at each event, as globals: local variables and those from around cost
# more there. By offset, the site that the last event came from: to find it by its code object's id costs more, too.
LAST_INSTRUCTIONS: "List[Site]" = []
LAST_CALLS: "List[Any]" = []
# Sites at offsets from here on are looked up each time.
MOST_OFFSETS = 100000
# See NearStack.
NEAR_TOP: "Any" = None
NEAR_LOW: "Any" = None
NEAR_FIRST = 0
NEAR_ENDS: "Any" = None
NEAR_SIZE = NEAR_CALL_SIZE = 0
NEAR_THREAD: "Any" = None


def on_instruction(code: types.CodeType, offset: int) -> "Any":
    """An INSTRUCTION event: what is no use again, by the types of its operands, is left here."""
    try:
        site = LAST_INSTRUCTIONS[offset]
    except IndexError:
        site = NO_SITE
    try:
        if site.code is not code and (site := site.beside).code is not code:
            site = ENGINE.find(code, offset, is_call=False)
        if (
            (near := site.near) is not None
            and NEAR_THREAD._is_owned()
            and (NEAR_LOW[0] is not NEAR_FIRST or NEAR_ENDS[1] - NEAR_ENDS[0] != NEAR_SIZE)
        ):
            kind = type(NEAR_TOP[near])
            if kind is site.plain or site.dying() is kind or quiet(site, NEAR_TOP[near]):
                if site.second_near is None:
                    return None
                kind = type(NEAR_TOP[site.second_near])
                if kind is site.plain or site.dying() is kind or quiet(site, NEAR_TOP[site.second_near]):
                    return None
    except RecursionError:
        # There is no room below either.
        pass
    except BaseException:
        pass_foreign("an operand")
    try:
        if (
            (again := site.again) is not None
            and NEAR_THREAD._is_owned()
            and (NEAR_LOW[0] is not NEAR_FIRST or NEAR_ENDS[1] - NEAR_ENDS[0] != NEAR_SIZE)
            and write_again(site, NEAR_TOP[again])
        ):
            return None
        return ENGINE.instruction(site, code, offset)
    except RecursionError:
        RECORDER.overflows += 1
        RECORDER.overflowed_in = code


def on_call(code: types.CodeType, offset: int, callee: "Any", first: "Any") -> "Any":
    """A CALL event: what was no use, with the same type of argument, is none again."""
    try:
        site = LAST_CALLS[offset]
    except IndexError:
        site = NO_SITE
    try:
        if site.code is not code and (site := site.beside).code is not code:
            site = ENGINE.find(code, offset, is_call=True)
        if callee is site.known or site.known_callee() is callee:
            kind = type(first)
            if kind is site.plain or site.dying() is kind:
                return None
        elif (
            callee is site.class_test
            and (near := site.near) is not None
            and NEAR_THREAD._is_owned()
            and NEAR_ENDS[1] - NEAR_ENDS[0] != NEAR_CALL_SIZE
            and (id(NEAR_TOP[near]) in DULL_OBJECTS or quiet_classinfo(NEAR_TOP[near]))
        ):
            return None
        return ENGINE.called(site, code, offset, callee, first)
    except RecursionError:
        RECORDER.overflows += 1
        RECORDER.overflowed_in = code


# The tool id of `sys.monitoring` for optimizers, of which there are none; see `MonitoringEngine.watch`.
SECOND_TOOL = 5


class MonitoringEngine(Engine):
    """Gets control by `sys.monitoring`: events of code objects that hold sites, switched off at all other places."""

    def __init__(self, max_visits: int):
        super().__init__(max_visits)
        self.monitoring: "Any" = getattr(sys, "monitoring")  # noqa: B009
        self.events = self.monitoring.events
        self.tool = -1
        self.lost = False
        # Was there another tool, ever? The standard profiler wants no LINE events, see `share`.
        self.shared = any(self.monitoring.get_tool(tool) not in (None, "cProfile") for tool in range(SECOND_TOOL + 1))
        self.near: "Optional[NearStack]" = None
        # How many frames the one of an event lies below `instruction` and `called`.
        self.level = 2

    def start(self) -> None:
        """Takes a free tool id, one that no well-known tool has, and listens for the start of every code object."""
        for tool in (4, 3, 5, 1, 2, 0):
            if self.monitoring.get_tool(tool) is None:
                break
        else:
            raise SettingError("PYTHON_API_ENGINE: expected a free tool id of sys.monitoring, got none")
        self.tool = tool
        events = self.events
        self.monitoring.use_tool_id(tool, "record_api")
        if self.monitoring.get_tool(SECOND_TOOL) is None:
            self.monitoring.use_tool_id(SECOND_TOOL, "record_api")
        instruction: "Any" = on_instruction
        called: "Any" = on_call
        if self.max_visits:
            self.level = 3
            instruction, called = self.limits(instruction), self.limits(called)
        elif FRAMES_ARE_NEAR:
            self.look_near()
        self.monitoring.register_callback(tool, events.PY_START, self.code_starts)
        self.monitoring.register_callback(tool, events.INSTRUCTION, instruction)
        self.monitoring.register_callback(tool, events.CALL, called)
        note_tools()
        self.monitoring.set_events(tool, events.PY_START)

    def look_near(self) -> None:
        """Has operands read where the frames lie, if this interpreter has them there."""
        global NEAR_TOP, NEAR_LOW, NEAR_FIRST, NEAR_ENDS, NEAR_SIZE, NEAR_CALL_SIZE, NEAR_THREAD
        try:
            self.near = near = NearStack(STACK, on_instruction.__code__)
        except LookupError:
            return
        NEAR_TOP, NEAR_THREAD = near.top, near.thread
        NEAR_LOW, NEAR_FIRST, NEAR_ENDS, NEAR_SIZE = near.low, near.first, near.ends, near.size
        NEAR_CALL_SIZE = first_frame_end(on_call.__code__)

    def stop(self) -> None:
        """Gives the tool ids back."""
        self.stopped = True
        owner = self.monitoring.get_tool(self.tool)
        if owner is None:
            self.monitoring.use_tool_id(self.tool, "record_api")
        if owner != "record_api" or not self.monitoring.get_events(self.tool) & self.events.PY_START:
            self.lose(current_frame())
        if owner not in (None, "record_api"):
            return
        self.monitoring.set_events(self.tool, 0)
        for event in (self.events.PY_START, self.events.INSTRUCTION, self.events.CALL):
            self.monitoring.register_callback(self.tool, event, None)
        self.monitoring.free_tool_id(self.tool)
        if self.has_second_tool():
            self.monitoring.free_tool_id(SECOND_TOOL)

    def lose(self, frame: types.FrameType) -> None:
        """The program gave the recorder's tool id away."""
        warning = "the program took the monitoring tool id: what came after is missing, the last record is "
        if not self.lost:
            self.lost = True
            RECORDER.warnings.append(warning + shown_place(RECORDER.last_place))

    def code_starts(self, code: types.CodeType, offset: int) -> "Any":
        """At the start of a code object: decides once what is to be watched in it."""
        frame = current_frame(1)
        plan = RECORDER.plans.get(id(code))
        if plan is None:
            try:
                plan = RECORDER.plan(code, frame.f_globals)
            except RecursionError:
                RECORDER.overflows += 1
                RECORDER.overflowed_in = code
                return None
        if not plan.started:
            # Also where another thread has made the plan just now, and is not yet here.
            if self.monitoring.get_tool(self.tool) != "record_api":
                if not self.stopped:
                    self.lose(frame)
                return self.monitoring.DISABLE
            if plan.sites and not plan.doors:
                self.watch(plan)
            plan.started = True
        if plan.entry:
            # Most often it is the module itself that enters.
            back = frame.f_back
            if plan.entry == ASK_FIRST or back is not None and id(back.f_code) not in WITHIN:
                safely(frame, "an entry through C", enter, frame)
            return None
        if plan.doors:
            safely(frame, "looking at arguments", self.open_doors, plan, frame)
            if plan.doors:
                return None
        if plan.params:
            self.look_at_arguments(plan, frame)
        return None if plan.params else self.monitoring.DISABLE

    def open_doors(self, plan: "Plan", frame: types.FrameType) -> None:
        """At the start of a frame that may be left out: an argument that is not plain has its code watched for good."""
        if not RECORDER.is_left_out(plan, frame):
            plan.doors = []
            self.watch(plan)

    def look_at_arguments(self, plan: "Plan", frame: types.FrameType) -> None:
        """At the start of a frame: an argument that concerns the traced module is looked at from now on."""
        try:
            found = plan.concerned(frame)
            if found:
                RECORDER.look_at(plan, found)
        except RecursionError:
            RECORDER.look_at_all(plan)
        except BaseException as error:
            if is_foreign(error):
                raise
            RECORDER.failed(error, "looking at arguments")
            RECORDER.look_at_all(plan)

    def settle(self, plan: "Plan") -> None:
        for site in plan.every_site():
            site.code = plan.code
        if self.near is not None and not plan.code.co_flags & CODE_SUSPENDS:
            self.near.settle(plan)

    def repeat(self, site: Site) -> None:
        if self.near is None or site.code is None or site.is_call or site.nulls:
            return
        with self.making:
            if site.opened == ONLY_USES and site.mark is None:
                self.near.repeat(site, site.code)

    def watch(self, plan: "Plan") -> None:
        """Has events sent from a code object, also from where they were switched off.

        They are taken away and set in one call of C code: between two, another thread could run without them.

        Meanwhile a second tool wants an event, too: with two, CPython keeps for each instruction which tools want its
        events. It would forget the first one if it began to do so later, as for `sys.setprofile`. (3.12, 3.13:
        Python/instrumentation.c, update_instrumentation_data)
        """
        events = self.events.INSTRUCTION
        if any(site.has_event for site in plan.sites.values()):
            events |= self.events.CALL
        if self.shared:
            events |= self.events.LINE
        code = plan.code
        steps = [(self.tool, code, 0), (self.tool, code, events)]
        if self.has_second_tool():
            steps = [steps[0], (SECOND_TOOL, code, self.events.PY_START), steps[1], (SECOND_TOOL, code, 0)]
        try:
            any(starmap(self.monitoring.set_local_events, steps))
        except ValueError:
            # A tool id was given back just now, at the end or by the program: `stop` sees to that.
            pass

    def share(self, name: str) -> None:
        """Before another tool gets events: watched code is to send those of LINE here, too, where nothing is called.

        As soon as no tool wants them any more at an instruction, as each has switched them off there, CPython runs the
        instruction without its INSTRUCTION event. (3.12 to 3.14: Python/instrumentation.c, de_instrument_line)
        """
        if not self.shared:
            self.shared = True
            for plan in list(RECORDER.plans.values()):
                if plan.started and plan.sites and not plan.doors:
                    self.watch(plan)

    def has_second_tool(self) -> bool:
        """Is there one more tool id, which the program did not take?"""
        return self.tool != SECOND_TOOL and self.monitoring.get_tool(SECOND_TOOL) == "record_api"

    def watch_again(self, plan: "Plan") -> None:
        """Has events sent from where they were switched off."""
        for last in (LAST_INSTRUCTIONS, LAST_CALLS):
            last[:] = [NO_SITE] * len(last)
        if not self.stopped and self.monitoring.get_tool(self.tool) == "record_api":
            self.watch(plan)

    def instruction(self, site: Site, code: types.CodeType, offset: int) -> "Any":
        """Looks at the operands of an instruction; `site` may be another code object's."""
        if site.code is not code:
            site = self.find(code, offset, is_call=False)
            if site is NO_SITE:
                return self.monitoring.DISABLE
        try:
            frame = current_frame(self.level)
            slots = VIEWS.get(id(frame)) or new_view(frame)
            # What was a use the last time most likely is one again.
            if site.used or not self.is_quiet(site, frame, slots):
                visit(site, frame, slots, site.origin)
            elif site.opened:
                close_at(site, frame)
        except BaseException as error:
            if is_foreign(error):
                raise
            RECORDER.failed(error, site.opname)
        return None

    def find(self, code: types.CodeType, offset: int, is_call: bool) -> "Any":
        """The site of a code object that an event comes from, NO_SITE for none; kept as the last at its offset."""
        plan = RECORDER.plans.get(id(code))
        table = {} if plan is None else plan.calls if is_call else plan.instructions
        last = LAST_CALLS if is_call else LAST_INSTRUCTIONS
        site = table.get(offset, NO_SITE)
        if site is not NO_SITE and offset < MOST_OFFSETS:
            if offset >= len(last):
                last.extend([NO_SITE] * (offset + 1 - len(last)))
            site.beside = last[offset]
            last[offset] = site
        return site

    def is_quiet(self, site: Site, frame: types.FrameType, slots: "Any") -> bool:
        """Are the operands known not to concern the traced module?"""
        try:
            kind = type(slots[site.at])
            if kind is site.plain or site.dying() is kind or quiet(site, slots[site.at]):
                second = site.second_at
                return (
                    not second
                    or (kind := type(slots[second])) is site.plain
                    or site.dying() is kind
                    or quiet(site, slots[second])
                )
            return site.is_call and quiet_call(site, frame, slots, site.origin)
        except ValueError:
            pass_foreign("an operand")
            return False

    def called(self, site: "Any", code: types.CodeType, offset: int, callee: "Any", first: "Any") -> "Any":
        """Looks at a call; `site` may be another code object's."""
        if site.code is not code:
            site = self.find(code, offset, is_call=True)
            if site is NO_SITE:
                return self.monitoring.DISABLE
        try:
            is_quiet = not site.used and self.is_quiet_call(site, callee, first)
            if is_quiet and not site.opened:
                return None
            frame = current_frame(self.level)
            slots = VIEWS.get(id(frame)) or new_view(frame)
            if is_quiet or is_quiet is None and self.is_quiet_with(site, frame, slots, callee):
                if site.opened:
                    close_at(site, frame)
            else:
                visit(site, frame, slots, site.origin)
        except BaseException as error:
            if is_foreign(error):
                raise
            RECORDER.failed(error, site.opname)
        return None

    def is_quiet_call(self, site: "Any", callee: "Any", first: "Any") -> "Optional[bool]":
        """Is a call known not to be a use, by what its event hands over? None where the stack must be asked."""
        kind = type(callee)
        if kind is FunctionType:
            if callee.__module__ is not site.known_module and not quiet_function(site, callee):
                return False
            is_alone = site.fetched is None and not NULL_ABOVE_CALLABLE
            return quiet_receiver(site, callee, type(first)) or is_alone or None
        if callee is site.known:
            return quiet_type(site, type(first)) or None
        if kind is MethodDescriptor and id(callee) in PLAIN_METHODS:
            return quiet_first(site, callee, first)
        row = BUILTINS.get(id(callee))
        if row is None:
            if id(callee) not in DULL_OBJECTS or kind is not type and site.fetched is not None:
                return quiet_callable(site, callee, first)
            if is_class(callee) and quiet_type(site, type(first)):
                know(site, callee)
            return True
        if row.is_plain and (site.has_one_argument or row.first_decides):
            if quiet_first(site, callee, first) or id(first) in DULL_OBJECTS:
                return True
            return None if id(type(first)) not in TOUCHED else False
        if row.is_class_test and site.arg == 2 and site.opname == "CALL":
            self.expect_class_test(site, callee)
        return None

    def is_quiet_with(self, site: "Any", frame: types.FrameType, slots: "Any", callee: "Any") -> bool:
        """The same by all operands."""
        row = BUILTINS.get(id(callee))
        if row is not None and not row.is_class_test and not CALL_EXPANDS_METHODS:
            return quiet_builtin(site, slots, site.origin, row)
        return quiet_call(site, frame, slots, site.origin)

    def expect_class_test(self, site: "Any", callee: "Any") -> None:
        """Has the class that a builtin tests for read where it lies, if this call was no use up to now."""
        if self.near is not None and not site.opened and not site.code.co_flags & CODE_SUSPENDS:
            site.near = site.origin - 1 - distance_to_end(site.code, on_call.__code__)
            site.class_test = callee

    def limits(self, hook: "Any") -> "Any":
        """The same callback, switched off at an instruction that it has seen `max_visits` times."""
        plans, limit, disable = RECORDER.plans, self.max_visits, self.monitoring.DISABLE

        def counting(code: types.CodeType, offset: int, *args: "Any") -> "Any":
            plan = plans.get(id(code))
            site = plan.sites.get(offset) if plan is not None else None
            if site is None or site.has_event == (not args):
                return disable
            site.visits += 1
            if site.visits > limit:
                # Once, though the program may have events begun anew.
                self.limited += site.opened != ALWAYS_OPEN
                site.opened = ALWAYS_OPEN
                return disable
            return hook(code, offset, *args)

        return counting


# 10 Children --------------------------------------------------------------------------------------------------------

# What children find in their environment: where the recorder is, and what it needs beside the settings.
CHILD_VARIABLE = "PYTHON_API_CHILD"

# Runs first in each child that inherits PYTHONPATH, whatever Python that is; then the user's own, if there is one.
SITECUSTOMIZE = """\
import os, sys
def start():
    settings = os.environ.get("PYTHON_API_CHILD", "").split("\\n")
    own = [path for path in sys.path if path == settings[0]]
    name = sys.implementation.name if hasattr(sys, "implementation") else ""
    interpreter = name, sys.hexversion, "free-threading" in sys.version
    try:
        if own and settings[-1] == "%s %x %s" % interpreter:
            import _record_api_child
            del sys.modules["_record_api_child"]
            _record_api_child.start_child()
        elif own:
            told = "a child process was not recorded: it runs Python %d.%d" % sys.version_info[:2]
            note = '\\n{"processes": 1, "records": 0, "dropped": 0, "errors": 0, "limited": 0, "untold": 0, '
            with open(settings[1], "a") as file:
                file.write(note + '"places": [], "warnings": ["%s"]}\\n' % told)
    except EnvironmentError:
        pass
    finally:
        for path in own:
            sys.path.remove(path)
        sys.path_importer_cache.pop(settings[0], None)
start()
ours = sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize
except ImportError:
    if "sitecustomize" not in str(sys.exc_info()[1]):
        raise
    sys.modules["sitecustomize"] = ours
"""


# The program that runs this process.
THIS_PYTHON = os.path.realpath(sys.executable or "")


class Children:
    """Sees to it that the program's child processes are recorded into the same file.

    Forked ones go on recording. Python programs that are started find, first on their PYTHONPATH, an archive with a
    `sitecustomize` and this recorder. Where there are memory files (Linux), it is one, so that nothing is ever left
    behind; else it lies in a temporary folder that is removed at the end.
    """

    def __init__(self, wanted: bool):
        self.wanted = wanted
        self.is_child = False
        self.archive = ""
        self.notes = ""
        self.folder = ""
        self.descriptors: "List[int]" = []
        # What this child has left notes of.
        self.told = NOTHING_TOLD
        self.told_places: "Set[int]" = set()

    def start(self, code: types.CodeType, settings: Settings) -> None:
        """Prepares the environment that children inherit; `code` is this module's."""
        if not hasattr(os, "fork") or sys.platform == "emscripten":
            return
        self.see_to_forks()
        if not self.wanted:
            return
        files = {"sitecustomize.py": SITECUSTOMIZE.encode("ascii"), "_record_api_child.pyc": pyc(code)}
        try:
            self.archive = self.keep("archive", stored_archive(files))
            self.notes = self.keep("notes", b"")
        except OSError as error:
            RECORDER.warnings.append("child processes are not recorded: %s" % error)
            return
        os.environ["PYTHON_API_OUTPUT_FILE"] = RECORDER.output.lasting_path()
        self.tell_main_name()
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = self.archive + (os.pathsep + before if before else "")

    def tell_main_name(self) -> None:
        """Has children know the real name of the module that runs as `__main__`."""
        if self.archive:
            interpreter = sys.implementation.name, sys.hexversion, "free-threading" in sys.version
            known = (self.archive, self.notes, RECORDER.folder, MAIN_NAME, "%s %x %s" % interpreter)
            os.environ[CHILD_VARIABLE] = "\n".join(known)

    def keep(self, name: str, data: bytes) -> str:
        """Makes a file that children can open; returns its path."""
        try:
            descriptor = high_descriptor(os.memfd_create("record_api " + name))
            path = "/proc/%d/fd/%d" % (os.getpid(), descriptor)
            os.stat(path)
            self.descriptors.append(descriptor)
        except (AttributeError, OSError):
            if not self.folder:
                name_of_one = "record_api_" + os.urandom(8).hex()
                self.folder = os.path.join(os.environ.get("TMPDIR", "/tmp"), name_of_one)
                os.mkdir(self.folder, 0o700)
            path = os.path.join(self.folder, name)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            self.descriptors.append(descriptor)
        os.write(descriptor, data)
        return path

    def see_to_forks(self) -> None:
        """Has functions called at each fork, with all that they call hidden."""
        for owner in (Output, HeldOutput, Children):
            for function in list(vars(owner).values()):
                hide(function)
        for function in (lock, unlock, release, high_descriptor, report):
            hide(function)
        os.register_at_fork(before=self.before_fork, after_in_child=self.after_fork)

    def is_there(self, path: str) -> bool:
        """Does a path still lead to what was kept? The program may have closed it, and opened a file in its place."""
        try:
            return os.readlink(path).startswith("/memfd:record_api ") if path.startswith("/proc/") else path != ""
        except OSError:
            return False

    def before_fork(self) -> None:
        """What is held back is written by the one that holds it."""
        if not self.is_stopped():
            RECORDER.output.flush()
            RECORDER.output.share()

    def after_fork(self) -> None:
        """A forked child records on, with counts and a file of its own; or not at all."""
        if self.is_stopped():
            return
        self.is_child = True
        self.told, self.told_places = NOTHING_TOLD, set()
        RECORDER.output.announce = self.announce
        RECORDER.output.forked()
        ENGINE.making = RLock()
        RECORDER.errors = ENGINE.limited = 0
        RECORDER.warnings = []
        RECORDER.children = []
        if not self.wanted:
            ENGINE.stop()
            return
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            # Its children end by `os._exit`, after their own finalizers.
            module_dict(util)["register_after_fork"](RECORDER, finish_at_end)

    def is_stopped(self) -> bool:
        """Is the recording over?"""
        return ENGINE is None or ENGINE.stopped

    def hand_over(self, recorded: bool, program: str) -> None:
        """Before another program takes this process over, by `exec`: that one goes on, or the recording ends here."""
        if self.is_child:
            self.tell()
        elif recorded and self.is_there(self.notes) and not self.folder and os.path.realpath(program) == THIS_PYTHON:
            for descriptor in (*self.descriptors, *[RECORDER.output.descriptor] * (not RECORDER.output.is_file)):
                os.set_inheritable(descriptor, True)
            self.tell()
        else:
            if recorded:
                RECORDER.warn("the Python that took the process over was not recorded")
            self.collect()
            report(RECORDER.summary())

    def take_over(self, archive: str, notes: str) -> None:
        """In a process that another one started, or was before."""
        self.archive, self.notes = archive, notes
        self.is_child = not notes.startswith("/proc/%d/fd/" % os.getpid())
        if self.is_child:
            RECORDER.output.announce = self.announce
        else:
            self.descriptors = [int(os.path.basename(path)) for path in (archive, notes)]
            for descriptor in self.descriptors:
                os.set_inheritable(descriptor, False)

    def announce(self) -> None:
        """Leaves the root process a note that there will be more than this child has told."""
        RECORDER.output.announce = None
        self.leave_note(dict(self.told, processes=1, untold=1))

    def tell(self) -> None:
        """Leaves the root process a note of what this child recorded since its last one."""
        output = RECORDER.output
        if self.is_child:
            output.announce = self.announce
        known = {"processes": 1, "records": output.total(), "dropped": output.dropped, "errors": RECORDER.errors}
        self.leave_note(dict(known, limited=ENGINE.limited, untold=0))

    def leave_note(self, known: "Dict[str, int]") -> None:
        """Leaves the root process a note of how these numbers differ from what it knows, and of places and warnings."""
        if known == self.told or not self.is_there(self.notes):
            return
        note = ['"%s": %d' % (name, number - self.told[name]) for name, number in known.items()]
        places = sorted(RECORDER.places - self.told_places)
        warnings = [RECORDER.first_error] * bool(RECORDER.errors) + RECORDER.warnings
        note += ['"places": %s' % places, '"warnings": [%s]' % ", ".join(map(quote, warnings))]
        self.told = known
        self.told_places.update(places)
        try:
            descriptor = os.open(self.notes, os.O_WRONLY | os.O_APPEND)
            # Not joined to one that a killed child left cut.
            os.write(descriptor, ("\n{%s}\n" % ", ".join(note)).encode("ascii"))
            os.close(descriptor)
        except OSError:
            pass

    def collect(self) -> None:
        """Reads the notes that children left, and takes away what was made for them."""
        if self.is_there(self.notes):
            try:
                with open(self.notes, encoding="utf-8") as file:
                    RECORDER.children = whole_notes(file.read())
            except OSError:
                pass
        if self.folder:
            try:
                for name in os.listdir(self.folder):
                    os.unlink(os.path.join(self.folder, name))
                os.rmdir(self.folder)
            except OSError:
                pass


# Reads JSON from an index of a text on; not by `json`, as the program may have a module of that name.
JSON: "Any" = make_scanner(
    types.SimpleNamespace(  # type: ignore[arg-type]
        strict=True, object_hook=None, object_pairs_hook=None, parse_float=float, parse_int=int, parse_constant=None
    )
)


def whole_notes(text: str) -> "List[Dict[str, Any]]":
    """The notes that children left, one a line, without one that is cut: that child is known by the one before."""
    return [JSON(note, 0)[0] for note in text.splitlines() if note.startswith("{") and note.endswith("]}")]


# The numbers that a child tells. Is it `untold`, has it written more than it told? What ends it then leaves them wrong.
NOTHING_TOLD = {"processes": 0, "records": 0, "dropped": 0, "errors": 0, "limited": 0, "untold": 0}


def finish_at_end(recorder: "Any") -> None:
    """In a child of `multiprocessing` that was forked: has the recording ended by its last finalizer."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        module_dict(util)["Finalize"](None, finish, exitpriority=-1000)


def pyc(code: types.CodeType) -> bytes:
    """A code object as the contents of a `.pyc` file that is not checked against its source. (PEP 552)"""
    import marshal

    return MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(code)


def stored_archive(files: "Dict[str, bytes]") -> bytes:
    """A zip archive of files that are not compressed. (APPNOTE.TXT of the format, 4.3)"""
    body, directory = b"", b""
    for name, data in files.items():
        number = crc32(data).to_bytes(4, "little")
        size = len(data).to_bytes(4, "little")
        common = b"\x14\0\0\0\0\0\0\0\x21\0" + number + size + size + len(name).to_bytes(2, "little") + b"\0\0"
        offset = len(body).to_bytes(4, "little")
        directory += b"PK\x01\x02\x14\0" + common + bytes(10) + offset + name.encode("ascii")
        body += b"PK\x03\x04" + common + name.encode("ascii") + data
    count = len(files).to_bytes(2, "little")
    end = b"PK\x05\x06\0\0\0\0" + count + count + len(directory).to_bytes(4, "little")
    return body + directory + end + len(body).to_bytes(4, "little") + b"\0\0"


def start_child() -> None:
    """Starts the recording in a child process, from its `sitecustomize`; its own start-up goes on whatever happens."""
    try:
        archive, notes, *folders, main_name, _ = os.environ[CHILD_VARIABLE].split("\n")
        # What a child runs is its own; the script that its parent runs may lie elsewhere now, or be gone.
        settings = Settings(dict(os.environ, PYTHON_API_RUN_MODULE="__main__"))
        prepare(settings)
        CHILDREN.take_over(archive, notes)
        if not SAFE_PATH:
            is_script = sys.argv[0] not in ("", "-c", "-m")
            give_way(os.path.dirname(os.path.realpath(sys.argv[0])) if is_script else current_folder())
        RECORDER.folder = "\n".join(folders)
        RECORDER.parent_main = main_name
        RECORDER.seeks_main = True
        RECORDER.output.share()
        CHILDREN.see_to_forks()
        start()
    except (SettingError, OSError) as error:
        report("a child process is not recorded: %s" % error)


class Spawn(Builtin):
    """A function that starts or ends a process. Never a use; but the user is told of what will not be recorded."""

    always = noted = True

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        if self.name in ENDS_PROCESS:
            RECORDER.output.flush()
            if CHILDREN.is_child and self.name in ("abort", "kill"):
                CHILDREN.tell()
            if self.name.startswith("exec") and len(call.args) > 1 and is_program(call.args[0]):
                environment = call.args[2] if len(call.args) > 2 else None
                words = command_line(call.args[1], call.args[0])
                recorded = CHILDREN.wanted and self.judge(words, environment)
                CHILDREN.hand_over(recorded, word_text(call.args[0]) or words[0])
            if self.name == "_exit":
                finish()
        elif CHILDREN.wanted and self.name in SPAWNS and len(call.args) > max(SPAWNS[self.name]):
            RECORDER.output.share()
            words, program, environment = [call.args[at] for at in SPAWNS[self.name]]
            self.judge(command_line(words, program), environment)
        elif self.name in CLOSES:
            RECORDER.output.checked = RECORDER.output.sure = 0.0
        elif CHILDREN.wanted and self.name == "system" and call.args:
            RECORDER.output.share()
            self.judge(word_text(call.args[0]).split() or [""], None)
        return None

    def judge(self, words: "List[str]", environment: "Any") -> bool:
        """Will a program that is started with these arguments record itself? For Pythons the user is told why not."""
        if len(words) == 3 and words[1] == "-c" and os.path.basename(words[0]).endswith("sh"):
            words = words[2].split() or [""]
        if not os.path.basename(words[0]).startswith("python"):
            return False
        cause = ""
        option = cutting_option(words)
        if option:
            cause = "it was started with " + option
        else:
            variables = os.environ if environment is None else environment
            if not holds(variables, CHILD_VARIABLE, CHILDREN.archive):
                cause = "its environment was replaced"
            elif not holds(variables, "PYTHONPATH", CHILDREN.archive):
                cause = "its PYTHONPATH was replaced"
            elif not CHILDREN.is_there(CHILDREN.archive):
                cause = "the program closed what it needs"
        warning = "a child process was not recorded: " + cause
        if cause:
            RECORDER.warn(warning)
        return not cause


class Answer(Builtin):
    """`os.write`, by which `multiprocessing` sends. Never a use; but a child that has answered may be ended at once."""

    always = noted = True

    def __call__(self, call: Call) -> "Optional[List[Use]]":
        module = dict.get(frame_looked_at().f_globals, "__name__")
        if CHILDREN.is_child and module == "multiprocessing.connection" and not CHILDREN.is_stopped():
            RECORDER.output.flush()
            CHILDREN.tell()
        return None


def is_program(path: "Any") -> bool:
    """Can this be a file that can be run? `os.execvp` tries names in all folders of PATH."""
    text = word_text(path)
    return not text or os.path.isfile(text) and os.access(text, os.X_OK)


def word_text(word: "Any") -> str:
    """A word of a command line; nothing where only running code could tell, as for a `pathlib.Path` not yet shown."""
    if type(word) is bytes:
        return os.fsdecode(word)
    return str.__str__(word) if issubclass(type(word), str) else own_attribute(word, "_str") or ""


def word_texts(words: "Any") -> "List[str]":
    """The words in a list or tuple; none in what is neither."""
    kind: "Any" = next((kind for kind in (list, tuple) if issubclass(type(words), kind)), None)
    return [word_text(word) for word in kind.__iter__(words)] if kind is not None else []


def command_line(words: "Any", program: "Any") -> "List[str]":
    """The words with which a program is started; a path where it may lie for the first one, where that has no text."""
    texts = word_texts(words)
    first = [text for text in (*texts[:1], word_text(program), *word_texts(program)) if text]
    return [first[0] if first else "", *texts[1:]]


def cutting_option(words: "List[str]") -> str:
    """The option on a Python's command line that keeps it from being recorded: `-I`, `-E` or `-S`."""
    index = 1
    while index < len(words) and words[index].startswith("-") and len(words[index]) > 1:
        for position, letter in enumerate(words[index][1:]):
            if letter in "IES":
                return words[index]
            if letter in "cm":
                return ""
            if letter in "WX":
                index += position + 2 == len(words[index])
                break
        index += 1
    return ""


def holds(environment: "Any", name: str, path: str) -> bool:
    """Does a variable of an environment, a mapping or the list that fork_exec takes, hold this path?"""
    key, data = name.encode("ascii"), os.fsencode(path)
    if type(environment) is list:
        return any(type(item) is bytes and item.startswith(key + b"=") and data in item for item in environment)
    if environment is os.environ:
        return path in os.environ.get(name, "")
    if type(environment) is not dict:
        return True
    value = environment.get(name, environment.get(key, ""))
    return type(value) is str and path in value or type(value) is bytes and data in value


# Functions that start a process, and at which positions they take the words, the program and the environment.
SPAWNS = {"fork_exec": (0, 1, 5), "posix_spawn": (1, 0, 2), "posix_spawnp": (1, 0, 2)}
# Functions after which a descriptor may be another file's.
CLOSES = ("close", "closerange", "dup2")
ENDS_PROCESS = ("_exit", "abort", "execv", "execve", "kill")


def process_functions() -> "Dict[int, Builtin]":
    """The functions that start or end a process, by id, where this system has them."""
    import posix

    names = [name for name in (*ENDS_PROCESS, *SPAWNS, *CLOSES, "system") if hasattr(posix, name)]
    rows: "Dict[int, Builtin]" = {id(getattr(posix, name)): Spawn(name, bool, "") for name in names}
    rows[id(posix.write)] = Answer("write", bool, "")
    NOTED.update((*ENDS_PROCESS, *SPAWNS, "system"))
    try:
        import _posixsubprocess

        rows[id(_posixsubprocess.fork_exec)] = Spawn("fork_exec", bool, "")
    except ImportError:
        pass
    return rows


CHILDREN: "Any" = None


# 11 main ------------------------------------------------------------------------------------------------------------


def prepare(settings: Settings) -> None:
    """Sets up all that the recording needs, and proves that the stack is where it should be."""
    global STACK, RECORDER, ENGINE, CHILDREN, MAX_LENGTH
    STACK = Stack()
    TRACED.roots = settings.trace_module
    TRACED.clear()
    TRACED.within_numpy = any(root.startswith("numpy.") for root in settings.trace_module)
    TRACED.builtins = any(TRACED[name] for name in ("builtins", "math", "_operator"))
    MAX_LENGTH = settings.max_length
    reset_types()
    PLAIN_TYPES.update({id(kind): kind for kind in PLAIN})
    self_check()
    BUILTINS.update(every_builtin())
    for name, function in THREAD_STARTS.items():
        BUILTINS[id(function)] = ThreadStart(name, bool, "")
        NOTED.add(name)
    if os.name == "posix":
        BUILTINS.update(process_functions())
    if not TRACED.builtins:
        methods = (x for kind in PLAIN for x in type_dict(kind).values() if type(x) is MethodDescriptor)
        PLAIN_METHODS.update({id(method) for method in methods}.difference(BUILTINS))
    held = settings.count or settings.output_file.endswith(".gz")
    output = HeldOutput(settings.output_file, settings.count) if held else Output(settings.output_file)
    RECORDER = Recorder(output, settings.from_modules)
    ENGINE = {"settrace": SettraceEngine, "monitoring": MonitoringEngine}[settings.engine](settings.max_visits)
    traces_standard = any(RECORDER.is_standard(root, None) for root in settings.trace_module)
    RECORDER.leaves_out = not settings.max_visits and not traces_standard
    CHILDREN = Children(settings.children)


def self_check() -> None:
    """Reads the operands of a known function and compares; raises SettingError where they are not what was passed."""
    things, key = [object(), object()], 1
    expected = [[things, key], [self_check_call, key, things[key]]]
    found: "List[List[Any]]" = []
    sites: "Dict[int, Site]" = {}

    def trace(frame: types.FrameType, event: str, arg: "Any") -> "Any":
        if frame.f_code is not self_check_code.__code__:
            return None
        if event == "call":
            if STACK.code_address(frame) == id(frame.f_code):
                sites.update(Decoder(frame.f_code).decode())
            frame.f_trace = trace
            frame.f_trace_opcodes = True
        elif event == "opcode" and frame.f_lasti in sites:
            site = sites[frame.f_lasti]
            operands = STACK.read(frame, STACK.slots(frame), site.origin, site.count, site.nulls)
            found.append([x for x in operands if x is not EMPTY])
        return trace

    before = gettrace()
    current_frame().f_trace_opcodes = True
    settrace(trace)
    self_check_code(self_check_call, things, key)
    settrace(before)
    alike = len(found) == len(expected) and all(
        len(a) == len(b) and all(x is y for x, y in zip(a, b)) for a, b in zip(found, expected)
    )
    if not alike or not self_check_version():
        raise SettingError(
            "record_api: expected the value stack of CPython 3.8 to 3.14, got another layout in CPython %d.%d" % VERSION
        )


class Checked:
    """The class that the self-check changes."""

    attribute = 0


def self_check_version() -> bool:
    """Does a change of a class change the number of its version, which it gets as an attribute is looked up?"""
    Checked().attribute  # noqa: B018
    known = Accesses(Checked)
    had_version = known.is_current(Checked)
    Checked.attribute = 1
    return had_version and not known.is_current(Checked)


def self_check_code(f: "Any", things: "Any", key: "Any") -> None:
    """The known function: one item, one call."""
    f(key, things[key])


def self_check_call(*args: "Any") -> None:
    """What the known function calls."""


def give_way(folder: str) -> None:
    """Has the program find its own modules in the folder that leads its `sys.path`, not the recorder's of that name."""
    try:
        beside = {name.partition(".")[0] for name in os.listdir(folder)}
    except OSError:
        return
    for name in beside.intersection(sys.modules).difference(IMPORTED_BEFORE):
        known = getattr(sys.modules[name].__spec__, "origin", None)
        # None for a namespace package: the standard library's module comes before such.
        found = getattr(PathFinder.find_spec(name, [folder]), "origin", None)
        if found is not None and known not in (found, "built-in", "frozen"):
            for module in [module for module in sys.modules if (module + ".").startswith(name + ".")]:
                del sys.modules[module]


class Program:
    """The program to record: a module, run as `python -m` does, or a script."""

    def __init__(self, name: str):
        """Sets `sys.path` as the program will find it; raises SettingError where there is no such module."""
        self.name = name
        self.is_script = name.endswith(".py")
        if not self.is_script:
            # Before the recording starts: what `runpy` imports is no part of the program.
            import runpy
            from importlib.util import find_spec

            self.runpy: "Any" = runpy
        if not SAFE_PATH:
            first = os.path.dirname(os.path.realpath(name)) if self.is_script else current_folder()
            sys.path[:0] = [first] * bool(first)
            give_way(first)
        if not self.is_script:
            try:
                found = find_spec(name.partition(".")[0])
            except (ImportError, ValueError):
                found = None
            if found is None:
                raise SettingError("PYTHON_API_RUN_MODULE: expected a module to run, got %r" % name)

    def load(self) -> "Tuple[types.CodeType, Dict[str, Any]]":
        """The program's code and the first contents of its `__main__`; raises SettingError where there is none."""
        global MAIN_NAME
        if self.is_script:
            shown = os.path.join(current_folder(), self.name) if SCRIPT_PATH_IS_ABSOLUTE else self.name
            sys.argv[0] = self.name
            with open(self.name, "rb") as file:
                code = compile(file.read(), shown, "exec", dont_inherit=True)
            loader = SourceFileLoader("__main__", shown)
            return code, {"__file__": shown, "__cached__": None, "__loader__": loader, "__spec__": None}
        sys.argv[0] = "-m"
        try:
            _, spec, code = self.runpy._get_module_details(self.name, self.runpy._Error)
        except self.runpy._Error as error:
            raise SettingError(
                "PYTHON_API_RUN_MODULE: expected a module to run, got %r (%s)" % (self.name, error)
            ) from None
        MAIN_NAME = spec.name
        CHILDREN.tell_main_name()
        TRACED.pop("__main__", None)
        sys.argv[0] = spec.origin
        return code, {
            "__file__": spec.origin,
            "__cached__": spec.cached,
            "__loader__": spec.loader,
            "__package__": spec.parent,
            "__spec__": spec,
        }

    def run(self) -> None:
        """Runs the program in a `__main__` of its own; its exceptions pass on, with its own traceback only."""

        try:
            code, contents = self.load()
            main_module = types.ModuleType("__main__")
            own = module_dict(main_module)
            if MAIN_HAS_ANNOTATIONS:
                own["__annotations__"] = {}
            own["__builtins__"] = builtins
            own.update(contents)
            sys.modules["__main__"] = main_module
            exec(code, own)
        except (SystemExit, SettingError):
            raise
        except BaseException:
            show_own_traceback()
            raise


# This module as it was loaded: the program's `__main__` takes its place in `sys.modules`.
KEPT = [sys.modules.get("__main__")]


# The fields of an exception, whatever its class makes of their names.
TRACEBACK, CAUSE, CONTEXT = (BaseException.__dict__[name] for name in ("__traceback__", "__cause__", "__context__"))


def show_own_traceback() -> None:
    """Has the traceback of an exception, and those of what it came after, printed without the recorder's frames."""
    hook: "Any" = getattr(sys, "excepthook", missing_hook)

    def own_hook(kind: "Any", value: "Any", found: "Any") -> None:
        sys.excepthook = hook
        strip(value)
        sys.last_traceback = found = without_own(found)
        try:
            hook(kind, value, found)
        except SystemExit:
            raise
        except BaseException as error:
            # As CPython does, but without this frame.
            strip(error)
            sys.stderr.write("Error in sys.excepthook:\n")
            sys.__excepthook__(type(error), error, TRACEBACK.__get__(error))
            sys.stderr.write("\nOriginal exception was:\n")
            sys.__excepthook__(kind, value, found)

    sys.excepthook = own_hook


def missing_hook(kind: "Any", value: "Any", found: "Any") -> None:
    """Shows an exception as CPython does where the program deleted `sys.excepthook`."""
    del sys.excepthook
    sys.stderr.write("sys.excepthook is missing\n")
    sys.__excepthook__(kind, value, found)


def strip(error: BaseException) -> None:
    """Takes the recorder's frames out of the tracebacks of an exception and of what it came after."""
    left: "List[Any]" = [error]
    for _ in range(100):
        one = left.pop() if left else None
        if one is not None:
            TRACEBACK.__set__(one, without_own(TRACEBACK.__get__(one)))
            left += [CAUSE.__get__(one), CONTEXT.__get__(one)]


def without_own(trace: "Optional[types.TracebackType]") -> "Optional[types.TracebackType]":
    """A traceback without the recorder's frames, and without what a trace function that raises adds to it once more."""
    kept: "List[types.TracebackType]" = []
    while trace is not None:
        frame = trace.tb_frame
        again = kept and kept[-1].tb_frame is frame and kept[-1].tb_lasti == trace.tb_lasti
        if frame.f_globals is OWN_GLOBALS:
            if frame.f_code.co_name == "<module>":
                # What stands below is `runpy`, by `python -m record_api`.
                kept.clear()
        elif not again:
            kept.append(trace)
        trace = trace.tb_next
    for one, following in zip(kept, [*kept[1:], None]):
        one.tb_next = following
    return kept[0] if kept else None


def import_first(modules: "Sequence[str]") -> None:
    """Imports what is to be there before recording starts."""
    for name in modules:
        try:
            __import__(name)
        except Exception as error:
            told = str(error) if isinstance(error, ImportError) else "%s: %s" % (type(error).__name__, error)
            raise SettingError(
                "PYTHON_API_IMPORT_MODULES: expected modules that can be imported, got %r (%s)" % (name, told)
            ) from None


def start() -> None:
    """Starts the engine; what it recorded is told when the interpreter exits, after the program's exit functions."""
    atexit.register(finish)
    ENGINE.start()


def finish() -> None:
    """Ends the recording and tells what it holds; a child leaves that to the process that began it."""
    if ENGINE.stopped:
        return
    ENGINE.stop()
    RECORDER.output.flush()
    if CHILDREN.is_child:
        CHILDREN.tell()
        return
    CHILDREN.collect()
    report(RECORDER.summary())


def main() -> None:
    """Reads the settings, starts the recording and runs the program; ends by SystemExit or the program's exception."""
    if not any(os.environ.get(setting.name) for setting in SETTINGS):
        sys.stderr.write(usage())
        raise SystemExit(2)
    try:
        settings = Settings(os.environ)
        prepare(settings)
        program = Program(settings.run_module)
        import_first(settings.import_modules)
        CHILDREN.start(current_frame(1).f_code, settings)
        start()
        try:
            program.run()
        except SettingError:
            ENGINE.stop()
            raise
    except SettingError as error:
        atexit.unregister(finish)
        sys.stderr.write("%s\n" % error)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
