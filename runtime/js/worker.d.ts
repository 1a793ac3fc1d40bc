// What do the scripts of workers use that TypeScript's library "DOM" lacks? (Its library
// "WebWorker" excludes "DOM".)

/** Only in a classic worker. */
declare function importScripts(...urls: string[]): void;
