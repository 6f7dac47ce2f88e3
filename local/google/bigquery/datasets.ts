import { randomBytes } from 'node:crypto';
import type { Resource } from '../access.ts';
import type { Project } from '../projects.ts';
import type { Surroundings } from '../surroundings.ts';
import { type AccessEntry, bindingsOf } from './access-entries.ts';

export interface Dataset extends Resource {
  readonly id: string;
  readonly project: Project;
  readonly tables: Map<string, Table>;
  readonly access: () => readonly AccessEntry[];
  readonly etag: () => string;
  /** A description, labels; stored as sent. */
  fields: Readonly<Record<string, unknown>>;
  /** Someone's edit: stored unchecked, under a new etag. */
  readonly replace: (access: readonly AccessEntry[]) => void;
}

export interface Table {
  readonly fields: readonly { readonly name: string; readonly type: string }[];
  /** Rows of values in the order of the fields. */
  readonly rows: readonly (readonly unknown[])[];
}

export interface DatasetOptions {
  /** @default Google's for new datasets: the project's basic roles */
  readonly access?: readonly AccessEntry[];
  readonly tables?: Readonly<Record<string, Table>>;
}

export interface Datasets {
  readonly add: (project: string, id: string, options?: DatasetOptions) => Dataset;
  readonly remove: (project: string, id: string) => void;
  /** @throws Error if there is no such dataset. */
  readonly dataset: (project: string, id: string) => Dataset;
  readonly find: (project: string, id: string) => Dataset | undefined;
  readonly inProject: (project: string) => readonly Dataset[];
}

export const createDatasets = ({ projects }: Pick<Surroundings, 'projects'>): Datasets => {
  const datasets = new Map<string, Dataset>();
  const keyOf = (project: string, id: string) => `${projects.find(project)?.id ?? project}:${id}`;
  const find = (project: string, id: string) => datasets.get(keyOf(project, id));
  return {
    add: (projectId, id, options) => {
      const dataset = newDataset(projects.ensure(projectId), id, options);
      datasets.set(keyOf(projectId, id), dataset);
      return dataset;
    },
    remove: (project, id) => void datasets.delete(keyOf(project, id)),
    dataset: (project, id) => {
      const dataset = find(project, id);
      if (dataset === undefined) throw new Error(`the local world has no dataset ${project}:${id}`);
      return dataset;
    },
    find,
    inProject: (project) =>
      [...datasets.values()].filter((dataset) => dataset.project.id === projects.find(project)?.id),
  };
};

const service = 'bigquery.googleapis.com';

const newDataset = (
  project: Project,
  id: string,
  { access = newAccess, tables = {} }: DatasetOptions = {},
): Dataset => {
  let stored = structuredClone(access);
  let etag = newEtag();
  const name = `projects/${project.id}/datasets/${id}`;
  return {
    id,
    project,
    name,
    parent: project,
    attributes: { name, service, type: `${service}/Dataset` },
    policy: { bindings: () => bindingsOf(stored, project.id) },
    tables: new Map(Object.entries(tables)),
    access: () => stored,
    etag: () => etag,
    fields: {},
    replace: (entries) => {
      etag = newEtag();
      stored = structuredClone(entries);
    },
  };
};

const newAccess: readonly AccessEntry[] = [
  { role: 'WRITER', specialGroup: 'projectWriters' },
  { role: 'OWNER', specialGroup: 'projectOwners' },
  { role: 'READER', specialGroup: 'projectReaders' },
];

/** Opaque. Unlike the etags of policies, it changes with every write to the dataset. */
const newEtag = (): string => randomBytes(12).toString('base64');

export const tableResource = (dataset: Dataset, table: string): Resource => {
  const name = `${dataset.name}/tables/${table}`;
  return {
    name,
    parent: dataset,
    attributes: { name, service, type: `${service}/Table` },
    policy: { bindings: () => [] },
  };
};
