import { wantedBindings } from '../../shared/core/bindings.ts';
import { desiredOf } from '../../shared/core/guardrail.ts';
import type { LedgerEntry } from '../../shared/core/ledger.ts';
import { bindingsSortKey, rolePartition, writeLedgerItem } from '../../shared/core/ledger.ts';
import type { PresentRole } from '../../shared/core/model.ts';
import type { ObservedPolicy } from '../../shared/core/observed.ts';
import { roleKey } from '../../shared/core/role-key.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { settledDesired } from '../../shared/core/settled-desired.ts';
import { readTable } from '../../shared/core/table-view.ts';
import { now, reports, settings } from '../support/settings.ts';

const viewer = 'roles/storage.objectViewer';
const bucket = 'buckets/acme-in';
const using: Settings = {
  ...settings,
  google: {
    ...settings.google,
    roles: new Map([[viewer, { kind: 'read', permissions: ['storage.objects.new'] }]]),
  },
  allow: [{ grant: viewer, on: [bucket], roles: ['reports'], clientProject: 'acme-data' }],
};
const role: PresentRole = {
  kind: 'present',
  ref: reports,
  roleId: 'AROA',
  arn: 'arn',
  tags: [{ key: 'google-access/in', value: `${viewer} on ${bucket}` }],
};
const [wanted] = wantedBindings(using, reports, desiredOf(role, using, now)).values();
const policies = (isBound: boolean): ReadonlyMap<string, ObservedPolicy> =>
  new Map([
    [
      bucket,
      {
        kind: 'read',
        policy: { bindings: isBound ? [{ role: viewer, members: [wanted?.member ?? ''] }] : [] },
      },
    ],
  ]);

it.each([
  ['the ledger lists', true],
  ['no one has read the ledger of', false],
])('access that exists and that %s stays a grant, and is refused if it does not exist', (_, isListed) => {
  const entry = { ...wanted, grants: ['in'], since: now.toISOString(), announcedAt: now.toISOString() };
  const body = writeLedgerItem({ role: reports, entries: [entry as LedgerEntry] });
  const item = { pk: `${rolePartition}${roleKey(reports)}`, sk: bindingsSortKey, revision: 'r', body };
  const table = isListed ? readTable([item]) : undefined;
  const counts = (isBound: boolean) => {
    const { grants, refusals } = settledDesired(using, { policies: policies(isBound), table }, role, now);
    return [grants.length, refusals.length];
  };
  expect([counts(true), counts(false)]).toEqual([
    [1, 0],
    [0, 1],
  ]);
});
