// What does the home page, index.html, do?
//
// This module, home.mjs, connects the examples with Python, completes the snippets, and finds the
// notebooks.

import { keepSite } from "../keep-site.js";
import { Example, element } from "./example.js";
import { Python } from "./python.js";

const site = new URL("./", document.baseURI).href;
for (const place of document.querySelectorAll("[data-site]")) place.textContent = site;

const python = new Python();
let isBusy = false;
const examples = Array.from(
  document.querySelectorAll<HTMLElement>("article.example"),
  (article) =>
    new Example(article, {
      python,
      isBusy: () => isBusy,
      setBusy(now) {
        isBusy = now;
        for (const example of examples) example.isDisabled = now;
      },
      ran: () => python.cached().then(keepSite),
    }),
);

/** Where the browser allows it: on https and on localhost. */
function addCopyButtons(): void {
  if (!navigator.clipboard) return;
  for (const snippet of document.querySelectorAll(".snippet")) {
    const label = snippet.querySelector("figcaption")?.textContent ?? "";
    const button = element("button", { type: "button", "aria-label": `Copy: ${label}` }, "Copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(snippet.querySelector("code")?.textContent ?? "");
      button.textContent = "Copied";
      setTimeout(() => {
        button.textContent = "Copy";
      }, 2000);
    });
    snippet.prepend(button);
  }
}

/** The card leads to the notebooks of `conda-emscripten notebook` if they are beside the site. */
function openNotebook(): void {
  const card = document.querySelector<HTMLAnchorElement>("[data-notebook]");
  card?.addEventListener("click", async (event) => {
    event.preventDefault();
    const found = await fetch("notebook/index.html", { method: "HEAD" }).catch(() => undefined);
    location.assign(found?.ok ? "notebook/index.html" : card.href);
  });
}

addCopyButtons();
openNotebook();
