import { findRole } from '../../shared/app/find-role.ts';
import { memoryPorts, setRole, unavailable } from '../support/memory.ts';
import { accountId as home, roleRef } from '../support/settings.ts';
import { createWorld } from '../support/world.ts';

const [near, far] = ['444455556666', '777788889999'] as const;
const three = { accounts: [home, near, far].map((id) => ({ id, provider: `aws-${id}` })) };
const inAccount = (accountId: string) => ({ ...roleRef('reports'), accountId });

const find = (world = createWorld(), accountId?: string) =>
  findRole(three, memoryPorts(world).roles, {
    roleName: 'REPORTS',
    ...(accountId === undefined ? {} : { accountId }),
  });

describe('the role that a person names', () => {
  it('is the one in the named account, which is not read', async () => {
    const world = createWorld();
    expect(await find(world, far)).toEqual({ partition: 'aws', accountId: far, roleName: 'REPORTS' });
    expect(world.calls).toEqual([]);
  });

  it('is looked up in every account, and has IAM’s spelling', async () => {
    const world = createWorld();
    setRole(world, inAccount(near), []);
    expect(await find(world)).toEqual(inAccount(near));
  });

  it('must be named with its account if several accounts have it', async () => {
    const world = createWorld();
    setRole(world, roleRef('reports'), []);
    setRole(world, inAccount(far), []);
    await expect(find(world)).rejects.toThrow(
      `Several accounts have a role REPORTS. Name the one that you mean: --role ${home}/REPORTS or --role ${far}/REPORTS`,
    );
  });

  it('must be named with its account if no account has it', async () => {
    const world = createWorld();
    await expect(find(world)).rejects.toThrow(
      'There is no role REPORTS in any configured account. If it was deleted, or is about to be created, name its account: --role ACCOUNT/REPORTS',
    );
  });

  it('is not decided while an account that may have it cannot be read', async () => {
    const world = createWorld();
    setRole(world, roleRef('reports'), []);
    world.before = (call) => {
      if (call.startsWith(`GetRole ${near} `) || call.startsWith(`GetRole ${far} `)) throw unavailable(call);
    };
    await expect(find(world)).rejects.toThrow(
      new RegExp(
        `^Account ${near} and 1 more may have a role REPORTS, too: .*Name the account: --role ${home}/REPORTS$`,
      ),
    );
  });
});
