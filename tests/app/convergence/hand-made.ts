import { inheritedKey } from '../../../shared/core/inherited.ts';
import { readLedgerItem } from '../../../shared/core/ledger.ts';
import { readScopeEntry } from '../../../shared/core/scope.ts';
import { itemKeyText } from '../../../shared/core/table-item.ts';
import type { Cloud } from './cloud.ts';
import { bindingsThere, bindingText, lineTarget } from './compare.ts';
import { type Intent, wanted } from './intent.ts';
import { roleId, roleIn } from './roles.ts';
import { isDirect, type Target, targetAt } from './targets.ts';

/**
 * Members of our pool that people bound under a Google role that was not in use on that resource, as lines. `stays`:
 * no function may remove it. `either`: its role has had a tag for that access since, or the table was emptied, so it
 * may stay or be removed.
 */
export interface HandMade {
  readonly lines: Map<string, 'stays' | 'either'>;
  /** Target and member of all lines that were ever hand-made. */
  readonly pairs: Set<string>;
  /** All lines under Google roles at the last look. */
  there: ReadonlySet<string>;
}

export const newHandMade = (): HandMade => ({ lines: new Map(), pairs: new Set(), there: new Set() });

export const isHandMade = ({ handMade }: Cloud, line: string): boolean => handMade.lines.has(line);

/**
 * To be called after someone else edited a policy. `isDisputed`: a function is running that may not have seen the
 * edit.
 */
export const noteEdit = (cloud: Cloud, isDisputed = false): void => {
  const { lines, pairs, there } = cloud.handMade;
  const now = directLines(cloud);
  for (const line of now) {
    if (there.has(line)) continue;
    if (!isEntered(cloud, line)) lines.set(line, isDisputed ? 'either' : 'stays');
    else if (!hasList(cloud, line) || pairs.has(pairIn(line))) lines.set(line, 'either');
    if (lines.has(line)) pairs.add(pairIn(line));
  }
  for (const line of lines.keys()) if (!now.has(line)) lines.delete(line);
  cloud.handMade.there = now;
};

/**
 * To be called after tags, the configuration or the ledger changed, and when IAM answers with `roles` as they were before.
 * `intents`: every configuration in use.
 */
export const updateHandMade = (
  cloud: Cloud,
  intents: readonly Intent[],
  roles: Cloud['roles'] = cloud.roles,
): void => {
  const { lines } = cloud.handMade;
  if (lines.size === 0) return;
  const listed = new Set(listedLines(cloud));
  const asked = new Set(
    intents
      .flatMap((intent) => wanted(roles, intent, cloud.world.now, ['granted', 'unknown']))
      .map(({ role, target }) => `${roleId(role)} ${target}`),
  );
  for (const line of lines.keys())
    if (listed.has(line)) lines.delete(line);
    else if (asked.has(`${roleIn(line)} ${lineTarget(line)}`)) lines.set(line, 'either');
};

/** No one knows any more which members were there before: all of them are treated as hand-made. */
export const forgetHandMade = ({ handMade: { lines, pairs, there } }: Cloud): void => {
  for (const line of there) {
    if (lines.get(line) !== 'stays') lines.set(line, 'either');
    pairs.add(pairIn(line));
  }
};

/** A person has answered that a member may be removed. */
export const giveUp = ({ handMade: { lines, pairs } }: Cloud, target: Target, member: string): void => {
  const pair = `${target} ${member}`;
  pairs.delete(pair);
  for (const line of lines.keys()) if (pairIn(line) === pair) lines.delete(line);
};

/**
 * To be called after every write of a function: what it did to members that it may not touch, and sites that it did
 * not enter.
 */
export const handMadeFaults = (cloud: Cloud, call: string, hasForgotten: boolean): readonly string[] => {
  const { lines, pairs, there } = cloud.handMade;
  const now = directLines(cloud);
  cloud.handMade.there = now;
  const gone = [...lines].filter(([line]) => !now.has(line));
  for (const [line] of gone) lines.delete(line);
  const early = [...now].filter((line) => !there.has(line) && !isEntered(cloud, line));
  if (hasForgotten)
    for (const line of early) {
      lines.set(line, 'either');
      pairs.add(pairIn(line));
    }
  return [
    ...gone
      .filter(([, fate]) => fate === 'stays')
      .map(([line]) => `${call} removed what people bound by hand: ${line}`),
    ...(hasForgotten ? [] : early.map((line) => `${call} bound at a site that is not in the table: ${line}`)),
  ];
};

const directLines = (cloud: Cloud): ReadonlySet<string> =>
  new Set(bindingsThere(cloud).filter((line) => isDirect(lineTarget(line))));

const isEntered = ({ world }: Cloud, line: string): boolean =>
  world.table.has(`scope site#${lineTarget(line)}`);

/** The function that entered the site may have been killed before it wrote the list. Until it is there, all members count as inherited. */
const hasList = ({ world }: Cloud, line: string): boolean => {
  const site = readScopeEntry(world.table.get(`scope site#${lineTarget(line)}`)?.body ?? '');
  return site?.inherited === undefined || world.table.has(itemKeyText(inheritedKey(site.inherited, 1)));
};

const pairIn = (line: string): string => `${lineTarget(line)} ${line.slice(line.lastIndexOf(' ') + 1)}`;

/** The ledger's entries under Google roles. */
const listedLines = ({ world }: Cloud): readonly string[] =>
  [...world.table.values()].flatMap(({ pk, body }) =>
    pk.startsWith('role#')
      ? (readLedgerItem(body)?.entries ?? []).flatMap(({ googleRole, resource, member, condition }) => {
          const target = targetAt(googleRole, resource);
          return target === undefined ? [] : [bindingText(target, member, condition)];
        })
      : [],
  );
