import { untilCondition } from '../../shared/core/iam-policy.ts';
import { grantedRoles } from '../../shared/doctor/permissions.ts';

it('lists the roles that a policy grants a member', () => {
  const condition = untilCondition('2030-01-01T00:00:00Z');
  expect(grantedRoles({}, 'user:a')).toEqual([]);
  expect(
    grantedRoles(
      {
        bindings: [
          { role: 'one', members: ['user:a'] },
          { role: 'two', members: ['user:b'] },
          { role: 'three', members: ['user:a'], condition },
        ],
      },
      'user:a',
    ),
  ).toEqual([{ role: 'one' }, { role: 'three', condition }]);
});
