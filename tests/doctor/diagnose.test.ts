import { readFileSync } from 'node:fs';
import { stackNames } from '../../shared/core/stack.ts';
import type { Context } from '../../shared/doctor/context.ts';
import { listChecks } from '../../shared/doctor/diagnose.ts';
import { exchangeCheck } from '../../shared/doctor/exchange-check.ts';
import { reader } from '../support/settings.ts';

describe('docs/doctor.md', () => {
  const context = { names: stackNames('prod'), stage: 'prod', aws: {} } as Context;
  const noSurvey = () => {
    throw new Error('no check runs');
  };
  const checks = [
    ...listChecks(context, noSurvey, {
      roles: [{ name: 'reports', emails: [reader], resources: ['buckets/acme-in'], isNamed: true }],
      resources: ['buckets/acme-in'],
      projects: ['acme-data'],
      hasMembers: true,
      hasStatuses: true,
      areNamed: false,
    }),
    exchangeCheck(context, () => Promise.resolve({ kind: 'given' }), []),
  ];
  const rows = new Map(
    readFileSync('docs/doctor.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, id = '', , needs = '']) => [id.replaceAll('`', ''), needs]),
  );

  it.each(
    checks
      .filter(({ id }) => id !== 'exchange')
      .map((check) => [check.id.split(':')[0] ?? '', check] as const),
  )('lists %s and the permission that it needs', (kind, { permission }) => {
    expect(rows.get(kind)).toBeDefined();
    expect(permission.replace(` on ${reader}`, '')).toContain(rows.get(kind)?.split(' on it')[0] ?? '-');
  });

  it('lists no check that does not exist', () => {
    const kinds = new Set(checks.map(({ id }) => id.split(':')[0] ?? ''));
    expect(
      [...rows.keys()].filter((id) => !kinds.has(id) && !/^(ok|warning|failed|unknown)$/.test(id)),
    ).toEqual([]);
  });

  it('has only checks that need, or are caused by, other checks of the list', () => {
    const ids = new Set(checks.map(({ id }) => id));
    const named = checks.flatMap(({ needs, causedBy }) => [...needs, ...causedBy]);
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });
});
