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

const width = 760;
const lineHeight = 26;
const roleX = 250;
const resourceX = 430;

/** Draws the connections of the rows that are selected, if they can be read. */
export const drawGraph = (groups: readonly RowGroup[]): void => {
  const place = byId('graph');
  const graph = graphOf(groups.flatMap(({ rows }) => rows));
  byId('graph-note').textContent =
    graph === undefined
      ? `The selection has more than ${maxEdges} connections. Filter it to draw them.`
      : graphText(graph);
  place.replaceChildren(...(graph === undefined || graph.edges.length === 0 ? [] : [drawing(graph)]));
};

const graphText = ({ roles, resources }: Graph): string =>
  `${roles.length} ${roles.length === 1 ? 'role' : 'roles'}, ${resources.length} ${resources.length === 1 ? 'service account or resource' : 'service accounts and resources'}. A solid line is access that exists now, a dashed line is pending or not known, and a dotted line is refused.`;

const drawing = ({ roles, resources, edges }: Graph): SVGElement => {
  const height = Math.max(roles.length, resources.length) * lineHeight + 8;
  const top = (count: number): number => (height - count * lineHeight) / 2 + lineHeight / 2;
  const y = (index: number, count: number): number => top(count) + index * lineHeight;
  return svgElement(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      width: String(width),
      height: String(height),
      role: 'group',
      'aria-label': 'Who reaches what',
    },
    ...edges.map((edge) => line(edge, y(edge.from, roles.length), y(edge.to, resources.length))),
    ...roles.map((node, index) => nodeElement(node, 'role', y(index, roles.length))),
    ...resources.map((node, index) => nodeElement(node, 'to', y(index, resources.length))),
  );
};

const line = ({ kind, texts }: GraphEdge, from: number, to: number): SVGElement =>
  svgElement(
    'path',
    {
      class: `edge ${kind}`,
      d: `M${roleX + 8} ${from} C${(roleX + resourceX) / 2} ${from} ${(roleX + resourceX) / 2} ${to} ${resourceX - 8} ${to}`,
    },
    svgElement('title', {}, texts.join('\n')),
  );

const nodeElement = ({ name, link }: GraphNode, kind: 'role' | 'to', y: number): SVGElement =>
  svgElement(
    'a',
    { href: selectionLink({ ...wholeReport, [kind]: link }), class: kind },
    svgElement('title', {}, name),
    svgElement(
      'text',
      {
        x: String(kind === 'role' ? roleX : resourceX),
        y: String(y),
        'text-anchor': kind === 'role' ? 'end' : 'start',
        'dominant-baseline': 'middle',
      },
      shortened(name),
    ),
  );

/** The text's full form is in its title. */
const shortened = (name: string): string => (name.length > 44 ? `${name.slice(0, 43)}\u2026` : name);
