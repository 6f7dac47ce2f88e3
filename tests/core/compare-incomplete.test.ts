import { compare, type Estate } from '../../shared/core/compare.ts';
import type { Settings } from '../../shared/core/settings.ts';
import { accountId, now, reader, reports, settings, writer } from '../support/settings.ts';
import {
  binding,
  configOf,
  everywhere,
  lines,
  listing,
  policyOf,
  present,
  readerPolicy,
  snapshot,
  writerPolicy,
} from '../support/snapshot.ts';

const key = 'google-access';
const tagged = present('reports', { [key]: reader });
const bound = { [readerPolicy]: policyOf(binding([reports])) };
const drifts = (seen: Estate, using: Settings = settings) => lines(compare(using, seen, now).drifted);

describe('things that were not seen do not count as gone', () => {
  it('a role that is not in a broken list of roles', () => {
    expect(drifts(snapshot({ listedAccounts: new Set() }, bound))).toEqual([]);
    expect(drifts(snapshot({ listedAccounts: new Set([accountId]) }, bound))).toEqual([
      ['reports', `unbind ${reader}`],
    ]);
  });

  it('but roles that the list could not contain do: in another account, or in an account no longer configured', () => {
    const stranger = { ...reports, accountId: '999988887777' };
    const seen = snapshot(
      { listedAccounts: new Set() },
      { [readerPolicy]: policyOf(binding([reports, stranger])) },
    );
    expect(compare(settings, seen, now).drifted.map(({ drift }) => drift.ref)).toEqual([stranger]);
    const none: Settings = { ...settings, accounts: [] };
    expect(compare(none, seen, now).drifted.map(({ drift }) => drift.ref)).toEqual([reports, stranger]);
    const two: Settings = {
      ...settings,
      accounts: [...settings.accounts, { id: stranger.accountId, provider: 'p' }],
    };
    expect(compare(two, seen, now).drifted).toEqual([]);
  });

  it('a parameter in a listing that broke off', () => {
    const parameters = [listing('us-east-1', {}, { isComplete: false }), listing('eu-west-1')];
    expect(drifts(snapshot({ roles: [tagged], parameters }, bound))).toEqual([
      ['reports', 'publish eu-west-1 /google-access/reports/default'],
    ]);
  });

  it('a binding does not wait for any parameter', () => {
    const parameters = [listing('us-east-1', {}, { isComplete: false }), listing('eu-west-1')];
    expect(drifts(snapshot({ roles: [tagged], parameters }))).toEqual([
      ['reports', `bind ${reader}`, 'publish eu-west-1 /google-access/reports/default'],
    ]);
  });

  it('a parameter that was seen there and is wrong is repaired', () => {
    const parameters = [
      listing('us-east-1', { 'reports/default': '{}', 'reports/x': '{}' }, { isComplete: false }),
      listing('eu-west-1', { 'reports/default': configOf(reader) }),
    ];
    expect(drifts(snapshot({ roles: [tagged], parameters }, bound))).toEqual([
      ['reports', 'publish us-east-1 /google-access/reports/default'],
    ]);
  });

  it('another grant’s parameter that was seen there proves nothing about a missing one', () => {
    const role = present('reports', { [key]: reader, [`${key}/x`]: reader });
    const parameters = [
      listing('us-east-1', { 'reports/x': configOf(reader) }, { isComplete: false }),
      listing('eu-west-1', { 'reports/default': configOf(reader), 'reports/x': configOf(reader) }),
    ];
    expect(drifts(snapshot({ roles: [role], parameters }, bound))).toEqual([]);
  });

  it('a parameter that was seen there and that no tag requests is removed', () => {
    const parameters = [listing('us-east-1', { 'reports/default': configOf(reader) }, { isComplete: false })];
    expect(drifts(snapshot({ parameters }))).toEqual([
      ['reports', 'unpublish us-east-1 /google-access/reports/default'],
    ]);
  });

  it('a broken listing under a former prefix does not affect the present one', () => {
    const parameters = [...everywhere(), listing('us-east-1', {}, { prefix: '/former', isComplete: false })];
    expect(drifts(snapshot({ roles: [tagged], parameters }, bound))[0]).toHaveLength(3);
  });
});

describe('an account that could not be read', () => {
  const unseen = new Set([readerPolicy]);

  it('is neither bound nor unbound, and the configs of bindings that may exist there stay', () => {
    const parameters = everywhere({ 'reports/default': configOf(reader) });
    const policies = { [readerPolicy]: policyOf(binding([reports])) };
    expect(drifts(snapshot({ unseen, parameters }, policies))).toEqual([]);
    expect(drifts(snapshot({ unseen, roles: [tagged], parameters }))).toEqual([]);
  });

  it('does not delay anything on another account', () => {
    const both = binding([reports]);
    const seen = snapshot({ unseen }, { [readerPolicy]: policyOf(both), [writerPolicy]: policyOf(both) });
    expect(drifts(seen)).toEqual([['reports', `unbind ${writer}`]]);
  });

  it('leaves the only config of access that moves to another grant with a date', () => {
    const tags = { [key]: writer, [`${key}/night`]: `${reader} until 2026-12-01` };
    const seen = snapshot(
      {
        unseen,
        roles: [present('reports', tags)],
        parameters: everywhere({ 'reports/default': configOf(reader) }),
      },
      { [readerPolicy]: policyOf(binding([reports])) },
    );
    // The sweep has the ledger's entry, and no policy.
    const policies = new Map([...seen.policies, [readerPolicy, { kind: 'unreadable' } as const]]);
    const { drifted } = compare(settings, { ...seen, policies }, now);
    expect(lines(drifted)).toEqual([['reports', `bind ${writer}`]]);
    expect(drifted.flatMap(({ revocations }) => revocations)).toEqual([]);
  });
});
