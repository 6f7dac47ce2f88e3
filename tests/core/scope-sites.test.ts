import {
  droppedSortKey,
  namesIn,
  readDropped,
  readScopeEntry,
  type Scope,
  type ScopeEntry,
  usedScope,
  watchedScope,
  withoutLeftPools,
  writeDropped,
  writeScopeEntry,
} from '../../shared/core/scope.ts';
import { fileSites, type GrantRule, ourSites, type Settings } from '../../shared/core/settings.ts';
import { now, settings } from '../support/settings.ts';

const grant = 'roles/storage.objectViewer';
const rule: GrantRule = { grant, on: ['buckets/acme-in', 'buckets/acme-out'], roles: ['app-*'] };
const direct: Settings = {
  ...settings,
  allow: [...settings.allow, rule, { ...rule, on: ['buckets/acme-in'], roles: ['reports'] }],
};
const access = `${grant} on buckets/acme-in`;
const entry: ScopeEntry = {
  kind: 'site',
  name: access,
  inherited: 'list-1',
  pools: ['p', 'q'],
  owner: '123',
};

describe('sites: Google roles on resources', () => {
  it('are those of the file, each once, and those of earlier files', () => {
    const former = { googleRole: grant, resource: 'buckets/acme-old' };
    const sites = ['acme-in', 'acme-out'].map((name) => ({ googleRole: grant, resource: `buckets/${name}` }));
    expect(fileSites(direct)).toEqual(sites);
    expect(ourSites({ ...direct, google: { ...direct.google, formerSites: [former] } })).toEqual([
      ...sites,
      former,
    ]);
    expect(fileSites(settings)).toEqual([]);
  });

  it('are watched, and entered only when they are first bound', () => {
    expect(namesIn(watchedScope(direct, [], now), 'site')).toEqual([access, `${grant} on buckets/acme-out`]);
    expect(usedScope(direct).filter(({ kind }) => kind === 'site')).toEqual([]);
  });

  it('keep the list from their first use, while the file names them and after', () => {
    const since = '2026-11-01T00:00:00.000Z';
    const droppedAt = '2026-11-20T00:00:00.000Z';
    const remembered: Scope = [{ ...entry, since, droppedAt }];
    const of = (using: Settings) =>
      watchedScope(using, remembered, now).filter(({ name }) => name === access);
    expect(of(direct)).toEqual([{ ...entry, since }]);
    expect(of(settings)).toEqual([{ ...entry, since, droppedAt }]);
  });

  it('lose the pools that have left the scope', () => {
    const since = now.toISOString();
    const left: Scope = [
      { ...entry, since, droppedAt: since, goneAt: since },
      { kind: 'pool', name: 'q' },
      { kind: 'site', name: 'all covered', pools: ['q'] },
      { kind: 'site', name: 'of an earlier version' },
    ];
    expect(withoutLeftPools(left)).toEqual([{ ...entry, since, pools: ['q'] }]);
    const [again = entry] = withoutLeftPools(left);
    expect(readScopeEntry(writeScopeEntry(again, new Date(0)))).toEqual({ ...entry, since, pools: ['q'] });
  });

  it('come back as they were written', () => {
    expect(readScopeEntry(writeScopeEntry(entry, now))).toEqual({ ...entry, since: now.toISOString() });
    const bare: ScopeEntry = { kind: 'site', name: access };
    expect(readScopeEntry(writeScopeEntry(bare, now))).toEqual({ ...bare, since: now.toISOString() });
    const dropped = { kind: 'site', name: access, droppedAt: now.toISOString() } as const;
    expect(droppedSortKey(dropped)).toBe(`dropped#site#${access}`);
    expect(readDropped(writeDropped(dropped))).toEqual(dropped);
  });

  it.each([
    { inherited: 7 },
    { inherited: null },
    { owner: 7 },
    { owner: {} },
    { pools: 'p' },
    { pools: [7] },
  ])('an entry with %j is unreadable: it does not prove that no one was there before', (more) => {
    const body = JSON.stringify({
      version: 1,
      kind: 'site',
      name: access,
      since: now.toISOString(),
      ...more,
    });
    expect(readScopeEntry(body)).toBeUndefined();
  });

  it('only sites have the fields of sites', () => {
    const body = JSON.stringify({
      version: 1,
      kind: 'project',
      name: 'acme-data',
      inherited: 'list-1',
      owner: 7,
    });
    expect(readScopeEntry(body)).toEqual({ kind: 'project', name: 'acme-data' });
  });
});
