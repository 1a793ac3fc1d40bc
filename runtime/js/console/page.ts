// What does the page console.html consist of? (console.mjs)

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { keepSite } from "../keep-site.js";
import type { Store } from "./history.js";
import { Repl } from "./repl.js";
import { followTheme } from "./theme.js";
import { unicode } from "./width.js";

const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;

/** localStorage, if the reader's settings allow it. */
function storage(): Store | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

function openTerminal(place: HTMLElement): Terminal {
  const style = getComputedStyle(place);
  const terminal = new Terminal({
    allowProposedApi: true, // unicode
    convertEol: true,
    cursorBlink: true,
    fontFamily: style.fontFamily,
    fontSize: Number.parseFloat(style.fontSize),
    lineHeight: 1.2,
    macOptionIsMeta: true,
    reflowCursorLine: true,
    scrollback: 10_000,
  });
  terminal.unicode.register(unicode);
  terminal.unicode.activeVersion = unicode.version;
  followTheme((theme) => {
    terminal.options.theme = theme;
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.open(place);
  terminal.write("\x1b[?2004h"); // pasted text arrives in brackets
  new ResizeObserver(() => fit.fit()).observe(place);
  fit.fit();
  return terminal;
}

/** The browser copies and pastes. Shift-Enter, which terminals do not have, is Alt-Enter. */
function adjustKeys(terminal: Terminal, type: (data: string) => void): void {
  terminal.attachCustomKeyEventHandler((event) => {
    const key = event.key.toLowerCase();
    if (event.ctrlKey && key === "v") return false;
    if (event.ctrlKey && key === "c" && (event.shiftKey || terminal.hasSelection())) return false;
    if (key === "enter" && event.shiftKey) {
      if (event.type === "keydown") type("\x1b\r");
      event.preventDefault();
      return false;
    }
    return true;
  });
}

function bindButtons(terminal: Terminal, repl: Repl): void {
  const actions: [selector: string, action: (button: HTMLElement) => void][] = [
    ["#restart", () => repl.restart()],
    // The names of keys, as in JSON strings.
    ["[data-keys]", (button) => repl.type(JSON.parse(`"${button.dataset.keys}"`))],
  ];
  for (const [selector, action] of actions) {
    for (const button of document.querySelectorAll<HTMLElement>(selector)) {
      // The on-screen keyboard goes away when the terminal loses the focus.
      button.addEventListener("pointerdown", (event) => event.preventDefault());
      button.addEventListener("click", () => {
        action(button);
        terminal.focus();
      });
    }
  }
}

const terminal = openTerminal(element("terminal"));
const status = element("status");
const progress = element("progress") as HTMLProgressElement;
const repl = new Repl({
  terminal,
  store: storage(),
  show(state, text) {
    status.dataset.state = state;
    status.textContent = text;
  },
  progress(share) {
    progress.hidden = share >= 1;
    progress.value = share;
  },
  cached: keepSite,
});
adjustKeys(terminal, (data) => repl.type(data));
bindButtons(terminal, repl);
terminal.focus();

// console.html?package=numpy, to which a channel's page leads. Typed ahead, as a reader would.
const wanted = new URLSearchParams(location.search).get("package") ?? "";
if (/^[\w.-]+$/.test(wanted)) {
  repl.type(`import pyodide_js; _ = await pyodide_js.loadPackage("${wanted}")\r`);
}
await repl.run();
