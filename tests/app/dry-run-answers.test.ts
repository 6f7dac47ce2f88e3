import { sweep } from '../../shared/app/sweep.ts';
import type { Answer } from '../../shared/core/answer.ts';
import { memorySweepPorts } from '../support/memory.ts';
import { settings } from '../support/settings.ts';
import { alice } from '../support/sweeping.ts';
import { setKnown } from '../support/table.ts';
import { createWorld, takeWrites } from '../support/world.ts';

const answers: readonly Answer[] = [
  { kind: 'acceptTable' },
  { kind: 'resume' },
  { kind: 'revokeAll' },
  { kind: 'approve', hash: '3f2a49c8a6d4b1e0' },
  {
    kind: 'adopt',
    adoption: { verdict: 'keep', resource: 'buckets/acme-in' },
    listed: '3f2a49c8a6d4b1e0',
  },
  { kind: 'forget', thing: { kind: 'project', name: 'acme-data' }, listed: '' },
];

it.each(answers)('in mode dry-run the answer $kind is refused, and nothing is written', async (answer) => {
  const world = createWorld();
  setKnown(world);
  const given = { answer, answeredBy: alice };
  await expect(sweep({ ...settings, mode: 'dry-run' }, memorySweepPorts(world), given)).rejects.toThrow(
    /In mode dry-run nothing is written/i,
  );
  expect(takeWrites(world)).toEqual([]);
});
