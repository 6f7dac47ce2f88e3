import { googleOptIns } from '../../../shared/adapters/google/opt-ins.ts';
import { googlePolicies } from '../../../shared/adapters/google/policies.ts';
import { googleServiceAccounts } from '../../../shared/adapters/google/service-accounts.ts';
import type { GoogleSession } from '../../../shared/adapters/google/session.ts';
import { type AllowPolicy, isAllowPolicy } from '../../../shared/core/iam-policy.ts';
import type { Listings, OptIns, PolicyStore } from '../../../shared/ports.ts';
import { copyOf, type MemoryHooks, type MemoryWorld, setPolicy } from '../../support/memory.ts';
import { type AnswerName, conflict, type GoogleAnswer, googleAnswers, rejection } from './google-answers.ts';

/** Something of Google's answers otherwise, so many times. */
export interface Weather {
  /** The e-mail of an account, or a project. */
  readonly about: string;
  readonly on: 'reads' | 'writes' | 'all';
  readonly answer: AnswerName;
  calls: number;
}

/** What a deleted account takes with it; an undelete brings it back as it was. */
interface DeletedAccount {
  readonly policy: AllowPolicy;
  readonly revision: number;
}

/** Google, as its owners and others change it. */
export interface Google {
  readonly weather: Weather[];
  /** By resource. */
  readonly deletedAccounts: Map<string, DeletedAccount>;
  /** With what is answered for them. */
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
}

/** The real adapters over Google in memory: what an answer means is decided by shared/adapters/google. */
export const googlePorts = (world: MemoryWorld, google: Google, hooks: MemoryHooks): GooglePorts => {
  const request = async ({ url, data }: { readonly url: string; readonly data?: unknown }) => {
    const asked = askedOf(url);
    world.calls.push(callName(asked));
    await hooks.before(callName(asked));
    const { status, data: answer } = answerTo(world, google, asked, data);
    await hooks.after(callName(asked));
    if (status === 200) return { data: answer };
    const message = `Request failed with status code ${status}`;
    throw Object.assign(new Error(message), { status, response: { status, data: answer } });
  };
  const session = {
    endpoints: {},
    // Aborted: nothing is tried again inside of a call, so a fault is one call, as with the ports in memory.
    signal: AbortSignal.abort(),
    identity: { signIn: () => Promise.resolve(), request },
  } as unknown as GoogleSession;
  return {
    policies: googlePolicies(session),
    listings: { serviceAccounts: googleServiceAccounts(session) },
    optIns: googleOptIns(session),
  };
};

interface Asked {
  readonly method: 'getIamPolicy' | 'setIamPolicy' | 'testIamPermissions' | 'list' | 'get';
  readonly project: string;
  readonly resource: string;
  readonly email?: string;
}

const askedOf = (url: string): Asked => {
  const [, resource = '', project = '', email, verb] =
    /\/v1\/(projects\/([^/]+)\/serviceAccounts(?:\/([^:]+))?)(?::(\w+))?(?:\?|$)/.exec(url) ?? [];
  const method = verb ?? (email === undefined ? 'list' : 'get');
  if (
    method !== 'get' &&
    method !== 'getIamPolicy' &&
    method !== 'setIamPolicy' &&
    method !== 'testIamPermissions' &&
    method !== 'list'
  )
    throw new Error(`Google in memory does not know ${url}`);
  return { method, project, resource, ...(email === undefined ? {} : { email }) };
};

/** As the ports in memory name their calls. */
const callName = ({ method, project, resource }: Asked): string =>
  method === 'list' ? `listServiceAccounts ${project}` : `${method} ${resource}`;

/** What is answered instead of the truth, if anything is. An empty listing is the truth of an empty project. */
const weatherFor = (google: Google, { method, project, email }: Asked): AnswerName | undefined => {
  const on = method === 'setIamPolicy' ? 'writes' : 'reads';
  const index = google.weather.findIndex(
    (one) =>
      (one.about === email || one.about === project) &&
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

const answerTo = (world: MemoryWorld, google: Google, asked: Asked, data: unknown): GoogleAnswer => {
  const instead = google.deletedProjects.get(asked.project) ?? weatherFor(google, asked);
  if (asked.method === 'testIamPermissions' && instead === 'IAM_PERMISSION_DENIED')
    return { status: 200, data: {} };
  if (instead === '200 without an etag' && asked.method === 'setIamPolicy') write(world, asked, data);
  if (instead !== undefined) return googleAnswers[instead];
  if (asked.method === 'list') return listing(world, asked);
  // Our grant on a deleted account went with it.
  if (google.deletedAccounts.has(asked.resource))
    return asked.method === 'testIamPermissions'
      ? { status: 200, data: {} }
      : googleAnswers.IAM_PERMISSION_DENIED;
  const stored = world.policies.get(asked.resource);
  if (stored === undefined)
    return asked.method === 'testIamPermissions' ? { status: 200, data: {} } : googleAnswers['404'];
  switch (asked.method) {
    case 'getIamPolicy':
      return { status: 200, data: copyOf({ ...stored.policy, etag: etagOf(stored.revision) }) };
    case 'testIamPermissions':
      return { status: 200, data: { permissions: ['iam.serviceAccounts.setIamPolicy'] } };
    case 'get':
      return { status: 200, data: { name: asked.resource } };
    case 'setIamPolicy':
      return write(world, asked, data);
  }
};

const listing = (world: MemoryWorld, { project }: Asked): GoogleAnswer => ({
  status: 200,
  data: {
    accounts: [...world.policies.keys()]
      .filter((resource) => resource.startsWith(`projects/${project}/`))
      .map((resource) => ({ projectId: project, email: resource.slice(resource.lastIndexOf('/') + 1) })),
  },
});

const etagOf = (revision: number): string => btoa(`etag-${revision}`);

const write = (world: MemoryWorld, { resource }: Asked, data: unknown): GoogleAnswer => {
  const { policy } = Object(data) as { readonly policy?: unknown };
  const stored = world.policies.get(resource);
  if (stored === undefined || !isAllowPolicy(policy)) return googleAnswers['404'];
  if (policy.etag !== etagOf(stored.revision)) return conflict;
  const bad = policy.bindings?.flatMap(({ members }) => members).find((member) => world.rejected.has(member));
  if (bad !== undefined) return rejection(bad);
  const { etag: _, version: __, ...rest } = copyOf(policy);
  // Google gives a policy the version that its content needs; here it stays as its owner wrote it.
  const { version } = stored.policy;
  setPolicy(world, resource, { ...(version === undefined ? {} : { version }), ...rest });
  return { status: 200, data: { ...rest, etag: etagOf(stored.revision + 1) } };
};
