// snapshot.js, restore.js

// Where a side module is. Without functions in the table, its `tableBase` is 0; `order` is the length
// of the table then.
interface LibraryPlace {
  exports: Exports;
  memoryBase: Pointer;
  tableBase: number;
  tableSize: number;
  order: number;
}
interface SavedLibrary {
  path: string;
  exports: Exports; // not in the snapshot
  memoryBase: Pointer;
  tableBase: number;
  tableSize: number;
  needed: string[]; // file names
  isOpen: boolean; // whether dlopen has had it
  isGlobal: boolean; // RTLD_GLOBAL
  scope: number; // libraries of one dlopen find each other's symbols
  handles: Pointer[];
}
type SavedFunctions = [index: number, owner: number, names: string[]];
type SavedValue = [index: number, root: string, ...names: string[]];
interface SnapshotState {
  today: boolean;
  memory: number; // bytes
  stack: [end: Pointer, base: Pointer];
  start: number;
  table: number;
  libraries: SavedLibrary[];
  functions: SavedFunctions[];
  free: number[]; // places in the table
  got: Record<string, number>;
  values: SavedValue[];
  freeValues: number[];
  proxies: Pointer[]; // the JsProxies that $jsProxies has
  hashes: number[]; // of the values; 0 without one
  lastHash: number;
  types: [features: number, type: Pointer][];
}
type Roots = Record<string, object>;
declare var coreHash: string;
declare var tableStart: number;
declare function snapshotStart(): void;
declare var snapshotMain: number;
declare var snapshotJs: number;
declare function snapshotBusy(): string;
declare function snapshotCall(name: string, text: string): string;
declare function saveSnapshot(roots: Roots): {
  state: SnapshotState;
  heap: Uint8Array;
  reasons: string[];
};
declare function snapshotLibraries(reasons: string[]): SavedLibrary[];
declare function snapshotFunctions(libraries: SavedLibrary[], reasons: string[]): SavedFunctions[];
declare function snapshotValues(roots: Roots): { values: SavedValue[]; unnamed: string[] };
declare function snapshotName(value: Value, roots: Roots): [string, ...string[]] | undefined;
declare function snapshotDescription(value: Value): string;
declare var librariesHeld: boolean;
declare function holdLibraries(): void;
declare function restoreSnapshot(
  state: SnapshotState,
  start: { argv: string[]; orig_argv: string[] },
  mode: Partial<typeof apiMode>,
  roots: Roots,
  fill: (heap: Uint8Array) => void,
): Promise<void>;
declare var libraryReplay: SavedLibrary[] | undefined;
declare function restoreLibraries(libraries: SavedLibrary[]): Promise<void>;
declare function restoreTable(): void;
declare function restorePlace(): SavedLibrary | undefined;
declare function restoreExports(
  exports: Exports,
  found: Pick<LibraryPlace, "memoryBase" | "tableBase">,
): void;
declare function restoreFunctions(state: SnapshotState): void;
declare function restoreValues(state: SnapshotState, roots: Roots): void;
declare var valuesToName: [
  name: string[],
  index: number,
  proxy: Pointer | undefined,
  hash: number,
][];
declare function nameValues(root: string, object: object): void;
declare function _core_snapshot_call(name: Pointer, argument: Pointer): Pointer;
declare function _core_resume(): void;

// Emscripten's dynamic linker (dylink.js)
declare var libraryPlaces: LibraryPlace[];
declare var libraryTable: Pick<LibraryPlace, "tableBase" | "tableSize" | "order">;
declare var libraryScope: object;
declare function getMemory(size: number): Pointer;
declare function updateTableMap(offset: number, count: number): void;
declare function mergeLibSymbols(exports: Exports, name: string): void;
declare function relocateExports(exports: Exports, memoryBase: Pointer, replace?: boolean): Exports;
declare function pyNamesForget(): void;

// Emscripten
declare var wasmTable: WebAssembly.Table;
declare var freeTableIndexes: number[];
declare var functionsInTableMap: WeakMap<Value, number> | undefined;
declare function growMemory(bytes: number): number | undefined;
declare function getEnvStrings(): string[];
declare function _calloc(count: number, bytes: number): Pointer;
declare function _emscripten_stack_get_base(): Pointer;
declare function _emscripten_stack_get_end(): Pointer;
