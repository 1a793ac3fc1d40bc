"""Do libc's functions behave as on Linux? Clocks, dates, processes."""

import asyncio
import builtins
import concurrent.futures
import ctypes
import ctypes.util
import datetime
import email.utils
import functools
import getpass
import locale
import multiprocessing
import os
import platform
import pty
import shutil
import subprocess
import sys
import sysconfig
import time
import timeit
import unittest
import uuid
import webbrowser
from collections.abc import Callable


def work(seconds: float) -> None:
    """Use so much of the processor's time, which takes longer on a busy machine."""
    end = time.process_time() + seconds
    deadline = time.perf_counter() + 60
    while time.process_time() < end:
        if time.perf_counter() > deadline:
            raise TimeoutError("process_time() does not advance")


class Clocks(unittest.TestCase):
    def test_processor_time_advances_with_work_and_not_with_sleep(self) -> None:
        clocks: list[Callable[[], float]] = [
            time.process_time,
            time.thread_time,
            lambda: time.process_time_ns() / 1e9,
            lambda: time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID),
            lambda: time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID),
            lambda: sum(os.times()[:2]),
            lambda: ctypes.CDLL(None).clock() / 1e6,
        ]
        before = [clock() for clock in clocks]
        work(0.1)
        worked = [clock() for clock in clocks]
        time.sleep(0.5)
        slept = [clock() for clock in clocks]
        for i in range(len(clocks)):
            self.assertGreater(worked[i] - before[i], 0.05, i)
            self.assertLess(slept[i] - worked[i], 0.25, i)

    def test_get_clock_info_names_what_is_behind(self) -> None:
        info = time.get_clock_info("process_time")
        self.assertEqual(info.implementation, "process.cpuUsage()")
        self.assertTrue(info.monotonic)
        self.assertLessEqual(info.resolution, 1e-3)
        thread = time.get_clock_info("thread_time").implementation
        self.assertIn(thread, ("process.cpuUsage()", "process.threadCpuUsage()"))

    def test_each_clock_has_a_resolution(self) -> None:
        for name in ("REALTIME", "MONOTONIC", "MONOTONIC_RAW", "BOOTTIME", "PROCESS_CPUTIME_ID"):
            clock = getattr(time, f"CLOCK_{name}")
            self.assertGreater(time.clock_gettime(clock), 0, name)
            self.assertTrue(0 < time.clock_getres(clock) <= 1e-3, name)
        for call in (time.clock_gettime, time.clock_getres):
            with self.assertRaises(OSError):
                call(99)

    def test_the_time_since_the_start_of_the_system(self) -> None:
        before = os.times().elapsed
        time.sleep(0.1)
        self.assertGreater(os.times().elapsed, before)

    def test_getrusage(self) -> None:
        usage = (ctypes.c_longlong * 40)()  # two struct timeval, then longs
        self.assertEqual(ctypes.CDLL(None).getrusage(0, usage), 0)
        seconds = usage[0] + (usage[1] & 0xFFFFFFFF) / 1e6
        self.assertTrue(0 < seconds <= time.process_time(), seconds)

    def test_a_profile_has_times(self) -> None:
        import cProfile
        import pstats

        profile = cProfile.Profile(time.process_time)
        profile.runcall(work, 0.1)
        self.assertGreater(pstats.Stats(profile).total_tt, 0.01)
        timer = timeit.timeit(lambda: work(0.01), number=3, timer=time.process_time)
        self.assertGreater(timer, 0.001)


class Dates(unittest.TestCase):
    def test_years_beyond_those_of_javascript(self) -> None:
        self.assertEqual(time.gmtime(10**13)[:6], (318857, 5, 20, 17, 46, 40))
        self.assertEqual(time.gmtime(10**13)[6:], (6, 140, 0))
        self.assertEqual(time.gmtime(-(10**13))[:8], (-314918, 8, 13, 6, 13, 20, 6, 225))
        self.assertEqual(time.gmtime(67768036191676799)[:6], (2147485547, 12, 31, 23, 59, 59))
        self.assertEqual(time.localtime(10**14).tm_year, 3170843)
        self.assertEqual(time.ctime(10**14)[-7:], "3170843")

    def test_years_of_two_digits(self) -> None:
        self.assertEqual(time.gmtime(-62135596800)[:8], (1, 1, 1, 0, 0, 0, 0, 1))
        self.assertEqual(time.gmtime(-62135596801)[:8], (0, 12, 31, 23, 59, 59, 6, 366))
        self.assertEqual(time.gmtime(-60000000000)[7], 247)
        for year in (0, 1, 69, 99):
            there = time.mktime((year, 3, 1, 12, 0, 0, 0, 0, -1))
            self.assertEqual(time.localtime(there)[:6], (year, 3, 1, 12, 0, 0))

    def test_years_that_no_date_can_hold(self) -> None:
        utc = datetime.UTC
        fromtimestamp = functools.partial(datetime.datetime.fromtimestamp, tz=utc)
        calls = (time.gmtime, time.localtime, time.ctime, fromtimestamp)
        for call in calls:
            for seconds in (2**60, -(2**60), 67768036191676800 + 86400):
                with self.assertRaises((OverflowError, OSError)):
                    call(seconds)
        for seconds in (10**13, -(10**12), 253402300800):
            with self.assertRaises((OverflowError, ValueError)):
                fromtimestamp(seconds)
            with self.assertRaises((OverflowError, ValueError)):
                email.utils.formatdate(seconds)

    def test_mktime_is_the_inverse_of_localtime(self) -> None:
        for seconds in range(-(2**42), 2**42, 2**42 // 101):
            self.assertEqual(time.mktime(time.localtime(seconds)), seconds)
        self.assertEqual(
            time.localtime(time.mktime((318857, 5, 20, 0, 0, 0, 0, 0, -1)))[:3], (318857, 5, 20)
        )
        # Fields beyond their ranges.
        march = time.localtime(time.mktime((2024, 14, -2, 30, -5, 70, 0, 0, -1)))
        self.assertEqual(march[:6], (2025, 1, 30, 5, 56, 10))

    def test_gmtime_agrees_with_datetime(self) -> None:
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        for day in range(-719162, 2932896, 1009):
            date = epoch + datetime.timedelta(days=day, seconds=day % 86400)
            there = time.gmtime(day * 86400 + day % 86400)
            self.assertEqual(there[:8], date.timetuple()[:8])

    def test_times_of_files(self) -> None:
        path = f"times-of-files-{os.getpid()}"
        with open(path, "w"):
            self.addCleanup(os.unlink, path)
        for seconds in (2**31, 2**32, 2**33, 10**10):
            os.utime(path, (seconds, seconds))
            self.assertEqual(os.stat(path).st_mtime, seconds)


class Formats(unittest.TestCase):
    def test_what_musl_does_not_know_comes_out_as_it_went_in(self) -> None:
        moment = datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
        formats = {
            "%": "%",
            "%e%": " 2%",
            "%Y%": "2020%",
            "é%": "é%",
            "%é": "%é",
            "%Q": "%Q",
            "%E": "%E",
            "%-": "%-",
            "%010": "%010",
            "a%!b%%c%": "a%!b%c%",
            "%\0%d": "%\0" + "02",
            "%Ex": "01/02/20",
            "%-d|%_d|%5Y": "2| 2|02020",
            "x" * 3000 + "%": "x" * 3000 + "%",
            "": "",
        }
        for form, result in formats.items():
            self.assertEqual(time.strftime(form, moment.timetuple()), result, form)
            self.assertEqual(moment.strftime(form), result, form)
            self.assertEqual(moment.date().strftime(form), result, form)
            self.assertEqual(format(moment, form) if form else result, result)
        self.assertEqual(datetime.time(3, 4, 5).strftime("%H%"), "03%")

    def test_the_name_of_the_zone(self) -> None:
        self.assertEqual(time.strftime("%Z", time.gmtime()), time.gmtime().tm_zone)
        self.assertEqual(time.strftime("%Z", time.localtime()), time.localtime().tm_zone)

    def test_each_directive_of_the_documentation(self) -> None:
        moment = time.strptime("2023-11-09 08:07:06", "%Y-%m-%d %H:%M:%S")
        self.assertEqual(
            time.strftime("%a %A %b %B %d %H %I %j %m %M %p %S %U %w %W %y %Y %%", moment),
            "Thu Thursday Nov November 09 08 08 313 11 07 AM 06 45 4 45 23 2023 %",
        )
        self.assertEqual(time.strftime("%C %D %F %G %g %V %u %R %T %h", moment),
                         "20 11/09/23 2023-11-09 2023 23 45 4 08:07 08:07:06 Nov")  # fmt: skip


class NoProcesses(unittest.TestCase):
    """There is no way to start a process, and all ways say so with the same words."""

    WORDS = "emscripten does not support processes"

    def test_each_way_to_start_one(self) -> None:
        true = ["true"]
        ways: dict[str, Callable[[], object]] = {
            "system": lambda: os.system("true"),
            "popen": lambda: os.popen("true"),
            "fork": os.fork,
            "execv": lambda: os.execv("/bin/true", true),
            "execve": lambda: os.execve("/bin/true", true, {}),
            "execlp": lambda: os.execlp("true", "true"),
            "execvp of no file": lambda: os.execvp("no-such-program", true),
            "spawnv": lambda: os.spawnv(os.P_WAIT, "/bin/true", true),
            "spawnl": lambda: os.spawnl(os.P_NOWAIT, "/bin/true", "true"),
            "spawnvpe": lambda: os.spawnvpe(os.P_WAIT, "true", true, {}),
            "run": lambda: subprocess.run(true),
            "run in a shell": lambda: subprocess.run("true", shell=True),
            "Popen with pipes": lambda: subprocess.Popen(true, stdout=subprocess.PIPE),
            "call": lambda: subprocess.call(true),
            "check_output": lambda: subprocess.check_output(true),
            "getoutput": lambda: subprocess.getoutput("true"),
            "getstatusoutput": lambda: subprocess.getstatusoutput("true"),
            "create_subprocess_exec": lambda: asyncio.run(asyncio.create_subprocess_exec("true")),
            "create_subprocess_shell": lambda: asyncio.run(asyncio.create_subprocess_shell("true")),
            "pty.fork": pty.fork,
            "pty.spawn": lambda: pty.spawn("true"),
            "Process": lambda: multiprocessing.Process(target=print).start(),
            "Manager": multiprocessing.Manager,
        }
        for method in multiprocessing.get_all_start_methods():
            context = multiprocessing.get_context(method)
            ways[method] = lambda process=context.Process: process(target=print).start()
        for name, way in ways.items():
            with self.subTest(name), self.assertRaises(OSError) as raised:
                way()
            self.assertIn(self.WORDS, str(raised.exception), name)

    def test_a_pool_of_processes(self) -> None:
        for _ in range(2):
            with self.assertRaisesRegex(NotImplementedError, self.WORDS):
                concurrent.futures.ProcessPoolExecutor(1)
        with self.assertRaisesRegex(ImportError, self.WORDS):
            multiprocessing.Pool(1)
        with self.assertRaisesRegex(ImportError, self.WORDS):
            multiprocessing.Lock()

    def test_callers_in_the_standard_library(self) -> None:
        import pydoc

        self.assertIn("wasm32", platform.platform())
        self.assertEqual(platform.processor(), "")
        self.assertEqual(platform.architecture()[0], "32bit")
        self.assertIsInstance(platform.libc_ver(), tuple)
        self.assertFalse(webbrowser.open("https://example.org"))
        self.assertIsNone(ctypes.util.find_library("no-such-library"))
        self.assertEqual(uuid.uuid1().version, 1)
        self.assertGreater(uuid.getnode(), 0)
        self.assertEqual(locale.getpreferredencoding(), "UTF-8")
        self.assertIsNone(shutil.which("no-such-program"))
        self.assertEqual(shutil.get_terminal_size((80, 24)).columns > 0, True)
        self.assertIn("emscripten", sysconfig.get_platform())
        self.assertEqual(multiprocessing.cpu_count(), os.cpu_count())
        self.assertIsInstance(pydoc.getpager(), Callable)
        os.environ["LOGNAME"] = "somebody"
        self.addCleanup(os.environ.pop, "LOGNAME")
        self.assertEqual(getpass.getuser(), "somebody")


class Exit(unittest.TestCase):
    def test_exit_leaves_the_streams_open(self) -> None:
        for leave in (builtins.exit, builtins.quit, sys.exit):
            with self.assertRaises(SystemExit) as raised:
                leave(3)
            self.assertEqual(raised.exception.code, 3)
            for stream in (sys.stdin, sys.stdout, sys.stderr):
                self.assertFalse(stream.closed)
        self.assertEqual(str(builtins.exit), "Use exit() or Ctrl-D (i.e. EOF) to exit")


if __name__ == "__main__":
    unittest.main()
