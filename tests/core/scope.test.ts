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
    const read = readScope(writeScope(scope)) ?? [];
    expect(read).toHaveLength(scope.length);
    expect(read).toEqual(expect.arrayContaining([...scope]));
  });

  it('leaves former prefixes to the file', () => {
    const former = { ...settings, parameterPrefix: '/gcp', formerParameterPrefixes: ['/google-access'] };
    const watched = watchedScope(former, current, now);
    expect(namesIn(watched, 'prefix')).toEqual(['/gcp', '/google-access']);
    expect(namesIn(rememberedScope(watched, [], now), 'prefix')).toEqual(['/gcp']);
  });

  it('fits in a parameter, for as many projects as the file may name', () => {
    const projects = Array.from({ length: 200 }, (_, index) => `${'x'.repeat(26)}-${index}`);
    const many = watchedScope({ ...settings, google: { ...settings.google, projects } }, [], now);
    expect(writeScope(many).length).toBeLessThan(8192);
  });

  it.each([
    '',
    '[]',
    '{"version":2,"project":{},"region":{},"prefix":{}}',
    '{"version":1,"project":{},"region":{}}',
    '{"version":1,"project":[],"region":{},"prefix":{}}',
    '{"version":1,"project":{"x":7},"region":{},"prefix":{}}',
    '{"version":1,"project":{"x":null},"region":{},"prefix":{}}',
    '{"version":1,"project":{"x":"soon"},"region":{},"prefix":{}}',
  ])('%s is no scope', (text) => {
    expect(readScope(text)).toBeUndefined();
  });
});
