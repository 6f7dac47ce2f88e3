import { isActive } from './counts.ts';
import { resourceOf, type ShownRow } from './selection.ts';

/** A drawing of who reaches what: roles on the left, service accounts and resources on the right. */
export interface Graph {
  readonly roles: readonly GraphNode[];
  readonly resources: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  readonly name: string;
  /** For a deep link. */
  readonly link: string;
}

export interface GraphEdge {
  /** Index of the role. */
  readonly from: number;
  /** Index of the resource. */
  readonly to: number;
  /** `active`: at least one access exists now. */
  readonly kind: 'active' | 'pending' | 'refused';
  /** Names the access of each row. */
  readonly texts: readonly string[];
}

/** More lines than this are a tangle. */
export const maxEdges = 60;

/** The graph of a selection; undefined if it has too many connections to be read. */
export const graphOf = (rows: readonly ShownRow[]): Graph | undefined => {
  const joined = new Map<string, ShownRow[]>();
  for (const one of rows) {
    const key = JSON.stringify([one.label, resourceOf(one)]);
    joined.set(key, [...(joined.get(key) ?? []), one]);
    if (joined.size > maxEdges) return undefined;
  }
  const roles = [...new Set(rows.map(({ label }) => label))].toSorted();
  const places = new Map(roles.map((label, index) => [label, index]));
  // A resource stands beside its roles, so that few lines cross.
  const height = (name: string): number => {
    const own = rows.filter((one) => resourceOf(one) === name).map(({ label }) => places.get(label) ?? 0);
    return own.reduce((sum, place) => sum + place, 0) / own.length;
  };
  const resources = [...new Set(rows.map(resourceOf))]
    .map((name) => ({ name, at: height(name) }))
    .toSorted((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
  return {
    roles: roles.map((name) => ({ name, link: linkOf(rows, (one) => one.label === name, 'role') })),
    resources: resources.map((name) => ({
      name,
      link: linkOf(rows, (one) => resourceOf(one) === name, 'to'),
    })),
    edges: [...joined.values()].flatMap((own) =>
      own.slice(0, 1).map((first) => ({
        from: roles.indexOf(first.label),
        to: resources.indexOf(resourceOf(first)),
        kind: kindOf(own),
        texts: own.map(({ cells }) => `${cells.access}: ${cells.state}`),
      })),
    ),
  };
};

/** The names as they are: a shown name may have characters written out. */
const linkOf = (
  rows: readonly ShownRow[],
  isOwn: (one: ShownRow) => boolean,
  kind: 'role' | 'to',
): string => {
  const row = rows.find(isOwn)?.row;
  if (row === undefined) return '';
  return kind === 'role' ? `${row.role.accountId}/${row.role.roleName}` : (row.resource ?? row.target);
};

const kindOf = (rows: readonly ShownRow[]): GraphEdge['kind'] => {
  const states = rows.map(({ row: { state } }) => state);
  if (rows.some(({ row }) => isActive(row))) return 'active';
  return states.every((state) => state === 'refused') ? 'refused' : 'pending';
};
