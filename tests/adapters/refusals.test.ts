import { armFault } from '../../local/faults.ts';
import { type GoogleAnswer, googleAnswers } from '../../local/google-answers.ts';
import { absentAmong } from '../../shared/app/observe.ts';
import { type Failure, toFailure } from '../../shared/core/errors.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { email, reader } from '../support/settings.ts';
import { readerPolicy } from '../support/snapshot.ts';
import { type LocalSubject, localSubject } from '../support/subjects.ts';

const reading = 'iam.serviceAccounts.getIamPolicy';
const writing = 'iam.serviceAccounts.setIamPolicy';
const listing = 'iam.serviceAccounts.list';

let subject: LocalSubject;
beforeEach(async () => {
  // Full jitter at its minimum: the pauses between attempts take no time.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  subject = await localSubject();
  subject.addPolicy(reader, {});
});
afterEach(async () => {
  jest.restoreAllMocks();
  await subject.close();
});

const answer = (method: string, googleAnswer: GoogleAnswer, times = 100, nth = 1) =>
  armFault(
    { ...subject, stack: { killCaller: () => undefined, killContainers: () => undefined } },
    { matches: ({ name }) => name === method, nth, times },
    { googleAnswer },
  );
const failureOf = async (call: Promise<unknown>): Promise<Failure> => {
  try {
    await call;
  } catch (thrown) {
    return toFailure(thrown);
  }
  throw new Error('the call succeeded');
};

const proxy = 'The answer is not from a Google API';
const notAPolicy = 'is not an allow policy that rolebridge knows';
const unknownThing = `Service account ${reader} does not exist or cannot be read: 40`;
const nextSteps = {
  proxy404: proxy,
  proxy403: proxy,
  proxy200: notAPolicy,
  notFound: unknownThing,
  methodNotFound: 'The endpoint does not serve this path. Check google.endpoints',
  emptyObject: notAPolicy,
  policyWithoutEtag: notAPolicy,
  emptyEtag: notAPolicy,
  cutOff: notAPolicy,
  notAListing: notAPolicy,
  notPermitted: unknownThing,
  IAM_PERMISSION_DENIED: unknownThing,
  SERVICE_DISABLED: 'gcloud services enable iam.googleapis.com --project 123456789012',
  SECURITY_POLICY_VIOLATED: 'VPC Service Controls perimeter refuses the call',
  USER_PROJECT_DENIED: 'may not use project acme-quota for quota',
  CONSUMER_INVALID: 'gcloud projects describe acme-quota',
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'lacks the scope https://www.googleapis.com/auth/cloud-platform',
  RATE_LIMIT_EXCEEDED: '403 The caller does not have permission',
  ORG_RESTRICTION_VIOLATION: "Google's reason is ORG_RESTRICTION_VIOLATION. Look it up",
} as const satisfies Readonly<Record<GoogleAnswer, string>>;

const answers = Object.keys(googleAnswers) as readonly GoogleAnswer[];
/** Answers that may mean that the account does not exist. */
const becauses: Partial<Record<GoogleAnswer, string>> = {
  notFound: 'notFound',
  notPermitted: 'notPermitted',
  IAM_PERMISSION_DENIED: 'notPermitted',
  SERVICE_DISABLED: 'serviceDisabled',
};

describe('invariant 4: a policy is read, or it is unreadable', () => {
  it.each(answers)('%s is unreadable, with its next step', async (name) => {
    answer(reading, name);
    const failure = await failureOf(subject.ports.policies.read(readerPolicy));
    expect(failure.name).toBe(name === 'RATE_LIMIT_EXCEEDED' ? 'RetryableError' : 'PermanentError');
    expect(failure.message).toContain(nextSteps[name]);
    expect('because' in failure ? failure.because : undefined).toBe(becauses[name]);
  });

  it('a rate limit passes: the read is retried', async () => {
    answer(reading, 'RATE_LIMIT_EXCEEDED', 2);
    await expect(subject.ports.policies.read(readerPolicy)).resolves.toMatchObject({ kind: 'read' });
  });

  it.each<[GoogleAnswer, string]>([
    ['IAM_PERMISSION_DENIED', "Its owner opts it in by granting rolebridge's editor role"],
    ['notFound', 'writing the allow policy of'],
    ['proxy404', proxy],
    ['SECURITY_POLICY_VIOLATED', 'VPC Service Controls'],
  ])('a write that gets %s fails, and confirms nothing', async (name, text) => {
    const { policy } = await subject.ports.policies.read(readerPolicy);
    answer(writing, name);
    const failure = await failureOf(subject.ports.policies.write(readerPolicy, policy));
    expect(failure.message).toContain(text);
  });
});

describe('invariant 4: an account is absent only if a complete listing after the failed read lacks it', () => {
  const gone = serviceAccountResource(email('gone'));
  const isAbsent = async (): Promise<boolean> => {
    const failure = await failureOf(subject.ports.policies.read(gone));
    return (await absentAmong({ ...subject.sweepPorts, ...subject.ports }, new Map([[gone, failure]]))).has(
      gone,
    );
  };

  it.each<[GoogleAnswer, boolean]>(
    answers.map((name) => [name, ['notFound', 'notPermitted', 'IAM_PERMISSION_DENIED'].includes(name)]),
  )('a read that gets %s, and a listing that lacks it: %s', async (name, expected) => {
    answer(reading, name);
    expect(await isAbsent()).toBe(expected);
  });

  it('a deleted account gets 403 for callers without permissions on its project', async () => {
    subject.google.addProject({ id: 'acme-bare', number: '998' });
    const other = serviceAccountResource('x@acme-bare.iam.gserviceaccount.com');
    expect(await failureOf(subject.ports.policies.read(other))).toMatchObject({ because: 'notPermitted' });
    // Callers with permissions get 404.
    expect(await failureOf(subject.ports.policies.read(gone))).toMatchObject({ because: 'notFound' });
    expect(await isAbsent()).toBe(true);
  });

  it('an account that the listing contains is not absent, regardless of what the read returned', async () => {
    subject.google.addServiceAccount(email('gone'), 'acme-data');
    answer(reading, 'notFound');
    expect(await isAbsent()).toBe(false);
  });

  it.each(answers.filter((name) => !['emptyObject', 'RATE_LIMIT_EXCEEDED'].includes(name)))(
    'a listing that gets %s proves nothing',
    async (name) => {
      answer(listing, name);
      expect(await isAbsent()).toBe(false);
    },
  );

  it.each<GoogleAnswer>(['proxy404', 'cutOff', 'notAListing', 'IAM_PERMISSION_DENIED'])(
    'a listing whose second page gets %s proves nothing',
    async (name) => {
      for (let index = 0; index < 120; index += 1) subject.addPolicy(email(`reader-${index}`), {});
      answer(listing, name, 100, 2);
      expect(await isAbsent()).toBe(false);
    },
  );
});

describe('invariant 4: for a listed account, "not opted in" is only what Google confirms', () => {
  it('by the permission to edit, which the lister role does not contain', async () => {
    expect(await subject.sweepPorts.optIns.isOptedOut(readerPolicy)).toBe(false);
    subject.deny(reader);
    expect(await subject.sweepPorts.optIns.isOptedOut(readerPolicy)).toBe(true);
  });

  it.each<GoogleAnswer>(['proxy200', 'proxy404', 'methodNotFound', 'SECURITY_POLICY_VIOLATED'])(
    'and not by %s',
    async (name) => {
      answer('iam.serviceAccounts.testIamPermissions', name);
      await expect(subject.sweepPorts.optIns.isOptedOut(readerPolicy)).rejects.toMatchObject({
        name: 'PermanentError',
      });
    },
  );
});
