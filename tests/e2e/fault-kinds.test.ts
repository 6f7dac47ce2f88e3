import { armFault, type CloudCall, everyFault, type Fault } from '../../local/faults.ts';
import { memberOf } from '../../shared/core/member.ts';
import { workloadIdentityUser } from '../../shared/core/target.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { email, roleRef, settings } from '../support/settings.ts';

const key = 'google-access';
const foreign = { role: 'roles/iam.serviceAccountUser', members: ['user:eve@example.com'] };

type Position = readonly [name: string, matches: (call: CloudCall) => boolean];
const positions = {
  PutParameter: ['PutParameter', ({ name }) => name === 'ssm:PutParameter'],
  setIamPolicy: ['setIamPolicy', ({ name }) => name.endsWith('.setIamPolicy')],
  roles: ['GetAccountAuthorizationDetails', ({ name }) => name === 'iam:GetAccountAuthorizationDetails'],
  accounts: ['serviceAccounts.list', ({ name }) => name.endsWith('serviceAccounts.list')],
} as const satisfies Readonly<Record<string, Position>>;
/** Each fault hits each cloud's client once, in one write of reconcile and one listing of the sweep. */
const meetings: readonly (readonly Position[])[] = [
  [positions.PutParameter, positions.accounts],
  [positions.setIamPolicy, positions.roles],
];
const faults: readonly Fault[] = [...everyFault, { latencyMilliseconds: 300 }];
const nameOf = (fault: Fault): string => (typeof fault === 'string' ? fault : 'latency');
const table = new Map<string, string[]>();

/** All cases share one world: each has a role and a service account of its own. */
let cloud: Cloud;
beforeAll(async () => {
  // A killed function's messages are redelivered after 3.6 s instead of half an hour.
  cloud = await startCloud({ timeScale: 0.002, settings: { sweep: { parameterReadsPerSecond: 1000 } } });
});
afterAll(async () => {
  await cloud.close();
  const rows = [...table].map(([fault, cells]) => [fault, ...cells]);
  process.stdout.write(`${rows.map((row) => row.map((cell) => cell.padEnd(32)).join('')).join('\n')}\n`);
});

/**
 * The behavior of the real SDK and the real client under each fault, through the bundles. The whole matrix runs in
 * memory.
 */
describe.each(faults.map((fault, index) => [nameOf(fault), fault, meetings[index % 2] ?? []] as const))(
  '%s',
  (name, fault, met) => {
    it.each(met)(
      'at %s: converges, and changes nothing foreign',
      async (position, matches) => {
        const isOfSweep = !/^(Put|set)/.test(position);
        const roleName = `app-${name.toLowerCase()}-${isOfSweep ? 'listing' : 'write'}`;
        const account = email(roleName);
        cloud.addServiceAccount(account, { bindings: [foreign] });
        // Only a sweep can find this: a role whose event was lost.
        cloud.aws.bus.deliveryOf = ({ source }) => (isOfSweep && source === 'aws.iam' ? 'lose' : 'deliver');
        const armed = armFault(cloud, { matches }, fault);
        await cloud.createRole(roleName, { [key]: account });
        if (isOfSweep) {
          await cloud.sweep();
          await cloud.sweep();
        }
        await cloud.settled();
        armed.disarm();
        expect(armed.fired()).toBe(true);
        const member = memberOf(settings, roleRef(roleName));
        expect(cloud.bindingsOf(account)).toEqual([
          foreign,
          { role: workloadIdentityUser, members: [member] },
        ]);
        const places = cloud.parameterPlaces().filter((place) => place.includes(`/${roleName}/`));
        expect(places).toEqual(
          ['eu-west-1', 'us-east-1'].map((region) => `${region} /google-access/${roleName}/default`),
        );
        expect(cloud.stack.deadLetterQueue.messages).toEqual([]);
        table.set(name, [...(table.get(name) ?? []), `${position}: converged`]);
      },
      120_000,
    );
  },
);
