// Which colours does the terminal have, on a light and on a dark page?

import type { ITheme } from "@xterm/xterm";

const light: ITheme = {
  background: "#ffffff",
  foreground: "#1f2430",
  cursor: "#2563c9",
  cursorAccent: "#ffffff",
  selectionBackground: "#cfe0ff",
  black: "#1f2430",
  red: "#b3261e",
  green: "#1d7a3c",
  yellow: "#8a5a00",
  blue: "#2563c9",
  magenta: "#8b3fb5",
  cyan: "#0b7285",
  white: "#5c6475",
  brightBlack: "#667080",
  brightRed: "#c93a31",
  brightGreen: "#258a48",
  brightYellow: "#9c6a0a",
  brightBlue: "#3b74d8",
  brightMagenta: "#9d55c4",
  brightCyan: "#178a9e",
  brightWhite: "#1f2430",
};

const dark: ITheme = {
  background: "#1c1f26",
  foreground: "#dfe3ea",
  cursor: "#7db1ff",
  cursorAccent: "#1c1f26",
  selectionBackground: "#3a4a68",
  black: "#15171c",
  red: "#ff8f87",
  green: "#8bd49c",
  yellow: "#e6c07b",
  blue: "#7db1ff",
  magenta: "#d3a0ee",
  cyan: "#76d2df",
  white: "#c6cbd6",
  brightBlack: "#838c9c",
  brightRed: "#ffaca6",
  brightGreen: "#a7e3b5",
  brightYellow: "#f0d39c",
  brightBlue: "#a3c8ff",
  brightMagenta: "#e2bdf5",
  brightCyan: "#9be3ec",
  brightWhite: "#f4f6fa",
};

/** Call `use` with the colours that fit the page, now and whenever that changes. */
export function followTheme(use: (theme: ITheme) => void): void {
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => use(prefersDark.matches ? dark : light);
  prefersDark.addEventListener("change", apply);
  apply();
}
