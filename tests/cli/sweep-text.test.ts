import { sweepExitCode, sweepText } from '../../cli/sweep-text.ts';
import { sweep } from '../../shared/app/sweep.ts';
import type { SweepAnswer } from '../../shared/app/sweep-answer.ts';
import type { Answer } from '../../shared/core/answer.ts';
import { type MemoryWorld, memorySweepPorts } from '../support/memory.ts';
import { roleRef, settings } from '../support/settings.ts';
import { alice } from '../support/sweeping.ts';
import { setKnown } from '../support/table.ts';
import { createWorld, sharedBinding } from '../support/world.ts';

const answered = async (world: MemoryWorld, answer?: Answer): Promise<SweepAnswer> => {
  const { drifts, ...report } = await sweep(
    settings,
    memorySweepPorts(world),
    answer === undefined ? undefined : { answer, answeredBy: alice },
  );
  return { ...report, drifted: drifts.map(({ ref }) => ref) };
};
const text = async (world: MemoryWorld, answer?: Answer) => sweepText('prod', await answered(world, answer));

describe('sweep reports the effect of an answer', () => {
  it('--accept-table: kept, or not needed', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    expect(await text(world, { kind: 'acceptTable' })).toContain('Your answer is recorded, with your name');
    expect(await text(world, { kind: 'acceptTable' })).toContain('The table needed no answer');
    const known = createWorld({ readerBindings: [sharedBinding] });
    setKnown(known);
    await text(known);
    expect(await text(known, { kind: 'acceptTable' })).toContain('The table needed no answer');
  });

  it('resume: after a revocation, or without one', async () => {
    const world = createWorld({ readerBindings: [sharedBinding] });
    await answered(world, { kind: 'revokeAll' });
    expect(await text(world, { kind: 'resume' })).toContain(
      'Resumed: roles have again what their tags request.',
    );
    expect(await text(world, { kind: 'resume' })).toContain(
      'Nothing was revoked, so there was nothing to resume.',
    );
  });

  it('approve: reports that nothing on the list is due', async () => {
    const report = await answered(createWorld({ readerBindings: [sharedBinding] }));
    const answer = { text: 'approve 0f3a9c2e51b7d684', answeredBy: alice };
    expect(sweepText('prod', { ...report, answer })).toContain('Nothing on that list is due');
  });

  it('no answer: it mentions none', async () => {
    expect(await text(createWorld({ readerBindings: [sharedBinding] }))).not.toMatch(/answer|Resumed/);
  });
});

it('a blind spot is exit code 1, regardless of differences; only differences is 2', async () => {
  const report = await answered(createWorld({ readerBindings: [sharedBinding] }));
  const blindSpots = [{ what: 'project x', reason: 'no' }];
  expect(sweepExitCode({ ...report, blindSpots: [] })).toBe(0);
  const drifted = [roleRef('reports')];
  expect(sweepExitCode({ ...report, blindSpots: [], drifted })).toBe(2);
  expect(sweepExitCode({ ...report, blindSpots, drifted })).toBe(1);
  expect(sweepText('prod', { ...report, blindSpots })).toContain('Nothing has drifted in what was seen.');
});

it('a list that was shortened to fit does not count as complete', async () => {
  const report = await answered(createWorld({ readerBindings: [sharedBinding] }));
  const cut = sweepText('prod', { ...report, drifted: [roleRef('reports')], cut: ['drifted'] });
  expect(cut).toContain('More than 1 role drifted; reconcile repairs them now.');
});

it('the printed command for a deleted account uses the same stage', async () => {
  const report = await answered(createWorld({ readerBindings: [sharedBinding] }));
  const dropped = [{ kind: 'account', name: '444455556666' }] as const;
  expect(sweepText('dev', { ...report, dropped })).toContain(
    'rolebridge forget --account 444455556666 --stage dev',
  );
});

it('explains for a deleted resource why its site is still watched', async () => {
  const report = await answered(createWorld({ readerBindings: [sharedBinding] }));
  const name = 'roles/storage.objectViewer on buckets/acme-in';
  const site = { kind: 'site', name, droppedAt: '2026-11-24T10:00:00.000Z' } as const;
  const textOf = (dropped: SweepAnswer['dropped']) => sweepText('dev', { ...report, dropped });
  expect(textOf([site])).toContain(`still being cleared: site ${name}`);
  expect(textOf([{ ...site, goneAt: '2026-11-23T10:00:00.000Z' }])).toContain(
    `gone since 2026-11-23T10:00:00.000Z: ${name}. Watched for 92 days`,
  );
});
