/** @throws if the page lacks the element, which the page's own text contains */
export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found;
};

export const textIn = (id: string): string => byId(id).textContent;

export const inputOf = (id: string): HTMLInputElement | HTMLSelectElement => {
  const found = byId(id);
  if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
  throw new Error(`The page's element ${id} is not an input.`);
};

type Attributes = Readonly<Record<string, string | undefined>>;

/** An element with attributes and children. A text stays a text. */
export const element = (
  name: string,
  attributes: Attributes,
  ...children: readonly (Node | string)[]
): HTMLElement => filled(document.createElement(name), attributes, children);

export const svgElement = (
  name: string,
  attributes: Attributes,
  ...children: readonly (Node | string)[]
): SVGElement => filled(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

const filled = <T extends Element>(
  made: T,
  attributes: Attributes,
  children: readonly (Node | string)[],
): T => {
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
};
