# /// script
# requires-python = ">=3.8"
# dependencies = ["numpy", "pytest"]
# ///
"""Tests of record_api.py: `python -m unittest record_api_test`.

Most of them run the real script on a generated program and read its JSON back. What must be recorded stands in tables
of cases: source, expected records, and the Python versions that the source is for.

RECORD_API_TEST_PYTHON names the interpreter under test where it is not the one that runs the tests: a command, split
as a shell does. What that interpreter can do is asked of it, never of the one that runs the tests.
"""

import ast
import collections
import functools
import gzip
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest
import unittest.mock
import zipfile
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple, TypeVar

FOLDER = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(FOLDER, "record_api.py")
PYTHON = shlex.split(os.environ.get("RECORD_API_TEST_PYTHON", "")) or [sys.executable]
PREFIX = "PYTHON_API_"

Record = Dict[str, Any]
Row = TypeVar("Row")
Version = Tuple[int, int]


# The interpreter under test -----------------------------------------------------------------------------------------

ASK = """
import importlib.util, json, os, sys
def threads():
    import threading
    try:
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    except RuntimeError:
        return False
    return True
print(json.dumps({
    "version": sys.version_info[:2],
    "monitoring": hasattr(sys, "monitoring"),
    "threads": threads(),
    "children": sys.platform != "emscripten",
    "fork": hasattr(os, "fork") and sys.platform != "emscripten",
    "signals": hasattr(__import__("signal"), "setitimer") and sys.platform != "emscripten",
    "recursion": sys.platform != "emscripten",
    "quick": sys.platform != "emscripten",
    **{name: importlib.util.find_spec(name) is not None for name in ("numpy", "xdist", "coverage")},
}))
"""


class Facts(NamedTuple):
    """What the interpreter under test is and can do."""

    version: Version
    monitoring: bool
    threads: bool
    children: bool
    fork: bool
    signals: bool
    recursion: bool
    quick: bool
    numpy: bool
    xdist: bool
    coverage: bool

    @property
    def engines(self) -> List[str]:
        """The engines that this interpreter has."""
        return ["settrace", "monitoring"] if self.monitoring else ["settrace"]

    def fits(self, since: Version, until: Version, needs: str = "") -> bool:
        """Is this interpreter between these versions, and has it what is needed?"""
        return since <= self.version <= until and (not needs or bool(getattr(self, needs)))


@functools.lru_cache(maxsize=None)
def facts() -> Facts:
    """Asks the interpreter under test."""
    answer = json.loads(subprocess.run([*PYTHON, "-c", ASK], stdout=subprocess.PIPE, check=True).stdout)
    answer["version"] = tuple(answer["version"])
    return Facts(**answer)


def rows(table: Iterable[Row]) -> List[Row]:
    """All rows of a table that costs a start of the interpreter each; the first where a start takes a second.

    For what depends on the settings and not on the Python version.
    """
    return list(table) if facts().quick else list(table)[:1]


class Run(NamedTuple):
    """How a process ended."""

    code: int
    out: str
    err: str


class Folder:
    """A temporary folder with the files of one program, and its output file."""

    def __init__(self, **files: str):
        self.path = os.path.realpath(tempfile.mkdtemp(prefix="record_api_test_"))
        self.output = self.file("records.jsonl")
        for name, source in files.items():
            self.write(name.replace("__in__", "/") + ".py", source)

    def file(self, name: str) -> str:
        """The path of a file in the folder."""
        return os.path.join(self.path, *name.split("/"))

    def write(self, name: str, source: str) -> str:
        """Writes one file, with the folders on its way."""
        path = self.file(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(source))
        return path

    def run(self, command: Sequence[str], settings: Optional[Dict[str, str]] = None) -> Run:
        """Runs the interpreter under test in the folder, with nothing of our own settings in its environment."""
        environment = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment["PYTHONIOENCODING"] = "utf-8"
        environment.update({PREFIX + name: text for name, text in (settings or {}).items()})
        pipe = subprocess.PIPE
        command = [*PYTHON, *command]
        done = subprocess.run(
            command, cwd=self.path, env=environment, stdout=pipe, stderr=pipe, timeout=120, check=False
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "replace"))

    def record(
        self,
        *args: str,
        module: str = "program",
        trace: str = "tracked",
        start: Sequence[str] = (SCRIPT,),
        **settings: str,
    ) -> Run:
        """Runs record_api.py on a program of the folder."""
        base = {"OUTPUT_FILE": self.output, "RUN_MODULE": module, "TRACE_MODULE": trace}
        run = self.run([*start, *args], {**base, **settings})
        if "errors in the recorder" in run.err:
            raise AssertionError(run.err[-3000:])
        return run

    def records(self) -> List[Record]:
        """What the output file holds; each line must be one ASCII object."""
        if not os.path.exists(self.output):
            return []
        with open(self.output, encoding="ascii") as file:
            return [json.loads(line) for line in file]

    def remove(self) -> None:
        """Deletes the folder."""
        shutil.rmtree(self.path, ignore_errors=True)


def folder_for(test: unittest.TestCase, **files: str) -> Folder:
    """A folder that is deleted after the test."""
    folder = Folder(**files)
    test.addCleanup(folder.remove)
    return folder


# The traced module --------------------------------------------------------------------------------------------------

CORE = '''
import collections
import contextlib
import ctypes
import dataclasses
import enum
import functools
import operator
import types
import typing


def plain(a, b=2, *args, c=3, **kwargs):
    return a


def first_two(a, b, /, c=3):
    return a


def only_keywords(*, a, b=1):
    return a


def take(value):
    return value


def many(*items, **options):
    return len(items)


def decorate(f):
    return f


def apply(f, *args):
    return f(*args)


def calls_itself(n):
    Num(n) + 1
    return [plain(x) for x in Box(1)]


def clash(x):
    return x


def replaced(x):
    return x


class Replaced:
    @staticmethod
    def go(x):
        return x


def described(*args, **kwargs):
    return args


described.__text_signature__ = "(x, /, **options)"


def quoting(*args, **kwargs):
    return args


quoting.__text_signature__ = "(pattern='\\\\d, \\\\')', pair=(1, 2), odd=<object object at 0x7f>, *, last: int = 1) -> int"


@functools.wraps(staticmethod(only_keywords))
def around_static(**kwargs):
    return kwargs


around_static.__module__ = "tracked"
around_static.__qualname__ = "around_static"


def make_adder(n):
    def add(m):
        return n + m

    return add


def make_local(name):
    def local(m):
        return m

    class Local:
        def go(self):
            return self

    local.__name__ = name
    return local, Local


said, Local = make_local("said")


def generate(n):
    yield n


async def later(n):
    return n


def _hidden(x):
    return x


def add_up(a, b):
    return a + b


@contextlib.contextmanager
def context(x):
    yield Num(x) + 1


@functools.lru_cache(maxsize=None)
def cached(x):
    return x


@functools.wraps(plain)
def _wrapper(*args, **kwargs):
    return plain(*args, **kwargs)


def _wrapping(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)

    return wrapper


@_wrapping
def wrapped(a, b=2):
    return a


def _hiding(f):
    @functools.wraps(f)
    def _wrapper(*args, **kwargs):
        return f(*args, **kwargs)

    return _wrapper


@_hiding
def hidden(a, b=2):
    return a


class HidingThing:
    @_hiding
    def __init__(self, value=1):
        self.value = value

    @_hiding
    def method(self, x, y=2):
        return x


def _told_itself(f):
    def later(*args, itself=None, **kwargs):
        return itself.__wrapped__(*args, **kwargs)

    functools.update_wrapper(later, f)
    later.__kwdefaults__["itself"] = later
    return later


@_told_itself
def told(a):
    return a


@_told_itself
def told_too(a, b=2):
    return a


class Dispatcher:
    def __init__(self, f):
        functools.update_wrapper(self, f)

    def __call__(self, *args, **kwargs):
        return self.__wrapped__(*args, **kwargs)


@Dispatcher
def dispatched(x, y=1):
    return x


class Caller:
    def __call__(self, x, y=1):
        return x


class Named(Caller):
    """It says of itself what it is called."""

    def __init__(self, name):
        self.__module__, self.__name__ = __name__, name


named = Named("named")


def _same(self, *args):
    return self


class Num:
    def __init__(self, value=1):
        self.value = value

    def __bool__(self):
        return True

    def __hash__(self):
        return 1

    def __repr__(self):
        return "num"

    __str__ = __repr__

    def __format__(self, spec):
        return "num"

    def __index__(self):
        return 1

    __int__ = __trunc__ = __floor__ = __ceil__ = __index__

    def __round__(self, ndigits=None):
        return 1

    def __float__(self):
        return 1.0

    def __complex__(self):
        return 1j

    def __bytes__(self):
        return b"num"

    def __dir__(self):
        return ["value"]

    __neg__ = __pos__ = __invert__ = __abs__ = _same


class Right:
    """Only reflected methods."""


class Left:
    """Only plain methods: no in-place ones."""


for _name in "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split():
    for _prefix in "", "r", "i":
        setattr(Num, "__%s%s__" % (_prefix, _name), _same)
    setattr(Left, "__%s__" % _name, _same)
    setattr(Right, "__r%s__" % _name, _same)
for _name in "lt le eq ne gt ge".split():
    setattr(Num, "__%s__" % _name, _same)


class Index:
    def __index__(self):
        return 1


class Trunc:
    def __trunc__(self):
        return 1


class Repr:
    def __repr__(self):
        return "repr"


class Box:
    def __init__(self, *items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, key):
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value

    def __delitem__(self, key):
        del self.items[key]

    def __contains__(self, item):
        return item in self.items

    def __iter__(self):
        return iter(self.items)

    def __reversed__(self):
        return reversed(self.items)


class Old:
    """Iterable by `__getitem__`, as before `__iter__`."""

    def __len__(self):
        return 2

    def __getitem__(self, key):
        return [1, 2][key]


class Pairs:
    def keys(self):
        return ["k"]

    def __getitem__(self, key):
        return 1

    def __iter__(self):
        return iter(["k"])


class Cursor:
    def __iter__(self):
        return self

    def __next__(self):
        return 1


class Ticker:
    def __init__(self, n=2):
        self.n = n

    def __aiter__(self):
        return Ticker()

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        return self.n


class Promise:
    def __await__(self):
        return iter(())


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        return True

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, value, trace):
        return True


class Fixed:
    @staticmethod
    def __enter__():
        pass

    @classmethod
    def __exit__(cls, *args):
        pass

    @staticmethod
    def __call__(x):
        pass


class Flexible:
    def __enter__(*args):
        pass

    __exit__ = __enter__

    @classmethod
    def __call__(cls, x):
        pass


class Counting:
    __call__ = len


class Keeping(type):
    __call__ = dict


class Measuring:
    __call__ = len

    def __init__(self):
        self.__module__ = __name__
        self.__name__ = "measuring"


measuring = Measuring()


class PathLike:
    def __fspath__(self):
        return "/nowhere/at/all"


class Seq(list):
    pass


class Map(dict):
    pass


class ToldMap(dict):
    """ToldMap(self, items=())\n--\n\n"""

    __init__ = dict.__init__


class Text(str):
    pass


class Bytes(bytes):
    pass


class Complex(complex):
    pass


class Count(int):
    pass


class Error(Exception):
    pass


class Meta(type):
    def __getitem__(cls, key):
        return key

    def __len__(cls):
        return 3

    @property
    def shown(cls):
        return 1


class WithMeta(metaclass=Meta):
    pass


class Typed(typing.Generic[typing.TypeVar("T")]):
    pass


class Generic:
    def __class_getitem__(cls, key):
        return cls


class Colour(enum.Enum):
    RED = 1


class Kind(enum.Enum):
    pass


class Level(enum.IntEnum):
    LOW = 1


Point = collections.namedtuple("Point", "x y")


@dataclasses.dataclass
class Data:
    x: int
    y: int = 2


class Field:
    def __get__(self, instance, owner):
        return 1

    def __set__(self, instance, value):
        pass

    def __delete__(self, instance):
        pass


class Thing:
    colour = "red"
    field = Field()
    size = 3

    class Inner:
        pass

    def __init__(self, value=1):
        self.value = value

    def __getattr__(self, name):
        if name.startswith("dynamic"):
            return name
        raise AttributeError(name)

    def method(self, x, y=2):
        return x

    @staticmethod
    def static(x):
        return x

    @classmethod
    def make(cls, x):
        return x

    @property
    def prop(self):
        return 1

    @prop.setter
    def prop(self, value):
        self.stored = value

    @prop.deleter
    def prop(self):
        pass

    @property
    def handler(self):
        return plain

    @property
    def user_handler(self):
        return int


class SubThing(Thing):
    pass


class Frozen:
    def __init__(self, value, name):
        object.__setattr__(self, "value", value)
        setattr(self, "name", name)


class WithNew:
    def __new__(cls, value=1):
        return object.__new__(cls)


class Both:
    def __new__(cls, value):
        return object.__new__(cls)

    def __init__(self, value):
        self.value = value


class Compiled:
    """A function as Cython makes them: none of the interpreter's own type, but with a code object."""

    __slots__ = ("__code__", "run")

    def __init__(self, run):
        self.__code__, self.run = run.__code__, run

    def __get__(self, instance, owner):
        return self.run.__get__(instance, owner)


class CompiledInit:
    @Compiled
    def __init__(self, size, order="C"):
        pass


class Fused(Compiled):
    """One for several types of its arguments."""

    __slots__ = ()


class FusedInit:
    @Fused
    def __init__(self, size, order="C"):
        pass


class WrappedInit:
    @_wrapping
    def __init__(self, value, other=2):
        self.value = value

    @_wrapping
    def method(self, x):
        return x


class SubWrappedInit(WrappedInit):
    pass


class WrappedNew:
    @_wrapping
    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, value=1, other=2):
        self.value = value


class Empty:
    pass


class Slotted:
    __slots__ = ("x",)


class _Children:
    __slots__ = ("children",)


class Answers:
    """One whose instances tell a module of their own, as interfaces of zope do."""

    __module__ = property(lambda self: "elsewhere")

    def __init__(self, x):
        self.x = x

    def __len__(self):
        return 1

    def tell(self):
        return self.x


class Parent(_Children):
    """One without a dictionary, that shows its children as such, as elements of lxml.objectify do."""

    __slots__ = ()
    __dict__ = _Children.__dict__["children"]

    def __init__(self):
        self.children = {"child": self}

    def __getattr__(self, name):
        return self.children[name]


class Method:
    """A method as Cython makes them: an object that says of itself what it is called."""

    def __init__(self, owner, name):
        self.__module__, self.__qualname__, self.__name__ = __name__, owner + "." + name, name

    def __get__(self, instance, owner):
        return self if instance is None else type(self.__call__)(self, instance)

    def __call__(self, x, y=1):
        return x


class _Private:
    said = Method("_Private", "said")
    kept = Method("decorate.<locals>", "wrapper")

    def act(self, x):
        return x

    play = act


class Public(_Private):
    pass


class Generator:
    """Its bound method is exported as a function."""

    def draw(self, size):
        return size


def defined_in_c(name, run, flags, itself, module):
    definition = (ctypes.c_void_p * 4)()
    kept.append((definition, ctypes.c_char_p(name.encode())))
    definition[:3] = ctypes.cast(kept[-1][1], ctypes.c_void_p).value, ctypes.cast(run, ctypes.c_void_p).value, flags
    made = ctypes.pythonapi.PyCFunction_NewEx
    made.restype, made.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
    return made(ctypes.addressof(definition), itself, module)


def in_c(name):
    """A function in C as pybind11 makes them, which keeps what it runs: it says of which module it is."""
    return defined_in_c(name, ctypes.pythonapi.PyObject_Call, 3, "{}".format, id(__name__))


def static_in_c(cls, name):
    """A static method as that of a class in C, which does not tell its class."""
    setattr(cls, name, staticmethod(defined_in_c(name, ctypes.pythonapi.PyUnicode_Join, 0x21, cls, None)))


def method_in_c(function):
    made = ctypes.pythonapi.PyInstanceMethod_New
    made.restype, made.argtypes = ctypes.py_object, (ctypes.py_object,)
    return made(in_c(function) if type(function) is str else function)


class nb_func(getattr(types, "GenericAlias", object)):
    """A function as nanobind makes them: what it is called, a getter in C tells, here that of an alias."""

    __module__, __slots__, __getattribute__ = "nanobind", (), getattr(types, "GenericAlias", object).__getattribute__


class nb_bound_method:
    """A bound method as nanobind makes them."""

    __module__, __slots__ = "nanobind", ("__func__", "__self__")

    def __init__(self, method):
        self.__func__, self.__self__ = method.__func__, method.__self__

    def __call__(self, *args):
        return None


def told_by_getter(x):
    return x


if hasattr(types, "GenericAlias"):
    told_by_getter = nb_func(told_by_getter, ())
kept = []
function_in_c = in_c("function_in_c")
library = "{}".format
in_library = defined_in_c("work", ctypes.pythonapi.PyObject_Call, 3, library, id(__name__))


class _BaseInC:
    base = method_in_c("base")
    held = staticmethod(in_c("held"))


_InC_get = in_c("_InC_get")


class InC(_BaseInC):
    get = method_in_c(_InC_get)
    act = also = method_in_c("act")
    make = staticmethod(in_c("make"))
    __call__ = method_in_c("__call__")
    __enter__ = method_in_c("__enter__")
    __exit__ = method_in_c("__exit__")


    class Inner:
        give = staticmethod(in_c("give"))


class SubInC(InC):
    pass


class Untold:
    """One with methods in C that say nothing of the traced module, as Boost.Python makes them."""

    id = functools.lru_cache(maxsize=None)(id)
    alias = id
    settled = staticmethod(functools.lru_cache(maxsize=None)(len))


class SubUntold(Untold):
    pass


class methoddescriptor:
    """A method as sip makes them: it gives a builtin, bound to what it was looked up in, which may be the class."""

    __module__ = "PyQt6.sip"

    def __init__(self, name):
        self.name = name

    def __get__(self, instance, owner):
        run, itself = ctypes.pythonapi.PyObject_Call, owner if instance is None else instance
        return defined_in_c(self.name, run, 3, itself, None)


class Sipped:
    move = methoddescriptor("move")
    __enter__ = methoddescriptor("__enter__")
    __exit__ = methoddescriptor("__exit__")

    def __init__(self, *args):
        pass

    def __call__(self, *args):
        pass


static_in_c(InC, "join")
static_in_c(_BaseInC, "link")


class Alias:
    """What it holds are functions and methods of other names."""

    size = len
    text = staticmethod(repr)
    first = operator.itemgetter(0)
    shown = classmethod(repr)
    listed = classmethod(type)
    told = lambda self, n=1: n
    read = staticmethod(lambda n: n)

    def open(self):
        return self

    def close(self, *args):
        return True

    async def open_later(self):
        return self

    async def close_later(self, *args):
        return True

    __enter__, __exit__, __aenter__, __aexit__ = open, close, open_later, close_later


def describe(self, n=1):
    return n


Alias.describe = describe


def _loose(f):
    def call(*args):
        return f(*args)

    return call


def _closing():
    def closed(self):
        return self

    return closed


Alias.loose = _loose(describe)
Alias.shut = Alias.closed = _closing()
Alias.plain, Alias.ornate = plain, first_two


class Wrapping(collections.UserDict):
    """Below a class in Python that is none of the module's."""


class Guarded:
    """It sees what is set and deleted."""

    colour = 1

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        object.__delattr__(self, name)


class Watching:
    """It sees what is fetched."""

    colour = 1

    def __getattribute__(self, name):
        return object.__getattribute__(self, name)


class WatchingMeta(type):
    def __getattribute__(self, name):
        return type.__getattribute__(self, name)


class Callback:
    def __iter__(self):
        return iter(())

    def __call__(self):
        return None


class Managing(type):
    @property
    def shown(cls):
        return 1

    @shown.setter
    def shown(cls, value):
        pass

    @shown.deleter
    def shown(cls):
        pass


class Answering(type):
    def __getattr__(cls, name):
        return name


class Choosing:
    @functools.singledispatchmethod
    def pick(self, x, y=1):
        return x

    @functools.lru_cache(maxsize=None)
    def kept(self, x=0):
        return 1


class Pushing(list):
    push = list.append


class Making(type):
    def __call__(cls, *args, **kwargs):
        return super().__call__(*args, **kwargs)


class Made(metaclass=Making):
    def __init__(self, value=1):
        self.value = value


class Renaming(type):
    def __call__(cls, first, second=2):
        return super().__call__(first)


class Renamed(metaclass=Renaming):
    def __init__(self, value):
        pass


class Passing:
    def __new__(cls, x=1, y=2, **more):
        return object.__new__(cls)

    def __init__(self, x=1, y=2, z=3):
        pass


class Blank(enum.Enum):
    pass


draw = Generator().draw
extend = Seq().extend
renamed = plain
aliased_int = int
pi = 3.25
things = [1, 2]
partial_plain = functools.partial(plain, 1)
dispatched_in_c = functools.partial(plain)
'''

TRACKED = {
    "tracked/__init__.py": "from ._core import *\nfrom . import _core, sub\n\n\ndef clash(x):\n    return x\n",
    "tracked/_core.py": CORE,
    "tracked/sub/__init__.py": "from .deep import Exported, shout\n\nlevel = 1\n",
    "tracked/sub/deep.py": """
        class Exported:
            pass


        class Deep:
            def dig(self, n):
                return n


        class Given:
            __module__ = "tracked.given"

            def dig(self, n):
                return n

            def bury(self):
                return self

            bury.__qualname__ = "Other.bury"


        def shout(text):
            return text.upper()
        """,
    "trackeddoc.py": "class Doc:\n"
    "    def __add__(self, other):\n"
    "        return self\n"
    "\n"
    "\n"
    "def plain(a):\n"
    "    return a\n",
}

HEADER = """
import copy
import functools
import io
import json
import math
import operator
import sys
import threading
import traceback

import tracked
import trackeddoc
from tracked import *

num, right, left, index, trunc, box, old, pairs = Num(), Right(), Left(), Index(), Trunc(), Box(1, 2), Old(), Pairs()
thing, subthing, caller, manager, cursor = Thing(), SubThing(), Caller(), Manager(), Cursor()
ticker, promise, slotted, raw, shown = Ticker(), Promise(), Slotted(), Bytes(b"ab"), Repr()
seq, mapping, string, count, public, point = Seq([1, 2]), Map(k=1), Text("ab"), Count(3), Public(), Point(1, 2)
user_partial = functools.partial(plain, 1, c=4)


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as end:
        return end.value


def here(source, **names):
    names["__name__"] = "here"
    exec(compile("\\n" * (sys._getframe(1).f_lineno - 1) + source, __file__, "exec"), {**globals(), **names})


class Mine:
    def __add__(self, other):
        return NotImplemented
"""

FOOTER = """

failures = {}
for name, case in list(globals().items()):
    if name.startswith("case_"):
        try:
            for _ in range(TURNS):
                case()
        except BaseException:
            failures[name] = traceback.format_exc()
sys.stdout.write(json.dumps(failures))
"""


# The cases ----------------------------------------------------------------------------------------------------------


class OfType:
    """Equals every written value of this type."""

    def __init__(self, name: str = ""):
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and (not self.name or other.get("t") == self.name)

    def __repr__(self) -> str:
        return "<any %s>" % (self.name or "type")


class Anything:
    """Equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "<anything>"


ABSENT = object()
ANY: Any = Anything()


class Case(NamedTuple):
    """A function's body, the records that it must give, and the interpreters that it is for."""

    name: str
    source: str
    records: Tuple[Record, ...]
    since: Version = (3, 8)
    until: Version = (3, 99)
    needs: str = ""


def use(function: str, params: Optional[Dict[str, Any]] = None, positional: Any = None, **more: Any) -> Record:
    """An expected record; what is None does not matter, what is ABSENT must not be there."""
    expected = {"function": function, "params": params, "positional": positional, **more}
    return {key: value for key, value in expected.items() if value is not None}


def case(name: str, source: str, *records: Record, **limits: Any) -> Case:
    """A case as written in the tables."""
    return Case(name, source, records, **limits)


def of(name: str) -> Dict[str, str]:
    """An instance of a class of the traced module, as it is written."""
    return {"t": "tracked." + name}


def cls(name: str, kind: str = "type") -> Dict[str, str]:
    """A class, as it is written."""
    return {"t": kind, "v": name}


def fetched(thing: Any, name: str, attribute: Any, positional: Any = None) -> Record:
    """The record of an attribute access."""
    return use("builtins.getattr", {"object": thing, "name": name}, positional, attribute=attribute)


NUM, RIGHT, LEFT, BOX, OLD, PAIRS, THING = (
    of("Num"),
    of("Right"),
    of("Left"),
    of("Box"),
    of("Old"),
    of("Pairs"),
    of("Thing"),
)
INDEX, CURSOR, MANAGER, TICKER, PROMISE = of("Index"), of("Cursor"), of("Manager"), of("Ticker"), of("Promise")
TRACKED_MODULE = {"t": "module", "v": "tracked"}
SEQ, MAP, TEXT, COUNT, ERROR = (OfType("tracked." + name) for name in ("Seq", "Map", "Text", "Count", "Error"))
SLICE = {"t": "slice", "v": [1, 2, None]}

SYMBOLS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "@": "matmul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
    "<<": "lshift",
    ">>": "rshift",
    "&": "and_",
    "^": "xor",
    "|": "or_",
}
ORDER = {"<": "lt", "<=": "le", "==": "eq", "!=": "ne", ">": "gt", ">=": "ge"}


EACH_PAIR = use("builtins.iter", {"object": of("Pairs")}, 1)


def operator_cases() -> Iterable[Case]:
    """4.3: each operator, with the traced operand on either side."""
    for symbol, name in SYMBOLS.items():
        in_place = "operator.i" + name.rstrip("_")
        yield case("left operand of " + symbol, f"num {symbol} 2", use("operator." + name, {"a": NUM, "b": 2}, 2))
        yield case("right operand of " + symbol, f"2 {symbol} right", use("operator." + name, {"a": 2, "b": RIGHT}, 2))
        yield case(symbol + "= in place", f"x = num\nx {symbol}= 2", use(in_place, {"a": NUM, "b": 2}, 2))
        yield case(symbol + "= by the plain method", f"x = left\nx {symbol}= 2", use(in_place, {"a": LEFT, "b": 2}))
        yield case(
            symbol + "= by the reflected method", f"x = 2\nx {symbol}= right", use(in_place, {"a": 2, "b": RIGHT})
        )
    for symbol, name in ORDER.items():
        yield case("left operand of " + symbol, f"num {symbol} 2", use("operator." + name, {"a": NUM, "b": 2}, 2))
        yield case("right operand of " + symbol, f"2 {symbol} num", use("operator." + name, {"a": 2, "b": NUM}, 2))
    for symbol, name in {"-": "neg", "+": "pos", "~": "invert", "not ": "not_"}.items():
        yield case("unary " + symbol, f"x = {symbol}num", use("operator." + name, {"a": NUM}, 1))


OPERATORS = [
    *operator_cases(),
    case(
        "left operand that may be a constant", "c = 0\n(1 if c else num) + 2", use("operator.add", {"a": NUM, "b": 2})
    ),
    case("left operand or else a constant", "c = 1\n(num if c else 1) + 2", use("operator.add", {"a": NUM, "b": 2})),
    case(
        "right operand that may be a constant",
        "c = 0\n2 + (1 if c else right)",
        use("operator.add", {"a": 2, "b": RIGHT}),
    ),
    case("a constant or what is traced is iterated", "c = 0\nfor x in (1, 2) if c else pairs:\n    pass", EACH_PAIR),
    case("in", "1 in box", use("operator.contains", {"a": BOX, "b": 1}, 2)),
    case("not in", "1 not in box", use("operator.contains", {"a": BOX, "b": 1}, 2)),
    case("in by iteration", "1 in pairs", use("operator.contains", {"a": PAIRS, "b": 1})),
    case("item get", "box[0]", use("operator.getitem", {"a": BOX, "b": 0}, 2)),
    case("item set", "box[0] = 5", use("operator.setitem", {"a": BOX, "b": 0, "c": 5}, 3)),
    case("item delete", "x = Box(1)\ndel x[0]", use("tracked.Box"), use("operator.delitem", {"a": BOX, "b": 0}, 2)),
    case("a slice is one argument", "box[1:2]", use("operator.getitem", {"a": BOX, "b": SLICE}, 2)),
    case(
        "slice with step",
        "i = 1\nbox[i:2:3]",
        use("operator.getitem", {"a": BOX, "b": {"t": "slice", "v": [1, 2, 3]}}, 2),
    ),
    case("slice of variables", "i, j = 1, 2\nbox[i:j]", use("operator.getitem", {"a": BOX, "b": SLICE}, 2)),
    case(
        "slice without start",
        "i = 1\nbox[:i]",
        use("operator.getitem", {"a": BOX, "b": {"t": "slice", "v": [None, 1, None]}}),
    ),
    case("slice set", "box[1:2] = [7]", use("operator.setitem", {"a": BOX, "b": SLICE, "c": [7]}, 3)),
    case(
        "slice set by variables", "i = 1\nbox[i:2] = [7]", use("operator.setitem", {"a": BOX, "b": SLICE, "c": [7]}, 3)
    ),
    case(
        "slice delete", "x = Box(1)\ndel x[1:2]", use("tracked.Box"), use("operator.delitem", {"a": BOX, "b": SLICE}, 2)
    ),
    case("item in place", "box[0] += 1", use("operator.getitem", {"a": BOX, "b": 0}), use("operator.setitem")),
    case(
        "Class[...] by __class_getitem__",
        "Generic[int]",
        use("operator.getitem", {"a": cls("tracked.Generic"), "b": cls("builtins.int")}),
    ),
    case(
        "Class[...] by the metaclass",
        "WithMeta[3]",
        use("operator.getitem", {"a": cls("tracked.WithMeta", "tracked.Meta"), "b": 3}),
    ),
    case(
        "chained comparison",
        "1 < num < 3",
        use("operator.lt", {"a": 1, "b": NUM}),
        use("operator.lt", {"a": NUM, "b": 3}),
    ),
    case("both operands traced: one record", "num + num", use("operator.add", {"a": NUM, "b": NUM}, 2)),
    case(
        "an operation that fails is still one",
        "try:\n    box['x']\nexcept TypeError:\n    pass",
        use("operator.getitem", {"a": BOX, "b": "x"}),
    ),
    case(
        "subscript with more than 255 names",
        "\n".join(f"x{i} = {i}" for i in range(300)) + "\nnum + x299",
        use("operator.add", {"a": NUM, "b": 299}),
    ),
]

TOUCHES = [
    case("a traced subclass of dict counts", "mapping['k']", use("operator.getitem", {"a": MAP, "b": "k"})),
    case("a traced subclass of list counts", "len(seq)", use("builtins.len", {"object": SEQ})),
    case("a traced subclass of str counts", "string + 'c'", use("operator.add", {"a": TEXT, "b": "c"})),
    case("a traced subclass of int counts", "count + 1", use("operator.add", {"a": COUNT, "b": 1})),
    case("a traced subclass of int on the right counts", "1 + count", use("operator.add", {"a": 1, "b": COUNT})),
    case(
        "str % x of an operand that is chosen, is formatting",
        "c = 0\n'%s' % (num if not c else 1,)\n'%5s' % (c or num,)\n'%s' % ((q := num),)\n'%s' % ([num][0],)\n"
        "x = y = num\n[c, '%s' % (x,)]\nz = y\n'%r' % (z,)\n'%s' % ((x) if not c else y,)\n'%5s%-3r' % (x, num)\n"
        "'%s' % ((c or 1) if c else (c or num),)",
    ),
    case(
        "str % x of an operand in parentheses, or else of a constant or another text, is formatting",
        "c, w = 1, 5\n'%s' % ((num or 2) if c else 'none',)\n'%5s' % ((num or 2) if c else 'none',)\n"
        "'%r' % ((num) if c else f'{w}t',)\nf\"{(num or 2) if c else 'none'!s:>5}\"",
        use("builtins.bool", {"object": NUM}, 1),
        use("builtins.bool", {"object": NUM}, 1),
        use("builtins.bool", {"object": NUM}, 1),
        use("builtins.str", {"object": NUM}, 1),
    ),
    case(
        "a conversion before a nested format",
        "w = 5\nx = num\n[w, f'{x!r}']\nf'{num!r:>{w}}'\nf'a{num!s:>{w}}b'",
        use("builtins.repr", {"object": NUM}, 1),
        use("builtins.repr", {"object": NUM}, 1),
        use("builtins.str", {"object": NUM}, 1),
    ),
    case("str % x is formatting", "'%s' % num\n'%s %s' % (num, 1)\n'%d' % num\n'%r' % (num,)\n'%(a)s' % {'a': num}"),
    case("bytes % x is formatting", "b'%d' % num"),
    case("x % str is an operator", "num % 'a'", use("operator.mod", {"a": NUM, "b": "a"})),
    case("an item of a container is none", "[num][0]\n{'k': num}['k']\n(num,)[:1]"),
    case(
        "storing it elsewhere is none",
        "class C:\n    pass\nx = C()\nx.attr = num\nitems = []\nitems.append(num)\ny = [num, (num,), {1: num}]",
    ),
    case("identity is none", "num is None\nnum is not None"),
    case(
        "what a container holds is none", "sorted([num, num])\nmax([num])\nlist([num])\n[num] == [num]\nnum in [1, num]"
    ),
    case(
        "passing on is none",
        "def f(*args, **kwargs):\n    return args\nf(num, a=num)\nf(*[num])\nlambda: num\ng = lambda x=num: x\ng()",
    ),
    case("formatting a container is none", "f'{[num]}'\nstr([num])\nrepr((num,))"),
    case("any over items is none", "any(x for x in [num])\nall(x for x in [num])\nany([num])"),
    case(
        "another module with the same beginning is none",
        "trackeddoc.plain(1)\ntrackeddoc.Doc() + 1\nimport trackeddoc as d\nfrom trackeddoc import plain as p",
    ),
    case("only the user's own operand", "Mine() == 1\n[1] + [2]\nlen('abc')"),
    case(
        "the right operand after the left refused", "Mine() + right", use("operator.add", {"a": OfType(), "b": RIGHT})
    ),
    case(
        "a user's subclass that inherits counts",
        """
        class U(Num):
            pass
        x = U(1)
        x + 1
        -x
        """,
        use("builtins.__build_class__"),
        use("tracked.Num.__init__"),
        use("operator.add", {"a": OfType(), "b": 1}),
        use("operator.neg"),
    ),
    case(
        "a user's subclass that overrides does not count",
        """
        class U(Num):
            def __init__(self):
                pass
            def __add__(self, other):
                return self
            def __bool__(self):
                return True
        x = U()
        x + 1
        if x:
            pass
        bool(x)
        """,
        use("builtins.__build_class__"),
    ),
    case(
        "what an overriding method asks of the base counts",
        """
        class U(Map):
            def __getitem__(self, key):
                return super().__getitem__(key)
        x = U(k=1)
        x['k']
        """,
        use("builtins.__build_class__"),
        use("tracked.Map.__init__"),
        use("tracked.Map.__getitem__"),
    ),
    case(
        "a user's mixin before the traced class",
        """
        class Mixin:
            def __len__(self):
                return 1
        class U(Mixin, Box):
            pass
        x = U()
        len(x)
        x[:]
        """,
        use("builtins.__build_class__"),
        use("tracked.Box.__init__"),
        use("operator.getitem"),
    ),
    case(
        "a user's mixin that gets and loses a method after it was looked at",
        """
        class Mixin:
            known = 1
        class U(Mixin, Box):
            pass
        x = U()
        def give():
            Mixin.__len__ = lambda self: 1
        def take_away():
            del Mixin.__len__
        for change in (give, take_away) * 2:
            Mixin.known
            len(x)
            change()
            len(x)
        """,
        use("builtins.__build_class__"),
        use("tracked.Box.__init__"),
        *[use("builtins.len")] * 4,
    ),
    case(
        "a traced class after the providing one does not count",
        """
        class U(list, Public):
            pass
        x = U()
        len(x)
        """,
        use("builtins.__build_class__"),
    ),
]

PLAIN_1 = use("tracked.plain", {"a": 1}, 1)
BUILD = use("builtins.__build_class__")
ALL_PARAMS = {"a": 1, "b": 2, "*args": [3, 4], "c": 5, "**kwargs": {"d": 6}}
TAKE_1 = use("tracked.take", {"value": 1}, 1)

ALIAS = of("Alias")
EXIT = use("tracked.Alias.__exit__", {"self": ALIAS, "*args": [None, None, None]}, 4)
ASYNC_EXIT = use("tracked.Alias.__aexit__", {"self": ALIAS, "*args": [None, None, None]}, 4)
# Functions to wait for, where nothing else is recorded.
WAITING = """
    async def one(x):
        return x
    async def some():
        yield 1
"""

CALLS = [
    case(
        "a class without a name, and a module that was not initialised where another is known",
        """
        for empty in (type(sys).__new__(type(sys)), None):
            for module in (tracked, tracked, empty):
                try:
                    module.plain(1)
                except AttributeError:
                    pass
        try:
            __build_class__(lambda: None, metaclass=Meta)
        except TypeError:
            pass
        """,
        *[PLAIN_1] * 4,
        use("builtins.__build_class__", {"**kwds": {"metaclass": OfType("type")}}, 0),
    ),
    case(
        "a callable object that gets another name after it was called",
        """
        one = Fixed()
        one.__module__ = "tracked"
        one.__qualname__ = "one"
        def twice():
            one(1), one(1)
        twice()
        one.__qualname__ = "two"
        twice()
        setattr(one, "__module__", "tracked.late")
        twice()
        """,
        use("tracked.Fixed"),
        *[use("builtins.setattr")] * 2,
        *[use("tracked.one")] * 2,
        use("builtins.setattr"),
        *[use("tracked.two")] * 2,
        use("builtins.setattr"),
        *[use("tracked.late.two")] * 2,
    ),
    case(
        "a partial, where the program has put something else in its place",
        """
        import functools
        kept = functools.partial
        frozen = kept(plain, 1)
        for other in (kept, len, None):
            functools.partial = other
            frozen()
        functools.partial = kept
        """,
        *[PLAIN_1] * 3,
    ),
    case(
        "a call that waits among its arguments",
        WAITING + "    async def f():\n        plain(await one(1))\n    run(f())",
        use("tracked.plain", {"a": 1}, 1),
    ),
    case(
        "a method that waits among its arguments",
        WAITING + "    async def f():\n        seq.append(await one(3))\n        seq.pop()\n    run(f())",
        use("tracked.Seq.append", {"self": SEQ, "object": 3}, 2),
        use("tracked.Seq.pop", {"self": SEQ}, 1),
    ),
    case(
        "a call that waits after an asynchronous loop",
        WAITING
        + "    async def f():\n        async for x in some():\n            pass\n        plain(await one(1))\n    run(f())",
        use("tracked.plain", {"a": 1}, 1),
    ),
    case(
        "a method that yields among its arguments",
        "def g():\n    seq.append((yield from [1]))\n    seq.pop()\nlist(g())",
        use("tracked.Seq.append", {"self": SEQ, "object": None}, 2),
        use("tracked.Seq.pop", {"self": SEQ}, 1),
    ),
    case(
        "a builtin's method through the traced class, of what is none of it",
        'for x in ("a", "b"):\n    Text.upper(x)\nSeq.append([], 1)',
        use("tracked.Text.upper", {"self": "a"}, 1),
        use("tracked.Text.upper", {"self": "b"}, 1),
        use("tracked.Seq.append", {"self": [], "object": 1}, 2),
    ),
    case(
        "a method that is a function of the module, too",
        "x = Alias()\nf = x.describe\nf(6)\nx.describe(*[7])\nx.describe(n=8)\nx.describe(9)",
        use("tracked.Alias"),
        fetched(ALIAS, "describe", "tracked.Alias.describe"),
        use("tracked.Alias.describe", {"self": ALIAS, "n": 6}, 2),
        use("tracked.Alias.describe", {"self": ALIAS, "n": 7}, 2),
        use("tracked.Alias.describe", {"self": ALIAS, "n": 8}, 1),
        use("tracked.Alias.describe", {"self": ALIAS, "n": 9}, 2),
    ),
    case(
        "a builtin's method through classes of which only the last are traced",
        "for x in (list, list, Seq, Seq):\n    x.append([], 1)",
        *[use("tracked.Seq.append", {"self": [], "object": 1}, 2) for _ in range(2)],
    ),
    case(
        "a builtin's method through a class, while another one is on its way there",
        "def f(x, *others):\n    x.append([], f(*others) if others else 0)\nf(Seq, list)\nf(list, Seq)",
        use("tracked.Seq.append", {"self": [], "object": None}, 2),
        use("tracked.Seq.append", {"self": [], "object": 0}, 2),
    ),
    case(
        "a builtin's method through a class, in generators that stand there",
        "def g(x):\n    x.append([], (yield))\nfor one, other in [(g(Seq), g(list)), (g(list), g(Seq))]:\n"
        "    next(one)\n    next(other)\n    try:\n        one.send(1)\n    except StopIteration:\n        pass\n"
        "    try:\n        other.send(2)\n    except StopIteration:\n        pass",
        use("tracked.Seq.append", {"self": [], "object": 1}, 2),
        use("tracked.Seq.append", {"self": [], "object": 2}, 2),
    ),
    case(
        "one of two methods of a builtin through a class",
        "for x in (0, 1):\n    (Seq.append if x else Seq.remove)([x], x)",
        fetched(cls("tracked.Seq"), "remove", "tracked.Seq.remove"),
        use("tracked.Seq.append", {"self": [1], "object": 1}, 2),
    ),
    case(
        "a method, through a class, of a base in Python that is none of the module's",
        "x = Wrapping(k=1)\nfor one in (dict, Wrapping, dict, Wrapping):\n    one.get(x if one is Wrapping else {}, 'k')\n"
        "Wrapping.get(*[x], key='k')\nclass U(Wrapping):\n    def get(self, key):\n        return Wrapping.get(self, key)\n"
        "U.get(U(), 'k')\nU.pop(U(), 'k', 2)",
        use("tracked.Wrapping"),
        use("tracked.Wrapping.get", {"self": of("Wrapping"), "key": "k"}, 2),
        use("tracked.Wrapping.get", {"self": of("Wrapping"), "key": "k"}, 2),
        use("tracked.Wrapping.get", {"self": of("Wrapping"), "key": "k"}, 1),
        BUILD,
        use("tracked.Wrapping.__init__"),
        use("tracked.Wrapping.get", {"self": OfType(), "key": "k"}, 2),
        use("tracked.Wrapping.__init__"),
        use("tracked.Wrapping.pop", {"self": OfType(), "key": "k", "default": 2}, 3),
    ),
    case(
        "a method of another object, as an attribute of a class",
        "class K:\n    def m(self, x):\n        return x\nclass U(Thing):\n    pass\nThing.other = K().m\nThing.own = thing.method\n"
        "for one in (thing, U(0)):\n    one.other(1)\n    one.own(2)\ndel Thing.other, Thing.own",
        BUILD,
        use("builtins.setattr"),
        fetched(THING, "method", "tracked.Thing.method"),
        use("builtins.setattr"),
        use("tracked.Thing.__init__"),
        fetched(THING, "other", "tracked.Thing.other"),
        use("tracked.Thing.method", {"self": THING, "x": 2}, 2),
        fetched(OfType(), "other", "tracked.Thing.other"),
        use("tracked.Thing.method", {"self": THING, "x": 2}, 2),
        use("builtins.delattr"),
        use("builtins.delattr"),
    ),
    case(
        "a static method of a base in Python that is none of the module's",
        "class K:\n    @staticmethod\n    def s(x):\n        return x\nclass U(Thing, K):\n    def go(self):\n"
        "        return super().s(3)\nfor one in (K, U, K(), U, K):\n    one.s(1)\n    one.s(*[2])\nU(0).go()",
        BUILD,
        *[use("tracked.Thing.s", {"x": 1}, 1), use("tracked.Thing.s", {"x": 2}, 1)] * 2,
        use("tracked.Thing.__init__"),
        use("tracked.Thing.s", {"x": 3}, 1),
    ),
    case(
        "a function of the module that is a method of another name, fetched before the call",
        "x = Alias()\nfor f in x.ornate, first_two, x.ornate:\n    f(2, 3)\nx.ornate(3)",
        use("tracked.Alias"),
        *[fetched(ALIAS, "ornate", "tracked.Alias.ornate")] * 2,
        use("tracked.Alias.ornate", {"a": ALIAS, "b": 2, "c": 3}, 3),
        use("tracked.first_two", {"a": 2, "b": 3}, 2),
        use("tracked.Alias.ornate", {"a": ALIAS, "b": 2, "c": 3}, 3),
        use("tracked.Alias.ornate", {"a": ALIAS, "b": 3}, 2),
    ),
    case(
        "a method that has another's name, through its class",
        "class Below(Alias):\n    pass\nAlias.loose(1, 2)\nBelow.loose(*[1])",
        BUILD,
        use("tracked.Alias.loose", {"*args": [1, 2]}, 2),
        use("tracked.Alias.loose", {"*args": [1]}, 1),
    ),
    case(
        "a function of the module that is a method, too, through its class and by itself",
        "x = Alias()\nfor f in Alias, tracked:\n    f.plain(x, 2)\nx.plain(3)",
        use("tracked.Alias"),
        *[use("tracked.%splain" % owner, {"a": ALIAS, "b": 2}, 2) for owner in ("Alias.", "")],
        use("tracked.Alias.plain", {"a": ALIAS, "b": 3}, 2),
    ),
    case(
        "methods that were given another name, through their class",
        "x = Alias()\nfor f in (1, 2):\n    Alias.told(x, n=2)\nx.told(3)\nAlias.read(4)\nx.read(5)\n"
        "Alias.__enter__(x)\nAlias.open(x)",
        use("tracked.Alias"),
        use("tracked.Alias.told", {"self": ALIAS, "n": 2}, 1),
        use("tracked.Alias.told", {"self": ALIAS, "n": 2}, 1),
        use("tracked.Alias.told", {"self": ALIAS, "n": 3}, 2),
        use("tracked.Alias.read", {"n": 4}, 1),
        use("tracked.Alias.read", {"n": 5}, 1),
        use("tracked.Alias.__enter__", {"self": ALIAS}, 1),
        use("tracked.Alias.open", {"self": ALIAS}, 1),
    ),
    case(
        "bound methods in functions without a name of their own",
        "x = Alias()\nfor f in (x.told, x.loose):\n    f(2)",
        use("tracked.Alias"),
        fetched(ALIAS, "told", "tracked.Alias.told"),
        fetched(ALIAS, "loose", "tracked.Alias.loose"),
        use("tracked.Alias.told", {"self": ALIAS, "n": 2}, 2),
        use("tracked.Alias.loose", {"*args": [ALIAS, 2]}, 2),
    ),
    case(
        "a partial gets no dictionary, with which others would keep it nested",
        "f = functools.partial(plain, 1)\nf()\ntake(f)\nassert functools.partial(f, 2).func is plain",
        PLAIN_1,
        use("tracked.take", {"value": {"t": "functools.partial"}}, 1),
    ),
    case(
        "nor does a partial of a module that was imported anew",
        """
        import sys
        kept = sys.modules.pop("_functools")
        from _functools import partial
        sys.modules["_functools"] = kept
        f = partial(plain, 1)
        take(f)
        assert partial(f, 2).func is plain
        """,
        use("tracked.take", {"value": {"t": "functools.partial"}}, 1),
    ),
    case(
        "__new__ of a named tuple",
        "class U(Point):\n    def __new__(cls, x):\n        return super().__new__(cls, x, 0)\n"
        "class V(Point):\n    def __new__(cls, x):\n        return Point.__new__(cls, x, y=0)\nU(1), V(1)",
        BUILD,
        BUILD,
        use("tracked.Point.__new__", {"_cls": OfType("type"), "x": 1, "y": 0}, 3),
        use("tracked.Point.__new__", {"_cls": OfType("type"), "x": 1, "y": 0}, 2),
    ),
    case(
        "a base that holds nothing where a generic alias holds its class",
        "class O:\n    __slots__ = '__origin__'\n    def __mro_entries__(self, bases):\n        return ()\nclass G(O()):\n    pass",
    ),
    case(
        "a method that a single dispatch chooses",
        "x = Choosing()\nx.pick(2)\nf = x.pick\nf(2, y=3)\nf(4)\nChoosing.pick(x, 4)",
        use("tracked.Choosing"),
        fetched(of("Choosing"), "pick", "tracked.Choosing.pick"),
        use("tracked.Choosing.pick", {"self": of("Choosing"), "x": 2}, 2),
        fetched(of("Choosing"), "pick", "tracked.Choosing.pick"),
        use("tracked.Choosing.pick", {"self": of("Choosing"), "x": 2, "y": 3}, 2),
        use("tracked.Choosing.pick", {"self": of("Choosing"), "x": 4}, 2),
        fetched(cls("tracked.Choosing"), "pick", "tracked.Choosing.pick"),
        use("tracked.Choosing.pick", {"self": of("Choosing"), "x": 4}, 2),
    ),
    case("a builtin's method that is exported", "extend([])", use("tracked.extend", {"iterable": []}, 1)),
    case(
        "calls of objects whose __call__ is static, and one of the class",
        "Fixed()(1)\nFlexible()(x=2)",
        use("tracked.Fixed"),
        use("tracked.Fixed.__call__", {"x": 1}, 1),
        use("tracked.Flexible"),
        use("tracked.Flexible.__call__", {"cls": cls("tracked.Flexible"), "x": 2}, 1),
    ),
    case(
        "calls of objects whose __call__ is no method, but a builtin or a class",
        "class U(metaclass=Keeping):\n    pass\nCounting()([1])\nU(x=2)\nmeasuring([3])",
        BUILD,
        use("tracked.Counting"),
        use("tracked.Counting.__call__", {"obj": [1]}, 1),
        use("tracked.Keeping.__call__", {"x": 2}, 0),
        use("tracked.measuring", {"obj": [3]}, 1),
    ),
    case(
        "a keyword that is called as the receiver",
        "x = Map()\nx.update(self=1)",
        use("tracked.Map"),
        use("tracked.Map.update", {"self": MAP, "**kwargs": {"self": 1}}, 1),
    ),
    case(
        "with a manager whose methods have other names",
        "with Alias():\n    pass",
        use("tracked.Alias"),
        use("tracked.Alias.__enter__", {"self": ALIAS}, 1),
        EXIT,
    ),
    case(
        "with a manager whose methods have other names, left by an exception",
        "with Alias():\n    raise ValueError",
        use("tracked.Alias"),
        use("tracked.Alias.__enter__", {"self": ALIAS}, 1),
        use("tracked.Alias.__exit__", None, 4),
    ),
    case(
        "async with a manager whose methods have other names",
        "async def f():\n    async with Alias():\n        pass\nrun(f())",
        use("tracked.Alias"),
        use("tracked.Alias.__aenter__", {"self": ALIAS}, 1),
        ASYNC_EXIT,
    ),
    case(
        "with a manager below the traced class",
        "class M(Alias):\n    pass\nwith M():\n    pass",
        use("builtins.__build_class__"),
        use("tracked.Alias.__enter__", None, 1),
        use("tracked.Alias.__exit__", None, 4),
    ),
    case(
        "arguments of a function whose other one is a closure's",
        "def f(x, y):\n    g = lambda: x\n    if g:\n        y + 1\n        return y + y\nf(1, 1), f(1, num), f(num, num)",
        *[use("operator.add", {"a": NUM, "b": b}, 2) for b in (1, NUM, 1, NUM)],
    ),
    case("function", "plain(1)", PLAIN_1),
    case("function of a module: no getattr of its own", "tracked.plain(1)", PLAIN_1),
    case("params in the callable's order", "plain(1, 2, 3, 4, d=6, c=5)", use("tracked.plain", ALL_PARAMS, 4)),
    case(
        "keywords under the callable's names, in its order",
        "plain(b=2, a=1)",
        use("tracked.plain", {"a": 1, "b": 2}, 0),
    ),
    case("mixed", "plain(1, c=5)", use("tracked.plain", {"a": 1, "c": 5}, 1)),
    case("positional-only", "first_two(1, 2, c=4)", use("tracked.first_two", {"a": 1, "b": 2, "c": 4}, 2)),
    case("keyword-only", "only_keywords(b=2, a=1)", use("tracked.only_keywords", {"a": 1, "b": 2}, 0)),
    case("explicit default is written", "plain(1, 2)", use("tracked.plain", {"a": 1, "b": 2}, 2)),
    case(
        "arguments that do not fit",
        "try:\n    only_keywords(7, b=1)\nexcept TypeError:\n    pass",
        use("tracked.only_keywords", {"0": 7, "b": 1}, 1),
    ),
    case(
        "method's arguments that do not fit",
        "try:\n    thing.method(1, 2, 3, z=4)\nexcept TypeError:\n    pass",
        use("tracked.Thing.method", {"self": THING, "0": 1, "1": 2, "2": 3, "z": 4}, 4),
    ),
    case(
        "too few arguments",
        "try:\n    first_two(1)\nexcept TypeError:\n    pass",
        use("tracked.first_two", {"a": 1}, 1),
    ),
    case("* of a list", "x = [1, 2]\nplain(*x)", use("tracked.plain", {"a": 1, "b": 2}, 2)),
    case(
        "* of a tuple among others",
        "x = (2, 3)\nplain(1, *x, 4)",
        use("tracked.plain", {"a": 1, "b": 2, "*args": [3, 4]}, 4),
    ),
    case("* of a range", "plain(*range(2))", use("tracked.plain", {"a": 0, "b": 1}, 2)),
    case("** of a dict", "x = {'a': 1, 'd': 2}\nplain(**x)", use("tracked.plain", {"a": 1, "**kwargs": {"d": 2}}, 0)),
    case(
        "* and ** and keywords",
        "x, y = [2], {'d': 6}\nplain(1, *x, c=5, **y)",
        use("tracked.plain", {"a": 1, "b": 2, "c": 5, "**kwargs": {"d": 6}}, 2),
    ),
    case("two **", "x, y = {'a': 1}, {'b': 2}\nplain(**x, **y)", use("tracked.plain", {"a": 1, "b": 2}, 0)),
    case(
        "* of a generator can't be known",
        "plain(*(x for x in [1, 2]))",
        use("tracked.plain", {"*": {"t": "generator"}}, ABSENT),
    ),
    case(
        "* of a user's iterable can't be known",
        "class I:\n    def __iter__(self):\n        return iter([1])\nplain(*I())",
        use("tracked.plain", {"*": OfType()}, ABSENT),
    ),
    *[
        case(
            "** of a user's mapping after several values for max",
            """
            class M:
                def keys(self):
                    return ["key"]
                def __getitem__(self, key):
                    return None
            max(1, num, **M())
            """,
            use("builtins.max", {"*args": [1, NUM], **more}, positional),
            **limits,
        )
        for more, positional, limits in (
            ({"*": OfType()}, ABSENT, {"until": (3, 8)}),
            ({"key": None}, 2, {"since": (3, 9)}),
        )
    ],
    case(
        "* and ** of instances of a builtin's subclass",
        """
        class T(tuple):
            __len__ = None
        class D(dict):
            items = keys = None
        plain(*T([1, 2]))
        plain(*T([3]), **D(b=4))
        plain(**D(a=5))
        """,
        use("tracked.plain", {"a": 1, "b": 2}, 2),
        use("tracked.plain", {"a": 3, "b": 4}, 1),
        use("tracked.plain", {"a": 5}, 0),
    ),
    case(
        "* of what a dict holds, and of a bytearray",
        "x = {1: 2, 3: 4}\nplain(*x.keys())\nplain(*x.values())\nplain(*x.items())\nplain(*bytearray(b'ab'))",
        use("tracked.plain", {"a": 1, "b": 3}, 2),
        use("tracked.plain", {"a": 2, "b": 4}, 2),
        use("tracked.plain", {"a": {"t": "tuple", "v": [1, 2]}, "b": {"t": "tuple", "v": [3, 4]}}, 2),
        use("tracked.plain", {"a": 97, "b": 98}, 2),
    ),
    case(
        "* of a traced class's instance that a builtin iterates",
        "plain(*point)\nmax(*point)",
        use("builtins.iter", {"object": of("Point")}, 1),
        use("tracked.plain", {"a": 1, "b": 2}, 2),
        use("builtins.iter", {"object": of("Point")}, 1),
    ),
    case(
        "* of a traced iterable",
        "plain(*box)",
        use("builtins.iter", {"object": BOX}, 1),
        use("tracked.plain", {"*": BOX}, ABSENT),
    ),
    case(
        "* of a traced iterable after others",
        "many(0, *box)",
        use("builtins.iter", {"object": BOX}, 1),
        use("tracked.many"),
    ),
    case(
        "two traced iterables",
        "many(*box, *old)",
        use("builtins.iter", {"object": BOX}),
        use("builtins.iter", {"object": OLD}),
        use("tracked.many"),
    ),
    case("** of a traced mapping", "many(**pairs)", use("builtins.dict", {"mapping": PAIRS}, 1), use("tracked.many")),
    case(
        "a traced mapping is read before the one iterable beside it",
        "many(*seq, **mapping)",
        use("builtins.dict", {"mapping": MAP}, 1),
        use("builtins.iter", {"object": SEQ}, 1),
        use("tracked.many"),
    ),
    case(
        "two ** of traced mappings",
        "x = {'z': 1}\nmany(**x, **pairs)",
        use("builtins.dict", {"mapping": PAIRS}, 1),
        use("tracked.many"),
    ),
    case(
        "* of a traced iterable into a user's function",
        "def f(*args):\n    pass\nf(*box)",
        use("builtins.iter", {"object": BOX}, 1),
    ),
    case(
        "** of a traced mapping into a user's function",
        "def f(**args):\n    pass\nf(**pairs)",
        use("builtins.dict", {"mapping": PAIRS}, 1),
    ),
    case("more than 255 arguments", "many(%s)" % ", ".join(map(str, range(300))), use("tracked.many", None, 300)),
    case(
        "more than 255 keywords",
        "many(%s)" % ", ".join(f"k{i}={i}" for i in range(300)),
        use("tracked.many", {"**options": ANY}, 0),
    ),
    case(
        "more than 255 of both",
        "many(%s)" % ", ".join([*map(str, range(270)), *(f"k{i}={i}" for i in range(270))]),
        use("tracked.many", None, 270),
    ),
    case(
        "a call in more than 255 constants",
        "x = [%s]\nplain(1)" % ", ".join(f"'c{i}', len('d{i}')" for i in range(300)),
        PLAIN_1,
    ),
    case("decorator", "@decorate\ndef f():\n    pass", use("tracked.decorate", {"f": OfType("function")}, 1)),
    case("class decorator", "@decorate\nclass C:\n    pass", use("tracked.decorate", {"f": OfType("type")}, 1)),
    case(
        "decorator of a module",
        "@tracked.decorate\ndef f():\n    pass",
        use("tracked.decorate", {"f": OfType("function")}, 1),
    ),
    case("list comprehension", "[plain(x) for x in [1, 2]]", PLAIN_1, use("tracked.plain", {"a": 2}, 1)),
    case(
        "dict and set comprehension",
        "{plain(x): plain(x) for x in [1]}\n{plain(x) for x in [1]}",
        PLAIN_1,
        PLAIN_1,
        PLAIN_1,
    ),
    case("comprehension with a condition", "[x for x in [1] if plain(x)]", PLAIN_1),
    case(
        "generator", "def g():\n    yield plain(1)\n    yield\nlist(g())\nlist(plain(x) for x in [1])", PLAIN_1, PLAIN_1
    ),
    case(
        "generator left early",
        "def g():\n    for x in [1, 2]:\n        yield plain(x)\nnext(g())\nfor x in g():\n    break",
        PLAIN_1,
        PLAIN_1,
    ),
    case("coroutine", "async def f():\n    return plain(1)\nasync def g():\n    await f()\nrun(g())", PLAIN_1),
    case(
        "asynchronous generator",
        "async def f():\n    yield plain(1)\nasync def g():\n    async for x in f():\n        pass\nrun(g())",
        PLAIN_1,
    ),
    case("lambda and default", "f = lambda x=plain(1): plain(1)\nf()", PLAIN_1, PLAIN_1),
    case("class body", "class C:\n    x = plain(1)\n    y = [plain(i) for i in [1]]", PLAIN_1, PLAIN_1),
    case(
        "method of a user's class",
        "class C:\n    def m(self):\n        return plain(1)\nC().m()\nC.m(0)",
        PLAIN_1,
        PLAIN_1,
    ),
    case("exec", "here('plain(1)')", PLAIN_1),
    case("exec without a __name__ is none", "exec('plain(1)', {'plain': plain})"),
    case("nested function", "def f():\n    def g():\n        return plain(1)\n    return g\nf()()", PLAIN_1),
    case("thread", "t = threading.Thread(target=lambda: plain(1))\nt.start()\nt.join()", PLAIN_1, needs="threads"),
    case(
        "thread whose target is traced",
        "t = threading.Thread(target=plain, args=(1,))\nt.start()\nt.join()",
        needs="threads",
    ),
    case(
        "in a try, finally and except",
        "try:\n    plain(1)\n    1 / 0\nexcept ZeroDivisionError:\n    plain(1)\nfinally:\n    plain(1)",
        PLAIN_1,
        PLAIN_1,
        PLAIN_1,
    ),
    case("in a with statement", "with io.StringIO():\n    plain(1)\nplain(1)", PLAIN_1, PLAIN_1),
    case("in a conditional expression", "plain(1) if len('a') else 2\n1 or plain(1)\n0 or plain(1)", PLAIN_1, PLAIN_1),
    case("nested calls", "plain(plain(1))", PLAIN_1, PLAIN_1),
    case(
        "user's partial: what is frozen is written",
        "user_partial(2, d=5)",
        use("tracked.plain", {"a": 1, "b": 2, "c": 4, "**kwargs": {"d": 5}}),
    ),
    case(
        "keywords given again replace those of a partial", "user_partial(c=9)", use("tracked.plain", {"a": 1, "c": 9})
    ),
    *[
        case(
            "keywords by names of a subclass of str: " + call,
            "class Name(str):\n    pass\nnames = {Name('a'): 1, Name('z'): 2}\n" + call,
            use("tracked.plain", {"a": 1, "**kwargs": {"z": 2}}, 0),
        )
        for call in ("plain(**names)", "functools.partial(plain, **names)()")
    ],
    case("making a partial is none", "functools.partial(plain, 1)"),
    case(
        "partial of the traced module",
        "partial_plain(2)\ntracked.partial_plain(2)",
        use("tracked.plain", {"a": 1, "b": 2}),
        use("tracked.plain", {"a": 1, "b": 2}),
    ),
    case(
        "partial of a method",
        "f = functools.partial(Thing.method, thing)\nf(1)",
        fetched(cls("tracked.Thing"), "method", "tracked.Thing.method"),
        use("tracked.Thing.method", {"self": THING, "x": 1}),
    ),
    case(
        "lru_cache object",
        "cached(1)\ntracked.cached(1)",
        use("tracked.cached", {"x": 1}, 1),
        use("tracked.cached", {"x": 1}, 1),
    ),
    case("wrapper that carries the function's module", "wrapped(1, b=2)", use("tracked.wrapped", {"a": 1, "b": 2}, 1)),
    case(
        "callable object with a module and a name",
        "dispatched(1, y=2)\ntracked.dispatched(1)",
        use("tracked.dispatched", {"x": 1, "y": 2}, 1),
        use("tracked.dispatched", {"x": 1}, 1),
    ),
    case(
        "callable object that names itself, with the parameters of its type's __call__",
        "named(1, y=2)\ntracked.named(*[1])",
        use("tracked.named", {"x": 1, "y": 2}, 1),
        use("tracked.named", {"x": 1}, 1),
    ),
    case("any other callable object", "caller(1)", use("tracked.Caller.__call__", {"self": of("Caller"), "x": 1}, 2)),
    case(
        "bound method that a module exports",
        "draw(3)\ntracked.draw(size=3)",
        use("tracked.draw", {"size": 3}, 1),
        use("tracked.draw", {"size": 3}, 0),
    ),
    case(
        "bound method that a module exports, where the code does not import it",
        'here("tracked.draw(3); tracked.draw(size=3)")',
        use("tracked.draw", {"size": 3}, 1),
        use("tracked.draw", {"size": 3}, 0),
    ),
    case(
        "method of the instance whose bound method a module exports, and of another one",
        "for x in (Generator(), draw.__self__):\n    x.draw(1); x.draw(size=2); x.draw(*[3])",
        use("tracked.Generator"),
        *[
            use("tracked.Generator.draw", {"self": of("Generator"), "size": size}, n)
            for _ in range(2)
            for size, n in ((1, 2), (2, 1), (3, 2))
        ],
    ),
    case("function under another name", "renamed(1)", PLAIN_1),
    case(
        "function of the same name in the package is another",
        "tracked._core.clash(1)\ntracked.clash(1)",
        fetched(TRACKED_MODULE, "_core", "tracked._core"),
        use("tracked._core.clash", {"x": 1}),
        use("tracked.clash", {"x": 1}),
    ),
    case(
        "function made by a function",
        "f = make_adder(1)\nf(2)",
        use("tracked.make_adder", {"n": 1}),
        use("tracked._core.make_adder.<locals>.add", {"m": 2}, 1),
    ),
    case(
        "function and class made by a function, which the package exports under their names",
        "tracked.said(2)\nlist(map(tracked.said, [3]))\nk = tracked.Local()\nk.go()\ntake(tracked.Local)",
        use("tracked.said", {"m": 2}, 1),
        fetched(TRACKED_MODULE, "said", "tracked.said"),
        use("tracked.said", {"m": 3}, ABSENT, via="c"),
        use("tracked.Local", {}, 0),
        use("tracked.Local.go", {"self": of("Local")}, 1),
        fetched(TRACKED_MODULE, "Local", "tracked.Local"),
        use("tracked.take", {"value": {"t": "type", "v": "tracked.Local"}}, 1),
    ),
    case(
        "shortest package that exports it",
        "tracked.sub.shout('a')",
        fetched(TRACKED_MODULE, "sub", "tracked.sub"),
        use("tracked.sub.shout", {"text": "a"}, 1),
    ),
    case(
        "class exported by a subpackage",
        "f = sub.Exported\nf()",
        fetched({"t": "module", "v": "tracked.sub"}, "Exported", "tracked.sub.Exported"),
        use("tracked.sub.Exported", {}, 0),
    ),
    case(
        "class exported by no package",
        "f = sub.deep.Deep\nf().dig(1)",
        fetched({"t": "module", "v": "tracked.sub"}, "deep", "tracked.sub.deep"),
        fetched({"t": "module", "v": "tracked.sub.deep"}, "Deep", "tracked.sub.deep.Deep"),
        use("tracked.sub.deep.Deep"),
        use("tracked.sub.deep.Deep.dig", {"self": of("sub.deep.Deep"), "n": 1}, 2),
    ),
    case(
        "method through a class that has another module than its functions, or of another class by its own account",
        "f = sub.deep.Given\nx = f()\nf.dig(x, 1)\nf.bury(x)",
        fetched({"t": "module", "v": "tracked.sub"}, "deep", "tracked.sub.deep"),
        fetched({"t": "module", "v": "tracked.sub.deep"}, "Given", "tracked.sub.deep.Given"),
        use("tracked.given.Given"),
        use("tracked.given.Given.dig", {"self": of("given.Given"), "n": 1}, 2),
        use("tracked.given.Given.bury", {"self": of("given.Given")}, 1),
    ),
    case(
        "class that a module gets and loses by its __dict__",
        """
        deep = sub.deep
        deep.Deep().dig(1)
        vars(sub).update(Deep=deep.Deep)
        sub.Deep().dig(2)
        del vars(sub)["Deep"]
        deep.Deep().dig(3)
        """,
        fetched({"t": "module", "v": "tracked.sub"}, "deep", "tracked.sub.deep"),
        use("tracked.sub.deep.Deep"),
        use("tracked.sub.deep.Deep.dig", {"self": of("sub.deep.Deep"), "n": 1}, 2),
        fetched({"t": "module", "v": "tracked.sub.deep"}, "Deep", "tracked.sub.deep.Deep"),
        use("tracked.sub.Deep"),
        use("tracked.sub.Deep.dig", {"self": of("sub.Deep"), "n": 2}, 2),
        use("tracked.sub.deep.Deep"),
        use("tracked.sub.deep.Deep.dig", {"self": of("sub.deep.Deep"), "n": 3}, 2),
    ),
    case(
        "construction has no receiver",
        "Thing(1)\nThing(value=1)\nThing()",
        use("tracked.Thing", {"value": 1}, 1),
        use("tracked.Thing", {"value": 1}, 0),
        use("tracked.Thing", {}, 0),
    ),
    case("construction by __new__", "WithNew(1)", use("tracked.WithNew", {"value": 1}, 1)),
    case(
        "construction by an __init__ that is compiled",
        "CompiledInit(1, order='F')\nFusedInit(1)\nclass U(CompiledInit):\n    pass\nU(2)",
        use("tracked.CompiledInit", {"size": 1, "order": "F"}, 1),
        use("tracked.FusedInit", {"size": 1}, 1),
        BUILD,
        use("tracked.CompiledInit.__init__", {"size": 2}, 1),
    ),
    case("construction without own methods", "Empty()", use("tracked.Empty", {}, 0)),
    case(
        "construction of a builtin's subclass",
        "Seq([1])\nMap(k=1)\nCount(3)",
        use("tracked.Seq", None, 1),
        use("tracked.Map", None, 0),
        use("tracked.Count", None, 1),
    ),
    case("construction of a nested class", "Thing.Inner()", use("tracked.Thing.Inner", {}, 0)),
    case("construction of a named tuple", "Point(1, y=2)", use("tracked.Point", {"x": 1, "y": 2}, 1)),
    case("construction of a data class", "Data(1)", use("tracked.Data", {"x": 1}, 1)),
    case("construction of an enum member", "Colour(1)", use("tracked.Colour", None, 1)),
    case("construction of a class", "Meta('C', (), {})", use("tracked.Meta", None, 3)),
    case("construction through a module", "tracked.Thing(1)", use("tracked.Thing", {"value": 1}, 1)),
    case("method", "thing.method(1)", use("tracked.Thing.method", {"self": THING, "x": 1}, 2)),
    case(
        "method with keywords",
        "thing.method(y=2, x=1)",
        use("tracked.Thing.method", {"self": THING, "x": 1, "y": 2}, 1),
    ),
    case(
        "method with * and **",
        "x, y = [1], {'y': 2}\nthing.method(*x, **y)",
        use("tracked.Thing.method", {"self": THING, "x": 1, "y": 2}, 2),
    ),
    case(
        "method of the most derived traced class",
        "subthing.method(1)",
        use("tracked.SubThing.method", {"self": of("SubThing"), "x": 1}, 2),
    ),
    case(
        "bound method kept in a variable",
        "f = thing.method\nf(1)",
        fetched(THING, "method", "tracked.Thing.method", 2),
        use("tracked.Thing.method", {"self": THING, "x": 1}, 2),
    ),
    case(
        "static method",
        "thing.static(1)\nThing.static(1)",
        use("tracked.Thing.static", {"x": 1}, 1),
        use("tracked.Thing.static", {"x": 1}, 1),
    ),
    case(
        "class method",
        "Thing.make(1)\nthing.make(1)",
        *[use("tracked.Thing.make", {"cls": cls("tracked.Thing"), "x": 1}, 2)] * 2,
    ),
    case(
        "a method through super() where others were called before",
        "s = super(SubThing, subthing)\nfor o in (subthing, s, subthing, s):\n    o.method(1)",
        *[
            use("tracked.SubThing.method", {"self": of("SubThing"), "x": 1}, 2),
            use("tracked.Thing.method", {"self": of("SubThing"), "x": 1}, 2),
        ]
        * 2,
    ),
    case(
        "a method that lru_cache wraps, through its class and bound by turns",
        "x = Choosing()\nfor o in (Choosing, x, Choosing, x):\n    o.kept(x)",
        use("tracked.Choosing"),
        *[
            use("tracked.Choosing.kept", {"self": of("Choosing")}, 1),
            use("tracked.Choosing.kept", {"self": of("Choosing"), "x": of("Choosing")}, 2),
        ]
        * 2,
    ),
    case(
        "a builtin's method under another name",
        "x = Pushing()\nx.push(1)\nx.push(*[2])\ntry:\n    x.push(3, y=4)\nexcept TypeError:\n    pass",
        use("tracked.Pushing"),
        use("tracked.Pushing.push", {"self": OfType(), "object": 1}, 2),
        use("tracked.Pushing.push", {"self": OfType(), "object": 2}, 2),
        use("tracked.Pushing.push", {"self": OfType(), "0": 3, "y": 4}, 2),
    ),
    case(
        "a class, alone and in a bound method by turns",
        "for f in (Passing, type(run.__get__(1))(Passing, 2)) * 2:\n    f(1)",
        *[use("tracked.Passing", {"x": 1}, 1), use("tracked.Passing", {"x": 2, "y": 1}, 2)] * 2,
    ),
    case(
        "a class, then its class method, and again",
        "make = Thing.make\nfor f in (Thing, make, Thing, make):\n    f(1)",
        fetched(cls("tracked.Thing"), "make", "tracked.Thing.make"),
        *[
            use("tracked.Thing", {"value": 1}, 1),
            use("tracked.Thing.make", {"cls": cls("tracked.Thing"), "x": 1}, 2),
        ]
        * 2,
    ),
    case(
        "a function that a class of the user's holds as a class method, fetched before the call",
        "class C:\n    f = classmethod(plain)\nmethods = [C.f, C().f, C.f]\nfor f in methods:\n    f()\n    f(2, c=4)",
        *[
            use("tracked.plain", {"a": OfType("type")}, 1),
            use("tracked.plain", {"a": OfType("type"), "b": 2, "c": 4}, 2),
        ]
        * 3,
    ),
    case(
        "class method of the derived class",
        "SubThing.make(1)",
        use("tracked.SubThing.make", {"cls": cls("tracked.SubThing"), "x": 1}, 2),
    ),
    case(
        "through its class: the class that defines it",
        "Thing.method(subthing, 1)\nSubThing.method(subthing, 1)",
        *[use("tracked.Thing.method", {"self": of("SubThing"), "x": 1}, 2)] * 2,
    ),
    case(
        "through a class without public name: the first argument's",
        "Public.act(public, 1)\nPublic.play(public, 2)",
        use("tracked.Public.act", {"self": of("Public"), "x": 1}, 2),
        use("tracked.Public.play", {"self": of("Public"), "x": 2}, 2),
    ),
    case(
        "method that a function made, through its class: the class that defines it",
        "class Below(Alias):\n    pass\nx = Below()\nfor cls in Below, Alias:\n    cls.closed(x)\n    cls.shut(x)\nx.shut()",
        BUILD,
        *[use("tracked.Alias." + name, {"self": OfType()}, 1) for name in ("closed", "shut") * 2 + ("shut",)],
    ),
    case(
        "object that is a method, through a class without public name: the first argument's",
        "for x in 1, 2:\n    Public.said(public, x)\nPublic.said(3)",
        use("tracked.Public.said", {"x": of("Public"), "y": 1}, 2),
        use("tracked.Public.said", {"x": of("Public"), "y": 2}, 2),
        use("tracked._core._Private.said", {"x": 3}, 1),
    ),
    case(
        "object that is a method without a name of its own, bound or through its class",
        "f = public.kept\nfor x in 1, 2:\n    Public.kept(public, x)\n    public.kept(x)\n    f(x)",
        fetched(of("Public"), "kept", "tracked.Public.kept"),
        *[use("tracked.Public.kept", {"x": of("Public"), "y": y}, 2) for y in (1, 1, 1, 2, 2, 2)],
    ),
    case(
        "class in C whose signature names the receiver",
        "ToldMap()\nToldMap([])",
        use("tracked.ToldMap", {}, 0),
        use("tracked.ToldMap", {"items": []}, 1),
    ),
    case(
        "function in C that keeps an object of its own",
        "f = function_in_c\nfor x in 1, 2:\n    function_in_c(x, b=2)\ntake(f)",
        *[use("tracked.function_in_c", {"0": x, "b": 2}, 1) for x in (1, 2)],
        use("tracked.take", {"value": cls("tracked.function_in_c", "builtin_function_or_method")}),
    ),
    case(
        "function in C that keeps what its module holds, as those of a library of cffi",
        "f = in_library\nfor x in 1, 2:\n    f(x)",
        *[use("tracked._core.library.work", {"0": x}, 1) for x in (1, 2)],
    ),
    case(
        "function that tells its name by a getter in C",
        "f = told_by_getter\nfor x in 1, 2:\n    f(x)\n    tracked.told_by_getter(x)\ntake(f)",
        *[use("tracked.told_by_getter", {"0": x}, 1) for x in (1, 1, 2, 2)],
        use("tracked.take", {"value": {"t": "nanobind.nb_func", "v": "tracked.told_by_getter"}}),
        since=(3, 9),
    ),
    case(
        "bound method that is none of the interpreter's own type",
        "f, g = nb_bound_method(Mine().__add__), nb_bound_method(thing.method)\nfor x in 1, 2:\n    f(x)\n    g(x)",
        fetched(of("Thing"), "method", "tracked.Thing.method"),
        *[use("tracked.Thing.method", {"self": of("Thing"), "x": x}, 2) for x in (1, 2)],
    ),
    case(
        "object that has the fields of a bound method, with nothing in them",
        """
        class Half:
            __slots__ = ("__func__", "__self__")
            def __call__(self, x):
                return x
        half = Half()
        half(1)
        half.__func__ = plain
        half(1), take(1)
        """,
        use("tracked.take", {"value": 1}, 1),
    ),
    case(
        "class with a property as its module",
        "for n in 1, 2:\n    x = Answers(n)\n    x.tell()\n    x.x, len(x)\n    Answers.tell(x)",
        *[
            one
            for n in (1, 2)
            for one in (
                use("tracked.Answers", {"x": n}, 1),
                use("tracked.Answers.tell", {"self": of("Answers")}, 1),
                fetched(of("Answers"), "x", "tracked.Answers.x", 2),
                use("builtins.len", {"object": of("Answers")}, 1),
                use("tracked.Answers.tell", {"self": of("Answers")}, 1),
            )
        ],
    ),
    case(
        "method made of such a function, bound or through its class",
        "x = SubInC()\nf, g = x.act, SubInC.act\nfor n in 1, 2:\n    x.act(n, b=2)\n    f(n)\n    x.also(n)\n    x(n)",
        use("tracked.SubInC", {}),
        *[fetched(ANY, "act", "tracked.SubInC.act")] * 2,
        *[
            use("tracked.SubInC." + name, {"self": of("SubInC"), "0": n, **more}, 2)
            for n in (1, 2)
            for name, more in (("act", {"b": 2}), ("act", {}), ("also", {}), ("__call__", {}))
        ],
    ),
    case(
        "the same through its class",
        "x = SubInC()\nf = SubInC.act\nfor n in 1, 2:\n    SubInC.act(x, n)\n    f(x, n)\n    SubInC.also(x)\n    SubInC.base(x)",
        use("tracked.SubInC", {}),
        fetched(ANY, "act", "tracked.SubInC.act"),
        *[
            use("tracked." + name, {"self": of("SubInC"), **more}, 1 + len(more))
            for n in (1, 2)
            for name, more in (("InC.act", {"0": n}), ("InC.act", {"0": n}), ("InC.also", {}), ("SubInC.base", {}))
        ],
    ),
    case(
        "method made of such a function of the module, as SWIG does",
        "x = SubInC()\nf = SubInC.get\nfor n in 1, 2:\n    x.get(n), SubInC.get(x, n), f(x)",
        use("tracked.SubInC", {}),
        fetched(ANY, "get", "tracked.SubInC.get"),
        *[
            use("tracked." + name, {"self" if cls else "0": of("SubInC"), **more}, 1 + len(more))
            for n in (1, 2)
            for name, cls, more in (
                ("SubInC.get", True, {"0": n}),
                ("InC.get", True, {"0": n}),
                ("_core._InC_get", False, {}),
            )
        ],
    ),
    case(
        "static method made of such a function",
        "x = SubInC()\nf, g = SubInC.make, InC.Inner.give\n"
        "for n in 1, 2:\n    SubInC.make(n)\n    x.make(n)\n    f(n)\n    x.held(n)\n    g(n)",
        use("tracked.SubInC", {}),
        fetched(ANY, "make", "tracked.SubInC.make"),
        fetched(ANY, "Inner", "tracked.InC.Inner"),
        fetched(ANY, "give", "tracked.InC.Inner.give"),
        *[
            use("tracked." + name, {"0": n}, 1)
            for n in (1, 2)
            for name in ("InC.make", "InC.make", "InC.make", "SubInC.held", "InC.Inner.give")
        ],
    ),
    case(
        "method that says nothing of the traced module, bound, through its class or static",
        "x = SubUntold()\nf, g = SubUntold.id, len\nfor n in 1, 2:\n    x.id(), SubUntold.id(x), f(x), Untold.alias(x)\n"
        "    SubUntold.settled(()), x.settled(()), f(n), g('a')",
        use("tracked.SubUntold"),
        fetched(ANY, "id", "tracked.SubUntold.id"),
        *[
            use("tracked." + name, {"obj": value}, 1)
            for _ in (1, 2)
            for name, value in (
                ("SubUntold.id", of("SubUntold")),
                ("Untold.id", of("SubUntold")),
                ("Untold.id", of("SubUntold")),
                ("Untold.alias", of("SubUntold")),
                ("Untold.settled", {"t": "tuple", "v": []}),
                ("SubUntold.settled", {"t": "tuple", "v": []}),
            )
        ],
    ),
    case(
        "method of sip, bound or through its class",
        """
        class U(Sipped):
            pass
        for x in Sipped(), U():
            f, g = x.move, Sipped.move
            x.move(1), f(1), Sipped.move(x, 1), g(x, 1)
            Sipped.move(1)
            with x:
                pass
        """,
        BUILD,
        use("tracked.Sipped"),
        use("tracked.Sipped.__init__"),
        *[
            *[fetched(ANY, "move", "tracked.Sipped.move")] * 2,
            *[use("tracked.Sipped.move", {"self": OfType(), "0": 1}, 2)] * 4,
            use("tracked.Sipped.move", {"0": 1}, 1),
            use("tracked.Sipped.__enter__", {"self": OfType()}, 1),
            use("tracked.Sipped.__exit__", {"self": OfType(), "0": None, "1": None, "2": None}, 4),
        ]
        * 2,
    ),
    case(
        "static method of a class in C",
        "x = SubInC()\nf = SubInC.join\nfor n in 'ab':\n    SubInC.join(n, n)\n    f(n, n)\n    x.join()\n    x.link(n)\ntake(f)",
        use("tracked.SubInC", {}),
        fetched(ANY, "join", "tracked.SubInC.join"),
        *[
            use("tracked." + name, params, len(params))
            for n in "ab"
            for name, params in [("InC.join", {"0": n, "1": n})] * 2 + [("InC.join", {}), ("SubInC.link", {"0": n})]
        ],
        use("tracked.take", {"value": cls("tracked.InC.join", "builtin_function_or_method")}),
    ),
    case(
        "such methods on an instance of a user's subclass, by super() and in a with statement",
        """
        class Mine(InC):
            def act(self, n):
                return super().act(n)
        x = Mine()
        for n in 1, 2:
            x.act(n)
            x.also(n)
            with x:
                pass
        """,
        BUILD,
        *[
            use("tracked.InC." + name, {"self": OfType(), **more}, 1 + len(more))
            for n in (1, 2)
            for name, more in (
                ("act", {"0": n}),
                ("also", {"0": n}),
                ("__enter__", {}),
                ("__exit__", {"0": None, "1": None, "2": None}),
            )
        ],
    ),
    case(
        "method of a private class on its public subclass",
        "public.act(1)",
        use("tracked.Public.act", {"self": of("Public"), "x": 1}, 2),
    ),
    case(
        "method inherited from a builtin",
        "seq.append(3)\nmapping.get('k', 1)\nstring.upper()",
        use("tracked.Seq.append", {"self": SEQ, "object": 3}, 2),
        use("tracked.Map.get", {"self": MAP, "key": "k", "default": 1}, 3),
        use("tracked.Text.upper", {"self": TEXT}, 1),
    ),
    case(
        "method inherited from a builtin, kept",
        "f = seq.append\nf(3)",
        fetched(SEQ, "append", "tracked.Seq.append"),
        use("tracked.Seq.append", {"self": SEQ, "object": 3}, 2),
    ),
    case("method of a builtin with a traced argument is none", "list.append([], num)\n[].append(num)\n''.join(['a'])"),
    case(
        "special method called by name",
        "box.__contains__(2)",
        use("tracked.Box.__contains__", {"self": BOX, "item": 2}, 2),
    ),
    case(
        "raise of a class",
        "try:\n    raise Error\nexcept ValueError:\n    pass\nexcept Exception:\n    pass",
        use("tracked.Error", {}, 0),
    ),
    case("raise of a class that is no exception", "try:\n    raise Num\nexcept TypeError:\n    pass"),
    case(
        "raise of an instance is the call alone",
        "try:\n    raise Error('a')\nexcept Exception:\n    pass",
        use("tracked.Error", None, 1),
    ),
    case(
        "raise from a class",
        "try:\n    raise ValueError from Error\nexcept Exception:\n    pass",
        use("tracked.Error", {}, 0),
    ),
    case(
        "calling a generator function",
        "for x in generate(1):\n    pass\nnext(generate(1))",
        *[use("tracked.generate", {"n": 1}, 1)] * 2,
    ),
    case(
        "calling a coroutine function",
        "async def f():\n    await later(1)\nrun(f())",
        use("tracked.later", {"n": 1}, 1),
    ),
    case("a context manager function", "with context(1):\n    pass", use("tracked.context", {"x": 1}, 1)),
    case("what the traced module does to itself is none", "calls_itself(1)", use("tracked.calls_itself", {"n": 1}, 1)),
    case(
        "a user function called back is outside",
        "apply(lambda x: plain(x), 1)",
        use("tracked.apply", {"f": OfType("function"), "*args": [1]}, 2),
        PLAIN_1,
    ),
    case(
        "a traced function called back is inside",
        "apply(plain, 1)",
        use("tracked.apply", {"f": {"t": "function", "v": "tracked.plain"}, "*args": [1]}, 2),
    ),
    case(
        "a call that fails is still one", "try:\n    plain()\nexcept TypeError:\n    pass", use("tracked.plain", {}, 0)
    ),
    case(
        "a method of __getattr__'s making",
        "try:\n    thing.dynamic_thing()\nexcept TypeError:\n    pass",
        fetched(THING, "dynamic_thing", ABSENT),
    ),
    case(
        "a private function",
        "tracked._core._hidden(1)",
        fetched(TRACKED_MODULE, "_core", "tracked._core"),
        use("tracked._core._hidden", {"x": 1}, 1),
    ),
    case("the place", "x = 0; plain(1)", use("tracked.plain", {"a": 1}, 1, column=11), since=(3, 11)),
    case("no column before 3.11", "x = 0; plain(1)", use("tracked.plain", {"a": 1}, 1, column=ABSENT), until=(3, 10)),
]

SUBCLASSES = [
    case(
        "calling a user's subclass",
        "class U(Thing):\n    pass\nU(1)",
        BUILD,
        use("tracked.Thing.__init__", {"value": 1}),
    ),
    case(
        "calling a user's subclass of one with __new__",
        "class U(WithNew):\n    pass\nU(1)",
        BUILD,
        use("tracked.WithNew.__new__", {"value": 1}),
    ),
    case("calling a user's enumeration is none", "class U(Kind):\n    A = 1\nU(1)", BUILD),
    case(
        "calling one with its own __init__ is none",
        "class U(Thing):\n    def __init__(self):\n        pass\nU()",
        BUILD,
    ),
    case(
        "super().__init__ is a call",
        "class U(Thing):\n    def __init__(self):\n        super().__init__(1)\nU()",
        BUILD,
        use("tracked.Thing.__init__", {"self": OfType(), "value": 1}, 2),
    ),
    case(
        "Base.__init__(self) is a call",
        "class U(Thing):\n    def __init__(self):\n        Thing.__init__(self, 1)\nU()",
        BUILD,
        use("tracked.Thing.__init__", {"self": OfType(), "value": 1}, 2),
    ),
    case(
        "super() with arguments",
        "class U(Thing):\n    def method(self, x):\n        return super(U, self).method(x)\nU().method(1)",
        BUILD,
        use("tracked.Thing.__init__"),
        use("tracked.Thing.method", {"self": OfType(), "x": 1}, 2),
    ),
    case(
        "super() kept in a variable",
        "class U(Thing):\n"
        "    def method(self, x):\n"
        "        s = super()\n"
        "        return s.method(x, y=3)\n"
        "U().method(1)",
        BUILD,
        use("tracked.Thing.__init__"),
        use("tracked.Thing.method", {"self": OfType(), "x": 1, "y": 3}, 2),
    ),
    case(
        "super() of a class method",
        "class U(Thing):\n    @classmethod\n    def make(cls, x):\n        return super().make(x)\nU.make(1)",
        BUILD,
        use("tracked.Thing.make", {"cls": OfType("type"), "x": 1}, 2),
    ),
    case(
        "super() that reaches a private class",
        "class U(Public):\n    def act(self, x):\n        return super().act(x)\nU().act(1)",
        BUILD,
        use("tracked.Public.act", {"self": OfType(), "x": 1}, 2),
    ),
    case(
        "super() of an attribute",
        "class U(Thing):\n    def m(self):\n        return super().prop\nU().m()",
        BUILD,
        use("tracked.Thing.__init__"),
        use("builtins.getattr", {"object": OfType("super"), "name": "prop"}, 2, attribute="tracked.Thing.prop"),
    ),
    case(
        "super() that reaches a user's class is none",
        "class A:\n"
        "    def m(self):\n"
        "        return 1\n"
        "class B(A):\n"
        "    def m(self):\n"
        "        return super().m()\n"
        "B().m()",
    ),
    case(
        "super() that reaches object",
        "class U(Thing):\n    def __init__(self):\n        super(Thing, self).__init__()\nU()",
        BUILD,
    ),
    case(
        "an inherited method",
        "class U(Thing):\n    pass\nu = U()\nu.method(1)\nU.make(2)\nu.static(3)",
        BUILD,
        use("tracked.Thing.__init__"),
        use("tracked.Thing.method", {"self": OfType(), "x": 1}, 2),
        use("tracked.Thing.make", {"cls": OfType("type"), "x": 2}, 2),
        use("tracked.Thing.static", {"x": 3}, 1),
    ),
    case(
        "an overridden method is none",
        "class U(Thing):\n"
        "    def __init__(self):\n"
        "        pass\n"
        "    def method(self):\n"
        "        pass\n"
        "u = U()\n"
        "u.method()\n"
        "U.method(u)",
        BUILD,
    ),
    case(
        "a user's method of a new name is none",
        "class U(Thing):\n    def __init__(self):\n        pass\n    def mine(self):\n        pass\nU().mine()",
        BUILD,
    ),
    case(
        "a property of a user's subclass",
        "class U(Thing):\n    def __init__(self):\n        pass\nu = U()\nu.prop\nu.prop = 1\ndel u.prop",
        BUILD,
        use("builtins.getattr", {"object": OfType(), "name": "prop"}, 2, attribute="tracked.Thing.prop"),
        use("builtins.setattr", {"object": OfType(), "name": "prop", "value": 1}, 3, attribute="tracked.Thing.prop"),
        use("builtins.delattr", {"object": OfType(), "name": "prop"}, 2, attribute="tracked.Thing.prop"),
    ),
    case(
        "an overridden attribute is none",
        "class U(Thing):\n    colour = 'blue'\n    def __init__(self):\n        pass\nU().colour\nU.colour",
        BUILD,
    ),
    case(
        "a class attribute of a user's subclass",
        "class U(Thing):\n    pass\nU.size",
        BUILD,
        use("builtins.getattr", {"object": OfType("type"), "name": "size"}, 2, attribute="tracked.Thing.size"),
    ),
    case(
        "what instances of a user's subclass hold, of a traced one's own attributes",
        """
        class U(Thing):
            def __init__(self):
                super().__init__(2)
                self.mine = 1
        u = U()
        u.value
        u.value = u.mine
        u.size = 4
        del u.size
        hasattr(u, "value"), hasattr(u, "mine")
        del u.value
        u.method = u.other = len
        u.method([]), u.other([])
        """,
        BUILD,
        use("tracked.Thing.__init__", {"self": OfType(), "value": 2}, 2),
        use("builtins.getattr", {"object": OfType(), "name": "value"}, 2, attribute="tracked.Thing.value"),
        use("builtins.setattr", {"object": OfType(), "name": "value", "value": 1}, 3, attribute="tracked.Thing.value"),
        use("builtins.setattr", {"object": OfType(), "name": "size", "value": 4}, 3, attribute="tracked.Thing.size"),
        use("builtins.delattr", {"object": OfType(), "name": "size"}, 2, attribute="tracked.Thing.size"),
        use("builtins.hasattr", {"object": OfType(), "name": "value"}, 2),
        use("builtins.delattr", {"object": OfType(), "name": "value"}, 2, attribute="tracked.Thing.value"),
    ),
    case(
        "what a property of a traced class sets of a user's subclass, and what that has as a class attribute of its own",
        """
        class U(SubThing):
            value = 3
        u = U()
        u.prop = 1
        u.stored, u.value
        """,
        BUILD,
        use("tracked.SubThing.__init__", {}, 0),
        use("builtins.setattr", {"object": OfType(), "name": "prop", "value": 1}, 3, attribute="tracked.SubThing.prop"),
        use("builtins.getattr", {"object": OfType(), "name": "stored"}, 2, attribute="tracked.SubThing.stored"),
    ),
    case(
        "what a traced class sets of a user's subclass by its name, as a frozen dataclass does",
        "class U(Frozen):\n    pass\nu = U(1, 'a')\nu.other = 2\nu.value, u.name, u.other",
        BUILD,
        use("tracked.Frozen.__init__", {"value": 1, "name": "a"}, 2),
        use("builtins.getattr", {"object": OfType(), "name": "value"}, 2, attribute="tracked.Frozen.value"),
        use("builtins.getattr", {"object": OfType(), "name": "name"}, 2, attribute="tracked.Frozen.name"),
    ),
    case(
        "what a user's subclass of two traced classes has of the second is named after that, not after the first",
        """
        class U(Alias, Thing):
            pass
        u = U(2)
        u.method(1)
        U.make(3)
        u.value, u.colour, u.text
        u.value = 4
        list(map(u.method, [5]))
        """,
        BUILD,
        use("tracked.Thing.__init__", {"value": 2}, 1),
        use("tracked.Thing.method", {"self": OfType(), "x": 1}, 2),
        use("tracked.Thing.make", {"cls": OfType("type"), "x": 3}, 2),
        use("builtins.getattr", {"object": OfType(), "name": "value"}, 2, attribute="tracked.Thing.value"),
        use("builtins.getattr", {"object": OfType(), "name": "colour"}, 2, attribute="tracked.Thing.colour"),
        use("builtins.getattr", {"object": OfType(), "name": "text"}, 2, attribute="tracked.Alias.text"),
        use("builtins.setattr", {"object": OfType(), "name": "value", "value": 4}, 3, attribute="tracked.Thing.value"),
        use("builtins.getattr", {"object": OfType(), "name": "method"}, 2, attribute="tracked.Thing.method"),
        use("tracked.Thing.method", {"self": OfType(), "x": 5}, ABSENT, via="c"),
    ),
    case(
        "a builtin's method and a protocol in a user's subclass of two traced classes",
        """
        class U(Thing, Seq, Manager):
            pass
        u = U()
        u.append(1)
        with u:
            pass
        list(map(U, [2]))
        """,
        BUILD,
        use("tracked.Thing.__init__", {}, 0),
        use("tracked.Seq.append", {"self": OfType(), "object": 1}, 2),
        use("tracked.Manager.__enter__", {"self": OfType()}, 1),
        use("tracked.Manager.__exit__"),
        use("tracked.Thing.__init__", {"value": 2}, ABSENT, via="c"),
    ),
    case(
        "a protocol that a user's subclass inherits",
        "class U(Box):\n    pass\nfor x in U():\n    pass\nwith_len = len(U())",
        BUILD,
        use("tracked.Box.__init__"),
        use("builtins.iter"),
        use("tracked.Box.__init__"),
        use("builtins.len"),
    ),
    case(
        "a protocol that a user's subclass overrides is none",
        "class U(Box):\n"
        "    def __init__(self):\n"
        "        pass\n"
        "    def __len__(self):\n"
        "        return 0\n"
        "    def __iter__(self):\n"
        "        return iter([])\n"
        "for x in U():\n"
        "    pass\n"
        "list(U())\n"
        "[*U()]",
        BUILD,
    ),
    case(
        "a user's manager on a traced base",
        "class U(Manager):\n"
        "    def __exit__(self, *args):\n"
        "        return super().__exit__(*args)\n"
        "with U():\n"
        "    pass",
        BUILD,
        use("tracked.Manager.__enter__"),
        use("tracked.Manager.__exit__", {"self": OfType(), "kind": None, "value": None, "trace": None}, 4),
    ),
    case(
        "a user's exception of a traced base",
        "class U(Error):\n    pass\ntry:\n    raise U\nexcept U:\n    pass",
        BUILD,
        use("tracked.Error.__init__", {}),
    ),
    case(
        "build_class with a traced base",
        "class U(Thing):\n    pass",
        use("builtins.__build_class__", {"name": "U", "*bases": [cls("tracked.Thing")]}),
    ),
    case(
        "build_class with a traced generic class",
        "class U(Typed[int]):\n    pass",
        use("operator.getitem"),
        use("builtins.__build_class__", None, 2),
    ),
    case(
        "construction of a traced generic class, and of a user's subclass",
        "class U(Typed):\n    pass\nTyped(), U()\ntry:\n    Typed(5)\nexcept TypeError:\n    pass",
        BUILD,
        use("tracked.Typed", {}, 0),
        use("tracked.Typed", {"0": 5}, 1),
    ),
    case(
        "a user's subclass of a traced one below a builtin",
        "class U(Count):\n    pass\nU(3)",
        use("builtins.__build_class__"),
        use("tracked.Count.__new__", {"0": 3}, 1),
    ),
    case(
        "a user's subclass of a builtin's, with an __init__ of its own",
        "class U(Count):\n    def __init__(self, value):\n        pass\nclass V(Seq):\n    def __init__(self, value):\n"
        "        pass\nU(3), V([3])",
        BUILD,
        BUILD,
        use("tracked.Count.__new__", {"0": 3}, 1),
    ),
    case(
        "a static method that is called itself",
        "static = staticmethod(plain)\nstatic(1, b=3)",
        use("tracked.plain", {"a": 1, "b": 3}, 1),
        since=(3, 10),
    ),
    case(
        "a function around a static method",
        "around_static(b=1, a=2)",
        use("tracked.around_static", {"a": 2, "b": 1}, 0),
    ),
    case(
        "a function of Python that tells its parameters",
        "described(1, y=2)",
        use("tracked.described", {"x": 1, "**options": {"y": 2}}, 1),
    ),
    case(
        "a text signature with defaults that no code can have",
        "quoting('a', 2, last=3, odd=4)",
        use("tracked.quoting", {"pattern": "a", "pair": 2, "odd": 4, "last": 3}, 2),
    ),
    case(
        "a class whose metaclass names what it is called with",
        "Renamed(1, second=3)\nlist(map(Renamed, [4]))",
        use("tracked.Renamed", {"first": 1, "second": 3}, 1),
        use("tracked.Renamed", {"first": 4}, ABSENT, via="c"),
    ),
    case(
        "a user's subclass that a traced metaclass makes",
        "class U(Made):\n    pass\nclass V(metaclass=Making):\n    pass\nU(2), V()",
        BUILD,
        BUILD,
        use("tracked.Made.__init__", {"value": 2}, 1),
        use("tracked.Making.__call__", {"cls": OfType("tracked.Making")}, 1),
    ),
    case("a member of a user's enumeration", "class U(Blank):\n    A = 1\nU(1)", BUILD),
    case(
        "a user's metaclass that makes instances, or does not, as their classes are called",
        """
        class M(type):
            kept = None
            def __call__(cls, *args, **kwargs):
                if cls.kept is None:
                    cls.kept = super().__call__(*args, **kwargs)
                return cls.kept
        class N(type):
            def __call__(cls, value):
                return type.__call__(cls, value)
        class U(Thing, metaclass=M):
            pass
        class V(Seq, metaclass=N):
            pass
        U(value=2), U(3), V([4]), list(map(V, [[5]]))
        """,
        BUILD,
        BUILD,
        use("tracked.Thing.__init__", {"value": 2}, 0),
        use("tracked.Seq.__init__", {"iterable": [4]}, 1),
        use("tracked.Seq.__init__", {"iterable": [5]}, 1),
    ),
    case(
        "build_class with a traced metaclass",
        "class U(metaclass=Meta):\n    pass",
        use("builtins.__build_class__", {"name": "U", "**kwds": {"metaclass": cls("tracked.Meta")}}),
    ),
    case(
        "build_class with keywords",
        "class U(Empty, metaclass=type):\n    pass",
        use(
            "builtins.__build_class__",
            {"name": "U", "*bases": [cls("tracked.Empty")], "**kwds": {"metaclass": cls("builtins.type")}},
        ),
    ),
    case("build_class of a user's bases is none", "class A:\n    pass\nclass B(A):\n    x = [num]"),
    case(
        "the attribute of a module as base",
        "class U(tracked.Empty):\n    pass",
        fetched(TRACKED_MODULE, "Empty", "tracked.Empty"),
        BUILD,
    ),
]

ATTRIBUTES = [
    *[
        case(
            "%s, which is none of the traced module's" % call,
            "x = Alias()\n" + call,
            use("tracked.Alias"),
            fetched(thing, name, "tracked.Alias." + name, 2),
        )
        for call, thing, name in [
            ("x.size([])", ALIAS, "size"),
            ("Alias.size([])", cls("tracked.Alias"), "size"),
            ("x.text([])", ALIAS, "text"),
            ("Alias.text([])", cls("tracked.Alias"), "text"),
            ("x.first([1])", ALIAS, "first"),
            ("x.shown()", ALIAS, "shown"),
            ("Alias.shown()", cls("tracked.Alias"), "shown"),
            ("x.listed()", ALIAS, "listed"),
            ("Alias.mro()", cls("tracked.Alias"), "mro"),
            ("Alias.__subclasses__()", cls("tracked.Alias"), "__subclasses__"),
        ]
    ],
    case(
        "attributes that a traced metaclass answers for a user's class",
        "class U(metaclass=Answering):\n    own = 1\nU.dynamic\nU.own\nhasattr(U, 'other')",
        BUILD,
        use("builtins.getattr", {"object": OfType("tracked.Answering"), "name": "dynamic"}, 2, attribute=ABSENT),
        use("builtins.hasattr", None, 2),
    ),
    case(
        "attributes set and deleted below a traced class that sees to it",
        "class G(Guarded):\n    size = 1\nx = G()\nx.colour = 1\nx.colour = 2\nx.size = 3\ndel x.size\ndelattr(x, 'colour')",
        use("builtins.__build_class__"),
        *[use("builtins.setattr", None, 3) for _ in range(3)],
        *[use("builtins.delattr", None, 2) for _ in range(2)],
    ),
    case(
        "attributes fetched below a traced class that sees to it",
        "class W(Watching):\n    size = 1\n    def own(self):\n        return 1\n"
        "x = W()\nx.new = 2\nx.new, x.size, x.colour, getattr(x, 'new'), x.own()\n"
        "class M(metaclass=WatchingMeta):\n    size = 1\nM.size",
        BUILD,
        use("builtins.getattr", None, 2, attribute="tracked.Watching.new"),
        use("builtins.getattr", None, 2, attribute=ABSENT),
        use("builtins.getattr", None, 2, attribute="tracked.Watching.colour"),
        use("builtins.getattr", None, 2, attribute="tracked.Watching.new"),
        use("builtins.getattr", None, 2, attribute=ABSENT),
        BUILD,
        use("builtins.getattr", {"object": OfType("tracked.WatchingMeta"), "name": "size"}, 2),
    ),
    case(
        "attributes set and deleted by a traced metaclass",
        "class G(metaclass=Managing):\n    pass\nG.shown\nG.shown = 2\ndel G.shown\nG.other = 1",
        use("builtins.__build_class__"),
        use("builtins.getattr", None, 2, attribute="tracked.Managing.shown"),
        use("builtins.setattr", None, 3, attribute="tracked.Managing.shown"),
        use("builtins.delattr", None, 2, attribute="tracked.Managing.shown"),
    ),
    case("iter with a sentinel", "list(iter(Callback(), None))", use("tracked.Callback")),
    case("attribute of a module", "tracked.pi", fetched(TRACKED_MODULE, "pi", "tracked.pi", 2)),
    case(
        "attribute of a module that is missing",
        "try:\n    tracked.missing\nexcept AttributeError:\n    pass",
        fetched(TRACKED_MODULE, "missing", ABSENT, 2),
    ),
    case(
        "attribute of a module set and deleted",
        "tracked.fresh = 1\ndel tracked.fresh",
        use("builtins.setattr", {"object": TRACKED_MODULE, "name": "fresh", "value": 1}, 3),
        use("builtins.delattr", {"object": TRACKED_MODULE, "name": "fresh"}, 2),
    ),
    case(
        "submodule and its attribute",
        "tracked.sub.level",
        fetched(TRACKED_MODULE, "sub", "tracked.sub"),
        fetched({"t": "module", "v": "tracked.sub"}, "level", "tracked.sub.level"),
    ),
    case(
        "alias of a builtin", "tracked.aliased_int(3)", fetched(TRACKED_MODULE, "aliased_int", "tracked.aliased_int", 2)
    ),
    case(
        "alias of a builtin that reaches the module",
        "tracked.aliased_int(num)",
        fetched(TRACKED_MODULE, "aliased_int", "tracked.aliased_int"),
        use("builtins.int", {"object": NUM}, 1),
    ),
    case(
        "instance attribute",
        "x = Thing()\nx.value\nx.value = 2\ndel x.value",
        use("tracked.Thing"),
        use("builtins.getattr", {"object": THING, "name": "value"}, 2),
        use("builtins.setattr", {"object": THING, "name": "value", "value": 2}, 3),
        use("builtins.delattr", {"object": THING, "name": "value"}, 2),
    ),
    case(
        "property",
        "thing.prop\nthing.prop = 1\ndel thing.prop",
        fetched(THING, "prop", "tracked.Thing.prop", 2),
        use("builtins.setattr", {"object": THING, "name": "prop", "value": 1}, 3, attribute="tracked.Thing.prop"),
        use("builtins.delattr", {"object": THING, "name": "prop"}, 2, attribute="tracked.Thing.prop"),
    ),
    case(
        "descriptor",
        "thing.field\nthing.field = 1\ndel thing.field",
        fetched(THING, "field", "tracked.Thing.field", 2),
        use("builtins.setattr", {"object": THING, "name": "field", "value": 1}, 3, attribute="tracked.Thing.field"),
        use("builtins.delattr", {"object": THING, "name": "field"}, 2, attribute="tracked.Thing.field"),
    ),
    case(
        "slot",
        "slotted.x = 1\nslotted.x",
        use("builtins.setattr", {"object": of("Slotted"), "name": "x", "value": 1}, 3, attribute="tracked.Slotted.x"),
        fetched(of("Slotted"), "x", "tracked.Slotted.x"),
    ),
    case(
        "in place",
        "thing.value += 1",
        use("builtins.getattr", {"object": THING, "name": "value"}),
        use("builtins.setattr", {"object": THING, "name": "value", "value": ANY}),
    ),
    case("dynamic attribute", "thing.dynamic", fetched(THING, "dynamic", ABSENT, 2)),
    case(
        "dynamic attribute of what only seems to have a dictionary",
        "x = Parent()\nfor _ in 1, 2:\n    x.child",
        use("tracked.Parent"),
        *[fetched(of("Parent"), "child", ABSENT, 2)] * 2,
    ),
    case(
        "class attribute",
        "Thing.size\nthing.size\nsubthing.size\nSubThing.size",
        fetched(cls("tracked.Thing"), "size", "tracked.Thing.size"),
        fetched(THING, "size", "tracked.Thing.size"),
        fetched(of("SubThing"), "size", "tracked.SubThing.size"),
        fetched(cls("tracked.SubThing"), "size", "tracked.SubThing.size"),
    ),
    case(
        "class attribute set and deleted",
        "Thing.extra = 1\ndel Thing.extra",
        use("builtins.setattr", {"object": cls("tracked.Thing"), "name": "extra", "value": 1}),
        use("builtins.delattr", {"object": cls("tracked.Thing"), "name": "extra"}),
    ),
    case(
        "attribute by the metaclass",
        "WithMeta.shown",
        use("builtins.getattr", {"object": cls("tracked.WithMeta", "tracked.Meta"), "name": "shown"}, 2),
    ),
    case(
        "enum member",
        "Colour.RED",
        use("builtins.getattr", {"object": OfType(), "name": "RED"}, 2, attribute="tracked.Colour.RED"),
    ),
    case("attribute of a named tuple", "point.x", fetched(OfType("tracked.Point"), "x", "tracked.Point.x")),
    case(
        "property that returns a traced callable",
        "thing.handler(1)",
        fetched(THING, "handler", "tracked.Thing.handler"),
        PLAIN_1,
    ),
    case(
        "property that returns another callable",
        "thing.user_handler(1)",
        fetched(THING, "user_handler", "tracked.Thing.user_handler"),
    ),
    case(
        "user's function in the instance",
        "x = Thing()\nx.f = lambda: 1\nx.f()",
        use("tracked.Thing"),
        use("builtins.setattr"),
        use("builtins.getattr", {"object": THING, "name": "f"}),
    ),
    case(
        "attribute of a user's object is none", "class C:\n    pass\nC.x = num\nC.x\nc = C()\nc.y = num\nc.y\ndel c.y"
    ),
    case(
        "attribute of another module is none", "trackeddoc.plain\nmath.pi\ntrackeddoc.extra = 1\ndel trackeddoc.extra"
    ),
    case("import", "import tracked", use("builtins.__import__", {"name": "tracked", "fromlist": None, "level": 0})),
    case(
        "import of a submodule",
        "import tracked.sub",
        use("builtins.__import__", {"name": "tracked.sub", "fromlist": None, "level": 0}),
    ),
    case(
        "import of a submodule under a name",
        "import tracked.sub as s",
        use("builtins.__import__", {"name": "tracked.sub", "fromlist": None, "level": 0}),
        fetched(TRACKED_MODULE, "sub", "tracked.sub"),
    ),
    case(
        "from import",
        "from tracked import pi, plain as p",
        use("builtins.__import__", {"name": "tracked", "fromlist": {"t": "tuple", "v": ["pi", "plain"]}, "level": 0}),
        fetched(TRACKED_MODULE, "pi", "tracked.pi", 2),
        fetched(TRACKED_MODULE, "plain", "tracked.plain", 2),
    ),
    case(
        "import *: no name of its own",
        "here('from tracked import *')",
        use("builtins.__import__", {"name": "tracked", "fromlist": {"t": "tuple", "v": ["*"]}, "level": 0}),
    ),
    case(
        "import of what is missing",
        "try:\n    import tracked.missing\nexcept ImportError:\n    pass",
        use("builtins.__import__", {"name": "tracked.missing", "fromlist": None, "level": 0}),
    ),
    case(
        "relative import inside the traced package",
        "here('from .sub import level', __package__='tracked')",
        use("builtins.__import__", {"name": "sub", "fromlist": {"t": "tuple", "v": ["level"]}, "level": 1}),
        use(
            "builtins.getattr",
            {"object": {"t": "module", "v": "tracked.sub"}, "name": "level"},
            2,
            attribute="tracked.sub.level",
        ),
    ),
    case("relative import in another package is none", "here('from . import decoder', __package__='json')"),
    case("import of others is none", "import trackeddoc\nfrom json import dumps"),
]

IF_2 = use("builtins.bool", {"object": NUM}, 1)
ITER_BOX = use("builtins.iter", {"object": BOX}, 1)
ENTER = use("tracked.Manager.__enter__", {"self": MANAGER}, 1)
EXIT = use("tracked.Manager.__exit__", {"self": MANAGER, "kind": None, "value": None, "trace": None}, 4)
FAILED = use(
    "tracked.Manager.__exit__",
    {"self": MANAGER, "kind": cls("builtins.ValueError"), "value": OfType("ValueError"), "trace": OfType("traceback")},
    4,
)
ISINSTANCE = use("builtins.isinstance", {"object": ERROR, "classinfo": cls("tracked.Error")}, 2)
RAISED = use("tracked.Error")

PROTOCOLS = [
    case("truth in if", "if num:\n    pass\nif num:\n    x = 1\nelse:\n    x = 2", IF_2, IF_2),
    case("truth in if not", "if not num:\n    x = 1", IF_2),
    case("truth in elif", "if 0:\n    pass\nelif num:\n    x = 1", IF_2),
    case("truth in while", "x = [num]\nwhile x.pop():\n    if len(x) == 0:\n        break", IF_2),
    case("truth in while that goes round", "i = [0, num, num]\nwhile i.pop():\n    x = 1", IF_2, IF_2),
    case("truth in while that goes round, short", "i = [None, num, num]\nwhile i.pop(): pass", IF_2, IF_2),
    case(
        "truth in while not that goes round",
        "i = [num, Box(), Box()]\nwhile not i.pop(): pass",
        *[use("tracked.Box")] * 2,
        *[use("builtins.bool", {"object": BOX})] * 2,
        IF_2,
    ),
    case(
        "truth in while not",
        "i = [0, Box()]\nx = i.pop()\nwhile not x:\n    x = num",
        use("tracked.Box"),
        use("builtins.bool", {"object": BOX}),
        IF_2,
    ),
    case("truth in and", "x = num and 1", IF_2),
    case("truth in or", "x = num or 1", IF_2),
    case("truth in and of a test", "if num and num:\n    x = 1", IF_2, IF_2),
    case("truth in or of a test", "if num or num:\n    x = 1", IF_2),
    case("truth in an expression of and and or", "x = (0 or num) and (num and 1) or 2", IF_2, IF_2),
    case("truth in assert", "assert num\nassert num, 'text'", IF_2, IF_2),
    case("truth in a conditional expression", "x = 1 if num else 2", IF_2),
    case("truth in a comprehension", "[x for x in [1] if num]\n[x for x in [1] if not num]", IF_2, IF_2),
    case("truth by __len__", "if box:\n    x = 1", use("builtins.bool", {"object": BOX}, 1)),
    case(
        "truth of a type without both is none", "if right:\n    x = 1\nnot right\nbool(right)\nwhile right:\n    break"
    ),
    case(
        "truth of a class by its metaclass",
        "if WithMeta:\n    x = 1",
        use("builtins.bool", {"object": cls("tracked.WithMeta", "tracked.Meta")}, 1),
    ),
    case("not is one record", "x = not num", use("operator.not_", {"a": NUM}, 1)),
    case("not of a box", "x = not box", use("operator.not_", {"a": BOX}, 1)),
    case(
        "not of an operand or of a comparison's result",
        "i = Box()\nx = not (i and 1 is None)",
        use("tracked.Box"),
        use("builtins.bool", {"object": BOX}, 1),
        use("operator.not_", {"a": BOX}, 1),
    ),
    case(
        "not twice is one record",
        "x = not not num\nx = [not not not num]\nif not not num:\n    x = 1",
        use("operator.not_", {"a": NUM}, 1),
        use("operator.not_", {"a": NUM}, 1),
        IF_2,
    ),
    case("truth of a comparison's result is none", "if num < 2:\n    x = 1", use("operator.lt")),
    case(
        "truth of a negated comparison is none",
        "if not num < 2:\n    x = 1\nx = not num < 2",
        use("operator.lt"),
        use("operator.lt"),
    ),
    case("truth of a comparison in while is none", "while num == 2:\n    break", use("operator.eq")),
    case(
        "truth of a comparison in and is none",
        "x = num < 2 and 1\nx = num > 2 or 1",
        use("operator.lt"),
        use("operator.gt"),
    ),
    case("truth of a comparison in assert is none", "assert num < 2", use("operator.lt")),
    case("truth of a comparison's result kept", "x = num < 2\nif x:\n    y = 1", use("operator.lt"), IF_2),
    case("truth of one of two values", "x = (num < 2) if len('') else num\nif x:\n    y = 1", IF_2),
    case("truth where only one way is a comparison", "if (num if len('a') else num < 2):\n    y = 1", IF_2),
    case("what is a truth value or not", "(num or box is seq) + 1", IF_2, use("operator.add", {"a": NUM, "b": 1}, 2)),
    case("what is a truth value or not, kept", "x = num or box is seq\nx + 1", IF_2, use("operator.add")),
    case("what is not x or not", "(num or not right) + 1", IF_2, use("operator.add", {"a": NUM, "b": 1}, 2)),
    case(
        "truth of what is one or another comparison's result is none",
        "if (num < 2 if len('a') else 1 in [1]):\n    x = 1",
        use("operator.lt"),
    ),
    case("loop", "for x in box:\n    pass", ITER_BOX),
    case("loop over a class of __getitem__", "for x in old:\n    pass", use("builtins.iter", {"object": OLD}, 1)),
    case(
        "loop in a comprehension",
        "[x for x in box]\n{x for x in box}\n{x: x for x in box}",
        ITER_BOX,
        ITER_BOX,
        ITER_BOX,
    ),
    case("loop in an inner comprehension", "[y for x in [1] for y in box]", ITER_BOX),
    case(
        "loop in a generator expression",
        "for x in (y for y in box):\n    pass\nlist(x for x in box)",
        ITER_BOX,
        ITER_BOX,
    ),
    case("any over a generator expression", "any(x for x in box)", ITER_BOX),
    case("unpacking", "a, b = box", ITER_BOX),
    case("unpacking with a star", "a, *b = box", ITER_BOX),
    case("unpacking in a loop", "for a, b in [box]:\n    pass", ITER_BOX),
    case("unpacking a named tuple", "a, b = point", use("builtins.iter", {"object": OfType("tracked.Point")}, 1)),
    case("starred in a list", "[*box]\n[0, *box]", ITER_BOX, ITER_BOX),
    case("starred in a tuple", "(*box,)\nx = 0, *box", ITER_BOX, ITER_BOX),
    case("starred in a set", "{*box}\n{0, *box}", ITER_BOX, ITER_BOX),
    case("two starred", "[*box, *old]", ITER_BOX, use("builtins.iter", {"object": OLD}, 1)),
    case("starred of a tuple's literal", "x = [1, 2]\n[*x, num]"),
    case("yield from", "def g():\n    yield from box\nlist(g())", ITER_BOX),
    case("yield from a user's generator is none", "def f():\n    yield 1\ndef g():\n    yield from f()\nlist(g())"),
    case(
        "case [...]",
        "match seq:\n    case [a, *b]:\n        pass",
        use("builtins.iter", {"object": SEQ}, 1),
        since=(3, 10),
    ),
    case(
        "case [...] of a fixed length",
        "match point:\n    case [a, b]:\n        pass",
        use("builtins.iter", {"object": OfType("tracked.Point")}, 1),
        since=(3, 10),
    ),
    case(
        "case [...] with a star that is dropped",
        "match seq:\n    case [_, 7, *_]:\n        pass\n    case [x, *_, y]:\n        seq[0]",
        use("builtins.iter", {"object": SEQ}, 1),
        use("builtins.iter", {"object": SEQ}, 1),
        use("operator.getitem", {"a": SEQ, "b": 0}, 2),
        since=(3, 10),
    ),
    case(
        "case [...] in one with a star that is dropped",
        "match [seq, seq]:\n    case [[x, *_], [*_, y, z], *_]:\n        pass",
        use("builtins.iter", {"object": SEQ}, 1),
        use("builtins.iter", {"object": SEQ}, 1),
        since=(3, 10),
    ),
    case(
        "case {**rest}",
        "match mapping:\n    case {**rest}:\n        pass",
        use("builtins.dict", {"mapping": MAP}, 1),
        since=(3, 10),
    ),
    case(
        "a test of what is a comparison's result or something else, by a copy",
        "a, b = 1, 0\nx = (a == 2 if b else num) or a\nif (y := (a == 2 if b else num)):\n    pass",
        *[use("builtins.bool", {"object": NUM}, 1)] * 2,
    ),
    case(
        "a test of a copy with more than 255 variables",
        "\n".join(f"x{i} = {i}" for i in range(300)) + "\na, b = 1, 0\nif (y := (a == 2 if b else num)):\n    pass",
        use("builtins.bool", {"object": NUM}, 1),
    ),
    case("** in a display", "{**pairs}\n{'a': 1, **pairs}", *[use("builtins.dict", {"mapping": PAIRS}, 1)] * 2),
    case("** of two in a display", "x = {1: 2}\n{**x, **pairs}", use("builtins.dict", {"mapping": PAIRS}, 1)),
    case("** of a dict's subclass", "{**mapping}", use("builtins.dict", {"mapping": MAP}, 1)),
    case(
        "async for",
        "async def f():\n    async for x in ticker:\n        pass\nrun(f())",
        use("builtins.aiter", {"object": TICKER}, 1),
    ),
    case(
        "async comprehension",
        "async def f():\n    return [x async for x in ticker]\nrun(f())",
        use("builtins.aiter", {"object": TICKER}, 1),
    ),
    case("with", "with manager:\n    x = 1", ENTER, EXIT),
    case("with as", "with manager as m, manager as n:\n    pass", ENTER, ENTER, EXIT, EXIT),
    case("with left by an exception", "with manager:\n    raise ValueError", ENTER, FAILED),
    case(
        "truth of what __exit__ returned for an exception",
        "class Leave:\n    def __enter__(self):\n        pass\n"
        "    def __exit__(self, *args):\n        return num\n"
        "with Leave():\n    raise ValueError\nwith Leave():\n    pass",
        IF_2,
    ),
    case(
        "with a static and a class method, and one without a parameter for its receiver",
        "with Fixed(), Flexible():\n    pass",
        use("tracked.Fixed"),
        use("tracked.Fixed.__enter__", {}, 0),
        use("tracked.Flexible"),
        use("tracked.Flexible.__enter__", {"*args": [of("Flexible")]}, 1),
        use("tracked.Flexible.__exit__", {"*args": [of("Flexible"), None, None, None]}, 4),
        use("tracked.Fixed.__exit__", {"cls": cls("tracked.Fixed"), "*args": [None, None, None]}, 4),
    ),
    case("with left by return", "def f():\n    with manager:\n        return 1\nf()", ENTER, EXIT),
    case(
        "with left by continue and break",
        "for x in [1, 2]:\n    with manager:\n        if x == 1:\n            continue\n        break",
        ENTER,
        EXIT,
        ENTER,
        EXIT,
    ),
    case(
        "with in a generator that is closed",
        "def g():\n    with manager:\n        yield\nx = g()\nnext(x)\nx.close()",
        ENTER,
        use("tracked.Manager.__exit__"),
    ),
    case("with of a user's manager is none", "with io.StringIO():\n    pass"),
    case(
        "async with",
        "async def f():\n    async with manager:\n        pass\nrun(f())",
        use("tracked.Manager.__aenter__", {"self": MANAGER}, 1),
        use("tracked.Manager.__aexit__", {"self": MANAGER, "kind": None, "value": None, "trace": None}, 4),
    ),
    case(
        "async with left by an exception",
        "async def f():\n    async with manager:\n        raise ValueError\nrun(f())",
        use("tracked.Manager.__aenter__", {"self": MANAGER}, 1),
        use(
            "tracked.Manager.__aexit__",
            {
                "self": MANAGER,
                "kind": cls("builtins.ValueError"),
                "value": OfType("ValueError"),
                "trace": OfType("traceback"),
            },
            4,
        ),
    ),
    case(
        "await", "async def f():\n    await promise\nrun(f())", use("tracked.Promise.__await__", {"self": PROMISE}, 1)
    ),
    case("f-string", "f'{num}'\nf'a{num}b'", *[use("builtins.format", {"object": NUM}, 1)] * 2),
    case("f-string with a format", "f'{num:>5}'", use("builtins.format", {"object": NUM, "format_spec": ">5"}, 2)),
    case(
        "f-string with a computed format",
        "n = 5\nf'{num:>{n}}'",
        use("builtins.format", {"object": NUM, "format_spec": ">5"}, 2),
    ),
    case("f-string with !s", "f'{num!s}'", use("builtins.str", {"object": NUM}, 1)),
    case(
        "f-string that finally repeats",
        "for x in 1, 0:\n    try:\n        try:\n            1 / x\n        finally:\n            f'{num!r}'\n"
        "            '%r' % (num,)\n    except ZeroDivisionError:\n        pass",
        use("builtins.repr", {"object": NUM}, 1),
        use("builtins.repr", {"object": NUM}, 1),
    ),
    case(
        "f-string of what a conversion made",
        "class Words:\n    def __str__(self):\n        return string\n    __repr__ = __str__\n"
        "f'{Words()!s}{Words()!r:>{5 if len(string) else 1}}'",
        use("builtins.len"),
    ),
    case("f-string with !r", "f'{num!r}'", use("builtins.repr", {"object": NUM}, 1)),
    case("f-string with !r and a format", "f'{num!r:>9}'", use("builtins.repr", {"object": NUM}, 1)),
    case("f-string with =", "f'{num=}'", use("builtins.repr", {"object": NUM}, 1)),
    case(
        "f-strings with more than 255 constants",
        "\n".join(f"x = {i}.5" for i in range(300)) + "\nf'{num!r:>9}'\nf'{num=}'",
        *[use("builtins.repr", {"object": NUM}, 1)] * 2,
    ),
    case("f-string of others is none", "f'{1} {[num]} {2!r:>4}'"),
    case(
        "case Class()",
        "match num:\n    case Num():\n        pass",
        use("builtins.isinstance", {"object": NUM, "classinfo": cls("tracked.Num")}, 2),
        since=(3, 10),
    ),
    case(
        "case Class() of a user's value",
        "match 1:\n    case Num(value=1):\n        pass",
        use("builtins.isinstance", {"object": 1, "classinfo": cls("tracked.Num")}, 2),
        since=(3, 10),
    ),
    case(
        "case Class() of others is none",
        "match num:\n    case int():\n        pass\n    case None:\n        pass",
        since=(3, 10),
    ),
    case("except Class", "try:\n    raise Error()\nexcept Error:\n    pass", RAISED, ISINSTANCE),
    case(
        "except Class as",
        "try:\n    raise Error()\nexcept (KeyError, Error) as e:\n    pass",
        RAISED,
        use("builtins.isinstance", {"object": ERROR, "classinfo": ANY}, 2),
    ),
    case(
        "except Class of another exception",
        "try:\n    {}[1]\nexcept Error:\n    pass\nexcept KeyError:\n    pass",
        use("builtins.isinstance", {"object": OfType("KeyError"), "classinfo": cls("tracked.Error")}, 2),
    ),
    case("except that is not reached is none", "try:\n    pass\nexcept Error:\n    pass"),
    case(
        "except*",
        "try:\n    raise ExceptionGroup('a', [KeyError()])\nexcept* Error:\n    pass\nexcept* KeyError:\n    pass",
        use("builtins.isinstance", {"object": OfType("ExceptionGroup"), "classinfo": cls("tracked.Error")}, 2),
        since=(3, 11),
    ),
    case(
        "except* where no exception is left",
        "for x in 1, 2:\n    try:\n        raise ExceptionGroup('a', [Error(x)])\n    except* Error:\n        pass\n"
        "    except* (Error, KeyError):\n        pass",
        *[
            use("tracked.Error"),
            use("builtins.isinstance", {"object": OfType("ExceptionGroup"), "classinfo": cls("tracked.Error")}, 2),
        ]
        * 2,
        since=(3, 11),
    ),
]


def builtin_case(
    source: str, params: Dict[str, Any], function: str = "", positional: Any = None, **limits: Any
) -> Case:
    """A row of 4.6: a call of a builtin, and its parameters; the function is the one called unless said otherwise."""
    name = source.partition("(")[0]
    function = function or (name if "." in name else "builtins." + name)
    count = len(params) if positional is None else positional
    return case(source, source, use(function, params, count if count != ANY else None), **limits)


TO_INDEX = {"object": INDEX}
BUILTINS = [
    *[
        builtin_case(f"{name}(num)", {"object": NUM})
        for name in "abs hash repr dir bytes complex round bool int float str format chr hex oct bin".split()
    ],
    *[builtin_case(f"{name}(index)", TO_INDEX) for name in "int float chr hex oct bin".split()],
    *[builtin_case(f"{name}(box)", {"object": BOX}) for name in "len reversed iter bool".split()],
    *[builtin_case(f"{name}(old)", {"object": OLD}) for name in "reversed iter".split()],
    *[
        builtin_case(f"{name}(box)", {"iterable": BOX})
        for name in "sum sorted list tuple set frozenset any all enumerate min max".split()
    ],
    case(
        "bytes and complex of what is such already",
        "class U(Bytes):\n    pass\nclass V(complex, Empty):\n    pass\n"
        "x, y, z = Bytes(b'a'), Complex(1j), U()\nbytes(x), complex(y), bytes(z), complex(V())",
        BUILD,
        BUILD,
        use("tracked.Bytes"),
        use("tracked.Complex"),
        use("tracked.Bytes.__new__"),
        use("builtins.bytes", {"object": {"t": "tracked.Bytes", "v": "a"}}, 1),
        use("builtins.complex", {"object": {"t": "tracked.Complex", "v": [0.0, 1.0]}}, 1),
        use("builtins.bytes", None, 1),
    ),
    builtin_case("str(shown)", {"object": of("Repr")}),
    builtin_case("int(trunc)", {"object": of("Trunc")}, until=(3, 10)),
    builtin_case("round(num, 1)", {"object": NUM, "ndigits": 1}),
    builtin_case("next(cursor)", {"iterator": CURSOR}),
    builtin_case("next(cursor, None)", {"iterator": CURSOR, "default": None}),
    case(
        "anext(ticker)",
        "async def f():\n    await anext(Ticker())\nrun(f())",
        use("tracked.Ticker"),
        use("builtins.anext"),
        since=(3, 10),
    ),
    builtin_case("aiter(ticker)", {"object": TICKER}, since=(3, 10)),
    builtin_case("format(num, '>5')", {"object": NUM, "format_spec": ">5"}),
    builtin_case("range(index)", {"stop": INDEX}, positional=1),
    builtin_case("range(0, index, 2)", {"start": 0, "stop": INDEX, "step": 2}),
    builtin_case("divmod(num, 2)", {"a": NUM, "b": 2}),
    builtin_case("divmod(2, right)", {"a": 2, "b": RIGHT}),
    builtin_case("pow(num, 2)", {"base": NUM, "exp": 2}),
    builtin_case("pow(2, right)", {"base": 2, "exp": RIGHT}),
    builtin_case("pow(num, 2, 3)", {"base": NUM, "exp": 2, "mod": 3}),
    builtin_case("sum(box, 5)", {"iterable": BOX, "start": 5}),
    builtin_case("sum(box, start=5)", {"iterable": BOX, "start": 5}, positional=1),
    builtin_case("sorted(box, reverse=True)", {"iterable": BOX, "reverse": True}, positional=1),
    builtin_case(
        "sorted(box, key=abs)",
        {"iterable": BOX, "key": {"t": "builtin_function_or_method", "v": "builtins.abs"}},
        positional=1,
    ),
    builtin_case("enumerate(box, 1)", {"iterable": BOX, "start": 1}),
    builtin_case("zip(box, [1])", {"*iterables": [BOX, [1]]}, positional=2),
    builtin_case("zip([1], box)", {"*iterables": [[1], BOX]}, positional=2),
    builtin_case(
        "map(abs, box)", {"function": OfType("builtin_function_or_method"), "*iterables": [BOX]}, positional=2
    ),
    builtin_case(
        "map(max, [1], box)", {"function": OfType("builtin_function_or_method"), "*iterables": [[1], BOX]}, positional=3
    ),
    builtin_case("filter(None, box)", {"function": None, "*iterables": [BOX]}, positional=2),
    builtin_case("dict(pairs)", {"mapping": PAIRS}),
    builtin_case("dict(pairs, a=1)", {"mapping": PAIRS, "**kwargs": {"a": 1}}, positional=1),
    builtin_case("dict(pairs, x=1, mapping=2)", {"mapping": PAIRS, "**kwargs": {"x": 1, "mapping": 2}}, positional=1),
    case("what dict is given by keyword is none", "dict(mapping=pairs)\ndict([], mapping=pairs)"),
    case(
        "int with a base, str and bytes with an encoding ask for no special method",
        "for f in (lambda: int(num, 16), lambda: int(num, base=16), lambda: bytes(num, 'ascii'),\n"
        "          lambda: str(Bytes(b'a'), 'ascii'), lambda: str(num, errors='strict'), lambda: str(object=num)):\n"
        "    try:\n        f()\n    except TypeError:\n        pass",
        use("tracked.Bytes"),
        use("builtins.str", {"object": NUM}, 0),
    ),
    builtin_case("pow(exp=2, base=num)", {"base": NUM, "exp": 2}, positional=0),
    builtin_case("round(ndigits=1, number=num)", {"object": NUM, "ndigits": 1}, positional=0),
    builtin_case("enumerate(start=1, iterable=box)", {"iterable": BOX, "start": 1}, positional=0),
    builtin_case("sorted(box, reverse=True, key=None)", {"iterable": BOX, "key": None, "reverse": True}, positional=1),
    builtin_case("min(num, 2)", {"*args": [NUM, 2]}, positional=2),
    builtin_case("max(1, num, 2)", {"*args": [1, NUM, 2]}, positional=3),
    builtin_case("max(1, num, key=id)", {"*args": [1, NUM], "key": OfType("builtin_function_or_method")}, positional=2),
    builtin_case("min(box, default=0)", {"iterable": BOX, "default": 0}, positional=1),
    builtin_case("max(box, key=abs)", {"iterable": BOX, "key": OfType("builtin_function_or_method")}, positional=1),
    builtin_case("isinstance(1, Num)", {"object": 1, "classinfo": cls("tracked.Num")}),
    builtin_case("isinstance(num, (int, (str, Num)))", {"object": NUM, "classinfo": OfType("tuple")}),
    builtin_case("isinstance(1, int | Num)", {"object": 1, "classinfo": ANY}, since=(3, 10)),
    case("issubclass(int, Num)", "issubclass(int, Num)", use("builtins.issubclass", None, 2)),
    builtin_case("getattr(thing, 'size')", {"object": THING, "name": "size"}),
    case(
        "getattr of a default",
        "getattr(thing, 'missing', 1)",
        use("builtins.getattr", {"object": THING, "name": "missing", "default": 1}, 3, attribute=ABSENT),
    ),
    case(
        "a function that its module holds again after another",
        "f = tracked.replaced\ntracked.replaced = None\nf(1)\ntracked.replaced = f\nf(2), tracked.replaced(3)",
        fetched(TRACKED_MODULE, "replaced", "tracked.replaced", 2),
        use("builtins.setattr", {"object": TRACKED_MODULE, "name": "replaced", "value": None}, 3),
        use("tracked._core.replaced", {"x": 1}, 1),
        use("builtins.setattr", None, 3, attribute="tracked.replaced"),
        use("tracked.replaced", {"x": 2}, 1),
        use("tracked.replaced", {"x": 3}, 1),
    ),
    case(
        "a class that its module holds again after another",
        "f = Replaced.go\ntracked.Replaced = int\nf(1)\ntracked.Replaced = Replaced\nf(2), Replaced.go(3)",
        use("builtins.getattr", None, 2),
        use("builtins.setattr", None, 3),
        use("tracked._core.Replaced.go", {"x": 1}, 1),
        use("builtins.setattr", None, 3),
        use("tracked.Replaced.go", {"x": 2}, 1),
        use("tracked.Replaced.go", {"x": 3}, 1),
    ),
    case(
        "a name that a builtin's type does not take",
        "try:\n    int.__name__ = 'x'\nexcept TypeError:\n    pass\ntake(5)",
        use("tracked.take", {"value": 5}, 1),
    ),
    case(
        "what every module has",
        "tracked.__dict__\ntracked.__class__",
        fetched(TRACKED_MODULE, "__dict__", "tracked.__dict__", 2),
        fetched(TRACKED_MODULE, "__class__", "tracked.__class__", 2),
    ),
    case("getattr of a module", "getattr(tracked, 'pi')", fetched(TRACKED_MODULE, "pi", "tracked.pi", 2)),
    case(
        "getattr of a computed name",
        "n = 'p' + 'i'\ngetattr(tracked, n)",
        fetched(TRACKED_MODULE, "pi", "tracked.pi", 2),
    ),
    case(
        "attributes by a name of a subclass of str",
        """
        class Name(str):
            __str__ = __repr__ = None
        n = Name("prop")
        getattr(thing, n)
        hasattr(thing, n)
        setattr(thing, n, 2)
        delattr(thing, n)
        """,
        use("builtins.getattr", {"object": THING, "name": {"t": ANY, "v": "prop"}}, 2, attribute="tracked.Thing.prop"),
        use("builtins.hasattr", {"object": THING, "name": {"t": ANY, "v": "prop"}}, 2, attribute=ABSENT),
        use("builtins.setattr", None, 3, attribute="tracked.Thing.prop"),
        use("builtins.delattr", None, 2, attribute="tracked.Thing.prop"),
    ),
    case(
        "hasattr has no attribute",
        "hasattr(tracked, 'pi')",
        use("builtins.hasattr", {"object": TRACKED_MODULE, "name": "pi"}, 2, attribute=ABSENT),
    ),
    case(
        "setattr",
        "setattr(thing, 'prop', 2)",
        use("builtins.setattr", {"object": THING, "name": "prop", "value": 2}, 3, attribute="tracked.Thing.prop"),
    ),
    case(
        "delattr",
        "delattr(thing, 'prop')",
        use("builtins.delattr", {"object": THING, "name": "prop"}, 2, attribute="tracked.Thing.prop"),
    ),
    case(
        "a class that setattr moves into the module after it was looked at",
        """
        def use(cls):
            cls.value, isinstance(1, cls)
        for change in (setattr, type.__setattr__):
            class C:
                value = 1
            use(C), use(C)
            change(C, "__module__", "tracked")
            use(C), use(C)
        """,
        *[use("builtins.getattr"), use("builtins.isinstance")] * 4,
    ),
    case(
        "a module that gets another name while variables hold it",
        """
        def use(m, change):
            x = m
            for i in range(4):
                if i == 2:
                    change(m)
                x.value
        def rename(m):
            m.__name__ = "tracked.late"
        for change in (rename, lambda m: setattr(m, "__name__", "tracked.late")):
            m = type(sys)("early")
            m.value = 1
            use(m, change)
        """,
        *[fetched(cls("tracked.late", "module"), "value", "tracked.late.value")] * 4,
    ),
    case(
        "getattr of a call",
        "getattr(thing, 'method')(1)",
        fetched(THING, "method", "tracked.Thing.method"),
        use("tracked.Thing.method", {"self": THING, "x": 1}, 2),
    ),
    builtin_case("__import__('tracked.sub')", {"name": "tracked.sub"}),
    case(
        "__import__ with a list",
        "__import__('tracked', fromlist=['pi'], level=0)",
        use("builtins.__import__", {"name": "tracked", "fromlist": ["pi"], "level": 0}, 1),
    ),
    case(
        "__import__ by the name in a package, of the traced module and of another that is called so",
        """
        level = {"level": 1, "fromlist": ["pi"]}
        for package, name in (("tracked", "sub"), ("other", "tracked")):
            try:
                __import__(name, {"__package__": package}, **level)
                __import__("", {"__package__": package}, None, ["pi"], 1)
            except ImportError:
                pass
        """,
        use("builtins.__import__", {"name": "sub", "fromlist": ["pi"], "level": 1}, 2),
        use("builtins.__import__", {"name": "", "fromlist": ["pi"], "level": 1}, 5),
    ),
    *[builtin_case(f"operator.{name}(num, 2)", {"a": NUM, "b": 2}) for name in [*SYMBOLS.values(), *ORDER.values()]],
    *[builtin_case(f"operator.i{name.rstrip('_')}(num, 2)", {"a": NUM, "b": 2}) for name in SYMBOLS.values()],
    *[builtin_case(f"operator.{name}(2, right)", {"a": 2, "b": RIGHT}) for name in ("add", "pow", "iadd")],
    *[builtin_case(f"operator.{name}(num)", {"a": NUM}) for name in "neg pos invert abs index not_ truth".split()],
    builtin_case("operator.contains(box, 1)", {"a": BOX, "b": 1}),
    builtin_case("operator.getitem(box, 0)", {"a": BOX, "b": 0}),
    builtin_case("operator.setitem(box, 0, 1)", {"a": BOX, "b": 0, "c": 1}),
    case(
        "operator.delitem(box, 0)",
        "x = Box(1)\noperator.delitem(x, 0)",
        use("tracked.Box"),
        use("operator.delitem", {"a": BOX, "b": 0}, 2),
    ),
    builtin_case("operator.call(caller, 1)", {"a": of("Caller"), "b": 1}, since=(3, 11)),
    builtin_case("operator.call(caller, x=1)", {"a": of("Caller"), "x": 1}, positional=1, since=(3, 11)),
    case(
        "operator.call of what is called by no method of the traced module's",
        "operator.call(take, 1)\noperator.call(Thing, 2)\noperator.call(len, [num])",
        use("tracked.take", {"value": 1}, ABSENT, via="c"),
        use("tracked.Thing", {"value": 2}, ABSENT, via="c"),
        since=(3, 11),
    ),
    *[builtin_case(f"math.{name}(num)", {"x": NUM}) for name in ("floor", "ceil", "trunc", "sqrt", "isfinite")],
    builtin_case("math.sqrt(index)", {"x": INDEX}),
    case("a builtin on both operands: one record", "divmod(num, num)", use("builtins.divmod", {"a": NUM, "b": NUM}, 2)),
    case("a builtin with *", "x = [box]\nlen(*x)", use("builtins.len", {"object": BOX}, 1)),
    case(
        "a builtin as a bound method",
        "class U(Box):\n    pass\nx = U()\ntype(run.__get__(1))(len, x)()",
        BUILD,
        use("tracked.Box.__init__"),
        use("builtins.len", {"object": OfType()}, 1),
    ),
    case("a builtin under another name", "f = len\nf(box)", use("builtins.len", {"object": BOX}, 1)),
    case("a builtin through functools.partial", "functools.partial(len, box)()", use("builtins.len", {"object": BOX})),
    case(
        "a partial that carries the module of what it wraps",
        "f = functools.update_wrapper(functools.partial(lambda *args: 1), plain)\nf(1)",
        use("tracked._core.plain", None, 1),
    ),
    case(
        "builtins that are none",
        """
        type(num), id(num), callable(num), print(num, file=io.StringIO()), '{}'.format(num)
        memoryview(raw), vars(thing)
        try:
            open(PathLike())
        except OSError:
            pass
        """,
        use("tracked.PathLike"),
    ),
    case(
        "builtins of others are none",
        "len([num]), repr([num]), sum([]), isinstance(num, int), getattr([], 'x', num)\n"
        "list((num,)), zip([num]), enumerate([num])",
    ),
    case("math of others is none", "math.floor(1.5), operator.add(1, 2)"),
    case("a user's builtin look-alike is none", "def len(x):\n    return 1\nlen(box)"),
]

VIA_C = [
    case(
        "map",
        "list(map(plain, [1, 2]))",
        use("tracked.plain", {"a": 1}, ABSENT, via="c"),
        use("tracked.plain", {"a": 2}, ABSENT, via="c"),
    ),
    case("map in a loop", "for x in map(plain, [1]):\n    pass", use("tracked.plain", {"a": 1}, ABSENT, via="c")),
    case(
        "map in a code object of two modules",
        "source = '\\n' * (sys._getframe().f_lineno - 1) + '[*map(plain, [1])]'\n"
        "both = compile(source, __file__, 'exec')\n"
        "for name in 'here', 'program':\n    exec(both, {'__name__': name, 'plain': plain})",
        use("tracked.plain", {"a": 1}, ABSENT, module="here", via="c"),
        use("tracked.plain", {"a": 1}, ABSENT, module="program", via="c"),
    ),
    case("map of two", "list(map(plain, [1], [5]))", use("tracked.plain", {"a": 1, "b": 5}, ABSENT, via="c")),
    case(
        "sorted with a key",
        "sorted([1, 2], key=plain)",
        use("tracked.plain", {"a": 1}, ABSENT, via="c"),
        use("tracked.plain", {"a": 2}, ABSENT, via="c"),
    ),
    case(
        "sorted of a traced iterable with a key",
        "sorted(Box(1), key=plain)",
        use("tracked.Box"),
        use("builtins.sorted"),
        use("tracked.plain", {"a": 1}, ABSENT, via="c"),
    ),
    case(
        "max with a key",
        "max([1], [2], key=plain)",
        use("tracked.plain", {"a": [1]}, ABSENT, via="c"),
        use("tracked.plain", {"a": [2]}, ABSENT, via="c"),
    ),
    case("filter", "list(filter(plain, [1]))", use("tracked.plain", {"a": 1}, ABSENT, via="c")),
    case(
        "functools.reduce", "functools.reduce(add_up, [1, 2])", use("tracked.add_up", {"a": 1, "b": 2}, ABSENT, via="c")
    ),
    case(
        "method through C",
        "f = thing.method\nlist(map(f, [1]))",
        use("builtins.getattr"),
        use("tracked.Thing.method", {"self": THING, "x": 1}, ABSENT, via="c"),
    ),
    case(
        "method of the most derived class through C",
        "f = subthing.method\nlist(map(f, [1]))",
        use("builtins.getattr"),
        use("tracked.SubThing.method", {"self": of("SubThing"), "x": 1}, ABSENT, via="c"),
    ),
    case(
        "method that a decorator does not name after what it wraps, through C",
        "x = Alias()\nlist(map(x.loose, [2]))",
        use("tracked.Alias"),
        fetched(ALIAS, "loose", "tracked.Alias.loose"),
        use("tracked.Alias.loose", {"*args": [ALIAS, 2]}, ABSENT, via="c"),
    ),
    case(
        "bound method that a module exports, through C",
        "list(map(draw, [3]))",
        use("tracked.draw", {"size": 3}, ABSENT, via="c"),
    ),
    case(
        "class method through C",
        "f = SubThing.make\nlist(map(f, [1]))",
        use("builtins.getattr"),
        use("tracked.SubThing.make", {"cls": cls("tracked.SubThing"), "x": 1}, ABSENT, via="c"),
    ),
    case(
        "static method through C",
        "f = Thing.static\nlist(map(f, [1]))",
        use("builtins.getattr"),
        use("tracked.Thing.static", {"x": 1}, ABSENT, via="c"),
    ),
    case(
        "construction through C is one record",
        "list(map(Thing, [7]))",
        use("tracked.Thing", {"value": 7}, ABSENT, via="c"),
    ),
    case(
        "construction by __new__ and __init__ through C is one record",
        "list(map(Both, [1]))",
        use("tracked.Both", {"value": 1}, ABSENT, via="c"),
    ),
    case(
        "construction of a user's subclass through C",
        "class U(Thing):\n    pass\nlist(map(U, [7]))",
        BUILD,
        use("tracked.Thing.__init__", {"value": 7}, ABSENT, via="c"),
    ),
    case(
        "construction by __new__ through C",
        "list(map(WithNew, [7]))",
        use("tracked.WithNew", {"value": 7}, ABSENT, via="c"),
    ),
    case(
        "construction by a wrapped __init__ through C",
        "list(map(WrappedInit, [7]))",
        use("tracked.WrappedInit", {"value": 7}, ABSENT, via="c"),
    ),
    case(
        "construction by a wrapped __new__ through C",
        "list(map(WrappedNew, [7]))\nlist(map(functools.partial(WrappedNew, other=3), [8]))",
        use("tracked.WrappedNew", {"value": 7}, ABSENT, via="c"),
        use("tracked.WrappedNew", {"value": 8, "other": 3}, ABSENT, via="c"),
    ),
    case(
        "wrapped method of the most derived class through C",
        "f = SubWrappedInit(1).method\nlist(map(f, [2]))",
        use("tracked.SubWrappedInit"),
        use("builtins.getattr"),
        use("tracked.SubWrappedInit.method", {"self": of("SubWrappedInit"), "x": 2}, ABSENT, via="c"),
    ),
    case(
        "construction by a metaclass through C",
        "list(map(Made, [7]))\nclass U(Made):\n    pass\nlist(map(U, [8]))\nlist(map(caller, [1]))",
        use("tracked.Made", {"value": 7}, ABSENT, via="c"),
        BUILD,
        use("tracked.Made.__init__", {"value": 8}, ABSENT, via="c"),
    ),
    case(
        "arguments that a __new__ passes on by name, through C",
        "list(map(functools.partial(Passing, y=5, z=6), [1]))",
        use("tracked.Passing", {"y": 5, "z": 6}, ABSENT, via="c"),
    ),
    case("default object is left out", "list(map(plain, [1], [2]))", use("tracked.plain", {"a": 1}, ABSENT, via="c")),
    case(
        "a call of no use at a place of uses lets through what it calls",
        "for f, x in ((list, map(plain, [5])), (list, map(plain, [6])), (plain, 7), (list, map(plain, [8]))):\n    f(x)",
        use("tracked.plain", {"a": 5}, ABSENT, via="c"),
        use("tracked.plain", {"a": 6}, ABSENT, via="c"),
        use("tracked.plain", {"a": 7}, 1),
        use("tracked.plain", {"a": 8}, ABSENT, via="c"),
    ),
    case(
        "an operation of no use at a place of uses lets through what it calls",
        "class U:\n    __neg__ = functools.lru_cache(0)(plain)\ndef f(x):\n    -x\nfor x in (U(), U(), Num(1), U()):\n    f(x)",
        use("tracked.Num", None, 1),
        use("tracked.plain", None, ABSENT, via="c"),
        use("tracked.plain", None, ABSENT, via="c"),
        use("operator.neg", None, 1),
        use("tracked.plain", None, ABSENT, via="c"),
    ),
    case(
        "extra arguments through C",
        "list(map(plain, [1], [5], [6]))",
        use("tracked.plain", {"a": 1, "b": 5, "*args": [6]}, ABSENT, via="c"),
    ),
    case(
        "extra arguments after a default object through C",
        "list(map(functools.partial(plain, c=4), [1], [2], [6]))",
        use("tracked.plain", {"a": 1, "*args": [6], "c": 4}, ABSENT, via="c"),
    ),
    case(
        "keywords through C",
        "list(map(functools.partial(plain, z=1), [1]))",
        use("tracked.plain", {"a": 1, "**kwargs": {"z": 1}}, ABSENT, via="c"),
    ),
    case("wrapper through C", "list(map(wrapped, [1]))", use("tracked.wrapped", {"a": 1}, ABSENT, via="c")),
    case(
        "wrapper whose code has a private name through C",
        "for _ in 1, 2:\n    list(map(hidden, [1]))",
        use("tracked.hidden", {"a": 1}, ABSENT, via="c"),
        use("tracked.hidden", {"a": 1}, ABSENT, via="c"),
    ),
    case(
        "method with such a wrapper, and what remains private, through C",
        "f = HidingThing(2).method\nlist(map(f, [3]))\nlist(map(HidingThing, [4]))\n"
        "f = tracked._core._hiding(tracked._core._hidden)\nlist(map(f, [5]))",
        use("tracked.HidingThing", {"value": 2}, 1),
        use("builtins.getattr"),
        use("tracked.HidingThing.method", {"self": of("HidingThing"), "x": 3}, ABSENT, via="c"),
        use("tracked.HidingThing", {"value": 4}, ABSENT, via="c"),
        *[use("builtins.getattr")] * 3,
        use("tracked._core._hiding"),
    ),
    case(
        "wrapper that is told apart by its defaults through C",
        "list(map(told, [1]))\nlist(map(told_too, [2]))",
        use("tracked.told", {"a": 1}, ABSENT, via="c"),
        use("tracked.told_too", {"a": 2}, ABSENT, via="c"),
    ),
    case(
        "in a generator expression through C",
        "sum(map(plain, (x for x in [1])))",
        use("tracked.plain", {"a": 1}, ABSENT, via="c"),
    ),
    case("a user function through C is outside", "list(map(lambda x: plain(x), [1]))", PLAIN_1),
    case(
        "a user's callback of a traced function through C",
        "apply(lambda: list(map(plain, [1])))",
        use("tracked.apply"),
        use("tracked.plain", {"a": 1}, ABSENT, via="c"),
    ),
    case(
        "special methods are no entries",
        "sorted([num, num])\n"
        "[num].index(num)\n"
        "{num: 1}\n"
        "num in [num]\n"
        "list(map(str, [num]))\n"
        "'{}'.format(num)\n"
        "print(num, file=io.StringIO())",
    ),
    case(
        "functions with an underscore are no entries",
        "f = tracked._core._hidden\nlist(map(f, [1]))",
        use("builtins.getattr"),
        use("builtins.getattr"),
    ),
    case(
        "generators and coroutines are no entries",
        "[list(x) for x in map(generate, [1])]\n[run(x) for x in map(later, [1])]",
    ),
    case(
        "a with statement enters functions that a class of the user's has as its special methods",
        "class Held:\n    __enter__, __exit__, __neg__ = many, many, many\n"
        "with Held():\n    -Held()\nclass Kept(Manager):\n    __exit__ = many\nwith Kept():\n    pass",
        use("tracked.many", {"*items": [OfType()]}, ABSENT, via="c"),
        use("tracked.many", {"*items": [OfType()]}, ABSENT, via="c"),
        use("tracked.many", {"*items": [OfType(), None, None, None]}, ABSENT, via="c"),
        use("builtins.__build_class__"),
        use("tracked.Manager.__enter__"),
        use("tracked.many", {"*items": [OfType(), None, None, None]}, ABSENT, via="c"),
    ),
    case(
        "what is entered under a use is no entry",
        "tracked.apply(plain, 1)\nthing.prop\nThing(1)",
        use("tracked.apply"),
        use("builtins.getattr"),
        use("tracked.Thing"),
    ),
    case(
        "a callback under a use of the user's operator", "num + 1\nlen(box)", use("operator.add"), use("builtins.len")
    ),
    case(
        "a map over a traced iterable lets it through",
        "list(map(plain, Box(1)))",
        use("tracked.Box"),
        use("builtins.map"),
        use("tracked.plain", {"a": 1}, ABSENT, via="c"),
    ),
]


def value_case(source: str, value: Any, before: str = "", **limits: Any) -> Case:
    """A row of §3: how one value is written."""
    return case("value: " + source, before + f"\ntake({source})", use("tracked.take", {"value": value}, 1), **limits)


def nested(depth: int, inside: Any) -> Any:
    """`inside` in as many lists."""
    return inside if not depth else [nested(depth - 1, inside)]


VALUES = [
    *[
        value_case(repr(value), value)
        for value in (
            None,
            True,
            False,
            "text",
            "",
            "\u00e9\u20ac",
            '"\\\n\t\x00',
            "\ud800",
            "\U0001f600",
            0,
            -1,
            2**31,
            2**63 - 1,
            -(2**63),
            1.5,
            -0.0,
            1e300,
            [1, "a", None],
            [],
        )
    ],
    *[value_case(f"float({text!r})", {"t": "float", "v": text}) for text in ("nan", "inf", "-inf")],
    value_case("2 ** 64", {"t": "int", "bits": 65}),
    value_case("1 << 4095", {"t": "int", "bits": 4096}),
    value_case("-(1 << 4095)", {"t": "int", "bits": 4096}),
    value_case("1 << 100000", {"t": "int", "bits": 100001}),
    value_case("'x' * 50", "x" * 50),
    value_case("'x' * 51", {"t": "str", "n": 51, "v": "x" * 50}),
    value_case("[0] * 50", [0] * 50),
    value_case("[0] * 51", {"t": "list", "n": 51, "v": [0] * 50}),
    value_case("(0,) * 100000", {"t": "tuple", "n": 100000, "v": [0] * 50}),
    value_case("b'x' * 51", {"t": "bytes", "n": 51, "v": "x" * 50}),
    value_case("dict.fromkeys(range(51))", {"t": "dict", "n": 51, "v": [[n, None] for n in range(50)]}),
    value_case("b'a\\xff'", {"t": "bytes", "v": "a\u00ff"}),
    value_case("(1, 'a')", {"t": "tuple", "v": [1, "a"]}),
    value_case("{1}", {"t": "set", "v": [1]}),
    value_case("frozenset([1])", {"t": "frozenset", "v": [1]}),
    value_case("{'k': 1, 2: [3]}", {"t": "dict", "v": [["k", 1], [2, [3]]]}),
    value_case("slice(1, None)", {"t": "slice", "v": [1, None, None]}),
    value_case("range(1, 9, 2)", {"t": "range", "v": [1, 9, 2]}),
    value_case("1 - 2j", {"t": "complex", "v": [1.0, -2.0]}),
    value_case("[[[[1]]]]", nested(4, 1)),
    value_case("[[[[[1]]]]]", nested(4, {"t": "list"})),
    value_case("[[[[(1,), {}]]]]", nested(3, [{"t": "tuple"}, {"t": "dict"}])),
    value_case("x", [{"t": "list"}], "x = []\nx.append(x)"),
    value_case("x", {"t": "dict", "v": [["k", {"t": "dict"}]]}, "x = {}\nx['k'] = x"),
    value_case("object()", {"t": "object"}),
    value_case("sub", {"t": "module", "v": "tracked.sub"}),
    value_case("math", {"t": "module", "v": "math"}),
    value_case("Thing", cls("tracked.Thing")),
    value_case("WithMeta", cls("tracked.WithMeta", "tracked.Meta")),
    value_case("int", cls("builtins.int")),
    value_case("plain", {"t": "function", "v": "tracked.plain"}),
    value_case("renamed", {"t": "function", "v": "tracked.plain"}),
    value_case("len", {"t": "builtin_function_or_method", "v": "builtins.len"}),
    value_case("math.floor", {"t": "builtin_function_or_method", "v": "math.floor"}),
    value_case("draw", {"t": "method", "v": "tracked.draw"}),
    value_case("extend", {"t": "builtin_function_or_method", "v": "tracked.extend"}),
    value_case("cached", {"t": "functools._lru_cache_wrapper", "v": "tracked.cached"}),
    value_case("dispatched", {"t": "tracked.Dispatcher", "v": "tracked.dispatched"}),
    value_case("named", {"t": "tracked.Named", "v": "tracked.named"}),
    value_case("caller", of("Caller")),
    value_case("staticmethod(plain)", {"t": "staticmethod"}),
    case(
        "value: a bound method of another object than the one whose method is exported",
        "take(Generator().draw)",
        use("tracked.Generator"),
        use("builtins.getattr"),
        use("tracked.take", {"value": {"t": "method", "v": "tracked.Generator.draw"}}),
    ),
    case(
        "value: an enum member",
        "take(Colour.RED)",
        use("builtins.getattr"),
        use("tracked.take", {"value": {"t": "tracked.Colour", "v": "RED"}}),
    ),
    case(
        "value: a member of an IntEnum",
        "take(Level.LOW)",
        use("builtins.getattr"),
        use("tracked.take", {"value": {"t": "tracked.Level", "v": "LOW"}}),
    ),
    case(
        "value: a nested class",
        "take(Thing.Inner)",
        use("builtins.getattr"),
        use("tracked.take", {"value": cls("tracked.Thing.Inner")}),
    ),
    case(
        "value: a bound method",
        "take(thing.method)",
        use("builtins.getattr"),
        use("tracked.take", {"value": {"t": "method", "v": "tracked.Thing.method"}}),
    ),
    value_case(
        "f",
        {"t": "method"},
        "class U:\n    m = classmethod(functools.partial(print))\nf = U.m",
    ),
    case(
        "bound methods in functions that are not named after them",
        "x = Alias()\ntake(x.ornate), take(x.told), take(x.open)",
        use("tracked.Alias"),
        *[
            record
            for name in ("ornate", "told", "open")
            for record in (
                fetched(ALIAS, name, "tracked.Alias." + name),
                use("tracked.take", {"value": {"t": "method", "v": "tracked.Alias." + name}}),
            )
        ],
    ),
    value_case("(1).__add__", {"t": "method-wrapper", "v": "builtins.int.__add__"}),
    value_case("thing", THING),
    value_case("string", {"t": "tracked.Text", "v": "ab"}),
    value_case("count", {"t": "tracked.Count", "v": 3}),
    value_case("raw", {"t": "tracked.Bytes", "v": "ab"}),
    value_case("U('x' * 51)", {"t": ANY, "n": 51, "v": "x" * 50}, "class U(str):\n    __getitem__ = __len__ = 0"),
    value_case("U(b'x' * 51)", {"t": ANY, "n": 51, "v": "x" * 50}, "class U(bytes):\n    decode = 0"),
    value_case("U(1, -2)", {"t": ANY, "v": [1.0, -2.0]}, "class U(complex):\n    real = imag = 0"),
    value_case("seq", SEQ),
    value_case("Repr", cls("tracked.Repr")),
    value_case("run", {"t": "function", "v": "program.run"}),
    value_case("Mine()", {"t": "program.Mine"}),
    value_case("f", {"t": "function", "v": ANY}, "def f():\n    pass"),
    value_case("memoryview(b'')", {"t": "memoryview"}),
    value_case("bytearray(b'')", OfType("bytearray")),
    value_case("iter([])", {"t": "list_iterator"}),
    value_case("functools.partial(len)", {"t": "functools.partial"}),
    value_case("lambda: 1", OfType("function")),
]

TABLES = {
    "4.2": TOUCHES,
    "4.1": CALLS,
    "4.1 subclasses": SUBCLASSES,
    "4.3": OPERATORS,
    "4.4": ATTRIBUTES,
    "4.5": PROTOCOLS,
    "4.6": BUILTINS,
    "4.7": VIA_C,
    "3": VALUES,
}


# The conformance program --------------------------------------------------------------------------------------------


class Program(NamedTuple):
    """The generated program: its text, and for each case the first line after it."""

    text: str
    cases: List[Case]
    ends: List[int]

    def case_at(self, line: int) -> int:
        """The index of the case that a line belongs to; -1 for what comes before the first and after the last."""
        for index, end in enumerate(self.ends):
            if line < end:
                return index - 1
        return -1


def all_cases() -> List[Case]:
    """Every case for the interpreter under test, named by its section."""
    return [
        one._replace(name="%s: %s" % (section, one.name))
        for section, table in TABLES.items()
        for one in table
        if facts().fits(one.since, one.until, one.needs)
    ]


@functools.lru_cache(maxsize=None)
def program(turns: int = 1) -> Program:
    """One function a case, called in turn, each so often."""
    cases = all_cases()
    parts = [textwrap.dedent(HEADER)]
    ends = []
    for index, one in enumerate(cases):
        ends.append("".join(parts).count("\n") + 1)
        body = textwrap.indent(textwrap.dedent(one.source).strip("\n"), "    ")
        parts.append("def case_%04d():\n%s\n" % (index, body))
    ends.append("".join(parts).count("\n") + 1)
    return Program("".join(parts) + FOOTER.replace("TURNS", str(turns)), cases, ends)


class Outcome(NamedTuple):
    """What a run of the conformance program gave: records a case, records outside all, errors, raw lines."""

    records: Dict[int, List[Record]]
    strays: List[Record]
    failures: Dict[str, str]
    lines: List[str]
    run: Run


@functools.lru_cache(maxsize=None)
def outcome(engine: str, turns: int = 1) -> Outcome:
    """Runs the conformance program once per engine; each case so often."""
    folder = Folder(program=program(turns).text)
    try:
        for name, source in TRACKED.items():
            folder.write(name, source)
        run = folder.record(IMPORT_MODULES="tracked", ENGINE=engine)
        if run.code:
            raise AssertionError(run.err)
        records: Dict[int, List[Record]] = {}
        strays = []
        for record in folder.records():
            index = program().case_at(record["line"]) if record["file"] == folder.file("program.py") else -1
            if index >= 0:
                records.setdefault(index, []).append(record)
            elif record["file"] != folder.file("program.py"):
                strays.append(record)
        with open(folder.output, encoding="ascii") as file:
            lines = file.read().splitlines()
        return Outcome(records, strays, json.loads(run.out), lines, run)
    finally:
        folder.remove()


def mismatch(expected: Record, got: Record) -> str:
    """How a record differs from what is expected of it; nothing where it does not."""
    expected = {"via": ABSENT, **expected}
    for key, value in expected.items():
        if value is ABSENT:
            if key in got:
                return "%s: expected none, got %r" % (key, got[key])
        elif key not in got:
            return "%s: expected %r, got none" % (key, value)
        elif value != got[key]:
            return "%s: expected %r, got %r" % (key, value, got[key])
        elif key == "params" and list(value) != list(got[key]):
            return "params: expected the order %r, got %r" % (list(value), list(got[key]))
    return ""


def differences(expected: Sequence[Record], got: Sequence[Record]) -> str:
    """How a case's records differ from the expected ones; nothing where they do not."""
    names, found = [one["function"] for one in expected], [one["function"] for one in got]
    if names != found:
        return "expected %s, got %s" % (names, found)
    return "\n".join(filter(None, map(mismatch, expected, got)))


class Conformance(unittest.TestCase):
    """DESIGN's sections 3 and 4, case by case."""

    def test_every_case_gives_its_records(self) -> None:
        for engine in facts().engines:
            found = outcome(engine)
            for index, one in enumerate(program().cases):
                with self.subTest(one.name, engine=engine, source=one.source[:300]):
                    self.assertNotIn("case_%04d" % index, found.failures)
                    problem = differences(one.records, found.records.get(index, []))
                    self.assertFalse(problem, problem)

    def test_every_case_gives_its_records_again(self) -> None:
        for engine in facts().engines:
            found = outcome(engine, turns=4)
            self.assertEqual(found.failures, {})
            for index, one in enumerate(program().cases):
                with self.subTest(one.name, engine=engine, source=one.source[:300]):
                    problem = differences(one.records * 4, found.records.get(index, []))
                    self.assertFalse(problem, problem)

    def test_nothing_is_recorded_at_other_places(self) -> None:
        expected = [("threading", "tracked.plain")] if facts().threads else []
        for engine in facts().engines:
            with self.subTest(engine=engine):
                strays = [(record["module"], record["function"]) for record in outcome(engine).strays]
                self.assertEqual(strays, expected)

    def test_both_engines_write_the_same_lines(self) -> None:
        if not facts().monitoring:
            self.assertEqual(facts().engines, ["settrace"])
            return
        normal = []
        for engine in facts().engines:
            folder = json.loads(outcome(engine).lines[0])["file"].rpartition("/")[0]
            normal.append([line.replace(folder, "") for line in outcome(engine).lines])
        self.assertEqual(*normal)

    def test_every_record_has_its_keys_in_order(self) -> None:
        keys = ["function", "params", "positional", "module", "caller", "file", "line", "column", "attribute", "via"]
        optional = {"positional", "column", "attribute", "via"}
        for engine in facts().engines:
            for line in outcome(engine).lines:
                record = json.loads(line)
                self.assertEqual(list(record), [key for key in keys if key in record or key not in optional])
                self.assertTrue(record["file"].startswith("/"), record)
                self.assertEqual("column" in record, facts().version >= (3, 11), record)
                if record["file"].endswith("/program.py"):
                    self.assertIn(record["module"], ("program", "here"))

    def test_caller_is_the_qualified_name(self) -> None:
        inner = "case_%04d.<locals>.f.<locals>.g" if facts().version >= (3, 11) else "g"
        for engine in facts().engines:
            index = next(i for i, one in enumerate(program().cases) if one.name == "4.1: nested function")
            callers = [record["caller"] for record in outcome(engine).records[index]]
            self.assertEqual(callers, [inner % index if "%" in inner else inner])

    def test_summary_counts_records_and_names_the_file(self) -> None:
        for engine in facts().engines:
            found = outcome(engine)
            self.assertRegex(
                found.run.err, r"record_api: %d records from \d+ places appended to .*records\.jsonl" % len(found.lines)
            )
            self.assertEqual(found.run.err.count("record_api:"), 1, found.run.err)

    def test_every_instruction_has_a_case(self) -> None:
        folder = folder_for(self, program=program().text)
        shown = json.loads(folder.run(["-c", USED_INSTRUCTIONS, FOLDER, "program.py"]).out)
        never = {name for name, _ in NEVER_COMPILED}
        self.assertEqual(sorted(set(shown["table"]) - set(shown["used"]) - never), [])
        self.assertEqual(sorted(set(shown["used"]) & never), [], "these are compiled after all")
        self.assertGreater(len(shown["table"]), 30)


# Instructions that a version has in its list, but that its compiler makes of no source.
NEVER_COMPILED: Sequence[Tuple[str, str]] = ()

USED_INSTRUCTIONS = """
import dis, json, opcode, sys, types
sys.path.insert(0, sys.argv[1])
import record_api
used = set()
def walk(code):
    used.update(instruction.opname for instruction in dis.get_instructions(code))
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            walk(const)
with open(sys.argv[2], encoding="utf-8") as file:
    walk(compile(file.read(), sys.argv[2], "exec"))
table = [name for name in record_api.INSTRUCTIONS if opcode.opmap.get(name, 256) < 256]
print(json.dumps({"table": table, "used": sorted(used)}))
"""


# Settings, and how the program is run -------------------------------------------------------------------------------

USES = """
import sys
from tracked import plain, take

def f(x):
    return plain(x)

for i in range(5):
    f(i)
take("x" * 9)
sys.stdout.write("ran")
"""


def tracked_folder(test: unittest.TestCase, **files: str) -> Folder:
    """A folder with the traced module and a program."""
    folder = folder_for(test, **files)
    for name, source in TRACKED.items():
        folder.write(name, source)
    return folder


def warnings_of(run: Run) -> List[str]:
    """The recorder's own lines on stderr."""
    return [line for line in run.err.splitlines() if line.startswith("record_api: ")]


def without_own_lines(text: str) -> str:
    """stderr without the recorder's own lines."""
    return "".join(line for line in text.splitlines(True) if not line.startswith("record_api: "))


BAD_SETTINGS = [
    ("OUTPUT_FILE", "no/such/folder.jsonl", "a file in a folder that exists"),
    ("RUN_MODULE", "no module", "a module to run"),
    ("TRACE_MODULE", "1x", "comma-separated module names"),
    ("IMPORT_MODULES", "a b", "comma-separated module names"),
    ("FROM_MODULES", "a..b", "comma-separated module names"),
    ("ENGINE", "ptrace", "settrace or monitoring"),
    ("MAX_LENGTH", "-1", "a whole number from 1 on"),
    ("MAX_VISITS", "many", "a whole number from 1 on"),
    ("COUNT", "2", "0 or 1"),
    ("CHILDREN", "yes", "0 or 1"),
]
MORE_BAD_SETTINGS = [
    ("OUTPUT_FILE", ".", "a file, not a folder"),
    ("RUN_MODULE", "missing.py", "a script that exists"),
    ("TRACE_MODULE", "a,,b.", "comma-separated module names"),
    ("MAX_LENGTH", "0", "a whole number from 1 on"),
    ("MAX_VISITS", "1.5", "a whole number from 1 on"),
]


class SettingsTest(unittest.TestCase):
    """DESIGN's section 2: what the user sets."""

    def check_refused(self, folder: Folder, run: Run, *lines: str) -> None:
        """Status 2, these lines on stderr and no others, and nothing was run or written."""
        self.assertEqual(run.err.splitlines(), list(lines))
        self.assertEqual((run.code, run.out), (2, ""))
        self.assertFalse(os.path.exists(folder.output) and os.path.getsize(folder.output))

    def test_nothing_set_shows_the_table_and_an_example(self) -> None:
        import record_api

        run = folder_for(self).run([SCRIPT])
        self.assertEqual((run.code, run.out), (2, ""))
        self.assertNotIn("Traceback", run.err)
        for setting in record_api.SETTINGS:
            with self.subTest(setting.name):
                row = next(line for line in run.err.splitlines() if line.startswith(setting.name + " "))
                self.assertIn(setting.meaning, row)
                self.assertIn(setting.shown, row)
        self.assertIn("PYTHON_API_TRACE_MODULE=numpy PYTHON_API_IMPORT_MODULES=numpy python record_api.py", run.err)

    def test_every_missing_setting_is_one_line(self) -> None:
        folder = folder_for(self)
        self.check_refused(
            folder,
            folder.run([SCRIPT], {"ENGINE": "settrace"}),
            "PYTHON_API_OUTPUT_FILE: expected a file to append to, got nothing",
            "PYTHON_API_RUN_MODULE: expected a module to run, got nothing",
            "PYTHON_API_TRACE_MODULE: expected a module to trace, got nothing",
        )

    def test_every_bad_setting_is_one_line(self) -> None:
        for table in rows((BAD_SETTINGS, MORE_BAD_SETTINGS)):
            folder = tracked_folder(self, program=USES)
            lines = ["PYTHON_API_%s: expected %s, got %r" % (name, expected, text) for name, text, expected in table]
            self.check_refused(folder, folder.record(**{name: text for name, text, _ in table}), *lines)

    def test_interpreters_that_cannot_be_recorded_are_refused_in_one_line(self) -> None:
        here = "cpython %d.%d" % facts().version
        for change, found in (
            ("sys.implementation.name = 'pypy'", "pypy %d.%d" % facts().version),
            ("sys.version_info = (3, 15, 0, 'final', 0)", "cpython 3.15"),
            ("sys.version += ' free-threading build'", here + " without the global interpreter lock"),
            ("sys.getobjects = id", here + " built with Py_TRACE_REFS"),
        ):
            with self.subTest(found):
                folder = tracked_folder(self, program=USES)
                # Such an interpreter may lack modules, too.
                lines = "import runpy, sys", change, "sys.modules['_json'] = sys.modules['_functools'] = None"
                run_script = "runpy.run_path(%r, run_name='__main__')" % SCRIPT
                run = folder.record(start=["-c", "\n".join([*lines, run_script])])
                self.check_refused(folder, run, "record_api: expected CPython 3.8 to 3.14, got " + found)

    def test_monitoring_is_refused_where_there_is_none(self) -> None:
        folder = tracked_folder(self, program=USES)
        run = folder.record(ENGINE="monitoring")
        if facts().monitoring:
            self.assertEqual((run.code, run.out), (0, "ran"))
        else:
            line = "PYTHON_API_ENGINE: expected settrace (monitoring needs CPython 3.12), got 'monitoring'"
            self.check_refused(folder, run, line)

    def test_modules_that_are_missing_are_refused(self) -> None:
        folder = tracked_folder(self, program=USES, package__in____init__="")
        none = "PYTHON_API_RUN_MODULE: expected a module to run, got "
        self.check_refused(folder, folder.record(module="no_such_module"), none + "'no_such_module'")
        run = folder.record(IMPORT_MODULES="tracked,no_such_module")
        text = "PYTHON_API_IMPORT_MODULES: expected modules that can be imported, got 'no_such_module'"
        self.check_refused(folder, run, text + " (No module named 'no_such_module')")

    def test_a_module_that_no_import_statement_can_name_is_run(self) -> None:
        folder = tracked_folder(self)
        for module in rows(("some-program", "package.2to3")):
            folder.write(module.replace(".", "/") + ".py", USES)
            run = folder.record(module=module)
            with self.subTest(module):
                self.assertEqual((run.code, run.out), (0, "ran"), run.err)
                self.assertEqual(folder.records()[-1]["module"], module)
        self.check_refused(
            folder_for(self),
            folder.record(module="no-module", OUTPUT_FILE="none"),
            "PYTHON_API_RUN_MODULE: expected a module to run, got 'no-module'",
        )

    def test_a_module_below_a_package_that_is_missing_is_refused(self) -> None:
        folder = tracked_folder(self, program=USES, package__in____init__="")
        for module in rows(("package.no_such_module", "package")):
            with self.subTest(module):
                run = folder.record(module=module)
                self.assertEqual((run.code, run.out), (2, ""))
                self.assertEqual(len(run.err.splitlines()), 1, run.err)
                self.assertIn("PYTHON_API_RUN_MODULE: expected a module to run, got %r" % module, run.err)

    def test_modules_of_the_settings_that_are_never_imported_are_told(self) -> None:
        folder = tracked_folder(self, program="pass")
        run = folder.record(TRACE_MODULE="tracked,trackt")
        self.assertRegex(run.err, "0 records from 0 places .*; tracked was never imported; trackt was never imported")
        run = folder.record(TRACE_MODULE="tracked", IMPORT_MODULES="tracked", FROM_MODULES="program,json")
        self.assertRegex(run.err, "0 records from 0 places appended to [^;]*; json was never imported$")
        run = folder.record(TRACE_MODULE="tracked", IMPORT_MODULES="tracked")
        self.assertRegex(run.err, "0 records from 0 places appended to [^;]*$")

    def test_the_readme_has_the_settings_table(self) -> None:
        import record_api

        with open(os.path.join(FOLDER, "README.md"), encoding="utf-8") as file:
            rows = [line.strip() for line in file if line.startswith("| `PYTHON_API_")]
        expected = ["| `%s` | %s | %s |" % (s.name, s.meaning, s.shown) for s in record_api.SETTINGS]
        self.assertEqual(rows, expected)

    def test_the_output_file_is_appended_to(self) -> None:
        folder = tracked_folder(self, program=USES)
        folder.write("records.jsonl", '{"line": "before"}\n')
        run = folder.record()
        self.assertEqual((run.code, run.out), (0, "ran"), run.err)
        self.assertEqual(folder.records()[0], {"line": "before"})
        names = [record["function"] for record in folder.records()[1:]]
        self.assertEqual(
            names, ["builtins.__import__"] + ["builtins.getattr"] * 2 + ["tracked.plain"] * 5 + ["tracked.take"]
        )

    def test_max_length_cuts_what_is_longer(self) -> None:
        folder = tracked_folder(self, program=USES)
        folder.record(MAX_LENGTH="3")
        self.assertEqual(folder.records()[-1]["params"], {"value": {"t": "str", "n": 9, "v": "xxx"}})

    def test_max_length_cuts_an_attributes_name_each_time(self) -> None:
        source = "import tracked\ntracked.plain(1)\ndef f():\n    return tracked.plain\nf(), f(), f(), f()\n"
        folder = tracked_folder(self, program=source)
        folder.record(MAX_LENGTH="3")
        names = [record["params"]["name"] for record in folder.records() if record["caller"] == "f"]
        self.assertEqual(names, [{"t": "str", "n": 5, "v": "pla"}] * 4)

    def test_max_visits_looks_that_often_at_each_instruction_and_says_so(self) -> None:
        for engine in facts().engines:
            folder = tracked_folder(self, program=USES)
            run = folder.record(MAX_VISITS="2", ENGINE=engine)
            plains = [record["params"] for record in folder.records() if record["function"] == "tracked.plain"]
            self.assertEqual(plains, [{"a": 0}, {"a": 1}])
            self.assertIn("PYTHON_API_MAX_VISITS", run.err)

    def test_a_place_that_reached_the_limit_counts_once_where_events_begin_anew(self) -> None:
        again = "\nif hasattr(sys, 'monitoring'):\n    sys.monitoring.restart_events()\n    f()"
        source = "import sys\nfrom tracked import plain\ndef f():\n    for n in range(9): plain(n)\nf()"
        for engine in facts().engines:
            folder = tracked_folder(self, program=source, again=source + again)
            runs = [folder.record(module=name, MAX_VISITS="2", ENGINE=engine) for name in ("program", "again")]
            told = [re.findall(r"(\d+) places reached", run.err) for run in runs]
            with self.subTest(engine=engine):
                self.assertEqual(told[0], told[1])

    def test_what_reached_the_limit_is_told_once_for_all_children(self) -> None:
        if not facts().children:
            self.assertFalse(facts().fork)
            return
        source = """
            import subprocess, sys
            code = "from tracked import take\\nfor turn in range(%d):\\n    take(1)" + "\\n    take(2)" * 3
            for turns in 2, 9, 9:
                subprocess.run([sys.executable, "-c", code % turns])
            """
        for engine in facts().engines:
            folder = tracked_folder(self, program=source)
            run = folder.record(MAX_VISITS="5", ENGINE=engine, FROM_MODULES="__main__")
            told = re.findall(r"places reached PYTHON_API_MAX_VISITS \(in child processes (\d+)\)", run.err)
            with self.subTest(engine=engine):
                self.assertEqual(len(told), 1, run.err)
                self.assertGreaterEqual(int(told[0]), 8)

    def test_code_that_has_reached_the_limit_is_left_alone(self) -> None:
        source = """
import sys
from tracked import plain

def f():
    for x in range(3):
        plain(x)
    return sys._getframe().f_trace

for turn in range(30):
    left = f()
assert left is None, left
"""
        for engine in facts().engines:
            folder = tracked_folder(self, program=source)
            run = folder.record(MAX_VISITS="8", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = [record["params"]["a"] for record in folder.records() if record["caller"] == "f"]
            self.assertEqual(found, [0, 1, 2, 0, 1, 2, 0, 1], engine)

    def test_count_writes_identical_records_once(self) -> None:
        source = "from tracked import plain, take\nfor i in [1, 1, 1, 2]:\n    plain(i)\ntake(0)\n"
        folder = tracked_folder(self, program=source)
        folder.record(COUNT="1", IMPORT_MODULES="tracked")
        counts: Dict[Tuple[str, str], int] = {}
        for record in folder.records():
            self.assertEqual(list(record)[-1], "count")
            key = record["function"], json.dumps(record["params"])
            counts[key] = counts.get(key, 0) + record["count"]
        expected = {
            ("tracked.plain", '{"a": 1}'): 3,
            ("tracked.plain", '{"a": 2}'): 1,
            ("tracked.take", '{"value": 0}'): 1,
        }
        self.assertEqual({key: n for key, n in counts.items() if key[0].startswith("tracked")}, expected)
        self.assertLess(len(folder.records()), 8)

    def test_imported_modules_are_not_recorded(self) -> None:
        files = {
            "program": "import helper\nhelper.f()\n",
            "helper": "import tracked\ntracked.take(1)\ndef f():\n    tracked.take(2)\n",
        }
        for imports, expected in rows((("helper", [{"value": 2}]), ("", [{"value": 1}, {"value": 2}]))):
            folder = tracked_folder(self, **files)
            folder.record(IMPORT_MODULES=imports)
            takes = [record["params"] for record in folder.records() if record["function"] == "tracked.take"]
            self.assertEqual(takes, expected)

    def test_from_modules_records_only_what_these_do(self) -> None:
        use_it = "from tracked import take\ndef f():\n    take(__name__)\nf()\n"
        files = {
            "program": "import one, one.inner, oneness, two\nfrom tracked import take\ntake('main')\ntwo.f()\n",
            "one__in____init__": use_it,
            "one__in__inner": use_it,
            "oneness": use_it + "import copy, tracked\ncopy.copy(tracked.Empty())\n",
            "two": use_it,
        }
        table = (
            ("one, program", {"one", "one.inner", "program"}),
            ("two", {"two"}),
            ("", {"one", "one.inner", "oneness", "copy", "copyreg", "two", "program"}),
            ("copy", {"copy", "copyreg"}),
        )
        for modules, expected in rows(table):
            folder = tracked_folder(self, **files)
            folder.record(FROM_MODULES=modules, IMPORT_MODULES="tracked")
            self.assertEqual({record["module"] for record in folder.records()}, expected)

    def test_what_modules_that_are_not_recorded_change_is_known(self) -> None:
        other = """
            def add_method(cls):
                cls.__add__ = lambda self, other: 1
            def derive(cls, base):
                cls.__bases__ = (base,)
            def move(x, name):
                setattr(x, "__module__", name)
            """
        source = """
            import other, tracked
            class Base:
                pass
            class Own(Base):
                pass
            class Adding:
                def __add__(self, other):
                    return 1
            def take(x):
                return x
            def first(x):
                take(x)
                return hasattr(type(x), "__add__") and x + 1
            def second(x):
                return hasattr(type(x), "__add__") and x + 1
            def third(x):
                return x + 1
            def see():
                for _ in range(3):
                    first(empty), second(own), third(adding)
            empty, own, adding = tracked.Empty(), Own(), Adding()
            see()
            other.add_method(tracked.Empty)
            other.derive(Own, tracked.Num)
            other.move(Adding, "tracked")
            other.move(take, "tracked")
            see()
            """
        for engine in facts().engines:
            folder = tracked_folder(self, program=source, other=other)
            folder.record(IMPORT_MODULES="tracked", FROM_MODULES="program", ENGINE=engine)
            found = [record for record in folder.records() if record["function"] in ("operator.add", "tracked.take")]
            self.assertEqual([record["caller"] for record in found], ["first", "first", "second", "third"] * 3, engine)

    def test_several_modules_are_traced(self) -> None:
        source = "import tracked, trackeddoc\ntracked.sub.shout('a')\ntrackeddoc.plain(1)\n"
        table = (
            ("tracked,trackeddoc", {"tracked.sub.shout", "trackeddoc.plain"}),
            ("tracked.sub", {"tracked.sub.shout"}),
            ("trackeddoc", {"trackeddoc.plain"}),
        )
        for trace, expected in rows(table):
            folder = tracked_folder(self, program=source)
            folder.record(trace=trace)
            functions = {record["function"] for record in folder.records()}
            self.assertEqual({name for name in functions if name.startswith("tracked")}, expected, trace)

    def test_children_are_recorded_unless_told_otherwise(self) -> None:
        source = """
            import os, subprocess, sys
            from tracked import take
            take("parent")
            code = "from tracked import take; take('child')"
            subprocess.run([sys.executable, "-c", code])
            if hasattr(os, "fork"):
                pid = os.fork()
                if not pid:
                    take("forked")
                    os._exit(0)
                os.waitpid(pid, 0)
            """
        if not facts().children:
            self.assertFalse(facts().fork)
            return
        for engine in facts().engines:
            for children, expected in ("1", ["child", "forked", "parent"]), ("0", ["parent"]):
                folder = tracked_folder(self, program=source)
                run = folder.record(CHILDREN=children, ENGINE=engine)
                takes = [
                    record["params"]["value"] for record in folder.records() if record["function"] == "tracked.take"
                ]
                with self.subTest(engine=engine, children=children):
                    self.assertEqual(sorted(takes), expected)
                    self.assertEqual(len(warnings_of(run)), 1, run.err)


LOOK = """
names = list(globals())
import json, os, sys
shown = {name: globals()[name] for name in ("__name__", "__file__", "__package__", "__doc__", "__cached__")
         if name in globals()}
shown["spec"] = getattr(__spec__, "name", None)
shown["loader"] = type(__loader__).__name__, getattr(__loader__, "path", None)
shown["names"] = names
shown["builtins"] = __builtins__ is sys.modules["builtins"]
shown["main"] = sys.modules["__main__"].__dict__ is globals()
shown["argv"] = sys.argv
shown["path"] = sys.path[0]
shown["folder"] = os.getcwd()
shown["annotations"] = globals().get("__annotations__")
print(json.dumps(shown))
import tracked
tracked.plain(1)
"""
ENDS = {
    "an exception": "import tracked\n"
    "def f():\n"
    "    tracked.plain(1)\n"
    "    raise ValueError('a text')\n"
    "try:\n"
    "    f()\n"
    "except ValueError:\n"
    "    {}['k']\n",
    "an exception that can't be changed": "import dataclasses\n"
    "@dataclasses.dataclass(frozen=True)\n"
    "class F(Exception):\n"
    "    x: int\n"
    "    def __bool__(self):\n"
    "        print('asked')\n"
    "try:\n"
    "    raise F(1)\n"
    "except F as error:\n"
    "    raise F(2) from error\n",
    "an exception whose hook fails": "import sys, traceback\n"
    "def hook(*args):\n"
    "    traceback.print_last()\n"
    "    raise KeyError('hook')\n"
    "sys.excepthook = hook\n"
    "raise ValueError('a text')\n",
    "an exception whose hook was deleted": "import sys\ndel sys.excepthook\nraise ValueError('a text')\n",
    "an exception that holds the last reference": "class Last:\n"
    "    def __del__(self):\n"
    "        print('deleted', end)\n"
    "    def __repr__(self):\n"
    "        return 'last'\n"
    "end = 'in time'\n"
    "raise ValueError(Last())\n",
    "a status": "import sys\nsys.exit(3)\n",
    "a text": "import sys\nsys.exit('a text')\n",
    "no status": "raise SystemExit\n",
    "exit functions": "import atexit\natexit.register(print, 'last')\nprint('first')\n",
    "an exit function that uses the module": "import atexit, tracked\n"
    "atexit.register(lambda: print(tracked.plain(1)))\n",
    "a syntax error": "x = = 1\n",
    "KeyboardInterrupt": "raise KeyboardInterrupt\n",
}


INTERRUPTED = """
import os, signal, sys
import tracked

signal.signal(signal.SIGALRM, signal.default_int_handler)


def work():
    while True:
        tracked.plain(1), tracked.take("x")


signal.setitimer(signal.ITIMER_REAL, 0.2)
work()
"""


BESIDE = (
    "_ctypes ast binascii contextlib ctypes fcntl functools gzip importlib json math opcode operator random shutil "
    "struct tempfile types warnings zlib"
).split()

BESIDE_PROGRAM = """
import os, sys
import %s
import lib
lib.f(1)
if sys.argv[1:]:
    print("end", flush=True)
else:
    for child in ("forked", "started"):
        pid = os.fork()
        if not pid and child == "forked":
            lib.f(2)
            os._exit(0)
        if not pid:
            os.execv(sys.executable, [sys.executable, sys.argv[0], child])
        os.waitpid(pid, 0)
"""


class RunTest(unittest.TestCase):
    """DESIGN's sections 1 and 2: the program sees what it would see without the recorder."""

    def test_a_module_sees_what_python_m_gives_it(self) -> None:
        for module in rows(("package", "program", "package.module")):
            folder = tracked_folder(
                self, program=LOOK, package__in____init__="", package__in____main__=LOOK, package__in__module=LOOK
            )
            plain = folder.run(["-m", module, "a", "-b"])
            with self.subTest(module):
                recorded = folder.record("a", "-b", module=module)
                self.assertEqual(json.loads(recorded.out), json.loads(plain.out))
                self.assertEqual(folder.records()[-1]["function"], "tracked.plain")
                real = "package.__main__" if module == "package" else module
                self.assertEqual(folder.records()[-1]["module"], real)

    def test_a_class_method_in_c_has_the_name_of_the_derived_class(self) -> None:
        source = """
            from datetime import date, datetime

            class Own(datetime):
                pass

            for cls in (date, datetime, Own, datetime, date):
                cls.fromordinal(9), datetime.fromordinal(9), date.__str__(cls(1, 1, 1))
            """
        base, derived = ("datetime.%s.fromordinal" % name for name in ("date", "datetime"))
        for engine in facts().engines:
            folder = folder_for(self, program=source)
            folder.record(trace="datetime", IMPORT_MODULES="datetime", ENGINE=engine)
            names = [record["function"] for record in folder.records()]
            with self.subTest(engine=engine):
                found = [name for name in names if name.endswith("fromordinal")]
                self.assertEqual(found, [base, derived] + [derived] * 6 + [base, derived])
                self.assertEqual(names.count("datetime.date.__str__"), 5)

    def test_what_else_the_program_runs_as_main_has_its_own_name(self) -> None:
        use_it = "from tracked import take\ndef f():\n    take(1)\nf()\n"
        files = {"package__in____init__": "", "package__in__inner": use_it, "script": use_it}
        source = """
            import runpy
            from tracked import take
            runpy.run_module("package.inner", run_name="__main__")
            runpy.run_path("script.py", run_name="__main__")
            take(1)
            """
        table: List[Tuple[str, str, List[str]]] = [
            ("tracked", "", ["package.inner", "__main__", "program"]),
            ("tracked", "package", ["package.inner"]),
            ("tracked,package", "", ["__main__", "program"]),
        ]
        for engine in facts().engines:
            for trace, modules, expected in rows(table):
                folder = tracked_folder(self, program=source, **files)
                folder.record(trace=trace, FROM_MODULES=modules, ENGINE=engine)
                taken = [record["module"] for record in folder.records() if record["function"] == "tracked.take"]
                self.assertEqual(taken, expected, (trace, modules, engine))

    def test_a_script_sees_what_python_gives_it(self) -> None:
        folder = tracked_folder(self)
        folder.write("scripts/tool.py", LOOK)
        for name, source in TRACKED.items():
            if os.path.exists(folder.file(name)):
                folder.write("scripts/" + name, source)
        for path in rows(("scripts/tool.py", "./scripts/../scripts/tool.py", folder.file("scripts/tool.py"))):
            with self.subTest(path):
                plain, recorded = folder.run([path, "a"]), folder.record("a", module=path)
                self.assertEqual(json.loads(recorded.out), json.loads(plain.out))
                self.assertEqual(folder.records()[-1]["file"], folder.file("scripts/tool.py"))

    def test_a_script_that_a_link_leads_to_finds_what_is_beside_it(self) -> None:
        folder = tracked_folder(self)
        folder.write("scripts/tool.py", "import beside\n")
        folder.write("scripts/beside.py", "import tracked\ntracked.plain(1)\nprint('found')\n")
        shutil.copytree(folder.file("tracked"), folder.file("scripts/tracked"))
        os.symlink(folder.file("scripts/tool.py"), folder.file("link.py"))
        plain, recorded = folder.run(["link.py"]), folder.record(module="link.py")
        self.assertEqual((recorded.code, recorded.out), (plain.code, "found\n"), recorded.err)

    def test_the_program_ends_as_without_the_recorder(self) -> None:
        for name, source in rows(ENDS.items()):
            folder = tracked_folder(self, program=source)
            plain, recorded = folder.run(["program.py"]), folder.record(module="program.py")
            with self.subTest(name):
                self.assertEqual(without_own_lines(recorded.err), plain.err)
                self.assertEqual((recorded.code, recorded.out), (plain.code, plain.out))
                if name != "a syntax error":
                    self.assertEqual(len(warnings_of(recorded)), 1, recorded.err)

    def test_an_exception_of_a_module_has_its_own_traceback_only(self) -> None:
        folder = tracked_folder(self, program=ENDS["an exception"])
        run = folder.record()
        self.assertEqual(run.code, 1)
        self.assertNotIn(SCRIPT, run.err)
        self.assertIn("program.py", run.err)
        self.assertIn("KeyError: 'k'", run.err)

    def test_it_runs_as_a_module_as_the_script_does(self) -> None:
        source = "import sys\nprint(sys.path, sys.argv[1:])\n"
        folder = tracked_folder(self, program=source + ENDS["an exception"])
        folder.write("below/program.py", source + "print(6)\n")
        shutil.copy(SCRIPT, folder.path)
        for module in ("program", "program.py", "below/program.py"):
            runs = []
            for start in ([folder.file("record_api.py")], ["-m", "record_api"]):
                runs.append((folder.record("a", module=module, start=start), folder.records()))
                os.remove(folder.output)
            with self.subTest(module):
                (by_script, expected), (as_module, found) = runs
                self.assertEqual((as_module.code, as_module.out), (by_script.code, by_script.out), as_module.err)
                self.assertEqual(without_own_lines(as_module.err), without_own_lines(by_script.err))
                self.assertEqual(found, expected)

    def test_what_the_interpreter_shows_an_exception_with_is_no_use(self) -> None:
        source = """
            import sys, threading
            from tracked import Error, Thing
            def f():
                raise Error("in a thread")
            if %d:
                thread = threading.Thread(target=f)
                thread.start()
                thread.join()
            try:
                f()
            except Exception:
                sys.__excepthook__(*sys.exc_info())
            Thing().missing
            """
        folder = tracked_folder(self, program=source % facts().threads)
        for engine in facts().engines:
            folder.output = folder.file(engine + ".jsonl")
            run = folder.record(IMPORT_MODULES="tracked", ENGINE=engine)
            found = [r["function"] for r in folder.records()]
            with self.subTest(engine=engine):
                self.assertEqual(run.code, 1, run.err)
                imported = ["builtins.__import__", "builtins.getattr", "builtins.getattr"]
                raised = ["tracked.Error"] * (1 + facts().threads)
                self.assertEqual(found, [*imported, *raised, "tracked.Thing", "builtins.getattr"], run.err)

    def test_methods_that_are_told_their_class_are_methods(self) -> None:
        source = "import re\np = re.compile('a')\np.sub('x', 'ab')\np.sub(*('x', 'ab'))\nf = p.sub\nf('x', 'ab')\n"
        folder = folder_for(self, program=source + "p.sub('x', 'ab', count=1)\n")
        for engine in facts().engines:
            folder.output = folder.file(engine + ".jsonl")
            folder.record(trace="re", ENGINE=engine)
            found = [r["params"] for r in folder.records() if r["function"] == "re.Pattern.sub"]
            with self.subTest(engine=engine):
                self.assertEqual([list(params)[:3] for params in found], [["self", "repl", "string"]] * 4)

    def test_modules_beside_the_program_may_have_the_names_of_any_that_the_recorder_imports(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = folder_for(self, program=BESIDE_PROGRAM % ", ".join(BESIDE), lib="def f(x):\n    return x\n")
        for name in BESIDE:
            folder.write(name + ".py", "print(__name__, flush=True)\n")
        shutil.copy(SCRIPT, folder.path)
        plain = folder.run(["program.py"])
        self.assertEqual(plain.out.splitlines()[-1:], ["end"], plain.err)
        for start in (SCRIPT, folder.file("record_api.py")):
            for settings in ({}, {"ENGINE": "settrace"}, {"OUTPUT_FILE": folder.output + ".gz"}):
                run = folder.record(module="program.py", trace="lib", start=[start], **settings)
                with self.subTest(start=start, settings=settings):
                    self.assertEqual((run.code, run.out), (0, plain.out), run.err)
                    self.assertIn("record_api: 5 records (3 by 3 child processes) from 3 places", run.err)
                    self.assertEqual(len(run.err.splitlines()), 1, run.err)

    def test_it_runs_where_the_current_directory_was_removed(self) -> None:
        if not has(self, "children"):
            return
        source = "import tracked\ntracked.plain(1)\nprint(__import__('sys').path)\n"
        leave = "import os, sys\nos.mkdir('gone')\nos.chdir('gone')\nos.rmdir('../gone')\n"
        leave += "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
        folder = tracked_folder(self, program=source)
        script = folder.file("program.py")
        plain = folder.run(["-c", leave, script])
        run = folder.record(module=script, start=["-c", leave, SCRIPT])
        self.assertEqual((run.code, run.out), (0, plain.out), run.err)
        self.assertEqual([record["file"] for record in folder.records()], [script] * 2)
        run = folder.record(module=script, start=["-c", leave, SCRIPT], OUTPUT_FILE="records.jsonl")
        expected = "PYTHON_API_OUTPUT_FILE: expected a file in a folder that exists, got 'records.jsonl'\n"
        self.assertEqual((run.code, run.err), (2, expected))

    def test_an_isolated_program_finds_nothing_beside_it(self) -> None:
        if not has(self, "children"):
            return
        folder = tracked_folder(self, program="import sys\nprint(sys.path)\n")
        settings = {"OUTPUT_FILE": folder.output, "RUN_MODULE": "program.py", "TRACE_MODULE": "tracked"}
        for flags in rows((["-I"], ["-E"])):
            plain, recorded = folder.run([*flags, "program.py"]), folder.run([*flags, SCRIPT], settings)
            with self.subTest(flags=flags):
                self.assertEqual((recorded.code, recorded.out), (plain.code, plain.out), recorded.err)

    def test_os_exit_loses_no_record(self) -> None:
        folder = tracked_folder(self, program="import os, tracked\ntracked.plain(1)\nos._exit(5)\n")
        for engine in facts().engines:
            run = folder.record(ENGINE=engine)
            self.assertEqual(run.code, 5)
            self.assertEqual(folder.records()[-1]["function"], "tracked.plain")
            self.assertEqual(len(warnings_of(run)), 1, run.err)

    def test_control_c_ends_it_as_without_the_recorder(self) -> None:
        if not facts().signals:
            self.assertFalse(facts().fork)
            return
        source = (
            "import os, signal, tracked\n"
            # A shell starts what it runs in the background with this signal ignored.
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "tracked.plain(1)\n"
            "os.kill(os.getpid(), signal.SIGINT)\n"
            "for i in range(10**9): pass\n"
        )
        folder = tracked_folder(self, program=source)
        plain, recorded = folder.run(["program.py"]), folder.record(module="program.py")
        self.assertEqual((recorded.code, recorded.out), (plain.code, plain.out))
        self.assertEqual(plain.code, -signal.SIGINT)
        self.assertEqual(without_own_lines(recorded.err), plain.err)
        self.assertEqual(folder.records()[-1]["function"], "tracked.plain")

    def test_control_c_in_the_midst_of_a_use_shows_no_frame_of_the_recorder(self) -> None:
        if not has(self, "signals"):
            return
        folder = tracked_folder(self, program=INTERRUPTED)
        for engine in facts().engines:
            run = folder.record(ENGINE=engine)
            with self.subTest(engine=engine):
                self.assertNotIn("record_api.py", "".join(run.err.splitlines(True)[:-1]))
                self.assertEqual(run.err.count("in work"), 1, run.err)
                self.assertIn("KeyboardInterrupt", run.err)

    def test_under_cprofile(self) -> None:
        folder = tracked_folder(self, program=USES)
        settings = {"OUTPUT_FILE": folder.output, "RUN_MODULE": "program", "TRACE_MODULE": "tracked"}
        run = folder.run(["-m", "cProfile", "-o", "out.prof", SCRIPT], settings)
        self.assertEqual((run.code, run.out), (0, "ran"), run.err)
        self.assertGreater(os.path.getsize(folder.file("out.prof")), 100)
        self.assertEqual([r["function"] for r in folder.records()].count("tracked.plain"), 5)

    def test_what_the_standard_library_does_takes_its_callers_side(self) -> None:
        source = """
            import contextlib, copy
            from tracked import *
            def f():
                copy.copy(Empty())
                with context(1):
                    pass
                with contextlib.ExitStack() as stack:
                    stack.enter_context(Manager())
            f()
            """
        for engine in facts().engines:
            folder = tracked_folder(self, program=source)
            folder.record(IMPORT_MODULES="tracked", ENGINE=engine)
            found = {(record["module"], record["function"]) for record in folder.records()}
            with self.subTest(engine=engine):
                self.assertIn(("program", "tracked.context"), found)
                self.assertIn(("copy", "builtins.getattr"), found)
                self.assertIn(("contextlib", "tracked.Manager.__exit__"), found)
                self.assertNotIn(("contextlib", "operator.add"), found)

    def test_what_is_entered_where_no_line_stands_has_the_line_before(self) -> None:
        if facts().version < (3, 11):
            return
        source = """
            from groups import Group
            def f():
                try:
                    raise Group("g", [ValueError(), KeyError()])
                except* ValueError as e:
                    raise TypeError
            try:
                f()
            except Exception:
                pass
            """
        groups = "class Group(ExceptionGroup):\n    def derive(self, x):\n        return Group(self.message, x)\n"
        for engine in facts().engines:
            folder = folder_for(self, program=source, groups=groups)
            run = folder.record(trace="groups", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            lines = [one["line"] for one in folder.records() if one["function"] == "groups.Group.derive"]
            with self.subTest(engine=engine):
                self.assertEqual(lines, [6, 6, 6])

    def test_a_module_of_the_standard_library_is_traced_as_any_other(self) -> None:
        source = """
            import functools
            class K:
                method = functools.partialmethod(lambda self, a: a, 1)
                value = property(lambda self: functools.partial(self.method))
            def f(k):
                k.method()
                k.value()
            for _ in range(3):
                f(K())
            """
        method, value, call = ("functools." + name for name in ("partialmethod", "partial", "partial.__call__"))
        for engine in facts().engines:
            folder = folder_for(self, program=source)
            folder.record(trace="functools", ENGINE=engine)
            found = [record["function"] for record in folder.records()]
            with self.subTest(engine=engine):
                self.assertEqual(found, ["builtins.__import__", method, *[call, value, call] * 3])

    def test_a_suspended_method_of_the_standard_library_is_inside_wherever_it_goes_on(self) -> None:
        library = """
            import asyncio, collections.abc, weakref
            class Items(collections.abc.Sequence):
                def __len__(self):
                    return 2
                def __getitem__(self, index):
                    return range(2)[index]
            class Values(weakref.WeakValueDictionary):
                pass
            class Queue(asyncio.Queue):
                pass
            """
        source = """
            import asyncio, collections.abc
            from library import *
            for x in Items():
                pass
            class Own(Items):
                def __iter__(self):
                    return super().__iter__()
            list(zip(Own()))
            values = Values()
            for pair in values.items():
                pass
            async def f():
                queue = Queue()
                waiting = asyncio.ensure_future(queue.get())
                await asyncio.sleep(0)
                await queue.put(1)
                await waiting
            asyncio.run(f())
            for key, value in collections.abc.ItemsView({0: Items()}):
                value[0]
            """
        uses = "Items builtins.iter builtins.__build_class__ Items.__iter__ Values Values.items Queue Queue.get"
        uses = "builtins.__import__ %s Queue.put Items operator.getitem" % uses
        expected = [("program", name) for name in uses.split()]
        for engine in facts().engines:
            folder = folder_for(self, program=source, library=library)
            folder.record(IMPORT_MODULES="library", TRACE_MODULE="library", ENGINE=engine)
            found = [(record["module"], record["function"].replace("library.", "")) for record in folder.records()]
            with self.subTest(engine=engine):
                self.assertEqual(found, expected)

    def test_a_thread_class_of_the_traced_module_starts_alike_on_every_python(self) -> None:
        if not has(self, "threads"):
            return
        source = """
            import threading
            import workers
            for worker in (workers.Worker(target=workers.work, args=(1,)), workers.Runner()):
                worker.start()
                worker.join()
            """
        library = """
            import threading
            class Worker(threading.Thread):
                pass
            class Runner(threading.Thread):
                def run(self):
                    work(2)
            def work(x):
                return x
            """
        for engine in facts().engines:
            folder = tracked_folder(self, program=source, workers=library)
            folder.record(IMPORT_MODULES="workers", TRACE_MODULE="workers", ENGINE=engine)
            found = [(record["caller"].rpartition(".")[2], record["function"]) for record in folder.records()]
            from_threads = [pair for pair in found if pair[0] != "<module>"]
            with self.subTest(engine=engine):
                self.assertEqual({caller for caller, _ in from_threads}, {"run"})
                self.assertEqual([name for _, name in from_threads if "workers" in name], ["workers.work"])
                self.assertIn(("<module>", "workers.Runner.start"), found)

    def test_each_frame_at_a_place_is_in_a_use_or_not(self) -> None:
        """Several frames stand at one place, where up to then each visit was a use, and then one is none.

        What C code calls is an entry only where its caller stands in no use.
        """
        source = """
            from collections import deque
            import parts
            def at(function, x):
                return function(x)
            def inner():
                at(deque, map(parts.enter, [1]))
            def around(hook):
                parts.hook = hook
                at(list, parts.Parts())
            for _ in range(3):
                around(parts.nothing)
            around(inner)
            around(parts.nothing)
            at(deque, map(parts.enter, [1]))
            around(inner)
            def at(function, x):
                return function(x)
            parts.hook = lambda: at(list, parts.Nothing())
            at(deque, map(parts.part, [1, 2]))
            """
        library = """
            def nothing():
                pass
            class Parts:
                def __iter__(self):
                    return map(part, [1, 2, 3])
            class Nothing:
                def __iter__(self):
                    return iter(())
            def part(x):
                hook()
            def enter(x):
                pass
            """
        use, entry = "builtins.list", "parts.enter"
        expected = [use] * 3 + [use, entry, entry, entry] + [use] + [entry] + [use, entry, entry, entry]
        expected += ["parts.part", use] * 2
        for engine in facts().engines:
            folder = tracked_folder(self, program=source, parts=library)
            folder.record(IMPORT_MODULES="parts", TRACE_MODULE="parts", ENGINE=engine)
            found = [record["function"] for record in folder.records() if record["caller"] == "at"]
            with self.subTest(engine=engine):
                self.assertEqual(found, expected)

    def test_operands_are_read_alike_wherever_a_frame_lies(self) -> None:
        """At places that are warm: in recursion over many chunks of memory, in generators and in threads."""
        source = """
            import sys, threading
            import parts
            sys.setrecursionlimit(3000)
            def item(x, n):
                x[n]
                if n:
                    item(x, n - 1)
            def is_one(cls, n):
                isinstance(n, cls)
                if n:
                    is_one(cls, n - 1)
            def items(x, steps):
                for n in range(steps):
                    yield x[n]
            def run():
                for x in (parts.Part(), [0] * 600, parts.Part()):
                    item(x, 500)
                for cls in (int, parts.Part, str, (int, str), parts.Part):
                    is_one(cls, 500)
                for x in (parts.Part(), [0] * 600, parts.Part()):
                    list(items(x, 20))
            run()
            if sys.platform == "emscripten":
                run()
            else:
                # With room on the C stack: 3.8 to 3.10 recurse there.
                threading.stack_size(64 << 20)
                thread = threading.Thread(target=run)
                thread.start()
                thread.join()
            """
        library = """
            class Part:
                def __getitem__(self, n):
                    return None
            """
        down = list(range(500, -1, -1))
        for engine in facts().engines:
            folder = tracked_folder(self, program=source, parts=library)
            run = folder.record(IMPORT_MODULES="parts", TRACE_MODULE="parts", ENGINE=engine)
            found: Dict[str, List[int]] = {}
            for record in folder.records():
                if record["caller"] in ("item", "is_one", "items"):
                    name = "object" if record["function"] == "builtins.isinstance" else "b"
                    found.setdefault(record["caller"], []).append(record["params"][name])
            with self.subTest(engine=engine):
                self.assertEqual(run.code, 0, run.err)
                self.assertEqual(found, {"item": down * 4, "is_one": down * 4, "items": [*range(20)] * 4})

    def test_what_another_test_for_a_class_runs_through_c_at_the_place_of_a_use(self) -> None:
        source = """
            import functools
            import parts
            class Meta(type):
                __instancecheck__ = functools.partial(parts.check)
            class Own(metaclass=Meta):
                pass
            def test(kinds):
                for kind in kinds:
                    isinstance(1, kind)
            test([Own, Own, parts.Part, Own, parts.Part, int, Own, Own])
            test([Own])
            """
        library = """
            class Part:
                pass
            def check(*args):
                return True
            """
        for engine in facts().engines:
            folder = tracked_folder(self, program=source, parts=library)
            folder.record(IMPORT_MODULES="parts", TRACE_MODULE="parts", ENGINE=engine)
            found = [record["function"] for record in folder.records() if record["caller"] == "test"]
            test, check = "builtins.isinstance", "parts.check"
            with self.subTest(engine=engine):
                self.assertEqual(found, [check, check, test, check, test, check, check, check])

    def test_a_thread_takes_the_side_of_what_starts_it(self) -> None:
        if not has(self, "threads"):
            return
        library = """
            import concurrent.futures, threading
            def work(x):
                return x
            def start(f, *args):
                thread = threading.Thread(target=f, args=args)
                thread.start()
                thread.join()
            def work_apart():
                start(work, 1)
                with concurrent.futures.ThreadPoolExecutor(1) as executor:
                    list(executor.map(work, [2]))
            """
        source = """
            import concurrent.futures, threading
            import library
            def use_it():
                library.work(3)
            library.work_apart()
            library.start(use_it)
            for target, args in ((library.work, (4,)), (library.work_apart, ())):
                thread = threading.Thread(target=target, args=args)
                thread.start()
                thread.join()
            with concurrent.futures.ThreadPoolExecutor(1) as executor:
                list(executor.map(library.work, [5]))
            """
        for engine in facts().engines:
            for modules in "", "program":
                folder = folder_for(self, program=source, library=library)
                folder.record(trace="library", IMPORT_MODULES="library", FROM_MODULES=modules, ENGINE=engine)
                uses = [record for record in folder.records() if record["function"].startswith("library.")]
                names = ["work_apart", "start", "work", "work", "work_apart", "work"]
                with self.subTest(engine=engine, modules=modules):
                    self.assertEqual([use["function"] for use in uses], ["library." + name for name in names])
                    self.assertEqual([use["params"].get("x") for use in uses], [None, None, 3, 4, None, 5])

    def test_a_thread_without_a_trace_function_gets_no_events(self) -> None:
        if not has(self, "threads"):
            return
        source = """
            import _thread, sys, threading
            from tracked import Num
            def held():
                lock = _thread.allocate_lock()
                lock.acquire()
                return lock
            def work(x, started, go, end):
                x + 1
                started.release()
                go.acquire()
                for _ in range(5):
                    x + 1
                end.release()
            def untraced(*args):
                sys.settrace(None)
                work(*args)
            def in_thread(f):
                return threading.Thread(target=f[0], args=f[1]).start()
            for start, f in (_thread.start_new_thread, work), (in_thread, (untraced,)), (in_thread, (work,)):
                locks = held(), held(), held()
                start(f, (1, *locks)) if f is work else start((*f, (1, *locks)))
                locks[0].acquire()
                go = held()
                go.release()
                work(Num(), held(), go, held())
                locks[1].release()
                locks[2].acquire()
            """
        for engine in facts().engines:
            folder = tracked_folder(self, program=source)
            run = folder.record(IMPORT_MODULES="tracked", ENGINE=engine)
            found = [record["function"] for record in folder.records() if record["function"] != "builtins.__import__"]
            with self.subTest(engine=engine):
                self.assertEqual(run.code, 0, run.err)
                self.assertEqual(found.count("operator.add"), 18)

    def test_a_tracer_of_the_programs_own_is_told(self) -> None:
        source = "import sys, tracked\ntracked.plain(1)\nsys.settrace(lambda *args: None)\ntracked.plain(2)\nprint(2)\n"
        folder = tracked_folder(self, program=source)
        run = folder.record(ENGINE="settrace")
        self.assertEqual((run.code, run.out), (0, "2\n"))
        self.assertRegex("".join(warnings_of(run)), "the program (replaced the trace function|called sys.settrace)")

    def test_a_full_disk_is_told_at_once_and_the_program_goes_on(self) -> None:
        folder = tracked_folder(self, program=USES)
        run = folder.record(OUTPUT_FILE="/dev/full")
        self.assertEqual((run.code, run.out), (0, "ran"), run.err)
        self.assertEqual(len(warnings_of(run)), 2, run.err)
        self.assertIn("9 records were dropped", run.err)


# The program must not notice ----------------------------------------------------------------------------------------

HOSTILE = """
import gc, json, math, operator, sys, weakref
import tracked
from tracked import *

log = []


def spy(name):
    def method(self, *args, **kwargs):
        log.append(name)
        raise RuntimeError(name)
    return method


names = '''repr str bytes format lt le eq ne gt ge hash bool getattr len iter next reversed contains call enter exit
 getitem setitem delitem missing length_hint add radd iadd neg int float complex index round trunc instancecheck
 subclasscheck dir sizeof reduce_ex fspath await aiter anext get'''.split()
members = {"__%s__" % name: spy(name) for name in names}
members["__getattribute__"] = spy("getattribute")
for name in ("__class__", "__dict__", "__name__", "__wrapped__", "__signature__", "dtype", "shape", "name",
             "keys", "__self__", "__func__", "__text_signature__", "func", "args", "keywords", "__origin__",
             "__args__"):
    members[name] = property(spy("property " + name))


meta = {}
for name in "__module__ __name__ __mro__ __bases__ __dict__ __class__".split():
    meta[name] = property(spy("meta " + name))
for name in "getattribute eq ne hash repr instancecheck subclasscheck len bool iter dir contains or subclasses".split():
    meta["__%s__" % name] = spy("meta " + name)
HostileMeta = type("HostileMeta", (type,), meta)

plain_object = type("Hostile", (), dict(members))()
by_meta = type.__call__(HostileMeta, "ByMeta", (), dict(members))
meta_instance = object.__new__(by_meta)
text = type("Text", (str,), {k: v for k, v in members.items()})("tracked")
number = type("Number", (int,), dict(members))(7)
real = type("Real", (float,), dict(members))(7.5)
listed = list.__new__(type("List", (list,), dict(members)))
mapped = dict.__new__(type("Dict", (dict,), dict(members)))
paired = tuple.__new__(type("Tuple", (tuple,), dict(members)))
lying = type("Lying", (), {"__module__": plain_object})()
unhashable = type("Unhashable", (), {"__module__": []})()
liar = type("Liar", (), {"__class__": property(lambda self: (log.append("liar"), Num)[1])})()


class Metaless(type):
    def mro(cls):
        return [cls, object]


no_mro = Metaless("NoMro", (), {})()
inherits = type("Inherits", (Num,), {k: v for k, v in members.items()})
heir = object.__new__(inherits)


def plain_function(x):
    return x


strange = [type(plain_function)(plain_function.__code__, globals()) for _ in range(4)]
strange[0].__module__ = plain_object
strange[1].__module__ = []
strange[2].__module__ = text
strange[3].__module__ = None
cycle = []
cycle.append(cycle)
pairs_of = {}
pairs_of["self"] = pairs_of
pairs_of[1] = [pairs_of, (cycle,)]
deep = []
for _ in range(100 if sys.platform == "emscripten" else 5000):
    deep = [deep]
things = [
    plain_object, by_meta, meta_instance, text, number, real, listed, mapped, paired, lying, unhashable, liar, no_mro,
    heir, inherits, cycle, pairs_of, deep, "\\ud800", "\\udfff" * 100, 1 << 100000, -(1 << 63), [0] * 100000,
    {n: n for n in range(1000)}, float("nan"), [plain_object, (by_meta, {1: text})], *strange,
    slice(plain_object, text), bytearray(10), memoryview(b"a" * 100), type, object, super, property(), iter([]),
    (x for x in []), NotImplemented, ..., range(5, 9), complex("nan"), sys,
    type(sys)("\\ud800"), lambda: 1, [].append, sys.getsizeof, str.join, Num.__add__,
]
module = type(sys)("x")
module.__dict__["__name__"] = plain_object
things.append(module)
module = type(sys)("y")
module.__dict__.clear()
things.append(module)


def attempt(action, *args):
    try:
        result = action(*args)
        if type(result) in (int, bool) and abs(result) < 1000:
            log.append(result)
    except Exception as error:
        log.append(type(error).__name__)


def add(a, b):
    return a + b


def item(a):
    return a[0]


def attribute(a):
    return a.some_attribute


def store(a):
    a.some_attribute = 1


def loop(a):
    for x in a:
        return None


def test(a):
    if a:
        return 1


def unpack(a):
    x, y = a


def display(a):
    return [*a]


def mapping_of(a):
    return {**a}


def spread(a):
    return plain(*a, **a)


def call(a):
    return a(1)


def method(a):
    return a.method(1)


def text_of(a):
    return f"{a!r:>4}"


def manage(a):
    with a:
        pass


def handle(a):
    try:
        raise KeyError
    except a:
        pass


def derive(a):
    class Derived(a):
        pass


def raising(a):
    raise a


def compare(a):
    return a == num, a in box, num < a


num, box = Num(), Box(1)
actions = [
    take, plain, add, item, attribute, store, loop, test, unpack, display, mapping_of, spread, call, method, text_of,
    manage, handle, derive, raising, compare,
]
builtin = [len, repr, bool, iter, isinstance, getattr, sorted, min, int, str, dict, math.floor, operator.add,
           operator.getitem,
           issubclass, hasattr, dir, print.__class__.__call__, sum, zip, abs, hash, next, format, pow]
for number_of, thing in enumerate(things):
    for action in actions:
        log.append("%d %s" % (number_of, action.__name__ if type(action) is type(spy) else "class"))
        if action is add:
            attempt(action, thing, num), attempt(action, num, thing)
        else:
            attempt(action, thing)
    attempt(lambda: plain(1, c=thing, **{"d": thing}))
    attempt(lambda: tracked.many(*[thing] * 3, **{"x": thing}))
    attempt(lambda: thing.method(1))
    attempt(lambda: Thing(thing).value)
    for function in builtin:
        log.append("%d %s" % (number_of, builtin.index(function)))
        if thing is not deep or function is not repr:
            attempt(lambda: function(thing))
            attempt(lambda: function(num, thing)), attempt(lambda: function(thing, num))
members["__traceback__"] = property(spy("property __traceback__"))
raised = type("Raised", (Exception,), members)


def leave():
    with Alias():
        raise raised


attempt(leave)
spied = "str hash eq ne contains len getitem format add mod iter".split()
Name = type("Name", (str,), {"__%s__" % name: spy(name) for name in spied})
Name.rpartition = Name.partition = Name.startswith = spy("a method of a name")


def named():
    return 1


class Named(Num):
    def method(self):
        return self


for renamed in named, Named, Named.method:
    renamed.__name__, renamed.__qualname__ = Name("x"), Name("y.x")
    for one in renamed, Named, Named(), Named().method:
        attempt(take, one)
    attempt(lambda: Named().method())
    attempt(lambda: list(map(take, [renamed])))
contains = type("Globals", (dict,), {"__contains__": spy("contains")})
attempt(exec, "from .one import plain", contains({"__name__": "other.two"}))
attempt(lambda: plain(**{text: 1}))
attempt(exec, "from tracked import plain\\nplain(1)", {"__name__": text})
attempt(exec, "from tracked import plain\\nplain(1)", {"__name__": plain_object})
attempt(exec, "from tracked import plain\\nplain(1)", {"__name__": []})
attempt(exec, compile("plain(1)", "\\ud800", "exec"), globals())
print(json.dumps(log))
"""

LIFETIMES = """
import gc, json, sys, weakref
from tracked import *

gc.disable()
log = []


class Own(Num):
    def __init__(self):
        pass

    def __del__(self):
        log.append("del")


def weak(make, use):
    x = make()
    reference = weakref.ref(x)
    use(x)
    del x
    log.append(reference() is None)


def add(x):
    x + 1
    1 - x


def calls(x):
    take(x), plain(x, x, x, c=x, d=x), plain(*[x]), Thing(x), apply(take, x), list(map(take, [x]))


def attributes(x):
    x.value = 1
    x.value
    getattr(x, "value")
    del x.value


def protocols(x):
    f"{x}"
    not x
    if x:
        len([x])
    x < x


def methods(x):
    y = x.__add__
    y(1)
    x.__add__(1)


for use in add, calls, attributes, protocols, methods:
    for make in Num, Own:
        weak(make, use)


def local():
    log.append("in")
    x = Own()
    x + 1
    take([x])
    log.append("out")


local()
log.append("after")


def generator():
    x = Own()
    yield take(x)
    yield x + 1


for _ in generator():
    log.append("step")
log.append("after")


def raising():
    x = Own()
    x + 1
    raise KeyError


try:
    raising()
except KeyError:
    log.append("caught")
log.append("after")


def make_class():
    class C(Num):
        pass
    C() + 1
    take(C), take(C())
    return weakref.ref(C)


reference = make_class()
gc.collect()
log.append(reference() is None)


def make_function():
    def f(x):
        return take(x)
    f(1), take(f), decorate(f), list(map(f, [1]))
    return weakref.ref(f)


log.append(make_function()() is None)
frame = None


def keep():
    x = Own()
    x + 1
    take(sys._getframe())


keep()
log.append("after")
x = [Own()]
x[0] + 1
x.pop()
log.append("after")


class Marked:
    pass


def counts(*objects):
    return [sys.getrefcount(x) for x in objects]


mark, marked, function, module, num, box, seq = object(), Marked(), lambda x: x, type(sys)("m"), Num(), Box(1), Seq([1])
long_text, big, pair = "x" * 1000 + str(len(log)), 10 ** 30 + len(log), (mark, 1)
watched = [mark, marked, Marked, function, module, num, box, seq, long_text, big, pair, Num, Box, Seq, Thing, plain,
           take,
           log]


def events():
    take(mark), take(marked), take(Marked), take(function), take(module), take(long_text), take(big), take(pair)
    plain(mark, function, module, c=marked, d=num), plain(*pair), plain(**{"a": mark}), many(*watched)
    num + 1, 1 + num, num + num, box[0], box[0:1], num < mark, mark == num, not num, -num
    len(box), list(box), str(num), isinstance(marked, Num), getattr(num, "value"), hasattr(num, "other")
    num.value, seq.append(1), seq.pop(), Thing(mark).method(marked), Thing.make(mark)
    for x in box:
        x
    a, = box
    f"{num}{mark!r:.1}"
    with Manager() as manager:
        take(manager)
    list(map(take, [mark, marked])), sorted([1, 2], key=take), apply(function, mark)
    try:
        raise Error(mark)
    except Error as error:
        take(error)
    try:
        num.missing
    except AttributeError:
        pass

    class C(Num):
        pass
    C() + mark


for _ in range(20):
    events()
gc.collect()
before = counts(*watched)
for _ in range(60):
    events()
gc.collect()
log.append([b - a for a, b in zip(before, counts(*watched))])
print(json.dumps(log))
"""

BOUNDS = """
import json, sys
from tracked import *


def down(n):
    try:
        return down(n + 1)
    except RecursionError:
        return n


def deeper(n):
    plain(n)
    return deeper(n + 1)


def depth_of(f):
    try:
        f(0)
    except RecursionError:
        pass


sys.setrecursionlimit(300)
first = down(0)
depth_of(deeper)
second = down(0)
take("after")
print(json.dumps([first, second, sys.getrecursionlimit()]))
"""

SIGNALS = """
import json, signal, sys
from tracked import *


class Interrupt(Exception):
    pass


def handler(number, frame):
    RAISED.append(Interrupt())
    raise RAISED[-1]


RAISED = []
CAUGHT = []
signal.signal(signal.SIGALRM, handler)


def keep(error):
    CAUGHT.append(error)


def loop(n):
    for _ in range(n):
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.002)
                while True:
                    plain(1), plain(2), plain(3)
            except Interrupt as first:
                keep(first)
        except Interrupt as second:
            keep(second), keep(second.__context__)
    return [x for x in RAISED if x not in CAUGHT], len(RAISED) >= n


print(loop(20))
take("after")
"""

# Each second time that the trace function is to be set again, another signal comes.
HAIL = """
    def warn_of_moment(self) -> None:
        import signal

        self.times = getattr(self, "times", 0) + 1
        if self.times % 2:
            signal.raise_signal(signal.SIGALRM)
            for _ in range(3):
                pass
"""

THREADS = """
import sys, threading, time
from tracked import *


def f():
    n = 0

    def worker():
        nonlocal n
        for _ in range(300):
            n += 1
            time.sleep(0)

    thread = threading.Thread(target=worker)
    thread.start()
    while thread.is_alive():
        plain(1)
    thread.join()
    return n


print(f())
"""


def numbered_names(run: Run) -> List[str]:
    """The lines in which the recorder tells of its own errors."""
    return [line for line in warnings_of(run) if "errors in the recorder" in line]


def around_difference(first: str, second: str) -> Tuple[str, str]:
    """The part of two texts around the place from where on they differ."""
    alike = next((at for at, (one, other) in enumerate(zip(first, second)) if one != other), 0)
    return first[max(alike - 100, 0) : alike + 100], second[max(alike - 100, 0) : alike + 100]


INJECTED = """
import ctypes, threading, time
from tracked import *


class Stop(Exception):
    pass


def work():
    global caught
    try:
        while True:
            plain(1)
    except Stop:
        caught += 1


caught = 0
for _ in range(5):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    time.sleep(0.05)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(Stop))
    thread.join(10)
print(caught)
"""

FIRST_AT_LIMIT = """
from tracked import *


def leaf():
    return plain(1)


def deep():
    try:
        deep()
    except RecursionError:
        leaf()


try:
    deep()
except RecursionError:
    pass
for i in range(5):
    leaf()
print("end")
"""

OVERFLOWS = """
import tracked
from tracked import *
num, box, point, pairs = Num(), Box(1, 2), Point(1, 2), Pairs()


def f():
    USE
    return f()


def start(k):
    return start(k - 1) if k else f()


for k in range(6):
    try:
        start(k)
    except RecursionError:
        pass
print("end")
"""

HARMED = """
import tracked


class Own:
    value = 1

    def method(self, x):
        return x


def read(own, things):
    for thing in things:
        own.method(thing), len(thing), own.value + 1, str(thing), thing.upper()
    return tracked.take(things)


print([read(Own(), ["a", "b"]) for _ in range(3)])
"""


def script_text() -> str:
    """The source of record_api.py."""
    with open(SCRIPT, encoding="utf-8") as file:
        return file.read()


def run_harmed(folder: Folder, source: str, engine: str) -> Run:
    """Records the program of a folder by a changed record_api.py, whose errors are no failure."""
    folder.write("harmed.py", source)
    settings = {"OUTPUT_FILE": folder.output, "RUN_MODULE": "program", "TRACE_MODULE": "tracked"}
    return folder.run(["harmed.py"], {**settings, "ENGINE": engine})


# Gives classes of the traced module, and of the program, a metaclass that tells when the recorder runs a hook of it.
ALARM = """
import builtins
import sys

rung = set()


def watched(name):
    kept = getattr(type, name, lambda cls: True)

    def hook(cls, *args):
        if sys._getframe(1).f_code.co_filename.endswith("record_api.py"):
            rung.add("%s in %s" % (name, sys._getframe(1).f_code.co_name))
        return kept(cls, *args)

    return hook


names = "bool eq ne hash repr getattribute setattr dir instancecheck subclasscheck subclasses".split()
Alarm = type("Alarm", (type,), {name: watched(name) for name in map("__{}__".format, names)})
build = builtins.__build_class__


def build_watched(function, name, *bases, **options):
    if function.__globals__["__name__"].partition(".")[0] in ("tracked", "__main__"):
        bases = [Alarm if base is type else base for base in bases]
        if all(type(base) in (type, Alarm) for base in bases):
            try:
                return build(function, name, *bases, **{"metaclass": Alarm, **options})
            except TypeError:
                pass
    return build(function, name, *bases, **options)


builtins.__build_class__ = build_watched
"""

# Objects of such a class as class attributes, which the cases have none of.
ALARMED = """
class Called:
    def __call__(self):
        return 1


class Heir(Thing):
    pass


Thing.called, heir = Called(), Heir()
Thing.called(), heir.called(), super(Heir, heir).called()
heir.called = 1
heir.called
"""

OWN_NAMES = """
from tracked import take
called = []

def told(name):
    def method(self, *args):
        called.append(name)
        return getattr(str, name)(self, *args)
    return method

names = "__contains__ __eq__ __getitem__ __hash__ __iter__ __len__ __ne__ __str__ find partition rpartition".split()
Name = type("Name", (str,), {name: told(name) for name in names})

def g():
    pass

g.__name__ = g.__qualname__ = Name("g")
C, D = type(Name("C"), (), {"__module__": "tracked"}), type("D", (), {})
D.__name__ = D.__qualname__ = Name("D")
called.clear()
for value in g, C, C(), D:
    take(value)
print(called)
"""


class SafetyTest(unittest.TestCase):
    """DESIGN's section 5: the program's output is the same with and without the recorder."""

    maxDiff = 3000

    def test_an_error_in_the_recorder_does_not_reach_the_program(self) -> None:
        folder = tracked_folder(self, program=HARMED)
        source = script_text()
        for name in ("quiet", "quiet_type", "quiet_function", "quiet_first", "keep_dull", "line"):
            start = re.search(r"\n( *)def %s\(.*:\n" % name, source)
            assert start is not None
            harm = start.group(1) + "    raise TypeError('harmed')\n"
            harmed = source[: start.end()] + harm + source[start.end() :]
            for engine in facts().engines:
                run = run_harmed(folder, harmed, engine)
                with self.subTest(name=name, engine=engine):
                    self.assertEqual(run.code, 0, run.err[-2000:])
                    self.assertEqual(run.out, "[['a', 'b'], ['a', 'b'], ['a', 'b']]\n")
                    self.assertIn("errors in the recorder, the first in ", run.err)
                    self.assertIn("harmed", run.err)

    def check_same(self, source: str) -> List[Tuple[Folder, Run]]:
        """Runs a program without and with the recorder, once per engine, and compares what it prints."""
        folder = tracked_folder(self, program=source)
        plain = folder.run(["-m", "program"])
        self.assertEqual(plain.code, 0, plain.err[-2000:])
        runs = []
        for engine in facts().engines:
            folder.output = folder.file(engine + ".jsonl")
            run = folder.record(ENGINE=engine)
            with self.subTest(engine=engine):
                self.assertEqual(run.code, 0, run.err[-2000:])
                self.assertEqual(*around_difference(run.out, plain.out))
                self.assertEqual(numbered_names(run), [])
                self.assertGreater(len(folder.records()), 0)
            runs.append((folder, run))
        return runs

    def test_no_code_of_hostile_objects_runs(self) -> None:
        for folder, run in self.check_same(HOSTILE):
            self.assertEqual(len(warnings_of(run)), 1, run.err)
            taken_values = [json.dumps(value) for value in taken(folder.records())]
            self.assertGreater(len(taken_values), 40)
            self.assertLess(max(map(len, taken_values)), 5000)

    def test_no_code_of_names_runs_that_are_of_a_subclass_of_str(self) -> None:
        for folder, _ in self.check_same(OWN_NAMES):
            expected = [{"t": "function", "v": "program.g"}, {"t": "type", "v": "tracked.C"}, {"t": "tracked.C"}]
            self.assertEqual(taken(folder.records()), [*expected, {"t": "type", "v": "program.D"}])

    def test_no_hook_of_a_metaclass_runs_in_any_case(self) -> None:
        told = ALARMED + "sys.stdout.write(json.dumps([failures, sorted(alarm.rung), type(Thing).__name__]))"
        source = "import alarm\n%s" % program().text.replace(FOOTER.strip().rpartition("\n")[2], told)
        folder = tracked_folder(self, program=source, alarm=ALARM)
        folder.write("tracked/_core.py", "import alarm\n" + textwrap.dedent(CORE))
        for engine in facts().engines:
            run = folder.record(IMPORT_MODULES="alarm,tracked", ENGINE=engine)
            with self.subTest(engine=engine):
                self.assertEqual(json.loads(run.out), [{}, [], "Alarm"])
                self.assertGreater(len(folder.records()), 1000)

    def test_objects_die_when_they_would_have_and_no_reference_leaks(self) -> None:
        self.check_same(LIFETIMES)

    def test_what_gets_another_class_of_the_module_is_not_searched_for(self) -> None:
        for folder, _ in self.check_same(MOVES):
            negated = [record for record in folder.records() if record["function"] == "operator.neg"]
            self.assertEqual([record["line"] - negated[0]["line"] for record in negated], [0, 2, 0, 11])

    def test_the_recursion_limit_is_reached_where_it_would_have_been(self) -> None:
        if not facts().recursion:
            self.assertEqual(facts().version, (3, 14))
            return
        folder = tracked_folder(self, program=BOUNDS)
        plain = json.loads(folder.run(["-m", "program"]).out)
        for engine in facts().engines:
            run = folder.record(ENGINE=engine)
            with self.subTest(engine=engine):
                found = json.loads(run.out)
                self.assertEqual(found[2], plain[2])
                for depth in found[:2]:
                    self.assertLess(abs(depth - plain[0]), 6, "a few frames of the runner's")
                went_on = folder.records()[-1]["params"] == {"value": "after"}
                told = engine == "settrace" and "recursion limit" in "".join(warnings_of(run))
                self.assertTrue(went_on or told, run.err)
                self.assertEqual(numbered_names(run), [])

    def test_a_signal_handler_that_raises_reaches_the_program(self) -> None:
        if not facts().signals:
            self.assertFalse(facts().fork)
            return
        for engine in facts().engines:
            folder = tracked_folder(self, program=SIGNALS)
            self.check_signals(engine, folder, folder.record(ENGINE=engine))

    def test_a_signal_while_the_trace_function_is_set_again_is_not_lost(self) -> None:
        if not facts().signals:
            self.assertFalse(facts().fork)
            return
        source = script_text()
        folder = tracked_folder(self, program=SIGNALS)
        start = source.index("    def warn_of_moment(self)")
        end = source.index("    def ", start + 1)
        harmed = source[:start] + HAIL.lstrip("\n") + "\n" + source[end:]
        self.check_signals("hail", folder, run_harmed(folder, harmed, "settrace"))

    def test_an_exception_that_another_thread_sets_reaches_the_program(self) -> None:
        if not has(self, "threads"):
            return
        for _, run in self.check_same(INJECTED):
            self.assertEqual(run.out, "5\n")

    def test_a_function_that_is_first_called_at_the_recursion_limit_is_recorded_later(self) -> None:
        if not has(self, "recursion"):
            return
        for engine in facts().engines:
            folder = tracked_folder(self, program=FIRST_AT_LIMIT)
            run = folder.record(ENGINE=engine)
            with self.subTest(engine=engine):
                self.assertEqual((run.code, run.out), (0, "end\n"), run.err)
                self.assertIn("at the program's recursion limit", run.err)
                found = [record for record in folder.records() if record["caller"] == "leaf"]
                if engine == "monitoring":
                    self.assertGreaterEqual(len(found), 5)
                else:
                    self.assertIn("the trace function was taken away", run.err)

    def test_an_overflow_that_the_program_catches_does_not_end_it(self) -> None:
        if not has(self, "recursion"):
            return
        for use in ("plain(1)", "num + 1", "box[0]", "point.x", "take(num)", "[x for x in pairs]", "tracked.sub"):
            folder = tracked_folder(self, program=OVERFLOWS.replace("USE", use))
            for engine in facts().engines:
                run = folder.record(ENGINE=engine)
                with self.subTest(use=use, engine=engine):
                    self.assertEqual((run.code, run.out), (0, "end\n"), run.err[-1000:])

    def test_that_the_recursion_limit_took_the_trace_function_away_for_a_moment_is_told(self) -> None:
        if not has(self, "recursion"):
            return
        source = """
            import typing
            def reference():
                itself = typing.ForwardRef("A")
                A = itself
                def hinted(x: itself): pass
                typing.get_type_hints(hinted, globals(), locals())
                return itself
            first, second = reference(), reference()
            def compare(a, b):
                return a == b
            try:
                compare(first, second)
            except RecursionError:
                pass
            print("end")
            typing.Optional[int]
            """
        folder = tracked_folder(self, program=source)
        run = folder.record(trace="typing", ENGINE="settrace")
        self.assertEqual((run.code, run.out), (0, "end\n"), run.err[-1000:])
        went_on = folder.records()[-1]["function"] == "operator.getitem"
        told = "recursion limit" in "".join(warnings_of(run))
        self.assertTrue(told or went_on and "took the trace function" not in run.err, run.err[-1000:])

    def test_a_turn_to_write_ends_whatever_comes_between(self) -> None:
        import record_api

        output = record_api.Output(os.path.join(tempfile.mkdtemp(), "out.jsonl"))
        self.addCleanup(shutil.rmtree, os.path.dirname(output.path))
        interrupted = unittest.mock.patch.object(record_api, "lock", side_effect=KeyboardInterrupt)
        with interrupted, self.assertRaises(KeyboardInterrupt):
            output.append(b"{}\n")
        turn: Any = output.turn
        self.assertFalse(turn._is_owned())
        output.append(b"{}\n")
        with open(output.path, "rb") as file:
            self.assertEqual(file.read(), b"{}\n")

    def check_signals(self, name: str, folder: Folder, run: Run) -> None:
        """Did each exception from a signal handler reach the program, and was it recorded to its end?"""
        with self.subTest(name):
            self.assertEqual((run.code, run.out), (0, "([], True)\n"), run.err[-1000:])
            went_on = folder.records()[-1]["params"] == {"value": "after"}
            told = "signal handler" in "".join(warnings_of(run))
            self.assertTrue(went_on or told, run.err[-1000:])
            if name != "settrace":
                self.assertTrue(went_on)
            self.assertEqual(numbered_names(run), [])

    def test_a_closure_variable_of_another_thread_is_not_undone(self) -> None:
        if facts().threads:
            for _, run in self.check_same(THREADS):
                self.assertEqual(run.out, "300\n")


# Independent witnesses ----------------------------------------------------------------------------------------------

LOGGED = '''
import json
import sys

LOG = []
DEFAULT = object()


def note(name, *values, **params):
    """Logs one call: where the program stands, what was called, and with what."""
    frame = sys._getframe(2)
    while frame.f_globals["__name__"] == __name__:
        frame = frame.f_back
    LOG.append([frame.f_lineno, name, sorted(show(v) for v in values), {k: show(v) for k, v in params.items()}])


def show(x):
    if type(x) is L:
        return "L"
    if type(x) is tuple or type(x) is list:
        return json.dumps([show(y) for y in x])
    if type(x) is dict:
        return json.dumps({k: show(y) for k, y in x.items()})
    return json.dumps(x) if x is None or type(x) in (int, str, bool, float) else type(x).__name__


def given(names, values):
    return {name: value for name, value in zip(names, values) if value is not DEFAULT}


def function(a, b=DEFAULT, *args, c=DEFAULT, **kwargs):
    params = given(["a", "b", "c"], [a, b, c])
    if args:
        params["*args"] = args
    if kwargs:
        params["**kwargs"] = kwargs
    note("logged.function", **params)
    return a


class L:
    def __init__(self, tag=DEFAULT):
        note("logged.L", **given(["tag"], [tag]))

    def method(self, a, b=DEFAULT, *args, c=DEFAULT):
        params = dict(self=self, **given(["a", "b", "c"], [a, b, c]))
        if args:
            params["*args"] = args
        note("logged.L.method", **params)
        return self

    @classmethod
    def make(cls, a=DEFAULT):
        note("logged.L.make", cls="type", **given(["a"], [a]))
        return SHARED

    @staticmethod
    def fixed(a):
        note("logged.L.fixed", a=a)
        return SHARED

    @property
    def prop(self):
        note("getattr", self, "prop")
        return self

    @prop.setter
    def prop(self, value):
        note("setattr", self, "prop", value)

    def __call__(self, x, y=DEFAULT):
        note("logged.L.__call__", self=self, **given(["x", "y"], [x, y]))
        return self

    def __enter__(self):
        note("logged.L.__enter__", self=self)
        return self

    def __exit__(self, kind, value, trace):
        note("logged.L.__exit__", self=self, kind=kind and "type", value=kind and "value", trace=kind and "trace")
        return True

    def __bool__(self):
        note("bool", self)
        return len(LOG) % 3 == 0

    def __len__(self):
        note("len", self)
        return 2

    def __iter__(self):
        note("iter", self)
        return iter((SHARED, 1))

    def __contains__(self, item):
        note("contains", self, item)
        return True

    def __getitem__(self, key):
        note("getitem", self, key)
        return self

    def __setitem__(self, key, value):
        note("setitem", self, key, value)

    def __delitem__(self, key):
        note("delitem", self, key)

    def __format__(self, spec):
        note("format", self, spec) if spec else note("format", self)
        return "L"

    def __repr__(self):
        note("repr", self)
        return "L"

    def __str__(self):
        note("str", self)
        return "L"

    def __hash__(self):
        note("hash", self)
        return 1

    def __index__(self):
        note("index", self)
        return 1

    def __round__(self, digits=DEFAULT):
        note("round", self, *given(["d"], [digits]).values())
        return 1


def operation(name, prefix, compares=False):
    def method(self, other):
        note(prefix + name, self, other)
        return len(LOG) % 2 == 0 if compares else self
    return method


for name in "add sub mul matmul truediv floordiv mod pow lshift rshift and xor or divmod".split():
    for before, prefix in ("", ""), ("r", ""), ("i", "i"):
        setattr(L, "__%s%s__" % (before, name), operation(name, prefix))
for name, both in ("lt", "ltgt"), ("gt", "ltgt"), ("le", "lege"), ("ge", "lege"), ("eq", "eq"), ("ne", "ne"):
    setattr(L, "__%s__" % name, operation(both, "", True))
for name in "neg pos invert abs".split():
    setattr(L, "__%s__" % name, lambda self, name=name: (note(name, self), self)[1])
SHARED = object.__new__(L)
'''


class Writer:
    """Writes a random program over the logged class; the same one for the same seed."""

    def __init__(self, seed: int):
        import random

        self.random = random.Random(seed)
        self.lines: List[str] = []

    def pick(self, *choices: str) -> str:
        """One of some texts."""
        return self.random.choice(choices)

    def number(self) -> str:
        """A small integer."""
        return str(self.random.randrange(10))

    def logged(self, depth: int = 0) -> str:
        """An expression whose value is an instance of the logged class."""
        if depth > 2 or self.random.random() < 0.35:
            return self.pick("p", "q", "r", "things[0]", "here.attribute")
        one, two = self.logged(depth + 1), self.value(depth + 1)
        return self.pick(
            "(%s %s %s)" % (one, self.operator(), two),
            "(%s %s %s)" % (self.number(), self.operator(), one),
            "(%s%s)" % (self.pick("-", "+", "~"), one),
            "%s[%s]" % (one, self.key(depth)),
            "%s.method(%s)" % (one, self.arguments(depth)),
            "%s.prop" % one,
            "%s(%s)" % (one, two),
            "L.make(%s)" % self.pick("", self.number()),
            "L.fixed(%s)" % self.number(),
            "abs(%s)" % one,
            "logged.function(%s, *%s)" % (one, self.pick("[]", "(1, 2)", "range(3)")),
            "(%s if %s else %s)" % (one, two, self.logged(depth + 1)),
            "(lambda x=%s: x)()" % one,
            "[%s for x in [1]][0]" % one,
        )

    def value(self, depth: int) -> str:
        """Any operand."""
        return self.number() if self.random.random() < 0.5 else self.logged(depth)

    def operator(self) -> str:
        """A binary operator."""
        return self.random.choice(list(SYMBOLS))

    def key(self, depth: int) -> str:
        """An index or a slice."""
        return self.pick(self.number(), "1:%s" % self.number(), "i:", "::2", "i", self.value(depth + 2))

    def arguments(self, depth: int) -> str:
        """Arguments that fit `method` and `function`."""
        one = self.value(depth + 1)
        return self.pick(
            one,
            "a=" + one,
            "%s, b=%s" % (one, self.number()),
            "%s, 2, 3, 4, c=5" % one,
            "*[%s, 2]" % one,
            "**{'a': %s}" % one,
            "%s, *(7, 8), **{'c': 9}" % one,
            "b=1, a=%s" % one,
        )

    def statement(self) -> str:
        """One statement, perhaps of several lines."""
        one, two = self.logged(1), self.value(1)
        return self.pick(
            "p = %s" % one,
            "q %s= %s" % (self.operator(), two),
            "n = 5\nn %s= p" % self.operator(),
            "r[%s] = %s" % (self.key(1), two),
            "del p[%s]" % self.key(1),
            "p.prop = %s" % two,
            "if %s:\n    %s" % (self.condition(), one),
            "while %s:\n    break" % self.condition(),
            "assert %s or 1" % one,
            "for x in %s:\n    %s" % (one, self.logged(1)),
            "x, y = %s" % one,
            "x, *y = %s" % one,
            "[*%s, 1]" % one,
            "with %s as m:\n    %s" % (one, self.logged(1)),
            "with %s:\n    {}['k']" % one,
            "f'{%s}{%s!r}{%s:>3}{%s!s}'" % (one, one, one, one),
            "%s(%s)"
            % (self.pick("len", "repr", "str", "hash", "bool", "list", "tuple", "iter", "round", "format"), "q"),
            "divmod(%s, %s)" % (one, two),
            "logged.function(%s)" % self.arguments(1),
            "L(%s)" % self.pick("", "1", "tag=2"),
            "x = not %s" % one,
            "x = %s %s %s" % (one, self.pick("<", "<=", "==", "!=", ">", ">="), two),
            "x = 1 in %s" % one,
            "try:\n    %s\n    1 / 0\nexcept ZeroDivisionError:\n    %s\nfinally:\n    q + 1" % (one, self.logged(1)),
            "def f(x):\n    yield %s\n    return x\nlist(f(1))" % one,
            "class C:\n    x = %s" % self.logged(1),
            "list(map(lambda x: %s, [1, 2]))" % one,
            "%s, %s" % (one, two),
            "y = {%s: %s}" % (self.number(), one),
            "x = p and %s or 3" % one,
        )

    def condition(self) -> str:
        """A condition."""
        one, two = self.logged(1), self.value(1)
        return self.pick(
            one,
            "not %s" % one,
            "%s < %s" % (one, two),
            "not %s == %s" % (one, two),
            "%s and %s" % (one, self.logged(1)),
            "%s or not %s" % (one, self.logged(1)),
            "1 in %s" % one,
            "2 not in %s" % one,
            "1 < %s" % one,
        )

    def program(self, statements: int) -> str:
        """The whole program: functions of ten statements each, then the log on stdout."""
        lines = [
            "import json, logged, sys",
            "from logged import L, LOG, SHARED",
            "",
            "",
            "class Here:",
            "    attribute = SHARED",
            "",
        ]
        count = 0
        for _ in range(0, statements, 10):
            count += 1
            lines += [
                "",
                "def f%d():" % count,
                "    p = q = r = SHARED",
                "    things, here, i, m = [SHARED], Here(), 1, 0",
            ]
            for _ in range(10):
                lines += ["    " + line for line in self.statement().splitlines()]
        lines += ["", "for f in [%s]:" % ", ".join("f%d" % (i + 1) for i in range(count)), "    f()"]
        return "\n".join([*lines, "sys.stdout.write(json.dumps(LOG))", ""])


PLAIN_NAMES = {name.rstrip("_") for name in SYMBOLS.values()}
TWO_WAYS = {"lt": "ltgt", "gt": "ltgt", "le": "lege", "ge": "lege", "not_": "bool"}
LISTS = {"list": "iter", "tuple": "iter"}


def shown(value: Any) -> str:
    """A recorded value, as the logging class shows it."""
    if isinstance(value, dict) and "t" in value:
        if value["t"] == "logged.L":
            return "L"
        return str(value["t"])
    if isinstance(value, list):
        return json.dumps([shown(one) for one in value])
    if isinstance(value, dict):
        return json.dumps({key: shown(one) for key, one in value.items()})
    return json.dumps(value)


def as_logged(record: Record) -> List[Any]:
    """A record in the form of the log's entries."""
    package, _, name = record["function"].partition(".")
    params = record["params"]
    if package == "logged":
        named = {key: shown(value) for key, value in params.items()}
        if record["function"].endswith("__exit__") and params["kind"] is not None:
            named.update(kind='"type"', value='"value"', trace='"trace"')
        if "cls" in named:
            named["cls"] = '"type"'
        return [record["line"], record["function"], [], named]
    if name[1:] in PLAIN_NAMES and name[0] == "i" and shown(params["a"]) != "L":
        name = name[1:]  # an in-place operator that ended in the reflected method
    name = TWO_WAYS.get(name, LISTS.get(name, name) if package == "builtins" else name).rstrip("_")
    return [record["line"], name, sorted(shown(value) for value in params.values()), {}]


DEPTH_WITNESS = """
import ctypes, json, sys
sys.path.insert(0, sys.argv[1])
import record_api

WORD = ctypes.sizeof(ctypes.c_void_p)
HEAD = object.__basicsize__
word = lambda address: ctypes.c_size_t.from_address(address).value
number = lambda address: ctypes.c_int.from_address(address).value


def slots(code):
    cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    return len(code.co_varnames) + len(cells) + len(code.co_freevars)


def depth(frame):
    if sys.version_info < (3, 11):
        return number(id(frame) + HEAD + 8 * WORD)
    inner = word(id(frame) + HEAD + WORD)
    if sys.version_info < (3, 14):
        return number(inner + 8 * WORD) - slots(frame.f_code)
    return (word(inner + 8 * WORD) - inner - 10 * WORD) // WORD - slots(frame.f_code)


known, wrong, compared = {}, [], 0


def local(frame, event, arg):
    global compared
    if compared == 150000:
        sys.settrace(None)
    elif event == "opcode":
        code = frame.f_code
        expected = known[id(code)][1][frame.f_lasti >> 1]
        found = depth(frame)
        compared += 1
        if expected != found and len(wrong) < 20:
            wrong.append([code.co_filename, code.co_name, frame.f_lasti, expected, found])
    return local


def trace(frame, event, arg):
    code = frame.f_code
    if id(code) not in known:
        decoder = record_api.Decoder(code)
        decoder.decode()
        known[id(code)] = code, decoder.depths
    frame.f_trace = local
    frame.f_trace_opcodes = True
    frame.f_trace_lines = False
    return local
"""

# Where opcode events are sent only as line events say, is every chosen instruction reached with them? (Up to 3.11)
LINE_WITNESS = """
import dis, json, random, sys
sys.path.insert(0, sys.argv[1])
import record_api

chance = random.Random(1)
known, wrong, compared, spared, ended = {}, [], 0, 0, 0


def chosen(code):
    starts = record_api.instruction_starts(code.co_code)
    offsets = [offset for offset in sorted(set(starts)) if code.co_code[offset] != dis.EXTENDED_ARG]
    share = chance.choice((0.02, 0.1, 0.3))
    return dict.fromkeys(offset for offset in offsets if chance.random() < share)


def trace(frame, event, arg):
    code = frame.f_code
    if id(code) not in known:
        sites = chosen(code)
        decoder = record_api.Decoder(code)
        decoder.decode()
        has_loops = bool(decoder.loops)
        busy = record_api.busy_offsets(code, sites) if has_loops or chance.random() < 0.5 else None
        ends = set(record_api.last_sites(code, sites, has_loops, busy)) if sites else ()
        known[id(code)] = code, sites, busy, ends
    _, sites, busy, ends = known[id(code)]
    if busy is None and not ends:
        return None
    watched = True

    def local(frame, event, arg):
        nonlocal watched
        global compared, spared, ended
        if compared == 400000:
            sys.settrace(None)
        elif event == "line" and busy is not None:
            watched = frame.f_lasti in busy
        elif event == "opcode":
            compared += 1
            spared += not watched
            if not watched and frame.f_lasti in sites and len(wrong) < 20:
                wrong.append([code.co_filename, code.co_name, frame.f_lasti])
            if watched and frame.f_lasti in ends:
                watched = False
                ended += 1
        return local

    frame.f_trace_opcodes = True
    return local
"""

# Line events against opcode events, where sites start lines; and the line of each instruction before and after.
START_WITNESS = """
import ctypes, dis, json, random, sys
sys.path.insert(0, sys.argv[1])
import record_api

chance = random.Random(1)
known, wrong, compared, spared = {}, [], 0, 0
tables = record_api.LineTables()
line_at = ctypes.pythonapi.PyCode_Addr2Line


def chosen(code):
    starts = record_api.instruction_starts(code.co_code)
    offsets = [offset for offset in sorted(set(starts)) if code.co_code[offset] != dis.EXTENDED_ARG]
    share = chance.choice((0.02, 0.1, 0.3))
    return dict.fromkeys(offset for offset in offsets if chance.random() < share)


def lines(code):
    every = [line_at(ctypes.py_object(code), offset) for offset in range(0, len(code.co_code), 2)]
    return every, list(dis.findlinestarts(code))


def trace(frame, event, arg):
    code = frame.f_code
    if id(code) not in known:
        table = code.co_lnotab
        before, count, sites = lines(code), sys.getrefcount(table), chosen(code)
        tables.start_at(code, chosen(code))
        tables.start_at(code, sites)
        if lines(code) != before:
            wrong.append([code.co_filename, code.co_name, "lines"])
        known[id(code)] = code, sites, table, count
    sites = known[id(code)][1]
    told = None

    def local(frame, event, arg):
        nonlocal told
        global compared, spared
        if compared == 400000:
            sys.settrace(None)
        elif event == "line":
            told = frame.f_lasti
        elif event == "opcode":
            compared += 1
            spared += told is None
            if frame.f_lasti in sites and told != frame.f_lasti and len(wrong) < 20:
                wrong.append([code.co_filename, code.co_name, frame.f_lasti])
            told = None
        return local

    frame.f_trace_opcodes = True
    return local
"""

CALL_WITNESS = """
import ctypes, dis, json, sys
sys.path.insert(0, sys.argv[1])
import record_api

monitoring = sys.monitoring
known, wrong, compared = {}, [], 0
TOOL = 4
WORD = ctypes.sizeof(ctypes.c_void_p)
word = lambda address: ctypes.c_size_t.from_address(address).value


def look(code):
    decoder = record_api.Decoder(code)
    decoder.decode()
    cells = [name for name in code.co_cellvars if name not in code.co_varnames]
    slots = len(code.co_varnames) + len(cells) + len(code.co_freevars)
    instructions = {i.offset: (i.opname, i.arg) for i in dis.get_instructions(code)}
    return code, decoder.depths, slots, instructions


def callable_at(frame, offset, depths, slots, instructions):
    name, arg = instructions[offset]
    inner = word(id(frame) + object.__basicsize__ + WORD)
    top = inner + (9 + slots + depths[offset >> 1]) * WORD
    old = sys.version_info < (3, 13)
    if name == "CALL_FUNCTION_EX":
        return word(top - (arg % 2 + (2 if old else 3)) * WORD)
    below = arg + 2 + (name == "CALL_KW")
    return word(top - below * WORD) or word(top - (below - 1) * WORD)


def called(code, offset, callee, first):
    global compared
    monitoring.set_events(TOOL, 0)
    try:
        if id(code) not in known:
            known[id(code)] = look(code)
        if not known[id(code)][3][offset][0].startswith("CALL"):
            return  # LOAD_SUPER_ATTR reports its call of `super`
        compared += 1
        if callable_at(sys._getframe(1), offset, *known[id(code)][1:]) != id(callee):
            wrong.append([code.co_filename, code.co_name, offset, known[id(code)][3][offset]])
    finally:
        monitoring.set_events(TOOL, EVENTS)
"""

WORKLOAD = """
def workload():
    import argparse, collections, configparser, contextlib, csv, dataclasses, difflib, fractions, html.parser, io, json
    import inspect, shlex, statistics, string, textwrap, tokenize, typing
    try:
        import _pydecimal
    except ImportError:
        import decimal as _pydecimal
    json.loads(json.dumps({"a": [1, 2.5, None], "b": {"c": "d"}}, indent=1))
    json.JSONDecoder(object_hook=dict).decode('[{"a": 1}, "b"]')
    textwrap.wrap("one two three four " * 5, 20)
    textwrap.dedent("  a\\n  b")
    list(tokenize.generate_tokens(io.StringIO("def f(x):\\n    return x + 1\\n").readline))
    parser = argparse.ArgumentParser()
    parser.add_argument("--number", type=int, default=1)
    parser.add_argument("names", nargs="*")
    parser.parse_args(["--number", "3", "a", "b"])
    parser.format_help()
    reader = configparser.ConfigParser()
    reader.read_string("[one]\\na = 1\\nb = %(a)s\\n")
    reader.get("one", "b")
    difflib.SequenceMatcher(None, "abcdef", "abxdef").get_opcodes()
    list(difflib.unified_diff(["a\\n"], ["b\\n"]))
    statistics.stdev([1, 2, 3, 4.5])
    sum([fractions.Fraction(1, n) for n in range(1, 9)])
    (_pydecimal.Decimal("1.25") ** 3 / 7).quantize(_pydecimal.Decimal("0.01"))
    string.Template("$a ${b}").substitute(a=1, b=2)
    shlex.split("a 'b c' d")
    inspect.signature(inspect.signature)
    collections.namedtuple("P", "x y")(1, 2)._replace(x=3)
    collections.Counter("abracadabra").most_common(2)
    csv.DictWriter(io.StringIO(), ["a"]).writerow({"a": 1})
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(KeyError))
        raise KeyError

    @dataclasses.dataclass(order=True)
    class Data:
        x: int
        y: typing.List[int] = dataclasses.field(default_factory=list)

    Data(1) < Data(2)
    dataclasses.asdict(Data(1, [2]))
    class Parser(html.parser.HTMLParser):
        pass
    Parser().feed("<a href='b'>c &amp; d</a><!-- e -->")
    numbers = (x for x in range(3))
    try:
        first, *rest = numbers
        {**{"a": first}, "b": [*rest]}
        raise ValueError from None
    except (KeyError, ValueError) as error:
        del error
    finally:
        first = 0
    async def later():
        async with Manager():
            return [x async for x in steps()]
    async def steps():
        yield 1
        yield 2
    class Manager:
        async def __aenter__(self):
            return self
        async def __aexit__(self, *args):
            return None
    try:
        later().send(None)
    except StopIteration:
        pass
"""

RUN_TRACED = (
    WORKLOAD
    + """
sys.settrace(lambda *args: None)
sys._getframe().f_trace_opcodes = True
sys.settrace(trace)
workload()
sys.settrace(None)
print(json.dumps({"compared": compared, "wrong": wrong}))
"""
)
RUN_LINES = RUN_TRACED + "assert spared > compared / 10 and ended > compared / 100, (spared, ended, compared)\n"
RUN_STARTS = (
    RUN_TRACED
    + """
assert spared > compared / 3, (spared, compared)
changed = [code for code, sites, table, _ in known.values() if code.co_lnotab != table]
assert len(changed) > 200, len(changed)
tables.restore()
for code, _, table, count in list(known.values()):
    # One more: of `known`. Empty ones are shared.
    assert code.co_lnotab is table and (not table or sys.getrefcount(table) == count + 1), code
"""
)
RUN_MONITORED = (
    WORKLOAD
    + """
EVENTS = monitoring.events.CALL
monitoring.use_tool_id(TOOL, "witness")
monitoring.register_callback(TOOL, EVENTS, called)
monitoring.set_events(TOOL, EVENTS)
workload()
monitoring.set_events(TOOL, 0)
print(json.dumps({"compared": compared, "wrong": wrong[:20]}))
"""
)


# The slots that are read without a frame object, against those of the frame: in deep recursion, whose frames lie in many
# chunks of memory, in threads, in generators and in plain code.
NEAR_WITNESS = """
import ctypes, json, sys, threading
sys.path.insert(0, sys.argv[1])
import record_api

monitoring = sys.monitoring
events, TOOL = monitoring.events, 4
known, wrong, compared, left = {}, [], 0, set()
WORD = ctypes.sizeof(ctypes.c_void_p)
stack = record_api.Stack()


def starts(code, offset):
    if code.co_filename != __file__ and code.co_filename != record_api.__file__:
        decoder = record_api.Decoder(code)
        decoder.decode()
        known[id(code)] = code, decoder.depths, decoder.base, record_api.frame_words(code)
        monitoring.set_local_events(TOOL, code, events.INSTRUCTION)
    return monitoring.DISABLE


def look(code, offset):
    global compared
    _, depths, base, words = known[id(code)]
    if code.co_flags & record_api.CODE_SUSPENDS:
        return left.add("generator")
    if not near.thread._is_owned():
        return left.add("thread")
    starts_chunk = end[0] - end[-1] == WORD * (record_api.CHUNK_FRAMES + record_api.frame_words(look.__code__))
    if (near.ends[1] - near.ends[0] == near.size) != starts_chunk or starts_chunk and near.low[0] != near.first:
        wrong.append([code.co_filename, code.co_name, "a chunk"])
    if starts_chunk:
        return left.add("chunk")
    inner = stack.words.from_address(id(sys._getframe(1)) + record_api.FRAME_LINK)
    distance = words + record_api.frame_words(look.__code__)
    for index in range(base - (base > 9), base + depths[offset >> 1]):
        compared += 1
        if inner[index] != top[index - distance] and len(wrong) < 20:
            wrong.append([code.co_filename, code.co_name, offset, index])




def work():
    import calendar, textwrap
    for n in (900, 60, 500):
        eval("(lambda f: f(f, %d))(lambda f, n: n and f(f, n - 1) + len([n]))" % n)
    calendar.TextCalendar().formatyear(2024)
    textwrap.wrap("some words that are long " * 40, 30)
    sum(json.loads(json.dumps([i])) [0] for i in range(50))


near = record_api.NearStack(stack, look.__code__)
top = stack.words.from_address(ctypes.addressof(near.top))
# Behind the last frame, and, before it, the chunk of memory.
end = ctypes.cast(ctypes.addressof(near.top), ctypes.POINTER(ctypes.c_size_t))
monitoring.use_tool_id(TOOL, "witness")
monitoring.register_callback(TOOL, events.PY_START, starts)
monitoring.register_callback(TOOL, events.INSTRUCTION, look)
monitoring.set_events(TOOL, events.PY_START)
work()
thread = threading.Thread(target=work)
thread.start()
work()
thread.join()
monitoring.set_events(TOOL, 0)
assert left >= {"generator", "thread", "chunk"}, left
print(json.dumps({"compared": compared, "wrong": wrong}))
"""


@functools.lru_cache(maxsize=None)
def generated_run(seed: int, engine: str) -> Tuple[List[Any], List[str], List[Record]]:
    """The log, the lines and the records of one generated program."""
    folder = Folder(program=Writer(seed).program(300), logged=LOGGED)
    try:
        run = folder.record(trace="logged", IMPORT_MODULES="logged", ENGINE=engine)
        if run.code:
            raise AssertionError(run.err[-3000:])
        with open(folder.output, encoding="ascii") as file:
            lines = file.read().replace(folder.path, "").splitlines()
        return json.loads(run.out), lines, folder.records()
    finally:
        folder.remove()


# Functions whose local variables hold plain values at first, so that they are not looked at where they are used, and
# then traced ones: arguments, stored values, in loops, generators, recursion, by a change of class. Numbers at first,
# then what makes something traced in arithmetic.
# A module that gives its classes special methods when it is told to.
CHANGED = """
class Set:
    pass


class Stored:
    pass


class Typed:
    pass


class Told:
    pass


class Other:
    def __add__(self, other):
        return 1


def type_set(cls):
    for name in ("__len__", "__add__", "__getitem__"):
        type.__setattr__(cls, name, lambda self, *args: 1)


def give(cls):
    for name in ("__len__", "__add__", "__getitem__"):
        setattr(cls, name, lambda self, *args: 1)


def store(cls):
    cls.__len__ = cls.__add__ = cls.__getitem__ = lambda self, *args: 1


def move(x):
    x.__class__ = Other
"""
MOVES = """
import gc

import tracked

searches = []
get_objects = gc.get_objects
gc.get_objects = lambda *args: searches.append(args) or get_objects(*args)


class Own(tracked.Num):
    def __neg__(self):
        return self


def move(cls):
    x = tracked.Num()
    -x
    x.__class__ = cls
    -x
    made = type("Made", (cls,), {"__module__": "tracked"})
    made.__module__ = __name__


for cls in (tracked.Num, Own):
    move(cls)
x = Own()
x.__class__ = tracked.Num
-x
print(len(searches))
"""
CHANGES = """
import functools
from changed import *


class Own:
    pass


def use(x):
    if x:
        pass
    try:
        len(x)
    except TypeError:
        pass
    try:
        x + 1
    except TypeError:
        pass
    try:
        x[0]
    except TypeError:
        pass


def tell(cls):
    for name in ("__len__", "__add__", "__getitem__"):
        type.__setattr__(cls, name, lambda self, *args: 1)


changes = [(Set, give), (Stored, store), (Typed, type_set), (Told, tell)]
for x, change in [(cls(), functools.partial(f, cls)) for cls, f in changes] + [(Own(), lambda: move(x))]:
    use(x), use(x)
    change()
    use(x), use(x)
"""

# What the standard library does to texts of the traced module, after others of the program.
TEXTS = """
import ast, fnmatch, inspect, os.path, re, textwrap
from pathlib import PurePosixPath
from tracked import *


class Text(str):
    __module__ = "tracked"


def match(patterns):
    for pattern in patterns:
        try:
            found = re.sub(pattern, "<\\\\1>", "see abbccc, 12 of them")
        except re.error:
            found = re.escape(pattern)
        print(found)
        take(found)


GENERAL = ["(a|b)+c{2,3}", "(?i:[A-F]+)()", "(?P<n>[0-9]+)(?=.)", "(unbalanced"]
match(GENERAL)
re.purge()
match(map(Text, GENERAL))
re.purge()
match(GENERAL + [Text("([^x-z]*?)e")])


def use(text):
    path = os.path.join("/a", text, *[text, "b"])
    take([path, os.path.normpath(path), os.path.split(text), os.path.splitext(text), os.path.basename(p=text)])
    take([os.path.dirname(text), os.path.isabs(text), os.path.normcase(text), os.path.commonpath([text, text])])
    take([os.path.exists(text), os.path.isdir(text), os.path.islink(text), os.path.realpath("/a/" + text)])
    take([os.path.realpath(text)[:0], os.path.abspath(text)[:0], os.path.relpath(text, text)])
    take([textwrap.dedent(text), inspect.cleandoc(text), fnmatch.translate(text), fnmatch.fnmatch(text, "a*")])
    take([re.findall("a", text), re.split(text, "a.b.c"), re.escape(text), re.match("a", text) is None])
    node = ast.copy_location(ast.Constant(text), ast.Constant(text, lineno=text, col_offset=0))
    take([len(list(ast.walk(node))), dict(ast.iter_fields(node))])


class Node(ast.Constant):
    __module__ = "tracked"


class Items(list):
    __module__ = "tracked"


class Own(PurePosixPath):
    __module__ = "tracked"


def join(part):
    path = PurePosixPath("/a", part)
    take([str(path / part), path.name, path.suffix, path == part, str(path.parent), path.is_absolute()])
    take([str(path.with_suffix(".x")), str(PurePosixPath(part).joinpath("b", part)), path.parts, hash(path) == 0])


for text in ["a.b", "  c\\n  d", Text("a.b"), "x.y/z", Text("  c\\n  d"), "/e"]:
    use(text)
kept, os.path.normcase = os.path.normcase, plain
fnmatch.fnmatch("abd", "a*")
os.path.normcase = kept
kept = os.lstat, os.getcwd
os.lstat, os.getcwd = plain, lambda: Text("/k")
try:
    take([os.path.lexists("a"), os.path.abspath("a")])
finally:
    os.lstat, os.getcwd = kept
for part in ["b/c.d", PurePosixPath("e.f"), Text("b/c.d"), "g", Own("h.i"), PurePosixPath("e.f"), "j"]:
    join(part)
for node in [ast.Constant(1), Node(2, lineno=3), ast.Constant(4)]:
    ast.copy_location(node, node), list(ast.iter_fields(node)), list(ast.walk(node))
    for items in ([node, node], Items([node, node])):
        list(ast.iter_child_nodes(ast.Tuple(items))), list(ast.walk(ast.List(items)))
"""

SPARED = """
from tracked import Num

num = Num()


def numbers(x, y):
    total = x
    for i in range(3):
        step = y
        total = total + step
        -step, step + 1, step * 2, x + i, -x, x * 3
    return total


def items(sequence):
    found = []
    for one in sequence:
        kept = one
        kept + 1, kept * 2, -kept
        found.append(kept)
    return found


def later(switch):
    value = 1
    for turn in range(4):
        value + 1, -value, value * 2
        if turn == switch:
            value = num


def suspended(x):
    y = x
    while True:
        z = yield y
        y = z if z is not None else y
        -y, y * 2, y + 3


def recursive(x, depth):
    y = 1
    -y, y + 1
    if depth:
        recursive(x, depth - 1)
    else:
        y = x
    y + 1, -y, y * 2


def swapped(a, b):
    for _ in range(2):
        a, b = b, a
        a + 1, -a, b + 1, -b


class Plain:
    def __add__(self, other):
        return other

    __mul__ = __add__


def changes():
    thing = Plain()
    for turn in range(3):
        thing + 1, thing * 2, thing + 3
        if turn == 1:
            thing.__class__ = Changed


class Changed(Num):
    pass


class Changing:
    def __init__(self, thing):
        self.thing = thing

    def __radd__(self, other):
        self.thing.__class__ = Changed
        return 1


def changed_meanwhile(x, changing):
    1 + changing
    return x + 1, -x


def closed(x):
    def inner():
        return x + 1, -x, x * 2
    return inner


def used_at_once(x, y):
    -x
    y + x
    if y:
        return x * 2, y * 2
    return x - y, -y


def used_with_others(x, y):
    -x
    y + [1][0]
    [x][0] + 1
    return x * 2, y * 2, x + y


def used_with_another_first(x, y):
    one = 1
    x - one
    x * y
    return x + y


def used_after_a_branch(x, y):
    if y is None:
        return -x
    try:
        -x
    except TypeError:
        return y + 1
    return x * 2, y + x, -y


def set_before_use(x):
    x = x if x else 1
    -x, x + 1
    x = num
    return x * 2


def all_of_arguments(x, y, z=None):
    return -x, y * 2, x + y


def of_one(x):
    return x * 2


def over_lines(values):
    found = []
    for one in values:
        kept = (
            one
            if one is not 2
            else num
        )
        found.append(
            kept
        )
        [kept, 1][0]
        if len(found) == 3: break
        -kept
        while kept is None: pass
    else:
        -kept
    return [-one
            for one in found
            if one is not None]


class Part:
    def __init__(self, held):
        self.held = held

    def get(self):
        return self.held

    def add(self, other):
        self.held + other
        self.held = other
        return -self.held


class Sneaky:
    def __add__(self, other):
        return num

    __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __add__

    def __neg__(self):
        return num


def counted(values):
    total = 0
    for one in values:
        step = one
        twice = step + step
        three = twice + step
        -step, twice * 1, (step + 1) * 2, (twice + three) * 3, (step * 2) + 5, -(three - 1), 7 - (three * 2 + 1)
        while (total + 1) * 2 < 0 or step is not one:
            pass
        total = total + 1
    return total


def carried(values):
    total, last = 0, 0.5
    for one in values:
        last = total * 2 + 1
        total = last + one
        (total + last) * 2
    return total


def held(x, change):
    y = x
    y + 1
    change()
    return y + 1, y * 2, x + 2


def class_held(x, change):
    cls = type(x)
    cls.value
    change()
    return cls.value


def waiting(x):
    y = x
    y + 1
    yield
    y + 1, y * 2


class Pause:
    def __await__(self):
        yield


async def awaiting(x):
    y = x
    y + 1
    await Pause()
    y + 1, y * 2


async def giving(x):
    y = x
    y + 1
    yield
    y + 1, y * 2


async def asking(given):
    async for _ in given:
        await Pause()


def set_module(cls, x):
    cls.__module__ = "tracked"


def set_bases(cls, x):
    cls.__bases__ = (Num,)


def set_class(cls, x):
    x.__class__ = Changed


def fresh(function):
    return type(function)(function.__code__.replace(), globals())


def change_with_frames(change, depth):
    cls = type("Entering", (type("Base", (), {}),), {"__add__": lambda *_: 1, "__mul__": lambda *_: 1, "value": 1})
    for _ in range(depth):
        cls = type("Below", (cls,), {})
    x = cls()
    entering = cls.__mro__[depth]
    suspended = [fresh(waiting)(x), fresh(awaiting)(x), asking(fresh(giving)(x))]
    for one in suspended:
        one.send(None)
    fresh(held)(x, lambda: fresh(class_held)(x, lambda: change(entering, x)))
    for one in suspended:
        try:
            one.send(None)
        except StopIteration:
            pass


for values in ([1, 2.5, True, 1j], [1, Sneaky(), 2], [1, num, 2], [1, Sneaky(), num, 2], [3]):
    counted(values)
    carried(values)
started = suspended(1)
next(started)
for value in (1, 2.5, num, 3):
    numbers(1, value)
    numbers(value, 1)
    items([1, value, 2])
    recursive(value, 2)
    swapped(value, 1)
    swapped(1, value)
    started.send(value)
    closed(value)()
    all_of_arguments(1, value)
    all_of_arguments(value, 1)
    of_one(value)
    used_at_once(1, value)
    used_at_once(value, 1)
    used_with_others(1, value)
    used_with_others(value, 1)
    used_with_another_first(value, 1)
    used_after_a_branch(1, value)
    used_after_a_branch(value, None)
    used_after_a_branch("", value)
    used_after_a_branch(value, value)
    set_before_use(value)
    over_lines([1, value, 2, 3])
    over_lines([1, 1, value])
    part = Part(1)
    part.add(value)
    part.get() + 1
    part.add(2)
for switch in (9, 2, 0, 9):
    later(switch)
changes()
for _ in range(2):
    thing = Plain()
    changed_meanwhile(thing, Changing(thing))
for change in (set_module, set_bases, set_class):
    for depth in range(3):
        change_with_frames(change, depth)
"""


# The same instructions call and fetch many things by turns, round after round.
AGAIN = """
from again import K, free, mark, namespace


class User(K):
    pass


class Mixin:
    def extra(self, a=1):
        return a


class Mixed(K, Mixin):
    pass


def called(thing, *args):
    return thing(*args)


def one(thing, a):
    return thing(a)


def two(thing, a, b):
    return thing(a, b=b)


def method(thing, a):
    return thing.method(a)


def attribute(thing):
    return thing.value


def operators(a, b):
    return a + b, a[b], a == b, -a if a is not 1 else 0, b in a if a is not 1 else 0


def managed(thing):
    with thing as other:
        return other


k, mixed = K(), Mixed()
for turn in range(5):
    mark(turn)
    for thing in (k, K, User(), User, mixed, namespace, K, k, Mixed):
        try:
            method(thing, k)
        except TypeError:
            pass
    for thing in (k.method, K.method, free, K, len, mixed.extra, k, free, K.method, k.method, bool, mixed.method, User):
        for function in (called, one, two):
            try:
                function(thing, k, k) if function is two else function(thing, k)
            except TypeError:
                pass
    for thing in (k, User(), K, mixed, namespace):
        attribute(thing)
    for thing in (k, User(), 1, mixed, 2):
        for other in (1, k):
            try:
                operators(thing, other)
            except TypeError:
                pass
    for thing in (k, mixed, User()):
        managed(thing)
"""

AGAIN_TRACED = """
class K:
    value = 1

    def __init__(self, tag=None, b=None):
        self.tag = tag

    def method(self, a=0, b=1):
        return self

    def __call__(self, a, b=None):
        return a

    def __len__(self):
        return 2

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        return False

    def __add__(self, other):
        return 1

    __radd__ = __getitem__ = __eq__ = __contains__ = __add__

    def __neg__(self):
        return 1


def free(a, b=None):
    return a


def mark(turn):
    return turn


class Namespace:
    value = 2


namespace = Namespace()
namespace.method = free
"""


# Each operation on each object by two copies of its code: one that has never run, and one that ran with others before.
WARM = """
import functools
import re
import types
from textwrap import indent
from again import K, free, mark, namespace


class Plain:
    value = 1

    def method(self, a=0):
        return a

    def __call__(self, *args):
        return self

    def __len__(self):
        return 1

    def __add__(self, other):
        return other

    __radd__ = __getitem__ = __add__


class Slotted:
    __slots__ = ()

    def __call__(self, *args):
        return self


def others():
    class Mixed(Plain, K):
        pass

    class User(K):
        pass

    wrapper = functools.update_wrapper(functools.partial(outside), free)
    return K(), K, User(), User, Mixed(), free, K().method, namespace, functools.partial(free), wrapper


def changing():
    class Changing(Plain):
        pass

    return Changing


def outside(self, a=0):
    return a


K.patched = Plain.patched = outside
OPERATIONS = (
    "x.method()", "x.method(1)", "x.patched()", "x.patched(1)", "x.value", "x.upper()", "x + 1", "1 + x", "x + x",
    "x += 1", "x[0]", "x(1)", "x(x)", "len(x)", "bool(x)", "str(x)", "not x", "isinstance(1, x)", "iter(x)",
    "outside(x)", "outside(1, x)", "str.upper(x)", "list.append([], x)", "[].append(x)", "getattr(x, 'value')",
    "x.value = 1", "x.method(*(1,))", "y = x; y.value", "y = [x][0]; y + 1", "x(*[1])", "x(*(1,), **{})",
    "[].append(*[x])", "isinstance(1, (str, x))", "isinstance(1, str | x)",
    "try:\\n    1 / 0\\nexcept (KeyError, x):\\n    pass",
)
PLAIN = (
    1, "a", None, [1], Plain(), Plain, outside, types, len, "a".upper, 1.5, Plain().method, Slotted(), KeyError,
    functools.partial(outside, 1), functools.partial(Plain().method), "a".__str__, functools.lru_cache()(outside),
)


def copies(operation):
    for is_looped in (False, True):
        for name in ("x", "box.x"):
            once = indent(re.sub(r"\\bx\\b", name, operation), "    ")
            body = once + is_looped * ("\\n    for _ in range(2):\\n" + indent(once, "    "))
            spaces = [{"__name__": "program", "outside": outside} for _ in range(2)]
            for space in spaces:
                exec("def f(x, box):\\n" + body, space)
            yield [space["f"] for space in spaces]


def run(function, x):
    try:
        function(x, types.SimpleNamespace(x=x))
    except (TypeError, AttributeError, ZeroDivisionError):
        pass


for operation in OPERATIONS:
    for fresh, warm in copies(operation):
        for x in PLAIN:
            run(warm, x)
        for x, y in zip(others(), others()):
            mark(0)
            run(fresh, x)
            mark(1)
            run(warm, y)
    # A class enters the traced module where its instances were of no interest.
    for module in ("again", "elsewhere"):
        for fresh, warm in copies(operation):
            one, other = changing(), changing()
            for x in (other(), other, other()):
                run(warm, x)
            one.__module__ = other.__module__ = module
            for x, y in ((one(), other()), (one, other)):
                mark(0)
                run(fresh, x)
                mark(1)
                run(warm, y)
"""


def turns_of(records: Iterable[Record]) -> List[List[str]]:
    """The records that follow each call of `again.mark`, as JSON."""
    turns: List[List[str]] = []
    for record in records:
        if record["function"] == "again.mark":
            turns.append([])
        elif turns:
            turns[-1].append(json.dumps(record))
    return turns


# Runs a program whose source it has rewritten: each operation first tells, by the line of its statement and its kind,
# whether an operand is of a traced module. It knows nothing of bytecode; where it is not sure, it tells nothing.
SOURCE_WITNESS = r"""
import ast, builtins, collections, json, sys, types

path, traced = sys.argv[1], sys.argv[2].split(",")
told = collections.Counter()
left_operands = {}


def is_traced(name):
    return isinstance(name, str) and name.partition(".")[0] in traced


def passes(cls, *names):
    for base in cls.__mro__:
        if is_traced(base.__module__):
            return any(hasattr(cls, name) for name in names)
        if any(name in base.__dict__ for name in names):
            return False
    return False


def is_use(f):
    if isinstance(f, (type, types.FunctionType)):
        return is_traced(f.__module__)
    if isinstance(f, types.MethodType):
        return is_traced(f.__func__.__module__)
    if isinstance(f, types.BuiltinFunctionType):
        owner = f.__self__
        if owner is None or isinstance(owner, types.ModuleType):
            return is_traced(f.__module__)
        return passes(owner if isinstance(owner, type) else type(owner), f.__name__)
    return passes(type(f), "__call__")


def tell_call(line, f):
    told[line, "call"] += is_use(f)
    return f


def tell(line, kind, names, x):
    told[line, kind] += passes(type(x), *names)
    return x


def tell_attribute(line, x):
    is_module = isinstance(x, types.ModuleType) and is_traced(x.__name__)
    told[line, "getattr"] += is_module or is_traced(type(x).__module__)
    return x


def tell_left(line, place, names, x):
    left_operands[line, place] = passes(type(x), *names), isinstance(x, (str, bytes))
    return x


def tell_right(line, place, kind, names, x):
    counts, is_text = left_operands[line, place]
    told[line, kind] += (counts or passes(type(x), *names)) and not (is_text and kind == "mod")
    return x


UNARY = {ast.USub: "neg", ast.UAdd: "pos", ast.Invert: "invert"}
BINARY = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.MatMult: "matmul", ast.Div: "truediv", ast.Mod: "mod",
    ast.FloorDiv: "floordiv", ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift", ast.BitAnd: "and",
    ast.BitXor: "xor", ast.BitOr: "or",
}
COMPARED = {
    ast.Eq: ("eq", "eq"), ast.NotEq: ("ne", "ne"), ast.Lt: ("lt", "gt"), ast.Gt: ("gt", "lt"),
    ast.LtE: ("le", "ge"), ast.GtE: ("ge", "le"),
}
ITEMS = {ast.Load: "getitem", ast.Store: "setitem", ast.Del: "delitem"}


class Rewriter(ast.NodeTransformer):
    line = 0

    def visit(self, node):
        outer, self.line = self.line, node.lineno if isinstance(node, ast.stmt) else self.line
        node = super().visit(node)
        self.line = outer
        return node

    def told(self, name, node, *args):
        known = [self.line, *args]
        call = ast.Call(ast.Name(name, ast.Load()), [ast.parse(repr(one)).body[0].value for one in known] + [node], [])
        return ast.copy_location(call, node)

    def told_both(self, node, left, right, kind, reflected):
        place = node.col_offset, node.end_lineno, node.end_col_offset
        return (
            self.told("tell_left", left, place, ["__%s__" % kind]),
            self.told("tell_right", right, place, kind, ["__%s__" % reflected]),
        )

    def visit_Call(self, node):
        called = node.func
        if isinstance(called, ast.Attribute):
            called.value = self.visit(called.value)
        else:
            called = self.visit(called)
        node.args = [self.visit(one) for one in node.args]
        node.keywords = [self.visit(one) for one in node.keywords]
        node.func = self.told("tell_call", called)
        return node

    def visit_FunctionDef(self, node):
        node.body = [self.visit(one) for one in node.body]
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = self.told("tell_attribute", node.value)
        return node

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        if type(node.op) in UNARY and not isinstance(node.operand, ast.Constant):
            kind = UNARY[type(node.op)]
            node.operand = self.told("tell", node.operand, kind, ["__%s__" % kind])
        return node

    def visit_BinOp(self, node):
        self.generic_visit(node)
        kind = BINARY[type(node.op)]
        node.left, node.right = self.told_both(node, node.left, node.right, kind, "r" + kind)
        return node

    def visit_Compare(self, node):
        self.generic_visit(node)
        if len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
            kind, reflected = COMPARED[type(node.ops[0])]
            node.left, node.comparators[0] = self.told_both(node, node.left, node.comparators[0], kind, reflected)
        return node

    def visit_Subscript(self, node):
        self.generic_visit(node)
        kind = ITEMS[type(node.ctx)]
        node.value = self.told("tell", node.value, kind, ["__%s__" % kind])
        return node

    def visit_For(self, node):
        self.generic_visit(node)
        node.iter = self.told("tell", node.iter, "iter", ["__iter__"])
        return node

    def visit_If(self, node):
        self.generic_visit(node)
        if isinstance(node.test, (ast.Name, ast.Call)):
            node.test = self.told("tell", node.test, "bool", ["__bool__", "__len__"])
        return node


with open(path, encoding="utf-8") as file:
    tree = ast.parse(file.read())
program = compile(ast.fix_missing_locations(Rewriter().visit(tree)), path, "exec")
for tells in tell_call, tell, tell_attribute, tell_left, tell_right:
    setattr(builtins, tells.__name__, tells)
module = types.ModuleType("__main__")
module.__file__ = path
# The witness's own module would lose its globals if nothing held it.
witness, sys.modules["__main__"] = sys.modules["__main__"], module
sys.argv[1:] = []
try:
    exec(program, module.__dict__)
except SystemExit:
    pass
print(json.dumps([[*place, count] for place, count in told.items() if count]))
"""


def kind_of_use(record: Record) -> str:
    """The kind of a record, as SOURCE_WITNESS tells it."""
    package, _, name = record["function"].partition(".")
    if package == "operator":
        return str(name.rstrip("_"))
    if package == "builtins":
        return str(name)
    return "call" if not name.endswith(("__enter__", "__exit__")) else "with"


def statement_lines(source: str) -> Dict[int, int]:
    """For each line of a program that of the innermost statement around it."""
    found = {}
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    # Outer ones first.
    for node in sorted(statements, key=lambda node: (node.lineno, -(node.end_lineno or 0))):
        first = min(one.lineno for one in (node, *getattr(node, "decorator_list", ())))
        found.update(dict.fromkeys(range(first, (node.end_lineno or 0) + 1), node.lineno))
    return found


# Classes whose attributes come and go, by the hands of the traced module and of the program.
COMING = """
def step(number):
    pass


def new_value(kind):
    def method(self=None, *args):
        return 7

    return {
        "method": method, "property": property(method, lambda self, value: None), "number": 5, "class": Other,
        "static": staticmethod(method), "bound": classmethod(method), "text": "text",
    }[kind]


class Base:
    flag = True

    def __init__(self):
        self.given = 1

    def helper(self):
        return 1

    @property
    def prop(self):
        return 2

    def shared(self):
        return 3


class Other:
    flag = False
    own = 1

    def shared(self):
        return 4


class Dynamic(Base):
    def __getattr__(self, name):
        return len


class Setting(Base):
    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)


class Slotted:
    __slots__ = ("given", "own")
    flag = 4

    def helper(self):
        return 5


def drop_init(cls):
    del cls.__init__


SETTERS = {}
for name in "own given flag mine helper prop shared __init__".split():
    exec("def set_it(cls, value):\\n    cls.%s = value" % name)
    SETTERS[name] = set_it
"""
# At one place for each way to use each attribute, objects of all classes, while these change.
ACCESSES = """
import random
import coming
from coming import Base, Dynamic, Other, Setting, Slotted, step


class Sub(Base):
    own = 1

    def __init__(self):
        super().__init__()
        self.mine_too = 2

    def mine(self):
        return self.own

    def shared(self):
        return super().shared()


class Far(Sub):
    pass


class SlottedSub(Slotted):
    __slots__ = ("mine_too",)


class Foreign:
    own = given = 2

    def mine(self):
        return 1


class SubSetting(Setting, Foreign):
    pass


class OwnGetter(Base):
    def __getattribute__(self, name):
        return object.__getattribute__(self, name)


chance = random.Random(5)
classes = [Base, Other, Dynamic, Setting, Slotted, Sub, Far, SlottedSub, Foreign, SubSetting, OwnGetter]
names = "own given flag mine helper prop shared mine_too".split()
uses = []
for name in names:
    for statement in "x.%s", "x.%s()", "x.%s = 3", "del x.%s", "isinstance(y, type(x)) and x.%s(y)":
        space = {"__name__": __name__}
        exec("def use(x, y):\\n    " + statement % name, space)
        uses.append(space["use"])
uses += [lambda x, y: type(x)(), lambda x, y: type(x)(1), lambda x, y: type(y)()] * 5
objects = [cls() for cls in classes]
for number in range(4000):
    step(number)
    x, name = chance.choice(objects), chance.choice(names)
    what = chance.randrange(40)
    if 2 <= what <= 4 and number % 1000 < 800:
        # What the program does to classes has much forgotten: for a time, the traced module alone does it.
        what = 1
    try:
        if what == 0:
            objects[chance.randrange(len(objects))] = chance.choice(classes)()
        elif what == 1 and name in coming.SETTERS:
            kind = chance.choice("method property number class static bound text".split())
            coming.SETTERS[name](chance.choice(classes), coming.new_value(kind))
        elif what == 2:
            setattr(chance.choice(classes), name, chance.choice([1, len, property(id), *[lambda self: 8] * 5]))
        elif what == 3:
            delattr(chance.choice(classes), name)
        elif what == 4:
            Far.__bases__ = chance.choice([(Sub,), (Base,), (OwnGetter,)])
        elif what == 5:
            x.__dict__[name] = chance.choice([1, len, classes[0]])
        elif what == 6:
            x.__dict__.pop(name, None)
        elif what == 7:
            x.__class__ = chance.choice(classes)
        elif what == 8:
            x.__dict__ = {"own": 3}
        elif what == 9:
            cls = chance.choice([Base, Sub, Sub, Far])
            coming.SETTERS["__init__"](cls, lambda self, *args: None)
        elif what == 10:
            coming.drop_init(chance.choice([Base, Sub, Sub, Far]))
        else:
            for use in chance.choices(uses, k=3):
                try:
                    use(x, chance.choice(objects))
                except Exception:
                    pass
    except (AttributeError, TypeError):
        pass
"""


# One place, where methods of the program's own are called of its own classes, and then of a traced one.
OWN_METHODS = """
from coming import Base


class Sub(Base):
    def mine(self):
        return self.own()

    def own(self):
        return 1


def use(x):
    return x.mine()


for _ in range(3):
    use(Sub())
Base.mine = lambda self: 2
for x in Base(), Sub(), Base():
    use(x)
del Sub.mine
use(Sub())
"""


class WitnessTest(unittest.TestCase):
    """What is recorded, against what others saw of the same run."""

    def test_methods_of_a_users_own_are_told_from_those_of_a_traced_class(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self, program=OWN_METHODS, coming=COMING)
            run = folder.record(trace="coming", IMPORT_MODULES="coming", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = [record["function"] for record in folder.records() if record["caller"] == "use"]
            with self.subTest(engine=engine):
                self.assertEqual(found, ["coming.Base.mine"] * 3)

    def test_what_is_known_of_a_type_changes_no_record(self) -> None:
        with open(SCRIPT, encoding="utf-8") as file:
            source = file.read()
        keeps = {
            " table[name] = texts": " pass",
            " METHODS.get(id(kind)), site.fetched": " None, site.fetched",
            " OWN_CLASSES[id(cls)] = versions": " pass",
        }
        for text, nothing in keeps.items():
            self.assertEqual(source.count(text), 1)
            source = source.replace(text, nothing)
        for engine in facts().engines:
            folder = folder_for(self, program=ACCESSES, coming=COMING)
            run = folder.record(trace="coming", IMPORT_MODULES="coming", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = folder.records()
            os.remove(folder.output)
            forgetful = folder.write("forgetful/record_api.py", source)
            run = folder.record(trace="coming", IMPORT_MODULES="coming", ENGINE=engine, start=(forgetful,))
            self.assertEqual(run.code, 0, run.err[-3000:])
            with self.subTest(engine=engine):
                self.assertGreater(len(found), 8000)
                self.assertEqual(found, folder.records())

    def test_what_a_place_saw_before_does_not_matter(self) -> None:
        seen: List[List[List[str]]] = []
        for engine in facts().engines:
            folder = folder_for(self, program=WARM, again=AGAIN_TRACED)
            run = folder.record(trace="again", IMPORT_MODULES="again", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            turns = turns_of(
                [one for one in folder.records() if one["caller"] == "f" or one["function"] == "again.mark"]
            )
            with self.subTest(engine=engine):
                self.assertGreater(sum(map(bool, turns)), 700)
                for fresh, warm in zip(turns[::2], turns[1::2]):
                    self.assertEqual(warm, fresh)
            seen.append(turns)
        for turns in seen[1:]:
            self.assertEqual(turns, seen[0])

    def test_classes_that_are_changed_are_looked_at_anew(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self, program=CHANGES, changed=CHANGED)
            run = folder.record(trace="changed", IMPORT_MODULES="changed", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            names = [record["function"] for record in folder.records() if record["caller"] == "use"]
            with self.subTest(engine=engine):
                one = ["builtins.bool", "builtins.len", "operator.add", "operator.getitem"]
                self.assertEqual(names, one * 8 + ["operator.add"] * 2)

    def test_functions_that_change_their_module_are_looked_at_anew(self) -> None:
        for engine in facts().engines:
            folder = tracked_folder(self, program=RENAMED)
            run = folder.record(ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = [(record["function"], record["line"]) for record in folder.records() if record["caller"] == "use"]
            with self.subTest(engine=engine):
                once, again = [("tracked.f", 10)], [("tracked.f", 10), ("tracked.User.m", 11)]
                self.assertEqual(found, once + again + again[1:] + again + again[1:])

    def test_classes_that_the_program_renames_have_their_new_names(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self, program=RENAMED_CLASSES, changed=CHANGED)
            run = folder.record(trace="changed", IMPORT_MODULES="changed", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            names = [record["function"] for record in folder.records() if record["caller"] == "use"]
            with self.subTest(engine=engine):
                self.assertEqual(names, ["changed.Set", "changed.Set", "changed.New", "changed.New", "changed.sub.New"])

    def test_builtins_that_are_traced_have_the_same_parameters_again(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self, program=TRACED_BUILTIN, changed=CHANGED)
            run = folder.record(trace="changed,builtins", IMPORT_MODULES="changed", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = [list(record["params"]) for record in folder.records() if record["function"] == "builtins.round"]
            with self.subTest(engine=engine):
                self.assertEqual(found, [["object"], ["number"]] * 3)

    def test_functions_that_are_given_other_code_have_its_parameters(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self, program=OTHER_CODE, changed=CHANGED)
            run = folder.record(trace="changed", IMPORT_MODULES="changed", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = [list(record["params"]) for record in folder.records() if record["caller"] == "use"]
            with self.subTest(engine=engine):
                self.assertEqual(found, [["x"], ["self", "other"]] * 3 + [["y"], ["self", "z"]] * 2)

    def test_classes_that_are_given_another_initialiser_have_its_parameters(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self, program=OTHER_MAKER, changed=CHANGED)
            run = folder.record(trace="changed", IMPORT_MODULES="changed", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = [list(record["params"]) for record in folder.records() if record["caller"] == "use"]
            with self.subTest(engine=engine):
                self.assertEqual(found, [["w"]] * 3 + [["x"]] * 3 + [["y"]] * 3 + [["z"]] * 3)

    def test_a_function_at_the_address_of_a_dead_one_is_not_taken_for_that(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self, program=AT_ITS_ADDRESS, changed=CHANGED)
            run = folder.record(trace="changed", IMPORT_MODULES="changed", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            names = [record["function"] for record in folder.records() if record["caller"] == "use"]
            with self.subTest(engine=engine):
                self.assertEqual(names, ["changed.move"] * 3 + ["builtins.getattr"] * 3)

    def test_a_use_that_comes_again_gives_the_same_record(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self, program=AGAIN, again=AGAIN_TRACED)
            run = folder.record(trace="again", IMPORT_MODULES="again", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            turns = turns_of(folder.records())
            with self.subTest(engine=engine):
                self.assertEqual(len(turns), 5)
                self.assertGreater(len(turns[0]), 90)
                for again in turns[1:]:
                    self.assertEqual(again, turns[0])

    def test_what_is_not_looked_at_is_no_use(self) -> None:
        programs = [SPARED, TEXTS] + [Writer(seed).program(300) for seed in rows((1, 2))]
        for number, source in enumerate(programs):
            for engine in facts().engines:
                lines = []
                # A limit, however high, has every instruction looked at.
                for limit in ({}, {"MAX_VISITS": "1000000000"}):
                    folder = tracked_folder(self, program=source, logged=LOGGED)
                    run = folder.record(trace="tracked,logged", IMPORT_MODULES="tracked,logged", ENGINE=engine, **limit)
                    self.assertEqual(run.code, 0, run.err[-3000:])
                    lines.append([json.dumps(record).replace(folder.path, "") for record in folder.records()])
                with self.subTest(program=number, engine=engine):
                    self.assertGreater(len(lines[0]), 50)
                    self.assertEqual(*lines)

    def test_every_call_that_a_class_logs_is_recorded_and_no_other(self) -> None:
        for seed in rows((1, 2)):
            for engine in facts().engines:
                log, _, records = generated_run(seed, engine)
                source = Writer(seed).program(300).splitlines()
                # `list` and displays ask for a length as a hint, from C.
                log = [entry for entry in log if entry[1] != "len" or source[entry[0] - 1].strip().startswith("len(")]
                uses = [as_logged(record) for record in records if record["caller"] != "<module>"]
                self.assertGreater(len(log), 300)
                with self.subTest(seed=seed, engine=engine):
                    for entry, found in zip(log, uses):
                        self.assertEqual(found, entry)
                    self.assertEqual(len(uses), len(log))

    def test_both_engines_record_the_same_of_generated_programs(self) -> None:
        for seed in rows((1, 2)):
            every = [generated_run(seed, engine)[1] for engine in facts().engines]
            for lines in every[1:]:
                self.assertEqual(len(lines), len(every[0]))
                for first, second in zip(every[0], lines):
                    self.assertEqual(first, second)

    def test_both_engines_record_the_same_of_a_real_librarys_tests(self) -> None:
        if not facts().monitoring or not facts().quick:
            self.assertIn("settrace", facts().engines)
            return
        names = ["test.test_json.test_" + part for part in ("decode", "default", "dump", "encode_basestring_ascii")]
        found = []
        for engine in facts().engines:
            folder = folder_for(self, empty="")
            if folder.run(["-c", "import test.test_json"]).code:
                self.skipTest("this distribution has left CPython's own tests out")
            run = folder.record("-q", *names, module="unittest", trace="json", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            lines = [json.dumps(record).replace(folder.path, "") for record in folder.records()]
            found.append(sorted(re.sub("0x[0-9a-f]+", "", line) for line in lines))
        self.assertGreater(len(found[0]), 150)
        self.assertEqual(*found)

    def test_no_operation_that_the_source_names_is_missing(self) -> None:
        folder = folder_for(self, witness=SOURCE_WITNESS)
        programs = [(os.path.join(FOLDER, "use_numpy_api.py"), "numpy", 150)] if facts().numpy else []
        tests = folder.run(["-c", "import test.test_fractions as tests; print(tests.__file__)"])
        # Some distributions leave CPython's own tests out.
        if facts().quick and not tests.code:
            programs.append((tests.out.strip(), "fractions,decimal", 600))
        for program, traced, least in programs:
            told = folder.run(["witness.py", program, traced])
            self.assertEqual(told.code, 0, told.err[-3000:])
            places = {(line, kind): count for line, kind, count in json.loads(told.out.splitlines()[-1])}
            with open(program, encoding="utf-8") as file:
                statements = statement_lines(file.read())
            for engine in facts().engines:
                run = folder.record(module=program, trace=traced, ENGINE=engine)
                self.assertEqual(run.code, 0, run.err[-3000:])
                uses = [record for record in folder.records() if record["file"] == program and "via" not in record]
                recorded = collections.Counter((statements[use["line"]], kind_of_use(use)) for use in uses)
                os.remove(folder.output)
                with self.subTest(program, engine=engine):
                    missing = {place: count for place, count in places.items() if recorded[place] < count}
                    self.assertEqual(missing, {})
                    self.assertGreater(sum(places.values()), least)

    def check_witness(self, source: str, least: int) -> None:
        """Runs a witness and checks that it compared enough and found nothing wrong."""
        folder = folder_for(self, witness=source)
        run = folder.run(["witness.py", FOLDER])
        self.assertEqual(run.code, 0, run.err[-3000:])
        found = json.loads(run.out)
        self.assertEqual(found["wrong"], [])
        self.assertGreater(found["compared"], least)

    def test_the_computed_depth_is_the_one_that_the_interpreter_keeps(self) -> None:
        if facts().version in ((3, 10), (3, 11), (3, 14)):
            self.check_witness(DEPTH_WITNESS + RUN_TRACED, 50000)

    def test_line_events_tell_where_opcode_events_are_needed(self) -> None:
        if (3, 10) <= facts().version <= (3, 11):
            self.check_witness(LINE_WITNESS + RUN_LINES, 50000)

    def test_a_line_starts_at_each_site_and_no_instruction_has_another_line(self) -> None:
        if facts().version <= (3, 9):
            self.check_witness(START_WITNESS + RUN_STARTS, 50000)

    def test_the_computed_callable_is_the_one_that_the_interpreter_reports(self) -> None:
        if facts().version in ((3, 12), (3, 13)):
            self.check_witness(CALL_WITNESS + RUN_MONITORED, 5000)

    def test_operands_are_the_same_without_a_frame_object(self) -> None:
        if facts().version in ((3, 12), (3, 13)):
            self.check_witness(NEAR_WITNESS, 50000)


# numpy --------------------------------------------------------------------------------------------------------------

NUMPY = """
import json, sys, warnings
import numpy
import numpy as np
from tracked import take

warnings.simplefilter("ignore")
codes = [code for code in np.typecodes["All"] if code not in "Mm"]
codes += ["M8[ns]", "m8[s]", "M8[D]", "U3", "S3", "V5", ">i4", "<f8"]
dtypes = [np.dtype(code) for code in codes] + [np.dtype([("a", "i4"), ("b", "f8")])]


def name(dtype):
    return dtype.name if dtype.kind in "biufcO" else dtype.str


names = [name(dtype) for dtype in dtypes]
in_arrays = [name(np.zeros(1, dtype).dtype) for dtype in dtypes]


def arrays():
    for dtype in dtypes:
        take(np.zeros((2, 0, 3), dtype))


def scalars():
    for dtype in dtypes:
        take(np.zeros(1, dtype)[0])


def types():
    for dtype in dtypes:
        take(dtype)


def others():
    take(np.float64(1.5)), take(np.int8(-3)), take(np.uint64(2 ** 64 - 1)), take(np.bool_(True)), take(np.str_("ab"))
    take(np.float32("nan")), take(np.add), take(np.zeros(())), take(np.matrix([[1, 2]])), take(np.ma.zeros(2))
    take(np), take(np.float64), take(np.ndarray), take(np.linspace), take([np.zeros(1)]), take(np.random.rand)
    take(np.zeros(1).sum)


def uses():
    a = np.arange(3)
    np.add(a, 1)
    np.add.reduce(a)
    np.linspace(0, 2, num=100)
    a.sort(axis=0)
    a + 2
    2 + a
    2 < a
    a[0:2]
    a.shape
    np.pi
    np.random.rand(2)
    np.frompyfunc(abs, 1, 1)(a)
    np.linalg.norm(a)
    np.float64(2) * 3
    a.sum(), a.T
    np.vstack([a, a])
    for x in a:
        x
    if a[0]:
        pass
    np.dtype("i4")
    np.int64(3)


arrays(), scalars(), types(), others(), uses()
print(json.dumps([names, in_arrays, [[type(np.zeros(1, d)[0]).__name__, d.kind] for d in dtypes]]))
"""

ARRAY = {"t": "numpy.ndarray", "v": {"dtype": "int64", "shape": [3]}}
NUMPY_MODULE = {"t": "module", "v": "numpy"}
NUMPY_USES = [
    use("numpy.arange", None, 1),
    use("numpy.add", None, 2),
    fetched(NUMPY_MODULE, "add", "numpy.add", 2),
    use("numpy.ufunc.reduce", None, 2),
    use("numpy.linspace", {"start": 0, "stop": 2, "num": 100}, 2),
    use("numpy.ndarray.sort", None, 1),
    use("operator.add", {"a": ARRAY, "b": 2}, 2),
    use("operator.add", {"a": 2, "b": ARRAY}, 2),
    use("operator.lt", {"a": 2, "b": ARRAY}, 2),
    use("operator.getitem", {"a": ARRAY, "b": {"t": "slice", "v": [0, 2, None]}}, 2),
    fetched(ARRAY, "shape", "numpy.ndarray.shape", 2),
    fetched(NUMPY_MODULE, "pi", "numpy.pi", 2),
    fetched(NUMPY_MODULE, "random", "numpy.random", 2),
    use("numpy.random.rand", None, 1),
    use("numpy.frompyfunc", None, 3),
    use("numpy.ufunc.__call__", None, 2),
    fetched(NUMPY_MODULE, "linalg", "numpy.linalg", 2),
    use("numpy.linalg.norm", None, 1),
    use("numpy.float64", None, 1),
    use("operator.mul", {"a": {"t": "numpy.float64", "v": 2.0}, "b": 3}, 2),
    use("numpy.ndarray.sum", None, 1),
    fetched(ARRAY, "T", "numpy.ndarray.T", 2),
    use("numpy.vstack", None, 1),
    use("builtins.iter", {"object": ARRAY}, 1),
    use("operator.getitem", {"a": ARRAY, "b": 0}, 2),
    use("builtins.bool", {"object": {"t": "numpy.int64", "v": 0}}, 1),
    use("numpy.dtype", None, 1),
    use("numpy.int64", None, 1),
]
NUMPY_OTHERS = [
    {"t": "numpy.float64", "v": 1.5},
    {"t": "numpy.int8", "v": -3},
    {"t": "numpy.uint64", "v": 2**64 - 1},
    OfType(),
    {"t": "numpy.str_", "v": "ab"},
    {"t": "numpy.float32", "v": {"t": "float", "v": "nan"}},
    {"t": "numpy.ufunc", "v": "add"},
    {"t": "numpy.ndarray", "v": {"dtype": "float64", "shape": []}},
    {"t": "numpy.matrix", "v": {"dtype": "int64", "shape": [1, 2]}},
    {"t": ANY, "v": {"dtype": "float64", "shape": [2]}},
    NUMPY_MODULE,
    cls("numpy.float64"),
    cls("numpy.ndarray"),
    ANY,
    [{"t": "numpy.ndarray", "v": {"dtype": "float64", "shape": [1]}}],
    OfType(),
    {"t": "builtin_function_or_method", "v": "numpy.ndarray.sum"},
]


@functools.lru_cache(maxsize=None)
def numpy_run(engine: str) -> Tuple[List[Any], Dict[str, List[Record]]]:
    """What the numpy program printed, and its records by caller."""
    folder = Folder(program=NUMPY)
    try:
        for name, source in TRACKED.items():
            folder.write(name, source)
        run = folder.record(trace="numpy,tracked", IMPORT_MODULES="numpy,tracked", ENGINE=engine)
        if run.code:
            raise AssertionError(run.err[-3000:])
        records: Dict[str, List[Record]] = {}
        for record in folder.records():
            records.setdefault(record["caller"], []).append(record)
        return json.loads(run.out), records
    finally:
        folder.remove()


def taken(records: Sequence[Record]) -> List[Any]:
    """The values that were passed to `take`."""
    return [record["params"]["value"] for record in records if record["function"] == "tracked.take"]


# A traced module that has a ufunc of its own, and one of numpy's.
WAVES = """
import numpy
from numpy import sqrt
from numpy.linalg._umath_linalg import det

def double(x):
    return x + x

own = numpy.frompyfunc(double, 1, 1)
globals()[own.__name__] = own
"""

# Calls of callable objects that can't be watched: first they are no uses, then some are.
WAVES_USER = """
import numpy, waves

class Hook:
    __slots__ = ()

    def __call__(self):
        return 1

def calls(hook, own):
    numpy.sqrt(4.0)
    numpy.sum([1, 2])
    hook()
    hook.__str__()
    waves.sqrt(4.0)
    waves.det(numpy.eye(2))
    numpy.linalg.det(numpy.eye(2))
    own(4.0)

hook = Hook()
for turn in range(3):
    calls(hook, waves.own)
Hook.__module__ = "waves"
calls(hook, waves.own)
"""


# What pandas stores, as far as values are read from it; what it computes must not be asked for.
PANDAS = {
    "pandas/__init__.py": "from .core.frame import DataFrame\nfrom .core.indexes.base import Index\n"
    "from .core.series import Series\n",
    "pandas/core/frame.py": """
        class Holder:
            @property
            def shape(self):
                raise AssertionError

            dtype = shape

            def __init__(self, **stored):
                vars(self).update(stored)

        class DataFrame(Holder):
            pass
        """,
    "pandas/core/series.py": "from .frame import Holder\n\nclass Series(Holder):\n    pass\n",
    "pandas/core/indexes/base.py": "from ..frame import Holder\n\nclass Index(Holder):\n    pass\n",
    "program.py": """
        import numpy
        from pandas import DataFrame, Index, Series
        from pandas.core.frame import Holder
        from tracked import take

        class InC:
            __slots__ = ("_ndarray", "_dtype")

            def __init__(self, array, dtype):
                self._ndarray, self._dtype = array, dtype

        def manager(axes, *blocks):
            return Holder(axes=axes, blocks=tuple(Holder(values=values) for values in blocks))

        numbers, days = numpy.zeros(3), numpy.zeros((2, 3), "M8[s]")
        rows, naive, aware = Index(_range=range(3)), InC(days, days.dtype), InC(days[0], Holder())
        unknown = Index(_data=Holder())
        take(numbers)
        take(rows), take(Index(_data=numbers)), take(Index(_data=InC(days[0], days.dtype))), take(Index(_data=aware))
        take(Index(_codes=type("FrozenList", (list,), {})([numbers])))
        take(Index(_data=Holder(_left=Index(_data=numbers))))
        take(unknown)
        for values in (numbers, Holder(_data=numbers), aware, InC(days[0], days.dtype)):
            take(Series(_mgr=manager([rows], values)))
        take(Series(_mgr=manager([unknown], numbers))), take(Series(_mgr=manager([unknown], Holder())))
        take(DataFrame(_mgr=manager([Index(_data=numpy.zeros(5, object)), rows], naive)))
        take(DataFrame(_mgr=manager([unknown, rows], naive, aware, Holder(), days)))
        take(DataFrame(_mgr=manager([rows, unknown], Holder(), naive)))
        take(DataFrame(_mgr=manager([rows, unknown])))
        """,
}
PANDAS_VALUES = [
    ("numpy.ndarray", {"dtype": "float64", "shape": [3]}),
    ("pandas.Index", {"dtype": "int64", "shape": [3]}),
    ("pandas.Index", {"dtype": "float64", "shape": [3]}),
    ("pandas.Index", {"dtype": "<M8[s]", "shape": [3]}),
    ("pandas.Index", {"shape": [3]}),
    ("pandas.Index", {"shape": [3]}),
    ("pandas.Index", {"shape": [3]}),
    ("pandas.Index", None),
    ("pandas.Series", {"dtype": "float64", "shape": [3]}),
    ("pandas.Series", {"shape": [3]}),
    ("pandas.Series", {"shape": [3]}),
    ("pandas.Series", {"dtype": "<M8[s]", "shape": [3]}),
    ("pandas.Series", {"dtype": "float64", "shape": [3]}),
    ("pandas.Series", None),
    ("pandas.DataFrame", {"shape": [3, 5]}),
    ("pandas.DataFrame", {"shape": [3, 6]}),
    ("pandas.DataFrame", {"shape": [3, 3]}),
    ("pandas.DataFrame", None),
]


@unittest.skipUnless(facts().numpy, "the interpreter under test has no numpy")
class NumpyTest(unittest.TestCase):
    """DESIGN's section 3: numpy's values and names."""

    def test_arrays_have_dtype_and_shape(self) -> None:
        for engine in facts().engines:
            (_, names, _), records = numpy_run(engine)
            expected = [{"t": "numpy.ndarray", "v": {"dtype": name, "shape": [2, 0, 3]}} for name in names]
            self.assertEqual(taken(records["arrays"]), expected)

    def test_dtypes_have_their_names(self) -> None:
        for engine in facts().engines:
            (names, _, _), records = numpy_run(engine)
            self.assertEqual(taken(records["types"]), [{"t": "numpy.dtype", "v": name} for name in names])

    def test_scalars_have_their_type_and_value(self) -> None:
        zeros = {
            "b": False,
            "i": 0,
            "u": 0,
            "f": 0.0,
            "c": {"t": "complex", "v": [0.0, 0.0]},
            "U": "",
            "S": {"t": "bytes", "v": ""},
        }
        for engine in facts().engines:
            (_, _, types), records = numpy_run(engine)
            for (name, kind), value in zip(types, taken(records["scalars"])):
                with self.subTest(name, engine=engine):
                    if kind == "O":
                        self.assertEqual(value, 0)
                    else:
                        self.assertEqual(value["t"], "numpy." + name)
                        if kind in zeros and name not in ("longdouble", "clongdouble", "float128", "complex256"):
                            self.assertEqual(value["v"], zeros[kind])

    def test_other_values(self) -> None:
        for engine in facts().engines:
            _, records = numpy_run(engine)
            for expected, found in zip(NUMPY_OTHERS, taken(records["others"])):
                self.assertEqual(expected, found)
            self.assertEqual(len(taken(records["others"])), len(NUMPY_OTHERS))

    def test_uses(self) -> None:
        for engine in facts().engines:
            _, records = numpy_run(engine)
            problem = differences(NUMPY_USES, records["uses"])
            self.assertFalse(problem, problem)

    def test_pandas_has_shape_and_dtype_as_far_as_it_stores_them(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self)
            for name, source in {**TRACKED, **PANDAS}.items():
                folder.write(name, source)
            run = folder.record(ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = [(value["t"], value.get("v")) for value in taken(folder.records())]
            self.assertEqual(found, PANDAS_VALUES)

    def test_a_ufunc_is_of_the_module_that_made_it(self) -> None:
        for engine in facts().engines:
            folder = folder_for(self, program=WAVES_USER, waves=WAVES)
            run = folder.record(trace="waves", IMPORT_MODULES="waves", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = [record["function"] for record in folder.records() if record["caller"] != "<module>"]
            first = ["builtins.getattr", "builtins.getattr", "waves.double (vectorized)"]
            self.assertEqual(found, first * 3 + ["waves.Hook.__call__", "waves.Hook.__str__"] + first, engine)

    def test_a_type_in_c_that_a_package_exports_later_is_named_by_that_at_warm_places(self) -> None:
        source = """
            import numpy

            def at(flags):
                flags["W"], flags == 3, flags.writeable

            flags = numpy.zeros(3).flags
            for turn in range(6):
                if turn == 3:
                    numpy.flagsobj = type(flags)
                at(flags)
            """
        for engine in facts().engines:
            folder = folder_for(self, program=source)
            run = folder.record(trace="numpy", IMPORT_MODULES="numpy", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            found = [record for record in folder.records() if record["caller"] == "at"]
            values = [next(iter(record["params"].values()))["t"] for record in found]
            names = [record["attribute"] for record in found if "attribute" in record]
            with self.subTest(engine=engine):
                self.assertNotEqual(values[0], "numpy.flagsobj")
                self.assertEqual(values, values[:1] * 9 + ["numpy.flagsobj"] * 9)
                self.assertEqual(names, [values[0] + ".writeable"] * 3 + ["numpy.flagsobj.writeable"] * 3)

    def test_a_ufunc_that_is_given_a_module_is_of_it(self) -> None:
        source = """
import numpy

given, later = (numpy.frompyfunc(lambda x: x, 1, 1) for _ in range(2))

def one(function):
    function(1.0)

def other(function):
    function(1.0)

for function in (later, numpy.sqrt, later, numpy.sqrt):
    one(function), other(function)
try:
    given.__module__ = later.__module__ = numpy.sqrt.__module__ = "waves"
    print("given")
except AttributeError:
    pass
for function in (numpy.sqrt, later, given) * 2:
    one(function), other(function)
"""
        for engine in facts().engines:
            folder = folder_for(self, program=source, waves=WAVES)
            run = folder.record(trace="waves", ENGINE=engine)
            self.assertEqual(run.code, 0, run.err[-3000:])
            callers = ["one", "other"] * 6 if "given" in run.out else []
            self.assertEqual([record["caller"] for record in folder.records()], callers, engine)


# What does damage ---------------------------------------------------------------------------------------------------


def has(test: unittest.TestCase, *needs: str) -> bool:
    """Can the interpreter under test do all of this? Only the 3.14 without processes may not."""
    missing = [name for name in needs if not getattr(facts(), name)]
    if missing:
        test.assertEqual(facts().version, (3, 14), missing)
    return not missing


def taken_counts(records: Iterable[Record]) -> Dict[str, int]:
    """How often each value was passed to `take`, as JSON."""
    counts: Dict[str, int] = {}
    for record in records:
        if record["function"] == "tracked.take":
            value = json.dumps(record["params"]["value"])
            counts[value] = counts.get(value, 0) + int(record.get("count", 1))
    return counts


def strings(*names: str) -> Dict[str, int]:
    """These strings, passed to `take` once each."""
    return {json.dumps(name): 1 for name in names}


def content(path: str) -> bytes:
    """All of a file."""
    with open(path, "rb") as file:
        return file.read()


PROCESSES = """
import builtins, concurrent.futures, json, multiprocessing, os, subprocess, sys
from tracked import take


def work(label):
    take(label)
    print(json.dumps([label, sys.path, getattr(builtins, "own", 0)]), flush=True)


CODE = "import sys; sys.argv = ['-c']; from program import work; work(%r)"

if __name__ == "__main__":
    pid = os.fork()
    if not pid:
        work("os.fork")
        os._exit(0)
    os.waitpid(pid, 0)
    for name in "fork", "spawn", "forkserver":
        context = multiprocessing.get_context(name)
        process = context.Process(target=work, args=("%s process" % name,))
        process.start()
        process.join()
        pool = context.Pool(1)
        pool.map(work, ["%s pool" % name])
        pool.close()
        pool.join()
    with concurrent.futures.ProcessPoolExecutor(1) as executor:
        executor.submit(work, "executor").result()
    subprocess.run([sys.executable, "-c", CODE % "subprocess"], check=True)
    subprocess.run('"%s" -c "%s"' % (sys.executable, CODE % "shell"), shell=True, check=True)
    os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", CODE % "spawnv"])
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", CODE % "posix_spawn"], os.environ), 0)
    work("parent")
"""
PROCESS_LABELS = [
    "os.fork",
    *["%s %s" % (name, kind) for name in ("fork", "spawn", "forkserver") for kind in ("process", "pool")],
    *["executor", "subprocess", "shell", "spawnv", "posix_spawn", "parent"],
]
# Children that can't be recorded: the words after the interpreter, whether the environment is emptied, what is told.
UNRECORDED = [
    (["-I", "-c", "print(42)"], False, "-I"),
    (["-S", "-c", "print(42)"], False, "-S"),
    (["-E", "-c", "print(42)"], False, "-E"),
    (["-Bs", "-I", "-c", "print(42)"], False, "-I"),
    (["-c", "print(42)"], True, "environment"),
]
UNRECORDED_PROGRAM = """
import json, subprocess, sys
words, emptied = json.loads(sys.argv[1])
child = subprocess.run([sys.executable, *words], env={} if emptied else None, stdout=-1, stderr=-1)
print(child.returncode, child.stdout.decode().split(), child.stderr.decode())
"""
OTHER_PATH = """
import os, subprocess, sys
from tracked import take

take("parent")
words = {}
CHANGE
print(subprocess.run([sys.executable, "-c", "print(42)"], stdout=-1, **words).stdout.decode().strip())
"""
OPTION_LIKE_WORDS = """
import subprocess, sys
from tracked import take
if sys.argv[1:]:
    take(sys.argv[1])
else:
    for word in "-E", "-I", "-S":
        subprocess.run([sys.executable, "-m", "program", word])
    subprocess.run([sys.executable, "-c", "from tracked import take; take('-c')", "-I"])
"""
CUT_NOTE = """
import os, subprocess, sys
with open(os.environ["PYTHON_API_CHILD"].split("\\n")[1], "a") as notes:
    notes.write('{"processes": 1, "records": 1, "dr')
subprocess.run([sys.executable, "-c", "from tracked import plain; plain(1)"])
"""
OWN_WORDS = """
import os, sys
called = []

class Words(list):
    def __iter__(self):
        called.append("iter")
        return list.__iter__(self)

class Word(str):
    def __str__(self):
        called.append("str")
        return "other"

os.waitpid(os.posix_spawn(sys.executable, Words([sys.executable, Word("-c"), "print(42)"]), os.environ), 0)
os.system(Word("true"))
print([name for name in called if name in ("iter", "str")])
"""
PATH_OBJECT = """
import os, pathlib, subprocess, sys
python = pathlib.Path(sys.executable)
%s
"""
ENVIRONMENT_PROGRAM = """
import os, sys
from tracked import take
take("parent")
words = [sys.executable, "-c", "print(42)"]
if sys.argv[1] == "posix_spawn":
    os.waitpid(os.posix_spawn(sys.executable, words, {}), 0)
elif sys.argv[1] == "spawnve":
    os.spawnve(os.P_WAIT, sys.executable, words, {})
else:
    os.system('"%s" -I -c "print(42)"' % sys.executable)
"""
KILLED_ROOT = """
import os, signal, subprocess, sys
from tracked import take
take("parent")
subprocess.run([sys.executable, "-c", "from tracked import take; take('child')"])
os.kill(os.getpid(), signal.SIGKILL)
"""
PARALLEL_TESTS = """
import pytest
from tracked import *

@pytest.fixture
def num():
    return Num(3)

@pytest.mark.parametrize("n", range(12))
def test_it(n, num):
    assert plain(n) == n
    assert num + n

def test_failing():
    take("failing")
    assert False

class TestMore:
    def test_more(self, tmp_path):
        with Manager():
            take("more")
"""

TAKES_PROCESS_OVER = """
import os, subprocess, sys
from tracked import take
number = int(sys.argv[1]) if sys.argv[1:] else 0
take(str(number))
print(number, [path for path in sys.path if "record" in path or "/fd/" in path], flush=True)
if number == 1:
    subprocess.call([sys.executable, "-c", "import tracked; tracked.take('child')"])
if number < 2:
    os.execv(sys.executable, [sys.executable, "-m", "program", str(number + 1)])
sys.exit(5)
"""


ENDED_CHILD = """
import os, time
from tracked import take
take(1)
reader, writer = os.pipe()
child = os.fork()
if not child:
    for i in range(2):
        take(2)
    os.write(writer, b"written")
    %s
    os._exit(0)
os.read(reader, 7)
time.sleep(0.3)
os.kill(child, 15)
os.waitpid(child, 0)
"""


class ChildrenTest(unittest.TestCase):
    """DESIGN's section 6: child processes are recorded into the same file, or the reader is told."""

    def environment(self, folder: Folder, **more: str) -> None:
        """Gives the runs of this test a temporary folder of their own, and other variables."""
        os.mkdir(folder.file("temporary"))
        patch = unittest.mock.patch.dict(os.environ, {"TMPDIR": folder.file("temporary"), **more})
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_child_by_a_python_without_an_implementation_name_is_told_of(self) -> None:
        folder = folder_for(self)
        source = """
            import os, sys
            sys.path.insert(0, %r)
            import record_api
            del sys.implementation
            os.environ["PYTHON_API_CHILD"] = "\\n".join([sys.path[0], %r, "", "", "cpython %%x False" %% sys.hexversion])
            exec(record_api.SITECUSTOMIZE)
        """
        run = folder.run([folder.write("child.py", source % (FOLDER, folder.file("notes")))])
        self.assertEqual((run.code, run.out, run.err), (0, "", ""))
        with open(folder.file("notes"), encoding="utf-8") as file:
            self.assertIn("a child process was not recorded: it runs Python", file.read())

    def test_every_kind_of_child_is_recorded_once_and_sees_no_recorder(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=PROCESSES)
        folder.write("user/sitecustomize.py", "import builtins\nbuiltins.own = getattr(builtins, 'own', 0) + 1\n")
        self.environment(folder, PYTHONPATH=folder.file("user"))
        plain, run = folder.run(["-m", "program"]), folder.record()
        self.assertEqual((run.code, without_own_lines(run.err)), (0, plain.err), run.err)
        self.assertEqual(run.out.splitlines(), plain.out.splitlines())
        self.assertEqual(taken_counts(folder.records()), strings(*PROCESS_LABELS))
        self.assertEqual({r["module"] for r in folder.records() if r["function"] == "tracked.take"}, {"program"})
        self.assertEqual(len(warnings_of(run)), 1, run.err)
        self.assertNotIn("not recorded", run.err)
        self.assertIn("%d records " % len(folder.records()), run.err)
        self.assertEqual(os.listdir(folder.file("temporary")), [])

    def test_the_module_that_is_run_has_its_real_name_in_every_child(self) -> None:
        if not has(self, "fork", "children"):
            return
        source = """
            import multiprocessing, sys
            from tracked import take
            def work(x):
                take(x)
            if __name__ == "__main__":
                child = multiprocessing.get_context(sys.argv[1]).Process(target=work, args=(1,))
                child.start()
                child.join()
            """
        for how in rows(("spawn", "fork")):
            for trace, expected in (("tracked", ["program"]), ("tracked,program", [])):
                folder = tracked_folder(self, program=source)
                folder.record(how, trace=trace, FROM_MODULES="program")
                taken = [record["module"] for record in folder.records() if record["function"] == "tracked.take"]
                self.assertEqual(taken, expected, (how, trace))

    def test_the_module_that_a_child_runs_has_its_real_name(self) -> None:
        if not has(self, "children"):
            return
        source = """
            import subprocess, sys
            for words in ["-m", "package"], ["-m", "package.inner"], ["package/inner.py"], ["-c", "import package.inner"]:
                subprocess.run([sys.executable, *words], check=True)
            """
        use_it = "import sys\nsys.path.append('.')\nfrom tracked import take\ndef f():\n    take(1)\nf()\n"
        files = {"package__in____init__": "", "package__in____main__": use_it, "package__in__inner": use_it}
        table: List[Tuple[str, str, List[str]]] = [
            ("tracked", "", ["package.__main__", "package.inner", "__main__", "package.inner"]),
            ("tracked", "package.inner", ["package.inner", "package.inner"]),
            ("tracked,package", "", ["__main__"]),
        ]
        for trace, modules, expected in rows(table):
            folder = tracked_folder(self, program=source, **files)
            folder.record(trace=trace, FROM_MODULES=modules)
            taken = [record["module"] for record in folder.records() if record["function"] == "tracked.take"]
            self.assertEqual(taken, expected, (trace, modules))

    def test_no_child_is_recorded_if_so_told(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=PROCESSES)
        self.environment(folder)
        run = folder.record(CHILDREN="0")
        self.assertEqual(run.code, 0, run.err)
        self.assertEqual(taken_counts(folder.records()), strings("parent"))
        self.assertEqual(len(run.out.splitlines()), len(PROCESS_LABELS))
        self.assertEqual(len(warnings_of(run)), 1, run.err)

    def test_where_there_are_no_memory_files_nothing_is_left_behind_either(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=KILLED_ROOT.replace("signal.SIGKILL", "0"))
        folder.write("user/sitecustomize.py", "import os\nif hasattr(os, 'memfd_create'):\n    del os.memfd_create\n")
        self.environment(folder, PYTHONPATH=folder.file("user"))
        run = folder.record()
        self.assertEqual(run.code, 0, run.err)
        self.assertEqual(taken_counts(folder.records()), strings("parent", "child"))
        self.assertEqual(os.listdir(folder.file("temporary")), [])

    @unittest.skipUnless(sys.platform == "linux", "only Linux has memory files")
    def test_nothing_is_left_behind_when_the_program_is_killed(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=KILLED_ROOT)
        self.environment(folder)
        run = folder.record()
        self.assertEqual(run.code, -signal.SIGKILL, run.err)
        self.assertEqual(taken_counts(folder.records()), strings("parent", "child"))
        self.assertEqual(os.listdir(folder.file("temporary")), [])

    def test_a_child_that_cannot_be_recorded_runs_unharmed_and_is_told(self) -> None:
        if not has(self, "children"):
            return
        folder = tracked_folder(self, program=UNRECORDED_PROGRAM)
        for words, emptied, told in UNRECORDED:
            run = folder.record(json.dumps([words, emptied]))
            with self.subTest(words=words, emptied=emptied):
                self.assertEqual((run.code, run.out.strip()), (0, "0 ['42']"), run.err)
                self.assertEqual(len(warnings_of(run)), 1, run.err)
                self.assertRegex(run.err, "a child process was not recorded: .*" + told)

    def test_no_code_runs_for_the_words_that_start_a_child(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=OWN_WORDS)
        plain, run = folder.run(["-m", "program"]), folder.record()
        self.assertEqual((run.code, run.out), (0, plain.out), run.err)

    def test_a_program_is_known_by_its_path_where_its_words_have_none(self) -> None:
        if not has(self, "fork", "children"):
            return
        run = tracked_folder(self, program=PATH_OBJECT % "subprocess.run([python, '-I', '-c', 'print(42)'])").record()
        self.assertEqual((run.code, run.out), (0, "42\n"), run.err)
        self.assertIn("a child process was not recorded: it was started with -I", run.err)
        folder = tracked_folder(
            self, program=PATH_OBJECT % "os.execv(python, [sys.executable, 'child.py'])", child=USES
        )
        run = folder.record()
        self.assertEqual((run.code, run.out, len(warnings_of(run))), (0, "ran", 1), run.err)
        self.assertIn(os.path.join(folder.path, "child.py"), [record["file"] for record in folder.records()])

    def test_a_child_that_another_function_starts_is_told_too(self) -> None:
        if not has(self, "fork", "children"):
            return
        for how in "posix_spawn", "spawnve", "system":
            folder = tracked_folder(self, program=ENVIRONMENT_PROGRAM)
            run = folder.record(how)
            with self.subTest(how):
                self.assertEqual((run.code, run.out), (0, "42\n"), run.err)
                self.assertIn("a child process was not recorded: ", run.err)

    def test_a_child_that_finds_another_path_is_told(self) -> None:
        if not has(self, "fork", "children"):
            return
        for change in ("os.environ['PYTHONPATH'] = 'x'", "words['env'] = dict(os.environ, PYTHONPATH='x')"):
            folder = tracked_folder(self, program=OTHER_PATH.replace("CHANGE", change))
            run = folder.record()
            with self.subTest(change):
                self.assertEqual((run.code, run.out), (0, "42\n"), run.err)
                self.assertIn("a child process was not recorded: its PYTHONPATH was replaced", run.err)

    def test_a_child_that_finds_one_path_more_is_recorded(self) -> None:
        if not has(self, "fork", "children"):
            return
        change = "os.environ['PYTHONPATH'] = 'x:' + os.environ['PYTHONPATH']"
        source = OTHER_PATH.replace("CHANGE", change).replace("print(42)", "import tracked; print(tracked.plain(42))")
        folder = tracked_folder(self, program=source)
        run = folder.record()
        self.assertEqual((run.code, run.out), (0, "42\n"), run.err)
        self.assertNotIn("not recorded", run.err)
        self.assertEqual(folder.records()[-1]["function"], "tracked.plain")

    def test_children_are_recorded_where_the_script_is_not_found(self) -> None:
        if not has(self, "fork", "children"):
            return
        for change in "os.mkdir('other'); os.chdir('other')", "os.remove(__file__)":
            source = OTHER_PATH.replace("CHANGE", change).replace(
                "print(42)", "import tracked; print(tracked.plain(42))"
            )
            folder = tracked_folder(self, program=source)
            self.environment(folder, PYTHONPATH=folder.path)
            run = folder.record(module="program.py")
            with self.subTest(change):
                self.assertEqual((run.code, run.out), (0, "42\n"), run.err)
                self.assertNotIn("not recorded", run.err)
                self.assertEqual(folder.records()[-1]["function"], "tracked.plain")

    def test_a_child_without_uses_and_a_folder_with_a_colon(self) -> None:
        if not has(self, "children"):
            return
        changed = OTHER_PATH.replace("CHANGE", "os.makedirs('a:b', exist_ok=True), os.chdir('a:b')")
        folder = tracked_folder(self, program=changed)
        run = folder.record(IMPORT_MODULES="tracked")
        self.assertEqual((run.code, run.out), (0, "42\n"), run.err)
        self.assertRegex(run.err, r"\Arecord_api: \d+ records.*\n\Z")
        inner = Folder(program=OTHER_PATH.replace("CHANGE", "pass"))
        self.addCleanup(inner.remove)
        outer = inner.path
        for name in "c:d", "e\nf":
            inner.path = os.path.join(outer, name)
            shutil.copytree(folder.path, inner.path)
            run = inner.record()
            self.assertEqual((run.code, run.out), (0, "42\n"), run.err)
            self.assertRegex(run.err, r"\Arecord_api: \d+ records.*\n\Z")
        inner.path = outer

    def test_words_of_a_childs_own_are_not_taken_for_pythons_options(self) -> None:
        if not has(self, "children"):
            return
        folder = tracked_folder(self, program=OPTION_LIKE_WORDS)
        run = folder.record()
        self.assertEqual(taken_counts(folder.records()), strings("-E", "-I", "-S", "-c"))
        self.assertNotIn("not recorded", run.err)

    def test_a_child_that_is_ended_before_it_told_its_numbers_is_told_of(self) -> None:
        if not has(self, "fork", "children"):
            return
        untold = "; 1 child processes were ended before they told their numbers, or still run: these are missing here"
        for ending, told, missing in (("0", 2, ""), ("time.sleep(60)", 0, untold), ("os.kill(os.getpid(), 9)", 2, "")):
            folder = tracked_folder(self, program=ENDED_CHILD % ending)
            run = folder.record(IMPORT_MODULES="tracked")
            with self.subTest(ending):
                self.assertEqual(taken_counts(folder.records()), {"1": 1, "2": 2}, run.err)
                expected = "record_api: %d records (%d by 1 child processes) from 3 places" % (3 + told, told)
                self.assertEqual(warnings_of(run), ["%s appended to %s%s" % (expected, folder.output, missing)])

    def test_a_note_that_a_killed_child_left_cut_harms_no_other(self) -> None:
        if not has(self, "fork", "children"):
            return
        run = tracked_folder(self, program=CUT_NOTE).record(IMPORT_MODULES="tracked")
        self.assertEqual((run.code, len(warnings_of(run))), (0, 1), run.err)
        self.assertRegex(run.err, r"\Arecord_api: 3 records \(3 by 1 child processes\) from \d places .*\n\Z")

    def test_a_childs_imports_are_none_of_its_uses(self) -> None:
        if not has(self, "children"):
            return
        source = "import subprocess, sys\nsubprocess.call([sys.executable, '-c', 'import tracked; tracked.plain(1)'])\n"
        folder = tracked_folder(self, program=source)
        for engine in facts().engines:
            folder.output = folder.file(engine + ".jsonl")
            folder.record(ENGINE=engine)
            found = [record["function"] for record in folder.records()]
            self.assertEqual(found, ["builtins.__import__", "tracked.plain"])

    def test_a_program_that_takes_the_process_over_is_recorded(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=TAKES_PROCESS_OVER)
        plain = folder.run(["-m", "program"])
        for engine in facts().engines:
            folder.output = folder.file(engine + ".jsonl")
            run = folder.record(ENGINE=engine)
            with self.subTest(engine=engine):
                self.assertEqual((run.code, run.out), (plain.code, plain.out), run.err)
                self.assertEqual(taken_counts(folder.records()), strings("0", "1", "child", "2"))
                self.assertEqual(len(warnings_of(run)), 1, run.err)
                self.assertIn("%d records " % len(folder.records()), run.err)

    def test_what_was_recorded_before_another_program_takes_the_process_over_is_told(self) -> None:
        if not has(self, "fork", "children"):
            return
        ends = "import os, tracked\ntracked.plain(1)\nos.execlp('echo', 'echo', 'other')\n"
        goes_on = "import os\ntry:\n    os.execlp('echo of none', 'echo')\nexcept OSError:\n    print('other')\n"
        named_python = "import os, sys\nos.execv('/bin/sh', ['python', '-c', 'echo other'])\n"
        for source in ends, goes_on, named_python:
            run = tracked_folder(self, program=source).record()
            self.assertEqual((run.code, run.out), (0, "other\n"), run.err)
            self.assertEqual(len(warnings_of(run)), 1, run.err)
            self.assertEqual("took the process over was not recorded" in run.err, source == named_python, run.err)

    @unittest.skipUnless(facts().xdist, "the interpreter under test has no pytest-xdist")
    def test_parallel_pytest_gives_the_uses_of_one_process(self) -> None:
        folder = tracked_folder(self, test_it=PARALLEL_TESTS)
        words = ("test_it.py", "-q", "-p", "no:cacheprovider")
        found = []
        for workers in "0", "2":
            folder.output = folder.file("records%s.jsonl" % workers)
            run = folder.record(*words, "-n", workers, module="pytest", FROM_MODULES="test_it")
            self.assertEqual(run.code, 1, run.err)
            self.assertIn("1 failed, 13 passed", run.out)
            self.assertEqual(len(warnings_of(run)), 1, run.err)
            found.append(sorted(json.dumps(r) for r in folder.records() if r["caller"] != "<module>"))
        self.assertGreater(len(found[0]), 30)
        self.assertEqual(found[1], found[0])


WRITERS = """
import os, sys, threading
from tracked import take

PROCESSES, THREADS, USES = 4, 16, 1600


def work(process, thread):
    for i in range(USES):
        take([process, thread, i])


for process in range(PROCESSES):
    if process == PROCESSES - 1 or not os.fork():
        threads = [threading.Thread(target=work, args=(process, thread)) for thread in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        break
else:
    sys.exit(1)
if process == PROCESSES - 1:
    for _ in range(process):
        os.wait()
"""
KILLED = """
import mmap, os, random, signal, sys, time
from tracked import take

WORKERS, SPARED = 28, (0, 5, 10, 15)
with open("progress", "w+b") as file:
    file.truncate(8 * WORKERS)
    done = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")


def work(n):
    text = "x" * (6000 if n % 3 else 10)
    i = 0
    while i < 120 or n not in SPARED:
        i += 1
        take([n, i, text])
        done[n] = i
        if n in SPARED:
            time.sleep(0.001)
        elif i >= 3000:
            time.sleep(1)


chance = random.Random(int(sys.argv[1]))
spared, others = [], []
for n in range(WORKERS):
    pid = os.fork()
    if not pid:
        work(n)
        os._exit(0)
    (spared if n in SPARED else others).append(pid)
    if len(others) == 4:
        time.sleep(chance.uniform(0.0, 0.02))
        pid = others.pop(chance.randrange(4))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
for pid in others:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
for pid in spared:
    os.waitpid(pid, 0)
if sys.argv[2] == "killed":
    done[0] = done[0]
    os.kill(os.getpid(), signal.SIGKILL)
"""
# How a program comes to its end, and its status.
ENDINGS = [
    ("SIGKILL", "os.kill(os.getpid(), signal.SIGKILL)", (-9,)),
    ("SIGTERM", "os.kill(os.getpid(), signal.SIGTERM); time.sleep(9)", (-15,)),
    ("os._exit", "os._exit(7)", (7,)),
    ("os.abort", "os.abort()", (-6,)),
    ("a NULL pointer", "ctypes.string_at(0)", (-11,)),
    ("MemoryError", "[0] * (1 << 60)", (1,)),
    ("deep recursion", "f = lambda n: f(n + 1); f(0)", (1,)),
    ("a stack that overflows", "sys.setrecursionlimit(10**6); f = lambda n: max(map(f, [n + 1])); f(0)", (-11, -6, 1)),
    ("execv", "os.execv(sys.executable, [sys.executable, '-S', '-c', ''])", (0,)),
    ("a thread's kill", "threading.Thread(target=os.kill, args=(os.getpid(), 9)).start(); time.sleep(9)", (-9,)),
]
ENDING = """
import ctypes, os, resource, signal, sys, threading, time
from tracked import take
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
if resource.getrlimit(resource.RLIMIT_STACK)[0] < 0:
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 23, resource.getrlimit(resource.RLIMIT_STACK)[1]))
for i in range(1, 101):
    take(i)
    print(i, flush=True)
%s
"""


class KilledTest(unittest.TestCase):
    """DESIGN's section 6: a process that dies has lost no record that it finished, and spoils no other's."""

    def test_many_threads_of_many_processes_share_the_file(self) -> None:
        if not has(self, "fork", "threads"):
            return
        folder = tracked_folder(self, program=WRITERS)
        run = folder.record(IMPORT_MODULES="tracked")
        self.assertEqual((run.code, len(warnings_of(run))), (0, 1), run.err)
        lines = content(folder.output).split(b"\n")
        self.assertEqual(lines.pop(), b"")
        self.assertEqual(lines.count(b""), 0, "empty lines")
        found = [json.loads(line)["params"]["value"] for line in lines if b'"function": "tracked.take"' in line]
        every = [[process, thread, i] for process in range(4) for thread in range(16) for i in range(1600)]
        self.assertEqual(len(found), len(every))
        self.assertTrue(sorted(found) == every)

    def check_killed(self, data: bytes, done: Sequence[int], spared: Sequence[int]) -> None:
        """All records that were finished are there; a cut one is on a line of its own."""
        found: Dict[int, List[int]] = {}
        cut = []
        for line in data.split(b"\n")[:-1] if data.endswith(b"\n") else data.split(b"\n"):
            try:
                record = json.loads(line)
            except ValueError:
                cut.append(line)
                continue
            if record["function"] == "tracked.take":
                n, i, _ = record["params"]["value"]
                found.setdefault(n, []).append(i)
        for line in cut:
            # Cut at any byte: the kernel stops between two pages.
            start = b'{"function": "tracked.take"'
            self.assertEqual(line[: len(start)], start[: len(line)], line[:100])
            self.assertNotIn(b'{"function"', line[1:], line[:100])
        self.assertLessEqual(len(cut), len(done) - len(spared))
        for n, last in enumerate(done):
            numbers = found.get(n, [])
            self.assertIn(numbers, (list(range(1, last + 1)), list(range(1, last + 2))), "worker %d" % n)
        self.assertEqual([done[n] for n in spared], [120] * len(spared))

    def test_processes_that_are_killed_lose_nothing_and_spoil_nothing(self) -> None:
        if not has(self, "fork"):
            return
        for seed, root in ("1", "ends"), ("2", "killed"):
            folder = tracked_folder(self, program=KILLED)
            run = folder.record(seed, root, MAX_LENGTH="10000")
            with self.subTest(seed=seed, root=root):
                self.assertEqual(run.code, 0 if root == "ends" else -signal.SIGKILL, run.err)
                done = memoryview(content(folder.file("progress"))).cast("q").tolist()
                self.check_killed(content(folder.output), done, (0, 5, 10, 15))

    def test_whatever_ends_a_program_its_records_are_there(self) -> None:
        if not has(self, "fork", "threads"):
            return
        for name, ending, codes in ENDINGS:
            folder = tracked_folder(self, program=ENDING % ending)
            run = folder.record(IMPORT_MODULES="tracked")
            with self.subTest(name):
                self.assertIn(run.code, codes, run.err[-1000:])
                self.assertEqual(run.out.split(), [str(i) for i in range(1, 101)])
                expected = {str(i): 1 for i in range(1, 101)}
                self.assertEqual(taken_counts(folder.records()), expected)


COUNTED = """
import os, sys
from tracked import take, plain


def uses(distinct, times):
    for _ in range(times):
        for i in range(distinct):
            take(i)
    plain("last", b=[1, "}"])


uses(11000, 2)
if hasattr(os, "fork") and sys.platform != "emscripten":
    for ending in "os._exit(0)", "os.abort()", "sys.exit()", "os.kill(os.getpid(), 9)", "os.execv('/bin/true', ['true'])":
        pid = os.fork()
        if not pid:
            uses(20, 3)
            exec(ending)
        os.waitpid(pid, 0)
uses(5, 2)
"""
FEW = "import sys\nfrom tracked import take\nfor word in sys.argv[1:]:\n    take(word)\n"
FORKED = """
import os, sys
from tracked import take
take("before")
for name in "first", "second":
    pid = os.fork()
    if not pid:
        take(name)
        (os._exit if name == "first" else sys.exit)(0)
    os.waitpid(pid, 0)
take("after")
"""


class HeldTest(unittest.TestCase):
    """DESIGN's section 6: counts and compressed files lose nothing either."""

    def test_counts_add_up_to_the_lines_without_counts(self) -> None:
        folder = tracked_folder(self, program=COUNTED)
        every = []
        for count in "0", "1":
            folder.output = folder.file("records%s.jsonl" % count)
            run = folder.record(COUNT=count, IMPORT_MODULES="tracked")
            self.assertEqual((run.code, len(warnings_of(run))), (0, 1), run.err)
            counts: Dict[str, int] = {}
            for record in folder.records():
                if count == "1":
                    self.assertEqual(list(record)[-1], "count")
                number = record.pop("count", 1)
                key = json.dumps(record)
                counts[key] = counts.get(key, 0) + number
            every.append(counts)
        self.assertGreater(sum(every[0].values()), 22000)
        self.assertEqual(sum(every[1].values()), sum(every[0].values()))
        self.assertTrue(every[1] == every[0])

    def compressed(self, folder: Folder) -> Dict[str, int]:
        """How often each value was taken, from the compressed output file."""
        with gzip.open(folder.output, "rt", encoding="ascii") as file:
            return taken_counts([json.loads(line) for line in file])

    def test_a_compressed_file_is_appended_to_by_forked_children(self) -> None:
        if not has(self, "fork"):
            return
        for count in "0", "1":
            folder = tracked_folder(self, program=FORKED)
            folder.output = folder.file("records.jsonl.gz")
            run = folder.record(COUNT=count)
            with self.subTest(count=count):
                self.assertEqual((run.code, len(warnings_of(run))), (0, 1), run.err)
                self.assertEqual(self.compressed(folder), strings("before", "first", "second", "after"))

    def test_what_is_held_is_written_whoever_ends_the_process(self) -> None:
        if not has(self, "children"):
            return
        ending = "import os\ndef leave():\n    os._exit(3)\n"
        source = "import ending, tracked\ntracked.take('a')\nending.leave()\n"
        for settings in ({"TRACE_MODULE": "tracked,ending"}, {"FROM_MODULES": "program"}):
            for engine in facts().engines:
                folder = tracked_folder(self, program=source, ending=ending)
                run = folder.record(IMPORT_MODULES="tracked", COUNT="1", ENGINE=engine, **settings)
                with self.subTest(engine=engine, settings=settings):
                    self.assertEqual((run.code, taken_counts(folder.records())), (3, strings("a")), run.err)
                    self.assertIn(" records from ", run.err)

    def test_what_a_child_did_before_it_answered_is_there_though_it_is_ended(self) -> None:
        if not has(self, "fork", "children"):
            return
        source = """
            import multiprocessing, sys
            from tracked import take
            def work(x):
                take(x)
            if __name__ == "__main__":
                with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
                    pool.map(work, "abc", 1)
                    pool.map(work, "def", 3)
            """
        for how, count, name in rows((("fork", "1", ""), ("spawn", "0", ".gz"), ("spawn", "0", ""))):
            folder = tracked_folder(self, program=source)
            folder.output += name
            run = folder.record(how, COUNT=count)
            with self.subTest(how=how, count=count, name=name):
                found = self.compressed(folder) if name else taken_counts(folder.records())
                self.assertEqual(found, strings(*"abcdef"))
                self.assertRegex(run.err, r"records \(\d+ by 1 child processes\) from \d+ places")
                if (count, name) == ("0", ""):
                    self.assertIn("%d records " % len(folder.records()), run.err)

    def test_a_compressed_file_with_a_cut_end_keeps_its_whole_members(self) -> None:
        for count in rows(("0", "1")):
            folder = tracked_folder(self, program=FEW)
            folder.output = folder.file("records.jsonl.gz")
            sizes = []
            for word in "one", "two", "three":
                folder.record(word, COUNT=count, IMPORT_MODULES="tracked")
                sizes.append(os.path.getsize(folder.output))
            self.assertEqual(self.compressed(folder), strings("one", "two", "three"))
            for kept in (1, 0) if facts().quick else (1,):
                with self.subTest(count=count, kept=kept):
                    with open(folder.output, "r+b") as file:
                        file.truncate((sizes[kept] + sizes[kept + 1]) // 2 if kept else sizes[0] // 2)
                    run = folder.record("four", COUNT=count, IMPORT_MODULES="tracked")
                    self.assertEqual(run.code, 0, run.err)
                    words = ("one", "two", "four") if kept else ("four",)
                    self.assertEqual(self.compressed(folder), strings(*words))

    def test_what_is_not_compressed_is_not_overwritten(self) -> None:
        folder = tracked_folder(self, program=FEW)
        folder.output = folder.write("records.jsonl.gz", "kept\n")
        run = folder.record("a")
        self.assertEqual(run.code, 2)
        self.assertIn("PYTHON_API_OUTPUT_FILE: expected a new file or one of gzip", run.err)
        with open(folder.output, encoding="ascii") as file:
            self.assertEqual(file.read(), "kept\n")

    def test_what_others_compressed_is_kept(self) -> None:
        theirs = gzip.compress(b'{"function": "tracked.take", "params": {"value": "theirs"}}\n')
        for before in rows((False, True)):
            folder = tracked_folder(self, program=FEW)
            folder.output = folder.file("records.jsonl.gz")
            if before:
                folder.record("ours", IMPORT_MODULES="tracked")
            with open(folder.output, "ab") as file:
                file.write(theirs)
            folder.record("last", IMPORT_MODULES="tracked")
            with self.subTest(before=before):
                self.assertEqual(self.compressed(folder), strings(*["ours"] * before, "theirs", "last"))


VANISHING = """
import os, shutil, sys, time
from tracked import take
take("before")
%s
for i in range(3):
    time.sleep(0.25)
    take(i)
print("ran")
"""

CHILD_WITH_A_STDOUT = """
import os, subprocess, sys
print(subprocess.run([sys.executable, "child.py", "a"], stdout=subprocess.PIPE).stdout)
sys.stdout.flush()
os.execv(sys.executable, [sys.executable, "child.py", "b"])
"""
WITHOUT_FILES = """
import os, resource
from tracked import take
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
taken = []
try:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    take("parent")
pid = os.fork()
if not pid:
    take("child")
    os._exit(0)
os.waitpid(pid, 0)
print("ran")
"""
UNREAD = """
import os
from tracked import plain
for i in range(3000):
    plain(i)
pid = os.fork()
if not pid:
    plain(1)
    os.write(1, b"child ")
    os._exit(0)
os.waitpid(pid, 0)
print("end")
"""
# Lines that are longer than what a pipe holds, with signals meanwhile.
SIGNALLED = """
import signal
from tracked import take
seen = []
signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
for _ in range(2):
    take([["x" * 50] * 50] * 40)
signal.setitimer(signal.ITIMER_REAL, 0)
print("signals" * bool(seen), end="")
"""


class OutputTest(unittest.TestCase):
    """DESIGN's section 6: what happens to the output file is told, and the program goes on."""

    def test_a_cut_last_line_stays_on_a_line_of_its_own(self) -> None:
        folder = tracked_folder(self, program=FEW)
        for first in rows(('{"function": "tracked.ta', '{"line": "whole"}\n{"function"')):
            folder.write("records.jsonl", first)
            folder.record("new", IMPORT_MODULES="tracked")
            lines = content(folder.output).decode().split("\n")
            with self.subTest(first):
                self.assertEqual("\n".join(lines[: first.count("\n") + 1]), first)
                records = [json.loads(line) for line in lines[first.count("\n") + 1 : -1]]
                self.assertEqual(taken_counts(records), strings("new"))

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
    def test_a_full_disk_drops_all_and_keeps_the_status(self) -> None:
        source = "import sys\nfrom tracked import take\nfor turn in range(4):\n    take(1)\nsys.exit(5)\n"
        folder = tracked_folder(self, program=source)
        os.symlink("/dev/full", folder.file("full.gz"))
        for file, count in rows((file, count) for file in ("/dev/full", folder.file("full.gz")) for count in "01"):
            run = folder.record(OUTPUT_FILE=file, IMPORT_MODULES="tracked", COUNT=count)
            with self.subTest(file=file, count=count):
                self.assertEqual((run.code, run.out), (5, ""), run.err)
                self.assertEqual(len(warnings_of(run)), 2, run.err)
                told = r"record_api: %s: .*\n.*record_api: 0 records from .*; 6 records were dropped" % file
                self.assertRegex(run.err, told)

    def test_a_file_that_is_removed_is_made_anew_and_told(self) -> None:
        folder = tracked_folder(self, program=VANISHING % "os.remove('records.jsonl')")
        run = folder.record()
        self.assertEqual((run.code, run.out), (0, "ran\n"), run.err)
        self.assertEqual(taken_counts(folder.records()), {"0": 1, "1": 1, "2": 1})
        self.assertIn("removed", warnings_of(run)[0])
        self.assertIn("removed", warnings_of(run)[-1])

    def test_a_folder_that_is_removed_is_told_and_the_dropped_are_counted(self) -> None:
        folder = tracked_folder(self, program=VANISHING % "shutil.rmtree('output')")
        os.mkdir(folder.file("output"))
        folder.output = folder.file("output/records.jsonl")
        run = folder.record()
        self.assertEqual((run.code, run.out), (0, "ran\n"), run.err)
        self.assertFalse(os.path.exists(folder.file("output")))
        self.assertEqual(len(warnings_of(run)), 2, run.err)
        self.assertRegex(warnings_of(run)[-1], r" 0 records |\b[3-9] records were dropped")

    def test_the_program_may_close_all_descriptors(self) -> None:
        closing = "os.closerange(3, 4096)\ntake('at once')"
        for count in rows(("0", "1")):
            folder = tracked_folder(self, program=VANISHING % closing)
            run = folder.record(COUNT=count)
            with self.subTest(count=count):
                self.assertEqual((run.code, run.out), (0, "ran\n"), run.err)
                expected = {**strings("before", "at once"), "0": 1, "1": 1, "2": 1}
                self.assertEqual(taken_counts(folder.records()), expected)
                self.assertNotIn("dropped", run.err)

    def test_a_descriptor_that_the_program_opens_anew_is_not_written_to(self) -> None:
        opening = """
os.closerange(3, 4096)
with open("others", "w") as file:
    file.write("the program's own")
files = [os.open("others", os.O_RDWR) for _ in range(900)]
take("at once")
if not os.fork():
    take("forked")
    sys.exit()
os.wait()
os.system(sys.executable + " -c 'import tracked; tracked.take(3)'")
"""
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=VANISHING % opening)
        run = folder.record()
        self.assertEqual((run.code, run.out), (0, "ran\n"), run.err)
        self.assertEqual(content(folder.file("others")), b"the program's own")
        expected = {**strings("before", "at once", "forked"), "0": 1, "1": 1, "2": 1}
        self.assertEqual(taken_counts(folder.records()), expected)
        self.assertEqual(len(warnings_of(run)), 1, run.err)
        self.assertIn("a child process was not recorded: the program closed what it needs", run.err)

    @unittest.skipUnless(os.path.exists("/dev/stdout"), "there is no /dev/stdout")
    def test_records_can_go_to_stdout(self) -> None:
        if not has(self, "children"):
            return
        folder = tracked_folder(self, program=FEW + "print('printed')\n")
        run = folder.record("a", "b", OUTPUT_FILE="/dev/stdout")
        lines = run.out.splitlines()
        self.assertEqual((run.code, lines.count("printed")), (0, 1), run.err)
        records = [json.loads(line) for line in lines if line != "printed"]
        self.assertEqual(taken_counts(records), strings("a", "b"))
        self.assertNotIn("dropped", run.err)

    @unittest.skipUnless(os.path.exists("/proc/self/fd"), "there is no /proc")
    def test_children_write_to_the_stdout_that_the_records_go_to(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=CHILD_WITH_A_STDOUT, child=FEW + "print('printed')\n")
        run = folder.record(OUTPUT_FILE="/dev/stdout")
        lines = run.out.splitlines()
        self.assertEqual((run.code, lines.count("b'printed\\n'"), lines.count("printed")), (0, 1, 1), run.out + run.err)
        records = [json.loads(line) for line in lines if "printed" not in line]
        self.assertEqual(taken_counts(records), strings("a", "b"))

    def test_a_child_that_can_open_no_file_is_recorded(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=WITHOUT_FILES)
        run = folder.record()
        self.assertEqual((run.code, run.out), (0, "ran\n"), run.err)
        self.assertEqual(taken_counts(folder.records()), strings("parent", "child"))
        self.assertNotIn("dropped", run.err)

    def test_why_a_closed_file_is_not_opened_anew_is_told(self) -> None:
        if not has(self, "fork", "children"):
            return
        closing = WITHOUT_FILES.replace("taken = []", "take('first')\nos.closerange(3, 1000)\ntaken = []")
        folder = tracked_folder(self, program=closing.partition("pid = ")[0])
        run = folder.record()
        self.assertEqual(taken_counts(folder.records()), strings("first"))
        self.assertIn(folder.output + ": Too many open files: records are dropped from here on", run.err)

    def test_a_reader_that_leaves_does_not_stop_the_program(self) -> None:
        if not has(self, "fork", "children"):
            return
        folder = tracked_folder(self, program=UNREAD)
        pipe = folder.file("pipe")
        os.mkfifo(pipe)
        with subprocess.Popen(["head", "-n", "2", pipe], stdout=subprocess.DEVNULL):
            run = folder.record(OUTPUT_FILE=pipe)
        self.assertEqual((run.code, run.out), (0, "child end\n"), run.err)
        self.assertIn("records were dropped", run.err)

    def test_a_signal_does_not_cut_a_line_that_is_written_to_a_pipe(self) -> None:
        if not has(self, "fork", "children") or not has(self, "signals"):
            return
        folder = tracked_folder(self, program=SIGNALLED)
        pipe = folder.file("pipe")
        os.mkfifo(pipe)
        with subprocess.Popen(["sh", "-c", '(sleep 1; cat) < "$0" > "$1"', pipe, folder.output]):
            run = folder.record(OUTPUT_FILE=pipe)
        self.assertEqual((run.code, run.out), (0, "signals"), run.err)
        self.assertEqual([len(record["params"].get("value", ())) for record in folder.records()], [0, 0, 40, 40])


TAKEN_OVER = """
import sys
from tracked import take

def f(x):
    return take(x)

f("first")
%s
print("ran")
"""
# What the program does, for which engine; which of its uses must be there, which may be, and what must be told.
PROFILED = (
    "assert sys.getprofile() is None\nlog = []\nown = lambda frame, event, arg: log.append((frame.f_code.co_name, event))\n"
    "sys.setprofile(own)\nf('between')\nassert sys.getprofile() is own\nsys.setprofile(None)\nf('last')\n"
    "log = [entry for entry in log if entry[0] != '<module>']\n"
    "assert log == [('f', 'call'), ('take', 'call'), ('take', 'return'), ('f', 'return')], log"
)
PROFILED_BY_SETTRACE: Tuple[List[str], List[str], str] = (
    (["first"], ["between", "last"], "sys.setprofile")
    if facts().version >= (3, 12)
    else (["first", "between", "last"], [], "")
)
LISTENING = (
    "m = getattr(sys, 'monitoring', None)\nif m:\n    m.use_tool_id(1, 'other')\n    m.set_events(1, m.events.LINE)\n"
    "f('between')\nif m:\n    m.free_tool_id(1)\nf('last')"
)
LISTENING_BESIDE_SETTRACE: Tuple[List[str], List[str], str] = (
    (["first"], ["between", "last"], "sys.monitoring.use_tool_id")
    if facts().version >= (3, 12)
    else (["first", "between", "last"], [], "")
)
TAKEOVERS = [
    (
        "the trace function taken away and put back",
        "own = sys.gettrace()\nsys.settrace(None)\nf('between')\nsys.settrace(own)\nf('last')\nassert sys.gettrace() is own",
        "settrace",
        ["first", "last"],
        ["between"],
        "settrace",
    ),
    (
        "another trace function",
        "sys.settrace(lambda *args: None)\nf('between')",
        "settrace",
        ["first"],
        ["between"],
        "settrace",
    ),
    (
        "another trace function for a moment, within a generator",
        (
            "def g():\n    yield f('between')\n    own = sys.gettrace()\n    sys.settrace(lambda *args: None)\n"
            "    sys.settrace(own)\n    yield take('last')\nlist(g())"
        ),
        "settrace",
        ["first", "between", "last"],
        [],
        "settrace",
    ),
    (
        "another trace function, with its own way to sys.settrace",
        "import ctypes\ngetattr(sys, 'set' + 'trace')(lambda *args: None)\nf('between')\nsys.settrace(None)",
        "settrace",
        ["first"],
        ["between"],
        "trace",
    ),
    (
        "a trace function of a program that is not traced",
        (
            "assert sys.gettrace() is None\nown = lambda *args: own\nsys.settrace(own)\nf('between')\nassert sys.gettrace() is own\n"
            "sys.settrace(None)\nf('last')"
        ),
        "monitoring",
        ["first", "between", "last"],
        [],
        "",
    ),
    ("a profile function", PROFILED, "monitoring", ["first", "between", "last"], [], ""),
    # From 3.12 on `sys.setprofile` ends the opcode events of code that has run.
    ("a profile function", PROFILED, "settrace", *PROFILED_BY_SETTRACE),
    (
        "a trace function for all threads",
        "import threading\ngetattr(threading, 'settrace_all_threads', sys.settrace)(lambda *args: None)\nf('between')",
        "settrace",
        ["first"],
        ["between"],
        "the program replaced the trace function by sys.",
    ),
    (
        "a profile function for all threads",
        (
            "import threading\ngetattr(threading, 'setprofile_all_threads', sys.setprofile)(lambda *args: None)\n"
            "f('between')\nsys.setprofile(None)\nf('last')"
        ),
        "settrace",
        *PROFILED_BY_SETTRACE[:2],
        "the program called sys._setprofileallthreads" if facts().version >= (3, 12) else "",
    ),
    (
        "the tool id given back",
        "m = sys.monitoring\n[m.free_tool_id(i) for i in range(6) if m.get_tool(i) == 'record_api']\nf('between')",
        "monitoring",
        ["first"],
        ["between"],
        "tool id",
    ),
    (
        "the tool id taken by another",
        (
            "m = sys.monitoring\nown = [i for i in range(6) if m.get_tool(i)][0]\nm.free_tool_id(own)\nm.use_tool_id(own, 'other')\n"
            "f('between')"
        ),
        "monitoring",
        ["first"],
        ["between"],
        "tool id",
    ),
    (
        "the events switched off",
        "m = sys.monitoring\nm.set_events([i for i in range(6) if m.get_tool(i)][0], 0)\ng = lambda x: take(x)\ng('between')",
        "monitoring",
        ["first"],
        ["between"],
        "monitoring",
    ),
    (
        "events begun anew, and another tool's",
        (
            "m = sys.monitoring\nlog = []\nm.use_tool_id(1, 'other')\nm.register_callback(1, m.events.CALL, lambda *a: log.append(a))\n"
            "m.set_events(1, m.events.CALL)\nf('between')\nm.restart_events()\nf('last')\nm.free_tool_id(1)\nassert log"
        ),
        "monitoring",
        ["first", "between", "last"],
        [],
        "",
    ),
    (
        "the tool id that Hypothesis has for its own",
        "m = sys.monitoring\nm.use_tool_id(3, 'scrutineer')\nf('between')\nm.free_tool_id(3)\nf('last')",
        "monitoring",
        ["first", "between", "last"],
        [],
        "",
    ),
    ("a tool id, with the other engine", LISTENING, "settrace", *LISTENING_BESIDE_SETTRACE),
]
# A trace function for new threads alone; a line is one event.
THREADS_TAKEN = """\
import threading
log = []
def own(frame, event, arg):
    if frame.f_code is f.__code__:
        log.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
    return own
before = threading._trace_hook
threading.settrace(own)
for name in ("between", "later"):
    thread = threading.Thread(target=f, args=(name,))
    thread.start()
    thread.join()
    threading.settrace(before)
f("last")
assert log == [("call", 0), ("line", 1), ("return", 1)], log
"""
COVERED = "import coverage\nc = coverage.Coverage(data_file=None)\nc.start()\nf('between')\nc.stop()\nf('last')"


# What coverage tools do: they tell of the file of each function that is run, if it is one.
FILES_SEEN = """
import gc, os, sys
from tracked import Empty, take
files = set()
def see(code, *rest):
    if not code.co_filename.startswith("<"):
        files.add(os.path.basename(code.co_filename))
def trace(frame, event, arg):
    see(frame.f_code)
    return trace
def use():
    for i in range(3):
        class Mine(Empty):
            pass
        def inner():
            take(Mine())
        inner()
        take(inner)
        del Mine, inner
        gc.collect()
    if sys.platform != "emscripten":
        child = os.fork()
        if not child:
            print(sorted(files))
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
use()
%s
use()
use()
print(sorted(files))
"""
FILE_SEERS = ["sys.settrace(trace)", "sys.setprofile(trace)"]
FILE_SEERS_MONITORING = """
sys.monitoring.use_tool_id(1, "files")
sys.monitoring.register_callback(1, sys.monitoring.events.PY_START, see)
sys.monitoring.set_events(1, sys.monitoring.events.PY_START)
"""


# Code that has run before another tool listens, and goes on after it.
LISTENED = """
import cProfile, sys
from tracked import Num, take

def add(x, n):
    if n > 1:
        take(n)
    return x + n

m = getattr(sys, "monitoring", None)
def tool(*names):
    m.use_tool_id(1, "other")
    m.set_events(1, sum(getattr(m.events, name) for name in names))

profile = cProfile.Profile()
x = Num(0)
add(x, 1)
%s
add(x, 2)
x + 3
add(x, 4)
%s
add(x, 5)
"""
LISTENERS = [
    ("sys.setprofile(lambda *args: None)", "sys.setprofile(None)"),
    ("sys.settrace(lambda *args: None)", "sys.settrace(None)"),
    ("profile.enable()", "profile.disable()"),
    ("tool('PY_START')", "m.set_events(1, 0)\nm.free_tool_id(1)"),
    ("tool('INSTRUCTION', 'LINE')", "m.set_events(1, 0)\nm.free_tool_id(1)"),
]


# Instructions in the middle of an expression that a line starts with, under a tool that has lines switched off.
LINES_OFF = """
import sys
from tracked import Num, many

def add(x, n):
    return many(
        *[x
            +
            n]
    )

m = getattr(sys, "monitoring", None)
def begin():
    m.use_tool_id(1, "other")
    m.register_callback(1, m.events.LINE, lambda code, line: m.DISABLE)
    m.set_events(1, m.events.LINE)

def late(x, n):
    if n == 5:
        begin()
    return (x
        + n)

x = Num(0)
add(x, 1)
begin()
add(x, 2)
add(x, 3)
m.set_events(1, 0)
m.free_tool_id(1)
add(x, 4)
late(x, 5)
add(x, 6)
"""


# Functions that were no uses at a warm place: one and a method become such, and the first is none again.
RENAMED = """\
import tracked

def f(x):
    return x

class User:
    def m(self, x):
        return x
def use(user):
    f(1)
    user.m(2)

for _ in range(5):
    use(User())
f.__module__ = "tracked"
use(User())
User.m.__module__ = "tracked"
use(User())
setattr(f, "__module__", "elsewhere")
use(User())
f.__module__ = "tracked"
use(User())
del f.__module__
use(User())
"""

# The name of a class is asked for as it is about to have another one, too.
RENAMED_CLASSES = """\
from changed import Set

def use():
    Set()

use(), use()
Set.__qualname__ = "New"
use(), use()
Set.__module__ = "changed.sub"
use()
"""
TRACED_BUILTIN = """\
from changed import Other

class Rounded(Other):
    pass

Other.__round__ = lambda self: 1
for _ in range(3):
    for x in (Rounded(), 1.5):
        round(x)
"""
OTHER_CODE = """\
from changed import Other, move

def use(x):
    move(x)
    x.__add__(1)

for _ in range(3):
    use(Other())
move.__code__ = (lambda y: 1).__code__
Other.__add__.__code__ = (lambda self, z: 1).__code__
use(Other()), use(Other())
"""
AT_ITS_ADDRESS = """\
import changed

class Own:
    pass

def use():
    changed.move(Own())

use(), use(), use()
address = id(changed.move)
del changed.move
others = []
while len(others) < 1000:
    other = lambda x: x
    if id(other) == address:
        break
    others.append(other)
changed.move = other
use(), use(), use()
"""
OTHER_MAKER = """\
from changed import Set

def use():
    Set(1)

Set.__init__ = lambda self, w: None
use(), use(), use()
Set.__init__ = lambda self, x: None
use(), use(), use()
setattr(Set, "__init__", lambda self, y: None)
use(), use(), use()
del Set.__init__
Set.__new__ = lambda cls, z: object.__new__(cls)
use(), use(), use()
"""


# A function that has run before, a generator that is suspended meanwhile, and one that runs.
TRACING = """\
import sys, tracked
log = []

def f():
    x = [tracked.plain(1) for _ in "a"][0] and 1
    return tracked.plain(x) + tracked.plain(2)

def steps():
    y = 1
    yield y
    y = tracked.plain(y) and 2
    yield tracked.plain(y) + tracked.plain(2)

def trace(frame, event, arg):
    if frame.f_code.co_filename == __file__:
        log.append((frame.f_code.co_name, event, frame.f_lineno))
    return trace

def main():
    suspended = steps()
    next(suspended)
    f()
    before = sys.gettrace()
    sys.settrace(trace)
    f()
    sys.settrace(before)
    next(suspended)
    f()

main()
print(log)
"""


# A debugger that is entered in the middle, and a generator that was suspended before and goes on within it.
DEBUGGED = """\
import io, pdb, sys, tracked

def inner(x):
    y = tracked.plain(x)
    return tracked.plain(y) and 2

def f(x):
    y = tracked.plain(x)
    debugger.set_trace()
    y = tracked.plain(x)
    inner(x)
    next(suspended)
    return tracked.plain(y)

def steps():
    yield tracked.plain(1)
    x = tracked.plain(2) and 1
    yield x

def main():
    f(1)
    return tracked.plain(3)

out = io.StringIO()
commands = "n\\nn\\ntbreak inner\\nc\\nr\\nn\\nn\\ns\\nn\\nn\\nr\\nn\\nn\\nn\\nc\\n"
debugger = pdb.Pdb(stdin=io.StringIO(commands), stdout=out, nosigint=True)
suspended = steps()
next(suspended)
main()
log = []
def trace(frame, event, arg):
    if frame.f_code is steps.__code__:
        log.append((event, frame.f_lineno))
    return trace
suspended = steps()
next(suspended)
sys.settrace(trace)
next(suspended)
sys.settrace(None)
print(out.getvalue(), log)
"""


class TakenOverTest(unittest.TestCase):
    """DESIGN's section 6: where the program takes over what the recorder needs, the reader is told."""

    def check(
        self, source: str, engine: str, every: Sequence[str], some: Sequence[str], told: str, imports: str = ""
    ) -> None:
        """Records `source` and compares with what must be there, what may be, and what must be told."""
        folder = tracked_folder(self, program=TAKEN_OVER % source)
        run = folder.record(ENGINE=engine, IMPORT_MODULES=imports)
        self.assertEqual((run.code, run.out), (0, "ran\n"), run.err)
        found = [record["params"]["value"] for record in folder.records() if record["function"] == "tracked.take"]
        self.assertEqual([value for value in found if value not in some], list(every))
        self.assertEqual(len(warnings_of(run)), 1, run.err)
        self.assertEqual(numbered_names(run), [])
        line = warnings_of(run)[0]
        if told:
            self.assertIn(told, line.partition("appended to")[2])
        else:
            self.assertTrue(line.endswith(folder.output), line)

    def test_what_is_taken_over_is_told(self) -> None:
        for name, source, needed, every, some, told in TAKEOVERS:
            for engine in facts().engines:
                if needed in ("", engine):
                    with self.subTest(name, engine=engine):
                        self.check(source, engine, every, some, told)

    def test_a_debugger_that_is_entered_in_the_middle_stops_at_each_line(self) -> None:
        folder = tracked_folder(self, program=DEBUGGED)
        plain = folder.run(["-m", "program"])
        self.assertEqual(plain.code, 0, plain.err)
        for engine in facts().engines:
            if engine == "settrace" and facts().version >= (3, 14):
                # Its pdb gives frames back the opcode events that it found, and takes them for its own: see README.
                continue
            run = folder.record(ENGINE=engine)
            with self.subTest(engine=engine):
                self.assertEqual((run.code, run.out), (0, plain.out), run.err)

    def test_a_trace_function_for_new_threads_is_told(self) -> None:
        if not has(self, "threads"):
            return
        for engine in facts().engines:
            with self.subTest(engine=engine):
                if engine == "settrace":
                    self.check(THREADS_TAKEN, engine, ["first", "later", "last"], [], "threading.settrace")
                else:
                    self.check(THREADS_TAKEN, engine, ["first", "between", "later", "last"], [], "")

    def test_a_trace_function_of_the_programs_own_sees_its_lines_and_no_frame_of_the_recorder(self) -> None:
        folder = tracked_folder(self, program=TRACING)
        plain = folder.run(["-m", "program"])
        self.assertEqual(plain.code, 0, plain.err)
        for engine in facts().engines:
            folder = tracked_folder(self, program=TRACING)
            self.assertEqual(folder.record(ENGINE=engine).out, plain.out)
            lines = [record["line"] for record in folder.records() if record["function"] == "tracked.plain"]
            # Before the program's own trace function is set, and after the first one is set again.
            with self.subTest(engine=engine):
                self.assertEqual(lines[:3], [5, 6, 6])
                self.assertEqual(lines[-6:], [11, 12, 12, 5, 6, 6])

    def test_a_tool_that_reports_files_does_not_report_the_recorder(self) -> None:
        for seer in FILE_SEERS + [FILE_SEERS_MONITORING] * facts().monitoring:
            for engine in facts().engines:
                folder = tracked_folder(self, program=FILES_SEEN % seer)
                run = folder.record(ENGINE=engine, COUNT="1" if "profile" in seer else "0")
                with self.subTest(seer, engine=engine):
                    self.assertIn("'program.py'", run.out, run.err)
                    self.assertNotIn("record_api.py", run.out)

    def test_no_event_of_code_that_has_run_is_lost_to_another_tool(self) -> None:
        if not facts().monitoring:
            self.assertLess(facts().version, (3, 12))
            return
        for begin, end in LISTENERS:
            folder = tracked_folder(self, program=LISTENED % (begin, end))
            run = folder.record(ENGINE="monitoring")
            self.assertEqual(run.code, 0, run.err)
            with self.subTest(begin):
                found = folder.records()
                added = [record["params"]["b"] for record in found if record["function"] == "operator.add"]
                self.assertEqual(added, [1, 2, 3, 4, 5])
                self.assertEqual(taken_counts(found), {"2": 1, "4": 1, "5": 1})

    def test_no_event_is_lost_where_another_tool_switches_a_line_off(self) -> None:
        if not facts().monitoring:
            self.assertLess(facts().version, (3, 12))
            return
        folder = tracked_folder(self, program=LINES_OFF)
        run = folder.record(ENGINE="monitoring")
        self.assertEqual(run.code, 0, run.err)
        found = folder.records()
        added = [record["params"]["b"] for record in found if record["function"] == "operator.add"]
        self.assertEqual(added, [1, 2, 3, 4, 5, 6])
        self.assertEqual([record.get("via") for record in found if record["function"] == "tracked.many"], [None] * 5)

    def test_no_free_tool_id_is_a_clear_error(self) -> None:
        if not facts().monitoring:
            self.assertLess(facts().version, (3, 12))
            return
        taker = "import sys\nfor i in range(6):\n    sys.monitoring.use_tool_id(i, 'taker')\n"
        folder = tracked_folder(self, program=USES, taker=taker)
        run = folder.record(IMPORT_MODULES="taker", ENGINE="monitoring")
        self.assertEqual((run.code, run.out), (2, ""))
        self.assertEqual(run.err, "PYTHON_API_ENGINE: expected a free tool id of sys.monitoring, got none\n")

    @unittest.skipUnless(facts().coverage, "the interpreter under test has no coverage")
    def test_coverage_is_told_where_it_takes_the_trace_function(self) -> None:
        for engine in facts().engines:
            with self.subTest(engine=engine):
                if engine == "settrace":
                    self.check(COVERED, engine, ["first"], ["between", "last"], "trace function", "coverage")
                else:
                    self.check(COVERED, engine, ["first", "between", "last"], [], "", "coverage")


# Each prints, last, how many uses of `take` it made.
ROBUST = {
    "functions that the recorder calls replaced": (
        """
        import os, sys
        from tracked import take
        def one(*args, **more):
            seen.append(args)
            return 1
        seen = []
        names = [(os, name) for name in "write open fstat stat lseek getpid getcwd fspath".split()]
        names += [(os.path, name) for name in "abspath isabs join normpath".split()]
        names += [(sys, name) for name in "_getframe _current_frames exc_info gettrace settrace".split()]
        kept = [(module, name, getattr(module, name)) for module, name in names]
        for module, name in names:
            setattr(module, name, one)
        for i in range(9):
            take(i)
            take((lambda x: x)(i))
        for module, name, function in kept:
            setattr(module, name, function)
        print(seen, 18)
        """,
        "",
    ),
    "a code object with 50,000 instructions": (
        """
        from tracked import take
        lines = ["def big(n):", "    x = 0", "    for i in range(n):"]
        for i in range(7200):
            lines.append("        x = x + %d - n" % i)
        lines += ["        if x:", "            take(i)", "        else:", "            take(i)"]
        space = {"take": take, "__name__": __name__}
        exec("\\n".join(lines), space)
        print(len(space["big"].__code__.co_code) // 2 > 50000)
        space["big"](3)
        print(3)
        """,
        "",
    ),
    "hand-made code": (
        """
        import opcode, sys
        from tracked import take, plain
        def f(x):
            take(x)
            return plain(x) and x
        code = f.__code__
        names = ("POP_TOP", "RETURN_VALUE", "UNARY_NOT", "GET_ITER", "UNARY_NEGATIVE", "DELETE_SUBSCR", "NOP")
        dead = b"".join(bytes([opcode.opmap[name], 0]) * 3 for name in names if opcode.opmap.get(name, 256) < 256)
        table = "co_linetable" if hasattr(code, "co_linetable") else "co_lnotab"
        made = [
            code.replace(**{table: b""}),
            code.replace(co_code=code.co_code + dead),
            code.replace(co_code=code.co_code * 3),
            code.replace(co_name="", co_filename=""),
            code.replace(co_filename="<\\udc80>\\x00"),
            code.replace(co_firstlineno=2**31 - 100),
        ]
        for code in made:
            f.__code__ = code
            f(1)
        print(len(made))
        """,
        "",
    ),
    "faulthandler": (
        """
        import faulthandler, sys
        from tracked import take
        faulthandler.enable()
        with open("faults", "w") as file:
            faulthandler.dump_traceback_later(60, file=file)
            for i in range(100):
                take(i)
                faulthandler.dump_traceback(file)
            faulthandler.cancel_dump_traceback_later()
        print(100)
        """,
        "threads",
    ),
    "loops in and after a finally": (
        """
        from tracked import take
        def leaves(things):
            try:
                return take(len(things))
            finally:
                for thing in things:
                    take(thing)
        def passes(things):
            try:
                if not things:
                    return 0
            finally:
                while things:
                    take(things.pop())
            for thing in "ab":
                take(thing)
        def returns(things):
            try:
                take(1)
            finally:
                try:
                    return take(things)
                finally:
                    take(2)
            for thing in things:
                take(thing)
        print(leaves([1, 2]), passes([3]), passes([]), returns([4]))
        print(9)
        """,
        "",
    ),
    "a profiler in Python": (
        """
        import profile, sys
        from tracked import take
        def f(x):
            return [take(x)] and len(str(take(x)))
        log = []
        sys.setprofile(lambda frame, event, arg: log.append((frame.f_code.co_name, event, getattr(arg, "__name__", arg))))
        f(1)
        sys.setprofile(None)
        print(log)
        profiler = profile.Profile()
        profiler.runcall(f, 1)
        profiler.runctx("f(2)", globals(), {})
        profiler.create_stats()
        print(sorted((name.partition(" at ")[0], calls[0]) for (_, _, name), calls in profiler.stats.items()))
        print(6)
        """,
        "",
    ),
    "what the variables of a frame let go of": (
        """
        import gc, weakref
        from tracked import take
        class Thing:
            pass
        def deleted():
            thing = Thing()
            take(weakref.ref(thing))
            known = weakref.ref(thing); del thing; yield known
        def replaced():
            thing = Thing()
            take(weakref.ref(thing))
            known = weakref.ref(thing)
            thing = None
            yield known
        def caught():
            try:
                raise ValueError(Thing())
            except ValueError as error:
                known = take(weakref.ref(error.args[0]))
            yield known
        def unwatched(thing):
            thing = None
            yield
        def failed(thing):
            try:
                raise ValueError
            except ValueError as error:
                take(str(error))
        def failed_and_kept(thing):
            try:
                raise ValueError
            except ValueError as error:
                thing.error = error
            thing = None
        def failed_before(thing):
            try:
                raise ValueError
            except ValueError as error:
                problem = error
            problem = take(thing)
        def failed_at_last(thing):
            problem = None
            try:
                raise ValueError
            except ValueError as error:
                problem = error
            try:
                return take(str(problem))
            finally:
                problem = None
        async def awaiting():
            thing = Thing()
            references.append(take(weakref.ref(thing)))
            thing = None
            await Suspending()
        class Suspending:
            def __await__(self):
                yield
        references = []
        suspended = [deleted(), replaced(), caught()]
        references += map(next, suspended)
        suspended.append(awaiting())
        suspended[-1].send(None)
        gc.disable()
        for function in (unwatched, failed, failed_and_kept, failed_before, failed_at_last):
            thing = Thing()
            references.append(weakref.ref(thing))
            suspended.append(function(thing))
        next(suspended[4])
        del thing
        print([reference() for reference in references])
        suspended[3].close()
        print(7)
        """,
        "",
    ),
    "callbacks of the garbage collector": (
        """
        import gc
        from tracked import take, plain
        def callback(phase, info):
            plain(phase)
            raise ValueError(phase) if info["generation"] > 2 else None
        gc.callbacks.append(lambda phase, info: plain(phase))
        gc.set_threshold(5, 2, 2)
        for i in range(300):
            take([[i], {i: i}])
        gc.set_threshold(700)
        print(300)
        """,
        "",
    ),
    "an audit hook that logs": (
        """
        import sys
        from tracked import take, plain
        log = []
        busy = False
        def hook(event, args):
            global busy
            log.append(event)
            if not busy and event != "sys.addaudithook":
                busy = True
                plain(event)
                busy = False
        sys.addaudithook(hook)
        for i in range(200):
            take(i)
        eval("take(200)")
        print(201)
        """,
        "",
    ),
    "a low recursion limit": (
        """
        import sys
        from tracked import take
        depth = 0
        frame = sys._getframe()
        while frame:
            depth += 1
            frame = frame.f_back
        sys.setrecursionlimit(depth + 40)
        def down(n):
            return n and down(n - 1)
        for i in range(20):
            take(i)
            down(15)
        sys.setrecursionlimit(1000)
        print(20)
        """,
        "recursion",
    ),
    "threads that are switched all the time": (
        """
        import sys, threading
        from tracked import take
        sys.setswitchinterval(1e-6)
        def work(n):
            for i in range(200):
                take((n, i))
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(1600)
        """,
        "threads",
    ),
    "little memory": (
        """
        import resource
        from tracked import take
        with open("/proc/self/statm") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + (48 << 20), resource.getrlimit(resource.RLIMIT_AS)[1]))
        hold = []
        for i in range(20):
            try:
                while True:
                    hold.append(bytearray(1 << 19))
            except MemoryError:
                take(i)
            hold.clear()
        take("after")
        print(21)
        """,
        "fork",
    ),
}


# Every way to run things side by side; what each one did, it logs itself. The thread of EARLY_THREAD is older than the
# recording. `apply` calls back, `map` lets `plain` be called by C.
EARLY_THREAD = """
import queue, threading


def loop():
    while True:
        function, args = jobs.get()
        function(*args)
        done.put(None)


def run(function, *args):
    jobs.put((function, args))
    done.get()


jobs, done = queue.Queue(), queue.Queue()
threading.Thread(target=loop, daemon=True).start()
"""
# Threads that run ever new functions while the interpreter exits.
RUN_ON = """
import sys, threading, time
from tracked import take

def go_on():
    while True:
        space = {"__name__": __name__}
        exec("def f(x):\\n    return x[0] and x[1]", space)
        space["f"]([1, 2])

sys.setswitchinterval(1e-6)
for _ in range(3):
    threading.Thread(target=go_on, daemon=True).start()
time.sleep(0.3)
for i in range(1000):
    exec("def f(x):\\n    return x[0] and x[1]")
    f([1, 2])
take("last")
"""
# Functions of any statements, each called by all threads at once with what is traced and what is not.
MEETING = """
import random, sys, threading
import tracked
from tracked import Num, Seq, plain

STATEMENTS = '''
plain(x)|plain(i)|tracked.plain(i)|plain(*(i,))|plain(a=i)|x + i|i + x|-x|not x|x == i|x[i]|len(x)|list(x)|i in x
isinstance(i, Num)|isinstance(x, (int, Num))|getattr(x, "y", None)|[y for y in x]|list(map(plain, [i]))|x if x else i
for y in x: pass|y = x; y += i|from tracked import plain as w; w(i)|y = i if i else x; plain(y)|f"{x}"|tracked.Num
'''
statements = STATEMENTS.replace("\\n", "|").strip("|").split("|")
chance = random.Random(7)
functions = []
for number in range(200):
    source = "def met(x, i):\\n"
    for statement in chance.choices(statements, k=8):
        source += "    try:\\n        %s\\n    except Exception:\\n        pass\\n" % statement
    space = dict(globals())
    exec(compile(source, "met%d" % number, "exec"), space)
    functions.append(space["met"])
values = [(Num(), 1), ("abc", 1), ((1, 2, 3), 0), (Seq([1, 2]), 1), (7, 2)]
threads = int(sys.argv[1])
barrier = threading.Barrier(threads)


def run(first):
    for function in functions:
        barrier.wait()
        for index in range(len(values)):
            function(*values[(first + index) % len(values)])


sys.setswitchinterval(1e-6)
started = [threading.Thread(target=run, args=(first,)) for first in range(threads)]
for thread in started:
    thread.start()
for thread in started:
    thread.join()
"""

# Four threads run each of many functions for the first time, all at once; its use is the first thing that it does.
AT_ONCE = """
import sys, threading
from tracked import plain

sys.setswitchinterval(1e-6)
source = "def f(things):\\n    plain(1)\\n"
source += "".join("    if things: things = things[%d:] + [x.y for x in things]\\n" % i for i in range(20))
functions = []
for _ in range(250):
    space = {"__name__": __name__, "plain": plain}
    exec(source, space)
    functions.append(space["f"])
barrier = threading.Barrier(4)


def run():
    for function in functions:
        barrier.wait()
        function(None)


threads = [threading.Thread(target=run) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""

SIDE_BY_SIDE = """
import _thread, asyncio, functools, json, sys, threading
from concurrent.futures import ThreadPoolExecutor
import early
from tracked import Num, apply, plain, take

TASKS, USES = 4, 20
log = []


def called_back(value):
    take(["called back", value])


def work(way, task, released=None):
    number = Num(task)
    for i in range(USES):
        value = [way, task, i]
        take(value)
        number + value
        apply(called_back, value)
        list(map(plain, [value]))
        log.append(value)
    if released:
        released.release()


async def later(value):
    await asyncio.sleep(0)
    return value


async def awaiting(way, task):
    number = Num(task)
    for i in range(USES):
        value = [way, task, i]
        take(await later(value))
        number + await later(value)
        apply(called_back, await later(value))
        list(map(plain, [await later(value)]))
        log.append(value)


async def main():
    loop = asyncio.get_running_loop()
    to_thread = getattr(asyncio, "to_thread", functools.partial(loop.run_in_executor, None))
    with ThreadPoolExecutor(3) as executor:
        await asyncio.gather(
            *[awaiting("gather", n) for n in range(TASKS)],
            *[asyncio.ensure_future(awaiting("task", n)) for n in range(TASKS)],
            *[loop.run_in_executor(executor, work, "run_in_executor", n) for n in range(TASKS)],
            *[to_thread(work, "to_thread", n) for n in range(TASKS)],
        )


sys.setswitchinterval(1e-5)
asyncio.run(main())
with ThreadPoolExecutor(3) as executor:
    list(executor.map(work, ["executor"] * TASKS, range(TASKS)))
threads = [threading.Thread(target=work, args=("Thread", n)) for n in range(TASKS)]
threads.append(threading.Timer(0.001, work, ("Timer", 0)))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
locks = [_thread.allocate_lock() for n in range(TASKS)]
for n, lock in enumerate(locks):
    lock.acquire()
    _thread.start_new_thread(work, ("_thread", n, lock))
for lock in locks:
    lock.acquire()
early.run(work, "early", 0)
work("main", 0)
print(json.dumps(log))
"""
WAYS = ["gather", "task", "run_in_executor", "to_thread", "executor", "Thread", "Timer", "_thread", "early", "main"]
# Only `threading` hands a trace function on to new threads.
UNTRACED_WAYS = {"settrace": ("_thread", "early"), "monitoring": ()}


class RobustTest(unittest.TestCase):
    """DESIGN's section 5: whatever the program is like, it runs as without the recorder, and is recorded."""

    def test_odd_programs_run_and_are_recorded(self) -> None:
        for name, (source, needs) in ROBUST.items():
            if needs and not has(self, needs):
                continue
            folder = tracked_folder(self, program=source)
            plain = folder.run(["-m", "program"])
            self.assertEqual(plain.code, 0, (name, plain.err))
            for engine in facts().engines:
                folder.output = folder.file(engine + ".jsonl")
                run = folder.record(ENGINE=engine, IMPORT_MODULES="tracked")
                with self.subTest(name, engine=engine):
                    self.assertEqual((run.code, run.out), (0, plain.out), run.err[-2000:])
                    self.assertEqual(without_own_lines(run.err), plain.err)
                    self.assertEqual(sum(taken_counts(folder.records()).values()), int(plain.out.split()[-1]))
                    self.assertEqual(len(warnings_of(run)), 1, run.err)
                    self.assertEqual(numbered_names(run), [])

    def test_every_thread_and_task_is_recorded(self) -> None:
        if not has(self, "threads"):
            return
        for engine in facts().engines:
            folder = tracked_folder(self, program=SIDE_BY_SIDE, early=EARLY_THREAD)
            run = folder.record(ENGINE=engine, IMPORT_MODULES="tracked,early")
            with self.subTest(engine):
                self.assertEqual((run.code, len(warnings_of(run))), (0, 1), run.err)
                log = json.loads(run.out)
                self.assertEqual(sorted({way for way, _, _ in log}), sorted(WAYS))
                expected = []
                for value in log:
                    expected += [("tracked.take", value), ("tracked.take", ["called back", value])]
                    expected += [("operator.add", value), ("tracked.apply", [value]), ("tracked.plain via C", value)]
                found = []
                for record in folder.records():
                    if record["caller"].rpartition(".")[2] in ("work", "awaiting", "called_back"):
                        name = record["function"] + (" via C" if "via" in record else "")
                        found.append((name, list(record["params"].values())[-1]))
                untraced = UNTRACED_WAYS[engine]
                known = [use for use in found if use[0] != "tracked.Num" and self.way_of(use[1]) not in untraced]
                wanted = [use for use in expected if self.way_of(use[1]) not in untraced]
                self.assertGreaterEqual(len(wanted), 5 * 20 * 26)
                self.assertEqual(len(known), len(wanted))
                self.assertTrue(sorted(known, key=str) == sorted(wanted, key=str))

    def test_threads_that_start_in_the_same_code_at_once_lose_nothing(self) -> None:
        if not has(self, "threads"):
            return
        for engine in facts().engines:
            folder = tracked_folder(self, program=AT_ONCE)
            run = folder.record(ENGINE=engine)
            self.assertEqual(run.code, 0, run.err)
            found = [record for record in folder.records() if record["function"] == "tracked.plain"]
            with self.subTest(engine):
                self.assertEqual([record for record in found if "via" in record], [])
                self.assertEqual(len(found), 4 * 250)

    def test_threads_that_start_in_the_same_code_at_once_record_what_one_alone_does(self) -> None:
        if not has(self, "threads"):
            return
        for engine in facts().engines:
            found = []
            for threads in (1, 6):
                folder = tracked_folder(self, program=MEETING)
                run = folder.record(str(threads), ENGINE=engine, IMPORT_MODULES="tracked")
                self.assertEqual((run.code, len(warnings_of(run))), (0, 1), run.err)
                made = [record for record in folder.records() if record["caller"] == "met"]
                for record in made:
                    record["file"] = os.path.basename(record["file"])
                found.append(collections.Counter(map(json.dumps, made)))
            with self.subTest(engine):
                alone, together = found
                self.assertGreater(sum(alone.values()), 3000)
                self.assertEqual(together, {record: 6 * times for record, times in alone.items()})

    def test_the_end_is_told_while_threads_go_on(self) -> None:
        if not has(self, "threads"):
            return
        for engine in facts().engines:
            folder = tracked_folder(self, program=RUN_ON)
            run = folder.record(ENGINE=engine, COUNT="1")
            with self.subTest(engine):
                self.assertEqual((run.code, len(run.err.splitlines())), (0, 1), run.err)
                self.assertTrue(run.err.endswith("appended to %s\n" % folder.output), run.err)
                self.assertEqual(taken_counts(folder.records()), strings("last"))

    def way_of(self, value: Any) -> str:
        """Which way a value of SIDE_BY_SIDE went."""
        while type(value[-1]) is list:
            value = value[-1]
        return str(value[0])

    def test_a_module_in_a_zip_file_is_run(self) -> None:
        folder = tracked_folder(self)
        source = "from tracked import take\ndef f():\n    take(__name__)\nf()\nprint(__file__)\n"
        with zipfile.ZipFile(folder.file("application.zip"), "w") as archive:
            archive.writestr("zipped/__init__.py", "")
            archive.writestr("zipped/__main__.py", source)
            archive.writestr("zipped/other.py", source)
        with unittest.mock.patch.dict(os.environ, PYTHONPATH=folder.file("application.zip")):
            for module, real in rows((("zipped", "__main__"), ("zipped.other", "other"))):
                run, plain = folder.record(module=module), folder.run(["-m", module])
                self.assertEqual((run.code, run.out), (0, plain.out), run.err)
                record = folder.records()[-1]
                self.assertEqual((record["function"], record["params"]), ("tracked.take", {"value": "__main__"}))
                self.assertEqual((record["module"], record["caller"]), ("zipped." + real, "f"))
                self.assertEqual(record["file"], folder.file("application.zip/zipped/%s.py" % real))


if __name__ == "__main__":
    unittest.main()
