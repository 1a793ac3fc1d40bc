// How do the tests read the sources? As the build does.

import { defineConfig } from "vitest/config";
import { viteWat } from "./runtime/js/wat.mjs";

export default defineConfig({ plugins: [viteWat] });
