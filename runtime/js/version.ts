// Which versions does a program see?

/**
 * The version of the API: that of the Pyodide whose documentation describes it. Programs compare
 * it. `pyodide.__version__` in Python is the same in an interpreter with this API.
 */
export const version = "314.0.7";

/** The version of this distribution, which has nothing to do with the version of the API. */
export const distributionVersion = "0.1.0";
