"""How much slower programs run under record_api.py, as Markdown tables.

    python .ci/benchmark.py                                all parts on CPython 3.8, 3.11, 3.12 and 3.13
    python .ci/benchmark.py 3.9 3.12 --only loops,records  some parts on other versions
    python .ci/benchmark.py --python env/bin/python        an interpreter as it is, with the packages that it has
    python .ci/benchmark.py --quick                        small loops, three runs
    python .ci/benchmark.py --soak 3600                    networkx's and pandas' tests for an hour; only that

Needs Linux and, for itself, Python 3.11. Takes the newest CPython of each version that pyenv has or that is on PATH
as python3.N, and makes an environment for each in .ci/work/bench, which later runs use again.

Numbers are medians of runs that take turns (bare, floor, recorder, bare, ...). The floor is the same engine with an
empty hook: with settrace at each instruction outside the traced module, with monitoring at the instructions for
which the recorder's Decoder has sites. Loops are timed inside the program, after a warm-up, so start-up counts only
where a table says so. A default run takes up to 20 minutes, most of them for the test suites and the memory.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Times = dict[str, tuple[int, float]]  # loop: steps, seconds

HERE = Path(__file__).resolve().parent
RECORDER = HERE.parent / "record_api.py"
VERSIONS = ("3.8", "3.11", "3.12", "3.13")
PACKAGES = ("numpy", "networkx", "scipy", "pytest")
SOAK_PACKAGES = ("pandas", "hypothesis")
SOAK_GRACE = 600  # seconds that a soak may take beyond its time before it is ended
PYTEST = ("pytest", "-q", "-p", "no:cacheprovider", "--pyargs")
NETWORKX_TESTS = "networkx.algorithms.centrality"
SKIMAGE_TESTS = "skimage.draw"


# Programs that are measured -----------------------------------------------------------------------------------------

# Warms all loops up before it times any, so that the floor can put its empty hook in between.
LOOP_MAIN = """
import sys
from time import perf_counter

def main(loops):
    warmed = {}
    for loop, steps in loops:
        warmed[loop] = max(steps // 50, 100)
        loop(warmed[loop])
    getattr(sys, "benchmark_is_warm", int)()
    for loop, steps in loops:
        began = perf_counter()
        loop(steps)
        print("time", loop.__name__, steps, perf_counter() - began, warmed[loop])

STEPS = int(sys.argv[1])
"""

INTEGERS = """
def integers(steps):
    total = 0
    for i in range(steps):
        total = (total + i * 3 - 7) & 1048575
    return total
"""

CALLS = """
class Account:
    def __init__(self):
        self.sum = 0
    def add(self, amount):
        self.sum += amount
    def balance(self):
        return self.sum

def double(x):
    return x + x

def calls(steps):
    account = Account()
    things = [1, 2, 3]
    for i in range(steps):
        double(i)
        len(things)
        account.add(i)
        account.balance()
"""

NUMPY = """
import numpy

array = numpy.arange(3.0)
other = numpy.arange(3.0)

def multiply_by_scalar(steps):
    a = array
    for _ in range(steps):
        a * 2.0

def get_item(steps):
    a = array
    for _ in range(steps):
        a[1]

def call_with_two_arguments(steps):
    for _ in range(steps):
        numpy.zeros(3, float)

def ufunc(steps):
    a, b = array, other
    for _ in range(steps):
        numpy.add(a, b)

def method(steps):
    a = array
    for _ in range(steps):
        a.copy()
"""

TRACED = """
class Base:
    def __init__(self):
        self.value = 1
    def method(self):
        return self.value
    def inner_calls(self, steps):
        for _ in range(steps):
            self.method()
"""

OBJECTS = """
from benchmark_traced import Base

class Own(Base):
    def __init__(self):
        super().__init__()
        self.mine = 1
    def own(self):
        return 1

base, own = Base(), Own()

def attribute(steps):
    x = base
    for _ in range(steps):
        x.value

def attribute_set(steps):
    x = base
    for _ in range(steps):
        x.value = 2

def method_in_python(steps):
    x = base
    for _ in range(steps):
        x.method()

def attribute_of_a_subclass(steps):
    x = own
    for _ in range(steps):
        x.mine

def method_of_a_subclass(steps):
    x = own
    for _ in range(steps):
        x.own()

def call_within_the_traced_module(steps):
    base.inner_calls(steps)
"""

MEMORY = """
import os, sys, numpy

array = numpy.arange(3.0)

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def record(numbers):
    a = array
    for number in numbers:
        a * number

early, late = int(sys.argv[1]), int(sys.argv[2])
record(range(early))
before = resident()
record(range(early, late))
print("grown", resident() - before)
"""

# Code objects of big modules of the standard library, decoded as a run would: each once, the result kept.
DECODE = """
import dis, importlib.util, sys
from time import perf_counter

def all_codes(code):
    yield code
    for constant in code.co_consts:
        if type(constant) is type(code):
            yield from all_codes(constant)

def codes_of(names):
    for name in names:
        path = importlib.util.find_spec(name).origin
        with open(path, encoding="utf-8") as file:
            yield from all_codes(compile(file.read(), path, "exec"))

spec = importlib.util.spec_from_file_location("record_api", sys.argv[1])
recorder = importlib.util.module_from_spec(spec)
sys.modules["record_api"] = recorder
spec.loader.exec_module(recorder)
codes = list(codes_of(sys.argv[2].split(",")))
count = sum(i.opname != "EXTENDED_ARG" for code in codes for i in dis.get_instructions(code))
kept = []
began = perf_counter()
for code in codes:
    kept.append(recorder.Decoder(code).decode())
print("time decode", count, perf_counter() - began, len(codes))
"""
DECODED = ("_pydecimal", "argparse", "doctest", "inspect", "pydoc", "tarfile", "turtle", "typing")

# floor.py RECORDER ENGINE PROGRAM ARGUMENTS: the program with an empty hook.
FLOOR = """
import importlib.util, sys

def is_numpy(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0] == "numpy"

def settrace():
    def empty(frame, event, arg):
        pass
    def start(frame, event, arg):
        if is_numpy(frame):
            return None
        frame.f_trace = empty
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        return empty
    sys._getframe().f_trace_opcodes = True
    sys.settrace(start)

def monitoring(path):
    spec = importlib.util.spec_from_file_location("record_api", path)
    recorder = importlib.util.module_from_spec(spec)
    sys.modules["record_api"] = recorder
    spec.loader.exec_module(recorder)
    tool, events, disable = 3, sys.monitoring.events, sys.monitoring.DISABLE
    tables, kept = {}, []
    def start(code, offset):
        if id(code) not in tables:
            kept.append(code)
            tables[id(code)] = {} if is_numpy(sys._getframe(1)) else recorder.Decoder(code).decode()
            if tables[id(code)]:
                sys.monitoring.set_local_events(tool, code, events.INSTRUCTION)
        return disable
    def first(code, offset):
        return None if offset in tables[id(code)] else disable
    def empty(code, offset):
        pass
    sys.monitoring.use_tool_id(tool, "floor")
    sys.monitoring.register_callback(tool, events.PY_START, start)
    sys.monitoring.register_callback(tool, events.INSTRUCTION, first)
    sys.monitoring.set_events(tool, events.PY_START)
    # What `first` switched off stays off.
    sys.benchmark_is_warm = lambda: sys.monitoring.register_callback(tool, events.INSTRUCTION, empty)

path, engine, program = sys.argv[1:4]
sys.argv[:] = sys.argv[3:]
with open(program) as file:
    code = compile(file.read(), program, "exec")
if engine == "settrace":
    settrace()
else:
    monitoring(path)
exec(code, {"__name__": "__main__"})
"""

# soak.py SECONDS SUITES: test suites by turns in one process; each turn ends with its share of the time.
SOAK = """
import sys, time, pytest

class Deadline:
    def __init__(self, end):
        self.end = end
        self.tests = 0
        self.session = None
    def pytest_sessionstart(self, session):
        self.session = session
    def check(self):
        if time.monotonic() > self.end:
            self.session.shouldstop = "its time is up"
    def pytest_runtest_logfinish(self):
        self.tests += 1
        self.check()
    def pytest_collectreport(self):
        self.check()

seconds, suites = float(sys.argv[1]), sys.argv[2].split(",")
end = time.monotonic() + seconds
turns = 0
while time.monotonic() < end:
    suite = suites[turns % len(suites)]
    turns += 1
    began = time.monotonic()
    deadline = Deadline(min(end, began + seconds / (2 * len(suites))))
    status = pytest.main(["-q", "-p", "no:cacheprovider", "--pyargs", suite], plugins=[deadline])
    took = time.monotonic() - began
    print("turn %d: %s, %d tests, %d s, %r" % (turns, suite, deadline.tests, took, status), file=sys.stderr, flush=True)
    if not deadline.tests and took < 1:
        break
"""

PROGRAMS = {
    "floor": FLOOR,
    "loops": LOOP_MAIN + INTEGERS + CALLS + "\nmain([(integers, 3 * STEPS), (calls, STEPS)])\n",
    "visits": LOOP_MAIN + INTEGERS + "\nmain([(integers, STEPS)])\n",
    "records": LOOP_MAIN
    + NUMPY
    + "\nmain([(f, STEPS) for f in (multiply_by_scalar, get_item, call_with_two_arguments, ufunc, method)])\n",
    "traced": TRACED,
    "objects": LOOP_MAIN + OBJECTS + "\nmain([(f, STEPS) for f in (attribute, attribute_set, method_in_python, "
    "attribute_of_a_subclass, method_of_a_subclass, call_within_the_traced_module)])\n",
    "decode": DECODE,
    "memory": MEMORY,
    "empty": "",
    "soak": SOAK,
}


# Interpreters -------------------------------------------------------------------------------------------------------


class BenchmarkError(Exception):
    """What can't be measured; its text is the line for stderr."""


PROBE = """
import importlib.util, json, sys
names = "numpy networkx scipy pytest skimage pandas hypothesis monkeytype".split()
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2],
    "full": "%d.%d.%d" % sys.version_info[:3],
    "hex": sys.hexversion,
    "plain": sys.implementation.name == "cpython" and "free-threading" not in sys.version,
    "executable": sys.executable,
    "modules": [name for name in names if importlib.util.find_spec(name)],
}))
"""


@dataclass
class Python:
    """One interpreter: where it is and what it has."""

    executable: str
    version: str
    full: str
    modules: frozenset[str]
    engines: tuple[str, ...]


def probe(executable: str) -> dict[str, Any] | None:
    """What an interpreter tells about itself; None where it is no CPython that runs."""
    try:
        done = subprocess.run([executable, "-c", PROBE], capture_output=True, text=True, env=environment(), check=False)
        found: dict[str, Any] = json.loads(done.stdout)
    except (OSError, ValueError):
        return None
    return found if found["plain"] else None


def as_python(executable: str, wanted: Sequence[str]) -> Python:
    """The interpreter at a path, with those of the wanted engines that it has."""
    found = probe(executable)
    if found is None:
        raise BenchmarkError(f"{executable}: expected a CPython, found none")
    number = tuple(map(int, found["version"].split(".")))
    has = ("settrace", "monitoring") if number >= (3, 12) else ("settrace",)
    engines = tuple(engine for engine in has if engine in wanted)
    return Python(executable, found["version"], found["full"], frozenset(found["modules"]), engines)


def find_python(version: str) -> str | None:
    """The newest CPython of a version that pyenv has or that is on PATH."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [str(path) for path in root.glob(f"versions/{version}.*/bin/python")]
    for folder in os.get_exec_path():
        on_path = shutil.which(f"python{version}", path=folder)
        candidates += [on_path] if on_path else []
    found = [answer for answer in map(probe, candidates) if answer and answer["version"] == version]
    return max(found, key=lambda answer: answer["hex"])["executable"] if found else None


def packages_for(version: str, soak: bool) -> list[str]:
    """What pip is to install for a version."""
    packages = list(PACKAGES)
    if version == "3.8":
        packages += ["scikit-image==0.21.*", "pooch"]
    if tuple(map(int, version.split("."))) >= (3, 12):
        packages += ["monkeytype"]
    return packages + list(SOAK_PACKAGES) * soak


def make_environment(version: str, work: Path, soak: bool) -> str:
    """Makes a version's virtual environment, or takes the one that is there; returns its interpreter."""
    base = find_python(version)
    if base is None:
        raise BenchmarkError(f"{version}: no such CPython on this machine")
    folder = work / f"env-{version}"
    executable = str(folder / "bin" / "python")
    packages = packages_for(version, soak)
    installed = folder / "installed.txt"
    have = installed.read_text().split() if installed.is_file() and probe(executable) else None
    if have is None:
        tell(f"{version}: making an environment")
        run([base, "-m", "venv", "--clear", str(folder)])
    missing = [package for package in packages if package not in (have or ())]
    if missing:
        run([executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *missing])
        installed.write_text("\n".join([*(have or ()), *missing]) + "\n")
    return executable


# Running ------------------------------------------------------------------------------------------------------------


def tell(message: str) -> None:
    """A line about the benchmark itself."""
    print(f"benchmark: {message}", file=sys.stderr, flush=True)


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings that would change what is measured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MONKEYTYPE", "MT_"))}
    return {**kept, "PYTHONHASHSEED": "0", **(more or {})}


def run(command: Sequence[str], settings: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """Runs a command to its end; returns its stdout; raises BenchmarkError with the end of what it told otherwise."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment(settings), cwd=cwd, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise BenchmarkError(f"{' '.join(command)}: ended with status {done.returncode}\n{last}")
    for wrong in ("errors in the recorder", "were dropped", "were not looked at", "is missing"):
        if wrong in done.stderr:
            tell(done.stderr.splitlines()[-1])
    return done.stdout


def interleave(variants: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, list[Any]]:
    """The results of all variants, each run `repeats` times, by turns."""
    results: dict[str, list[Any]] = {name: [] for name in variants}
    for _ in range(repeats):
        for name, measure in variants.items():
            results[name].append(measure())
    return results


def wall(command: Callable[[], Any]) -> float:
    """How many seconds a command takes."""
    began = time.perf_counter()
    command()
    return time.perf_counter() - began


def times(stdout: str) -> Times:
    """What a program printed: `time NAME STEPS SECONDS WARMED`."""
    rows = (line.split() for line in stdout.splitlines() if line.startswith("time "))
    return {name: (int(steps), float(seconds)) for _, name, steps, seconds, _ in rows}


def microseconds(runs: Iterable[Times], name: str) -> float:
    """The median time of one step of a loop."""
    return 1e6 * median(run[name][1] / run[name][0] for run in runs)


@dataclass
class Bench:
    """The options of this run, and how programs are started."""

    pythons: list[Python]
    work: Path
    repeats: int
    suite_repeats: int
    quick: bool
    soak_suites: str = "networkx,pandas"
    output: Path = field(init=False)

    def __post_init__(self) -> None:
        self.output = self.work / "records.jsonl"
        for name, text in PROGRAMS.items():
            (self.work / f"benchmark_{name}.py").write_text(text.lstrip("\n"))

    def program(self, name: str) -> str:
        """The path of one of the measured programs."""
        return str(self.work / f"benchmark_{name}.py")

    def bare(self, python: Python, name: str, *args: object) -> str:
        """Runs a program as it is."""
        return run([python.executable, self.program(name), *map(str, args)], cwd=self.work)

    def floor(self, python: Python, engine: str, name: str, *args: object) -> str:
        """Runs a program with an empty hook."""
        given = [str(RECORDER), engine, self.program(name), *map(str, args)]
        return run([python.executable, self.program("floor"), *given], cwd=self.work)

    def settings(self, engine: str, module: str, **more: object) -> dict[str, str]:
        """The recorder's variables."""
        values = {"output_file": self.output, "run_module": module, "trace_module": "numpy", "engine": engine, **more}
        return {f"PYTHON_API_{name.upper()}": str(value) for name, value in values.items()}

    def record(self, python: Python, settings: Mapping[str, str], *args: object) -> str:
        """Runs a program under the recorder, into a new file."""
        self.output.unlink(missing_ok=True)
        return run([python.executable, str(RECORDER), *map(str, args)], settings, self.work)

    def recorded(self, python: Python, engine: str, name: str, *args: object, **more: object) -> str:
        """Runs one of the measured programs under the recorder."""
        return self.record(python, self.settings(engine, self.program(name), **more), *args)

    def compare(self, python: Python, engine: str, name: str, *args: object, **more: object) -> dict[str, list[Times]]:
        """The times of a program's loops: bare, with an empty hook, and recorded."""
        variants = {
            "bare": lambda: times(self.bare(python, name, *args)),
            "floor": lambda: times(self.floor(python, engine, name, *args)),
            "recorder": lambda: times(self.recorded(python, engine, name, *args, **more)),
        }
        return interleave(variants, self.repeats)

    def each(self, *modules: str, engine: str = "") -> Iterable[tuple[Python, str]]:
        """The interpreters that have these modules, with each of their engines or one."""
        for python in self.pythons:
            missing = [name for name in modules if name not in python.modules]
            if missing:
                tell(f"{python.full}: left out, as it has no {', '.join(missing)}")
                continue
            for each in python.engines:
                if engine in ("", each):
                    yield python, each


def heading(title: str, *columns: str) -> None:
    """Begins a table; columns that are numbers start with a `>`."""
    print(f"\n### {title}\n")
    row(*(column.lstrip(">") for column in columns))
    row(*("--:" if column.startswith(">") else "---" for column in columns))


def row(*cells: object) -> None:
    """One row of a table, at once."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def comparison(python: Python, engine: str, name: str, runs: Mapping[str, list[Times]]) -> list[object]:
    """A row's cells: µs a step bare, floor and recorded, and the two ratios to bare."""
    bare, floor, recorder = (microseconds(runs[variant], name) for variant in ("bare", "floor", "recorder"))
    cells = [f"{bare:.3f}", f"{floor:.3f}", f"{recorder:.3f}", f"{floor / bare:.1f}x", f"{recorder / bare:.1f}x"]
    return [python.full, engine, *cells]


COMPARED = (">bare", ">floor", ">recorder", ">floor/bare", ">recorder/bare")


# The parts ----------------------------------------------------------------------------------------------------------


def loops(bench: Bench) -> None:
    """Loops that never touch the traced module."""
    title = "Loops without the traced module, µs a step"
    heading(title, "Python", "engine", *COMPARED, "loop")
    names = {"integers": "four integer operations", "calls": "a function, a builtin, two methods"}
    for python, engine in bench.each():
        runs = bench.compare(python, engine, "loops", 10_000 if bench.quick else 100_000)
        for name, told in names.items():
            row(*comparison(python, engine, name, runs), told)


def records_by_loop(output: Path) -> Counter[str]:
    """How many records each function of the program left."""
    with output.open(encoding="ascii") as file:
        return Counter(found[1] for found in (re.search(r'"caller": "(\w+)"', line) for line in file) if found)


def records(bench: Bench) -> None:
    """Small numpy operations, each of which is a record."""
    heading(f"Small numpy operations, {RECORD_COST}", *RECORD_COLUMNS)
    for python, engine in bench.each("numpy"):
        record_rows(bench, python, engine, "records", "numpy")


def objects(bench: Bench) -> None:
    """Uses of a traced class that is written in Python, and what one's own subclass has itself, which is none."""
    heading(f"Objects of a class in Python, {RECORD_COST}", *RECORD_COLUMNS)
    for python, engine in bench.each():
        record_rows(bench, python, engine, "objects", "benchmark_traced")


RECORD_COST = "µs a step, and µs a record = (recorder - bare) / records"
RECORD_COLUMNS = ("Python", "engine", *COMPARED, ">records a step", ">µs a record", "operation")


def record_rows(bench: Bench, python: Python, engine: str, program: str, traced: str) -> None:
    """The rows of a program each loop of which is one operation."""
    steps = 2_000 if bench.quick else 10_000
    runs = bench.compare(python, engine, program, steps, trace_module=traced, import_modules=traced)
    written = records_by_loop(bench.output)
    for name in runs["bare"][0]:
        extra = microseconds(runs["recorder"], name) - microseconds(runs["bare"], name)
        a_step = written[name] / (steps + max(steps // 50, 100))
        cost = f"{extra / a_step:.2f}" if a_step > 0.5 else "-"
        row(*comparison(python, engine, name, runs), f"{a_step:g}", cost, name.replace("_", " "))


def decode(bench: Bench) -> None:
    """Decoding of code objects, once each."""
    modules = DECODED[:2] if bench.quick else DECODED
    heading(f"Decoding {', '.join(modules)}", "Python", ">instructions", ">ms", ">µs an instruction")
    args = (RECORDER, ",".join(modules))
    variants = {python.full: partial(bench.bare, python, "decode", *args) for python in bench.pythons}
    for name, printed in interleave(variants, bench.repeats).items():
        runs = [times(stdout) for stdout in printed]
        each, count = microseconds(runs, "decode"), runs[0]["decode"][0]
        row(name, count, f"{each * count / 1000:.0f}", f"{each:.2f}")


def startup(bench: Bench) -> None:
    """An empty module, the whole process: by the script, and by `python -m record_api`, which Python keeps compiled."""
    columns = (">`python -m`", ">script", ">`-m record_api`", ">script more", ">`-m record_api` more")
    heading("Start-up: an empty module, wall ms", "Python", "engine", *columns)
    shutil.copy(RECORDER, bench.work)
    for python, engine in bench.each():
        bare = [python.executable, "-m", "benchmark_empty"]
        settings = bench.settings(engine, "benchmark_empty")
        variants = {
            "bare": partial(wall, partial(run, bare, cwd=bench.work)),
            "script": partial(wall, partial(bench.record, python, settings)),
            "module": partial(wall, partial(run, [python.executable, "-m", "record_api"], settings, bench.work)),
        }
        results = interleave(variants, 2 * bench.repeats)
        without, *recorded = (1000 * median(results[name]) for name in variants)
        more = (took - without for took in recorded)
        row(python.full, engine, *(f"{each:.0f}" for each in (without, *recorded, *more)))


def memory(bench: Bench) -> None:
    """Resident memory while distinct records are written; one run each, as it does not depend on the load."""
    early, late = (10_000, 50_000) if bench.quick else (100_000, 1_000_000)
    title = f"Memory: resident growth from record {early:,} to record {late:,}, KiB"
    heading(title, "Python", "engine", ">bare", ">recorder", ">bytes a record")
    for python, engine in bench.each("numpy"):
        bare, recorded = (
            int(stdout.split()[-1])
            for stdout in (
                bench.bare(python, "memory", early, late),
                bench.recorded(python, engine, "memory", early, late, import_modules="numpy"),
            )
        )
        row(python.full, engine, bare // 1024, recorded // 1024, f"{(recorded - bare) / (late - early):.2f}")
        bench.output.unlink(missing_ok=True)


def summary(stdout: str) -> str:
    """How many tests passed, as pytest tells last."""
    found = re.findall(r"\d+ (?:passed|failed|error\w*)", stdout)
    return ", ".join(found) or "no tests"


@dataclass
class Suite:
    """A test suite with numpy traced, and how long it takes."""

    bench: Bench
    python: Python
    engine: str
    tests: str
    told: dict[str, str] = field(default_factory=dict)
    records: int = 0

    def bare(self) -> str:
        """The suite as it is."""
        return run([self.python.executable, "-m", *PYTEST, self.tests], cwd=self.bench.work)

    def recorder(self) -> str:
        """The suite under the recorder."""
        first = f"pytest,{self.tests.partition('.')[0]}"
        settings = self.bench.settings(self.engine, PYTEST[0], import_modules=first)
        return self.bench.record(self.python, settings, *PYTEST[1:], self.tests)

    def count(self) -> None:
        """Keeps how many records the last run wrote, and removes them, as they may be many."""
        with self.bench.output.open("rb") as file:
            self.records = sum(1 for _ in file)
        self.bench.output.unlink()

    def monkeytype(self, modules: str = "") -> str:
        """The suite under MonkeyType, with its default filter or of these modules."""
        database = self.bench.work / "monkeytype.sqlite3"
        database.unlink(missing_ok=True)
        settings = {"MT_DB_PATH": str(database), **({"MONKEYTYPE_TRACE_MODULES": modules} if modules else {})}
        command = [self.python.executable, "-m", "monkeytype", "run", "-m", *PYTEST, self.tests]
        return run(command, settings, self.bench.work)

    def timed(self, variant: str, start: Callable[[], str]) -> float:
        """How many seconds one run takes; keeps how many tests passed."""
        began = time.perf_counter()
        self.told[variant] = summary(start())
        return time.perf_counter() - began

    def seconds(self, variants: Mapping[str, Callable[[], str]]) -> dict[str, float]:
        """Median seconds of each variant."""
        timed = {name: partial(self.timed, name, start) for name, start in variants.items()}
        results = interleave(timed, self.bench.suite_repeats)
        self.count()
        return {name: median(found) for name, found in results.items()}

    def outcome(self) -> str:
        """How many tests passed, for each variant where they differ."""
        if len(set(self.told.values())) == 1:
            return next(iter(self.told.values()))
        return "; ".join(f"{variant}: {text}" for variant, text in self.told.items())


def networkx(bench: Bench) -> None:
    """A test suite of many small calls, and another tracer on it."""
    others = ("MonkeyType", "MonkeyType, networkx", "MonkeyType, numpy")
    title = f"""`pytest --pyargs {NETWORKX_TESTS}`, numpy traced, wall seconds

MonkeyType is `monkeytype run -m pytest`: as it is, which leaves out what is installed, or of the module named."""
    columns = ("bare", "recorder", *others)
    heading(title, "Python", "engine", *(f">{name}" for name in columns), ">recorder/bare", ">records", "tests")
    for python, engine in bench.each("networkx", "pytest", "numpy", engine="monitoring"):
        suite = Suite(bench, python, engine, NETWORKX_TESTS)
        variants: dict[str, Callable[[], str]] = {"bare": suite.bare, "recorder": suite.recorder}
        if "monkeytype" in python.modules:
            variants[others[0]] = suite.monkeytype
            variants[others[1]] = partial(suite.monkeytype, "networkx")
            variants[others[2]] = partial(suite.monkeytype, "numpy")
        found = suite.seconds(variants)
        cells = [f"{found[name]:.1f}" if name in found else "-" for name in columns]
        ratio = f"{found['recorder'] / found['bare']:.1f}x"
        row(python.full, engine, *cells, ratio, suite.records, suite.outcome())


def skimage(bench: Bench) -> None:
    """A test suite of many numpy operations."""
    title = f"`pytest --pyargs {SKIMAGE_TESTS}`, numpy traced, wall seconds"
    heading(title, "Python", "engine", ">bare", ">recorder", ">recorder/bare", ">records", "tests")
    for python, engine in bench.each("skimage", "pytest", "numpy"):
        suite = Suite(bench, python, engine, SKIMAGE_TESTS)
        found = suite.seconds({"bare": suite.bare, "recorder": suite.recorder})
        ratio = f"{found['recorder'] / found['bare']:.1f}x"
        cells = (f"{found['bare']:.1f}", f"{found['recorder']:.1f}", ratio, suite.records)
        row(python.full, engine, *cells, suite.outcome())


def visits(bench: Bench) -> None:
    """A long integer loop that is looked at a thousand times only."""
    title = "Integer loop with PYTHON_API_MAX_VISITS=1000, µs a step (settrace: a fiftieth of the steps)"
    heading(title, "Python", "engine", ">bare", ">recorder", ">recorder/bare", ">steps")
    for python, engine in bench.each():
        steps = (1_000_000 if bench.quick else 10_000_000) // (50 if engine == "settrace" else 1)
        variants = {
            "bare": partial(bench.bare, python, "visits", steps),
            "recorder": partial(bench.recorded, python, engine, "visits", steps, max_visits=1000),
        }
        results = interleave(variants, bench.repeats)
        bare, recorded = (microseconds(map(times, results[name]), "integers") for name in variants)
        row(python.full, engine, f"{bare:.3f}", f"{recorded:.3f}", f"{recorded / bare:.2f}x", f"{steps:,}")


PARTS: dict[str, Callable[[Bench], None]] = {
    part.__name__: part for part in (loops, records, objects, decode, startup, memory, networkx, skimage, visits)
}


# The soak -----------------------------------------------------------------------------------------------------------


def resident(process: int) -> float:
    """A process's resident memory in MiB; 0 where it is gone."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0.0
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def sample(process: subprocess.Popen[bytes], output: Path, seconds: float) -> None:
    """Prints memory samples until the process ends; ends it where it takes far too long."""
    heading("Samples", ">minutes", ">resident, MiB", ">output, MiB")
    began = time.monotonic()
    step = max(seconds / 60, 1.0)
    while process.poll() is None:
        passed = time.monotonic() - began
        written = output.stat().st_size / 2**20 if output.exists() else 0.0
        row(f"{passed / 60:.1f}", f"{resident(process.pid):.0f}", f"{written:.1f}")
        if passed > seconds + SOAK_GRACE:
            tell("the soak did not end in time: it is ended")
            process.terminate()
            step = 10.0
        try:
            process.wait(step)
        except subprocess.TimeoutExpired:
            continue


def is_record(line: bytes) -> bool:
    """Is this a whole line with a record and its count?"""
    try:
        found = json.loads(line.decode("ascii"))
    except ValueError:
        return False
    if not line.endswith(b"\n") or type(found) is not dict or not found:
        return False
    keys = list(found)
    return keys[0] == "function" and keys[-1] == "count" and type(found["count"]) is int and found["count"] >= 1


def check(output: Path) -> bool:
    """Prints whether each line of the file is a record; returns that."""
    lines = bad = 0
    counted = 0
    with output.open("rb") as file:
        for line in file:
            lines += 1
            if is_record(line):
                counted += json.loads(line)["count"]
            else:
                bad += 1
    print(f"\nThe file is {'not valid' if bad or not lines else 'valid'}: {lines} lines, {bad} bad, {counted} records.")
    return lines > 0 and not bad


def soak(bench: Bench, python: Python, seconds: float) -> bool:
    """Runs suites for a long time under the recorder with counts; returns whether all was well."""
    bench.output.unlink(missing_ok=True)
    log = bench.work / "soak.log"
    engine = python.engines[-1]
    settings = bench.settings(engine, bench.program("soak"), count=1, import_modules="pytest")
    command = [python.executable, str(RECORDER), str(seconds), bench.soak_suites]
    print(f"## Soak: {bench.soak_suites} for {seconds:.0f} s on CPython {python.full}, {engine}")
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment(settings), cwd=bench.work
        )
        try:
            sample(process, bench.output, seconds)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    return soak_outcome(bench, log, process.returncode)


def soak_outcome(bench: Bench, log: Path, status: int) -> bool:
    """Prints what the process told of its turns and at its end, and whether the file is valid."""
    text = log.read_text(errors="replace")
    turns = re.findall(r"turn \d+: .*", text)
    print(f"\nExit status {status}\n\n" + "\n".join(f"- {line}" for line in [*turns, *text.splitlines()[-1:]]))
    valid = bench.output.is_file() and check(bench.output)
    print(f"\nLog: {os.path.relpath(log)}; records: {os.path.relpath(bench.output)}", flush=True)
    return valid and status == 0


# main ---------------------------------------------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("versions", nargs="*", metavar="VERSION", help=f"such as 3.12; default: {' '.join(VERSIONS)}")
    add("--python", action="append", default=[], metavar="PATH", help="an interpreter to use as it is; may be repeated")
    add("--engine", action="append", choices=("settrace", "monitoring"), help="only this engine; may be repeated")
    add("--only", default=",".join(PARTS), metavar="PARTS", help=f"some of {','.join(PARTS)}")
    add("--repeats", type=int, metavar="N", help="runs of each variant; default: 5")
    add("--suite-repeats", type=int, metavar="N", help="runs of each test suite; default: 1, as they are long")
    add("--quick", action="store_true", help="small loops and 3 runs")
    add("--soak", type=float, metavar="SECONDS", help="only run test suites for that long, on the last interpreter")
    add("--soak-suites", default="networkx,pandas", metavar="PACKAGES", help="default: %(default)s")
    add("--work", type=Path, default=HERE / "work" / "bench", metavar="FOLDER", help="default: .ci/work/bench")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"--only: expected some of {','.join(PARTS)}, got {','.join(sorted(unknown))}")
    if min(options.repeats or 1, options.suite_repeats or 1) < 1 or (options.soak is not None and options.soak <= 0):
        parser.error("--repeats, --suite-repeats, --soak: expected numbers above 0")
    return options


def interpreters(options: argparse.Namespace) -> list[Python]:
    """The interpreters that were asked for; a version that this machine lacks is told and left out."""
    wanted = options.engine or ("settrace", "monitoring")
    found = [as_python(os.path.abspath(path), wanted) for path in options.python]
    for version in options.versions or (() if options.python else VERSIONS):
        try:
            found.append(as_python(make_environment(version, options.work, options.soak is not None), wanted))
        except BenchmarkError as error:
            tell(str(error))
    if not any(python.engines for python in found):
        raise BenchmarkError("expected a Python with one of the engines asked for, found none")
    return found


def main() -> int:
    """Runs what was asked for; returns the exit status."""
    options = arguments()
    # An exit ends the program that is running; the default handler would leave it behind.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    status = 0
    try:
        pythons = interpreters(options)
        repeats = options.repeats or (3 if options.quick else 5)
        suite_repeats = options.suite_repeats or 1
        bench = Bench(pythons, options.work, repeats, suite_repeats, options.quick, options.soak_suites)
        if options.soak is not None:
            return 0 if soak(bench, [python for python in pythons if python.engines][-1], options.soak) else 1
        load = os.getloadavg()[0]
        print(f"Medians of {repeats} runs, of test suites {suite_repeats}; {os.cpu_count()} cores, load {load:.1f}")
    except BenchmarkError as error:
        tell(str(error))
        return 2
    for name in options.only.split(","):
        began = time.monotonic()
        try:
            PARTS[name](bench)
        except BenchmarkError as error:
            tell(str(error))
            status = 1
        tell(f"{name} took {time.monotonic() - began:.0f} s")
    bench.output.unlink(missing_ok=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
