import { renderMermaidSVG } from 'beautiful-mermaid';

/**
 * A Mermaid diagram as SVG, drawn during the build: the page loads no script for it. theme/diagram.css has its colors. The diagram's `accTitle` and `accDescr` become its text alternative, as on GitHub.
 */
export const drawMermaid = (source: string): string => {
  const title = valueOf(source, 'accTitle');
  const description = valueOf(source, 'accDescr');
  if (title === '' || description === '')
    throw new Error(
      `A Mermaid diagram has no accTitle or accDescr. Add both below its first line:\n${source}`,
    );
  const svg = renderMermaidSVG(source.replaceAll(/^\s*acc(Title|Descr):.*\n/gm, ''), {
    transparent: true,
    layerSpacing: 26,
    padding: 8,
  });
  return `<figure class="diagram" role="img" aria-label="${escaped(`${title}. ${description}`)}">${withoutStyles(svg)}</figure>\n`;
};

const valueOf = (source: string, name: string): string =>
  new RegExp(`^\\s*${name}: *(.+)$`, 'm').exec(source)?.[1] ?? '';

/** Its styles would load a font from the network, and Vue drops styles inside of a page. */
const withoutStyles = (svg: string): string =>
  svg.replace(/<style>.*?<\/style>/s, '').replace(/(<svg [^>]*?) style="[^"]*"/, '$1');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
