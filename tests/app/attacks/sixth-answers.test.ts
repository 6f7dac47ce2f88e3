import { googlePolicies } from '../../../shared/adapters/google/policies.ts';
import { workloadIdentityUser } from '../../../shared/core/iam-policy.ts';
import { memberOf } from '../../../shared/core/member.ts';
import { memoryPorts, setRole } from '../../support/memory.ts';
import { request, run, tag, world } from '../../support/reconciling.ts';
import { reader, reports, settings } from '../../support/settings.ts';
import { readerPolicy } from '../../support/snapshot.ts';
import { entriesOf } from '../../support/table.ts';
import { hour, isBound, later, session } from './support.ts';

describe('invariants 2, 4, 5: a policy whose conditions are hidden is not read', () => {
  /** Google's answer to a request that does not ask for version 3: a proxy dropped the query. */
  const hidden = {
    etag: 'BwX',
    version: 1,
    bindings: [
      {
        role: `${workloadIdentityUser}_withcond_2b17cc25d2cd9e2c54d8`,
        members: [memberOf(settings, reports)],
      },
    ],
  };

  it('by the adapter', async () => {
    await expect(googlePolicies(session(() => hidden)).read(readerPolicy)).rejects.toThrow(
      'not an allow policy that rolebridge knows',
    );
  });

  it('so access with an end is not reported as revoked while it is there', async () => {
    const made = world();
    tag(made, { 'google-access': `${reader} until 2026-12-31` });
    await run(made);
    later(made, hour);
    setRole(made, reports, []);
    made.outcomes.length = 0;
    const { read } = googlePolicies(session(() => hidden));
    const { policies } = memoryPorts(made);
    await run(made, [request()], settings, { policies: { ...policies, read } });
    expect(isBound(made)).toBe(true);
    expect(made.outcomes.map(({ type }) => type)).toEqual(['Failed']);
    expect(entriesOf(made)).toHaveLength(1);
  });

  it('a custom role of another name is a role like any other', async () => {
    const role = 'projects/acme-data/roles/x_withcond_y';
    const policy = { etag: 'BwX', bindings: [{ role, members: ['user:eve@example.com'] }] };
    expect(await googlePolicies(session(() => policy)).read(readerPolicy)).toEqual({ kind: 'read', policy });
  });
});
