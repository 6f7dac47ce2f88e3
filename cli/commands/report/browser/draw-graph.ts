import {
  type Graph,
  type GraphEdge,
  type GraphNode,
  graphOf,
  maxEdges,
} from '../../../../shared/report/graph.ts';
import type { RowGroup } from '../../../../shared/report/selection.ts';
import { selectionLink, wholeReport } from '../../../../shared/report/selection-link.ts';
import { byId, svgElement } from './dom.ts';

const lineHeight = 26;
/** A letter of 13 px in the widest of the fonts that a page may have. */
const letterWidth = 8;
/** The space between the names. */
const lineWidth = 160;

/** Draws the connections of the rows that are selected, if they can be read. */
export const drawGraph = (groups: readonly RowGroup[]): void => {
  const place = byId('graph');
  const graph = graphOf(groups.flatMap(({ rows }) => rows));
  byId('graph-note').textContent =
    graph === undefined
      ? `The selection has more than ${maxEdges} connections. Filter it to draw them.`
      : graphText(graph);
  place.replaceChildren(...(graph === undefined || graph.edges.length === 0 ? [] : [drawing(graph)]));
  byId('graph-hint').hidden = place.scrollWidth <= place.clientWidth;
};

const graphText = ({ roles, resources }: Graph): string =>
  `${roles.length} ${roles.length === 1 ? 'role' : 'roles'}, ${resources.length} ${resources.length === 1 ? 'service account or resource' : 'service accounts and resources'}. Solid lines show access that exists now, dashed lines access that is pending or not known, and dotted lines refused requests.`;

/** As wide as the longest names: on a narrow screen every pixel counts. */
const drawing = ({ roles, resources, edges }: Graph): SVGElement => {
  const roleX = widthOf(roles);
  const resourceX = roleX + lineWidth;
  const width = resourceX + widthOf(resources);
  const height = Math.max(roles.length, resources.length) * lineHeight + 8;
  const y = (index: number, count: number): number =>
    (height - count * lineHeight) / 2 + (index + 0.5) * lineHeight;
  return svgElement(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width: String(width),
      height: String(height),
      role: 'group',
      'aria-label': 'Who reaches what',
    },
    ...edges.map((edge) =>
      line(
        edge,
        { x: roleX + 8, y: y(edge.from, roles.length) },
        { x: resourceX - 8, y: y(edge.to, resources.length) },
      ),
    ),
    ...roles.map((node, index) => nodeElement(node, 'role', { x: roleX, y: y(index, roles.length) })),
    ...resources.map((node, index) =>
      nodeElement(node, 'to', { x: resourceX, y: y(index, resources.length) }),
    ),
  );
};

const widthOf = (nodes: readonly GraphNode[]): number =>
  letterWidth * Math.max(...nodes.map(({ name }) => shortened(name).length));

interface Point {
  readonly x: number;
  readonly y: number;
}

const line = ({ kind, texts }: GraphEdge, from: Point, to: Point): SVGElement => {
  const middle = (from.x + to.x) / 2;
  return svgElement(
    'path',
    {
      class: `edge ${kind}`,
      d: `M${from.x} ${from.y} C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`,
    },
    svgElement('title', {}, texts.join('\n')),
  );
};

const nodeElement = ({ name, link }: GraphNode, kind: 'role' | 'to', { x, y }: Point): SVGElement =>
  svgElement(
    'a',
    { href: selectionLink({ ...wholeReport, [kind]: link }), class: kind },
    svgElement('title', {}, name),
    svgElement(
      'text',
      {
        x: String(x),
        y: String(y),
        'text-anchor': kind === 'role' ? 'end' : 'start',
        'dominant-baseline': 'middle',
      },
      shortened(name),
    ),
  );

/** The text's full form is in its title. */
const shortened = (name: string): string => (name.length > 44 ? `${name.slice(0, 43)}\u2026` : name);
