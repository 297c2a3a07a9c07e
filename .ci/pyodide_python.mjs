#!/usr/bin/env node
// Python 3.14 for tests, wherever there is Node: the `python` command line of the npm package
// `pyodide` (CPython as 32-bit WebAssembly).
//
//     node pyodide_python.mjs [OPTIONS] SCRIPT.py | -c CODE | -m MODULE [ARGS...]
//
// In: arguments, environment, current directory and stdin, all as `python` takes them; the host's
// files under their own absolute paths, but for /dev, /lib and /proc, which are Pyodide's.
// PYODIDE_HOME names a folder with node_modules/pyodide; without it the folder of this script and
// the current one are searched.
// Out: stdout, stderr and files as Python writes them, and Python's exit status; as a shell reports
// it where a signal or a crash ended Python (128 + signal).
//
// CPython's own main function runs, so options, `__main__`, sys.path and tracebacks are its own.
// The first run takes seconds longer: it unpacks the standard library to node_modules/pyodide.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import tty from 'node:tty';
import { fileURLToPath, pathToFileURL } from 'node:url';
import v8 from 'node:v8';

const SCRIPT = fileURLToPath(import.meta.url);
const PYODIDE_FOLDERS = ['dev', 'lib', 'proc'];
const LIBRARY = '/lib/python314.zip'; // where Pyodide's CPython looks for it, zip file or folder
const ENOSPC = 51; // as Emscripten numbers it
const [ABORTED, CRASHED] = [128 + 6, 128 + 11];

// Pyodide ships its standard library as source in a zip file, which costs a compilation at each
// import; this unpacks and compiles it. Its asyncio gets event loops that don't wake themselves up
// through a socket, which Emscripten lacks; without threads nothing else could wake them.
const UNPACK_LIBRARY = `
import compileall, py_compile, sys, zipfile
library, folder = sys.argv[1:]
zipfile.ZipFile(library).extractall(folder)
with open(folder + '/asyncio/selector_events.py', 'a') as source:
    print('BaseSelectorEventLoop._csock = None', file=source)
    print('BaseSelectorEventLoop._make_self_pipe = lambda loop: None', file=source)
    print('BaseSelectorEventLoop._close_self_pipe = lambda loop: None', file=source)
compileall.compile_dir(folder, quiet=2, stripdir=folder, prependdir=library,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
`;

function findPyodide() {
  const homes = [process.env.PYODIDE_HOME || path.dirname(SCRIPT), process.cwd()];
  const folders = homes.map(home => path.resolve(home, 'node_modules', 'pyodide'));
  const found = folders.find(folder => fs.existsSync(path.join(folder, 'pyodide.mjs')));
  if (found) return found;
  console.error(`pyodide_python: expected pyodide in one of ${folders.join(', ')}, found none`);
  process.exit(2);
}

// The folder with the unpacked standard library; nothing if it can't be written.
function findLibrary(pyodide) {
  const folder = path.join(pyodide, 'python_stdlib');
  if (fs.existsSync(folder)) return folder;
  if (process.env.PYODIDE_PYTHON_UNPACKS) return undefined;
  const home = path.dirname(path.dirname(pyodide));
  const env = { ...process.env, PYODIDE_HOME: home, PYODIDE_PYTHON_UNPACKS: '1' };
  try {
    const temporary = `${folder}.${process.pid}`;
    fs.mkdirSync(temporary);
    const unpack = [SCRIPT, '-I', '-c', UNPACK_LIBRARY, LIBRARY, temporary];
    const { status } = spawnSync(process.execPath, unpack, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    // Another process may have been faster.
    if (status === 0 && !fs.existsSync(folder)) fs.renameSync(temporary, folder);
    fs.rmSync(temporary, { force: true, recursive: true });
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EEXIST', 'ENOTEMPTY'].includes(error.code)) throw error;
  }
  return fs.existsSync(folder) ? folder : undefined;
}

// The host's environment and nothing else: undefined removes what Emscripten and Pyodide preset.
function setEnvironment({ ENV }) {
  const presets = [...Object.keys(ENV), 'USER', 'LOGNAME', 'PATH', 'PWD', 'HOME', 'LANG', '_'];
  for (const name of presets) ENV[name] = undefined;
  Object.assign(ENV, process.env);
}

function mountHostFiles({ FS }) {
  for (const name of fs.readdirSync('/').filter(name => !PYODIDE_FOLDERS.includes(name))) {
    const folder = `/${name}`;
    if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    FS.mkdirTree(folder);
    FS.mount(FS.filesystems.NODEFS, { root: fs.realpathSync(folder) }, folder);
  }
  FS.chdir(process.cwd());
}

function mountLibrary({ FS }, library) {
  FS.unlink(LIBRARY);
  FS.mkdir(LIBRARY);
  FS.mount(FS.filesystems.NODEFS, { root: library }, LIBRARY);
}

// The one device that tests need and Emscripten lacks.
function addFullDisk({ FS }) {
  const device = FS.makedev(64, 0);
  const write = () => { throw new FS.ErrnoError(ENOSPC); };
  FS.registerDevice(device, { llseek: () => 0, write });
  FS.mkdev('/dev/full', device);
}

// Python's stdout is unbuffered here and doesn't look at what a partial write has left over.
function writeAll(fd, buffer, offset, length) {
  for (let written = 0; written < length;) {
    try {
      written += fs.writeSync(fd, buffer, offset + written, length - written);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); // sleeps for 1 ms
    }
  }
  return length;
}

// Bytes pass between Python and the host's descriptors 0, 1, 2 at once and unchanged.
function connectStandardStreams({ FS }) {
  const host = operation => FS.filesystems.NODEFS.tryFSOperation(operation);
  for (const fd of [0, 1, 2]) {
    const stream = FS.getStream(fd);
    stream.stream_ops = {
      read: (_, buffer, offset, length) => host(() => fs.readSync(fd, buffer, offset, length, null)),
      write: (_, buffer, offset, length) => host(() => writeAll(fd, buffer, offset, length)),
    };
    if (!tty.isatty(fd)) stream.tty = undefined;
  }
}

// Pyodide would go on from here to set up its bridge to JavaScript. It never gets control back:
// CPython is initialised, has parsed its command line, and needs no more than that.
async function runPython(createModule, settings, library) {
  settings.preRun.push(setEnvironment, mountHostFiles, addFullDisk);
  settings.onAbort = () => process.exit(ABORTED);
  settings.onRuntimeInitialized = () => {
    if (library) mountLibrary(settings, library);
    connectStandardStreams(settings);
  };
  try {
    const module = await createModule(settings);
    process.exit(settings.exitCode ?? module._Py_RunMain());
  } catch (error) {
    if (error.name === 'ExitStatus') process.exit(error.status);
    console.error(`pyodide_python: Python crashed: ${error.message ?? error}`);
    process.exit(CRASHED);
  }
}

v8.setFlagsFromString('--liftoff-only'); // optimising WebAssembly costs short runs more than it gains
const pyodide = findPyodide();
const library = findLibrary(pyodide);
const { loadPyodide } = await import(pathToFileURL(path.join(pyodide, 'pyodide.mjs')));
const { default: createModule } = await import(pathToFileURL(path.join(pyodide, 'pyodide.asm.mjs')));
await loadPyodide({
  args: process.argv.slice(2),
  env: { HOME: '/' },
  stdLibURL: library ? '/dev/null' : undefined,
  createPyodideModule: settings => runPython(createModule, settings, library),
});
