// Which Emscripten module do the tests of mounting use?
//
// This module compiles a small C program, which also tests libc. Without a compiler it uses the
// main module of build/dist, and only the test of libc is skipped. Each skip prints a warning, or
// fails after a quickstart.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll } from "vitest";
import type { EmscriptenFS } from "../src/emscripten.js";
import { compiler, skippedWithout } from "./needs.js";

/** The parts of the documented FS API that the tests use. */
export interface TestFS extends EmscriptenFS {
  readFile(path: string, options?: { encoding: "utf8" }): Uint8Array & string;
  writeFile(path: string, data: string | Uint8Array, options?: { flags: string }): void;
  readdir(path: string): string[];
  stat(path: string): { size: number; mode: number };
  lstat(path: string): { mode: number };
  mkdirTree(path: string): void;
  symlink(target: string, path: string): void;
  readlink(path: string): string;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  truncate(path: string, size: number): void;
  open(path: string, flags: string): { fd: number };
  read(stream: object, buffer: Uint8Array, offset: number, length: number, at?: number): number;
  close(stream: object): void;
}

export interface TestModule {
  FS: TestFS;
  /** Sums the bytes of a file through libc; absent in the main module. */
  sum?: (how: "fread" | "mmap", path: string) => number;
}

const C_SOURCE = `
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int sum_fread(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return -1;
  int sum = 0, byte;
  while ((byte = fgetc(file)) != EOF) sum += byte;
  fclose(file);
  return sum;
}

int sum_mmap(const char *path) {
  int fd = open(path, O_RDONLY), sum = 0;
  struct stat info;
  if (fd < 0 || fstat(fd, &info)) return -1;
  unsigned char *bytes = mmap(0, info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) return -2;
  for (long at = 0; at < info.st_size; at++) sum += bytes[at];
  munmap(bytes, info.st_size);
  close(fd);
  return sum;
}
`;

const MAIN_MODULE = join(import.meta.dirname, "../../build/dist/pyodide.asm.mjs");

const compiled = compile();
const source = compiled ?? (existsSync(MAIN_MODULE) ? MAIN_MODULE : undefined);

/** Whether there is no module, so that tests are skipped. */
export const skipped: boolean = skippedWithout(
  source !== undefined,
  "the compiler or build/dist from `make quickstart`",
);

/** Whether the module has no `sum`, so that the test of libc is skipped. */
export const skippedLibc: boolean = skippedWithout(
  compiled !== undefined,
  "the compiler from `make quickstart`",
);

/** A new module with an empty file system. */
export async function createModule(): Promise<TestModule> {
  const { default: create } = await import(pathToFileURL(source as string).href);
  const module = await create({ noInitialRun: true });
  const sum = (how: string, path: string) =>
    module.ccall(`sum_${how}`, "number", ["string"], [path]);
  return compiled ? { FS: module.FS, sum } : { FS: module.FS };
}

function compile(): string | undefined {
  const emcc = compiler();
  if (emcc === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "conda-emscripten-"));
  const remove = (): void => rmSync(folder, { recursive: true });
  const output = join(folder, "module.mjs");
  writeFileSync(join(folder, "module.c"), C_SOURCE);
  try {
    execFileSync(
      emcc,
      [
        join(folder, "module.c"),
        "-o",
        output,
        "-O1",
        "-sMODULARIZE",
        "-sEXPORT_ES6",
        "-sFORCE_FILESYSTEM",
        "-sALLOW_MEMORY_GROWTH",
        "-sEXPORTED_FUNCTIONS=_sum_fread,_sum_mmap,_malloc",
        "-sEXPORTED_RUNTIME_METHODS=FS,ccall",
      ],
      { stdio: "pipe" },
    );
    afterAll(remove);
    return output;
  } catch (error) {
    remove();
    throw error;
  }
}
