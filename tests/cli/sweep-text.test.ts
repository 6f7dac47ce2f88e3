import { sweepExitCode, sweepText } from '../../cli/sweep-text.ts';
import { sweep } from '../../shared/app/sweep.ts';
import type { SweepAnswer } from '../../shared/app/sweep-answer.ts';
import type { Answer } from '../../shared/core/answer.ts';
import { memorySweepPorts } from '../support/memory.ts';
import { settings } from '../support/settings.ts';
import { alice, world } from '../support/sweeping.ts';
import { setKnown } from '../support/table.ts';

const answered = async (made: ReturnType<typeof world>, answer?: Answer): Promise<SweepAnswer> => {
  const { drifts, ...report } = await sweep(
    settings,
    memorySweepPorts(made),
    answer === undefined ? undefined : { answer, answeredBy: alice },
  );
  return { ...report, drifted: drifts.length };
};
const text = async (made: ReturnType<typeof world>, answer?: Answer) =>
  sweepText('prod', await answered(made, answer));

describe('sweep says what an answer did', () => {
  it('--accept-table: kept, or needless', async () => {
    const made = world();
    expect(await text(made, { kind: 'acceptTable' })).toContain('Your answer is recorded, with your name');
    expect(await text(made, { kind: 'acceptTable' })).toContain('The table needed no answer');
    const known = world();
    setKnown(known);
    await text(known);
    expect(await text(known, { kind: 'acceptTable' })).toContain('The table needed no answer');
  });

  it('resume: of a revocation, or of none', async () => {
    const made = world();
    await answered(made, { kind: 'revokeAll' });
    expect(await text(made, { kind: 'resume' })).toContain(
      'Resumed: roles have again what their tags request.',
    );
    expect(await text(made, { kind: 'resume' })).toContain(
      'Nothing was revoked, so there was nothing to resume.',
    );
  });

  it('approve: that nothing on the list is due', async () => {
    const report = await answered(world());
    const answer = { text: 'approve 0f3a9c2e51b7d684', answeredBy: alice };
    expect(sweepText('prod', { ...report, answer })).toContain('Nothing on that list is due');
  });

  it('nothing: without an answer it says nothing of one', async () => {
    expect(await text(world())).not.toMatch(/answer|Resumed/);
  });
});

it('what could not be seen is exit code 1, whatever differs; a difference alone is 2', async () => {
  const report = await answered(world());
  const blindSpots = [{ what: 'project x', reason: 'no' }];
  expect(sweepExitCode({ ...report, blindSpots: [] })).toBe(0);
  expect(sweepExitCode({ ...report, blindSpots: [], drifted: 1 })).toBe(2);
  expect(sweepExitCode({ ...report, blindSpots, drifted: 1 })).toBe(1);
  expect(sweepText('prod', { ...report, blindSpots })).toContain('Nothing has drifted in what was seen.');
});
