// Asks libsolv or rattler's solver to solve a spec. For both solvers a Python is already loaded.

const platform = "emscripten-wasm32";
const python = {
  name: "python",
  version: "3.13.5",
  build: "h_0",
  build_number: 0,
  subdir: platform,
};
const sha256 = "0".repeat(64);

/**
 * @param {string} module URL of the solver
 * @param {string} channel URL of the channel
 * @param {boolean} withLock whether the solver gets the channel's lock
 * @param {object} options of the Solver
 * @returns a function that solves a spec and returns the number of packages to load
 */
export async function ours(module, channel, withLock = false, options = {}) {
  /** @type {typeof import("../../loader/src/solver.js")} */
  const { Solver } = await import(module);
  const solver = new Solver({ channels: [channel], platform, fetcher: fetcher(), ...options });
  const known = withLock ? lockOf(channel) : undefined;
  const record = { ...python, file: "python-3.13.5-h_0.conda", sha256, depends: [] };
  return async (/** @type {string} */ text) => {
    const [named = "", constraint = ""] = text.split(" ");
    const [name = "", from = null] = named.split("::").reverse();
    const specs = [{ name, constraint, channel: from, subdir: null }];
    return (await solver.solve(specs, [{ record, channel }], await known)).length;
  };
}

/** @param {string} channel */
async function lockOf(channel) {
  const { packages } = await (await fetch(`${channel}default-lock.json`)).json();
  return new Map(packages.map((/** @type {any} */ record) => [record.name, { record, channel }]));
}

/**
 * A fetcher without the retries and the cache of the loader's fetcher.
 *
 * @returns {any} has the methods of Fetcher that the solver calls
 */
function fetcher() {
  /** @type {(url: string, cache?: RequestCache) => Promise<Uint8Array | null>} */
  const fetchNewest = async (url, cache = "no-cache") => {
    const response = await fetch(url, { cache });
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
  };
  /** @satisfies {{ [Method in keyof import("../../loader/src/fetch.js").Fetcher]?: unknown }} */
  const methods = {
    storeFor: async () => null,
    fetchNewest,
    fetchExisting: (/** @type {string} */ url) => fetchNewest(url, "default"),
  };
  return methods;
}

/**
 * The same function with rattler's solver.
 *
 * @param {string} module URL of @conda-org/rattler
 * @param {string} channel URL of the channel
 */
export async function rattler(module, channel) {
  const { simpleSolve } = await import(module);
  const installed = [
    ["python", python.version, python.build],
    ["__unix", "0", "0"],
    ["__emscripten", "0", "0"],
  ].map(([packageName, version, build]) => {
    const filename = `${packageName}-${version}-${build}.conda`;
    const url = `${channel}${platform}/${filename}`;
    return {
      url,
      packageName,
      version,
      build,
      buildNumber: 0,
      filename,
      sha256,
      subdir: platform,
      depends: [],
    };
  });
  return async (/** @type {string} */ text) => {
    /** @type {{ packageName: string }[]} */
    const found = await simpleSolve(
      [text, "python ==3.13.5"],
      [channel],
      [platform, "noarch"],
      installed,
    );
    return found.filter(({ packageName }) => packageName.startsWith("package-")).length;
  };
}
