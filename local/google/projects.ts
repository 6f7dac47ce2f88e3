import type { Access, Resource } from './access.ts';
import { denied, invalid } from './errors.ts';
import { type Fields, type Method, textOf } from './method.ts';
import { modifiedRoles } from './modified-roles.ts';
import type { LocalPolicy, PolicyCell, PolicyRules } from './policies.ts';
import { policyCell } from './policy-cell.ts';
import { policyOf, requestedVersion } from './policy-request.ts';

export interface Project extends Resource {
  readonly id: string;
  readonly number: string;
  readonly policy: PolicyCell;
  readonly services: Set<string>;
}

export interface Projects {
  readonly add: (project: { readonly id: string; readonly number: string }) => Project;
  /** Finds a project by id or number, or creates it with a new number. */
  readonly ensure: (idOrNumber: string) => Project;
  readonly find: (idOrNumber: string) => Project | undefined;
  /** @throws GoogleError; Google does not distinguish a missing project from a forbidden one. */
  readonly get: (idOrNumber: string, permission: string) => Project;
  readonly methods: readonly Method[];
}

export const createProjects = (rules: PolicyRules, access: Access): Projects => {
  const projects = new Map<string, Project>();
  let numbers = 900_000_000_000;
  const find = (idOrNumber: string): Project | undefined =>
    projects.get(idOrNumber) ?? [...projects.values()].find(({ number }) => number === idOrNumber);
  const add: Projects['add'] = ({ id, number }) => {
    const project = {
      id,
      number,
      name: `projects/${id}`,
      attributes: {
        name: `projects/${id}`,
        service: 'cloudresourcemanager.googleapis.com',
        type: 'cloudresourcemanager.googleapis.com/Project',
      },
      policy: projects.get(id)?.policy ?? policyCell({}, rules, { check: checkProjectPolicy }),
      services: projects.get(id)?.services ?? new Set<string>(),
    };
    projects.set(id, project);
    return project;
  };
  const get: Projects['get'] = (idOrNumber, permission) => {
    const project = find(idOrNumber);
    if (project === undefined) throw denied(permission);
    return project;
  };

  const getPolicy = 'resourcemanager.projects.getIamPolicy';
  const setPolicy = 'resourcemanager.projects.setIamPolicy';
  const path = (end: string) => new RegExp(`^/v[13]/(?<resource>projects/(?<project>[^/]+))${end}$`);
  const methods: readonly Method[] = [
    {
      name: 'cloudresourcemanager.projects.getIamPolicy',
      http: 'POST',
      path: path(':getIamPolicy'),
      permission: getPolicy,
      prepare: ({ path: { project = '' }, query, body }) => {
        const on = get(project, getPolicy);
        return { on, perform: () => on.policy.get(requestedVersion(query, body)) };
      },
    },
    {
      name: 'cloudresourcemanager.projects.setIamPolicy',
      http: 'POST',
      path: path(':setIamPolicy'),
      permission: setPolicy,
      prepare: ({ path: { project = '' }, body }) => {
        const on = get(project, setPolicy);
        const policy = policyOf(body);
        const modified = modifiedRoles(on.policy.bindings(), policy.bindings ?? []);
        return {
          on,
          attributes: { 'iam.googleapis.com/modifiedGrantsByRole': modified },
          perform: () => on.policy.set(policy, textOf(body['updateMask'])),
        };
      },
    },
    {
      name: 'cloudresourcemanager.projects.testIamPermissions',
      http: 'POST',
      path: path(':testIamPermissions'),
      answer: ({ path: { project = '' }, caller, body }) =>
        heldOf(access, caller, get(project, 'resourcemanager.projects.get'), body),
    },
    {
      name: 'cloudresourcemanager.projects.get',
      http: 'GET',
      path: /^\/(?<version>v[13])\/(?<resource>projects\/(?<project>[^/]+))$/,
      permission: 'resourcemanager.projects.get',
      prepare: ({ path: { project = '', version } }) => {
        const on = get(project, 'resourcemanager.projects.get');
        return {
          on,
          perform: () =>
            version === 'v3'
              ? { name: `projects/${on.number}`, projectId: on.id, displayName: on.id, state: 'ACTIVE' }
              : { projectNumber: on.number, projectId: on.id, name: on.id, lifecycleState: 'ACTIVE' },
        };
      },
    },
  ];
  return {
    add,
    find,
    get,
    ensure: (idOrNumber) => {
      const project = find(idOrNumber);
      if (project !== undefined) return project;
      numbers += 1;
      return add({ id: idOrNumber, number: String(numbers) });
    },
    methods,
  };
};

/** Google's texts for these errors are not known. */
const checkProjectPolicy = ({ bindings = [] }: LocalPolicy): void => {
  for (const { role, condition } of bindings) {
    if (role.startsWith('roles/storage.legacy'))
      throw invalid(`Role ${role} is not supported for this resource.`);
    if (condition !== undefined && /^roles\/(owner|editor|viewer)$/.test(role))
      throw invalid(`Conditions are not supported for the basic role ${role}.`);
  }
};

/** testIamPermissions: the listed permissions that the caller holds. Anyone may ask. */
export const heldOf = (
  access: Access,
  caller: Parameters<Access['holds']>[0],
  on: Resource,
  body: Fields,
) => {
  const asked = (Array.isArray(body['permissions']) ? body['permissions'] : []).map(textOf);
  return { permissions: asked.filter((permission) => access.holds(caller, permission, on)) };
};
