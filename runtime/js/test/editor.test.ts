import headless from "@xterm/headless";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { type Input, LineEditor } from "../console/editor.js";
import { History } from "../console/history.js";
import { unicode, width } from "../console/width.js";

const key = {
  enter: "\r",
  tab: "\t",
  left: "\x1b[D",
  right: "\x1b[C",
  up: "\x1b[A",
  down: "\x1b[B",
  home: "\x1b[H",
  end: "\x1b[F",
  wordLeft: "\x1b[1;5D",
  wordRight: "\x1b[1;5C",
  backspace: "\x7f",
  delete: "\x1b[3~",
  newLine: "\x1b\r",
  ctrlC: "\x03",
  ctrlD: "\x04",
  ctrlK: "\x0b",
  ctrlL: "\x0c",
  ctrlU: "\x15",
  ctrlW: "\x17",
  ctrlY: "\x19",
};
const paste = (text: string) => `\x1b[200~${text}\x1b[201~`;

/** An editor on a real terminal emulator. */
class Screen {
  readonly terminal: headless.Terminal;
  readonly editor: LineEditor;
  candidates: string[] = [];
  history = new History(undefined, "");
  /** A block goes on until an empty line. */
  isComplete = (text: string) => !/[:(]$|\n +\S[^\n]*$/.test(text);

  constructor(columns = 40, rows = 10) {
    this.terminal = new headless.Terminal({
      allowProposedApi: true,
      cols: columns,
      rows,
      reflowCursorLine: true,
    });
    this.terminal.unicode.register(unicode);
    this.terminal.unicode.activeVersion = unicode.version;
    this.editor = new LineEditor({
      write: (text) => this.terminal.write(text),
      columns: () => this.terminal.cols,
      rows: () => this.terminal.rows,
      isComplete: async (text) => this.isComplete(text),
      complete: async (text) => ({
        start: text.search(/\w*$/),
        candidates: this.candidates.filter((one) => one.startsWith(/\w*$/.exec(text)?.[0] ?? "")),
      }),
    });
    this.terminal.onResize(() => this.editor.resized());
  }

  read(isPlain = false, column = 0): Promise<Input> {
    const prompts = {
      prompt: isPlain ? "" : "\x1b[1m>>> \x1b[0m",
      continuation: "\x1b[1m... \x1b[0m",
    };
    return this.editor.read({ ...prompts, isPlain, column, history: this.history });
  }

  /** Press keys, and wait until all is drawn. */
  async press(...keys: string[]): Promise<void> {
    for (const one of keys) this.editor.feed(one);
    await new Promise((resolve) => setTimeout(resolve));
    await new Promise<void>((resolve) => this.terminal.write("", resolve));
  }

  /** The rows that hold something, wrapped ones joined; the cursor as "|" if it is wanted. */
  async show(withCursor = false): Promise<string[]> {
    await new Promise<void>((resolve) => this.terminal.write("", resolve));
    const buffer = this.terminal.buffer.active;
    const lines: string[] = [];
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row);
      let text = line?.translateToString(false) ?? "";
      if (withCursor && row === buffer.baseY + buffer.cursorY) {
        const before = line?.translateToString(false, 0, buffer.cursorX) ?? "";
        text = `${before}|${text.slice(before.length)}`;
      }
      if (line?.isWrapped) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    return lines.map((line) => line.trimEnd()).filter((line) => line !== "");
  }
}

describe("the editor", () => {
  let screen: Screen;

  beforeEach(() => {
    screen = new Screen();
  });

  test("gives what was typed", async () => {
    const input = screen.read();
    await screen.press("x", " = 1", key.enter);
    expect(await input).toEqual({ kind: "text", text: "x = 1" });
    expect(await screen.show()).toEqual([">>> x = 1"]);
  });

  test.each([
    ["in the middle", ["ac", key.left, "b"], ">>> ab|c"],
    ["at the start and the end", ["b", key.home, "a", key.end, "c"], ">>> abc|"],
    [
      "by words",
      ["one two", key.wordLeft, key.wordLeft, "x", key.wordRight, "y"],
      ">>> xoney| two",
    ],
    ["with backspace and delete", ["abcd", key.left, key.backspace, key.delete], ">>> ab|"],
    ["to the end of the line", ["one two", key.wordLeft, key.ctrlK], ">>> one |"],
    ["to the start of the line", ["one two", key.wordLeft, key.ctrlU], ">>> |two"],
    ["a word, and back", ["one two", key.ctrlW, key.home, key.ctrlY], ">>> two|one"],
    ["wide characters", ["日本", key.left, "x"], ">>> 日x|本"],
    ["surrogate pairs", ["🐍🐍", key.left, key.backspace, "a"], ">>> a|🐍"],
    ["combining characters", ["e\u0301x", key.left, "y"], ">>> e\u0301y|x"],
  ])("edits %s", async (_, keys, expected) => {
    screen.read();
    await screen.press(...keys);
    expect(await screen.show(true)).toEqual([expected]);
  });

  test("goes on in the next line, indented, until the statement is complete", async () => {
    const input = screen.read();
    await screen.press("def f():", key.enter, "if x:", key.enter, "y", key.enter);
    await screen.press(key.backspace, "z", key.enter, key.enter);
    expect(await input).toEqual({
      kind: "text",
      text: "def f():\n    if x:\n        y\n    z\n",
    });
    expect(await screen.show()).toEqual([
      ">>> def f():",
      "...     if x:",
      "...         y",
      "...     z",
      "...",
    ]);
  });

  test("moves between the lines before it goes to the history", async () => {
    screen.history.add("old");
    screen.read();
    await screen.press("abc", key.newLine, "d", key.up, "1", key.down, "2", key.up, key.up);
    expect(await screen.show(true)).toEqual([">>> old|"]);
    await screen.press(key.down);
    expect(await screen.show(true)).toEqual([">>> a1bc", "... d2|"]);
  });

  test("pastes several lines at once, and runs nothing", async () => {
    const input = screen.read();
    await screen.press(paste("for x in y:\r\n\tprint(x)\r\n\r\nz\r\n"));
    expect(await screen.show(true)).toEqual([
      ">>> for x in y:",
      "...     print(x)",
      "...",
      "... z|",
    ]);
    await screen.press(key.enter);
    expect(await input).toEqual({ kind: "text", text: "for x in y:\n    print(x)\n\nz" });
  });

  test("keeps keys that come early for whoever asks next", async () => {
    await screen.press("a", key.enter, "b", key.enter, "c");
    expect(await screen.read()).toEqual({ kind: "text", text: "a" });
    expect(await screen.read()).toEqual({ kind: "text", text: "b" });
    screen.read();
    await screen.press("");
    expect(await screen.show(true)).toEqual([">>> a", ">>> b", ">>> c|"]);
    screen.editor.abandon();
    await screen.press("d");
    screen.editor.discard();
    screen.read();
    expect((await screen.show(true)).at(-1)).toBe(">>> |");
  });

  test("Ctrl-C leaves the line, Ctrl-D ends the input of an empty one", async () => {
    let input = screen.read();
    await screen.press("abc", key.left, key.ctrlC);
    expect(await input).toEqual({ kind: "interrupt" });
    expect(await screen.show()).toEqual([">>> abc^C"]);
    input = screen.read();
    await screen.press("a", key.left, key.ctrlD, key.ctrlD);
    expect(await input).toEqual({ kind: "end" });
  });

  test("Ctrl-L clears the screen but for what is typed", async () => {
    screen.terminal.write("before\r\n".repeat(30));
    screen.read();
    await screen.press("abc", key.left, key.ctrlL);
    expect(await screen.show(true)).toEqual([">>> ab|c"]);
  });

  test("completes as far as it is certain, then shows what there is", async () => {
    screen.candidates = ["path", "pathlib", "print"];
    screen.read();
    await screen.press("(pa", key.tab);
    expect(await screen.show(true)).toEqual([">>> (path|"]);
    await screen.press(key.tab);
    expect(await screen.show(true)).toEqual([">>> (path", "path     pathlib", ">>> (path|"]);
    await screen.press("l", key.tab, key.ctrlU, "x", key.tab);
    expect((await screen.show(true)).at(-1)).toBe(">>> x|");
  });

  test("Tab indents where nothing can be completed", async () => {
    screen.read();
    await screen.press(key.tab, "x");
    expect(await screen.show(true)).toEqual([">>>     x|"]);
    await screen.press(key.backspace, key.backspace);
    expect(await screen.show(true)).toEqual([">>> |"]);
  });

  test("a plain line follows the program's prompt and takes anything", async () => {
    screen.terminal.write("Name? ");
    const input = screen.read(true, 6);
    await screen.press("(", key.left, "x", key.newLine);
    expect(await input).toEqual({ kind: "text", text: "x(" });
    expect(await screen.show()).toEqual(["Name? x("]);
    const first = screen.read(true);
    await screen.press(paste("one\ntwo\n"));
    expect(await first).toEqual({ kind: "text", text: "one" });
    expect(await screen.read(true)).toEqual({ kind: "text", text: "two" });
  });

  test("unknown sequences and control characters do nothing", async () => {
    screen.read();
    await screen.press("a", "\x1b[15~", "\x1bx", "\x1b", "\x00", "\x1f", "b");
    expect(await screen.show(true)).toEqual([">>> ab|"]);
  });

  test("text of any kind and length, and the cursor, are where they belong on any width", async () => {
    const character = fc.constantFrom(..."ab_日🐍é", "e\u0301", "\u200d");
    const long = fc.array(character, { minLength: 1, maxLength: 30 }).map((all) => all.join(""));
    const { enter, tab, ctrlC, ctrlD, ctrlL, ...editing } = key;
    const press = fc.oneof(
      { weight: 6, arbitrary: character },
      { weight: 2, arbitrary: long },
      { weight: 6, arbitrary: fc.constantFrom(...Object.values(editing)) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(press, { maxLength: 60 }),
        fc.integer({ min: 8, max: 30 }),
        async (keys, columns) => {
          const wide = new Screen(columns, 200);
          wide.isComplete = () => true;
          const input = wide.read();
          await wide.press(...keys);
          const shown = (await wide.show(true)).map((line) => line.slice(4)).join("\n");
          await wide.press("§", key.enter);
          const { text } = (await input) as { text: string };
          // Where a wide character did not fit into the row there is a space.
          expect(shown.replaceAll(" ", "")).toBe(text.replace("§", "|"));
          const left = (await wide.show()).map((line) => line.slice(4)).join("\n");
          expect(left.replaceAll(" ", "")).toBe(text);
        },
      ),
      { numRuns: 100 },
    );
  }, 30_000);

  test("a text that is higher than the screen is drawn around the cursor", async () => {
    const small = new Screen(20, 5);
    small.terminal.write("before\r\n");
    const lines = Array.from({ length: 12 }, (_, n) => `line ${n}`);
    const input = small.read();
    await small.press(paste(lines.join("\n")));
    expect((await small.show(true)).slice(-5)).toEqual([
      "... line 7",
      "... line 8",
      "... line 9",
      "... line 10",
      "... line 11|",
    ]);
    await small.press(...Array(9).fill(key.up), "x");
    expect((await small.show(true)).slice(-5)).toEqual([
      "... line 2x|",
      "... line 3",
      "... line 4",
      "... line 5",
      "... line 6",
    ]);
    await small.press(key.enter);
    expect((await input).kind).toBe("text");
    const all = await small.show();
    expect(all.slice(-12)).toEqual(
      lines.map((line, n) => `${n ? "..." : ">>>"} ${line}${n === 2 ? "x" : ""}`),
    );
    expect(all[0]).toBe("before");
  });

  test("another width of the terminal keeps the text in its place", async () => {
    screen.terminal.write("before\r\n");
    screen.read();
    await screen.press("a".repeat(50), key.left, key.left);
    for (const columns of [20, 33, 80, 12]) {
      screen.terminal.resize(columns, 10);
      await screen.press("");
      expect(await screen.show(true)).toEqual(["before", `>>> ${"a".repeat(48)}|aa`]);
    }
  });
});

describe("the history", () => {
  const store = () => {
    const items = new Map<string, string>();
    return {
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => items.set(name, value),
    };
  };

  test("is there after a reload, without repetitions and empty lines", () => {
    const kept = store();
    const history = new History(kept, "h");
    for (const entry of ["a", "b", "b", "", "c\nd"]) history.add(entry);
    const later = new History(kept, "h");
    expect([later.step(-1, "draft"), later.step(-1, "?"), later.step(-1, "?")]).toEqual([
      "c\nd",
      "b",
      "a",
    ]);
    expect(later.step(-1, "?")).toBeUndefined();
    expect([later.step(1, "?"), later.step(1, "?"), later.step(1, "?")]).toEqual([
      "b",
      "c\nd",
      "draft",
    ]);
    expect(later.step(1, "?")).toBeUndefined();
  });

  test("of two tabs is one", () => {
    const kept = store();
    const [one, other] = [new History(kept, "h"), new History(kept, "h")];
    one.add("from one");
    other.add("from the other");
    one.add("again");
    expect(JSON.parse(kept.getItem("h") as string)).toEqual([
      "from one",
      "from the other",
      "again",
    ]);
  });

  test.each([
    [
      "is full",
      {
        getItem: () => null,
        setItem: () => {
          throw new Error("full");
        },
      },
    ],
    [
      "is forbidden",
      {
        getItem: () => {
          throw new Error("no");
        },
        setItem: () => {},
      },
    ],
    ["holds something else", { getItem: () => '{"a": 1}', setItem: () => {} }],
    ["is damaged", { getItem: () => "[", setItem: () => {} }],
    ["is not there", undefined],
  ])("lasts as long as the page if the store %s", (_, kept) => {
    const history = new History(kept, "h");
    history.add("a");
    history.add("b");
    expect([history.step(-1, ""), history.step(-1, "")]).toEqual(["b", "a"]);
  });

  test("is not longer than a thousand entries", () => {
    const kept = store();
    const history = new History(kept, "h");
    for (let n = 0; n < 1100; n++) history.add(String(n));
    expect(JSON.parse(kept.getItem("h") as string)).toHaveLength(1000);
  });
});

test("characters are as wide as terminals show them", () => {
  const widths = Array.from("aé日🐍\u0301\u200d한ｱ☃", (one) => width(one.codePointAt(0) as number));
  expect(widths).toEqual([1, 1, 2, 2, 0, 0, 2, 1, 1]);
});
