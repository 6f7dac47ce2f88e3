/**
 * Empties the caches of our modules between tests. What an earlier test computed would hide a mutant from the next one, and what
 * a mutant computed would outlive it.
 */
export const forgetCaches = (): void => {
  for (const cache of caches) cache.forget();
};

/** Our modules keep their caches in WeakMaps, which nothing else can reach. To be called before they are loaded. */
export const watchCaches = (): void => {
  globalThis.WeakMap = new Proxy(WeakMap, {
    construct: (original, parameters, target) =>
      // A library may keep there what belongs to an object, and needs it as long as the object.
      new Error().stack?.includes('/shared/') === true
        ? new ForgetfulMap()
        : Reflect.construct(original, parameters, target),
  });
};

const caches: ForgetfulMap[] = [];

class ForgetfulMap extends WeakMap<WeakKey, unknown> {
  #known = new WeakMap<WeakKey, unknown>();

  constructor() {
    super();
    caches.push(this);
  }

  forget(): void {
    this.#known = new WeakMap();
  }

  override get(key: WeakKey): unknown {
    return this.#known.get(key);
  }

  override set(key: WeakKey, value: unknown): this {
    this.#known.set(key, value);
    return this;
  }
}
