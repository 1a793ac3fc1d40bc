"""Are files those of the machine? Run with bin/python.

The cases are those of posix/cases.txt, and what these cannot show.
"""

import errno
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "posix"))
import sweep

POSIX = pathlib.Path(__file__).parent / "posix"


class Files(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        pathlib.Path("file").write_text("text")

    def assert_fails(self, number: int, call: object, *arguments: object) -> None:
        with self.assertRaises(OSError) as caught:
            call(*arguments)  # type: ignore[operator]
        self.assertEqual(errno.errorcode[caught.exception.errno or 0], errno.errorcode[number])

    def test_each_call_has_the_result_of_linux_or_the_listed_one(self) -> None:
        cases = (POSIX / "cases.txt").read_text()
        self.assertGreater(len(sweep.read_cases(cases)), 1300)
        self.assertEqual(sweep.sweep("node", cases, (POSIX / "differences.txt").read_text()), [])

    def test_a_copy_has_the_times_of_the_file(self) -> None:
        start = os.stat("file").st_mtime_ns
        for number in range(200):
            os.utime("file", ns=(start + number * 1_234_567, start + number * 7_654_321))
            shutil.copy2("file", "copy")
            file, copy = os.stat("file"), os.stat("copy")
            self.assertEqual(copy.st_mtime_ns, file.st_mtime_ns)
            self.assertEqual(copy.st_mtime_ns // 1000, (start + number * 7_654_321) // 1000)

    def test_a_new_file_has_a_time_that_utime_can_set(self) -> None:
        for number in range(200):
            name = pathlib.Path(f"new{number}")
            name.touch()
            shutil.copystat(name, "file")
            self.assertEqual(os.stat("file").st_mtime_ns, name.stat().st_mtime_ns)

    def test_a_file_is_no_folder(self) -> None:
        self.assert_fails(errno.ENOTDIR, os.mkdir, "file/d")
        self.assert_fails(errno.ENOTDIR, os.rename, "file", "file/y")
        self.assert_fails(errno.ENOTDIR, os.stat, "file/")
        self.assert_fails(errno.ENOTDIR, open, "file/x", "w")

    def test_a_loop_of_links_is_found(self) -> None:
        os.symlink("a", "b")
        os.symlink("b", "a")
        self.assert_fails(errno.ELOOP, open, "a")
        self.assert_fails(errno.ELOOP, os.stat, "b")

    def test_open_files_live_on_without_a_name(self) -> None:
        with open("file", "r+") as file:
            os.rename("file", "other")
            self.assertEqual(os.fstat(file.fileno()).st_size, 4)
            os.unlink("other")
            self.assertEqual(os.fstat(file.fileno()).st_nlink, 0)
            self.assertEqual(file.read(), "text")
            file.write(" and more")
            file.flush()
            self.assertEqual(os.fstat(file.fileno()).st_size, 13)

    def test_an_open_folder_is_followed_when_it_is_renamed(self) -> None:
        os.mkdir("folder")
        descriptor = os.open("folder", os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        os.rename("folder", "other")
        os.close(os.open("new", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
        self.assertEqual(os.listdir("other"), ["new"])
        self.assertEqual(os.listdir(descriptor), ["new"])

    def test_names_are_bytes(self) -> None:
        pathlib.Path(os.fsdecode(b"n\xff")).write_text("x")
        self.assertIn(b"n\xff", os.listdir(b"."))
        self.assertIn("n\udcff", os.listdir("."))

    def test_files_belong_to_the_user_of_the_process(self) -> None:
        self.assertEqual(os.stat("file").st_uid, os.getuid())

    def test_umask_is_that_of_the_process(self) -> None:
        self.addCleanup(os.umask, os.umask(0o077))
        os.mkdir("private")
        self.assertEqual(os.stat("private").st_mode & 0o777, 0o700)

    def test_select_knows_files_and_pipes(self) -> None:
        import select

        reader, writer = os.pipe()
        with open("file") as file, open(reader, "rb"), open(writer, "wb"):
            self.assertEqual(select.select([file, reader], [], [], 0)[0], [file])


if __name__ == "__main__":
    unittest.main()
