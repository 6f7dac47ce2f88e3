import { serve } from '../http.ts';
import { callerOf, createAccess, type Grant } from './access.ts';
import { generateAccessToken } from './access-tokens.ts';
import { type Activities, createActivities } from './activities.ts';
import { checkMapping, type Mapping } from './attribute-mapping.ts';
import { createCustomRoles } from './custom-roles.ts';
import { createDispatcher, type Dispatcher } from './dispatch.ts';
import { createKeys, type Keys } from './keys.ts';
import { createOperations } from './operations.ts';
import type { LocalPolicy, PolicyCell, PolicyRules } from './policies.ts';
import { poolMethods } from './pool-methods.ts';
import { newPool, newProvider, type Pool, type Pools, type Provider } from './pools.ts';
import { createProjects, type Project } from './projects.ts';
import { createResources, type Resources } from './resources.ts';
import type { PredefinedRole } from './roles/role.ts';
import { roleMethods } from './roles/role-methods.ts';
import { createServiceAccounts } from './service-accounts.ts';
import { serviceMethods } from './services.ts';
import { tokenExchange } from './token-exchange.ts';

export type { GoogleCall, GoogleFault } from './dispatch.ts';

export interface GoogleOptions {
  /** Receives the signed GetCallerIdentity requests. */
  readonly awsUrl: string;
  /** The number of the project that contains the pools. */
  readonly projectNumber: string;
  /** @default the number */
  readonly projectId?: string;
  /** @default 1 MB (practically unlimited) */
  readonly maxPolicyBytes?: number;
  readonly now?: () => Date;
}

export interface ProviderOptions {
  /** @default Google's for AWS: the ARN is the subject, and without its session `attribute.aws_role` */
  readonly attributeMapping?: Mapping;
  readonly attributeCondition?: string;
}

export interface GoogleWorld extends Pick<Dispatcher, 'calls' | 'intercept' | 'afterwards'>, Resources {
  /** One origin for all APIs, which have different paths. */
  readonly url: string;
  readonly rules: PolicyRules;
  readonly addProject: (project: { readonly id: string; readonly number: string }) => PolicyCell;
  readonly addServiceAccount: (
    email: string,
    project: string,
    policy?: LocalPolicy,
    displayName?: string,
  ) => PolicyCell;
  readonly removeServiceAccount: (email: string) => void;
  /** User-managed keys of service accounts. */
  readonly keys: Keys;
  /** The observations of Policy Analyzer. */
  readonly activities: Activities;
  readonly policy: (email: string) => PolicyCell;
  /** Grants permissions on one resource, outside of its allow policy. Returns a function that revokes them. */
  readonly grant: (grant: Grant) => () => void;
  /** Grants a service account (rolebridge's) the editor role on another one; `isIn: false` revokes it. */
  readonly optIn: (email: string, editor: string, isIn?: boolean) => void;
  /** Grants a service account the lister role on a project. Returns a function that revokes it. */
  readonly grantLister: (project: string, lister: string) => () => void;
  readonly addCustomRole: (name: string, permissions: readonly string[]) => void;
  /** Tests change one as Google would. */
  readonly predefinedRoles: Map<string, PredefinedRole>;
  /** Enables APIs of a project. */
  readonly enableServices: (project: string, services: readonly string[]) => void;
  /** A project. Tests change its services as an administrator would. */
  readonly project: (idOrNumber: string) => Project;
  readonly addPool: (pool: string) => Pool;
  readonly addProvider: (
    pool: string,
    provider: string,
    accountId: string,
    options?: ProviderOptions,
  ) => Provider;
  readonly removePool: (pool: string) => void;
  /** Issues a token for any member, `user:E` or `serviceAccount:E`. It expires after an hour. */
  readonly issueToken: (member: string) => string;
  /** The token of a caller with all permissions. */
  readonly adminToken: string;
  /** Values that must not appear in any log: every issued token. */
  readonly secrets: () => readonly string[];
  readonly close: () => Promise<void>;
}

const editorPermissions = ['get', 'getIamPolicy', 'setIamPolicy'].map(
  (verb) => `iam.serviceAccounts.${verb}`,
);
const tokenLifetimeSeconds = 3600;

/** Google's IAM, token exchange and token minting, in memory, over HTTP, for the unmodified client libraries. */
export const startGoogle = async ({
  awsUrl,
  projectNumber,
  projectId = projectNumber,
  maxPolicyBytes = 1_000_000,
  now = () => new Date(),
}: GoogleOptions): Promise<GoogleWorld> => {
  const pools: Pools = new Map();
  const rules: PolicyRules = {
    maxPolicyBytes,
    rejectedMembers: new Set(),
    poolExists: (name) => pools.has(name) && pools.get(name)?.expireTime === undefined,
  };
  const customRoles = createCustomRoles();
  const access = createAccess(now, customRoles.permissionsOf);
  const projects = createProjects(rules, access);
  const accounts = createServiceAccounts(rules, projects, access);
  const { methods: keyMethods, ...keys } = createKeys(accounts);
  const { methods: activityMethods, ...activities } = createActivities(projects);
  const operations = createOperations();
  const { methods, ...resources } = createResources({ rules, projects, access, customRoles, now });
  projects.add({ id: projectId, number: projectNumber });

  const { respond, ...dispatcher } = createDispatcher(
    [
      ...accounts.methods,
      ...keyMethods,
      ...activityMethods,
      generateAccessToken(accounts, access, now),
      tokenExchange(pools, access, awsUrl),
      ...poolMethods(pools, projects, operations, now),
      ...operations.methods,
      ...customRoles.methods(projects),
      ...roleMethods(customRoles),
      ...serviceMethods(projects, operations),
      ...methods,
      ...projects.methods,
    ],
    access,
  );
  const server = await serve(respond);

  const poolName = (pool: string): string =>
    `projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}`;
  const addPool = (id: string): Pool => {
    const pool = pools.get(poolName(id)) ?? newPool();
    pools.set(poolName(id), pool);
    return pool;
  };
  const find = (email: string) => {
    const account = accounts.find(email);
    if (account === undefined) throw new Error(`the local world has no service account ${email}`);
    return account;
  };
  const optedIn = new Map<string, () => void>();
  return {
    ...dispatcher,
    ...resources,
    url: server.url,
    rules,
    addProject: (project) => projects.add(project).policy,
    addServiceAccount: (email, project, policy = {}, displayName) =>
      accounts.add(email, projects.ensure(project), policy, displayName).policy,
    removeServiceAccount: accounts.remove,
    keys,
    activities,
    policy: (email) => find(email).policy,
    grant: access.grant,
    optIn: (email, editor, isIn = true) => {
      const key = `${email} ${editor}`;
      optedIn.get(key)?.();
      optedIn.delete(key);
      const member = `serviceAccount:${editor}`;
      const resource = find(email).name;
      if (isIn) optedIn.set(key, access.grant({ resource, member, permissions: editorPermissions }));
    },
    grantLister: (project, lister) =>
      access.grant({
        resource: projects.ensure(project).name,
        member: `serviceAccount:${lister}`,
        permissions: ['iam.serviceAccounts.list', 'iam.serviceAccounts.getIamPolicy'],
      }),
    addCustomRole: customRoles.add,
    predefinedRoles: customRoles.predefined,
    enableServices: (project, services) => {
      for (const service of services) projects.ensure(project).services.add(service);
    },
    project: projects.ensure,
    addPool,
    addProvider: (pool, id, accountId, { attributeMapping = {}, attributeCondition } = {}) => {
      checkMapping(attributeMapping, attributeCondition);
      const provider = Object.assign(newProvider(), {
        accountId,
        attributeMapping,
        ...(attributeCondition === undefined ? {} : { attributeCondition }),
      });
      addPool(pool).providers.set(id, provider);
      return provider;
    },
    removePool: (pool) => void pools.delete(poolName(pool)),
    issueToken: (member) => access.issue(callerOf(member), tokenLifetimeSeconds),
    adminToken: access.issue({ principal: 'user:admin', members: [], isAdmin: true }, 100 * 365 * 86_400),
    secrets: access.tokens,
    close: server.close,
  };
};
