import { armFault, everyFault, type Fault, type Position } from './faults.ts';
import { type GoogleWorld, startGoogle } from './google/world.ts';
import { type Puppets, startPuppets, until } from './testing/puppets.ts';
import { email } from './testing/settings.ts';

let puppets: Puppets;
let google: GoogleWorld;
beforeEach(async () => {
  puppets = await startPuppets();
  google = await startGoogle({ awsUrl: puppets.aws.url, projectNumber: '123456789012' });
  google.addServiceAccount(email, 'acme-data');
});
afterEach(async () => {
  await google.close();
  await puppets.close();
});

const arm = (position: Position, fault: Fault) => armFault({ ...puppets, google }, position, fault);
const clouds = {
  aws: {
    name: 'ssm:PutParameter',
    command: () => ({ do: 'put', name: '/puppets/a' }),
    isPerformed: () => puppets.aws.ssm.parameters('us-east-1').has('/puppets/a'),
  },
  google: {
    name: 'iam.serviceAccounts.setIamPolicy',
    command: () => ({
      do: 'google',
      url: `${google.url}/v1/projects/acme-data/serviceAccounts/${email}:setIamPolicy`,
      token: google.adminToken,
      body: {
        policy: { bindings: [{ role: 'roles/iam.serviceAccountUser', members: ['user:a@example.com'] }] },
      },
    }),
    isPerformed: () => google.policy(email).current().bindings !== undefined,
  },
} as const;

const answered = { kind: 'answered' };
const threw = (message: string | RegExp) => ({
  kind: 'threw',
  error: { trace: expect.arrayContaining([expect.stringMatching(message)]) },
});
const googleAnswered = (code: number, status: string) => ({
  kind: 'answered',
  result: { status: code, body: { error: { code, status } } },
});

const becomes: readonly [cloud: keyof typeof clouds, fault: Fault, invoked: object, isPerformed: boolean][] =
  [
    ['aws', 'throttle', threw(/^ThrottlingException: Rate exceeded/), false],
    ['aws', '500', threw(/^InternalServerError: /), false],
    ['aws', '503', threw(/^ServiceUnavailable: /), false],
    ['aws', 'reset', threw(/socket hang up|ECONNRESET/), false],
    ['aws', 'timeout', threw(/^TimeoutError: .*500 ms requestTimeout/), false],
    ['aws', 'answerLost', threw(/socket hang up|ECONNRESET/), true],
    ['aws', 'killedBefore', { kind: 'died' }, false],
    ['aws', 'killedAfter', { kind: 'died' }, true],
    ['aws', { latencyMilliseconds: 50 }, answered, true],
    ['google', 'throttle', googleAnswered(429, 'RESOURCE_EXHAUSTED'), false],
    ['google', '500', googleAnswered(500, 'INTERNAL'), false],
    ['google', '503', googleAnswered(503, 'UNAVAILABLE'), false],
    ['google', 'reset', threw('fetch failed'), false],
    ['google', 'timeout', threw('aborted due to timeout'), false],
    ['google', 'answerLost', threw('fetch failed'), true],
    ['google', 'killedBefore', { kind: 'died' }, false],
    ['google', 'killedAfter', { kind: 'died' }, true],
    ['google', { latencyMilliseconds: 50 }, { kind: 'answered', result: { status: 200 } }, true],
  ];

it('tries every fault on both clouds', () => {
  for (const cloud of ['aws', 'google'] as const)
    expect(becomes.filter(([one]) => one === cloud).map(([, fault]) => fault)).toEqual([
      ...everyFault,
      { latencyMilliseconds: 50 },
    ]);
});

it.each(becomes)('%s, %j', async (cloud, fault, invoked, isPerformed) => {
  const { name, command, isPerformed: isDone } = clouds[cloud];
  const armed = arm({ matches: (call) => call.name === name }, fault);
  expect(armed.fired()).toBe(false);
  const impatient = fault === 'timeout' ? { timeoutMilliseconds: 500 } : {};
  expect(await puppets.stack.invoke('work', { ...command(), ...impatient })).toMatchObject(invoked);
  expect(armed.hits).toMatchObject([{ cloud, name }]);
  expect(isDone()).toBe(isPerformed);
  // The fault hits one call. The next one passes.
  expect(await puppets.stack.invoke('work', { ...command(), name: '/puppets/b' })).toMatchObject(answered);
  expect(armed.hits).toHaveLength(1);
  expect(google.policy(email).current().bindings !== undefined).toBe(cloud === 'google');
});

describe('the position', () => {
  const put = (name: string) => puppets.stack.invoke('work', { do: 'put', name });

  it('is the n-th matching call, and as many after it as requested', async () => {
    const armed = arm({ matches: ({ name }) => name === 'ssm:PutParameter', nth: 2, times: 2 }, '500');
    const kinds: string[] = [];
    for (const name of ['/a', '/b', '/c', '/d']) kinds.push((await put(name)).kind);
    expect(kinds).toEqual(['answered', 'threw', 'threw', 'answered']);
    expect(armed.hits).toHaveLength(2);
  });

  it('counts over both clouds', async () => {
    const armed = arm({ nth: 2 }, 'reset');
    await put('/a');
    await puppets.stack.invoke('work', clouds.google.command());
    expect(armed.hits).toMatchObject([{ cloud: 'google' }]);
  });

  it('is no longer watched after the fault is disarmed', async () => {
    const armed = arm({ times: Infinity }, '503');
    expect(await put('/a')).toMatchObject({ kind: 'threw' });
    armed.disarm();
    expect(await put('/a')).toMatchObject(answered);
  });

  it('names the function whose containers are killed at a call to Google', async () => {
    const { stack } = puppets;
    const { result } = (await stack.invoke('sweep', {})) as { result: { pid: number } };
    arm({ functionKey: 'work' }, 'killedAfter');
    expect(await stack.invoke('work', clouds.google.command())).toEqual({ kind: 'died' });
    expect(await stack.invoke('sweep', {})).toMatchObject({ result: { pid: result.pid } });
  });
});

it('loses an answer even if it is an error', async () => {
  google.removeServiceAccount(email);
  arm({}, 'answerLost');
  expect(await puppets.stack.invoke('work', clouds.google.command())).toMatchObject(threw('fetch failed'));
});

it('closes the world while a call is still unanswered', async () => {
  const { url, body, token } = clouds.google.command();
  const armed = arm({}, 'timeout');
  const request = {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  };
  const asked = fetch(url, request).catch(String);
  await until(armed.fired);
  await google.close();
  expect(await asked).toBe('TypeError: fetch failed');
});
