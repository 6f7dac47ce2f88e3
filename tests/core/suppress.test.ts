import { mayRevokeOf } from '../../shared/core/suppress.ts';

it.each([
  ['google-access', ['default']],
  ['google-access/night', ['night']],
  // The grant "default" has the bare key alone, so this key asks for nothing.
  ['google-access/default', []],
  ['google-accessory', []],
  ['google-accessory/night', []],
  ['google-access/', ['']],
])('invariant 8: an event that names the key %s may revoke the grants %j', (key, grants) => {
  expect(mayRevokeOf({ released: ['r'], namedKeys: [key] }, 'google-access')).toEqual({
    released: ['r'],
    grants,
  });
});

it('DeleteRole and CreateRole name all of the role', () => {
  expect(mayRevokeOf({ released: [], namedKeys: 'all' }, 'google-access').grants).toBe('all');
});
