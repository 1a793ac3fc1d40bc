// Which statements were entered before, also before the page was loaded?

const LIMIT = 1000;

/** The part of `Storage` that is used; a page may be forbidden to have it. */
export type Store = Pick<Storage, "getItem" | "setItem">;

export class History {
  readonly #key: string;
  readonly #store: Store | undefined;
  #entries: string[] = [];
  /** The entry that is shown; as many as there are: the line that is being typed. */
  #at = 0;
  #draft = "";

  /**
   * @param store usually localStorage; undefined to forget everything with the page
   * @param key under which the entries are stored
   */
  constructor(store: Store | undefined, key: string) {
    this.#store = store;
    this.#key = key;
    this.#entries = this.#load();
    this.#at = this.#entries.length;
  }

  /** Keep an entry, the newest. */
  add(entry: string): void {
    // Another tab may have added some.
    this.#entries = this.#load();
    if (entry.trim() !== "" && entry !== this.#entries.at(-1)) {
      this.#entries.push(entry);
      this.#entries.splice(0, this.#entries.length - LIMIT);
      try {
        this.#store?.setItem(this.#key, JSON.stringify(this.#entries));
      } catch {
        // The store is full or forbidden: what was entered is remembered until the page is left.
      }
    }
    this.#at = this.#entries.length;
    this.#draft = "";
  }

  /**
   * The entry before (-1) or after (1) the one that is shown.
   *
   * @param current what is shown; kept if it is the line that is being typed
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
      // as if it was empty
    }
    return this.#entries;
  }
}
