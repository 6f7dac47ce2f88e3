import { withAccountDeadlines } from '../../shared/adapters/aws/account-deadlines.ts';
import { gather } from '../../shared/app/snapshot.ts';
import type { PresentRole } from '../../shared/core/model.ts';
import type { Listings } from '../../shared/ports.ts';
import { wallClock } from '../support/clock.ts';
import { accountId as home, roleRef } from '../support/settings.ts';

const member = '444455556666';
const role: PresentRole = { kind: 'present', ref: roleRef('reports'), roleId: 'AROA1', arn: 'arn', tags: [] };
const never = (): Promise<never> => new Promise(() => undefined);

/** Returns one page, and then never answers. */
const hanging: Pick<Listings, 'roles' | 'parameters'> = {
  roles: async function* () {
    yield [role];
    await never();
  },
  parameters: async function* () {
    yield [];
    await never();
  },
};
const answering: Pick<Listings, 'roles' | 'parameters'> = {
  roles: async function* () {
    yield [role];
    yield await Promise.resolve([role]);
  },
  parameters: async function* () {
    yield await Promise.resolve([]);
  },
};

describe('an account that stops answering', () => {
  const error = expect.objectContaining({
    name: 'RetryableError',
    message: `AWS account ${member} did not answer within 0.01 s.`,
  });

  it('is cut off, and what it had listed is kept', async () => {
    const { roles, parameters } = withAccountDeadlines(home, hanging, wallClock, 0.01);
    expect(await gather(roles(member))).toEqual({ items: [role], error });
    const place = { accountId: member, region: 'us-east-1' };
    expect(await gather(parameters(place, '/google-access'))).toEqual({ items: [], error });
  });

  it('does not affect one that answers', async () => {
    const { roles, parameters } = withAccountDeadlines(home, answering, wallClock);
    expect(await gather(roles(member))).toEqual({ items: [role, role] });
    expect(await gather(parameters({ accountId: member, region: 'us-east-1' }, '/x'))).toEqual({ items: [] });
  });

  it('is not the home account, which the caller calls directly', () => {
    const { roles } = withAccountDeadlines(home, hanging, wallClock, 0.01);
    const pages = hanging.roles(home);
    expect(withAccountDeadlines(home, { ...hanging, roles: () => pages }, wallClock).roles(home)).toBe(pages);
    expect(roles(member)).not.toBe(pages);
  });
});
