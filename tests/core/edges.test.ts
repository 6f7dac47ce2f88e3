import { credentialConfig } from '../../shared/core/credential-config.ts';
import { desiredOf } from '../../shared/core/desired.ts';
import { isAnswerRefused, PermanentError, RetryableError } from '../../shared/core/errors.ts';
import { parseMessage } from '../../shared/core/message.ts';
import { outcome } from '../../shared/core/outcome.ts';
import { currentOwnership } from '../../shared/core/ownership.ts';
import { planRole } from '../../shared/core/plan.ts';
import { secondLookKind } from '../../shared/core/second-look.ts';
import { homeOf } from '../../shared/core/settings.ts';
import { readTable } from '../../shared/core/table-view.ts';
import { poolCommand, providerCommand } from '../../shared/doctor/commands.ts';
import { editorRole, listerRole, poolReaderRole } from '../../shared/setup/wanted.ts';
import { accountId, now, reader, reports, settings } from '../support/settings.ts';
import { present, readerPolicy } from '../support/snapshot.ts';

it('a pool whose marker was not read is not proven to be ours', () => {
  expect(currentOwnership(settings, new Map())).toMatchObject({ kind: 'unproven' });
});

it('without a configured account there is no home account', () => {
  expect(homeOf({ ...settings, accounts: [] })).toBe('');
});

it('a command on the pool has flags only if some are given', () => {
  expect(poolCommand(settings, 'describe')).toMatch(/--location global$/);
  expect(providerCommand(settings, 'describe', 'aws')).toMatch(/--workload-identity-pool aws-roles$/);
});

it.each([
  ['sweep', 'table'],
  ['sweep', 'lost#acme-data'],
  ['sweep', 'dropped#project#acme-data'],
  ['scope', 'project#acme-data'],
  ['answer', 'revoke#all'],
  ['role#aws:111122223333:reports', 'bindings'],
])('invariant 2: an item %s %s of another shape is unreadable, never empty', (pk, sk) => {
  expect(readTable([{ pk, sk, revision: 'r', body: '{"version":2}' }]).unreadable).toEqual([`${pk} ${sk}`]);
});

it('a second look says how often configs were left for later', () => {
  const ref = { partition: 'aws', accountId, roleName: 'reports' };
  const body = JSON.stringify({
    kind: secondLookKind,
    ref,
    told: '',
    deferrals: 3,
    released: [readerPolicy],
  });
  expect(parseMessage(body, [accountId], 'google-access')).toMatchObject({
    deferrals: 3,
    released: [readerPolicy],
  });
});

it('the config of a role of an account that is not configured is not a requested one, even if its policy cannot be read', () => {
  const role = present('reports', { 'google-access': reader });
  const value = JSON.stringify(credentialConfig(settings, 'aws-111122223333', reader));
  const parameters = [{ name: '/google-access/reports/default', value, type: 'String' }];
  const folders = [
    { kind: 'read', region: 'us-east-1', path: '/google-access/reports', parameters } as const,
  ];
  const policies = new Map([[readerPolicy, { kind: 'unreadable' } as const]]);
  const changes = planRole(
    { ...settings, accounts: [] },
    { role: { ...role, ref: reports }, folders, policies, entries: [] },
    desiredOf(role, settings, now),
    now,
  );
  expect(changes.map(({ kind }) => kind)).toContain('unpublish');
});

it('each of rolebridge’s own Google roles has the permissions that it needs', () => {
  expect(poolReaderRole('acme-identity').permissions).toEqual(['iam.workloadIdentityPools.get']);
  expect(listerRole('acme-data').permissions).toContain('iam.serviceAccounts.getIamPolicy');
  expect(editorRole('acme-data').permissions).toContain('iam.serviceAccounts.setIamPolicy');
});

it('only an answer that is not carried out is a refused answer', () => {
  expect(isAnswerRefused(new PermanentError('no', { because: 'answerRefused' }))).toBe(true);
  expect(isAnswerRefused(new PermanentError('no'))).toBe(false);
  expect(isAnswerRefused(new RetryableError('later'))).toBe(false);
});

it('of grants that are too large, one place stands for all that are pending', () => {
  const place = { region: 'us-east-1', name: `/google-access/reports/${'x'.repeat(900)}` };
  const places = Array.from({ length: 17 }, () => place);
  const grants = Array.from({ length: 50 }, (_, n) => ({
    grant: `g${n}`,
    parameters: places,
    pending: places,
  }));
  const { detail } = outcome('Confirmed', { eventId: 'e' }, now, { role: reports, parameters: [], grants });
  expect(detail.grants?.map(({ parameters, pending }) => [parameters, pending])).toEqual(
    grants.map(() => [[], [place]]),
  );
});
