import { readFileSync } from 'node:fs';
import type { Runtime } from '../../local/stack/container.ts';
import { expectRuntime } from '../../local/testing/runtime-contract.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader } from '../support/settings.ts';
import { buildRuntimeClient } from './aws-runtime-client.ts';

const client = buildRuntimeClient();
const runtime = (): Runtime => ({
  script: client.kind === 'built' ? client.script : '',
  isFrozenBetween: true,
});
const title =
  client.kind === 'built'
    ? 'under AWS’s own runtime client'
    : `under AWS’s own runtime client (it could not be built: ${client.reason})`;

interface SqsEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}
const event = (name: string): unknown => JSON.parse(readFileSync(`events/${name}.json`, 'utf8'));

/** events/tag-role.json for a role of another name, as a message of its own. */
const tagged = (roleName: string): SqsEvent['Records'][number] => {
  const [record] = (event('tag-role') as SqsEvent).Records;
  if (record === undefined) throw new Error('events/tag-role.json holds no record');
  return {
    ...record,
    messageId: `message-of-${roleName}`,
    body: record.body.replaceAll('"roleName": "reports"', `"roleName": "${roleName}"`),
  };
};
const malformed = { ...tagged('app-malformed'), messageId: 'message-malformed', body: '{"detail": ' };
const roles = ['reports', 'app-one', 'app-two'];
const places = roles
  .flatMap((role) => ['eu-west-1', 'us-east-1'].map((region) => `${region} /google-access/${role}/default`))
  .toSorted();

(client.kind === 'built' ? describe : describe.skip)(title, () => {
  expectRuntime('the contract of our own', runtime);

  describe('the packaged bundles', () => {
    let cloud: Cloud;
    beforeEach(async () => {
      cloud = await startCloud({ runtime: runtime() });
      cloud.addServiceAccount(reader);
      // The roles are tagged, but none of their events arrives by itself.
      cloud.aws.bus.deliveryOf = () => 'lose';
      for (const role of roles) await cloud.createRole(role, { 'google-access': reader });
    });
    afterEach(() => cloud.close());

    it('reconcile grants what a batch of messages asks for, and returns none for retry', async () => {
      expect(await cloud.stack.invoke('reconcile', { Records: roles.map(tagged) })).toEqual({
        kind: 'answered',
        result: { batchItemFailures: [] },
      });
      expect(cloud.boundTo(reader).toSorted()).toEqual(roles.toSorted());
      expect(cloud.parameterPlaces()).toEqual(places);
      const lines = cloud.stack.logs.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      expect(lines.find(({ message }) => message === 'Google Access Granted')).toMatchObject({
        level: 'INFO',
        service: 'rolebridge-prod',
        function_request_id: expect.stringMatching(/^[\da-f-]{36}$/),
        xray_trace_id: expect.stringMatching(/^1-[\da-f]{8}-[\da-f]{24}$/),
      });
    });

    it('a malformed body is ignored and logged; the messages beside it are reconciled, in the same process', async () => {
      const batch = { Records: [tagged('reports'), malformed, tagged('app-one')] };
      for (const _ of ['first', 'second'])
        expect(await cloud.stack.invoke('reconcile', batch)).toEqual({
          kind: 'answered',
          result: { batchItemFailures: [] },
        });
      expect(cloud.boundTo(reader).toSorted()).toEqual(['app-one', 'reports']);
      const ignored = cloud.stack.logs.filter((line) => line.includes('A message was ignored.'));
      expect(ignored).toHaveLength(2);
      expect(ignored[0]).toContain('"messageId":"message-malformed"');
    });

    it('an event that is not from SQS fails the invocation, so that Lambda retries it', async () => {
      expect(await cloud.stack.invoke('reconcile', { hello: 'world' })).toMatchObject({
        kind: 'threw',
        error: {
          errorType: 'TypeError',
          trace: expect.arrayContaining([expect.stringMatching(/^TypeError: /)]),
        },
      });
    });

    it.each([
      ['on its schedule', event('sweep-scheduled')],
      ['by hand', {}],
    ])('the sweep finds drift, %s', async (_, request) => {
      expect(await cloud.stack.invoke('sweep', request)).toMatchObject({
        kind: 'answered',
        result: { drifted: roles.map(() => expect.anything()), blindSpots: [], limits: [] },
      });
    });

    it('the sweep refuses a request that it does not know', async () => {
      expect(await cloud.stack.invoke('sweep', { approve: 'all' })).toMatchObject({
        kind: 'threw',
        error: { errorMessage: expect.stringContaining('approve') },
      });
    });
  });
});
