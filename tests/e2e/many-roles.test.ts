import { deniedCalls } from '../support/authorize.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { reader } from '../support/settings.ts';

const key = 'google-access';

let cloud: Cloud;
beforeEach(async () => {
  // This test is not about the pace of Parameter Store (see tests/adapters/contract.test.ts).
  cloud = await startCloud({ ssmRates: { putsPerSecond: 1000, readsPerSecond: 1000 } });
  cloud.addServiceAccount(reader);
});
afterEach(async () => {
  await cloud.close();
  expect(deniedCalls).toEqual([]);
});

describe('many roles in one batch', () => {
  it('1,000 roles of one account are all bound, in at most one write per 50, while another writer edits the same policy', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `app-${index}`);
    const foreign = { role: 'roles/iam.serviceAccountUser', members: ['user:a@example.com'] };
    let edits = 0;
    const compete = cloud.google.afterwards(({ method }) => {
      if (method !== 'iam.serviceAccounts.getIamPolicy' || edits >= 40) return;
      edits += 1;
      const policy = cloud.google.policy(reader).current();
      const others = (policy.bindings ?? []).filter(({ role }) => role !== foreign.role);
      const members = Array.from({ length: edits }, (_, index) => `user:${index}@example.com`);
      if (edits % 2 === 1)
        cloud.google.policy(reader).replace({ ...policy, bindings: [{ ...foreign, members }, ...others] });
    });
    // Tagged at the same time: their events reach the queue together.
    cloud.aws.bus.deliveryOf = () => 'lose';
    for (const name of names) await cloud.createRole(name, { [key]: reader });
    cloud.aws.bus.deliveryOf = () => 'deliver';
    for (const event of cloud.aws.bus.history) cloud.stack.queue.send(JSON.stringify(event));
    await cloud.settled();
    compete();
    expect(cloud.boundTo(reader).toSorted()).toEqual(names.toSorted());
    expect(
      cloud.google
        .policy(reader)
        .current()
        .bindings?.find(({ role }) => role === foreign.role)?.members.length,
    ).toBeGreaterThan(0);
    const granted = cloud.outcomes().filter(({ type }) => type === 'Granted');
    expect(new Set(granted.map(({ detail }) => detail.role.roleName)).size).toBe(1000);
    const writes = cloud.stack.logs
      .flatMap((line) => /"PolicyWrites":(\d+)/.exec(line)?.[1] ?? [])
      .reduce((sum, count) => sum + Number(count), 0);
    console.log(`1,000 roles: ${writes} policy writes, ${edits} competing edits`);
    expect(writes).toBeLessThanOrEqual(20);
    // This only ends a run that hangs, because a busy machine takes minutes.
  }, 900_000);
});
