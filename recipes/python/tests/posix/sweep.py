"""Calls of POSIX, each compared with its result on Linux.

cases.txt has one case a line: `statements; expression -> result on Linux`. Each case runs in a new
folder with the files of `make_files`. The result is the value of the expression, the name of an
errno, or the name of an exception. differences.txt lists the cases with another result, each under
its reason. The comparison is strict: each difference is listed, and each listed case has the
listed result.

    bin/python sweep.py node        compares on the interpreter for Node
    python3.13 sweep.py record      prints cases.txt anew: on Linux, as an unprivileged user
"""

import ast
import contextlib
import errno
import locale
import os
import pathlib
import shutil
import stat
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent if "__file__" in globals() else pathlib.Path()
ARROW = " -> "
PERMISSIONS = "permissions and umask"


def make_files() -> None:
    """Make the files of a case in the current folder."""
    os.mkdir("d")
    os.mkdir("e")
    for path, text in (("f", "hello"), ("d/g", "inner"), ("h", "")):
        with open(path, "w") as file:
            file.write(text)
    for target, link in (
        ("f", "lf"),
        ("d", "ld"),
        ("e", "le"),
        ("missing", "lx"),
        ("lb", "la"),
        ("la", "lb"),
        ("d/..", "lup"),
        ("lf", "llf"),
    ):
        os.symlink(target, link)


HELPERS = """
import errno, fcntl, glob, locale, mmap, os, pathlib, select, shutil, signal, socket, stat
import subprocess, sys, tarfile, tempfile, time, zipfile

def read(path):
    with open(path, "rb") as file:
        return file.read()

def write(path, data="x"):
    with open(path, "wb" if isinstance(data, bytes) else "w") as file:
        return file.write(data)

def mode(path, **options):
    return stat.filemode(os.stat(path, **options).st_mode)

def size(path):
    return os.stat(path).st_size

def names(path="."):
    return sorted(os.listdir(path))

def same(a, b):
    return os.path.samestat(os.stat(a), os.stat(b))

def error(call, *args, **options):
    "The name of the errno that the call fails with."
    try:
        call(*args, **options)
    except OSError as reason:
        return errno.errorcode[reason.errno]

def here(path):
    "The path relative to the folder of the case."
    return os.path.relpath(path, os.path.realpath("."))
"""


def run_case(code: str, names: dict[str, object]) -> str:
    """The result of a case in the current folder."""
    *statements, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        raise ValueError(f"not an expression: {code}")
    try:
        exec(compile(ast.Module(statements, []), code, "exec"), names)
        return ascii(eval(compile(ast.Expression(last.value), code, "eval"), names))
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, f"{type(error).__name__}: {error}")
    except Exception as error:
        return type(error).__name__


def remove_files(folder: str) -> None:
    os.chdir("/")
    for path, folders, _ in os.walk(folder):
        for name in folders:
            with_rights = os.path.join(path, name)
            if not os.path.islink(with_rights):
                os.chmod(with_rights, 0o700)
    shutil.rmtree(folder)


def run_cases(cases: list[str]) -> dict[str, str]:
    """The result of each case, in a new folder each."""
    names: dict[str, object] = {}
    exec(HELPERS, names)
    results = {}
    umask = os.umask(0o022)
    before = os.getcwd()
    environment = dict(os.environ)
    base = os.path.realpath(tempfile.mkdtemp())
    os.chmod(base, 0o755)
    for number, case in enumerate(cases):
        folder = f"{base}/{number}"
        os.mkdir(folder)
        os.chdir(folder)
        make_files()
        highest = os.open(".", os.O_RDONLY)
        os.close(highest)
        results[case] = run_case(case, dict(names))
        for descriptor in range(highest, highest + 8):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        os.umask(0o022)
        locale.setlocale(locale.LC_ALL, "")
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
            if hasattr(time, "tzset"):
                time.tzset()
        remove_files(folder)
    os.chdir(before)
    os.umask(umask)
    os.rmdir(base)
    return results


def read_cases(text: str, leave_out: str = "") -> dict[str, str]:
    """The cases and their results on Linux, without the section `leave_out`."""
    cases: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("# "):
            section = line.removeprefix("# ")
        elif line and section != leave_out:
            case, _, result = line.partition(ARROW)
            if case in cases:
                raise ValueError(f"listed twice: {case}")
            cases[case] = result
    return cases


def read_differences(text: str, place: str) -> dict[str, str]:
    """The listed differences of `place`: "node" or "page". A reason names its places first."""
    listed: dict[str, str] = {}
    concerned = False
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("    "):
            if concerned:
                case, _, result = line.strip().partition(ARROW)
                if case in listed:
                    raise ValueError(f"listed twice: {case}")
                listed[case] = result
        else:
            places, _, reason = line.partition(": ")
            if not reason:
                raise ValueError(f"no reason: {line}")
            concerned = place in places.split(", ")
    return listed


def compare(results: dict[str, str], linux: dict[str, str], listed: dict[str, str]) -> list[str]:
    """One line for each result that is neither that of Linux nor the listed one."""
    problems = [f"no such case: {case}" for case in listed if case not in linux]
    for case, result in results.items():
        expected = listed.get(case, linux[case])
        if listed.get(case) == linux[case]:
            problems.append(f"listed, but as on Linux: {case}")
        if result != expected:
            problems.append(f"{case}{ARROW}{result}, not {expected}")
    return problems


def sweep(place: str, cases: str, differences: str) -> list[str]:
    """The problems of all cases at `place`, with the texts of cases.txt and differences.txt."""
    linux = read_cases(cases)
    # A superuser has all permissions in the machine's file system.
    superuser = place == "node" and os.getuid() == 0
    asked = read_cases(cases, PERMISSIONS if superuser else "")
    return compare(run_cases(list(asked)), linux, read_differences(differences, place))


def record(path: pathlib.Path) -> None:
    """Print cases.txt with the results of this machine."""
    if sys.platform != "linux" or os.getuid() == 0:
        raise SystemExit("sweep.py: record the results on Linux, as an unprivileged user")
    text = path.read_text()
    results = run_cases(list(read_cases(text)))
    lines = []
    for line in text.splitlines():
        case, _, _ = line.partition(ARROW)
        lines.append(case + ARROW + results[case] if case in results else line)
    print("\n".join(lines))


def main() -> None:
    os.umask(stat.S_IWGRP | stat.S_IWOTH)
    if sys.argv[1] == "record":
        record(HERE / "cases.txt")
        return
    cases = (HERE / "cases.txt").read_text()
    problems = sweep(sys.argv[1], cases, (HERE / "differences.txt").read_text())
    print("\n".join(problems))
    print(f"{len(read_cases(cases))} cases, {len(problems)} problems")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
