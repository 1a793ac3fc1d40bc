// What does a start refuse before it fetches anything?

import { expect, test } from "vitest";
import { start } from "../load.js";

test("a script without an address needs the address of the distribution", async () => {
  await expect(start({}, "")).rejects.toThrow("needs the option indexURL");
});
