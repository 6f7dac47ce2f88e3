import type { Access, Caller, Resource } from './access.ts';
import { denied, exists, invalid, notFound } from './errors.ts';
import { type Fields, fieldsOf, type Method, textOf } from './method.ts';
import { page } from './page.ts';
import type { LocalPolicy, PolicyCell, PolicyRules } from './policies.ts';
import { policyCell } from './policy-cell.ts';
import { policyOf, requestedVersion } from './policy-request.ts';
import { heldOf, type Project, type Projects } from './projects.ts';

export interface Account extends Resource {
  readonly email: string;
  readonly uniqueId: string;
  readonly project: Project;
  readonly policy: PolicyCell;
  readonly displayName?: string;
  disabled: boolean;
}

export interface ServiceAccounts {
  readonly add: (email: string, project: Project, policy?: LocalPolicy, displayName?: string) => Account;
  readonly remove: (email: string) => void;
  readonly find: (emailOrId: string) => Account | undefined;
  /** The account that a path names. @throws GoogleError */
  readonly get: (path: Readonly<Record<string, string>>, permission: string, caller: Caller) => Account;
  readonly methods: readonly Method[];
}

export const createServiceAccounts = (
  rules: PolicyRules,
  projects: Projects,
  access: Access,
): ServiceAccounts => {
  const accounts = new Map<string, Account>();
  const emails = new Map<string, string>();
  let made = 0;
  const find = (emailOrId: string): Account | undefined => accounts.get(emails.get(emailOrId) ?? emailOrId);
  const remove = (email: string): void => {
    emails.delete(accounts.get(email)?.uniqueId ?? '');
    accounts.delete(email);
  };
  const add: ServiceAccounts['add'] = (email, project, policy = {}, displayName) => {
    remove(email);
    made += 1;
    const account = {
      name: `projects/${project.id}/serviceAccounts/${email}`,
      email,
      uniqueId: `1${String(made).padStart(20, '0')}`,
      project,
      parent: project,
      policy: policyCell(policy, rules),
      disabled: false,
      ...(displayName === undefined ? {} : { displayName }),
    };
    accounts.set(email, account);
    emails.set(account.uniqueId, email);
    return account;
  };
  /**
   * Google reveals that an account does not exist only to a caller who has the permission on its project. Any other caller
   * gets a 403, and so does anyone who names the project by its wildcard.
   */
  const get = (
    { project = '', account = '' }: Readonly<Record<string, string>>,
    permission: string,
    caller: Caller,
  ): Account => {
    const found = find(account);
    const named = projects.find(project);
    if (found !== undefined && (project === '-' || named?.id === found.project.id)) return found;
    throw named !== undefined && access.holds(caller, permission, named)
      ? notFound(`Unknown service account: ${account}`)
      : denied(permission);
  };
  const onAccount = (
    verb: string,
    http: Method['http'],
    end: string,
    perform: (
      account: Account,
      request: { readonly query: URLSearchParams; readonly body: Fields },
    ) => unknown,
  ): Method => ({
    name: permissionFor(verb),
    http,
    path: new RegExp(
      `^/v1/(?<resource>projects/(?<project>[^/]+)/serviceAccounts/(?<account>[^/:]+))${end}$`,
    ),
    permission: permissionFor(verb),
    prepare: ({ path, query, body, caller }) => {
      const on = get(path, permissionFor(verb), caller);
      return { on, perform: () => perform(on, { query, body }) };
    },
  });
  const inProject = /^\/v1\/(?<resource>projects\/(?<project>[^/]+))\/serviceAccounts$/;

  const methods: readonly Method[] = [
    onAccount('getIamPolicy', 'POST', ':getIamPolicy', ({ policy }, { query, body }) =>
      policy.get(requestedVersion(query, body)),
    ),
    onAccount('setIamPolicy', 'POST', ':setIamPolicy', ({ policy }, { body }) =>
      policy.set(policyOf(body), textOf(body['updateMask'])),
    ),
    onAccount('get', 'GET', '', shown),
    onAccount('delete', 'DELETE', '', ({ email }) => {
      remove(email);
      return {};
    }),
    ...(['enable', 'disable'] as const).map((verb) =>
      onAccount(verb, 'POST', `:${verb}`, (account) => {
        account.disabled = verb === 'disable';
        return {};
      }),
    ),
    {
      name: permissionFor('testIamPermissions'),
      http: 'POST',
      path: /^\/v1\/(?<resource>projects\/(?<project>[^/]+)\/serviceAccounts\/(?<account>[^/:]+)):testIamPermissions$/,
      answer: ({ path, caller, body }) =>
        heldOf(access, caller, get(path, permissionFor('get'), caller), body),
    },
    {
      name: permissionFor('list'),
      http: 'GET',
      path: inProject,
      permission: permissionFor('list'),
      prepare: ({ path: { project = '' }, query }) => {
        const on = projects.get(project, permissionFor('list'));
        return {
          on,
          perform: () => {
            const inside = [...accounts.values()].filter((account) => account.project.id === on.id);
            const { items, ...next } = page(inside, ({ uniqueId }) => uniqueId, query, {
              usual: 20,
              most: 100,
            });
            return { ...(items.length === 0 ? {} : { accounts: items.map(shown) }), ...next };
          },
        };
      },
    },
    {
      name: permissionFor('create'),
      http: 'POST',
      path: inProject,
      permission: permissionFor('create'),
      prepare: ({ path: { project = '' }, body }) => {
        const on = projects.get(project, permissionFor('create'));
        return {
          on,
          perform: () => {
            const id = textOf(body['accountId']);
            if (!/^[a-z]([-a-z0-9]{4,28}[a-z0-9])$/.test(id))
              throw invalid(`Invalid service account ID ${id}: 6 to 30 of [a-z0-9-], a letter first.`);
            const email = emailIn(on, id);
            if (accounts.has(email))
              throw exists(`Service account ${id} already exists within project ${on.name}.`);
            const { displayName } = fieldsOf(body['serviceAccount']);
            return shown(add(email, on, {}, textOf(displayName)));
          },
        };
      },
    },
  ];
  return { add, find, get, remove, methods };
};

const permissionFor = (verb: string): string => `iam.serviceAccounts.${verb}`;

const shown = ({ email, uniqueId, project, displayName, disabled }: Account) => ({
  name: `projects/${project.id}/serviceAccounts/${email}`,
  projectId: project.id,
  uniqueId,
  email,
  ...(displayName === undefined ? {} : { displayName }),
  ...(disabled ? { disabled } : {}),
  etag: 'MDEwMjE5MjA=',
  oauth2ClientId: uniqueId,
});

const emailIn = ({ id }: Project, name: string): string => {
  const [organization, scoped] = id.split(':');
  return `${name}@${scoped === undefined ? id : `${scoped}.${organization}`}.iam.gserviceaccount.com`;
};
