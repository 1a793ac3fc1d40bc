// Measures a start until the first result, in a page, a worker or Node.
//
// The options: index, the folder with pyodide.mjs; snapshot, its name, or ""; packages and code.

/**
 * @param {Record<string, string>} options
 * @returns {Promise<{ result: number }>} milliseconds since the navigation, or since the start of Node
 */
export async function firstResult({ index, snapshot, packages, code, ...options }) {
  const { loadPyodide } = await import(`${index}pyodide.mjs`);
  const loaded = snapshot ? { snapshot } : { packages: packages?.split(",") };
  const pyodide = await loadPyodide({ ...options, ...loaded });
  pyodide.runPython(code ?? "");
  return { result: performance.now() };
}
