import {
  droppedSortKey,
  isSettled,
  namesIn,
  noteGoodForMilliseconds,
  readDropped,
  readScopeEntry,
  type Scope,
  scopeSortKey,
  usedScope,
  watchedScope,
  withGone,
  writeDropped,
  writeScopeEntry,
} from '../../shared/core/scope.ts';
import { now, settings } from '../support/settings.ts';

const hour = 60 * 60 * 1000;
const later = (milliseconds: number) => new Date(now.getTime() + milliseconds);
const current: Scope = watchedScope(settings, [], now);

describe('the scope of the sweep', () => {
  it('is everything that the file names', () => {
    expect(namesIn(current, 'project')).toEqual(['acme-data', 'example.com:legacy']);
    expect(namesIn(current, 'region')).toEqual(['us-east-1', 'eu-west-1']);
    expect(namesIn(current, 'prefix')).toEqual(['/google-access']);
  });

  it('and everything that it named, from the time when it was dropped', () => {
    const remembered: Scope = [
      { kind: 'region', name: 'eu-west-3' },
      { kind: 'project', name: 'old-project', droppedAt: '2026-11-20T00:00:00Z' },
      { kind: 'region', name: 'us-east-1', droppedAt: '2026-11-20T00:00:00Z' },
    ];
    expect(watchedScope(settings, remembered, now)).toEqual([
      ...current,
      { kind: 'region', name: 'eu-west-3', droppedAt: now.toISOString() },
      { kind: 'project', name: 'old-project', droppedAt: '2026-11-20T00:00:00Z' },
    ]);
  });

  it('a project and a region of one name are two things', () => {
    const remembered: Scope = [{ kind: 'project', name: 'us-east-1' }];
    expect(watchedScope(settings, remembered, now)).toHaveLength(current.length + 1);
  });
});

describe('things that may leave the table', () => {
  const dropped = { kind: 'region', name: 'eu-west-3', droppedAt: now.toISOString() } as const;

  it('something that was dropped an hour ago may leave: a function that started under the old file may still write until then', () => {
    expect(isSettled(dropped, later(hour))).toBe(true);
    expect(isSettled(dropped, later(hour - 1))).toBe(false);
  });

  it('a site whose resource is gone may leave only when no one can restore it any more', () => {
    const site = {
      kind: 'site',
      name: 'x',
      droppedAt: now.toISOString(),
      goneAt: now.toISOString(),
    } as const;
    expect(isSettled(site, later(92 * 24 * hour))).toBe(true);
    expect(isSettled(site, later(92 * 24 * hour - 1))).toBe(false);
  });

  it('a project may leave only when no account that it lost can be restored any more', () => {
    const project = { ...dropped, kind: 'project', name: 'acme-old', lostAt: now.toISOString() } as const;
    expect(isSettled(project, later(32 * 24 * hour))).toBe(true);
    expect(isSettled(project, later(32 * 24 * hour - 1))).toBe(false);
  });

  it('the note of such a loss is good for two days', () => {
    expect(noteGoodForMilliseconds).toBe(48 * hour);
  });

  it('something that was first used within the hour stays, although the file no longer named it then', () => {
    const since = later(hour).toISOString();
    expect(isSettled({ ...dropped, since }, later(2 * hour))).toBe(true);
    expect(isSettled({ ...dropped, since }, later(2 * hour - 1))).toBe(false);
  });

  it('a pool may leave only after the last such resource', () => {
    const pools = withGone(
      [{ kind: 'pool', name: 'p' }],
      new Map([
        ['a', '2026-11-02'],
        ['b', '2026-11-20'],
        ['c', '2026-11-01'],
      ]),
    );
    expect(pools).toEqual([{ kind: 'pool', name: 'p', goneAt: '2026-11-20' }]);
    expect(withGone(pools, new Map())).toEqual([{ kind: 'pool', name: 'p' }]);
  });

  it('nothing that the file names may leave, except a former prefix, which the file itself remembers', () => {
    expect(isSettled({ kind: 'region', name: 'us-east-1' }, later(hour))).toBe(false);
    expect(isSettled({ kind: 'prefix', name: '/former', isFormer: true }, now)).toBe(true);
  });
});

describe('invariant 9: scope entries', () => {
  it('name everything that a configuration uses, by single items', () => {
    expect(usedScope(settings).map(scopeSortKey)).toEqual([
      'project#acme-data',
      'project#example.com:legacy',
      'region#us-east-1',
      'region#eu-west-1',
      'prefix#/google-access',
      'pool#projects/123456789012/locations/global/workloadIdentityPools/aws-roles',
      'account#111122223333',
    ]);
  });

  it('come back as they were written; an account keeps its provider and regions', () => {
    for (const entry of usedScope(settings)) {
      const body = writeScopeEntry(entry, now);
      expect(readScopeEntry(body)).toEqual({
        kind: entry.kind,
        name: entry.name,
        since: now.toISOString(),
      });
      expect(JSON.parse(body)).toEqual({ version: 1, ...entry, since: now.toISOString() });
    }
  });

  it('have the time since which the file lacks them', () => {
    const dropped = { kind: 'region', name: 'eu-west-3', droppedAt: now.toISOString() } as const;
    expect(droppedSortKey(dropped)).toBe('dropped#region#eu-west-3');
    expect(readDropped(writeDropped(dropped))).toEqual(dropped);
    expect(readDropped(writeScopeEntry({ kind: 'region', name: 'eu-west-3' }, now))).toBeUndefined();
  });

  it.each([
    '',
    '[]',
    '{"version":2,"kind":"project","name":"x"}',
    '{"version":1,"kind":"bucket","name":"x"}',
    '{"version":1,"kind":"project","name":""}',
    '{"version":1,"kind":"project","name":7}',
    '{"version":1,"name":"x"}',
  ])('%s is unreadable', (text) => {
    expect(readScopeEntry(text)).toBeUndefined();
    expect(readDropped(text)).toBeUndefined();
  });

  it.each(['soon', 7, null])('dropped %s is unreadable', (droppedAt) => {
    expect(readDropped(JSON.stringify({ version: 1, kind: 'region', name: 'x', droppedAt }))).toBeUndefined();
  });
});
