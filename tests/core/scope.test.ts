import {
  namesIn,
  readScope,
  rememberedScope,
  type Scope,
  watchedScope,
  writeScope,
} from '../../shared/core/scope.ts';
import { now, settings } from '../support/settings.ts';

const hour = 60 * 60 * 1000;
const later = (milliseconds: number) => new Date(now.getTime() + milliseconds);
const current: Scope = watchedScope(settings, [], now);

describe('what the sweep watches', () => {
  it('is what the file names', () => {
    expect(namesIn(current, 'project')).toEqual(['acme-data', 'example.com:legacy']);
    expect(namesIn(current, 'region')).toEqual(['us-east-1', 'eu-west-1']);
    expect(namesIn(current, 'prefix')).toEqual(['/google-access']);
  });

  it('and what it named, from when it was dropped on', () => {
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

describe('what the sweep remembers', () => {
  const dropped = { kind: 'region', name: 'eu-west-3', droppedAt: now.toISOString() } as const;
  const scope: Scope = [...current, dropped];

  it('forgets what was dropped an hour ago and is clean', () => {
    expect(rememberedScope(scope, [dropped], later(hour))).toEqual(current);
  });

  it('keeps what is not clean, and what was dropped just now', () => {
    expect(rememberedScope(scope, [], later(hour))).toEqual(scope);
    expect(rememberedScope(scope, [dropped], later(hour - 1))).toEqual(scope);
  });

  it('never forgets what the file names', () => {
    expect(rememberedScope(current, current, later(hour))).toEqual(current);
  });

  it('comes back from its parameter as it went', () => {
    expect(readScope(writeScope(scope))).toEqual(scope);
  });

  it.each([
    '',
    '[]',
    '{"version":2,"watched":[]}',
    '{"version":1,"watched":{}}',
    '{"version":1,"watched":[7]}',
    '{"version":1,"watched":[null]}',
    '{"version":1,"watched":[{"kind":"region","name":"x"},7]}',
    '{"version":1,"watched":[{"kind":"moon","name":"x"}]}',
    '{"version":1,"watched":[{"kind":7,"name":"x"}]}',
    '{"version":1,"watched":[{"kind":"region","name":7}]}',
    '{"version":1,"watched":[{"kind":"region","name":"x","droppedAt":7}]}',
    '{"version":1,"watched":[{"kind":"region","name":"x","droppedAt":"soon"}]}',
  ])('%s is no scope', (text) => {
    expect(readScope(text)).toBeUndefined();
  });
});
