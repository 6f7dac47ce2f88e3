import { armFault, type Fault } from '../../local/faults.ts';
import { deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader } from '../support/settings.ts';

const put = 'ssm:PutParameter';
const setPolicy = 'iam.serviceAccounts.setIamPolicy';

/**
 * Timeout of every function. A call that is never answered takes 10 s, and the function reserves a minute for
 * reporting.
 */
const timeoutSeconds = 85;

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ timeoutSeconds });
  cloud.addServiceAccount(reader);
});
afterAll(async () => {
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});

let roles = 0;

it.each<[name: string, fault: Fault]>([
  [put, 'throttle'],
  [put, '500'],
  [put, 'answerLost'],
  [put, 'timeout'],
  [put, 'killedAfter'],
  [setPolicy, '503'],
  [setPolicy, 'reset'],
  [setPolicy, 'answerLost'],
  [setPolicy, 'timeout'],
  [setPolicy, 'killedBefore'],
  [setPolicy, { latencyMilliseconds: 500 }],
  ['sts.token', '500'],
  ['sts:GetCallerIdentity', '503'],
])(
  'the packaged stack, %s, %j: the role has its access in the end',
  async (callName, fault) => {
    // A new container signs in to Google.
    cloud.stack.killContainers();
    const armed = armFault(cloud, { matches: ({ name }) => name === callName }, fault);
    roles += 1;
    const role = `app-${roles}`;
    await cloud.createRole(role, { 'google-access': reader });
    await cloud.settled();
    armed.disarm();
    expect(armed.fired()).toBe(true);
    expect(cloud.boundTo(reader).filter((name) => name === role)).toEqual([role]);
    expect(cloud.parameterPlaces().filter((place) => place.includes(`/${role}/`))).toHaveLength(2);
    expect(cloud.stack.deadLetterQueue.messages).toEqual([]);
  },
  120_000,
);
