import { columns, groups, type Selection, shows } from './selection.ts';

export const wholeReport: Selection = {
  filter: '',
  show: 'all',
  sort: 'until',
  isDescending: false,
  group: 'none',
};

/** The selection that the end of an address names: `#role=reports`, `#to=writer@…&show=active`. Unknown parts are ignored. */
export const parseSelection = (hash: string): Selection => {
  // People type a + of a role's name as it is.
  const parts = new URLSearchParams(hash.replace(/^#/, '').replaceAll('+', '%2B'));
  const part = (name: string): string | undefined => {
    const value = parts.get(name);
    return value === null || value === '' ? undefined : value;
  };
  const oneOf = <const T extends string>(name: string, known: readonly T[], usual: T): T =>
    known.find((one) => one === part(name)) ?? usual;
  const [role, to, sort = ''] = [part('role'), part('to'), part('sort')];
  return {
    filter: part('filter') ?? '',
    show: oneOf('show', shows, wholeReport.show),
    ...(role === undefined ? {} : { role }),
    ...(to === undefined ? {} : { to }),
    sort: columns.find((one) => one === sort.replace(/^-/, '')) ?? wholeReport.sort,
    isDescending: sort.startsWith('-'),
    group: oneOf('group', groups, wholeReport.group),
  };
};

/** Whether the end of an address names a selection. `#filter` names a part of the page: the skip link leads there. */
export const isSelectionLink = (hash: string): boolean => hash === '' || hash === '#' || hash.includes('=');

/** The end of an address that names a selection; only parts that differ from the usual. */
export const selectionLink = ({ filter, show, role, to, sort, isDescending, group }: Selection): string => {
  const sorted = `${isDescending ? '-' : ''}${sort}`;
  const parts = Object.entries({
    role,
    to,
    filter: filter === '' ? undefined : filter,
    show: show === wholeReport.show ? undefined : show,
    group: group === wholeReport.group ? undefined : group,
    sort: sorted === wholeReport.sort ? undefined : sorted,
  }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]]));
  // Addresses are read by people: these characters are common in names, and safe behind a #.
  return `#${new URLSearchParams(parts).toString().replaceAll('+', '%20').replaceAll('%40', '@').replaceAll('%2F', '/').replaceAll('%3A', ':')}`;
};
