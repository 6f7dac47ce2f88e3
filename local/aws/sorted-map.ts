/** A map that returns its values in the order of their keys, sorted once for all pages of a listing. */
export class SortedMap<V> extends Map<string, V> {
  #sorted: readonly V[] | undefined;

  override set(key: string, value: V): this {
    this.#sorted = undefined;
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#sorted = undefined;
    return super.delete(key);
  }

  override clear(): void {
    this.#sorted = undefined;
    super.clear();
  }

  sorted(): readonly V[] {
    this.#sorted ??= [...this.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
    return this.#sorted;
  }
}
