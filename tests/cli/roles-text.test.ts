import { stripVTControlCharacters } from 'node:util';
import { accessTable } from '../../cli/commands/roles/text.ts';
import type { Access } from '../../shared/core/access.ts';
import { accountId, reader, roleRef } from '../support/settings.ts';

const unasked: Access = { ref: roleRef('reports'), roleId: 'AROAX', target: reader, state: 'unasked' };
const linesOf = (...found: readonly Access[]): readonly string[] =>
  stripVTControlCharacters(
    accessTable(found, { accountIds: [accountId], named: [], isComplete: true, width: undefined }),
  ).split('\n');
const { roleId: _, ...withoutId } = unasked;

describe('the table of roles', () => {
  it('distinguishes a role that was not seen from one that is gone', () => {
    expect(linesOf(withoutId)[1]).toMatch(/^reports \(gone\) .* no tag requests it$/);
    expect(linesOf({ ...withoutId, state: 'unclear', isRoleUnseen: true })[1]).toMatch(
      /^reports \(not seen\) .* its tags were not read$/,
    );
    expect(linesOf(unasked)[1]).toMatch(/^reports {2,}-/);
  });

  it('reports below the table that a binding is in a former pool or has a condition', () => {
    const condition = { title: '\u001b[2Joffice', expression: 'true' };
    expect(linesOf(unasked, { ...unasked, pool: 'projects/1/x', condition }).slice(-4)).toEqual([
      '',
      `reports, ${reader}: It goes through the former pool projects/1/x, which no tag requests. It is under the condition "[U+001B][2Joffice" (true).`,
      '',
      'no grant bound, 2 other bindings, no request refused.',
    ]);
  });
});
