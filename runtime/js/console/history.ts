// Which statements did the user enter before, also on earlier visits?

const LIMIT = 1000;

/** The part of `Storage` that is used. */
export type Store = Pick<Storage, "getItem" | "setItem">;

export class History {
  readonly #key: string;
  readonly #store: Store | undefined;
  #entries: string[] = [];
  /** Index of the shown entry. The number of entries stands for the line being typed. */
  #at = 0;
  #draft = "";

  /**
   * @param store usually localStorage; undefined to keep the entries only as long as the page
   * @param key the entries' key in the store
   */
  constructor(store: Store | undefined, key: string) {
    this.#store = store;
    this.#key = key;
    this.#entries = this.#load();
    this.#at = this.#entries.length;
  }

  /** Add the newest entry. */
  add(entry: string): void {
    // Another tab may have added some.
    this.#entries = this.#load();
    if (entry.trim() !== "" && entry !== this.#entries.at(-1)) {
      this.#entries.push(entry);
      this.#entries.splice(0, this.#entries.length - LIMIT);
      try {
        this.#store?.setItem(this.#key, JSON.stringify(this.#entries));
      } catch {
        // The store is full or forbidden: the entries are kept as long as the page.
      }
    }
    this.#at = this.#entries.length;
    this.#draft = "";
  }

  /**
   * The entry before (-1) or after (1) the shown entry.
   *
   * @param current the shown text; kept if it is the line being typed
   * @returns undefined at either end
   */
  step(by: -1 | 1, current: string): string | undefined {
    const at = this.#at + by;
    if (at < 0 || at > this.#entries.length) return undefined;
    if (this.#at === this.#entries.length) this.#draft = current;
    this.#at = at;
    return this.#entries[at] ?? this.#draft;
  }

  #load(): string[] {
    try {
      const entries: unknown = JSON.parse(this.#store?.getItem(this.#key) ?? "null");
      if (Array.isArray(entries)) return entries.filter((entry) => typeof entry === "string");
    } catch {
      // as an empty history
    }
    return this.#entries;
  }
}
