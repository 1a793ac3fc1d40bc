// Which options of the loader import the modules that it needs on demand?

import type { LoaderOptions } from "../src/index.js";

export const modules: Pick<LoaderOptions, "importSolver" | "importAddressPackage"> = {
  importSolver: () => import("../src/solver.js"),
  importAddressPackage: () => import("../src/address-package.js"),
};
