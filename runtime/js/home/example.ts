// How is an example of the home page run and shown?
//
// This module has the Run button, the status, the output and the errors of one example.

import type { Listener, Python } from "./python.js";

/** A page that prints without end stays usable: of longer output, the end is shown. */
const SHOWN = 20_000; // characters

export interface ExampleOptions {
  python: Python;
  /** Whether another example runs: there is one interpreter. */
  isBusy(): boolean;
  /** This example runs, or has ended. */
  setBusy(isBusy: boolean): void;
  /** Python works. */
  ran(): void;
}

/** An `<article class="example">` with the code in a `<textarea>`. */
export class Example implements Listener {
  readonly #options: ExampleOptions;
  readonly #code: HTMLTextAreaElement;
  readonly #button = element("button", { type: "button", class: "primary" }, "Run");
  readonly #status = element("p", { class: "status", role: "status" });
  readonly #progress = element("progress", { "aria-label": "Packages", hidden: "" });
  readonly #output = element("pre", { class: "output", "aria-live": "polite", tabindex: "0" });
  readonly #error = element("div", { class: "error", role: "alert" });
  #printed = "";
  #done: string[] = [];
  #isDrawing = false;

  constructor(article: HTMLElement, options: ExampleOptions) {
    this.#options = options;
    this.#code = article.querySelector("textarea") as HTMLTextAreaElement;
    const title = article.querySelector("h3")?.textContent;
    this.#button.setAttribute("aria-label", `Run: ${title}`);
    this.#output.setAttribute("aria-label", `Output: ${title}`);
    const result = element("div", { class: "result" });
    result.append(
      element("div", { class: "run" }, this.#button, this.#status),
      this.#progress,
      ...article.querySelectorAll("canvas"),
      this.#output,
      this.#error,
    );
    article.append(result);
    this.#button.addEventListener("click", () => this.run());
    this.#code.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.run();
    });
    this.#code.addEventListener("input", () => this.#fit());
    this.#fit();
  }

  /** The button is not disabled while another example runs: it would lose the focus. */
  set isDisabled(isDisabled: boolean) {
    this.#button.setAttribute("aria-disabled", String(isDisabled));
  }

  async run(): Promise<void> {
    const { python, isBusy, setBusy, ran } = this.#options;
    if (isBusy()) return;
    setBusy(true);
    this.#printed = "";
    this.#done = [];
    this.#output.replaceChildren();
    this.#error.replaceChildren();
    try {
      const { value, traceback, missing } = await python.run(this.#code.value, this);
      if (value !== undefined) this.print(value);
      if (missing !== undefined) this.#fail(...missingModule(missing));
      else if (traceback !== undefined) this.#fail(element("pre", {}, traceback.trimEnd()));
      ran();
    } catch (error) {
      this.#status.textContent = "";
      this.#fail(...(error as Error).message.split("\n").map((line) => element("p", {}, line)));
    } finally {
      this.#progress.hidden = true;
      setBusy(false);
    }
  }

  print(line: string): void {
    this.#printed = `${this.#printed}${line}\n`.slice(-SHOWN);
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    setTimeout(() => {
      this.#isDrawing = false;
      this.#output.textContent = this.#printed;
    });
  }

  begin(step: string): void {
    this.#progress.hidden = true;
    this.#status.textContent = `${step} …`;
  }

  progress(bytes: number, totalBytes: number): void {
    this.#progress.hidden = totalBytes === 0;
    this.#progress.max = totalBytes || 1;
    this.#progress.value = bytes;
  }

  done(step: string, milliseconds: number, bytes: number): void {
    const size = bytes > 0 ? `, ${(bytes / 1e6).toFixed(1)} MB` : "";
    this.#done.push(`${step} in ${duration(milliseconds)}${size}.`);
    this.#status.textContent = this.#done.join(" ");
  }

  #fail(...content: HTMLElement[]): void {
    this.#error.replaceChildren(...content);
  }

  /** The field is as high as its text: the page scrolls, not the field. */
  #fit(): void {
    const { style, offsetHeight, clientHeight } = this.#code;
    style.height = "auto";
    style.height = `${this.#code.scrollHeight + offsetHeight - clientHeight}px`;
  }
}

function missingModule(name: string): HTMLElement[] {
  const link = element("a", { href: "channel/index.html" }, "Browse the packages");
  return [
    element("p", {}, `Neither Python nor a package of the channel has the module “${name}”.`),
    element("p", {}, link, " that this site has, or build its recipe."),
  ];
}

function duration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Math.max(1, Math.round(milliseconds))} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** An element with attributes and children; strings stay text. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
