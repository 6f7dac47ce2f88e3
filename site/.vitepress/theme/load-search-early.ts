/**
 * Loads the search index, which has a megabyte, as soon as a reader reaches for the search button: by pointer, touch or keyboard.
 * Otherwise it would be loaded after the search box has opened, and the first words would find nothing for a while.
 */
export const loadSearchEarly = (): void => {
  const controller = new AbortController();
  const { signal } = controller;
  const load = ({ target }: Event): void => {
    if (!(target instanceof Element) || target.closest('#local-search') === null) return;
    controller.abort();
    void loadIndex();
  };
  for (const event of ['pointerover', 'touchstart', 'focusin'])
    document.addEventListener(event, load, { passive: true, signal });
};

/** VitePress makes these modules: one that lists the indexes by language, and the index itself. */
const loadIndex = async (): Promise<void> => {
  const { default: indexes } = await import('@localSearchIndex');
  await indexes.root();
};
