import fc from 'fast-check';
import {
  markedDescription,
  markerOf,
  ownerText,
  type PoolOwner,
  unmarkedDescription,
} from '../../shared/core/ownership.ts';

const owner: PoolOwner = { accountId: '111122223333', stage: 'prod' };
const ours = 'managed by rolebridge; owner 111122223333/prod';

const owners = fc.record({
  accountId: fc.stringMatching(/^\d{12}$/),
  stage: fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/),
});
/** Text that an administrator may write, with separators and words of the marker in it. */
const texts = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(' | ', '|', 'managed by rolebridge', 'owner', ';', 'NOT ', 'adopted'),
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(''));

describe('invariant 1, ownership: the marker of a pool', () => {
  it.each([
    [ours, { kind: 'ours', isAdopted: false }],
    [`${ours}; adopted`, { kind: 'ours', isAdopted: true }],
    [`for the data team | ${ours}`, { kind: 'ours', isAdopted: false }],
    [`for the data team | ${ours} | ask data@acme.com`, { kind: 'ours', isAdopted: false }],
    [`managed by rolebridge | ${ours}`, { kind: 'ours', isAdopted: false }],
    ['managed by rolebridge; owner 999999999999/prod', { kind: 'another', owner: '999999999999/prod' }],
    ['managed by rolebridge; owner 111122223333/test', { kind: 'another', owner: '111122223333/test' }],
    ['managed by rolebridge; owner 111122223333/Prod', { kind: 'another', owner: '111122223333/Prod' }],
    [
      `${ours} | managed by rolebridge; owner 999999999999/prod; adopted`,
      { kind: 'another', owner: '999999999999/prod' },
    ],
    ['managed by rolebridge', { kind: 'unowned', isAdopted: false }],
    ['theirs | managed by rolebridge (adopted)', { kind: 'unowned', isAdopted: true }],
  ] as const)('reads %j', (description, marker) => {
    expect(markerOf(description, owner)).toEqual(marker);
  });

  it.each([
    '',
    'NOT managed by rolebridge',
    'not managed by rolebridge; owner 111122223333/prod',
    'Managed by rolebridge',
    'MANAGED BY ROLEBRIDGE; OWNER 111122223333/PROD',
    'managed by rolebridge.',
    'managed by rolebridge; owner',
    'managed by rolebridge; owner 111122223333',
    'managed by rolebridge; owner 11112222333/prod',
    'managed by rolebridge; owner 1111222233334/prod',
    'managed by rolebridge; owner 111122223333/prod, or so',
    'managed by rolebridge; owner 111122223333/prod; until 2027-01-01',
    'managed by rolebridge; owner 111122223333/prod\n',
    'managed by rolebridge;  owner 111122223333/prod',
    'managed by rolebridge; owner 111122223333/prod/eu',
    'managed by rolebridge; owner 111122223333/',
    'managed by rolebridge\u00A0',
    'managed by terraform|managed by rolebridge',
  ])('does not accept %j as a marker', (description) => {
    expect(markerOf(description, owner)).toEqual({ kind: 'none' });
  });

  it('reads back what it wrote, and keeps the text that was there', () => {
    fc.assert(
      fc.property(texts, owners, fc.boolean(), (text, by, isAdopted) => {
        const before = markerOf(text, by);
        const marked = markedDescription(text, by, { isAdopted });
        fc.pre(marked !== undefined);
        const after = markerOf(marked ?? '', by);
        expect(after).toMatchObject({ kind: 'ours', isAdopted });
        if (before.kind === 'none' && text.trim() !== '') expect(marked?.startsWith(`${text} | `)).toBe(true);
        // Written again, it does not change.
        expect(markedDescription(marked ?? '', by, { isAdopted })).toBe(marked);
      }),
      { examples: ['NOT |', ' | |', '|', '| |'].map((text) => [text, owner, false]) },
    );
  });

  it('restores the text, character for character, when the marker is removed', () => {
    fc.assert(
      fc.property(texts, owners, fc.boolean(), (text, by, isAdopted) => {
        fc.pre(markerOf(text, by).kind === 'none');
        const marked = markedDescription(text, by, { isAdopted });
        fc.pre(marked !== undefined);
        expect(unmarkedDescription(marked ?? '', by)).toBe(text.trim() === '' ? '' : text);
      }),
      { examples: ['NOT |', ' | |', '|', '| |'].map((text) => [text, owner, false]) },
    );
  });

  it('keeps the marker of another deployment, and one without an owner', () => {
    const others = 'managed by rolebridge | managed by rolebridge; owner 999999999999/prod';
    expect(unmarkedDescription(`${others} | ${ours}`, owner)).toBe(others);
  });

  it('names the owner to every other deployment', () => {
    fc.assert(
      fc.property(texts, owners, owners, (text, by, reader) => {
        fc.pre(ownerText(by) !== ownerText(reader));
        const marked = markedDescription(text, by, { isAdopted: false });
        fc.pre(marked !== undefined);
        expect(markerOf(marked ?? '', reader)).toEqual({ kind: 'another', owner: ownerText(by) });
      }),
    );
  });

  it('is ours only where a segment says exactly that', () => {
    fc.assert(
      fc.property(texts, owners, (text, by) => {
        const exact = `managed by rolebridge; owner ${ownerText(by)}`;
        const isOurs = text.split(' | ').some((one) => one === exact || one === `${exact}; adopted`);
        expect(markerOf(text, by).kind === 'ours').toBe(isOurs);
        // Anything in front of the words, or behind the stage, makes it something else.
        for (const near of [`x${exact}`, `${exact}!`, exact.toUpperCase(), ` ${exact}`, `${exact} `])
          expect(markerOf(near, by)).toEqual({ kind: 'none' });
      }),
    );
  });

  it('replaces a marker without an owner where it stands', () => {
    const marked = (text: string) => markedDescription(text, owner, { isAdopted: false });
    expect(marked('managed by rolebridge')).toBe(ours);
    expect(marked('a | managed by rolebridge (adopted) | b')).toBe(`a | ${ours} | b`);
    expect(marked('a | managed by rolebridge | b | managed by rolebridge')).toBe(`a | ${ours} | b`);
    expect(marked('   ')).toBe(ours);
  });

  it('does not fit into a description of 256 characters', () => {
    const room = 256 - ours.length - ' | '.length;
    expect(markedDescription('x'.repeat(room), owner, { isAdopted: false })).toHaveLength(256);
    expect(markedDescription('x'.repeat(room + 1), owner, { isAdopted: false })).toBeUndefined();
  });
});
