import { exists, invalid, notFound } from './errors.ts';
import { type Fields, fieldsOf, type Method, textOf } from './method.ts';
import type { Projects } from './projects.ts';
import { checkPermissionNames } from './roles/permission-names.ts';
import { predefinedRoles } from './roles/predefined-roles.ts';
import type { PredefinedRole } from './roles/role.ts';

export interface CustomRoles {
  /** Google's predefined roles. Tests change one as Google would. */
  readonly predefined: Map<string, PredefinedRole>;
  /** Empty for an unknown, deleted or disabled role. */
  readonly permissionsOf: (role: string) => readonly string[];
  /** Including deleted ones, which an allow policy may name. */
  readonly all: () => readonly CustomRole[];
  readonly has: (name: string) => boolean;
  readonly add: (name: string, includedPermissions: readonly string[]) => void;
  readonly methods: (projects: Projects) => readonly Method[];
}

export interface CustomRole {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly includedPermissions: readonly string[];
  readonly stage: string;
  readonly etag: string;
  readonly deleted?: boolean;
}

const editable = ['title', 'description', 'includedPermissions', 'stage'] as const;

export const createCustomRoles = (): CustomRoles => {
  const predefined = new Map(predefinedRoles);
  const roles = new Map<string, CustomRole>();
  let writes = 0;
  const write = (role: Omit<CustomRole, 'etag'>): CustomRole => {
    writes += 1;
    const written = { ...role, etag: Buffer.from(`role-${writes}`).toString('base64') };
    roles.set(role.name, written);
    return written;
  };
  const find = (name: string): CustomRole => {
    const role = roles.get(name);
    if (role === undefined) throw notFound(`The role named ${name} was not found.`);
    return role;
  };
  const edited = (role: Omit<CustomRole, 'etag'>, body: Fields, fields: readonly string[]) => {
    const changes = editable.flatMap((field) =>
      fields.includes(field) && body[field] !== undefined ? [[field, body[field]] as const] : [],
    );
    const changed: typeof role = { ...role, ...Object.fromEntries(changes) };
    checkPermissionNames(changed.includedPermissions, predefined.values());
    return write(changed);
  };

  const methods = (projects: Projects): readonly Method[] => {
    const method = (
      verb: string,
      http: Method['http'],
      end: string,
      perform: (name: string, body: Fields, query: URLSearchParams) => unknown,
    ): Method => {
      const permission = `iam.roles.${verb === 'patch' ? 'update' : verb}`;
      return {
        name: `iam.roles.${verb}`,
        http,
        path: new RegExp(`^/v1/(?<resource>projects/(?<project>[^/]+)/roles${end}`),
        permission,
        prepare: ({ path: { project = '', resource = '' }, body, query }) => ({
          on: projects.get(project, permission),
          perform: () => perform(resource, body, query),
        }),
      };
    };
    const item = '/[^/:]+)';
    return [
      // gcloud calls this before it creates a role.
      {
        name: 'iam.permissions.queryTestablePermissions',
        http: 'POST',
        path: /^\/v1\/permissions:queryTestablePermissions$/,
        answer: () => ({
          permissions: [...new Set([...predefined.values()].flatMap(({ permissions }) => permissions))].map(
            (name) => ({
              name,
              stage: 'GA',
            }),
          ),
        }),
      },
      method('create', 'POST', ')$', (parent, body) => {
        const name = `${parent}/${textOf(body['roleId'])}`;
        if (!/\/[A-Za-z0-9_.]{3,64}$/.test(name))
          throw invalid('The role_id must be 3 to 64 of [A-Za-z0-9_.].');
        if (roles.has(name)) throw exists(`A role named ${name} already exists.`);
        return edited({ name, includedPermissions: [], stage: 'ALPHA' }, fieldsOf(body['role']), editable);
      }),
      method('get', 'GET', `${item}$`, find),
      method('patch', 'PATCH', `${item}$`, (name, body, query) =>
        edited(find(name), body, query.get('updateMask')?.split(',') ?? Object.keys(body)),
      ),
      method('delete', 'DELETE', `${item}$`, (name) => write({ ...find(name), deleted: true })),
      method('undelete', 'POST', `${item}:undelete$`, (name) => {
        const { deleted: _, ...role } = find(name);
        return write(role);
      }),
    ];
  };
  return {
    predefined,
    permissionsOf: (role) => {
      const custom = roles.get(role);
      if (custom === undefined) return predefined.get(role)?.permissions ?? [];
      return custom.deleted === true || custom.stage === 'DISABLED' ? [] : custom.includedPermissions;
    },
    all: () => [...roles.values()],
    has: (name) => roles.has(name),
    add: (name, includedPermissions) => void write({ name, includedPermissions, stage: 'GA' }),
    methods,
  };
};
