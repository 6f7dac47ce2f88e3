import { invalid, notFound } from './errors.ts';
import { type Fields, type Method, timestampOf } from './method.ts';
import type { Operation, Operations } from './operations.ts';
import { page } from './page.ts';
import {
  checkId,
  existing,
  free,
  newPool,
  newProvider,
  type Pools,
  type Soft,
  shownPool,
  shownProvider,
  type Update,
  updatePool,
  updateProvider,
} from './pools.ts';
import type { Project, Projects } from './projects.ts';

/** Pools and providers have the same methods. They differ in these points. */
interface Kind<T extends Soft> {
  readonly noun: 'workloadIdentityPools' | 'workloadIdentityPoolProviders';
  readonly idParameter: string;
  /** The collection's path, without `/v1/`. */
  readonly collection: string;
  readonly type: string;
  readonly pageSize: { readonly usual: number; readonly most: number };
  readonly in: (parent: string) => Map<string, T>;
  readonly key: (parent: string, id: string) => string;
  readonly make: () => T;
  readonly update: Update<T>;
  readonly show: (name: string, item: T) => object;
}

export const poolMethods = (
  pools: Pools,
  projects: Projects,
  operations: Operations,
  now: () => Date,
): readonly Method[] => {
  const inProject = 'projects/(?<project>[^/]+)/locations/global/workloadIdentityPools';
  const poolKind: Kind<ReturnType<typeof newPool>> = {
    noun: 'workloadIdentityPools',
    idParameter: 'workloadIdentityPoolId',
    collection: inProject,
    type: 'google.iam.admin.v1.WorkloadIdentityPool',
    pageSize: { usual: 50, most: 1000 },
    in: () => pools,
    key: (parent, id) => `${parent}/workloadIdentityPools/${id}`,
    make: newPool,
    update: updatePool,
    show: shownPool,
  };
  const providerKind: Kind<ReturnType<typeof newProvider>> = {
    noun: 'workloadIdentityPoolProviders',
    idParameter: 'workloadIdentityPoolProviderId',
    collection: `${inProject}/(?<pool>[^/:]+)/providers`,
    type: 'google.iam.admin.v1.WorkloadIdentityPoolProvider',
    pageSize: { usual: 50, most: 100 },
    in: (parent) => existing(pools.get(parent)).providers,
    key: (_, id) => id,
    make: newProvider,
    update: updateProvider,
    show: shownProvider,
  };
  return [
    ...methodsOf(poolKind, projects, operations, now),
    ...methodsOf(providerKind, projects, operations, now),
  ];
};

type Path = Readonly<Record<string, string>>;

const keptMilliseconds = 30 * 24 * 3_600_000;

const methodsOf = <T extends Soft>(
  kind: Kind<T>,
  projects: Projects,
  operations: Operations,
  now: () => Date,
): readonly Method[] => {
  const last = kind.noun === 'workloadIdentityPools' ? 'workloadIdentityPools' : 'providers';
  /** Google's answers name the project by its number, even if the request used its id. */
  const parentOf = ({ number }: Project, { pool }: Path): string =>
    `projects/${number}/locations/global${pool === undefined ? '' : `/workloadIdentityPools/${pool}`}`;
  const method = (
    verb: string,
    http: Method['http'],
    end: string,
    perform: (parent: string, path: Path, query: URLSearchParams, body: Fields) => unknown,
  ): Method => {
    const permission = `iam.${kind.noun}.${verb === 'patch' ? 'update' : verb}`;
    return {
      name: `iam.${kind.noun}.${verb}`,
      http,
      path: new RegExp(
        `^/v1/(?<resource>${kind.collection}${end.replace(/:\w+$/, '')})${/:\w+$/.exec(end)?.[0] ?? ''}$`,
      ),
      permission,
      prepare: ({ path, query, body }) => {
        const on = projects.get(path['project'] ?? '', permission);
        return { on, perform: () => perform(parentOf(on, path), path, query, body) };
      },
    };
  };
  const item = '/(?<id>[^/:]+)';
  const nameOf = (parent: string, id: string) => `${parent}/${last}/${id}`;
  const find = (parent: string, { id = '' }: Path): T => existing(kind.in(parent).get(kind.key(parent, id)));
  const changed = (parent: string, id: string, target: T): Operation =>
    operations.start(`${nameOf(parent, id)}/`, kind.type, () => kind.show(nameOf(parent, id), target));

  return [
    method('get', 'GET', item, (parent, path) =>
      kind.show(nameOf(parent, path['id'] ?? ''), find(parent, path)),
    ),
    method('list', 'GET', '', (parent, _, query) => {
      const showsDeleted = query.get('showDeleted')?.toLowerCase() === 'true';
      const listed = [...kind.in(parent)]
        .filter(([key]) => key.startsWith(kind.key(parent, '')))
        .filter(([, { expireTime }]) => expireTime === undefined || showsDeleted);
      const { items, ...next } = page(listed, ([key]) => key, query, kind.pageSize);
      const shown = items.map(([key, target]) =>
        kind.show(nameOf(parent, key.slice(key.lastIndexOf('/') + 1)), target),
      );
      return { ...(shown.length === 0 ? {} : { [kind.noun]: shown }), ...next };
    }),
    method('create', 'POST', '', (parent, _, query, body) => {
      const id = query.get(kind.idParameter) ?? '';
      checkId(last, id);
      const within = kind.in(parent);
      free(within.get(kind.key(parent, id)));
      const target = kind.make();
      kind.update(target, body, (field) => body[field] !== undefined);
      within.set(kind.key(parent, id), target);
      return changed(parent, id, target);
    }),
    method('patch', 'PATCH', item, (parent, path, query, body) => {
      const mask = (query.get('updateMask') ?? '').split(',').filter((field) => field !== '');
      if (mask.length === 0) throw invalid('The update mask must not be empty.');
      const target = find(parent, path);
      kind.update(target, body, (field) => mask.includes(field));
      return changed(parent, path['id'] ?? '', target);
    }),
    method('delete', 'DELETE', item, (parent, path) => {
      const target = find(parent, path);
      if (target.expireTime !== undefined) throw notFound();
      target.expireTime = timestampOf(now().getTime() + keptMilliseconds);
      return changed(parent, path['id'] ?? '', target);
    }),
    method('undelete', 'POST', `${item}:undelete`, (parent, path) => {
      const target = find(parent, path);
      Reflect.deleteProperty(target, 'expireTime');
      return changed(parent, path['id'] ?? '', target);
    }),
  ];
};
