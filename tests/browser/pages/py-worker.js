const pyodideWorker = new Worker("/webworker.js");

/**
 * @param {string} script
 * @param {object} context
 * @param {(answer: object) => void} onSuccess
 * @param {(error: ErrorEvent) => void} onError
 */
export function run(script, context, onSuccess, onError) {
  pyodideWorker.onerror = onError;
  pyodideWorker.onmessage = (e) => onSuccess(e.data);
  pyodideWorker.postMessage({
    ...context,
    python: script,
  });
}

// Transform the run (callback) form to a more modern async form.
// This is what allows to write:
//   const {results, error} = await asyncRun(script, context);
// Instead of:
//   run(script, context, successCallback, errorCallback);
/**
 * @param {string} script
 * @param {object} context
 */
export function asyncRun(script, context) {
  return new Promise((onSuccess, onError) => {
    run(script, context, onSuccess, onError);
  });
}
