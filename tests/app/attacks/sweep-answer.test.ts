import { sweep } from '../../../shared/app/sweep.ts';
import { answerOf } from '../../../shared/app/sweep-answer.ts';
import { memorySweepPorts } from '../../support/memory.ts';
import { reader, settings } from '../../support/settings.ts';
import { setKnown } from '../../support/table.ts';
import { createWorld, tagRole } from '../../support/world.ts';

/**
 * The size that Lambda accepts for a function's response:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const maxAnswer = 6 * 1024 * 1024;

describe('invariant 9: things that others planted do not make the sweep fail', () => {
  it('10,000 foreign parameters with long names in one region, as many as a standard tier holds: the answer fits', async () => {
    const world = createWorld();
    setKnown(world);
    tagRole(world, { [settings.tagKey]: reader });
    for (let n = 0; n < 10_000; n += 1)
      world.parameters.set(`us-east-1 /google-access/reports/${'x'.repeat(700)}${n}`, {
        value: 'foreign',
        description: '',
      });
    world.pageSize = 20_000;
    const answer = answerOf(await sweep(settings, memorySweepPorts(world)));
    expect(answer.cut).toEqual(['leftAlone']);
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(maxAnswer);
  });
});
