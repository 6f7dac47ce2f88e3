import { googleRoles } from '../../../shared/adapters/google/google-roles.ts';
import { googleOptIns } from '../../../shared/adapters/google/opt-ins.ts';
import { googlePolicies } from '../../../shared/adapters/google/policies.ts';
import { googleServiceAccounts } from '../../../shared/adapters/google/service-accounts.ts';
import type { GoogleSession } from '../../../shared/adapters/google/session.ts';
import { type AllowPolicy, type Condition, isAllowPolicy } from '../../../shared/core/iam-policy.ts';
import type { GoogleRoles, Listings, OptIns, PolicyStore } from '../../../shared/ports.ts';
import { copyOf, type MemoryHooks, type MemoryWorld, setPolicy } from '../../support/memory.ts';
import type { ForeignPolicy } from './foreign.ts';
import { type AnswerName, conflict, type GoogleAnswer, googleAnswers, rejection } from './google-answers.ts';

/** One of Google's answers is replaced, this many times. */
export interface Weather {
  /** The e-mail of an account, any other resource, a Google role, or a project. */
  readonly about: string;
  readonly on: 'reads' | 'writes' | 'all';
  readonly answer: AnswerName;
  calls: number;
}

/** Everything that a deleted account loses; an undelete restores it unchanged. */
interface DeletedAccount {
  readonly policy: AllowPolicy;
  readonly revision: number;
}

/** Google, as its owners and others change it. */
export interface Google {
  readonly weather: Weather[];
  /** By resource. */
  readonly deletedAccounts: Map<string, DeletedAccount>;
  /** With the answers given for them. */
  readonly deletedProjects: Map<string, AnswerName>;
  /** Answers that were given instead of the truth. */
  readonly given: Set<AnswerName>;
}

export const newGoogle = (): Google => ({
  weather: [],
  deletedAccounts: new Map(),
  deletedProjects: new Map(),
  given: new Set(),
});

export interface GooglePorts {
  readonly policies: PolicyStore;
  readonly listings: Pick<Listings, 'serviceAccounts'>;
  readonly optIns: OptIns;
  readonly googleRoles: GoogleRoles;
}

/** The real adapters over Google in memory: shared/adapters/google decides how to interpret an answer. */
export const googlePorts = (world: MemoryWorld, google: Google, hooks: MemoryHooks): GooglePorts => {
  const request = async (sent: Sent) => {
    const asked = askedOf(sent);
    world.calls.push(callName(asked));
    await hooks.before(callName(asked));
    const { status, data: answer } = answerTo(world, google, asked, sent);
    await hooks.after(callName(asked));
    if (status === 200) return { data: answer };
    const message = `Request failed with status code ${status}`;
    throw Object.assign(new Error(message), { status, response: { status, data: answer } });
  };
  const session = {
    endpoints: {},
    // Aborted: nothing is retried inside of a call, so a fault is one call, as with the ports in memory.
    signal: AbortSignal.abort(),
    identity: { signIn: () => Promise.resolve(), request },
  } as unknown as GoogleSession;
  return {
    policies: googlePolicies(session),
    listings: { serviceAccounts: googleServiceAccounts(session) },
    optIns: googleOptIns(session),
    // Google's answer from an hour ago may be outdated by now. Here, each function has just started.
    googleRoles: googleRoles(session, new Map(), { now: () => world.now }),
  };
};

/** A request, as google-auth-library gets it. */
interface Sent {
  readonly url: string;
  readonly method: string;
  readonly params?: unknown;
  readonly data?: unknown;
  readonly headers?: unknown;
}

interface Asked {
  readonly method: (typeof methods)[number];
  readonly project: string;
  readonly resource: string;
  readonly email?: string;
}

const methods = [
  'getIamPolicy',
  'setIamPolicy',
  'testIamPermissions',
  'list',
  'get',
  'getBucket',
  'getRole',
] as const;

const askedOf = ({ url, method }: Sent): Asked => {
  const asked = askedOfAccount(url) ?? askedOfResource(url, method);
  if (asked === undefined) throw new Error(`Google in memory does not know ${method} ${url}`);
  return asked;
};

const askedOfAccount = (url: string): Asked | undefined => {
  const [, resource, project = '', email, verb] =
    /\/v1\/(projects\/([^/]+)\/serviceAccounts(?:\/([^:]+))?)(?::(\w+))?(?:\?|$)/.exec(url) ?? [];
  const method = methods.find((one) => one === (verb ?? (email === undefined ? 'list' : 'get')));
  return resource === undefined || method === undefined
    ? undefined
    : { method, project, resource, ...(email === undefined ? {} : { email }) };
};

/** Each API has its own way to request a policy. */
const askedOfResource = (url: string, sent: string): Asked | undefined => {
  const path = url.replace(/^https:\/\/[^/]+\//, '').replace(/\?.*$/, '');
  const [, role] = /^v1\/(roles\/.+)$/.exec(path) ?? [];
  if (role !== undefined) return { method: 'getRole', project: '', resource: role };
  const [, bucket, part] = /^storage\/v1\/b\/([^/]+)(?:\/(iam|iam\/testPermissions))?$/.exec(path) ?? [];
  if (bucket !== undefined)
    return { method: bucketMethod(part, sent), project: '', resource: `buckets/${bucket}` };
  const [, dataset, datasetProject = ''] =
    /^bigquery\/v2\/(projects\/([^/]+)\/datasets\/.+)$/.exec(path) ?? [];
  if (dataset !== undefined)
    return {
      method: sent === 'PATCH' ? 'setIamPolicy' : 'getIamPolicy',
      project: datasetProject,
      resource: dataset,
    };
  const [, resource = '', project = '', verb] =
    /^v1\/(projects\/([^/]+)\/(?:secrets|topics)\/[^:]+):(\w+)$/.exec(path) ?? [];
  const method = methods.find((one) => one === verb);
  return method === undefined ? undefined : { method, project, resource };
};

const bucketMethod = (part: string | undefined, sent: string): Asked['method'] => {
  if (part === undefined) return 'getBucket';
  if (part !== 'iam') return 'testIamPermissions';
  return sent === 'PUT' ? 'setIamPolicy' : 'getIamPolicy';
};

/** The names that the ports in memory give their calls. */
const callName = ({ method, project, resource }: Asked): string =>
  method === 'list' ? `listServiceAccounts ${project}` : `${method} ${resource}`;

/** The replacement for the true answer, if there is one. An empty listing is the truth for an empty project. */
const weatherFor = (google: Google, { method, project, email, resource }: Asked): AnswerName | undefined => {
  const on = method === 'setIamPolicy' ? 'writes' : 'reads';
  const index = google.weather.findIndex(
    (one) =>
      (one.about === email || one.about === project || one.about === resource) &&
      (one.on === 'all' || one.on === on) &&
      !(method === 'list' && (one.about !== project || one.answer === '200 without an etag')),
  );
  const found = google.weather[index];
  if (found === undefined) return undefined;
  found.calls -= 1;
  if (found.calls === 0) google.weather.splice(index, 1);
  google.given.add(found.answer);
  return found.answer;
};

const answerTo = (world: MemoryWorld, google: Google, asked: Asked, sent: Sent): GoogleAnswer => {
  const instead = google.deletedProjects.get(asked.project) ?? weatherFor(google, asked);
  if (asked.method === 'testIamPermissions' && instead === 'IAM_PERMISSION_DENIED')
    return { status: 200, data: {} };
  if (instead === '200 without an etag' && asked.method === 'setIamPolicy') write(world, asked, sent);
  if (instead !== undefined) return googleAnswers[instead];
  if (asked.method === 'list') return listing(world, asked);
  if (asked.method === 'getRole') return roleAnswer(world, asked);
  // Our grant on a deleted account was deleted with it.
  if (google.deletedAccounts.has(asked.resource))
    return asked.method === 'testIamPermissions'
      ? { status: 200, data: {} }
      : googleAnswers.IAM_PERMISSION_DENIED;
  const stored = world.policies.get(asked.resource);
  if (stored === undefined)
    return asked.method === 'testIamPermissions' ? { status: 200, data: {} } : googleAnswers['404'];
  switch (asked.method) {
    case 'getIamPolicy':
      return {
        status: 200,
        data: readable(asked.resource, { ...stored.policy, etag: etagOf(stored.revision) }),
      };
    case 'testIamPermissions':
      return { status: 200, data: { permissions: permissionsIn(sent) } };
    case 'get':
      return { status: 200, data: { name: asked.resource } };
    case 'getBucket':
      return { status: 200, data: bucketAnswer(world, asked.resource) };
    case 'setIamPolicy':
      return write(world, asked, sent);
  }
};

/** All permissions that the request named. */
const permissionsIn = ({ data, params }: Sent): readonly unknown[] => {
  const { permissions } = Object(data ?? params) as { readonly permissions?: readonly unknown[] };
  return permissions ?? [];
};

const roleAnswer = ({ googleRoles: known }: MemoryWorld, { resource }: Asked): GoogleAnswer => {
  const state = known.get(resource);
  return state?.kind === 'read'
    ? { status: 200, data: { name: resource, includedPermissions: state.permissions } }
    : googleAnswers['404'];
};

const bucketAnswer = ({ owners }: MemoryWorld, resource: string): object => ({
  name: resource.replace('buckets/', ''),
  projectNumber: owners.get(resource),
  iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
});

/** BigQuery has an access list in place of a policy. */
const readable = (resource: string, policy: EtaggedPolicy): object => {
  const [, projectId, datasetId] = /^projects\/([^/]+)\/datasets\/(.+)$/.exec(resource) ?? [];
  if (datasetId === undefined) return copyOf(policy);
  const { bindings = [], views = [], etag } = policy;
  const entries = bindings.flatMap(({ role, members, condition }) =>
    members.map((member) => ({
      role,
      ...memberEntry(member),
      ...(condition === undefined ? {} : { condition }),
    })),
  );
  return copyOf({ etag, datasetReference: { projectId, datasetId }, access: [...views, ...entries] });
};

type EtaggedPolicy = ForeignPolicy & { readonly etag: string };

const memberEntry = (member: string): object =>
  member.startsWith('user:') ? { userByEmail: member.slice('user:'.length) } : { iamMember: member };

interface Entry {
  readonly role?: string;
  readonly userByEmail?: string;
  readonly iamMember?: string;
  readonly condition?: Condition;
}

/** An access list as the policy that is kept in memory. */
const policyOfEntries = (access: readonly Entry[]): ForeignPolicy => ({
  views: access.filter(({ role }) => role === undefined),
  bindings: access.flatMap(({ role, userByEmail, iamMember = `user:${userByEmail}`, condition }) =>
    role === undefined
      ? []
      : [{ role, members: [iamMember], ...(condition === undefined ? {} : { condition }) }],
  ),
});

/** The policy that a request would set, with the etag that it names. */
const sentPolicy = (resource: string, { data, headers }: Sent): AllowPolicy | undefined => {
  const { policy, access } = Object(data) as {
    readonly policy?: unknown;
    readonly access?: readonly Entry[];
  };
  if (access !== undefined) {
    const { 'If-Match': etag = '' } = Object(headers) as { readonly 'If-Match'?: string };
    return { ...policyOfEntries(access), etag };
  }
  const whole = resource.startsWith('buckets/') ? data : policy;
  return isAllowPolicy(whole) ? whole : undefined;
};

const listing = (world: MemoryWorld, { project }: Asked): GoogleAnswer => ({
  status: 200,
  data: {
    accounts: [...world.policies.keys()]
      .filter((resource) => resource.startsWith(`projects/${project}/serviceAccounts/`))
      .map((resource) => ({ projectId: project, email: resource.slice(resource.lastIndexOf('/') + 1) })),
  },
});

const etagOf = (revision: number): string => btoa(`etag-${revision}`);

const write = (world: MemoryWorld, { resource }: Asked, sent: Sent): GoogleAnswer => {
  const policy = sentPolicy(resource, sent);
  const stored = world.policies.get(resource);
  if (stored === undefined || policy === undefined) return googleAnswers['404'];
  // Storage and BigQuery answer 412.
  if (policy.etag !== etagOf(stored.revision))
    return /^buckets|\/datasets\//.test(resource) ? { ...conflict, status: 412 } : conflict;
  const bad = policy.bindings?.flatMap(({ members }) => members).find((member) => world.rejected.has(member));
  if (bad !== undefined) return rejection(bad);
  const { etag: _, version: __, ...rest } = copyOf(policy);
  // Google gives a policy the version that its content needs; here it keeps the version that its owner wrote.
  const { version } = stored.policy;
  setPolicy(world, resource, { ...(version === undefined ? {} : { version }), ...rest });
  return { status: 200, data: readable(resource, { ...rest, etag: etagOf(stored.revision + 1) }) };
};
